"""The real preview in a real Chromium: what an editor sees while writing."""

from __future__ import annotations

import json
import re
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from browser_fixtures import looking_as
from browser_probes import axe, small_targets, sticking_out
from browser_sites import DESKTOP, DESKTOP_NIGHT, NIGHT, PHONE, ROOT, Mode
from browser_states import png
from helpers import case, make_site, many, publication, raw_case
from patience import Metronome, eventually
from preview_papers import A, B, body, git
from preview_process import Preview, preview, saved_at_once
from test_browser_load import WATCH

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser

LONG = "".join(f"第{n}段，写得不长。\n\n" for n in range(120))
BROKEN = raw_case("id: a", "kind: case", "titel: 错", body="还没写完。\n")
DIALOG, BANNER = "dialog.preview-overlay", ".preview-banner"
# what the browser itself says of a page that answers with 404, 500 or 503
ABOUT_A_STATUS = re.compile(r"Failed to load resource: the server responded with a status of (\d+)")
SEARCH = "q => window.siteSearch.query(q, {}).then(({results}) => results.map(({id}) => id))"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return make_site(
        tmp_path / "paper",
        {
            "content/p/index.md": publication("某刊", year=2024),
            A: case("a", body("甲案的正文。") + LONG),
            B: case("b", body("乙案的正文。")),
        },
    )


class Window:
    """A window that shows a page of a preview."""

    def __init__(self, page: Any, allowed: set[str]) -> None:
        self.page, self._allowed = page, allowed
        self.complaints: list[str] = []
        self.connected = self.asked = 0
        page.add_init_script(WATCH)
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("websocket", lambda socket: socket.on("framesent", self._sent))
        page.on("requestfinished", self._finished)

    def _hear(self, message: Any) -> None:
        about = ABOUT_A_STATUS.match(message.text)
        if message.type in ("error", "warning") and not (about and about[1] in self._allowed):
            self.complaints.append(message.text)

    def _sent(self, payload: str | bytes) -> None:
        self.connected += '"info"' in str(payload)

    def _finished(self, request: Any) -> None:
        self.asked += "/_preview/notices" in request.url

    # -- doing ------------------------------------------------------------------------------

    def go(self, url: str) -> None:
        before = self.connected

        def arrived() -> bool:
            self.page.goto(url)
            return True

        self.until(arrived)  # not where the page before just loads itself again
        self.until(lambda: self.connected > before)
        self.mark()

    def hold(self, url: str, script: str) -> Callable[[], None]:
        """Go to a page whose script stays away until the answer is called."""
        held: list[Any] = []
        free: list[bool] = []
        self.page.route(script, lambda route: route.continue_() if free else held.append(route))
        self.page.goto(url, wait_until="commit")
        self.until(lambda: held)

        def let_go() -> None:
            free.append(True)
            held[0].continue_()

        return let_go

    def mark(self) -> None:
        """Something that does not outlive a reload."""
        self.page.evaluate("window.marker = true")

    # -- looking ----------------------------------------------------------------------------

    def until(self, check: Callable[[], Any]) -> Any:
        """Also while the page is being replaced."""

        def safely() -> Any:
            self.page.wait_for_timeout(20)  # lets playwright tell what has happened
            try:
                return check()
            except Exception as error:
                if "closed" in str(error) or isinstance(error, AssertionError | AttributeError):
                    raise
                return None  # no page at the moment

        return eventually(safely, every=0)

    def holds(self, expression: str) -> Any:
        return self.until(lambda: self.page.evaluate(expression))

    def shows(self, text: str) -> None:
        self.until(lambda: text in self.page.locator("body").inner_text())

    @property
    def marked(self) -> bool:
        return bool(self.page.evaluate("window.marker === true"))

    @property
    def status(self) -> str:
        return str(self.page.locator(".preview-status").text_content())

    def refused(self) -> list[str]:
        """By the policy of the page."""
        refused: list[str] = json.loads(self.holds("JSON.stringify(window.refused ?? [])"))
        return refused

    def has(self, selector: str) -> None:
        self.until(lambda: self.page.locator(selector).is_visible())

    def has_not(self, selector: str) -> None:
        self.until(lambda: not self.page.locator(selector).is_visible())


