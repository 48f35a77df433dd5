"""What the last build knew, so that the next one need not find it out again.

`.<site>.broadsheet/memory/` has one format, in several files so that an edit rewrites little:

last       what went into the site, and what the build reported: all that is needed to see that
           there is nothing to do
files      the files of the site
site       the fingerprint of each page, and what else a plan can be spared
cases.NN   cases as they were read, by the hash of their path

Each begins with a line that names the format and the program, then a checksum, then a pickle. A
file that is missing, damaged or of another program is as good as empty, and only costs time.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zlib import crc32

from broadsheet.settings import Report

FORMAT = 1
SETTLED = 20_000_000  # ns; a file that changed more recently than that may change again unseen
_PARTS = 64

Seen = tuple[int, int, int]  # size, modified (ns), inode: a published file as we left it
Stamp = tuple[
    int, int, int, int
]  # size, modified, changed (ns), inode: a file that has not changed


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
class Last:
    """Enough to see that nothing has changed since."""

    inputs: bytes  # a digest of everything that goes into a site
    index: bytes  # and of the prebuilt index
    since: datetime  # the moment that was taken for now,
    until: datetime | None  # and when the next case under embargo is to appear
    report: Report
    token: bytes = b""  # of the files that were written together


@dataclass(frozen=True, slots=True)
class Known:
    """A case as it was read without a problem, and the files that it came from."""

    stamps: tuple[tuple[str, Stamp], ...]
    origin: Any  # what else it depends on
    case: Any

    def holds(self, stamps: Mapping[str, Stamp]) -> bool:
        """Whether its files are still what they were."""
        for path, found in self.stamps:  # noqa: SIM110 (asked for every case: twice as fast)
            if stamps.get(path) != found:
                return False
        return True


@dataclass
class Memory:
    """The memory of one site; empty where there is none."""

    folder: Path
    cases: dict[str, Known] = field(default_factory=dict)  # by path below the content folder
    pages: dict[str, bytes] = field(default_factory=dict)  # fingerprints by file
    files: dict[str, Seen] = field(default_factory=dict)  # of the site
    index: dict[str, Seen] = field(default_factory=dict)  # files of the prebuilt index
    look: bytes = b""  # what all pages follow from, beside themselves
    addresses: frozenset[str] = frozenset()
    related: tuple[bytes, list[tuple[int, ...]]] | None = None  # see plan.cases.Related

    @classmethod
    def load(cls, folder: Path) -> Memory:
        memory = cls(folder)
        token, files = _load(folder / "files") or (b"", {})
        site = _load(folder / "site") or {}
        if token and site.pop("token", b"") == token:
            memory.files = files
            for key, value in site.items():
                setattr(memory, key, value)
        for part in range(_PARTS):
            memory.cases |= _load(folder / f"cases.{part:02}") or {}
        return memory

    def save(self, cases: Mapping[str, Known], fresh: Iterable[str], last: Last | None) -> None:
        """Keep everything; of `cases`, rewrite the parts that have a `fresh` or forgotten one.

        Should it be cut short, files that were not written together do not count.
        """
        token = os.urandom(8)
        touched = {_part(path) for path in (*fresh, *(self.cases.keys() - cases.keys()))}
        parts: dict[int, dict[str, Known]] = {part: {} for part in touched}
        for path, known in cases.items():
            if (part := _part(path)) in parts:
                parts[part][path] = known
        for part, some in parts.items():
            _save(self.folder / f"cases.{part:02}", some)
        _save(self.folder / "files", (token, self.files))
        names = ("pages", "index", "look", "addresses", "related")
        site = {name: getattr(self, name) for name in names}
        _save(self.folder / "site", {**site, "token": token})
        if last:
            _save(self.folder / "last", replace(last, token=token))

    @staticmethod
    def last(folder: Path) -> tuple[Last | None, dict[str, Seen]]:
        """The last build, and the files that it left."""
        last: Last | None = _load(folder / "last")
        token, files = (_load(folder / "files") if last else None) or (b"", {})
        return (last, files) if last and token and last.token == token else (None, {})


def _part(path: str) -> int:
    return crc32(os.fsencode(path)) % _PARTS


def _load(path: Path) -> Any:
    with suppress(Exception):  # whatever is wrong with it
        data = path.read_bytes()
        head = _head(path.name)
        body = memoryview(data)[len(head) + 16 :]
        if data.startswith(head) and _digest(body) == data[len(head) : len(head) + 16]:
            return pickle.loads(body)  # noqa: S301 (our own file, beside the site)
    return None


def _save(path: Path, value: Any) -> None:
    """A memory that cannot be kept costs time, later."""
    body = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    with suppress(OSError):
        path.parent.mkdir(exist_ok=True)
        draft = path.with_name(f"{path.name}~")
        draft.write_bytes(_head(path.name) + _digest(body) + body)
        os.replace(draft, path)


def _digest(data: bytes | memoryview) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()


def _head(name: str) -> bytes:
    return f"broadsheet memory {FORMAT} {name} {program().hex()}\n".encode()


@cache
def program() -> bytes:
    """Tells programs apart: another version of ours, of Python, or of what is installed."""
    package = Path(__file__).resolve().parent
    installed = [os.stat(path).st_mtime_ns for path in _libraries()]
    sources = sorted(item for item in walk(package).items() if item[0].endswith((".py", ".txt")))
    return _digest(repr((sys.version, installed, sources)).encode())


def _libraries() -> Iterator[str]:
    for name in ("purelib", "platlib"):
        path = sysconfig.get_paths()[name]
        if os.path.isdir(path):
            yield path
