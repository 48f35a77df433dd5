"""Bytes to characters: UTF-8, GB18030 and UTF-16, and only where there is no doubt.

A wrong guess makes rubbish that looks like Chinese, so nothing is guessed from a name or a setting.
A mark at the start decides; then strict UTF-8, which other encodings do not pass by accident; then
UTF-16 (zero bytes) and GB18030, of which what comes out has to be made of characters in daily use.
"""

from __future__ import annotations

import codecs
import re
from functools import cache

from broadsheet.diagnostics import ContentError, Diagnostic
from broadsheet.manuscripts.characters import is_binary
from broadsheet.search.folding import simplified

# the longer marks first: the mark of UTF-32 begins with that of UTF-16
_MARKS = (
    (codecs.BOM_UTF8, "utf-8", "UTF-8（文件开头有标记）"),
    (codecs.BOM_UTF32_LE, "utf-32-le", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32-be", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16（又叫 Unicode，文件开头有标记）"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16 高位在前（文件开头有标记）"),
)
_GB18030 = "GB18030（又叫 GBK、ANSI，从内容认出）"
_SAVE_AGAIN = "用 Word、WPS 或记事本打开，确认文字没有乱，再另存为 UTF-8 编码的文本"


def decode(data: bytes, declared: str = "") -> tuple[str, str]:
    """The characters of a text file, its mark left out, and how they were read (for an editor).

    `declared` is an encoding that the file itself names (HTML), as Python knows it; it is believed
    where the bytes agree with it. Raises `ContentError`: damaged (B727), no text (B723), unknown
    encoding (B728).
    """
    for mark, codec, told in _MARKS:
        if data.startswith(mark):
            return _marked(data[len(mark) :], codec, told), told
    if b"\0" in data:
        return _wide(data)
    try:
        return data.decode("utf-8"), "UTF-8"  # whatever it names: this is no accident
    except UnicodeDecodeError as error:
        return _declared(data, declared) or _not_utf8(data, error)


def _declared(data: bytes, codec: str) -> tuple[str, str] | None:
    """Text in the encoding that it names; old pages have a broken byte here and there."""
    if not codec or codec == "utf-8":
        return None
    text = data.decode(codec, "replace")
    if text.count("\ufffd") * 1000 > len(text):
        return None
    return text, f"{'GB18030' if codec == 'gb18030' else codec.upper()}（文件里写明）"


def is_daily_chinese(text: str, least: float = 0.8) -> bool:
    """Whether what is not ASCII is mostly made of characters in daily use, traditional ones too."""
    beyond = [c for c in text.translate(simplified()) if c > "\x7f"]
    if len(beyond) < 10:
        least = min(least, 0.6)  # a line with two rare names is not a wrong encoding yet
    if sum("\ue000" <= c <= "\uf8ff" for c in beyond) * 50 > len(beyond):
        return False  # no characters at all: bytes of another encoding
    return sum(map(_in_daily_use, beyond)) >= least * len(beyond)


def _marked(data: bytes, codec: str, told: str) -> str:
    try:
        return data.decode(codec)
    except UnicodeDecodeError as error:
        before = data[: error.start].decode(codec, "replace")
        raise ContentError([_damaged(told, before, error.start >= len(data) - 4)]) from None


def _wide(data: bytes) -> tuple[str, str]:
    """Text with zero bytes: UTF-16 without a mark, if exactly one byte order makes sense."""
    sensible = []
    for codec, told in (("utf-16-le", "UTF-16"), ("utf-16-be", "UTF-16 高位在前")):
        try:
            text = data.decode(codec)
        except UnicodeDecodeError:
            continue
        daily = sum(c.isascii() or _in_daily_use(c) for c in text)
        if daily >= 0.8 * len(text) and not is_binary(text):
            sensible.append((text, f"{told}（从内容认出）"))
    if len(sensible) == 1:
        return sensible[0]
    raise ContentError([not_text()])


def not_text() -> Diagnostic:
    return Diagnostic(
        "B723",
        "里面不是文字",
        "能读的是文本、Markdown、Word（.docx）和网页（.html）；别的先用原来的软件另存",
    )


def _not_utf8(data: bytes, error: UnicodeDecodeError) -> tuple[str, str]:
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        text = ""
    if text and is_daily_chinese(text):
        return text, _GB18030
    nearly = data.decode("utf-8", "replace")
    broken = nearly.count("\ufffd")
    if broken * 20 <= sum(c > "\x7f" for c in nearly) and not is_binary(nearly):
        before = data[: error.start].decode("utf-8")
        raise ContentError([_damaged("UTF-8", before, error.start >= len(data) - 4)])
    if is_binary(nearly):
        raise ContentError([not_text()])
    message = "认不出文字是什么编码"
    try:
        if is_daily_chinese(data.decode("big5hkscs")):
            message = "文字像是繁体中文的 Big5 编码，不能读"
    except UnicodeDecodeError:
        pass
    raise ContentError([Diagnostic("B728", message, _SAVE_AGAIN)])


def _damaged(told: str, before: str, at_end: bool) -> Diagnostic:
    line = len(re.split(r"\r\n|[\r\n]", before))
    where = "最后一个字不完整，文件像是没有存完" if at_end else "有坏掉的字节"
    message = f"文件已损坏：编码是 {told.partition('（')[0]}，可是第 {line} 行{where}"
    return Diagnostic("B727", message, "向来稿人再要一份，或从原处重新复制", line=line)


@cache
def _daily() -> frozenset[str]:
    """GB 2312's first level (3,755 characters) and its signs, and what tables are drawn with."""
    rows = (*range(0xA1, 0xA4), *range(0xB0, 0xD8))
    cells = (bytes([high, low]) for high in rows for low in range(0xA1, 0xFF))
    drawn = "".join(map(chr, range(0x2500, 0x2580)))
    return frozenset("".join(cell.decode("gb2312", "ignore") for cell in cells) + drawn)


def _in_daily_use(character: str) -> bool:
    return (
        character in _daily()
        or "\u2010" <= character <= "\u2040"
        or "\u2460" <= character <= "\u249b"
        or character in "\u00a0\u2022"
    )
