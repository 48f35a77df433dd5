"""Documents to the occurrences of their terms, by numpy, a few hundred documents at a time.

Where a term stands is told by its *place*: a number that grows along the document and is the same
for several neighbouring pairs. Places are given so that, for any two pairs `ab` and `bc` of one
zone, the place of the second is that of the first or the next one exactly when both stand together
as `abc`. A document has some hundred places where it has a thousand positions, so they take much
less room, and a word is found as exactly: all its pairs, each at the place of the one before or
the next. (Twice the same pair, as in `aaa`, must be at the next place.)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt

from broadsheet.search.folding import fold, fold_alone, word_units, words
from broadsheet.search.layout import BODY, DOCUMENT_BITS, SOUND, Keys, Places, mix
from broadsheet.search.sounds import sounds

Zones = Sequence[Sequence[str]]  # the texts of a document, field by field

_ZONE, _DOCUMENT = "\x1e", "\x1f"  # separators: no word characters
_BATCH_BITS, _PLACE_BITS = 9, 20  # together with zone and term, 64
_BATCH = 1 << _BATCH_BITS  # documents that are handled together
_NONE = -4  # a place before every constraint
Units = npt.NDArray[np.uint16]


def occurrences(documents: Sequence[tuple[int, Zones]]) -> tuple[Keys, Places]:
    """Every term of the documents, given with their slots: keys sorted, and the place of each.

    A key stands once for each place of its term in the document's zone; terms that have no places
    (single characters, sounds) stand once, at place 0.
    """
    ordered = sorted(documents, key=lambda pair: pair[0])
    parts = [
        part
        for start in range(0, len(ordered), _BATCH)
        for part in _batch(ordered[start : start + _BATCH])
    ]
    return merge(parts)


def pairs(texts: Sequence[str]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The different pairs of each text, and the position of the text, in the order of texts."""
    units = units_of(_DOCUMENT.join(texts))
    document = np.cumsum(units == ord(_DOCUMENT))
    word = _word_units()[units]
    at = np.flatnonzero(word[:-1] & word[1:])
    term = units[at].astype(np.int64) << 16 | units[at + 1]
    found = np.unique(document[at] << 32 | term)
    return found & 0xFFFFFFFF, found >> 32


def merge(parts: Sequence[tuple[Keys, Places]]) -> tuple[Keys, Places]:
    """Sorted parts, each with all the places of its keys, as one."""
    if not parts:
        return np.zeros(0, np.uint64), np.zeros(0, np.uint32)
    keys = np.concatenate([keys for keys, _ in parts])
    places = np.concatenate([places for _, places in parts])
    order = np.argsort(keys, kind="stable")  # quick where there are runs in order already
    return keys[order], places[order]


def _batch(documents: Sequence[tuple[int, Zones]]) -> Iterator[tuple[Keys, Places]]:
    """Pairs with their places, single characters, sounds: each sorted."""
    units = units_of(_DOCUMENT.join(_joined(zones) for _, zones in documents) + _DOCUMENT)
    ends = np.flatnonzero(units == ord(_DOCUMENT))
    starts = np.concatenate(([0], ends[:-1] + 1))
    document = np.repeat(np.arange(len(documents)), ends - starts + 1)
    zone = np.cumsum(units == ord(_ZONE)) - BODY * document
    home = (zone << _BATCH_BITS | document).astype(np.uint64)
    slots = np.array([slot for slot, _ in documents], np.uint64)
    word = _word_units()[units]
    pair = np.zeros(len(units), np.bool_)
    pair[:-1] = word[:-1] & word[1:]
    at = np.flatnonzero(pair)
    term = units[at].astype(np.uint32) << np.uint32(16) | units[at + 1]
    yield _sorted(term, home[at], _places(units, pair, starts, ends)[at], slots)
    at = np.flatnonzero(word)
    single = units[at].astype(np.uint32) << np.uint32(16)
    yield _sorted(single, home[at], np.zeros(len(at), np.uint32), slots)
    yield _sorted(*_sounds([zones for _, zones in documents]), slots)


