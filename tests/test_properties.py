"""Properties that hold for whatever anyone types."""

from __future__ import annotations

import json
from html import unescape
from pathlib import Path
from xml.etree import ElementTree

import yaml
from helpers import build, case, make_site, page, parse, parsed
from hypothesis import example, given, settings
from hypothesis import strategies as st

from broadsheet import frontmatter
from broadsheet.diagnostics import Diagnostic
from broadsheet.frontmatter import FrontMatterError
from broadsheet.headlines import BREAK, with_breaks
from broadsheet.markdown import read_body
from broadsheet.models import FrontMatter
from broadsheet.read import Broken, Case, read_case
from broadsheet.scan import SourceFile, natural
from broadsheet.slugs import entity_slug, slugify

THEMES = [("economy", "经济发展")]

# what Markdown, YAML and HTML treat as special, and ordinary text
PIECES = st.sampled_from(
    ["---", "\n", ": ", "- ", "[", "]", "{", "}", "&", "*", "#", "|", ">", "`", "\t", "'", '"', "<b>",
     "](", "![", "[^1]", "：", "“", "”", "标题", "id: a", "title: 甲", "theme: economy", "kind: case",
     "\r\n", "\x00", "\x85", "\u2028", "\ue000", "\\", "~", "%", "2024-13-01", "!!python/object:x",
     "? ", "<<", "...", "\ufeff", "[^1]: 注", "***", "==="]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=40).map("".join))


def read_bytes(folder: Path, data: bytes) -> tuple[Case | Broken, list[Diagnostic]]:
    (folder / "a.md").write_bytes(data)
    return read_case(folder, SourceFile("a.md", "cases"), THEMES)


def check_diagnostics(found: list[Diagnostic], data: bytes) -> None:
    lines = data.count(b"\n") + data.count(b"\r") + 1
    for diagnostic in found:
        assert diagnostic.file.endswith("a.md") and diagnostic.message
        assert 0 <= diagnostic.line <= lines and diagnostic.column >= 0
        assert "\n" not in diagnostic.excerpt


@settings(max_examples=400)
@given(data=st.binary(max_size=200))
def test_arbitrary_bytes_are_a_case_or_diagnostics(tmp_path: Path, data: bytes) -> None:
    case_, found = read_bytes(tmp_path, data)
    assert isinstance(case_, Case) or found
    check_diagnostics(found, data)


@settings(max_examples=600)
@given(matter=TEXTS, body=TEXTS)
@example(matter="a: 1\n? [b]\n: 2", body="")
@example(matter="{", body="[a](%00.png)")
@example(matter="id: a\nkind: [case]\ntheme: {a: b}", body="![](")
@example(matter="publish_at: 0001-01-01", body="")
def test_arbitrary_front_matter_is_a_case_or_diagnostics(
    tmp_path: Path, matter: str, body: str
) -> None:
    data = f"---\n{matter}\n---\n{body}".encode("utf-8", "surrogatepass")
    case_, found = read_bytes(tmp_path, data)
    assert isinstance(case_, Case) or found
    check_diagnostics(found, data)


@settings(max_examples=300)
@given(key=st.sampled_from(sorted(FrontMatter.model_fields)), value=st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12), st.dates().map(str)),
    lambda inner: st.one_of(st.lists(inner, max_size=3),
                            st.dictionaries(st.text(max_size=6), inner, max_size=3)), max_leaves=6,
))  # fmt: skip
def test_any_value_of_any_field_is_taken_or_told_at_its_line(
    tmp_path: Path, key: str, value: object
) -> None:
    text = case(**{key: value}) if value is not None else case()
    _, found = read_bytes(tmp_path, text.encode("utf-8", "surrogatepass"))
    lines = ["", *text.split("\n")]
    for diagnostic in found:
        if diagnostic.code in ("B303", "B304") and diagnostic.excerpt:
            assert lines[diagnostic.line].startswith(f"{key}:")