Open = Callable[..., Window]


def hrefs(window: Window, part: str) -> list[str]:
    script = "links => links.map((link) => link.getAttribute('href'))"
    return list(window.page.locator(f"{part} a").evaluate_all(script))


@pytest.fixture
def look(browsers: Any) -> Iterator[Open]:
    """`look(url, mode, allowed={"404"})` opens a window. Complaints on the console, and of the
    page's policy, fail the test."""
    windows: list[Window] = []
    with browsers.loans() as lend:

        def open_window(
            url: str, mode: Mode = DESKTOP, *, allowed: set[str] | None = None, go: bool = True
        ) -> Window:
            window = Window(lend(mode), allowed or set())
            windows.append(window)
            if go:
                window.go(url)
            return window

        yield open_window
        complaints = [line for window in windows for line in window.complaints]
        complaints += [one for window in windows for one in window.refused()]
    assert complaints == []


@pytest.fixture
def one(site: Path) -> Iterator[Preview]:
    with preview(site) as running:
        yield running


# -- edits ----------------------------------------------------------------------------------------


def test_a_first_page_replaces_itself(tmp_path: Path, look: Open) -> None:
    root = make_site(tmp_path, many(5000, body="一段正文。\n\n" * 30))
    window = look("", allowed={"503"}, go=False)
    window.page.goto("about:blank")  # a browser takes longer to start than we do
    with preview(root, ready=False) as one:
        with one.held():
            window.page.goto(one.url("/cases/c1/"), wait_until="commit")
            assert "马上就好" in window.page.inner_text("h1")
        window.shows("关于c1的建议")
        window.until(lambda: window.connected)
        one.write("content/p/001-c1.md", case("c1", body("刚写下的话。")))
        window.shows("刚写下的话")


def test_an_edit_reloads_its_page_and_no_other(one: Preview, look: Open) -> None:
    a, b, home = (look(one.url(address)) for address in ("/cases/a/", "/cases/b/", "/"))
    a.page.evaluate("scrollTo(0, 3000)")
    a.holds("scrollY > 2900")
    asked = b.asked, home.asked
    one.write(A, case("a", body("甲案改过了。") + LONG))
    a.shows("甲案改过了")
    assert not a.marked
    a.holds("Math.abs(scrollY - 3000) < 60")
    for window, times in zip((b, home), asked, strict=True):
        window.until(lambda: window.asked > times)  # noqa: B023
        assert window.marked, "it shows nothing of the edit"
    a.mark()
    one.write(B, case("b", body("乙案改过了。")))
    b.shows("乙案改过了")
    assert a.marked


def test_two_windows_of_one_page(one: Preview, look: Open) -> None:
    windows = [look(one.url("/cases/a/"), mode) for mode in (PHONE, DESKTOP)]
    one.write(A, case("a", body("两边都看得见。")))
    for window in windows:
        window.shows("两边都看得见")


def test_lists_follow_a_title(one: Preview, look: Open) -> None:
    addresses = ("/", "/publications/p/", "/themes/economy/", "/cases/b/")
    windows = [look(one.url(address)) for address in addresses]
    one.write(A, case("a", body("甲案的正文。"), title="全新的题目"))
    for window in windows:
        window.shows("全新的题目")
        window.until(lambda: window.connected >= 2)  # noqa: B023
    (one.root / A).unlink()
    for window in windows:
        window.until(lambda: "全新的题目" not in window.page.inner_text("body"))  # noqa: B023


def test_ten_edits_in_a_row(one: Preview, look: Open) -> None:
    """Each of them comes while the browser may still be at the one before."""
    a = look(one.url("/cases/a/"))
    for n in range(10):
        one.write(A, case("a", body(f"第{n}稿。")))
        a.page.wait_for_timeout(37 * n)
    a.shows("第9稿。")


def test_an_edit_while_the_page_is_on_its_way(one: Preview, look: Open) -> None:
    """Before the browser can be told of it."""
    a = look(one.url("/cases/a/"), go=False)
    let_go = a.hold(one.url("/cases/a/"), "**/livereload.js*")
    one.write(A, case("a", body("在路上写的话。")))
    one.shows("/cases/a/", "在路上写的话")
    let_go()
    a.shows("在路上写的话")


