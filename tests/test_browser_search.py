"""Exactness: Whoosh over our codec, the browser's module in a real Chromium, and brute force agree."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

import pytest
from browser_probes import until
from browser_sites import DESKTOP, ROOT
from helpers import make_site
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from search_oracle import FACETS, Filters, Known, fold, split
from search_sites import (
    PIECES,
    PUBLICATIONS,
    Asked,
    Place,
    placed,
    queries,
    small_case,
    small_corpus,
)

from benchmarks.corpus import write_corpus
from broadsheet.search import answer, coding, folding, pieces
from broadsheet.search.coding import encode_names
from broadsheet.search.layout import Layout, mix_one, term_of
from broadsheet.search.query import locate, understand
from broadsheet.search.sounds import grams

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser

# the page answers a list of queries; one that is not answered in time is an error, too
ASK = """async ([list, atOnce]) => {
  const answer = async ([q, options]) => {
    const late = new Promise((_, no) => setTimeout(() => no(new Error("late")), 90000));
    try {
      const { total, results, pinyin } = await Promise.race([siteSearch.query(q, options), late]);
      return { total, ids: results.map((one) => one.id), pinyin };
    } catch (error) {
      return { error: error.kind ?? String(error) };
    }
  };
  if (atOnce) return Promise.all(list.map(answer));
  const answers = [];
  for (const one of list) answers.push(await answer(one));
  return answers;
}"""
ALL = {"limit": 10_000}
Pages = Callable[..., Any]
Said = dict[str, Any]


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


HARD = ["人", "民", "大", "网", "5", "G", "醫", "医", "，", " ", "𠮷", "é", "ab"]


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Cases of three publications that have much in common."""
    root = make_site(tmp_path_factory.mktemp("mixed"), small_corpus(HARD, Random(7), 40))
    with placed(root, base="/x/") as place:
        yield place


@pytest.fixture
def search(browsers: Any) -> Iterator[Pages]:
    """`search(place)` opens the search page in a browser that has been nowhere before."""
    with browsers.loans() as lend:

        def open_page(place: Place, query: str = "", before: Callable[[Any], object] = id) -> Any:
            page = lend(DESKTOP)
            before(page)
            page.goto(f"{place.host.url}search/{query}")
            ready(page)
            return page

        yield open_page


@pytest.fixture
def one_search(browsers: Any) -> Iterator[Pages]:
    """`one_search(place)` opens the search page of a place that is new in a page that is not."""
    with browsers.loans() as lend:
        page = lend(DESKTOP)

        def open_page(place: Place) -> Any:
            page.goto(f"{place.host.url}search/")
            ready(page)
            return page

        yield open_page


def ready(page: Any) -> None:
    until(page, "window.siteSearch")


def ask(page: Any, asked: list[str], *, at_once: bool = False, **options: Any) -> list[Said]:
    return ask_all(page, [(text, options) for text in asked], at_once=at_once)


def ask_all(page: Any, asked: list[tuple[str, Said]], *, at_once: bool = False) -> list[Said]:
    return page.evaluate(ASK, [[[text, ALL | options] for text, options in asked], at_once])


