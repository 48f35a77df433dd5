"""The bytes of the index's files back to postings; see coding.py for what stands where."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from broadsheet.search.coding import DamagedError, Ints
from broadsheet.search.layout import (
    BEST,
    BODY,
    DOCUMENT_BITS,
    FEW,
    SOUND,
    Keys,
    Layout,
    Places,
)

PLACE_BITS = 24  # of a place beside the number of its document
_LONG = 64  # numbers; from here on numpy is quicker
Files = Callable[[str], bytes]  # a file of the index by name; raises OSError


@dataclass(frozen=True, slots=True)
class Postings:
    """The documents of one term in one zone, rising; how often each has it; its places, if kept.

    `places` are those of the first document, then of the next.
    """

    documents: Ints
    times: Ints
    places: Ints | None = None


class Cursor:
    """Reads bits from the highest of a byte to the lowest.

    Short groups of numbers, which most are, are read from a string of 0 and 1: that is quicker than
    numpy, which reads the long ones.
    """

    def __init__(self, data: bytes, epoch: bytes) -> None:
        if data[:4] != epoch:
            raise DamagedError("another epoch")
        self._data = data
        self._text = f"{int.from_bytes(data, 'big'):0{len(data) * 8}b}"
        self.at = 32

    def one(self, width: int) -> int:
        """A number of `width` bits."""
        end = self.at + width
        if end > len(self._text):
            raise DamagedError("too short")
        value = int(self._text[self.at : end], 2)
        self.at = end
        return value

    def gamma(self) -> int:
        """A number in Elias's gamma code."""
        end = self._text.find("1", self.at)
        if end < 0:
            raise DamagedError("too short")
        width, self.at = end - self.at + 1, end
        return self.one(width)

    def unary(self, count: int) -> Ints:
        """So many numbers, each as zeros before a one."""
        if count > _LONG:
            ones = self._ones()
            first = int(np.searchsorted(ones, self.at))
            ends = ones[first : first + count]
            if len(ends) < count:
                raise DamagedError("too short")
            values = np.diff(ends, prepend=self.at - 1) - 1
            self.at = int(ends[-1]) + 1
            return values
        numbers, at, find = [], self.at, self._text.find
        for _ in range(count):
            end = find("1", at)
            if end < 0:
                raise DamagedError("too short")
            numbers.append(end - at)
            at = end + 1
        self.at = at
        return np.array(numbers, np.int64)

    def rice(self, count: int, k: int) -> Ints:
        """So many numbers as Rice codes, high parts first."""
        high = self.unary(count)
        if not k:
            return high
        start, end = self.at, self.at + count * k
        if end > len(self._text):
            raise DamagedError("too short")
        self.at = end
        if count > _LONG:
            rows = self._bits()[start:end].reshape(count, k)
            low = rows @ (1 << np.arange(k - 1, -1, -1, dtype=np.int64))
        else:
            text = self._text
            low = np.array([int(text[at : at + k], 2) for at in range(start, end, k)], np.int64)
        return high << k | low

    def _bits(self) -> npt.NDArray[np.uint8]:
        return np.unpackbits(np.frombuffer(self._data, np.uint8))

    def _ones(self) -> Ints:
        return np.flatnonzero(self._bits())


def _rice_width(count: int, total: int) -> int:
    """As `coding.rice_bits`, for one group."""
    k = 0
    while (count << (k + 1)) * 3 <= total * 2:
        k += 1
    return k


@dataclass(frozen=True, slots=True)
class Entry:
    """A term of a shard: its zones and how many documents have it in each."""

    mixed: int
    single: bool  # one character
    lengths: dict[int, int]
    total: int = 0  # documents, where the lists stand elsewhere
    best: tuple[int, ...] = ()  # the best of those

    def has_places(self, zone: int) -> bool:
        """Whether its lists may have places: those of pairs in fields of text."""
        return zone != SOUND and not self.single

    @property
    def keeps_places(self) -> bool:
        return sum(self.lengths.values()) > FEW


