"""A page of the browser that is lent again has nothing of who had it before."""

from __future__ import annotations

from typing import Any

import pytest
from browser_sites import PHONE, Site

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser

LEAVE = "localStorage.x = sessionStorage.x = 1; document.cookie = 'x=1'; history.pushState(0, '')"
FOUND = """() => [window.told, localStorage.x, sessionStorage.x, document.cookie, history.length,
  document.documentElement.clientWidth]"""


def test_a_page_that_is_lent_again_looks_new(browsers: Any, shipped: Site) -> None:
    heard: list[str] = []
    with browsers.loans() as lend:
        page = lend(PHONE)
        page.goto(shipped.named("case"))
        as_new = page.evaluate(FOUND)
        page.on("console", lambda message: heard.append(message.text))
        page.add_init_script("window.told = true; console.log('hello')")
        page.route("**/page.*.js", lambda route: route.abort())
        page.set_viewport_size({"width": 700, "height": 500})
        page.goto(shipped.named("home"))
        page.evaluate(LEAVE)
        page.context.new_page()
        assert page.evaluate(FOUND)[:4] == [True, "1", "1", "x=1"] and "hello" in heard
    heard.clear()
    with browsers.loans() as lend:
        assert lend(PHONE) is page and page.context.pages == [page]
        page.goto(shipped.named("case"))
        assert page.evaluate(FOUND) == as_new
        assert page.locator(".controls").is_visible(), "its script came"
        page.evaluate("console.log('hello')")
        assert heard == []


def test_a_page_that_is_lent_again_has_nothing_in_its_cache(browsers: Any, shipped: Site) -> None:
    address = shipped.url(next(page.file for page in shipped.pages if page.file.endswith("l")))
    sizes = "performance.getEntriesByType('resource').map(({ transferSize }) => transferSize)"
    found = []
    for _ in range(2):
        with browsers.loans() as lend:
            page = lend(PHONE)
            for _ in range(2):
                page.goto(address, wait_until="networkidle")
                found.append(page.evaluate(sizes))
    assert found[0] == found[2] != found[1] == found[3]


def test_a_page_that_was_taken_for_good_is_not_lent_again(browsers: Any) -> None:
    with browsers.loans() as lend:
        page = lend(PHONE, for_good=True)
    assert page.is_closed()
    with browsers.loans() as lend:
        assert lend(PHONE) is not page
