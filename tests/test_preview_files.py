"""The real preview in a process of its own: files and folders come, go, move and cannot be read."""

from __future__ import annotations

import os
import re
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from helpers import case, make_site, many, publication
from patience import eventually
from preview_papers import A, B, body, git, small_paper, template
from preview_process import NOTICES, Listener, preview


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return small_paper(tmp_path / "paper")


def test_cases_come_go_and_move(site: Path) -> None:
    with preview(site) as one, Listener(one, "/cases/a/") as a:
        (site / A).rename(site / "content/p/009-z.md")
        one.shows("/publications/p/", "关于a的建议")
        one.has_no_errors()
        one.write("content/p/009-z.md", case("a", body("换了名字还认得。")))
        one.shows("/cases/a/", "换了名字还认得")
        kept = (site / "content/p/009-z.md").read_bytes()
        (site / "content/p/009-z.md").unlink()
        eventually(lambda: one.get("/cases/a/").status == 404)
        one.has_no_errors()
        one.write("content/p/009-z.md", kept)
        one.shows("/cases/a/", "换了名字还认得")
        one.write("content/p/003-c.md", case("c", body("新的一件。")))
        one.shows("/cases/c/", "新的一件")
        one.shows("/", "关于c的建议")
        a.loads_its_page()


def test_publications_come_go_and_move(site: Path) -> None:
    with preview(site) as one:
        one.write("content/q/index.md", publication("乙刊"))
        one.write("content/q/001-d.md", case("d", body("别刊的一件。")))
        one.shows("/cases/d/", "别刊的一件")
        one.shows("/publications/q/", "乙刊")
        one.write("content/deep/er/001-e.md", case("e", body("深处的一件。")))
        one.shows("/cases/e/", "深处的一件")
        (site / "content/q").rename(site / "content/r")
        one.shows("/publications/r/", "乙刊")
        eventually(lambda: one.get("/publications/q/").status == 404)
        one.write("content/r/001-d.md", case("d", body("搬家以后。")))
        one.shows("/cases/d/", "搬家以后")
        shutil.rmtree(site / "content/r")
        eventually(lambda: one.get("/cases/d/").status == 404)
        one.has_no_errors()


def test_another_branch_is_checked_out(tmp_path: Path) -> None:
    root = make_site(tmp_path, many(60))
    git(root, "init", "-q", "-b", "main")
    (root / ".gitignore").write_text(".site.broadsheet\n")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "一")
    git(root, "checkout", "-qb", "other")
    make_site(root, many(60, body=body("另一枝上的话。"), theme="city"))
    (root / "content/p/060-c60.md").unlink()
    make_site(root, {"content/q/001-new.md": case("new", body("只在这里。"))})
    git(root, "add", "-A")
    git(root, "commit", "-qm", "二")
    git(root, "checkout", "-q", "main")
    with preview(root) as one:
        for _ in range(2):
            git(root, "checkout", "-q", "other")
            for n in (1, 30, 59):
                one.shows(f"/cases/c{n}/", "另一枝上的话")
            one.shows("/cases/new/", "只在这里")
            eventually(lambda: one.get("/cases/c60/").status == 404)
            one.has_no_errors()
            git(root, "checkout", "-q", "main")
            one.shows("/cases/c60/", "一段正文")
            eventually(lambda: one.get("/cases/new/").status == 404)
            eventually(lambda: "另一枝" not in one.text("/cases/c30/"))
            one.has_no_errors()
        eventually(lambda: "60 件案例" in one.said[-1])
        assert not any("B901" in line for line in one.complained)


def test_a_file_is_emptied(site: Path) -> None:
    with preview(site) as one:
        one.write(A, "")
        assert one.has_errors("/cases/a/").all("dialog")
        assert "甲案的正文" in one.text("/cases/a/")
        one.write(A, case("a", body("又写上了。")))
        one.shows("/cases/a/", "又写上了")
        one.has_no_errors()


def test_a_file_gives_way_to_a_folder_and_comes_back(site: Path) -> None:
    with preview(site) as one:
        (site / A).unlink()
        (site / A).mkdir()
        (site / A / "x.md").write_text(case("x", body("文件夹里的一件。")))
        one.shows("/cases/x/", "文件夹里的一件")
        shutil.rmtree(site / A)
        one.write(A, case("a", body("又是文件。")))
        one.shows("/cases/a/", "又是文件")
        one.has_no_errors()


