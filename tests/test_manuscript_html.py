"""Saved pages in: what a browser shows, and an account of what belongs to the site."""

from __future__ import annotations

import time
from html import escape
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadsheet.diagnostics import ContentError
from broadsheet.manuscripts.lines import Manuscript
from broadsheet.manuscripts.sources import read_manuscript


def read(folder: Path, page: str | bytes, name: str = "复函.html") -> Manuscript:
    path = folder / name
    path.write_bytes(page if isinstance(page, bytes) else page.encode())
    return read_manuscript(path)


def body(folder: Path, inside: str) -> Manuscript:
    return read(
        folder,
        f"<!DOCTYPE html><html><head><meta charset=utf-8></head><body>{inside}</body></html>",
    )


def texts(manuscript: Manuscript) -> list[str]:
    return [line.text for line in manuscript.lines]


def left_out(manuscript: Manuscript) -> list[tuple[int, str, str]]:
    return [(d.number, d.text, d.reason) for d in manuscript.dropped]


LETTER = (
    "您提出的关于加快建设乡村道路维修及维护的提案办理情况答复如下，我局开会研究了该提案并同您沟通。"
)


def test_blocks_breaks_headings_and_bold(tmp_path: Path) -> None:
    found = body(
        tmp_path,
        "<h1>关于<b>某某</b>的复函</h1>散文<div>一<br>二<br/><br>三</div><p><strong>签发人：</strong>马文忠"
        "<p><b>整行</b> <b>都粗</b><p style='font-weight:700'>也粗<p><b style='font-weight:normal'>不粗</b>"
        "<hr><span style='display:block'>块一</span><span style='display: block'>块二</span>",
    )
    assert texts(found) == [
        "关于某某的复函", "散文", "一", "二", "三", "签发人：马文忠", "整行 都粗", "也粗", "不粗", "块一", "块二",
    ]  # fmt: skip
    assert [line.number for line in found.lines] == list(range(1, 12))
    assert (found.lines[0].style, found.lines[0].level) == ("heading", 1)
    assert [line.bold for line in found.lines[5:9]] == [False, True, True, False]
    assert [line.bold_to for line in found.lines[5:9]] == [4, 0, 0, 0]


def test_blanks_references_and_invisible_characters(tmp_path: Path) -> None:
    found = body(
        tmp_path,
        "<p>\n  \u3000\u3000尊敬的&nbsp;王芳\n   委员：\n  </p><p>提\u200b案&shy;人&#x3002;&hellip;&lt;b&gt; &amp;amp; A\n B</p>"
        "<pre>  第一行\n    第二 行\n</pre>",
    )
    assert texts(found) == [
        "\u3000\u3000尊敬的\u00a0王芳委员：", "提案人。…<b> &amp; A B", "  第一行", "    第二 行",
    ]  # fmt: skip
    assert left_out(found) == [(2, "\u200b\u00ad", "看不见的字符，只管换行")]


def test_lists(tmp_path: Path) -> None:
    found = body(
        tmp_path,
        "<ol start=3><li>甲<li value=7><p>乙</p><p>续</p><li>四、丙</ol><ol type=A reversed start=2><li>丁</ol>"
        "<ol style='list-style:none'><li>戊</ol><ul><li>己<ul><li>庚</ul></ul>",
    )
    assert texts(found) == ["3. 甲", "7. 乙", "续", "四、丙", "B. 丁", "戊", "己", "庚"]
    assert {line.style for line in found.lines} == {"item"}
    assert "列表的编号 3 处，已写成文字" in found.remarks


def test_tables_of_labels(tmp_path: Path) -> None:
    found = body(
        tmp_path,
        "<table><caption>表</caption><tr><th>主办单位<td>区科技局<td rowspan=2>竖<tr><td>类别<td>A<br>B"
        "<tr><td colspan=2>跨<td></table>",
    )
    assert [(line.text, line.row, line.table, line.cell) for line in found.lines] == [
        ("表", 0, 0, 0), ("主办单位", 1, 1, 1), ("区科技局", 1, 1, 2), ("竖", 1, 1, 3),
        ("类别", 2, 1, 1), ("A", 2, 1, 2), ("B", 2, 1, 2), ("跨", 3, 1, 1), ("", 3, 1, 3),
    ]  # fmt: skip


