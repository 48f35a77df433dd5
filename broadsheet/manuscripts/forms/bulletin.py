"""Bulletins: a masthead, an editor's note, and one article after another; a list of addressees."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from broadsheet.manuscripts.drafts import Draft, Parsed, Review, Value
from broadsheet.manuscripts.excerpt import BLANKS, Excerpt
from broadsheet.manuscripts.forms.recognise import place_title
from broadsheet.manuscripts.paragraphs import Flow, is_open
from broadsheet.manuscripts.rows import Row
from broadsheet.manuscripts.titles import NUMBERED, may_be_title, read_title
from broadsheet.manuscripts.values import read_date

_TO = re.compile(r"^(?:送|报|发|主送|抄送|抄报|分送|报送|印发)\s*[:：]")
_EDITOR = re.compile(r"^(?P<unit>.{4,40}?)\s*(?:编|编印|主办|编辑|印)$")
_DATE = re.compile(r"(?:19|20)\d\d\s*[年.\-]\s*\d{1,2}\s*[月.\-]\s*\d{1,2}\s*日?$")


def parse_bulletin(rows: Sequence[Row], parsed: Parsed) -> list[Row]:
    """Fill `parsed.drafts`; returns the rows of the masthead that are running text."""
    rows = _without_addressees(rows, parsed)
    starts = _starts(rows)
    if not starts:
        return list(rows)
    head = _masthead(rows[: starts[0]], parsed)
    for start, end in zip(starts, [*starts[1:], len(rows)], strict=True):
        parsed.drafts.append(_article(rows[start:end], parsed))
    date = parsed.masthead.fields.get("source.date")
    for draft in parsed.drafts:
        if date:
            draft.add("date", Value(date[0].text, date[0].excerpt, again=True))
    return head


def _starts(rows: Sequence[Row]) -> list[int]:
    places = [n for n in range(len(rows)) if place_title(rows, n)]
    headings = [n for n, row in enumerate(rows) if row.level]
    if len(headings) > len(places):
        levels = [rows[n].level for n in headings]
        common = max(set(levels), key=lambda level: (levels.count(level), -level))
        chosen = [n for n in headings if rows[n].level == common]
        if len(chosen) > 1 or not places:
            return [n for n in chosen if n + 1 < len(rows)]
    if places:
        return places
    # a short line above a long paragraph
    return [
        n
        for n, row in enumerate(rows[:-1])
        if may_be_title(row.bare)
        and len(row.bare) >= 8
        and not row.labels
        and len(rows[n + 1].bare) > 60
        and (n == 0 or not is_open(rows[n - 1].bare) or len(rows[n - 1].bare) < 40)
        and not NUMBERED.match(row.bare)
    ][:40]


def _without_addressees(rows: Sequence[Row], parsed: Parsed) -> list[Row]:
    """The list at the end of who is sent the bulletin belongs to no article."""
    for position, row in enumerate(rows):
        if _TO.match(row.bare) and not any(len(other.bare) > 60 for other in rows[position:]):
            parsed.dropped += ((other.whole, "分送名单") for other in rows[position:])
            return list(rows[:position])
    return list(rows)


def _masthead(rows: Sequence[Row], parsed: Parsed) -> list[Row]:
    """Title, issue, editor and date of the bulletin; what is left is its introduction."""
    masthead, title, left = parsed.masthead, Excerpt(), []
    naming = True
    for line in rows:
        row, text = line, line.bare
        side = re.match(
            r"(?P<u>\S.{2,40}?\S)[\s\u3000]{2,}(?P<d>(?:19|20)\d\d\s*年.{3,12}日)$", row.text.text
        )
        if side and read_date(side["d"]) and not masthead.first("source.date"):
            masthead.add("source.date", Value(read_date(side["d"]), row.text.group(side, "d")))
            parsed.rest.append((row.whole, "刊头"))
            naming = False
            row = replace(row, text=row.text.group(side, "u"))
            text = row.bare
        if _DATE.fullmatch(text) and (iso := read_date(text)):
            masthead.add("source.date", Value(iso, row.text))
            parsed.rest.append((row.whole, "刊头"))
            naming = False
        elif (
            (found := _EDITOR.match(text))
            and not masthead.first("source.name")
            and re.search("[室部委办会社局院]$", found["unit"])
        ):
            unit = re.match(re.escape(found["unit"]), row.text.text)
            masthead.add("source.name", Value.of(row.text.cut(0, unit.end() if unit else None)))
            parsed.rest.append((row.whole, "刊头：编印单位后面的字"))
            naming = False
        elif naming and len(text) <= 40 and not row.labels and text[-1] not in "。：:；":
            title += row.text
            parsed.rest.append((row.whole, "刊头里的空格"))
        else:
            naming = False
            left.append(row)
    if title:
        solid = title.without(re.compile(f"[{BLANKS}]+"))
        masthead.add("title", Value.of(solid))
    return left


def _article(rows: Sequence[Row], parsed: Parsed) -> Draft:
    draft, flow = Draft("bulletin", rows[0].index), Flow(headlines=parsed.headlines)
    words = rows[0].text
    if found := NUMBERED.match(words.text):
        words = words.cut(found.end())
    title, stray = read_title(words)
    draft.add("title", Value.of(title))
    if stray:
        draft.reviews.append(
            Review(
                "title",
                "标题里的空格像是排版换行留下的，已去掉：" + "；".join(f"“{one}”" for one in stray),
            )
        )
    parsed.rest.append((rows[0].whole, "标题的标记和序号"))
    for row in rows[1:]:
        if row.cells:
            flow.add_table_row(row)
        else:
            parsed.rest.append((row.whole, "行首行尾的标记"))
            flow.add(row.text, heading=bool(row.level))
    draft.sections.update(flow.sections)
    parsed.joins += flow.joins
    for join in flow.joins:
        seam = join.left + join.right
        if _odd(join.left, join.right):
            draft.review("body", f"断开的句子已接上，接处的引号不成对：“{seam}”")
    return draft


def _odd(left: str, right: str) -> bool:
    return right[:1] == "“" and left.count("“") > left.count("”")
