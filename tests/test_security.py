"""Content is data: nothing that an editor types becomes markup, script, template or path."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from helpers import (
    build,
    case,
    codes,
    json_ld,
    make_site,
    page,
    parse,
    parsed,
    prose,
    publication,
    tree,
)

FILE = "content/p/001-a.md"
EVIL = '<script>alert("x")</script>\'"&<!--</title></style>'
SCRIPT = "</script><script>alert(1)</script>"


@pytest.fixture(scope="module", params=[EVIL, SCRIPT], ids=["markup", "script"])
def hostile(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site that says the same evil thing wherever an editor may say something."""
    evil = request.param
    text = json.dumps(evil, ensure_ascii=False)
    files = {
        FILE: case(
            kind="key", title=evil, number=evil, proposers=[{"name": evil}], speaker=evil,
            hosts=[evil], co_hosts=[evil], supervisors=[{"name": evil, "post": evil}],
            ratings=[{"grade": "A"}], satisfaction=evil, merged_numbers=[evil],
            reply={"no": evil, "unit": evil, "signer": evil}, keywords=[evil], summary=evil,
            timeline=[{"date": "2024", "event": evil}], date="2024",
            source={"name": evil, "page": evil},
            body=f"## {evil}\n\n{evil}\n\n| {evil} |\n|---|\n| {evil} |\n\n`{evil}`[^1]\n\n[^1]: {evil}\n",
        ),
        "content/p/index.md": publication(
            text, region=evil, grade_scheme={"A": evil}, intro=evil, declared_total=2,
            figures=[{"label": evil, "value": evil, "unit": evil}], body=evil,
        ),
        "content/people.yaml": f"entries:\n  - {{name: {text}, note: {text}}}\n",
        "content/about.md": evil,
    }  # fmt: skip
    themes = [{"id": "economy", "name": evil, "description": evil, "seal": "<"}]
    matter = {"title": evil, "subtitle": evil, "publisher": evil, "contact": evil, "themes": themes}
    site = json.dumps({"base_url": "https://example.org/", **matter}, ensure_ascii=False)
    root = make_site(tmp_path_factory.mktemp("hostile"), files, site=site)
    build(root)
    return root


def test_no_script_of_an_editor_is_an_element(hostile: Path) -> None:
    for path in (hostile / "site").rglob("*.html"):
        html = parse(path.read_text("utf-8"))
        for script in html.all("script"):
            known = {"src", "type"} & script.attributes.keys()
            assert known or "alert" not in script.text, path
        assert "alert" not in "".join(s.text for s in html.all("script", type="")), path


def test_no_attribute_is_made_of_text(hostile: Path) -> None:
    for path in (hostile / "site").rglob("*.html"):
        for element in parse(path.read_text("utf-8")).all():
            assert not any(name.startswith("on") for name in element.attributes), path


def test_the_text_is_still_there_to_read(hostile: Path) -> None:
    html = parsed(hostile, "/cases/a/")
    assert "alert" in html.one("h1").text
    assert html.one("title").text.count("<script>") == 2  # of the case, of the site


def test_json_ld_cannot_end_its_element(hostile: Path) -> None:
    for path in (hostile / "site").rglob("*.html"):
        for element in parse(path.read_text("utf-8")).all("script", type="application/ld+json"):
            json.loads(element.text)
            assert not set("<>&") & set(element.text), path
    article, _ = json_ld(parsed(hostile, "/cases/a/"))
    assert "<script>" in article["headline"] and "<script>" in article["keywords"][0]


def test_feeds_and_sitemap_still_parse(hostile: Path) -> None:
    feed = ElementTree.fromstring(page(hostile, "/feed.xml"))
    assert "<script>" in (feed[0].text or "")
    assert "<script>" in json.loads(page(hostile, "/feed.json"))["items"][0]["title"]
    ElementTree.fromstring(page(hostile, "/sitemap.xml"))


@pytest.mark.parametrize(
    "syntax",
    ["{{ 7*7 }}", "{% include 'base.html' %}", "{# 注 #}", "{{ site|attr('title') }}",
     "{% raw %}", "${7*7}", "\ue0000\ue000"],
)  # fmt: skip
def test_template_syntax_stays_the_text_that_it_is(tmp_path: Path, syntax: str) -> None:
    make_site(
        tmp_path, {FILE: case(title=f"甲{syntax}乙", body=f"丙{syntax}丁。\n\n见[首页](/)。\n")}
    )
    build(tmp_path)
    assert parsed(tmp_path, "/cases/a/").one("h1").text == f"甲{syntax}乙"
    assert f"丙{syntax}丁。" in prose(tmp_path).text
    for data in tree(tmp_path / "site").values():
        assert "甲49乙".encode() not in data


def test_text_that_looks_like_a_link_marker_is_no_link(tmp_path: Path) -> None:
    marker = 'href="\ue0000\ue000"'
    make_site(tmp_path, {FILE: case(title=marker, body=f"{marker} 见[首页](/)。\n")})
    build(tmp_path)
    assert prose(tmp_path).hrefs() == ["/"]
    assert marker in prose(tmp_path).text


def test_text_that_looks_like_an_attribute_is_no_dead_link(tmp_path: Path) -> None:
    text = ' href="/nowhere/" src="/gone.png" '
    make_site(tmp_path, {FILE: case(title=text, summary=text, body=f"甲{text}\n\n`{text}`\n")})
    build(tmp_path)
    assert 'href="/nowhere/"' in parsed(tmp_path, "/cases/a/").one("h1").text


@pytest.mark.parametrize("name", ["../../escape", "/etc/passwd", "..", ".", "a/b"])
def test_a_name_cannot_leave_the_folder_of_names(tmp_path: Path, name: str) -> None:
    make_site(tmp_path, {FILE: case(proposers=[name], hosts=[name])})
    build(tmp_path)
    top = {path.name for path in tmp_path.iterdir()}
    assert top <= {"content", "site", ".site.broadsheet", "search"}
    assert len([p for p in (tmp_path / "site/people").iterdir() if p.is_dir()]) == 1


@pytest.mark.parametrize("theme", ["../x", "a/b", "..", "A"])
def test_a_theme_cannot_leave_the_folder_of_themes(tmp_path: Path, theme: str) -> None:
    make_site(tmp_path, {FILE: case(theme=theme)}, site=f"themes:\n  - {{id: {theme}, name: 甲}}\n")
    assert "B303" in codes(tmp_path)


@pytest.mark.parametrize("slug", ["../x", "a/b", "..", "王"])
def test_a_slug_cannot_leave_the_folder_of_names(tmp_path: Path, slug: str) -> None:
    rule = f"entries:\n  - {{name: 王芳, slug: {slug}}}\n"
    make_site(tmp_path, {FILE: case(), "content/people.yaml": rule})
    assert codes(tmp_path) == ["B303"]


def test_a_picture_that_is_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    make_site(tmp_path, {FILE: case(body="![图](a.png)\n"), "secret": "秘密"})
    (tmp_path / "content/p/a.png").symlink_to(tmp_path / "secret")
    assert "B103" in codes(tmp_path) and not (tmp_path / "site").exists()


def test_invisible_control_characters_of_a_body_do_not_reach_the_page(tmp_path: Path) -> None:
    make_site(tmp_path, {FILE: case(body="甲\x00\x08\x1b\x7f\x85\ufffe乙。&#12;&#1;\n")})
    build(tmp_path)
    html = page(tmp_path, "/cases/a/")
    assert "甲乙。" in html and not set("\x00\x08\x1b\x7f\x85\ufffe\x01") & set(html)
    ElementTree.fromstring(page(tmp_path, "/feed.xml"))
