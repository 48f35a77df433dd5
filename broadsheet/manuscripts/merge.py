"""Three ways to look at a case: what was imported then, what stands on disk, what is imported now.

What nobody has touched since is brought up to date; what an editor has changed stays, and where the
manuscript has changed in the same place too it is a conflict that the editor is told of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from broadsheet import frontmatter
from broadsheet.frontmatter import FrontMatterError
from broadsheet.manuscripts.body import ORDER
from broadsheet.manuscripts.cases import Written
from broadsheet.manuscripts.headedit import NotEditableError, exchange, lines_of_fields
from broadsheet.models import BLANK

_HEADING = re.compile(r"##[ \t]+(.*?)[ \t]*#*[ \t]*$")
_FENCE = re.compile(r"[ \t]{0,3}(```|~~~)")


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field or section (`name`) that both have changed; `line` is that of the file, from 1."""

    name: str
    line: int
    section: bool
    theirs: str  # what the manuscript says now


@dataclass
class Merged:
    """The file as it shall be, what was brought up to date, and what was not. `base` is what the
    record holds from now on.
    """

    text: str
    base: Written
    updated: list[str] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Segment:
    """A section as it stands in a file: the line of its heading (from 1), its name, its lines."""

    line: int
    name: str
    lines: tuple[str, ...]  # heading included

    @property
    def text(self) -> str:
        return "\n".join(self.lines[1 if self.name else 0 :]).strip()


def merge(text: str, then: Written, now: Written) -> Merged:
    """Bring `text` up to date. Raises `FrontMatterError` where it cannot be understood."""
    head, body, first = frontmatter.split(text)
    raw = frontmatter.parse(head)
    base = Written(dict(then.fields), dict(then.sections))
    merged = Merged(text, base)
    changes = _fields(raw, then, now, merged)
    try:
        places = lines_of_fields(head)
        if changes:
            order = list(dict.fromkeys([*now.fields, *then.fields]))
            merged.text = exchange(text, changes, order)
            for key in changes:
                merged.updated.append(key)
                _rebase(base.fields, now.fields, key)
    except NotEditableError:
        places = {}
        merged.conflicts += (Conflict(key, 1, False, shown(now.fields.get(key))) for key in changes)
    merged.conflicts = [
        Conflict(one.name, places.get(one.name, (0, 0))[0] + 1, one.section, one.theirs)
        for one in merged.conflicts
    ]
    _sections(body, first, then, now, merged)
    return merged


def _rebase(base: dict[str, Any], now: dict[str, Any], key: str) -> None:
    if key in now:
        base[key] = now[key]
    else:
        base.pop(key, None)


# -- fields ---------------------------------------------------------------------------------------


def _fields(raw: dict[str, Any], then: Written, now: Written, merged: Merged) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for key in dict.fromkeys([*then.fields, *now.fields]):
        if key == "id":
            continue
        old, new, disk = then.fields.get(key), now.fields.get(key), raw.get(key)
        if key == "needs_review":
            if (value := _reviews(old, new, disk)) is not _SAME:
                changes[key] = value
            continue
        if same(old, new):
            continue
        if same(disk, new):
            _rebase(merged.base.fields, now.fields, key)
        elif same(disk, old):
            changes[key] = new
        else:
            merged.conflicts.append(Conflict(key, 0, False, shown(new)))
    return changes


_SAME = object()


def _reviews(old: Any, new: Any, disk: Any) -> Any:
    """What is new to look at is added to what an editor has left of the old, and what no longer
    holds is taken out.
    """
    before, after, here = (_items(value) for value in (old, new, disk))
    wanted = [one for one in here if one in after or one not in before]
    wanted += [one for one in after if one not in before and one not in here]
    if [normal(one) for one in wanted] == [normal(one) for one in here]:
        return _SAME
    return wanted or None


def _items(value: Any) -> list[Any]:
    if value in (*BLANK, []):
        return []
    return [normal(one) for one in value] if isinstance(value, list) else [normal(value)]


