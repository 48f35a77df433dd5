"""A Whoosh codec whose segment files are the very files that browsers fetch.

`whoosh.codec.base.Codec` is Whoosh's own extension point, so its query parser, scoring and
collectors work on the prebuilt index, and its writer can add to and delete from one:

    index = open_index(folder)                      # search/index/, as `index.update` made it
    with index.writer(codec=CaseCodec()) as writer:
        writer.add_document(id="…", title="…", body=[["建议", ["……"]]], theme="economy")

Holes among the document numbers of a prebuilt segment are documents that nobody can meet.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from whoosh.codec import base
from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC, FileIndex
from whoosh.matching import ListMatcher
from whoosh.reading import TermInfo, TermNotFound

from broadsheet.search import fragments
from broadsheet.search.coding import DamagedError, encode
from broadsheet.search.decoding import Postings, Shard
from broadsheet.search.documents import FACETS, Document
from broadsheet.search.facets import pack_facets, unpack_facet
from broadsheet.search.fields import Places, schema
from broadsheet.search.layout import (
    DOCUMENT_BITS,
    FORMAT,
    SOUND,
    ZONES,
    Keys,
    Layout,
    layout_for,
    mix_one,
    term_of,
    text_of,
    unmix,
)
from broadsheet.search.layout import Places as PlaceArray
from broadsheet.search.terms import occurrences

INDEX, PREBUILT = "MAIN", "site"


def write_contents(folder: Path, layout: Layout, documents: int) -> None:
    """Tell Whoosh what stands in `folder`: one segment, whatever its own writer left there."""
    for old in folder.glob(f"_{INDEX}_*.toc"):
        old.unlink()
    segment = CaseSegment(INDEX, PREBUILT, layout.space, documents)
    contents = TOC(schema(), [segment], 1)
    contents.write(FileStorage(str(folder)), INDEX)


def open_index(folder: Path) -> FileIndex:
    """The prebuilt index. Raises `DamagedError` where it is none of this program's."""
    try:
        return FileIndex(FileStorage(str(folder)), indexname=INDEX)
    except Exception as error:  # whatever unpickling may raise
        raise DamagedError(str(error)) from error


class CaseCodec(base.Codec):
    """What Whoosh asks for the parts of a segment."""

    length_stats = False

    def per_document_writer(self, storage: Any, segment: CaseSegment) -> DocumentWriter:
        return DocumentWriter(storage, segment)

    def field_writer(self, storage: Any, segment: CaseSegment) -> PostingWriter:
        return PostingWriter(storage, segment)

    def postings_writer(self, dbfile: Any, byteids: bool = False) -> Any:
        raise NotImplementedError  # PostingWriter writes all lists at once

    def postings_reader(self, dbfile: Any, terminfo: Any, format_: Any, **kwargs: Any) -> Any:
        raise NotImplementedError  # TermReader.matcher reads them

    def terms_reader(self, storage: Any, segment: CaseSegment) -> TermReader:
        return TermReader(_Files(storage, segment))

    def per_document_reader(self, storage: Any, segment: CaseSegment) -> DocumentReader:
        return DocumentReader(_Files(storage, segment), segment)

    def new_segment(self, storage: Any, indexname: str) -> CaseSegment:
        return CaseSegment(indexname)


class CaseSegment(base.Segment):
    """A segment: `space` document numbers, of which some may be holes, some deleted."""

    def __init__(self, indexname: str, segid: str = "", space: int = 0, documents: int = 0) -> None:
        super().__init__(indexname)
        if segid:
            self.segid = segid
        self._space, self._documents = space, documents
        self._deleted: set[int] = set()

    def codec(self) -> CaseCodec:
        return CaseCodec()

    def should_assemble(self) -> bool:
        return False  # one file would be no use to a browser

    def set_doc_count(self, doccount: int) -> None:
        self._space = self._documents = doccount

    def doc_count_all(self) -> int:
        return self._space

    def doc_count(self) -> int:
        return self._documents - len(self._deleted)

    def has_deletions(self) -> bool:
        return self.doc_count() < self._space

    def deleted_count(self) -> int:
        return len(self._deleted)

    def deleted_docs(self) -> Iterable[int]:
        return iter(self._deleted)

    def delete_document(self, docnum: int, delete: bool = True) -> None:
        (self._deleted.add if delete else self._deleted.discard)(docnum)

    def is_deleted(self, docnum: int) -> bool:
        return docnum in self._deleted


class _Files:
    """The files of a segment by the names of coding.py."""

    def __init__(self, storage: Any, segment: CaseSegment) -> None:
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
        root = json.loads(self.read("root"))
        if root["format"] != FORMAT:
            raise DamagedError(f"format {root['format']}")
        return Layout(root["space"], root["bits"])

    @cached_property
    def ids(self) -> dict[str, int]:
        """Document numbers by id, rising."""
        ids: dict[str, int] = json.loads(self.read("ids"))
        return ids


