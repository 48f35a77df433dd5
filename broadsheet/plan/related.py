"""Related cases: what shares the rarest keywords, the same unit, the same theme."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from math import log

from broadsheet.read import Case

COMMON = 60  # a trait that more cases than this share says nothing about any two of them


def related(cases: Sequence[Case], count: int = 4) -> list[tuple[int, ...]]:
    """For each case the positions of its `count` nearest, best first, never itself.

    Cases without a trait in common are not related, so a list may be shorter or empty.
    """
    holders: dict[tuple[str, str], list[int]] = defaultdict(list)
    for position, case in enumerate(cases):
        for trait in _traits(case):
            holders[trait].append(position)
    result = []
    for position, case in enumerate(cases):
        scores: dict[int, float] = defaultdict(float)
        for trait in _traits(case):
            others = holders[trait]
            if 1 < len(others) <= COMMON:
                weight = 1 + log(COMMON / len(others))
                for other in others:
                    scores[other] += weight
        scores.pop(position, None)
        for other in scores:
            scores[other] += 0.5 * (cases[other].front.theme == case.front.theme)
            scores[other] += 0.25 * (cases[other].publication == case.publication)
        nearest = sorted(scores, key=lambda other: (-scores[other], cases[other].front.id))
        result.append(tuple(nearest[:count]))
    return result


def _traits(case: Case) -> Iterator[tuple[str, str]]:
    front = case.front
    for word in dict.fromkeys(front.keywords):
        yield "keyword", word
    for unit in dict.fromkeys(front.hosts):
        yield "unit", f"{case.publication} {unit}"
    for proposer in dict.fromkeys(proposer.name for proposer in front.proposers):
        yield "proposer", f"{case.publication} {proposer}"
