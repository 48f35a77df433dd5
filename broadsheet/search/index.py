"""The prebuilt index, search/index/: made once, then kept up with the documents.

The files depend on the documents alone. An update writes only the shards with terms of documents
that have changed, and equals a new index byte for byte. `state.json` says what the files hold; it
is removed before the first of them changes, so an update that was cut short is made anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

import numpy as np
import numpy.typing as npt

from broadsheet.jobs import POOL_PAYS, done, spread
from broadsheet.search.coding import DamagedError, encode
from broadsheet.search.decoding import Shard, occurrences_of
from broadsheet.search.documents import FACETS, Document, Entry
from broadsheet.search.facets import pack_facets
from broadsheet.search.folding import simplified
from broadsheet.search.fragments import PRESET, Packer, preset_length
from broadsheet.search.layout import (
    DOCUMENT_BITS,
    FEW,
    FORMAT,
    INDEX,
    PREBUILT,
    Keys,
    Layout,
    Places,
    layout_for,
    number,
)
from broadsheet.search.ranges import Range, Ranges
from broadsheet.search.terms import merge, occurrences

SEGMENT = f"{INDEX}_{PREBUILT}"  # as Whoosh names segments; each file is `MAIN_site.<name>`
STATE = "state.json"
ROOT = "root"  # what a reader loads first
_ANEW = 0.2  # of the documents changed: then a new index is quicker than an update


@dataclass(frozen=True, slots=True)
class Changes:
    """What an update did. `names` are the files that it wrote or took away; none means any."""

    documents: int
    changed: int
    written: int
    names: frozenset[str] | None = None


Synonyms = tuple[tuple[str, ...], ...]  # groups of words for the same, folded


@dataclass(frozen=True)
class Corpus:
    """What the index is to hold."""

    entries: dict[str, Entry]  # by id
    slots: dict[str, int]
    synonyms: Synonyms

    @property
    def placed(self) -> list[tuple[int, Entry]]:
        """The entries by their slots, in order."""
        return [(slot, self.entries[id_]) for id_, slot in self.slots.items()]

    @property
    def space(self) -> int:
        return layout_for(len(self.entries), 0).space

    @property
    def filters(self) -> str:
        """A digest of all filters."""
        found = hashlib.blake2b(digest_size=8)
        for slot, entry in self.placed:
            found.update(b"%d %b;" % (slot, entry.filter_digest))
        return found.hexdigest()

    @property
    def packer(self) -> Packer:
        return Packer.of(((slot, e.document) for slot, e in self.placed), len(self.entries))


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


def update(
    folder: Path,
    documents: Sequence[Entry],
    synonyms: Synonyms = (),
    *,
    anew: bool = False,
    sound: bool = False,
    executor: Executor | None = None,
) -> Changes:
    """Bring the index in `folder` up to `documents`, or make it `anew`, with `executor`'s help.

    `sound` says that the files are known to be what the last update left. Raises OSError where it
    cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    by_id = {document.id: document for document in documents}
    old = None if anew else _read_state(folder)
    if old is not None and old.layout == layout_for(len(old.slots), old.postings):
        corpus = Corpus(by_id, _slots_for(by_id, old), synonyms)
        before = {slot: (id_, digest) for slot, (id_, digest, _) in old.slots.items()}
        now = {slot: (entry.id, entry.digest) for slot, entry in corpus.placed}
        changed = {slot for slot in now.keys() | before.keys() if now.get(slot) != before.get(slot)}
        sound = sound or old.files == _measure(folder)
        if sound and not changed and old.stamp == _stamp(old.layout, corpus):
            return Changes(len(by_id), 0, 0, frozenset())
        if sound and len(changed) <= max(1, _ANEW * len(before)):
            with suppress(
                DamagedError, OSError, KeyError, ValueError, IndexError
            ):  # what cannot be read is made anew
                return _Update(folder, old, corpus, changed).run()
    corpus = Corpus(by_id, number(by_id, layout_for(len(by_id), 0).space), synonyms)
    return _build(folder, corpus, executor)


