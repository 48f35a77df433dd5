"""The preview without a browser and without a server: editions, notices, watching, hosts."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from helpers import (
    NOW,
    PNG,
    ROOT,
    SITE_YAML,
    build,
    case,
    command,
    make_site,
    parse,
    publication,
    raw_case,
    tree,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from patience import LIMIT, eventually

import broadsheet.nothing_new
import broadsheet.read
from broadsheet.diagnostics import Diagnostic
from broadsheet.fingerprints import Fingerprints
from broadsheet.plan import Options, Plan, plan
from broadsheet.preview import showing as showing_module
from broadsheet.preview.edition import Edition, file_of, next_edition, page_of
from broadsheet.preview.handlers import is_local
from broadsheet.preview.index import PreviewIndex
from broadsheet.preview.notices import (
    NOTICES,
    Notice,
    Tools,
    editor_address,
    is_pattern,
    notices_for,
    pattern_for,
    stand_in,
    with_client,
)
from broadsheet.preview.showing import Setup, Showing, Told
from broadsheet.preview.watching import changes
from broadsheet.read import read
from broadsheet.render import Look, render
from broadsheet.search.documents import Document

OPTIONS = Options(NOW, drafts=True, base_url="http://127.0.0.1:8000/")


def edition(root: Path, earlier: Edition | None = None, options: Options = OPTIONS) -> Edition:
    return next_edition(earlier or Edition(), (root / "content", root), options)


def html(made: Edition, address: str) -> str:
    assert made.look
    return render(made.pages[address], made.look).decode()


def codes(made: Edition) -> list[str]:
    return [one.code for one in made.errors]


def write(root: Path, name: str, data: str | bytes) -> None:
    make_site(root, {name: data}, site=None)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Two cases of one publication, a page about the paper."""
    return make_site(
        tmp_path,
        {
            "content/p/index.md": publication("某刊", year=2024),
            "content/p/001-a.md": case("a", "甲案的正文。\n"),
            "content/p/002-b.md": case("b", "乙案的正文。\n"),
            "content/about.md": "关于本报的话。\n",
        },
    )


# -- an edition -----------------------------------------------------------------------------------


def test_an_edition_has_what_a_plan_has(site: Path) -> None:
    made = edition(site)
    assert made.errors == ()
    assert "甲案的正文" in html(made, "/cases/a/")
    assert {"/", "/cases/b/", "/publications/p/", "/search/", "/about/"} <= made.pages.keys()
    assert any(address.endswith(".css") for address in made.files)


def test_a_broken_case_stays_as_it_was_until_it_is_mended(site: Path) -> None:
    first = edition(site)
    write(site, "content/p/001-a.md", raw_case("id: a", "titel: 错", body="新的一句。\n"))
    broken = edition(site, first)
    assert codes(broken)
    assert "甲案的正文" in html(broken, "/cases/a/")
    assert {page_of(one, broken) for one in broken.errors} == {"/cases/a/"}
    write(site, "content/p/002-b.md", case("b", "乙案改过了。\n"))
    later = edition(site, broken)
    assert "乙案改过了" in html(later, "/cases/b/")
    assert "甲案的正文" in html(later, "/cases/a/"), "the last good one, two editions ago"
    write(site, "content/p/001-a.md", case("a", "改好的一句。\n"))
    mended = edition(site, later)
    assert mended.errors == ()
    assert "改好的一句" in html(mended, "/cases/a/")


def test_a_case_that_was_never_good_has_an_address_and_no_page(site: Path) -> None:
    write(site, "content/p/001-a.md", raw_case("id: a", "titel: 错"))
    made = edition(site)
    assert "/cases/a/" not in made.pages
    assert {page_of(one, made) for one in made.errors} == {"/cases/a/"}
    assert "乙案的正文" in html(made, "/cases/b/")


def test_the_last_good_case_gives_way_where_its_id_is_taken(site: Path) -> None:
    first = edition(site)
    write(site, "content/p/001-a.md", "坏了\n")
    write(site, "content/p/003-c.md", case("a", "另一件用了这个编号。\n"))
    made = edition(site, first)
    assert "另一件用了这个编号" in html(made, "/cases/a/")
    assert [c.file for c in made.content.cases if c.front.id == "a"] == ["p/003-c.md"]  # type: ignore[union-attr]


def test_the_last_good_case_goes_with_its_theme(site: Path) -> None:
    write(site, "content/p/001-a.md", case("a", theme="city"))
    first = edition(site)
    write(site, "content/p/001-a.md", "坏了\n")
    write(site, "content/site.yaml", "themes: [{id: economy, name: 经济}]\n")
    made = edition(site, first)
    assert "/cases/a/" not in made.pages
    assert "经济" in html(made, "/")


def test_a_deleted_case_is_gone(site: Path) -> None:
    first = edition(site)
    (site / "content/p/001-a.md").unlink()
    made = edition(site, first)
    assert made.errors == ()
    assert "/cases/a/" not in made.pages
    assert "关于a的建议" not in html(made, "/")


def test_a_site_file_that_cannot_be_understood_keeps_the_whole_edition(site: Path) -> None:
    first = edition(site)
    write(site, "content/site.yaml", "title: [\n")
    write(site, "content/p/001-a.md", case("a", "写着新的话。\n"))
    broken = edition(site, first)
    assert codes(broken)
    assert broken.plan is first.plan
    write(site, "content/site.yaml", "title: 新报\n")
    mended = edition(site, broken)
    assert mended.errors == ()
    assert "写着新的话" in html(mended, "/cases/a/")
    assert "新报" in html(mended, "/cases/a/")


