"""The real preview in a process of its own: how it ends, and what it leaves behind."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import filelock
import psutil
import pytest
from helpers import case, changed, command, make_site, many, tree
from patience import LIMIT, eventually, is_within, outliving
from preview_papers import A, body, index_address, small_paper
from preview_process import Listener, preview


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return small_paper(tmp_path / "paper")


def left(temporary: Path) -> list[Path]:
    """What a preview leaves behind, but for the templates that Jinja has compiled."""
    return [path for path in temporary.iterdir() if not path.name.startswith("_jinja2-cache-")]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_at_once_and_leaves_nothing(site: Path, tmp_path: Path, how: int) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with preview(site, env={"TMPDIR": str(temporary)}) as one, Listener(one, "/cases/a/") as news:
        one.text("/search/")
        children = psutil.Process(one.process.pid).children(recursive=True)
        assert is_within(one.end(how), 2)
        assert one.process.returncode == 0
        assert news.hear() is None
        eventually(lambda: one.said[-1] == "预览结束。\n")
        assert one.complained == []
        assert outliving(children, 2) == []
    assert left(temporary) == []
    filelock.FileLock(site / ".site.broadsheet/preview/lock").acquire(timeout=0)
    with preview(site) as again:
        assert again.get("/cases/a/").status == 200


@pytest.mark.parametrize("group", [False, True])
@pytest.mark.parametrize("wait", [0, 1])
def test_it_ends_while_it_reads_for_the_first_time(tmp_path: Path, group: bool, wait: int) -> None:
    """Ctrl-C in a terminal reaches the workers too."""
    root = make_site(tmp_path / "paper", many(2500, body="一段正文。\n\n" * 30))
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with preview(root, ready=False, env={"TMPDIR": str(temporary)}) as one:
        if wait:
            eventually(lambda: "读了" in one.get("/").text or one.get("/").status == 200)
        children = psutil.Process(one.process.pid).children(recursive=True)
        start = time.monotonic()
        if group:
            os.killpg(one.process.pid, signal.SIGINT)
        else:
            one.process.send_signal(signal.SIGINT)
        one.process.wait(LIMIT)
        assert is_within(time.monotonic() - start, 2)
        assert one.process.returncode == 0
        assert outliving(children, 2) == []
        assert one.complained == []
    assert left(temporary) == []


def test_two_previews_of_one_site(site: Path, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with preview(site) as one, preview(site, env={"TMPDIR": str(temporary)}) as two:
        assert one.port != two.port
        one.write(A, case("a", body("两边都看得见。")))
        for each in (one, two):
            each.shows("/cases/a/", "两边都看得见")
            index_address(each.text("/search/"), each)
            each.has_no_errors()
        two.end()
        one.write(A, case("a", body("一边还在。")))
        one.shows("/cases/a/", "一边还在")
    assert left(temporary) == []


def test_the_built_site_is_left_alone(site: Path) -> None:
    options = ["--root", site, "--now", "2026-01-01T00:00+00:00", "--base-url", "https://e.org/"]
    assert command("build", *options).returncode == 0
    before = tree(site / "site"), tree(site / "search" / "index")
    assert before[0] and before[1]
    with preview(site) as one:
        index_address(one.text("/search/"), one)
        one.write(A, case("a", body("写着新的话。")))
        one.shows("/cases/a/", "写着新的话")
        index_address(one.text("/search/"), one)
        assert changed(before[0], tree(site / "site")) == set()
        assert changed(before[1], tree(site / "search" / "index")) == set()
        # and a build may run meanwhile
        assert command("build", *options).returncode == 0
        assert "写着新的话" in (site / "site/cases/a/index.html").read_text()
        assert "写着新的话" in one.text("/cases/a/")
        one.has_no_errors()
    assert not (site / "site/_preview").exists()
    assert not any(b"/livereload.js" in data for data in tree(site / "site").values())


def test_a_preview_that_was_killed_is_no_hindrance(site: Path) -> None:
    with preview(site) as one:
        one.process.kill()
        one.process.wait()
    with preview(site) as again:
        assert "甲案的正文" in again.text("/cases/a/")
        index_address(again.text("/search/"), again)


def test_what_it_remembers_may_be_damaged(site: Path) -> None:
    with preview(site) as one:
        eventually((site / ".site.broadsheet/preview/memory").exists)
        index_address(one.text("/search/"), one)
        one.end()
    for path in (site / ".site.broadsheet/preview").rglob("*"):
        if path.is_file():
            path.write_bytes(b"\x80damaged")
    with preview(site) as again:
        assert "甲案的正文" in again.text("/cases/a/")
        index_address(again.text("/search/"), again)
        again.has_no_errors()


def test_a_side_folder_that_cannot_be_made(site: Path) -> None:
    (site / ".site.broadsheet").write_text("a file is in the way")
    with preview(site) as one:
        assert "甲案的正文" in one.text("/cases/a/")
        index_address(one.text("/search/"), one)
