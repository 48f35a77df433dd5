"""The real preview in a process of its own: edits are told to whoever shows them, and errors too."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import quote

import pytest
from helpers import PNG, case, make_site
from patience import eventually
from preview_papers import BROKEN, A, B, body, index_address, small_paper, template
from preview_process import NOTICES, Listener, Preview, preview, saved_at_once


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return small_paper(tmp_path / "paper")


def test_an_edit_is_told_to_whoever_shows_it(site: Path) -> None:
    with preview(site) as one, Listener(one, "/cases/a/") as a, Listener(one, "/cases/b/") as b:
        one.write(A, case("a", body("写着新的话。")))
        assert a.paths() == ["/cases/a/"]
        assert b.paths() == [NOTICES]
        assert "写着新的话" in one.text("/cases/a/")
        one.write(A, case("a", body("写着新的话。"), title="改过的题目"))
        b.loads_its_page()  # its neighbour is named there
        one.shows("/", "改过的题目")
        one.shows("/publications/p/", "改过的题目")
        one.shows("/feed.xml", "改过的题目")


def _in_place(path: Path, text: str) -> None:
    path.write_text(text)


def _by_rename(path: Path, text: str) -> None:
    path.with_name("tmp1234").write_text(text)
    path.with_name("tmp1234").rename(path)


def _by_hidden_rename(path: Path, text: str) -> None:
    path.with_name(".a.md.tmp").write_text(text)
    path.with_name(".a.md.tmp").replace(path)


def _with_backup(path: Path, text: str) -> None:
    path.rename(path.with_name(f"{path.name}~"))
    path.write_text(text)


def _like_vim(path: Path, text: str) -> None:
    swap = path.with_name(f".{path.name}.swp")
    swap.write_bytes(b"b0VIM")
    path.with_name("4913").touch()
    path.with_name("4913").unlink()
    path.rename(path.with_name(f"{path.name}~"))
    path.write_text(text)
    path.with_name(f"{path.name}~").unlink()
    swap.unlink()


def _remove_and_write(path: Path, text: str) -> None:
    path.unlink()
    path.write_text(text)


def _through_a_copy(path: Path, text: str) -> None:
    copy = path.with_name("copy.txt")
    copy.write_text(text)
    shutil.copyfile(copy, path)
    copy.unlink()


WAYS = [_in_place, _by_rename, _by_hidden_rename, _with_backup, _like_vim, _remove_and_write,
        _through_a_copy]  # fmt: skip


def test_every_way_of_saving_is_seen_and_no_error_told(site: Path) -> None:
    with preview(site) as one:
        for way in WAYS:
            text = f"存法是{way.__name__.strip('_')}。"
            saves_quietly(one, text, partial(way, site / A, case("a", body(text))))
        assert one.complained == []
        assert not [line for line in one.said if "错误" in line]


def saves_quietly(one: Preview, text: str, save: Callable[[], None]) -> None:
    """A save that shows `text` is not told as an error, if it takes no longer than a save may."""
    for _ in range(200):
        told = len(one.said)

        def is_told(told: int = told) -> bool:
            return len(one.said) > told and "件案例" in one.said[-1]

        def seen(is_told: Callable[[], bool] = is_told) -> None:
            one.shows("/cases/a/", text)
            one.has_no_errors()
            eventually(is_told)

        if saved_at_once(save, seen):
            assert one.complained == [], text
            return
        one.write(A, case("a", body("别的话。")))
        one.shows("/cases/a/", "别的话")
        time.sleep(0.1)  # until all has come that was told
        one.complained.clear()
        one.said[told:] = [line for line in one.said[told:] if "错误" not in line]
    pytest.fail("the machine is too busy for this test")


def test_half_a_file_is_no_error_yet(site: Path) -> None:
    """Written in two steps: what stands there in between is nobody's mistake."""

    def in_two_steps(text: str) -> None:
        whole = case("a", body(text))
        with (site / A).open("w") as file:
            file.write(whole[:20])
            file.flush()
            time.sleep(0.03)
            file.write(whole[20:])

    with preview(site) as one:
        for n in range(12):
            saves_quietly(one, f"第{n}稿。", partial(in_two_steps, f"第{n}稿。"))


def test_two_hundred_saves_end_with_the_last(site: Path) -> None:
    with preview(site) as one:
        for n in range(200):
            (site / A).write_text(case("a", body(f"第{n}稿。")))
        one.shows("/cases/a/", "第199稿。")
        one.has_no_errors()
        assert len(one.said) < 150, "not every one is a reading of its own"


def test_two_hundred_saves_while_somebody_reads(site: Path) -> None:
    with preview(site) as one, Listener(one, "/cases/a/") as news:
        for n in range(200):
            _by_rename(site / A, BROKEN if n % 3 == 0 else case("a", body(f"第{n}稿。")))
            if n % 20 == 0:
                assert one.get("/cases/a/").status == 200
        one.shows("/cases/a/", "第199稿。")
        one.has_no_errors()
        assert news.hear()