def test_a_deletion_while_the_page_is_on_its_way(one: Preview, look: Open) -> None:
    a = look(one.url("/cases/a/"), go=False, allowed={"404"})
    let_go = a.hold(one.url("/cases/a/"), "**/_preview/preview.js*")
    (one.root / A).unlink()
    eventually(lambda: one.get("/cases/a/").status == 404)
    let_go()
    a.until(lambda: "甲案的正文" not in a.page.inner_text("body"))


def test_by_the_name_of_the_machine(one: Preview, look: Open) -> None:
    a = look(f"http://localhost:{one.port}/cases/a/")
    one.write(A, case("a", body("这样打开也行。")))
    a.shows("这样打开也行")


def test_by_the_name_of_the_file(one: Preview, look: Open) -> None:
    a = look(one.url("/cases/a/index.html"))
    one.write(A, case("a", body("这样打开也行。")))
    a.shows("这样打开也行")


def test_a_preview_that_is_started_again_is_found_again(site: Path, look: Open) -> None:
    with preview(site) as first:
        port = first.port
        a = look(first.url("/cases/a/"), allowed={"503"})
        first.end(signal.SIGTERM)
    make_site(site, {A: case("a", body("关着的时候写的话。"))}, site=None)
    with ExitStack() as stack:
        for _ in range(50):  # somebody may have got that port for a moment
            with suppress(AssertionError):
                stack.enter_context(preview(site, "--port", str(port)))
                break
        a.shows("关着的时候写的话")
    # while it is off, nobody answers: the browser says so
    a.complaints[:] = [line for line in a.complaints if "ERR_CONNECTION" not in line]


# -- looks ----------------------------------------------------------------------------------------

COLOUR = "getComputedStyle(document.querySelector('.prose')).color"


def test_a_style_is_swapped_without_a_reload(site: Path, look: Open) -> None:
    style = "templates/assets/custom.css"
    make_site(site, {style: ".prose { color: rgb(1, 2, 3) }\n"}, site=None)
    with preview(site) as one:
        a = look(one.url("/cases/a/"))
        assert a.page.evaluate(COLOUR) == "rgb(1, 2, 3)"
        a.page.evaluate("scrollTo(0, 3000)")
        for n in (4, 5):
            one.write(style, f".prose {{ color: rgb({n}, {n}, {n}) }}\n")
            a.holds(f"{COLOUR} === 'rgb({n}, {n}, {n})'")
        assert a.marked
        a.holds("Math.abs(scrollY - 3000) < 60")
        (site / style).unlink()
        a.until(lambda: "rgb(5" not in a.page.evaluate(COLOUR))


def test_a_script_reloads(one: Preview, look: Open) -> None:
    a = look(one.url("/cases/a/"))
    text = (ROOT / "templates/assets/page.js").read_text("utf-8")
    one.write("templates/assets/page.js", text + "\ndocument.body.dataset.changed = 'yes';\n")
    a.holds("document.body?.dataset.changed === 'yes'")
    assert not a.marked


def test_a_template_reloads(one: Preview, look: Open) -> None:
    a, home = look(one.url("/cases/a/")), look(one.url("/"))
    text = (ROOT / "templates/case.html").read_text("utf-8")
    mark = '<p class="kicker">'
    one.write("templates/case.html", text.replace(mark, f"<p>新的样子</p>{mark}"))
    a.shows("新的样子")
    home.shows("关于a的建议")


def test_a_picture_that_is_replaced_is_shown(site: Path, look: Open) -> None:
    text = case("a", "![图](plan.png)\n")
    make_site(site, {"content/p/plan.png": png(40, 20), A: text}, site=None)
    with preview(site) as one:
        a, b = look(one.url("/cases/a/")), look(one.url("/cases/b/"))
        a.holds("document.querySelector('.prose img').naturalWidth === 40")
        for width in (60, 80):
            one.write("content/p/plan.png", png(width, 20))
            a.holds(f"document.querySelector('.prose img')?.naturalWidth === {width}")
        one.write("content/p/plan.png", png(80, 20).replace(b"\x99", b"\x22"))
        assert b.marked


