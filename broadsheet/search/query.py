"""What a reader types: the words that are to be found, and those that are not.

templates/assets/search-words.js understands a query in the same way.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

from broadsheet.search.folding import fold, words

# what `\s` is in browsers
_BLANK = r"\t-\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_TOKEN = re.compile(rf'([-－−]?)(?:["“”]([^"“”]*)(?:["“”]|$)|([^{_BLANK}"“”]+))')


@dataclass(frozen=True, slots=True)
class Understood:
    """Folded words of a query, in the order in which they came."""

    wanted: tuple[str, ...]
    unwanted: tuple[str, ...]


def understand(query: str) -> Understood:
    """The words of a query.

    Blanks and punctuation separate words, inside of quotes too; a minus before a word or a quote
    means that it must not be there.
    """
    wanted: dict[str, None] = {}
    unwanted: dict[str, None] = {}
    for match in _TOKEN.finditer(query):
        minus, quote, plain = match.groups()
        for word in words(fold(plain if quote is None else quote)):
            (unwanted if minus else wanted)[word] = None
    return Understood(tuple(wanted), tuple(unwanted))


def locate(text: str, sought: Collection[str]) -> list[tuple[int, int]]:
    """Where folded words stand in `text` as it is written: ranges that do not overlap, rising."""
    near = fold(text)
    if not any(word in near for word in sought):  # to fold piece by piece takes long
        return []
    pieces = _clusters(text)
    folded = [fold(piece) for piece in pieces]
    whole = "".join(folded)
    origin = [n for n, piece in enumerate(folded) for _ in piece]
    found: set[int] = set()
    for word in sought:
        at = whole.find(word)
        while at >= 0:
            found.update(range(origin[at], origin[at + len(word) - 1] + 1))
            at = whole.find(word, at + 1)
    ranges: list[tuple[int, int]] = []
    start = 0
    for n, piece in enumerate(pieces):
        end = start + len(piece)
        if n in found and ranges and ranges[-1][1] == start:
            ranges[-1] = ranges[-1][0], end
        elif n in found:
            ranges.append((start, end))
        start = end
    return ranges


def _clusters(text: str) -> list[str]:
    """Characters, each with the marks that follow it: what folding may take together."""
    pieces: list[str] = []
    for character in text:
        mark = character in "ﾞﾟ" or unicodedata.category(character)[0] == "M"
        if pieces and mark:
            pieces[-1] += character
        else:
            pieces.append(character)
    return pieces
