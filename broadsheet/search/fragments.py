"""Fragments: the text of one document as a small file, for snippets and to look closely.

JSON in GBK, a fifth shorter than UTF-8 for Chinese, deflated without a header. What GBK does not
have stands as a JSON escape, so that every browser's decoder agrees.

Documents of one newspaper have many phrases in common. So each fragment goes on where the *preset*
ends: some text of the same index, deflated up to the end of a byte. Whoever puts the file of the
preset before a fragment can inflate the two as one, and finds the fragment in the last line; a
browser needs nothing for that but its DecompressionStream. Both files begin with a hash of the
preset, so that none is ever inflated behind another.
"""

from __future__ import annotations

import codecs
import hashlib
import json
import unicodedata
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

import numpy as np

from broadsheet.search.coding import DamagedError
from broadsheet.search.documents import Document
from broadsheet.search.folding import simplified
from broadsheet.search.layout import DOCUMENT_BITS


def _escape(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    return json.dumps(text)[1:-1], error.end


codecs.register_error("broadsheet.json", _escape)


PRESET = "d.preset"  # the name of its file in an index
_SHORT, _LONG = 2_500, 10_000  # characters of a preset; every reader loads it once
_MANY = 20_000  # documents, from which a long one pays


def preset_length(total: int) -> int:
    """How many characters a preset has at most, for so many documents."""
    return _LONG if total >= _MANY else _SHORT


@dataclass(frozen=True)
class Packer:
    """Packs and unpacks the fragments of one index."""

    preset: bytes = b"\n"  # in GBK
    reach: int = field(default=-1, compare=False)  # the last slot that it follows from

    @classmethod
    def of(cls, placed: Iterable[tuple[int, Document]], total: int) -> Packer:
        """With a preset of the first documents by their slots; there are so many in all."""
        text, length, reach = "", preset_length(total), 1 << DOCUMENT_BITS
        for slot, document in placed:
            text += _json(document)
            if len(text) >= length:
                reach = slot
                break
        return cls(_encode(text[:length]) + b"\n", reach)

    @classmethod
    def read(cls, file: bytes) -> Packer:
        """From the file of a preset. Raises `DamagedError`."""
        try:
            packer = cls(zlib.decompressobj(-zlib.MAX_WBITS).decompress(file[4:]))
        except zlib.error as error:
            raise DamagedError("a preset that cannot be read") from error
        if packer.sign != file[:4]:
            raise DamagedError("a preset that is not whole")
        return packer

    @cached_property
    def sign(self) -> bytes:
        """Four bytes at the head of each file."""
        return hashlib.blake2b(self.preset, digest_size=4).digest()

    @cached_property
    def file(self) -> bytes:
        deflated = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        start = deflated.compress(self.preset) + deflated.flush(zlib.Z_SYNC_FLUSH)
        return self.sign + start

    def pack(self, document: Document) -> bytes:
        """The fragment of a document."""
        return next(self.pack_all([document]))

    def pack_all(self, documents: Sequence[Document]) -> Iterator[bytes]:
        """The fragment of each document."""
        texts = [_json(document) for document in documents]
        # it is quicker to ask each text for few characters than for its own
        hiding = _hiding("".join(texts))
        # one that has read the preset; it would take each as long again
        begun = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, zdict=self.preset)
        for text in texts:
            codes = sorted({code for one in hiding if one in text for code in _traditional(one)})
            far = "".join(chr(code) + simplified()[code] for code in codes)
            whole = f"{text[:-1]},{json.dumps(far, ensure_ascii=False)}]" if far else text
            deflated = begun.copy()
            yield self.sign + deflated.compress(_encode(whole)) + deflated.flush()

    def unpack(self, data: bytes) -> Document:
        """A document, without its filters. Raises `DamagedError`."""
        if data[:4] != self.sign:
            raise DamagedError("a fragment of another preset")
        try:
            inflated = zlib.decompressobj(-zlib.MAX_WBITS, zdict=self.preset)
            text = inflated.decompress(data[4:]).decode("gbk")
            if not inflated.eof:
                raise DamagedError("a fragment that is cut short")
            fields = json.loads(text)
            id_, title, proposers, hosts, keywords, sections, theme, facts, grade, date = fields[
                :10
            ]
            return Document(
                id_,
                title,
                tuple(proposers),
                tuple(hosts),
                tuple(keywords),
                tuple((label, tuple(paragraphs)) for label, paragraphs in sections),
                theme,
                tuple(facts),
                grade,
                date,
            )
        except (zlib.error, UnicodeError, ValueError, TypeError) as error:
            raise DamagedError("a fragment that cannot be read") from error


def _json(document: Document) -> str:
    fields: list[Any] = [
        document.id,
        document.title,
        document.proposers,
        document.hosts,
        document.keywords,
        document.sections,
        document.theme,
        document.facts,
        document.grade,
        document.date,
    ]
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def _encode(text: str) -> bytes:
    return text.encode("gbk", "broadsheet.json")


def _hiding(text: str) -> list[str]:
    """The characters of the text that are, or hide, a traditional one.

    A fragment has those, each before its simplified one, so a browser needs no table to see where
    words stand.
    """
    units = np.frombuffer(text.encode("utf-16-le", "surrogatepass"), "<u2")
    found = np.flatnonzero(np.bincount(units, minlength=0x10000)).tolist()
    present = [chr(unit) for unit in found if not 0xD800 <= unit < 0xE000]
    if len(present) < len(found):
        present += {one for one in text if one > "\uffff"}
    return [one for one in present if _traditional(one)]


@cache
def _traditional(character: str) -> tuple[int, ...]:
    """The traditional characters that one is made of."""
    codes = map(ord, unicodedata.normalize("NFKC", character))
    return tuple(code for code in codes if code in simplified())