def _sorted(
    term: npt.NDArray[np.uint32],
    home: npt.NDArray[np.uint64],
    places: Places,
    slots: npt.NDArray[np.uint64],
) -> tuple[Keys, Places]:
    """Keys and places in order and without repetition; `home` is zone and number in the batch."""
    if int(places.max(initial=0)) >> _PLACE_BITS:
        raise OverflowError("a text with more than a million places")
    packed = mix(term).astype(np.uint64) << np.uint64(32) | home << np.uint64(_PLACE_BITS) | places
    packed.sort()  # one array of plain numbers: far quicker than to sort two
    fresh = np.ones(len(packed), np.bool_)
    fresh[1:] = packed[1:] != packed[:-1]
    packed = packed[fresh]
    slot = slots[(packed >> np.uint64(_PLACE_BITS) & np.uint64(_BATCH - 1)).astype(np.intp)]
    zone = packed >> np.uint64(_PLACE_BITS + _BATCH_BITS) & np.uint64(7)
    keys = packed >> np.uint64(32) << np.uint64(32) | zone << np.uint64(DOCUMENT_BITS) | slot
    return keys, (packed & np.uint64((1 << _PLACE_BITS) - 1)).astype(np.uint32)


def _joined(zones: Zones) -> str:
    text = _ZONE.join("\n".join(texts) for texts in zones)
    if text.count(_ZONE) != BODY or _DOCUMENT in text:
        clean = {ord(_ZONE): " ", ord(_DOCUMENT): " "}
        text = _ZONE.join("\n".join(texts).translate(clean) for texts in zones)
    return text


def units_of(text: str) -> Units:
    """The UTF-16 units of the folded text.

    One look at each different character instead of each character; where characters act on each
    other (marks, far planes), the whole text is folded as it stands.
    """
    units = _encode(text)
    table = np.arange(0x10000, dtype=np.uint16)
    present = np.flatnonzero(np.bincount(units, minlength=0x10000))
    longer = {}
    for unit in present.tolist():
        folded = fold_alone(unit)
        if folded is None:
            return _encode(fold(text))
        if len(folded) == 1 and folded <= "\uffff":
            table[unit] = ord(folded)
        else:
            longer[unit] = folded
    return table[_encode(text.translate(longer))] if longer else table[units]


def _encode(text: str) -> Units:
    return np.frombuffer(text.encode("utf-16-le", "surrogatepass"), "<u2").astype(np.uint16)


@cache
def _word_units() -> npt.NDArray[np.bool_]:
    """For each UTF-16 unit whether it is part of a word."""
    units = np.frombuffer(word_units(), np.bool_).copy()
    units[0xD800:0xE000] = True  # the halves of characters beyond U+FFFF
    return units


# -- places ---------------------------------------------------------------------------------------


