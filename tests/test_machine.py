"""What machines read: feeds, sitemap, robots, JSON-LD, canonical addresses."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from helpers import ROOT, build, case, json_ld, make_site, many, page, parse, parsed, publication

ATOM = "{http://www.w3.org/2005/Atom}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
FILE = "content/p/001-a.md"
BASE = "https://example.org/sub/"


def atom(root: Path, address: str = "/feed.xml") -> ElementTree.Element:
    return ElementTree.fromstring(page(root, address))


def found(feed: ElementTree.Element, path: str) -> list[str]:
    return [element.text or "" for element in feed.findall(path.replace("a:", ATOM))]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """60 cases of one theme and one of another, under a path."""
    files = many(60) | {
        "content/q/1.md": case("z", theme="city", date="2030-05", title="最新一件", summary="摘要。",
                               aliases=["/old/"]),
        "content/q/2.md": case("draft", draft=True),
    }  # fmt: skip
    root = make_site(tmp_path_factory.mktemp("machine"), files)
    build(root, base_url=BASE)
    return root


def test_the_atom_feed_has_the_newest_fifty(site: Path) -> None:
    feed = atom(site)
    titles = found(feed, "a:entry/a:title")
    assert titles[:2] == ["最新一件", "关于c60的建议"] and len(titles) == 50
    assert found(feed, "a:id") == [BASE]
    assert feed.find(f"{ATOM}link[@rel='self']").attrib["href"] == f"{BASE}feed.xml"  # type: ignore[union-attr]


def test_an_atom_entry_has_what_the_format_asks_for(site: Path) -> None:
    entry = atom(site).find(f"{ATOM}entry")
    assert entry is not None
    assert found(entry, "a:id") == [f"{BASE}cases/z/"]
    assert found(entry, "a:updated") == ["2030-05-01T00:00:00+08:00"]
    assert found(entry, "a:summary") == ["摘要。"]
    assert found(entry, "a:author/a:name") == ["王芳"]
    assert entry.find(f"{ATOM}category").attrib["term"] == "城乡建设"  # type: ignore[union-attr]


def test_the_feed_was_updated_when_its_newest_entry_was(site: Path) -> None:
    assert found(atom(site), "a:updated") == ["2030-05-01T00:00:00+08:00"]


def test_each_theme_has_feeds_of_its_own(site: Path) -> None:
    assert found(atom(site, "/themes/city/feed.xml"), "a:entry/a:title") == ["最新一件"]
    assert found(atom(site, "/themes/culture/feed.xml"), "a:entry/a:title") == []
    feed = json.loads(page(site, "/themes/city/feed.json"))
    assert [item["title"] for item in feed["items"]] == ["最新一件"]


def test_the_json_feed_says_the_same(site: Path) -> None:
    feed = json.loads(page(site, "/feed.json"))
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["home_page_url"] == BASE and feed["feed_url"] == f"{BASE}feed.json"
    assert [item["title"] for item in feed["items"]] == found(atom(site), "a:entry/a:title")
    assert feed["items"][0] == {
        "id": f"{BASE}cases/z/", "url": f"{BASE}cases/z/", "title": "最新一件",
        "content_text": "摘要。", "date_published": "2030-05-01T00:00:00+08:00",
        "tags": ["城乡建设"], "authors": [{"name": "王芳"}],
    }  # fmt: skip


@pytest.mark.parametrize("date", [None, "2024", "2024-03", "0001-01-01", "9999-12-31"])
def test_a_partial_date_is_a_whole_moment_in_a_feed(tmp_path: Path, date: str | None) -> None:
    make_site(tmp_path, {FILE: case(date=date)})
    build(tmp_path)
    (updated,) = found(atom(tmp_path), "a:entry/a:updated")
    assert updated == {None: "1970-01-01", "2024": "2024-01-01", "2024-03": "2024-03-01"}.get(
        date, date
    ) + "T00:00:00+08:00"  # fmt: skip


def canonical_pages(site: Path) -> set[str]:
    """Addresses of the pages that call themselves canonical."""
    canonical = set()
    for path in (site / "site").rglob("*.html"):
        html = parse(path.read_text("utf-8"))
        own = BASE + path.relative_to(site / "site").as_posix().removesuffix("index.html")
        for link in html.all("link", rel="canonical"):
            if link.attributes["href"] == own:
                canonical.add(own)
    return canonical


def test_the_sitemap_lists_exactly_the_canonical_pages(site: Path) -> None:
    listed = found(ElementTree.fromstring(page(site, "/sitemap.xml")), f"{SITEMAP}url/{SITEMAP}loc")
    assert len(listed) == len(set(listed))
    assert set(listed) == canonical_pages(site)
    assert f"{BASE}cases/z/" in listed and f"{BASE}themes/economy/page/1/" in listed


def test_what_is_not_listed_asks_not_to_be_indexed(site: Path) -> None:
    listed = canonical_pages(site)
    for path in (site / "site").rglob("*.html"):
        own = BASE + path.relative_to(site / "site").as_posix().removesuffix("index.html")
        assert ('content="noindex"' in path.read_text("utf-8")) == (own not in listed)


def test_a_long_sitemap_is_split(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("broadsheet.plan.machine.SITEMAP_LENGTH", 20)
    make_site(tmp_path, many(30))
    build(tmp_path)
    index = ElementTree.fromstring(page(tmp_path, "/sitemap.xml"))
    parts = found(index, f"{SITEMAP}sitemap/{SITEMAP}loc")
    listed = [
        address
        for part in parts
        for address in found(
            ElementTree.fromstring(page(tmp_path, part.removeprefix("https://example.org"))),
            f"{SITEMAP}url/{SITEMAP}loc",
        )
    ]
    assert len(parts) == -(-len(listed) // 20) > 1
    assert "https://example.org/cases/c30/" in listed and len(listed) == len(set(listed))


def test_robots_may_come_in_and_find_the_sitemap(site: Path) -> None:
    lines = page(site, "/robots.txt").splitlines()
    assert f"Sitemap: {BASE}sitemap.xml" in lines
    assert not any(line.startswith("Disallow") for line in lines)


def test_a_case_describes_itself_to_machines(site: Path) -> None:
    article, trail = json_ld(parsed(site, "/cases/z/"))
    assert article["@type"] == "NewsArticle" and article["headline"] == "最新一件"
    assert article["url"] == f"{BASE}cases/z/" and article["datePublished"] == "2030-05"
    assert article["articleSection"] == "城乡建设"
    assert [m["name"] for m in article["mentions"]] == ["王芳", "区科技局"]
    assert trail["@type"] == "BreadcrumbList"
    assert [place["position"] for place in trail["itemListElement"]] == [1, 2, 3, 4]
    assert trail["itemListElement"][-1]["item"] == f"{BASE}cases/z/"


@pytest.mark.parametrize(
    ("address", "type_"),
    [
        ("/", "WebSite"),
        ("/themes/", "CollectionPage"),
        ("/themes/economy/", "CollectionPage"),
        ("/publications/p/", "CollectionPage"),
        ("/people/", "CollectionPage"),
        ("/search/", "CollectionPage"),
        ("/about/", "CollectionPage"),
    ],
)
def test_every_kind_of_page_describes_itself(site: Path, address: str, type_: str) -> None:
    data = json_ld(parsed(site, address))
    assert data[0]["@type"] == type_ and data[0]["url"] == BASE + address[1:]


def test_machines_may_search(site: Path) -> None:
    action = json_ld(parsed(site, "/"))[0]["potentialAction"]
    assert action["@type"] == "SearchAction"
    assert action["target"]["urlTemplate"] == f"{BASE}search/?q={{search_term_string}}"
    assert action["query-input"] == "required name=search_term_string"


def test_browsers_may_search(tmp_path: Path) -> None:
    title = "一份<名字>&很长很长很长很长很长的报纸"
    make_site(tmp_path, {FILE: case()}, site=json.dumps({"title": title, "base_url": BASE}))
    build(tmp_path)
    xml = ElementTree.fromstring(page(tmp_path, "/opensearch.xml"))
    text = {e.tag.rpartition("}")[2]: e.text for e in xml}
    assert text["ShortName"] == title[:16] and text["LongName"] == title
    assert text["InputEncoding"] == "UTF-8" and text["Image"].startswith(f"{BASE}assets/icon.")
    url = xml.find("{http://a9.com/-/spec/opensearch/1.1/}Url[@type='text/html']")
    assert url is not None and url.attrib["template"] == f"{BASE}search/?q={{searchTerms}}"
    (link,) = parsed(tmp_path, "/cases/a/").all("link", rel="search")
    assert link.attributes["href"] == "/sub/opensearch.xml"
    assert link.attributes["type"] == "application/opensearchdescription+xml"


def test_every_page_has_one_search_field(site: Path) -> None:
    for path in (site / "site").rglob("*.html"):
        html = parse(path.read_text("utf-8"))
        if not html.all("meta", **{"http-equiv": "refresh"}):
            (field,) = html.all("input", type="search", name="q")
            form = field.parent
            assert form and form.tag == "form" and form.attributes["action"] == "/sub/search/"
            assert form.attributes["role"] == "search" and form.attributes.get("method") is None


def test_every_page_has_one_h1_a_title_a_description_and_a_language(site: Path) -> None:
    for path in (site / "site").rglob("*.html"):
        html = parse(path.read_text("utf-8"))
        assert len(html.all("h1")) == 1, path
        assert html.one("title").text.strip() and html.one("html", lang="zh-CN"), path
        if not html.all("meta", **{"http-equiv": "refresh"}):
            assert html.one("meta", name="description").attributes["content"], path


def test_no_page_has_an_id_twice(site: Path) -> None:
    for path in (site / "site").rglob("*.html"):
        ids = parse(path.read_text("utf-8")).ids()
        assert len(ids) == len(set(ids)), path


def test_open_graph_is_absolute(site: Path) -> None:
    html = parsed(site, "/cases/z/")
    graph = {m.attributes["property"]: m.attributes["content"] for m in html.all("meta")
             if "property" in m.attributes}  # fmt: skip
    assert graph["og:url"] == f"{BASE}cases/z/" and graph["og:type"] == "article"
    image = graph["og:image"]
    assert image.startswith(BASE) and (site / "site" / image.removeprefix(BASE)).is_file()


def test_a_page_asks_nobody_else(site: Path) -> None:
    for path in (site / "site").rglob("*.html"):
        html = parse(path.read_text("utf-8"))
        for element in html.all():
            if element.tag in ("script", "img", "iframe") or element.attributes.get("rel") in (
                "stylesheet", "icon", "apple-touch-icon", "preload", "modulepreload",
            ):  # fmt: skip
                source = element.attributes.get("src", element.attributes.get("href", "/"))
                assert source.startswith("/") and not source.startswith("//"), path


def test_inline_scripts_and_styles_are_those_of_the_policy(site: Path) -> None:
    import hashlib
    from base64 import b64encode

    for path in (site / "site").rglob("*.html"):
        html = parse(path.read_text("utf-8"))
        policy = html.one("meta", **{"http-equiv": "Content-Security-Policy"}).attributes["content"]
        for script in html.all("script"):
            if "src" in script.attributes or "type" in script.attributes:
                continue
            digest = b64encode(hashlib.sha256(script.text.encode()).digest()).decode()
            assert f"'sha256-{digest}'" in policy, path
        assert not html.all("style"), path
        assert not any("style" in element.attributes for element in html.all()), path


def test_the_shipped_content_has_feeds_that_parse(tmp_path: Path) -> None:
    (tmp_path / "content").symlink_to(ROOT / "content")
    build(tmp_path)
    for path in (tmp_path / "site").rglob("*.xml"):
        ElementTree.parse(path)
    for path in (tmp_path / "site").rglob("*.json"):
        json.loads(path.read_text("utf-8"))
    for path in (tmp_path / "site").rglob("*.html"):
        parse(path.read_text("utf-8"))


def test_a_session_is_read_out(tmp_path: Path) -> None:
    session = {"term": 12, "meeting": 4}
    index = publication(region="余杭区", organ="cppcc", session=session, year="2024")
    make_site(tmp_path, {FILE: case(), "content/p/index.md": index})
    build(tmp_path)
    assert "余杭区政协十二届四次会议" in page(tmp_path, "/cases/a/")
