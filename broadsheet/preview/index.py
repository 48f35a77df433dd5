"""The search index of a preview: brought up to an edition when somebody searches, not before."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path

from broadsheet.read import read_synonyms
from broadsheet.search.documents import Entry
from broadsheet.search.folding import simplified_blocks
from broadsheet.search.index import update
from broadsheet.search.state import published_files
from broadsheet.trees import Stamp, stamp


class PreviewIndex:
    """The index in `folder`, which nobody else writes; `tuning` has synonyms.yaml."""

    def __init__(self, folder: Path, tuning: Path) -> None:
        self._folder, self._tuning = folder, tuning
        self._files: Mapping[str, str] = {}  # names by address below search/
        self._holds: tuple[object, Stamp | None] | None = None
        self._lock = threading.Lock()
        self._simplified = {f"s/{name}.bin": data for name, data in simplified_blocks().items()}

    def bring_up(self, documents: Sequence[Entry], executor: Executor | None = None) -> None:
        """Make the index that of `documents`. Raises `ContentError` and OSError."""
        with self._lock:
            wanted = documents, self._stamp()
            held = self._holds
            if held and held[0] is documents and held[1] == wanted[1]:
                return
            synonyms = read_synonyms(self._tuning)
            update(self._folder, documents, synonyms, executor=executor)
            self._files = dict(published_files(os.listdir(self._folder)))
            self._holds = wanted

    def file(self, address: str) -> bytes | None:
        """A file by its address below search/, or nothing."""
        if address in self._simplified:
            return self._simplified[address]
        with self._lock:
            name = self._files.get(address)
            return (self._folder / name).read_bytes() if name else None

    def is_address(self, address: str) -> bool:
        """Whether an address below search/ may be one of the index, of this edition or another."""
        return address.endswith((".bin", ".json"))

    def _stamp(self) -> Stamp | None:
        try:
            return stamp((self._tuning / "synonyms.yaml").stat())
        except OSError:
            return None