def test_tables_that_only_place_things_are_none(tmp_path: Path) -> None:
    inner = "<table><tr><td>签发人<td>马伟</table>"
    found = body(
        tmp_path, f"<table><tr><td>左<td><p>{LETTER}</p>{inner}</table><table><tr><td>框</table>"
    )
    assert [(line.text, line.style, line.table) for line in found.lines] == [
        ("左", "", 0), (LETTER, "", 0), ("签发人", "cell", 1), ("马伟", "cell", 1), ("框", "", 0),
    ]  # fmt: skip


def test_what_belongs_to_the_site_is_told_line_by_line(tmp_path: Path) -> None:
    found = body(
        tmp_path,
        "<title>标题_某县</title><header>某县人民政府<p>无障碍</header><nav><a href=/>首页</a><br><a>公开</a></nav>"
        "<ul><li><a>要闻</a> | <li><a>公告</a><li><a>专题</a></ul><div class='left menu'>栏目</div>"
        f"<article><header><h1>复函</h1></header><p>{LETTER}</p><footer>某县教育局</footer></article>"
        "<form><p>表单里的正文也要。</p><input type=text value=搜索词><input type=hidden value=x><select><option>甲</select></form>"
        "<aside>热点</aside><div role=contentinfo>备案号</div><p hidden>藏<p style='display:none'>藏二",
    )
    assert texts(found) == ["复函", LETTER, "某县教育局", "表单里的正文也要。"]
    assert left_out(found) == [
        (0, "标题_某县", "网页标题"), (0, "某县人民政府", "网站页头"), (0, "无障碍", "网站页头"),
        (0, "首页", "网站导航"), (0, "公开", "网站导航"), (0, "要闻 |", "一排链接"), (0, "公告", "一排链接"),
        (0, "专题", "一排链接"), (0, "栏目", "网站导航"), (4, "搜索词", "按钮和输入框"), (4, "甲", "按钮和输入框"),
        (4, "热点", "网站侧栏"), (4, "备案号", "网站页脚"), (4, "藏", "网页里隐藏的文字"), (4, "藏二", "网页里隐藏的文字"),
    ]  # fmt: skip


def test_what_holds_most_of_the_text_is_no_furniture(tmp_path: Path) -> None:
    assert texts(body(tmp_path, f"<nav><p>{LETTER}</nav><p>完")) == [LETTER, "完"]
    titles = "".join(f"<li><a>关于第{n}件</a>" for n in range(9))
    assert len(body(tmp_path, f"<ul>{titles}</ul><p>共九件").lines) == 10
    headline = f"<header><h1>复函</h1><p>某局</header><p>{LETTER}"
    assert texts(body(tmp_path, headline)) == ["复函", "某局", LETTER]


def test_long_links_are_no_menu(tmp_path: Path) -> None:
    files = "".join(
        f"<a href={n}>附件{n}：云栖区既有住宅加装电梯补贴办法</a><br>" for n in range(3)
    )
    found = body(tmp_path, f"<p>{LETTER * 3}</p><p>{files}</p>")
    assert len(found.lines) == 4
    assert not found.dropped


def test_furniture_inside_a_line_takes_only_itself(tmp_path: Path) -> None:
    found = body(tmp_path, f"<p><span class=nav>首页</span>{LETTER}<span class=nav>返回</span>完")
    assert texts(found) == [LETTER, "完"]


def test_scripts_are_counted_and_pictures_told(tmp_path: Path) -> None:
    found = body(
        tmp_path,
        "<script>var a='提案';</script><style>p{}</style><noscript>请打开脚本</noscript><template><p>模板</template>"
        "<!-- 注释 --><p>正文<img alt=照片><img><ruby>黄<rt>huáng</rt></ruby>",
    )
    assert texts(found) == ["正文黄"]
    assert left_out(found)[:2] == [(0, "照片", "图片，没有导入"), (0, "huáng", "注音")]
    last = found.dropped[-1]
    assert (last.text, last.number) == ("", 0)
    assert last.reason.startswith("脚本、样式等 4 段，共 ")
    assert "图片 2 张，没有导入" in found.remarks


