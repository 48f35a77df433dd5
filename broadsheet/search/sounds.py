"""Sounds: pinyin and its initials, so that `hangzhou` and `dkjj` find 杭州 and 低空经济.

Four neighbouring letters of the pinyin make a term, and four neighbouring initials; so do all
initials of a word of two or three characters, as most names are. Their symbols are of the private
use area, which no text has. templates/assets/search-words.js makes the same of what a reader types.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

_FIRST = 0xF000  # of the private use symbols
_LETTERS = "\0abcdefghijklmnopqrstuvwxyz0123456789"  # the first one fills up
_READINGS = 2  # of a character; the rarer ones would find more than they help
GRAM = 4  # letters of a term
_TONES = {ord(mark): None for mark in "\u0300\u0301\u0304\u030c"}
_BETWEEN, _FILLER = 0, 1  # no characters: what stands between words, and what fills up a short one
Ints = npt.NDArray[np.int64]


@cache
def gram(letters: str) -> str:
    """Up to four letters or digits as two symbols; empty where there is anything else."""
    places = [_LETTERS.find(letter) for letter in letters.ljust(GRAM, "\0")]
    if min(places) < 0:
        return ""
    base = len(_LETTERS)
    return "".join(chr(_FIRST + a * base + b) for a, b in (places[:2], places[2:]))


def grams(letters: str) -> list[str]:
    """The terms of what a reader types; of fewer than four letters there is one, a whole name's."""
    return [gram(letters[n : n + GRAM]) for n in range(max(1, len(letters) - GRAM + 1))]


def sounds(codes: npt.NDArray[np.uint32]) -> tuple[npt.NDArray[np.uint32], Ints]:
    """The terms of folded words, and where in `codes` each begins; some come more than once.

    `codes` are the code points of the words, with one 0 or more between them and at the end.
    """
    at = np.arange(len(codes))
    starts = np.flatnonzero((codes[1:] != _BETWEEN) & (codes[:-1] == _BETWEEN)) + 1
    if len(codes) and codes[0] != _BETWEEN:
        starts = np.concatenate(([0], starts))
    ends = np.flatnonzero((codes[:-1] != _BETWEEN) & (codes[1:] == _BETWEEN)) + 1
    length = ends - starts
    # the initials of a name count as a whole, so a short one is filled up to a term
    short = (length > 1) & (length < GRAM)
    filled = np.repeat(ends[short], GRAM - length[short])
    longer, longer_at = np.insert(codes, filled, _FILLER), np.insert(at, filled, 0)
    spoken, spoken_at = _grams(_Letters.of(codes, _readings))
    initials, initials_at = _grams(_Letters.of(longer, _firsts))
    return np.concatenate((spoken, initials)), np.concatenate((spoken_at, longer_at[initials_at]))


@dataclass(frozen=True, slots=True)
class _Letters:
    """How characters are spelled: the letters of each one's first way, then those of its second."""

    letter: Ints  # its place in the alphabet; -1 where it is none
    character: Ints  # of each letter, its character
    last: npt.NDArray[np.bool_]  # of each letter, whether its way ends here
    first: Ints  # of each character, where its first way begins
    second: Ints  # of each character, where its second way begins; -1 where it has none

    @classmethod
    def of(cls, codes: npt.NDArray[np.uint32], spell: Callable[[int], Sequence[str]]) -> _Letters:
        known, which = np.unique(codes, return_inverse=True)
        ways = [spell(code) for code in known.tolist()]
        letters = [_LETTERS.find(letter) for some in ways for way in some for letter in way]
        last = [n == len(way) for some in ways for way in some for n in range(1, len(way) + 1)]
        count = np.array([sum(map(len, some)) for some in ways], np.int64)[which]
        one = np.array([len(some[0]) for some in ways], np.int64)[which]
        total = np.array([sum(map(len, some)) for some in ways], np.int64)
        first = np.cumsum(count) - count
        source = np.repeat((np.cumsum(total) - total)[which] - first, count)
        source += np.arange(len(source))
        return cls(
            np.array(letters, np.int64)[source],
            np.repeat(np.arange(len(codes)), count),
            np.array(last, np.bool_)[source],
            first,
            np.where(one < count, first + one, -1),
        )


def _grams(spelled: _Letters) -> tuple[npt.NDArray[np.uint32], Ints]:
    """Every four letters that can follow each other, as terms; the character where each begins."""
    here = np.flatnonzero(spelled.letter >= 0)
    value, begin = spelled.letter[here], spelled.character[here]
    for _ in range(GRAM - 1):
        # what is no letter ends here: so does the last character, which stands between words
        turn = spelled.last[here]
        after = np.minimum(spelled.character[here] + 1, len(spelled.first) - 1)
        other = turn & (spelled.second[after] >= 0)
        following = np.where(turn, spelled.first[after], here + 1)
        here = np.concatenate((following, spelled.second[after][other]))
        value = np.concatenate((value, value[other])) * len(_LETTERS) + spelled.letter[here]
        begin = np.concatenate((begin, begin[other]))
        goes_on = spelled.letter[here] >= 0
        here, value, begin = here[goes_on], value[goes_on], begin[goes_on]
    high, low = np.divmod(value, len(_LETTERS) ** 2)
    return ((_FIRST + high) << 16 | (_FIRST + low)).astype(np.uint32), begin


@cache
def _firsts(code: int) -> tuple[str, ...]:
    if code == _FILLER:
        return (_LETTERS[0],)
    return tuple(dict.fromkeys(reading[0] for reading in _readings(code)))


@cache
def _readings(code: int) -> tuple[str, ...]:
    """How a character is read, most common first; letters and digits read as themselves.

    As `pypinyin.pinyin` says, in a fifth of the time.
    """
    if code == _BETWEEN:
        return ("?",)
    if code < 0x80:
        return (chr(code),)
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")  # as in slugs.py: loads 5 × faster
    from pypinyin.constants import PINYIN_DICT

    found = unicodedata.normalize("NFD", PINYIN_DICT.get(code, "?")).translate(_TONES)
    plain = unicodedata.normalize("NFC", found).replace("ü", "v")
    return tuple(dict.fromkeys(plain.split(",")))[:_READINGS]
