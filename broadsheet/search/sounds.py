"""Sounds: pinyin and its initials, so that `hangzhou` and `dkjj` find 杭州 and 低空经济.

Four neighbouring letters of the pinyin make a term, and four neighbouring initials; so do all
initials of a word of two or three characters, as most names are. Their symbols are of the private
use area, which no text has. templates/assets/search-words.js makes the same of what a reader types.
"""

from __future__ import annotations

import os
from functools import cache, lru_cache
from itertools import product

from broadsheet.search.layout import term_of

_FIRST = 0xF000  # of the private use symbols
_LETTERS = "\0abcdefghijklmnopqrstuvwxyz0123456789"  # the first one fills up
_READINGS = 2  # of a character; the rarer ones would find more than they help
GRAM = 4  # letters of a term


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


def sounds(word: str) -> set[int]:
    """The terms of a folded word."""
    length = len(word)
    found = [_sounds_from(word[n : n + GRAM]) for n in range(length)]
    spans = [(0, length)] if length in (2, 3) else [(n, n + GRAM) for n in range(length - GRAM + 1)]
    found += [_initials(word[start:end]) for start, end in spans]
    return set().union(*found)


@lru_cache(maxsize=1 << 16)  # the same few characters come again and again
def _sounds_from(characters: str) -> frozenset[int]:
    """The terms that begin in the first of the characters."""
    found = set()
    for some in product(*map(_readings, characters)):
        letters = "".join(some)
        for at in range(min(len(some[0]), len(letters) - GRAM + 1)):
            found.add(_term(letters[at : at + GRAM]))
    return frozenset(found - {0})


@lru_cache(maxsize=1 << 16)
def _initials(characters: str) -> frozenset[int]:
    found = {_term("".join(some)) for some in product(*map(_firsts, characters))}
    return frozenset(found - {0})


@cache
def _term(letters: str) -> int:
    """The term of up to four letters; 0 where there is anything else."""
    symbols = gram(letters)
    return term_of(symbols) if symbols else 0


@cache
def _firsts(character: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(reading[0] for reading in _readings(character)))


@cache
def _readings(character: str) -> tuple[str, ...]:
    """How a character is read, most common first; letters and digits read as themselves."""
    if character.isascii():
        return (character,)
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")  # as in slugs.py: loads 5 × faster
    from pypinyin import Style, pinyin

    found = pinyin(character, Style.NORMAL, heteronym=True, errors="ignore")
    return tuple(dict.fromkeys(found[0]))[:_READINGS] if found else ("?",)
