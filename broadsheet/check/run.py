"""A folder from its files to what was found in it, and its mending."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from broadsheet.check import Checked, Progress, check, read_words
from broadsheet.check.findings import Edit
from broadsheet.check.fixes import difference, mend, write_back
from broadsheet.check.inspect import File
from broadsheet.diagnostics import ContentError, Diagnostic, in_order
from broadsheet.frontmatter import FrontMatterError
from broadsheet.jobs import available_cores, pool
from broadsheet.read import read, read_synonyms
from broadsheet.scan import display
from broadsheet.settings import Options
from broadsheet.textfile import read_text


def check_folder(folder: Path, root: Path, options: Options, progress: Progress) -> Checked:
    """All that is wrong with the content of `folder`, in a project at `root`."""
    found: list[Diagnostic] = []
    with pool(available_cores()) as executor:
        try:
            content = read(folder, executor, partial(progress, "读稿"))
        except ContentError as error:
            return Checked(error.diagnostics, {}, 0)
        words, wrong = read_words(folder)
        found += wrong
        try:
            read_synonyms(root / "search")
        except ContentError as error:
            found += error.diagnostics
        checked = check(content, words, options, executor, progress)
    return replace(checked, diagnostics=tuple(in_order((*found, *checked.diagnostics))))


@dataclass(frozen=True, slots=True)
class Mended:
    """What mending did, or would do: by file, how many places; the whole as a unified diff."""

    places: dict[str, int] = field(default_factory=dict)
    diff: str = ""
    diagnostics: tuple[Diagnostic, ...] = ()  # files that could not be written


def mend_files(folder: Path, edits: Mapping[File, tuple[Edit, ...]], *, write: bool) -> Mended:
    """Mend the files of a content folder, each in one step; without `write` only say how.

    A file that has changed since it was checked is left alone.
    """
    places: dict[str, int] = {}
    diffs, failed = [], []
    for file, wanted in edits.items():
        path = folder / file.path
        shown = display(path)
        try:
            before = read_text(path)
            after = mend(before, wanted, file.kind)
            if after == before or (write and not write_back(path, before, after)):
                continue
        except FrontMatterError:
            continue
        except OSError as error:
            message = f"写不进去（{error.strerror or error}）"
            failed.append(Diagnostic("B702", message, "检查磁盘空间和文件的权限", shown))
            continue
        places[shown] = len(set(wanted))
        diffs.append(difference(before, after, shown))
    return Mended(places, "\n".join(diffs), tuple(failed))
