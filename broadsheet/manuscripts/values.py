"""Values as they are spelt in manuscripts: names, grades, dates, numbers of proposals and letters.

Each function takes text as it stands and says what it means, or that it cannot tell; none guesses.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from broadsheet.manuscripts.excerpt import BLANKS, Excerpt
from broadsheet.models import ProposerType

HAN = r"\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
PERSON = re.compile(rf"[{HAN}]{{2,4}}|[{HAN}]{{1,8}}(?:[·•][{HAN}]{{1,8}}){{1,3}}")
_DIGITS = {
    **{sign: n for n, sign in enumerate("零一二三四五六七八九")},
    "〇": 0,
    "○": 0,
    "两": 2,
    "廿": 20,
}


def plain(text: str) -> str:
    """NFKC and without blanks: how spellings are compared."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


def han_number(text: str) -> int | None:
    """`十二` → 12, `一百零三` → 103, `二十` → 20; None for what is no Chinese numeral."""
    if text.isdigit() and text.isascii():
        return int(text)
    if not text or not re.fullmatch(r"[零〇一二三四五六七八九十百两]+", text):
        return None
    if not re.search("[十百]", text):
        return int("".join(str(_DIGITS[sign]) for sign in text))
    total = digit = 0
    for sign in text:
        if sign in "十百":
            total += (digit or 1) * (10 if sign == "十" else 100)
            digit = 0
        else:
            digit = _DIGITS[sign]
    return total + digit


def han_numeral(number: int) -> str:
    """1–99: `十二`."""
    digits = "零一二三四五六七八九"
    tens, ones = divmod(number, 10)
    return (
        (digits[tens] if tens > 1 else "")
        + ("十" if tens else "")
        + (digits[ones] if ones or not tens else "")
    )


# -- names ----------------------------------------------------------------------------------------

_SEPARATORS = re.compile(r"[、，,；;|/]|(?<=[\s\u3000])(?=\S)")
_ET_AL = re.compile(
    r"等?\s*(?P<count>[0-9０-９]{1,3}|[一二三四五六七八九十百两]{1,4})?\s*(?P<unit>位|名|人|个)?\s*(?:市|区|县|省|州|全国)?\s*"
    r"(?:政协|人大)?\s*(?P<title>委员|代表)?\s*(?:们|同志|先生|女士)?\s*[。.]?$"
)
_TITLE = re.compile(r"(?:政协|人大)?(?:委员|代表)(?:们|同志)?$|同志$|先生$|女士$")
_NOTE = re.compile(r"[（(\[【][^（）()\[\]【】]*[)）\]】]")
_AND = re.compile(rf"(?<=[{HAN}]{{2}})[和与及](?=[{HAN}]{{2}})")
_BODY_WORDS = re.compile(
    "[委会局部厅院办处党社盟团组联协界室]$|(?:公司|中心|街道|政府|小组|学校|医院|集团|支部|总工会|大学|学院)$"
)


@dataclass(frozen=True, slots=True)
class Names:
    """`total` is how many there are in all, where the text says so; `open` where it says 等 without
    a number; `notes` are words in brackets beside a name.
    """

    names: tuple[Excerpt, ...]
    total: int | None = None
    open: bool = False
    notes: tuple[str, ...] = ()

    @property
    def more(self) -> int:
        return max(0, (self.total or 0) - len(self.names))


def read_names(value: Excerpt) -> Names:
    """`马青、周丽等委员`, `黄莉新等25位委员`, `民进萧山区委员会`."""
    value = value.strip(BLANKS + "*:：。;；")
    text = value.text
    notes = tuple(note.strip("（）()[]【】") for note in _NOTE.findall(text))
    total, open_ = None, False
    end = len(text)
    bare = _NOTE.sub(lambda found: "\x00" * len(found[0]), text)
    stripped = bare.rstrip("\x00" + BLANKS)
    found = re.search(r"等(?=[^等]*$)", stripped)
    if found and (tail := _ET_AL.fullmatch(stripped[found.start() :])):
        end = found.start()
        total = han_number(unicodedata.normalize("NFKC", tail["count"])) if tail["count"] else None
        open_ = total is None
    elif found := re.search(
        r"(?:共|计)\s*([0-9]{1,3}|[一二三四五六七八九十]{1,3})\s*(?:位|名|人)(?:委员|代表)?$",
        stripped,
    ):
        end, total = found.start(), han_number(found[1])
    elif found := _TITLE.search(stripped):
        # 崔银雷委员, but not 提案委员会
        end = found.start() if found.start() >= 2 else end
    parts = value.cut(0, end).without(_NOTE).split(_SEPARATORS)
    names: list[Excerpt] = []
    for part in map(_without_title, _mended(parts)):
        halves = part.split(_AND)
        if len(halves) > 1 and all(PERSON.fullmatch(half.text) for half in halves):
            names += halves
        elif part:
            names.append(part)
    return Names(tuple(names), total, open_, notes)


