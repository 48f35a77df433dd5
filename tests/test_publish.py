"""The output folder is one complete site at every instant, and never takes what is not ours."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path
from typing import Any

import filelock
import pytest
from helpers import (
    build,
    case,
    changed,
    command,
    exists,
    make_site,
    many,
    page,
    problem,
    tree,
)

from broadsheet import publish
from broadsheet.diagnostics import ContentError
from broadsheet.publish import staged
from broadsheet.scan import display

FILE = "content/p/001-a.md"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A built site of two cases with a picture."""
    files = {FILE: case(proposers=["李明"], body="![图](a.png)\n"), "content/p/a.png": "x"}
    make_site(tmp_path, {**files, "content/p/002-b.md": case("b")})
    build(tmp_path)
    return tmp_path


def snapshot(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Inode, date and bytes of every file."""
    return {
        path: ((folder / path).stat().st_ino, (folder / path).stat().st_mtime_ns, data)
        for path, data in tree(folder).items()
    }


# -- what changes and what stays ------------------------------------------------------------------


def test_a_second_build_touches_nothing(site: Path) -> None:
    before = snapshot(site / "site")
    report = build(site)
    assert (report.files.written, report.files.removed) == (0, 0)
    assert report.files.unchanged == len(before)
    assert snapshot(site / "site") == before


def test_a_build_that_remembers_nothing_counts_what_it_changes(site: Path) -> None:
    """As after an update of the program."""
    before = snapshot(site / "site")
    shutil.rmtree(site / ".site.broadsheet/memory")
    report = build(site)
    assert (report.files.written, report.files.unchanged) == (0, len(before))
    assert snapshot(site / "site") == before
    shutil.rmtree(site / ".site.broadsheet/memory")
    (site / "site/404.html").write_text("x")
    assert build(site).files.written == 1
    assert snapshot(site / "site")["404.html"][2] == before["404.html"][2]


def test_an_edit_keeps_the_dates_of_all_other_files(site: Path) -> None:
    before = snapshot(site / "site")
    make_site(site, {"content/p/002-b.md": case("b", satisfaction="满意")})
    report = build(site)
    after = snapshot(site / "site")
    assert {path for path in after if after[path] != before[path]} == {"cases/b/index.html"}
    assert report.files.written == 1


def test_an_edit_that_keeps_the_length_of_a_page_is_published(site: Path) -> None:
    make_site(site, {"content/p/002-b.md": case("b", body="另一正文。\n")})
    build(site)
    assert "<p>另一正文。</p>" in page(site, "/cases/b/")


def test_clean_writes_every_file_anew(site: Path) -> None:
    before = snapshot(site / "site")
    report = build(site, clean=True)
    after = snapshot(site / "site")
    assert report.files.unchanged == 0 and report.files.written == len(after)
    assert tree(site / "site") == {path: data for path, (_, _, data) in before.items()}
    assert all(after[path][:2] != before[path][:2] for path in before)


def test_a_build_counts_what_it_did(site: Path) -> None:
    before = tree(site / "site")
    (site / FILE).unlink()
    report = build(site)
    after = tree(site / "site")
    assert report.files.removed == len(before.keys() - after.keys()) > 0
    assert report.files.written == len(changed(before, after)) - report.files.removed
    assert report.files.written + report.files.unchanged == len(after)


def test_what_has_no_source_any_more_is_gone(site: Path) -> None:
    (person,) = [path for path in tree(site / "site") if path.startswith("people/li-ming")]
    (site / FILE).unlink()
    build(site)
    left = tree(site / "site")
    assert "cases/a/index.html" not in left and person not in left
    assert not [path for path in left if path.startswith("media/")]
    assert not (site / "site/media").exists() and not (site / "site/cases/a").exists()
    assert not [path for path, data in left.items() if b"/cases/a/" in data]


@pytest.fixture
def prepared_beside(monkeypatch: pytest.MonkeyPatch) -> None:
    """As for a large site: another process looks at what there is, and links what is to stay."""
    monkeypatch.setattr(publish, "BESIDE_PAYS", 0)


@pytest.mark.usefixtures("prepared_beside")
def test_a_stage_that_another_process_prepares_is_the_same(site: Path) -> None:
    before = snapshot(site / "site")
    for title in ("二", "三"):  # with a spare that is made, and with one that stands
        make_site(site, {FILE: case(title=title)})
        (site / "site/about/index.html").write_text("改过")
        (site / "site/cases/strange").mkdir()
        (site / "site/cases/strange/index.html").write_text("不该在这里")
        build(site)
        build(site, output="fresh")
        assert tree(site / "site") == tree(site / "fresh")
    after = snapshot(site / "site")
    assert after["robots.txt"] == before["robots.txt"]


@pytest.mark.usefixtures("prepared_beside")
def test_a_disk_that_is_full_for_another_process_is_told(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = snapshot(site / "site")

    def fail(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    make_site(site, {FILE: case(title="二")})
    with monkeypatch.context() as patch:
        patch.setattr(os, "link", fail)
        assert "磁盘满了" in problem(site, "B702").message
    assert snapshot(site / "site") == before


def test_a_rebuild_after_edits_is_byte_identical_to_a_clean_build(site: Path) -> None:
    make_site(site, {"content/p/003-c.md": case("c"), FILE: case(title="新题")})
    build(site)
    (site / "content/p/002-b.md").unlink()
    build(site)
    build(site, output="fresh")
    assert tree(site / "site") == tree(site / "fresh")


def test_a_file_that_someone_changed_in_the_site_is_put_right(site: Path) -> None:
    before = tree(site / "site")
    (site / "site/cases/a/index.html").write_text("改过")
    (site / "site/strange.txt").write_text("不该在这里")
    (site / "site/about/index.html").unlink()
    build(site)
    assert tree(site / "site") == before


def test_a_symbolic_link_in_the_site_is_replaced_and_not_followed(site: Path) -> None:
    before = tree(site / "site")
    (site / "victim").write_text("别动")
    (site / "site/about/index.html").unlink()
    (site / "site/about/index.html").symlink_to(site / "victim")
    build(site)
    assert (site / "victim").read_text() == "别动"
    assert tree(site / "site") == before and not (site / "site/about/index.html").is_symlink()


def test_a_folder_of_the_stage_that_is_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    for folder in ("stage", "elsewhere/a"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "stage/cases").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "stage/people").write_text("a file")
    stage = publish.Stage(str(tmp_path / "stage"))
    stage.write([("cases/a/index.html", b"x"), ("people/b/index.html", b"y")])
    assert tree(tmp_path / "stage") == {"cases/a/index.html": b"x", "people/b/index.html": b"y"}
    assert tree(tmp_path / "elsewhere") == {}


# -- failures -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "broken",
    [
        {"content/p/003-c.md": case("c", theme="x")},
        {"content/p/003-c.md": case("a")},
        {"content/p/003-c.md": case("c", body="[死](/x/)\n")},
        {"content/p/003-c.md": case("c", aliases=["/"])},
        {"content/site.yaml": "titel: x\n"},
        {"content/people.yaml": "entries: {}\n"},
        {"templates/case.html": "{% if %}"},
        {"templates/case.html": "{{ nothing.there }}"},
        {"templates/about.html": "{% include 'gone.html' %}"},
        {"templates/about.html": '{% extends "base.html" %}{% block main %}<a href="/x/">x</a>{% endblock %}'},
    ],
    ids=["field", "id", "link", "alias", "site", "people", "syntax", "undefined", "include", "dead"],
)  # fmt: skip
def test_a_failing_build_leaves_the_old_site_as_it_was(site: Path, broken: dict[str, str]) -> None:
    before = snapshot(site / "site")
    make_site(site, broken, site=None)
    with pytest.raises(ContentError):
        build(site)
    assert snapshot(site / "site") == before
    assert not leftovers(site)


def leftovers(root: Path) -> set[str]:
    side = root / ".site.broadsheet"
    ours = {"lock", "memory", "next"}  # what the next build begins with
    return {path.name for path in side.iterdir()} - ours if side.exists() else set()


@pytest.mark.parametrize(
    ("template", "line"),
    [("{% extends 'base.html' %}\n{% if %}", 2), ("一\n二\n{{ nothing.there }}", 3),
     ("一\n{% include 'gone.html' %}", 2)],
)  # fmt: skip
def test_a_fault_in_a_template_is_told_with_its_line(site: Path, template: str, line: int) -> None:
    make_site(site, {"templates/about.html": template})
    found = problem(site, "B601")
    assert (found.file, found.line) == (display(site / "templates/about.html"), line) and found.hint


def test_a_dead_link_of_a_template_is_told(site: Path) -> None:
    make_site(site, {"templates/robots.txt": "x", "templates/about.html":
                     '<meta name="generator" content="Broadsheet"><a href="/nowhere/">x</a>'})  # fmt: skip
    found = problem(site, "B602")
    assert "/nowhere/" in found.message and "/about/" in found.message


@pytest.mark.parametrize(
    ("number", "word"),
    [(errno.ENOSPC, "磁盘满了"), (errno.EACCES, "权限"), (errno.EROFS, "只读"), (errno.EIO, "")],
)
@pytest.mark.parametrize(("call", "after"), [("open", 5), ("mkdir", 0), ("mkdir", 5)])
def test_a_disk_that_fails_leaves_the_old_site_as_it_was(
    site: Path, monkeypatch: pytest.MonkeyPatch, number: int, word: str, call: str, after: int
) -> None:
    before = snapshot(site / "site")
    make_site(site, {"content/p/003-c.md": case("c")})
    original, calls = getattr(os, call), iter(range(10**9))

    def fail(path: Any, *arguments: Any, **options: Any) -> Any:
        writes = call != "open" or arguments[0] & os.O_CREAT  # reading and tidying up still work
        if "/next" in str(path) and writes and next(calls) >= after:
            raise OSError(number, os.strerror(number), str(path))
        return original(path, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(os, call, fail)
        found = problem(site, "B702")
    assert word in found.message and found.hint and found.file.endswith("site")
    assert snapshot(site / "site") == before and not leftovers(site)
    build(site)
    assert exists(site, "/cases/c/")


def test_a_disk_that_is_full_in_a_worker_leaves_the_old_site_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_site(tmp_path, many(410))
    build(tmp_path)
    before = snapshot(tmp_path / "site")
    original = os.open

    def fail(path: Any, *arguments: Any, **options: Any) -> int:
        if "/next/cases/c400/" in str(path):
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        return original(path, *arguments, **options)

    make_site(tmp_path, {"content/p/400-c400.md": case("c400", title="改了")})
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", fail)
        assert "磁盘满了" in problem(tmp_path, "B702", jobs=2).message
    assert snapshot(tmp_path / "site") == before


@pytest.fixture
def no_exchange(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system where two folders cannot change names in one step."""
    monkeypatch.setattr(publish, "_exchange", lambda one, other: False)


def test_a_file_system_without_an_exchange_gets_the_new_site_too(
    site: Path, no_exchange: None
) -> None:
    make_site(site, {"content/p/003-c.md": case("c")})
    build(site)
    assert exists(site, "/cases/c/") and not leftovers(site)


@pytest.mark.parametrize("error", [OSError(errno.EIO, "x"), KeyboardInterrupt()])
def test_a_second_rename_that_fails_does_not_lose_the_old_site(
    site: Path, no_exchange: None, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    before = tree(site / "site")
    rename = Path.rename

    def fail(self: Path, target: Path) -> Path:
        if self.name == "next":
            raise error
        return rename(self, target)

    make_site(site, {"content/p/003-c.md": case("c")})
    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", fail)
        with pytest.raises((ContentError, KeyboardInterrupt)):
            build(site)
    side = site / ".site.broadsheet" / "old"
    assert tree(site / "site" if (site / "site").exists() else side) == before
    build(site)
    assert exists(site, "/cases/c/")


def test_no_failure_of_renames_clears_away_the_only_copy(
    site: Path, no_exchange: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tree(site / "site")
    rename = Path.rename

    def fail(self: Path, target: Path) -> Path:
        if self.name in ("next", "old"):  # neither forward nor back
            raise OSError(errno.EIO, "x")
        return rename(self, target)

    make_site(site, {"content/p/003-c.md": case("c")})
    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", fail)
        with pytest.raises(ContentError):
            build(site)
    assert tree(site / ".site.broadsheet/old") == before
    build(site)
    assert exists(site, "/cases/c/") and not leftovers(site)


def test_a_site_that_was_caught_between_two_renames_comes_back(site: Path) -> None:
    before = snapshot(site / "site")
    side = site / ".site.broadsheet"
    (side / "next").mkdir(parents=True)
    (side / "next/index.html").write_text("halb")
    (site / "site").rename(side / "old")
    make_site(site, {"content/p/003-c.md": case("c", body="[死](/x/)\n")})
    with pytest.raises(ContentError):
        build(site)  # even where the content is broken
    (site / "content/p/003-c.md").unlink()
    build(site)
    assert snapshot(site / "site") == before
    assert not leftovers(site)


def test_what_a_killed_build_left_is_cleared_away(site: Path) -> None:
    side = site / ".site.broadsheet"
    (side / "next/cases/a").mkdir(parents=True)
    (side / "next/cases/a/index.html").write_text("halb")
    (side / "old").mkdir()
    before = snapshot(site / "site")
    build(site)
    assert snapshot(site / "site") == before and not leftovers(site)


# -- two builds at once ---------------------------------------------------------------------------


def test_a_second_build_at_the_same_time_says_so_and_leaves_everything(site: Path) -> None:
    before = snapshot(site / "site")
    make_site(site, {"content/p/003-c.md": case("c")})
    with filelock.FileLock(site / ".site.broadsheet/lock"):
        done = command("--root", site)
        assert done.returncode == 1 and "B701" in done.stderr
        assert snapshot(site / "site") == before
    assert command("--root", site).returncode == 0


def test_a_build_inside_another_is_refused(site: Path) -> None:
    with (
        pytest.raises(ContentError) as caught,
        staged(site / "site", ()),
        staged(site / "site", ()),
    ):
        pass
    assert [d.code for d in caught.value.diagnostics] == ["B701"]


# -- folders that are not ours --------------------------------------------------------------------


def test_a_folder_with_something_else_is_refused(site: Path) -> None:
    (site / "photos").mkdir()
    (site / "photos/holiday.jpg").write_text("x")
    found = problem(site, "B703", output="photos")
    assert "--clean" in found.hint and tree(site / "photos") == {"holiday.jpg": b"x"}


def test_a_foreign_site_is_refused(site: Path) -> None:
    (site / "other").mkdir()
    (site / "other/index.html").write_text("<title>不是我们的</title>")
    problem(site, "B703", output="other")


def test_a_foreign_folder_is_replaced_when_asked_for(site: Path) -> None:
    (site / "photos").mkdir()
    (site / "photos/holiday.jpg").write_text("x")
    build(site, output="photos", clean=True)
    assert tree(site / "photos") == tree(site / "site")


def test_an_empty_folder_is_taken(site: Path) -> None:
    (site / "empty").mkdir()
    build(site, output="empty")
    assert tree(site / "empty") == tree(site / "site")


@pytest.mark.parametrize("clean", [False, True])
@pytest.mark.parametrize("output", ["content", ".", "..", "content/p", "content/new", "templates"])
def test_sources_are_never_overwritten(site: Path, output: str, clean: bool) -> None:
    (site / "templates").mkdir()
    before = tree(site / "content")
    found = problem(site, "B704", output=output, clean=clean)
    assert found.hint and tree(site / "content") == before


def test_a_symbolic_link_to_the_sources_does_not_get_round_it(site: Path) -> None:
    (site / "link").symlink_to(site / "content")
    problem(site, "B704", output="link", clean=True)


def test_a_file_is_no_output_folder(site: Path) -> None:
    (site / "file").write_text("x")
    problem(site, "B704", output="file")
    assert (site / "file").read_text() == "x"


def test_the_working_folder_is_never_overwritten(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (site / "here").mkdir()
    monkeypatch.chdir(site / "here")
    problem(site, "B704", output="here", clean=True)


def test_an_output_folder_deep_below_is_made(site: Path) -> None:
    build(site, output="a/b/c")
    assert tree(site / "a/b/c") == tree(site / "site")
