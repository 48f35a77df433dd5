"""Which pages there are, what each of them says, and that addresses never change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from helpers import (
    ROOT,
    assert_links_resolve,
    build,
    case,
    changed,
    codes,
    exists,
    make_site,
    many,
    page,
    parsed,
    problem,
    problems,
    publication,
    tree,
)
from hypothesis import given, settings
from hypothesis import strategies as st

FILE = "content/p/001-a.md"


def titles(root: Path, address: str) -> list[str]:
    """The cases that a list page lists, in its order."""
    return [item.one("a").text for item in parsed(root, address).all("", class_="item-title")]


def c(numbers: range) -> list[str]:
    return [f"关于c{n}的建议" for n in numbers]


# -- long lists -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def long_list(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = make_site(tmp_path_factory.mktemp("long"), many(120))
    build(root)
    return root


@pytest.mark.parametrize("place", ["/themes/economy/", "people", "units"])
def test_the_base_page_has_the_newest_cases_and_numbers_begin_with_the_oldest(
    long_list: Path, place: str
) -> None:
    if place in ("people", "units"):
        (place,) = parsed(long_list, f"/{place}/").one("section", class_="group").hrefs()
    assert titles(long_list, place) == c(range(120, 100, -1))
    assert titles(long_list, f"{place}page/2/") == c(range(100, 50, -1))
    assert titles(long_list, f"{place}page/1/") == c(range(50, 0, -1))
    assert not exists(long_list, f"{place}page/3/")


def test_the_newest_case_is_the_one_with_the_latest_date(tmp_path: Path) -> None:
    dates = {"a": "2024-05-02", "b": "2024", "c": "2025-01"}  # files stand in another order
    make_site(tmp_path, {f"content/p/{of}.md": case(of, date=date) for of, date in dates.items()})
    build(tmp_path)
    expected = ["关于c的建议", "关于a的建议", "关于b的建议"]
    assert titles(tmp_path, "/themes/economy/") == expected
    for kind in ("people", "units"):
        (place,) = parsed(tmp_path, f"/{kind}/").one("section", class_="group").hrefs()
        assert titles(tmp_path, place) == expected


def test_a_publication_reads_from_its_beginning(long_list: Path) -> None:
    assert titles(long_list, "/publications/p/") == c(range(1, 51))
    assert titles(long_list, "/publications/p/page/2/") == c(range(51, 101))
    assert titles(long_list, "/publications/p/page/3/") == c(range(101, 121))
    assert not exists(long_list, "/publications/p/page/1/")


def test_pages_of_a_list_lead_to_each_other(long_list: Path) -> None:
    seen, place = [], "/themes/economy/"
    while place:
        seen.append(place)
        following = parsed(long_list, place).all("a", rel="next")
        place = following[0].attributes["href"] if following else ""
    assert seen == ["/themes/economy/", "/themes/economy/page/2/", "/themes/economy/page/1/"]
    back = parsed(long_list, seen[-1]).one("a", rel="prev")
    assert back.attributes["href"] == "/themes/economy/page/2/"


@pytest.mark.parametrize("count", [50, 51, 100, 101])
def test_fifty_cases_fill_a_page(tmp_path: Path, count: int) -> None:
    make_site(tmp_path, many(count))
    build(tmp_path)
    assert len(titles(tmp_path, "/themes/economy/")) == (count - 1) % 50 + 1
    assert exists(tmp_path, "/themes/economy/page/1/") == (count > 50)


def test_a_new_case_changes_only_the_pages_that_show_it(tmp_path: Path) -> None:
    # names, keywords and units differ, so that nobody is related to anybody
    files = {
        f"content/p/{n:03d}-c{n}.md": case(
            f"c{n}", title=chr(0x7000 + n), date=f"2024-{n // 28 + 1:02d}-{n % 28 + 1:02d}",
            proposers=[chr(0x5000 + n)],
            hosts=[chr(0x6000 + n)],
        )
        for n in range(1, 122)
    }  # fmt: skip
    last = files.popitem()
    make_site(tmp_path, files)
    build(tmp_path)
    before = tree(tmp_path / "site")
    make_site(tmp_path, dict([last]))
    build(tmp_path)
    different = changed(before, tree(tmp_path / "site"))
    # what the index changes has tests of its own
    different = {path for path in different if path == "search/index.html" or path[:7] != "search/"}
    entities = {path for path in different if path not in before}
    assert different - entities == {
        "index.html", "about/index.html", "feed.xml", "feed.json", "sitemap.xml",
        "cases/c120/index.html",
        "people/index.html", "units/index.html",
        "publications/index.html", "publications/p/page/3/index.html", "publications/p/index.html",
        "themes/index.html", "themes/economy/index.html", "search/index.html",
        "themes/economy/feed.xml", "themes/economy/feed.json",
    }  # fmt: skip
    assert len(entities) == 3 and "cases/c121/index.html" in entities


# -- stable addresses -----------------------------------------------------------------------------

NAMES = ["王芳", "王方", "汪芳", "李明", "民进区委会", "Ann Lee", "赵", "王 芳", "０", "？"]
REGIONS = ["余杭区", "萧山区", "", "北京市"]


def random_site(seed: int, count: int, start: int = 0) -> dict[str, str]:
    random = Random(seed)
    files = {}
    for region in range(len(REGIONS)):
        fields = {"region": REGIONS[region]} if REGIONS[region] else {}
        files[f"content/p{region}/index.md"] = publication(f"刊{region}", **fields)
    for n in range(start, start + count):
        folder = random.randrange(len(REGIONS))
        files[f"content/p{folder}/{random.randrange(1000):03d}-{n}.md"] = case(
            f"id-{n}",
            proposers=random.sample(NAMES, 2),
            hosts=random.sample(["区科技局", "区科技 局", "科技局", "市政府"], 1),
            theme=random.choice(["economy", "city"]),
            date=f"20{random.randrange(10, 30)}",
            aliases=[f"/old/{n}/"] if random.random() < 0.3 else [],
        )
    return files


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), first=st.integers(1, 60), more=st.integers(1, 60))
def test_additions_never_take_an_address_away(
    tmp_path_factory: pytest.TempPathFactory, seed: int, first: int, more: int
) -> None:
    root = tmp_path_factory.mktemp("stable")
    make_site(root, random_site(seed, first))
    build(root)
    before = tree(root / "site")
    make_site(root, random_site(seed + 1, more, start=first))
    build(root)
    after = tree(root / "site")
    assert {path for path in before if path[:7] != "search/"} <= after.keys()
    for path in before:
        if path.startswith(("people/", "units/")) and path.count("/") == 2:
            name = before[path].partition(b"<h1>")[2].partition(b"</h1>")[0]
            assert name == after[path].partition(b"<h1>")[2].partition(b"</h1>")[0]


def test_the_address_of_a_case_does_not_depend_on_its_title_file_or_folder(tmp_path: Path) -> None:
    one = make_site(tmp_path / "1", {FILE: case(title="甲")})
    two = make_site(tmp_path / "2", {"content/别处/9.md": case(title="乙")})
    for root in (one, two):
        build(root)
        assert exists(root, "/cases/a/")


# -- who is who -----------------------------------------------------------------------------------


def people(root: Path, kind: str = "people") -> dict[str, str]:
    """Address: name and region, as the index of names tells them."""
    rows = parsed(root, f"/{kind}/").one("div", class_="wide list").all("section", class_="group")
    return {
        item.one("a").attributes["href"]: item.text.strip()
        for row in rows
        for item in row.all("li")
    }


def two_regions(**first: object) -> dict[str, str]:
    return {
        "content/y/index.md": publication("余杭", region="余杭区"),
        "content/x/index.md": publication("萧山", region="萧山区"),
        "content/y/001-a.md": case("a", **first),
        "content/x/001-b.md": case("b"),
    }


def test_the_same_name_in_two_regions_is_two_people_and_two_units(tmp_path: Path) -> None:
    make_site(tmp_path, two_regions())
    build(tmp_path)
    assert sorted(people(tmp_path).values()) == ["王芳余杭区", "王芳萧山区"]
    assert sorted(people(tmp_path, "units").values()) == ["区科技局余杭区", "区科技局萧山区"]
    for address in people(tmp_path):
        assert len(titles(tmp_path, address)) == 1


def test_the_same_name_in_two_publications_of_a_region_is_one_person(tmp_path: Path) -> None:
    files = two_regions()
    files["content/x/index.md"] = publication("余杭", region="余杭区")
    make_site(tmp_path, files)
    build(tmp_path)
    (address,) = people(tmp_path)
    assert len(titles(tmp_path, address)) == 2


def test_regions_that_sound_alike_are_kept_apart(tmp_path: Path) -> None:
    files = two_regions()
    files["content/y/index.md"] = publication("一", region="吴中区")
    files["content/x/index.md"] = publication("二", region="吴忠市")
    make_site(tmp_path, files)
    build(tmp_path)
    assert sorted(people(tmp_path).values()) == ["王芳吴中区", "王芳吴忠市"]


def test_homophones_have_different_pages(tmp_path: Path) -> None:
    make_site(tmp_path, {FILE: case(proposers=["王芳", "王方", "汪芳"])})
    build(tmp_path)
    addresses = people(tmp_path)
    assert len(addresses) == 3
    assert all(address.startswith("/people/wang-fang-") for address in addresses)


def test_names_of_people_and_units_lead_to_their_pages(tmp_path: Path) -> None:
    make_site(tmp_path, {FILE: case(
        kind="key", speaker="李明", supervisors=[{"name": "叶宏", "post": "副主席"}],
        co_hosts=["区财政局"],
    )})  # fmt: skip
    build(tmp_path)
    html = parsed(tmp_path, "/cases/a/").one("section", class_="facts")
    linked = {a.text: a.attributes["href"] for a in html.all("a")}
    for name in ("王芳", "李明", "叶宏", "区科技局", "区财政局"):
        assert titles(tmp_path, linked[name]) == ["关于a的建议"]
    assert "叶宏（副主席）" in html.text


def rules(*entries: str) -> str:
    return "entries:\n" + "".join(f"  - {{{entry}}}\n" for entry in entries)


def test_a_rule_merges_two_regions(tmp_path: Path) -> None:
    rule = rules("name: 王芳, region: 余杭区, merge: [{region: 萧山区}]")
    make_site(tmp_path, {**two_regions(), "content/people.yaml": rule})
    build(tmp_path)
    (address,) = people(tmp_path)
    assert len(titles(tmp_path, address)) == 2


def test_a_rule_without_a_region_merges_all_regions(tmp_path: Path) -> None:
    make_site(tmp_path, {**two_regions(), "content/units.yaml": rules("name: 区科技局")})
    build(tmp_path)
    assert len(people(tmp_path, "units")) == 1 and len(people(tmp_path)) == 2


def test_a_merge_keeps_the_address_of_the_one_that_stays(tmp_path: Path) -> None:
    make_site(tmp_path, two_regions())
    build(tmp_path)
    (before,) = [address for address, who in people(tmp_path).items() if "余杭" in who]
    rule = rules("name: 王芳, region: 余杭区, merge: [{region: 萧山区}]")
    make_site(tmp_path, {"content/people.yaml": rule})
    build(tmp_path)
    assert list(people(tmp_path)) == [before]


def test_another_way_to_write_a_unit_is_the_same_unit(tmp_path: Path) -> None:
    rule = rules("name: 区科学技术局, region: 余杭区, aliases: [区科技局]")
    make_site(tmp_path, {**two_regions(), "content/units.yaml": rule})
    build(tmp_path)
    assert sorted(people(tmp_path, "units").values()) == ["区科学技术局余杭区", "区科技局萧山区"]


def test_a_rule_splits_two_people_of_one_name(tmp_path: Path) -> None:
    files = {FILE: case(), "content/p/002-b.md": case("b"), "content/p/003-c.md": case("c")}
    rule = rules("name: 王芳, slug: wang-fang-doctor, note: 医生, cases: [b]")
    make_site(tmp_path, {**files, "content/people.yaml": rule})
    build(tmp_path)
    assert len(people(tmp_path)) == 2
    assert titles(tmp_path, "/people/wang-fang-doctor/") == ["关于b的建议"]
    assert "医生" in people(tmp_path)["/people/wang-fang-doctor/"]


def test_a_rule_pins_an_address(tmp_path: Path) -> None:
    make_site(tmp_path, {FILE: case(), "content/people.yaml": rules("name: 王芳, slug: wf")})
    build(tmp_path)
    assert list(people(tmp_path)) == ["/people/wf/"]


@pytest.mark.parametrize(
    ("entries", "word"),
    [
        (["name: 王芳, slug: w, cases: [nobody]"], "nobody"),
        (["name: 王芳", "name: 王芳"], "两条规则"),
        (["name: 王芳, slug: w, cases: [a]", "name: 王芳, slug: v, cases: [a]"], "两条规则"),
    ],
)
def test_contradicting_rules_are_errors_of_their_file(
    tmp_path: Path, entries: list[str], word: str
) -> None:
    make_site(tmp_path, {FILE: case(), "content/people.yaml": rules(*entries)})
    found = problem(tmp_path, "B404")
    assert word in found.message and found.hint
    assert found.file.endswith("content/people.yaml") and found.line == 1 + len(entries)


def test_two_people_at_one_address_are_an_error(tmp_path: Path) -> None:
    rule = rules("name: 王芳, slug: w", "name: 李明, slug: w")
    make_site(tmp_path, {FILE: case(proposers=["王芳", "李明"]), "content/people.yaml": rule})
    assert "/people/w/" in problem(tmp_path, "B403").message


def test_more_than_400_names_are_split_by_their_initial(tmp_path: Path) -> None:
    names = [f"{a}{b}" for a in "王李赵张陈刘杨黄周吴徐孙" for b in
             "一二三四五六七八九十甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥东西南北中"]  # fmt: skip
    make_site(tmp_path, {FILE: case(proposers=names)})
    build(tmp_path)
    letters = parsed(tmp_path, "/people/").one("ul", class_="letters").hrefs()
    assert "/people/initial-w/" in letters
    found = [h for place in letters for h in people_of(tmp_path, place)]
    assert len(found) == len(set(found)) == len(names)


def people_of(root: Path, place: str) -> list[str]:
    return parsed(root, place).one("section", class_="group").hrefs()


# -- old addresses --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("alias", "file"),
    [
        ("/old/path/", "old/path/index.html"),
        ("/old/path", "old/path/index.html"),
        ("/old.html", "old.html"),
        ("/旧 网址/", "旧 网址/index.html"),
    ],
)
def test_an_old_address_leads_to_the_case(tmp_path: Path, alias: str, file: str) -> None:
    make_site(tmp_path, {FILE: case(aliases=[alias])})
    build(tmp_path, base_url="https://example.org/sub/")
    source = (tmp_path / "site" / file).read_text("utf-8")
    assert '<meta http-equiv="refresh" content="0; url=/sub/cases/a/">' in source
    assert '<link rel="canonical" href="https://example.org/sub/cases/a/">' in source


@pytest.mark.parametrize(
    "alias",
    ["/cases/b/", "/cases/a/", "/", "/index.html", "/feed.xml", "/feed.xml/", "/robots.txt/x/",
     "/404.html", "/about/", "/people/", "/themes/economy", "/cases/b/index.html/x/",
     "/cases/b/index.html", "/sitemap.xml/"],
)  # fmt: skip
def test_an_old_address_that_is_taken_is_an_error_at_its_line(tmp_path: Path, alias: str) -> None:
    make_site(tmp_path, {FILE: case(aliases=[alias]), "content/p/002-b.md": case("b")})
    (found,) = [d for d in problems(tmp_path) if d.severity == "error"]
    assert found.code in ("B403", "B303")
    assert (found.line, found.excerpt[:8]) == (8, "aliases:")


def test_one_old_address_of_two_cases_is_an_error(tmp_path: Path) -> None:
    one, two = case(aliases=["/old/"]), case("b", aliases=["/old"])
    make_site(tmp_path, {FILE: one, "content/p/002-b.md": two})
    assert problem(tmp_path, "B403").file.endswith("002-b.md")


@pytest.mark.parametrize(
    "alias",
    ["/../x/", "/a/../../x/", "../x/", "/a//b/", "/./x/", "x/", "/a\\..\\b/", "/a?b", "/%2e%2e/x/"],
)
def test_an_old_address_cannot_leave_the_site(tmp_path: Path, alias: str) -> None:
    make_site(tmp_path, {FILE: case(aliases=[alias])})
    assert problem(tmp_path, "B303").line == 8


# -- drafts and embargo ---------------------------------------------------------------------------


def test_a_draft_is_nowhere_on_the_site(tmp_path: Path) -> None:
    hidden = case("b", draft=True, title="尚未发布", proposers=["秘密"], body="![图](x.png)\n")
    make_site(tmp_path, {FILE: case(), "content/p/002-b.md": hidden, "content/p/x.png": "x"})
    build(tmp_path)
    for path, data in tree(tmp_path / "site").items():
        assert "尚未发布".encode() not in data and "秘密".encode() not in data, path
        assert "cases/b" not in path and "media" not in path


def test_a_draft_is_shown_and_marked_when_asked_for(tmp_path: Path) -> None:
    make_site(tmp_path, {FILE: case(), "content/p/002-b.md": case("b", draft=True)})
    build(tmp_path, drafts=True)
    html = page(tmp_path, "/cases/b/")
    assert 'class="draft">草稿<' in html and 'content="noindex"' in html
    assert "草稿" not in page(tmp_path, "/cases/a/").partition('class="turn"')[0]
    assert "cases/b" not in page(tmp_path, "/sitemap.xml")


@pytest.mark.parametrize(
    ("publish_at", "instant"),
    [
        ("2024-12-01T06:00+08:00", datetime(2024, 11, 30, 22, 0, tzinfo=UTC)),
        ("2024-12-01T06:00", datetime(2024, 11, 30, 22, 0, tzinfo=UTC)),
        ("2024-12-01 06:00:00", datetime(2024, 11, 30, 22, 0, tzinfo=UTC)),
        ("2024-12-01", datetime(2024, 11, 30, 16, 0, tzinfo=UTC)),
        ("2024-12-01T06:00Z", datetime(2024, 12, 1, 6, 0, tzinfo=UTC)),
        ("2024-12-01T06:00-05:00", datetime(2024, 12, 1, 11, 0, tzinfo=UTC)),
    ],
)
def test_an_embargo_ends_at_its_instant(tmp_path: Path, publish_at: str, instant: datetime) -> None:
    make_site(tmp_path, {FILE: case(), "content/p/002-b.md": case("b", publish_at=publish_at)})
    second = timedelta(seconds=1)
    for now, there in ((instant - second, False), (instant, True), (instant + second, True)):
        build(tmp_path, now=now)
        assert exists(tmp_path, "/cases/b/") == there


def test_nothing_but_drafts_is_a_warning_and_an_empty_site(tmp_path: Path) -> None:
    make_site(tmp_path, {FILE: case(draft=True)})
    assert codes(tmp_path) == ["B405"]
    assert_links_resolve(tmp_path / "site")


# -- links ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "address"),
    [
        ("002-b.md", "/cases/b/"),
        ("./002-b.md", "/cases/b/"),
        ("../q/第三 件.md", "/cases/c/"),
        ("../q/%E7%AC%AC%E4%B8%89%20%E4%BB%B6.md", "/cases/c/"),
        ("002-b.md#proposal", "/cases/b/#proposal"),
        ("/cases/b/", "/cases/b/"),
        ("/cases/b", "/cases/b/"),
        ("/cases/b/index.html", "/cases/b/"),
        ("/cases/b/#proposal", "/cases/b/#proposal"),
        ("../b/", "/cases/b/"),
        ("/themes/economy/", "/themes/economy/"),
        ("/feed.xml", "/feed.xml"),
        ("index.md", "/publications/p/"),
        ("/", "/"),
        ("#here", "#here"),
        ("#有-名", "#有-名"),
    ],
)
@pytest.mark.parametrize("base", ["/", "/sub/"])
def test_a_link_may_name_a_file_or_an_address(
    tmp_path: Path, target: str, address: str, base: str
) -> None:
    text = f"## here\n\n见[那里](<{target}>)。\n\n## 有 名\n"
    make_site(
        tmp_path,
        {
            FILE: case(body=text),
            "content/p/002-b.md": case("b", body="## 建议\n\n文\n"),
            "content/q/第三 件.md": case("c"),
            "content/p/index.md": publication(),
        },
    )
    build(tmp_path, base_url=f"https://example.org{base}")
    (link,) = parsed(tmp_path, "/cases/a/").one("div", class_="prose").all("a")
    expected = address if address.startswith("#") else base + address[1:]
    assert link.attributes["href"] == expected
    assert_links_resolve(tmp_path / "site", base)


@pytest.mark.parametrize(
    ("target", "code", "hint"),
    [
        ("/cases/bb/", "B501", "/cases/b/"),
        ("002-d.md", "B501", "002-b.md"),
        ("/nowhere/at/all/", "B501", "改正"),
        ("#prposal", "B502", "proposal"),
        ("/cases/b/#prposal", "B502", "proposal"),
        ("../../../etc/passwd", "B501", "改正"),
    ],
)
def test_a_dead_link_is_told_with_its_place_and_a_suggestion(
    tmp_path: Path, target: str, code: str, hint: str
) -> None:
    text = f"## 建议\n\n一行\n二行，见[那里]({target})。\n"
    make_site(tmp_path, {FILE: case(body=text), "content/p/002-b.md": case("b", body="## 建议\n")})
    found = problem(tmp_path, code)
    assert (found.line, found.column) == (13, 10)
    assert target in found.excerpt and found.file.endswith(FILE)
    assert hint in found.hint


@pytest.mark.parametrize("target", ["002-b.md", "/cases/b/"])
def test_a_link_to_a_draft_says_that_it_is_one(tmp_path: Path, target: str) -> None:
    files = {
        FILE: case(body=f"见[那里]({target})。\n"),
        "content/p/002-b.md": case("b", draft=True),
    }
    make_site(tmp_path, files)
    assert "还没有发布" in problem(tmp_path, "B501").message


def test_a_link_to_a_broken_case_is_not_called_dead(tmp_path: Path) -> None:
    files = {FILE: case(body="见[一](002-b.md)、[二](/cases/b/)。\n")}
    make_site(tmp_path, {**files, "content/p/002-b.md": case("b", theme="x")})
    assert codes(tmp_path) == ["B304"]


@pytest.mark.parametrize("file", ["content/about.md", "content/p/index.md"])
def test_a_dead_link_of_another_page_is_told_too(tmp_path: Path, file: str) -> None:
    text = "见[那里](/nowhere/)。\n"
    text = publication(body=text) if file.endswith("index.md") else text
    make_site(tmp_path, {FILE: case(), file: text})
    assert problem(tmp_path, "B501").file.endswith(file)


# -- shapes of the content folder -----------------------------------------------------------------


def test_a_flat_folder_without_site_yaml_builds(tmp_path: Path) -> None:
    make_site(tmp_path, {"content/1.md": case(), "content/2.md": case("b")}, site=None)
    assert codes(tmp_path) == ["B406"]
    assert titles(tmp_path, "/publications/cases/") == ["关于a的建议", "关于b的建议"]
    assert "<title>百件提案</title>" in page(tmp_path, "/")


def test_folders_named_after_themes_form_one_publication_and_give_the_theme(tmp_path: Path) -> None:
    files = {
        "content/民生保障/1.md": case("a", theme=None),
        "content/ecology/1.md": case("b", theme=None),
        "content/ecology/2.md": case("c", theme="city"),
        "content/3.md": case("d"),
    }
    make_site(tmp_path, files)
    assert codes(tmp_path) == []
    assert titles(tmp_path, "/themes/livelihood/") == ["关于a的建议"]
    assert titles(tmp_path, "/themes/ecology/") == ["关于b的建议"]
    assert titles(tmp_path, "/themes/city/") == ["关于c的建议"]
    assert len(titles(tmp_path, "/publications/cases/")) == 4


def test_folders_below_a_publication_belong_to_it(tmp_path: Path) -> None:
    files = {"content/p/民生保障/1.md": case("a", theme=None), "content/p/x/y/2.md": case("b")}
    make_site(tmp_path, files)
    build(tmp_path)
    assert len(titles(tmp_path, "/publications/p/")) == 2
    assert titles(tmp_path, "/themes/livelihood/") == ["关于a的建议"]


def test_a_folder_below_with_an_index_is_a_publication(tmp_path: Path) -> None:
    files = {"content/2024/一/index.md": publication("一刊"), "content/2024/一/1.md": case("a"),
             "content/2024/2.md": case("b")}  # fmt: skip
    make_site(tmp_path, files)
    build(tmp_path)
    assert titles(tmp_path, "/publications/2024/") == ["关于b的建议"]
    assert len([p for p in (tmp_path / "site/publications").iterdir() if p.is_dir()]) == 2


def test_two_folders_of_one_address_are_an_error(tmp_path: Path) -> None:
    make_site(tmp_path, {"content/余杭/1.md": case("a"), "content/yu-hang/1.md": case("b")})
    assert "yu-hang" in problem(tmp_path, "B403").message


def test_cases_stand_in_the_natural_order_of_their_files(tmp_path: Path) -> None:
    make_site(tmp_path, {f"content/p/{n}-x.md": case(f"c{n}") for n in (1, 2, 10, 9, 100)})
    build(tmp_path)
    assert titles(tmp_path, "/publications/p/") == [f"关于c{n}的建议" for n in (1, 2, 9, 10, 100)]


def test_previous_and_next_stay_in_the_publication(tmp_path: Path) -> None:
    files = {f"content/p/{n}.md": case(f"p{n}") for n in (1, 2, 3)}
    make_site(tmp_path, {**files, "content/q/1.md": case("q1")})
    build(tmp_path)

    def turn(of: str) -> list[str]:
        return [h for nav in parsed(tmp_path, f"/cases/{of}/").all("nav", class_="turn")
                for h in nav.hrefs()]  # fmt: skip

    assert turn("p1") == ["/cases/p2/"]
    assert turn("p2") == ["/cases/p1/", "/cases/p3/"]
    assert turn("p3") == ["/cases/p2/"] and turn("q1") == []


# -- what a case page says ------------------------------------------------------------------------


def journey(root: Path) -> list[str]:
    steps = parsed(root, "/cases/a/").one("ol", class_="journey").all("li")
    return [" ".join(step.text.split()) for step in steps]


def test_the_journey_goes_by_rounds_and_tells_the_change(tmp_path: Path) -> None:
    ratings = [{"round": 2, "grade": "A"}, {"round": 1, "grade": "B"}]
    make_site(tmp_path, {FILE: case(ratings=ratings, satisfaction="满意")})
    build(tmp_path)
    steps = journey(tmp_path)
    assert [step.split()[0] for step in steps[:2]] == ["提案", "办理"]
    assert "第一轮评价" in steps[2] and "B" in steps[2]
    assert "第二轮评价" in steps[3] and "由 B 改为 A" in steps[3]
    assert steps[4] == "提案人评价 满意"
    row = parsed(tmp_path, "/themes/economy/").one("li", class_="item")
    assert row.one("span", class_="grade").text.endswith("A")


def test_an_unchanged_grade_tells_no_change(tmp_path: Path) -> None:
    ratings = [{"round": 1, "grade": "A"}, {"round": 2, "grade": "A"}]
    make_site(tmp_path, {FILE: case(ratings=ratings)})
    build(tmp_path)
    assert not any("改为" in step for step in journey(tmp_path))


def test_a_grade_is_explained_by_its_own_publication_only(tmp_path: Path) -> None:
    graded = [{"grade": "A"}]
    make_site(
        tmp_path,
        {
            FILE: case(ratings=graded),
            "content/p/index.md": publication(grade_scheme={"A": "已经解决"}),
            "content/q/1.md": case("b", ratings=graded),
        },
    )
    build(tmp_path)
    assert "已经解决" in page(tmp_path, "/cases/a/")
    assert "已经解决" not in page(tmp_path, "/cases/b/")


def test_proposers_that_are_not_named_are_counted(tmp_path: Path) -> None:
    make_site(tmp_path, {FILE: case(proposers=["王芳", "李明"], proposers_more=24)})
    build(tmp_path)
    byline = parsed(tmp_path, "/cases/a/").one("dl", class_="byline").text
    assert "王芳、李明等26位" in "".join(byline.split())
    facts = parsed(tmp_path, "/themes/economy/").one("p", class_="item-facts").text
    assert "王芳等26位→区科技局" in facts


def test_a_summary_is_made_of_the_first_paragraph(tmp_path: Path) -> None:
    make_site(tmp_path, {FILE: case(body="## 背景\n\n第一段**重点**。\n\n第二段。\n")})
    build(tmp_path)
    description = parsed(tmp_path, "/cases/a/").one("meta", name="description")
    assert description.attributes["content"] == "第一段重点。"


def test_a_long_first_paragraph_is_cut_at_a_sentence(tmp_path: Path) -> None:
    sentence = "四" * 59 + "。"
    make_site(tmp_path, {FILE: case(body=sentence * 3)})
    build(tmp_path)
    description = parsed(tmp_path, "/cases/a/").one("meta", name="description")
    assert description.attributes["content"] == sentence


def test_related_cases_share_something_rare(tmp_path: Path) -> None:
    files = {FILE: case(proposers=["甲"], hosts=["甲局"], keywords=["算力"]),
             "content/q/2.md": case("b", proposers=["乙"], hosts=["乙局"], keywords=["算力"]),
             "content/q/3.md": case("c", proposers=["丙"], hosts=["丙局"], keywords=["养老"])}  # fmt: skip
    make_site(tmp_path, files)
    build(tmp_path)
    related = parsed(tmp_path, "/cases/a/").one("section", class_="related")
    assert related.hrefs() == ["/cases/b/"]
    assert parsed(tmp_path, "/cases/c/").all("section", class_="related") == []


def test_a_publication_says_how_many_it_collected_of_the_declared(tmp_path: Path) -> None:
    files = {FILE: case(), "content/p/index.md": publication(declared_total=100)}
    make_site(tmp_path, files)
    build(tmp_path)
    assert "原刊登 100 件，已收录 1 件" in page(tmp_path, "/publications/p/")


# -- under a path, and the shipped content --------------------------------------------------------


@pytest.mark.parametrize("base", ["/", "/sub/", "/a/b/", "/中文/", "/a&b/", "/it's/"])
def test_every_address_starts_with_the_path_of_the_site(tmp_path: Path, base: str) -> None:
    files = many(
        60, keywords=["算力"], aliases=None, body="![图](a.png)\n\n见[首页](/)。[^1]\n\n[^1]: 注\n"
    )
    make_site(tmp_path, {**files, "content/p/a.png": "x", "content/about.md": "见[首页](/)。\n"})
    build(tmp_path, base_url=f"https://example.org{base}")
    assert assert_links_resolve(tmp_path / "site", base) > 1000


@pytest.mark.parametrize("base_url", ["https://example.org/sub", "https://example.org/sub/"])
def test_a_slash_at_the_end_of_the_site_address_makes_no_difference(
    tmp_path: Path, base_url: str
) -> None:
    make_site(tmp_path, {FILE: case()})
    build(tmp_path, base_url=base_url)
    assert 'href="https://example.org/sub/cases/a/"' in page(tmp_path, "/cases/a/")


def test_every_link_of_the_shipped_content_leads_somewhere(tmp_path: Path) -> None:
    (tmp_path / "content").symlink_to(ROOT / "content")
    report = build(tmp_path)
    assert report.diagnostics == ()
    assert assert_links_resolve(tmp_path / "site") > 2000
