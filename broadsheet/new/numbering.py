"""Which id and which file name come next in a publication.

Publications count in their own way (`yuhang-2024-008` in `008-dikong-jingji.md`, or
`xiaoshan-15-3-322`, the number of the proposal, in `01-322-….md`), so what is there is continued.
Holes stay: an id that a reader may have seen is never given to another case.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from broadsheet.new.survey import Known
from broadsheet.slugs import pinyin

DIGITS = 3  # of a number in a publication without a case
MAX_SLUG = 48  # characters of a title in a file name

_NUMBER = "[0-9]{1,18}"
_NUMBERED = f"(.*?)({_NUMBER})"


@dataclass(frozen=True, slots=True)
class Place:
    """What a new case is called: its id, and the number that its file name begins with."""

    id: str
    number: str


def next_place(publication: str, cases: Sequence[Known], taken: Collection[str]) -> Place:
    """The next id and file number of `publication`, which has `cases`; `taken` are all ids."""
    prefix = _prefix(publication, [case.id for case in cases])
    pairs = [(_number_of(case.id, prefix), _file_number(case.file)) for case in cases]
    ids, files = [one for one, _ in pairs if one], [one for _, one in pairs if one]
    id_digits = min(map(len, ids or files), default=DIGITS)
    file_digits = min(map(len, files or ids), default=DIGITS)
    together = all(int(one) == int(other) for one, other in pairs if one and other)
    number = max(map(int, [*ids, *files] if together else ids), default=0) + 1
    while f"{prefix}{number:0{id_digits}}" in taken:
        number += 1
    file = number if together else max(map(int, files), default=0) + 1
    return Place(f"{prefix}{number:0{id_digits}}", f"{file:0{file_digits}}")


def place_of(id_: str, publication: str, cases: Sequence[Known]) -> Place:
    """The file number for a case whose id an editor has chosen."""
    usual = next_place(publication, cases, {case.id for case in cases})
    own = _number_of(id_, _prefix(publication, [case.id for case in cases]))
    same_digits = len(own) == len(usual.number) and int(own or 0) >= int(usual.number)
    return Place(id_, own if same_digits else usual.number)


def file_name(number: str, title: str, kind: str) -> str:
    """`012-jia-zhuang-dian-ti.md`: the words that tell one title from the next, in pinyin."""
    short = re.sub(r"^关于|的?若干|的?(?:意见|建议|提案|议案)(?:和建议)?$", "", title[:120])
    slug = ""
    for word in (pinyin(short) or kind).split("-"):
        longer = f"{slug}-{word[:MAX_SLUG]}"
        if len(longer) > MAX_SLUG + 1 and slug:
            break
        slug = longer
    return f"{number}{slug}.md"


def _prefix(publication: str, ids: Sequence[str]) -> str:
    """What most ids begin with, before their number."""
    own = f"{publication}-"
    counted = Counter(found[1] for id_ in ids if (found := re.fullmatch(_NUMBERED, id_)))
    return max(counted, key=lambda prefix: (counted[prefix], prefix == own), default=own)


def _number_of(id_: str, prefix: str) -> str:
    rest = id_.removeprefix(prefix) if id_.startswith(prefix) else ""
    return rest if re.fullmatch(_NUMBER, rest) else ""


def _file_number(path: str) -> str:
    found = re.match(_NUMBER, path.rpartition("/")[2])
    return found[0] if found else ""
