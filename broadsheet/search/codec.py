"""A Whoosh codec whose segment files are the very files that browsers fetch.

`whoosh.codec.base.Codec` is Whoosh's own extension point, so its query parser, scoring and
collectors work on the prebuilt index, and its writer can add to and delete from one:

    index = open_index(folder)                      # search/index/, as `index.update` made it
    with index.writer(codec=CaseCodec()) as writer:
        writer.add_document(id="…", title="…", body=[["建议", ["……"]]], theme="economy")

Holes among the document numbers of a prebuilt segment are documents that nobody can meet.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from whoosh.codec import base
from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC, FileIndex

from broadsheet.search.coding import DamagedError
from broadsheet.search.fields import schema
from broadsheet.search.layout import INDEX, PREBUILT, Layout
from broadsheet.search.segment_files import SegmentFiles
from broadsheet.search.segment_reader import DocumentReader, TermReader
from broadsheet.search.segment_writer import DocumentWriter, PostingWriter


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
        return TermReader(SegmentFiles(storage, segment))

    def per_document_reader(self, storage: Any, segment: CaseSegment) -> DocumentReader:
        return DocumentReader(SegmentFiles(storage, segment), segment)

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
