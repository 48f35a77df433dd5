"""Postings to the bytes of files and back.

All bits stand from the highest of a byte to the lowest. Numbers are written in parts that numpy can
write and read a thousand at a time: first all their high parts in unary (so many zeros, then a
one), then all their low parts in `k` bits each (Rice codes, taken apart). `rice_bits(n, sum)` tells
k from what is known already, so it is not stored. Rising numbers are written as the first one, then
the distances less one.

A shard `t.<number>`: the epoch (4 bytes), then the number of entries (16 bits), then
    their mixed terms, without the bits that name the shard (rising);
    for each entry a bit, one if only its head stands here;
    for each entry its zones: 1 for a pair in the body alone, 01 for a sound, or 00, a bit for each
        zone but the last, and a bit that is one for a single character;
    for each list (entry after entry, zone after zone) its length, in Elias's gamma code;
    for each entry its lists or its head;
    for each list of a term with more than FEW postings in all that may have places, unless only
        the head stands here, their length in bits, in gamma code;
    then those places.
A list is its documents (rising), then how often each has the term (unary), unless the term is a
single character or a sound.
A head is for a query of this term alone: how many documents have it in any zone (gamma), then the
best of them, BEST at most, as numbers of `Layout.width` bits.
Places are k (4 bits), then those of each document (rising).
A term with long lists has a file of its own, `b.<mixed term>`: a shard with its entry alone, whole.
`b.names` has these terms, NAMED at most, as long as there are no pieces: the epoch, their number
(16 bits), the mixed terms (rising).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from broadsheet.search.layout import (
    BEST,
    BODY,
    DOCUMENT_BITS,
    FEW,
    SOUND,
    ZONES,
    Keys,
    Layout,
    Places,
    has_places,
    scores,
)

Ints = npt.NDArray[np.int64]
OWN_FILE = 24_576  # bits of an entry, about; a longer one would burden every reader of its shard
NAMED = 4_096  # terms of files of their own; all readers load the names
_ENTRIES = 16  # bits of the number of entries
_HEAD = 32 + _ENTRIES
_STREAM_K = 4  # bits of the k of places
_PLACE = 6  # bits of a place, about


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
        width = width.astype(np.uint8)  # none has more than 32; narrow numbers are quick to look at
        for wide in range(1, int(width.max(initial=0)) + 1):
            chosen = np.flatnonzero(width == wide)
            if not len(chosen):
                continue
            place, number = at[chosen], value[chosen]
            for low in range(wide - wide % 8 if wide % 8 else wide - 8, -1, -8):
                eight = (number >> low).astype(np.uint8)
                for bit in range(min(7, wide - 1 - low), -1, -1):
                    self._bits[place] = eight >> np.uint8(bit) & np.uint8(1)
                    place += 1

    def files(self, epoch: bytes) -> Iterator[bytes]:
        """Each file, its first bytes those of `epoch`."""
        data = np.packbits(self._bits).tobytes()
        edges = (self.starts // 8).tolist()
        for start, end in pairwise(edges):
            yield epoch + data[start + len(epoch) : end]


def _before(counts: Ints) -> Ints:
    """Sums of all earlier counts: where each group begins when groups stand in a row."""
    return np.cumsum(counts) - counts


def _sums(values: Ints, counts: Ints) -> Ints:
    """The sum of each group; none is empty."""
    return np.add.reduceat(values, _before(counts)) if len(counts) else counts


def _first_of_each(values: npt.NDArray[np.uint64]) -> Ints:
    """Where a sorted array has a new value."""
    is_new = np.ones(len(values), np.bool_)
    is_new[1:] = values[1:] != values[:-1]
    return np.flatnonzero(is_new).astype(np.int64)


def _within(counts: Ints) -> Ints:
    """0, 1, 2 … for each group."""
    return np.arange(int(counts.sum())) - np.repeat(_before(counts), counts)


@dataclass(frozen=True, slots=True)
class _Numbers:
    """Groups of numbers as Rice codes."""

    value: Ints
    width: Ints  # of each number, its k
    ends: Ints  # of each number, where its high part ends if all high parts stood in a row
    k: Ints  # of each group
    high: Ints  # of each group, the bits of its high parts
    bits: Ints  # of each group


def _rice(value: Ints, counts: Ints, k: Ints) -> _Numbers:
    width = np.repeat(k, counts)
    ends = value >> width
    ends += 1
    np.cumsum(ends, out=ends)
    high = np.diff(ends[np.cumsum(counts) - 1], prepend=0)
    return _Numbers(value, width, ends, k, high, high + counts * k)


def _write_rice(bits: _Bits, numbers: _Numbers, counts: Ints, start: Ints) -> None:
    """Each group from its start."""
    at = np.repeat(start - _before(numbers.high) - 1, counts)
    at += numbers.ends
    bits.ones(at)
    at = np.arange(len(at))
    at *= numbers.width
    at += np.repeat(start + numbers.high - _before(counts) * numbers.k, counts)
    bits.low(at, numbers.value, numbers.width)


def rice_codes(values: Ints, counts: Ints, k: Ints) -> bytes:
    """Groups of rising numbers as the distances between them, in one run of bits."""
    if not len(values):
        return b""
    groups = _before(counts)
    numbers = _rice(_steps(values, groups), counts, k)
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


def _steps(value: Ints, starts: Ints) -> Ints:
    """Of rising numbers the first of each group, then by how much more than one each rises."""
    result = value.copy()
    result[1:] -= value[:-1] + 1
    result[starts] = value[starts]
    return result


def _file_starts(sizes: Ints) -> Ints:
    """Where files of so many bits begin, each at a whole byte; the end of the last one, too."""
    return np.concatenate(([0], np.cumsum((sizes + 7) // 8 * 8)))


@dataclass
class _Room:
    """Hands out room in files: to each item, in the file it belongs to, behind the one before."""

    file: Ints  # of each item, rising
    used: Ints  # bits of each file so far

    def take(self, bits: Ints) -> Ints:
        """So many bits for each item; where they begin in their file."""
        before = _before(bits)
        start = self.used[self.file] + before - before[np.searchsorted(self.file, self.file)]
        self.used = self.used + np.bincount(self.file, bits, len(self.used)).astype(np.int64)
        return start


@dataclass(frozen=True, slots=True)
class _Lists:
    """Sorted occurrences, seen as postings, lists of postings, entries of lists."""

    posting: Ints  # of each posting, its first occurrence
    times: Ints  # of each posting, its occurrences
    document: Ints  # of each posting
    start: Ints  # of each list, its first posting
    length: Ints  # of each list, its postings
    term: npt.NDArray[np.uint32]  # of each list, mixed
    zone: npt.NDArray[np.uint8]  # of each list
    placed: npt.NDArray[np.bool_]  # of each list: a pair or triple in a field of text
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

    @property
    def terms(self) -> Ints:
        """Of each entry, its mixed term."""
        return self.term[self.entry].astype(np.int64)

    @property
    def occurrences(self) -> Ints:
        """Of each entry."""
        return _sums(_sums(self.times, self.length), self.zones)

    def bits(self, layout: Layout) -> Ints:
        """About what each entry takes, with its places."""
        space = np.full(len(self.length), layout.space)
        k = rice_bits(self.length, space)
        documents = self.length * (2 * k + 1) // 2 + (space >> k)
        often = np.where(self.placed, _sums(self.times, self.length), 0)
        return _sums(documents + often * (1 + _PLACE), self.zones)


def encode(
    keys: Keys, places: Places, layout: Layout, shards: Sequence[int]
) -> Iterator[tuple[str, bytes]]:
    """The files of `shards`, of which all occurrences are given: sorted keys and their places."""
    filled = np.zeros(0, np.int64)
    if len(keys):
        lists = _Lists.of(keys)
        numbers = lists.terms >> (32 - layout.bits)
        filled = np.unique(numbers)
        # a reader takes the few documents of a rare term from its shard
        own = (lists.bits(layout) > OWN_FILE) & (_sums(lists.length, lists.zones) > FEW)
        mine = np.repeat(own, lists.occurrences)
        files = [f"t.{shard:x}" for shard in filled]
        here = _Content.of(keys[~mine], places[~mine], layout)
        yield from _encode(lists, np.searchsorted(filled, numbers), files, own, here, layout)
        files = [f"b.{term:x}" for term in lists.terms[own]]
        there = _Content.of(keys[mine], places[mine], layout)
        one_each, none = np.arange(len(files)), own[own] & False
        yield from _encode(there.lists, one_each, files, none, there, layout)
    for shard in np.setdiff1d(np.asarray(shards), filled):
        yield f"t.{shard:x}", layout.epoch + bytes(_ENTRIES // 8)


def encode_names(mixed: Sequence[int], layout: Layout) -> bytes:
    """The file of the terms that have files of their own, rising; of many the first."""
    terms = np.array(mixed[:NAMED], np.int64)
    count = np.array([len(terms)])
    head = layout.epoch + len(terms).to_bytes(_ENTRIES // 8, "big")
    return head + rice_codes(terms, count, rice_bits(count, np.array([1 << 32])))


def _encode(
    lists: _Lists,
    file: Ints,
    names: Sequence[str],
    own: npt.NDArray[np.bool_],
    content: _Content,
    layout: Layout,
) -> Iterator[tuple[str, bytes]]:
    """The files of `names`; `file` is that of each entry of `lists`.

    Of those in files of their `own` only the heads are written; `content` has all others.
    """
    if not names:
        return
    entries = np.bincount(file).astype(np.int64)  # of each file
    if int(entries.max()) >= 1 << _ENTRIES:
        raise DamagedError("too many entries in a shard")
    keys = _shard_keys(lists, layout, entries)
    heads = [_Head.of(lists, n) for n in np.flatnonzero(own).tolist()]
    here_bits = np.zeros(len(file), np.int64)
    here_bits[own] = [head.bits(layout) for head in heads]
    here_bits[~own] = content.entry_bits
    sound = lists.zone[lists.entry] == SOUND
    single = ~lists.placed[lists.entry] & ~sound
    body_only = (lists.zones == 1) & (lists.zone[lists.entry] == BODY) & ~single
    gamma_bits = 2 * _log2(lists.length) + 1

    room = _Room(file, np.full(len(names), _HEAD) + keys.bits)
    own_at = room.take(np.ones(len(file), np.int64))
    zones_at = room.take(np.where(body_only, 1, np.where(sound, 2, 2 + len(ZONES))))
    gamma_at = room.take(_sums(gamma_bits, lists.zones))
    here_at = room.take(here_bits)
    streams = content.streams
    room = _Room(np.repeat(file[~own], content.lists.zones)[streams.list], room.used)
    told_at = room.take(2 * _log2(streams.bits) + 1)
    stream_at = room.take(streams.bits)
    starts = _file_starts(room.used)

    bits = _Bits(starts)
    first = starts[:-1]
    bits.low(first + 32, entries, np.full(len(names), _ENTRIES))
    _write_rice(bits, keys, entries, first + _HEAD)
    base = starts[file]
    bits.ones((base + own_at)[own])
    _write_zones(bits, base + zones_at, lists, body_only, sound, single)
    _write_gamma(bits, _spread(base + gamma_at, gamma_bits, lists), lists.length)
    at = base + here_at
    for head, start in zip(heads, at[own].tolist(), strict=True):
        head.write(bits, start, layout)
    content.write(bits, at[~own])
    base = starts[room.file]
    _write_gamma(bits, base + told_at, streams.bits)
    streams.write(bits, base + stream_at)
    yield from zip(names, bits.files(layout.epoch), strict=True)


def _write_zones(
    bits: _Bits,
    at: Ints,
    lists: _Lists,
    body_only: npt.NDArray[np.bool_],
    sound: npt.NDArray[np.bool_],
    single: npt.NDArray[np.bool_],
) -> None:
    bits.ones(at[body_only])
    bits.ones((at + 1)[sound])
    bits.ones((at + 1 + len(ZONES))[single])
    several = np.repeat(~body_only & ~sound, lists.zones)
    bits.ones((np.repeat(at, lists.zones) + 2 + lists.zone)[several])


@dataclass(frozen=True, slots=True)
class _Content:
    """What stands in lists: documents, and how often and where each has the term."""

    lists: _Lists
    documents: _Numbers
    often: Ints  # of each posting, the bits that tell how often
    list_bits: Ints
    entry_bits: Ints
    streams: _Streams

    @classmethod
    def of(cls, keys: Keys, places: Places, layout: Layout) -> _Content:
        lists = _Lists.of(keys)
        spaced = _steps(lists.document, lists.start)
        space = np.full(len(lists.length), layout.space)
        documents = _rice(spaced, lists.length, rice_bits(lists.length, space))
        often = np.where(np.repeat(lists.placed, lists.length), lists.times, 0)
        list_bits = documents.bits + _sums(often, lists.length)
        entry_bits = _sums(list_bits, lists.zones)
        return cls(lists, documents, often, list_bits, entry_bits, _Streams.of(lists, places))

    def write(self, bits: _Bits, entry_at: Ints) -> None:
        """The lists; places are apart."""
        lists = self.lists
        list_at = _spread(entry_at, self.list_bits, lists)
        _write_rice(bits, self.documents, lists.length, list_at)
        ends = np.cumsum(self.often)
        often_at = list_at + self.documents.bits - (ends - self.often)[lists.start]
        bits.ones((np.repeat(often_at, lists.length) + ends - 1)[self.often > 0])


@dataclass(frozen=True, slots=True)
class _Head:
    """What a query of one term alone needs of it."""

    total: int  # documents that have it in any zone
    best: Ints

    @classmethod
    def of(cls, lists: _Lists, entry: int) -> _Head:
        """By BM25F, as answer.py and search-engine.js rank."""
        start = int(lists.entry[entry])
        some = slice(start, start + int(lists.zones[entry]))
        length = lists.length[some]
        postings = slice(int(lists.start[start]), int(lists.start[start] + length.sum()))
        times = np.where(np.repeat(lists.placed[some], length), lists.times[postings], 1)
        score = scores(np.repeat(lists.zone[some], length), times)
        sums = np.bincount(lists.document[postings], score).round(8)
        documents = np.flatnonzero(np.bincount(lists.document[postings]))
        sums = sums[documents]
        # only the best need an order
        least = np.partition(sums, -BEST)[-BEST] if len(sums) > BEST else 0.0
        best, sums = documents[sums >= least], sums[sums >= least]
        return cls(len(documents), best[np.lexsort((best, -sums))][:BEST])

    def bits(self, layout: Layout) -> int:
        return 2 * self.total.bit_length() - 1 + len(self.best) * layout.width

    def write(self, bits: _Bits, start: int, layout: Layout) -> None:
        _write_gamma(bits, np.array([start]), np.array([self.total]))
        start += 2 * self.total.bit_length() - 1
        at = start + np.arange(len(self.best)) * layout.width
        bits.low(at, self.best, np.full(len(at), layout.width))


@dataclass(frozen=True, slots=True)
class _Streams:
    """The places of the lists that keep them."""

    list: Ints  # of each stream
    counts: Ints  # of each stream, its places
    k: Ints  # of each stream
    numbers: _Numbers
    bits: Ints  # of each stream

    @classmethod
    def of(cls, lists: _Lists, places: Places) -> _Streams:
        postings = np.repeat(_sums(lists.length, lists.zones), lists.zones)  # of each list's entry
        chosen = np.flatnonzero(lists.placed & (postings > FEW))
        length = lists.length[chosen]
        postings = np.repeat(lists.start[chosen], length) + _within(length)
        times = lists.times[postings]
        value = places[np.repeat(lists.posting[postings], times) + _within(times)].astype(np.int64)
        value = _steps(value, _before(times))
        counts = _sums(times, length)
        # spread more evenly than the distances of documents, so they want more bits of each
        mean = _sums(value, counts) // counts
        k = np.minimum(_log2(np.maximum(mean, 1)), (1 << _STREAM_K) - 1)
        numbers = _rice(value, counts, k)
        return cls(chosen, counts, k, numbers, numbers.bits + _STREAM_K)

    def write(self, bits: _Bits, at: Ints) -> None:
        bits.low(at, self.k, np.full(len(at), _STREAM_K))
        _write_rice(bits, self.numbers, self.counts, at + _STREAM_K)


def _shard_keys(lists: _Lists, layout: Layout, entries: Ints) -> _Numbers:
    """The mixed terms of each shard, without the bits that name it."""
    width = 32 - layout.bits
    key = lists.term[lists.entry].astype(np.int64) & ((1 << width) - 1)
    k = rice_bits(entries, np.full(len(entries), 1 << width))
    return _rice(_steps(key, _before(entries)), entries, k)


def _spread(entry_at: Ints, bits: Ints, lists: _Lists) -> Ints:
    """Where each list's part begins, when those of an entry stand one behind the other."""
    before = _before(bits)
    return np.repeat(entry_at - before[lists.entry], lists.zones) + before
