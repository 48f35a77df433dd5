"""Text that knows where in the manuscript it stands.

Everything that a case says is made of excerpts, never of loose text; so the account can tell of
each character of the source what has become of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

BLANKS = " \t\u3000\u00a0\u200b\ufeff\u2002\u2003\u2009\u202f"


@dataclass(frozen=True, slots=True)
class Span:
    """Neighbouring characters of one line; `line` and `start` count from 0."""

    line: int
    start: int
    text: str


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Spans of the source, in the order in which they are read."""

    spans: tuple[Span, ...] = ()

    @property
    def text(self) -> str:
        return "".join(span.text for span in self.spans)

    @property
    def line(self) -> int:
        """The index of the line at which it begins; -1 for nothing."""
        return self.spans[0].line if self.spans else -1

    def __len__(self) -> int:
        return sum(len(span.text) for span in self.spans)

    def __add__(self, other: Excerpt) -> Excerpt:
        return Excerpt((*self.spans, *other.spans))

    def cut(self, start: int, end: int | None = None) -> Excerpt:
        """The characters from `start` to `end`, which count in `text`."""
        length = len(self)
        end = length if end is None else end
        parts, before = [], 0
        for span in self.spans:
            first, last = max(start - before, 0), min(end - before, len(span.text))
            if first < last:
                parts.append(Span(span.line, span.start + first, span.text[first:last]))
            before += len(span.text)
        return Excerpt(tuple(parts))

    def strip(self, signs: str = BLANKS) -> Excerpt:
        text = self.text
        start = len(text) - len(text.lstrip(signs))
        return self.cut(start, max(start, len(text.rstrip(signs))))

    def group(self, found: re.Match[str], group: int | str = 0) -> Excerpt:
        """What a pattern found in `text`."""
        return self.cut(*found.span(group)) if found.start(group) >= 0 else Excerpt()

    def without(self, pattern: re.Pattern[str]) -> Excerpt:
        """All but what the pattern finds."""
        kept, reached = Excerpt(), 0
        for found in pattern.finditer(self.text):
            kept += self.cut(reached, found.start())
            reached = found.end()
        return kept + self.cut(reached)

    def split(self, pattern: re.Pattern[str]) -> list[Excerpt]:
        """The parts between what the pattern finds, without blanks at their ends; no empty ones."""
        parts, reached = [], 0
        for found in pattern.finditer(self.text):
            parts.append(self.cut(reached, found.start()))
            reached = found.end()
        parts.append(self.cut(reached))
        return [part for part in (part.strip() for part in parts) if part]

    def characters(self) -> Iterator[tuple[int, int]]:
        """Line and place of each character."""
        for span in self.spans:
            for offset in range(len(span.text)):
                yield span.line, span.start + offset


def joined(parts: Iterable[Excerpt]) -> Excerpt:
    return Excerpt(tuple(span for part in parts for span in part.spans))
