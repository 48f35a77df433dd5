"""An edit: an index brought up to its documents by writing only what is other than before."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from broadsheet.search.coding import encode
from broadsheet.search.corpus import Corpus, Shared
from broadsheet.search.decoding import Files, Shard, occurrences_of
from broadsheet.search.documents import Document
from broadsheet.search.fragments import PRESET, Packer, preset_length
from broadsheet.search.heads import changed_pieces, number_of_files, renew
from broadsheet.search.layout import DOCUMENT_BITS, FEW, Keys, Places, layout_for
from broadsheet.search.pieces import Pieces, pay, read_pieces
from broadsheet.search.state import (
    NAMES,
    PIECES,
    SEGMENT,
    STATE,
    Changes,
    State,
    Writer,
    finish,
)
from broadsheet.search.terms import (
    batches,
    documents_in,
    merge,
    occurrences,
    occurrences_in,
    postings_in,
)

_MANY_PIECES = 1_000  # that change: then a new index is quicker


@dataclass(frozen=True)
class Edit:
    """An index of the same layout, brought up to `corpus` where the `changed` slots differ."""

    folder: Path
    old: State
    corpus: Corpus
    changed: set[int]

    def run(self) -> Changes | None:
        corpus = self.corpus
        names = {slot: id_ for id_, slot in corpus.slots.items()}
        gone = sorted(slot for slot in self.changed if slot in self.old.slots)
        come = sorted(slot for slot in self.changed if slot in names)
        texts = batches([(slot, self._fragment(slot).zones) for slot in gone])
        documents = {slot: corpus.entries[names[slot]].document for slot in come}
        texts_now = batches([(slot, one.zones) for slot, one in documents.items()])
        before, after = occurrences_in(texts), occurrences_in(texts_now)
        sizes = {s: size for s, (_, _, size) in self.old.slots.items() if s not in self.changed}
        sizes |= postings_in(after[0], corpus.space)
        layout = layout_for(len(names), sum(sizes.values()))
        if layout != self.old.layout or pay(len(names)) != pay(len(self.old.slots)):
            return None
        shared = Shared(self._packer_now(), self._pieces_now())
        edited = changed_pieces(self.pieces, shared.pieces, texts, texts_now)
        if len(edited) > _MANY_PIECES:
            return None
        files = self._files(before, after)
        files |= renew(self.pieces, shared.pieces, edited, layout, self._read, self._reader(files))
        writer = Writer(self.folder)
        (self.folder / STATE).unlink()
        writer.remove(f"d.{slot:x}" for slot in gone if slot not in names)
        if shared.packer != self.packer:  # every fragment is another
            documents = {slot: entry.document for slot, entry in corpus.placed}
        bodies = shared.packer.pack_all([*documents.values()])
        writer.put(zip((f"d.{slot:x}" for slot in documents), bodies, strict=True))
        writer.put(files.items())
        writer.remove(self._stale(files, number_of_files(shared.pieces)))
        finish(writer, layout, sizes, corpus, shared, self.old)
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

    @cached_property
    def pieces(self) -> Pieces:
        return read_pieces(self._read(PIECES)) if pay(len(self.old.slots)) else Pieces()

    def _pieces_now(self) -> Pieces:
        is_same = min(self.changed, default=1 << DOCUMENT_BITS) > self.pieces.reach
        return self.pieces if is_same else self.corpus.pieces

    def _reader(self, files: dict[str, bytes]) -> Files:
        """Reads what the files will be."""
        return lambda name: files[name] if name in files else self._read(name)

    def _read(self, name: str) -> bytes:
        return (self.folder / f"{SEGMENT}.{name}").read_bytes()

    def _fragment(self, slot: int) -> Document:
        return self.packer.unpack(self._read(f"d.{slot:x}"))

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
            stays = ~np.isin(documents_in(keys), list(self.changed))
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
        """Keys whose terms have grown beyond FEW postings, so that their places are wanted."""
        unplaced = np.unique(unplaced)
        terms = np.concatenate((unplaced, np.unique(after))) >> np.uint64(32)
        term, count = np.unique(terms, return_counts=True)
        return unplaced[np.isin(unplaced >> np.uint64(32), term[count > FEW])]

    def _places_of(self, keys: Keys) -> tuple[Keys, Places]:
        """Places that no file has, from the text of their documents."""
        slots = np.unique(documents_in(keys)).tolist()
        every, places = occurrences([(slot, self._fragment(slot).zones) for slot in slots])
        wanted = np.isin(every, keys)
        return every[wanted], places[wanted]

    def _stale(self, files: dict[str, bytes], heads: int) -> Iterator[str]:
        """Files of their own that lists no longer need, and those of heads above their number."""
        layout = self.old.layout
        shards = {name[2:] for name in files if name[0] == "t"}
        for path in os.listdir(self.folder):
            kind, _, rest = path.removeprefix(f"{SEGMENT}.").partition(".")
            name = f"{kind}.{rest}"
            if kind == "h" and int(rest, 16) >= heads:
                yield name
            own = kind == "b" and name not in files and name != NAMES
            if own and f"{layout.shard_of(int(rest, 16)):x}" in shards:
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
