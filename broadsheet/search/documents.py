"""What search knows about a case: its text, what a list shows of it, what filters use."""

from __future__ import annotations

from dataclasses import dataclass

FACETS = ("theme", "publication", "kind", "unit", "year", "grade", "date")

Value = tuple[str, str]  # a filter's value, and its name for people


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
    def zones(self) -> tuple[tuple[str, ...], ...]:
        """The searched text in the order of `layout.ZONES`, without the sounds."""
        body = tuple(text for _, paragraphs in self.sections for text in paragraphs)
        return ((self.title,), self.proposers, self.hosts, self.keywords, body)