# -- overlay and banner ---------------------------------------------------------------------------


def test_a_broken_case_and_its_mending(one: Preview, look: Open) -> None:
    a, b = look(one.url("/cases/a/")), look(one.url("/cases/b/"))
    one.write(A, BROKEN)
    a.has(DIALOG)
    b.has(BANNER)
    assert a.page.evaluate("document.querySelector('dialog').matches(':modal')")
    assert a.page.get_by_role("dialog").get_attribute("aria-labelledby")
    assert a.page.get_by_role("dialog", name="这一页有").is_visible(), "announced by its name"
    assert a.page.evaluate("document.querySelector('dialog').contains(document.activeElement)")
    text = a.page.locator(DIALOG).inner_text()
    for part in ("001-a.md:4", "titel: 错", "title", "怎么办"):
        assert part in text
    assert f"vscode://file{quote(str(one.root))}/{A}:4:1" in hrefs(a, DIALOG)
    assert "甲案的正文" in a.page.locator(".prose").inner_text(), "the last good page"
    assert (a.marked, b.marked) == (True, True), "nothing was loaded again"
    b.until(lambda: "处错误" in b.status)
    # the rest can be written meanwhile
    one.write(B, case("b", body("照样写着。")))
    b.shows("照样写着")
    b.has(BANNER)
    assert a.page.locator(DIALOG).is_visible()
    one.write(A, case("a", body("改好了。") + LONG))
    for window in (a, b):
        window.has_not(DIALOG)
        window.has_not(BANNER)
    a.shows("改好了")
    b.until(lambda: b.status == "错误已改正")


def test_mending_back_to_what_it_was_is_told(one: Preview, look: Open) -> None:
    """The page is the same, so it is not loaded again: the overlay goes by itself."""
    a = look(one.url("/cases/a/"))
    good = (one.root / A).read_text()
    one.write(A, BROKEN)
    a.has(DIALOG)
    one.write(A, good)
    a.has_not(DIALOG)
    a.until(lambda: a.status == "错误已改正")
    assert a.marked
    assert a.page.evaluate("document.activeElement === document.body"), "nobody is left in a trap"


@pytest.mark.parametrize("way", ["Escape", "button"])
def test_an_overlay_that_was_closed_stays_closed(one: Preview, look: Open, way: str) -> None:
    a = look(one.url("/cases/a/"))
    one.write(A, BROKEN)
    a.has(DIALOG)
    if way == "Escape":
        a.page.keyboard.press("Escape")
    else:
        a.page.locator(f"{DIALOG} .preview-close").click()
    a.has_not(DIALOG)
    before = a.connected
    one.write(B, case("b", body("乙案的正文。"), title="邻居改了题目"))  # named on this page
    a.shows("邻居改了题目")
    a.until(lambda: a.connected > before)
    asked = a.asked
    one.write(B, case("b", body("又改了。"), title="邻居改了题目"))
    a.until(lambda: a.asked > asked)
    assert not a.page.locator(DIALOG).is_visible(), "the same errors"
    one.write(A, BROKEN.replace("titel", "titlle"))
    a.has(DIALOG)
    assert "titlle" in a.page.locator(DIALOG).inner_text()


def test_an_error_elsewhere_does_not_open_it_again(one: Preview, look: Open) -> None:
    a = look(one.url("/cases/a/"))
    one.write(A, BROKEN)
    a.has(DIALOG)
    a.page.keyboard.press("Escape")
    a.has_not(DIALOG)
    asked = a.asked
    one.write(B, BROKEN.replace("id: a", "id: b"))
    a.until(lambda: a.asked > asked)
    a.has(BANNER)
    assert not a.page.locator(DIALOG).is_visible()


