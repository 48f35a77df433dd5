"""A real Chromium for the tests.

A test module says `pytest_plugins = ["browser_fixtures"]` and takes `visit`, which opens a page by
its name in `browser_sites.PAGES`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import pytest
from browser_sites import PHONE, ROOT, SHIPPED, STATES, Mode, Site, Visit, served
from browser_states import write_states
from patience import LIMIT

ARGUMENTS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    *(["--no-sandbox"] if os.geteuid() == 0 else []),
]


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The publication as it is shipped; a name stands for the longest page of its kind."""
    folder = tmp_path_factory.mktemp("shipped") / "site"
    with served(ROOT / "content", folder, "/", {}) as site:
        for name, wanted in SHIPPED.items():
            found = [page for page in site.pages if wanted(page)]
            assert found, f"the shipped content has no page of the kind {name}"
            longest = max(found, key=lambda page: (folder / page.file).stat().st_size)
            site.addresses[name] = longest.address
        yield site


@pytest.fixture(scope="session")
def states(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The designed states, with drafts, below a path."""
    top = tmp_path_factory.mktemp("states")
    write_states(top / "content")
    with served(top / "content", top / "site", "/paper/", {"drafts": True}) as site:
        site.addresses.update(STATES)
        yield site


def missing(what: str) -> NoReturn:
    """The machine lacks something that the tests need: no defect, but in CI a failure."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(what)


FORGET = """["pagehide", "visibilitychange"].forEach((last) => addEventListener(last, () => {
  localStorage.clear();
  sessionStorage.clear();
}))"""  # whatever the page itself keeps when it is left


class Loan:
    """A page that looks new to whoever borrows it, and is lent again afterwards: a new one is a new
    process, which takes several times as long to show its first page as the second.

    What the borrower listens to, and has run at the start of each document, ends with the loan.
    """

    def __init__(self, page: Any) -> None:
        self.page = page
        self._listeners: list[tuple[str, Any]] = []
        self._scripts: list[str] = []
        self._listen = page.on
        self._protocol = page.context.new_cdp_session(page)
        self._protocol.send("Page.enable")
        page.on, page.add_init_script = self._on, self._at_start

    def _on(self, event: str, listener: Any) -> None:
        self._listeners.append((event, listener))
        self._listen(event, listener)

    def _at_start(self, script: str) -> None:  # playwright's own is for good
        command = "Page.addScriptToEvaluateOnNewDocument"
        self._scripts.append(self._protocol.send(command, {"source": script})["identifier"])

    def clear(self) -> None:
        """Everything that the borrower has left."""
        page, context = self.page, self.page.context
        for event, listener in self._listeners:
            page.remove_listener(event, listener)
        for identifier in self._scripts:
            command = "Page.removeScriptToEvaluateOnNewDocument"
            self._protocol.send(command, {"identifier": identifier})
        self._listeners, self._scripts = [], []
        for other in context.pages:
            if other is not page:
                other.close()
        page.unroute_all(behavior="ignoreErrors")
        page.evaluate(FORGET)
        page.goto("about:blank")
        context.clear_cookies()
        self._protocol.send("Network.clearBrowserCache")
        self._protocol.send("Page.resetNavigationHistory")


class Browsers:
    """Chromium, started once for each way to start it, with pages to reuse for each mode.

    The system's browser, or else playwright's own.
    """

    def __init__(self, playwright: Any) -> None:
        self.playwright = playwright
        self._launched: dict[tuple[int, bool], Any] = {}
        self._pages: dict[Mode, Any] = {}
        self._free: dict[Mode, list[Loan]] = {}

    def _browser(self, mode: Mode) -> Any:
        key = mode.text, mode.keeps_pages
        if key not in self._launched:
            self._launched[key] = self._launch(mode)
        return self._launched[key]

    def _launch(self, mode: Mode) -> Any:
        names = ("chromium", "chromium-browser", "google-chrome")
        paths = [path for path in map(shutil.which, names) if path]
        args = [*ARGUMENTS, f"--blink-settings=defaultFontSize={mode.text}"]
        left_out = ["--disable-back-forward-cache"] if mode.keeps_pages else None
        reasons = []
        for path in (*paths[:1], None):
            try:
                return self.playwright.chromium.launch(
                    executable_path=path,
                    args=args,
                    ignore_default_args=left_out,
                    timeout=LIMIT * 1000,
                )
            except Exception as error:
                reasons.append(f"{path or 'the one of playwright'}: {str(error).splitlines()[0]}")
        return missing(f"no Chromium starts: {'; '.join(reasons)}")

    def new_context(self, mode: Mode) -> Any:
        context = self._browser(mode).new_context(
            viewport={"width": mode.width, "height": mode.height},
            color_scheme=mode.scheme,
            java_script_enabled=mode.scripts,
            locale="zh-CN",
        )
        context.set_default_timeout(LIMIT * 1000)
        return context

    def page(self, mode: Mode) -> Any:
        """The page of this mode, looking as the mode says whatever the last test changed."""
        if mode not in self._pages:
            self._pages[mode] = self.new_context(mode).new_page()
        return looking_as(mode, self._pages[mode])

    @contextmanager
    def loans(self) -> Iterator[Callable[..., Any]]:
        """Lends pages that have been nowhere before, as far as they can tell. One that is taken
        `for_good` may be changed in ways that nobody can undo.
        """
        lent: list[tuple[list[Loan] | None, Loan]] = []

        def lend(mode: Mode, *, for_good: bool = False) -> Any:
            free = self._free.setdefault(mode, [])
            loan = free.pop() if free and not for_good else Loan(self.new_context(mode).new_page())
            lent.append((None if for_good else free, loan))
            return looking_as(mode, loan.page)

        yield lend
        for free, loan in lent:
            try:
                assert free is not None
                loan.clear()
                free.append(loan)
            except Exception:  # of playwright: then there will be another one
                loan.page.context.close()

    def close(self) -> None:
        for browser in self._launched.values():
            browser.close()


def looking_as(mode: Mode, page: Any) -> Any:
    page.set_viewport_size({"width": mode.width, "height": mode.height})
    page.emulate_media(media="null", color_scheme=mode.scheme)
    return page


# One browser a module, not a session: while playwright runs, asyncio.run() fails in other tests.
@pytest.fixture(scope="module")
def browsers() -> Iterator[Browsers]:
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browsers = Browsers(playwright)
        yield browsers
        browsers.close()


@pytest.fixture
def visit(browsers: Browsers, shipped: Site, states: Site) -> Iterator[Visit]:
    """`visit(name, mode)` opens a page, in place of what was last looked at in this mode.

    With `before`, which is called with the page before it goes anywhere, or `fresh`, it is a new
    page with nothing stored and nothing cached.
    """
    sites = {"shipped": shipped, "states": states}
    with browsers.loans() as lend:

        def open_page(
            name: str,
            mode: Mode = PHONE,
            *,
            fresh: bool = False,
            before: Callable[[Any], object] | None = None,
        ) -> Any:
            for_good = bool(before) or mode.keeps_pages
            page = lend(mode, for_good=for_good) if fresh or before else browsers.page(mode)
            if before:
                before(page)
            site, _, kind = name.partition(":")
            page.goto(sites[site].named(kind))
            return page

        yield open_page
