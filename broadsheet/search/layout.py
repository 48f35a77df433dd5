"""The layout of an index: numbers for terms and documents, and which file holds what.

Everything here follows from the documents alone. templates/assets/search-index.js knows the same.

term        two neighbouring UTF-16 units of a word, first << 16 | second; a single one, unit << 16;
            three of ASCII, 7 bits each, above TRIPLE
mixed term  the term, mixed so that its highest bits spread evenly; no two terms mix alike
shard       the highest bits of the mixed term: the number of the file that holds its postings
zone        a field of the document; a match never spans two of them
document    a slot of a space with some holes, found by hashing the id: who else is there matters
            only where two documents want the same slot
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FORMAT = 5  # goes up whenever the bytes of any file change their meaning
INDEX, PREBUILT = "MAIN", "site"  # as Whoosh calls the index; our own name for the one segment
ZONES = ("title", "proposers", "hosts", "keywords", "body", "sound")
BODY, SOUND = ZONES.index("body"), ZONES.index("sound")
MIN_BITS = 4  # of the number of shards
FEW = 5  # terms with no more postings have no places: a reader loads the texts and looks
TRIPLE = 0xE0 << 24  # the first unit is of the private use area then, which no word has
BEST = 64  # documents that stand beside the name of a long list, for a query of one pair
# what a word weighs in each zone, and how soon more of it counts less: search-engine.js has it too,
# and heads hold what follows from it
WEIGHTS = (5.0, 4.0, 3.0, 2.0, 1.0, 0.0)
K1 = 1.2

DOCUMENT_BITS = 29
Keys = npt.NDArray[np.uint64]  # mixed term << 32 | zone << 29 | document
Places = npt.NDArray[np.uint32]
Zone = int | npt.NDArray[np.integer]

_FACTOR = 0x9E3779B1  # 2**32 by the golden ratio, so that neighbours come to lie far apart
_INVERSE = pow(_FACTOR, -1, 1 << 32)


@dataclass(frozen=True, slots=True)
class Layout:
    """`space` slots for documents, 2 ** `bits` shards."""

    space: int
    bits: int

    @property
    def shards(self) -> int:
        return 1 << self.bits

    @property
    def epoch(self) -> bytes:
        """Four bytes at the head of each file: files of another layout cannot be mistaken."""
        text = f"broadsheet {FORMAT} {self.space} {self.bits}"
        return hashlib.blake2b(text.encode(), digest_size=4).digest()

    @property
    def width(self) -> int:
        """Bits of the number of a document."""
        return (self.space - 1).bit_length()

    def shard_of(self, mixed: int) -> int:
        return mixed >> (32 - self.bits)


def layout_for(documents: int, postings: int) -> Layout:
    """The layout for so many documents with so many postings in all."""
    space = 8
    while documents * 10 > space * 9:
        octave = 1 << (space.bit_length() - 1)
        space += octave // 8
    bits = MIN_BITS
    # shards ≈ postings ** 0.8 / 45: 500 bytes each at 1,000 documents, 1 KB at 10,000
    while 1 << (5 * bits + 28) < postings**4:
        bits += 1
    return Layout(space, bits)


def number(ids: Iterable[str], space: int) -> dict[str, int]:
    """A slot for each id.

    Every id has its own order of slots to try and its own rank; where two want a slot, the lower
    rank has it. So the result does not depend on the order of `ids`, and one more id moves another
    only out of a slot that it takes itself.
    """
    holders: list[tuple[bytes, str, Iterator[int]] | None] = [None] * space
    for id_ in ids:
        rank = hashlib.blake2b(id_.encode(), digest_size=16).digest()
        current: tuple[bytes, str, Iterator[int]] | None = (rank, id_, _slots(rank, space))
        while current is not None:
            slot = next(current[2])
            holder = holders[slot]
            if holder is None or (current[0], current[1]) < (holder[0], holder[1]):
                holders[slot] = current
                current = holder
    return {holder[1]: slot for slot, holder in enumerate(holders) if holder is not None}


def _slots(rank: bytes, space: int) -> Iterator[int]:
    slot = int.from_bytes(rank[:8], "big") % space
    # the space has no prime factor above 13, so this step comes by every slot
    step = int.from_bytes(rank[8:12], "big") * 30_030 + 1
    for _ in range(space):
        yield slot
        slot = (slot + step) % space


# -- terms ----------------------------------------------------------------------------------------


def mix(term: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """Terms to mixed terms."""
    return term * np.uint32(_FACTOR)


def unmix(mixed: int) -> int:
    """The term of a mixed term."""
    return mixed * _INVERSE & 0xFFFFFFFF


def mix_one(term: int) -> int:
    return int(mix(np.array([term], np.uint32))[0])


def term_of(text: str) -> int:
    """One or two UTF-16 units, or three of ASCII, as a term."""
    units = text.encode("utf-16-be", "surrogatepass")
    if len(units) > 4:
        first, second, third = map(ord, text)
        return TRIPLE | first << 14 | second << 7 | third
    return int.from_bytes(units.ljust(4, b"\0"), "big")


def text_of(term: int) -> str:
    """The units of a term."""
    if term >> 24 == TRIPLE >> 24:
        return "".join(chr(term >> low & 0x7F) for low in (14, 7, 0))
    units = term.to_bytes(4, "big")
    return (units if term & 0xFFFF else units[:2]).decode("utf-16-be", "surrogatepass")


def grams(text: str) -> list[str]:
    """The terms that a text is found by: what begins at each unit, three of ASCII or else two; or
    the only unit.
    """
    units = text.encode("utf-16-be", "surrogatepass")

    def piece(at: int, count: int) -> str:
        return units[at * 2 : (at + count) * 2].decode("utf-16-be", "surrogatepass")

    def plain(at: int) -> bool:
        return 0 <= at <= len(units) // 2 - 3 and piece(at, 3).isascii()

    last = len(units) // 2 - 1
    # the last pair may stand in the triple before it
    return [piece(n, 3 if plain(n) else 2) for n in range(last - plain(last - 2) or 1)]


def scores(zone: Zone, times: npt.NDArray[np.signedinteger]) -> npt.NDArray[np.float64]:
    """What a word weighs that stands so often in a zone, or each in its own; how rare it is, aside.

    It is BM25F's, as answer.py and search-engine.js have it.
    """
    return np.asarray(np.array(WEIGHTS)[zone] * times * (K1 + 1) / (times + K1))


def has_places(mixed: npt.NDArray[np.uint32], zone: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    """Whether lists may have places: those of pairs and triples in fields of text."""
    several = (mixed * np.uint32(_INVERSE) & np.uint32(0xFFFF)) != 0
    return np.asarray((zone != SOUND) & several)
