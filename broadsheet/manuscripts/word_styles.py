"""What the styles of a Word document make of a paragraph: a heading, an item of a list, bold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from broadsheet.manuscripts.trees import Element
from broadsheet.manuscripts.word_package import attribute, child, tag

# built-in styles keep their English names in every language of Word; other programs translate
_HEADING = re.compile(r"(?:heading|标题)\s*([1-9])")
_TITLES = {"title": 1, "标题": 1, "文章标题": 1, "subtitle": 2, "副标题": 2}
_CONTENTS = re.compile(r"(?:toc|目录)\s*(?:[1-9]|heading|标题)|目录标题")
_DEEPEST = 20  # styles that are based on each other; people make three or four


def switched_on(properties: Element | None, name: str) -> bool | None:
    """Whether `w:b` and its like say yes; None where they say nothing."""
    found = child(properties, name)
    if found is None:
        return None
    return attribute(found, "val") not in ("0", "false", "off", "none")


def number(element: Element | None, fallback: int = -1) -> int:
    """The `w:val` of an element as a number."""
    value = attribute(element, "val") if element is not None else None
    try:
        return int(value) if value else fallback
    except ValueError:
        return fallback


@dataclass(frozen=True, slots=True)
class Numbered:
    """Where a paragraph stands in a list: `w:numId` and `w:ilvl`, -1 where they are not given."""

    list_id: int
    level: int


def numbered(properties: Element | None) -> Numbered | None:
    found = child(properties, "w:numPr")
    if found is None:
        return None
    return Numbered(number(child(found, "w:numId")), number(child(found, "w:ilvl")))


@dataclass(frozen=True, slots=True)
class Style:
    name: str
    based_on: str
    paragraph: Element | None
    run: Element | None


@dataclass(frozen=True, slots=True)
class Styles:
    styles: dict[str, Style] = field(default_factory=dict)
    default: str = ""  # of paragraphs

    @classmethod
    def read(cls, root: Element | None) -> Styles:
        styles, default = {}, ""
        for element in [] if root is None else root:
            if tag(element) != "w:style":
                continue
            key = attribute(element, "styleId") or ""
            base = child(element, "w:basedOn")
            name = child(element, "w:name")
            styles[key] = Style(
                (attribute(name, "val") or "").lower() if name is not None else "",
                (attribute(base, "val") or "") if base is not None else "",
                child(element, "w:pPr"),
                child(element, "w:rPr"),
            )
            if attribute(element, "type") == "paragraph" and attribute(element, "default") in (
                "1",
                "true",
                "on",
            ):
                default = key
        return cls(styles, default)

    def chain(self, key: str) -> Iterator[Style]:
        """The style and what it is based on; a circle ends."""
        for _ in range(_DEEPEST):
            if key not in self.styles:
                return
            yield self.styles[key]
            key = self.styles[key].based_on

    def heading(self, key: str, properties: Element | None) -> int:
        """1–6 for a heading, 0 for other paragraphs."""
        own = number(child(properties, "w:outlineLvl"))
        if own >= 0:
            return min(own + 1, 6) if own < 9 else 0
        for style in self.chain(key):
            if found := _HEADING.fullmatch(style.name):
                return min(int(found[1]), 6)
            if style.name in _TITLES:
                return _TITLES[style.name]
            level = number(child(style.paragraph, "w:outlineLvl"))
            if level >= 0:
                return min(level + 1, 6) if level < 9 else 0
        return 0

    def is_contents(self, key: str) -> bool:
        return any(_CONTENTS.fullmatch(style.name) for style in self.chain(key))

    def numbered(self, key: str) -> Numbered | None:
        """The list that a style puts its paragraphs into; the level may come from another style."""
        list_id, level = -1, -1
        for style in self.chain(key):
            found = numbered(style.paragraph)
            if found is not None:
                list_id = found.list_id if list_id < 0 else list_id
                level = found.level if level < 0 else level
        return Numbered(list_id, level) if list_id >= 0 else None

    def on(self, key: str, name: str) -> bool:
        """Whether a style switches `w:b` or `w:vanish` on."""
        for style in self.chain(key):
            said = switched_on(style.run, name)
            if said is not None:
                return said
        return False
