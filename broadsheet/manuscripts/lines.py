"""A manuscript as lines: the one shape that every kind of file is brought to first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Style = Literal["", "heading", "item", "cell", "note"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a text file, one paragraph or table cell of a Word or HTML document.

    `number` counts from 1 (in Word and HTML: paragraphs in reading order, soft breaks counted).
    `text` holds the characters as they stand in the source, marks of Markdown included where the
    source is Markdown; it has no control character but the tab. `level` is 1–6 for a heading;
    `bold` says that all of it is bold, `bold_to` how many of its first characters are where it is
    not all (a label). `row` ties the cells of one table row together (0: no cell), `table` the rows
    of one table; no two tables share a row. `cell` counts columns from 1, merged ones each; a cell
    of several paragraphs is several lines, an empty one a line without text.
    """

    number: int
    text: str
    style: Style = ""
    level: int = 0
    bold: bool = False
    row: int = 0
    table: int = 0
    cell: int = 0
    bold_to: int = 0


@dataclass(frozen=True, slots=True)
class Dropped:
    """Characters of the source that no case holds, and why."""

    number: int  # of the line; 0 where it is of the file as a whole
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Manuscript:
    """A file as it was read. `dropped` is what the reader itself left out (deleted text, scripts),
    `remarks` is what an editor should know of the file as a whole.
    """

    name: str  # as an editor knows it: a path to show
    form: Literal["text", "markdown", "word", "html"]
    lines: tuple[Line, ...]
    dropped: tuple[Dropped, ...] = ()
    remarks: tuple[str, ...] = ()