def test_a_banner_by_keyboard(one: Preview, look: Open) -> None:
    b = look(one.url("/cases/b/"))
    one.write(A, BROKEN)
    b.has(BANNER)
    assert b.page.get_by_role("complementary", name="错误").is_visible()
    assert not b.page.locator(f"{BANNER} li").first.is_visible()
    b.page.locator(f"{BANNER} summary").focus()
    b.page.keyboard.press("Enter")
    b.has(f"{BANNER} li:first-child")
    text = b.page.locator(BANNER).inner_text()
    for part in ("001-a.md:4", "titel: 错", "怎么办"):
        assert part in text
    assert {f"vscode://file{quote(str(one.root))}/{A}:4:1", "/cases/a/"} <= {*hrefs(b, BANNER)}
    b.page.locator(f"{BANNER} button").focus()
    b.page.keyboard.press("Enter")
    b.has_not(BANNER)
    # it leads to the page that is at fault
    b.go(one.url("/cases/b/"))
    b.has(BANNER)
    b.page.locator(f"{BANNER} summary").click()
    b.page.get_by_role("link", name="看这一页").first.click()
    b.has(DIALOG)


def test_a_banner_hides_no_text(one: Preview, look: Open) -> None:
    """What it covers at the end of a page can be scrolled up from behind it."""
    b = look(one.url("/cases/b/"), PHONE)
    one.write(A, BROKEN)
    b.has(BANNER)
    b.page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    last = b.page.locator("footer :is(a, p)").last.bounding_box()
    banner = b.page.locator(BANNER).bounding_box()
    assert last["y"] + last["height"] <= banner["y"] + 1


def test_axe_finds_nothing_on_them(site: Path, look: Open) -> None:
    link = "看[这里](/cases/none/)。"
    make_site(
        site, {A: BROKEN, B: case("b", body(link)), "content/p/003-c.md": case("c")}, site=None
    )
    with preview(site) as one:
        for address, part in (("/cases/b/", DIALOG), ("/", BANNER), ("/cases/a/", DIALOG)):
            window = look(one.url(address), PHONE, allowed={"404", "500"})
            window.has(part)
            for is_open in (False, True) if part == BANNER else (True,):
                if part == BANNER and is_open:
                    window.page.locator(f"{BANNER} summary").click()
                    window.has(f"{BANNER} li:first-child")
                for mode in (PHONE, NIGHT, DESKTOP_NIGHT, DESKTOP):
                    looking_as(mode, window.page)
                    assert axe(window.page) == [], (address, str(mode), is_open)
                    if is_open:
                        out = sticking_out(window.page)
                        assert [one for one in out if "preview-status" not in one] == []
                        assert small_targets(window.page, 24, part) == []


def test_axe_would_find(one: Preview, look: Open) -> None:
    a = look(one.url("/cases/a/"))
    one.write(A, BROKEN)
    a.has(DIALOG)
    a.page.evaluate("document.querySelector('.preview-close').removeAttribute('aria-label')")
    a.page.evaluate("document.querySelector('.preview-close').textContent = ''")
    assert "button-name" in " ".join(axe(a.page))


def test_broken_from_the_very_start(site: Path, look: Open) -> None:
    make_site(site, {A: BROKEN}, site=None)
    with preview(site) as one:
        a = look(one.url("/cases/a/"), allowed={"404", "500"})
        a.has(DIALOG)
        home = look(one.url("/"))
        home.has(BANNER)
        one.write(A, case("a", body("终于写好。")))
        a.shows("终于写好")
        a.has_not(DIALOG)
        home.has_not(BANNER)
        home.shows("关于a的建议")


def test_site_yaml_broken_from_the_very_start(site: Path, look: Open) -> None:
    make_site(site, {}, site="title: [\n")
    with preview(site, ready=False) as one:
        eventually(lambda: "还不能预览" in one.get("/").text)
        a = look(one.url("/cases/a/"), allowed={"503"})
        a.until(a.page.locator(f"{DIALOG}, {BANNER}").first.is_visible)
        assert "site.yaml" in str(a.page.locator(f"{DIALOG}, {BANNER}").first.text_content())
        assert axe(a.page) == []
        one.write("content/site.yaml", "title: 新报\n")
        a.shows("甲案的正文")
        a.has_not(f"{DIALOG}, {BANNER}")


