"""Answers queries from the prebuilt index by Whoosh, as the browser does by its own script."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from whoosh.query import And, Every, Not, NullQuery, Or, Query, Term
from whoosh.scoring import BM25F

from broadsheet.search.codec import open_index
from broadsheet.search.coding import DamagedError
from broadsheet.search.layout import K1, SOUND, WEIGHTS, ZONES
from broadsheet.search.query import locate, understand
from broadsheet.search.sounds import grams
from broadsheet.search.substring import Substring, frequency

FIELDS = dict(zip(ZONES[:SOUND], WEIGHTS[:SOUND], strict=True))  # of text, with their boosts
WINDOW = 48  # characters of a snippet

Range = tuple[int, int]


class Ranking(BM25F):  # type: ignore[misc]  # Whoosh has no types
    """BM25F as readers' browsers have it: a word is as rare in all fields."""

    def idf(self, searcher: Any, fieldname: str, text: str | bytes) -> float:
        whole = searcher.get_parent()
        return math.log(whole.doc_count_all() / (frequency(whole.reader(), text) + 1)) + 1


@dataclass(frozen=True, slots=True)
class Hit:
    """A case that was found; ranges are where words stand in the text beside them."""

    id: str
    title: str
    title_ranges: list[Range]
    theme: str
    facts: list[str]
    grade: str
    date: str
    score: float
    label: str  # of the section that the snippet is from
    snippet: str
    snippet_ranges: list[Range]

    @property
    def address(self) -> str:
        return f"/cases/{self.id}/"


@dataclass(frozen=True, slots=True)
class Answer:
    """`total` is exact; `pinyin` says that the words were found by their sound alone."""

    total: int
    hits: list[Hit]
    words: tuple[str, ...]
    pinyin: bool = False


@dataclass
class Searcher:
    """The prebuilt index in `folder`. Raises `DamagedError` where it cannot be read."""

    folder: Path
    _index: Any = field(init=False)

    def __post_init__(self) -> None:
        self._index = open_index(self.folder)

    def search(
        self,
        text: str,
        limit: int = 10,
        filters: Mapping[str, Sequence[str]] | None = None,
    ) -> Answer:
        """The best `limit` cases for a query.

        `filters` gives, by facet, values or their names of which a case must have one.
        """
        understood = understand(text)
        chosen = {name: values for name, values in (filters or {}).items() if values}
        if not understood.wanted and not chosen:
            return Answer(0, [], ())
        try:
            with self._index.searcher(weighting=Ranking(B=0.0, K1=K1)) as searcher:
                narrow = [self._narrow(searcher.reader(), *pair) for pair in chosen.items()]
                query = _query([_written(word) for word in understood.wanted], understood.unwanted)
                answer = self._answer(searcher, query, narrow, understood.wanted, limit)
                spoken = [_spoken(word) for word in understood.wanted]
                if answer.total or not any(one is not None for one in spoken):
                    return answer
                either = [
                    sound or _written(word)
                    for sound, word in zip(spoken, understood.wanted, strict=True)
                ]
                query = _query(either, understood.unwanted)
                heard = self._answer(searcher, query, narrow, understood.wanted, limit)
                return Answer(heard.total, heard.hits, heard.words, heard.total > 0)
        except (OSError, KeyError, IndexError, ValueError) as error:
            raise DamagedError(str(error)) from error

    @staticmethod
    def _narrow(reader: Any, facet: str, values: Sequence[str]) -> Query:
        wanted = [
            Term(facet, text.decode())
            for _, text in reader.terms_from(facet, b"")
            if {text.decode(), reader.postings(facet, text).value().decode()} & set(values)
        ]
        return Or(wanted) if wanted else NullQuery

    @staticmethod
    def _answer(
        searcher: Any, query: Query, narrow: list[Query], words: tuple[str, ...], limit: int
    ) -> Answer:
        results = searcher.search(query, limit=None, filter=And(narrow) if narrow else None)
        ranked = sorted((-round(hit.score, 8), hit.docnum) for hit in results)
        hits = [
            _hit(searcher.stored_fields(number), -score, words) for score, number in ranked[:limit]
        ]
        return Answer(len(ranked), hits, words)


def _query(wanted: Sequence[Query], unwanted: Sequence[str]) -> Query:
    found = And(list(wanted)) if wanted else Every()
    return And([found, *(Not(_written(word)) for word in unwanted)]) if unwanted else found


def _written(word: str) -> Query:
    return Or([Substring(field, word, weight) for field, weight in FIELDS.items()])


def _spoken(word: str) -> Query | None:
    """Names, units and titles that sound like a word of Latin letters."""
    if len(word) < 2 or not (word.isascii() and word.isalpha()):
        return None
    return And([Term(ZONES[SOUND], gram) for gram in grams(word)])


def _hit(stored: dict[str, Any], score: float, words: tuple[str, ...]) -> Hit:
    label, snippet, ranges = _snippet(stored["body"], words)

    def first(facet: str) -> str:
        return str(stored[facet][0][0]) if stored[facet] else ""

    return Hit(
        stored["id"],
        stored["title"],
        locate(stored["title"], words),
        first("theme"),
        stored["facts"],
        first("grade"),
        first("date"),
        score,
        label,
        snippet,
        ranges,
    )


def _snippet(sections: list[Any], words: tuple[str, ...]) -> tuple[str, str, list[Range]]:
    """The paragraph with the most matches, cut around the first of them."""
    best: tuple[str, str, list[Range]] = ("", "", [])
    for label, paragraphs in sections:
        for text in paragraphs:
            ranges = locate(text, words)
            if not best[1] or len(ranges) > len(best[2]):
                best = label, text, ranges
    label, text, ranges = best
    first = ranges[0][0] if ranges else 0
    start = 0 if first < WINDOW // 2 else first - 16
    end = start + WINDOW
    cut = ("…" if start else "") + text[start:end] + ("…" if end < len(text) else "")
    return label, cut, locate(cut, words)
