"""What search knows about a case: its text, what a list shows of it, what filters use."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Protocol

FACETS = ("theme", "publication", "kind", "unit", "year", "grade", "date")

Value = tuple[str, str]  # a filter's value, and its name for people


class Entry(Protocol):
    """What the index is told of a document; it asks for the text only where that has changed."""

    @property
    def id(self) -> str: ...
    @property
    def digest(self) -> str:
        """Of all that the document follows from: another document, another digest."""

    @property
    def filter_digest(self) -> bytes:
        """The same of `filters`."""

    @property
    def filters(self) -> tuple[tuple[Value, ...], ...]: ...
    @property
    def document(self) -> Document: ...


@dataclass(frozen=True, slots=True)
class Document:
    """A case as search sees it. A match never spans two strings of the text fields."""

    id: str
    title: str
    proposers: tuple[str, ...] = ()  # speakers and supervisors, too
    hosts: tuple[str, ...] = ()  # co-hosts, too
    keywords: tuple[str, ...] = ()  # a summary that an editor wrote, too
    sections: tuple[tuple[str, tuple[str, ...]], ...] = ()  # label, paragraphs
    theme: str = ""
    facts: tuple[str, ...] = ()  # one line, as in the lists of the site
    grade: str = ""
    date: str = ""
    filters: tuple[tuple[Value, ...], ...] = ((),) * len(FACETS)  # in the order of FACETS

    @property
    def digest(self) -> str:
        return _digest(self)

    @property
    def filter_digest(self) -> bytes:
        return _digest(self.filters).encode()

    @property
    def document(self) -> Document:
        return self

    @property
    def zones(self) -> tuple[tuple[str, ...], ...]:
        """The searched text in the order of `layout.ZONES`, without the sounds."""
        body = tuple(text for _, paragraphs in self.sections for text in paragraphs)
        return ((self.title,), self.proposers, self.hosts, self.keywords, body)


def _digest(value: object) -> str:
    text = repr(value).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=8).hexdigest()
