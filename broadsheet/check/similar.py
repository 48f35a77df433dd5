"""Texts that are nearly the same: B811 titles, B812 paragraphs. Nothing here is quadratic.

Pieces of `size` characters are hashed, and of any `window` neighbours the smallest hash is kept
(winnowing): two texts that share `size + window - 1` characters in a row share a kept hash. Hashes
that stand in many texts are phrases of the trade and point nowhere; what else is shared makes
candidates, and only those are compared in full.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]

SHORTEST = 40  # characters that two paragraphs must share
ALIKE = 0.75  # of the shorter paragraph
PIECE = 8  # characters compared as one
COMMON = 12  # texts; what stands in more of them says nothing
MOST = 200_000  # candidates that are compared at most

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_WORD = re.compile(r"[0-9A-Za-z\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")


def letters(text: str) -> str:
    """A text by its word characters alone, as it is compared."""
    return "".join(_WORD.findall(text)).lower()


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts by their positions, `first` < `second`, and how many characters they share."""

    first: int
    second: int
    shared: int


def nearly_the_same(texts: Sequence[str]) -> Iterator[Pair]:
    """For each text that repeats another, its best match among those before it.

    `texts` are `letters`. Raises nothing.
    """
    first_of: dict[bytes, int] = {}
    same: dict[int, int] = {}
    for position, text in enumerate(texts):
        digest = hashlib.blake2b(text.encode(), digest_size=12).digest()
        if first_of.setdefault(digest, position) != position:
            same[position] = first_of[digest]
    best = {second: Pair(first, second, len(texts[second])) for second, first in same.items()}
    others = [n for n in range(len(texts)) if n not in same]
    for one, two in candidates([texts[n] for n in others], PIECE, PIECE, COMMON, 2):
        first, second = others[one], others[two]
        shared = _shared(texts[first], texts[second])
        shorter = min(len(texts[first]), len(texts[second]))
        known = best.get(second)
        if (
            shared >= SHORTEST
            and shared >= ALIKE * shorter
            and (known is None or known.shared < shared)
        ):
            best[second] = Pair(first, second, shared)
    for second in sorted(best):
        if len(texts[second]) >= SHORTEST:
            yield best[second]


def _shared(one: str, other: str) -> int:
    """How many characters of the shorter text stand, in pieces, in the longer one."""
    if len(one) > len(other):
        one, other = other, one
    pieces = {other[n : n + PIECE] for n in range(len(other) - PIECE + 1)}
    covered, until = 0, 0
    for start in range(len(one) - PIECE + 1):
        if one[start : start + PIECE] in pieces:
            covered += start + PIECE - max(until, start)
            until = start + PIECE
    return covered


def candidates(
    texts: Sequence[str], size: int, window: int, common: int, least: int = 1
) -> list[tuple[int, int]]:
    """Pairs of positions that share `least` kept hashes which are not common."""
    hashes, owners = _kept(texts, size, window)
    if not len(hashes):
        return []
    order = np.lexsort((owners, hashes))
    hashes, owners = hashes[order], owners[order]
    edges = np.flatnonzero(np.concatenate(([True], hashes[1:] != hashes[:-1], [True])))
    lengths = np.diff(edges)
    starts = edges[:-1]
    found: list[Places] = []
    for length in range(2, common + 1):  # all groups of one length at a time
        group = starts[lengths == length]
        for a in range(length):
            found += (
                owners[group + a] * len(texts) + owners[group + b] for b in range(a + 1, length)
            )
    if not found:
        return []
    joined: Places = np.concatenate(found)
    pairs, shared = np.unique(joined, return_counts=True)
    pairs, shared = pairs[shared >= least], shared[shared >= least]
    if len(pairs) > MOST:  # those that share most
        pairs = pairs[np.argsort(-shared, kind="stable")[:MOST]]
    return [divmod(int(pair), len(texts)) for pair in pairs]