def test_site_yaml_is_edited(one: Preview, look: Open) -> None:
    a, home = look(one.url("/cases/a/")), look(one.url("/"))
    one.write("content/site.yaml", "title: 改名的报\n")
    for window in (a, home):
        window.shows("改名的报")
        window.until(lambda: window.connected >= 2)  # noqa: B023
    one.write("content/site.yaml", "title: [\n")
    for window in (a, home):
        window.until(lambda: window.page.locator(BANNER).is_visible())  # noqa: B023
        assert "改名的报" in window.page.inner_text("body")
    one.write("content/site.yaml", "title: 又改名的报\n")
    for window in (a, home):
        window.shows("又改名的报")
        window.has_not(BANNER)


def test_dead_links_and_ids_that_are_there_twice(one: Preview, look: Open) -> None:
    a, b = look(one.url("/cases/a/")), look(one.url("/cases/b/"), allowed={"404"})
    one.write(A, case("a", body("看[这里](/cases/none/)。")))
    a.has(DIALOG)
    a.shows("看这里")
    assert "/cases/none/" in a.page.locator(DIALOG).inner_text()
    one.write(A, case("a", body("不再看。")))
    a.has_not(DIALOG)
    a.shows("不再看")
    one.write(B, case("a", body("同一个编号。")))
    a.until(a.page.locator(f"{DIALOG}, {BANNER}").first.is_visible)
    one.write(B, case("b", body("各有编号。")))
    b.shows("各有编号")
    for window in (a, b):
        window.has_not(f"{DIALOG}, {BANNER}")


@pytest.mark.parametrize("fault", ["{% if %}", "{{ no_such_name }}"])
def test_a_template_error(site: Path, look: Open, fault: str) -> None:
    text, mark = (ROOT / "templates/case.html").read_text("utf-8"), '<p class="kicker">'
    line = text.partition(mark)[0].count("\n") + 1
    with preview(site, cwd=site) as one:
        a, home = look(one.url("/cases/a/")), look(one.url("/"))
        one.write("templates/case.html", text.replace(mark, fault + mark))
        a.has(DIALOG)
        assert f"templates/case.html:{line}" in a.page.locator(DIALOG).inner_text()
        assert "甲案的正文" in a.page.locator(".prose").inner_text()
        home.has(BANNER)
        asked = a.asked
        one.write(B, case("b", body("别处的改动。")))
        one.shows("/", "关于b的建议")
        a.until(lambda: a.asked > asked)
        assert a.page.locator(DIALOG).is_visible(), "it is still there"
        one.write("templates/case.html", text.replace(mark, f"<p>新的样子</p>{mark}"))
        a.shows("新的样子")
        a.has_not(DIALOG)
        home.has_not(BANNER)


# -- files that come and go -----------------------------------------------------------------------


def test_the_case_that_is_shown_is_deleted_and_restored(one: Preview, look: Open) -> None:
    a = look(one.url("/cases/a/"), allowed={"404"})
    kept = (one.root / A).read_text()
    (one.root / A).unlink()
    a.shows("没有这一页" if "没有这一页" in one.get("/none/").text else "404")
    a.until(lambda: a.connected >= 2)
    one.write(A, kept)
    a.shows("甲案的正文")
    a.until(lambda: a.connected >= 3)
    (one.root / A).rename(one.root / "content/p/008-renamed.md")
    one.write("content/p/008-renamed.md", case("a", body("文件改了名。")))
    a.shows("文件改了名")
    assert not a.page.locator(f"{DIALOG}, {BANNER}").is_visible()


def test_new_cases_and_publications(one: Preview, look: Open) -> None:
    home, new = look(one.url("/")), look(one.url("/cases/new/"), allowed={"404"})
    one.write("content/q/001-new.md", case("new", body("新的一件。")))
    new.shows("新的一件")
    home.shows("关于new的建议")
    home.until(lambda: home.connected >= 2)
    new.until(lambda: new.connected >= 2)
    one.write("content/q/index.md", publication("乙刊"))
    home.shows("乙刊")
    home.until(lambda: home.connected >= 3)
    (one.root / "content/q").rename(one.root / "content/r")
    new.holds("document.querySelector('a[href=\"/publications/r/\"]')")
    shutil.rmtree(one.root / "content/r")
    home.until(lambda: "关于new" not in home.page.inner_text("body"))


