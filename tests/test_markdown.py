"""Bodies: Markdown as an editor types it, as HTML that readers get."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers import (
    PNG,
    Element,
    build,
    case,
    codes,
    make_site,
    page,
    parsed,
    problem,
    problems,
    prose,
    publication,
)

FILE = "content/p/001-a.md"
FIRST = 10  # line of the body's first line in a file made by `case`


def body(tmp_path: Path, text: str, **files: str | bytes) -> Element:
    """The prose of a case page with this body."""
    make_site(tmp_path, {FILE: case(body=text), **files})
    build(tmp_path)
    return prose(tmp_path)


# -- raw HTML, links ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "html",
    ["<b>粗</b>", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<!-- 注 -->",
     "<iframe src='//evil'></iframe>", "<style>*{}</style>"],
)  # fmt: skip
def test_raw_html_is_shown_as_text(tmp_path: Path, html: str) -> None:
    assert html in body(tmp_path, f"前{html}后\n\n{html}\n").text


def test_raw_html_is_a_warning_with_its_place(tmp_path: Path) -> None:
    make_site(tmp_path, {FILE: case(body="一段。\n\n另一段<b>粗</b>。\n")})
    found = problem(tmp_path, "B506")
    assert (found.severity, found.line, found.column) == ("warning", FIRST + 2, 4)


@pytest.mark.parametrize(
    "target",
    ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "&#106;avascript:alert(1)", "data:text/html,x",
     "vbscript:x", "file:///etc/passwd", "ftp://example.org/", "//evil.example/", "blob:x"],
)  # fmt: skip
def test_a_link_of_another_scheme_is_refused(tmp_path: Path, target: str) -> None:
    make_site(tmp_path, {FILE: case(body=f"一段。\n\n见[这里]({target})。\n")})
    found = problem(tmp_path, "B503")
    assert found.line == FIRST + 2 and found.hint
    assert not (tmp_path / "site").exists()


def test_an_automatic_link_of_another_scheme_is_refused(tmp_path: Path) -> None:
    make_site(tmp_path, {FILE: case(body="见<javascript:alert(1)>\n")})
    assert "B503" in codes(tmp_path)


@pytest.mark.parametrize(
    "target", ["https://example.org/a?b=c&d=e#f", "http://example.org", "mailto:a@b.cn", "tel:110"]
)
def test_a_link_to_elsewhere_stays_as_it_is(tmp_path: Path, target: str) -> None:
    assert body(tmp_path, f"见[这里]({target})。\n").hrefs() == [target]


def test_a_picture_from_elsewhere_is_refused(tmp_path: Path) -> None:
    make_site(tmp_path, {FILE: case(body="![图](https://example.org/a.png)\n")})
    assert problem(tmp_path, "B503").line == FIRST


# -- inline ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "strong"),
    [
        ("**“引号”**中文", "“引号”"),
        ("提出**“先办后补”**的办法", "“先办后补”"),
        ("**重点：**先办", "重点："),
        ("推进**（一）**工作", "（一）"),
        ("**《条例》**规定", "《条例》"),
        ("共**33%**的企业", "33%"),
    ],
)
def test_bold_beside_chinese_punctuation_is_bold(tmp_path: Path, text: str, strong: str) -> None:
    paragraph = body(tmp_path, text)
    assert paragraph.one("strong").text == strong
    assert "*" not in paragraph.text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("前一行\n后一行", "前一行后一行"),
        ("行末有逗号，\n后一行", "行末有逗号，后一行"),
        ("**粗体**\n后一行", "粗体后一行"),
        ("汉字\nLatin", "汉字Latin"),
        ("two\nwords", "two\nwords"),
        ("前一行\n\n后一段", "前一行\n后一段"),
    ],
)
def test_a_line_break_in_the_source_is_no_blank_in_chinese(
    tmp_path: Path, text: str, shown: str
) -> None:
    assert body(tmp_path, text).text.strip() == shown


def test_text_is_not_changed_by_typography(tmp_path: Path) -> None:
    text = '"直引号"与...省略、--破折号、(c)和 1/2'
    assert body(tmp_path, text).text.strip() == text


def test_struck_text_and_code_are_marked(tmp_path: Path) -> None:
    html = body(tmp_path, "~~旧~~ `<code>`\n")
    assert (html.one("s").text, html.one("code").text) == ("旧", "<code>")


# -- blocks ---------------------------------------------------------------------------------------


def test_a_footnote_leads_there_and_back(tmp_path: Path) -> None:
    make_site(tmp_path, {FILE: case(body="一段[^1]。又一处[^1]。\n\n[^1]: 注文。\n")})
    build(tmp_path)
    html = parsed(tmp_path, "/cases/a/")
    inner = [href[1:] for href in prose(tmp_path).hrefs()]
    assert len(inner) == 4 and set(inner) <= set(html.ids())
    assert html.one("h2", id="notes").text == "注释"
    assert "注文。" in html.one("ol", class_="notes").text


def test_a_table_scrolls_by_itself_and_has_a_head(tmp_path: Path) -> None:
    html = body(tmp_path, "| 年 | 件 |\n|---|--:|\n| 2024 | 12 |\n")
    frame = html.one("div", class_="table")
    assert frame.attributes["tabindex"] == "0" and frame.attributes["role"] == "region"
    assert [cell.text for cell in frame.one("table").one("thead").all("th")] == ["年", "件"]
    assert [cell.text for cell in frame.one("tbody").all("td")] == ["2024", "12"]


def test_a_picture_alone_is_a_figure_with_caption_and_size(tmp_path: Path) -> None:
    html = body(tmp_path, '![河边的步道](a.png "建成后的步道")\n', **{"content/p/a.png": PNG})
    figure = html.one("figure")
    image = figure.one("img")
    assert figure.one("figcaption").text == "建成后的步道"
    assert image.attributes["alt"] == "河边的步道"
    assert (image.attributes["width"], image.attributes["height"]) == ("3", "2")
    assert (tmp_path / "site" / image.attributes["src"].lstrip("/")).read_bytes() == PNG


def test_a_figure_without_a_title_is_captioned_by_its_description(tmp_path: Path) -> None:
    html = body(tmp_path, "![河边的步道](a.png)\n", **{"content/p/a.png": PNG})
    assert html.one("figcaption").text == "河边的步道"


def test_a_picture_within_a_sentence_is_no_figure(tmp_path: Path) -> None:
    html = body(tmp_path, "见![图](a.png)。\n", **{"content/p/a.png": PNG})
    assert html.all("figure") == [] and len(html.all("img")) == 1


def test_a_picture_without_a_description_is_a_warning(tmp_path: Path) -> None:
    make_site(tmp_path, {FILE: case(body="![](a.png)\n"), "content/p/a.png": PNG})
    found = problem(tmp_path, "B507")
    assert (found.severity, found.line, found.column) == ("warning", FIRST, 5)


def test_a_picture_of_no_known_size_is_shown_without_one(tmp_path: Path) -> None:
    image = body(tmp_path, "![图](a.png)\n", **{"content/p/a.png": b"no image"}).one("img")
    assert "width" not in image.attributes


@pytest.mark.parametrize("data", [PNG[:12], b"\xff\xd8\xff\xe0", b"RIFF", b"GIF89a", b"\x00\x00\x00\x0cjP  ",
                                  b"<?xml version='1.0'?><svg width='inf' height='1'/>", b"<svg width=", b""])  # fmt: skip
def test_a_damaged_picture_is_no_crash(tmp_path: Path, data: bytes) -> None:
    make_site(tmp_path, {FILE: case(body="![图](a.png)\n"), "content/p/a.png": data})
    assert codes(tmp_path) == []


@pytest.mark.parametrize(
    ("file", "address"),
    [("content/about.md", "/about/"), ("content/p/index.md", "/publications/p/")],
)
def test_other_pages_may_show_pictures_too(tmp_path: Path, file: str, address: str) -> None:
    text = "## 图\n\n![图](b.png)\n"
    text = publication(body=text) if file.endswith("index.md") else text
    picture = file.rpartition("/")[0] + "/b.png"
    make_site(tmp_path, {FILE: case(), file: text, picture: PNG})
    assert codes(tmp_path) == []
    (image,) = parsed(tmp_path, address).all("img")
    assert (tmp_path / "site" / image.attributes["src"].lstrip("/")).read_bytes() == PNG


# -- headings -------------------------------------------------------------------------------------


def test_the_fixed_sections_have_fixed_anchors(tmp_path: Path) -> None:
    text = "".join(f"## {name}\n\n文\n\n" for name in ("背景", "观点", "建议", "办理答复"))
    html = body(tmp_path, text)
    assert [h.attributes["id"] for h in html.all("h2")] == [
        "background", "view", "proposal", "response",
    ]  # fmt: skip


def test_headings_get_anchors_of_their_words(tmp_path: Path) -> None:
    html = body(tmp_path, "## 建设 目标\n\n文\n\n### 第一步\n")
    assert html.one("h2").attributes["id"] == "建设-目标"
    assert html.one("h3").attributes["id"] == "第一步"


def test_equal_headings_get_different_anchors(tmp_path: Path) -> None:
    html = body(tmp_path, "## 建议\n\n文\n\n## 建议\n\n文\n\n## 建议\n")
    assert [h.attributes["id"] for h in html.all("h2")] == ["proposal", "proposal-2", "proposal-3"]


def test_a_heading_of_level_one_is_lowered_and_told(tmp_path: Path) -> None:
    make_site(tmp_path, {FILE: case(body="文\n\n# 大标题\n")})
    found = problem(tmp_path, "B505")
    assert (found.severity, found.line) == ("warning", FIRST + 2)
    html = parsed(tmp_path, "/cases/a/")
    assert len(html.all("h1")) == 1
    assert "大标题" in [h.text for h in html.all("h2")]


def test_no_heading_level_is_left_out(tmp_path: Path) -> None:
    html = body(tmp_path, "## 二\n\n##### 五\n\n文\n")
    assert html.one("h3").text == "五"


@pytest.mark.parametrize("heading", ["notes", "facts", "main", "related", "fn1", "fnref1"])
def test_no_id_stands_twice_on_a_page(tmp_path: Path, heading: str) -> None:
    text = f"## {heading}\n\n一段[^1]。\n\n[^1]: 注。\n"
    files = {FILE: case(body=text), "content/p/002-b.md": case("b")}
    make_site(tmp_path, files)
    build(tmp_path)
    ids = parsed(tmp_path, "/cases/a/").ids()
    assert sorted(ids) == sorted(set(ids))


@pytest.mark.parametrize("text", ["> ## 引文标题\n>\n> 文\n", "- 项\n\n  ## 项里的标题\n\n  文\n"])
def test_a_heading_inside_a_block_does_not_tear_it(tmp_path: Path, text: str) -> None:
    html = body(tmp_path, f"前\n\n{text}\n后\n")
    assert "标题" in html.text and html.text.index("前") < html.text.index("后")


def test_special_characters_in_a_heading_are_linked_and_escaped(tmp_path: Path) -> None:
    text = """## A&B"d"<c\n\n见[上文](#A&B"d"&lt;c)。\n"""
    make_site(tmp_path, {FILE: case(body=text)})
    assert [d.code for d in problems(tmp_path) if d.severity == "error"] == []
    assert 'A&B"d"<c' in parsed(tmp_path, "/cases/a/").ids()


