"""What is shown and who loads it again; the index of the preview; the command."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from helpers import (
    NOW,
    ROOT,
    case,
    command,
    tree,
)
from patience import LIMIT
from preview_editions import edition, small_paper, write

import broadsheet.nothing_new
import broadsheet.read
from broadsheet.preview import showing as showing_module
from broadsheet.preview.edition import Edition, next_edition
from broadsheet.preview.index import PreviewIndex
from broadsheet.preview.notices import (
    NOTICES,
)
from broadsheet.preview.showing import Setup, Showing, Told


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return small_paper(tmp_path)


class Looker:
    """A browser, as far as the preview knows one."""

    def __init__(self, page: str) -> None:
        self.page, self.sent = page, list[str]()

    def send(self, paths: Iterable[str]) -> None:
        self.sent += paths

    def take(self) -> list[str]:
        taken, self.sent = self.sent, []
        return taken


def showing_of(site: Path, told: list[Told]) -> Showing:
    setup = Setup(site / "content", site, now=NOW)
    return Showing(setup, PreviewIndex(site / "index", site / "search"), Edition(), told.append)


def test_an_exception_becomes_a_diagnostic_and_the_preview_goes_on(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Told] = []
    showing = showing_of(site, told)
    works = next_edition

    def breaks(*_: Any) -> Edition:
        raise RuntimeError("未曾想到")

    async def run() -> None:
        await showing.change()
        monkeypatch.setattr(showing_module, "next_edition", breaks)
        await showing.change()
        (notice,) = showing.notices()
        assert (notice.diagnostic.code, notice.page) == ("B901", "")
        assert showing.html(showing.edition.pages["/cases/a/"]), "the last edition is still shown"
        assert [d.code for d in told[-1].news] == ["B901"]
        monkeypatch.setattr(showing_module, "next_edition", works)
        write(site, "content/p/001-a.md", case("a", "写着新的话。\n"))
        await showing.change()
        assert showing.notices() == []
        page = showing.html(showing.edition.pages["/cases/a/"])
        assert page and "写着新的话" in page.decode()

    asyncio.run(run())
    showing.close()


def test_an_exception_in_the_very_first_edition_is_told(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    showing = showing_of(site, [])

    def breaks(*_: Any) -> Edition:
        raise RuntimeError("未曾想到")

    monkeypatch.setattr(showing_module, "next_edition", breaks)
    asyncio.run(showing.change())
    assert [one.code for one in showing.edition.errors] == ["B901"]
    showing.close()


def test_only_who_shows_what_has_changed_loads_it_again(site: Path) -> None:
    showing = showing_of(site, [])
    a, b, home, lost = (Looker(page) for page in ("/cases/a/", "/cases/b/", "/", "/cases/c/"))

    async def run() -> None:
        await showing.change()
        showing.clients |= {a, b, home, lost}
        write(site, "content/p/001-a.md", case("a", "写着新的话。\n", summary="同一句"))
        await showing.change([str(site / "content/p/001-a.md")])
        assert a.take() == ["/cases/a/"]
        assert lost.take() == [NOTICES]
        for one in (b, home):  # they know the summary
            one.take()
        write(site, "content/p/001-a.md", case("a", "又写着新的话。\n", summary="同一句"))
        await showing.change([str(site / "content/p/001-a.md")])
        assert (a.take(), b.take(), home.take()) == (["/cases/a/"], [NOTICES], [NOTICES])
        write(site, "content/p/001-a.md", case("a", "又写着新的话。\n", title="改了题目"))
        await showing.change([str(site / "content/p/001-a.md")])
        assert home.take() == ["/"]
        assert b.take()[-1] == "/cases/b/", "its neighbour is named on it"
        lost.take()
        write(site, "content/p/003-c.md", case("c"))
        await showing.change([str(site / "content/p/003-c.md")])
        assert lost.take() == ["/cases/c/"]

    asyncio.run(run())
    showing.close()


def test_two_windows_of_one_page(site: Path) -> None:
    showing = showing_of(site, [])
    windows = [Looker("/cases/a/") for _ in range(3)]

    async def run() -> None:
        await showing.change()
        showing.html(showing.edition.pages["/cases/a/"])
        showing.clients.update(windows)
        for n in range(2):
            write(site, "content/p/001-a.md", case("a", f"甲案的正文。\n\n第{n}稿。\n"))
            await showing.change()
            assert [window.take() for window in windows] == [["/cases/a/"]] * 3

    asyncio.run(run())
    showing.close()


def test_a_page_that_looks_the_same_is_not_loaded_again(site: Path) -> None:
    """A neighbour knows the summary, which is made of the first paragraph, and does not show it."""
    showing = showing_of(site, [])
    b = Looker("/cases/b/")

    async def run() -> None:
        await showing.change()
        before = showing.html(showing.edition.pages["/cases/b/"])
        showing.clients.add(b)
        write(site, "content/p/001-a.md", case("a", "写着新的话。\n"))
        await showing.change([str(site / "content/p/001-a.md")])
        assert showing.html(showing.edition.pages["/cases/b/"]) == before
        assert b.take() == [NOTICES]

    asyncio.run(run())
    showing.close()


def test_changes_that_come_meanwhile_are_read_after_that(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Told] = []
    showing = showing_of(site, told)
    started, gate = threading.Event(), threading.Event()

    def slow(*arguments: Any, **options: Any) -> Edition:
        made = next_edition(*arguments, **options)
        started.set()
        gate.wait(LIMIT)
        return made

    monkeypatch.setattr(showing_module, "next_edition", slow)

    async def run() -> None:
        busy = asyncio.create_task(showing.change())
        await asyncio.to_thread(started.wait, LIMIT)
        write(site, "content/p/001-a.md", case("a", "写着新的话。\n"))
        for _ in range(50):
            await showing.change(["x"])
        gate.set()
        await busy

    asyncio.run(run())
    assert len(told) == 2, "fifty changes, and one reading"
    page = showing.html(showing.edition.pages["/cases/a/"])
    assert page and "写着新的话" in page.decode()
    showing.close()


@pytest.mark.parametrize("settled", [True, False])
def test_a_faulty_template_is_told_until_it_is_mended(
    site: Path, monkeypatch: pytest.MonkeyPatch, settled: bool
) -> None:
    """An edit elsewhere does not make anybody forget it, however old the template is by then."""
    monkeypatch.setattr(broadsheet.nothing_new, "settled", lambda *_: settled)
    showing = showing_of(site, [])
    good = (ROOT / "templates" / "case.html").read_text("utf-8")
    a = Looker("/cases/a/")

    async def run() -> None:
        await showing.change()
        showing.html(showing.edition.pages["/cases/a/"])
        showing.clients.add(a)
        mark = '<p class="kicker">'
        write(site, "templates/case.html", good.replace(mark, "{{ no_such_name }}" + mark))
        await showing.change()
        (notice,) = showing.notices()
        line = good.partition(mark)[0].count("\n") + 1
        assert (notice.diagnostic.code, notice.page) == ("B601", "/cases/a/")
        assert notice.diagnostic.file.endswith("templates/case.html")
        assert notice.diagnostic.line == line
        write(site, "content/p/002-b.md", case("b", "乙案的正文。\n\n写着新的话。\n"))
        await showing.change()
        assert [one.diagnostic.code for one in showing.notices()] == ["B601"]
        write(site, "templates/case.html", good.replace(mark, f"<p>新的样子</p>{mark}"))
        a.take()
        await showing.change()
        assert showing.notices() == []
        assert a.take() == ["/cases/a/"]

    asyncio.run(run())
    showing.close()


def test_a_style_is_swapped_and_no_page_loaded_again(site: Path) -> None:
    showing = showing_of(site, [])
    a = Looker("/cases/a/")

    async def run() -> None:
        write(site, "templates/assets/custom.css", ".prose { color: red }\n")
        await showing.change()
        showing.clients.add(a)
        write(site, "templates/assets/custom.css", ".prose { color: blue }\n")
        await showing.change()
        (style,) = (address for address in showing.edition.files if "/style." in address)
        assert a.take() == [style, NOTICES]

    asyncio.run(run())
    showing.close()


# -- the index ------------------------------------------------------------------------------------


def test_the_index_follows_the_documents(site: Path) -> None:
    index = PreviewIndex(site / "index", site / "search")
    first = edition(site)
    assert first.plan
    index.bring_up(first.plan.documents)
    files = tree(site / "index")
    index.bring_up(first.plan.documents)
    assert tree(site / "index") == files
    write(site, "content/p/001-a.md", case("a", "写着罕见的辞藻。\n"))
    made = edition(site, first)
    assert made.plan
    index.bring_up(made.plan.documents)
    assert tree(site / "index") != files
    assert index.file("nothing.bin") is None
    assert index.file("../../../etc/passwd.bin") is None


# -- the command ----------------------------------------------------------------------------------


def test_help_is_chinese_and_names_every_option() -> None:
    told = command("serve", "--help")
    assert told.returncode == 0
    for option in ("--port", "--host", "--open", "--drafts", "--no-drafts", "--editor", "--now"):
        assert option in told.stdout
    assert "默认是 8000" in told.stdout and "127.0.0.1" in told.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--editor", "vim"], 2, "不认识"),
        (["--port", "70000"], 2, "--port"),
        (["--host", "no.such.host.invalid"], 1, "B762"),
        (["--host", "192.0.2.1"], 1, "B762"),
        (["--content", "none"], 1, "B104"),
    ],
)
def test_what_cannot_be_served(site: Path, arguments: list[str], code: int, said: str) -> None:
    told = command("serve", "--root", site, *arguments)
    assert (told.returncode, "Traceback" in told.stderr) == (code, False)
    assert said in told.stdout + told.stderr
    assert "cannot" not in (told.stdout + told.stderr).lower(), "no English"


def test_without_a_content_folder_there_is_nothing_to_serve(tmp_path: Path) -> None:
    told = command("serve", "--root", tmp_path, "--port", "0")
    assert told.returncode == 1
    assert "B104" in told.stdout + told.stderr
    assert list(tmp_path.iterdir()) == []
