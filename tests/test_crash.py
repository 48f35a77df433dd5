"""Builds that are killed, and readers that look while a build takes place."""

from __future__ import annotations

import hashlib
import itertools
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random

import pytest
from helpers import ROOT, build, case, changed, command, make_site, many, tree
from patience import LIMIT, eventually

from broadsheet import publish
from broadsheet.diagnostics import ContentError

MOMENTS = 50


def build_when_free(root: Path) -> None:
    """Build `root` into the site beside it. Whom a killed build has started ends with it, but not
    before the system lets it, and until then another build is told to wait.
    """

    def is_built() -> bool:
        try:
            build(root, output="../site")
        except ContentError as error:
            assert [one.code for one in error.diagnostics] != ["B701"]
            raise
        return True

    eventually(is_built)


def alternate(root: Path, ready: Connection, exchange: bool) -> None:
    """Build from two content folders in turn, for ever; tell when one is built."""
    publish.BESIDE_PAYS = 0
    if not exchange:
        publish._exchange = lambda one, other: False
    ready.send(None)
    for name in itertools.cycle(("new", "old")):
        build_when_free(root / name)
        ready.send(name)


@pytest.fixture
def two_sites(tmp_path: Path) -> Path:
    """`old` and `new`, two versions of a publication of 150 cases, and `site`, the old one."""
    make_site(tmp_path / "old", many(150))
    make_site(tmp_path / "new", many(155, satisfaction="满意"))
    for name in ("old", "new"):
        build(tmp_path / name)
    build(tmp_path / "old", output="../site")
    assert len(changed(tree(tmp_path / "old/site"), tree(tmp_path / "new/site"))) > 150
    return tmp_path


def digest(folder: str | Path, descriptor: int | None = None) -> str:
    """A hash of all paths and bytes; through `descriptor` the folder may change its name."""
    result = hashlib.sha256()
    start = {"top": ".", "dir_fd": descriptor} if descriptor is not None else {"top": str(folder)}
    entries = []
    for parent, _, names, inner in os.fwalk(**start):  # type: ignore[call-overload]
        for name in names:
            with open(os.open(name, os.O_RDONLY, dir_fd=inner), "rb") as stream:
                place = os.path.relpath(os.path.join(parent, name), start["top"])
                entries.append((place, hashlib.sha256(stream.read()).hexdigest()))
    result.update(repr(sorted(entries)).encode())
    return result.hexdigest()


def start(root: Path, *, exchange: bool = True) -> tuple[BaseProcess, Connection]:
    """A process of its own that has begun to build, and where it tells of what is built."""
    context = multiprocessing.get_context("fork")  # at once: everything is imported already
    there, here = context.Pipe()
    process = context.Process(target=alternate, args=(root, here, exchange), daemon=True)
    process.start()
    here.close()
    assert there.poll(LIMIT)
    there.recv()
    return process, there


def killed(root: Path, random: Random, *, exchange: bool = True, first: float = 0) -> float:
    """Let two builds end and kill the next or the one after; returns how long a build takes here.

    The first may have nothing to do, for the last one was killed; the second tells the pace. Where
    that is known, `first` seconds, the first is killed: it mends what was killed before.
    """
    process, told = start(root, exchange=exchange)
    pace = first
    if not first:
        assert told.poll(LIMIT) and told.recv()
        begun = time.monotonic()
        assert told.poll(LIMIT)
        pace = time.monotonic() - begun
    time.sleep(random.uniform(0, pace * (1 if first else 1.5)))
    process.kill()  # SIGKILL
    process.join()
    told.close()
    assert process.exitcode == -signal.SIGKILL
    return pace


def test_a_killed_build_leaves_one_complete_site(two_sites: Path) -> None:
    whole = {digest(two_sites / name / "site") for name in ("old", "new")}
    assert len(whole) == 2
    random, seen, pace = Random(1), set(), 0.0
    for moment in range(MOMENTS):
        pace = killed(two_sites, random, first=pace * (moment % 2))
        found = digest(two_sites / "site")
        assert found in whole
        seen.add(found)
    assert seen == whole  # else nothing was tried
    build_when_free(two_sites / "new")
    assert tree(two_sites / "site") == tree(two_sites / "new/site")


