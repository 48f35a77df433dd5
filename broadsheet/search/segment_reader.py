"""Reads a segment for Whoosh: terms and their postings, and what is stored of a document."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from whoosh.codec import base
from whoosh.reading import TermInfo, TermNotFound

from broadsheet.search.decoding import Entry, Postings, Shard
from broadsheet.search.documents import FACETS
from broadsheet.search.facets import unpack_facet
from broadsheet.search.fields import Places, WholeList
from broadsheet.search.layout import (
    DOCUMENT_BITS,
    SOUND,
    ZONES,
    Keys,
    mix_one,
    term_of,
    text_of,
    unmix,
)
from broadsheet.search.layout import Places as PlaceArray
from broadsheet.search.segment_files import Segment, SegmentFiles
from broadsheet.search.terms import occurrences


class PostingMatcher(WholeList):
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

    def __init__(self, files: SegmentFiles) -> None:
        self._files = files
        self._shard = lru_cache(maxsize=64)(self._load)
        self._facet = lru_cache(maxsize=None)(self._load_facet)
        self._occurrences = lru_cache(maxsize=256)(self._occurrences_of)

    def _load(self, number: int) -> Shard:
        return Shard(number, self._files.layout, self._files.read)

    def _load_facet(self, name: str) -> dict[bytes, tuple[str, Postings]]:
        found: dict[bytes, tuple[str, Postings]] = {}
        facet = unpack_facet(self._files.read(f"f.{name}"), self._files.layout)
        for (value, shown), documents in facet.items():
            first, other = found.get(value.encode(), (shown, None))
            every = documents if other is None else np.union1d(documents, other.documents)
            found[value.encode()] = first, Postings(every, np.ones(len(every), np.int64))
        return found

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
        units = len(term.encode("utf-16-be", "surrogatepass")) // 2
        if not (0 < units < 3 or (units == 3 and term.isascii())):
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
        stored = self._files.packer.unpack(self._files.read(f"d.{document:x}"))
        return occurrences([(document, stored.zones)])

    def __contains__(self, term: tuple[str, bytes]) -> bool:
        return self._postings(*term) is not None

    def indexed_field_names(self) -> list[str]:
        return sorted(("id", *ZONES, *FACETS))

    def terms(self) -> Iterator[tuple[str, bytes]]:
        return (term for name in self.indexed_field_names() for term in self.terms_from(name, b""))

    def terms_from(self, fieldname: str, prefix: bytes) -> Iterator[tuple[str, bytes]]:
        texts = sorted(text for text in self._texts(fieldname) if text >= prefix)
        return ((fieldname, text) for text in texts)

    def _texts(self, fieldname: str) -> Iterable[bytes]:
        """All terms of a field; those of text stand in all shards."""
        if fieldname == "id":
            return [id_.encode() for id_ in self._files.ids]
        if fieldname in FACETS:
            return self._facet(fieldname)
        if fieldname not in ZONES:
            return []
        return [
            text_of(unmix(mixed)).encode("utf-8", "surrogatepass")
            for mixed, entry in self._all_entries
            if ZONES.index(fieldname) in entry.lengths
        ]

    @cached_property
    def _all_entries(self) -> list[tuple[int, Entry]]:
        shards = range(self._files.layout.shards)
        return [pair for number in shards for pair in self._load(number).entries.items()]

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

    def __init__(self, files: SegmentFiles, segment: Segment) -> None:
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
        document = self._files.packer.unpack(self._files.read(f"d.{docnum:x}"))
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
