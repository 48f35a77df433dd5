"""Punctuation and blanks: B801 to B805. Each finding is a `Finding`, with its mending if certain.

What stands between Latin letters and digits is left alone: 7.46%, 3:1, 14:30, Node.js.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise

from broadsheet.check.findings import Edit, Finding
from broadsheet.check.source import BLOT, GHOST, Passage, Source

HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
OPENING, CLOSING = "“‘《〈（「『【〔", "”’》〉）」』】〕"
STOPS = "，。；：、！？"
BLANKS = " \t\u00a0\u2002-\u200a\u202f\u3000"

_HALF = dict(zip(",;:!?()", "，；：！？（）", strict=True))
_PARTNER = dict(zip(CLOSING + ")", OPENING + "(", strict=True))
_CLOSED_BY = {opening: closing for closing, opening in _PARTNER.items()}
_NAMES = {
    "“": "引号", "‘": "单引号", "《": "书名号", "〈": "书名号", "（": "括号", "「": "引号",
    "『": "引号", "【": "括号", "〔": "括号", "(": "括号",
}  # fmt: skip
_MIXED = ({"（", ")"}, {"(", "）"})
_SIGNS = re.compile(f"[{OPENING}{CLOSING}()]")
_NARROW = re.compile('[,;:!?()."]')
_NARROW_IS_BAD = "；半角的太窄，会和前后的字挤在一起。可以用 --fix 改"
_IS_HAN = re.compile(f"[{HAN}]")
_STRAY = re.compile(f"(?<=[^{BLANKS}\n{BLOT}{GHOST}])[{BLANKS}]+(?=[^{BLANKS}\n{BLOT}{GHOST}])")
NEAR = 60  # characters; neither blanks nor marks of emphasis go on for longer
LONGEST_NAME = 4
# the commoner surnames; what begins with one of them may be a name
SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任"
    "沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫"
    "孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童"
    "凌毕单裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳穆农司卓古吉缪简车项连芦"
)
_CALLED = re.compile("(?:记者|通讯员|摄影|编辑|作者|代表|委员|提案人|发言人|主持|同志)$")
_ENDS_LIKE_A_UNIT = re.compile("(?:局|委|办|会|部|院|所|中心|街道|镇|乡|公司|学校|大学|医院)$")
_WIDE = re.compile("[Ａ-Ｚａ-ｚ０-９][Ａ-Ｚａ-ｚ０-９．]*")
_TRAILING = re.compile(r"(?<![ \t\u00a0\u3000])[ \t\u00a0\u3000]+$", re.MULTILINE)
_NOTHING_YET = re.compile(r"[ \t>#|]*(?:[-*+]|\d+[.)]|\[\^[^\]]*\]:)*[ \t>#|]*$")
_ALNUM = re.compile("[0-9A-Za-z]")


def punctuation(source: Source) -> Iterator[Finding]:
    """Everything about marks and blanks in one file."""
    half: list[Finding] = []
    blanks: list[Finding] = []
    wide: list[Finding] = []
    quoted = _long_quotations(source.passages)
    for passage in source.passages:
        if passage.role != "name":
            yield from _pairs(source, passage, quoted)
            half += _half_width(source, passage)
        blanks += _blanks(source, passage)
        wide += _full_width(source, passage)
    for findings in (half, blanks, wide):
        yield from _by_line(findings)
    yield from _trailing(source)


def _by_line(findings: Iterable[Finding]) -> Iterator[Finding]:
    """What is wrong in one line in one way is told once, with all of its mendings."""
    lines: dict[tuple[str, int], list[Finding]] = defaultdict(list)
    for finding in findings:
        lines[finding.code, finding.line].append(finding)
    for same in lines.values():
        first = min(same, key=lambda finding: finding.diagnostic.column)
        edits = tuple(edit for finding in same for edit in finding.edits)
        more = f"（这一行共有 {len(same)} 处）" if len(same) > 1 else ""
        yield first.saying(first.diagnostic.message + more, edits)


# -- B801 -----------------------------------------------------------------------------------------


def _long_quotations(passages: Sequence[Passage]) -> set[int]:
    """The starts of paragraphs that share one quotation: each opens with “, the last closes it."""
    texts = [one for one in passages if not one.path and one.role == "prose"]
    found = set()
    for passage, following in pairwise(texts):
        open_ = passage.words.count("“") == passage.words.count("”") + 1
        if open_ and all(one.words.lstrip(GHOST)[:1] == "“" for one in (passage, following)):
            found.add(passage.start)
    return found


def _pairs(source: Source, passage: Passage, quoted: Collection[int]) -> Iterator[Finding]:
    """Brackets and quotes that do not meet; those of `quoted` end in a later paragraph.

    One finding a passage, as a rule: what comes after the first follows from it.
    """
    words = passage.words
    open_: list[tuple[str, int]] = []
    for found in _SIGNS.finditer(words):
        place, sign = found.start(), found[0]
        if sign in _CLOSED_BY:
            if sign in "“‘" and any(sign == other for other, _ in open_):
                message, hint = _again(sign, open_, words)
                yield _b801(source, passage, place, message, hint)
                return
            open_.append((sign, place))
        else:
            if open_ and open_[-1][0] == _PARTNER[sign]:
                open_.pop()
                continue
            if sign in ")）" and _is_item(words[max(0, place - NEAR) : place], open_):
                continue
            yield _b801(source, passage, place, *_not_closing(sign, open_))
            if open_ and {open_[-1][0], sign} in _MIXED:
                open_.pop()  # a pair for all that
                continue
            return
    if open_:
        sign, place = open_[0]
        if len(open_) == 1 and passage.start in quoted:
            return
        message = f"{_NAMES[sign]} {sign} 没有配对，到这一段的末尾也没有 {_CLOSED_BY[sign]}"
        yield _b801(
            source, passage, place, message,
            f"在引完的地方补上 {_CLOSED_BY[sign]}，或删去 {sign}；不补，读者看不出到哪里为止",
        )  # fmt: skip


def _is_item(before: str, open_: Sequence[tuple[str, int]]) -> bool:
    """1）… 2）… and a)… need no opening bracket."""
    numbered = re.search("[0-9A-Za-z一二三四五六七八九十]$", before)
    return bool(numbered) and not any(sign in "(（" for sign, _ in open_)


def _again(sign: str, open_: Sequence[tuple[str, int]], words: str) -> tuple[str, str]:
    """A quotation mark that opens although one of its kind is open."""
    closing = _CLOSED_BY[sign]
    if words.count(sign) > words.count(closing):
        message = f"前面的 {sign} 还没有配对，这里又是一个 {sign}"
        return message, f"若引文到此为止，改成 {closing}；若是另起一处，在前面补上 {closing}"
    inner = "‘ ’" if sign == "“" else "“ ”"
    name = "双引号" if sign == "“" else "单引号"
    return f"{name}里面又用了{name}", f"引号里的引号换一种，用 {inner}，读者才分得清层次"


def _not_closing(sign: str, open_: Sequence[tuple[str, int]]) -> tuple[str, str]:
    opening, name = _PARTNER[sign], _NAMES[_PARTNER[sign]]
    if not open_:
        return (
            f"{name} {sign} 没有配对，前面没有 {opening}",
            f"在引起的地方补上 {opening}，或删去 {sign}；若前后颠倒了，对调过来",
        )
    last = open_[-1][0]
    if {last, sign} in _MIXED:
        return f"括号一半是全角、一半是半角：{last} 和 {sign}", "两个都用全角（ ）"
    if any(other == opening for other, _ in open_):
        return (
            f"{last} 还没有配对，就先出现了 {sign}，两对符号交叉了",
            f"先补上 {_CLOSED_BY[last]}，再写 {sign}；里层的先结束，外层的后结束",
        )
    return f"{last} 后面对上的是 {sign}，配不成对", f"改成 {_CLOSED_BY[last]}，或检查漏了哪一个"


def _b801(source: Source, passage: Passage, place: int, message: str, hint: str) -> Finding:
    return Finding(source.told("B801", passage.start + place, message, hint))


# -- B802 -----------------------------------------------------------------------------------------


def _before(words: str, place: int) -> str:
    return words[max(0, place - NEAR) : place].rstrip(GHOST)[-1:]


def _half_width(source: Source, passage: Passage) -> Iterator[Finding]:
    words = passage.words
    if not _NARROW.search(words):
        return
    yield from _brackets(source, passage)
    for found in re.finditer(r"[,;:!?]", words):
        if not re.match(f"[{HAN}{CLOSING}]", _before(words, found.start())):
            continue
        after = re.match(
            f"([{BLANKS}]*)({GHOST}*)([^{GHOST}]|$)", words[found.end() : found.end() + NEAR]
        )
        if after is None or not re.match(f"[{HAN}{OPENING}0-9A-Za-z\n]|$", after[3]):
            continue
        end = found.end() + (0 if after[2] or after[3] in ("", "\n") else len(after[1]))
        wide = _HALF[found[0]]
        edit = Edit(passage.start + found.start(), passage.start + end, wide)
        if after[2] and _ALNUM.match(after[3]):  # `：**A` would not end the emphasis
            hint = f"改成全角的“{wide}”，并移到加粗的星号外面，不然加粗会失效"
            message = f"汉字之间用了半角的“{found[0]}”"
            yield Finding(source.told("B802", edit.start, message, hint))
            continue
        message = f"汉字之间用了半角的“{found[0]}”"
        yield Finding(
            source.told(
                "B802",
                edit.start,
                message,
                f"改成全角的“{wide}”{_NARROW_IS_BAD}",
            ),
            (edit,),
        )
    for found in re.finditer(f"(?<=[{HAN}])\\.(?=[{HAN}]|[{GHOST}]*(?:\n|$))", words):
        if re.search(rf"(?:^|[\n{STOPS}])[一二三四五六七八九十]{{1,3}}$", words[: found.start()]):
            continue  # 一.
        message, hint = "汉字后面用了半角的“.”", "句号用“。”，外国人名中间的圆点用“·”"
        yield Finding(source.told("B802", passage.start + found.start(), message, hint))
    for found in re.finditer('"', words):
        if _IS_HAN.match(_before(words, found.start())) or _IS_HAN.match(words, found.end()):
            message, hint = '汉字旁边用了半角的引号 "', "改成成对的 “ ”"
            yield Finding(source.told("B802", passage.start + found.start(), message, hint))


def _brackets(source: Source, passage: Passage) -> Iterator[Finding]:
    """A pair around Chinese words, behind a Chinese word; both are mended, or none."""
    words = passage.words
    for found in re.finditer(r"\(([^()（）\n]*)\)", words):
        before, inner = _before(words, found.start()), found[1]
        starts = not words[: found.start()].strip(GHOST)
        numbered = starts and re.fullmatch("[一二三四五六七八九十]{1,3}", inner)
        spoken = re.match(f"[{HAN}{CLOSING}{STOPS}]", before) and _IS_HAN.search(inner)
        after = words[found.end() :].lstrip(GHOST)[:1]
        edges = inner[:1] + inner[-1:]
        if not (numbered or spoken) or _ALNUM.match(after) or re.search(f"[{BLANKS}]", edges):
            continue
        start = passage.start + found.start()
        end = passage.start + found.end()
        edits = (Edit(start, start + 1, "（"), Edit(end - 1, end, "）"))
        message = "汉字之间用了半角的括号"
        hint = f"改成全角的（ ）{_NARROW_IS_BAD}"
        yield Finding(source.told("B802", start, message, hint), edits)


# -- B803 -----------------------------------------------------------------------------------------

_REMOVE = "删去它，排版时会自己留出间隔；可以用 --fix 改"


def _blanks(source: Source, passage: Passage) -> Iterator[Finding]:
    words = passage.words
    strays = list(_STRAY.finditer(words))
    titles = [found.span() for found in re.finditer("《[^《》]*》", words)] if strays else []
    for found in strays:
        pause = any(start < found.start() < end for start, end in titles)
        offset = passage.start + found.start()
        verdict = _judge(passage, words, found.start(), found.end(), pause=pause)
        if verdict:
            message, hint, certain = verdict
            edits = (Edit(offset, passage.start + found.end(), ""),) if certain else ()
            yield Finding(source.told("B803", offset, message, hint), edits)
    yield from _indents(source, passage)


def _judge(
    passage: Passage, words: str, start: int, end: int, *, pause: bool
) -> tuple[str, str, bool] | None:
    """Message, hint, and whether the blank may be removed unseen; none where it may be meant.

    `pause` says that it stands in the title of a document.
    """
    left, right = words[start - 1], words[end]
    if left in STOPS:
        return f"标点 {left} 后面有多余的空格", _REMOVE, True
    if right in STOPS:
        return f"标点 {right} 前面有多余的空格", _REMOVE, True
    if left in OPENING:
        return f"{left} 后面有多余的空格", _REMOVE, True
    if right in CLOSING:
        return f"{right} 前面有多余的空格", _REMOVE, True
    if pause or not re.match(f"[{HAN}{CLOSING}]", left) or not re.match(f"[{HAN}{OPENING}]", right):
        return None
    runs, here = _chain(words, start, end)
    length = len(runs[here]), len(runs[here + 1])
    if length == (1, 1) and passage.role not in ("title", "heading"):
        return f"“{left}”和“{right}”之间有空格", _REMOVE, True
    if passage.role == "name":
        hint = "是几个名字，就一个一项分开写；是一个名字，就删去空格"
        return f"名字“{words.strip(BLOT)}”中间有空格", hint, False
    if passage.role in ("title", "heading"):
        return _in_title(words, start, end)
    return _in_prose(words, start, end, runs, here)


def _in_prose(
    words: str, start: int, end: int, runs: Sequence[str], here: int
) -> tuple[str, str, bool] | None:
    """A blank between the words `runs[here]` and the next one."""
    line = words[words.rfind("\n", 0, start) + 1 :].partition("\n")[0]
    if not re.search("[，。；！？,;!?]", line):
        return None  # a line of names, a slogan: the blanks are the punctuation there
    first, last = start - len(runs[here]), end + len(runs[here + 1])
    if words[:first][-1:] in OPENING and words[last:][:1] in CLOSING:
        return None  # “三推两助 双岗建功”: a pause in a name
    if _are_names(runs, here):
        if all(len(run) <= LONGEST_NAME for run in runs):
            return None
        hint = "空格隔开的是人名或单位，就用顿号；不是，就删去"
        return "汉字之间有空格", hint, False
    return "汉字之间有多余的空格", _REMOVE, True


def _in_title(words: str, start: int, end: int) -> tuple[str, str, bool] | None:
    """A pause, unless it leaves a word or two between itself and another blank, or the end."""
    before = re.search(f"(?:^|[{BLANKS}])[{HAN}]{{1,2}}$", words[:start])
    after = re.match(f"[{HAN}]{{1,2}}(?:[{BLANKS}]|$)", words[end:])
    if not before and not after:
        return None
    hint = "标题里的空格只用来表示停顿；排版时断行留下的，删去它"
    return "标题里的空格把一两个字单独隔开了", hint, False


def _chain(words: str, start: int, end: int) -> tuple[list[str], int]:
    """The words in a row, parted by blanks alone, around one blank; which of them is before it."""
    before = re.search(f"(?:[{HAN}]+[{BLANKS}]+)*[{HAN}]*$", words[max(0, start - 60) : start])
    after = re.match(f"[{HAN}]*(?:[{BLANKS}]+[{HAN}]+)*", words[end : end + 60])
    left = re.split(f"[{BLANKS}]+", before[0] if before else "")
    right = re.split(f"[{BLANKS}]+", after[0] if after else "")
    return [*left, *right], len(left) - 1


def _are_names(runs: Sequence[str], here: int) -> bool:
    """记者 王妍 张华颖: names of people or units beside the blank, which parts them."""
    pair = runs[here : here + 2]
    if any(_CALLED.search(run) for run in pair):
        return True
    if _ENDS_LIKE_A_UNIT.search(pair[0]) and (
        pair[1][0] in "省市区县" or _ENDS_LIKE_A_UNIT.search(pair[1])
    ):
        return True
    return any(1 < len(run) <= LONGEST_NAME and run[0] in SURNAMES for run in pair)


def _indents(source: Source, passage: Passage) -> Iterator[Finding]:
    """Blanks as wide as a character at the beginning of a paragraph: pages indent by themselves."""
    if passage.path or passage.role != "prose":
        return
    line = source.text.rfind("\n", 0, passage.start) + 1
    found = re.search("[\u00a0\u3000][\u00a0\u3000 \t]*$", source.text[line : passage.start])
    wide = found.start() + line if found else passage.start
    leading = re.match("[\u00a0\u3000][\u00a0\u3000 \t]*", passage.words)
    end = passage.start + (leading.end() if leading else 0)
    if end > wide and re.match(f"[{HAN}“《（]", source.text[end : end + 1]):
        yield Finding(
            source.told("B803", wide, "段首有空格", "删去它，网页会排好段首；可以用 --fix 改"),
            (Edit(wide, end, ""),),
        )


# -- B804, B805 -----------------------------------------------------------------------------------


def _trailing(source: Source) -> Iterator[Finding]:
    """All of a file in one finding: nobody sees them, and there may be hundreds."""
    breaks = {  # lines, from 0, that may end in a Markdown line break
        line
        for passage in source.passages
        if not passage.path and "\n" in passage.words
        for line in range(source.place(passage.start)[0] - 1, source.place(passage.end)[0] - 1)
    }
    edits = []
    for found in _TRAILING.finditer(source.text):
        line = source.place(found.start())[0] - 1
        if line in source.code or (line in breaks and found[0].endswith("  ")):
            continue
        before = source.text[source.starts[line] : found.start()]
        if re.search("[\u00a0\u3000]", found[0]) and _NOTHING_YET.match(before):
            continue  # to Markdown a wide blank is a word, and this line holds no other
        edits.append(Edit(found.start(), found.end(), ""))
    if edits:
        where = f"行末有多余的空格，这个文件里共有 {len(edits)} 行" if len(edits) > 1 else (
            "行末有多余的空格"
        )  # fmt: skip
        hint = "删去它，改动记录里才不会混进看不见的差别；可以用 --fix 改"
        yield Finding(source.told("B804", edits[0].start, where, hint), tuple(edits))


def _full_width(source: Source, passage: Passage) -> Iterator[Finding]:
    for found in _WIDE.finditer(passage.words):
        narrow = found[0].translate({code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)})
        message = f"“{found[0]}”是全角的字母或数字"
        hint = f"改成半角的 {narrow}，同一个词才排得一致"
        yield Finding(source.told("B805", passage.start + found.start(), message, hint))
