"""What an index is to hold: the documents, their slots, and what follows from all of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from broadsheet.search.documents import Entry
from broadsheet.search.fragments import Packer
from broadsheet.search.layout import Layout, layout_for
from broadsheet.search.pieces import Pieces, pay, pieces_of

Synonyms = tuple[tuple[str, ...], ...]  # groups of words for the same, folded


@dataclass(frozen=True, slots=True)
class Shared:
    """What files of all documents build on; it follows from the first ones."""

    packer: Packer
    pieces: Pieces


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
    def shared(self) -> Shared:
        return Shared(self.packer, self.pieces)

    @property
    def packer(self) -> Packer:
        return Packer.of(((slot, e.document) for slot, e in self.placed), len(self.entries))

    @property
    def pieces(self) -> Pieces:
        if not pay(len(self.entries)):
            return Pieces()
        return pieces_of((slot, entry.document.zones) for slot, entry in self.placed)

    def stamp(self, layout: Layout) -> str:
        """Names a state of the whole index; in each file's address, so that caches keep apart."""
        listed = [(slot, entry.digest) for slot, entry in self.placed]
        text = repr((layout.epoch, listed, self.synonyms)).encode("utf-8", "surrogatepass")
        return hashlib.blake2b(text, digest_size=8).hexdigest()
