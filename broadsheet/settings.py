"""What a build is told, and what it reports. Light: a build with nothing to do loads no more."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from broadsheet.diagnostics import Diagnostic

Progress = Callable[[str, int, int], None]  # step, done, total


@dataclass(frozen=True, slots=True)
class Options:
    """What a build may choose beside the content. `now` decides what is under embargo."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    drafts: bool = False
    base_url: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where a build takes from and puts to."""

    content: Path
    output: Path
    root: Path
    options: Options = field(default_factory=Options)
    jobs: int = 0  # worker processes; 0 means one a core
    clean: bool = False
    index: Path | None = None  # the prebuilt search index; none means search/index below the root
    scheduler: str = ""  # the address of a Dask cluster's; none means processes of this machine

    def __post_init__(self) -> None:
        if self.scheduler:  # its workers stand in other folders
            for name in ("content", "output", "root", "index"):
                if path := getattr(self, name):
                    object.__setattr__(self, name, Path(os.path.abspath(path)))

    @property
    def index_folder(self) -> Path:
        return self.index or self.root / "search" / "index"


@dataclass(frozen=True, slots=True)
class Counts:
    """What a build did to the output folder, in files."""

    written: int = 0
    unchanged: int = 0
    removed: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.written + other.written,
            self.unchanged + other.unchanged,
            self.removed + other.removed,
        )


@dataclass(frozen=True, slots=True)
class Work:
    """What a build had to do, in pieces."""

    read: int = 0  # case files
    rendered: int = 0  # pages
    indexed: int = 0  # files of the search index


@dataclass(frozen=True, slots=True)
class Report:
    """What a build did. `seconds` is wall time."""

    cases: int
    pages: int
    files: Counts
    seconds: float
    diagnostics: tuple[Diagnostic, ...] = ()
    work: Work = Work()
