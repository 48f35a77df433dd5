"""Lines to rows: what a line is before anyone asks what it means here.

Marks of Markdown are set apart, labels are found, the cells of one table row come together.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise

from broadsheet.manuscripts.excerpt import BLANKS, Excerpt, Span, joined
from broadsheet.manuscripts.labels import Label, Labelled, alone, classify, find_labels
from broadsheet.manuscripts.lines import Line, Manuscript

_HEADING = re.compile(r"[ \t]{0,3}(#{1,6})(?=[ \t\u3000]|[^#\s])")
_PIPES = re.compile(r"\s*\|.*\|\s*$")
_RULE = re.compile(r"\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*$")
_LINE_RULE = re.compile(
    r"[\s\u3000]*(?:[-=_*—─－~＊·•.…]{3,}|[-—*_=](?:\s+[-—*_=]){2,})[\s\u3000]*$"
)
PAGE_NUMBER = re.compile(
    r"\s*(?:[-—–－―·•]+\s*\d{1,4}\s*[-—–－―·•]+|第\s*\d{1,4}\s*页(?:\s*[，,/、]?\s*共\s*\d{1,4}\s*页)?"
    r"|\d{1,4}\s*/\s*\d{1,4}|[Pp]age\s*\d{1,4}(?:\s*of\s*\d{1,4})?)\s*"
)
_IMAGE = re.compile(r"!\[[^\[\]]*\]\([^()\s]*(?:\s+\"[^\"]*\")?\)")
_UNSPLIT = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True, slots=True)
class Row:
    """One line that is not blank, or one row of a table (`cells`).

    `text` is without the marks of a heading; `level` is that of a heading, else 0. `labels` are
    those of the line, `before` what stands in front of the first. `whole` is the line as it stands.
    """

    index: int
    whole: Excerpt
    text: Excerpt
    level: int = 0
    gap: bool = False
    bold: bool = False
    before: Excerpt = field(default_factory=Excerpt)
    labels: tuple[Labelled, ...] = ()
    cells: tuple[Excerpt, ...] = ()
    note: bool = False

    @property
    def label(self) -> Label | None:
        """The label with which the row begins."""
        begins = self.labels and not self.before.text.strip(BLANKS + "*#【[［■●◆▲★·•-—")
        return self.labels[0].label if begins else None

    @property
    def bare(self) -> str:
        """The text without marks of emphasis and blanks at its ends."""
        return self.text.text.replace("**", "").replace("__", "").strip(BLANKS)


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a manuscript, and what was set aside on the way, with reasons."""

    rows: tuple[Row, ...]
    dropped: tuple[tuple[Excerpt, str], ...]


_INVISIBLE = re.compile("[\u00ad\u200e\u200f\u2028\u2029\u2060\ufeff\ufffe\uffff\ud800-\udfff]")


def whole_line(index: int, line: Line) -> Excerpt:
    """A line without characters that nobody sees and front matter cannot hold."""
    whole = Excerpt((Span(index, 0, line.text),)) if line.text else Excerpt()
    return whole.without(_INVISIBLE) if _INVISIBLE.search(line.text) else whole


def read_rows(manuscript: Manuscript) -> Rows:
    lines = manuscript.lines
    marked = manuscript.form in ("text", "markdown")
    rows: list[Row] = []
    dropped: list[tuple[Excerpt, str]] = []
    gap = True
    tables = _markdown_tables(lines) if marked else set()
    for (table, row), group in groupby(
        enumerate(lines),
        lambda pair: (pair[1].table, pair[1].row) if pair[1].row else (-1, pair[0]),
    ):
        numbered = list(group)
        if table >= 0 and row:
            cells = tuple(whole_line(index, line).strip() for index, line in numbered)
            if any(cells):
                rows += _table_rows(numbered[0][0], cells, joined(cells), gap)
                gap = False
            continue
        index, line = numbered[0]
        whole = whole_line(index, line)
        if not line.text.strip():
            gap = True
            continue
        if PAGE_NUMBER.fullmatch(line.text):
            dropped.append((whole, "页码"))
            continue
        if marked:
            kept, images = _without_images(whole)
            dropped += ((image, "图片，请另存后放在案例旁边") for image in images)
            if images and not kept.text.strip():
                continue
            if index in tables:
                if _RULE.match(line.text):
                    dropped.append((whole, "表格的分隔线"))
                    continue
                cells = tuple(_pipe_cells(kept))
                rows += _table_rows(index, cells, kept, gap)
                gap = False
                continue
            if _LINE_RULE.fullmatch(line.text):
                dropped.append((whole, "分隔线"))
                gap = True
                continue
        else:
            kept = whole
        rows.append(_row(index, line, kept, gap, marked))
        gap = False
    return Rows(tuple(rows), tuple(dropped))