# what survives unchanged: no blank at the ends, nothing that means "no value", no control character
LETTERS = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp", "Co", "Cn"])
WORDS = (
    st.text(LETTERS, min_size=1, max_size=20)
    .map(str.strip)
    .filter(lambda text: text not in ("", "~", "null"))
    .filter(
        lambda text: (
            all(c.isprintable() or c == " " for c in text) and " ".join(text.split()) == text
        )
    )
)
IDS = st.from_regex(r"\A[a-z0-9-]{1,20}\Z").filter(lambda text: text != "null")
DATES = st.dates(min_value=__import__("datetime").date(1000, 1, 1)).map(str)
GRADES = st.sampled_from(["A", "B", "C1", "D9"])
MATTER = st.fixed_dictionaries(
    {
        "id": IDS,
        "kind": st.sampled_from(["case", "reference", "reply"]),
        "title": WORDS,
        "theme": st.just("economy"),
        "proposers": st.lists(st.fixed_dictionaries({"name": WORDS}), min_size=1, max_size=3),
        "hosts": st.lists(WORDS, min_size=1, max_size=3),
    },
    optional={
        "number": WORDS,
        "proposers_more": st.integers(0, 999),
        "co_hosts": st.lists(WORDS, max_size=2),
        "ratings": st.lists(
            st.fixed_dictionaries({"round": st.integers(1, 9), "grade": GRADES}), max_size=2
        ),
        "keywords": st.lists(WORDS, max_size=3),
        "summary": WORDS,
        "date": DATES,
        "draft": st.booleans(),
        "reply": st.fixed_dictionaries({"no": WORDS}, optional={"date": DATES, "unit": WORDS}),
    },
)


@settings(max_examples=200)
@given(matter=MATTER, wide=st.booleans())
def test_front_matter_that_was_dumped_is_read_back(matter: dict[str, object], wide: bool) -> None:
    text = yaml.safe_dump(matter, allow_unicode=wide, sort_keys=False)
    front = frontmatter.validate(FrontMatter, frontmatter.parse(text), text)
    read = front.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    assert json.loads(json.dumps(read)) == matter


@settings(max_examples=200)
@given(text=TEXTS)
def test_front_matter_is_parsed_or_refused(text: str) -> None:
    try:
        assert isinstance(frontmatter.parse(text), dict)
    except FrontMatterError as error:
        assert error.diagnostics


@settings(max_examples=300)
@given(text=TEXTS)
def test_any_body_nests_and_has_no_markup_of_its_own(text: str) -> None:
    body, _ = read_body(text)
    for section in body.sections:
        root = parse(section.html)
        assert not [e for e in root.all() if e.tag in ("script", "style", "iframe")]
        assert not [name for e in root.all() for name in e.attributes if name.startswith("on")]


@settings(max_examples=40)
@given(title=WORDS, name=WORDS)
def test_any_title_is_on_the_page_as_it_was_typed(
    tmp_path_factory: object, title: str, name: str
) -> None:
    root = tmp_path_factory.mktemp("title")  # type: ignore[attr-defined]
    make_site(
        root, {"content/p/1.md": case(title=title, proposers=[{"name": name}], summary=title)}
    )
    build(root)
    html = parsed(root, "/cases/a/")
    assert html.one("h1").text == title.replace(BREAK, "")
    assert unescape(html.one("title").text) == f"{title} — 百件提案"
    assert html.one("meta", name="description").attributes["content"] == title
    assert name in [a.text for a in html.one("dl", class_="byline").all("a")]
    feed = ElementTree.fromstring(page(root, "/feed.xml"))
    assert feed.findtext("{*}entry/{*}title") == title
    assert json.loads(page(root, "/feed.json"))["items"][0]["title"] == title


@given(title=st.text(max_size=40), words=st.lists(st.text(max_size=8), max_size=4))
def test_breaks_add_nothing_but_breaks(title: str, words: list[str]) -> None:
    broken = with_breaks(title, words)
    assert broken.replace(BREAK, "") == title.replace(BREAK, "")
    assert BREAK in title or (not broken.startswith(BREAK) and not broken.endswith(BREAK))


@given(text=st.text(min_size=1, max_size=20))
def test_a_slug_is_an_address(text: str) -> None:
    for slug in (slugify(text), entity_slug(text, "余杭区")):
        assert slug and set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


@given(names=st.sets(st.text("王芳方汪 aA1-", min_size=1, max_size=5), min_size=2, max_size=30))
def test_different_names_have_different_slugs(names: set[str]) -> None:
    pairs = {(name, region) for name in names for region in ("余杭区", "萧山区", "")}
    assert len({entity_slug(*pair) for pair in pairs}) == len(pairs)


@given(paths=st.lists(st.text("a1./-", max_size=8).map(lambda stem: f"{stem}.md"), max_size=12))
def test_any_file_names_can_be_put_in_order(paths: list[str]) -> None:
    backwards = paths[::-1]
    assert sorted(paths, key=natural) == sorted(backwards, key=natural)