def test_a_picture_that_is_replaced_is_loaded_again(site: Path) -> None:
    picture = "content/p/photo.png"
    make_site(site, {picture: PNG, A: case("a", "![照片](photo.png)\n")}, site=None)
    with preview(site) as one, Listener(one, "/cases/a/") as a:
        assert one.get("/media/p/photo.png").body == PNG
        other = PNG[:-5] + b"\x08\x06\x00\x00\x00"
        one.write(picture, other)
        assert {"/media/p/photo.png", "/cases/a/"} & {*a.paths()}
        eventually(lambda: one.get("/media/p/photo.png").body == other)
        (site / picture).unlink()
        one.has_errors()
        one.write(picture, PNG)
        one.has_no_errors()
        assert one.get("/media/p/photo.png").body == PNG


# -- errors ---------------------------------------------------------------------------------------


def test_a_broken_case(site: Path) -> None:
    with preview(site) as one, Listener(one, "/cases/a/") as a:
        one.write(A, BROKEN)
        assert a.paths() == [NOTICES], "the page stays as it is"
        dialog = one.has_errors("/cases/a/").one("dialog")
        assert "titel" in dialog.text and "title" in dialog.text and "怎么办" in dialog.text
        links = [link for link in dialog.hrefs() if link.startswith("vscode:")]
        assert f"vscode://file{quote(str(site))}/{A}:4:1" in links
        assert "1-a.md:4" in dialog.text
        assert any("titel: 错" in excerpt.text for excerpt in dialog.all("pre"))
        assert "甲案的正文" in one.text("/cases/a/"), "the last good one"
        banner = one.notices("/cases/b/").one("aside")
        assert "/cases/a/" in banner.hrefs()
        one.write(B, case("b", body("照样写着。")))
        one.shows("/cases/b/", "照样写着")
        one.write(A, case("a", body("改好了。")))
        one.has_no_errors()
        one.shows("/cases/a/", "改好了")
        eventually(lambda: "2 件案例" in one.said[-1])
        assert any("titel" in line for line in one.complained), "the terminal tells it too"
        assert any("处错误" in line for line in one.said)


def test_an_error_is_told_once_in_the_terminal(site: Path) -> None:
    with preview(site) as one:
        one.write(A, BROKEN)
        one.has_errors()
        for n in range(3):
            one.write(B, case("b", body(f"第{n}稿。")))
            one.shows("/cases/b/", f"第{n}稿。")
        eventually(lambda: "处错误" in one.said[-1])
        assert sum("titel" in line and "B" in line for line in one.complained) == 1


@pytest.mark.parametrize(
    ("editor", "start"),
    [
        ("cursor", "cursor://file/"),
        ("zed", "zed://file/"),
        ("idea", "idea://open?file=/"),
        ("https://edit.example/?f={path}&l={line}", "https://edit.example/?f="),
        ("none", ""),
    ],
)
def test_the_editor_is_a_choice(site: Path, editor: str, start: str) -> None:
    make_site(site, {A: BROKEN}, site=None)
    with preview(site, "--editor", editor) as one:
        links = one.has_errors("/cases/a/").one("dialog").hrefs()
        assert bool(links) == bool(start)
        for link in links:
            assert link.startswith(start)
            assert "001-a.md" in link
            if "idea" in link:
                assert link.startswith(f"idea://open?file={quote(str(site))}")


def test_the_place_of_an_error_is_a_real_one(site: Path) -> None:
    """Wherever the preview was started, and whatever the folder is called."""
    odd = site.with_name("报 纸#1")
    site.rename(odd)
    make_site(odd, {A: BROKEN}, site=None)
    with preview(Path("报 纸#1"), cwd=odd.parent) as one:
        links = one.has_errors("/cases/a/").one("dialog").hrefs()
        assert f"vscode://file{quote(str(odd))}/{A}:4:1" in links


def test_broken_from_the_start(site: Path) -> None:
    make_site(site, {A: BROKEN}, site=None)
    with preview(site) as one, Listener(one, "/cases/a/") as a:
        answer = one.get("/cases/a/")
        assert answer.status in (404, 500)
        assert "还做不出来" in answer.text
        assert one.notices("/cases/a/").all("dialog")
        assert "乙案的正文" in one.text("/cases/b/")
        one.write(A, case("a", body("终于写好。")))
        a.loads_its_page()
        one.has_no_errors()
        assert "终于写好" in one.text("/cases/a/")


