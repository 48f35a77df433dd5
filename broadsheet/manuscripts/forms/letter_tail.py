"""The tail of a letter: signature, date, contact, copies, and the buttons of a web page."""

from __future__ import annotations

import re
from collections.abc import Sequence

from broadsheet.manuscripts.drafts import Draft, Parsed, Value
from broadsheet.manuscripts.excerpt import BLANKS, Excerpt
from broadsheet.manuscripts.forms.fields import take
from broadsheet.manuscripts.forms.letter_head import _numbers_and_grade
from broadsheet.manuscripts.forms.offices import (
    ATTACHMENT,
    COPIES,
    ISSUED,
    PUBLICITY,
    SEAL,
    furniture,
    offices,
    unit_alone,
)
from broadsheet.manuscripts.labels import Labelled
from broadsheet.manuscripts.rows import Row
from broadsheet.manuscripts.values import like_a_date, read_date

_CLERK = re.compile(
    r"^[（(]?\s*(?:联\s*系|经\s*办|承\s*办)\s*(?:人|电\s*话|方\s*式|科\s*室)|^[（(]?\s*(?:电\s*话|手\s*机|邮\s*编|传\s*真)"
)
_UNIT_AND_DATE = re.compile(
    r"^(?P<u>[^\d，。；]{3,40}?)[\s\u3000]*(?P<d>(?:19|20)\d\d\s*[年.\-/].{2,12}|[二一][〇○零O0一二三四五六七八九]{3}年.{2,10})$"
)
_DATE_AND_UNIT = re.compile(
    r"^(?P<d>(?:19|20)\d\d\s*年\s*\d{1,2}\s*月\s*\d{1,2}\s*日)[\s\u3000]+(?P<u>[^\d，。；]{3,40})$"
)
_REMARK = re.compile(
    r"^[（(〔\[【].{0,40}(?:摘录|来源|此处|略|下略|印章|无正文|以下无正文|此页).{0,40}[)）〕\]】]$|^(?:以下|此页)无正文$"
)
_COPY = "抄送名单"


def tail_start(rows: Sequence[Row], first: int) -> int:
    """Where the tail begins: below the last line of the answer."""
    end = len(rows)
    while end > first and _belongs(rows[end - 1]):
        end -= 1
    # what web pages append stands below the signature, whatever it is
    signature = _signature(rows, first, end)
    return signature if signature is not None else end


def _signature(rows: Sequence[Row], first: int, end: int) -> int | None:
    """A signature with only short lines, or lines of other pages, below it."""
    for position in range(end - 1, max(first - 1, end - 12), -1):
        row = rows[position]
        dated = like_a_date(row.bare) and bool(read_date(row.bare))
        if (
            dated
            and position > first
            and unit_alone(rows[position - 1].bare)
            and all(
                len(other.bare) <= 60 and not other.bare.endswith("。")
                for other in rows[position + 1 : end]
            )
        ):
            return position - 1
    return None


def _belongs(row: Row) -> bool:
    text = row.bare
    if row.cells:
        return False
    if row.label and row.label.kind in ("contact", "furniture"):
        return True
    if row.label and row.label.kind == "field" and len(text) <= 80 and not text.endswith("。"):
        return True
    return bool(
        like_a_date(text)
        or unit_alone(text)
        or furniture(text)
        or COPIES.match(text)
        or ISSUED.search(text)
        or ATTACHMENT.search(text)
        or SEAL.fullmatch(text)
        or PUBLICITY.fullmatch(text)
        or (_CLERK.match(text) and len(text) < 80)
        or _sealed(text)
        or _split_signature(text)
        or _REMARK.match(text)
        or _grade_alone(text)
    )


def _grade_alone(text: str) -> bool:
    return re.fullmatch(r"[（(\[【]?[A-D][0-9]?[)）\]】]?类?", text) is not None


def _sealed(text: str) -> bool:
    """`某某局（盖章）`."""
    found = re.search(r"[（(]\s*(?:盖\s*章|公\s*章|印\s*章|章)\s*[)）]\s*$", text)
    return bool(found) and unit_alone(text[: found.start()] if found else text)


def _split_signature(text: str) -> re.Match[str] | None:
    for pattern in (_UNIT_AND_DATE, _DATE_AND_UNIT):
        found = pattern.match(text)
        if (
            found
            and unit_alone(re.sub(r"[（(]\s*(?:盖\s*)?章\s*[)）]", "", found["u"]).strip())
            and like_a_date(found["d"])
        ):
            return found
    return None


def read_tail(rows: Sequence[Row], draft: Draft, parsed: Parsed) -> None:  # noqa: PLR0912
    # one branch a kind of line
    copies = False
    units: list[Excerpt] = []
    for row in rows:
        text = row.bare
        label = row.label
        if (
            copies
            and not label
            and not like_a_date(text)
            and not unit_alone(text)
            and not furniture(text)
            and len(text) < 80
        ):
            parsed.dropped.append((row.whole, _COPY))
            continue
        copies = False
        if COPIES.match(text) and not (label and len(row.labels) > 1):
            parsed.dropped.append((row.whole, _COPY))
            copies = True
        elif ISSUED.search(text):
            parsed.dropped.append((row.whole, "印发说明"))
        elif row.labels and not (label and label.kind == "section"):
            _labels(row, draft, parsed)
        elif like_a_date(text):
            _date(row, row.text, draft, parsed)
        elif found := _split_signature(row.text.text):
            units.append(row.text.group(found, "u").strip())
            _date(row, row.text.group(found, "d"), draft, parsed)
        elif unit_alone(text) or _sealed(text):
            seal = re.search(
                r"[\s\u3000]*[（(]\s*(?:盖\s*章|公\s*章|印\s*章|章)\s*[)）]\s*$", row.text.text
            )
            units += offices(row.text.cut(0, seal.start()) if seal else row.text)
        elif furniture(text):
            parsed.dropped.append((row.whole, "网站的导航和按钮"))
        elif ATTACHMENT.search(text):
            parsed.dropped.append((row.whole, "附件清单"))
        elif SEAL.fullmatch(text):
            parsed.dropped.append((row.whole, "盖章处"))
        elif _CLERK.match(text):
            parsed.dropped.append((row.whole, "联系人和联系方式"))
        elif _numbers_and_grade(row.text, draft, parsed):
            pass
        elif PUBLICITY.fullmatch(text):
            parsed.dropped.append((row.whole, "公开属性"))
        elif _REMARK.match(text):
            parsed.dropped.append((row.whole, "摘录或排印说明"))
        else:
            parsed.dropped.append((row.whole, "落款以下的网页内容"))
            draft.review("body", f"落款以下的“{text[:20]}”没有放进案例，请看是不是正文")
            continue
        parsed.rest.append((row.whole, "落款里的空格和标记"))
    _units(units, draft, parsed)


