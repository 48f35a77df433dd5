"""Everyone can use every page: axe-core, structure, keyboard, targets."""

from __future__ import annotations

from typing import Any

import pytest
from browser_fixtures import looking_as
from browser_probes import (
    add_style,
    axe,
    focus_faults,
    outline_faults,
    slash_faults,
    small_targets,
    until,
)
from browser_sites import DESKTOP, DESKTOP_NIGHT, NIGHT, PAGES, PHONE, Mode, Visit
from browser_states import JOURNEY

from broadsheet.models import DEFAULT_THEMES

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser


MAIN_TARGETS = ":is(.menu, .controls, .pager, .turn, .letters, .directory, .more)"


@pytest.mark.parametrize("name", PAGES)
def test_everyone_can_use_it(visit: Visit, name: str) -> None:
    """All that is looked for on every page: to load one takes longer than to look at it."""
    page = visit(name)
    found = {
        "structure": outline_faults(page),
        "targets, phone": small_targets(page, 24) + small_targets(page, 44, MAIN_TARGETS),
    }
    for mode in (PHONE, NIGHT, DESKTOP_NIGHT, DESKTOP):
        looking_as(mode, page)
        night = mode.scheme == "dark"  # changes nothing but colours
        found[f"axe, {mode}"] = axe(page, ["cat.color"]) if night else axe(page)
    found["targets, desktop"] = small_targets(page, 24)
    found["slash"] = slash_faults(page)
    assert {what: faults for what, faults in found.items() if faults} == {}


def test_axe_would_find(visit: Visit) -> None:
    page = visit("shipped:case")
    add_style(page, ".prose p { color: #aaa } .menu a { padding: 0; line-height: 1; min-width: 0 }")
    page.evaluate(
        "document.querySelector('main').replaceWith(...document.querySelector('main').children)"
    )
    found = " ".join(axe(page))
    assert "color-contrast" in found
    assert "region" in found


def test_axe_would_find_faint_text_at_night(visit: Visit) -> None:
    page = visit("shipped:case", NIGHT)
    add_style(page, ".prose p { color: #555 }")
    assert "color-contrast" in " ".join(axe(page, ["cat.color"]))


@pytest.mark.parametrize(
    "change",
    [
        "document.documentElement.lang = 'en'",
        "document.querySelector('h1').outerHTML = '<h2>x</h2>'",
        "document.querySelector('.prose h2').outerHTML = '<h4>x</h4>'",
        "document.querySelector('footer').remove()",
        "document.querySelector('nav').removeAttribute('aria-label')",
    ],
)
def test_structure_would_fail(visit: Visit, change: str) -> None:
    page = visit("shipped:case")
    page.evaluate(change)
    assert outline_faults(page)


# -- keyboard -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["shipped:home", "states:rich", "shipped:404"])
def test_first_tab_is_the_skip_link(visit: Visit, name: str) -> None:
    page = visit(name)
    link = page.locator(".skip")
    assert link.bounding_box()["y"] < 0, "out of sight until it is needed"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    box = link.bounding_box()
    assert box["y"] >= 0 and box["x"] >= 0 and box["height"] >= 24
    page.keyboard.press("Enter")
    until(page, "document.activeElement.id === 'main'")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


@pytest.mark.parametrize("mode", [PHONE, NIGHT, DESKTOP, DESKTOP_NIGHT], ids=str)
@pytest.mark.parametrize("name", ["states:rich", "states:full", "states:many-older"])
def test_focus_goes_through_the_page_in_order_and_is_seen(
    visit: Visit, name: str, mode: Mode
) -> None:
    assert focus_faults(visit(name, mode)) == []


def test_focus_goes_through_the_home_page(visit: Visit) -> None:
    assert focus_faults(visit("shipped:home", DESKTOP)) == []


@pytest.mark.parametrize(
    "change",
    [
        "document.querySelector('.menu a').tabIndex = 3",
        "document.querySelector('.facts a').tabIndex = -1",
        "document.styleSheets[0].disabled = true",
    ],
)
def test_focus_would_fail(visit: Visit, change: str) -> None:
    page = visit("shipped:case")
    page.evaluate(change)
    assert focus_faults(page)


@pytest.mark.parametrize(
    "css",
    [
        "a:focus-visible { outline: none }",
        "a:focus-visible { outline-color: #eee }",
        "main::after { content: ''; position: fixed; inset: 50% 0 0; background: red; z-index: 9 }",
    ],
)
def test_unseen_focus_would_fail(visit: Visit, css: str) -> None:
    page = visit("shipped:case")
    add_style(page, css)
    assert focus_faults(page)


@pytest.mark.parametrize(
    "change",
    [
        "document.querySelector('input[name=q]').remove()",
        "document.querySelector('input[name=q]').hidden = true",
        "addEventListener('keydown', (event) => event.stopImmediatePropagation(), true)",
        "addEventListener('keydown', (event) => event.preventDefault(), true)",
        "document.querySelector('form[role=search]').action = '/'",
    ],
)
def test_a_slash_that_leads_nowhere_would_be_found(visit: Visit, change: str) -> None:
    page = visit("shipped:case")
    page.evaluate(change)
    assert slash_faults(page)


# -- targets --------------------------------------------------------------------------------------


def test_small_targets_would_be_found(visit: Visit) -> None:
    page = visit("shipped:case")
    add_style(page, ".menu a { line-height: 30px } .trail a { line-height: 20px }")
    assert any("主题" in target for target in small_targets(page, 44, MAIN_TARGETS))
    assert any("首页" in target for target in small_targets(page, 24))


# -- what is said ---------------------------------------------------------------------------------


def _journey(page: Any) -> list[tuple[str, str]]:
    """Label and the rest of each step, as they are read aloud."""
    steps = page.locator("ol.journey > li").evaluate_all(
        """steps => steps.map((step) => {
          const label = step.querySelector(".journey-label").textContent;
          return [label, step.textContent.replace(label, " ").replace(/\\s+/g, " ").trim()];
        })"""
    )
    return [(label, rest) for label, rest in steps]


def test_the_journey_is_an_ordered_list_from_proposal_to_verdict(visit: Visit) -> None:
    assert _journey(visit("states:full")) == JOURNEY


def test_a_journey_without_a_rating_ends_with_the_unit(visit: Visit) -> None:
    assert [label for label, _ in _journey(visit("states:unrated"))] == ["提案", "办理"]
    assert _journey(visit("states:bare")) == []


def test_themes_are_told_apart_by_their_character(visit: Visit) -> None:
    page = visit("shipped:themes")
    seals = page.locator("main .seal").all_inner_texts()
    assert len(seals) == len(set(seals)) == 6
    assert {len(seal) for seal in seals} == {1}


@pytest.mark.parametrize("name", ["shipped:home", "shipped:person", "states:many", "states:full"])
def test_the_theme_is_named_beside_its_seal(visit: Visit, name: str) -> None:
    """The seal itself is not read aloud."""
    names = [theme.name for theme in DEFAULT_THEMES]  # those of content/ too
    named = visit(name).locator(".item, .theme-name, .column-name")
    rows = named.evaluate_all(
        """rows => rows.map((row) => {
          const copy = row.cloneNode(true);
          copy.querySelectorAll("[aria-hidden=true]").forEach((hidden) => hidden.remove());
          return [row.querySelectorAll(".seal[aria-hidden=true]").length, copy.textContent];
        })"""
    )
    assert rows
    for seals, text in rows:
        assert seals == 1
        assert any(name in text for name in names), text
