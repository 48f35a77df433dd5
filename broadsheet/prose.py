"""Prose: bodies of headings, paragraphs of one line and flat lists, with strong words at most.

Most bodies are nothing else, and are told line by line in a fraction of the time that the parser of
Markdown takes. What becomes of them is the same; a body with anything more is left to the parser.
"""

from __future__ import annotations

import re
from typing import NamedTuple

# between signs that open and close, whatever stands outside: Han characters are no punctuation
STRONG = re.compile(r"\*\*([\u3400-\u9fff](?:[^\n!&*<\[\\\]^_`~]*[\u3400-\u9fff])?)\*\*(?!\*)")
# what begins the line; then text in which no rule of the parser may begin but that of strong words
_LINE = re.compile(
    r"(#{2,6} |[0-9]{1,9}\. |- )?"
    r"((?![0-9]+[.)](?:\s|$))(?:\*\*)?(?:[^\x00-\x7f\s]|[A-Za-z0-9])[^\x00\n\r!&<\[\\\]^_`~]*)(?<!\s)"
)


class Block(NamedTuple):
    """A heading with its level, or, level 0, a paragraph or a list; the words of each paragraph."""

    level: int
    html: str  # of a heading only what stands in it
    paragraphs: tuple[str, ...]


class _Inline(NamedTuple):
    html: str
    words: str


def prose(text: str) -> list[Block] | None:
    """The blocks of a body; nothing where it is not prose, or may not be."""
    blocks: list[Block] = []
    items: list[_Inline] = []  # of the last block, where it is a list
    mark = ""  # of its first item
    is_free = True  # no block goes on here
    for line in text.split("\n"):
        if not line:
            is_free = True
            continue
        found = _LINE.fullmatch(line)
        inline = _inline(found[2]) if found else None
        if found is None or inline is None:
            return None
        sign = found[1] or ""
        if items and not is_free and sign[-2:] == mark[-2:]:
            items.append(inline)
            continue
        is_item = sign.endswith((". ", "- "))
        if not is_free or (items and is_item):  # lines of one paragraph, items with blank lines
            return None
        if items:
            blocks.append(_list(mark, items))
            items = []
        if is_item:
            mark, items, is_free = sign, [inline], False
        elif sign:
            if line[-1] == "#":
                return None
            blocks.append(Block(len(sign) - 1, inline.html, (inline.words,)))
        else:
            blocks.append(Block(0, f"<p>{inline.html}</p>\n", (inline.words,)))
            is_free = False
    return [*blocks, _list(mark, items)] if items else blocks


def _list(mark: str, items: list[_Inline]) -> Block:
    inner = "".join([f"<li>{item.html}</li>\n" for item in items])
    kind = "ul" if mark == "- " else "ol"
    first = int(mark[:-2]) if kind == "ol" else 1
    start = f' start="{first}"' if first != 1 else ""
    words = tuple([item.words for item in items])
    return Block(0, f"<{kind}{start}>\n{inner}</{kind}>\n", words)


def _inline(text: str) -> _Inline | None:
    """What stands in a line; nothing where it has other signs than those of strong words."""
    if "*" not in text:
        return _Inline(escaped(text), text)
    parts = STRONG.split(text)
    if any("*" in part for part in parts[::2]):
        return None
    html = [*map(escaped, parts)]
    html[1::2] = [f"<strong>{strong}</strong>" for strong in html[1::2]]
    return _Inline("".join(html), "".join(parts))


def escaped(text: str) -> str:
    """Text without `&` and `<` in HTML."""
    return text.replace(">", "&gt;").replace('"', "&quot;")  # the parser keeps `'`
