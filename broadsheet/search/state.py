"""The folder of an index: its files, and what the next update wants to know of them."""

from __future__ import annotations

import hashlib
import json
import os
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from broadsheet.search.coding import encode_names
from broadsheet.search.corpus import Corpus, Shared
from broadsheet.search.documents import FACETS
from broadsheet.search.facets import pack_facets
from broadsheet.search.folding import simplified
from broadsheet.search.fragments import PRESET
from broadsheet.search.heads import number_of_files
from broadsheet.search.layout import FORMAT, INDEX, PREBUILT, Layout
from broadsheet.search.pieces import pay, write_pieces

SEGMENT = f"{INDEX}_{PREBUILT}"  # as Whoosh names segments; each file is `MAIN_site.<name>`
STATE = "state.json"
ROOT = "root"  # what a reader loads first
PIECES = "pieces"
NAMES = "b.names"  # of the terms that have files of their own
_OWN = {"ids", PIECES}  # what no reader loads


def published_files(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Of the files of an index those that readers fetch: the address below search/, the name."""
    for name in names:
        prefix, _, rest = name.partition(".")
        if prefix == SEGMENT and rest not in _OWN and not rest.endswith("~"):
            yield address(rest), name


def address(name: str) -> str:
    """Where a file of the index is published, below search/."""
    if name == ROOT:
        return "index.json"
    kind, _, rest = name.partition(".")
    return f"{kind}/{rest}.bin"


@dataclass(frozen=True, slots=True)
class Changes:
    """What an update did. `names` are the files that it wrote or took away; none means any."""

    documents: int
    changed: int
    written: int
    names: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class State:
    """What the files hold: for each slot the document's id, its digest, and how many postings."""

    layout: Layout
    slots: dict[int, tuple[str, str, int]]
    stamp: str
    filters: str = ""  # a digest of what the facets hold
    files: tuple[int, int] = (0, 0)  # their number and bytes: what is damaged differs
    reach: int = -1  # of the packer

    @property
    def postings(self) -> int:
        return sum(size for _, _, size in self.slots.values())


# -- files ----------------------------------------------------------------------------------------


def as_json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


class Writer:
    """Writes what differs. A file is replaced, never changed: the site may share it."""

    def __init__(self, folder: str | Path, *, empty: bool = False) -> None:
        self.folder, self.empty = folder, empty
        self.written = 0
        self.names: set[str] = set()  # of the files that are not what they were
        self.more = 0, 0  # files and bytes than before, where the folder was not empty
        self._start = os.path.join(folder, f"{SEGMENT}.")

    def put(self, files: Iterable[tuple[str, bytes]]) -> None:
        for name, data in files:
            path = self._start + name
            if not self.empty and _holds(path, data):
                continue
            target = path if self.empty else path + "~"
            _write(target, data)
            if not self.empty:
                self._count(name, 1, len(data))
                os.replace(target, path)
            self.written += 1

    def remove(self, names: Iterable[str]) -> None:
        for name in names:
            self._count(name, 0, 0)
            os.unlink(self._start + name)

    def size_of(self, name: str) -> int:
        return os.stat(self._start + name).st_size

    def _count(self, name: str, number_: int, size: int) -> None:
        """A file comes, or goes, where there may be one of that name."""
        with suppress(FileNotFoundError):
            number_, size = number_ - 1, size - self.size_of(name)
        self.more = self.more[0] + number_, self.more[1] + size
        self.names.add(f"{SEGMENT}.{name}")


def _write(path: str, data: bytes) -> None:
    """A file with this content; os.write may take less than it is given."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
    finally:
        os.close(descriptor)


def _holds(path: str, data: bytes) -> bool:
    try:
        with open(path, "rb", buffering=0) as file:
            return file.read(len(data) + 1) == data
    except OSError:
        return False


def own_terms(folder: Path) -> list[int]:
    """The mixed terms that have files of their own, rising."""
    start = f"{SEGMENT}.b."
    files = (name.removeprefix(start) for name in os.listdir(folder) if name.startswith(start))
    return sorted(int(rest, 16) for rest in files if f"b.{rest}" != NAMES)


def measure(folder: Path) -> tuple[int, int]:
    """How many files there are, and their bytes, without the state."""
    number_ = size = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.lstrip("_").startswith(INDEX):
                number_, size = number_ + 1, size + entry.stat().st_size
    return number_, size


def clear(folder: Path) -> None:
    (folder / STATE).unlink(missing_ok=True)
    with os.scandir(folder) as entries:
        for entry in list(entries):
            if entry.name.lstrip("_").startswith(f"{INDEX}_"):
                os.unlink(entry.path)


def _tools() -> str:
    """What folding and sounds hang on beside our own code: with others the terms are others."""
    table = hashlib.blake2b(repr(simplified()).encode(), digest_size=4).hexdigest()
    return f"unicode {unicodedata.unidata_version}, pypinyin {version('pypinyin')}, {table}"


def read_state(folder: Path) -> State | None:
    """The state, or nothing where there is none of this program's format."""
    try:
        data = json.loads((folder / STATE).read_bytes())
        if (data["format"], data["tools"]) != (FORMAT, _tools()):
            return None
        ids = json.loads((folder / f"{SEGMENT}.ids").read_bytes())
        slots = {
            slot: (id_, digest, size)
            for (id_, slot), (digest, size) in zip(ids.items(), data["documents"], strict=True)
        }
        layout, (files, size) = Layout(data["space"], data["bits"]), data["files"]
        return State(layout, slots, data["stamp"], data["filters"], (files, size), data["reach"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def write_state(folder: Path, state: State) -> None:
    """The digest and size of each document, in the order of the file of ids."""
    data = {
        "format": FORMAT,
        "tools": _tools(),
        "space": state.layout.space,
        "bits": state.layout.bits,
        "stamp": state.stamp,
        "filters": state.filters,
        "files": state.files,
        "reach": state.reach,
        "documents": [(digest, size) for _, digest, size in state.slots.values()],
    }
    path = folder / STATE
    path.with_suffix(".json~").write_bytes(as_json(data))
    os.replace(path.with_suffix(".json~"), path)


def finish(
    writer: Writer,
    layout: Layout,
    sizes: dict[int, int],
    corpus: Corpus,
    shared: Shared,
    old: State | None = None,
) -> None:
    """What is small: facets, the preset, the root, the names of own files, the state; as far as
    it is not what it was in an `old` state of this layout.
    """
    folder, filters, documents = Path(writer.folder), corpus.filters, len(corpus.entries)
    if old is None or old.filters != filters:
        writer.put(pack_facets(corpus.placed, layout))
    sizes_of_facets = (writer.size_of(f"f.{name}") for name in FACETS)
    writer.put([(PRESET, shared.packer.file)])
    own: list[int] = []
    if pay(documents):
        writer.put([(PIECES, write_pieces(shared.pieces))])
    else:
        own = own_terms(folder)
    writer.put([(NAMES, encode_names(own, layout))])
    root = {
        "format": FORMAT,
        "epoch": int.from_bytes(layout.epoch, "big"),
        "preset": int.from_bytes(shared.packer.sign, "big"),
        "stamp": corpus.stamp(layout),
        "documents": documents,
        "space": layout.space,
        "bits": layout.bits,
        "heads": number_of_files(shared.pieces),
        "facets": sum(sizes_of_facets),
        "synonyms": corpus.synonyms,
    }
    writer.put([(ROOT, as_json(root))])
    writer.put([("ids", as_json(corpus.slots))])
    if old is None or len(old.slots) != documents:  # Whoosh takes a while to load
        from broadsheet.search.codec import write_contents

        write_contents(folder, layout, documents)
        files = measure(folder)
    else:
        files = old.files[0] + writer.more[0], old.files[1] + writer.more[1]
    slots = {slot: (e.id, e.digest, sizes.get(slot, 0)) for slot, e in corpus.placed}
    write_state(
        folder, State(layout, slots, str(root["stamp"]), filters, files, shared.packer.reach)
    )