def test_a_killed_build_can_be_repaired_where_folders_cannot_be_exchanged(two_sites: Path) -> None:
    whole = {digest(two_sites / name / "site") for name in ("old", "new")}
    random, pace = Random(2), 0.0
    for moment in range(10):
        pace = killed(two_sites, random, exchange=False, first=pace * (moment % 2))
        side = two_sites / ".site.broadsheet/old"
        assert digest(two_sites / "site" if (two_sites / "site").exists() else side) in whole
    build_when_free(two_sites / "new")
    assert tree(two_sites / "site") == tree(two_sites / "new/site")


def test_a_reader_always_finds_one_complete_site(two_sites: Path) -> None:
    whole = {digest(two_sites / name / "site") for name in ("old", "new")}
    process, told = start(two_sites)
    seen: list[str] = []
    missing: list[OSError] = []
    stop = threading.Event()

    def watch() -> None:  # the folder and its home page are there at every moment
        while not stop.is_set():
            try:
                assert os.stat(two_sites / "site" / "index.html").st_size
            except OSError as error:
                missing.append(error)

    watcher = threading.Thread(target=watch)
    watcher.start()
    begun = time.monotonic()
    while time.monotonic() < begun + (3 if len(seen) > 5 else LIMIT):
        descriptor = os.open(two_sites / "site", os.O_RDONLY)
        before = os.fstat(descriptor)
        try:
            found = digest(two_sites / "site", descriptor)
        except OSError:
            found = ""  # replaced and cleared away while we read
        os.close(descriptor)
        after = os.stat(two_sites / "site")
        # it was the site all the time: none that went, was written to and came again meanwhile
        if (before.st_ino, before.st_ctime_ns) == (after.st_ino, after.st_ctime_ns) and found:
            seen.append(found)
    stop.set()
    watcher.join()
    process.kill()
    process.join()
    told.close()
    assert not missing
    assert len(seen) > 5 and set(seen) <= whole


TRIES = 10  # of what has to happen while pages are being written


def interrupted(root: Path, *arguments: str | Path) -> tuple[subprocess.Popen[str], float]:
    """A build that gets Ctrl-C, with its workers, when it begins to write pages; and how many
    seconds later than that at the most: somebody may have kept us from looking.
    """
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "build.py"), "--root", str(root), *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    staging = root / ".site.broadsheet/next/cases"
    looked = time.monotonic()
    while not staging.exists() and process.poll() is None:
        looked = time.monotonic()
        time.sleep(0.001)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGINT)
    return process, time.monotonic() - looked


@pytest.mark.parametrize("jobs", [1, 2])
def test_ctrl_c_ends_with_130_and_the_old_site_stands(tmp_path: Path, jobs: int) -> None:
    for number in range(TRIES):
        root = make_site(tmp_path / str(number), many(450, body="一段正文。\n\n" * 20))
        build(root)
        before = tree(root / "site")
        make_site(root, {"content/p/999.md": case("x")})
        process, late = interrupted(root, "--jobs", str(jobs), "--clean")
        _, errors = process.communicate(timeout=LIMIT)
        if late < 0.2:
            break
    assert process.returncode == 130
    assert "Traceback" not in errors and "已中断" in errors
    assert tree(root / "site") == before
    assert command("--root", root).returncode == 0


def test_a_worker_that_dies_is_no_traceback_and_the_old_site_stands(tmp_path: Path) -> None:
    """As when the system runs out of memory and kills one."""
    make_site(tmp_path, many(450, body="一段正文。\n\n" * 20))
    build(tmp_path)
    before = tree(tmp_path / "site")
    for _ in range(TRIES):
        process = subprocess.Popen(
            [
                sys.executable,
                str(ROOT / "build.py"),
                "--root",
                str(tmp_path),
                "--jobs",
                "2",
                "--clean",
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        if not children.exists() and process.poll() is None:
            process.communicate(timeout=LIMIT)
            pytest.skip("this system does not tell the children of a process")
        workers: list[str] = []
        with suppress(OSError, IndexError):  # it has ended
            while process.poll() is None and not (workers := children.read_text().split()):
                time.sleep(0.001)
            os.kill(int(workers[0]), signal.SIGKILL)
        _, errors = process.communicate(timeout=LIMIT)
        assert "Traceback" not in errors
        assert tree(tmp_path / "site") == before
        if process.returncode:  # else somebody has kept us from killing it in time
            break
    assert process.returncode == 1
