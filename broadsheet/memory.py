"""What the last build knew, so that the next one need not find it out again.

`.<site>.broadsheet/memory/` has one format, in several files so that an edit rewrites little:

last       what went into the site, and what the build reported: all that is needed to see that
           there is nothing to do
files      the files and folders of the site
site       what the pages followed from, and what else a plan can be spared
cards      what is known of each case, and where the rest of it stands
cases.NN   the rest: cases as they were read, packed, by the hash of their path

Each but the last begins with a line that names the format and the program, then a checksum, then a
pickle. Of cases.NN the cards know the dates; what stands there is read when somebody asks for it. A
file that is missing, damaged or of another program is as good as empty, and only costs time.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

from broadsheet.settings import Report
from broadsheet.trees import Stamp, Tree, stamp, walk

FORMAT = 2
_PARTS = 64


@dataclass(frozen=True, slots=True)
class Last:
    """Enough to see that nothing has changed since."""

    inputs: bytes  # a digest of everything that goes into a site
    index: bytes  # and of the prebuilt index
    since: datetime  # the moment that was taken for now,
    until: datetime | None  # and when the next case under embargo is to appear
    report: Report
    token: bytes = b""  # of the files that were written together


class Stored:
    """Bytes in a file of the memory, which is open: whoever replaces it does not touch them."""

    __slots__ = ("file", "size", "start")

    def __init__(self, file: _Open, start: int, size: int) -> None:
        self.file, self.start, self.size = file, start, size

    def __bytes__(self) -> bytes:
        return os.pread(self.file.descriptor, self.size, self.start)

    def __reduce__(self) -> tuple[type[bytes], tuple[bytes]]:
        return bytes, (bytes(self),)  # another process gets the bytes themselves


Packed = bytes | Stored


class _Open:
    """A file that stays open as long as anybody has it."""

    def __init__(self, path: Path) -> None:
        self.descriptor = os.open(path, os.O_RDONLY)

    def stamp(self) -> Stamp:
        return stamp(os.fstat(self.descriptor))

    def __del__(self) -> None:
        if hasattr(self, "descriptor"):
            os.close(self.descriptor)


class Known(NamedTuple):
    """A case as it was read without a problem, and the files that it came from."""

    stamps: tuple[tuple[str, Stamp], ...]
    origin: Any  # what else it depends on
    told: Any  # what is told of it, without what is packed
    packed: Packed

    def holds(self, stamps: Mapping[str, Stamp]) -> bool:
        """Whether its files are still what they were."""
        for path, found in self.stamps:  # noqa: SIM110 (asked for every case: twice as fast)
            if stamps.get(path) != found:
                return False
        return True


# an address below the site, whether it stands in the sitemap, the fingerprint of its page
Told = tuple[tuple[str, bool, bytes], ...]


@dataclass
class Memory:
    """The memory of one site; empty where there is none."""

    folder: Path
    cases: Mapping[str, Known] = field(default_factory=dict)  # by path below the content folder
    pages: dict[bytes, Told] = field(default_factory=dict)  # by the key of their group
    site: Tree = field(default_factory=Tree)
    spare: Tree = field(default_factory=Tree)
    index: Tree = field(default_factory=Tree)  # the prebuilt one
    look: bytes = b""  # what all pages follow from, beside themselves
    addresses: frozenset[str] = frozenset()  # of what is no page
    slugs: dict[tuple[str, str], str] = field(default_factory=dict)  # by name and region
    related: tuple[bytes, list[tuple[int, ...]]] | None = None  # see plan.cases.Related

    @classmethod
    def load(cls, folder: Path) -> Memory:
        memory = cls(folder)
        token, tree = _load(folder / "files") or (b"", Tree())
        site = _load(folder / "site") or {}
        if token and site.pop("token", b"") == token:
            folders, apart = site.pop("spare")
            files = {p: one for p, one in {**tree.files, **apart}.items() if one}
            memory.site, memory.spare = tree, Tree(files, folders)
            for key, value in site.items():
                setattr(memory, key, value)
        memory.cases = _load_cases(folder)
        return memory

    def save(self, cases: Mapping[str, Known], last: Last | None) -> None:
        """Keep everything; of the files of packed cases, rewrite those that have other ones now.

        Should it be cut short, files that were not written together do not count.
        """
        token = os.urandom(8)
        _save_cases(self.folder, cases)
        _save(self.folder / "files", (token, self.site))
        names = ("pages", "index", "look", "addresses", "slugs", "related")
        site = {name: getattr(self, name) for name in names}
        here, there = self.site.files, self.spare.files
        apart = {path: there.get(path) for path in here.keys() | there.keys()
                 if here.get(path) != there.get(path)}  # fmt: skip
        _save(self.folder / "site", {**site, "spare": (self.spare.folders, apart), "token": token})
        if last:
            _save(self.folder / "last", replace(last, token=token))

    @staticmethod
    def last(folder: Path) -> tuple[Last | None, Tree]:
        """The last build, and the files that it left."""
        last: Last | None = _load(folder / "last")
        token, tree = (_load(folder / "files") if last else None) or (b"", Tree())
        return (last, tree) if last and token and last.token == token else (None, Tree())


# -- cases ----------------------------------------------------------------------------------------


def _load_cases(folder: Path) -> dict[str, Known]:
    parts, cards = _load(folder / "cards") or ((), ())
    files: list[_Open | None] = []
    for number, seen in enumerate(parts):
        files.append(None)
        with suppress(OSError):
            file = _Open(_part(folder, number))
            files[number] = file if file.stamp() == seen else None
    found = {}
    for path, stamps, origin, told, part, start, size in cards:
        if file := files[part]:
            found[path] = Known(stamps, origin, told, Stored(file, start, size))
    return found


def _save_cases(folder: Path, cases: Mapping[str, Known]) -> None:
    """The cards of all cases, and of the packed ones what is not there already."""
    parts: list[dict[str, Known]] = [{} for _ in range(_PARTS)]
    for path, known in cases.items():
        parts[crc32(os.fsencode(path)) % _PARTS][path] = known
    stamps = []
    cards: list[tuple[Any, ...]] = []
    for number, part in enumerate(parts):
        file, places = _put_apart(_part(folder, number), part)
        stamps.append(file)
        cards += (
            (path, known.stamps, known.origin, known.told, number, *places[path])
            for path, known in part.items()
        )
    _save(folder / "cards", (stamps, cards))


def _put_apart(
    path: Path, cases: Mapping[str, Known]
) -> tuple[Stamp | None, dict[str, tuple[int, int]]]:
    """Have a file of packed cases: its stamp, none if it cannot be kept; and where each stands."""
    stored = {name: one.packed for name, one in cases.items() if isinstance(one.packed, Stored)}
    with suppress(OSError):
        files = {one.file for one in stored.values()}
        found = stamp(os.stat(path)) if files else None
        if len(stored) == len(cases) and {file.stamp() for file in files} == {found}:
            return found, {name: (one.start, one.size) for name, one in stored.items()}
    data = [bytes(one.packed) for one in cases.values()]
    starts = accumulate(map(len, data), initial=0)
    places = dict(zip(cases, zip(starts, map(len, data), strict=False), strict=True))
    try:
        _write(path, b"".join(data))
        return stamp(os.stat(path)), places
    except OSError:
        return None, places


def _part(folder: Path, number: int) -> Path:
    return folder / f"cases.{number:02}"


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
        _write(path, _head(path.name) + _digest(body) + body)


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    draft = path.with_name(f"{path.name}~")
    draft.write_bytes(data)
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


@cache
def source() -> bytes:
    """A digest of our own code: the same for the same version, on every machine."""
    package = Path(__file__).resolve().parent
    files = (path for path in walk(package) if path.endswith(".py"))
    return _digest(b"\0".join([(package / path).read_bytes() for path in sorted(files)]))


def _libraries() -> Iterator[str]:
    for name in ("purelib", "platlib"):
        path = sysconfig.get_paths()[name]
        if os.path.isdir(path):
            yield path
