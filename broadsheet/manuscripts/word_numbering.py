"""Automatic numbers of a Word document: before a paragraph on paper, but not in its text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from broadsheet.manuscripts.numerals import numeral
from broadsheet.manuscripts.trees import Element
from broadsheet.manuscripts.word_package import attribute, child, descendants, tag
from broadsheet.manuscripts.word_styles import Styles, number, switched_on

_LEVELS = 9
_PLACE = re.compile("%([1-9])")
# signs of Symbol and Wingdings that lists begin with; their code points mean nothing elsewhere
SIGNS = {
    0xF0B7: "•", 0xF06C: "●", 0xF06E: "■", 0xF075: "◆", 0xF0A7: "▪", 0xF0D8: "➢", 0xF0FC: "✓",
    0xF0FE: "☑", 0xF0A8: "□", 0xF06F: "□", 0xF052: "☑", 0xF0FB: "✗", 0xF0FD: "☒", 0xF0A1: "○",
    0xF0E0: "→", 0xF0DF: "←", 0xF0B2: "◇", 0xF076: "❖", 0xF0AB: "★", 0xF0B4: "×", 0xF0B0: "°",
    0xF0B1: "±", 0xF0A3: "≤", 0xF0B3: "≥", 0xF0D7: "·",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Level:
    start: int = 1
    form: str = "decimal"
    text: str = ""
    restart: int = -1  # 0: never; n: after a paragraph of level n, counted from 1, or above
    legal: bool = False  # all numbers of the text in digits
    gap: bool = True  # a tab or a blank follows
    hidden: bool = False
    style: str = ""


@dataclass(frozen=True, slots=True)
class List:
    """A `w:num`: which definition it uses, and what it changes."""

    definition: int
    starts: dict[int, int] = field(default_factory=dict)
    levels: dict[int, Level] = field(default_factory=dict)


class Numbering:
    """Counts while a document is read from its first paragraph to its last."""

    def __init__(self, root: Element | None, styles: Styles) -> None:
        self._definitions: dict[int, dict[int, Level]] = {}
        self._lists: dict[int, List] = {}
        self._counters: dict[int, list[int | None]] = {}
        self._started: set[tuple[int, int]] = set()
        links: dict[int, str] = {}
        for element in [] if root is None else root:
            if tag(element) == "w:abstractNum":
                key = _id(element, "abstractNumId")
                self._definitions[key] = dict(map(_level, _levels(element)))
                link = child(element, "w:numStyleLink")
                if link is not None:
                    links[key] = attribute(link, "val") or ""
            elif tag(element) == "w:num":
                self._lists[_id(element, "numId")] = _list(element)
        for key, style in links.items():  # the definition stands where the style of the list leads
            there = styles.numbered(style)
            if there is not None and there.list_id in self._lists:
                target = self._lists[there.list_id].definition
                self._definitions[key] = self._definitions.get(target, {})

    def level_of_style(self, list_id: int, style: str) -> int:
        """The level that a definition gives to a style; 0 where it names none."""
        found = self._lists.get(list_id)
        levels = self._definitions.get(found.definition, {}) if found else {}
        return next((n for n, level in levels.items() if level.style == style != ""), 0)

    def label(self, list_id: int, level: int) -> str:
        """What stands before the next paragraph of that list; blanks after it as far as needed."""
        found = self._lists.get(list_id)
        if found is None or not 0 <= level < _LEVELS:
            return ""
        levels = self._definitions.get(found.definition, {}) | found.levels
        this = levels.get(level)
        if this is None:
            return ""
        counters = self._count(list_id, found, levels, level)
        if this.hidden:
            return ""
        text = _label(this, levels, counters)
        # 一、 and ① need no blank; without one, `1.` and 2024年 would make a number
        return f"{text} " if this.gap and text and text[-1] < "\u2000" and text[-1] != " " else text

    def _count(
        self, list_id: int, found: List, levels: dict[int, Level], level: int
    ) -> list[int | None]:
        counters = self._counters.setdefault(found.definition, [None] * _LEVELS)
        value = counters[level]
        if level in found.starts and (list_id, level) not in self._started:
            counters[level] = found.starts[level]
        elif value is None:
            counters[level] = levels[level].start
        else:
            counters[level] = value + 1
        self._started.add((list_id, level))
        for deeper in range(level + 1, _LEVELS):
            restart = levels.get(deeper, Level()).restart
            if restart < 0 or level < restart:
                counters[deeper] = None
        return counters


def _label(this: Level, levels: dict[int, Level], counters: list[int | None]) -> str:
    if this.form == "bullet":
        return "".join(
            SIGNS.get(ord(c), "•" if "\ue000" <= c <= "\uf8ff" else c) for c in this.text
        )

    def shown(place: re.Match[str]) -> str:
        index = int(place[1]) - 1
        level = levels.get(index, Level())
        value = counters[index]
        return numeral(
            level.start if value is None else value, "decimal" if this.legal else level.form
        )

    return _PLACE.sub(shown, this.text)


def _id(element: Element, name: str) -> int:
    value = attribute(element, name) or ""
    return int(value) if value.lstrip("-").isdigit() else -1


def _levels(element: Element) -> list[Element]:
    found = (inner for inner in element if tag(inner) == "w:lvl")
    return [level for level in found if 0 <= _id(level, "ilvl") < _LEVELS]


def _level(element: Element) -> tuple[int, Level]:
    # a format of newer versions stands in an alternative; the old one beside it will do
    form = next((e for e in reversed(list(descendants(element, "w:numFmt")))), None)
    text = child(element, "w:lvlText")
    gap = child(element, "w:suff")
    style = child(element, "w:pStyle")
    return _id(element, "ilvl"), Level(
        number(child(element, "w:start"), 0 if child(element, "w:start") is not None else 1),
        (attribute(form, "val") or "decimal") if form is not None else "decimal",
        (attribute(text, "val") or "") if text is not None else "",
        number(child(element, "w:lvlRestart")),
        switched_on(element, "w:isLgl") is True,
        gap is None or attribute(gap, "val") != "nothing",
        switched_on(child(element, "w:rPr"), "w:vanish") is True,
        (attribute(style, "val") or "") if style is not None else "",
    )


def _list(element: Element) -> List:
    definition = number(child(element, "w:abstractNumId"))
    starts: dict[int, int] = {}
    levels: dict[int, Level] = {}
    for change in element:
        if tag(change) != "w:lvlOverride":
            continue
        index = _id(change, "ilvl")
        start = child(change, "w:startOverride")
        if start is not None:
            starts[index] = number(start, 1)
        for inner in _levels(change):
            levels[index] = _level(inner)[1]
    return List(definition, starts, levels)
