"""The rules that look at one file at a time; this is what runs in workers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from broadsheet.check import sums
from broadsheet.check.findings import AS_PRINTED, Finding
from broadsheet.check.punctuation import punctuation
from broadsheet.check.similar import SHORTEST, letters
from broadsheet.check.source import BLOT, GHOST, Kind, Passage, Source, open_source
from broadsheet.check.wording import wording
from broadsheet.models import WordList
from broadsheet.read import Content
from broadsheet.scan import display

_SUMS = f"读者会自己加一遍。对照原文：抄错的改正，{AS_PRINTED}"


# how letters begin and end: these paragraphs are alike because they have to be
_FORMULA = re.compile(
    "收悉|答复如下|^(?:最后|再次)?[，,]?(?:衷心|诚挚)?(?:的|地)?感谢|^以上(?:意见|答复)"
    "|如有不同意见|如有不明|^(?:专此|特此|此复)|与我们联系"
)


@dataclass(frozen=True, slots=True)
class File:
    """A file to look at: `path` is relative to the content folder."""

    path: str
    kind: Kind = "md"
    region: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph that is long enough to be compared with others, by its letters alone."""

    path: str
    offset: int
    letters: str


def files_of(content: Content) -> list[File]:
    """All files that were read without an error, the cases in their order."""
    regions = {one.id: one.front.region or "" for one in content.publications}
    files = [File(case.file, "md", regions.get(case.publication, "")) for case in content.cases]
    files += (
        File(one.file, "md", one.front.region or "") for one in content.publications if one.file
    )
    files.append(File("about.md", "body"))
    files += (File(f"{name}.yaml", "yaml") for name in ("site", "people", "units"))
    return [file for file in files if file.kind == "md" or (content.folder / file.path).is_file()]


def inspect_files(
    files: Sequence[File], folder: Path, words: WordList
) -> list[tuple[list[Finding], list[Paragraph]]]:
    """Findings and paragraphs of each of `files`."""
    return [inspect_one(file, folder, words) for file in files]


def inspect_one(file: File, folder: Path, words: WordList) -> tuple[list[Finding], list[Paragraph]]:
    path = folder / file.path
    source = open_source(path, display(path), file.kind)
    if source is None:
        return [], []
    findings = [
        *punctuation(source),
        *wording(source, words, file.region),
        *_sums(source),
    ]
    return findings, list(_paragraphs(source, file.path))


def _paragraphs(source: Source, path: str) -> Iterator[Paragraph]:
    for passage in source.passages:
        if passage.role == "prose" and not passage.path and len(passage.words) >= SHORTEST:
            text = letters(passage.words)
            if len(text) >= SHORTEST and not _FORMULA.search(passage.words):
                yield Paragraph(path, passage.start, text)


def _sums(source: Source) -> Iterator[Finding]:
    for passage in source.passages:
        if passage.role == "prose":
            text = passage.words.replace(GHOST, "").replace(BLOT, " ")
            if len(text) != len(passage.words):
                places = [n for n, sign in enumerate(passage.words) if sign != GHOST]
            else:
                places = list(range(len(text)))
            for place, message in sums.of_text(text):
                yield Finding(source.told("B822", passage.start + places[place], message, _SUMS))
    cells = [passage for passage in source.passages if passage.role == "cell"]
    for table in _tables(source, cells):
        rows = [[cell.words.replace(GHOST, "") for cell in row] for row in table]
        for row, column, message in sums.of_table(rows):
            yield Finding(source.told("B822", table[row][column].start, message, _SUMS))


def _tables(source: Source, cells: Sequence[Passage]) -> Iterator[list[list[Passage]]]:
    """Tables as rows of cells: rows that follow each other, but for the line under the head."""
    table: list[list[Passage]] = []
    last = 0
    for line, row in groupby(cells, lambda cell: source.place(cell.start)[0]):
        if table and line > last + (2 if len(table) == 1 else 1):
            yield table
            table = []
        table.append(list(row))
        last = line
    if table:
        yield table
