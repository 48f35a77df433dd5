"""Text files as editors save them: UTF-8, with or without a mark, any line ends."""

from __future__ import annotations

from pathlib import Path

from broadsheet.diagnostics import Diagnostic, reason
from broadsheet.frontmatter import FrontMatterError

MAX_BYTES = 1_048_576  # of one Markdown or YAML file
_USUAL = 65_536


def read_text(path: Path) -> str:
    """A text file as UTF-8 with line feeds; `FrontMatterError` says why it cannot be read."""
    try:
        with open(path, "rb") as stream:
            data = stream.read(_USUAL)  # room for the most that a file may have takes longer
            if len(data) == _USUAL:
                data += stream.read(MAX_BYTES + 1 - _USUAL)
    except OSError as error:
        hint = "检查文件是否还在、有没有读取权限"
        raise FrontMatterError(
            Diagnostic("B105", f"文件读不出来（{reason(error)}）", hint)
        ) from None
    if len(data) > MAX_BYTES:
        raise FrontMatterError(Diagnostic("B102", "文件超过 1 MB", "案例只放文字，图片另存为文件"))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FrontMatterError(_wrong_encoding(data, error)) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _wrong_encoding(data: bytes, error: UnicodeDecodeError) -> Diagnostic:
    line = data.count(b"\n", 0, error.start) + 1
    guess = ""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        guess = "UTF-16"
    else:
        try:
            data.decode("gb18030")
            guess = "GBK"
        except UnicodeDecodeError:
            pass
    message = f"文件是 {guess} 编码，不是 UTF-8" if guess else "文件不是 UTF-8 编码"
    excerpt = ""
    if guess == "GBK":
        excerpt = data.decode("gb18030").replace("\r\n", "\n").split("\n")[line - 1]
    return Diagnostic("B101", message, "用编辑器另存为 UTF-8", "", line, 0, excerpt)
