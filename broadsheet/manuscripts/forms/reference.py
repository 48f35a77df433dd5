"""Proposals to learn from: a marker, a title, and text without labels."""

from __future__ import annotations

import re
from collections.abc import Sequence

from broadsheet.manuscripts.drafts import Draft, Parsed, Value
from broadsheet.manuscripts.excerpt import BLANKS, Excerpt
from broadsheet.manuscripts.forms.fields import take
from broadsheet.manuscripts.forms.recognise import MARKER
from broadsheet.manuscripts.paragraphs import Flow, split_at_proposal
from broadsheet.manuscripts.rows import Row
from broadsheet.manuscripts.titles import NUMBERED, may_be_title, read_title, title_shaped
from broadsheet.manuscripts.values import NUMBER_LINE, read_number
from broadsheet.models import Kind


def parse_references(rows: Sequence[Row], parsed: Parsed, kind: Kind = "reference") -> list[Row]:
    """Fill `parsed.drafts`; returns the rows before the first piece."""
    if not rows:
        return []
    starts = [n for n, row in enumerate(rows) if _is_marker(row)]
    if not starts:
        starts = [n for n, row in enumerate(rows) if _is_title(rows, n)]
    if not starts or (len(starts) == 1 and starts[0] <= 2 and not _is_marker(rows[starts[0]])):
        starts = [0]
    for start, end in zip(starts, [*starts[1:], len(rows)], strict=True):
        parsed.drafts.append(_piece(rows[start:end], parsed, kind))
    found = MARKER.match(rows[starts[0]].text.text) if _is_marker(rows[starts[0]]) else None
    if found and starts[0] == 0:
        words = re.search(r"提案参考|参考提案|参阅提案|提案选编|提案选登|参考", found[0])
        parsed.name = words[0] if words else parsed.name
    return list(rows[: starts[0]])


def _is_marker(row: Row) -> bool:
    found = MARKER.match(row.bare)
    if not found or row.cells:
        return False
    numbered = re.search(r"[一二三四五六七八九十\d]", found[0]) or found[0].rstrip().endswith(
        (":", "：")
    )
    return bool(numbered) and (
        found.end() == len(row.bare) or title_shaped(row.bare[found.end() :])
    )


def _is_title(rows: Sequence[Row], position: int) -> bool:
    row = rows[position]
    if row.cells or row.label or not may_be_title(row.bare):
        return False
    below = rows[position + 1] if position + 1 < len(rows) else None
    return title_shaped(row.bare) and below is not None and not title_shaped(below.bare)


def _piece(rows: Sequence[Row], parsed: Parsed, kind: Kind) -> Draft:
    draft, flow = Draft(kind, rows[0].index), Flow(headlines=parsed.headlines)
    flow.enter("背景")
    title, first = _head(rows, draft, parsed)
    if title:
        clean, stray = read_title(title)
        draft.add("title", Value.of(clean))
        if stray:
            places = "；".join(f"“{one}”" for one in stray)
            draft.review("title", f"标题里的空格像是排版换行留下的，已去掉：{places}")
    for row in rows[first:]:
        _body(row, draft, flow, parsed)
    draft.sections.update(flow.sections)
    parsed.joins += flow.joins
    if set(draft.sections) <= {"背景"}:
        head, proposal = split_at_proposal(draft.sections.get("背景", []))
        if proposal:
            draft.sections.clear()
            if head:
                draft.sections["背景"] = head
            draft.sections["建议"] = proposal
    return draft


def _head(rows: Sequence[Row], draft: Draft, parsed: Parsed) -> tuple[Excerpt, int]:
    """The title of a piece, and the position of the first line below it."""
    position = 0
    if _is_marker(rows[0]) and (found := MARKER.match(rows[0].text.text)):
        parsed.dropped.append((rows[0].text.cut(0, found.end()), "参考提案的序号"))
        parsed.rest.append((rows[0].whole, "标题的标记"))
        position = 1
        if title := rows[0].text.cut(found.end()).strip():
            return title, position
    while position < len(rows):
        row = rows[position]
        number = read_number(row.bare) if NUMBER_LINE.fullmatch(row.bare) else ""
        if number and not row.label and not draft.fields.get("number"):
            draft.add("number", Value(number, row.text))
            parsed.rest.append((row.whole, "提案号前后的字"))
            position += 1
            continue
        if row.label and row.label.field == "title":
            parsed.rest.append((row.whole, "字段名"))
            return row.labels[0].value, position + 1
        if row.cells or not may_be_title(row.bare) or (row.label and not row.level):
            break
        return _title(rows, position, parsed)
    return Excerpt(), position


def _title(rows: Sequence[Row], position: int, parsed: Parsed) -> tuple[Excerpt, int]:
    """A title, which may be broken over two lines."""
    row = rows[position]
    words = row.text
    if found := NUMBERED.match(words.text):
        words = words.cut(found.end())
    parsed.rest.append((row.whole, "标题的标记和序号"))
    below = rows[position + 1] if position + 1 < len(rows) else None
    goes_on = (
        below
        and not title_shaped(words.text)
        and not (below.gap or below.label or below.cells)
        and len(below.bare) <= 40
        and title_shaped(words.text + below.bare)
    )
    if below and goes_on:
        parsed.rest.append((below.whole, "标题的标记"))
        return words + below.text, position + 2
    return words, position + 1


def _body(row: Row, draft: Draft, flow: Flow, parsed: Parsed) -> None:
    if row.cells:
        flow.add_table_row(row)
        return
    parsed.rest.append((row.whole, "行首行尾的标记"))
    label = row.label
    if (
        label
        and label.kind == "section"
        and (row.level or label.word == row.bare.rstrip(":：") or row.labels[0].value or row.bold)
    ):
        flow.enter("背景" if label.field == "提案内容" else label.field)  # type: ignore[arg-type]
        flow.closed = True
        if label.field == "背景" and label.word not in ("背景", "提案背景", "背景情况"):
            flow.add(row.labels[0].words.strip(BLANKS + "*:：【】[]"), heading=True)
        parsed.rest.append((row.labels[0].words, "小节名"))
        flow.add(row.labels[0].value)
        return
    if label and label.kind == "contact":
        parsed.dropped.append((row.text, "联系人和联系方式"))
        flow.skip(row)
        return
    alone = label and label.kind == "field" and len(row.labels) == 1
    if alone and take(draft, row.labels[0].label, row.labels[0].value):
        flow.skip(row)
        return
    flow.add(row.text, heading=bool(row.level))
