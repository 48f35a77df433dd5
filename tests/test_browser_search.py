"""Exactness: Whoosh over our codec, the browser's module in a real Chromium, and brute force agree."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from browser_sites import DESKTOP, ROOT
from helpers import make_site
from hypothesis import example, given, settings
from hypothesis import strategies as st
from search_oracle import Oracle
from search_sites import PIECES, Asked, Place, placed, queries, small_corpus

from benchmarks.corpus import write_corpus
from broadsheet.search import answer, coding

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser

# the page answers a list of queries; whatever does not answer in time is an error, too
ASK = """async (list) => {
  const answers = [];
  for (const [q, options] of list) {
    const late = new Promise((_, no) => setTimeout(() => no(new Error("late")), 8000));
    try {
      const { total, results, pinyin, words } = await Promise.race([siteSearch.query(q, options), late]);
      answers.push({ total, ids: results.map((one) => one.id), pinyin, words });
    } catch (error) {
      answers.push({ error: error.kind ?? String(error) });
    }
  }
  return answers;
}"""
ALL = {"limit": 10_000}
Pages = Callable[..., Any]


@pytest.fixture(scope="module")
def shipped_place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with placed(tmp_path_factory.mktemp("shipped"), ROOT / "content") as place:
        yield place


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    root = tmp_path_factory.mktemp("generated")
    write_corpus(root / "content", 150)
    with placed(root, base="/some/path/") as place:
        yield place


@pytest.fixture
def search(browsers: Any) -> Iterator[Pages]:
    """`search(place)` opens the search page in a browser that has been nowhere before."""
    contexts = []

    def open_page(place: Place, query: str = "", before: Callable[[Any], object] = id) -> Any:
        context = browsers.new_context(DESKTOP)
        contexts.append(context)
        page = context.new_page()
        before(page)
        page.goto(f"{place.host.url}search/{query}")
        page.wait_for_function("window.siteSearch")
        return page

    yield open_page
    for context in contexts:
        context.close()


def ask(page: Any, asked: list[str], **options: Any) -> list[dict[str, Any]]:
    return page.evaluate(ASK, [[text, ALL | options] for text in asked])


def whoosh(place: Place, text: str, filters: Any = None) -> tuple[list[str], answer.Answer]:
    found = place.searcher.search(text, 10_000, filters)
    return [hit.id for hit in found.hits], found


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Marks and snippets are looked at elsewhere."""
    monkeypatch.setattr(answer, "locate", lambda text, words: [])


def check(place: Place, asked: list[Asked], answers: list[dict[str, Any]]) -> int:
    """All three agree on each query; returns how many have found something."""
    found = 0
    for one, said in zip(asked, answers, strict=True):
        exact = place.oracle.find(one.wanted, one.unwanted)
        ids, whooshed = whoosh(place, one.text)
        context = f"{one} browser {said} whoosh {ids} exact {sorted(exact)}"
        assert "error" not in said, context
        assert said["ids"] == ids, context
        assert said["total"] == whooshed.total == len(ids) == len(set(ids)), context
        assert said["pinyin"] == whooshed.pinyin, context
        if whooshed.pinyin:
            assert not exact and re.search(r"[a-z]{2}", one.text, re.IGNORECASE), context
        else:
            assert set(ids) == exact, context
        found += bool(exact)
    return found


# -- three ways to the same answer ----------------------------------------------------------------


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(("name", "count"), [("shipped_place", 500), ("generated", 500)])
def test_three_ways_agree(
    name: str, count: int, search: Pages, request: pytest.FixtureRequest
) -> None:
    place: Place = request.getfixturevalue(name)
    asked = queries(place.oracle, Random(1), count)
    found = check(place, asked, ask(search(place), [one.text for one in asked]))
    assert count * 0.5 < found < count * 0.95  # both answers are common


@pytest.mark.usefixtures("quick")
@settings(max_examples=8)
@given(
    alphabet=st.lists(st.sampled_from(PIECES), min_size=1, max_size=6, unique=True),
    seed=st.integers(0, 10**6),
    longest=st.sampled_from([coding.OWN_FILE, 60]),
)
@example(alphabet=["人"], seed=1, longest=60)
@example(alphabet=["人", "民"], seed=2, longest=coding.OWN_FILE)
@example(alphabet=["人", "大", "会", "，"], seed=3, longest=60)
@example(alphabet=["臺", "台", "e\u0301", "\U0002895b", "𠮷"], seed=4, longest=coding.OWN_FILE)
@example(alphabet=["5", "Ｇ", ".", "14486.59", "网", " "], seed=5, longest=60)
def test_three_ways_agree_where_few_pieces_repeat(
    alphabet: list[str], seed: int, longest: int, search: Pages, tmp_path_factory: Any
) -> None:
    random = Random(seed)
    root = make_site(tmp_path_factory.mktemp("small"), small_corpus(alphabet, random))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(coding, "OWN_FILE", longest)  # bits: short ones in files of their own, too
        with placed(root, base="/x/") as place:
            asked = queries(place.oracle, random, 90)
            page = search(place)
            check(place, asked, ask(page, [one.text for one in asked]))
            page.context.close()