def test_without_its_folder_the_edition_stays(site: Path) -> None:
    first = edition(site)
    (site / "content").rename(site / "away")
    gone = edition(site, first)
    assert codes(gone) == ["B104"]
    assert gone.plan is first.plan
    (site / "away").rename(site / "content")
    assert edition(site, gone).errors == ()


def test_without_cases_there_is_no_traceback(site: Path) -> None:
    first = edition(site)
    for file in (site / "content/p").glob("0*.md"):
        file.unlink()
    made = edition(site, first)
    assert "B104" in codes(made)
    assert "/" in made.pages


def test_a_dead_link_is_told_on_its_page_and_the_page_is_shown(site: Path) -> None:
    write(site, "content/p/001-a.md", case("a", "看[这里](/cases/none/)，还有新的话。\n"))
    made = edition(site)
    (error,) = made.errors
    assert (error.code, page_of(error, made)) == ("B501", "/cases/a/")
    assert "还有新的话" in html(made, "/cases/a/")


def test_two_cases_of_one_id_are_told_and_the_rest_is_shown(site: Path) -> None:
    write(site, "content/p/002-b.md", case("a", "另一件。\n"))
    made = edition(site)
    assert codes(made)
    assert "/cases/a/" in made.pages
    write(site, "content/p/002-b.md", case("b", "另一件。\n"))
    made = edition(site, made)
    assert made.errors == ()
    assert "另一件" in html(made, "/cases/b/")


@pytest.mark.parametrize(
    ("file", "good", "word"),
    [
        ("p/index.md", "---\ntitle: 名副其实的刊\n---\n", "名副其实的刊"),
        ("units.yaml", "entries: [{name: 区科技局, slug: ke-ji}]\n", "/units/ke-ji/"),
        ("about.md", "关于本报的话。\n", "关于本报的话"),
    ],
)
def test_what_else_is_broken_stays_as_it_was(site: Path, file: str, good: str, word: str) -> None:
    write(site, f"content/{file}", good)
    first = edition(site)
    (address, *_) = [address for address in first.pages if word in html(first, address)]
    write(site, f"content/{file}", b"\xff: [\n")
    made = edition(site, first)
    assert codes(made)
    assert word in html(made, address)


@pytest.mark.parametrize(
    ("file", "text", "address"),
    [
        ("p/index.md", "---\ntitel: 错\n---\n", "/publications/p/"),
        ("about.md", "看[这里](/none/)。\n", "/about/"),
        ("site.yaml", "publisher: [一, 二]\n", ""),
        ("people.yaml", "- nmae: 王芳\n", ""),
    ],
)
def test_which_page_an_error_is_about(site: Path, file: str, text: str, address: str) -> None:
    first = edition(site)
    write(site, f"content/{file}", text)
    made = edition(site, first)
    assert made.errors
    assert {page_of(one, made) for one in made.errors} == {address}


def test_the_file_of_a_page(site: Path) -> None:
    made = edition(site)
    assert file_of("/cases/a/", made) == str(site / "content/p/001-a.md")
    assert file_of("/about/", made) == str(site / "content/about.md")
    assert file_of("/", made) == ""


def test_a_style_keeps_its_address_when_it_changes(site: Path) -> None:
    first = edition(site)
    write(site, "templates/assets/custom.css", ".prose { color: rgb(1, 2, 3) }\n")
    made = edition(site, first)
    assert made.files.keys() == first.files.keys()
    (style,) = (address for address in made.files if "/style." in address)
    assert b"rgb(1, 2, 3)" in made.files[style]
    assert b"rgb(1, 2, 3)" not in first.files[style]
    assert style in html(made, "/")


def test_a_script_that_cannot_be_joined_keeps_the_look(site: Path) -> None:
    first = edition(site)
    write(site, "templates/assets/page.js", 'import { none } from "./missing.js";\nnone();\n')
    write(site, "content/p/001-a.md", case("a", "写着新的话。\n"))
    made = edition(site, first)
    assert codes(made)
    assert made.files == first.files
    assert "写着新的话" in html(made, "/cases/a/"), "the text can still be written"


def test_a_script_that_is_no_text_is_no_defect_of_ours(site: Path) -> None:
    first = edition(site)
    write(site, "templates/assets/page.js", b"\xff\xfe//")
    write(site, "content/p/001-a.md", case("a", "写着新的话。\n"))
    made = edition(site, first)
    assert codes(made)
    assert "B901" not in codes(made)
    assert "写着新的话" in html(made, "/cases/a/")


def test_drafts_and_embargoed_cases_are_there_and_marked(site: Path) -> None:
    write(site, "content/p/003-c.md", case("c", draft=True))
    write(site, "content/p/004-d.md", case("d", publish_at="2030-01-01T06:00+08:00"))
    made = edition(site)
    marks = {"c": "草稿", "d": "定于2030年1月1日"}
    for id_, mark in marks.items():
        assert mark in html(made, f"/cases/{id_}/")
    rows = [item.text for item in parse(html(made, "/")).one("main").all("li")]
    for id_, mark in marks.items():
        assert {row for row in rows if mark in row} == {row for row in rows if f"关于{id_}" in row}
    assert 'class="draft"' not in html(made, "/cases/a/")
    hidden = edition(site, made, Options(NOW, drafts=False))
    assert not {"/cases/c/", "/cases/d/"} & hidden.pages.keys()
    assert "草稿" not in html(hidden, "/")


def test_an_embargo_ends_without_an_edit(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broadsheet.read, "settled", lambda *_: True)  # nothing is read again
    write(site, "content/p/003-c.md", case("c", publish_at="2026-06-01T06:00+08:00"))
    made = edition(site)
    later = Options(datetime(2026, 7, 1, tzinfo=UTC), True, OPTIONS.base_url)
    assert "定于2026年6月1日" in html(made, "/cases/c/")
    assert "定于" not in html(edition(site, made, later), "/cases/c/")


