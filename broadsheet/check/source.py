"""A file as its words: which stretches of it are read by people, and what in them is markup.

Rules look at `Passage`s, not at files: a paragraph, a heading, a table cell, a caption, a value of
front matter. A passage is as long as the piece of the file that it stands for, with everything that
is no word (addresses, code, markup) blotted out, so that a place in it is a place in the file.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import yaml
from markdown_it.token import Token

from broadsheet import frontmatter
from broadsheet.diagnostics import Diagnostic
from broadsheet.frontmatter import FrontMatterError
from broadsheet.markdown import blocks
from broadsheet.textfile import read_text

BLOT = "\x00"  # something stands here that is no word: an address, code, a sign of markup
GHOST = "\x01"  # nothing stands here for a reader: the marks of emphasis, indents

Kind = Literal["md", "body", "yaml"]  # with front matter, without, nothing but it
Role = Literal["prose", "heading", "cell", "title", "name"]

# values that are sentences, and values that are names; all others (ids, dates, …) are no words
_PROSE = {
    "summary", "intro", "event", "note", "label", "satisfaction", "subtitle", "description",
    "publisher", "post",
}  # fmt: skip
_TITLES = {"title"}
_NAMES = {
    "proposers", "speaker", "hosts", "co_hosts", "supervisors", "keywords", "signer", "unit",
    "name", "region", "aliases",
}  # fmt: skip
_NO_WORDS = {"needs_review", "figures"}  # what the importer wrote; what stands as it was printed

_OPAQUE = re.compile(
    r"\\[!-/:-@\[-`{-~]"  # an escaped sign
    r"|(?P<ticks>`+)(?!`)[\s\S]*?(?<!`)(?P=ticks)(?!`)"  # code
    r"|<[A-Za-z/!?][^<>]*>"  # addresses in angle brackets, tags
    r"|(?:\b(?:https?|ftp)://|\bwww\.|\b(?:mailto|tel):)"
    r"(?:\([^\s()]*\)?|[^\s\u3000<>|()\[\]\"，。；：、！？（）《》“”‘’【】「」—…])+"
    r"|[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,9}"
    r"|&(?:#\d+|#[xX][\da-fA-F]+|[A-Za-z]\w*);",
    re.ASCII,
)
_ENDINGS = r"\.(?:png|jpe?g|gif|webp|avif|svg|pdf|md|txt|docx?|xlsx?|pptx?|html?|ya?ml)\b"
_ENDING = re.compile(_ENDINGS, re.ASCII)
_FILE = re.compile(  # of bounded length: a text without a blank may be very long
    r"(?<!\w)(?:[\w./\u3400-\u9fff-]|\([^()\s]{0,40}\)|（[^（）\s]{0,40}）){1,60}" + _ENDINGS,
    re.ASCII,
)
_GHOSTS = re.compile(r"\*+|~~|\[\^[^\]\s]+\]|!?\[(?=[^\]\n]{0,500}\])|\](?!\()")
_TARGET = re.compile(
    r"\]\(\s*(?:<[^<>\n]*>|[^\s()]*(?:\([^\s()]*\)[^\s()]*)*)"
    r"(?:\s+(?:\"(?P<a>[^\"\n]*)\"|'(?P<b>[^'\n]*)'))?\s*\)"
)
_REFERENCE = re.compile(r"\]\[[^\]\n]*\]")
_APOSTROPHE = re.compile(r"(?<=[A-Za-z])[’'](?=[A-Za-z])")


@dataclass(frozen=True, slots=True)
class Passage:
    """Words that belong together. `start` is their place in the file's text, from 0.

    `path` leads to a value of front matter; it is empty in a body.
    """

    start: int
    words: str
    role: Role = "prose"
    path: tuple[str | int, ...] = ()

    @property
    def end(self) -> int:
        return self.start + len(self.words)


@dataclass(frozen=True)
class Source:
    """The text of one file with line feeds, and its passages in their order.

    `code` are the lines, from 0, in which a blank may mean something.
    """

    file: str  # as an editor is told it
    text: str
    passages: tuple[Passage, ...] = ()
    code: frozenset[int] = frozenset()
    starts: list[int] = field(default_factory=list)  # of the lines

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column, from 1."""
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of a line, from 1."""
        start = self.starts[number - 1]
        end = self.text.find("\n", start)
        return self.text[start : end if end >= 0 else None]

    def told(self, code: str, offset: int, message: str, hint: str) -> Diagnostic:
        line, column = self.place(offset)
        return Diagnostic(code, message, hint, self.file, line, column, self.line(line))


def open_source(path: Path, shown: str, kind: Kind = "md") -> Source | None:
    """The file at `path`. None where it cannot be understood: the reader has said why."""
    try:
        return parse_source(read_text(path), shown, kind)
    except (FrontMatterError, yaml.YAMLError):
        return None


def parse_source(text: str, shown: str, kind: Kind = "md") -> Source:
    """Raises `FrontMatterError` and `yaml.YAMLError`."""
    starts = [0, *(found.end() for found in re.finditer("\n", text))]
    source = Source(shown, text, starts=starts)
    if kind == "yaml":
        return replace(source, passages=tuple(_values(text, 0)))
    values, first = [], 1
    if kind == "md":
        head, _, first = frontmatter.split(text)
        blank = len(text) - len(text.lstrip("\n"))
        values = list(_values(head, text.index("\n", blank) - blank))
    start = starts[first - 1] if first <= len(starts) else len(text)
    tokens = blocks(text[start:])
    code = frozenset(
        line
        for token in tokens
        if token.type in ("fence", "code_block") and token.map
        for line in range(first - 1 + token.map[0], first - 1 + token.map[1])
    )
    return replace(source, passages=(*values, *_body(source, tokens, first - 1)), code=code)


# -- front matter ---------------------------------------------------------------------------------


def _values(text: str, shift: int) -> Iterator[Passage]:
    root = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    for path, node in _scalars(root, ()):
        role = _role_of(path)
        if role:
            start, end = node.start_mark.index, node.end_mark.index
            words = text[start:end]
            if node.style in ("'", '"'):
                words = _blot(r"\A.|.\Z|\\." if node.style == '"' else r"\A.|.\Z|''", words)
            elif node.style in ("|", ">"):
                words = _blot(r"\A[^\n]*\n|^[ ]+", words)
            words = words.rstrip()
            yield Passage(start + shift, _plain(words), role, path)


def _blot(pattern: str, words: str) -> str:
    return re.sub(pattern, lambda found: BLOT * len(found[0]), words, flags=re.MULTILINE)


def _scalars(
    node: Any, path: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], yaml.ScalarNode]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _scalars(value, (*path, str(key.value)))
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _scalars(item, (*path, index))
    elif isinstance(node, yaml.ScalarNode):
        yield path, node


def _role_of(path: tuple[str | int, ...]) -> Role | None:
    keys = [step for step in path if isinstance(step, str)]
    if not keys or keys[0] in _NO_WORDS or keys[0] == "aliases":
        return None
    last = keys[-1]
    if keys[0] in ("source", "reply") and last == "name":
        return "prose"
    if last in _TITLES:
        return "title"
    if last in _PROSE or keys[0] == "grade_scheme":
        return "prose"
    return "name" if last in _NAMES else None


# -- bodies ---------------------------------------------------------------------------------------


def _body(source: Source, tokens: Sequence[Token], first: int) -> Iterator[Passage]:
    """The passages of a body that begins in line `first`, from 0."""
    cursor, row = 0, -1
    for index, token in enumerate(tokens):
        if token.type != "inline" or not token.map or not token.content.strip():
            continue
        kind = tokens[index - 1].type
        role: Role = (
            "heading" if kind == "heading_open"
            else "cell" if kind in ("th_open", "td_open") else "prose"
        )  # fmt: skip
        line = first + token.map[0]
        cursor = cursor if role == "cell" and row == line else 0
        row = line
        pieces: list[tuple[int, int]] = []
        for number, content in enumerate(token.content.split("\n")):
            words = content.strip(" \t")
            if line + number >= len(source.starts):
                break
            place = source.line(line + number + 1).find(words, cursor)
            if place < 0:
                pieces.clear()
                break
            begin = source.starts[line + number] + place
            pieces.append((begin, begin + len(words)))
            cursor = place + len(words) if role == "cell" else 0
        if pieces:
            yield from _passages(source.text, pieces, role)


def _passages(text: str, pieces: list[tuple[int, int]], role: Role) -> Iterator[Passage]:
    """One passage out of the pieces that stand on its lines; captions are passages themselves."""
    start, reached, parts = pieces[0][0], pieces[0][0], []
    for begin, end in pieces:
        between = text[reached:begin]  # the line end, and signs of quotes and lists
        parts.append(re.sub(r"[^\n]", GHOST, between))
        parts.append(text[begin:end])
        reached = end
    words = "".join(parts)
    captions: list[Passage] = []

    def target(found: re.Match[str]) -> str:
        captions.extend(
            Passage(start + found.start(name), _plain(found[name]), "prose")
            for name in ("a", "b")
            if found[name]
        )
        return BLOT * len(found[0])

    words = _opaque(words)
    words = _REFERENCE.sub(lambda found: BLOT * len(found[0]), _TARGET.sub(target, words))
    words = _GHOSTS.sub(lambda found: GHOST * len(found[0]), words)
    yield Passage(start, _plain(words), role)
    yield from captions


def _opaque(words: str) -> str:
    """Without what is no word."""
    words = _OPAQUE.sub(lambda found: BLOT * len(found[0]), words)
    if _ENDING.search(words):
        words = _FILE.sub(lambda found: BLOT * len(found[0]), words)
    return words


def _plain(words: str) -> str:
    words = _opaque(words) if re.search(r"[`<@&\\/.]|:", words) else words
    return _APOSTROPHE.sub(BLOT, words)
