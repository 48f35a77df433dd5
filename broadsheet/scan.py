"""Which files the content folder holds, and which publication each of them belongs to.

content/<publication>/*.md      a folder is a publication,
content/<publication>/…/*.md    with everything below it that has no index.md of its own;
content/*.md                    cases without a folder, and cases in folders named after a
content/<theme>/*.md            theme, form one publication that is named after the site.
"""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from broadsheet.diagnostics import Diagnostic, reason
from broadsheet.slugs import slugify
from broadsheet.trees import Stamp, stamp

ROOT_PUBLICATION = "cases"
_NUMBER = re.compile(r"([0-9]+)")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A case file: `path` is relative to the content folder, with forward slashes."""

    path: str
    publication: str
    theme_folder: str = ""


@dataclass(frozen=True, slots=True)
class Files:
    """The files below the content folder, by path relative to it, with forward slashes."""

    stamps: dict[str, Stamp]
    diagnostics: tuple[Diagnostic, ...]
    moment: int = 0  # ns: when they were looked at

    @property
    def paths(self) -> Collection[str]:
        return self.stamps.keys()


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The case files, the folder of each publication id, and the index.md of each folder."""

    cases: tuple[SourceFile, ...]
    folders: dict[str, str]
    indexes: dict[str, str]
    diagnostics: tuple[Diagnostic, ...]


def display(path: Path | str) -> str:
    """A path as an editor would type it: relative where that is shorter, always printable."""
    text = os.fspath(path)
    relative = os.path.relpath(text) if os.path.isabs(text) else text
    shown = text if relative.startswith("..") else relative
    return printable(shown).replace(os.sep, "/")


def printable(name: str) -> str:
    """A file name that may hold bytes that are no UTF-8, with a sign in their place."""
    return os.fsencode(name).decode("utf-8", "replace")


def natural(path: str) -> tuple[list[Any], str]:
    """Sort key in which 2 comes before 10, and which tells any two paths apart."""
    parts: list[Any] = _NUMBER.split(path)
    parts[1::2] = map(int, parts[1::2])
    return parts, path


def list_files(content: Path) -> Files:
    """Every file below `content` that an editor may have meant.

    What cannot be read, and symbolic links that lead to a folder or out of `content`, are left out
    with a diagnostic each.
    """
    walk, moment = _Walk(content), time.time_ns()
    walk.folder("")
    return Files(walk.stamps, tuple(walk.found), moment)


class _Walk:
    def __init__(self, content: Path) -> None:
        self.content, self.inside = content, content.resolve()
        self.stamps: dict[str, Stamp] = {}
        self.found: list[Diagnostic] = []

    def folder(self, path: str) -> None:
        prefix = f"{path}/" if path else ""
        try:
            with os.scandir(self.content / path) as entries:
                listed = list(entries)
        except OSError as error:
            message = f"文件夹打不开（{reason(error)}）"
            self._refuse("B105", path, message, "检查它的权限")
            return
        for entry in listed:
            name = entry.name
            if name.startswith((".", "~")) or name.endswith("~"):
                continue
            with suppress(FileNotFoundError):  # it has gone in the meantime
                self._entry(entry, prefix + name)

    def _entry(self, entry: os.DirEntry[str], path: str) -> None:
        status = entry.stat(follow_symlinks=False)
        if stat.S_ISREG(status.st_mode):
            self.stamps[path] = stamp(status)
        elif stat.S_ISDIR(status.st_mode):
            self.folder(path)
        elif stat.S_ISLNK(status.st_mode):
            if message := _why_not_follow(Path(entry.path), self.inside):
                self._refuse("B103", path, message, "把文件本身放进稿件文件夹")
            elif entry.is_file():
                self.stamps[path] = stamp(entry.stat())

    def _refuse(self, code: str, path: str, message: str, hint: str) -> None:
        self.found.append(Diagnostic(code, message, hint, display(self.content / path)))


def _why_not_follow(link: Path, inside: Path) -> str:
    try:
        target = link.resolve(strict=True)
    except (OSError, RuntimeError):  # nothing there, or links in a circle
        return "符号链接没有去处"
    if target.is_dir():
        return "不跟随文件夹的符号链接"
    return "" if target.is_relative_to(inside) else "符号链接指向稿件文件夹之外，没有跟过去"


@lru_cache(maxsize=1)  # a preview arranges the same files again and again
def arrange(paths: frozenset[str], themes: tuple[tuple[str, str], ...]) -> Arrangement:
    """Sort files into publications; `themes` are (id, name) pairs, for folders named after one."""
    theme_of = {key: theme for theme, name in themes for key in (theme, name)}
    indexes = {os.path.dirname(p): p for p in sorted(paths) if _name(p) == "index.md"}
    folders: dict[str, str] = {}
    found: list[Diagnostic] = []
    places: dict[str, tuple[str, str]] = {}  # publication and theme, by folder
    cases = []
    for path in sorted(filter(_is_case, paths), key=natural):
        parent = path.rpartition("/")[0]
        if parent not in places:
            folder = _publication_folder(parent, indexes, theme_of)
            publication = slugify(folder) if folder else ROOT_PUBLICATION
            known = folders.setdefault(publication, folder)
            if known != folder:
                message = f"文件夹“{known}”和“{folder}”会用同一个网址 /publications/{publication}/"
                found.append(Diagnostic("B403", message, "给其中一个换个名字", folder))
            names = parent.split("/")
            theme = next((theme_of[name] for name in reversed(names) if name in theme_of), "")
            places[parent] = publication, theme
        cases.append(SourceFile(path, *places[parent]))
    for folder in sorted(indexes):
        folders.setdefault(slugify(folder) if folder else ROOT_PUBLICATION, folder)
    return Arrangement(tuple(cases), folders, indexes, tuple(dict.fromkeys(found)))


def _name(path: str) -> str:
    return path.rpartition("/")[2].lower()


def _is_case(path: str) -> bool:
    name = _name(path)
    return name.endswith(".md") and name not in ("index.md", "readme.md") and path != "about.md"


def _publication_folder(folder: str, indexed: Collection[str], theme_of: dict[str, str]) -> str:
    nearest = folder
    while nearest and nearest not in indexed:
        nearest = os.path.dirname(nearest)
    if nearest:
        return nearest
    first = folder.split("/", maxsplit=1)[0]
    return "" if first in theme_of else first
