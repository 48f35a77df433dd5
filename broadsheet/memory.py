"""What the last build knew, so that the next one need not find it out again.

`.<site>.broadsheet/memory/` has one format, in several files so that an edit rewrites little:

last       what went into the site, and what the build reported: all that is needed to see that
           there is nothing to do
files      the files and folders of the site
site       what the pages followed from, and what else a plan can be spared
cases.NN   what is told of cases, by the hash of their path
packed.NN  the rest of these: front matter and bodies, read when somebody asks for them

Each but the last begins with a line that names the format and the program, then a checksum, then a
pickle; cases.NN knows the date of packed.NN. A file that is missing, damaged or of another program
is as good as empty, and only costs time.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
import sysconfig
import tempfile
from array import array
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from itertools import accumulate, chain, islice
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

from broadsheet.settings import Report
from broadsheet.trees import Stamp, Tree, stamp, walk

FORMAT = 3
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

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def stamp(self) -> Stamp:
        return stamp(os.fstat(self.descriptor))

    def __del__(self) -> None:
        os.close(self.descriptor)


class Spool:
    """A file without a name, where what is packed need not fill the memory until it is wanted."""

    def __init__(self) -> None:
        self._file: _Open | None = None
        self._end = 0
        with suppress(OSError), tempfile.TemporaryFile() as file:
            self._file = _Open(os.dup(file.fileno()))

    def put(self, packed: Sequence[Packed]) -> Sequence[Packed]:
        """Put some away; what there is no room for stays where it is."""
        data, start = b"".join(map(bytes, packed)), self._end
        with suppress(OSError):
            if self._file and os.pwrite(self._file.descriptor, data, start) == len(data):
                self._end += len(data)
                sizes = [len(bytes(one)) for one in packed]
                starts = accumulate(sizes, initial=start)
                return [Stored(self._file, *one) for one in zip(starts, sizes, strict=False)]
        return packed


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
    cases: dict[str, Known] = field(default_factory=dict)  # by path below the content folder
    pages: dict[bytes, Told] = field(default_factory=dict)  # by the key of their group
    sections: dict[bytes, tuple[bytes, ...]] = field(default_factory=dict)  # keys of groups
    site: Tree = field(default_factory=Tree)
    spare: Tree = field(default_factory=Tree)
    index: Tree = field(default_factory=Tree)  # the prebuilt one
    look: bytes = b""  # what all pages follow from, beside themselves
    others: tuple[str, ...] = ()  # addresses of what is no page
    slugs: dict[tuple[str, str], str] = field(default_factory=dict)  # by name and region
    related: tuple[bytes, list[tuple[int, ...]]] | None = None  # see plan.cases.Related

    @classmethod
    def load(cls, folder: Path) -> Memory:
        memory = cls.of_site(folder)
        memory.load_cases()
        return memory

    @classmethod
    def of_site(cls, folder: Path) -> Memory:
        """All but the cases."""
        memory = cls(folder)
        token, tree = _load(folder / "files") or (b"", Tree())
        site = _load(folder / "site") or {}
        if token and site.pop("token", b"") == token:
            memory.site, memory.spare = tree, tree.joined(site.pop("spare"))
            memory.pages = _spread(*site.pop("pages"))
            for key, value in site.items():
                setattr(memory, key, value)
        return memory

    def load_cases(self) -> None:
        for part in range(_PARTS):
            self.cases |= _load_part(self.folder, part)

    def save_cases(self, cases: Mapping[str, Known]) -> None:
        """Rewrite the parts that have other cases now. They hold whatever becomes of the site."""
        before, self.cases = self.cases, dict(cases)
        touched = {_part(path) for path, one in cases.items() if before.get(path) is not one}
        touched |= {_part(path) for path in before.keys() - cases.keys()}
        parts: dict[int, dict[str, Known]] = {part: {} for part in touched}
        for path, one in cases.items() if touched else ():
            if (part := _part(path)) in parts:
                parts[part][path] = one
        for part, some in parts.items():
            _save_part(self.folder, part, some)

    def save(self, cases: Mapping[str, Known], last: Last | None) -> None:
        """Keep everything. Should it be cut short, files that were not written together do not
        count.
        """
        token = os.urandom(8)
        self.save_cases(cases)
        _save(self.folder / "files", (token, self.site))
        names = ("sections", "index", "look", "others", "slugs", "related")
        site = {name: getattr(self, name) for name in names}
        site |= {"token": token, "spare": self.spare.apart(self.site), "pages": _joined(self.pages)}
        _save(self.folder / "site", site)
        if last:
            _save(self.folder / "last", replace(last, token=token))

    @property
    def addresses(self) -> Iterator[str]:
        """All that there were."""
        return chain((one[0] for told in self.pages.values() for one in told), self.others)

    @staticmethod
    def last(folder: Path) -> Last | None:
        """The last build."""
        last: Last | None = _load(folder / "last")
        return last

    @staticmethod
    def left(folder: Path, last: Last) -> Tree | None:
        """The files that the last build left."""
        token, tree = _load(folder / "files") or (b"", None)
        return tree if token == last.token else None


def _joined(pages: Mapping[bytes, Told]) -> tuple[bytes, bytes, str, bytes, bytes]:
    """What is told of pages, in columns: they are many, and soon written and read like this."""
    told = list(chain.from_iterable(pages.values()))
    return (
        b"".join(pages),
        array("L", map(len, pages.values())).tobytes(),
        "\0".join([address for address, _, _ in told]),
        bytes([listed for _, listed, _ in told]),
        b"".join([fingerprint for _, _, fingerprint in told]),
    )


def _spread(
    keys: bytes, counts: bytes, addresses: str, listed: bytes, fingerprints: bytes
) -> dict[bytes, Told]:
    sixteen = [fingerprints[n : n + 16] for n in range(0, len(fingerprints), 16)]
    told = zip(addresses.split("\0"), map(bool, listed), sixteen, strict=False)
    every = (keys[n : n + 16] for n in range(0, len(keys), 16))
    sizes = array("L", counts)
    return {key: tuple(islice(told, size)) for key, size in zip(every, sizes, strict=True)}


# -- cases ----------------------------------------------------------------------------------------


def _part(path: str) -> int:
    return crc32(os.fsencode(path)) % _PARTS


def _load_part(folder: Path, part: int) -> dict[str, Known]:
    seen, rows = _load(folder / f"cases.{part:02}") or (None, ())
    with suppress(OSError):
        if seen:
            file = _Open(os.open(folder / f"packed.{part:02}", os.O_RDONLY))
            if file.stamp() == seen:
                return {
                    path: Known(stamps, origin, told, Stored(file, start, size))
                    for path, stamps, origin, told, start, size in rows
                }
    return {}


def _save_part(folder: Path, part: int, cases: Mapping[str, Known]) -> None:
    packed = [bytes(one.packed) for one in cases.values()]
    starts = accumulate(map(len, packed), initial=0)
    rows = [
        (path, one.stamps, one.origin, one.told, start, len(data))
        for (path, one), start, data in zip(cases.items(), starts, packed, strict=False)
    ]
    target = folder / f"packed.{part:02}"
    with suppress(OSError):
        _write(target, b"".join(packed))
        _save(folder / f"cases.{part:02}", (stamp(os.stat(target)), rows))


# -- files ----------------------------------------------------------------------------------------


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
