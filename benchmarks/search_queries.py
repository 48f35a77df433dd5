"""What is searched for, and what has to be found: documents, a seeded mix of queries, the oracle.

This is DESIGN.md's rule of search written a second time, as plainly as can be and sharing nothing
with broadsheet/search, so that the two can be held against each other.

A document is searched as its title, names, keywords, hand-written summary and the plain text of
its body. Each is folded (NFKC, lower case) and falls apart into runs of word characters: letters,
digits and `.`. A query falls apart in the same way, and each of its words has to stand in a run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from unicodedata import normalize

from benchmarks.corpus import Dice
from broadsheet.jobs import available_cores, pool
from broadsheet.read import Case, read

LABELS = {"背景", "观点", "建议", "办理答复"}  # headings that every case has are no text of it
LONGEST = 8  # characters of a random substring
MIX = {  # how many of 20 queries
    "substring": 6,
    "phrase": 4,
    "person": 3,
    "unit": 2,
    "number": 2,
    "two words": 2,
    "absent": 1,
}
ATTEMPTS = 10_000  # to find one more query that differs from the others


@dataclass(frozen=True)
class Document:
    """One case. `pieces` are what no match may span: fields, paragraphs, list items, cells."""

    id: str
    pieces: tuple[str, ...]
    people: tuple[str, ...] = ()
    units: tuple[str, ...] = ()

    @cached_property
    def runs(self) -> tuple[str, ...]:
        return tuple(run for piece in self.pieces for run in words_of(piece))

    @cached_property
    def text(self) -> str:
        """All runs, with something between them that no query has."""
        return "\n".join(self.runs)


@dataclass(frozen=True)
class Query:
    kind: str  # one of MIX
    text: str
    expected: frozenset[str]  # ids


def fold(text: str) -> str:
    return normalize("NFKC", text).lower()


def words_of(text: str) -> list[str]:
    """The runs of word characters of `text`, folded; a run of full stops alone is none."""
    marked = "".join(c if c.isalnum() or c == "." else " " for c in fold(text))
    return [run for run in marked.split() if run.strip(".")]


def matches(documents: Sequence[Document], query: str) -> frozenset[str]:
    """The ids of the documents that hold every word of `query`. No words, no matches."""
    words = words_of(query)
    return frozenset(
        document.id
        for document in documents
        if words and all(word in document.text for word in words)
    )


# -- documents ------------------------------------------------------------------------------------


def read_documents(folder: Path) -> list[Document]:
    """The published cases of a content folder, in the order of their files."""
    cores = available_cores()
    with pool(cores) as executor:
        content = read(folder, executor)
    now = datetime.now(UTC)
    return [
        _document(case)
        for case in content.cases
        if not case.front.draft and not (case.front.publish_at and case.front.publish_at > now)
    ]


def _document(case: Case) -> Document:
    front = case.front
    proposers = [proposer.name for proposer in front.proposers]
    people = [p.name for p in front.proposers if p.type in (None, "person")]
    people += [supervisor.name for supervisor in front.supervisors]
    people += [front.speaker] if front.speaker else []
    units = [*front.hosts, *front.co_hosts]
    named = dict.fromkeys([*proposers, *people, *units, *front.keywords])
    summary = [front.summary] if front.summary else []
    pieces = (front.title, *named, *summary, *_body(case))
    return Document(front.id, pieces, tuple(people), tuple(units))


def _body(case: Case) -> Iterator[str]:
    for section in case.body.sections:
        if section.heading not in LABELS and section.id != "notes":
            yield section.heading
        yield from section.paragraphs


# -- queries --------------------------------------------------------------------------------------


def make_queries(documents: Sequence[Document], count: int, seed: int = 1) -> list[Query]:
    """Up to `count` different queries in the proportions of MIX, in random order.

    Fewer, where the documents do not have as many different names or numbers.
    """
    source = _Source(documents, Dice(seed))
    queries: dict[str, Query] = {}
    for kind, weight in MIX.items():
        make = source.maker(kind)
        wanted = len(queries) + max(1, count * weight // sum(MIX.values()))
        for _ in range(ATTEMPTS):
            if len(queries) == wanted:
                break
            text = make()
            if text and text not in queries:
                queries[text] = Query(kind, text, matches(documents, text))
    return _shuffled(list(queries.values()), source.dice)


def _shuffled(queries: list[Query], dice: Dice) -> list[Query]:
    for last in range(len(queries) - 1, 0, -1):
        other = dice.below(last + 1)
        queries[last], queries[other] = queries[other], queries[last]
    return queries


class _Source:
    """Draws queries from documents. A method returns "" where a draw gives nothing of use."""

    def __init__(self, documents: Sequence[Document], dice: Dice) -> None:
        self.documents = documents
        self.dice = dice
        self._parser: Any = None

    def maker(self, kind: str) -> Callable[[], str]:
        return {
            "substring": self.substring,
            "phrase": self.phrase,
            "person": lambda: self._any(self._document().people),
            "unit": lambda: self._any(self._document().units),
            "number": self.number,
            "two words": self.two_words,
            "absent": self.absent,
        }[kind]

    def substring(self) -> str:
        """One to eight characters from anywhere: most begin or end within a word."""
        return self._cut(self._run(), 1 + self.dice.below(LONGEST))

    def phrase(self) -> str:
        """Up to eight characters that begin and end where a word does, by budoux."""
        if self._parser is None:
            from budoux import load_default_simplified_chinese_parser

            self._parser = load_default_simplified_chinese_parser()
        parts: list[str] = self._parser.parse(self._run())
        start = self.dice.below(len(parts))
        text = parts[start]
        for part in parts[start + 1 : start + 1 + self.dice.below(3)]:
            text += part if len(text + part) <= LONGEST else ""
        return text if len(text) <= LONGEST else ""

    def number(self) -> str:
        """A whole number of two characters or more, such as 14486.59."""
        numbers = re.findall(r"[0-9]+(?:\.[0-9]+)?", self._document().text)
        number = self._any(numbers)
        return number if len(number) > 1 else ""

    def two_words(self) -> str:
        """Two pieces of two to four characters, from different runs of one document."""
        document = self._document()
        first, second = self.dice.below(len(document.runs)), self.dice.below(len(document.runs))
        words = [self._cut(document.runs[n], 2 + self.dice.below(3)) for n in (first, second)]
        return " ".join(words) if first != second and all(words) else ""

    def absent(self) -> str:
        """Characters that all occur, two to six of them in a row that does not."""
        half = 1 + self.dice.below(3)
        text = self._cut(self._run(), half) + self._cut(self._run(), half)
        found = matches(self.documents, text)
        return "" if found or len(text) < 2 else text

    def _document(self) -> Document:
        return self.documents[self.dice.below(len(self.documents))]

    def _run(self) -> str:
        # full stops at an end or in a row come from an ellipsis: nobody types them
        run = self._any(self._document().runs).strip(".")
        return run if ".." not in run else run.partition("..")[0]

    def _cut(self, run: str, length: int) -> str:
        """`length` characters of `run`, or "" if it is shorter."""
        if len(run) < length:
            return ""
        start = self.dice.below(len(run) - length + 1)
        text = run[start : start + length]
        return text if text.strip(".") else ""

    def _any(self, items: Sequence[str]) -> str:
        return items[self.dice.below(len(items))] if items else ""
