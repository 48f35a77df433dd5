"""Drafts to case files: front matter and body that read back as they were meant."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from broadsheet.manuscripts.body import ORDER, render_section
from broadsheet.manuscripts.drafts import Block, Draft, Masthead, Section, Value
from broadsheet.manuscripts.proofread import proofread

PROSE = ("title", "summary", "satisfaction")  # values that are printed as sentences


@dataclass(frozen=True)
class Written:
    """A case or the page of a publication as it goes into its file: fields in the order in which
    they are written, and the Markdown of each section by heading ("" for what stands above the
    first).
    """

    fields: dict[str, Any]
    sections: dict[str, str]


def write_case(draft: Draft, id_: str, theme: str, *, marked: bool) -> Written:
    """`marked` says that the source used `**` for emphasis."""
    fields: dict[str, Any] = {
        "id": id_,
        "kind": draft.kind,
        "title": "",
        "theme": theme,
    }
    for key in ("title", "number", "proposers", "proposers_more", "speaker", "hosts", "co_hosts"):
        _put(fields, draft, key)
    _put(fields, draft, "supervisors")
    for key in ("ratings", "merged_numbers", "satisfaction"):
        _put(fields, draft, key)
    for key in ("reply", "source"):
        nested = {
            name: _text(key, values[0])
            for name in ("name", "no", "date", "page", "url", "unit", "signer")
            if (values := draft.fields.get(f"{key}.{name}"))
        }
        if nested:
            fields[key] = nested
    if events := draft.fields.get("timeline"):
        fields["timeline"] = [
            {**dict(value.more), "event": proofread(value.text)} for value in events
        ]
    for key in ("keywords", "summary", "date"):
        _put(fields, draft, key)
    if draft.reviews:
        fields["needs_review"] = [{"field": one.field, "why": one.why} for one in draft.reviews]
    return Written(fields, _sections(draft.sections, marked))


def _sections(sections: dict[Section, list[Block]], marked: bool) -> dict[str, str]:
    return {
        section: render_section(sections[section], marked=marked)
        for section in ORDER
        if sections.get(section)
    }


def _put(fields: dict[str, Any], draft: Draft, key: str) -> None:
    values = draft.fields.get(key)
    if not values:
        return
    if key == "ratings":
        fields[key] = [{**dict(value.more), "grade": value.text} for value in values]
        fields[key].sort(key=lambda rating: rating["round"])
    elif key == "proposers":
        fields[key] = [
            {"name": value.text, **dict(value.more)} if value.more else value.text
            for value in values
        ]
    elif key == "supervisors":
        fields[key] = [
            {"name": value.text, **({"post": posts[0].text} if posts else {})}
            for index, value in enumerate(values)
            for posts in [draft.fields.get(f"supervisors.{index}.post")]
        ]
    elif key in ("hosts", "co_hosts", "merged_numbers", "keywords"):
        fields[key] = [value.text for value in values]
    else:
        fields[key] = _text(key, values[0])


def _text(key: str, value: Value) -> str:
    text = " ".join(value.text.split())
    return proofread(text) if key in PROSE else text


def write_publication(masthead: Masthead, title: str, *, marked: bool) -> Written:
    fields: dict[str, Any] = {"title": proofread(masthead.first("title") or title)}
    for key in ("region", "organ"):
        if masthead.first(key):
            fields[key] = masthead.first(key)
    if masthead.first("session.term"):
        fields["session"] = {
            "term": masthead.first("session.term"),
            "meeting": masthead.first("session.meeting"),
        }
    if masthead.first("year"):
        fields["year"] = masthead.first("year")
    source = {
        name: masthead.first(f"source.{name}")
        for name in ("name", "date", "page", "url")
        if masthead.first(f"source.{name}")
    }
    if source:
        fields["source"] = source
    if masthead.figures:
        fields["figures"] = [
            {"label": label.text, "value": value.text, **({"unit": unit.text} if unit else {})}
            for label, value, unit in masthead.figures
        ]
    if masthead.first("declared_total"):
        fields["declared_total"] = masthead.first("declared_total")
    body = render_section(masthead.blocks, marked=marked)
    return Written(fields, {"": body} if body else {})


# -- as text --------------------------------------------------------------------------------------

_PLAIN = re.compile(
    r"[\u3400-\u9fff《（〔“A-Za-z][^\x00-\x20:#,\[\]{}\"'\\|<>&*!%@`?\u0080-\u00a0\u2028\u2029]*"
)
_DIGITS = re.compile(r"\d{1,4}(-\d{2}(-\d{2})?)?")
_WORDS = {"null", "true", "false", "yes", "no", "on", "off", "y", "n", "~"}
_NUMERIC = {"proposers_more", "round", "term", "meeting", "year", "declared_total"}
_DATES = {"date"}


def render(written: Written) -> str:
    """The text of a file."""
    head = "".join(render_field(key, value) for key, value in written.fields.items())
    return f"---\n{head}---\n\n{render_sections(written.sections)}"


def render_sections(sections: dict[str, str]) -> str:
    parts = [f"## {name}\n\n{text}" if name else text for name, text in sections.items()]
    return "\n\n".join(parts) + "\n" if parts else ""


def render_field(key: str, value: Any) -> str:
    """One field of front matter, with its line end."""
    if key == "needs_review" or (isinstance(value, list) and len(_flow(key, value)) > 88):
        items = "".join(f"  - {_flow(key, item)}\n" for item in value)
        return f"{key}:\n{items}"
    return f"{key}: {_flow(key, value)}\n"


def _flow(key: str, value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_flow(key, item) for item in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name}: {_flow(name, item)}' for name, item in value.items())}}}"
    return scalar(key, str(value))


def scalar(key: str, text: str) -> str:
    """A value as YAML; in quotes unless nobody could take it for anything else."""
    plain = _PLAIN.fullmatch(text) and text.lower() not in _WORDS and not text.endswith(" ")
    if key in _NUMERIC and text.isdigit():
        return text
    if key in _DATES and _DIGITS.fullmatch(text):
        return text
    if key == "id" and re.fullmatch(r"[a-z0-9-]*[a-z][a-z0-9-]*", text):
        return text
    if plain or (key == "title" and _title_is_plain(text)):
        return text
    return json.dumps(text, ensure_ascii=False)


def _title_is_plain(text: str) -> bool:
    return all(_PLAIN.fullmatch(part) for part in text.split(" "))


__all__ = [
    "Written",
    "render",
    "render_field",
    "render_sections",
    "write_case",
    "write_publication",
]