# -- writing, document by document ----------------------------------------------------------------


class DocumentWriter(base.PerDocumentWriter):
    """Keeps stored fields, and writes them as fragments."""

    def __init__(self, storage: Any, segment: CaseSegment) -> None:
        self._files = _Files(storage, segment)
        self._stored: dict[str, Any] = {}
        self._docnum = 0
        self._ids: dict[str, int] = {}
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
        self._files.write(f"d.{self._docnum:06x}", fragments.pack(document))

    def close(self) -> None:
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

    def __init__(self, storage: Any, segment: CaseSegment) -> None:
        self._files, self._segment = _Files(storage, segment), segment
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
        root = {"format": FORMAT, "epoch": layout.epoch.hex(), "documents": count}
        root |= {"space": layout.space, "bits": layout.bits}
        files.append(("root", json.dumps(root).encode()))
        for name, data in files:
            self._files.write(name, data)
        self.is_closed = True


# -- reading --------------------------------------------------------------------------------------


class PostingMatcher(ListMatcher):
    """The postings of one term; places are read only when they are asked for."""

    def __init__(
        self, reader: TermReader, term: tuple[str, bytes], postings: Postings, scorer: Any = None
    ) -> None:
        super().__init__(
            postings.documents.tolist(),
            postings.times.astype(float).tolist(),
            format=Places(),
            scorer=scorer,
            term=term,
            terminfo=_term_info(postings),
        )
        self.postings, self._reader = postings, reader

    def placed(self) -> Postings | None:
        """The same with places; None where no file has them."""
        return self._reader.places(*self._term)

    def value(self) -> bytes:
        fieldname, text = self._term
        return self._reader.value(fieldname, text, self.id())

    def copy(self) -> PostingMatcher:
        matcher = PostingMatcher(self._reader, self._term, self.postings, self._scorer)
        matcher._i = self._i
        return matcher


def _term_info(postings: Postings) -> TermInfo:
    times = postings.times
    return TermInfo(
        weight=float(times.sum()),
        df=len(times),
        minlength=1,
        maxlength=1,
        maxweight=float(times.max()),
        minid=int(postings.documents[0]),
        maxid=int(postings.documents[-1]),
    )


class TermReader(base.TermsReader):
    """Terms by field: pairs and characters from shards, filters from facets, ids."""

    def __init__(self, files: _Files) -> None:
        self._files = files
        self._shard = lru_cache(maxsize=64)(self._load)
        self._facet = lru_cache(maxsize=None)(self._load_facet)
        self._occurrences = lru_cache(maxsize=256)(self._occurrences_of)

    def _load(self, number: int) -> Shard:
        return Shard(number, self._files.layout, self._files.read)

    def _load_facet(self, name: str) -> dict[bytes, tuple[str, Postings]]:
        facet = unpack_facet(self._files.read(f"f.{name}"), self._files.layout)
        return {
            value.encode(): (shown, Postings(documents, np.ones(len(documents), np.int64)))
            for (value, shown), documents in facet.items()
        }

    def _postings(self, fieldname: str, text: bytes) -> Postings | None:
        if fieldname == "id":
            number = self._files.ids.get(text.decode())
            one = np.ones(1, np.int64)
            return None if number is None else Postings(one * number, one)
        if fieldname in FACETS:
            return self._facet(fieldname).get(text, ("", None))[1]
        if fieldname not in ZONES:
            return None
        term = text.decode("utf-8", "surrogatepass")
        if not 0 < len(term.encode("utf-16-be", "surrogatepass")) <= 4:
            return None
        mixed = mix_one(term_of(term))
        shard = self._shard(self._files.layout.shard_of(mixed))
        return shard.postings(mixed).get(ZONES.index(fieldname))

    def places(self, fieldname: str, text: bytes) -> Postings | None:
        """The postings of a term with places, if a file has them."""
        mixed = mix_one(term_of(text.decode("utf-8", "surrogatepass")))
        shard = self._shard(self._files.layout.shard_of(mixed))
        return shard.places(mixed, ZONES.index(fieldname))

    def value(self, fieldname: str, text: bytes, document: int) -> bytes:
        """What `FieldType.index` gave the posting: places, or the name of a filter's value."""
        if fieldname in FACETS:
            return self._facet(fieldname)[text][0].encode()
        term = text.decode("utf-8", "surrogatepass")
        if fieldname == ZONES[SOUND] or fieldname == "id" or not term_of(term) & 0xFFFF:
            return b""
        keys, places = self._occurrences(document)
        home = mix_one(term_of(term)) << 3 | ZONES.index(fieldname)
        found = places[keys == np.uint64(home << DOCUMENT_BITS | document)]
        return bytes(found.astype(">u4").tobytes())

    def _occurrences_of(self, document: int) -> tuple[Keys, PlaceArray]:
        stored = fragments.unpack(self._files.read(f"d.{document:06x}"))
        return occurrences([(document, stored.zones)])

    def __contains__(self, term: tuple[str, bytes]) -> bool:
        return self._postings(*term) is not None

    def indexed_field_names(self) -> list[str]:
        return sorted(("id", *ZONES, *FACETS))

    def terms(self) -> Iterator[tuple[str, bytes]]:
        found: dict[str, list[bytes]] = {zone: [] for zone in ZONES}
        for number in range(self._files.layout.shards):
            for mixed, entry in self._load(number).entries.items():
                text = text_of(unmix(mixed)).encode("utf-8", "surrogatepass")
                for zone in entry.lengths:
                    found[ZONES[zone]].append(text)
        for name in FACETS:
            found[name] = list(self._facet(name))
        found["id"] = [id_.encode() for id_ in self._files.ids]
        for name in sorted(found):
            for text in sorted(found[name]):
                yield name, text

    def terms_from(self, fieldname: str, prefix: bytes) -> Iterator[tuple[str, bytes]]:
        return (term for term in self.terms() if term[0] == fieldname and term[1] >= prefix)

    def items(self) -> Iterator[tuple[tuple[str, bytes], TermInfo]]:
        return ((term, self.term_info(*term)) for term in self.terms())

    def items_from(
        self, fieldname: str, prefix: bytes
    ) -> Iterator[tuple[tuple[str, bytes], TermInfo]]:
        return ((term, self.term_info(*term)) for term in self.terms_from(fieldname, prefix))

    def term_info(self, fieldname: str, text: bytes) -> TermInfo:
        postings = self._postings(fieldname, text)
        if postings is None:
            raise KeyError((fieldname, text))
        return _term_info(postings)

    def frequency(self, fieldname: str, text: bytes) -> float:
        return float(self.term_info(fieldname, text).weight())

    def doc_frequency(self, fieldname: str, text: bytes) -> int:
        postings = self._postings(fieldname, text)
        return 0 if postings is None else len(postings.documents)

    def matcher(
        self, fieldname: str, text: bytes, format_: Any, scorer: Any = None
    ) -> PostingMatcher:
        postings = self._postings(fieldname, text)
        if postings is None:
            raise TermNotFound(f"{fieldname}:{text!r}")
        return PostingMatcher(self, (fieldname, text), postings, scorer)

    def cursor(self, fieldname: str, fieldobj: Any) -> Any:
        raise NotImplementedError("terms have no order in the files")


