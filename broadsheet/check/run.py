"""A folder from its files to what was found in it, and its mending."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from broadsheet.check import Checked, Progress, check, read_words
from broadsheet.check.findings import Finding
from broadsheet.check.fixes import difference, mend_fully, write_back
from broadsheet.check.single import File
from broadsheet.check.words import accepted_by
from broadsheet.diagnostics import ContentError, Diagnostic, in_order, reason
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
            return Checked(error.diagnostics, (), 0)
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
    """What mending did, or would do: by file, how many lines; the whole as a unified diff."""

    lines: dict[str, int] = field(default_factory=dict)
    diff: str = ""
    diagnostics: tuple[Diagnostic, ...] = ()  # files that could not be written


def mend_files(folder: Path, files: Iterable[File], *, write: bool) -> Mended:
    """Mend files of a content folder, each in one step; without `write` only say how.

    A file that changes meanwhile is left alone, and so is what the word list accepts.
    """
    words, _ = read_words(folder)

    def wanted(finding: Finding) -> bool:
        return accepted_by(finding.diagnostic, words.accepted, folder) is None

    lines: dict[str, int] = {}
    diffs, failed = [], []
    for file in files:
        path = folder / file.path
        shown = display(path)
        try:
            before = read_text(path)
            after = mend_fully(before, shown, file.kind, wanted)
            if after == before or (write and not write_back(path, before, after)):
                continue
        except FrontMatterError:
            continue
        except OSError as error:
            message = f"写不进去（{reason(error)}）"
            failed.append(Diagnostic("B702", message, "检查磁盘空间和文件的权限", shown))
            continue
        lines[shown] = _lines_changed(before, after)
        diffs.append(difference(before, after, shown))
    return Mended(lines, "\n".join(diffs), tuple(failed))


def _lines_changed(before: str, after: str) -> int:
    pairs = zip(before.split("\n"), after.split("\n"), strict=True)
    return sum(one != other for one, other in pairs)
