"""Heads: how many documents have a piece, and the best BEST of them.

A head answers a query of that one text. Without it a reader would have to load the lists and places
of all its pairs; where there are some ten thousand documents, those of common pairs are long.

A file `h.<number>` holds the heads of the pieces whose hash leaves this number when divided by the
number of files: the epoch, how many there are (16 bits), and for each, in the order of hashes, its
hash (48 bits), then its total and its documents as in the heads of coding.py.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from broadsheet.search.coding import Ints
from broadsheet.search.decoding import PLACE_BITS, Cursor, Files, Shard, follow
from broadsheet.search.layout import BEST, SOUND, Layout, grams, mix_one, scores, term_of
from broadsheet.search.pieces import Pieces, Ranks, documents_of, ranks
from broadsheet.search.terms import Texts

_EACH = 6  # pieces of a file
_FACTOR = 0x9E3779B97F4B
_LATER = 2_000_000  # rows that wait to be sorted


@dataclass(frozen=True, slots=True)
class Head:
    """How many documents have a text, and the best of them."""

    total: int
    best: tuple[int, ...]


def hash_of(text: str) -> int:
    """48 bits for a text, one character a unit; search-engine.js makes the same of a query."""
    value = 0
    for unit in text:
        value = (value ^ ord(unit)) * _FACTOR & (1 << 48) - 1
    return value


class Collector:
    """Collects the heads of all pieces from documents that come in parts."""

    def __init__(self, pieces: Pieces) -> None:
        self._pieces = pieces
        self._totals = np.zeros(len(pieces.texts), np.int64)
        self._least = np.full(len(pieces.texts), -1, np.int64)  # the rank to beat
        self._parts: list[tuple[Ints, Ranks]] = []
        self._waiting = 0

    def add(self, number: Ints, rank: Ranks) -> None:
        """What `Pieces.found_in` has found."""
        self._totals += np.bincount(number, minlength=len(self._totals))
        some = rank > self._least[number]
        self._parts.append((number[some], rank[some]))
        self._waiting += int(some.sum())
        if self._waiting > _LATER:
            self._sort()

    def _sort(self) -> tuple[Ints, Ranks]:
        number = np.concatenate([part for part, _ in self._parts])
        rank = np.concatenate([part for _, part in self._parts])
        order = np.lexsort((-rank, number))
        number, rank = number[order], rank[order]
        within = np.arange(len(number)) - np.searchsorted(number, number)
        self._least[number[within == BEST - 1]] = rank[within == BEST - 1]
        number, rank = number[within < BEST], rank[within < BEST]
        self._parts, self._waiting = [(number, rank)], 0
        return number, rank

    @property
    def heads(self) -> dict[int, Head]:
        """By the hash of the piece."""
        if not self._parts:
            return {}
        number, rank = self._sort()
        edges = np.searchsorted(number, np.arange(len(self._totals) + 1)).tolist()
        best = [documents_of(rank[start:end]) for start, end in pairwise(edges)]
        every = zip(self._pieces.texts, self._totals.tolist(), best, strict=True)
        return {hash_of(text): Head(total, one) for text, total, one in every}


class Finder:
    """Finds all documents of a piece in the lists of its terms, as a reader would without heads."""

    def __init__(self, layout: Layout, files: Files) -> None:
        self._layout, self._files = layout, files
        self._shards: dict[int, Shard] = {}
        self._stands: dict[tuple[str, ...], Ints] = {}

    def head(self, text: str) -> Head:
        rows = [self._scores(text, zone) for zone in range(SOUND)]
        found = np.concatenate([documents for documents, _ in rows])
        sums = np.bincount(found, np.concatenate([some for _, some in rows]))
        documents = np.unique(found)
        best = np.sort(ranks(sums[documents], documents))[::-1][:BEST]
        return Head(len(documents), documents_of(best))

    def _scores(self, text: str, zone: int) -> tuple[Ints, npt.NDArray[np.float64]]:
        stands = self._stand(text, grams(text), zone)
        documents, times = np.unique(stands >> PLACE_BITS, return_counts=True)
        return documents, scores(zone, times)

    def _stand(self, text: str, terms: Sequence[str], zone: int) -> Ints:
        """Where the last of the terms stands behind all others; many pieces begin alike."""
        key = (str(zone), *terms)
        if key not in self._stands:
            before = self._stand(text, terms[:-1], zone) if len(terms) > 1 else None
            mixed = mix_one(term_of(terms[-1]))
            number = self._layout.shard_of(mixed)
            if number not in self._shards:
                self._shards[number] = Shard(number, self._layout, self._files)
            postings = self._shards[number].places(mixed, zone)
            nowhere = np.zeros(0, np.int64)
            self._stands[key] = (
                nowhere if postings is None else follow(postings, text, len(terms) - 1, before)
            )
        return self._stands[key]


# -- files ----------------------------------------------------------------------------------------


def number_of_files(pieces: Pieces) -> int:
    return -(-len(pieces.texts) // _EACH)


def encode_heads(
    heads: Mapping[int, Head], count: int, layout: Layout, wanted: Iterable[int]
) -> Iterator[tuple[str, bytes]]:
    """The `wanted` of `count` files, of which all heads are given."""
    homes: dict[int, list[int]] = {number: [] for number in wanted}
    for value in heads:
        if value % count in homes:
            homes[value % count].append(value)
    for number, values in homes.items():
        yield f"h.{number:x}", _encode(sorted(values), heads, layout)


def _encode(values: list[int], heads: Mapping[int, Head], layout: Layout) -> bytes:
    text = f"{len(values):016b}"
    for value in values:
        total = f"{heads[value].total:b}"
        text += f"{value:048b}" + "0" * (len(total) - 1) + total
        text += "".join([f"{one:0{layout.width}b}" for one in heads[value].best])
    size = -(-len(text) // 8)
    return layout.epoch + int(text.ljust(size * 8, "0"), 2).to_bytes(size, "big")


def read_heads(data: bytes, layout: Layout) -> dict[int, Head]:
    """The heads of a file. Raises `DamagedError`."""
    cursor = Cursor(data, layout.epoch)
    found = {}
    for _ in range(cursor.one(16)):
        value, total = cursor.one(48), cursor.gamma()
        found[value] = Head(total, tuple(cursor.one(layout.width) for _ in range(min(total, BEST))))
    return found


def renew(
    old: Pieces, new: Pieces, changed: Collection[str], layout: Layout, before: Files, now: Files
) -> Iterator[tuple[str, bytes]]:
    """The files of `new` pieces that are others than those of the `old` ones.

    `changed` is what `changed_pieces` told; `before` reads the old heads, `now` the lists as they
    are. Raises `DamagedError`.
    """
    count, earlier = number_of_files(new), number_of_files(old)
    every = {*range(count)}
    touched = {hash_of(text) % count for text in changed} if count == earlier else every
    heads: dict[int, Head] = {}
    for number in touched if count == earlier else range(earlier):
        heads |= read_heads(before(f"h.{number:x}"), layout)
    finder = Finder(layout, now)
    pieces = {*new.texts}
    for text in changed:
        heads.pop(hash_of(text), None)
        if text in pieces:
            heads[hash_of(text)] = finder.head(text)
    yield from encode_heads(heads, count, layout, sorted(touched))


def changed_pieces(
    old: Pieces, new: Pieces, before: Sequence[Texts], now: Sequence[Texts]
) -> set[str]:
    """The pieces that come or go, and those that edited documents have otherwise than before."""
    rows = [{row for texts in some for row in _rows(new, texts)} for some in (before, now)]
    edited = {new.texts[number] for number, _ in rows[0] ^ rows[1]}
    return edited | {*old.texts} ^ {*new.texts}


def _rows(pieces: Pieces, texts: Texts) -> Iterator[tuple[int, int]]:
    number, rank = pieces.found_in(texts)
    return zip(number.tolist(), rank.tolist(), strict=True)