def _slots_for(ids: Collection[str], old: State) -> dict[str, int]:
    """The slot of each id; of the same ids they are what they were."""
    same = {id_: slot for slot, (id_, _, _) in old.slots.items()}
    return same if same.keys() == set(ids) else number(ids, layout_for(len(ids), 0).space)


def _stamp(layout: Layout, corpus: Corpus) -> str:
    """Names a state of the whole index; in the address of each file, so that caches keep apart."""
    listed = [(slot, entry.digest) for slot, entry in corpus.placed]
    text = repr((layout.epoch, listed, corpus.synonyms)).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=8).hexdigest()


def published_files(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Of the files of an index those that readers fetch: the address below search/, the name."""
    for name in names:
        prefix, _, rest = name.partition(".")
        if prefix == SEGMENT and rest != "ids" and not rest.endswith("~"):
            yield address(rest), name


def address(name: str) -> str:
    """Where a file of the index is published, below search/."""
    if name == ROOT:
        return "index.json"
    kind, _, rest = name.partition(".")
    return f"{kind}/{rest}.bin"


# -- from the start -------------------------------------------------------------------------------


def _build(folder: Path, corpus: Corpus, executor: Executor | None = None) -> Changes:
    _clear(folder)
    place = os.path.abspath(folder)
    sizes: dict[int, int] = {}
    placed, packer = corpus.placed, corpus.packer
    with Ranges(len(placed)) as ranges:
        for keys, places in spread(write_fragments, placed, executor, packer, place):
            sizes |= _postings_of(keys, corpus.space)
            ranges.add(keys, places)
        layout = layout_for(len(placed), sum(sizes.values()))
        work = [
            (write_shards, one, layout, ranges.shards(n, layout), place)
            for n, one in enumerate(ranges.all())
        ]
        parallel = executor if len(placed) >= POOL_PAYS else None
        written = len(placed) + sum(done(work, parallel))
    writer = _Writer(folder, empty=True)
    _finish(writer, layout, sizes, corpus, packer)
    return Changes(len(placed), len(placed), written + writer.written)


def write_fragments(
    placed: Sequence[tuple[int, Entry]], packer: Packer, folder: str
) -> tuple[Keys, Places]:
    """Write the fragments of a partition, and find its terms (this is what runs in a worker)."""
    writer = _Writer(folder, empty=True)
    documents = [(slot, entry.document) for slot, entry in placed]
    packed = packer.pack_all([document for _, document in documents])
    writer.put(zip((f"d.{slot:06x}" for slot, _ in placed), packed, strict=True))
    return occurrences([(slot, document.zones) for slot, document in documents])


def write_shards(found: Range, layout: Layout, shards: Sequence[int], folder: str) -> int:
    """Write a range of shards (this, too, runs in a worker)."""
    writer = _Writer(folder, empty=True)
    writer.put(encode(*merge(found.parts), layout, shards))
    return writer.written


def _postings_of(keys: Keys, space: int) -> dict[int, int]:
    """How many terms (per zone) each document has."""
    fresh = np.ones(len(keys), np.bool_)
    fresh[1:] = keys[1:] != keys[:-1]
    counts = np.bincount(_documents_of(keys[fresh]), minlength=space)
    return {int(slot): int(counts[slot]) for slot in np.flatnonzero(counts)}


def _documents_of(keys: Keys) -> npt.NDArray[np.int64]:
    return (keys & np.uint64((1 << DOCUMENT_BITS) - 1)).astype(np.int64)


def _finish(
    writer: _Writer,
    layout: Layout,
    sizes: dict[int, int],
    corpus: Corpus,
    packer: Packer,
    old: State | None = None,
) -> None:
    """What is small: facets, the preset, the root, the state; as far as it is not what it was in an
    `old` state of this layout.
    """
    filters, documents = corpus.filters, len(corpus.entries)
    if old is None or old.filters != filters:
        writer.put(pack_facets(corpus.placed, layout))
    sizes_of_facets = (writer.size_of(f"f.{name}") for name in FACETS)
    writer.put([(PRESET, packer.file)])
    root = {
        "format": FORMAT,
        "epoch": layout.epoch.hex(),
        "preset": packer.sign.hex(),
        "stamp": _stamp(layout, corpus),
        "documents": documents,
        "space": layout.space,
        "bits": layout.bits,
        "facets": sum(sizes_of_facets),
        "synonyms": corpus.synonyms,
    }
    writer.put([(ROOT, _json(root))])
    writer.put([("ids", _json(corpus.slots))])
    folder = Path(writer.folder)
    if old is None or len(old.slots) != documents:  # Whoosh takes a while to load
        from broadsheet.search.codec import write_contents

        write_contents(folder, layout, documents)
        files = _measure(folder)
    else:
        files = old.files[0] + writer.more[0], old.files[1] + writer.more[1]
    slots = {slot: (e.id, e.digest, sizes.get(slot, 0)) for slot, e in corpus.placed}
    _write_state(folder, State(layout, slots, str(root["stamp"]), filters, files, packer.reach))


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


# -- what has changed -----------------------------------------------------------------------------


@dataclass(frozen=True)
class _Update:
    """An index of the same layout, brought up to `corpus` where the `changed` slots differ."""

    folder: Path
    old: State
    corpus: Corpus
    changed: set[int]

    def run(self) -> Changes:
        corpus = self.corpus
        names = {slot: id_ for id_, slot in corpus.slots.items()}
        gone = sorted(slot for slot in self.changed if slot in self.old.slots)
        come = sorted(slot for slot in self.changed if slot in names)
        before = occurrences([(slot, self._fragment(slot).zones) for slot in gone])
        documents = {slot: corpus.entries[names[slot]].document for slot in come}
        after = occurrences([(slot, one.zones) for slot, one in documents.items()])
        sizes = {s: size for s, (_, _, size) in self.old.slots.items() if s not in self.changed}
        sizes |= _postings_of(after[0], corpus.space)
        layout = layout_for(len(names), sum(sizes.values()))
        if layout != self.old.layout:
            return _build(self.folder, corpus)
        files = self._files(before, after)
        writer = _Writer(self.folder)
        (self.folder / STATE).unlink()
        writer.remove(f"d.{slot:06x}" for slot in gone if slot not in names)
        packer = self._packer_now()
        if packer != self.packer:  # every fragment is another
            documents = {slot: entry.document for slot, entry in corpus.placed}
        bodies = packer.pack_all([*documents.values()])
        writer.put(zip((f"d.{slot:06x}" for slot in documents), bodies, strict=True))
        writer.put(files.items())
        writer.remove(self._stale(files))
        _finish(writer, layout, sizes, corpus, packer, self.old)
        told = None if len(names) != len(self.old.slots) else frozenset((*writer.names, STATE))
        return Changes(len(names), len(self.changed), writer.written, told)

    @cached_property
    def packer(self) -> Packer:
        return replace(Packer.read(self._read(PRESET)), reach=self.old.reach)

    def _packer_now(self) -> Packer:
        totals = len(self.old.slots), len(self.corpus.slots)
        is_same = min(self.changed, default=1 << DOCUMENT_BITS) > self.old.reach
        same_length = len({preset_length(total) for total in totals}) == 1
        return self.packer if is_same and same_length else self.corpus.packer

    def _read(self, name: str) -> bytes:
        return (self.folder / f"{SEGMENT}.{name}").read_bytes()

    def _fragment(self, slot: int) -> Document:
        return self.packer.unpack(self._read(f"d.{slot:06x}"))

    def _files(self, before: tuple[Keys, Places], now: tuple[Keys, Places]) -> dict[str, bytes]:
        """The new files of every shard of which a changed document has other terms or places."""
        layout = self.old.layout
        down = np.uint64(64 - layout.bits)
        shards = np.unique(_differences(before, now) >> down)
        here = np.isin(now[0] >> down, shards)
        after, places = now[0][here], now[1][here]
        shards = shards.astype(int).tolist()
        kept: list[tuple[Keys, Places]] = []
        unplaced = [np.zeros(0, np.uint64)]
        for shard in shards:
            keys, found, unknown = occurrences_of(Shard(shard, layout, self._read))
            stays = ~np.isin(_documents_of(keys), list(self.changed))
            kept.append((keys[stays & ~unknown], found[stays & ~unknown]))
            unplaced.append(keys[stays & unknown])
        few = np.concatenate(unplaced)
        grown = np.isin(few, self._now_placed(few, after))
        kept.append((few[~grown], self._count(few[~grown])))
        kept.append(self._places_of(np.unique(few[grown])))
        keys, found = merge([*kept, (after, places)])
        return dict(encode(keys, found, layout, shards))

    @staticmethod
    def _count(keys: Keys) -> Places:
        """Places that are in order, where the true ones are not wanted."""
        return np.arange(len(keys), dtype=np.uint32)

    @staticmethod
    def _now_placed(unplaced: Keys, after: Keys) -> Keys:
        """Keys whose lists have grown beyond FEW documents, so that their places are wanted."""
        unplaced = np.unique(unplaced)
        homes = np.concatenate((unplaced, np.unique(after))) >> np.uint64(DOCUMENT_BITS)
        home, count = np.unique(homes, return_counts=True)
        return unplaced[np.isin(unplaced >> np.uint64(DOCUMENT_BITS), home[count > FEW])]

    def _places_of(self, keys: Keys) -> tuple[Keys, Places]:
        """Places that no file has, from the text of their documents."""
        slots = np.unique(_documents_of(keys)).tolist()
        every, places = occurrences([(slot, self._fragment(slot).zones) for slot in slots])
        wanted = np.isin(every, keys)
        return every[wanted], places[wanted]

    def _stale(self, files: dict[str, bytes]) -> Iterator[str]:
        """Files of their own that lists no longer need."""
        bits = 32 - self.old.layout.bits
        shards = {name[2:] for name in files if name[0] == "t"}
        for path in os.listdir(self.folder):
            name = path.removeprefix(f"{SEGMENT}.")
            own = name[:2] in {"b.", "q."} and name not in files
            if own and f"{int(name[2:10], 16) >> bits:05x}" in shards:
                yield name


def _differences(one: tuple[Keys, Places], other: tuple[Keys, Places]) -> Keys:
    """The keys of which only one of two documents has this place."""
    keys = np.concatenate((one[0], other[0]))
    places = np.concatenate((one[1], other[1]))
    order = np.lexsort((places, keys))
    keys, places = keys[order], places[order]
    same = np.zeros(len(keys) + 1, np.bool_)
    same[1:-1] = (keys[1:] == keys[:-1]) & (places[1:] == places[:-1])
    return keys[~(same[1:] | same[:-1])]


# -- files ----------------------------------------------------------------------------------------


class _Writer:
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


def _measure(folder: Path) -> tuple[int, int]:
    """How many files there are, and their bytes, without the state."""
    number_ = size = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.lstrip("_").startswith(INDEX):
                number_, size = number_ + 1, size + entry.stat().st_size
    return number_, size


def _clear(folder: Path) -> None:
    (folder / STATE).unlink(missing_ok=True)
    with os.scandir(folder) as entries:
        for entry in list(entries):
            if entry.name.lstrip("_").startswith(f"{INDEX}_"):
                os.unlink(entry.path)


def _tools() -> str:
    """What folding and sounds hang on beside our own code: with others the terms are others."""
    table = hashlib.blake2b(repr(simplified()).encode(), digest_size=4).hexdigest()
    return f"unicode {unicodedata.unidata_version}, pypinyin {version('pypinyin')}, {table}"


def _read_state(folder: Path) -> State | None:
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


def _write_state(folder: Path, state: State) -> None:
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
    path.with_suffix(".json~").write_bytes(_json(data))
    os.replace(path.with_suffix(".json~"), path)
