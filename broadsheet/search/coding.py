"""Postings to the bytes of files and back.

All bits stand from the highest of a byte to the lowest. Numbers are written in parts that numpy can
write and read a thousand at a time: first all their high parts in unary (so many zeros, then a
one), then all their low parts in `k` bits each (Rice codes, taken apart). `rice_bits(n, sum)` tells
k from what is known already, so it is not stored.

A shard `t.<number>`: the epoch (4 bytes), then the number of entries (16 bits), then
    the distances of their mixed terms, without the bits that name the shard (Rice);
    for each entry a bit, one if its lists stand in a file of their own, `b.<mixed term>`;
    for each entry its zones: 1 for a pair in the body alone, 01 for a sound, or 00, a bit for each
        zone but the last, and a bit that is one for a single character;
    for each list (entry after entry, zone after zone) its length, in Elias's gamma code;
    for each list the distances of its documents (Rice), then how often each has the term (unary),
    unless the term is a single character or a sound.
A file `p.<number>` has the places of the lists of that shard that have more than FEW documents:
    the epoch; for each list the length of its bits in gamma code (1: a file of its own,
    `q.<mixed term><zone>`); then for each list k (4 bits) and the places: per document the first
    one, then distances less one (Rice).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from broadsheet.search.layout import (
    BODY,
    DOCUMENT_BITS,
    FEW,
    SOUND,
    ZONES,
    Keys,
    Layout,
    Places,
    has_places,
)

Ints = npt.NDArray[np.int64]
OWN_FILE = 16_384  # bits; a longer list would burden every reader of its shard
_ENTRIES = 16  # bits of the number of entries
_HEAD = 32 + _ENTRIES


class DamagedError(Exception):
    """A file of the index does not hold what it should."""


def rice_bits(count: Ints, total: Ints) -> Ints:
    """The width k of the low parts of `count` numbers that add up to about `total`."""
    k = np.zeros(len(count), np.int64)
    for width in range(1, 32):
        k += (count << width) * 3 <= total * 2
    return k


@dataclass
class _Bits:
    """Files under construction: one long run of bits, each file at a whole byte."""

    starts: Ints  # the first bit of each file

    def __post_init__(self) -> None:
        self._bits = np.zeros(int(self.starts[-1]), np.uint8)

    def ones(self, at: Ints) -> None:
        self._bits[at] = 1

    def low(self, at: Ints, value: Ints, width: Ints) -> None:
        """The lowest `width` bits of each value, the first of them at `at`."""
        for bit in range(int(width.max(initial=0))):
            chosen = (width > bit) & ((value >> np.maximum(width - 1 - bit, 0)) & 1 == 1)
            self._bits[at[chosen] + bit] = 1

    def files(self, epoch: bytes) -> Iterator[bytes]:
        """Each file, its first bytes those of `epoch`."""
        data = np.packbits(self._bits).tobytes()
        edges = (self.starts // 8).tolist()
        for start, end in pairwise(edges):
            yield epoch + data[start + len(epoch) : end]


def _before(counts: Ints) -> Ints:
    """Sums of all earlier counts: where each group begins when groups stand in a row."""
    return np.cumsum(counts) - counts


def _first_of_each(values: npt.NDArray[np.uint64]) -> Ints:
    """Where a sorted array has a new value."""
    return np.flatnonzero(np.concatenate(([True], values[1:] != values[:-1]))).astype(np.int64)


def _within(counts: Ints) -> Ints:
    """0, 1, 2 … for each group."""
    return np.arange(int(counts.sum())) - np.repeat(_before(counts), counts)


@dataclass(frozen=True, slots=True)
class _Numbers:
    """Groups of numbers as Rice codes: where each part will stand, from the start of its group."""

    high: Ints  # of each number, the bit of its one
    low: Ints  # of each number, the first bit of its low part
    value: Ints
    width: Ints  # of each number, its k
    bits: Ints  # of each group


def _rice(value: Ints, counts: Ints, k: Ints) -> _Numbers:
    width = np.repeat(k, counts)
    unary = (value >> width) + 1
    ends = np.cumsum(unary)
    group_end = ends[np.cumsum(counts) - 1]
    group_start = np.concatenate(([0], group_end[:-1]))
    high = ends - 1 - np.repeat(group_start, counts)
    long = group_end - group_start
    low = np.repeat(long, counts) + _within(counts) * width
    return _Numbers(high, low, value, width, long + counts * k)


def _write_rice(bits: _Bits, numbers: _Numbers, counts: Ints, start: Ints) -> None:
    base = np.repeat(start, counts)
    bits.ones(base + numbers.high)
    bits.low(base + numbers.low, numbers.value, numbers.width)


def rice_codes(values: Ints, counts: Ints, k: Ints) -> bytes:
    """Groups of rising numbers as the distances between them, in one run of bits."""
    if not len(values):
        return b""
    groups = _before(counts)
    spaced = _distances(values, groups) - 1
    spaced[groups] += 1
    numbers = _rice(spaced, counts, k)
    bits = _Bits(_file_starts(np.array([int(numbers.bits.sum())])))
    _write_rice(bits, numbers, counts, _before(numbers.bits))
    return b"".join(bits.files(b""))


def _log2(value: Ints) -> Ints:
    """The highest bit of each number above 0."""
    return np.frexp(value.astype(np.float64))[1].astype(np.int64) - 1


def _write_gamma(bits: _Bits, at: Ints, value: Ints) -> None:
    width = _log2(value)
    bits.ones(at + width)
    bits.low(at + width + 1, value, width)


def _distances(value: Ints, starts: Ints) -> Ints:
    """The first of each group as it is, the others less the one before."""
    result = value.copy()
    result[1:] -= value[:-1]
    result[starts] = value[starts]
    return result


def _file_starts(sizes: Ints) -> Ints:
    """Where files of so many bits begin, each at a whole byte; the end of the last one, too."""
    return np.concatenate(([0], np.cumsum((sizes + 7) // 8 * 8)))


@dataclass
class _Room:
    """Hands out room in files: to each item, in the file it belongs to, behind the one before."""

    file: Ints  # of each item, rising; every file has one
    used: Ints  # bits of each file so far

    def take(self, bits: Ints) -> Ints:
        """So many bits for each item; where they begin in their file."""
        before = _before(bits)
        first = np.searchsorted(self.file, np.arange(len(self.used)))
        start = self.used[self.file] + before - before[first][self.file]
        self.used = self.used + np.bincount(self.file, bits, len(self.used)).astype(np.int64)
        return start


@dataclass(frozen=True, slots=True)
class _Lists:
    """Sorted occurrences, seen as postings, lists of postings, entries of lists, shards."""

    posting: Ints  # of each posting, its first occurrence
    times: Ints  # of each posting, its occurrences
    document: Ints  # of each posting
    start: Ints  # of each list, its first posting
    length: Ints  # of each list, its postings
    term: npt.NDArray[np.uint32]  # of each list, mixed
    zone: npt.NDArray[np.uint8]  # of each list
    placed: npt.NDArray[np.bool_]  # of each list: a pair in a field of text
    entry: Ints  # of each entry, its first list
    zones: Ints  # of each entry, its lists

    @classmethod
    def of(cls, keys: Keys) -> _Lists:
        posting = _first_of_each(keys)
        home = keys[posting] >> np.uint64(DOCUMENT_BITS)
        start = _first_of_each(home)
        term = (home[start] >> np.uint64(3)).astype(np.uint32)
        zone = (home[start] & np.uint64(7)).astype(np.uint8)
        entry = _first_of_each(term.astype(np.uint64))
        return cls(
            posting,
            np.diff(posting, append=len(keys)),
            (keys[posting] & np.uint64((1 << DOCUMENT_BITS) - 1)).astype(np.int64),
            start,
            np.diff(start, append=len(posting)),
            term,
            zone,
            has_places(term, zone),
            entry,
            np.diff(entry, append=len(start)),
        )

    def shard(self, layout: Layout) -> Ints:
        """Of each entry, the number of its shard."""
        return self.term[self.entry].astype(np.int64) >> (32 - layout.bits)


def encode(
    keys: Keys, places: Places, layout: Layout, shards: Sequence[int]
) -> Iterator[tuple[str, bytes]]:
    """The files of `shards`, of which all occurrences are given: sorted keys and their places."""
    filled = np.zeros(0, np.int64)
    if len(keys):
        lists = _Lists.of(keys)
        filled = np.unique(lists.shard(layout))
        yield from _encode_shards(lists, layout, filled)
        yield from _encode_places(lists, places, layout)
    for shard in np.setdiff1d(np.asarray(shards), filled):
        yield f"t.{shard:05x}", layout.epoch + bytes(_ENTRIES // 8)


def _encode_shards(lists: _Lists, layout: Layout, shards: Ints) -> Iterator[tuple[str, bytes]]:
    file = np.searchsorted(shards, lists.shard(layout))  # of each entry
    entries = np.bincount(file).astype(np.int64)  # of each file
    if int(entries.max()) >= 1 << _ENTRIES:
        raise DamagedError("too many entries in a shard")
    keys = _shard_keys(lists, layout, entries)
    spaced = _distances(lists.document, lists.start) - 1
    spaced[lists.start] += 1
    space = np.full(len(lists.length), layout.space)
    documents = _rice(spaced, lists.length, rice_bits(lists.length, space))
    often = np.where(np.repeat(lists.placed, lists.length), lists.times, 0)
    list_bits = documents.bits + np.add.reduceat(often, lists.start)
    entry_bits = np.add.reduceat(list_bits, lists.entry)
    own = entry_bits > OWN_FILE
    single = ~lists.placed[lists.entry] & (lists.zone[lists.entry] != SOUND)
    body_only = (lists.zones == 1) & (lists.zone[lists.entry] == BODY) & ~single
    gamma_bits = 2 * _log2(lists.length) + 1

    sound = lists.zone[lists.entry] == SOUND
    several = ~body_only & ~sound

    room = _Room(file, _HEAD + keys.bits)
    own_at = room.take(np.ones(len(file), np.int64))
    zones_at = room.take(np.where(body_only, 1, np.where(sound, 2, 2 + len(ZONES))))
    gamma_at = room.take(np.add.reduceat(gamma_bits, lists.entry))
    lists_at = room.take(np.where(own, 0, entry_bits))
    starts = _file_starts(np.concatenate((room.used, 32 + entry_bits[own])))
    base = starts[file]

    bits = _Bits(starts)
    head = starts[: len(shards)]
    bits.low(head + 32, entries, np.full(len(shards), _ENTRIES))
    _write_rice(bits, keys, entries, head + _HEAD)
    bits.ones((base + own_at)[own])
    bits.ones((base + zones_at)[body_only])
    bits.ones((base + zones_at + 1)[sound])
    bits.ones((base + zones_at + 1 + len(ZONES))[single])
    shown = np.repeat(several, lists.zones)
    bits.ones((np.repeat(base + zones_at, lists.zones) + 2 + lists.zone)[shown])
    _write_gamma(bits, _spread(base + gamma_at, gamma_bits, lists), lists.length)
    at = base + lists_at
    at[own] = starts[len(shards) : -1] + 32
    list_at = _spread(at, list_bits, lists)
    _write_rice(bits, documents, lists.length, list_at)
    ends = np.cumsum(often)
    often_at = list_at + documents.bits - (ends - often)[lists.start]
    bits.ones((np.repeat(often_at, lists.length) + ends - 1)[often > 0])
    names = [f"t.{shard:05x}" for shard in shards]
    names += [f"b.{term:08x}" for term in lists.term[lists.entry][own]]
    yield from zip(names, bits.files(layout.epoch), strict=True)


def _shard_keys(lists: _Lists, layout: Layout, entries: Ints) -> _Numbers:
    """The mixed terms of each shard, without the bits that name it."""
    width = 32 - layout.bits
    key = lists.term[lists.entry].astype(np.int64) & ((1 << width) - 1)
    k = rice_bits(entries, np.full(len(entries), 1 << width))
    return _rice(_distances(key, _before(entries)), entries, k)


def _spread(entry_at: Ints, bits: Ints, lists: _Lists) -> Ints:
    """Where each list's part begins, when those of an entry stand one behind the other."""
    before = _before(bits)
    return np.repeat(entry_at - before[lists.entry], lists.zones) + before


