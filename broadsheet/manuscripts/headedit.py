"""Single fields of front matter exchanged in an editor's file; every other line stays as it is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from broadsheet import frontmatter
from broadsheet.manuscripts.cases import render_field

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class NotEditableError(Exception):
    """Front matter that is not written one field a line."""


def lines_of_fields(head: str) -> dict[str, tuple[int, int]]:
    """First and last line, from 0, of each field. Raises `NotEditableError`."""
    root = yaml.compose(head, Loader=_Loader)
    if root is None:
        return {}
    if not isinstance(root, yaml.MappingNode) or root.flow_style:
        raise NotEditableError
    return {
        key.value: (key.start_mark.line, max(key.end_mark.line, _last(value)))
        for key, value in root.value
    }


def _last(node: yaml.Node) -> int:
    """The last line on which a value has characters of its own; blank lines and comments follow."""
    if isinstance(node, yaml.ScalarNode):
        end = node.end_mark
        below = node.style in ("|", ">") and end.column == 0 and end.line > node.start_mark.line
        return end.line - 1 if below else end.line
    if getattr(node, "flow_style", False):
        return int(node.end_mark.line)
    children = node.value
    if isinstance(node, yaml.MappingNode):
        return max((_last(value) for _, value in children), default=node.start_mark.line)
    return max((_last(child) for child in children), default=node.start_mark.line)


def exchange(text: str, changes: Mapping[str, Any], order: Sequence[str]) -> str:
    """A file with some fields changed; None takes a field out. `order` says where new ones go.

    Comments beside and inside of a changed field are kept. Raises `NotEditableError`.
    """
    head, _, _ = frontmatter.split(text)
    places = lines_of_fields(head)
    lines = text.split("\n")
    edits: list[tuple[int, int, list[str]]] = []
    last_line = _closing(lines)
    for key, value in changes.items():
        new = render_field(key, value).rstrip("\n").split("\n") if value is not None else []
        if key in places:
            first, last = places[key]
            edits.append((first, last + 1, [*_comments(lines[first : last + 1]), *new]))
        elif new:
            before = [places[other][1] for other in order[: order.index(key)] if other in places]
            place = max(before) + 1 if before else last_line
            edits.append((place, place, new))
    for first, end, new in sorted(edits, key=lambda edit: (edit[0], edit[1]), reverse=True):
        lines[first:end] = new
    return "\n".join(lines)


def _closing(lines: list[str]) -> int:
    start = next(n for n, line in enumerate(lines) if line.rstrip() == "---")
    return next(n for n in range(start + 1, len(lines)) if lines[n].rstrip() in ("---", "..."))


def _comments(lines: list[str]) -> list[str]:
    """The comments in lines that are about to go; each on a line of its own."""
    kept = []
    for line in lines:
        bare = re.sub(r"\"(?:\\.|[^\"\\])*\"|'[^']*'", lambda found: "x" * len(found[0]), line)
        if found := re.search(r"(?:^|\s)(#.*)$", bare):
            kept.append(line[found.start(1) :])
    return kept
