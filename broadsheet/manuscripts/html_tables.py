"""Which tables of a page are tables, and where their cells stand; many only place things."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from broadsheet.manuscripts.trees import Element

_MAX_SPAN = 100  # no table of people is wider


@dataclass(frozen=True, slots=True)
class Cell:
    row: int
    table: int
    column: int


def cells(root: Element) -> dict[Element, Cell]:
    """The cells of real tables; numbers of rows and tables run through the page."""
    found: dict[Element, Cell] = {}
    tables = rows_before = 0
    for table in root.iter("table"):
        rows = list(_rows(table))
        if _is_layout(table, rows):
            continue
        tables += 1
        taken: dict[int, int] = {}  # column: the last row that a cell above reaches into
        for row in rows:
            rows_before += 1
            column = 1
            for cell in row:
                while taken.get(column, 0) >= rows_before:
                    column += 1
                found[cell] = Cell(rows_before, tables, column)
                width, height = _span(cell, "colspan"), _span(cell, "rowspan")
                if height > 1:
                    taken |= dict.fromkeys(range(column, column + width), rows_before + height - 1)
                column += width
    return found


def _rows(table: Element) -> Iterator[list[Element]]:
    """The cells of each row that belongs to this table and not to one inside it."""
    for part in table:
        if part.tag == "tr":
            yield [cell for cell in part if cell.tag in ("td", "th")]
        elif part.tag in ("thead", "tbody", "tfoot"):
            for row in part:
                if row.tag == "tr":
                    yield [cell for cell in row if cell.tag in ("td", "th")]


def _is_layout(table: Element, rows: list[list[Element]]) -> bool:
    """Whether it only places things: one column, tables or headlines inside, or a whole letter."""
    if (table.get("role") or "") in ("presentation", "none"):
        return True
    if all(len(row) <= 1 for row in rows):
        return True
    for cell in (cell for row in rows for cell in row):
        if any(True for _ in cell.iter("table", "h1", "h2", "article", "main")):
            return True
        if len(rows) <= 2 and sum(1 for _ in cell.iter("p", "br")) > 12:
            return True
    return False


def _span(cell: Element, name: str) -> int:
    value = (cell.get(name) or "").strip()
    return min(int(value), _MAX_SPAN) if value.isdecimal() and int(value) else 1
