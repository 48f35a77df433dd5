"""The prebuilt index, search/index/: made once, then kept up with the documents.

The files depend on the documents alone. An update writes only the shards with terms of documents
that have changed, and equals a new index byte for byte. `state.json` says what the files hold; it
is removed before the first of them changes, so an update that was cut short is made anew.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from pathlib import Path

from broadsheet.jobs import POOL_PAYS, done, spread
from broadsheet.search.coding import DamagedError, Ints, encode
from broadsheet.search.corpus import Corpus, Shared, Synonyms
from broadsheet.search.documents import Entry
from broadsheet.search.edit import Edit
from broadsheet.search.heads import Collector, encode_heads, number_of_files
from broadsheet.search.layout import Keys, Layout, Places, layout_for, number
from broadsheet.search.pieces import Ranks
from broadsheet.search.ranges import Range, Ranges
from broadsheet.search.state import Changes, State, Writer, clear, finish, measure, read_state
from broadsheet.search.terms import batches, merge, occurrences_in, postings_in

_ANEW = 0.2  # of the documents changed: then a new index is quicker than an update


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
    old = None if anew else read_state(folder)
    if old is not None and old.layout == layout_for(len(old.slots), old.postings):
        corpus = Corpus(by_id, _slots_for(by_id, old), synonyms)
        before = {slot: (id_, digest) for slot, (id_, digest, _) in old.slots.items()}
        now = {slot: (entry.id, entry.digest) for slot, entry in corpus.placed}
        changed = {slot for slot in now.keys() | before.keys() if now.get(slot) != before.get(slot)}
        sound = sound or old.files == measure(folder)
        if sound and not changed and old.stamp == corpus.stamp(old.layout):
            return Changes(len(by_id), 0, 0, frozenset())
        if sound and len(changed) <= max(1, _ANEW * len(before)):
            with suppress(
                DamagedError, OSError, KeyError, ValueError, IndexError
            ):  # what cannot be read is made anew
                changes = Edit(folder, old, corpus, changed).run()
                if changes:
                    return changes
    corpus = Corpus(by_id, number(by_id, layout_for(len(by_id), 0).space), synonyms)
    return _build(folder, corpus, executor)


def _slots_for(ids: Collection[str], old: State) -> dict[str, int]:
    """The slot of each id; of the same ids they are what they were."""
    same = {id_: slot for slot, (id_, _, _) in old.slots.items()}
    return same if same.keys() == set(ids) else number(ids, layout_for(len(ids), 0).space)


# -- from the start -------------------------------------------------------------------------------


def _build(folder: Path, corpus: Corpus, executor: Executor | None = None) -> Changes:
    clear(folder)
    place = os.path.abspath(folder)
    sizes: dict[int, int] = {}
    placed, shared = corpus.placed, corpus.shared
    heads = Collector(shared.pieces)
    with Ranges(len(placed)) as ranges:
        parts = spread(write_fragments, placed, executor, shared, place)
        for (keys, places), found in parts:
            sizes |= postings_in(keys, corpus.space)
            ranges.add(keys, places)
            for some in found:
                heads.add(*some)
        layout = layout_for(len(placed), sum(sizes.values()))
        work = [
            (write_shards, one, layout, ranges.shards(n, layout), place)
            for n, one in enumerate(ranges.all())
        ]
        parallel = executor if len(placed) >= POOL_PAYS else None
        written = len(placed) + sum(done(work, parallel))
    writer = Writer(folder, empty=True)
    files = number_of_files(shared.pieces)
    writer.put(encode_heads(heads.heads, files, layout, range(files)))
    finish(writer, layout, sizes, corpus, shared)
    return Changes(len(placed), len(placed), written + writer.written)


def write_fragments(
    placed: Sequence[tuple[int, Entry]], shared: Shared, folder: str
) -> tuple[tuple[Keys, Places], list[tuple[Ints, Ranks]]]:
    """Write the fragments of a partition, and find its terms and pieces (this runs in a worker)."""
    writer = Writer(folder, empty=True)
    documents = [(slot, entry.document) for slot, entry in placed]
    packed = shared.packer.pack_all([document for _, document in documents])
    writer.put(zip((f"d.{slot:x}" for slot, _ in placed), packed, strict=True))
    texts = batches([(slot, document.zones) for slot, document in documents])
    pieces = shared.pieces
    return occurrences_in(texts), [pieces.found_in(one) for one in texts if pieces.texts]


def write_shards(found: Range, layout: Layout, shards: Sequence[int], folder: str) -> int:
    """Write a range of shards (this, too, runs in a worker)."""
    writer = Writer(folder, empty=True)
    writer.put(encode(*merge(found.parts), layout, shards))
    return writer.written
