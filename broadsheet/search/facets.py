"""Facets: for each value of a filter the documents that have it, a file a filter.

`f.<name>`: the epoch; the length (32 bits) of a JSON list of [value, name, documents, k] in the
order of value, years from the last; that list; then for each value the distances of its documents
as Rice codes.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator

import numpy as np

from broadsheet.search.coding import DamagedError, Ints, rice_bits, rice_codes
from broadsheet.search.decoding import Cursor
from broadsheet.search.documents import FACETS, Entry
from broadsheet.search.layout import Layout

Facet = dict[tuple[str, str], Ints]  # documents by (value, name)


def pack_facets(
    documents: Iterable[tuple[int, Entry]], layout: Layout
) -> Iterator[tuple[str, bytes]]:
    """The files of all facets, for documents given with their slots."""
    found: list[dict[tuple[str, str], list[int]]] = [defaultdict(list) for _ in FACETS]
    for slot, document in sorted(documents, key=lambda pair: pair[0]):
        for holders, values in zip(found, document.filters, strict=True):
            for value in values:
                holders[value].append(slot)
    for name, holders in zip(FACETS, found, strict=True):
        in_order = sorted(holders, reverse=name == "year")
        yield f"f.{name}", _pack({value: holders[value] for value in in_order}, layout)


def _pack(holders: dict[tuple[str, str], list[int]], layout: Layout) -> bytes:
    values = [*holders]
    counts = np.array([len(holders[value]) for value in values], np.int64)
    slots = np.array([slot for value in values for slot in holders[value]], np.int64)
    k = rice_bits(counts, np.full(len(counts), layout.space))
    listed = [[*value, int(n), int(w)] for value, n, w in zip(values, counts, k, strict=True)]
    text = json.dumps(listed, ensure_ascii=False, separators=(",", ":")).encode()
    return layout.epoch + len(text).to_bytes(4, "big") + text + rice_codes(slots, counts, k)


def unpack_facet(data: bytes, layout: Layout) -> Facet:
    """The documents of each value. Raises `DamagedError`."""
    try:
        end = 8 + int.from_bytes(data[4:8], "big")
        listed = json.loads(data[8:end])
        cursor = Cursor(data[:4] + data[end:], layout.epoch)
        return {
            (value, name): np.cumsum(cursor.rice(count, k) + 1) - 1
            for value, name, count, k in listed
        }
    except (ValueError, TypeError, OverflowError) as error:
        raise DamagedError("a facet that cannot be read") from error