def _kept(texts: Sequence[str], size: int, window: int) -> tuple[Hashes, Places]:
    """The kept hashes of all texts, and the text that each comes from; each pair once."""
    whole = np.frombuffer("".join(texts).encode("utf-32-le", "replace"), dtype=np.uint32)
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    if len(whole) < size:
        return np.empty(0, np.uint64), np.empty(0, np.int64)
    rolled = np.zeros(len(whole) - size + 1, np.uint64)
    for shift in range(size):
        rolled = rolled * _MULTIPLIER + whole[shift : shift + len(rolled)]
    rolled ^= rolled >> np.uint64(29)
    rolled *= _MULTIPLIER
    rolled ^= rolled >> np.uint64(32)
    ends = np.cumsum(lengths)
    owner = np.repeat(np.arange(len(texts)), lengths)[: len(rolled)]
    inside = np.arange(len(rolled)) + size <= ends[owner]  # pieces across two texts are none
    last = np.uint64(0xFFFFFFFFFFFFFFFF)
    rolled[~inside] = last
    smallest = rolled.copy()
    for shift in range(1, window):  # the smallest of this and the following ones
        np.minimum(smallest[:-shift], rolled[shift:], out=smallest[:-shift])
    # a hash is kept by the text that it stands in: windows reach over a text's end only where
    # its own pieces have ended, and those hashes belong to the next one as well
    kept = (smallest == rolled) & inside
    for shift in range(1, window):  # or it is the smallest of a window that began before it
        kept[shift:] |= (smallest[:-shift] == rolled[shift:]) & inside[shift:]
    hashes, owners = rolled[kept], owner[kept]
    order = np.lexsort((owners, hashes))
    hashes, owners = hashes[order], owners[order]
    once = np.concatenate(([True], (hashes[1:] != hashes[:-1]) | (owners[1:] != owners[:-1])))
    return hashes[once], owners[once]


# -- titles ---------------------------------------------------------------------------------------

_SHORT_TITLE = 5  # characters without the frame; below, likeness says nothing
_FRAME = re.compile(
    "^关于|进一步|加快|大力|积极|全面|切实|着力|推进|推动|加强|促进|深化|工作|力度"
    "|的?(?:若干|几点)?(?:意见和|意见与|意见)?(?:建议|提案|意见)$"
)
# what one character may exchange without a slip of the pen: numbers, places, opposites
_MEANT = re.compile(
    "[0-9A-Za-z一二三四五六七八九十百两上中下前后大小高低多少东南西北内外男女老幼新旧城乡省市区县镇]"
)


def similar_titles(titles: Sequence[str]) -> Iterator[tuple[int, int, bool]]:
    """Pairs of positions whose titles are the same but for marks (True), or hardly differ.

    The first of a pair stands before the second. Titles that differ in a number are two titles.
    """
    bare = [letters(title) for title in titles]
    groups: dict[str, list[int]] = defaultdict(list)
    for position, title in enumerate(bare):
        groups[title].append(position)
    for same in groups.values():
        for position in same[1:]:
            yield same[0], position, True
    kinds = [(_FRAME.sub("", title), group[0]) for title, group in groups.items()]
    kinds = [kind for kind in kinds if len(kind[0]) >= _SHORT_TITLE]
    cores: dict[str, int] = {}
    for core, position in kinds:
        if cores.setdefault(core, position) != position:
            yield cores[core], position, False
    known = list(cores)
    for one, other in candidates(known, 3, 2, 40):
        if hardly_differ(known[one], known[other]):
            first, second = sorted((cores[known[one]], cores[known[other]]))
            yield first, second, False


def hardly_differ(one: str, other: str) -> bool:
    """Whether one or two characters were put in, or one exchanged, and none of them is a number."""
    if len(one) > len(other):
        one, other = other, one
    more = len(other) - len(one)
    head = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
    if more == 0:
        changed = one[head : head + 1] + other[head : head + 1]
        return one[head + 1 :] == other[head + 1 :] and len(one) >= 8 and not _MEANT.search(changed)
    put_in = other[head : head + more]
    return more <= 2 and one[head:] == other[head + more :] and not _MEANT.search(put_in)
