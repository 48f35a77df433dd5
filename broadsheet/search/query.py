"""What a reader types: the words that are to be found, and those that are not.

templates/assets/search-fold.js understands a query in the same way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from broadsheet.search.folding import fold, words

_TOKEN = re.compile(r'([-－−]?)(?:["“”]([^"“”]*)(?:["“”]|$)|([^\s"“”]+))')
_CLUSTER = re.compile("[^\u0300-\u036f\u3099\u309a][\u0300-\u036f\u3099\u309a]*|.", re.DOTALL)


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


def locate(text: str, sought: Iterable[str]) -> list[tuple[int, int]]:
    """Where folded words stand in `text` as it is written: ranges that do not overlap, rising."""
    folded, origin = "", []
    for match in _CLUSTER.finditer(text):
        part = fold(match[0])
        folded += part
        origin += [match.start()] * len(part)
    origin.append(len(text))
    ranges = []
    for word in sought:
        at = folded.find(word)
        while at >= 0:
            end = at + len(word)
            while end < len(folded) and origin[end] == origin[end - 1]:
                end += 1
            ranges.append((origin[at], origin[end]))
            at = folded.find(word, at + 1)
    merged: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged
