"""What the preview stands on: a plan from a plan is the plan."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from helpers import (
    NOW,
    PNG,
    ROOT,
    SITE_YAML,
    build,
    case,
    make_site,
    publication,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from preview_editions import OPTIONS, codes, edition, small_paper, write

import broadsheet.nothing_new
import broadsheet.read
from broadsheet.fingerprints import Fingerprints
from broadsheet.plan import Options, Plan, plan
from broadsheet.read import read
from broadsheet.render import Look, render
from broadsheet.search.documents import Document


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return small_paper(tmp_path)


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
