"""Text and Markdown to lines: every character stays, line ends and page breaks set lines apart."""

from __future__ import annotations

import re

from broadsheet.diagnostics import ContentError, Diagnostic
from broadsheet.manuscripts.characters import doubts, is_binary, without_controls
from broadsheet.manuscripts.encodings import decode, not_text
from broadsheet.manuscripts.lines import Dropped, Line, Manuscript

MAX_BYTES = 8 * 1024 * 1024  # some 2.7 million characters: a thousand letters

# A form feed beside a line end adds no line, so numbers stay those that an editor's program shows.
_LINE_END = re.compile("\f*(?:\r\n|\n|\r|\v|\x85|\u2028|\u2029)\f*|\f+")
_HEADING = re.compile(r" {0,3}(#{1,6})(?=[ \t\u3000]|$)")
_BOLD = re.compile(r"\s*(\*\*|__)(?=\S)((?!\1).)+(?<=\S)\1\s*")
_ITEM = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])[ \t]")


def read_text(data: bytes, name: str, *, markdown: bool) -> Manuscript:
    """A text file as lines, empty ones included; `ContentError` where it is no text."""
    if len(data) > MAX_BYTES:
        message = f"文字有 {len(data) / 1024 / 1024:.0f} MB，最多读 {MAX_BYTES // 1024 // 1024} MB"
        raise ContentError([Diagnostic("B726", message, "把稿件分成几个文件，分几次导入")])
    text, encoding = decode(data)
    if is_binary(text):
        raise ContentError([not_text()])
    lines: list[Line] = []
    dropped: list[Dropped] = []
    for number, (content, feeds) in enumerate(_split(text), 1):
        if feeds:
            dropped.append(Dropped(number, feeds, "换页符，这一行从新的一页开始"))
        shown, controls = without_controls(number, content)
        dropped += controls
        lines.append(_marked(number, shown) if markdown else Line(number, shown))
    return Manuscript(
        name,
        "markdown" if markdown else "text",
        tuple(lines),
        tuple(dropped),
        (f"编码是 {encoding}", *doubts(lines)),
    )


def _split(text: str) -> list[tuple[str, str]]:
    """(the characters of a line, the form feeds before it); a line end at the end adds none."""
    found, start, feeds = [], 0, ""
    for end in _LINE_END.finditer(text):
        found.append((text[start : end.start()], feeds))
        start, feeds = end.end(), "\f" * end[0].count("\f")
    if start < len(text) or feeds:
        found.append((text[start:], feeds))
    return found


def _marked(number: int, text: str) -> Line:
    """What the marks of Markdown say of a line; they stay in it."""
    if heading := _HEADING.match(text):
        return Line(number, text, "heading", len(heading[1]))
    if _ITEM.match(text):
        return Line(number, text, "item")
    return Line(number, text, bold=_BOLD.fullmatch(text) is not None)
