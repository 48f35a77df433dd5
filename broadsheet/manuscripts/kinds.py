"""What kind of file it is: its content says, its name only where the content does not."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Literal

from broadsheet.diagnostics import ContentError, Diagnostic

Kind = Literal["text", "markdown", "word", "html"]

_NAMES: dict[str, Kind] = {
    ".txt": "text",
    ".text": "text",
    ".md": "markdown",
    ".markdown": "markdown",
    ".docx": "word",
    ".docm": "word",
    ".htm": "html",
    ".html": "html",
    ".xhtml": "html",
    ".shtml": "html",
}
_CALLED: dict[Kind, str] = {
    "text": "文本",
    "markdown": "Markdown",
    "word": "Word 文档",
    "html": "网页",
}
_TO_WORD = "用 Word 或 WPS 打开，另存为 .docx"
# how files begin that are no manuscript: (first bytes, what it is, what to do)
_OTHERS = (
    (b"%PDF", "PDF", "向来稿人要 Word 文件；没有的话打开 PDF，把文字复制到文本文件里"),
    (b"{\\rtf", "RTF 文档", _TO_WORD),
    (b"\x89PNG", "图片", ""),
    (b"\xff\xd8\xff", "图片", ""),
    (b"GIF8", "图片", ""),
    (b"BM", "图片", ""),
    (b"II*\0", "图片", ""),
    (b"MM\0*", "图片", ""),
    (b"Rar!", "压缩包", ""),
    (b"7z\xbc\xaf", "压缩包", ""),
    (b"\x1f\x8b", "压缩包", ""),
    (b"BZh", "压缩包", ""),
    (b"\xfd7zXZ", "压缩包", ""),
    (b"\x7fELF", "程序", ""),
    (b"MZ", "程序", ""),
    (b"SQLite format 3", "数据库", ""),
    (b"ID3", "录音", ""),
    (b"OggS", "录音", ""),
)
_ADVICE = {
    "图片": "用文字识别软件转成文字，核对以后存成文本文件",
    "压缩包": "先解压，再导入里面的文件",
    "录音": "先整理成文字",
}
_LEAD = rb"\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?><!--.*?-->\s*)*+"
_PAGE = re.compile(
    _LEAD + rb"<(?:!doctype\s+html|html|head|meta|title|body)[\s>/]", re.IGNORECASE | re.DOTALL
)
_PIECE = re.compile(_LEAD + rb"<(?:div|table|p|span|h[1-6])[\s>]", re.IGNORECASE | re.DOTALL)
_MIME = re.compile(rb"(?:From:|MIME-Version:|Subject:|Date:|Content-Type:)", re.IGNORECASE)


def recognise(data: bytes, name: str) -> tuple[Kind, str]:
    """The kind of a file with these bytes, and a remark where name and content disagree.

    `ContentError` says what the file is instead: B723, or B724 where a password locks it.
    """
    suffix = PurePath(name).suffix.lower()
    kind = _by_content(data, suffix)
    by_name = _NAMES.get(suffix)
    if kind is None:
        kind = by_name if by_name in ("markdown", "html") else "text"
        if by_name == "word":
            raise ContentError([_not("名字以 .docx 结尾，内容却不是 Word 文档", _TO_WORD)])
    agrees = kind == by_name or not suffix or {kind, by_name} == {"text", "markdown"}
    return kind, "" if agrees else f"名字以 {suffix} 结尾，内容是{_CALLED[kind]}，按内容读"


def _by_content(data: bytes, suffix: str) -> Kind | None:
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "word"  # or another archive: whoever opens it sees
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        raise ContentError([_old_office(data, suffix)])
    for first, called, advice in _OTHERS:
        if data.startswith(first) and (len(first) > 2 or b"\0" in data[:512]):
            raise ContentError([_not(this_is(called), advice or _ADVICE.get(called, ""))])
    if data[8:12] == b"WEBP" or data[4:8] == b"ftyp":
        called = "图片" if data[8:12] in (b"WEBP", b"heic", b"mif1", b"avif") else "录音或录像"
        raise ContentError([_not(this_is(called), _ADVICE.get(called, "先整理成文字"))])
    head = _narrow(data[:65536])
    if _MIME.match(head) and b"multipart/related" in head.lower():
        raise ContentError([_not("这是单个文件的网页（.mht）", "在浏览器里另存为“网页，仅 HTML”")])
    if b"<w:wordDocument" in head or b"<pkg:package" in head:
        raise ContentError([_not(this_is("Word 的 XML 文档"), _TO_WORD)])
    # Markdown may begin with a tag and is no page yet
    is_page = _PAGE.match(head) or (_NAMES.get(suffix) != "markdown" and _PIECE.match(head))
    return "html" if is_page else None


def _narrow(head: bytes) -> bytes:
    """The first bytes as if every character took one: enough to see tags in UTF-16."""
    return head.removeprefix(b"\xef\xbb\xbf").lstrip(b"\xff\xfe").replace(b"\0", b"")


def _old_office(data: bytes, suffix: str) -> Diagnostic:
    """What an OLE container holds, from the names of its streams."""

    def has(stream: str) -> bool:
        return stream.encode("utf-16-le") in data

    if has("EncryptedPackage") or has("EncryptionInfo"):
        hint = "向来稿人要密码，用 Word 或 WPS 打开，去掉密码后另存"
        return Diagnostic("B724", "稿件加了密码", hint)
    if has("WordDocument"):
        called = "WPS 文字的旧格式（.wps）" if suffix == ".wps" else "旧的 Word 格式（.doc）"
        return _not(this_is(called), _TO_WORD)
    if has("Workbook") or has("Book"):
        return _not(this_is("Excel 表格"), "在 Excel 或 WPS 里把文字复制到 Word 文档，存成 .docx")
    if has("PowerPoint Document"):
        return _not("这是演示文稿", "把文字复制到 Word 文档，存成 .docx")
    return _not("这是旧的 Office 格式", _TO_WORD)


def this_is(called: str) -> str:
    return f"这是 {called}" if called[0].isascii() else f"这是{called}"


def _not(message: str, hint: str) -> Diagnostic:
    return Diagnostic("B723", message, hint or "只读文本、Markdown、Word（.docx）和网页（.html）")