def _units(units: list[Excerpt], draft: Draft, parsed: Parsed) -> None:
    """The office that signs; further ones sign with it."""
    clean = [unit.without(re.compile(f"[{BLANKS}]+")) for unit in units]
    seen: set[str] = set()
    head = draft.fields.pop("letterhead", None)
    labelled = draft.fields.get("reply.unit")
    for unit in clean:
        if unit.text in seen:
            parsed.dropped.append((unit, "重复的落款"))
            continue
        seen.add(unit.text)
        if labelled:
            # what a page calls its publisher is no signature
            first = labelled[0]
            if first.text == unit.text:
                parsed.dropped.append((unit, "重复的落款"))
                continue
            draft.fields["reply.unit"] = [Value.of(unit)]
            parsed.dropped.append((first.excerpt, "发布机构，落款是另一个单位"))
            labelled = None
        elif not draft.fields.get("reply.unit"):
            draft.add("reply.unit", Value.of(unit))
        else:
            draft.add("co_hosts", Value.of(unit))
            draft.review("co_hosts", f"“{unit.text}”一同落款，暂作协办单位，请确认")
    if contact := draft.fields.pop("contact unit", None):
        if draft.fields.get("hosts") or draft.fields.get("reply.unit"):
            parsed.dropped.append((contact[0].excerpt, "联系单位"))
        else:
            draft.add("hosts", contact[0])
            draft.review("hosts", f"没有落款，按联系单位写作“{contact[0].text}”，请确认")
    if head:
        if not draft.fields.get("reply.unit"):
            draft.add("reply.unit", head[0])
            draft.review("reply.unit", f"没有落款，按文头写作“{head[0].text}”，请确认")
        else:
            parsed.dropped.append((head[0].excerpt, "文头"))


def _labels(row: Row, draft: Draft, parsed: Parsed) -> None:
    if row.before.text.strip(BLANKS + "*【[（("):
        words = row.before.strip()
        if not _numbers_and_grade(words, draft, parsed):
            if read_date(words.text):
                _date(row, words, draft, parsed)
            elif unit_alone(words.text) and not draft.fields.get("reply.unit"):
                draft.add("reply.unit", Value.of(words))
            else:
                parsed.rest.append((words, "落款旁的字"))
    for one in row.labels:
        _one(one, draft, parsed)
    parsed.rest.append((row.whole, "字段名和标点，字段已经认出"))


def _one(one: Labelled, draft: Draft, parsed: Parsed) -> None:
    label, value = one.label, one.value
    if label.kind == "contact":
        parsed.rest.append((one.words + value, "联系人和联系方式"))
    elif label.kind == "furniture":
        reason = (
            _COPY
            if re.match("抄|主送|报送|送|报|发", label.word)
            else "附件清单"
            if "附件" in label.word
            else "网站的导航和按钮"
        )
        parsed.rest.append((one.words + value, reason))
    elif label.field == "hosts" and label.word == "联系单位":
        if not value or draft.fields.get("contact unit"):
            parsed.rest.append((one.words + value, "联系单位"))
        else:
            draft.add("contact unit", Value.of(value))
    elif (
        label.field == "source.date"
        and like_a_date(value.text)
        and not draft.fields.get("reply.date")
    ):
        text = read_date(value.text)
        if text:
            draft.add("reply.date", Value(text, value))
        else:
            parsed.rest.append((value, "看不清的日期"))
            draft.review("reply.date", f"日期写作“{value.text[:20]}”，看不清，没有猜")
    elif not take(draft, label, value):
        parsed.rest.append((one.words + value, "没有放进字段的落款"))
        draft.review(
            label.field if label.field != "rating" else "ratings",
            f"“{label.word}”写作“{value.text[:30]}”，没有放进字段",
        )


def _date(row: Row, words: Excerpt, draft: Draft, parsed: Parsed) -> None:
    text = read_date(words.text.strip(BLANKS + "()（）。."))
    labelled = draft.fields.get("reply.date")
    if text and labelled and labelled[0].text != text:
        parsed.dropped.append((labelled[0].excerpt, "页面上的另一个日期"))
        draft.review("reply.date", f"页面上另有一个日期 {labelled[0].text}，取了落款的")
        draft.fields["reply.date"] = [Value(text, words)]
    elif text and not labelled:
        draft.add("reply.date", Value(text, words))
    elif text:
        parsed.rest.append((words, "重复的日期"))
    else:
        parsed.rest.append((words, "看不清的日期"))
        if not draft.fields.get("reply.date"):
            draft.review("reply.date", f"日期写作“{words.text.strip()[:20]}”，看不清，没有猜")