def _encode_places(lists: _Lists, places: Places, layout: Layout) -> Iterator[tuple[str, bytes]]:
    chosen = np.flatnonzero(lists.placed & (lists.length > FEW))
    if not len(chosen):
        return
    length = lists.length[chosen]
    postings = np.repeat(lists.start[chosen], length) + _within(length)
    times = lists.times[postings]
    value = places[np.repeat(lists.posting[postings], times) + _within(times)].astype(np.int64)
    value = _distances(value, _before(times)) - 1
    value[_before(times)] += 1
    counts = np.add.reduceat(times, _before(length))  # occurrences of each list
    k = np.minimum(rice_bits(counts, np.add.reduceat(value, _before(counts))), 15)
    coded = _rice(value, counts, k)
    size = coded.bits + 4
    own = size > OWN_FILE
    told = np.where(own, 1, size + 1)
    shards, file = np.unique(
        lists.term[chosen].astype(np.int64) >> (32 - layout.bits), return_inverse=True
    )
    room = _Room(file, np.full(len(shards), 32))
    told_at = room.take(2 * _log2(told) + 1)
    at = room.take(np.where(own, 0, size))
    starts = _file_starts(np.concatenate((room.used, 32 + size[own])))
    bits = _Bits(starts)
    _write_gamma(bits, starts[file] + told_at, told)
    at = starts[file] + at
    at[own] = starts[len(shards) : -1] + 32
    bits.low(at, k, np.full(len(k), 4))
    _write_rice(bits, coded, counts, at + 4)
    names = [f"p.{shard:05x}" for shard in shards]
    names += [f"q.{lists.term[n]:08x}{lists.zone[n]}" for n in chosen[own]]
    yield from zip(names, bits.files(layout.epoch), strict=True)
