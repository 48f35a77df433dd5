"""Watching: which files have changed, whatever becomes of their folders."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from patience import LIMIT, eventually

from broadsheet.preview.watching import changes


class Watched:
    """What has been told of some folders."""

    def __init__(self) -> None:
        self._names: frozenset[str] = frozenset()
        self.times = 0
        self._lock = threading.Lock()

    def hear(self, paths: Iterable[str]) -> None:
        with self._lock:
            self._names |= {os.path.basename(path) for path in paths}
            self.times += 1

    def names(self) -> frozenset[str]:
        return self._names

    def forget(self) -> None:
        with self._lock:
            self._names, self.times = frozenset(), 0


@contextmanager
def watching(folders: Callable[[], list[str]]) -> Iterator[Watched]:
    """Once it watches for certain."""
    stop, found = threading.Event(), Watched()

    def run() -> None:
        for paths in changes(folders, stop):
            found.hear(paths)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    there = [Path(folder) for folder in folders()]
    for folder in there:
        _poke(folder, found)
    found.forget()
    yield found
    stop.set()
    thread.join(LIMIT)
    assert not thread.is_alive()


def _poke(folder: Path, found: Watched) -> None:
    def told() -> bool:
        (folder / "poke.md").write_text("x")
        return "poke.md" in found.names()

    eventually(told, every=0.1)


def test_writing_renaming_and_removing_are_told(tmp_path: Path) -> None:
    with watching(lambda: [str(tmp_path)]) as found:
        (tmp_path / "a.md").write_text("x")
        eventually(lambda: "a.md" in found.names())
        found.forget()
        (tmp_path / "a.md").rename(tmp_path / "b.md")
        eventually(lambda: {"a.md", "b.md"} <= found.names())
        found.forget()
        (tmp_path / "b.md").unlink()
        eventually(lambda: "b.md" in found.names())
        (tmp_path / "new" / "deep").mkdir(parents=True)
        (tmp_path / "new" / "deep" / "c.md").write_text("x")
        eventually(lambda: found.names() & {"new", "deep", "c.md"})
        found.forget()
        _poke(tmp_path / "new" / "deep", found)


def test_what_editors_leave_beside_a_file_is_not_told(tmp_path: Path) -> None:
    with watching(lambda: [str(tmp_path)]) as found:
        for name in (".a.md.swp", ".#a.md", "~$a.docx", "a.md~", ".DS_Store"):
            (tmp_path / name).write_text("x")
        (tmp_path / "last.md").write_text("x")
        eventually(lambda: "last.md" in found.names())
        assert found.names() <= {"last.md", "poke.md"}


def test_who_watches_says_when_that_has_begun(tmp_path: Path) -> None:
    """What is read before could change unseen: the folders may be looked up slowly."""
    stop, begun, found = threading.Event(), threading.Event(), Watched()

    def folders() -> list[str]:
        time.sleep(0.3)
        return [str(tmp_path)]

    def run() -> None:
        for paths in changes(folders, stop, begun):
            found.hear(paths)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert begun.wait(LIMIT)
    time.sleep(0.1)
    (tmp_path / "a.md").write_text("x")
    eventually(lambda: "a.md" in found.names())
    stop.set()
    thread.join(LIMIT)


def test_a_folder_that_is_made_later_is_watched(tmp_path: Path) -> None:
    first, later = tmp_path / "content", tmp_path / "templates"
    first.mkdir()
    folders = lambda: [str(one) for one in (first, later) if one.is_dir()]  # noqa: E731
    with watching(folders) as found:
        later.mkdir()
        eventually(lambda: found.times)
        _poke(later, found)


def test_a_folder_that_goes_and_comes_is_watched_again(tmp_path: Path) -> None:
    folder = tmp_path / "content"
    folder.mkdir()
    with watching(lambda: [str(folder)]) as found:
        folder.rename(tmp_path / "away")
        eventually(lambda: found.times)
        found.forget()
        (tmp_path / "away").rename(folder)
        eventually(lambda: found.times)
        _poke(folder, found)


def test_a_folder_that_is_replaced_by_another_is_watched(tmp_path: Path) -> None:
    folder, other = tmp_path / "content", tmp_path / "other"
    folder.mkdir()
    other.mkdir()
    with watching(lambda: [str(folder)]) as found:
        folder.rename(tmp_path / "away")
        other.rename(folder)
        eventually(lambda: found.times)
        _poke(folder, found)