# -- hostile bodies -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["[" * 60_000, "![" * 30_000, "> " * 5_000 + "x", "- " * 5_000 + "x", "*a " * 20_000,
     "**“" * 20_000, "`" * 60_000, "[^" * 20_000, "[^1]" * 5_000 + "\n\n[^1]: x", "<" * 60_000,
     "|" * 10_000 + "\n" + "|-" * 10_000, "&#12;甲&#0;乙&#xFFFF;", "# " * 10_000],
    ids=["links", "images", "quotes", "lists", "stars", "bold", "ticks", "notes", "references",
         "tags", "table", "entities", "headings"],
)  # fmt: skip
def test_a_hostile_body_is_rendered_or_refused_but_never_a_crash(tmp_path: Path, text: str) -> None:
    make_site(tmp_path, {FILE: case(body=text)})
    codes(tmp_path)
    if (tmp_path / "site").exists():
        assert parsed(tmp_path, "/cases/a/").one("article")


@pytest.mark.parametrize(
    "target", ["a%00.png", "x" * 5000 + ".png", "%FF.png", "../../secret.png", "/../../secret.png",
               "..%2F..%2Fsecret.png", "a.svg", "a.html", "", "nowhere.png"],
)  # fmt: skip
def test_a_picture_that_cannot_be_shown_is_told_with_its_place(tmp_path: Path, target: str) -> None:
    files = {FILE: case(body=f"一段。\n\n![图]({target})\n"), "secret.png": PNG}
    make_site(tmp_path, {**files, "content/p/a.svg": "x", "content/p/a.html": "x"})
    found = problem(tmp_path, "B504")
    assert (found.line, found.file.endswith(FILE)) == (FIRST + 2, True)
    assert found.hint


@pytest.mark.parametrize("name", ["图 一.png", "a#b.png", "a%b.png", "a?b.png", "a&b.png", "a'b.png",
                                  '"b".png', "📰.png", "a+b.png", "..a.png"])  # fmt: skip
def test_a_picture_may_have_an_odd_name(tmp_path: Path, name: str) -> None:
    from urllib.parse import quote, unquote

    make_site(tmp_path, {FILE: case(body=f"![图]({quote(name)})\n"), f"content/p/{name}": PNG})
    assert codes(tmp_path) == []
    source = prose(tmp_path).one("img").attributes["src"]
    assert (tmp_path / "site" / unquote(source).lstrip("/")).read_bytes() == PNG


def test_a_document_beside_the_case_may_be_linked(tmp_path: Path) -> None:
    html = body(tmp_path, "见[附件](a.pdf)。\n", **{"content/p/a.pdf": "附件"})
    (address,) = html.hrefs()
    assert (tmp_path / "site" / address.lstrip("/")).read_text() == "附件"
    assert "width" not in page(tmp_path, "/cases/a/").partition("附件</a>")[0][-40:]
