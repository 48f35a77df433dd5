"""How pieces begin: what counts them, what numbers them, which headings are their titles."""

from __future__ import annotations

import re
from collections.abc import Sequence

from broadsheet.manuscripts.excerpt import Excerpt
from broadsheet.manuscripts.rows import Row

BOOK = re.compile(r"[*\s]*《[^。]+》[*\s]*$")
_ORDINAL = re.compile(
    r"[【\[（(■●◆]*\s*(?:典型案例|案例|提案|建议|发言|例|第[一二三四五六七八九十\d]{1,3}[篇件例])\s*(?:之)?\s*[一二三四五六七八九十\d]{0,3}\s*[】\])）:：.、]*\s*"
)
NUMBER_FIRST = re.compile(
    r"[【\[（(]?\s*(?:提案|建议|议案)?\s*第?\s*(?P<n>[A-Za-z]{0,3}\d{1,6}|闭\s*\d{1,5})\s*号\s*(?:重点)?(?:提案|建议|议案|案)?\s*[】\])）]?\s*[:：—\-\s]*(?P<t>《.+》|(?:关于|对|就).{4,})$"
)
NUMBER_LAST = re.compile(
    r"^(?P<t>.{6,}?)\s*[（(【]\s*(?:提案|建议)?\s*第?\s*(?P<n>[A-Za-z]{0,3}\d{1,6}|闭\s*\d{1,5})\s*号\s*(?:提案|建议|议案|案)?\s*[)）】]$"
)


def without_ordinal(text: Excerpt) -> Excerpt:
    """`案例一：关于……` without what counts it."""
    found = _ORDINAL.match(text.text)
    counts = (
        found
        and len(found[0].strip()) > 1
        and found.end() < len(text)
        and re.search("[一二三四五六七八九十\\d]", found[0])
        and re.search("[:：.、】\\])）\\s]$", found[0])
    )
    return text.cut(found.end()) if found and counts else text


def piece_levels(rows: Sequence[Row]) -> set[int]:
    """The levels of headings that are titles of pieces: those with labels right below them."""
    found: dict[int, int] = {}
    for position, row in enumerate(rows):
        if not row.level or row.label:
            continue
        for below in rows[position + 1 : position + 4]:
            if below.level and not below.label:
                break
            if below.label and below.label.kind in ("field", "section"):
                found[row.level] = found.get(row.level, 0) + 1
                break
    if not found:
        return set()
    best = max(found.values())
    return {level for level, count in found.items() if count == best}
