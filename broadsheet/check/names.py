"""Names that look like other names: B813 people, B814 and B815 units."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from broadsheet.entities import Registry

Path = tuple[str | int, ...]

FEW = 40  # names of a region; among more, chance makes neighbours, so likeness must be closer
# characters that are taken for each other when a name is typed from paper; sounds are looked up
_LOOK_ALIKE = (
    "己已巳", "未末", "戊戌戍", "颖颍", "淼森", "昊昃吴", "晴睛", "玮伟炜", "莹萤荧", "曦羲",
    "涵函", "祎袆", "泠冷", "沂沁", "汩汨", "雯霁", "侯候", "赢嬴羸", "崇祟", "旻昱", "炀扬",
    "钰珏", "珉岷", "芊芋", "茵茴", "竞竟", "凤风", "士土", "千干于", "日曰",
    "天夭", "贝见", "治冶", "准淮", "育肓", "享亨", "刚钢", "刘浏", "徐涂", "余佘", "陈阵", "金全",
    "丁了", "王玉", "田由甲申", "人入", "力刀", "历厉", "午牛", "平乎", "宇字", "宙苗", "朱未",
    "杨扬", "汪江", "林材", "桂柱", "毛手", "沈沉", "波坡", "洁沽", "清请", "瑞端", "祥详", "秋狄",
    "红江", "翔翱", "芬芳", "英莫", "荣茱", "蒙豪", "裘袭", "辉晖", "连莲", "郎朗", "鸣鸿", "龙尤",
)  # fmt: skip
_SHAPES = {frozenset(pair) for group in _LOOK_ALIKE for pair in combinations(group, 2)}

# how the name of a unit ends
_ENDINGS = (
    "局|委|办|部|厅|院|所|会|联|协|处|科|股|署|行|社|站|馆|台|队|团|校|中心|公司|集团|街道|镇|乡|村|社区|政府"
    "|大学|学院|中学|小学|幼儿园|医院|银行|支队|大队|分局|机关|工委|党委|纪委|监委|政协|人大|组织|联盟"
    "|基地|园区|开发区|新区|城|办公室|委员会|联合会|协会|指挥部|专班|法院|检察院|区|县|市|省|厂|矿|库|局机关"
)
_UNIT = re.compile(f"(?:{_ENDINGS})(?:[（(].*[）)])?$")
_LEVEL = re.compile("^[省市区县]")
_REGION = "只差写不写地区"
_LONG_ENDINGS = {"联": "联合会", "办": "办公室", "委": "委员会", "协": "协会", "团": "团委"}
_GENERAL = re.compile("^(?:监督|服务|综合)?(?:管理|事务|工作|服务|保障)?$")


@dataclass(slots=True)
class Name:
    """A name in one region: how often, and where it stands first."""

    text: str
    region: str
    count: int = 0
    cases: list[int] = field(default_factory=list)  # positions of the cases
    first: tuple[int, Path] = (0, ())  # a case, and the way to the value
    posts: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Likeness:
    """`rare` looks like a slip for `usual`."""

    rare: Name
    usual: Name
    reason: str


def _ordered(one: Name, other: Name) -> tuple[Name, Name]:
    """The rarer one first; of equals the shorter one, or the one that stands later."""
    keys = [(name.count, len(name.text), -name.first[0]) for name in (one, other)]
    if keys[0] <= keys[1]:
        return one, other
    return other, one


# -- B813 -----------------------------------------------------------------------------------------


def similar_people(names: Sequence[Name], known: Registry) -> Iterator[Likeness]:
    """People of one region whose names are a slip of the pen apart; `known` are told apart."""
    regions: dict[str, list[Name]] = defaultdict(list)
    for name in names:
        if re.fullmatch("[\u3400-\u9fff\U00020000-\U0003ffff]{2,4}", name.text):
            regions[name.region].append(name)
    for region, those in regions.items():
        buckets: dict[tuple[int, int, str], list[Name]] = defaultdict(list)
        for name in those:
            for place in range(len(name.text)):
                left = name.text[:place] + name.text[place + 1 :]
                buckets[len(name.text), place, left].append(name)
        for (_, place, _), alike in buckets.items():
            for one, other in combinations(alike, 2):
                reason = _slip(one, other, place, few=len(those) <= FEW)
                if reason and not _told_apart(known, region, one, other):
                    yield Likeness(*_ordered(one, other), reason)


def _slip(one: Name, other: Name, place: int, *, few: bool) -> str:
    """Why one name may be a slip for the other; empty where chance explains it as well."""
    if set(one.cases) & set(other.cases):
        return ""  # two people who sign together
    if reason := _alike_characters(one.text[place], other.text[place]):
        return reason
    if len(one.text) < 3 or place == 0:
        return ""
    if one.posts & other.posts:
        return "只差一个字，职务也一样"
    return "只差一个字" if few else ""


def _alike_characters(a: str, b: str) -> str:
    """Why one may be typed for the other; empty where it is not likely."""
    from pypinyin import lazy_pinyin  # the usual reading; rare ones make half of all alike

    if frozenset((a, b)) in _SHAPES:
        return f"“{a}”和“{b}”形近"
    return f"“{a}”和“{b}”同音" if lazy_pinyin(a) == lazy_pinyin(b) else ""


def _told_apart(known: Registry, region: str, one: Name, other: Name) -> bool:
    """Whether an editor's rule says who the two are, be it one person or two."""
    return any(
        (region, name.text) in known.by_region
        or name.text in known.anywhere
        or any(text == name.text for _, text in known.by_case)
        for name in (one, other)
    )


