"""Pages fit every screen and read well in Chinese; nothing moves while a page loads."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import Any

import pytest
from browser_fixtures import missing
from browser_probes import add_style, bad_line_starts, sticking_out, widths_of
from browser_sites import DESKTOP, NARROW, PAGES, PHONE, Mode, Site, Visit

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser

PROSE = ["shipped:case", "shipped:about", "shipped:publication", "states:rich", "states:bare"]


# -- nothing sticks out ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", PAGES)
def test_fits_320_px_at_every_text_size_and_no_line_begins_with_a_mark(
    visit: Visit, name: str
) -> None:
    page = visit(name, NARROW)
    found = {f"marks, {NARROW}": bad_line_starts(page)}
    for size in "012":
        page.evaluate("size => document.documentElement.dataset.size = size", size)
        found[f"sticks out, size {size}"] = sticking_out(page)
    page.evaluate("delete document.documentElement.dataset.size")
    page.set_viewport_size({"width": PHONE.width, "height": PHONE.height})
    found[f"marks, {PHONE}"] = bad_line_starts(page)
    assert {what: faults for what, faults in found.items() if faults} == {}


def test_every_shipped_page_fits_320_px(visit: Visit, shipped: Site) -> None:
    page = visit("shipped:home", NARROW)
    wide = []
    for planned in shipped.pages:
        if planned.template.endswith(".html"):
            page.goto(shipped.url(planned.address), wait_until="domcontentloaded")
            wide += [f"{planned.address} {fault}" for fault in sticking_out(page)]
    assert wide == []


@pytest.mark.parametrize("name", PAGES)
def test_fits_when_the_reader_has_32_px_text(visit: Visit, name: str) -> None:
    page = visit(name, Mode(text=32))
    found = {PHONE.width: sticking_out(page)}
    page.set_viewport_size({"width": DESKTOP.width, "height": DESKTOP.height})
    found[DESKTOP.width] = sticking_out(page)
    assert not any(found.values()), found


@pytest.mark.parametrize("selector", [".prose p", "h1", ".menu a", ".item-facts", "button"])
def test_text_doubles_when_the_reader_doubles_it(visit: Visit, selector: str) -> None:
    sizes = [
        visit("shipped:case", mode)
        .locator(selector)
        .first.evaluate("element => parseFloat(getComputedStyle(element).fontSize)")
        for mode in (PHONE, Mode(text=32))
    ]
    assert sizes[1] == pytest.approx(2 * sizes[0], rel=0.01)


@pytest.mark.parametrize(
    "css",
    [
        "h1 { min-width: 15em }",
        ".facts { width: 400px }",
        ".prose { position: relative; left: -40px }",
        "html { overflow-x: hidden } .prose p { width: 30em }",
    ],
)
def test_overflow_would_be_found(visit: Visit, css: str) -> None:
    page = visit("states:rich", NARROW)
    add_style(page, css)
    assert sticking_out(page)


def test_a_wide_table_scrolls_by_itself(visit: Visit) -> None:
    table = visit("states:rich", NARROW).locator(".table")
    assert table.evaluate("table => table.scrollWidth > table.clientWidth")
    assert table.evaluate("table => { table.scrollLeft = 40; return table.scrollLeft }") == 40


# -- reading well ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def _chinese_font() -> None:
    command = ["fc-list", ":lang=zh-cn", "family"]
    if shutil.which("fc-list") and not subprocess.check_output(command):
        missing("no Chinese font on this machine (Debian: fonts-noto-cjk)")


@pytest.mark.usefixtures("_chinese_font")
@pytest.mark.parametrize("selector", ["h1", ".prose p", ".prose li", ".item-title"])
@pytest.mark.parametrize("mode", [PHONE, DESKTOP], ids=str)
def test_curly_quotes_are_one_em_wide(visit: Visit, selector: str, mode: Mode) -> None:
    """Where no other mark stands beside them: marks in a row are set closer."""
    page = visit("states:full", mode)
    page.locator(selector).first.evaluate(
        "element => element.textContent = '他把“老人、孩子”的话说成“难事”二字'"
    )
    widths = widths_of(page, selector, "“”")
    assert len(widths) == 4
    assert widths == pytest.approx([1] * 4, rel=0.02)


@pytest.mark.usefixtures("_chinese_font")
def test_narrow_quotes_would_be_found(visit: Visit) -> None:
    page = visit("states:full")
    add_style(page, "h1 { font-family: 'DejaVu Sans', 'Liberation Sans', sans-serif }")
    page.locator("h1").evaluate("h1 => { h1.lang = 'en'; h1.textContent = '他说“难事”二字' }")
    assert max(widths_of(page, "h1", "“”")) < 0.98


def _paragraphs(page: Any) -> list[dict[str, float]]:
    """Each paragraph, in em: measure, line height, indent, distance to the one before."""
    return page.locator(".prose section > p").evaluate_all(
        """paragraphs => paragraphs.map((p) => {
          const style = getComputedStyle(p), em = parseFloat(style.fontSize);
          const box = p.getBoundingClientRect(), before = p.previousElementSibling;
          const first = document.createRange();
          first.selectNodeContents(p);
          const after = before?.matches("p") ? before.getBoundingClientRect().bottom : box.top;
          return {
            measure: (p.clientWidth - parseFloat(style.paddingLeft) * 2) / em,
            height: parseFloat(style.lineHeight) / em,
            indent: (first.getClientRects()[0].left - box.left) / em,
            gap: (box.top - after) / em,
          };
        })"""
    )


@pytest.mark.parametrize("name", PROSE)
def test_text_is_set_to_be_read(visit: Visit, name: str) -> None:
    wide, narrow = (_paragraphs(visit(name, mode)) for mode in (DESKTOP, PHONE))
    assert wide
    assert len(wide) == len(narrow)
    for paragraph in wide:
        assert 34 <= paragraph["measure"] <= 40
    for paragraph in (*wide, *narrow):
        assert 1.75 <= paragraph["height"] <= 1.9
        assert paragraph["indent"] == pytest.approx(2, abs=0.05)
        assert paragraph["gap"] == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize(
    "css",
    [
        ".has-journey { display: block } .case-body, .prose { max-width: 42em }",
        ".case-body { max-width: 30em }",
        ".prose p { line-height: 1.7 }",
        ".prose p { text-indent: 0 }",
        ".prose p + p { margin-top: 1em }",
    ],
)
def test_badly_set_text_would_be_found(visit: Visit, css: str) -> None:
    def restyled(name: str, mode: Mode) -> Any:
        page = visit(name, mode)
        add_style(page, css)
        return page

    with pytest.raises(AssertionError):
        test_text_is_set_to_be_read(restyled, "states:rich")


def test_nothing_sticks_out_of_its_column(visit: Visit) -> None:
    assert sticking_out(visit("states:full", DESKTOP)) == []


def test_a_line_that_begins_with_a_mark_would_be_found(visit: Visit) -> None:
    page = visit("states:rich", NARROW)
    add_style(page, ".prose p { line-break: anywhere }")
    page.locator(".prose p").first.evaluate("p => p.textContent = '字、'.repeat(80)")
    assert bad_line_starts(page)


def test_a_headline_does_not_break_inside_a_latin_word(visit: Visit) -> None:
    headline = visit("states:latin").locator("h1").inner_html()
    assert "<wbr>" in headline
    assert not re.search(r"[A-Za-z0-9]<wbr>[A-Za-z0-9]", headline)


@pytest.mark.parametrize("mode", [NARROW, PHONE, DESKTOP], ids=str)
def test_the_last_line_of_a_headline_is_not_one_character(visit: Visit, mode: Mode) -> None:
    h1 = visit("states:long-title", mode).locator("h1")
    lines = h1.evaluate(
        """h1 => {
          const range = document.createRange();
          range.selectNodeContents(h1);
          const lines = new Map();
          for (const box of range.getClientRects())
            lines.set(box.top, (lines.get(box.top) || 0) + box.width);
          const em = parseFloat(getComputedStyle(h1).fontSize);
          return [...lines.values()].map((width) => width / em);
        }"""
    )
    assert len(lines) > 1
    assert lines[-1] >= 2
