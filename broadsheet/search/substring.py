"""The query that finds a piece of text in a field."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np
from whoosh.matching import FilterMatcher, NullMatcher
from whoosh.query import Query

from broadsheet.search.coding import Ints
from broadsheet.search.decoding import PLACE_BITS, follow
from broadsheet.search.fields import WholeList, texts_of
from broadsheet.search.folding import fold
from broadsheet.search.layout import FEW, SOUND, ZONES, grams


class Substring(Query):
    """Documents whose field has `text`, folded, anywhere within a word."""

    def __init__(self, fieldname: str, text: str, boost: float = 1.0) -> None:
        self.fieldname, self.text, self.boost = fieldname, text, boost

    def __repr__(self) -> str:
        return f"Substring({self.fieldname!r}, {self.text!r}, boost={self.boost})"

    def __str__(self) -> str:
        return f"{self.fieldname}:{self.text}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Substring) and repr(self) == repr(other)

    def __hash__(self) -> int:
        return hash(repr(self))

    def is_leaf(self) -> bool:
        return True

    def field(self) -> str:
        return self.fieldname

    def estimate_size(self, ixreader: Any) -> int:
        return int(min(ixreader.doc_frequency(self.fieldname, gram) for gram in self.grams))

    @property
    def grams(self) -> list[str]:
        return grams(self.text)

    def matcher(self, searcher: Any, context: Any = None) -> Any:
        reader = searcher.reader()
        lists = []
        for gram in self.grams:
            if (self.fieldname, gram) not in reader:
                return NullMatcher()
            found = reader.postings(self.fieldname, gram)
            lists.append(found.child if isinstance(found, FilterMatcher) else found)
        documents, times = self._exact(reader, lists)
        alive = np.array([not reader.is_deleted(n) for n in documents.tolist()], np.bool_)
        documents, times = documents[alive], times[alive]
        if not len(documents):
            return NullMatcher()
        often = [frequency(reader, gram) for gram in self.grams]
        rarest = lists[often.index(min(often))]
        scorer = None
        if context is not None and context.weighting:
            scorer = context.weighting.scorer(searcher, self.fieldname, rarest.term()[1])
        matcher = WholeList(
            documents.tolist(), times.astype(float).tolist(),
            format=rarest._format, scorer=scorer,
            term=rarest.term(), terminfo=reader.term_info(*rarest.term()),
        )  # fmt: skip
        matcher.boost = self.boost
        return matcher

    def _exact(self, reader: Any, lists: list[Any]) -> tuple[Ints, Ints]:
        """Documents that have the text, and how often."""
        documents = reduce(
            lambda kept, other: np.intersect1d(kept, other.postings.documents, assume_unique=True),
            lists[1:],
            lists[0].postings.documents,
        )
        if len(lists) == 1:
            return documents, lists[0].postings.times
        if len(documents) <= FEW:
            return self._in_text(reader, documents)
        return _in_places([matcher.placed() for matcher in lists], self.text, documents)

    def _in_text(self, reader: Any, documents: Ints) -> tuple[Ints, Ints]:
        times = np.zeros(len(documents), np.int64)
        for n, document in enumerate(documents.tolist()):
            value = reader.stored_fields(document).get(self.fieldname, "")
            if self.fieldname == "body":
                value = [paragraphs for _, paragraphs in value]
            times[n] = _count(fold("\n".join(texts_of(value))), self.text)
        return documents[times > 0], times[times > 0]


def frequency(reader: Any, gram: str | bytes) -> int:
    """How many documents have a term in the zone that has it most."""
    return max(int(reader.doc_frequency(zone, gram)) for zone in ZONES[:SOUND])


def _count(text: str, piece: str) -> int:
    """How often `piece` stands in `text`, overlaps too."""
    count, at = 0, text.find(piece)
    while at >= 0:
        count, at = count + 1, text.find(piece, at + 1)
    return count


def _in_places(lists: list[Any], text: str, documents: Ints) -> tuple[Ints, Ints]:
    """Each term must stand at the place of the one before or the next; see terms.py."""
    reached = np.zeros(0, np.int64)
    for n, postings in enumerate(lists):
        reached = follow(postings, text, n, reached if n else None)
    found, times = np.unique(reached >> PLACE_BITS, return_counts=True)
    kept = np.isin(found, documents)
    return found[kept], times[kept]
