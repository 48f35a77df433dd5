"""Occurrences of many documents, brought together term by term.

Each part is cut into ranges of terms. What would not fit into memory waits in temporary files.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise
from types import TracebackType
from typing import IO, Any

import numpy as np

from broadsheet.search.layout import MIN_BITS, Keys, Layout, Places

_RANGE = 250  # documents' worth of occurrences that are sorted together: some 3 MB, coded 40
_IN_MEMORY = 2_000  # documents


@dataclass(frozen=True, slots=True)
class Range:
    """The occurrences of a range of terms. Those in a file are read by who asks for them."""

    loaded: tuple[tuple[Keys, Places], ...]
    file: int = -1  # a descriptor
    sizes: tuple[int, ...] = ()  # of the parts in it

    @property
    def parts(self) -> tuple[tuple[Keys, Places], ...]:
        """Each part sorted."""
        return self.loaded or tuple(self._read())

    def __reduce__(self) -> tuple[type[Range], tuple[Any]]:
        """Another machine does not have the file."""
        return Range, (self.parts,)

    def _read(self) -> Iterator[tuple[Keys, Places]]:
        at = 0
        for size in self.sizes:
            data = os.pread(self.file, 12 * size, at)
            yield np.frombuffer(data, np.uint64, size), np.frombuffer(data, np.uint32, -1, 8 * size)
            at += len(data)


class Ranges:
    """Ranges of terms, each of the same share of all shards."""

    def __init__(self, documents: int) -> None:
        self.bits = 0
        most = MIN_BITS if documents <= _IN_MEMORY else 2 * MIN_BITS  # never more than shards
        while documents > _RANGE << self.bits and self.bits < most:
            self.bits += 1
        self._open = ExitStack()
        self._files: list[IO[bytes]] = []
        if documents > _IN_MEMORY:
            self._files = [self._temporary() for _ in range(1 << self.bits)]
        self._parts: list[list[tuple[Keys, Places]]] = [[] for _ in range(1 << self.bits)]
        self._sizes: list[list[int]] = [[] for _ in range(1 << self.bits)]

    def _temporary(self) -> IO[bytes]:
        return self._open.enter_context(tempfile.TemporaryFile())

    def __enter__(self) -> Ranges:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def add(self, keys: Keys, places: Places) -> None:
        """One part, sorted."""
        edges = np.arange(1, 1 << self.bits, dtype=np.uint64) << np.uint64(64 - self.bits)
        cuts = [0, *np.searchsorted(keys, edges).tolist(), len(keys)]
        for number, (start, end) in enumerate(pairwise(cuts)):
            part = keys[start:end], places[start:end]
            if self._files:
                self._files[number].write(part[0].tobytes() + part[1].tobytes())
                self._sizes[number].append(end - start)
            else:
                self._parts[number].append(part)

    def all(self) -> Iterator[Range]:
        """The ranges, when all has been added."""
        for number, parts in enumerate(self._parts):
            if self._files:
                self._files[number].flush()
                yield Range((), self._files[number].fileno(), tuple(self._sizes[number]))
            else:
                yield Range(tuple(parts))

    def shards(self, number: int, layout: Layout) -> range:
        """The shards of a range."""
        each = layout.shards >> self.bits
        return range(number * each, (number + 1) * each)
