"""The files of a Whoosh segment, by the names of coding.py."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cached_property
from typing import Any, Protocol

from broadsheet.search.coding import DamagedError
from broadsheet.search.fragments import PRESET, Packer
from broadsheet.search.layout import FORMAT, Layout


class Segment(Protocol):
    """What readers and writers ask of `codec.CaseSegment`."""

    def segment_id(self) -> str: ...
    def doc_count(self) -> int: ...
    def doc_count_all(self) -> int: ...
    def has_deletions(self) -> bool: ...
    def is_deleted(self, docnum: int) -> bool: ...
    def deleted_docs(self) -> Iterable[int]: ...


class SegmentFiles:
    """The files of a segment by the names of coding.py."""

    def __init__(self, storage: Any, segment: Segment) -> None:
        self._storage, self._prefix = storage, segment.segment_id()

    def read(self, name: str) -> bytes:
        stored = f"{self._prefix}.{name}"
        if not self._storage.file_exists(stored):
            raise DamagedError(f"{stored} is missing")
        with self._storage.open_file(stored) as file:
            return bytes(file.read())

    def write(self, name: str, data: bytes) -> None:
        with self._storage.create_file(f"{self._prefix}.{name}") as file:
            file.write(data)

    @cached_property
    def layout(self) -> Layout:
        try:
            root = json.loads(self.read("root"))
            if root["format"] == FORMAT:
                return Layout(int(root["space"]), int(root["bits"]))
        except (ValueError, TypeError, KeyError) as error:
            raise DamagedError("a root that cannot be read") from error
        raise DamagedError("another format")

    @cached_property
    def packer(self) -> Packer:
        return Packer.read(self.read(PRESET))

    @cached_property
    def ids(self) -> dict[str, int]:
        """Document numbers by id, rising."""
        try:
            ids = json.loads(self.read("ids"))
        except ValueError as error:
            raise DamagedError("ids that cannot be read") from error
        if not isinstance(ids, dict):
            raise DamagedError("ids that are none")
        return ids
