"""Which files the content folder holds, and which publication each of them belongs to.

content/<publication>/*.md      a folder is a publication,
content/<publication>/…/*.md    with everything below it that has no index.md of its own;
content/*.md                    cases without a folder, and cases in folders named after a
content/<theme>/*.md            theme, form one publication that is named after the site.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from broadsheet.diagnostics import Diagnostic
from broadsheet.slugs import slugify

ROOT_PUBLICATION = "cases"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A case file: `path` is relative to the content folder, with forward slashes."""

    path: str
    publication: str
    theme_folder: str = ""


@dataclass(frozen=True, slots=True)
class Scan:
    cases: tuple[SourceFile, ...]
    folders: dict[str, str]  # publication id: folder, relative to the content folder
    diagnostics: tuple[Diagnostic, ...]


def display(path: Path | str) -> str:
    """A path as an editor would type it: relative where that is shorter, always printable."""
    text = os.fspath(path)
    relative = os.path.relpath(text) if os.path.isabs(text) else text
    shown = text if relative.startswith("..") else relative
    return os.fsencode(shown).decode("utf-8", "replace").replace(os.sep, "/")


def natural(path: str) -> tuple[object, ...]:
    """Sort key in which 2 comes before 10, and which tells any two paths apart."""
    parts = re.split(r"(\d+)", path)
    return (*(int(p) if p.isdecimal() else p for p in parts), path) if parts else (path,)


def scan(content: Path, themes: Iterable[tuple[str, str]]) -> Scan:
    """Walk `content`; `themes` are (id, name) pairs, for folders named after a theme.

    Symbolic links are not followed out of the folder; each one that would is a diagnostic.
    """
    theme_of = {key: theme for theme, name in themes for key in (theme, name)}
    inside = content.resolve()
    diagnostics: list[Diagnostic] = []
    markdown: list[str] = []
    indexed: set[str] = set()
    for path, entry in _walk(content, ""):
        if entry.is_symlink():
            target = Path(entry.path).resolve()
            if entry.is_dir() or not target.is_relative_to(inside):
                diagnostics.append(
                    Diagnostic(
                        "B103",
                        "符号链接指向别处，没有跟过去"
                        if not entry.is_dir()
                        else "不跟随文件夹的符号链接",
                        "把文件本身放进稿件文件夹",
                        display(content / path),
                    )
                )
                continue
        if entry.name.lower() == "index.md":
            indexed.add(os.path.dirname(path))
        elif path.endswith(".md") and path != "about.md" and entry.name.lower() != "readme.md":
            markdown.append(path)
    folders: dict[str, str] = {}
    cases = []
    for path in sorted(markdown, key=natural):
        folder = _publication_folder(path, indexed, theme_of)
        publication = slugify(folder) if folder else ROOT_PUBLICATION
        known = folders.setdefault(publication, folder)
        if known != folder:
            diagnostics.append(
                Diagnostic(
                    "B403",
                    f"文件夹“{known}”和“{folder}”会用同一个网址 /publications/{publication}/",
                    "给其中一个换个名字",
                    display(content / folder),
                )
            )
        folder_names = path.split("/")[:-1]
        theme = next((theme_of[name] for name in reversed(folder_names) if name in theme_of), "")
        cases.append(SourceFile(path, publication, theme))
    for folder in sorted(indexed):
        folders.setdefault(slugify(folder) if folder else ROOT_PUBLICATION, folder)
    return Scan(tuple(cases), folders, tuple(dict.fromkeys(diagnostics)))


def _walk(content: Path, folder: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
    with os.scandir(content / folder) as entries:
        for entry in sorted(entries, key=lambda e: e.name):
            if entry.name.startswith((".", "~")) or entry.name.endswith("~"):
                continue
            path = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(content, path)
            elif entry.is_file() or entry.is_symlink():
                yield path, entry


def _publication_folder(path: str, indexed: Collection[str], theme_of: dict[str, str]) -> str:
    folder = os.path.dirname(path)
    nearest = folder
    while nearest and nearest not in indexed:
        nearest = os.path.dirname(nearest)
    if nearest:
        return nearest
    first = folder.split("/")[0]
    return "" if first in theme_of else first
