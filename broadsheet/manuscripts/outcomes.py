"""What an import is asked to do, and what it did: values that everyone may look at."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from broadsheet.diagnostics import Diagnostic
from broadsheet.manuscripts.cases import Written
from broadsheet.manuscripts.drafts import Draft
from broadsheet.manuscripts.understand import Understood
from broadsheet.models import Kind

Action = Literal["new", "updated", "unchanged", "kept", "gone"]


@dataclass(frozen=True, slots=True)
class Request:
    """What an import is asked to do. An empty `publication`, `theme` or `kind` is found out."""

    files: tuple[Path, ...]
    content: Path
    publication: str = ""
    kind: Kind | None = None
    theme: str = ""
    dry_run: bool = False


@dataclass
class CaseOutcome:
    """What became of one piece. `file` is relative to the content folder."""

    id: str
    file: str
    draft: Draft
    written: Written
    action: Action
    updated: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)


@dataclass
class Outcome:
    """What became of one manuscript."""

    understood: Understood
    publication: str
    page: Action | None
    page_file: str
    cases: list[CaseOutcome]


@dataclass
class Intake:
    """What an import did, or would do. `files` are relative to the content folder."""

    content: Path
    outcomes: list[Outcome]
    diagnostics: list[Diagnostic]
    files: dict[str, bytes]
    dry_run: bool
