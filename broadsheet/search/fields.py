"""The fields of a case for Whoosh, and the query that finds a piece of text in one of them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from typing import Any

import numpy as np
from whoosh.fields import ID, STORED, FieldType, Schema
from whoosh.formats import Format
from whoosh.matching import FilterMatcher, ListMatcher, NullMatcher
from whoosh.query import And, NullQuery, Query

from broadsheet.search.coding import Ints
from broadsheet.search.decoding import PLACE_BITS, follow
from broadsheet.search.documents import FACETS
from broadsheet.search.folding import fold, words
from broadsheet.search.layout import FEW, SOUND, ZONES, grams, text_of, unmix
from broadsheet.search.terms import occurrences


class Places(Format):
    """What a posting carries in Whoosh's own writer: places, four bytes each."""

    def word_values(self, value: Any, analyzer: Any, **kwargs: Any) -> Iterator[Any]:
        raise NotImplementedError  # Text.index makes the postings

    def decode_frequency(self, value: bytes) -> int:
        return max(1, len(value) // 4)

    def decode_weight(self, value: bytes) -> float:
        return float(self.decode_frequency(value))

    def decode_places(self, value: bytes) -> list[int]:
        return [int(place) for place in np.frombuffer(value, ">u4")]


class Text(FieldType):
    """A text, or several, of which every substring can be found."""

    def __init__(self, zone: str) -> None:
        super().__init__(Places(), None, scorable=True, stored=zone != ZONES[SOUND])
        self.zone = ZONES.index(zone)

    def index(self, value: Any, **kwargs: Any) -> Iterator[tuple[bytes, int, float, bytes]]:
        """Terms, how often they stand there, the same as a weight, their places."""
        texts = [value] if isinstance(value, str) else texts_of(value)
        zones: list[Any] = [()] * SOUND
        zones[0 if self.zone == SOUND else self.zone] = texts
        keys, places = occurrences([(0, zones)])
        kept = (keys >> np.uint64(29) & np.uint64(7)) == self.zone
        terms: dict[int, list[int]] = {}
        for key, place in zip(keys[kept].tolist(), places[kept].tolist(), strict=True):
            terms.setdefault(unmix(key >> 32), []).append(place)
        for term, found in sorted(terms.items()):
            data = np.array(found, ">u4").tobytes() if term & 0xFFFF and self.zone != SOUND else b""
            yield self.to_bytes(text_of(term)), len(found), float(len(found)), data

    def to_bytes(self, value: Any) -> bytes:
        return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")

    def from_bytes(self, value: Any) -> str:
        return bytes(value).decode("utf-8", "surrogatepass")

    def self_parsing(self) -> bool:
        return True

    def parse_query(self, fieldname: str, qstring: str, boost: float = 1.0) -> Query:
        """All words of the text; see `Substring`."""
        found = [Substring(fieldname, word, boost) for word in words(fold(qstring))]
        if not found:
            return NullQuery
        return found[0] if len(found) == 1 else And(found)


class Exact(FieldType):
    """One or several values that are found as a whole; given as a value, or value and name."""

    def __init__(self) -> None:
        super().__init__(Places(), None, scorable=False, stored=True)

    def index(self, value: Any, **kwargs: Any) -> Iterator[tuple[bytes, int, float, bytes]]:
        pairs = [value] if isinstance(value, str) else value
        for one in sorted(
            {(pair, pair) if isinstance(pair, str) else tuple(pair) for pair in pairs}
        ):
            yield one[0].encode(), 1, 1.0, one[1].encode()

    def self_parsing(self) -> bool:
        return True

    def parse_query(self, fieldname: str, qstring: str, boost: float = 1.0) -> Query:
        from whoosh.query import Term

        return Term(fieldname, qstring, boost)


def texts_of(value: Any) -> list[str]:
    """The strings of nested lists; of sections those of their paragraphs."""
    if isinstance(value, str):
        return [value]
    return [text for part in value for text in texts_of(part)]


def schema() -> Schema:
    """A case: its text by zone, the values of filters, and what only a list shows."""
    fields: dict[str, Any] = {"id": ID(stored=True, unique=True), "facts": STORED}
    fields |= {zone: Text(zone) for zone in ZONES}
    fields |= {facet: Exact() for facet in FACETS}
    return Schema(**fields)


# -- the query ------------------------------------------------------------------------------------


class WholeList(ListMatcher):
    """A list that is in memory, so that nothing is won by asking how good its blocks may be.

    `boost` is its own: Whoosh's matcher for boosts gives lists up too early.
    """

    boost = 1.0

    def supports_block_quality(self) -> bool:
        return False

    def max_quality(self) -> float:
        return float(super().max_quality()) * self.boost

    def score(self) -> float:
        return float(super().score()) * self.boost

    def copy(self) -> Any:
        matcher = super().copy()
        matcher.boost = self.boost
        return matcher


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