@pytest.mark.parametrize(
    ("codec", "meta", "told"),
    [
        ("gb18030", "gb2312", "GB18030（文件里写明）"),
        ("gb18030", "", "GB18030（又叫 GBK、ANSI，从内容认出）"),
        ("gb18030", "utf-8", "GB18030（又叫 GBK、ANSI，从内容认出）"),
        ("gb18030", "iso-8859-1", "GB18030（又叫 GBK、ANSI，从内容认出）"),
        ("utf-8", "gbk", "UTF-8"),
        ("utf-8", "no-such-thing", "UTF-8"),
        ("utf-8-sig", "gbk", "UTF-8（文件开头有标记）"),
        ("utf-16", "utf-8", "UTF-16（又叫 Unicode，文件开头有标记）"),
        ("big5hkscs", "big5", "BIG5HKSCS（文件里写明）"),
    ],
)
def test_encodings_of_pages(codec: str, meta: str, told: str, tmp_path: Path) -> None:
    text = "關於加裝電梯的提案答覆如下，請審閱，謝謝委員的支持" if codec == "big5hkscs" else LETTER
    page = f'<html><head><meta http-equiv="Content-Type" content="text/html; charset={meta}"></head><p>{text}'
    found = read(tmp_path, page.encode(codec))
    assert texts(found) == [text]
    assert found.remarks == (f"编码是 {told}",)


def test_a_broken_byte_in_an_old_page_is_told(tmp_path: Path) -> None:
    page = f"<meta charset=gbk><p>{LETTER * 50}".encode("gb18030") + b"\xff"
    found = read(tmp_path, page)
    assert texts(found) == [LETTER * 50 + "\ufffd"]
    assert "第 1 行有丢了的字（显示为 � 或“锟斤拷”），来稿里就是这样" in found.remarks


def test_nothing_is_fetched_and_nothing_expanded(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("机密")
    page = f'<!DOCTYPE html [<!ENTITY a "{"甲" * 99}"><!ENTITY b SYSTEM "file://{secret}">]><p>&a;&b;正文</p>'
    assert texts(read(tmp_path, page))[-1] == "&a;&b;正文"


def test_nesting_is_read_to_any_sensible_depth(tmp_path: Path) -> None:
    assert texts(body(tmp_path, "<div>" * 1500 + "深" + "</div>" * 1500 + "后")) == ["深", "后"]
    with pytest.raises(ContentError) as told:
        body(tmp_path, "<div>" * 100_000 + "深")
    assert told.value.diagnostics[0].code == "B729"


def test_a_page_without_tags_of_its_own_head(tmp_path: Path) -> None:
    found = read(tmp_path, f"<p>{LETTER}</p>", "页.htm")
    assert (found.form, texts(found)) == ("html", [LETTER])
    assert texts(read(tmp_path, "一段文字，没有标签。", "页.htm")) == ["一段文字，没有标签。"]


WORDS = st.text(
    st.one_of(
        st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5),
        st.sampled_from("，。：A1 \u3000\u00a0<>&\"'"),
    ),
    max_size=15,
)
TAGS = st.sampled_from(["p", "div", "h2", "blockquote", "section", "li", "dd"])


@settings(max_examples=80)
@given(blocks=st.lists(st.tuples(TAGS, WORDS), min_size=1, max_size=8))
def test_all_visible_text_is_in_lines_or_told(
    blocks: list[tuple[str, str]], tmp_path: Path
) -> None:
    inside = "".join(f"<{tag}>{escape(words)}</{tag}>" for tag, words in blocks)
    found = body(tmp_path, f"{inside}<p>末")
    said = "".join([*texts(found), *(d.text for d in found.dropped)])
    visible = "".join(words for _, words in blocks) + "末"
    assert sorted(said.replace(" ", "")) == sorted(visible.replace(" ", ""))


def test_pages_made_to_be_slow_are_not(tmp_path: Path) -> None:
    started = time.process_time()  # whatever else the machine has to do
    body(
        tmp_path,
        "<table><tr><td colspan=1000 rowspan=60000>甲<td>乙</tr>"
        + "<tr><td>丙</tr>" * 60_000
        + "</table>",
    )
    body(tmp_path, ("<div>" * 1000 + "<header><h1>甲</h1></header>" * 20_000))
    read(tmp_path, "<!---->" * 8000 + "文字", "a.txt")
    body(tmp_path, f"<p class='a'><b>{LETTER}</b><a href=x>链接</a></p>\n" * 20_000)
    assert time.process_time() - started < 20


def test_a_tag_at_the_start_of_markdown_makes_no_page(tmp_path: Path) -> None:
    found = read(tmp_path, "<p align=center>题</p>\n\n# 标题\n", "稿.md")
    assert (found.form, len(found.lines)) == ("markdown", 3)