def same(one: Any, other: Any) -> bool:
    return bool(normal(one) == normal(other))


def normal(value: Any) -> Any:
    """A value as it is compared: a list of one is its item, a name alone is a name."""
    if isinstance(value, dict):
        kept = {key: normal(item) for key, item in value.items() if item not in BLANK}
        return kept["name"] if list(kept) == ["name"] else kept
    if isinstance(value, list | tuple):
        items = [normal(item) for item in value]
        return items[0] if len(items) == 1 else (items or "")
    return " ".join(str(value).split()) if value is not None else ""


def shown(value: Any) -> str:
    """A value for a message."""
    if value in (*BLANK, []):
        return "（空）"
    if isinstance(value, dict):
        return "，".join(str(item) for item in value.values())
    if isinstance(value, list):
        return "、".join(shown(item) for item in value)
    text = str(value)
    return text if len(text) <= 40 else text[:40] + "……"


# -- sections -------------------------------------------------------------------------------------


def segments(body: str, first: int) -> Iterator[Segment]:
    """The sections of a body that begins at line `first` of its file."""
    name, start, fence = "", first, ""
    lines: list[str] = []
    for number, line in enumerate(body.split("\n"), first):
        if found := _FENCE.match(line):
            fence = "" if fence == found[1] else fence or found[1]
        heading = None if fence else _HEADING.match(line)
        if heading:
            yield Segment(start, name, tuple(lines))
            name, start, lines = heading[1], number, [line]
        else:
            lines.append(line)
    yield Segment(start, name, tuple(lines))


def _sections(body: str, first: int, then: Written, now: Written, merged: Merged) -> None:
    parts = list(segments(body, first))
    names = [part.name for part in parts]
    out: dict[str, str | None] = {}
    for name in dict.fromkeys([*then.sections, *now.sections]):
        old, new = then.sections.get(name, ""), now.sections.get(name, "")
        if old == new:
            continue
        here = [part for part in parts if part.name == name]
        disk = here[0].text if len(here) == 1 else "" if not here else None
        if disk == new:
            _rebase(merged.base.sections, now.sections, name)
        elif disk == old:
            out[name] = new or None
            merged.updated.append(name or "正文")
            _rebase(merged.base.sections, now.sections, name)
        else:
            line = here[0].line if here else first
            merged.conflicts.append(
                Conflict(name or "正文", line, True, shown(new.replace("\n", " ")))
            )
    if not out:
        return
    kept = [part for part in parts if out.get(part.name, "") is not None]
    pieces = [
        (part.name, out.get(part.name) or (part.text if part.name in out else None), part)
        for part in kept
    ]
    blocks: list[tuple[str, list[str]]] = []
    for name, text, part in pieces:
        if text is None:
            blocks.append((name, list(part.lines)))
        else:
            head = [part.lines[0], ""] if name else ([""] if part.lines[:1] == ("",) else [])
            blocks.append((name, [*head, *text.split("\n"), ""]))
    for name, text in out.items():
        if text and name not in names:
            place = _place(name, [one for one, _ in blocks])
            if place and blocks[place - 1][1] and blocks[place - 1][1][-1].strip():
                blocks[place - 1][1].append("")
            blocks.insert(place, (name, [f"## {name}", "", *text.split("\n"), ""]))
    new_body = "\n".join(line for _, lines in blocks for line in lines)
    # only what stands below the head has changed
    merged.text = merged.text[: len(merged.text) - len(body)] + new_body.rstrip("\n") + "\n"


def _place(name: str, names: list[str]) -> int:
    rank: dict[str, int] = {section: place for place, section in enumerate(ORDER)}
    before = [n for n, other in enumerate(names) if rank.get(other, 99) < rank.get(name, 99)]
    return max(before) + 1 if before else len(names)


__all__ = ["Conflict", "FrontMatterError", "Merged", "merge", "same", "segments", "shown"]
