"""The search page and the search box of the other pages, with an engine that does as it is told."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from browser_probes import (
    add_style,
    axe,
    bad_line_starts,
    focus_faults,
    outline_faults,
    small_targets,
    sticking_out,
    until,
)
from browser_sites import DESKTOP, DESKTOP_NIGHT, NARROW, NIGHT, PHONE, Mode, Site, Visit
from fake_search import install
from test_browser_load import SETTLE, WATCH

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser

Search = Callable[..., Any]
STATE = "document.querySelector('[data-search-state]').dataset.searchState"
DONE = "!Object.values(pending).some(Boolean)"  # results come in two halves, then the counts


@pytest.fixture
def search(browsers: Any, shipped: Site) -> Iterator[Search]:
    """`search("?q=…", mode, **fake)` opens the search page with an engine that is steered by `fake`.

    Whatever the page says on the console, or its policy refuses, fails the test.
    """
    complaints, pages = [], []
    with browsers.loans() as lend:

        def open_page(
            query: str = "",
            mode: Mode = DESKTOP,
            *,
            done: bool = True,
            for_good: bool = False,
            **fake: Any,
        ) -> Any:
            page = lend(mode, for_good=for_good)
            pages.append(page)
            page.add_init_script(WATCH)
            page.on("console", lambda message: complaints.append(message.text))
            page.on("pageerror", lambda error: complaints.append(str(error)))
            install(page, **fake)
            page.goto(shipped.url("/search/") + query)
            if done and query:
                until(page, f"{STATE} === 'done' && {DONE}")
            return page

        yield open_page
        refused = [line for page in pages for line in _refused(page)]
    assert complaints + refused == []


def _refused(page: Any) -> list[str]:
    return page.evaluate("window.refused ?? []")


def field(page: Any) -> Any:
    return page.locator("input[type=search][name=q]")


def answered(page: Any, q: str) -> None:
    """Wait for the results of `q`, all of them."""
    section = "document.querySelector('[data-search-state]').dataset"
    drawn = f"{section}.searchState === 'done' && {section}.searchQuery === {q!r}"
    until(page, f"{drawn} && !pending[{q!r}]")


def rested(page: Any) -> None:
    """Wait until the place that the page has been scrolled to is kept."""
    until(page, "Math.abs(history.state?.y - scrollY) < 1")


def stopped(page: Any) -> None:
    """From now on time passes in `page.clock.run_for` alone."""
    page.clock.install()
    page.clock.pause_at(page.evaluate("Date.now() + 1000"))


def titles(page: Any) -> list[str]:
    return page.locator("a[data-search-result]:visible").all_inner_texts()


def asked(page: Any) -> dict[str, list[str]]:
    """What the address says."""
    return parse_qs(urlsplit(page.url).query)


def status(page: Any) -> str:
    return page.locator("[role=status]").text_content()


def queries(page: Any) -> list[str]:
    return page.evaluate("asked.map(({ q }) => q)")


def facet(page: Any, name: str) -> Any:
    return page.locator(f"[data-facet={name}] a:visible")


# -- results --------------------------------------------------------------------------------------


def test_an_address_with_a_question_is_answered(search: Search) -> None:
    page = search("?q=低空")
    assert field(page).input_value() == "低空"
    assert len(titles(page)) == 10
    until(page, "document.querySelector('[role=status]').textContent === '找到 23 件'")
    section = page.locator("[data-search-state]")
    assert section.get_attribute("data-search-query") == "低空"
    assert page.title().startswith("低空 — 搜索")
    assert page.evaluate("window.base") == "/search/"


def test_a_result_has_the_shape_of_the_lists(search: Search) -> None:
    first = search("?q=低空").locator(".item").first
    assert first.locator("h2 a").inner_text() == "关于加大力度支持余杭区低空经济发展的建议"
    assert first.locator("h2 mark").all_inner_texts() == ["低空"]
    assert first.locator(".seal").inner_text() == "经"
    assert first.locator(".seal").get_attribute("aria-hidden") == "true"
    assert "经济发展" in first.text_content()
    assert first.locator(".snippet mark").all_inner_texts() == ["低空"]
    facts = first.locator(".item-facts").inner_text().replace("\u2060", "")
    assert facts == "赵爱丽等25位→区经信局·余杭区·2024"
    assert first.locator(".grade").text_content() == "等级A"
    assert search("?q=低空").locator(".item").nth(2).locator(".grade").is_hidden()


def test_a_result_leads_to_its_page_and_back(search: Search) -> None:
    page = search("?q=低空&page=2", case="yuhang-2024-008")
    before = titles(page)
    page.locator("a[data-search-result]").nth(7).scroll_into_view_if_needed()
    rested(page)
    place = page.evaluate("scrollY")
    assert place > 300
    page.locator("a[data-search-result]").nth(7).click()
    page.wait_for_selector(".case")
    page.go_back()
    answered(page, "低空")
    assert titles(page) == before
    until(page, f"Math.abs(scrollY - {place}) < 2")


def test_text_is_text(search: Search) -> None:
    page = search("?q=<img src=x onerror=alert(1)>", done=False)
    until(page, f"{STATE} === 'done'")
    assert page.locator("main img").count() == 0


def test_search_from_the_console(search: Search) -> None:
    page = search()
    answer = page.evaluate("siteSearch.query('低空', { limit: 3, filters: { theme: ['city'] } })")
    assert answer["total"] == 7
    assert [result["theme"] for result in answer["results"]] == ["city"] * 3
    assert {"id", "url", "title"} <= answer["results"][0].keys()
    assert page.evaluate("siteSearch.query('低空').then(({ results }) => results.length)") == 10


def test_pinyin_and_suggestions_are_told_and_not_applied(search: Search) -> None:
    page = search("?q=dikong", suggestions=["低空", "无人机"])
    until(page, "document.querySelector('[role=status]').textContent === '按拼音找到 23 件'")
    assert field(page).input_value() == "dikong"
    links = page.locator(".suggest a")
    assert links.all_inner_texts() == ["低空", "无人机"]
    links.nth(1).click()
    answered(page, "无人机")
    assert field(page).input_value() == "无人机" and asked(page) == {"q": ["无人机"]}
    page.go_back()
    answered(page, "dikong")


# -- writing --------------------------------------------------------------------------------------


def test_results_come_while_typing(search: Search) -> None:
    page = search()
    length = page.evaluate("history.length")
    field(page).press_sequentially("低空", delay=10)
    answered(page, "低空")
    assert queries(page)[-1] == "低空" and len(queries(page)) <= 3  # the first letter, then a pause
    assert asked(page) == {"q": ["低空"]}
    assert page.evaluate("history.length") == length
    field(page).press_sequentially(" ", delay=10)
    page.wait_for_timeout(150)
    assert queries(page).count("低空") == 1, "a blank at the end asks nothing new"


def test_a_count_is_read_out_when_typing_has_paused(search: Search) -> None:
    page = search()
    page.evaluate(
        """() => {
          window.heard = {};
          for (const part of ["[data-tally]", "[role=status]"]) {
            const element = document.querySelector(part);
            const hear = () => (heard[part] ??= element.textContent === "找到 23 件" ? performance.now() : undefined);
            new MutationObserver(hear).observe(element, { childList: true, characterData: true, subtree: true });
          }
        }"""
    )
    field(page).fill("低空")
    until(page, "document.querySelector('[role=status]').textContent === '找到 23 件'")
    assert page.locator("[data-tally]").inner_text() == "找到 23 件"
    assert page.evaluate("heard['[role=status]'] - heard['[data-tally]']") > 450


@pytest.mark.parametrize("stubborn", [False, True])
def test_a_slow_answer_never_replaces_a_newer_one(search: Search, stubborn: bool) -> None:
    """Also when the engine does not give up although it was told to."""
    page = search(delays={"低": 600}, stubborn=stubborn)
    field(page).fill("低")
    until(page, "pending['低']")
    field(page).fill("无人机")
    answered(page, "无人机")
    few = titles(page)
    until(page, "!pending['低']")
    assert queries(page)[-2:] == ["低", "无人机"]
    assert titles(page) == few and asked(page) == {"q": ["无人机"]}


def test_a_slow_error_never_replaces_a_newer_answer(search: Search) -> None:
    page = search(delays={"低": 400}, stubborn=True)
    field(page).fill("低")
    until(page, "pending['低']")
    field(page).fill("低空")
    answered(page, "低空")
    page.evaluate("fake.error = 'offline'")
    until(page, "!pending['低']")
    assert len(titles(page)) == 10


def test_nothing_is_asked_while_a_word_is_composed(search: Search) -> None:
    page = search()
    page.evaluate("asked.length = 0")
    compose = """([type, value]) => {
      const field = document.querySelector("input[name=q]");
      if (value) field.value = value;
      field.dispatchEvent(new CompositionEvent(type, { bubbles: true }));
      field.dispatchEvent(new InputEvent("input", { bubbles: true }));
    }"""
    field(page).focus()
    for step in (
        ["compositionstart", ""],
        ["compositionupdate", "di"],
        ["compositionupdate", "dik"],
    ):
        page.evaluate(compose, step)
        page.wait_for_timeout(120)
    assert queries(page) == [] and asked(page) == {}
    page.evaluate(compose, ["compositionend", "低空"])
    answered(page, "低空")
    assert queries(page) == ["低空"]


def test_what_was_typed_before_composing_waits_too(search: Search) -> None:
    page = search()
    page.evaluate("asked.length = 0")
    page.evaluate(
        """() => {
          const field = document.querySelector("input[name=q]");
          field.value = "低";
          field.dispatchEvent(new InputEvent("input", { bubbles: true }));
          field.dispatchEvent(new CompositionEvent("compositionstart", { bubbles: true }));
        }"""
    )
    page.wait_for_timeout(200)
    assert queries(page) == []


def test_what_was_typed_before_the_script_came_is_asked(search: Search, shipped: Site) -> None:
    page = search()
    page.route("**/search.*.js", lambda route: (page.wait_for_timeout(300), route.fallback()))
    page.goto(shipped.url("/search/"), wait_until="commit")
    field(page).fill("无人机")
    answered(page, "无人机")


# -- the address ----------------------------------------------------------------------------------


def test_enter_makes_a_place_to_come_back_to(search: Search) -> None:
    page = search("?q=低空")
    field(page).fill("无人机")
    answered(page, "无人机")
    field(page).press("Enter")
    answered(page, "无人机")
    assert asked(page) == {"q": ["无人机"]}
    page.go_back()
    answered(page, "低空")
    assert field(page).input_value() == "低空"
    page.go_forward()
    answered(page, "无人机")
    assert field(page).input_value() == "无人机"


def test_the_button_does_the_same(search: Search) -> None:
    page = search()
    field(page).fill("低空")
    page.locator(".ask button").click()
    answered(page, "低空")
    page.go_back()
    until(page, f"{STATE} === 'idle'")
    assert field(page).input_value() == "" and page.locator(".browse").is_visible()
    assert urlsplit(page.url).query == ""


def test_the_whole_state_stands_in_the_address(search: Search) -> None:
    query = "?q=低空&theme=economy&theme=city&year=2024&sort=date"
    page = search(query)
    last = page.evaluate("asked.at(-1)")
    assert last["filters"] == {"theme": ["economy", "city"], "year": ["2024"]}
    assert (last["sort"], last["offset"]) == ("date", 0)
    assert page.locator(".sort [aria-current=true]").inner_text() == "按日期"
    assert page.locator(".chosen span a").all_inner_texts() == [
        "主题：经济发展", "主题：城乡建设", "年份：2024",
    ]  # fmt: skip
    shown = titles(page)
    page.reload()
    answered(page, "低空")
    assert titles(page) == shown


def test_back_restores_filters_pages_and_scroll(search: Search) -> None:
    page = search("?q=低空")
    facet(page, "year").filter(has_text="2024").click()
    until(page, "document.querySelector('.tally').textContent.includes('找到 12 件')")
    assert asked(page) == {"q": ["低空"], "year": ["2024"]}
    page.evaluate("scrollTo(0, 400)")
    rested(page)
    page.locator(".pager [rel=next]").click()
    until(page, "document.querySelectorAll('[data-search-result]').length === 2")
    assert asked(page)["page"] == ["2"]
    assert page.evaluate("document.activeElement.className") == "results"
    box = page.locator(".results").bounding_box()
    assert -1 <= box["y"] < 60, "a page begins at its beginning"
    page.go_back()
    until(page, "document.querySelectorAll('[data-search-result]').length === 10")
    until(page, "Math.abs(scrollY - 400) < 2")
    assert asked(page) == {"q": ["低空"], "year": ["2024"]}
    page.go_back()
    until(page, "document.querySelector('.tally').textContent.includes('找到 23 件')")
    assert asked(page) == {"q": ["低空"]} and page.locator(".chosen").is_hidden()


def test_pages_of_ten(search: Search) -> None:
    page = search("?q=低空")
    back, forth = page.locator(".pager [rel=prev]"), page.locator(".pager [rel=next]")
    assert back.is_hidden() and page.locator(".pager-number").inner_text() == "第 1 页，共 3 页"
    forth.click()
    until(page, "asked.at(-1).offset === 10")
    answered(page, "低空")
    assert back.is_visible()
    forth.click()
    until(page, "document.querySelectorAll('[data-search-result]').length === 3")
    assert forth.is_hidden()
    assert search("?q=无人机").locator(".pager").is_hidden()


def test_a_page_beyond_the_end_is_the_last(search: Search) -> None:
    page = search("?q=低空&page=99")
    assert len(titles(page)) == 3 and asked(page)["page"] == ["3"]


@pytest.mark.parametrize(
    "query", ["?q=低空&page=x", "?q=低空&page=-3", "?q=%20低空%20", "?q=低空&utm_source=a"]
)
def test_a_strange_address_does_no_harm(search: Search, query: str) -> None:
    page = search(query)
    assert page.locator("[data-search-state]").get_attribute("data-search-query") == "低空"
    assert len(titles(page)) == 10


def test_an_anchor_is_no_question(search: Search) -> None:
    page = search("?q=低空")
    page.locator(".skip").focus()
    page.keyboard.press("Enter")
    until(page, "document.activeElement.id === 'main'")
    page.wait_for_timeout(200)
    assert queries(page) == ["低空"] and page.evaluate("document.activeElement.id") == "main"


def test_sorted_by_date(search: Search) -> None:
    page = search("?q=低空")
    before = titles(page)
    page.locator("[data-sort=date]").click()
    until(page, "asked.at(-1).sort === 'date'")
    answered(page, "低空")
    assert titles(page) != before and asked(page)["sort"] == ["date"]


def test_a_result_in_a_new_tab_leaves_the_page_alone(search: Search) -> None:
    page = search("?q=低空")
    with page.context.expect_page() as opened:
        page.locator(".pager [rel=next]").click(modifiers=["ControlOrMeta"])
    opened.value.close()
    assert asked(page) == {"q": ["低空"]}


# -- filters --------------------------------------------------------------------------------------


def test_small_counts_show_unasked_beside_the_results(search: Search) -> None:
    page = search("?q=低空", bytes=4096)
    until(page, "document.querySelectorAll('[data-facet=theme] a').length === 3")
    assert facet(page, "theme").all_inner_texts() == ["经济发展\n8", "民生保障\n8", "城乡建设\n7"]
    assert "同一个等级，意思也不同" in page.locator(".facets").inner_text()


@pytest.mark.parametrize(("mode", "size"), [(DESKTOP, 4097), (PHONE, 900)], ids=str)
def test_other_counts_wait_until_the_reader_opens_them(
    search: Search, mode: Mode, size: int
) -> None:
    page = search("?q=低空", mode, bytes=size)
    page.wait_for_timeout(150)
    assert page.evaluate("counted") == [] and not facet(page, "theme").count()
    page.locator(".facets summary").click()
    until(page, "document.querySelectorAll('[data-facet=theme] a').length === 3")


def test_a_filter_is_put_in_and_taken_out(search: Search) -> None:
    page = search("?q=低空")
    facet(page, "theme").filter(has_text="城乡建设").click()
    until(page, "document.querySelector('.tally').textContent.includes('找到 7 件')")
    chosen = page.locator("[data-facet=theme] [aria-current=true]")
    until(page, "counted.at(-1).filters.theme?.[0] === 'city'")
    assert chosen.inner_text() == "城乡建设\n7"
    assert page.evaluate("document.activeElement.textContent") == "城乡建设7", "focus stays"
    facet(page, "theme").filter(has_text="经济发展").click()
    until(page, "document.querySelector('.tally').textContent.includes('找到 15 件')")
    page.locator(".chosen span a", has_text="城乡建设").click()
    until(page, "document.querySelector('.tally').textContent.includes('找到 8 件')")
    assert asked(page)["theme"] == ["economy"]
    page.locator(".unfilter").click()
    until(page, "document.querySelector('.tally').textContent.includes('找到 23 件')")
    assert asked(page) == {"q": ["低空"]}


def test_many_units_are_folded(search: Search) -> None:
    page = search("?q=低空&unit=区统计局（余杭区）")
    until(page, "document.querySelectorAll('[data-facet=unit] a').length === 16")
    assert facet(page, "unit").count() == 13, "twelve, and the chosen one"
    page.locator("[data-facet=unit] .whole").click()
    assert facet(page, "unit").count() == 16
    assert page.locator(".whole:visible").count() == 0


def test_filters_alone_show_what_there_is(search: Search) -> None:
    page = search("?theme=city")
    assert len(titles(page)) == 7
    assert page.locator(".chosen span a").all_inner_texts() == ["主题：城乡建设"]


def test_results_stand_without_counts(search: Search) -> None:
    page = search("?q=低空", PHONE)
    page.evaluate("fake.error = 'offline'")
    page.locator(".facets summary").click()
    until(page, f"counted.length > 0 && {DONE}")
    assert len(titles(page)) == 10


# -- nothing found, errors ------------------------------------------------------------------------


def test_nothing_found_helps_on(search: Search) -> None:
    page = search("?q=没有的", suggestions=["低空"])
    assert page.locator(".notice:visible h2").inner_text() == "没有找到"
    assert titles(page) == [] and page.locator(".browse").is_visible()
    until(page, "document.querySelector('[role=status]').textContent === '没有找到'")
    addresses = page.locator(".browse a").evaluate_all("links => links.map((a) => a.pathname)")
    assert {"/themes/economy/", "/publications/yuhang-2024/", "/people/", "/units/"} <= set(
        addresses
    )
    page.locator(".suggest a").click()
    answered(page, "低空")
    assert page.locator(".browse").is_hidden()


def test_offline_says_so_and_comes_back_by_itself(search: Search) -> None:
    page = search("?q=低空", done=False, error="offline")
    until(page, f"{STATE} === 'error'")
    assert page.locator(".notice:visible h2").inner_text() == "没有连上网络"
    until(page, "document.querySelector('[role=status]').textContent === '没有连上网络'")
    page.evaluate("delete fake.error; dispatchEvent(new Event('online'))")
    answered(page, "低空")
    assert page.locator(".notice:visible").count() == 0


def test_offline_tries_again_slower_each_time(search: Search) -> None:
    page = search(for_good=True)  # no clock is set back
    until(page, "window.asked?.length === 1")
    stopped(page)
    page.evaluate("fake.error = 'offline'")
    field(page).fill("低空")
    for pause, tries in ((100, 1), (1800, 1), (200, 2), (3800, 2), (200, 3), (7800, 3), (200, 4)):
        page.clock.run_for(pause)
        assert queries(page).count("低空") == tries
    page.evaluate("delete fake.error")
    page.clock.run_for(17_000)
    assert len(titles(page)) == 10


def test_a_new_question_ends_the_retries(search: Search) -> None:
    page = search(for_good=True)
    until(page, "window.asked?.length === 1")
    stopped(page)
    page.evaluate("fake.error = 'offline'")
    field(page).fill("低空")
    page.clock.run_for(100)
    until(page, f"{STATE} === 'error'")
    page.evaluate("delete fake.error")
    field(page).fill("无人机")
    page.clock.run_for(1000)
    answered(page, "无人机")
    page.clock.run_for(20_000)
    assert queries(page) == ["", "低空", "无人机"]


def test_the_reader_may_try_again(search: Search) -> None:
    page = search(for_good=True)
    until(page, "window.asked?.length === 1")
    stopped(page)  # else it tries again by itself
    page.evaluate("fake.error = 'offline'")
    field(page).fill("低空")
    page.clock.run_for(100)
    page.locator(".again:visible").wait_for()
    page.evaluate("delete fake.error")
    page.locator(".again:visible").click()
    page.clock.run_for(100)
    answered(page, "低空")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("unsupported", "这个浏览器不能在这里查找"),
        ("missing", "现在查不了"),
        ("broken", "现在查不了"),
    ],
)
def test_other_errors_show_the_lists(search: Search, kind: str, words: str) -> None:
    page = search("?q=低空", done=False, error=kind)
    until(page, f"{STATE} === 'error'")
    assert page.locator(".notice:visible h2").inner_text() == words
    assert page.locator(".browse").is_visible()


def test_an_error_keeps_the_results_of_no_other_question(search: Search) -> None:
    page = search("?q=低空")
    page.evaluate("fake.error = 'offline'")
    field(page).fill("无人机")
    until(page, f"{STATE} === 'error'")
    assert titles(page) == []


def test_without_its_script_the_page_shows_the_lists(browsers: Any, shipped: Site) -> None:
    context = browsers.new_context(PHONE)
    page = context.new_page()
    page.route("**/search.*.js", lambda route: route.abort())
    page.goto(shipped.url("/search/?q=低空"))
    until(page, "document.documentElement.dataset.asked === 'in vain'")
    assert page.locator(".browse").is_visible() and page.locator(".unscripted").is_visible()
    context.close()


def test_without_scripts_the_page_shows_the_lists(visit: Visit) -> None:
    page = visit("shipped:search", Mode(scripts=False))
    assert "要用到脚本" in page.locator("main").inner_text()
    assert field(page).is_hidden() and page.locator(".facets").is_hidden()
    for address in ("/themes/economy/", "/publications/yuhang-2024/", "/people/", "/units/"):
        assert page.locator(f".browse a[href='{address}']").is_visible()


# -- keyboard -------------------------------------------------------------------------------------


def test_arrows_go_through_field_and_results(search: Search) -> None:
    page = search("?q=低空", case="yuhang-2024-008")
    place = """() => [...document.querySelectorAll("input[name=q], [data-search-result]")]
      .indexOf(document.activeElement)"""
    field(page).focus()
    places = []
    for key in ("ArrowDown", "ArrowDown", "ArrowUp", "ArrowUp", "ArrowUp", "ArrowDown"):
        page.keyboard.press(key)
        places.append(page.evaluate(place))
    assert places == [1, 2, 1, 0, 0, 1]
    page.keyboard.press("Escape")
    assert page.evaluate(place) == 0 and field(page).input_value() == "低空"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector(".case")


def test_arrows_stop_at_the_last_result(search: Search) -> None:
    page = search("?q=低空&page=3")
    field(page).focus()
    for _ in range(5):
        page.keyboard.press("ArrowDown")
    last = (
        "document.activeElement === [...document.querySelectorAll('[data-search-result]')].at(-1)"
    )
    assert page.evaluate(last)


def test_escape_clears_the_field(search: Search) -> None:
    page = search("?q=低空")
    field(page).press("Escape")
    until(page, f"{STATE} === 'idle'")
    assert field(page).input_value() == "" and asked(page) == {}
    assert page.locator(".browse").is_visible() and titles(page) == []
    assert status(page).startswith("找到") or status(page).startswith("全站")


def test_the_keys_of_a_composition_are_its_own(search: Search) -> None:
    page = search("?q=低空")
    field(page).focus()
    page.evaluate(
        """document.activeElement.dispatchEvent(
          new KeyboardEvent("keydown", { key: "ArrowDown", bubbles: true, isComposing: true }))"""
    )
    assert page.evaluate("document.activeElement.name") == "q"


def test_a_slash_with_another_key_is_not_ours(visit: Visit) -> None:
    page = visit("shipped:case", fresh=True)
    page.keyboard.press("Control+/")
    assert page.evaluate("document.activeElement.name") is None


@pytest.mark.parametrize("scripts", [True, False])
def test_the_box_of_every_page_leads_to_the_search(
    visit: Visit, scripts: bool, shipped: Site
) -> None:
    page = visit("states:home", Mode(scripts=scripts), fresh=True)
    field(page).fill("低空 经济")
    field(page).press("Enter")
    page.wait_for_url("**/paper/search/?q=*")
    assert asked(page) == {"q": ["低空 经济"]}


# -- how it looks ---------------------------------------------------------------------------------

LONG = (
    "?q=低空&theme=economy&theme=city&theme=livelihood&year=2024&year=2023&publication=yuhang-2024"
)
VIEWS = [("", {}), (LONG, {"suggestions": ["低空经济", "无人机"]}), ("?q=没有的&year=2024", {}), ("?q=x", {"error": "offline"})]  # fmt: skip
views = pytest.mark.parametrize(("query", "fake"), VIEWS, ids=["idle", "found", "empty", "error"])


def settled(search: Search, query: str, mode: Mode, fake: dict[str, Any]) -> Any:
    page = search(query, mode, done=False, **fake)
    until(page, f"['done', 'error', 'idle'].includes({STATE})")
    page.locator(".facets").evaluate("facets => facets.open = true")
    if not fake.get("error"):
        until(page, f"counted.length > 0 && {DONE}")
    return page


@views
def test_axe_finds_nothing(search: Search, query: str, fake: dict[str, Any]) -> None:
    page = settled(search, query, PHONE, fake)
    found = {}
    for mode in (PHONE, NIGHT, DESKTOP_NIGHT, DESKTOP):
        page.set_viewport_size({"width": mode.width, "height": mode.height})
        page.emulate_media(color_scheme=mode.scheme)
        found[str(mode)] = axe(page, ["cat.color"]) if mode.scheme == "dark" else axe(page)
    assert not any(found.values()), found
    assert outline_faults(page) == []


@views
def test_fits_320_px(search: Search, query: str, fake: dict[str, Any]) -> None:
    page = settled(search, query, NARROW, fake)
    found = []
    for size in "012":
        page.evaluate("size => document.documentElement.dataset.size = size", size)
        found += sticking_out(page)
    assert found + bad_line_starts(page) == []
    page = settled(search, query, Mode(text=32), fake)
    assert sticking_out(page) == []


@views
@pytest.mark.parametrize("mode", [PHONE, DESKTOP], ids=str)
def test_targets_and_focus(search: Search, mode: Mode, query: str, fake: dict[str, Any]) -> None:
    page = settled(search, query, mode, fake)
    assert small_targets(page, 24) == []
    if mode == PHONE:
        main = ":is(.pager, .chosen, .facets, .sort, .suggest, .ask, .notice)"
        assert small_targets(page, 44, main) == []
    assert focus_faults(page) == []


@pytest.mark.parametrize("mode", [PHONE, DESKTOP], ids=str)
@pytest.mark.parametrize("query", ["", "?q=低空", LONG, "?q=没有的", "?q=低空&page=2"])
def test_nothing_moves_while_results_come(search: Search, mode: Mode, query: str) -> None:
    page = search(query, mode, delays={"低空": 300, "bytes": 200, "counts 低空": 200})
    page.wait_for_timeout(700)
    page.evaluate(SETTLE)
    assert page.evaluate("shifts") == []


def test_nothing_moves_while_typing(search: Search) -> None:
    """Shifts within half a second after a key do not count; these come later."""
    page = search("", PHONE, delays={"低空": 900, "没有的": 900})
    for words in ("低空", "没有的", "低空"):
        field(page).fill(words)
        answered(page, words)
    assert page.evaluate("shifts") == []


def test_a_move_would_be_seen(search: Search) -> None:
    page = search("?q=低空")
    add_style(page, ".results { padding-top: 300px }")
    until(page, "shifts.length > 0")


@pytest.mark.parametrize("mode", [DESKTOP, DESKTOP_NIGHT], ids=str)
def test_the_marker_can_be_read(search: Search, mode: Mode) -> None:
    page = search("?q=低空", mode)
    contrast = page.locator("mark").first.evaluate(
        """mark => {
          const light = (color) => {
            const parts = color.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255)
              .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
            return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
          };
          const { color, backgroundColor } = getComputedStyle(mark);
          const [a, b] = [color, backgroundColor].map(light);
          return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        }"""
    )
    assert contrast >= 4.5


def test_results_are_printed_without_the_controls(search: Search) -> None:
    page = search("?q=低空")
    page.emulate_media(media="print")
    assert page.locator(".item").first.is_visible()
    for part in (".ask", ".facets", ".pager", ".sort"):
        assert page.locator(part).is_hidden()


# -- what is sent ---------------------------------------------------------------------------------


def test_every_script_is_asked_for_at_once(shipped: Site) -> None:
    html = (shipped.folder / "search/index.html").read_text("utf-8")
    preloaded = set(re.findall(r'rel="modulepreload" href="/([^"]+)"', html))
    here = {f"assets/{path.name}" for path in (shipped.folder / "assets").glob("search.*.js")}
    assert preloaded == here
