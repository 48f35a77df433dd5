"""Postings to the bytes of files and back.

All bits stand from the highest of a byte to the lowest. Numbers are written in parts that numpy can
write and read a thousand at a time: first all their high parts in unary (so many zeros, then a
one), then all their low parts in `k` bits each (Rice codes, taken apart). `rice_bits(n, sum)` tells
k from what is known already, so it is not stored.

A shard `t.<number>`: the epoch (4 bytes), then the number of entries (16 bits), then
    the distances of their mixed terms, without the bits that name the shard (Rice);
    for each entry a bit, one if its lists stand in a file of their own, `b.<mixed term>`;
    for each entry its zones: a one for the body alone, or a zero and a bit for each zone;
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


def encode(
    keys: Keys, places: Places, layout: Layout, shards: Sequence[int]
) -> Iterator[tuple[str, bytes]]:
    """The files of `shards`, of which all occurrences are given: sorted keys and their places."""
    numbers = np.asarray(shards, np.int64)
    if len(keys) == 0:
        for shard in shards:
            yield f"t.{shard:05x}", layout.epoch + bytes(_ENTRIES // 8)
        return
    posting = _first_of_each(keys)
    times = np.diff(posting, append=len(keys))  # how often the document has the term
    document = (keys[posting] & np.uint64((1 << DOCUMENT_BITS) - 1)).astype(np.int64)
    home = keys[posting] >> np.uint64(DOCUMENT_BITS)
    lists = _first_of_each(home)
    length = np.diff(lists, append=len(posting))
    list_zone = (home[lists] & np.uint64(7)).astype(np.uint8)
    list_term = (home[lists] >> np.uint64(3)).astype(np.uint32)
    entries = _first_of_each(list_term.astype(np.uint64))
    zones = np.diff(entries, append=len(lists))  # lists of each entry
    term = list_term[entries].astype(np.int64)
    file = np.searchsorted(numbers, term >> (32 - layout.bits))  # of each entry
    in_file = np.bincount(file, minlength=len(numbers)).astype(np.int64)
    if int(in_file.max()) >= 1 << _ENTRIES:
        raise DamagedError("too many entries in a shard")

    # the lists: documents, and how often each has the term
    spaced = _distances(document, lists)
    spaced -= 1
    spaced[lists] += 1
    documents = _rice(spaced, length, rice_bits(length, np.full(len(length), layout.space)))
    placed = has_places(list_term, list_zone)
    often = np.where(np.repeat(placed, length), times, 0)
    often_end = np.cumsum(often)
    often_bits = np.add.reduceat(often, lists)
    list_bits = documents.bits + often_bits
    entry_bits = np.add.reduceat(list_bits, entries)
    own = entry_bits > OWN_FILE

    # the directory
    gap = _distances(term & ((1 << (32 - layout.bits)) - 1), _before(in_file)[in_file > 0])
    filled = in_file[in_file > 0]
    key_numbers = _rice(
        gap, filled, rice_bits(filled, np.full(len(filled), 1 << (32 - layout.bits)))
    )
    key_bits = np.zeros(len(numbers), np.int64)
    key_bits[in_file > 0] = key_numbers.bits
    body_only = (zones == 1) & (list_zone[entries] == BODY)
    mask_bits = np.where(body_only, 1, 1 + len(ZONES))
    gamma_bits = 2 * _log2(length) + 1
    per_entry_gamma = np.add.reduceat(gamma_bits, entries)

    def by_file(per_entry: Ints) -> Ints:
        return np.bincount(file, per_entry, len(numbers)).astype(np.int64)

    sizes = [key_bits, in_file, by_file(mask_bits), by_file(per_entry_gamma)]
    sizes.append(by_file(np.where(own, 0, entry_bits)))
    own_at = np.flatnonzero(own)
    starts = _file_starts(
        np.concatenate((sum(sizes, np.full(len(numbers), _HEAD)), entry_bits[own_at] + 32))
    )
    bits = _Bits(starts)
    shard_start = starts[: len(numbers)]
    bits.low(shard_start + 32, in_file, np.full(len(numbers), _ENTRIES))
    part = shard_start + _HEAD
    _write_rice(bits, key_numbers, filled, part[in_file > 0])
    part = part + sizes[0]
    first_entry = _before(in_file)

    def entry_offset(per_entry: Ints) -> Ints:
        """Where each entry's part begins, from the beginning of that part in its file."""
        before = _before(per_entry)
        return before - before[np.minimum(first_entry, len(before) - 1)][file]

    bits.ones((part[file] + np.arange(len(term)) - first_entry[file])[own])
    part = part + sizes[1]
    mask_at = part[file] + entry_offset(mask_bits)
    bits.ones(mask_at[body_only])
    shown = ~np.repeat(body_only, zones)
    bits.ones((np.repeat(mask_at, zones) + 1 + list_zone)[shown])
    part = part + sizes[2]
    gamma_at = np.repeat(part[file] + entry_offset(per_entry_gamma), zones)
    gamma_at += _before(gamma_bits) - np.repeat(_before(gamma_bits)[entries], zones)
    _write_gamma(bits, gamma_at, length)
    part = part + sizes[3]
    data_at = part[file] + entry_offset(np.where(own, 0, entry_bits))
    data_at[own_at] = starts[len(numbers) : -1] + 32
    list_at = np.repeat(data_at, zones) + _before(list_bits)
    list_at -= np.repeat(_before(list_bits)[entries], zones)
    _write_rice(bits, documents, length, list_at)
    often_at = np.repeat(list_at + documents.bits - (often_end[lists] - often[lists]), length)
    bits.ones((often_at + often_end - 1)[often > 0])

    names = [f"t.{shard:05x}" for shard in shards] + [f"b.{term[n]:08x}" for n in own_at]
    yield from zip(names, bits.files(layout.epoch), strict=True)
    chosen = placed & (length > FEW)
    yield from _encode_places(
        _Lists(list_term, list_zone, np.repeat(file, zones), lists, length, posting, times, chosen),
        places, layout, numbers,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Lists:
    term: npt.NDArray[np.uint32]
    zone: npt.NDArray[np.uint8]
    file: Ints
    start: Ints  # of each list, its first posting
    length: Ints
    posting: Ints  # of each posting, its first occurrence
    times: Ints
    chosen: npt.NDArray[np.bool_]  # the lists that have places


def _encode_places(
    lists: _Lists, places: Places, layout: Layout, numbers: Ints
) -> Iterator[tuple[str, bytes]]:
    at = np.flatnonzero(lists.chosen)
    if len(at) == 0:
        return
    postings = np.repeat(lists.start[at], lists.length[at]) + _within(lists.length[at])
    times = lists.times[postings]
    value = places[np.repeat(lists.posting[postings], times) + _within(times)].astype(np.int64)
    value = _distances(value, _before(times))
    value[_within(times) > 0] -= 1
    counts = np.add.reduceat(times, _before(lists.length[at]))  # occurrences of each list
    k = np.minimum(rice_bits(counts, np.add.reduceat(value, _before(counts))), 15)
    coded = _rice(value, counts, k)
    size = coded.bits + 4
    own = size > OWN_FILE
    told = np.where(own, 1, size + 1)
    gamma_bits = 2 * _log2(told) + 1
    file = lists.file[at]
    used = np.unique(file)
    file = np.searchsorted(used, file)

    def by_file(per_list: Ints) -> Ints:
        return np.bincount(file, per_list, len(used)).astype(np.int64)

    directory = by_file(gamma_bits)
    own_at = np.flatnonzero(own)
    starts = _file_starts(
        np.concatenate((32 + directory + by_file(np.where(own, 0, size)), size[own_at] + 32))
    )
    bits = _Bits(starts)
    first = np.searchsorted(file, np.arange(len(used)))
    begin = _before(gamma_bits)
    _write_gamma(bits, (starts[: len(used)] + 32)[file] + begin - begin[first][file], told)
    begin = _before(np.where(own, 0, size))
    data_at = (starts[: len(used)] + 32 + directory)[file] + begin - begin[first][file]
    data_at[own_at] = starts[len(used) : -1] + 32
    bits.low(data_at, k, np.full(len(k), 4))
    _write_rice(bits, coded, counts, data_at + 4)
    names = [f"p.{numbers[n]:05x}" for n in used]
    names += [f"q.{lists.term[n]:08x}{lists.zone[n]}" for n in at[own_at]]
    yield from zip(names, bits.files(layout.epoch), strict=True)