def test_the_content_folder_goes_away_and_comes_back(site: Path) -> None:
    with preview(site) as one, Listener(one, "/cases/a/") as a:
        (site / "content").rename(site / "away")
        assert "找不到稿件文件夹" in one.has_errors().text
        assert "甲案的正文" in one.text("/cases/a/")
        (site / "away").rename(site / "content")
        one.has_no_errors()
        one.write(A, case("a", body("回来以后。")))
        one.shows("/cases/a/", "回来以后")
        a.loads_its_page()


def test_the_content_folder_is_replaced(site: Path) -> None:
    shutil.copytree(site / "content", site / "other")
    (site / "other/p/001-a.md").write_text(case("a", body("另一个文件夹。")))
    with preview(site) as one:
        (site / "content").rename(site / "away")
        (site / "other").rename(site / "content")
        one.shows("/cases/a/", "另一个文件夹")
        one.write(A, case("a", body("在新的里面写。")))
        one.shows("/cases/a/", "在新的里面写")
        one.has_no_errors()


def test_templates_are_made_later(site: Path) -> None:
    good, mark = template(site)
    with preview(site) as one, Listener(one, "/cases/a/") as a:
        one.write("templates/case.html", good.replace(mark, f"{mark}甲样"))
        one.shows("/cases/a/", "甲样")
        a.loads_its_page()
        one.write("templates/case.html", good.replace(mark, f"{mark}乙样"))
        one.shows("/cases/a/", "乙样")
        shutil.rmtree(site / "templates")
        eventually(lambda: "乙样" not in one.text("/cases/a/"))
        one.has_no_errors()


def test_styles_and_scripts_are_made_later(site: Path) -> None:
    with preview(site) as one:
        style = re.findall(r'href="(/assets/style[^"]+)"', one.text("/"))[0]
        one.write("templates/assets/custom.css", ".prose { color: rgb(1, 2, 3) }\n")
        eventually(lambda: "rgb(1, 2, 3)" in one.text(style))
        with Listener(one, "/cases/a/") as a:
            one.write("templates/assets/custom.css", ".prose { color: rgb(4, 5, 6) }\n")
            assert a.paths() == [style, NOTICES]
        eventually(lambda: "rgb(4, 5, 6)" in one.text(style))


def _loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.name)


def _dangle(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere.md")


def _out(path: Path) -> None:
    path.unlink()
    path.symlink_to("/etc/passwd")


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _bytes(path: Path) -> None:
    path.write_bytes(b"---\nid: a\n\xff\xfe\n---\n")


def _huge(path: Path) -> None:
    path.write_bytes(b"---\nid: a\n---\n" + b"x" * 20_000_000)


def _forbidden(path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("nothing is forbidden to root")
    path.chmod(0)


@pytest.mark.parametrize("spoil", [_loop, _dangle, _out, _pipe, _bytes, _huge, _forbidden])
def test_a_file_that_cannot_be_read(site: Path, spoil: Callable[[Path], None]) -> None:
    with preview(site) as one:
        spoil(site / A)
        one.write(B, case("b", body("照样写着。")))
        one.shows("/cases/b/", "照样写着")
        assert "root:" not in one.get("/cases/a/").text
        if not stat.S_ISREG((site / A).lstat().st_mode):
            (site / A).unlink()
        else:
            (site / A).chmod(0o644)
        one.write(A, case("a", body("又能读了。")))
        one.shows("/cases/a/", "又能读了")
        one.has_no_errors()
        assert not any("B901" in line for line in one.complained)


def test_names_that_are_no_text(site: Path) -> None:
    name = os.fsencode(site) + b"/content/p/\xff\xfe.md"
    with preview(site) as one:
        with open(name, "wb") as file:
            file.write(case("odd", body("文件名不是文字。")).encode())
        one.write(B, case("b", body("照样写着。")))
        one.shows("/cases/b/", "照样写着")
        os.unlink(name)
        one.has_no_errors()
