"""Sounds: pinyin and its initials, so that `hangzhou` and `dkjj` find 杭州 and 低空经济.

Two neighbouring syllables make a term, like two neighbouring characters; so do four neighbouring
initials, and all initials of a name of two or three characters. Their symbols are of the private
use area, which no text has. templates/assets/search-sounds.js reads what a reader types in the same
way.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise, product

_ONSETS = "b p m f d t n l g k h j q x zh ch sh r z c s y w"
_RHYMES = (
    "a o e i u v ai ei ui ao ou iu ie ve er an en in un vn ang eng ing ong "
    "ia iao ian iang iong ua uo uai uan uang ue"
)
ONSETS, RHYMES = _ONSETS.split(), _RHYMES.split()
_SYLLABLE = re.compile(f"({'|'.join(sorted(ONSETS, key=len, reverse=True))})?({'|'.join(RHYMES)})")
_SYLLABLES_FROM, _INITIALS_FROM = 0xE000, 0xF000
_INITIALS = "\0abcdefghijklmnopqrstuvwxyz0123456789"  # the first one fills up
READINGS = 2  # of a character; the rarer ones would find more than they help
GRAM = 4  # initials of a term


def syllable(text: str) -> str:
    """A pinyin syllable without tone as one symbol; empty for what is none."""
    match = _SYLLABLE.fullmatch(text)
    if not match:
        return ""
    onset = ONSETS.index(match[1]) + 1 if match[1] else 0
    return chr(_SYLLABLES_FROM + onset * 64 + RHYMES.index(match[2]))


def initials(letters: str) -> str:
    """Up to four initials as two symbols; empty where one is neither letter nor digit."""
    places = [_INITIALS.find(letter) for letter in letters.ljust(GRAM, "\0")]
    if min(places) < 0:
        return ""
    base = len(_INITIALS)
    return "".join(chr(_INITIALS_FROM + a * base + b) for a, b in (places[:2], places[2:]))


def sounds(word: str) -> Iterator[str]:
    """What a folded word sounds like: terms of two symbols."""
    readings_ = [_readings(character) for character in word]
    for before, after in pairwise(readings_):
        for one, other in product(before, after):
            spoken = syllable(one) + syllable(other)
            if len(spoken) == 2:
                yield spoken
    length = len(word)
    spans = [(0, length)] if length in (2, 3) else [(n, n + GRAM) for n in range(length - GRAM + 1)]
    for start, end in spans:
        firsts = [sorted({reading[0] for reading in some}) for some in readings_[start:end]]
        for letters in product(*firsts):
            yield from filter(None, [initials("".join(letters))])


@cache
def _readings(character: str) -> tuple[str, ...]:
    """How a character is read, most common first; letters and digits read as themselves."""
    if character.isascii():
        return (character,)
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")  # as in slugs.py: loads 5 × faster
    from pypinyin import Style, pinyin

    found = pinyin(character, Style.NORMAL, heteronym=True, errors="ignore")
    return tuple(dict.fromkeys(found[0]))[:READINGS] if found else ("?",)


def readings(letters: str) -> list[Sequence[str]]:
    """Every way (up to eight) to read letters as syllables, and as initials: terms for each."""
    found: list[str] = []

    def go(at: int, symbols: str) -> None:
        if at == len(letters) and len(symbols) > 1:
            found.append(symbols)
        for end in range(min(len(letters), at + 6), at, -1):
            symbol = syllable(letters[at:end])
            if symbol and len(found) < 8:
                go(end, symbols + symbol)

    go(0, "")
    ways: list[Sequence[str]] = [[a + b for a, b in pairwise(symbols)] for symbols in found]
    count = max(1, len(letters) - GRAM + 1)
    ways.append([initials(letters[n : n + GRAM]) for n in range(count)])
    return ways
