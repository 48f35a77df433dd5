"""The fields of a case for Whoosh, and what it finds in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from whoosh.fields import ID, STORED, FieldType, Schema
from whoosh.formats import Format
from whoosh.matching import ListMatcher

from broadsheet.search.documents import FACETS
from broadsheet.search.folding import fold, words
from broadsheet.search.layout import SOUND, ZONES, text_of, unmix
from broadsheet.search.terms import occurrences

if TYPE_CHECKING:
    from whoosh.query import Query


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
        from whoosh.query import And, NullQuery  # takes a while to load, and an index needs none

        from broadsheet.search.substring import Substring

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