# -- B814 -----------------------------------------------------------------------------------------


def similar_units(names: Sequence[Name], known: Registry) -> Iterator[Likeness]:
    """Names of one region that stand for one unit, as far as abbreviation goes."""
    regions: dict[str, list[Name]] = defaultdict(list)
    for name in names:
        regions[name.region].append(name)
    for region, those in regions.items():
        buckets: dict[str, list[tuple[str, Name]]] = defaultdict(list)
        for name in those:
            core = _core(name.text, region)
            buckets[re.sub(_LEVEL, "", core)[:1]].append((core, name))
        pairs = [*_typed_wrong(those)]
        for alike in buckets.values():
            pairs += _alike(alike)
        for one, other, reason in pairs:
            if known.entity(one.text, region, "") is known.entity(other.text, region, ""):
                continue
            if not all(_has_rule(known, region, name.text) for name in (one, other)):
                rare, usual = _ordered(one, other)
                if reason == _REGION and rare.count == usual.count:  # pages name the region anyway
                    rare, usual = usual, rare
                yield Likeness(rare, usual, reason)


def _typed_wrong(those: Sequence[Name]) -> Iterator[tuple[Name, Name, str]]:
    """Units of one region that differ in one character, which looks or sounds like the other."""
    buckets: dict[tuple[int, int, str], list[Name]] = defaultdict(list)
    for name in those:
        for place in range(1, len(name.text)):  # 区 and 市 are not typed for each other
            left = name.text[:place] + name.text[place + 1 :]
            buckets[len(name.text), place, left].append(name)
    for (length, place, _), alike in buckets.items():
        for one, other in combinations(alike, 2) if length > 3 else ():
            if reason := _alike_characters(one.text[place], other.text[place]):
                yield one, other, reason


def _alike(alike: Sequence[tuple[str, Name]]) -> list[tuple[Name, Name, str]]:
    longer: Counter[str] = Counter()
    pairs = []
    for (core, one), (other_core, other) in combinations(alike, 2):
        short, long = sorted((core, other_core), key=len)
        if core == other_core:
            reason = _REGION
        elif _level_left_out(core, other_core):
            reason = "只差开头一个字"
        elif abbreviates(short, long):
            reason = "一个像是另一个的简称"
            longer[short] += 1
        else:
            continue
        pairs.append((short, one, other, reason))
    # a short name that may stand for either of two long ones: nobody knows
    return [(one, other, reason) for short, one, other, reason in pairs if longer[short] < 2]


def _has_rule(known: Registry, region: str, text: str) -> bool:
    return (region, text) in known.by_region or text in known.anywhere


def _core(name: str, region: str) -> str:
    """杭州市余杭区经信局 in 余杭区 is 区经信局."""
    name = re.sub(r"[（(].*?[）)]$", "", name)
    at = name.find(region) if len(region) > 1 else -1
    if (
        at >= 0
        and len(name) > at + len(region) + 1
        and re.fullmatch("(?:[^省市]+[省市])*", name[:at])
    ):
        return region[-1] + name[at + len(region) :]
    return name


def _level_left_out(one: str, other: str) -> bool:
    """经信局 and 区经信局, but not 市经信局 and 区经信局."""
    short, long = sorted((one, other), key=len)
    return len(long) == len(short) + 1 and long[1:] == short and bool(_LEVEL.match(long))


def abbreviates(short: str, long: str) -> bool:
    """Whether `short` takes characters of `long` in their order, from its beginning to its end.

    Both begin with the same 区, 市 or none. What is left out must be parts of words, or words that
    any unit may have in its name: 区农业局 is not 区农业农村局.
    """
    level = _LEVEL.match(long)
    if (level[0] if level else "") != (found[0] if (found := _LEVEL.match(short)) else ""):
        return False
    if level:
        short, long = short[1:], long[1:]
    ending, least = short[-1:], 3
    if long.endswith(_LONG_ENDINGS.get(ending, "\0")):
        long = long[: -len(_LONG_ENDINGS[ending])] + ending
        least = 2
        if long == short:
            return True
    if len(short) < least or len(long) <= len(short) or short[0] != long[0] or long[-1] != ending:
        return False
    inner, whole = short[:-1], long[:-1]
    if len(inner) > 1 and whole.startswith(inner):
        return bool(_GENERAL.match(whole[len(inner) :]))
    rest = iter(whole)
    return all(char in rest for char in inner)


# -- B815 -----------------------------------------------------------------------------------------


def looks_like_a_unit(name: str) -> bool:
    return bool(_UNIT.search(name)) or not re.search("[\u3400-\u9fff]", name)