# -- what the preview stands on: a plan from a plan is the plan -----------------------------------

IDS = st.sampled_from("abcdef")
SENTENCES = st.sampled_from(
    ["路灯太暗。\n", "河边种树。\n", "见[乙](002-b.md)。\n", "见[无](/no/)。\n"]
)
EDITS = st.one_of(
    st.tuples(st.just("body"), IDS, SENTENCES),
    st.tuples(st.just("title"), IDS, st.sampled_from(["修路的建议", "种树的建议"])),
    st.tuples(st.just("summary"), IDS, st.sampled_from(["一句话。", None])),
    st.tuples(st.just("theme"), IDS, st.sampled_from(["economy", "city", "ecology", "none"])),
    st.tuples(st.just("date"), IDS, st.sampled_from(["2020-01-01", "2025-02-03", "2023", None])),
    st.tuples(st.just("draft"), IDS, st.sampled_from([True, None])),
    st.tuples(st.just("publish_at"), IDS, st.sampled_from(["2030-01-01", "2020-01-01", None])),
    st.tuples(st.just("proposers"), IDS, st.sampled_from([["李明"], ["王芳", "李明"]])),
    st.tuples(st.just("hosts"), IDS, st.sampled_from([["区住建局"], ["区文旅局"]])),
    st.tuples(st.just("keywords"), IDS, st.sampled_from([["路灯"], []])),
    st.tuples(st.just("ratings"), IDS, st.sampled_from([[{"grade": "A"}], []])),
    st.tuples(st.just("aliases"), IDS, st.sampled_from([["/old/"], ["/cases/b/"], []])),
    st.tuples(st.just("id"), IDS, IDS),
    st.tuples(st.just("broken"), IDS, st.booleans()),
    st.tuples(st.just("delete"), IDS, st.none()),
    st.tuples(st.just("add"), IDS, st.none()),
    st.tuples(st.just("publication"), st.sampled_from("pq"), st.sampled_from(["甲刊", "乙刊"])),
    st.tuples(st.just("region"), st.sampled_from("pq"), st.sampled_from(["余杭区", None])),
    st.tuples(st.just("site"), st.just(""), st.sampled_from([
        SITE_YAML, "title: 新报\n", "publications: [q, p]\n", "title: [\n",
        "themes: [{id: city, name: 城}, {id: economy, name: 经济}, {id: ecology, name: 绿}]\n",
    ])),
    st.tuples(st.just("units"), st.just(""), st.sampled_from([
        "", "entries: [{name: 区科技局, slug: ke-ji}]\n", "entries: [{nmae: 错}]\n",
    ])),
    st.tuples(st.just("about"), st.just(""), SENTENCES),
    st.tuples(st.just("picture"), st.just(""), st.binary(max_size=2)),
)  # fmt: skip


class Desk:
    """A small publication that is edited step by step."""

    def __init__(self, root: Path) -> None:
        self.root, self.ticks = root, 0
        self.fields: dict[str, dict[str, Any]] = {}
        self.bodies: dict[str, str] = {}
        self.indexes: dict[str, dict[str, Any]] = {"p": {"title": "某刊"}, "q": {"title": "别刊"}}
        self.put("content/site.yaml", SITE_YAML)
        self.put("content/p/photo.png", PNG)
        for name in "pq":
            self.edit("publication", name, self.indexes[name]["title"])
        for name in "abcd":
            self.edit("add", name, None)

    def put(self, name: str, data: str | bytes) -> None:
        """Each write has a date of its own, long ago: what was read before can be known."""
        write(self.root, name, data)
        self.ticks += 1
        os.utime(self.root / name, ns=(self.ticks * 10**9, self.ticks * 10**9))

    def file(self, name: str) -> str:
        return f"content/{'p' if name < 'd' else 'q'}/{ord(name) - 96:03}-{name}.md"

    def edit(self, what: str, name: str, value: Any) -> None:
        if what == "site":
            self.put("content/site.yaml", value)
        elif what in ("units", "people"):
            self.put(f"content/{what}.yaml", value)
        elif what == "about":
            self.put("content/about.md", value)
        elif what == "picture":
            self.put("content/p/photo.png", PNG[:-5] + value.ljust(5, b"\1"))
        elif what in ("publication", "region"):
            self.indexes[name]["title" if what == "publication" else what] = value
            front = {k: v for k, v in self.indexes[name].items() if v is not None}
            self.put(f"content/{name}/index.md", publication(**front))
        elif what == "add":
            self.fields.setdefault(name, {"id": name, "title": f"关于{name}的建议"})
            self.bodies.setdefault(name, "一段正文。\n" + "![照片](photo.png)\n" * (name == "a"))
            self.save(name)
        elif name not in self.fields:
            return
        elif what == "delete":
            del self.fields[name]
            (self.root / self.file(name)).unlink()
        elif what == "broken":
            self.put(
                self.file(name), f"---\nid: {name}\ntitel: 错\n---\n\n一段。\n" if value else ""
            )
        else:
            if what == "body":
                self.bodies[name] = value
            else:
                self.fields[name][what] = value
            self.save(name)

    def save(self, name: str) -> None:
        self.put(self.file(name), case(body=self.bodies[name], **self.fields[name]))


def rendered(made: Plan, look: Look) -> list[tuple[str, str, bytes]]:
    look = Look(made.site, look.assets, look.folders, look.state)
    return [(page.address, page.file, render(page, look)) for page in made.pages]


def told(made: Plan) -> list[tuple[str, Document]]:
    return [(entry.digest, entry.document) for entry in made.documents]