def _row(index: int, line: Line, whole: Excerpt, gap: bool, marked: bool) -> Row:
    text, level = whole, line.level if line.style == "heading" else 0
    if marked and (found := _HEADING.match(whole.text)):
        text, level = whole.cut(found.end()), len(found[1])
    text = text.strip()
    if level:
        text = text.strip(BLANKS + "#")
    before, labels = find_labels(text)
    if not labels and (label := alone(text.text)):
        before, labels = Excerpt(), [Labelled(label, text, Excerpt())]
    return Row(
        index, whole, text, level, gap, line.bold, before, tuple(labels), note=line.style == "note"
    )


def _table_rows(index: int, cells: tuple[Excerpt, ...], whole: Excerpt, gap: bool) -> list[Row]:
    """A row of a table; a row of labels and values is told by its labels, and what goes on below a
    value in its cell stands in rows of its own.
    """
    if len(cells) == 1:
        before, labels = find_labels(cells[0])
        return [Row(index, whole, cells[0], 0, gap, False, before, tuple(labels))]
    pairs, more = _pairs(cells)
    if not pairs:
        return [Row(index, whole, joined(cells), 0, gap, False, cells=cells)]
    first = Row(index, whole, joined(cells), 0, gap, False, labels=tuple(pairs))
    return [first, *(Row(part.line, part, part) for part in more if part)]


def _pairs(cells: tuple[Excerpt, ...]) -> tuple[list[Labelled], list[Excerpt]]:
    """The labels of a row with their values, and what follows the last value; nothing where the row
    does not begin with a label.
    """
    found = [classify(cell.text) if len(cell) <= 16 else None for cell in cells]
    first = found[0]
    if not first or first.kind == "furniture":
        return [], []
    even = len(cells) % 2 == 0 and len(cells) <= 6
    if even and not any(found[1::2]) and all(len(cell) <= 10 for cell in cells[::2]):
        named = [
            label or Label("aside", cell.text, kind="aside")
            for label, cell in zip(found, cells, strict=True)
        ]
        pairs = [
            Labelled(named[n], cells[n], cells[n + 1]) for n in range(0, len(cells), 2) if cells[n]
        ]
        return pairs, []
    pairs, more = list[Labelled](), list[Excerpt]()
    for label, cell in zip(found, cells, strict=True):
        if label and label.kind != "furniture":
            pairs.append(Labelled(label, cell, Excerpt()))
            more = []
        elif not pairs[-1].value:
            pairs[-1] = Labelled(pairs[-1].label, pairs[-1].words, cell)
        else:
            more.append(cell)
    known = first.kind == "section" or len(pairs) > 1
    return (pairs, more) if known or not more else ([], [])


def _pipe_cells(line: Excerpt) -> list[Excerpt]:
    text = line.text
    marks = [found.start() for found in _UNSPLIT.finditer(text)]
    return [line.cut(start + 1, end).strip() for start, end in pairwise(marks)]


def _markdown_tables(lines: Sequence[Line]) -> set[int]:
    """The lines of tables drawn with pipes: two or more in a row, the second a rule."""
    found: set[int] = set()
    for index in range(1, len(lines)):
        if (
            "|" in lines[index].text
            and _RULE.match(lines[index].text.strip())
            and _PIPES.match(lines[index - 1].text)
        ):
            end = index + 1
            while end < len(lines) and _PIPES.match(lines[end].text):
                end += 1
            found.update(range(index - 1, end))
    return found


def _without_images(whole: Excerpt) -> tuple[Excerpt, list[Excerpt]]:
    images = [whole.group(found) for found in _IMAGE.finditer(whole.text)]
    return (whole.without(_IMAGE), images) if images else (whole, [])
