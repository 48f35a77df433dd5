"""Which form a manuscript has, and by what it is told."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from broadsheet.manuscripts.rows import Row
from broadsheet.manuscripts.titles import NUMBERED, title_shaped
from broadsheet.manuscripts.values import NUMBER_LINE
from broadsheet.models import KIND_NAMES

Form = Literal["case", "key", "speech", "reference", "bulletin", "reply", "news"]
FORM_NAMES: dict[str, str] = {**dict(KIND_NAMES.items()), "news": "督办报道"}

ADDRESSEE = re.compile(
    r"^(?:尊敬的)?[^。；:：]{1,60}?(?:委员|代表|委员会|工商联|工会|妇联|民革|民盟|民建|民进|农工党|致公党|九三学社|台盟|[市区县省州]委|总支|支社|工委|界别|界|代表团|先生|女士|同志|支部|总支|联谊会|小组)(?:们|会)?[\s*]*[:：;；]?\s*$"
)
ADDRESSED = re.compile(
    r"^(?:尊敬的)?[^。；:：]{1,50}?(?:委员|代表)(?:们)?[\s*]*[:：]\s*(?P<rest>(?:您|你|贵|收悉|感谢|首先|现).{2,})"
)
REPLIED = re.compile(
    "(?:提案|建议|议案|来信|意见|悉)[^。]{0,30}(?:收悉|已收悉|知悉|阅悉|答复如下|回复如下|函复如下|复函如下|作答复|答复)|(?:您|你|你们|您们|贵[委会党])[^。]{0,30}(?:提出|所提|提交)的?|现(?:就|将)[^。]{0,60}(?:答复|回复|函复)如下|(?:答复|回复|函复)如下"
)
REPLY_TITLE = re.compile(
    r"(?:提案|建议|议案|来信|意见)[^。]{0,16}(?:的)?\s*(?:答\s*复|复\s*函|回\s*复|函|办理情况|复文)(?:意见|摘要|[（(]摘要[)）]|的函|函)?\s*$"
)
MARKER = re.compile(
    r"[【\[（(]?\s*(?:提案参考|参考提案|参考|参阅提案|提案选编|提案选登)\s*(?:之)?[一二三四五六七八九十\d]{0,3}\s*[】\])）]?\s*[:：]?\s*"
)
PLACE_TITLE = re.compile(r"^(?P<place>[\u4e00-\u9fff]{2,12})\s*[:：]\s*(?P<t>.{4,70})$")
_ISSUE = re.compile(r"[(（]?\s*(?:总)?第\s*[\d一二三四五六七八九十百]+\s*期")


@dataclass(frozen=True, slots=True)
class Recognised:
    form: Form
    reasons: tuple[str, ...]


def recognise(rows: Sequence[Row]) -> Recognised:  # noqa: PLR0912
    """The form of a manuscript; the reasons are told to the editor."""
    # one branch a form, the surest first
    labels: Counter[str] = Counter()
    for row in rows:
        if row.label and not row.cells:
            for one in row.labels:
                labels[one.label.field] += 1
    letter = _letter(rows, labels)
    if letter:
        return Recognised("reply", letter)
    told = [f"{_LABEL_NAMES[key]} {labels[key]} 处" for key in _LABEL_NAMES if labels[key]]
    if labels["supervisors"] and (labels["hosts"] or labels["proposers"]):
        return Recognised("key", (*told, "有督办领导，是重点督办提案"))
    speech = sum("发言" in row.bare for row in rows[:8]) > 0
    if (labels["观点"] or labels["speaker"]) and not labels["hosts"]:
        return Recognised("speech", (*told, "有观点或发言人，没有主办单位，是大会发言"))
    if labels["proposers"] and labels["hosts"]:
        return Recognised("case", (*told, "有提案人和主办单位，是办理案例"))
    if speech and labels["proposers"] and not labels["hosts"]:
        return Recognised("speech", (*told, "开头说到发言，有提案人，没有主办单位，是大会发言"))
    markers = sum(bool(MARKER.fullmatch(row.bare)) and len(row.bare) > 2 for row in rows)
    if markers:
        return Recognised("reference", (f"有 {markers} 处“提案参考”一类的标记，是参考提案",))
    places = sum(place_title(rows, position) for position in range(len(rows)))
    issue = any(_ISSUE.search(row.bare) for row in rows[:8])
    if issue or places >= 2:
        reasons = ["开头有期号"] if issue else []
        if places:
            reasons.append(f"有 {places} 个“地名：标题”的标题")
        return Recognised("bulletin", (*reasons, "是工作动态"))
    news = "\n".join(row.bare for row in rows)
    if re.search("督办", news) and re.search("主办单位|承办单位", news) and re.search("提案", news):
        return Recognised("news", ("一段报道，说到重点提案督办和承办单位",))
    if labels["hosts"] or labels["rating"]:
        return Recognised("case", (*told, "有主办单位或评价，是办理案例"))
    numbers = sum(bool(NUMBER_LINE.fullmatch(row.bare)) for row in rows)
    if labels["proposers"] or numbers:
        return Recognised("reference", (*told, "有提案人而没有主办单位，是参考提案"))
    if any(title_shaped(row.bare) for row in rows[:6]):
        return Recognised(
            "reference", ("有“关于……的建议”这样的标题，没有提案人和主办单位，是参考提案",)
        )
    if any(row.level for row in rows) and len(rows) > 2:
        return Recognised("bulletin", ("有标题和段落，没有提案的标记，按工作动态处理",))
    return Recognised("reference", ("没有认出固定的格式，按一篇参考提案处理",))


_LABEL_NAMES = {
    "proposers": "提案人", "speaker": "发言人", "hosts": "主办单位", "supervisors": "督办领导",
    "number": "提案号", "rating": "评价", "观点": "观点", "建议": "建议", "提案内容": "提案内容",
    "办理答复": "办理答复",
}  # fmt: skip


def _letter(rows: Sequence[Row], labels: Counter[str]) -> tuple[str, ...]:
    """Why this is a reply letter; nothing where it is none."""
    if labels["proposers"] > 2 or labels["supervisors"] > 1:
        return ()
    reasons = []
    position = addressee(rows)
    if position is not None:
        reasons.append(f"第 {rows[position].index + 1} 行是称呼“{_short(rows[position].bare)}”")
    titles = [row for row in rows[:14] if REPLY_TITLE.search(_last_value(row))]
    if titles:
        reasons.append(f"标题“{_short(titles[0].bare)}”是答复或复函")
    replied = next(
        (row for row in rows if REPLIED.search(row.bare) and not REPLY_TITLE.search(row.bare)), None
    )
    if replied:
        reasons.append(f"第 {replied.index + 1} 行有“收悉”“答复如下”一类的话")
    if labels["signer"] and reasons:
        reasons.append("有签发人")
    strong = position is not None and (titles or replied)
    return (*reasons, "是答复函") if strong or (titles and replied and not labels["观点"]) else ()


def addressee(rows: Sequence[Row]) -> int | None:
    """The position of the line to whom the letter is addressed."""
    for position, row in enumerate(rows):
        text = row.bare
        if row.cells or len(text) > 160:
            continue
        if row.label and row.label.kind != "field":
            continue
        if ADDRESSED.match(text):
            return position
        if not ADDRESSEE.match(text) or REPLY_TITLE.search(text) or row.label:
            continue
        if re.search(r"[>＞/]|\d{4}[年〔\[]|关于|抄送|领导签发", text):
            continue
        colon = re.search(r"[:：;；]\s*\**$", text)
        below = rows[position + 1 : position + 4]
        if any(REPLIED.search(other.bare) for other in below) and (colon or len(text) <= 24):
            return position
        if (
            colon
            and position > 0
            and any(REPLY_TITLE.search(_last_value(other)) for other in rows[:position])
        ):
            return position
    return None


def _last_value(row: Row) -> str:
    """The text of a row without a label, as in `信息名称  关于……的答复`."""
    return row.labels[0].value.text if row.label and row.labels[0].value else row.bare


def place_title(rows: Sequence[Row], position: int) -> bool:
    """`上城区：……`, a title of a bulletin, with a paragraph below it."""
    row = rows[position]
    found = PLACE_TITLE.match(NUMBERED.sub("", row.bare))
    if not found or (row.label and not row.level) or row.bare[-1] in "。；，、：:;,":
        return False
    if re.match(
        "编者按|编者的话|本报讯|主编|编辑|地址|电话|来源|时间|日期|注|备注|附|送|报|发|主送|抄",
        found["place"],
    ):
        return False
    below = rows[position + 1] if position + 1 < len(rows) else None
    return below is not None and len(below.bare) > 30


def _short(text: str) -> str:
    return text if len(text) <= 24 else text[:24] + "……"