def test_site_yaml_broken_from_the_start(site: Path) -> None:
    make_site(site, {}, site="title: [\n")
    with preview(site, ready=False) as one:
        eventually(lambda: "还不能预览" in one.get("/").text)
        answer = one.get("/cases/a/")
        assert answer.status == 503
        assert "/livereload.js" in answer.text
        assert "site.yaml" in one.notices().text
        with Listener(one, "/cases/a/") as a:
            one.write("content/site.yaml", "title: 新报\n")
            assert a.paths() == ["/cases/a/"]
        one.has_no_errors()
        assert "新报" in one.text("/cases/a/")


def test_site_yaml_is_edited(site: Path) -> None:
    with preview(site) as one, Listener(one, "/cases/a/") as a:
        one.write("content/site.yaml", "title: 晨报\n")
        a.loads_its_page()
        assert "晨报" in one.text("/cases/a/")
        one.write(
            "content/site.yaml",
            "themes: [{id: city, name: 城里的事}, {id: economy, name: 生意经}]\n",
        )
        one.shows("/", "生意经")
        home = one.text("/themes/")
        assert home.index("城里的事") < home.index("生意经")
        one.write("content/site.yaml", "title: [\n")
        assert "site.yaml" in one.has_errors().text
        assert "生意经" in one.text("/"), "the last good one"
        (site / "content/site.yaml").unlink()
        one.has_no_errors()
        one.shows("/", "百件提案")


def test_a_dead_link_and_an_id_that_is_there_twice(site: Path) -> None:
    with preview(site) as one:
        one.write(A, case("a", body("看[这里](/cases/none/)。")))
        assert "/cases/none/" in one.has_errors("/cases/a/").one("dialog").text
        one.shows("/cases/a/", "这里")
        one.write(A, case("a", body("不再看。")))
        one.has_no_errors()
        one.write(B, case("a", body("同一个编号。")))
        one.has_errors()
        assert one.get("/cases/a/").status == 200
        one.write(B, case("b", body("各有编号。")))
        one.has_no_errors()
        one.shows("/cases/b/", "各有编号")


@pytest.mark.parametrize(
    ("fault", "word"),
    [("{% if %}", ""), ("{{ no_such_name }}", "no_such_name"), ("{{ 1 / 0 }}", "")],
)
def test_a_template_error_keeps_the_last_good_page(site: Path, fault: str, word: str) -> None:
    good, mark = template(site)
    line = good.partition(mark)[0].count("\n") + 1
    with preview(site) as one, Listener(one, "/cases/a/") as a:
        assert "甲案的正文" in one.text("/cases/a/")
        one.write("templates/case.html", good.replace(mark, fault + mark))
        assert a.paths() == [NOTICES], "the page stays as it is"
        eventually(lambda: one.notices("/cases/a/").all("dialog"))
        dialog = one.notices("/cases/a/").one("dialog")
        assert f"templates/case.html:{line}" in dialog.text
        assert word in dialog.text
        place = f"{quote(str(site))}/templates/case.html:{line}"
        assert any(place in link for link in dialog.hrefs())
        assert "甲案的正文" in one.text("/cases/a/")
        assert one.get("/cases/b/").status == 500, "never asked for, so there is none to keep"
        assert one.get("/").status == 200, "has a template of its own"
        one.write("templates/case.html", good.replace(mark, f"{mark}新样"))
        eventually(lambda: "新样" in one.get("/cases/a/").text)
        one.has_no_errors()
        a.loads_its_page()


def test_a_fault_of_the_template_of_all_pages(site: Path) -> None:
    base = (Path(__file__).parent.parent / "templates" / "base.html").read_text("utf-8")
    make_site(site, {"templates/base.html": base}, site=None)
    with preview(site) as one:
        one.text("/"), one.text("/cases/a/")
        one.write("templates/base.html", base + "{% endif %}")
        eventually(lambda: "templates/base.html" in one.get(f"{NOTICES}?page=/").text or
                   one.get("/").status != 200)  # fmt: skip
        assert one.get("/").status == 200
        assert "甲案的正文" in one.text("/cases/a/")
        (site / "templates/base.html").unlink()
        eventually(lambda: one.get("/cases/b/").status == 200)
        one.has_no_errors()


# -- the index ------------------------------------------------------------------------------------


def test_the_index_is_brought_up_when_it_is_asked_for(site: Path) -> None:
    with preview(site) as one:
        address = index_address(one.text("/search/"), one)
        before = one.get(address).body
        assert one.get(address).body == before
        one.write(A, case("a", body("罕见的辞藻与从前全不相同。"), title="题目也全不相同"))
        one.shows("/cases/a/", "罕见的辞藻")
        assert one.get(address).status == 200
        one.write("search/synonyms.yaml", "bad: [\n")
        one.write(B, case("b", body("同义词坏了也能写。")))
        one.shows("/cases/b/", "同义词坏了也能写")
        (site / "search/synonyms.yaml").unlink()
        eventually(lambda: one.get(address).status == 200)
