"""What a form makes of a manuscript: drafts of cases and of their publication.

A draft holds excerpts, so that it can be settled against the source (account) before anything is
written; all that stands in it beside excerpts are our own words: the kind, the theme, headings.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from broadsheet.manuscripts.excerpt import Excerpt
from broadsheet.models import Kind

Section = Literal["", "背景", "观点", "建议", "办理答复"]
BlockKind = Literal["text", "heading", "table"]


@dataclass(frozen=True, slots=True)
class Value:
    """The value of a field and the characters that it was read from.

    `again` says that those characters have their place elsewhere (a number that was read from the
    title). Where `text` differs from the excerpt in more than blanks it is the same thing in the
    spelling of the field: a date, a number, a grade.
    """

    text: str
    excerpt: Excerpt
    again: bool = False
    more: tuple[tuple[str, str], ...] = ()  # further keys of a nested record, our own words

    @classmethod
    def of(cls, excerpt: Excerpt, again: bool = False) -> Value:
        return cls(excerpt.text, excerpt, again)


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph; a heading below a section; a table, row by row, cell by cell."""

    excerpt: Excerpt
    kind: BlockKind = "text"
    rows: tuple[tuple[Excerpt, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Review:
    """What an editor should look at: the field (or `body`), and why."""

    field: str
    why: str


@dataclass(frozen=True, slots=True)
class Join:
    """A line break that was taken out of the middle of a sentence; lines count from 0.

    `over` are lines between that did not belong to the sentence.
    """

    before: int
    after: int
    left: str
    right: str
    over: tuple[int, ...] = ()


@dataclass
class Draft:
    """One case in the making; filled by a form, read by everyone else.

    `fields` are keyed as in front matter, nested ones with a dot: `reply.no`.
    """

    kind: Kind
    line: int  # where the piece begins, from 0
    fields: dict[str, list[Value]] = field(default_factory=dict)
    sections: dict[Section, list[Block]] = field(default_factory=dict)
    reviews: list[Review] = field(default_factory=list)
    organ: str = ""  # cppcc or npc, where the piece itself tells
    themes: str = ""  # words of a heading above several pieces, which tell of the theme

    def add(self, key: str, *values: Value) -> None:
        if values:
            self.fields.setdefault(key, []).extend(values)

    def first(self, key: str) -> str:
        values = self.fields.get(key)
        return values[0].text if values else ""

    def review(self, key: str, why: str) -> None:
        found = Review(key, why)
        if found not in self.reviews:
            self.reviews.append(found)

    @property
    def blocks(self) -> list[Block]:
        return [block for blocks in self.sections.values() for block in blocks]

    @property
    def text(self) -> str:
        return "\n".join(block.excerpt.text for block in self.blocks)


@dataclass
class Masthead:
    """What a manuscript says of the publication as a whole."""

    fields: dict[str, list[Value]] = field(default_factory=dict)
    figures: list[tuple[Value, Value, Value | None]] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)

    def add(self, key: str, *values: Value) -> None:
        if values:
            self.fields.setdefault(key, []).extend(values)

    def first(self, key: str) -> str:
        values = self.fields.get(key)
        return values[0].text if values else ""


@dataclass
class Parsed:
    """A manuscript as a form understood it.

    `dropped` are characters that no case shall hold. `rest` are excerpts of which whatever has
    found no place is dropped too: the label of a line, the signs between names.
    """

    form: str
    name: str
    reasons: list[str]
    masthead: Masthead
    drafts: list[Draft]
    dropped: list[tuple[Excerpt, str]] = field(default_factory=list)
    rest: list[tuple[Excerpt, str]] = field(default_factory=list)
    joins: list[Join] = field(default_factory=list)
    headlines: frozenset[int] = frozenset()  # lines that stand above a text and are not part of it