def _without_title(part: Excerpt) -> Excerpt:
    found = _TITLE.search(part.text)
    return part.cut(0, found.start()).strip() if found and found.start() >= 2 else part


def _mended(parts: list[Excerpt]) -> list[Excerpt]:
    """`王 芳` is one name: single characters that only a blank sets apart belong together."""
    mended: list[Excerpt] = []
    for part in parts:
        last = mended[-1] if mended else None
        single = len(part) == 1 and last is not None and len(last) <= 2
        near = last and part.spans[0].line == last.spans[-1].line
        gap = (
            part.spans[0].start - (last.spans[-1].start + len(last.spans[-1].text))
            if last and near
            else 99
        )
        if single and last and len(last) == 1 and gap <= 3:
            mended[-1] = last + part
        else:
            mended.append(part)
    return mended


_PARTY = re.compile(
    "^(?:中国)?(?:国民党革命委员会|民主同盟|民主建国会|民主促进会|农工民主党|致公党|九三学社|台湾民主自治同盟)"
    "|^(?:民革|民盟|民建|民进|农工党|农工|致公|九三|台盟|中共)"
)
_ORGANIZATION = re.compile(
    "(?:工商联|工商业联合会|工会|妇联|妇女联合会|团[市区县省州]?委|共青团|科协|侨联|台联|青联|文联|残联|红十字会|协会|学会|商会"
    "|联谊会|联合会|促进会|研究会|委员会办公室)"
)


def proposer_type(name: str) -> ProposerType | None:
    """What kind of body a proposer is; None for a person, and where the name does not tell."""
    if PERSON.fullmatch(name) and not _BODY_WORDS.search(name) and not _PARTY.search(name):
        return None
    if _PARTY.search(name):
        return "party"
    if re.search(r"代表团|代表小组", name):
        return "delegation"
    if re.search(r"界别?(?:小?组|活动组)?$|界委员$|界别", name):
        return "sector"
    if _ORGANIZATION.search(name):
        return "organization"
    if re.search(r"(?:委员会|专委会|委)$", name):
        return "committee"
    return "organization" if _BODY_WORDS.search(name) else None


# -- grades ---------------------------------------------------------------------------------------

_GRADE = re.compile(
    r"[(\[【〔\"“'‘]*([A-D])([0-9])?[)\]】〕\"”'’]*(?:类|级|等|档)?(?:件|提案|建议)?[)\]】。.;；]*"
)


_RESULT = re.compile(
    r"[^()\d]{0,6}(?:解决|采纳|落实|列入|计划|参考|办结)[^()\d]{0,4}\(([A-D][0-9]?)类?\)"
)


def read_result(text: str) -> str:
    """`已解决（A）`: the grade behind what it means; empty for anything else."""
    found = _RESULT.fullmatch(plain(text))
    return found[1] if found else ""


def read_grade(text: str) -> str:
    """`(C)`, `A类`, `Ａ1` as a grade; empty for anything else."""
    found = _GRADE.fullmatch(plain(text))
    return found[1] + (found[2] or "") if found else ""


# -- dates ----------------------------------------------------------------------------------------

_NUMERIC = re.compile(
    r"(?P<y>(?:19|20)\d{2})(?:年|[-./](?=\d))(?:(?P<m>\d{1,2})(?:月|[-./](?=\d)|$)(?:(?P<d>\d{1,2})[日号]?)?)?"
)
_HAN_DATE = re.compile(
    r"(?P<y>[一二][〇○零Oo0一二三四五六七八九]{3})年(?:(?P<m>[一二三四五六七八九十]{1,2})月(?:(?P<d>[一二三四五六七八九十廿]{1,3})[日号]?)?)?"
)
_TIME = re.compile(r"[T ]?\d{1,2}[:：]\d{2}(?:[:：]\d{2})?$")