def whoosh(place: Place, text: str, filters: Filters | None = None) -> Said:
    """What the browser should say, by Whoosh."""
    found = place.searcher.search(text, 10_000, filters)
    assert found.total == len(found.hits)
    return {"total": found.total, "ids": [hit.id for hit in found.hits], "pinyin": found.pinyin}


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Marks and snippets are looked at elsewhere."""
    monkeypatch.setattr(answer, "locate", lambda text, words: [])


def check(place: Place, asked: list[Asked], answers: list[Said]) -> int:
    """All three agree on each query; returns how many have found something."""
    found = 0
    for one, said in zip(asked, answers, strict=True):
        exact = place.oracle.find(one.wanted, one.unwanted)
        assert said == whoosh(place, one.text), one
        if said["pinyin"]:
            assert not exact and re.search("[a-z]{2}", fold(one.text)), (one, exact)
        else:
            assert set(said["ids"]) == exact and said["total"] == len(exact), one
        found += bool(exact)
    return found


# -- three ways to the same answer ----------------------------------------------------------------


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(("name", "count"), [("shipped_place", 306), ("generated", 108)])
def test_three_ways_agree(
    name: str, count: int, search: Pages, request: pytest.FixtureRequest
) -> None:
    place: Place = request.getfixturevalue(name)
    asked = queries(place.oracle, Random(1), count)
    found = check(place, asked, ask(search(place), [one.text for one in asked]))
    assert count * 0.5 < found < count * 0.95  # both answers are common


@pytest.mark.usefixtures("quick")
@settings(max_examples=2, phases=[Phase.explicit, Phase.generate])
@given(
    alphabet=st.lists(st.sampled_from(PIECES), min_size=1, max_size=6, unique=True),
    seed=st.integers(0, 10**6),
    longest=st.sampled_from([coding.OWN_FILE, 60]),
)
@example(alphabet=["人"], seed=1, longest=60)
@example(alphabet=["人", "民"], seed=2, longest=coding.OWN_FILE)
@example(alphabet=["人", "大", "会", "，"], seed=3, longest=60)
@example(alphabet=["臺", "台", "e\u0301", "\U0002895b", "𠮷"], seed=4, longest=coding.OWN_FILE)
@example(alphabet=["薴", "苧", "苎"], seed=6, longest=60)
@example(alphabet=["㑮", "人"], seed=7, longest=60)
@example(alphabet=["ab", "G", "-"], seed=8, longest=coding.OWN_FILE)
@example(alphabet=["5", "Ｇ", ".", "14486.59", "网", " "], seed=5, longest=60)
def test_three_ways_agree_where_few_pieces_repeat(
    alphabet: list[str], seed: int, longest: int, one_search: Pages, tmp_path_factory: Any
) -> None:
    random = Random(seed)
    root = make_site(tmp_path_factory.mktemp("small"), small_corpus(alphabet, random))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(coding, "OWN_FILE", longest)  # bits: short ones in files of their own, too
        patch.setattr(pieces, "MANY", 12 if seed % 2 else 10**6)  # with heads of long words, too
        with placed(root, base="/x/") as place:
            asked = queries(place.oracle, random, 72)
            page = one_search(place)
            texts = [one.text for one in asked]
            answers = ask(page, texts)
            check(place, asked, answers)
            # what a first page needs of long lists stands beside their names
            for said, best in zip(answers, ask(page, texts, limit=10), strict=True):
                assert best == {**said, "ids": said["ids"][:10]}
            heads = [path for path in place.host.asked if path.startswith("h/")]
            assert heads or alphabet != ["人"] or seed % 2 == 0


def test_names_of_files_that_are_gone_do_no_harm(search: Pages, mixed: Place) -> None:
    """From a cache that does not look at the whole address."""
    root = json.loads((mixed.root / "site" / "search" / "index.json").read_bytes())
    layout = Layout(root["space"], root["bits"])
    word = next(word for word in ("人民", "民大", "大网") if mixed.oracle.find((word,), ()))
    try:
        mixed.host.old = {"b/names.bin": encode_names([mix_one(term_of(word))], layout)}
        page = search(mixed)
        until(
            page,
            "performance.getEntriesByType('resource').some(({ name }) => name.includes('b/names'))",
        )
        mixed.host.asked.clear()
        [said] = ask_all(page, [(word, {"sort": "date"})])
        assert said.get("total") == len(mixed.oracle.find((word,), ())), said
        assert f"b/{mix_one(term_of(word)):x}.bin" in mixed.host.asked
    finally:
        mixed.host.old = {}


@pytest.mark.usefixtures("quick")
def test_lists_of_their_own_come_at_once(
    monkeypatch: pytest.MonkeyPatch, search: Pages, tmp_path: Path
) -> None:
    """Once it is known which terms have such files, the shard does not have to tell."""
    monkeypatch.setattr(coding, "OWN_FILE", 60)
    write_corpus(tmp_path / "content", 60)
    with placed(tmp_path) as place:
        page, asked = search(place), place.host.asked
        until(
            page,
            "performance.getEntriesByType('resource').some(({ name }) => name.includes('b/names'))",
        )
        common = [word for word in ("工作", "建设", "服务") if place.oracle.find((word,), ())]
        assert common
        for word in common:
            asked.clear()
            [said] = ask_all(page, [(word, {"sort": "date"})])
            assert said["total"] == len(place.oracle.find((word,), ()))
            lists = [path for path in asked if path[:2] in {"t/", "b/"}]
            assert lists == [f"b/{mix_one(term_of(word)):x}.bin"]


# -- the same whatever was before -----------------------------------------------------------------


@pytest.mark.usefixtures("quick")
def test_answers_do_not_depend_on_what_was_asked_before(mixed: Place, search: Pages) -> None:
    random = Random(3)
    options = [{}, {}, {"sort": "date"}, {"filters": {"theme": ["city", "economy"]}}]
    asked = [(one.text, random.choice(options)) for one in queries(mixed.oracle, random, 54)]
    page = search(mixed)
    first = ask_all(page, asked)
    assert len({str(said) for said in first}) > 30
    for other in (page, search(mixed)):
        order = random.sample(range(len(asked)), len(asked))
        again = ask_all(other, [asked[n] for n in order])
        assert again == [first[n] for n in order]
    assert ask_all(page, asked, at_once=True) == first
    assert ask_all(search(mixed), asked, at_once=True) == first
    for n in random.sample(range(len(asked)), 6):
        assert ask_all(search(mixed), [asked[n]]) == [first[n]]


# -- filters, counts, order, pages ----------------------------------------------------------------


def some_filters(place: Place, random: Random, count: int) -> list[Filters]:
    """One to three facets with one to three values or names each, some of which no case has."""
    known = {facet: ["无"] for facet in FACETS}
    for case in place.oracle.cases.values():
        for facet, values in case.values.items():
            known[facet] += [*values, *values.values()]
    chosen = []
    for _ in range(count):
        facets = random.sample(FACETS, random.randint(1, 3))
        chosen.append({f: random.sample(known[f], random.randint(1, 3)) for f in facets})
    return chosen


@pytest.mark.usefixtures("quick")
def test_filters_are_those_of_brute_force(mixed: Place, search: Pages) -> None:
    random = Random(4)
    asked = [one for one in queries(mixed.oracle, random, 54) if any(map(split, one.wanted))]
    asked = [one for one in asked for _ in range(2)]
    filters = some_filters(mixed, random, len(asked))
    wanted = [(one.text, {"filters": some}) for one, some in zip(asked, filters, strict=True)]
    answers = ask_all(search(mixed), wanted)
    for one, some, said in zip(asked, filters, answers, strict=True):
        assert said == whoosh(mixed, one.text, some), (one, some)
        if not said["pinyin"]:
            exact = mixed.oracle.find(one.wanted, one.unwanted, some)
            assert set(said["ids"]) == exact, (one, some)
    assert 20 < sum(bool(said["total"]) for said in answers) < len(answers) - 20


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("text", ["", "　", "，…", "-民大", "-民大 -“大民 人人”"])
def test_filters_without_a_word_find_all_below_them(text: str, mixed: Place, search: Pages) -> None:
    unwanted = split(text.replace("-", " "))
    filters = [{}, {"unit": ["无"]}, *some_filters(mixed, Random(6), 10)]
    answers = ask_all(search(mixed), [(text, {"filters": some}) for some in filters])
    for some, said in zip(filters, answers, strict=True):
        exact = mixed.oracle.find((), unwanted, some)
        by_number = whoosh(mixed, text, some)["ids"]
        assert set(by_number) == exact, some
        dates = {id_: mixed.oracle.cases[id_].date for id_ in by_number}
        newest = sorted(by_number, key=dates.__getitem__, reverse=True)
        assert said == {"total": len(exact), "ids": newest, "pinyin": False}, some
    assert sum(bool(said["total"]) for said in answers) > 2


COUNT = """async ([base, list]) => {
  const { Engine } = await import(`${base}assets/search-engine.js`);
  const engine = new Engine(`${base}search/`);
  return Promise.all(list.map(([q, filters]) => engine.counts(q, { filters })));
}"""


def test_counts_are_those_of_brute_force(mixed: Place, search: Pages) -> None:
    random = Random(5)
    words = ["", "人", "医", "5g", "人 民", "大，", "无此", "𠮷", "AB"]
    asked = [(word, some) for word in words for some in ({}, *some_filters(mixed, random, 5))]
    counted = search(mixed).evaluate(COUNT, [mixed.host.base, asked])
    for (word, some), counts in zip(asked, counted, strict=True):
        exact = mixed.oracle.counts([word], some)
        said = {facet: {v["value"]: v["count"] for v in counts[facet]} for facet in FACETS}
        assert said == exact, (word, some)
        for facet, values in counts.items():
            order = [value["count"] for value in values]
            if facet in ("year", "grade"):
                order = [value["value"] for value in values]
            assert order == sorted(order, reverse=facet != "grade"), (word, some, facet)
    assert counted[0]["theme"] == [] and counted[6]["theme"]


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("text", "filters"),
    [("人", {}), ("人 民", {}), ("医", {"theme": ["city", "culture"]}), ("", {"kind": ["case"]})],
)
def test_newest_first(text: str, filters: Filters, mixed: Place, search: Pages) -> None:
    best_first = whoosh(mixed, text, filters)["ids"]
    dates = {id_: case.date for id_, case in mixed.oracle.cases.items()}
    assert len({dates[id_] for id_ in best_first}) > 2
    newest = sorted(best_first, key=lambda id_: dates[id_], reverse=True)  # stable
    assert newest != best_first
    page = search(mixed)
    (by_date, by_rank) = (
        ask(page, [text], sort=s, filters=filters)[0] for s in ("date", "relevance")
    )
    assert by_date["ids"] == newest
    assert by_rank["ids"] == (best_first if text else newest)


def test_pages_are_slices_of_the_whole(mixed: Place, search: Pages) -> None:
    page = search(mixed)
    for options in ({}, {"sort": "date"}):
        (whole,) = ask(page, ["人"], **options)
        assert whole["total"] > 30
        for offset in (0, 10, 20, 30, whole["total"] - 1, whole["total"], 999):
            for limit in (1, 10):
                (part,) = ask(page, ["人"], offset=offset, limit=limit, **options)
                assert part["ids"] == whole["ids"][offset : offset + limit]
                assert part["total"] == whole["total"]


# -- while the site changes -----------------------------------------------------------------------


@pytest.fixture
def changing(tmp_path: Path) -> Iterator[Place]:
    """A site whose files below search/ are kept by every cache for a year."""
    root = make_site(tmp_path, small_corpus(HARD, Random(11), 30))
    with placed(root, base="/x/") as place:
        place.host.forever = True
        yield place


def change(place: Place, random: Random, *, edit: int, delete: int, add: int) -> None:
    """Another edition: some cases are new or gone, or say something else."""
    files = sorted(place.content.glob("*/[0-9]*.md"))
    for path in (chosen := random.sample(files, edit + delete))[:edit]:
        path.write_text(small_case(f"c{int(path.stem)}", HARD, random), "utf-8")
    for path in chosen[edit:]:
        path.unlink()
    for n in range(add):
        number = 100 + n + max(int(path.stem) for path in files)
        home = place.content / random.choice(list(PUBLICATIONS))
        (home / f"{number}.md").write_text(small_case(f"c{number}", HARD, random), "utf-8")
    place.build()


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    "changes",
    [
        {"edit": 1, "delete": 0, "add": 0},
        {"edit": 0, "delete": 1, "add": 1},
        {"edit": 4, "delete": 2, "add": 2},
        {"edit": 2, "delete": 0, "add": 20},  # another layout
        {"edit": 0, "delete": 22, "add": 0},
    ],
    ids=lambda changes: "-".join(map(str, changes.values())),
)
def test_answers_follow_what_is_published(
    changes: dict[str, int], changing: Place, search: Pages
) -> None:
    random = Random(str(changes))
    page = search(changing)
    asked = queries(changing.oracle, random, 36)
    check(changing, asked, ask(page, [one.text for one in asked]))
    before = changing.oracle
    change(changing, random, **changes)
    asked += queries(changing.oracle, random, 36)
    texts = [one.text for one in asked]
    differ = [
        one
        for one in asked
        if before.find(one.wanted, one.unwanted) != changing.oracle.find(one.wanted, one.unwanted)
    ]
    assert differ
    check(changing, asked, ask(page, texts))
    page.reload()
    ready(page)
    check(changing, asked, ask(page, texts))
    other = page.context.new_page()
    other.goto(page.url)
    ready(other)
    changing.host.asked.clear()
    check(changing, asked, ask(other, texts))
    assert set(changing.host.asked) == {"index.json"}  # all else came from the cache
    check(changing, asked, ask(page, texts, at_once=True))


@pytest.mark.usefixtures("quick")
def test_answers_that_are_under_way_are_of_one_edition(changing: Place, search: Pages) -> None:
    page = search(changing)
    random = Random(13)
    asked = queries(changing.oracle, random, 40)
    before = ask(page, [one.text for one in asked])
    check(changing, asked, before)
    page.evaluate(
        "([ask, list]) => { window.under = (0, eval)(ask)([list, false]); }",
        [ASK, [[one.text, ALL] for one in asked] * 6],
    )
    change(changing, random, edit=5, delete=3, add=3)
    under = page.evaluate("window.under")
    after = ask(page, [one.text for one in asked])
    check(changing, asked, after)
    for n, said in enumerate(under):
        assert said in (before[n % 40], after[n % 40]), asked[n % 40]


# kinds of files below search/ of which a cache that ignores query strings may have old ones
@pytest.mark.parametrize(("kinds", "share"), [("t", 0.3), ("tbpq", 1.0)])
def test_old_files_make_no_wrong_hit(
    kinds: str, share: float, changing: Place, search: Pages
) -> None:
    changing.host.forever = False
    random = Random(14)
    folder = changing.host.folder / "search"
    old = {path: path.read_bytes() for path in sorted(folder.rglob("*.bin"))}
    before = changing.oracle
    change(changing, random, edit=5, delete=3, add=3)
    asked = queries(before, random, 18) + queries(changing.oracle, random, 18)
    changing.host.old = {
        path.relative_to(folder).as_posix(): data
        for path, data in old.items()
        if path.parent.name in kinds and random.random() < share
    }
    answers = ask(search(changing), [one.text for one in asked])
    whole = 0
    for one, said in zip(asked, answers, strict=True):
        exact = changing.oracle.find(one.wanted, one.unwanted)
        if "error" in said:
            assert said["error"] == "missing", one
        elif not said["pinyin"]:
            assert set(said["ids"]) <= exact, one
            whole += exact == set(said["ids"]) != set()
    assert whole > 2
    changing.host.old = {}
    check(changing, asked, ask(search(changing), [one.text for one in asked]))


# -- where something is wrong ---------------------------------------------------------------------


def test_a_missing_file_is_told(mixed: Place, search: Pages) -> None:
    page = search(mixed)
    try:
        mixed.host.fails = lambda name: 404 * name.startswith("t/")
        assert ask(page, ["人", "无此"]) == [{"error": "missing"}] * 2
        mixed.host.fails = lambda name: 404
        assert ask(search(mixed), ["人"]) == [{"error": "missing"}]
        mixed.host.fails = lambda name: 404 * name.startswith("d/")
        assert ask(page, ["人"]) == [{"error": "missing"}]
    finally:
        mixed.host.fails = lambda name: 0
    assert ask(page, ["人"]) == [whoosh(mixed, "人")]


@pytest.mark.parametrize("status", [1, 500, 503])
def test_a_host_that_is_down_is_told_and_forgiven(status: int, mixed: Place, search: Pages) -> None:
    try:
        mixed.host.fails = lambda name: status
        page = search(mixed)
        assert ask(page, ["人", "无此"]) == [{"error": "offline"}] * 2
        mixed.host.fails = lambda name: status * (name != "index.json")
        assert ask(page, ["人"]) == [{"error": "offline"}]
        mixed.host.fails = lambda name: 0
        assert ask(page, ["人"]) == [whoosh(mixed, "人")]
        mixed.host.fails = lambda name: status
        assert ask(page, ["人", "民𠮷5"]) == [whoosh(mixed, "人"), {"error": "offline"}]
    finally:
        mixed.host.fails = lambda name: 0


@pytest.mark.parametrize(
    "damage", [b"", b"\0" * 4, b"\0" * 5000, b"<!doctype html><title>404</title>"]
)
def test_damaged_files_are_told(damage: bytes, mixed: Place, search: Pages) -> None:
    """A host that has gone wrong: an error that the page can show, and no answer made up."""
    shards = {f"t/{n:x}.bin": damage for n in range(1 << 12)}
    try:
        mixed.host.old = shards
        page = search(mixed, "?q=人")
        until(page, "document.querySelector('[data-search-state=error]')")
        assert page.locator(".notice:visible").count() == 1
        assert ask(page, ["民"]) == [{"error": "missing"}]
    finally:
        mixed.host.old = {}
    assert ask(page, ["民"]) == [whoosh(mixed, "民")]


def test_old_browsers_are_told(mixed: Place, search: Pages) -> None:
    page = search(
        mixed, before=lambda page: page.add_init_script("delete window.DecompressionStream")
    )
    assert ask(page, ["人"]) == [{"error": "unsupported"}]


def test_a_query_that_is_given_up_is_an_abort_error(mixed: Place, search: Pages) -> None:
    script = """async (late) => {
      const giving = new AbortController();
      if (!late) giving.abort();
      const asked = siteSearch.query("人", { signal: giving.signal });
      giving.abort();
      return asked.then(() => "", (error) => error.name);
    }"""
    page = search(mixed)
    assert [page.evaluate(script, late) for late in (True, False)] == ["AbortError"] * 2
    assert ask(page, ["人"]) == [whoosh(mixed, "人")]


# -- what is shown of a case ----------------------------------------------------------------------

SHOW = "([q, limit]) => siteSearch.query(q, { limit })"


@pytest.mark.parametrize("name", ["shipped_place", "generated", "mixed"])
def test_results_say_what_the_case_says(
    name: str, search: Pages, request: pytest.FixtureRequest
) -> None:
    place: Place = request.getfixturevalue(name)
    page = search(place)
    marked = 0
    for one in queries(place.oracle, Random(8), 60):
        words = [word for phrase in one.wanted for word in split(phrase)]
        said = page.evaluate(SHOW, [one.text, 8])
        hits = place.searcher.search(one.text, 8).hits
        for result, hit in zip(said["results"], hits, strict=True):
            case = place.oracle.cases[result["id"]]
            assert result["title"] == case.title and result["date"] == case.date
            assert result["url"] == f"{place.host.base}cases/{case.id}/"
            assert (place.host.folder / "cases" / case.id / "index.html").is_file()
            assert [result["theme"]] == [*case.values["theme"]]
            assert result["grade"] == "".join(case.values["grade"])
            assert result["facts"] == hit.facts
            assert result["titleMarks"] == units(case.title, hit.title_ranges)
            if not said["pinyin"]:
                marked += check_marks(case, result, words)
    assert marked > 30


def check_marks(case: Known, result: Said, words: list[str]) -> bool:
    """Marks are in order and hold words; where the title and the snippets are whole, all of them."""
    pieces = [(result["title"], result["titleMarks"])]
    pieces += [(snippet["text"], snippet["marks"]) for snippet in result["snippets"]]
    for text, marks in pieces:
        encoded, last, rest = text.encode("utf-16-le", "surrogatepass"), 0, ""
        for start, end in marks:
            assert last <= start < end <= len(encoded) // 2, (text, marks)
            inside = encoded[start * 2 : end * 2].decode("utf-16-le", "surrogatepass")
            # what was cut off may be the rest of the word
            held = [
                w
                for w in words
                if w in fold(inside) or (fold(inside) in w and text.endswith(inside + "…"))
            ]
            assert held, (text, marks, inside)
            rest += encoded[last * 2 : start * 2].decode("utf-16-le", "surrogatepass") + "\n"
            last = end
        rest += encoded[last * 2 :].decode("utf-16-le", "surrogatepass")
        assert not any(word in run for word in words for run in split(rest)), (text, marks)
    written = "".join("".join(case.texts).split())
    for snippet in result["snippets"]:
        cut = snippet["text"].removeprefix("…").removesuffix("…")
        assert "".join(cut.split()) in written
    return any(snippet["marks"] for snippet in result["snippets"])


def units(text: str, ranges: list[tuple[int, int]]) -> list[list[int]]:
    """Ranges of characters as ranges of UTF-16 units."""
    return [[len(text[:at].encode("utf-16-le")) // 2 for at in one] for one in ranges]


def test_addresses_lead_to_pages(generated: Place, search: Pages) -> None:
    page = search(generated)
    (first, *_) = page.evaluate(SHOW, ["建议", 3])["results"]
    answered = page.goto(generated.host.url.removesuffix(generated.host.base) + first["url"])
    assert answered.ok and page.locator("h1").inner_text() == first["title"]
    assert urlsplit(page.url).path == f"/some/path/cases/{first['id']}/"


# -- both languages understand alike --------------------------------------------------------------

LETTERS = st.characters(exclude_categories=["Cs", "Cn"])
TYPED = st.one_of(
    st.text(LETTERS, max_size=24),
    st.lists(st.sampled_from([*PIECES, '"', "“", "”", "－", "−", "\u3000", "\ufeff", "\u0345", "ς", "Σ"]), max_size=16).map("".join),
)  # fmt: skip
WORDS = """async ([base, list, table]) => {
  const { fold, locate, understand } = await import(`${base}assets/search-words.js`);
  const { Engine } = await import(`${base}assets/search-engine.js`);
  const engine = (window.engine ??= new Engine(`${base}search/`));
  await engine.opening;
  const simple = (window.simple ??= new Map(table));
  return Promise.all(list.map(async ([text, sought]) => {
    const { wanted, unwanted } = understand(text, await engine.simple(text));
    return [fold(text, simple), wanted, unwanted, locate(text, sought, simple)];
  }));
}"""


def test_words_are_understood_and_found_alike(mixed: Place, search: Pages) -> None:
    page = search(mixed)
    table = [[chr(code), simple] for code, simple in folding.simplified().items()]

    @settings(max_examples=25, phases=[Phase.explicit, Phase.generate])  # shrinking takes minutes
    @given(texts=st.lists(TYPED, min_size=1, max_size=30), random=st.randoms())
    def alike(texts: list[str], random: Random) -> None:
        list_, expected = [], []
        for text in texts:
            words = folding.words(folding.fold(text))
            sought = [word[random.randrange(len(word)) :][:3] for word in words[:3]]
            seen = understand(text)
            list_.append([text, sought])
            expected.append(
                [folding.fold(text), list(seen.wanted), list(seen.unwanted), units(text, locate(text, sought))]
            )  # fmt: skip
        for one, wanted, said in zip(
            list_, expected, page.evaluate(WORDS, [mixed.host.base, list_, table]), strict=True
        ):
            assert said == wanted, one

    alike()


def test_every_traditional_character_is_simplified_alike(mixed: Place, search: Pages) -> None:
    codes = sorted(folding.simplified())
    texts = ["".join(map(chr, codes[n : n + 100])) for n in range(0, len(codes), 100)]
    answers = search(mixed).evaluate(WORDS, [mixed.host.base, [[text, []] for text in texts], []])
    for text, (_, wanted, *_) in zip(texts, answers, strict=True):
        assert wanted == [folding.fold(text)]


SOUNDS = """async ([base, list]) => {
  const { sounds } = await import(`${base}assets/search-words.js`);
  return list.map((letters) => sounds(letters).map((term) => term >>> 0));
}"""


def test_letters_sound_alike(mixed: Place, search: Pages) -> None:
    random = Random(9)
    list_ = [
        "".join(random.choices("abcdefghijklmnopqrstuvwxyz", k=n))
        for n in (*range(2, 20), *[4] * 50)
    ]
    said = search(mixed).evaluate(SOUNDS, [mixed.host.base, list_])
    assert said == [[term_of(gram) for gram in grams(letters)] for letters in list_]


@pytest.mark.usefixtures("quick")
def test_pinyin_finds_the_same_cases(shipped_place: Place, search: Pages) -> None:
    asked = ["dikong", "dkjj", "hangzhou", "yuhang", "zhaoaili", "zal", "qjxj", "dikong 余杭", "jingji -低空",
             "'dikong'", '"dikong"', "xyzxyz", "-dikong", "zal zal", "zal -zal"]  # fmt: skip
    said = ask(search(shipped_place), asked)
    assert said == [whoosh(shipped_place, text) for text in asked]
    assert [one["pinyin"] for one in said[:8]] == [True] * 8
    assert said[asked.index("xyzxyz")]["total"] == 0


def test_a_page_without_a_question_loads_no_text_and_no_dates(
    search: Pages, shipped_place: Place
) -> None:
    page = search(shipped_place)
    resources = "performance.getEntriesByType('resource').map(({ name }) => name)"
    until(page, f"{resources}.some((name) => name.includes('/search/index.json'))")
    page.wait_for_timeout(500)
    names = page.evaluate(resources)
    index = {
        name.partition("/search/")[2].partition("?")[0] for name in names if "/search/" in name
    }
    assert "index.json" in index
    loaded = index - {"d/preset.bin"}  # a query will need it
    assert not [name for name in loaded if name[:2] in {"t/", "d/", "s/"} or name == "f/date.bin"]
