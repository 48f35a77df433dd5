"""What a worker of a cluster does: one partition, if it makes the pages that the build would make.

A worker is a process on another machine that may have run for weeks. So it first holds itself
against a `Ticket`: the same programs, the same templates, the same folders. This stands apart from
`cluster`, which the machine that builds needs beside it; here nothing of Dask is loaded at first.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import platform
import secrets
from collections.abc import Iterator
from contextlib import chdir, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from urllib.parse import quote

from broadsheet import __version__
from broadsheet.diagnostics import ContentError, Diagnostic
from broadsheet.folders import template_folders
from broadsheet.settings import Settings

# with other versions the bytes might differ, or a partition not be understood
LIBRARIES = (
    *("budoux", "cloudpickle", "dask", "distributed", "imagesize", "jinja2", "markdown-it-py"),
    *("mdit-py-cjk-friendly", "mdit-py-plugins", "numpy", "pydantic", "pypinyin", "pyyaml"),
    *("rjsmin", "whoosh3"),
)


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a worker has to have so that its partitions are those of the machine that builds."""

    programs: tuple[tuple[str, str], ...]  # names and versions
    templates: tuple[tuple[str, str], ...]  # folders, and digests of what is in them
    content: str
    names: tuple[str, ...]  # some of what is in there
    marks: tuple[str, ...]  # in the folders where workers write; the first beside the site
    working_folder: str  # messages name files as they are seen from there


@dataclass(frozen=True, slots=True)
class Refused:
    """What a `ContentError` has to say. Dask cuts exceptions short that have much to say."""

    diagnostics: tuple[Diagnostic, ...]


def ticket_for(settings: Settings, marks: tuple[str, ...]) -> Ticket:
    names: list[str] = []
    with suppress(OSError):  # the reader says what is wrong with it
        names = sorted(os.listdir(settings.content))[:100]
    templates = ((folder, _digest(Path(folder))) for folder in template_folders(settings.root))
    content = os.fspath(settings.content)
    return Ticket(programs(), tuple(templates), content, tuple(names), marks, os.getcwd())


# -- what a process has ---------------------------------------------------------------------------


@cache
def programs() -> tuple[tuple[str, str], ...]:
    """Everything that bytes depend on: Python (with its Unicode), ourselves, the libraries."""
    package = Path(__file__).resolve().parent
    found = {
        "Python": ".".join(platform.python_version_tuple()[:2]),
        "Broadsheet": __version__,
        "broadsheet/": _digest(package, ".py", ".txt"),
    }
    for library in LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            found[library] = "没有安装"
    return tuple(found.items())


def _digest(folder: Path, *kinds: str) -> str:
    """Of the files below a folder; of those with certain endings, if there are any."""
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and (not kinds or path.suffix in kinds):
            name = path.relative_to(folder).as_posix()
            digest.update(repr((name, path.read_bytes())).encode())
    return digest.hexdigest()


def lack_of_scheduler(wanted: tuple[tuple[str, str], ...]) -> tuple[str, str]:
    """The code of what this process lacks, and its words; both are empty where it lacks nothing."""
    here = dict(programs())
    other = [
        f"{name} 是 {here.get(name, '没有的')}（构建的机器上是 {version_}）"
        for name, version_ in wanted
        if here.get(name) != version_
    ]
    return ("B710", "，".join(other[:3])) if other else ("", "")


def lack_of_worker(ticket: Ticket) -> tuple[str, str]:
    """The same for a worker, which needs more than a scheduler."""
    code, what = lack_of_scheduler(ticket.programs)
    if code:
        return code, what
    for folder, digest in ticket.templates:
        if not os.path.isdir(folder) or _digest(Path(folder)) != digest:
            return "B711", f"模板文件夹 {folder} 没有，或里面的不一样"
    try:
        same = set(ticket.names) <= set(os.listdir(ticket.content))
    except OSError:
        same = not ticket.names
    if not same:
        return "B711", f"看不到稿件文件夹 {ticket.content} 里的文件"
    for mark in ticket.marks:
        if not os.path.exists(mark):
            return "B711", f"{os.path.dirname(mark)} 不是构建的机器上的那一个"
    return "", ""


def unfit(code: str, who: str, what: str) -> Diagnostic:
    if code == "B710":
        hint = "集群的每台机器都装同样的 Python、Broadsheet 和依赖，再重新启动调度器和工作进程"
        return Diagnostic(code, f"{who}上的程序和这里的不一样：{what}", hint)
    hint = "稿件、模板、网站和索引的文件夹都放在共享存储上，在每台机器上路径相同"
    return Diagnostic(code, f"{who}看不到共享的文件夹：{what}", hint)


# -- a partition ----------------------------------------------------------------------------------


def run_partition(ticket: Ticket, work: bytes) -> bytes:
    """Do one partition. Function, arguments and result are bytes: schedulers need not know them."""
    from distributed import get_worker

    address = get_worker().address
    code, what = _look(ticket)
    if code:
        return pickle.dumps(Refused((unfit(code, f"工作进程 {address} ", what),)))
    function, arguments = pickle.loads(work)  # noqa: S301 (who reaches a worker may run anything)
    folder = ticket.working_folder
    with _at_work(ticket, address), chdir(folder) if os.path.isdir(folder) else nullcontext():
        try:
            result: Any = function(*arguments)
        except ContentError as error:
            result = Refused(error.diagnostics)
    return pickle.dumps(result, pickle.HIGHEST_PROTOCOL)


@lru_cache(maxsize=8)
def _look(ticket: Ticket) -> tuple[str, str]:
    """Once a build: a worker may have come after the others had been looked at."""
    return lack_of_worker(ticket)


@contextmanager
def _at_work(ticket: Ticket, address: str) -> Iterator[None]:
    """A file says that this worker is writing, for when no scheduler is left to say it."""
    mark = Path(f"{mark_of(ticket, address)}{secrets.token_hex(4)}")
    mark.touch()
    try:
        yield
    finally:
        mark.unlink(missing_ok=True)


def mark_of(ticket: Ticket, address: str) -> str:
    """How the names of the files begin that say so."""
    return f"{ticket.marks[0]}@{quote(address, '')}@"
