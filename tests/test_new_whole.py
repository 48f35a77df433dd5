"""`new` leaves nothing half-written, whoever ends it and whatever a disk cannot do."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from helpers import ROOT
from new_papers import (
    Capture,
    front,
    new_case,
    one_case,
    run,
    shown,
)
from patience import LIMIT

from broadsheet.new import place
from broadsheet.read import read


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return one_case(tmp_path)


def failing(number: int, at: int = 1) -> Any:
    """`os.fsync` that fails the `at`-th time."""
    calls = iter(range(1, 1000))

    def fsync(descriptor: int) -> None:
        if next(calls) >= at:
            raise OSError(number, os.strerror(number)) if number else KeyboardInterrupt

    return fsync


@pytest.mark.parametrize(
    ("number", "words"), [(errno.ENOSPC, "磁盘满了"), (errno.EACCES, "没有写入的权限")]
)
def test_a_disk_that_refuses_is_told_and_nothing_is_left(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture, number: int, words: str
) -> None:
    before = shown(root)
    for arguments in (["case", "甲"], ["publication", "q"]):
        monkeypatch.setattr("os.fsync", failing(number))
        assert run("new", *arguments, "--root", root) == 1
        said = capsys.readouterr().err
        assert "B756" in said and words in said and "怎么办" in said and "~" not in said
        assert shown(root) == before
    monkeypatch.setattr("os.fsync", failing(number, at=5))
    assert run("new", "site", root / "s/t") == 1
    assert shown(root) == before


def test_ctrl_c_leaves_nothing(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    before = shown(root)
    for at in (1, 3, 9):
        for arguments in (["case", "甲", "--root", root], ["publication", "q", "--root", root],
                          ["site", root / "s"]):  # fmt: skip
            monkeypatch.setattr("os.fsync", failing(0, at if "site" in arguments else 1))
            assert run("new", *arguments) == 130
            assert shown(root) == before
    assert "已中断" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["s", "t"])
def test_ctrl_c_while_a_site_is_moved_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / "s/.git").mkdir(parents=True)
    rename, calls = os.rename, iter(range(100))

    def interrupted(one: Path, other: Path) -> None:
        if other.name != "t":
            rename(one, other)
        if other.name == "t" or next(calls) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr("os.rename", interrupted)
    assert run("new", "site", tmp_path / name) == 130
    assert shown(tmp_path) == ["s", "s/.git"]


@pytest.mark.parametrize("words", [["case", "甲"], ["site", "new"]])
def test_a_killed_command_leaves_nothing_that_is_read(root: Path, words: list[str]) -> None:
    """SIGKILL at six moments: what stands there is whole, or hidden from readers."""
    code = ("import sys, os; from broadsheet import cli; import broadsheet.new.make;"
            "print(flush=True); cli.run(sys.argv[1:])")  # fmt: skip
    for moment in range(6):
        process = subprocess.Popen(
            [sys.executable, "-c", code, "new", *words], cwd=root, stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        assert process.stdout
        process.stdout.readline()
        time.sleep(moment * 0.004)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        assert read(root / "content").diagnostics == ()
    ids = [one.front.id for one in read(root / "content").cases]
    assert len(set(ids)) == len(ids)
    assert all(one.stat().st_size for one in (root / "content").rglob("*.md"))
    if words[0] == "case":
        assert new_case(root, "乙").is_file()


@pytest.mark.skipif(os.getuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission_is_told(root: Path, capsys: Capture) -> None:
    (root / "content/p").chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        assert run("new", "case", "甲", "--root", root) == 1
    finally:
        (root / "content/p").chmod(stat.S_IRWXU)
    said = capsys.readouterr().err
    assert "B756" in said and "没有写入的权限" in said


def test_a_file_system_without_links_and_locks_serves_too(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unsupported(*arguments: object) -> None:
        raise OSError(errno.ENOTSUP, "not supported")

    monkeypatch.setattr("os.link", unsupported)
    monkeypatch.setattr("fcntl.flock", unsupported)
    (root / "content/p/002-jia.md").mkdir()
    path = new_case(root, "甲")
    assert path.name == "003-jia.md" and front(path).title == "甲"
    assert not [name for name in os.listdir(path.parent) if name.startswith(".")]


def test_create_never_overwrites(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    place.create(path, b"1")
    with pytest.raises(FileExistsError):
        place.create(path, b"2")
    assert path.read_bytes() == b"1" and os.listdir(tmp_path) == ["a.md"]
    with pytest.raises(FileExistsError):
        place._create_in_place(path, b"2")
    assert path.read_bytes() == b"1"


def test_a_second_one_waits_for_the_first(root: Path) -> None:
    done: list[Path] = []
    with place.alone_in(root / "content"):
        thread = threading.Thread(target=lambda: done.append(new_case(root, "甲")))
        thread.start()
        time.sleep(0.1)
        assert done == []
    thread.join(LIMIT)
    assert done
