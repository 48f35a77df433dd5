"""Lines to paragraphs: sentences that a page break cut are put together again.

A line goes on in the next one unless it ends with the sign of an end, or the next one begins
something: a label, a heading, an item (`1.`, but not `7.46%`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from broadsheet.manuscripts.contacts import find_contacts
from broadsheet.manuscripts.drafts import Block, Join, Section
from broadsheet.manuscripts.excerpt import BLANKS, Excerpt
from broadsheet.manuscripts.rows import Row

_ENDS = "。！？；：…!?;:"
_ITEM = re.compile(
    r"\s*(?:\d{1,3}[.、．](?!\d)|[（(]\d{1,2}[)）]|[（(]?[一二三四五六七八九十]{1,3}[)）]"
    r"|[一二三四五六七八九十]{1,3}、|[①-⑳●■◆▲★•※]|[-*+] )"
)
_STRAY = re.compile(
    rf"(?<=[。！？；，、：）)])[{BLANKS}]+(?=[\u3400-\u9fff“‘《（])"
)  # no pause: two signs
_PROPOSAL = re.compile(
    r"(?:(?<=[。！？；;”])|(?<=^))[*_]{0,2}(?P<lead>[^。！？；;，,]{0,12}[，,]?[^。！？；;，,]{0,14}建议(?:如下)?)[:：]"
)


def is_open(text: str) -> bool:
    """Whether a sentence goes on after this text."""
    text = text.rstrip(BLANKS + "*_")
    if not text or text[-1] in _ENDS:
        return False
    closed = text.rstrip("”’』」）)》】]")
    if closed != text:
        return not closed or closed[-1] not in "。！？…!?"
    return True


def starts_item(text: str) -> bool:
    return _ITEM.match(text.lstrip("*")) is not None


_HAN_ITEM = re.compile(
    r"\s*(?:[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十]{1,3}[)）])"
)
_NUMBER_ITEM = re.compile(r"\s*(?:\d{1,2}[.、．](?!\d)|[（(]\d{1,2}[)）]|[①-⑳])")
_PUNCTUATION = re.compile("[。；，：！？;,:!?]")


def headlines(rows: Sequence[Row], *, letters: bool = False) -> frozenset[int]:
    """The lines that are a heading without a mark: short, without punctuation, `一、` in front.

    Items in Arabic numbers are, where most of them are; a single one was cut by a page break. In
    `letters` a short line of its own is, too.
    """
    found: set[int] = set()
    numbered = [row for row in rows if _NUMBER_ITEM.match(row.bare) and not row.cells]
    short = [row for row in numbered if _bare_line(row, 40)]
    if len(short) >= 2 and 2 * len(short) > len(numbered):
        found.update(row.index for row in short)
    for row in rows:
        if _HAN_ITEM.match(row.bare) and _bare_line(row, 44):
            found.add(row.index)
    if letters:
        for before, row in pairwise(rows):
            if _bare_line(row, 24) and not is_open(before.bare):
                found.add(row.index)
    return frozenset(found)


def _bare_line(row: Row, longest: int) -> bool:
    text = row.bare
    return (
        len(text) <= longest and not _PUNCTUATION.search(text) and text[-1:] not in "、的和与及在对"
    )


@dataclass
class Flow:
    """Paragraphs as they come, sorted into sections; knows every line break that it took out."""

    sections: dict[Section, list[Block]] = field(default_factory=dict)
    joins: list[Join] = field(default_factory=list)
    section: Section = ""
    over: list[int] = field(default_factory=list)
    closed: bool = True  # nothing that comes goes on in the last paragraph
    headlines: frozenset[int] = frozenset()  # lines (from 0) that stand above a text

    @property
    def last(self) -> Block | None:
        blocks = self.sections.get(self.section)
        return blocks[-1] if blocks else None

    @property
    def open(self) -> bool:
        """Whether the last paragraph stopped in the middle of a sentence."""
        return (
            not self.closed
            and self.last is not None
            and self.last.kind == "text"
            and is_open(self.last.excerpt.text)
        )

    def enter(self, section: Section) -> None:
        if section != self.section:
            self.section, self.closed = section, True

    def skip(self, row: Row) -> None:
        """A line that does not belong to the text around it."""
        self.over.append(row.index)

    def add(self, excerpt: Excerpt, *, heading: bool = False) -> None:
        excerpt = excerpt.strip().without(_STRAY)
        if not excerpt:
            return
        last = self.last
        if self.open and last and not heading and not starts_item(excerpt.text):
            left, right = last.excerpt.text, excerpt.text
            before = last.excerpt.spans[-1].line
            if before != excerpt.line:
                over = tuple(index for index in self.over if before < index < excerpt.line)
                self.joins.append(Join(before, excerpt.line, left[-12:], right[:12], over))
            self.sections[self.section][-1] = Block(_linked(last.excerpt, excerpt))
        else:
            kind: Block = Block(excerpt, "heading" if heading else "text")
            self.sections.setdefault(self.section, []).append(kind)
        self.closed = heading or excerpt.line in self.headlines
        self.over = []

    def add_table_row(self, row: Row) -> None:
        last = self.last
        if last and last.kind == "table" and not row.gap:
            rows = (*last.rows, row.cells)
            self.sections[self.section][-1] = Block(last.excerpt + row.text, "table", rows)
        else:
            block = Block(row.text, "table", (row.cells,))
            self.sections.setdefault(self.section, []).append(block)
        self.closed = True


def _linked(left: Excerpt, right: Excerpt) -> Excerpt:
    """Emphasis that ends where it begins again was one."""
    return left + right


def split_at_proposal(blocks: list[Block]) -> tuple[list[Block], list[Block]]:
    """Where a text turns from what is the matter to what should be done: `为此建议：`."""
    for index, block in enumerate(blocks):
        if block.kind != "text":
            continue
        found = _PROPOSAL.search(block.excerpt.text)
        if not found:
            continue
        before = block.excerpt.cut(0, found.start()).strip()
        after = block.excerpt.cut(found.start())
        head = [*blocks[:index], *([Block(before)] if before else [])]
        return head, [Block(after), *blocks[index + 1 :]]
    return blocks, []


def scrub(block: Block) -> tuple[Block | None, list[tuple[Excerpt, str]]]:
    """A paragraph without contact details, and those; None where nothing else was in it."""
    if block.kind == "table":
        return _scrub_table(block)
    text = block.excerpt.text
    found = find_contacts(text)
    if not found:
        return block, []
    kept, dropped, reached = Excerpt(), [], 0
    for first, end, reason in found:
        start = first  # and of the comma before it, where nothing follows
        while (
            start > reached
            and text[start - 1] in "，,、 "
            and (end == len(text) or text[end] in "。.；;）)")
        ):
            start -= 1
        kept += block.excerpt.cut(reached, start)
        dropped.append((block.excerpt.cut(start, end), reason))
        reached = end
    kept += block.excerpt.cut(reached)
    if not re.search(r"\w", kept.text):
        return None, [*dropped, (kept, "联系方式前后的标点")]
    return Block(kept.strip(), block.kind), dropped


def _scrub_table(block: Block) -> tuple[Block | None, list[tuple[Excerpt, str]]]:
    rows, dropped = [], []
    for row in block.rows:
        cells = []
        for cell in row:
            kept, out = scrub(Block(cell)) if cell else (Block(cell), [])
            cells.append(kept.excerpt if kept else Excerpt())
            dropped += out
        rows.append(tuple(cells))
    return Block(block.excerpt, "table", tuple(rows)), dropped
