"""Mending what is certain: a file's text with its edits, and the proof that nothing else changed.

Whatever rules promise, a mended file is written only if it says the same as before: the same keys,
the same structure of Markdown, the same characters but for blanks and the width of marks.
"""

from __future__ import annotations

import difflib
import os
import re
import stat
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from markdown_it.token import Token

from broadsheet import frontmatter
from broadsheet.check.findings import Edit, Finding
from broadsheet.check.punctuation import punctuation
from broadsheet.check.source import Kind, parse_source
from broadsheet.frontmatter import FrontMatterError
from broadsheet.markdown import parse
from broadsheet.textfile import read_text

_LINE_END = re.compile("(\r\n|\r|\n)")
MOST_ROUNDS = 5
_MARK = b"\xef\xbb\xbf"


def apply(text: str, edits: Iterable[Edit]) -> str:
    """`text` with its edits, the first of those that overlap."""
    parts: list[str] = []
    reached = 0
    for edit in sorted(set(edits), key=lambda edit: (edit.start, edit.end)):
        if edit.start >= reached:
            parts += (text[reached : edit.start], edit.text)
            reached = edit.end
    return "".join((*parts, text[reached:]))


def mend(text: str, edits: Sequence[Edit], kind: Kind) -> str:
    """`text` with as many of its edits as change nothing else."""
    after = apply(text, edits)
    if says_the_same(text, after, kind):
        return after
    kept: list[Edit] = []
    for edit in edits:
        if says_the_same(text, apply(text, (*kept, edit)), kind):
            kept.append(edit)
    return apply(text, kept)


def mend_fully(text: str, shown: str, kind: Kind, wanted: Callable[[Finding], bool]) -> str:
    """`text` of a file that is `shown` by that name, mended until nothing certain is left.

    One mending may lay another one open. Findings that are not `wanted` stay.
    """
    for _ in range(MOST_ROUNDS):
        source = parse_source(text, shown, kind)
        edits = [edit for found in punctuation(source) if wanted(found) for edit in found.edits]
        after = mend(text, edits, kind)
        if after == text:
            break
        text = after
    return text


# -- what a text says -----------------------------------------------------------------------------


def folded(text: str) -> str:
    """Without blanks, and with every mark in its narrow form."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def says_the_same(before: str, after: str, kind: Kind) -> bool:
    if folded(before) != folded(after) or before.count("\n") != after.count("\n"):
        return False
    try:
        return _meaning(before, kind) == _meaning(after, kind)
    except FrontMatterError:
        return False


def _meaning(text: str, kind: Kind) -> tuple[Any, list[Any]]:
    head, body = ("", text) if kind == "body" else (text, "")
    if kind == "md":
        head, body, _ = frontmatter.split(text)
    values = _values(frontmatter.parse(head, len(head))) if head else None
    return values, list(_shape(parse(body)))


def _values(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _values(item) for key, item in value.items()}
    return [_values(item) for item in value] if isinstance(value, list) else folded(str(value))


def _shape(tokens: Iterable[Token]) -> Iterator[Any]:
    """Blocks, links and emphasis in their order, and the words between them."""
    words = ""
    for token in tokens:
        if token.type in ("text", "softbreak"):
            words += folded(token.content)
            continue
        yield words
        words = ""
        attributes = {
            k: folded(str(v)) if k in ("title", "alt") else v for k, v in token.attrs.items()
        }
        spoken = token.type in ("inline", "image")  # and code is kept to the character
        content = folded(token.content) if spoken else token.content
        yield token.type, token.tag, token.nesting, attributes, content, token.map
        if token.children:
            yield from _shape(token.children)
    yield words


# -- files ----------------------------------------------------------------------------------------


def difference(before: str, after: str, name: str) -> str:
    """A unified diff for people and for `patch`."""
    old, new = (re.findall(r"[^\n]*\n|[^\n]+", text) for text in (before, after))
    lines = difflib.unified_diff(old, new, name, name, n=1)
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ 文件末尾没有换行\n" for line in lines
    ).removesuffix("\n")


def write_back(path: Path, before: str, after: str) -> bool:
    """Put `after` into a file that still holds `before`; False where it holds something else.

    Its byte order mark, line ends and permissions stay. The file is replaced in one step, so
    whoever reads it, or interrupts, meets the old one or the new one. Raises OSError.
    """
    path = Path(os.path.realpath(path))
    with suppress(FrontMatterError):
        if read_text(path) == before:
            data = path.read_bytes()
            _replace(path, _like(data, after), path.stat())
            return True
    return False


def _like(data: bytes, after: str) -> bytes:
    """`after` with the mark and the line ends of `data`."""
    ends = _LINE_END.findall(data.decode("utf-8-sig"))
    lines = after.split("\n")
    joined = "".join(line + (ends[n] if n < len(ends) else "") for n, line in enumerate(lines))
    return (_MARK if data.startswith(_MARK) else b"") + joined.encode()


def _replace(path: Path, data: bytes, status: os.stat_result) -> None:
    # the name is known before the file is there, so that no interrupt can leave it behind
    beside = path.with_name(f".~{path.name}.{os.getpid()}")
    try:
        with suppress(FileNotFoundError):  # of a process that was killed
            os.unlink(beside)
        with open(beside, "xb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(beside, stat.S_IMODE(status.st_mode))
        os.replace(beside, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(beside)
        raise
