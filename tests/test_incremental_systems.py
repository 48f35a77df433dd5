"""Builds upon builds where files cannot be linked or exchanged, or templates are links; by another process."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from desk_edits import edited
from desk_harm import failed
from desks import SENTENCES, Desk, assert_as_clean
from helpers import ROOT, changed, make_site, many, page, publication

from broadsheet import publish
from broadsheet.settings import Work

pytest_plugins = ["desks"]


def test_an_index_on_another_file_system(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The site has copies of its files, which keep no inode from being given to another one."""
    link = os.link

    def no_link(source: Any, target: Any, **options: Any) -> None:
        if str(desk.index) in str(source):
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        link(source, target, **options)

    monkeypatch.setattr(os, "link", no_link)
    for _ in range(12):  # now and then a new file gets the inode of the one before the last
        failed(desk, "fault_in_a_template", 3)  # one update, and by the next build another one
        edited(desk, "synonyms", 1)
        desk.build()
        assert changed(desk.made(), desk.clean()[1]) == set()


@pytest.mark.parametrize("name", ["os.link", "publish._exchange"])
def test_a_system_without(desk: Desk, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def no_link(*arguments: Any, **options: Any) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    if name == "os.link":
        monkeypatch.setattr(os, "link", no_link)
    else:
        monkeypatch.setattr(publish, "_exchange", lambda one, other: False)
    for edit in ("title", "delete", "add", "asset", "synonyms"):
        edited(desk, edit, 3)
        desk.build()
        assert changed(desk.made(), desk.clean()[1]) == set()


def test_a_template_that_is_a_link(desk: Desk) -> None:
    """To a theme that several sites share, say."""
    make_site(desk.root, {"shared/trail.html": "<!-- eins -->"}, site=None)
    (desk.root / "templates/trail.html").unlink()
    (desk.root / "templates/trail.html").symlink_to(desk.root / "shared/trail.html")
    assert_as_clean(desk)
    make_site(desk.root, {"shared/trail.html": "<!-- zwei -->"}, site=None)
    assert desk.nothing_new() is None
    assert_as_clean(desk)


@pytest.mark.xfail(strict=True, reason="of a folder that is a link, trees.walk sees the date alone")
@pytest.mark.parametrize("name", ["assets/custom.css", "parts/mine.html"])
def test_a_folder_of_templates_that_is_a_link(desk: Desk, name: str) -> None:
    del desk.files["templates/assets/custom.css"]
    desk.files["templates/trail.html"] = "{% include 'parts/mine.html' ignore missing %}"
    desk.write()
    (desk.root / "templates/assets").rmdir()
    make_site(desk.root / "shared", {name: "<!-- eins -->"}, site=None)
    folder = name.partition("/")[0]
    (desk.root / "templates" / folder).symlink_to(desk.root / "shared" / folder)
    assert_as_clean(desk)
    make_site(desk.root / "shared", {name: "<!-- zwei -->"}, site=None)
    assert desk.nothing_new() is None
    assert_as_clean(desk)


def test_a_folder_of_templates_that_holds_itself(desk: Desk) -> None:
    (desk.root / "templates/again").symlink_to(desk.root / "templates")
    assert_as_clean(desk)


def test_a_template_is_read_again_in_the_same_process(desk: Desk) -> None:
    make_site(desk.root, {"templates/trail.html": "<!-- neu -->"}, site=None)
    desk.build()
    assert "<!-- neu -->" in page(desk.root, "/about/")


BUILD = """
import sys
sys.path[:0] = sys.argv[2:]
from helpers import Path, build
print(build(Path(sys.argv[1])).work)
"""


def test_another_process_renders_nothing_again(tmp_path: Path) -> None:
    body = "".join(f"## {text}\n\n{text}\n\n" for text in SENTENCES)
    files = {
        **many(12, body=body),
        "content/p/index.md": publication(body=body),
        "content/about.md": body,
    }
    make_site(tmp_path, files)  # fmt: skip
    os.utime(tmp_path / "content", None)
    time.sleep(0.03)  # until dates can be trusted
    found = []
    for seed in range(5):
        done = subprocess.run(
            [sys.executable, "-c", BUILD, tmp_path, str(ROOT), str(ROOT / "tests")],
            env={**os.environ, "PYTHONHASHSEED": str(seed)}, capture_output=True, text=True, check=True,
        )  # fmt: skip
        found.append(done.stdout.strip())
    assert found[1:] == [str(Work())] * 4
