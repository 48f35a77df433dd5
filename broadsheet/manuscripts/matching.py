"""Which piece of a manuscript is which case of the record."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Sequence

from broadsheet.manuscripts.cases import Written
from broadsheet.manuscripts.records import CaseRecord

ALIKE = 0.6  # of two texts, at least so much


def match(
    pieces: Sequence[Written], known: Sequence[CaseRecord], manuscript: str
) -> list[CaseRecord | None]:
    """For each piece the case that it was before; each case is given once.

    The surest first: the same title and number; the same number; the same title; and from the same
    manuscript, much the same text.
    """
    found: list[CaseRecord | None] = [None] * len(pieces)
    left = list(known)

    def give(test: object) -> None:
        for index, piece in enumerate(pieces):
            if found[index] is None:
                for one in left:
                    if test(piece, one):  # type: ignore[operator]
                        found[index] = one
                        left.remove(one)
                        break

    give(
        lambda piece, one: (
            _number(piece) == one.number
            and _title(piece) == fold(one.title)
            and _text(piece) == _text(one.written)
            and (one.manuscript == manuscript or _alike(piece, one.written))
        )
    )
    give(
        lambda piece, one: (
            _number(piece) == one.number
            and _title(piece) == fold(one.title)
            and (one.manuscript == manuscript or _alike(piece, one.written))
        )
    )
    give(
        lambda piece, one: (
            bool(_number(piece))
            and _number(piece) == one.number
            and (one.manuscript == manuscript or _alike(piece, one.written))
        )
    )
    give(
        lambda piece, one: (
            _title(piece) == fold(one.title)
            and not (_number(piece) and one.number)
            and (one.manuscript == manuscript or _alike(piece, one.written))
        )
    )
    for index, piece in enumerate(pieces):
        if found[index] is not None:
            continue
        ranked = sorted(
            (
                (_ratio(piece, one.written), -place, one)
                for place, one in enumerate(left)
                if one.manuscript == manuscript
            ),
            key=lambda rank: rank[:2],
        )
        if ranked and ranked[-1][0] >= ALIKE:
            found[index] = ranked[-1][2]
            left.remove(ranked[-1][2])
    return found


def fold(text: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


def _number(written: Written) -> str:
    return str(written.fields.get("number", ""))


def _title(written: Written) -> str:
    return fold(str(written.fields.get("title", "")))


def _text(written: Written) -> str:
    return fold("".join(written.sections.values()))


def _alike(one: Written, other: Written) -> bool:
    """Two offices answer one proposal in letters of the same title: those are two cases."""
    hosts = (one.fields.get("hosts"), other.fields.get("hosts"))
    if all(hosts) and hosts[0] != hosts[1]:
        return False
    return _ratio(one, other) >= ALIKE


def _ratio(one: Written, other: Written) -> float:
    a, b = _title(one) + _text(one)[:2000], _title(other) + _text(other)[:2000]
    matcher = difflib.SequenceMatcher(None, a, b, autojunk=False)
    return (
        matcher.ratio()
        if matcher.real_quick_ratio() >= ALIKE and matcher.quick_ratio() >= ALIKE
        else 0.0
    )