def test_branches_are_checked_out_while_a_browser_looks_on(tmp_path: Path, look: Open) -> None:
    root = make_site(tmp_path, many(60))
    git(root, "init", "-q", "-b", "main")
    (root / ".gitignore").write_text(".site.broadsheet\n")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "一")
    git(root, "checkout", "-qb", "other")
    make_site(root, many(60, body=body("另一枝上的话。"), theme="city"))
    git(root, "commit", "-qam", "二")
    with preview(root) as one:
        a, home = look(one.url("/cases/c30/")), look(one.url("/"))
        a.shows("另一枝上的话")
        for branch, text in (("main", "一段正文"), ("other", "另一枝上的话"), ("main", "一段正文")):
            with Metronome() as beat:
                git(root, "checkout", "-q", branch)
                a.shows(text)
            if beat.longest > 0.03:  # git may have been kept waiting where the file was away
                a.page.wait_for_timeout(300)
                a.complaints[:] = [line for line in a.complaints if "status of 404" not in line]
        for window in (a, home):
            window.has_not(f"{DIALOG}, {BANNER}")
        one.has_no_errors()


def test_half_a_file_is_never_an_overlay(one: Preview, look: Open) -> None:
    """Nor is any other way of saving."""
    a = look(one.url("/cases/a/"), go=False)
    a.page.add_init_script(
        """addEventListener("DOMContentLoaded", () => new MutationObserver(() => {
          if (document.querySelector("dialog, .preview-banner")) sessionStorage.flash = "yes";
        }).observe(document.body, {childList: true, subtree: true}))"""
    )
    a.go(one.url("/cases/a/"))
    path = one.root / A

    def save(text: str, *, with_backup: bool) -> None:
        whole = case("a", body(text))
        if with_backup:
            path.rename(path.with_name(f"{path.name}~"))
        with path.open("w") as file:
            file.write(whole[:20])
            file.flush()
            file.write(whole[20:])

    for n in range(4):
        for text in (f"第{n}稿，第{m}次。" for m in range(200)):
            saving = partial(save, text, with_backup=bool(n % 2))
            if saved_at_once(saving, partial(a.shows, text)):
                break
            a.page.wait_for_timeout(300)  # until all has come that was shown and told
            a.page.evaluate("delete sessionStorage.flash")
            a.complaints.clear()
        else:
            pytest.fail("the machine is too busy for this test")
        assert a.page.evaluate("sessionStorage.flash") is None


# -- search ---------------------------------------------------------------------------------------


def test_search_knows_what_has_just_been_written(one: Preview, look: Open) -> None:
    window = look(one.url("/search/"))
    page = window.page
    field = page.locator("main input[type=search][name=q]")

    def found(q: str) -> list[str]:
        return list(page.evaluate(SEARCH, q))

    assert found("甲案的正文") == ["a"]
    field.fill("乙案的正文")
    window.until(lambda: page.locator("a[data-search-result]:visible").count() == 1)
    assert page.locator("a[data-search-result]:visible").get_attribute("href") == "/cases/b/"
    one.write(B, case("b", body("刚写下的辞藻。")))
    one.shows("/cases/b/", "刚写下的辞藻")
    window.go(one.url("/search/?q=" + "刚写下的辞藻"))
    window.until(lambda: page.locator("a[data-search-result]:visible").count() == 1)
    assert found("乙案的正文") == []
    one.write("content/p/003-c.md", case("c", body("添上的一件。"), draft=True))
    one.shows("/cases/c/", "添上的一件")
    window.go(one.url("/search/"))
    assert found("添上的一件") == ["c"], "a draft too"
    (one.root / "content/p/003-c.md").unlink()
    eventually(lambda: one.get("/cases/c/").status == 404)
    window.go(one.url("/search/"))
    assert found("添上的一件") == []


def test_search_of_a_page_that_stays_open(one: Preview, look: Open) -> None:
    window = look(one.url("/search/"))
    assert list(window.page.evaluate(SEARCH, "甲案的正文")) == ["a"]
    one.write(B, case("b", body("开着的时候写的话。")))
    window.until(lambda: list(window.page.evaluate(SEARCH, "开着的时候写的话")) == ["b"])