def read_date(text: str) -> str:
    """A date, all of `text` but a time of day, as ISO text; empty where it is none or damaged."""
    spelt = unicodedata.normalize("NFKC", text).strip()
    spelt = _TIME.sub("", re.sub(r"\s+(?=\d{1,2}:\d{2})", "T", spelt))
    spelt = re.sub(r"\s", "", spelt)
    spelt = re.sub(r"星期[一二三四五六日天]$|\((?:星期|周)[一二三四五六日天]\)$", "", spelt)
    if found := _NUMERIC.fullmatch(spelt):
        parts = [int(part) for part in found.group("y", "m", "d") if part]
    elif found := _HAN_DATE.fullmatch(spelt):
        year = re.sub("[〇○零Oo]", "0", found["y"])
        digits = "".join(str(_DIGITS[sign]) if sign in _DIGITS else sign for sign in year)
        rest = [han_number(part.replace("廿", "二十")) for part in found.group("m", "d") if part]
        parts = [int(digits), *(part or 0 for part in rest)]
    else:
        return ""
    try:
        date(parts[0], *([*parts[1:], 1, 1])[:2])
    except ValueError:
        return ""
    return "-".join([f"{parts[0]:04d}", *(f"{part:02d}" for part in parts[1:])])


_DATE_LIKE = re.compile(
    r"[\d零〇○一二三四五六七八九十OoIlＯ?？□■*_XxＸ×\s.]{0,9}年[\d零〇○一二三四五六七八九十廿OoIl?？□■*_XxＸ×\s.]{0,6}月?"
    r"[\d零〇○一二三四五六七八九十廿OoIl?？□■*_XxＸ×\s.]{0,6}[日曰口目号]?|\d{2,4}[-./]\S{1,2}[-./]\S{1,2}日?"
)


def like_a_date(text: str) -> bool:
    """Whether a whole line was meant as a date, even one that cannot be read."""
    spelt = unicodedata.normalize("NFKC", text).strip(BLANKS + "()（）。.")
    if read_date(spelt):
        return True
    return bool(
        len(spelt) <= 20
        and _DATE_LIKE.fullmatch(spelt)
        and (re.search("[月日]", spelt) or re.search(r"\d[-./]", spelt))
    )


# -- numbers --------------------------------------------------------------------------------------

_BRACKET_OPEN, _BRACKET_CLOSE = r"[〔\[【（(﹝［〈{]", r"[〕\]】）)﹞］〉}]"
DOCUMENT_NUMBER = re.compile(
    rf"[{HAN}A-Za-z（）()]{{1,20}}[:：]?\s*{_BRACKET_OPEN}?\s*(?:19|20)\d{{2}}\s*(?:年)?{_BRACKET_CLOSE}\s*第?\s*"
    rf"(?:[A-Za-z]?\d{{1,5}}(?:[-—－]\d{{1,4}})?|[{HAN}]{{1,4}}\s*\d{{0,5}})\s*号"
)
_ONE = (
    r"(?:[A-Za-z]{0,3}\d{1,8}(?:[-—－]\d{1,6})?|[闭平会大党团]{1,2}\s*\d{1,5}"
    r"|[零〇一二三四五六七八九十百]{1,7})"
)
_CITIES = (
    "杭甬温嘉湖绍金衢舟台丽苏锡常镇扬泰通盐淮徐连宿宁"  # delegations of a province: 温27号建议
)
NUMBER_IN_TITLE = re.compile(
    rf"第\s*(?P<a>{_ONE})(?:\s*号)?(?P<more>(?:\s*[、,，和及]\s*第?\s*{_ONE}\s*(?:号)?)*)\s*号?(?:\s*[（(][^（）()]{{1,20}}[)）])?\s*"
    r"(?P<what>提案|建议|议案|重点提案|重点建议|案)"
    rf"|(?:提案|建议|议案)\s*[（(]?\s*第?\s*(?P<b>{_ONE})\s*号"
    rf"|[（(〔\[【]\s*(?:提案|建议)?第?\s*(?P<c>{_ONE})\s*[)）〕\]】]?\s*号"
    rf"|(?:政协|人大)[^，。；\s]{{0,12}}?第\s*(?P<d>{_ONE})\s*号"
    rf"|第\s*(?P<e>{_ONE})\s*号"
    rf"|(?P<f>[{_CITIES}]?\d{{1,8}})\s*号\s*(?:代表)?(?:建议|提案|议案)"
)
NUMBER_LINE = re.compile(
    rf"[【\[（(「■●◆]*\s*(?:提案|建议|议案|案例|案号)?\s*第?\s*(?P<n>{_ONE})\s*号\s*(?:重点)?\s*(?:政协)?\s*(?:提案|建议|议案|案)?\s*[】\])）」:：]*"
)


def read_number(text: str) -> str:
    """A number as it stands after a label: `第322号`, `0867`, `闭08号`; as a string."""
    spelt = plain(text).strip("()[]【】〔〕:：*第号。")
    spelt = re.sub(r"^(?:第|提案|建议|议案)+", "", spelt)
    spelt = re.sub(r"号?(?:提案|建议|议案)?$", "", spelt)
    found = re.fullmatch(rf"{_ONE}|\d{{1,6}}[A-Za-z]", spelt)
    return spelt if found else ""