class Shard:
    """One shard, or the file of one of its terms `apart`; read as far as it is asked."""

    def __init__(self, number: int, layout: Layout, files: Files, apart: int | None = None) -> None:
        self.number, self.layout, self._files = number, layout, files
        name = f"t.{number:x}" if apart is None else f"b.{apart:x}"
        self._cursor = Cursor(files(name), layout.epoch)
        self._cache: dict[int, dict[int, Postings]] = {}
        self._apart: dict[int, Shard] = {}
        self.entries = {entry.mixed: entry for entry in self._directory()}
        self._streams = self._places_directory()

    def _directory(self) -> Iterator[Entry]:
        cursor, bits = self._cursor, 32 - self.layout.bits
        count = cursor.one(16)
        if not count:
            return
        keys = np.cumsum(cursor.rice(count, _rice_width(count, 1 << bits)) + 1) - 1
        own = [cursor.one(1) for _ in range(count)]
        zones = [self._zones() for _ in range(count)]
        lengths = [[cursor.gamma() for _ in some] for some, _ in zones]
        for key, alone, (some, single), sizes in zip(
            keys.tolist(), own, zones, lengths, strict=True
        ):
            mixed = self.number << bits | key
            entry = Entry(mixed, single, dict(zip(some, sizes, strict=True)))
            if alone:
                entry = replace(entry, total=(total := cursor.gamma()), best=self._best(total))
            else:
                self._cache[mixed] = self._lists(cursor, entry)
            yield entry

    def _best(self, total: int) -> tuple[int, ...]:
        return tuple(self._cursor.one(self.layout.width) for _ in range(min(total, BEST)))

    def _zones(self) -> tuple[tuple[int, ...], bool]:
        """The zones of an entry, and whether it is a single character."""
        if self._cursor.one(1):
            return (BODY,), False
        if self._cursor.one(1):
            return (SOUND,), False
        zones = tuple(zone for zone in range(SOUND) if self._cursor.one(1))
        return zones, self._cursor.one(1) == 1

    def _lists(self, cursor: Cursor, entry: Entry) -> dict[int, Postings]:
        return {
            zone: self._list(cursor, length, often=entry.has_places(zone))
            for zone, length in entry.lengths.items()
        }

    def _list(self, cursor: Cursor, length: int, *, often: bool) -> Postings:
        spaced = cursor.rice(length, _rice_width(length, self.layout.space))
        documents = np.cumsum(spaced + 1) - 1
        if documents[-1] >= self.layout.space:
            raise DamagedError("a document beyond the last")
        times = cursor.unary(length) + 1 if often else np.ones(length, np.int64)
        return Postings(documents, times)

    def _home(self, mixed: int) -> Shard:
        """Where the lists of a term stand."""
        if mixed not in self.entries or mixed in self._cache:
            return self
        if mixed not in self._apart:
            self._apart[mixed] = Shard(self.number, self.layout, self._files, mixed)
            if self._apart[mixed]._cache.keys() != {mixed}:
                raise DamagedError("other lists than this term's")
        return self._apart[mixed]

    def postings(self, mixed: int) -> dict[int, Postings]:
        """The lists of a term by zone, without places; empty if no document has it."""
        return self._home(mixed)._cache.get(mixed, {})

    def places(self, mixed: int, zone: int) -> Postings | None:
        """The list of a term in a zone with its places; None where they are not kept."""
        home = self._home(mixed)
        if (mixed, zone) not in home._streams:
            return None
        home._cursor.at = home._streams[mixed, zone]
        postings = home._cache[mixed][zone]
        places = _read_places(home._cursor, postings.times)
        return Postings(postings.documents, postings.times, places)

    def _places_directory(self) -> dict[tuple[int, int], int]:
        """Where the places of each list begin."""
        kept = [
            (mixed, zone)
            for mixed in self._cache
            for zone in self.entries[mixed].lengths
            if self.entries[mixed].keeps_places and self.entries[mixed].has_places(zone)
        ]
        sizes = [self._cursor.gamma() for _ in kept]
        starts = np.cumsum([self._cursor.at, *sizes]).tolist()
        return dict(zip(kept, starts, strict=False))

    def with_places(self) -> Iterator[tuple[int, int, Postings]]:
        """Every list of the shard: mixed term, zone, postings with places where they are kept."""
        for mixed in self.entries:
            for zone, postings in self.postings(mixed).items():
                yield mixed, zone, self.places(mixed, zone) or postings


def _read_places(cursor: Cursor, times: Ints) -> Ints:
    total = int(times.sum())
    k = cursor.one(4)
    spaced = cursor.rice(total, k) + 1
    sums = np.cumsum(spaced)
    first = np.cumsum(times) - times
    base = np.repeat(sums[first] - spaced[first], times)
    return np.asarray(sums - base - 1)


def follow(postings: Postings, text: str, number: int, reached: Ints | None = None) -> Ints:
    """Where the term of this number in a text stands, as document << PLACE_BITS | place.

    Each at the place that the term before has `reached`, or the next one; see terms.py.
    """
    places = np.zeros(0, np.int64) if postings.places is None else postings.places
    here = np.repeat(postings.documents, postings.times) << PLACE_BITS | places
    if reached is None:
        return here
    units = text.encode("utf-16-be", "surrogatepass")
    a, b, c = (units[at : at + 2] for at in range(2 * number - 2, 2 * number + 4, 2))
    follows = np.isin(here - 1, reached)
    if not a == b == c:
        follows |= np.isin(here, reached)
    return here[follows]


def occurrences_of(shard: Shard) -> tuple[Keys, Places, npt.NDArray[np.bool_]]:
    """All a shard holds as occurrences, sorted; the flag tells where a place is not known."""
    keys: list[Keys] = []
    places: list[Places] = []
    unknown: list[npt.NDArray[np.bool_]] = []
    for mixed, zone, postings in shard.with_places():
        home = np.uint64((mixed << 3 | zone) << DOCUMENT_BITS)
        key = home | np.repeat(postings.documents, postings.times).astype(np.uint64)
        keys.append(key)
        lost = postings.places is None and shard.entries[mixed].has_places(zone)
        places.append(
            np.zeros(len(key), np.uint32)
            if postings.places is None
            else postings.places.astype(np.uint32)
        )
        unknown.append(np.full(len(key), lost))
    if not keys:
        return np.zeros(0, np.uint64), np.zeros(0, np.uint32), np.zeros(0, np.bool_)
    return np.concatenate(keys), np.concatenate(places), np.concatenate(unknown)