def assert_told_apart(made: Plan, seen: dict[object, object]) -> None:
    """What has one digest is the same; `seen` is what had it in other plans."""
    prints = Fingerprints()
    pages = {
        group.key: [(p.address, p.listed, prints.of(p)) for p in group.pages]
        for group in made.groups
    }
    found = {
        **pages,
        **{entry.digest: entry.document for entry in made.documents},
        **{(entry.id, entry.filter_digest): entry.filters for entry in made.documents},
    }
    assert {key: seen.get(key, value) for key, value in found.items()} == found
    seen |= found


@settings(max_examples=40)
@given(edits=st.lists(EDITS, min_size=1, max_size=6), drafts=st.booleans())
def test_a_plan_from_an_earlier_one_is_the_plan(
    tmp_path_factory: pytest.TempPathFactory, edits: list[tuple[str, str, Any]], drafts: bool
) -> None:
    compare_plans(tmp_path_factory.mktemp("desk"), edits, drafts)


def test_a_plan_from_an_earlier_one_is_the_plan_after_every_kind_of_edit(tmp_path: Path) -> None:
    edits: list[tuple[str, str, Any]] = [
        ("body", "b", "河边种树。\n"),
        ("body", "a", "见[乙](002-b.md)。\n"),
        ("units", "", "entries: [{name: 区科技局, slug: ke-ji}]\n"),
        ("units", "", ""),
        ("people", "", "entries: [{name: 王芳, slug: fang}]\n"),
        ("about", "", "关于本报。\n"),
        ("title", "b", "修路的建议"),
        ("summary", "b", "一句话。"),
        ("theme", "c", "city"),
        ("date", "a", "2025-02-03"),
        ("draft", "b", True),
        ("publish_at", "c", "2030-01-01"),
        ("hosts", "a", ["区文旅局"]),
        ("keywords", "a", ["路灯"]),
        ("ratings", "a", [{"grade": "A"}]),
        ("aliases", "a", ["/cases/b/"]),
        ("aliases", "a", ["/old/"]),
        ("picture", "", b"\2\3"),
        ("publication", "p", "改名的刊"),
        ("region", "p", "余杭区"),
        ("site", "", "title: 新报\n"),
        ("site", "", "publications: [q, p]\n"),
        ("id", "c", "e"),
        ("id", "c", "a"),
        ("id", "c", "c"),
        ("broken", "b", True),
        ("body", "b", "改好了。\n"),
        ("add", "e", None),
        ("delete", "a", None),
        ("delete", "d", None),
    ]
    compare_plans(tmp_path, edits, drafts=True)


def compare_plans(root: Path, edits: list[tuple[str, str, Any]], drafts: bool) -> None:
    """After each edit, the plan that goes on from the one before with one from nothing.

    Every other one was hasty on its way there.
    """
    desk = Desk(root)
    options = Options(NOW, drafts, OPTIONS.base_url)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(broadsheet.read, "settled", lambda *_: True)
        content = read(desk.root / "content")
        made = plan(content, options, tolerant=True)
        seen: dict[object, object] = {}
        assert_told_apart(made, seen)
        look = edition(desk.root).look
        assert look
        for number, (what, name, value) in enumerate(edits):
            desk.edit(what, name, value)
            try:
                content = read(desk.root / "content", known=content.known)
                fresh = read(desk.root / "content")
            except broadsheet.read.ContentError:
                continue
            if number % 2:
                made = plan(content, options, made.related, made, tolerant=True, hasty=True)
            made = plan(content, options, made.related, made, tolerant=True)
            anew = plan(fresh, options, tolerant=True)
            assert not made.is_hasty
            assert_told_apart(anew, seen)
            assert made.diagnostics == anew.diagnostics
            assert made.media == anew.media
            ids = [case.front.id for case in fresh.cases]
            if len(set(ids)) == len(ids):  # else nobody knows which of them is meant
                assert told(made) == told(anew)
                assert rendered(made, look) == rendered(anew, look)


def test_a_hasty_plan_has_the_related_cases_of_before(tmp_path: Path) -> None:
    titles = {
        "a": "老旧小区加装电梯",
        "b": "老旧小区加装充电桩",
        "c": "乡村骑行绿道",
        "d": "城市骑行绿道",
    }
    for id_, title in titles.items():
        write(tmp_path, f"content/p/{id_}.md", case(id_, title=title, hosts=[f"{title[0]}局"]))
    content = read(tmp_path / "content")
    first = plan(content, OPTIONS)
    write(tmp_path, "content/p/b.md", case("b", title="城市骑行驿站", hosts=["老局"]))
    content = read(tmp_path / "content", known=content.known)
    hasty = plan(content, OPTIONS, first.related, first, hasty=True)
    exact = plan(content, OPTIONS, hasty.related, hasty)
    assert first.related and hasty.related and exact.related
    assert hasty.is_hasty and hasty.related[1] == first.related[1] != exact.related[1]
    assert exact.related[1] == plan(content, OPTIONS).related[1] and not exact.is_hasty  # type: ignore[index]


