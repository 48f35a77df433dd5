"""The zip file of a Word document: its parts as trees, read within limits.

A package comes from strangers. What a header claims about sizes is not believed: bytes are counted
while they come out, so a bomb costs what the limits allow and no more. No part may have a DTD,
which the format forbids and entity bombs need.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from lxml import etree

from broadsheet.diagnostics import ContentError, Diagnostic
from broadsheet.manuscripts.kinds import this_is
from broadsheet.manuscripts.trees import Element

MAX_PARTS = 4000
MAX_PART = 32 * 1024 * 1024  # of one part, unpacked; a document of a million characters has 20 MB
MAX_TAGS = 2_000_000  # of one part: a tree takes some 200 bytes of memory for each
MAX_TOTAL = 64 * 1024 * 1024
MAX_RATIO = 200  # unpacked to packed; documents have 5 to 60
_RATIO_FROM = 2 * 1024 * 1024  # below, a ratio says nothing
_CHUNK = 64 * 1024

_NAMESPACES = {
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main": "w",
    "http://purl.oclc.org/ooxml/wordprocessingml/main": "w",
    "http://schemas.openxmlformats.org/markup-compatibility/2006": "mc",
    "http://schemas.openxmlformats.org/drawingml/2006/main": "a",
    "http://purl.oclc.org/ooxml/drawingml/main": "a",
    "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing": "wp",
    "http://purl.oclc.org/ooxml/drawingml/wordprocessingDrawing": "wp",
    "http://schemas.openxmlformats.org/drawingml/2006/picture": "pic",
    "http://purl.oclc.org/ooxml/drawingml/picture": "pic",
    "http://schemas.openxmlformats.org/drawingml/2006/chart": "c",
    "http://purl.oclc.org/ooxml/drawingml/chart": "c",
    "http://schemas.openxmlformats.org/drawingml/2006/diagram": "dgm",
    "http://purl.oclc.org/ooxml/drawingml/diagram": "dgm",
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships": "r",
    "http://purl.oclc.org/ooxml/officeDocument/relationships": "r",
    "http://schemas.openxmlformats.org/officeDocument/2006/math": "m",
    "http://purl.oclc.org/ooxml/officeDocument/math": "m",
    "urn:schemas-microsoft-com:vml": "v",
}
_KNOWN: dict[str, str] = {}


def tag(element: Element) -> str:
    """`w:p` whichever of the two sets of namespaces the file uses; a foreign name is ""."""
    full = element.tag
    if not isinstance(full, str):
        return ""
    if full not in _KNOWN:
        namespace, _, local = full.removeprefix("{").rpartition("}")
        prefix = _NAMESPACES.get(namespace)
        if len(_KNOWN) > 10_000:  # a file that makes names up fills no memory
            return f"{prefix}:{local}" if prefix else ""
        _KNOWN[full] = f"{prefix}:{local}" if prefix else ""
    return _KNOWN[full]


def attribute(element: Element, name: str, prefix: str = "w") -> str | None:
    """An attribute by its local name, in either set of namespaces."""
    for full, value in element.attrib.items():
        namespace, _, local = str(full).removeprefix("{").rpartition("}")
        if local == name and (not namespace or _NAMESPACES.get(namespace) == prefix):
            return str(value)
    return None


def child(element: Element | None, *path: str) -> Element | None:
    """The first child of that name, its child, and so on."""
    for name in path:
        if element is None:
            return None
        element = next((inner for inner in element if tag(inner) == name), None)
    return element


def descendants(element: Element, name: str) -> Iterator[Element]:
    return (inner for inner in element.iter() if tag(inner) == name)


@dataclass(frozen=True, slots=True)
class Relation:
    kind: str  # the end of its type: "header", "footnotes", "image"
    target: str  # name of a part


class Package:
    """An open document. Raises `ContentError`: B723, B724, B726, B727, B729."""

    def __init__(self, data: bytes) -> None:
        if data.count(b"PK\x01\x02") > MAX_PARTS:
            raise ContentError([_harmful(f"压缩包里有 {MAX_PARTS} 个以上的文件")])
        self._unpacked = 0
        try:
            self._file = io.BytesIO(data)
            self._zip = zipfile.ZipFile(self._file)
            self._names = {info.filename.lower(): info for info in self._zip.infolist()}
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError):
            raise ContentError([_broken("没有下载完或没有存完")]) from None
        if not self._names:
            raise ContentError([_broken("里面什么也没有")])
        self.main = self._main()

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._names

    def tree(self, name: str) -> Element | None:
        """The root of an XML part; None where there is no such part."""
        if name not in self:
            return None
        data = self._bytes(self._names[name.lower()])
        if b"<!DOCTYPE" in data.replace(b"\0", b""):
            raise ContentError([_harmful(f"{name} 里定义了实体")])
        if data.count(b"<") > MAX_TAGS:
            raise ContentError([_large()])
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True
        )
        try:
            root = etree.fromstring(data, parser)
        except (etree.XMLSyntaxError, ValueError) as error:
            if "depth" in str(error).lower():
                raise ContentError([_harmful(f"{name} 一层套一层，套得太深")]) from None
            raise ContentError([_broken(f"{name} 不完整")]) from None
        return root

    def relations(self, name: str) -> dict[str, Relation]:
        """What a part refers to inside the package, by the id of the reference."""
        folder, _, file = name.rpartition("/")
        root = self.tree(posixpath.join(folder, "_rels", f"{file}.rels"))
        found = {}
        for element in [] if root is None else root:
            if element.get("TargetMode") == "External":
                continue
            target = unquote(element.get("Target") or "")
            whole = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            kind = (element.get("Type") or "").rpartition("/")[2]
            found[element.get("Id") or ""] = Relation(kind, whole)
        return found

    def _main(self) -> str:
        """The part that holds the document; says what the file is if it has none."""
        if "[content_types].xml" in self._names:
            for relation in self.relations("").values():
                if relation.kind == "officeDocument" and relation.target in self:
                    if relation.target.lower().startswith("xl/"):
                        raise ContentError([_not("Excel 表格")])
                    if relation.target.lower().startswith("ppt/"):
                        raise ContentError([_not("演示文稿")])
                    return relation.target
            if "word/document.xml" in self._names:
                return "word/document.xml"
            raise ContentError([_broken("里面没有正文")])
        if "mimetype" in self._names:
            kind = self._bytes(self._names["mimetype"])[:200]
            if b"opendocument.text" in kind:
                raise ContentError([_not("ODT 文档")])
            if b"epub" in kind:
                raise ContentError([_not("电子书")])
        if any(name.endswith(".iwa") for name in self._names):
            raise ContentError([_not("苹果的 Pages 文稿")])
        if any(name.startswith("word/") for name in self._names):
            raise ContentError([_broken("缺少目录")])
        hint = "先解压，再导入里面的文件"
        raise ContentError([Diagnostic("B723", "这是压缩包", hint)])

    def _bytes(self, info: zipfile.ZipInfo) -> bytes:
        if info.flag_bits & 1:
            hint = "向来稿人要密码，解开以后再导入"
            raise ContentError([Diagnostic("B724", "稿件加了密码", hint)])
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ContentError([_broken("压缩的方式不是 Word 用的")])
        chunks, size = [], 0
        try:
            with self._zip.open(info) as stream:
                while chunk := stream.read(_CHUNK):
                    chunks.append(chunk)
                    size += len(chunk)
                    self._unpacked += len(chunk)
                    packed = max(1, self._file.tell() - info.header_offset)
                    if size > _RATIO_FROM and size > MAX_RATIO * packed:
                        raise ContentError([_harmful(f"{info.filename} 解开以后大了几百倍")])
                    if size > MAX_PART or self._unpacked > MAX_TOTAL:
                        raise ContentError([_large()])
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError):
            raise ContentError([_broken(f"{info.filename} 解不开")]) from None
        return b"".join(chunks)


def _large() -> Diagnostic:
    message = f"文字部分解开有 {MAX_PART // 1024 // 1024} MB 以上，或者零碎得太多"
    return Diagnostic("B726", message, "把稿件分成几个文件，分几次导入")


def _broken(what: str) -> Diagnostic:
    hint = "重新下载，或向来稿人再要一份；Word 能修复打开的，打开后另存"
    return Diagnostic("B727", f"Word 文件已损坏：{what}", hint)


def _harmful(what: str) -> Diagnostic:
    hint = "不要打开这个文件，问清来稿人它是怎样做出来的，请对方另发一份文本"
    return Diagnostic("B729", f"文件可能有害：{what}", hint)


def _not(what: str) -> Diagnostic:
    hint = "把文字复制到 Word 文档，存成 .docx"
    if what.endswith(("文档", "文稿")) and what != "演示文稿":
        hint = "用 Word、WPS 或原来的软件打开，另存为 .docx"
    return Diagnostic("B723", this_is(what), hint)
