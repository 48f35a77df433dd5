"""Moments: embargoes end, and no edit is missed, whatever its date and whenever it is made."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from desk_edits import edited
from desks import PICTURE, Desk, assert_as_clean
from helpers import NOW, changed, make_site

import broadsheet.read
from broadsheet import nothing_new, pipeline, scan, trees

pytest_plugins = ["desks"]


def test_a_case_under_embargo_appears_without_an_edit(desk: Desk) -> None:
    desk.case(2)["publish_at"] = "2026-03-01"
    desk.case(4)["publish_at"] = "2026-02-01"
    desk.write()
    assert_as_clean(desk)
    days = (30, 40, 90, 1, 0)  # after NOW; the embargoes end on the 31st and on the 59th
    for day, news in zip(days, (False, True, True, True, True), strict=True):
        desk.options["now"] = NOW + timedelta(days=day)
        assert (desk.nothing_new() is None) is news
        assert_as_clean(desk)
        assert ("site/cases/c4/index.html" in desk.made()) is (day >= 31)


FILES = (
    "content/p/003-c3.md", PICTURE, "content/p/index.md", "content/about.md", "content/site.yaml",
    "content/people.yaml", "search/synonyms.yaml", "templates/trail.html",
    "templates/assets/custom.css",
)  # fmt: skip


def same_length(path: Path) -> None:
    """An edit in place after which the file has its old length."""
    data = path.read_bytes()
    for pair in (
        "路灯 灯路",
        "试报 报试",
        "关于 于关",
        "某刊 刊某",
        "李铭 李名",
        "自己 己自",
        "black green",
    ):
        old, new = pair.encode().split()
        for one, another in ((old, new), (new, old)):
            if one in data:
                path.write_bytes(data.replace(one, another))
                return
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))


@pytest.mark.parametrize("name", FILES)
def test_an_edit_that_keeps_length_and_date_is_noticed(desk: Desk, name: str) -> None:
    path = desk.root / name
    before = path.stat()
    same_length(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = path.stat()
    assert (before.st_size, before.st_mtime_ns, before.st_ino) == (
        after.st_size, after.st_mtime_ns, after.st_ino)  # fmt: skip
    files = desk.made()
    assert desk.nothing_new() is None
    assert_as_clean(desk)
    assert desk.made() != files


@contextmanager
def in_one_tick(root: Path) -> Iterator[None]:
    """The clock stands still: whenever one of FILES is changed, its dates are those of the build."""
    tick, original = time.time_ns(), trees.stamp
    inodes_ = {os.stat(root / name).st_ino for name in FILES}

    def stamp(status: os.stat_result) -> trees.Stamp:
        size, modified, changed_, inode = original(status)
        return (size, tick, tick, inode) if inode in inodes_ else (size, modified, changed_, inode)

    with pytest.MonkeyPatch.context() as patch:
        for module in (trees, nothing_new, scan):
            patch.setattr(module, "stamp", stamp)
        patch.setattr(time, "time_ns", lambda: tick)
        yield


@pytest.mark.parametrize(
    "name",
    FILES,
)
def test_an_edit_within_the_tick_of_the_build_is_noticed(desk: Desk, name: str) -> None:
    with in_one_tick(desk.root):
        for _ in range(2):
            assert desk.nothing_new() is None
            assert desk.build().work.read == 3  # c3, and c2 and c7 with the picture: nobody knows
        same_length(desk.root / name)
        assert desk.nothing_new() is None
        desk.build()
        assert changed(desk.made(), desk.clean()[1]) == set()
    assert_as_clean(desk)


STEPS_OF_A_BUILD = (
    (pipeline.Memory, "of_site"), (pipeline.Memory, "load_cases"), (broadsheet.read, "arrange"),
    (pipeline, "plan"),
    (pipeline, "load_assets"), (pipeline, "_publish_index"), (pipeline, "_choose"),
    (pipeline, "_render_all"), (pipeline, "_files"),
)  # fmt: skip


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("module", "step"), STEPS_OF_A_BUILD, ids=[s for _, s in STEPS_OF_A_BUILD])
def test_an_edit_while_a_build_runs_is_for_the_next_one(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, module: Any, step: str, after: bool
) -> None:
    original = getattr(module, step)

    def edit_meanwhile(*arguments: Any, **options: Any) -> Any:
        result = original(*arguments, **options) if after else None
        for name in FILES:
            same_length(desk.root / name)
        return result if after else original(*arguments, **options)

    edited(desk, "text_at_the_end", 1)
    with monkeypatch.context() as patch:
        patch.setattr(module, step, edit_meanwhile)
        desk.build()
    assert desk.nothing_new() is None
    assert_as_clean(desk)


def test_a_file_that_vanishes_while_the_folder_is_read(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the drafts do that editors of text write and rename."""
    drafts = {f"content/{n}.tmp": "x" for n in range(3)}
    make_site(desk.root, drafts, site=None)
    original = scan.stamp

    def stamp(status: os.stat_result) -> trees.Stamp:
        for name in drafts:
            (desk.root / name).unlink(missing_ok=True)
        return original(status)

    with monkeypatch.context() as patch:
        patch.setattr(scan, "stamp", stamp)
        desk.build()
    assert_as_clean(desk)
