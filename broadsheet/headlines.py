"""Where a headline may break: between phrases, not inside a word."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

BREAK = "\u200b"  # a break opportunity; templates turn it into <wbr>
_LONGEST_WORD = 6  # a longer name may break, or narrow screens would tear it at random
_SHORT_CLAUSE = 8  # a clause up to this length stays on one line; the pause beside it may break
_CLAUSE = re.compile(r"[^\s，。：；、！？]+")
_PLACE = re.compile("[\u4e00-\u9fff]{2}[区县市镇]")


@cache
def _parser() -> Any:
    import budoux  # BudouX: a small model of where Chinese phrases end

    return budoux.load_default_simplified_chinese_parser()


def with_breaks(title: str, words: Iterable[str] = ()) -> str:
    """`title` with `BREAK` where a line may end; never inside one of `words` or a place name."""
    chunks = _parser().parse(title)
    breaks, position = set(), 0
    for chunk in chunks:
        position += len(chunk)
        breaks.add(position)
    names = [word for word in words if 1 < len(word) <= _LONGEST_WORD]
    for name in (*names, *_PLACE.findall(title)):
        at = title.find(name)
        while at >= 0:
            breaks -= set(range(at + 1, at + len(name)))
            at = title.find(name, at + 1)
    for clause in _CLAUSE.finditer(title):
        if len(clause[0]) <= _SHORT_CLAUSE:
            breaks -= set(range(clause.start() + 1, clause.end()))
    breaks -= {m.start() + 1 for m in re.finditer(r"[!-~](?=[!-~])", title)}  # inside a Latin word
    parts = []
    for end, character in enumerate(title, 1):
        parts.append(character)
        if end in breaks and end < len(title) and character != " " and title[end] != " ":
            parts.append(BREAK)
    return "".join(parts)