@settings(max_examples=30)
@given(edits=st.lists(EDITS, min_size=1, max_size=6))
def test_editions_that_end_well_are_what_the_first_one_would_be(
    tmp_path_factory: pytest.TempPathFactory, edits: list[tuple[str, str, Any]]
) -> None:
    """Whatever was broken on the way."""
    desk = Desk(tmp_path_factory.mktemp("desk"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(broadsheet.read, "settled", lambda *_: True)
        made = edition(desk.root)
        for what, name, value in edits:
            desk.edit(what, name, value)
            made = edition(desk.root, made)
            anew = edition(desk.root)
            assert set(codes(anew)) == set(codes(made))
            if not anew.errors:
                assert made.plan and anew.plan and anew.look
                assert rendered(made.plan, anew.look) == rendered(anew.plan, anew.look)
                assert told(made.plan) == told(anew.plan)


def test_a_document_made_of_two_cases_of_one_id(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is made again when they have ids of their own."""
    monkeypatch.setattr(broadsheet.read, "settled", lambda *_: True)
    write(site, "content/p/002-b.md", case("a", theme="city", date="2020-01-01"))
    made = edition(site)
    write(site, "content/p/002-b.md", case("bb", theme="city", date="2020-01-01"))
    made, anew = edition(site, made), edition(site)
    assert not made.errors and made.plan and anew.plan
    assert told(made.plan) == told(anew.plan)


def test_the_pages_are_those_of_the_built_site(tmp_path: Path) -> None:
    """But for the addresses that carry the place where they are served."""
    root = make_site(tmp_path, {}, site=None)
    (root / "content").symlink_to(ROOT / "content", target_is_directory=True)
    made = edition(root, options=Options(NOW, base_url="https://example.org/"))
    assert made.plan and made.look and not made.errors
    build(root, base_url="https://example.org/")
    built = {p.relative_to(root / "site").as_posix(): p for p in (root / "site").rglob("*")}
    for page in made.plan.pages:
        assert render(page, made.look) == built[page.file].read_bytes(), page.address
    for address, data in made.files.items():
        assert built[address[1:]].read_bytes() == data
    planned = {page.file for page in made.plan.pages} | {address[1:] for address in made.files}
    planned |= {address[1:] for address in made.plan.media}
    others = {name for name, p in built.items() if p.is_file()} - planned
    assert others
    assert all(name.startswith("search/") for name in others), "the index is the only other thing"


# -- notices --------------------------------------------------------------------------------------

HERE = Diagnostic("B302", "缺少标题", "补上", "content/p/1.md", 4, 3, "abcdef")


@pytest.mark.parametrize(
    ("editor", "address"),
    [
        ("vscode", "vscode://file/{path}:4:3"),
        ("cursor", "cursor://file/{path}:4:3"),
        ("zed", "zed://file/{path}:4:3"),
        ("idea", "idea://open?file=/{path}&line=4&column=3"),
        ("none", ""),
        ("my://{path}?l={line}&{other}", "my://{path}?l=4&{other}"),
    ],
)
def test_the_address_that_opens_an_editor(editor: str, address: str) -> None:
    path = quote(os.path.abspath(HERE.file).lstrip("/"))  # the checkout may stand anywhere
    assert is_pattern(editor)
    assert editor_address(pattern_for(editor), HERE.file, 4, 3) == address.replace("{path}", path)


def test_the_command_names_every_editor() -> None:
    from broadsheet.commands import serve
    from broadsheet.preview import notices

    assert tuple(notices.EDITORS) == serve.EDITORS


def test_an_address_escapes_what_a_path_may_hold() -> None:
    made = editor_address(pattern_for("vscode"), "/tmp/某 刊/a#1?.md")
    assert made == "vscode://file/tmp/%E6%9F%90%20%E5%88%8A/a%231%3F.md:1:1"
    assert editor_address(pattern_for("vscode"), "") == ""


@pytest.mark.parametrize("editor", ["", "vim", "{path}", "vscode://", "x://{line}"])
def test_what_is_no_editor(editor: str) -> None:
    assert not is_pattern(editor)


def _notice(page: str = "", **fields: Any) -> Notice:
    one = Diagnostic(**({"code": "B302", "message": "缺少标题", "hint": "补上"} | fields))
    return Notice(one, page, "vscode://file/x" if one.file else "")


def test_a_page_with_errors_has_an_overlay_and_the_others_a_banner() -> None:
    some = [_notice("/cases/a/", file="content/a.md", line=4, column=3, excerpt="abcdef")]
    own, other = (parse(notices_for(page, some, Tools())) for page in ("/cases/a/", "/"))
    assert own.all("aside") == []
    dialog = own.one("dialog")
    assert dialog.one("a").attributes["href"] == "vscode://file/x"
    assert (dialog.one("a").text, dialog.one("mark").text) == ("content/a.md:4:3", "cdef")
    assert "缺少标题" in dialog.text and "补上" in dialog.text
    assert dialog.attributes["aria-labelledby"] in dialog.ids()
    assert dialog.attributes["aria-describedby"] in dialog.ids()
    assert other.all("dialog") == []
    aside = other.one("aside")
    assert "1 处错误" in aside.one("summary").text
    assert aside.hrefs() == ["vscode://file/x", "/cases/a/"]
    assert parse(notices_for("/", [], Tools())).all() == []


def test_an_overlay_tells_of_the_rest() -> None:
    some = [_notice("/cases/a/"), *[_notice("/cases/b/")] * 2]
    own = parse(notices_for("/cases/a/", some, Tools()))
    assert "别处还有 2 处" in own.one("dialog").text
    assert len(own.one("aside").all("li")) == 2


def test_a_banner_with_very_many_errors_ends() -> None:
    aside = parse(notices_for("/", [_notice(message=f"错{n}") for n in range(45)], Tools())).one(
        "aside"
    )
    assert len(aside.all("li")) == 20
    assert "45 处错误" in aside.one("summary").text
    assert "另有 25 处" in aside.text


def test_what_an_editor_has_written_is_no_html() -> None:
    bad = "<script>alert(1)</script>\"'&"
    some = [_notice("/", message=bad, hint=bad, file=bad, line=1, column=9, excerpt=bad)]
    for page in ("/", "/x/"):
        made = parse(notices_for(page, some, Tools()))
        assert made.all("script") == []
        assert made.text.count("alert(1)") == 4
        assert made.one("mark").text == bad[8:]


def test_without_an_editor_the_place_is_told_all_the_same() -> None:
    one = Notice(HERE, "/", "")
    assert "content/p/1.md:4" in parse(notices_for("/", [one], Tools())).text
    assert parse(notices_for("/", [one], Tools())).all("a") == []


@pytest.mark.parametrize("column", [0, 1, 6, 7, 99])
def test_a_fault_stands_inside_its_line(column: int) -> None:
    one = Notice(Diagnostic("B302", "缺", "", "a.md", 1, column, "abcdef"), "", "")
    assert one.before + one.after == "abcdef"


def test_scripts_are_put_into_the_head_once() -> None:
    page = with_client(b"<html><head></head><body>&lt;/head><p>x</p></body></html>", 8001)
    assert page.count(b"/_preview/preview.js") == 1
    assert page.index(b"preview.js") < page.index(b"</head>")
    assert b"/livereload.js?port=8001" in page


def test_a_stand_in_escapes_and_may_ask_again() -> None:
    page = stand_in("<b>", "<i>", again=True).decode()
    assert "<b>" not in page and "<i>" not in page
    assert 'http-equiv="refresh"' in page
    assert 'http-equiv="refresh"' not in stand_in("x", "y").decode()


# -- hosts ----------------------------------------------------------------------------------------


def _setup(host: str = "127.0.0.1", **fields: Any) -> Setup:
    return Setup(Path("content"), Path(), host, **fields)


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:8000", "LOCALHOST:1", "127.0.0.1:8000", "127.0.0.1", "[::1]:8000",
     "paper.localhost:8000", "127.9.9.9:80"],
)  # fmt: skip
def test_hosts_of_this_machine(host: str) -> None:
    assert is_local(host, _setup())


@pytest.mark.parametrize(
    "host",
    ["example.org", "example.org:8000", "localhost.example.org", "127.0.0.1.example.org:8000", "",
     "192.168.1.7:8000", "[2001:db8::1]:8000", "0.0.0.0:8000", "evil@example.org", "[", ":8000",
     "127.0.0.1@example.org:8000", "notlocalhost", "2130706433.example.org"],
)  # fmt: skip
def test_other_hosts(host: str) -> None:
    assert not is_local(host, _setup())


def test_the_host_that_was_asked_for() -> None:
    assert is_local("paper.lan:8000", _setup("Paper.lan"))
    assert not is_local("other.lan:8000", _setup("paper.lan"))
    for everywhere in ("0.0.0.0", "::"):
        assert is_local("192.168.1.7:8000", _setup(everywhere))
        assert not is_local("example.org", _setup(everywhere)), "a name may be a trick even then"


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000/"),
        ("0.0.0.0", "http://127.0.0.1:8000/"),
        ("::", "http://127.0.0.1:8000/"),
        ("::1", "http://[::1]:8000/"),
        ("paper.lan", "http://paper.lan:8000/"),
    ],
)
def test_the_address_of_a_preview(host: str, address: str) -> None:
    assert _setup(host).address == address


# -- watching -------------------------------------------------------------------------------------


class Watched:
    """What has been told of some folders."""

    def __init__(self) -> None:
        self._names: frozenset[str] = frozenset()
        self.times = 0
        self._lock = threading.Lock()

    def hear(self, paths: Iterable[str]) -> None:
        with self._lock:
            self._names |= {os.path.basename(path) for path in paths}
            self.times += 1

    def names(self) -> frozenset[str]:
        return self._names

    def forget(self) -> None:
        with self._lock:
            self._names, self.times = frozenset(), 0


@contextmanager
def watching(folders: Callable[[], list[str]]) -> Iterator[Watched]:
    """Once it watches for certain."""
    stop, found = threading.Event(), Watched()

    def run() -> None:
        for paths in changes(folders, stop):
            found.hear(paths)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    there = [Path(folder) for folder in folders()]
    for folder in there:
        _poke(folder, found)
    found.forget()
    yield found
    stop.set()
    thread.join(LIMIT)
    assert not thread.is_alive()


def _poke(folder: Path, found: Watched) -> None:
    def told() -> bool:
        (folder / "poke.md").write_text("x")
        return "poke.md" in found.names()

    eventually(told, every=0.1)


def test_writing_renaming_and_removing_are_told(tmp_path: Path) -> None:
    with watching(lambda: [str(tmp_path)]) as found:
        (tmp_path / "a.md").write_text("x")
        eventually(lambda: "a.md" in found.names())
        found.forget()
        (tmp_path / "a.md").rename(tmp_path / "b.md")
        eventually(lambda: {"a.md", "b.md"} <= found.names())
        found.forget()
        (tmp_path / "b.md").unlink()
        eventually(lambda: "b.md" in found.names())
        (tmp_path / "new" / "deep").mkdir(parents=True)
        (tmp_path / "new" / "deep" / "c.md").write_text("x")
        eventually(lambda: found.names() & {"new", "deep", "c.md"})
        found.forget()
        _poke(tmp_path / "new" / "deep", found)


def test_what_editors_leave_beside_a_file_is_not_told(tmp_path: Path) -> None:
    with watching(lambda: [str(tmp_path)]) as found:
        for name in (".a.md.swp", ".#a.md", "~$a.docx", "a.md~", ".DS_Store"):
            (tmp_path / name).write_text("x")
        (tmp_path / "last.md").write_text("x")
        eventually(lambda: "last.md" in found.names())
        assert found.names() <= {"last.md", "poke.md"}


def test_who_watches_says_when_that_has_begun(tmp_path: Path) -> None:
    """What is read before could change unseen: the folders may be looked up slowly."""
    stop, begun, found = threading.Event(), threading.Event(), Watched()

    def folders() -> list[str]:
        time.sleep(0.3)
        return [str(tmp_path)]

    def run() -> None:
        for paths in changes(folders, stop, begun):
            found.hear(paths)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert begun.wait(LIMIT)
    time.sleep(0.1)
    (tmp_path / "a.md").write_text("x")
    eventually(lambda: "a.md" in found.names())
    stop.set()
    thread.join(LIMIT)


def test_a_folder_that_is_made_later_is_watched(tmp_path: Path) -> None:
    first, later = tmp_path / "content", tmp_path / "templates"
    first.mkdir()
    folders = lambda: [str(one) for one in (first, later) if one.is_dir()]  # noqa: E731
    with watching(folders) as found:
        later.mkdir()
        eventually(lambda: found.times)
        _poke(later, found)


def test_a_folder_that_goes_and_comes_is_watched_again(tmp_path: Path) -> None:
    folder = tmp_path / "content"
    folder.mkdir()
    with watching(lambda: [str(folder)]) as found:
        folder.rename(tmp_path / "away")
        eventually(lambda: found.times)
        found.forget()
        (tmp_path / "away").rename(folder)
        eventually(lambda: found.times)
        _poke(folder, found)


def test_a_folder_that_is_replaced_by_another_is_watched(tmp_path: Path) -> None:
    folder, other = tmp_path / "content", tmp_path / "other"
    folder.mkdir()
    other.mkdir()
    with watching(lambda: [str(folder)]) as found:
        folder.rename(tmp_path / "away")
        other.rename(folder)
        eventually(lambda: found.times)
        _poke(folder, found)


# -- what is shown --------------------------------------------------------------------------------


class Looker:
    """A browser, as far as the preview knows one."""

    def __init__(self, page: str) -> None:
        self.page, self.sent = page, list[str]()

    def send(self, paths: Iterable[str]) -> None:
        self.sent += paths

    def take(self) -> list[str]:
        taken, self.sent = self.sent, []
        return taken


def showing_of(site: Path, told: list[Told]) -> Showing:
    setup = Setup(site / "content", site, now=NOW)
    return Showing(setup, PreviewIndex(site / "index", site / "search"), Edition(), told.append)


def test_an_exception_becomes_a_diagnostic_and_the_preview_goes_on(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Told] = []
    showing = showing_of(site, told)
    works = next_edition

    def breaks(*_: Any) -> Edition:
        raise RuntimeError("未曾想到")

    async def run() -> None:
        await showing.change()
        monkeypatch.setattr(showing_module, "next_edition", breaks)
        await showing.change()
        (notice,) = showing.notices()
        assert (notice.diagnostic.code, notice.page) == ("B901", "")
        assert showing.html(showing.edition.pages["/cases/a/"]), "the last edition is still shown"
        assert [d.code for d in told[-1].news] == ["B901"]
        monkeypatch.setattr(showing_module, "next_edition", works)
        write(site, "content/p/001-a.md", case("a", "写着新的话。\n"))
        await showing.change()
        assert showing.notices() == []
        page = showing.html(showing.edition.pages["/cases/a/"])
        assert page and "写着新的话" in page.decode()

    asyncio.run(run())
    showing.close()


def test_an_exception_in_the_very_first_edition_is_told(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    showing = showing_of(site, [])

    def breaks(*_: Any) -> Edition:
        raise RuntimeError("未曾想到")

    monkeypatch.setattr(showing_module, "next_edition", breaks)
    asyncio.run(showing.change())
    assert [one.code for one in showing.edition.errors] == ["B901"]
    showing.close()


def test_only_who_shows_what_has_changed_loads_it_again(site: Path) -> None:
    showing = showing_of(site, [])
    a, b, home, lost = (Looker(page) for page in ("/cases/a/", "/cases/b/", "/", "/cases/c/"))

    async def run() -> None:
        await showing.change()
        showing.clients |= {a, b, home, lost}
        write(site, "content/p/001-a.md", case("a", "写着新的话。\n", summary="同一句"))
        await showing.change([str(site / "content/p/001-a.md")])
        assert a.take() == ["/cases/a/"]
        assert lost.take() == [NOTICES]
        for one in (b, home):  # they know the summary
            one.take()
        write(site, "content/p/001-a.md", case("a", "又写着新的话。\n", summary="同一句"))
        await showing.change([str(site / "content/p/001-a.md")])
        assert (a.take(), b.take(), home.take()) == (["/cases/a/"], [NOTICES], [NOTICES])
        write(site, "content/p/001-a.md", case("a", "又写着新的话。\n", title="改了题目"))
        await showing.change([str(site / "content/p/001-a.md")])
        assert home.take() == ["/"]
        assert b.take()[-1] == "/cases/b/", "its neighbour is named on it"
        lost.take()
        write(site, "content/p/003-c.md", case("c"))
        await showing.change([str(site / "content/p/003-c.md")])
        assert lost.take() == ["/cases/c/"]

    asyncio.run(run())
    showing.close()


def test_two_windows_of_one_page(site: Path) -> None:
    showing = showing_of(site, [])
    windows = [Looker("/cases/a/") for _ in range(3)]

    async def run() -> None:
        await showing.change()
        showing.html(showing.edition.pages["/cases/a/"])
        showing.clients.update(windows)
        for n in range(2):
            write(site, "content/p/001-a.md", case("a", f"甲案的正文。\n\n第{n}稿。\n"))
            await showing.change()
            assert [window.take() for window in windows] == [["/cases/a/"]] * 3

    asyncio.run(run())
    showing.close()


def test_a_page_that_looks_the_same_is_not_loaded_again(site: Path) -> None:
    """A neighbour knows the summary, which is made of the first paragraph, and does not show it."""
    showing = showing_of(site, [])
    b = Looker("/cases/b/")

    async def run() -> None:
        await showing.change()
        before = showing.html(showing.edition.pages["/cases/b/"])
        showing.clients.add(b)
        write(site, "content/p/001-a.md", case("a", "写着新的话。\n"))
        await showing.change([str(site / "content/p/001-a.md")])
        assert showing.html(showing.edition.pages["/cases/b/"]) == before
        assert b.take() == [NOTICES]

    asyncio.run(run())
    showing.close()


def test_changes_that_come_meanwhile_are_read_after_that(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Told] = []
    showing = showing_of(site, told)
    started, gate = threading.Event(), threading.Event()

    def slow(*arguments: Any, **options: Any) -> Edition:
        made = next_edition(*arguments, **options)
        started.set()
        gate.wait(LIMIT)
        return made

    monkeypatch.setattr(showing_module, "next_edition", slow)

    async def run() -> None:
        busy = asyncio.create_task(showing.change())
        await asyncio.to_thread(started.wait, LIMIT)
        write(site, "content/p/001-a.md", case("a", "写着新的话。\n"))
        for _ in range(50):
            await showing.change(["x"])
        gate.set()
        await busy

    asyncio.run(run())
    assert len(told) == 2, "fifty changes, and one reading"
    page = showing.html(showing.edition.pages["/cases/a/"])
    assert page and "写着新的话" in page.decode()
    showing.close()


@pytest.mark.parametrize("settled", [True, False])
def test_a_faulty_template_is_told_until_it_is_mended(
    site: Path, monkeypatch: pytest.MonkeyPatch, settled: bool
) -> None:
    """An edit elsewhere does not make anybody forget it, however old the template is by then."""
    monkeypatch.setattr(broadsheet.nothing_new, "settled", lambda *_: settled)
    showing = showing_of(site, [])
    good = (ROOT / "templates" / "case.html").read_text("utf-8")
    a = Looker("/cases/a/")

    async def run() -> None:
        await showing.change()
        showing.html(showing.edition.pages["/cases/a/"])
        showing.clients.add(a)
        mark = '<p class="kicker">'
        write(site, "templates/case.html", good.replace(mark, "{{ no_such_name }}" + mark))
        await showing.change()
        (notice,) = showing.notices()
        line = good.partition(mark)[0].count("\n") + 1
        assert (notice.diagnostic.code, notice.page) == ("B601", "/cases/a/")
        assert notice.diagnostic.file.endswith("templates/case.html")
        assert notice.diagnostic.line == line
        write(site, "content/p/002-b.md", case("b", "乙案的正文。\n\n写着新的话。\n"))
        await showing.change()
        assert [one.diagnostic.code for one in showing.notices()] == ["B601"]
        write(site, "templates/case.html", good.replace(mark, f"<p>新的样子</p>{mark}"))
        a.take()
        await showing.change()
        assert showing.notices() == []
        assert a.take() == ["/cases/a/"]

    asyncio.run(run())
    showing.close()


def test_a_style_is_swapped_and_no_page_loaded_again(site: Path) -> None:
    showing = showing_of(site, [])
    a = Looker("/cases/a/")

    async def run() -> None:
        write(site, "templates/assets/custom.css", ".prose { color: red }\n")
        await showing.change()
        showing.clients.add(a)
        write(site, "templates/assets/custom.css", ".prose { color: blue }\n")
        await showing.change()
        (style,) = (address for address in showing.edition.files if "/style." in address)
        assert a.take() == [style, NOTICES]

    asyncio.run(run())
    showing.close()


# -- the index ------------------------------------------------------------------------------------


def test_the_index_follows_the_documents(site: Path) -> None:
    index = PreviewIndex(site / "index", site / "search")
    first = edition(site)
    assert first.plan
    index.bring_up(first.plan.documents)
    files = tree(site / "index")
    index.bring_up(first.plan.documents)
    assert tree(site / "index") == files
    write(site, "content/p/001-a.md", case("a", "写着罕见的辞藻。\n"))
    made = edition(site, first)
    assert made.plan
    index.bring_up(made.plan.documents)
    assert tree(site / "index") != files
    assert index.file("nothing.bin") is None
    assert index.file("../../../etc/passwd.bin") is None


# -- the command ----------------------------------------------------------------------------------


def test_help_is_chinese_and_names_every_option() -> None:
    told = command("serve", "--help")
    assert told.returncode == 0
    for option in ("--port", "--host", "--open", "--drafts", "--no-drafts", "--editor", "--now"):
        assert option in told.stdout
    assert "默认是 8000" in told.stdout and "127.0.0.1" in told.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--editor", "vim"], 2, "不认识"),
        (["--port", "70000"], 2, "--port"),
        (["--host", "no.such.host.invalid"], 1, "B762"),
        (["--host", "192.0.2.1"], 1, "B762"),
        (["--content", "none"], 1, "B104"),
    ],
)
def test_what_cannot_be_served(site: Path, arguments: list[str], code: int, said: str) -> None:
    told = command("serve", "--root", site, *arguments)
    assert (told.returncode, "Traceback" in told.stderr) == (code, False)
    assert said in told.stdout + told.stderr
    assert "cannot" not in (told.stdout + told.stderr).lower(), "no English"


def test_without_a_content_folder_there_is_nothing_to_serve(tmp_path: Path) -> None:
    told = command("serve", "--root", tmp_path, "--port", "0")
    assert told.returncode == 1
    assert "B104" in told.stdout + told.stderr
    assert list(tmp_path.iterdir()) == []
