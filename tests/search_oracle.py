"""What search must find, from the words of DESIGN §7 alone: nothing here is of broadsheet.search.

The searched text is taken from the front matter, and from the pages that readers see.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import opencc
import yaml
from helpers import Element, parse

FACETS = ("theme", "publication", "kind", "unit", "year", "grade")
LABELS = {"背景", "观点", "建议", "办理答复", "注释"}  # headings that are no text
INLINE = {"a", "code", "em", "s", "span", "strong", "wbr"}
INVISIBLE = "\u00ad\u200b\ufe0f"  # those that the corpora have

_to_simplified = opencc.OpenCC("t2s").convert
Filters = Mapping[str, Sequence[str]]
NO_FILTERS: Filters = {}


# -- folding --------------------------------------------------------------------------------------


def fold(text: str) -> str:
    """NFKC, lower case, simplified; three dots are punctuation, not three full stops."""
    text = "".join(" " if c in "…‥⋯" else c for c in text if c not in INVISIBLE)
    return "".join(map(_simplified, unicodedata.normalize("NFKC", text).lower()))


_simplified = cache(_to_simplified)


def split(text: str) -> list[str]:
    """The words of a text: what blanks and punctuation separate."""
    return "".join(c if _in_word(c) else " " for c in fold(text)).split()


@cache
def _in_word(character: str) -> bool:
    """Letters, digits and their marks, and the full stop; beyond U+FFFF nothing is punctuation."""
    return character == "." or character > "\uffff" or unicodedata.category(character)[0] in "LMN"


# -- what is known of a site ----------------------------------------------------------------------


@dataclass(frozen=True)
class Known:
    """A published case."""

    id: str
    title: str
    texts: tuple[str, ...]  # as written: the title, names, …, and each paragraph
    words: tuple[str, ...]  # runs of word characters in them, folded
    values: dict[str, dict[str, str]]  # by facet: values and their names
    date: str

    def has(self, word: str) -> bool:
        return any(word in run for run in self.words)

    def is_chosen(self, filters: Filters, but: str = "") -> bool:
        return all(
            any({value, name} & set(wanted) for value, name in self.values[facet].items())
            for facet, wanted in filters.items()
            if wanted and facet != but
        )


@dataclass(frozen=True)
class Oracle:
    cases: dict[str, Known] = field(default_factory=dict)

    def find(
        self,
        wanted: Iterable[str],
        unwanted: Iterable[str] = (),
        filters: Filters = NO_FILTERS,
        but: str = "",
    ) -> set[str]:
        """Ids of the cases that have every word of the phrases `wanted` and none of `unwanted`.

        Without a wanted word, all cases under the filters, if there are any filters.
        """
        yes = [word for phrase in wanted for word in split(phrase)]
        no = [word for phrase in unwanted for word in split(phrase)]
        if not yes and not any(filters.values()):
            return set()
        return {
            case.id
            for case in self.cases.values()
            if all(map(case.has, yes))
            and not any(map(case.has, no))
            and case.is_chosen(filters, but)
        }

    def counts(self, wanted: Sequence[str], filters: Filters) -> dict[str, dict[str, int]]:
        """By facet, how many of the matches under the other facets' filters have each value."""
        counts: dict[str, dict[str, int]] = {facet: {} for facet in FACETS}
        for facet in FACETS:
            found = (
                self.find(wanted, (), filters, facet)
                if any(map(split, wanted))
                else (
                    {c.id for c in self.cases.values() if c.is_chosen(filters, facet)}
                    if any(filters.values())
                    else set()
                )
            )
            for case in self.cases.values():
                for value, name in case.values[facet].items():
                    chosen = {value, name} & set(filters.get(facet, ()))
                    if chosen or case.id in found:
                        counts[facet].setdefault(value, 0)
                        counts[facet][value] += case.id in found
        return counts


def read_oracle(content: Path, site: Path) -> Oracle:
    """What a built site should answer; `content` is what it was built from."""
    cases = {}
    for path in sorted(content.rglob("*.md")):
        if path.name == "index.md" or path.parent == content:
            continue
        index = path.parent / "index.md"
        case = _known(
            _matter(path), _matter(index) if index.exists() else {}, path.parent.name, site
        )
        cases[case.id] = case
    return Oracle(cases)


def _matter(path: Path) -> dict[str, Any]:
    head = path.read_text("utf-8").split("\n---\n", 1)[0]
    return yaml.load(head.removeprefix("---\n"), yaml.BaseLoader) or {}  # all text


def _known(front: dict[str, Any], publication: dict[str, Any], folder: str, site: Path) -> Known:
    def names(key: str) -> list[str]:
        value = front.get(key) or []
        listed = value if isinstance(value, list) else [value]
        return [one["name"] if isinstance(one, dict) else one for one in listed]

    units = names("hosts") + names("co_hosts")
    fields = [front["title"], *names("proposers"), *names("speaker"), *names("supervisors")]
    fields += [*units, *names("keywords"), *names("summary")]
    html = (site / "cases" / front["id"] / "index.html").read_text("utf-8")
    texts = (*fields, *_texts(_prose(html)))
    date = front.get("date") or (front.get("source") or {}).get("date")
    date = date or (publication.get("source") or {}).get("date") or publication.get("year", "")
    year = front.get("date", "")[:4] or publication.get("year", "")
    rounds = sorted(front.get("ratings") or [], key=lambda one: int(one.get("round", 1)))
    grade = rounds[-1]["grade"] if rounds else ""
    region = publication.get("region")
    values = {
        "theme": {front["theme"]: front["theme"]},
        "publication": {folder: publication.get("title", folder)},
        "kind": {front["kind"]: front["kind"]},
        "unit": {f"{unit}（{region}）" if region else unit: unit for unit in units},
        "year": {year: year} if year else {},
        "grade": {grade: grade} if grade else {},
    }
    runs = tuple(dict.fromkeys(word for text in texts for word in split(text)))
    return Known(front["id"], " ".join(front["title"].split()), texts, runs, values, date)


def _prose(html: str) -> Element:
    start, end = html.index('<div class="prose">'), html.index('<section class="facts"')
    return parse(html[start:end])


def _texts(prose: Element) -> Iterator[str]:
    """The text of paragraphs, list items, cells, headings, captions and descriptions of pictures."""
    pieces = [""]

    def walk(element: Element) -> None:
        for child in element.children:
            if isinstance(child, str):
                pieces[-1] += child
            elif child.tag == "img":
                pieces.extend((child.attributes["alt"], ""))
            elif child.tag in INLINE:
                walk(child)
            elif child.tag != "sup" and not (child.tag == "h2" and child.text.strip() in LABELS):
                pieces.append("")
                walk(child)
                pieces.append("")

    walk(prose)
    return (piece.strip() for piece in pieces if piece.strip())