class DocumentReader(base.PerDocumentReader):
    """Stored fields from fragments and facets."""

    def __init__(self, files: _Files, segment: CaseSegment) -> None:
        self._files, self._segment = files, segment

    @cached_property
    def _numbers(self) -> frozenset[int]:
        return frozenset(self._files.ids.values())

    def doc_count(self) -> int:
        return self._segment.doc_count()

    def doc_count_all(self) -> int:
        return self._segment.doc_count_all()

    def has_deletions(self) -> bool:
        return self._segment.has_deletions()

    def is_deleted(self, docnum: int) -> bool:
        return docnum not in self._numbers or self._segment.is_deleted(docnum)

    def deleted_docs(self) -> Iterable[int]:
        return self._segment.deleted_docs()

    def all_doc_ids(self) -> Iterator[int]:
        return (n for n in sorted(self._numbers) if not self._segment.is_deleted(n))

    def doc_field_length(self, docnum: int, fieldname: str, default: int = 0) -> int:
        return 1  # BM25's b is 0 here

    def field_length(self, fieldname: str) -> int:
        return self.doc_count_all()

    def min_field_length(self, fieldname: str) -> int:
        return 1

    def max_field_length(self, fieldname: str) -> int:
        return 1

    def vector(self, docnum: int, fieldname: str, format_: Any) -> Any:
        raise NotImplementedError("no vectors")

    @cached_property
    def _facets(self) -> dict[str, dict[int, list[list[str]]]]:
        """The values of each document, facet by facet."""
        found: dict[str, dict[int, list[list[str]]]] = {}
        for name in FACETS:
            by_document: dict[int, list[list[str]]] = defaultdict(list)
            facet = unpack_facet(self._files.read(f"f.{name}"), self._files.layout)
            for value, documents in facet.items():
                for number in documents.tolist():
                    by_document[number].append(list(value))
            found[name] = by_document
        return found

    def stored_fields(self, docnum: int) -> dict[str, Any]:
        document = fragments.unpack(self._files.read(f"d.{docnum:06x}"))
        stored = {
            "id": document.id,
            "title": document.title,
            "proposers": list(document.proposers),
            "hosts": list(document.hosts),
            "keywords": list(document.keywords),
            "body": [[label, list(paragraphs)] for label, paragraphs in document.sections],
            "facts": list(document.facts),
        }
        return stored | {name: self._facets[name].get(docnum, []) for name in FACETS}
