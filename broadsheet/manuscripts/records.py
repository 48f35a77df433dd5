"""What was imported, remembered beside the content: `.broadsheet/import/<publication>.json`.

A record tells what the importer wrote, so that the next import of the same manuscript can tell an
editor's change from its own. It holds no machine's path and no moment, so it may go into git; the
scanner of content does not look into folders whose name begins with a dot.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from broadsheet.diagnostics import ContentError, Diagnostic
from broadsheet.manuscripts.cases import Written
from broadsheet.scan import display

FORMAT = 1
FOLDER = ".broadsheet/import"


@dataclass
class CaseRecord:
    """One imported case: where it was put, from which manuscript, and what was written."""

    id: str
    file: str  # relative to the content folder
    manuscript: str
    written: Written

    @property
    def number(self) -> str:
        return str(self.written.fields.get("number", ""))

    @property
    def title(self) -> str:
        return str(self.written.fields.get("title", ""))


@dataclass
class Record:
    """All that was imported into one publication. `manuscripts` are names, with a digest each."""

    publication: str
    manuscripts: dict[str, str] = field(default_factory=dict)
    page: Written | None = None  # index.md, where the importer made it
    page_from: str = ""  # the manuscript that it was made from
    cases: list[CaseRecord] = field(default_factory=list)


def folder(content: Path) -> Path:
    return content / FOLDER


def path_of(publication: str) -> str:
    """Relative to the content folder."""
    return f"{FOLDER}/{publication}.json"


def load_all(content: Path) -> dict[str, Record]:
    """The records by publication. Raises `ContentError` (B735) where one cannot be understood."""
    found: dict[str, Record] = {}
    problems = []
    for path in sorted(folder(content).glob("*.json")):
        try:
            record = _from_json(json.loads(path.read_text("utf-8")))
            found[record.publication] = record
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            hint = "从备份或 git 里取回它；找不回来就删去它，再导入时会当作没有导入过"
            problems.append(Diagnostic("B735", "导入记录读不懂", hint, display(path)))
    if problems:
        raise ContentError(problems)
    return found


def dump(record: Record) -> str:
    """The record as JSON; the same record gives the same bytes."""
    value = {
        "version": FORMAT,
        "publication": record.publication,
        "manuscripts": [
            {"name": name, "digest": digest} for name, digest in sorted(record.manuscripts.items())
        ],
        "page": {"manuscript": record.page_from, **_written(record.page)} if record.page else None,
        "cases": [
            {"id": one.id, "file": one.file, "manuscript": one.manuscript, **_written(one.written)}
            for one in record.cases
        ],
    }
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def _written(written: Written) -> dict[str, Any]:
    return {"fields": written.fields, "sections": written.sections}


def _from_json(value: Any) -> Record:
    if value["version"] != FORMAT:
        raise ValueError("another version")
    page = value["page"]
    return Record(
        str(value["publication"]),
        {str(one["name"]): str(one["digest"]) for one in value["manuscripts"]},
        _read_written(page) if page else None,
        str(page["manuscript"]) if page else "",
        [
            CaseRecord(str(one["id"]), str(one["file"]), str(one["manuscript"]), _read_written(one))
            for one in value["cases"]
        ],
    )


def _read_written(value: Any) -> Written:
    sections = {str(name): str(text) for name, text in value["sections"].items()}
    return Written(dict(value["fields"]), sections)
