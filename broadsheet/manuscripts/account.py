"""The lossless account: what has become of each character of the source.

It is drawn up from the drafts themselves, after the forms have done their work and before anything
is written; so nothing can be written that it does not know. A character has one place, in a field
or a section of one case, or one reason for having none. Anything else is a defect of ours, and then
nothing is written at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from broadsheet.manuscripts.drafts import Block, Join, Parsed, Value
from broadsheet.manuscripts.excerpt import BLANKS, Excerpt
from broadsheet.manuscripts.lines import Manuscript

PUBLICATION = -1  # in place of the number of a case
BLANK, SIGN = "空白", "标点和排版符号"


class UnbalancedError(Exception):
    """The account does not balance: a defect of the importer, never of a manuscript."""


@dataclass(frozen=True, slots=True)
class Fate:
    """Where characters went: to `field` of case number `case` (from 0), or nowhere for `reason`."""

    case: int | None = None
    field: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of one line that shares a fate."""

    text: str
    fate: Fate


@dataclass(frozen=True, slots=True)
class Account:
    """`lines` has the parts of each line of the source, in order, nothing left out."""

    lines: tuple[tuple[Part, ...], ...]
    joins: tuple[Join, ...]
    source: int
    placed: int
    dropped: int

    def dropped_parts(self) -> Iterator[tuple[int, Part]]:
        """The index of the line, and the part."""
        for index, parts in enumerate(self.lines):
            for part in parts:
                if part.fate.reason:
                    yield index, part


class _Ledger:
    def __init__(self, manuscript: Manuscript) -> None:
        self.manuscript = manuscript
        self.fates: list[list[Fate | None]] = [[None] * len(line.text) for line in manuscript.lines]

    def enter(self, excerpt: Excerpt, fate: Fate) -> None:
        for span in excerpt.spans:
            line = self.manuscript.lines[span.line].text
            if line[span.start : span.start + len(span.text)] != span.text:
                raise UnbalancedError(f"第 {span.line + 1} 行没有“{span.text[:20]}”")
        for index, place in excerpt.characters():
            if self.fates[index][place] is not None:
                text = self.manuscript.lines[index].text
                raise UnbalancedError(f"第 {index + 1} 行的“{text[place : place + 10]}”用了两次")
            self.fates[index][place] = fate

    def rest(self, excerpt: Excerpt, fate: Fate) -> None:
        for line, place in excerpt.characters():
            if self.fates[line][place] is None:
                self.fates[line][place] = fate


def settle(manuscript: Manuscript, parsed: Parsed) -> Account:
    """The account of a manuscript and what was made of it. Raises `UnbalancedError`."""
    ledger = _Ledger(manuscript)
    for case, key, excerpt in placements(parsed):
        ledger.enter(excerpt, Fate(case=case, field=key))
    for excerpt, reason in parsed.dropped:
        ledger.enter(excerpt, Fate(reason=reason))
    for excerpt, reason in parsed.rest:
        ledger.rest(excerpt, Fate(reason=reason))
    lines = []
    placed = dropped = 0
    for line, fates in zip(manuscript.lines, ledger.fates, strict=True):
        for place, fate in enumerate(fates):
            if fate is None:
                sign = line.text[place]
                if sign.isalnum():
                    text = line.text[place : place + 20]
                    raise UnbalancedError(f"第 {line.number} 行的“{text}”没有去处")
                fates[place] = Fate(reason=BLANK if sign in BLANKS or sign.isspace() else SIGN)
            elif not fate.reason:
                placed += 1
        dropped += sum(1 for fate in fates if fate and fate.reason)
        pairs = zip(line.text, fates, strict=True)
        lines.append(
            tuple(
                Part("".join(sign for sign, _ in run), fate)
                for fate, run in ((f, list(r)) for f, r in groupby(pairs, lambda pair: pair[1]))
                if fate
            )
        )
    source = sum(len(line.text) for line in manuscript.lines)
    if source != placed + dropped:
        raise UnbalancedError(f"原文 {source} 字，放进 {placed} 字，略去 {dropped} 字")
    return Account(tuple(lines), tuple(parsed.joins), source, placed, dropped)


def placements(parsed: Parsed) -> Iterator[tuple[int, str, Excerpt]]:
    """Case number, field or section, and excerpt, of all that will be written."""
    masthead = parsed.masthead
    for key, values in masthead.fields.items():
        yield from ((PUBLICATION, key, value.excerpt) for value in values if not value.again)
    for figure in masthead.figures:
        for value in figure:
            if value and not value.again:
                yield PUBLICATION, "figures", value.excerpt
    yield from ((PUBLICATION, "body", excerpt) for excerpt in _excerpts(masthead.blocks))
    for number, draft in enumerate(parsed.drafts):
        for key, values in draft.fields.items():
            yield from ((number, key, value.excerpt) for value in values if not value.again)
        for section, blocks in draft.sections.items():
            yield from ((number, section or "body", excerpt) for excerpt in _excerpts(blocks))


def _excerpts(blocks: list[Block]) -> Iterator[Excerpt]:
    for block in blocks:
        if block.kind == "table":
            for row in block.rows:
                yield from row
        else:
            yield block.excerpt


__all__ = ["Account", "Fate", "Part", "UnbalancedError", "Value", "placements", "settle"]
