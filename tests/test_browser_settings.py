"""The reader's settings, kept from page to page: text size, day and night. Back and Forward."""

from __future__ import annotations

from typing import Any

import pytest
from browser_probes import follow, until
from browser_sites import DESKTOP, NIGHT, PHONE, Mode, Site, Visit

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser

# what the root element says when the body begins, before anything can be painted
EARLY = """
new MutationObserver((_, observer) => {
  if (!document.body) return;
  window.early = { ...document.documentElement.dataset };
  observer.disconnect();
}).observe(document, { childList: true, subtree: true });
"""


def _watch(page: Any) -> None:
    page.add_init_script(EARLY)


def _text_size(page: Any) -> float:
    return page.evaluate("parseFloat(getComputedStyle(document.querySelector('main')).fontSize)")


def _lightness(page: Any) -> tuple[float, float]:
    """Of paper and ink, 0 to 1."""
    return tuple(
        page.evaluate(
            """() => {
              const { backgroundColor, color } = getComputedStyle(document.body);
              const sum = (parts) => parts.reduce((total, part) => total + Number(part), 0);
              return [backgroundColor, color].map((rgb) => sum(rgb.match(/\\d+/g)) / 765);
            }"""
        )
    )


@pytest.mark.parametrize("mode", [PHONE, DESKTOP], ids=str)
def test_three_text_sizes(visit: Visit, mode: Mode) -> None:
    page = visit("shipped:case", mode, fresh=True)
    button = page.locator("[data-control=size]")
    said, sizes = [], []
    for _ in range(4):
        said.append(button.inner_text())
        sizes.append(_text_size(page))
        button.click()
    assert said == ["字号 标准", "字号 大", "字号 特大", "字号 标准"]
    assert sizes[0] * 1.15 < sizes[1] < sizes[2] / 1.15
    assert sizes[3] == sizes[0]


def test_text_size_is_kept_and_there_from_the_start(visit: Visit, shipped: Site) -> None:
    page = visit("shipped:case", before=_watch)
    normal = _text_size(page)
    assert "size" not in page.evaluate("early")
    page.locator("[data-control=size]").click()
    page.locator("[data-control=size]").click()
    large = _text_size(page)
    assert large > 1.3 * normal
    for address in (shipped.named("case"), shipped.named("home"), shipped.named("404")):
        page.goto(address)
        assert page.evaluate("early.size") == "2"
        assert _text_size(page) == large
        assert page.locator("[data-control=size]").inner_text() == "字号 特大"


def test_night_is_kept_and_there_from_the_start(visit: Visit, shipped: Site) -> None:
    page = visit("shipped:case", before=_watch)
    paper, ink = _lightness(page)
    assert paper > 0.9 and ink < 0.2
    button = page.locator("[data-control=scheme]")
    assert button.inner_text() == "夜读"
    button.click()
    for address in (None, shipped.named("case"), shipped.named("theme"), shipped.named("404")):
        if address:
            page.goto(address)
            assert page.evaluate("early.scheme") == "dark"
        paper, ink = _lightness(page)
        assert paper < 0.15 and ink > 0.8
        assert button.inner_text() == "日读"
    button.click()
    assert _lightness(page)[0] > 0.9


def test_a_late_setting_would_be_seen(visit: Visit) -> None:
    """Without its early script the page begins in the wrong size."""

    def before(page: Any) -> None:
        def change(route: Any) -> None:
            response = route.fetch()
            start, _, rest = response.text().partition("<script>")
            route.fulfill(response=response, body=start + rest.partition("</script>")[2])

        page.route("**/cases/**", change)
        page.add_init_script("localStorage['broadsheet-size'] = '2'")
        _watch(page)

    assert "size" not in visit("shipped:case", before=before).evaluate("early")


def test_the_system_decides_until_the_reader_does(visit: Visit) -> None:
    page = visit("shipped:case", NIGHT, fresh=True)
    paper, ink = _lightness(page)
    assert paper < 0.15 and ink > 0.8
    button = page.locator("[data-control=scheme]")
    assert button.inner_text() == "日读"
    button.click()
    page.reload()
    assert _lightness(page)[0] > 0.9
    page.emulate_media(color_scheme="light")
    assert _lightness(page)[0] > 0.9


def test_settings_work_with_the_keyboard(visit: Visit) -> None:
    page = visit("shipped:case", fresh=True)
    normal = _text_size(page)
    page.locator("[data-control=size]").focus()
    page.keyboard.press("Enter")
    assert _text_size(page) > normal
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert _lightness(page)[0] < 0.15


def test_settings_work_where_nothing_can_be_stored(visit: Visit) -> None:
    errors: list[str] = []

    def before(page: Any) -> None:
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.add_init_script(
            "Object.defineProperty(window, 'localStorage', { get() { throw new Error('no') } })"
        )

    page = visit("shipped:case", before=before)
    normal = _text_size(page)
    page.locator("[data-control=size]").click()
    page.locator("[data-control=scheme]").click()
    assert _text_size(page) > normal
    assert _lightness(page)[0] < 0.15
    assert errors == []


def test_nonsense_that_is_stored_does_no_harm(visit: Visit) -> None:
    def before(page: Any) -> None:
        page.add_init_script(
            "localStorage['broadsheet-size'] = '<9>'; localStorage['broadsheet-scheme'] = '7'"
        )

    page = visit("shipped:case", before=before)
    assert page.locator("[data-control=size]").inner_text() == "字号 标准"
    assert _lightness(page)[0] > 0.9


# -- Back and Forward -----------------------------------------------------------------------------


def test_back_returns_to_the_place_and_forward_to_the_case(visit: Visit) -> None:
    page = visit("states:publication-long", fresh=True)
    link = page.locator(".item-title a").nth(30)
    title = link.inner_text()
    link.scroll_into_view_if_needed()
    place = page.evaluate("scrollY")
    assert place > 500
    follow(page, link)
    assert page.locator("h1").inner_text() == title
    page.go_back()
    until(page, f"Math.abs(scrollY - {place}) < 2")
    page.go_forward()
    assert page.locator("h1").inner_text() == title


@pytest.mark.parametrize("keeps_pages", [False, True])
def test_a_setting_holds_on_the_way_back(visit: Visit, keeps_pages: bool) -> None:
    """Also where the browser keeps the page as it was left (the back/forward cache)."""
    page = visit("shipped:home", Mode(keeps_pages=keeps_pages), fresh=True)
    page.evaluate("window.kept = true")
    follow(page, page.locator(".column-name a").first)
    page.locator("[data-control=size]").click()
    page.locator("[data-control=scheme]").click()
    size, lightness = _text_size(page), _lightness(page)
    page.go_back(wait_until="commit")
    page.wait_for_selector("h1.masthead")
    assert bool(page.evaluate("window.kept")) == keeps_pages, "the browser did not do as asked"
    assert (_text_size(page), _lightness(page)) == (size, lightness)
    assert page.locator("[data-control=size]").inner_text() == "字号 大"
    assert page.locator("[data-control=scheme]").inner_text() == "日读"
