"""How pages load: nothing moves, nothing is refused or comes from elsewhere, little is sent."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from gzip import compress
from typing import Any
from urllib.parse import urlsplit

import pytest
from browser_probes import follow, until
from browser_sites import DESKTOP, PAGES, PHONE, Mode, Site, Visit
from patience import Metronome

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser

KIB = 1024
WATCH = """
window.shifts = [];
window.refused = [];
new PerformanceObserver((list) => {
  for (const { value, sources } of list.getEntries())
    window.shifts.push(`${value} ${sources.map(({ node }) => node?.outerHTML?.slice(0, 80))}`);
}).observe({ type: "layout-shift", buffered: true });
addEventListener("securitypolicyviolation", (event) =>
  window.refused.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`));
"""
SETTLE = """async () => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const frames = () => frame().then(frame);
  await frames();
  for (let y = 0; y < document.body.scrollHeight; y += 2 * innerHeight) {
    scrollTo(0, y);
    await frame();
  }
  await Promise.all([...document.images].map((image) => image.decode()));
  await frames();
}"""


MAIN = "document.querySelector('main').innerText"


@dataclass
class Load:
    """What happened while a page loaded with an empty cache, and was scrolled to its end."""

    shifts: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)
    requests: int = 0
    text: str = ""  # of <main>, when all was done


class Watched:
    """A page that is watched from before its first byte."""

    def __init__(self, page: Any) -> None:
        self.page, self.now = page, Load()
        page.add_init_script(WATCH)
        page.context.new_cdp_session(page).send("Network.setCacheDisabled", {"cacheDisabled": True})
        page.on("console", lambda message: self._hear(message.type, message.text))
        page.on("pageerror", lambda error: self.now.console.append(str(error)))
        page.on("requestfailed", lambda request: self.now.failed.append(request.url))
        page.on("request", self._request)
        page.on("response", self._response)

    def _hear(self, kind: str, text: str) -> None:
        about_itself = "404" in text and self.page.url.endswith("/lost/")
        if kind in ("error", "warning") and not about_itself:
            self.now.console.append(text)

    def _request(self, request: Any) -> None:
        self.now.requests += 1
        self.now.hosts.add(urlsplit(request.url).netloc)

    def _response(self, response: Any) -> None:
        if response.status >= 400 and not response.request.is_navigation_request():
            self.now.failed.append(f"{response.status} {response.url}")

    def load(self, url: str) -> Load:
        self.now = Load()
        self.page.goto(url)
        self.page.evaluate(SETTLE)
        if urlsplit(url).path.endswith("/search/"):  # looks into the index before it is asked
            self.page.wait_for_load_state("networkidle")
        self.now.shifts, self.now.refused = self.page.evaluate("[shifts, refused]")
        self.now.text = self.page.evaluate(MAIN)
        return self.now


Loads = Callable[[str, Mode], Load]


@pytest.fixture(scope="module")
def loads(browsers: Any, shipped: Site, states: Site) -> Loads:
    """Each page is loaded once for all the tests below, when the first of them asks for it."""
    sites = {"shipped": shipped, "states": states}

    @cache
    def watched(mode: Mode) -> Watched:
        return Watched(browsers.new_context(mode).new_page())

    @cache
    def load(name: str, mode: Mode) -> Load:
        site, _, kind = name.partition(":")
        for _ in range(5):
            with Metronome() as beat:
                found = watched(mode).load(sites[site].named(kind))
            # a browser that is kept waiting may paint a head of which it has read the half
            if not found.shifts or beat.longest < 0.03:
                break
        return found

    return load


@pytest.mark.parametrize("mode", [PHONE, DESKTOP], ids=str)
@pytest.mark.parametrize("name", PAGES)
def test_nothing_moves_is_refused_or_fails(loads: Loads, name: str, mode: Mode) -> None:
    load = loads(name, mode)
    found = {
        "moves": load.shifts,
        "refused by the policy": load.refused,
        "on the console": load.console,
        "failed": load.failed,
        "other hosts": sorted(load.hosts)[1:],
    }
    assert {what: faults for what, faults in found.items() if faults} == {}
    few = 5 if not name.endswith(":search") else 24  # its own style and scripts, and the index
    assert 3 <= load.requests <= few, "the page, its style, its script, an icon, a picture"


# -- these would be seen --------------------------------------------------------------------------


def test_injected_code_is_refused_and_seen(visit: Visit) -> None:
    smuggled = (
        "<script>window.injected = 1</script>"
        "<script src='http://localhost:9/x.js'></script>"
        "<img src='x' onerror='window.injected = 2' alt=''>"
        "<img src='https://third.example/pixel.png' alt=''>"
        "<p style='position: fixed'>x</p><style>main { display: none }</style>"
        "<iframe src='/'></iframe><object data='/'></object>"
        "<form action='https://third.example/' id='form'></form>"
    )
    watched: list[Watched] = []

    def before(page: Any) -> None:
        def change(route: Any) -> None:
            response = route.fetch()
            body = response.text().replace("</main>", f"{smuggled}</main>")
            route.fulfill(response=response, body=body)

        page.route("**/cases/**", change)
        watched.append(Watched(page))

    page = visit("shipped:case", before=before)
    page.evaluate("document.getElementById('form').submit()")
    until(page, "refused.length >= 9")
    refused = " ".join(page.evaluate("refused"))
    for directive in (
        "script-src-elem inline",
        "script-src-elem http://localhost:9/x.js",
        "script-src-attr inline",
        "img-src https://third.example/pixel.png",
        "style-src-attr inline",
        "style-src-elem inline",
        "frame-src",
        "object-src",
        "form-action https://third.example/",
    ):
        assert directive in refused
    assert page.evaluate("window.injected") is None
    assert page.locator("main").is_visible()
    assert watched[0].now.console
    assert watched[0].now.failed


def test_a_move_would_be_seen(visit: Visit) -> None:
    page = visit("shipped:case", before=Watched)
    page.evaluate("document.querySelector('main').style.paddingTop = '300px'")
    until(page, "shifts.length > 0")


def test_nothing_moves_when_the_script_comes_late(visit: Visit) -> None:
    """The buttons change their words then: a larger size and night were chosen before."""

    def before(page: Any) -> None:
        Watched(page)
        page.add_init_script(
            "localStorage['broadsheet-size'] = '2'; localStorage['broadsheet-scheme'] = 'dark'"
        )
        page.route("**/page.*.js", lambda route: (page.wait_for_timeout(200), route.continue_()))

    page = visit("shipped:case", before=before)
    assert page.locator("[data-control=size]").inner_text() == "字号 特大"
    page.evaluate(SETTLE)
    assert page.evaluate("shifts") == []


# -- without scripts ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in PAGES if not name.endswith(":search")])
def test_reads_the_same_without_scripts(visit: Visit, loads: Loads, name: str) -> None:
    page = visit(name, Mode(scripts=False))
    assert page.locator("main").inner_text() == loads(name, PHONE).text
    assert page.locator("h1").is_visible()
    assert not page.locator(".controls").is_visible()
    assert page.locator(".menu").is_visible()


def test_controls_show_where_scripts_run(visit: Visit) -> None:
    assert visit("shipped:home").locator(".controls").is_visible()


def test_navigates_without_scripts(visit: Visit) -> None:
    page = visit("shipped:home", Mode(scripts=False))
    follow(page, page.locator(".column-name a").first)
    theme = page.locator("h1").inner_text()
    link = page.locator(".item", has_text="→").first.locator(".item-title a")
    title = link.inner_text()
    follow(page, link)
    assert page.locator("h1").inner_text() == title
    follow(page, page.locator(".byline a").first)
    assert title in page.locator(".items").inner_text()
    page.go_back()
    follow(page, page.locator(".kicker .theme-name"))
    assert page.locator("h1").inner_text() == theme
    for item in ("主题", "刊次", "人物", "单位", "关于"):
        follow(page, page.locator(".menu a", has_text=item))
        assert page.locator("h1").is_visible()
        assert page.locator(".menu [aria-current=page]").inner_text() == item


# -- budgets --------------------------------------------------------------------------------------


def _sent(site: Site, html: str, ending: str) -> bytes:
    """The one file with this ending that a page loads."""
    path = urlsplit(site.base).path
    found = re.findall(rf'(?:href|src)="{re.escape(path)}(assets/[^"]+\.{ending})"', html)
    assert len(found) == 1, found
    return (site.folder / found[0]).read_bytes()


def _weights(site: Site) -> dict[str, tuple[int, int]]:
    """Bytes of HTML + CSS and of script, gzipped, of each case page."""
    found = {}
    for page in site.pages:
        if page.template == "case.html":
            html = (site.folder / page.file).read_text("utf-8")
            inline = "".join(re.findall(r"<script>(.*?)</script>", html, re.DOTALL))
            scripts = (inline.encode(), _sent(site, html, "js"))
            found[page.address] = (
                len(compress(html.encode(), 9)) + len(compress(_sent(site, html, "css"), 9)),
                sum(len(compress(script, 9)) for script in scripts),
            )
    return found


def test_case_pages_are_light(shipped: Site) -> None:
    weights = _weights(shipped)
    assert len(weights) >= 34
    heavy = {
        address: (page, script)
        for address, (page, script) in weights.items()
        if page > 14 * KIB or script > 2 * KIB
    }
    assert heavy == {}
