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
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from broadsheet.search.folding import fold, fold_alone, word_units
from broadsheet.search.layout import BODY, DOCUMENT_BITS, SOUND, TRIPLE, Keys, Places, mix
from broadsheet.search.sounds import sounds

Zones = Sequence[Sequence[str]]  # the texts of a document, field by field

_ZONE, _DOCUMENT = "\x1e", "\x1f"  # separators: no word characters
_BATCH_BITS, _PLACE_BITS = 9, 20  # together with zone and term, 64
_BATCH = 1 << _BATCH_BITS  # documents that are handled together
Units = npt.NDArray[np.uint16]
Ints = npt.NDArray[np.signedinteger]


@dataclass(frozen=True, slots=True)
class Texts:
    """The folded texts of some documents, one behind the other, as UTF-16 units."""

    documents: Sequence[tuple[int, Zones]]  # with their slots
    slots: npt.NDArray[np.uint64]
    units: Units
    pair: npt.NDArray[np.bool_]  # of each unit: a pair begins here
    field: npt.NDArray[np.int32]  # of each unit: SOUND times the number of the document, plus zone
    ends: Ints  # of each field

    @classmethod
    def of(cls, documents: Sequence[tuple[int, Zones]]) -> Texts:
        units = units_of(_DOCUMENT.join(_joined(zones) for _, zones in documents) + _DOCUMENT)
        ends = (units == ord(_ZONE)) | (units == ord(_DOCUMENT))
        word = _word_units()[units]
        pair = np.zeros(len(units), np.bool_)
        pair[:-1] = word[:-1] & word[1:]
        slots = np.array([slot for slot, _ in documents], np.uint64)
        field = np.cumsum(ends, dtype=np.int32)
        return cls(documents, slots, units, pair, field, np.flatnonzero(ends))


def batches(documents: Sequence[tuple[int, Zones]]) -> list[Texts]:
    """The texts of documents, as many at a time as can be handled together."""
    ordered = sorted(documents, key=lambda pair: pair[0])
    starts = range(0, len(ordered), _BATCH)
    return [Texts.of(ordered[start : start + _BATCH]) for start in starts]


def occurrences(documents: Sequence[tuple[int, Zones]]) -> tuple[Keys, Places]:
    """Every term of the documents, given with their slots: keys sorted, and the place of each.

    A key stands once for each place of its term in the document's zone; terms that have no places
    (single characters, sounds) stand once, at place 0.
    """
    return occurrences_in(batches(documents))


def occurrences_in(batches: Sequence[Texts]) -> tuple[Keys, Places]:
    """The same for texts."""
    return merge([part for texts in batches for part in _terms(texts)])


