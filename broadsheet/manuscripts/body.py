"""Paragraphs to Markdown that means what the source said.

What Markdown would take for a mark is escaped; emphasis that the source marked with ** stays, and
so do items that count up by one. Each paragraph is read back before it is believed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from broadsheet.manuscripts.drafts import Block, Section
from broadsheet.manuscripts.proofread import proofread
from broadsheet.markdown import read_body

ORDER: tuple[Section, ...] = ("", "背景", "观点", "建议", "办理答复")
_SIGNS = re.compile(r"[\\`*_\[\]<>&~|!^$]")
_START = re.compile(r"^(?:#{1,6}(?=\s|$)|[-+](?=\s|$)|>|=+\s*$|-+\s*$|:|\d{1,9}[.)](?=\s|$))")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_ITEM = re.compile(r"^(\d{1,3})\.\s+(?=\S)")
_EMPHASIS = re.compile(r"\*\*(?=\S)([^*]+?)(?<=\S)\*\*")


def render_section(blocks: Sequence[Block], *, marked: bool) -> str:
    parts: list[str] = []
    number = 0  # of the item before, while a list goes on
    for block in blocks:
        if block.kind == "table":
            parts.append(_table(block.rows))
            number = 0
            continue
        text = " ".join(block.excerpt.text.split("\n")).strip()
        if block.kind == "heading":
            parts.append("### " + paragraph(text, marked=marked, inline=True))
            number = 0
            continue
        item = _ITEM.match(text)
        if item and int(item[1]) == number + 1 and str(int(item[1])) == item[1]:
            number = int(item[1])
            parts.append(f"{item[0].rstrip()} " + paragraph(text[item.end() :], marked=marked))
        else:
            parts.append(paragraph(text, marked=marked))
            number = 0
    return "\n\n".join(parts)


def paragraph(text: str, *, marked: bool, inline: bool = False) -> str:
    """One paragraph as Markdown."""
    text = proofread(text)
    if marked and "**" in text:
        kept = _emphasised(text, inline)
        wanted = _EMPHASIS.sub(r"\1", text)
        if _reads_as(kept, wanted):
            return kept
    return _escaped(text, inline)


def _emphasised(text: str, inline: bool) -> str:
    parts, reached = [], 0
    for found in _EMPHASIS.finditer(text):
        before = text[reached : found.start()]
        parts.append(_escaped(before, inline or reached > 0))
        parts.append(f"**{_escaped(found[1], True)}**")
        reached = found.end()
    return "".join([*parts, _escaped(text[reached:], inline or reached > 0)])


def _escaped(text: str, inline: bool = False) -> str:
    """All of it literally. A tag stands as code: the reader would take it for HTML otherwise."""
    parts, reached = [], 0
    for found in _TAG.finditer(text):
        parts.append(_SIGNS.sub(r"\\\g<0>", text[reached : found.start()]))
        parts.append(_code(found[0]))
        reached = found.end()
    parts.append(_SIGNS.sub(r"\\\g<0>", text[reached:]))
    escaped = "".join(parts)
    if inline:
        return escaped
    start = _START.match(escaped)
    if not start:
        return escaped
    if digits := re.match(r"\d+", escaped):
        return f"{digits[0]}\\{escaped[digits.end() :]}"
    return "\\" + escaped


def _code(text: str) -> str:
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    ticks = "`" * (longest + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def _reads_as(markdown: str, wanted: str) -> bool:
    body, problems = read_body(markdown)
    return not problems and [_solid(t) for part in body.sections for t in part.paragraphs] == [
        _solid(wanted)
    ]


def _solid(text: str) -> str:
    return re.sub(r"\s", "", text)


def _table(rows: Sequence[Sequence[object]]) -> str:
    from broadsheet.manuscripts.excerpt import Excerpt

    width = max(len(row) for row in rows)
    lines = []
    for index, row in enumerate(rows):
        cells = [
            _escaped(proofread(" ".join(cell.text.split())), True)
            if isinstance(cell, Excerpt)
            else ""
            for cell in row
        ]
        cells += [""] * (width - len(cells))
        lines.append(f"| {' | '.join(cells)} |")
        if index == 0:
            lines.append("|" + "---|" * width)
    return "\n".join(lines)


def plain_paragraphs(blocks: Sequence[Block], *, marked: bool) -> str:
    """What a reader will see of these blocks, without blanks: to be compared with what is read."""
    texts = []
    for block in blocks:
        if block.kind == "table":
            texts += [proofread(" ".join(cell.text.split())) for row in block.rows for cell in row]
        else:
            texts.append(proofread(block.excerpt.text))
    return _solid("".join(texts))
