"""Print: the case on paper, without what only screens need."""

from __future__ import annotations

import re
from typing import Any

import pytest
from browser_probes import add_style
from browser_sites import DESKTOP, NIGHT, Site, Visit
from browser_states import SITE_TITLE

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser


def _on_paper(page: Any) -> Any:
    page.emulate_media(media="print")
    return page


def _pages(pdf: bytes) -> int:
    assert pdf.startswith(b"%PDF-")
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def _pdf(page: Any) -> bytes:
    return page.pdf(prefer_css_page_size=True)


@pytest.mark.parametrize("name", ["shipped:case", "states:rich", "states:full", "shipped:about"])
def test_prints(visit: Visit, name: str) -> None:
    assert 1 <= _pages(_pdf(visit(name, DESKTOP))) <= 4


def test_pages_are_counted(visit: Visit) -> None:
    page = visit("shipped:case", DESKTOP)
    before = _pages(_pdf(page))
    add_style(page, "@media print { h2 { break-before: page } }")
    assert _pages(_pdf(page)) > before


def test_paper_is_a4(visit: Visit) -> None:
    box = re.search(rb"/MediaBox\s*\[([^\]]+)\]", _pdf(visit("shipped:case")))
    assert box
    assert [round(float(side)) for side in box[1].split()[2:]] == pytest.approx([595, 842], abs=1)


@pytest.mark.parametrize("name", ["shipped:case", "states:full"])
def test_navigation_stays_off_the_paper(visit: Visit, name: str) -> None:
    page = visit(name, DESKTOP)
    unwanted = page.locator("nav, .controls, .skip, .related")
    on_screen = sum(thing.is_visible() for thing in unwanted.all())
    assert on_screen >= 4
    _on_paper(page)
    left = [thing for thing in unwanted.all() if thing.is_visible()]
    assert [thing.evaluate("element => element.className") for thing in left] == []


def test_the_paper_says_what_it_is_and_where_it_comes_from(visit: Visit, states: Site) -> None:
    page = _on_paper(visit("states:full", DESKTOP))
    text = page.evaluate("document.body.innerText")
    (style,) = states.folder.glob("assets/style.*.css")
    running_head = style.read_text("utf-8").partition("@page")[2]
    assert SITE_TITLE in text or SITE_TITLE in running_head
    assert states.named("full") in text
    for needed in ("h1", ".byline", ".journey", ".prose", ".facts", ".address"):
        assert page.locator(needed).first.is_visible(), needed


def test_night_readers_print_black_on_white(visit: Visit) -> None:
    page = visit("shipped:case", NIGHT, fresh=True)
    page.evaluate("document.documentElement.dataset.scheme = 'dark'")
    style = "getComputedStyle(document.body)"
    colours = f"[{style}.backgroundColor, {style}.color]"
    assert page.evaluate(colours) != ["rgb(255, 255, 255)", "rgb(0, 0, 0)"]
    _on_paper(page)
    assert page.evaluate(colours) == ["rgb(255, 255, 255)", "rgb(0, 0, 0)"]


def test_the_text_on_paper_does_not_depend_on_the_screen(visit: Visit) -> None:
    """Nor on the size that the reader chose for it."""
    page = _on_paper(visit("shipped:case", DESKTOP))
    size = "getComputedStyle(document.querySelector('.prose p')).fontSize"
    before = page.evaluate(size)
    page.evaluate("document.documentElement.dataset.size = '2'")
    assert page.evaluate(size) == before
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate(size) == before