def pairs(texts: Sequence[str]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The different pairs of each text, and the position of the text, in the order of texts."""
    units = units_of(_DOCUMENT.join(texts))
    document = np.cumsum(units == ord(_DOCUMENT))
    word = _word_units()[units]
    at = np.flatnonzero(word[:-1] & word[1:])
    term = units[at].astype(np.int64) << 16 | units[at + 1]
    found = np.sort(document[at] << 32 | term)
    found = found[np.diff(found, prepend=-1) > 0]
    return found & 0xFFFFFFFF, found >> 32


def documents_in(keys: Keys) -> npt.NDArray[np.int64]:
    """The document of each key."""
    return (keys & np.uint64((1 << DOCUMENT_BITS) - 1)).astype(np.int64)


def postings_in(keys: Keys, space: int) -> dict[int, int]:
    """How many terms (per zone) each document has."""
    fresh = np.ones(len(keys), np.bool_)
    fresh[1:] = keys[1:] != keys[:-1]
    counts = np.bincount(documents_in(keys[fresh]), minlength=space)
    return {int(slot): int(counts[slot]) for slot in np.flatnonzero(counts)}


def merge(parts: Sequence[tuple[Keys, Places]]) -> tuple[Keys, Places]:
    """Sorted parts, each with all the places of its keys, as one."""
    if not parts:
        return np.zeros(0, np.uint64), np.zeros(0, np.uint32)
    keys = np.concatenate([keys for keys, _ in parts])
    places = np.concatenate([places for _, places in parts])
    order = np.argsort(keys, kind="stable")  # quick where there are runs in order already
    return keys[order], places[order]


def _terms(texts: Texts) -> Iterator[tuple[Keys, Places]]:
    """Pairs and triples with their places, single characters, sounds: each sorted."""
    units, pair, field, slots = texts.units, texts.pair, texts.field, texts.slots
    number = np.arange(len(slots) * SOUND, dtype=np.uint64)
    homes = number % np.uint64(SOUND) << np.uint64(_BATCH_BITS) | number // np.uint64(SOUND)
    at = np.flatnonzero(pair)
    term = units[at].astype(np.uint32) << np.uint32(16) | units[at + 1]
    places = _places(units, pair, field, texts.ends)
    yield _sorted(term, homes[field[at]], places, slots)
    plain = units < 0x80
    three = np.zeros_like(pair)
    three[:-2] = pair[:-2] & pair[1:-1] & plain[:-2] & plain[1:-1] & plain[2:]
    some = np.flatnonzero(three[at])
    yield _sorted(_triples(units, at[some]), homes[field[at[some]]], places[some], slots)
    at = np.flatnonzero(_word_units()[units])
    single = units[at].astype(np.uint32) << np.uint32(16)
    yield _sorted(single, homes[field[at]], np.zeros(len(at), np.uint32), slots)
    yield _sorted(*_sounds([zones for _, zones in texts.documents]), slots)


def _triples(units: Units, at: Ints) -> npt.NDArray[np.uint32]:
    one, two, three = (units[at + n].astype(np.uint32) for n in range(3))
    return np.uint32(TRIPLE) | one << np.uint32(14) | two << np.uint32(7) | three


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
    for unit, folded in longer.items():
        text = text.replace(chr(unit), folded)  # far quicker than `translate`
    return table[_encode(text)] if longer else table[units]


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
    units: Units, pair: npt.NDArray[np.bool_], field: npt.NDArray[np.int32], ends: Ints
) -> Places:
    """The place of each pair, in each field from 0; `pair` says of each unit if one begins there.

    With `first(c)` and `second(c)` the place of the latest pair before this one that has the unit c
    as its first or second, the place of the pair ab is the smallest that is at least

    - the place of the pair before,
    - first(b) + 1 and second(b) + 1: a unit begins, and ends, one pair of a place at most;
    - second(a) + 2, the neighbour xa left aside: no xa before can seem to go on here.

    Places never fall, so of `first(b)` and `second(b)` the later pair tells. And so places need not
    be told pair by pair: from where a place begins, the next one begins at the first pair that a
    pair since then makes go on. That is one step a place, for all fields at once.
    """
    at = np.flatnonzero(pair)
    second = np.zeros_like(pair)
    second[1:] = pair[:-1]  # the unit here is the second of the pair before
    first_before, second_before = _latest(units, field, pair, second)
    begins = first_before[at + 1]
    doubled = begins == at  # aa: see the module's last sentence
    begins[doubled] = first_before[at[doubled]]
    apart = second_before - 1  # of each unit a, the latest pair xa but for the direct neighbour
    one_on = _next_held(at, np.maximum(begins, apart[at + 1]), len(units))
    two_on = _next_held(at, apart[at], len(units))
    steps = np.zeros(len(units), np.int32)
    start = np.concatenate(([0], ends[:-1] + 1))
    here = before = start  # where the place begins, and where the one before it
    while len(here):
        there = np.minimum(one_on[here], two_on[before])
        more = there < ends
        here, before, there, ends = here[more], before[more], there[more], ends[more]
        far = apart[there] >= here
        steps[there] = far + np.int32(1)
        here, before = there, np.where(far, there, here)
    places = np.cumsum(steps, dtype=np.int32)
    return (places[at] - places[start][field[at]]).astype(np.uint32)


def _next_held(at: Ints, by: Ints, count: int) -> Ints:
    """For each unit the first pair of those `at` that is held `by` a pair there or later."""
    held = np.full(count + 1, count, np.int32)
    some = np.flatnonzero(by >= 0)[::-1]
    held[by[some]] = at[some]  # of several the last one stays, which is the first in the text
    return np.minimum.accumulate(held[::-1])[::-1]


def _latest(
    units: Units, field: npt.NDArray[np.int32], *flags: npt.NDArray[np.bool_]
) -> list[npt.NDArray[np.int32]]:
    """For each unit the latest same one before it in its field that has the flag, or -1."""
    some = np.flatnonzero(np.logical_or.reduce(flags)).astype(np.int32)
    order = some[np.argsort(units[some], kind="stable")]
    unit, home = units[order], field[order]
    fresh = np.ones(len(order), np.bool_)
    fresh[1:] = (unit[1:] != unit[:-1]) | (home[1:] != home[:-1])
    found = []
    for flag in flags:
        flagged = flag[order]
        marked = flagged | fresh  # what ends the search for the latest one, found or not
        marks = np.flatnonzero(marked)
        before = marks[np.cumsum(marked[:-1]) - 1]
        there = np.flatnonzero(flagged[before] & ~fresh[1:])
        latest = np.full(len(units) + 1, -1, np.int32)
        latest[order[there + 1]] = order[before[there]]
        found.append(latest)
    return found


# -- sounds ---------------------------------------------------------------------------------------


def _sounds(
    batch: Sequence[Zones],
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint64], Places]:
    """The sounds of titles, names and units, as `_sorted` wants them."""
    texts: dict[str, int] = {}  # names and units come again and again
    spoken = [
        (texts.setdefault(text, len(texts)), number)
        for number, zones in enumerate(batch)
        for field in zones[:3]
        for text in field
    ]
    joined = _DOCUMENT.join(texts)
    if joined.count(_DOCUMENT) >= max(1, len(texts)):
        joined = _DOCUMENT.join(text.replace(_DOCUMENT, " ") for text in texts)
    codes = _codes(units_of(joined + _DOCUMENT))
    ends = np.flatnonzero(codes == ord(_DOCUMENT))
    codes[~_is_word(codes)] = 0
    term, at = sounds(codes)
    text = np.searchsorted(ends, at)
    order = np.argsort(text, kind="stable")
    term, count = term[order], np.bincount(text, minlength=len(texts))
    which, number = np.array(spoken, np.int64).reshape(-1, 2).T
    times = count[which]
    source = np.repeat((np.cumsum(count) - count)[which] - (np.cumsum(times) - times), times)
    term = term[source + np.arange(len(source))]
    home = np.repeat(number, times) | SOUND << _BATCH_BITS
    return term, home.astype(np.uint64), np.zeros(len(term), np.uint32)


def _codes(units: Units) -> npt.NDArray[np.uint32]:
    """Units as code points."""
    if not np.any((units >= 0xD800) & (units < 0xE000)):
        return units.astype(np.uint32)
    text = units.astype("<u2").tobytes().decode("utf-16-le", "surrogatepass")
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint32)


def _is_word(codes: npt.NDArray[np.uint32]) -> npt.NDArray[np.bool_]:
    """Whether code points are part of words."""
    near = np.frombuffer(word_units(), np.bool_)
    return np.where(codes > 0xFFFF, True, near[np.minimum(codes, 0xFFFF)])