def _places(
    units: Units,
    pair: npt.NDArray[np.bool_],
    starts: npt.NDArray[np.intp],
    ends: npt.NDArray[np.intp],
) -> Places:
    """The place of each pair, by the position of its first unit.

    With `first(c)` and `second(c)` the place of the latest pair before this one that has the unit c
    as its first or second, the place of the pair ab is the smallest that is at least

    - the place of the pair before,
    - first(b) + 1 and second(b) + 1: a unit begins, and ends, one pair of a place at most;
    - second(a) + 2, the neighbour xa left aside: no xa before can seem to go on here.
    """
    places = np.zeros(len(units), np.uint32)
    lengths = ends - starts
    order = np.argsort(lengths, kind="stable")
    for some in np.array_split(order, max(1, len(order) // 128)):  # of about the same length
        width = int(lengths[some].max()) + 1
        column = np.arange(width)
        inside = column < lengths[some][:, None]
        index = np.where(inside, starts[some][:, None] + column, 0)
        row_units = np.where(inside, units[index], 0).astype(np.uint16)
        row_pair = inside & pair[index]
        found = _row_places(row_units, row_pair)
        places[index[row_pair]] = found[row_pair]
    return places


def _row_places(units: Units, pair: npt.NDArray[np.bool_]) -> npt.NDArray[np.int32]:
    """Places in a matrix with one document a row."""
    count, width = units.shape
    second = np.zeros_like(pair)
    second[:, 1:] = pair[:, :-1]  # the unit here is the second of the pair before
    first_before = _latest(units, pair)
    second_before = _latest(units, second)
    none = np.int64(width)  # a column that no pair has
    rows = np.arange(count)
    a_second = np.where(second_before >= 0, second_before - 1, none)
    b_first = np.full((count, width), none)
    b_second = np.full((count, width), none)
    b_first[:, :-1] = np.where(first_before[:, 1:] >= 0, first_before[:, 1:], none)
    b_first[b_first == np.arange(width)] = none  # aa: see the module's last sentence
    doubled = np.zeros_like(pair)
    doubled[:, :-1] = pair[:, :-1] & (units[:, :-1] == units[:, 1:])
    at = np.nonzero(doubled)
    earlier = first_before[at]
    b_first[at] = np.where(earlier >= 0, earlier, none)
    b_second[:, :-1] = np.where(second_before[:, 1:] >= 0, second_before[:, 1:] - 1, none)
    # by column, so that one step is one gather from flat memory
    flat = [
        np.ascontiguousarray((m * count + rows[:, None]).T) for m in (a_second, b_first, b_second)
    ]
    places = np.full((width + 1) * count, _NONE, np.int32)
    previous = np.zeros(count, np.int32)
    for column in range(width):
        here = np.maximum(previous, places.take(flat[0][column]) + 2)
        np.maximum(here, places.take(flat[1][column]) + 1, out=here)
        np.maximum(here, places.take(flat[2][column]) + 1, out=here)
        keep = pair[:, column]
        places[column * count : (column + 1) * count] = np.where(keep, here, _NONE)
        previous = np.where(keep, here, previous)
    return places[: width * count].reshape(width, count).T


def _latest(units: Units, flag: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """For each column the latest one before it in its row with the same unit and a flag, or -1."""
    width = units.shape[1]
    order = np.argsort(units, axis=1, kind="stable")
    sorted_units = np.take_along_axis(units, order, axis=1)
    sorted_flag = np.take_along_axis(flag, order, axis=1)
    rank = np.arange(width)
    seen = np.maximum.accumulate(np.where(sorted_flag, rank, -1), axis=1)
    before = np.full(units.shape, -1, np.int64)
    before[:, 1:] = seen[:, :-1]
    begins = np.ones(units.shape, np.bool_)
    begins[:, 1:] = sorted_units[:, 1:] != sorted_units[:, :-1]
    group = np.maximum.accumulate(np.where(begins, rank, 0), axis=1)
    column = np.where(before >= group, np.take_along_axis(order, np.maximum(before, 0), axis=1), -1)
    latest = np.empty_like(before)
    np.put_along_axis(latest, order, column, axis=1)
    return latest


# -- sounds ---------------------------------------------------------------------------------------


def _sounds(
    batch: Sequence[Zones],
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint64], Places]:
    terms: list[int] = []
    counts: list[int] = []
    for zones in batch:
        found = set().union(*(_sound_terms(text) for field in zones[:3] for text in field))
        terms += found
        counts.append(len(found))
    home = np.repeat(np.arange(len(batch)), counts) | SOUND << _BATCH_BITS
    return np.array(terms, np.uint32), home.astype(np.uint64), np.zeros(len(terms), np.uint32)


@lru_cache(maxsize=1 << 16)  # names and units come again and again
def _sound_terms(text: str) -> frozenset[int]:
    return frozenset().union(*(sounds(word) for word in words(fold(text))))
