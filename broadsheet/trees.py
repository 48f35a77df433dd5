"""Trees: what stands below a folder, by the dates and inodes that tell whether it has changed."""

from __future__ import annotations

import os
import stat
from array import array
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TypeVar

SETTLED = 20_000_000  # ns; a file that changed more recently than that may change again unseen
TICK = SETTLED  # the same of folders
Seen = tuple[int, int, int]  # size, modified (ns), inode: a published file as we left it
Stamp = tuple[
    int, int, int, int
]  # size, modified, changed (ns), inode: a file that has not changed
UNKNOWN: Stamp = 0, 0, 0, 0
Entry = TypeVar("Entry", Seen, Stamp)


def stamp(status: os.stat_result) -> Stamp:
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


def settled(found: Stamp, moment: int) -> bool:
    """Whether a later change would show, for a file looked at at `moment` (ns)."""
    return max(found[1], found[2]) < moment - SETTLED


def walk(folder: str | Path, *, follow: bool = False) -> dict[str, Stamp]:
    """Every file below a folder, by its path with forward slashes.

    Links as such, or followed; links to folders never further than to the folder itself.
    """
    found: dict[str, Stamp] = {}
    _walk(os.fspath(folder), "", found, follow)
    return found


def _walk(folder: str, prefix: str, found: dict[str, Stamp], follow: bool) -> None:
    folders = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                folders.append(entry)
            else:
                with suppress(OSError):  # it has gone in the meantime, or leads nowhere
                    found[prefix + entry.name] = stamp(entry.stat(follow_symlinks=follow))
    for entry in folders:
        _walk(entry.path, f"{prefix}{entry.name}/", found, follow)


@dataclass(frozen=True, slots=True)
class Tree:
    """What stands below a folder, by path; each folder before those in it, "" for itself."""

    files: dict[str, Seen] = field(default_factory=dict)
    folders: dict[str, Stamp] = field(default_factory=dict)

    def __reduce__(self) -> tuple[Callable[..., Tree], tuple[str | bytes, ...]]:
        """In columns: there are many files, and they are soon written and read like this."""
        return _tree, (*_columns(self.files), *_columns(self.folders))

    def apart(self, other: Tree) -> Apart:
        """What it is, for whoever has the `other`."""
        mine = Tree(_other(self.files, other.files), _other(self.folders, other.folders))
        no_files = tuple(other.files.keys() - self.files.keys())
        return mine, no_files, tuple(other.folders.keys() - self.folders.keys())

    def joined(self, apart: Apart) -> Tree:
        """The tree that was told `apart` from this one."""
        other, no_files, no_folders = apart
        files, folders = self.files | other.files, self.folders | other.folders
        for path in no_files:
            del files[path]
        for path in no_folders:
            del folders[path]
        return Tree(files, folders)

    def settled(self, moment: int) -> Tree:
        """With no stamp of a folder that may change again unseen, as of `moment` (ns)."""
        sure = moment - TICK
        folders = {path: one if one[2] < sure else UNKNOWN for path, one in self.folders.items()}
        return Tree(self.files, folders)


NOTHING = Tree()
Apart = tuple[Tree, tuple[str, ...], tuple[str, ...]]  # what is other; files and folders that lack


def _other(mine: Mapping[str, Entry], theirs: Mapping[str, Entry]) -> dict[str, Entry]:
    return {path: one for path, one in mine.items() if theirs.get(path) != one}


def _columns(entries: Mapping[str, tuple[int, ...]]) -> tuple[str, bytes]:
    return "\0".join(entries), array("q", chain.from_iterable(entries.values())).tobytes()


def _tree(files: str, seen: bytes, folders: str, stamps: bytes) -> Tree:
    threes, fours = iter(array("q", seen)), iter(array("q", stamps))
    paths = files.split("\0") if seen else ()
    return Tree(
        dict(zip(paths, zip(threes, threes, threes, strict=True), strict=True)),
        dict(zip(folders.split("\0"), zip(*[fours] * 4, strict=True), strict=False)),
    )


def survey(top: str | Path, known: Tree, *, names_alone: bool = False) -> Tree:
    """What stands below `top` now; nothing where there is no such folder.

    A folder whose stamp is the `known` one has the entries that it had, and is not listed again.
    With `names_alone` its files are taken for what they were: of those, one that is another has
    another inode, but one that was written to is not noticed.
    """
    start = f"{min(os.fspath(top), os.path.relpath(top), key=len)}/"  # short ways are soon gone
    folders: dict[str, Stamp] = {}
    listed: list[str] = []  # folders to list
    lost = False
    for path, before in (known.folders or {"": UNKNOWN}).items():
        try:
            # where a folder has gone a link may lead to it; what is below is another's then
            if lost and path and path.rpartition("/")[0] not in folders:
                continue
            status = os.lstat(start + path)
        except OSError:
            lost = True
            continue
        if not stat.S_ISDIR(status.st_mode):
            lost = True
            continue
        now = status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino
        folders[path] = now
        if now != before:
            listed.append(path)
    files = known.files
    if lost or (listed and names_alone):
        stay = folders.keys() - listed
        files = {path: one for path, one in files.items() if path.rpartition("/")[0] in stay}
    files = dict(files) if names_alone else _seen(start, files)
    for path in listed:  # which grows
        with suppress(OSError), os.scandir(start + path) as entries:
            prefix = f"{path}/" if path else ""
            for entry in entries:
                name = prefix + entry.name
                with suppress(OSError):  # it has gone in the meantime
                    one = stamp(entry.stat(follow_symlinks=False))
                    if not entry.is_dir(follow_symlinks=False):
                        files[name] = one[0], one[1], one[3]
                        continue
                    files.pop(name, None)
                    if name not in folders:
                        folders[name] = one
                        listed.append(name)
    return Tree(files, folders)


def _seen(start: str, paths: Iterable[str]) -> dict[str, Seen]:
    found, lstat = {}, os.lstat
    for path in paths:
        try:
            status = lstat(start + path)
        except OSError:
            continue
        found[path] = status.st_size, status.st_mtime_ns, status.st_ino
    return found


def brought_up(
    top: Path, known: Tree, changed: Collection[str], touched: Collection[str] = ()
) -> Tree:
    """A tree of which some files have been `changed`, made or removed since it was `known`, and
    others `touched`: these are as they were, but stand there anew.
    """
    start, files, folders = f"{os.fspath(top)}/", dict(known.files), dict(known.folders)
    for path in changed:
        files.pop(path, None)
    files.update(_seen(start, changed))
    for path in sorted(folders_of((*changed, *touched))):
        try:
            folders[path] = stamp(os.lstat(start + path))
        except OSError:
            folders.pop(path, None)
    return Tree(files, folders)


def folders_of(paths: Iterable[str]) -> set[str]:
    """Every folder that has one of these below it; the top is ""."""
    found: set[str] = set()
    for path in paths:
        while path:
            path = path.rpartition("/")[0]  # noqa: PLW2901
            if path in found:
                break
            found.add(path)
    return found
