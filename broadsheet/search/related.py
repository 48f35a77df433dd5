"""Related cases: those that share the terms that weigh most in titles, units and keywords."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from broadsheet.search.documents import Document
from broadsheet.search.terms import pairs

COMMON = 60  # a term in more documents than this says little about any two of them
HEAVIEST = 16  # terms of a document that count
_CHUNK = 2000  # documents whose neighbours are found together; eleven bits tell them
_NEAREST = (1 << 28) - 1  # more than any score, in thousandths, with its ties

Ints = npt.NDArray[np.int64]


def related(
    documents: Sequence[Document], kin: Sequence[tuple[str, str]], count: int = 4
) -> list[tuple[int, ...]]:
    """For each document the positions of its `count` nearest, best first, never itself.

    A shared term counts by how rare it is. `kin` has the region and the theme of each document:
    sharing those breaks ties, then the order of ids. Documents that share no term are not related,
    so a list may be shorter, or empty.
    """
    texts = ["\n".join((one.title, *one.hosts, *one.keywords)) for one in documents]
    term, document = pairs(texts)
    _, term, frequency = np.unique(term, return_inverse=True, return_counts=True)
    weight = np.log((len(documents) + 1) / frequency)
    most = min(COMMON, max(2, len(documents) // 4))
    kept = (frequency[term] > 1) & (frequency[term] <= most)
    term, document = term[kept], document[kept]
    term, document = _heaviest(term, document, weight)
    order = np.argsort(term, kind="stable")
    holders, first = document[order], np.searchsorted(term[order], np.arange(len(weight) + 1))
    by_id = np.argsort([one.id for one in documents])
    place = np.argsort(by_id)  # in the order of ids
    family = [np.unique([pair[n] for pair in kin], return_inverse=True)[1] for n in (0, 1)]
    result: list[tuple[int, ...]] = []
    for start in range(0, len(documents), _CHUNK):
        here = (document >= start) & (document < start + _CHUNK)
        mine, shared = document[here], term[here]
        times = first[shared + 1] - first[shared]
        left = np.repeat(mine, times)
        ends = np.cumsum(times)
        other = holders[
            np.arange(int(times.sum())) - np.repeat(ends - times - first[shared], times)
        ]
        key, inverse = np.unique(left * len(documents) + other, return_inverse=True)
        score = np.bincount(inverse, np.repeat(weight[shared], times), len(key))
        left, other = key // len(documents), key % len(documents)
        others = left != other
        left, other, score = left[others], other[others], score[others]
        ties = sum((kin_of[left] == kin_of[other]).astype(np.int64) for kin_of in family)
        # one number says it all, and numbers are soon sorted: whose, how near, which
        near = np.rint(score * 1000).astype(np.int64) << 2 | ties
        ranked = np.sort((left - start) << 52 | (_NEAREST - near) << 24 | place[other])
        left, other = ranked >> 52, by_id[ranked & 0xFFFFFF].tolist()
        ends = np.searchsorted(left, np.arange(min(_CHUNK, len(documents) - start) + 1)).tolist()
        result += [tuple(other[a : min(a + count, b)]) for a, b in pairwise(ends)]
    return result


def _heaviest(term: Ints, document: Ints, weight: npt.NDArray[np.float64]) -> tuple[Ints, Ints]:
    """The rarest terms of each document."""
    order = np.lexsort((term, -weight[term], document))
    term, document = term[order], document[order]
    rank = np.arange(len(document)) - np.searchsorted(document, document)
    return term[rank < HEAVIEST], document[rank < HEAVIEST]
