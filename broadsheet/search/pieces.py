"""Pieces: texts of three units or more that many documents have; heads.py keeps a head of each.

Which texts are pieces is told by a sample, the documents of the first slots: what OFTEN of them
have. So it follows from the documents alone, and an edit outside of the sample does not change it.
Each part of a piece is one too, so pieces are found by growing: where two pieces of n units overlap
by all but one, there may be one of n + 1.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
import numpy.typing as npt

from broadsheet.search.coding import Ints
from broadsheet.search.layout import DOCUMENT_BITS, SOUND, scores
from broadsheet.search.terms import Texts, Zones, batches

MANY = 20_000  # documents, from which heads of pieces pay
SAMPLE = 1_000  # documents
OFTEN = 11  # documents of the sample, more than FEW: so all terms of a piece have places
LONGEST = 16  # units of a piece

Ranks = npt.NDArray[np.int64]  # the score * 10**8 << 29 | the document, from the last


@dataclass(frozen=True)
class Pieces:
    """Which texts are pieces, and where they stand."""

    texts: tuple[str, ...] = ()  # one character a unit; by length, then in order
    reach: int = field(default=-1, compare=False)  # the last slot of the sample
    # keys of pairs, then of pieces
    levels: tuple[Ints, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "levels", tuple(self._levels()))

    def _levels(self) -> Iterator[Ints]:
        """Keys, rising: of pairs their units, of longer ones the numbers of their two parts."""
        by_length: dict[int, list[str]] = {}
        for text in self.texts:
            by_length.setdefault(len(text), []).append(text)
        pairs = sorted({part for text in by_length.get(3, ()) for part in (text[:2], text[1:])})
        yield np.array([ord(pair[0]) << 16 | ord(pair[1]) for pair in pairs], np.int64)
        parts = {text: n for n, text in enumerate(pairs)}
        for _, texts in sorted(by_length.items()):
            # texts are in order, so their keys rise
            keys = [parts[text[:-1]] * len(parts) + parts[text[1:]] for text in texts]
            yield np.array(keys, np.int64)
            parts = {text: n for n, text in enumerate(texts)}

    def found_in(self, texts: Texts) -> tuple[Ints, Ranks]:
        """The pieces that documents have: each with the rank of each of its documents."""
        rows = [np.zeros(0, np.int64)]
        start = 0
        at = np.flatnonzero(texts.pair[:-1])
        key = texts.units[at].astype(np.int64) << 16 | texts.units[at + 1]
        for level, known in enumerate(self.levels):
            number = _numbers(known, key)
            at, number = at[number >= 0], number[number >= 0]
            if level:
                # piece, document and zone in one number
                rows.append((number + start) << 32 | texts.field[at])
                start += len(known)
            on = np.flatnonzero(np.diff(at) == 1)
            at, key = at[on], number[on] * len(known) + number[on + 1]
        return _ranked(np.concatenate(rows), texts.slots)


def _numbers(known: Ints, keys: Ints) -> Ints:
    """Where each key stands among those that are known; -1: nowhere."""
    if not len(known):
        return np.full(len(keys), -1, np.int64)
    # most keys are not known, and few bits of them tell so more quickly
    wide = 20
    seen = np.zeros(1 << wide, np.bool_)
    seen[_few_bits(known, wide)] = True
    some = np.flatnonzero(seen[_few_bits(keys, wide)])
    place = np.searchsorted(known, keys[some])
    place[place == len(known)] = 0
    result = np.full(len(keys), -1, np.int64)
    hit = known[place] == keys[some]
    result[some[hit]] = place[hit]
    return result


def _few_bits(keys: Ints, wide: int) -> npt.NDArray[np.uint64]:
    return keys.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(64 - wide)


def _ranked(rows: Ints, slots: npt.NDArray[np.uint64]) -> tuple[Ints, Ranks]:
    """Occurrences, as piece << 32 | number of the field, to pieces and ranks."""
    posting, times = np.unique(rows, return_counts=True)
    zone = (posting & 0xFFFFFFFF) % SOUND
    home = posting >> 32 << 32 | (posting & 0xFFFFFFFF) // SOUND
    first = np.flatnonzero(np.diff(home, prepend=-1))
    sums = np.add.reduceat(scores(zone, times), first) if len(first) else np.zeros(0)
    documents = slots[home[first] & 0xFFFFFFFF].astype(np.int64)
    return home[first] >> 32, ranks(sums, documents)


def ranks(sums: npt.NDArray[np.float64], documents: Ints) -> Ranks:
    """Higher for a better score, then for a lower number of the document."""
    last = (1 << DOCUMENT_BITS) - 1
    return np.round(sums * 1e8).astype(np.int64) << DOCUMENT_BITS | last - documents


def documents_of(best: Ranks) -> tuple[int, ...]:
    """The documents of ranks."""
    last = (1 << DOCUMENT_BITS) - 1
    return tuple((last - (best & last)).tolist())


# -- which texts are pieces -----------------------------------------------------------------------


def pay(documents: int) -> bool:
    """Whether so many documents have pieces."""
    return documents >= MANY


def pieces_of(documents: Iterable[tuple[int, Zones]]) -> Pieces:
    """The pieces of documents that come with their slots, rising; only the first are asked for."""
    sample = list(islice(documents, SAMPLE))
    parts = batches(sample)
    units = np.concatenate([texts.units for texts in parts])
    pair = np.concatenate([texts.pair for texts in parts])
    document = np.concatenate([_documents(texts) for texts in parts])
    at = np.flatnonzero(pair[:-1])
    key = units[at].astype(np.int64) << 16 | units[at + 1]
    found: list[str] = []
    for length in range(2, LONGEST + 1):
        known, first, number = np.unique(key, return_index=True, return_inverse=True)
        holders = np.unique(number << 32 | document[at]) >> 32
        often = np.bincount(holders, minlength=len(known)) >= OFTEN
        if length > 2:
            found += sorted(_text(units[n : n + length]) for n in at[first[often]].tolist())
        at, number = at[often[number]], number[often[number]]
        on = np.flatnonzero(np.diff(at) == 1)
        at, key = at[on], number[on] * len(known) + number[on + 1]
    return Pieces(tuple(found), sample[-1][0])


def _documents(texts: Texts) -> Ints:
    """Of each unit, the slot of its document."""
    number = np.minimum(texts.field // SOUND, len(texts.slots) - 1)
    return texts.slots[number].astype(np.int64)


def _text(units: npt.NDArray[np.uint16]) -> str:
    return "".join(map(chr, units.tolist()))


# -- kept for the next update ---------------------------------------------------------------------


def write_pieces(pieces: Pieces) -> bytes:
    return json.dumps([pieces.reach, pieces.texts]).encode()


def read_pieces(data: bytes) -> Pieces:
    """Raises `ValueError`."""
    reach, texts = json.loads(data)
    units = (np.frombuffer(text.encode("utf-16-le", "surrogatepass"), "<u2") for text in texts)
    return Pieces(tuple(map(_text, units)), reach)
