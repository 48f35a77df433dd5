"""Writes a segment for Whoosh's own writer, document by document, then posting by posting."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

import numpy as np
from whoosh.codec import base

from broadsheet.search.coding import encode
from broadsheet.search.documents import FACETS, Document
from broadsheet.search.facets import pack_facets
from broadsheet.search.fragments import PRESET, Packer
from broadsheet.search.layout import (
    DOCUMENT_BITS,
    FORMAT,
    ZONES,
    Layout,
    layout_for,
    mix_one,
    term_of,
)
from broadsheet.search.segment_files import Segment, SegmentFiles


class DocumentWriter(base.PerDocumentWriter):
    """Keeps stored fields, and writes them as fragments."""

    def __init__(self, storage: Any, segment: Segment) -> None:
        self._files = SegmentFiles(storage, segment)
        self._stored: dict[str, Any] = {}
        self._docnum = 0
        self._ids: dict[str, int] = {}
        self._packer = Packer()
        self.is_closed = False

    def start_doc(self, docnum: int) -> None:
        self._docnum, self._stored = docnum, {}

    def add_field(self, fieldname: str, fieldobj: Any, value: Any, length: int) -> None:
        if value is not None:
            self._stored[fieldname] = value

    def add_column_value(self, fieldname: str, columnobj: Any, value: Any) -> None:
        raise NotImplementedError("no columns: facets serve for sorting, too")

    def add_vector_items(self, fieldname: str, fieldobj: Any, items: Any) -> None:
        raise NotImplementedError("no vectors")

    def cancel_doc(self) -> None:
        self._stored = {}

    def finish_doc(self) -> None:
        document = _document(self._stored)
        self._ids[document.id] = self._docnum
        self._files.write(f"d.{self._docnum:x}", self._packer.pack(document))

    def close(self) -> None:
        self._files.write(PRESET, self._packer.file)
        self._files.write("ids", json.dumps(self._ids).encode())
        self.is_closed = True


def _document(stored: dict[str, Any]) -> Document:
    """Stored fields as a document; what a list shows of filters is their first value."""

    def shown(facet: str) -> str:
        value = stored.get(facet) or [""]
        first = value if isinstance(value, str) else value[0]
        return first if isinstance(first, str) else first[0]

    def several(name: str) -> tuple[str, ...]:
        value = stored.get(name, ())
        return (value,) if isinstance(value, str) else tuple(value)

    body = stored.get("body", ())
    sections = [("", [body])] if isinstance(body, str) else body
    return Document(
        str(stored.get("id", "")),
        stored.get("title", ""),
        several("proposers"),
        several("hosts"),
        several("keywords"),
        tuple((label, tuple(paragraphs)) for label, paragraphs in sections),
        shown("theme"),
        several("facts"),
        shown("grade"),
        shown("date"),
    )


class PostingWriter(base.FieldWriter):
    """Collects postings, and writes all of them as `index.update` would."""

    def __init__(self, storage: Any, segment: Segment) -> None:
        self._files, self._segment = SegmentFiles(storage, segment), segment
        self._keys: list[int] = []
        self._places: list[int] = []
        self._facets: dict[str, dict[int, list[tuple[str, str]]]] = {
            name: defaultdict(list) for name in FACETS
        }
        self._documents = 0
        self._field = self._text = ""
        self.is_closed = False

    def start_field(self, fieldname: str, fieldobj: Any) -> None:
        self._field = fieldname

    def start_term(self, text: bytes) -> None:
        self._text = text.decode("utf-8", "surrogatepass")

    def add(self, docnum: int, weight: float, vbytes: bytes, length: int) -> None:
        self._documents = max(self._documents, docnum + 1)
        if self._field in self._facets:
            self._facets[self._field][docnum].append((self._text, bytes(vbytes).decode()))
        elif self._field in ZONES:
            home = mix_one(term_of(self._text)) << 3 | ZONES.index(self._field)
            places = np.frombuffer(vbytes, ">u4").tolist() or [0]
            self._keys += [home << DOCUMENT_BITS | docnum] * len(places)
            self._places += places

    def finish_term(self) -> None:
        pass

    def close(self) -> None:
        keys = np.array(self._keys, np.uint64)
        order = np.argsort(keys, kind="stable")
        keys, places = keys[order], np.array(self._places, np.uint32)[order]
        count = max(1, self._documents, len(self._files.ids))
        layout = Layout(count, layout_for(count, len(np.unique(keys))).bits)
        files = [*encode(keys, places, layout, range(layout.shards))]
        documents = [
            (n, Document("", "", filters=tuple(tuple(self._facets[f][n]) for f in FACETS)))
            for n in range(count)
        ]
        files += pack_facets(documents, layout)
        root = {"format": FORMAT, "documents": count}
        root |= {"epoch": int.from_bytes(layout.epoch, "big")}
        root |= {"preset": int.from_bytes(Packer().sign, "big")}
        root |= {"space": layout.space, "bits": layout.bits}
        files.append(("root", json.dumps(root).encode()))
        for name, data in files:
            self._files.write(name, data)
        self.is_closed = True
