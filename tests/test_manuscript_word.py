"""Word documents in: everything a reader sees, and an account of the rest."""

from __future__ import annotations

import time
from pathlib import Path

import docx
import pytest
from docx.shared import Pt
from hypothesis import given, settings
from hypothesis import strategies as st
from word_files import (
    STRICT,
    TYPES,
    R,
    W,
    bold,
    item,
    levels,
    p,
    part,
    relations,
    run,
    saved,
    table,
    tc,
    uses,
    word_bytes,
    zipped,
)

from broadsheet.manuscripts.lines import Manuscript
from broadsheet.manuscripts.numerals import numeral
from broadsheet.manuscripts.sources import read_manuscript


def read(folder: Path, body: str, **parts: str) -> Manuscript:
    return read_manuscript(saved(folder, word_bytes(body, **parts)))


def texts(manuscript: Manuscript) -> list[str]:
    return [line.text for line in manuscript.lines]


def left_out(manuscript: Manuscript) -> list[tuple[int, str, str]]:
    return [(d.number, d.text, d.reason) for d in manuscript.dropped]


# -- paragraphs and styles ------------------------------------------------------------------------


def test_a_document_of_python_docx(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_heading("百件提案", 0)
    document.add_heading("经济发展", 1)
    paragraph = document.add_paragraph()
    paragraph.add_run("提案人：").bold = True
    paragraph.add_run("周军辉")
    document.add_paragraph("")
    document.add_paragraph("第一条", style="List Number")
    whole = document.add_paragraph()
    whole.add_run("建议：").bold = True
    document.add_paragraph("前一行").add_run("\n后一行\t完").font.size = Pt(12)
    grid = document.add_table(2, 2)
    for n, words in enumerate(("主办单位", "区科技局", "类别", "A")):
        grid.cell(n // 2, n % 2).text = words
    path = tmp_path / "稿.docx"
    document.save(str(path))
    read = read_manuscript(path)
    assert read.form == "word"
    assert texts(read) == [
        "百件提案", "经济发展", "提案人：周军辉", "", "1. 第一条", "建议：", "前一行", "后一行\t完",
        "主办单位", "区科技局", "类别", "A",
    ]  # fmt: skip
    assert [line.number for line in read.lines] == list(range(1, 13))
    assert [(line.style, line.level) for line in read.lines[:5]] == [
        ("heading", 1), ("heading", 1), ("", 0), ("", 0), ("item", 0),
    ]  # fmt: skip
    assert [line.bold for line in read.lines[2:6]] == [False, False, False, True]
    assert read.lines[2].bold_to == 4
    rows = [(line.style, line.row, line.table, line.cell) for line in read.lines[8:]]
    assert rows == [("cell", 1, 1, 1), ("cell", 1, 1, 2), ("cell", 2, 1, 1), ("cell", 2, 1, 2)]
    assert any("自动编号 1 处" in remark for remark in read.remarks)


STYLES = (
    '<w:style w:type="paragraph" w:default="1" w:styleId="a"><w:name w:val="Normal"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="1"><w:name w:val="heading 1"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="20"><w:name w:val="标题 2"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="a3"><w:name w:val="Title"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="z"><w:name w:val="小标题"/><w:basedOn w:val="20"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="y"><w:name w:val="公文标题"/>'
    '<w:pPr><w:outlineLvl w:val="2"/></w:pPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="o"><w:name w:val="圈"/><w:basedOn w:val="o"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="b"><w:name w:val="粗"/><w:rPr><w:b/></w:rPr></w:style>'
    '<w:style w:type="character" w:styleId="c"><w:name w:val="Strong"/><w:rPr><w:b/></w:rPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="TOC1"><w:name w:val="toc 1"/></w:style>'
)


@pytest.mark.parametrize(
    ("style", "properties", "level"),
    [
        ("1", "", 1),
        ("20", "", 2),
        ("a3", "", 1),
        ("z", "", 2),
        ("y", "", 3),
        ("", '<w:outlineLvl w:val="1"/>', 2),
        ("1", '<w:outlineLvl w:val="9"/>', 0),
        ("", '<w:outlineLvl w:val="8"/>', 6),
        ("o", "", 0),
        ("missing", "", 0),
        ("", "", 0),
    ],
)
def test_headings(style: str, properties: str, level: int, tmp_path: Path) -> None:
    (line,) = read(tmp_path, p("标题", style=style, properties=properties), styles=STYLES).lines
    assert (line.style, line.level) == (("heading", level) if level else ("", 0))


def test_bold_is_what_the_reader_sees(tmp_path: Path) -> None:
    body = (
        p(bold("建议"), bold("："))
        + p("粗体", style="b")
        + p(run("不粗", '<w:b w:val="0"/>'), style="b")
        + p(run("强调", '<w:rStyle w:val="c"/>'))
        + p(run("又不粗", '<w:rStyle w:val="c"/>'), style="b")
        + p(bold("主办单位："), " ", "区科技局")
        + p("前", bold("后"))
        + p(bold(" "), "空白不算")
    )
    lines = read(tmp_path, body, styles=STYLES).lines
    assert [line.bold for line in lines] == [True, True, False, True, False, False, False, False]
    assert [line.bold_to for line in lines] == [0, 0, 0, 0, 0, 6, 0, 0]


def test_breaks_and_signs(tmp_path: Path) -> None:
    body = p(
        "<w:r><w:t>甲</w:t><w:br/><w:t>乙</w:t><w:cr/><w:t>丙</w:t><w:br w:type='page'/>"
        "<w:t>丁</w:t><w:tab/><w:t>2023</w:t><w:noBreakHyphen/><w:t>24</w:t><w:softHyphen/>"
        '<w:sym w:font="Wingdings" w:char="F0FE"/><w:sym w:font="Symbol" w:char="B7"/>'
        '<w:sym w:font="宋体" w:char="3014"/><w:sym w:font="Wingdings" w:char="F021"/></w:r>'
    )
    found = read(tmp_path, body)
    assert texts(found) == ["甲", "乙", "丙", "丁\t2023-24☑•〔"]
    assert left_out(found) == [(4, "\uf021", "字体 wingdings 里的符号，别处显示不出来")]


def test_invisible_characters_are_taken_out_and_told(tmp_path: Path) -> None:
    found = read(tmp_path, p("提\u200b案\u00ad人：\u3000王\ufeff芳\u00a0"))
    assert texts(found) == ["提案人：\u3000王芳\u00a0"]
    assert left_out(found) == [(1, "\u200b\u00ad\ufeff", "看不见的字符，只管换行")]


def test_hidden_text_is_dropped_and_told(tmp_path: Path) -> None:
    found = read(tmp_path, p("看得见", run("看不见", "<w:vanish/>"), "的字"))
    assert texts(found) == ["看得见的字"]
    assert left_out(found) == [(1, "看不见", "隐藏的文字")]
    assert "隐藏的文字 1 处，没有导入" in found.remarks


def test_what_hidden_marks_and_rows_do(tmp_path: Path) -> None:
    body = (
        p("一、", properties="<w:rPr><w:vanish/><w:specVanish/></w:rPr>") + p("接着写")
        + table(["甲", "乙"], ["丙", "丁"]).replace("<w:tr>", "<w:tr><w:trPr><w:hidden/></w:trPr>", 1)
    )  # fmt: skip
    found = read(tmp_path, body)
    assert texts(found) == ["一、接着写", "丙", "丁"]
    assert left_out(found) == [(2, "甲乙", "隐藏的文字")]


def test_links_fields_and_controls_show_what_they_show(tmp_path: Path) -> None:
    def char(kind: str, inside: str = "") -> str:
        return f'<w:r><w:fldChar w:fldCharType="{kind}">{inside}</w:fldChar></w:r>'

    def code(words: str) -> str:
        return f"<w:r><w:instrText>{words}</w:instrText></w:r>"

    nested = char("begin") + code(" IF ") + char("begin") + code("A") + char("separate") + run("甲")
    nested += char("end") + code(" = 1 ") + char("separate") + run("乙") + char("end")
    drop_down = '<w:ffData><w:ddList><w:result w:val="1"/><w:listEntry w:val="A"/>'
    drop_down += '<w:listEntry w:val="B"/></w:ddList></w:ffData>'
    ticked = '<w:ffData><w:checkBox><w:default w:val="0"/><w:checked/></w:checkBox></w:ffData>'
    body = (
        p("<w:hyperlink r:id='rId9'>" + run("链接") + "</w:hyperlink>")
        + p(char("begin"), code(" PAGE "), char("separate"), run("3"), char("end"), run("页"))
        + p('<w:fldSimple w:instr="DATE">' + run("2024年") + "</w:fldSimple>")
        + p(nested, run("后"))
        + p("类别：", char("begin", drop_down), code("FORMDROPDOWN"), char("end"))
        + p(char("begin", ticked), code("FORMCHECKBOX"), char("end"), run("同意公开"))
        + p(run("圈"), char("begin"), code(r" EQ \o\ac(○,一) "), char("end"))
        + p("<w:sdt><w:sdtPr/><w:sdtContent>" + run("控件里") + "</w:sdtContent></w:sdt>")
        + "<w:sdt><w:sdtPr/><w:sdtContent>" + p("块") + "</w:sdtContent></w:sdt>"
        + "<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>" + p("单击此处") + "</w:sdtContent></w:sdt>"
        + p(char("begin"), code("坏掉的域"), run("吞不掉"))
        + p("后面还在")
    )  # fmt: skip
    found = read(tmp_path, body)
    assert texts(found) == [
        "链接", "3页", "2024年", "乙后", "类别：B", "☑同意公开", "圈", "控件里", "块", "", "后面还在",
    ]  # fmt: skip
    assert left_out(found) == [
        (4, "甲", "域的代码"),
        (7, r"EQ \o\ac(○,一)", "公式或符号，只有代码，读不出来"),
        (10, "单击此处", "没有填写的提示"),
        (10, "吞不掉", "域的代码"),
    ]


def test_a_table_of_contents_is_told_not_read(tmp_path: Path) -> None:
    body = (
        "<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val='Table of Contents'/></w:docPartObj>"
        "</w:sdtPr><w:sdtContent>" + p("目录") + p("一、背景\t1") + "</w:sdtContent></w:sdt>"
    )
    found = read(tmp_path, body + p("二、建议\t2", style="TOC1") + p("正文"), styles=STYLES)
    assert texts(found) == ["正文"]
    assert [(text, reason) for _, text, reason in left_out(found)] == [
        ("目录", "目录"), ("一、背景\t1", "目录"), ("二、建议\t2", "目录"),
    ]  # fmt: skip


def test_readings_formulas_and_foreign_wrappers(tmp_path: Path) -> None:
    ruby = (
        "<w:r><w:ruby><w:rt>"
        + run("huáng")
        + "</w:rt><w:rubyBase>"
        + run("黄")
        + "</w:rubyBase></w:ruby></w:r>"
    )
    body = p(
        ruby,
        "某",
        "<m:oMath><m:r><m:t>a=b</m:t></m:r></m:oMath>",
        "<w:smartTag>" + run("地名") + "</w:smartTag>",
    )
    found = read(tmp_path, body)
    assert texts(found) == ["黄某a=b地名"]
    assert left_out(found) == [(1, "huáng", "注音")]


# -- numbering ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "number", "text"),
    [
        ("decimal", 12, "12"),
        ("chineseCounting", 1, "一"),
        ("chineseCounting", 10, "十"),
        ("chineseCountingThousand", 21, "二十一"),
        ("japaneseCounting", 20, "二十"),
        ("chineseCountingThousand", 105, "一百零五"),
        ("chineseCountingThousand", 110, "一百一十"),
        ("chineseCountingThousand", 3004, "三千零四"),
        ("taiwaneseCountingThousand", 15, "十五"),
        ("ideographDigital", 10, "一〇"),
        ("chineseLegalSimplified", 12, "壹拾贰"),
        ("ideographLegalTraditional", 6, "陸"),
        ("ideographTraditional", 3, "丙"),
        ("ideographTraditional", 11, "11"),
        ("ideographZodiac", 12, "亥"),
        ("ideographZodiacTraditional", 13, "丙子"),
        ("decimalEnclosedCircle", 1, "①"),
        ("decimalEnclosedCircleChinese", 21, "㉑"),
        ("decimalEnclosedCircle", 51, "51"),
        ("decimalEnclosedFullstop", 2, "⒉"),
        ("decimalEnclosedParen", 20, "⒇"),
        ("ideographEnclosedCircle", 10, "㊉"),
        ("decimalFullWidth", 10, "１０"),
        ("decimalZero", 3, "03"),
        ("upperRoman", 1994, "MCMXCIV"),
        ("lowerRoman", 4, "iv"),
        ("upperLetter", 28, "BB"),
        ("lowerLetter", 26, "z"),
        ("numberInDash", 2, "- 2 -"),
        ("none", 5, ""),
        ("somethingNew", 5, "5"),
    ],
)
def test_numerals(form: str, number: int, text: str) -> None:
    assert numeral(number, form) == text


CHINESE = levels(
    ("chineseCountingThousand", "%1、"),
    ("chineseCounting", "（%2）"),
    ("decimal", "%3."),
    ("decimalEnclosedCircleChinese", "%4"),
)


def test_chinese_numbering_is_written_out(tmp_path: Path) -> None:
    body = (
        item("甲") + item("乙", level=1) + item("丙", level=1) + item("2024年", level=2)
        + item("丁", level=3) + p("没有编号") + item("戊") + item("己", level=1)
    )  # fmt: skip
    found = read(tmp_path, body, numbering=CHINESE + uses())
    assert texts(found) == [
        "一、甲", "（一）乙", "（二）丙", "1. 2024年", "①丁", "没有编号", "二、戊", "（一）己",
    ]  # fmt: skip
    assert [line.style for line in found.lines] == ["item"] * 5 + ["", "item", "item"]
    assert "自动编号 7 处，已写成文字" in found.remarks


def test_lists_of_one_definition_count_on_unless_they_restart(tmp_path: Path) -> None:
    again = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>'
    numbering = levels(("decimal", "%1.")) + uses(1) + uses(2) + uses(3, inside=again)
    body = item("a") + item("b", 2) + item("c", 3) + item("d", 3) + item("e", 1)
    assert texts(read(tmp_path, body, numbering=numbering)) == [
        "1. a", "2. b", "1. c", "2. d", "3. e",
    ]  # fmt: skip


def test_numbers_of_several_levels_and_restarts(tmp_path: Path) -> None:
    two = levels(("chineseCounting", "第%1章"), ("decimal", "%1.%2"), ("decimal", "%3)"))
    two = two.replace('<w:lvl w:ilvl="1">', '<w:lvl w:ilvl="1"><w:isLgl/><w:lvlRestart w:val="0"/>')
    body = item("a") + item("b", level=1) + item("c", level=2) + item("d") + item("e", level=1)
    assert texts(read(tmp_path, body, numbering=two + uses())) == [
        "第一章a", "1.1 b", "1) c", "第二章d", "2.2 e",
    ]  # fmt: skip


def test_numbering_through_styles(tmp_path: Path) -> None:
    styles = (
        '<w:style w:type="paragraph" w:styleId="1"><w:name w:val="heading 1"/><w:pPr><w:numPr>'
        '<w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="2"><w:name w:val="heading 2"/><w:pPr><w:numPr>'
        '<w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
        '<w:style w:type="numbering" w:styleId="L"><w:name w:val="列表"/><w:pPr><w:numPr>'
        '<w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
    )
    numbering = CHINESE.replace('w:ilvl="1">', 'w:ilvl="1"><w:pStyle w:val="2"/>')
    linked = '<w:abstractNum w:abstractNumId="7"><w:numStyleLink w:val="L"/></w:abstractNum>'
    none = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="0"/></w:numPr>'
    body = (
        p("甲", style="1") + p("乙", style="2") + p("丙", style="1", properties=none)
        + p("丁", style="1") + item("戊", 5)
    )  # fmt: skip
    found = read(tmp_path, body, styles=styles, numbering=numbering + linked + uses() + uses(5, 7))
    assert texts(found) == ["一、甲", "（一）乙", "丙", "二、丁", "一、戊"]
    assert [line.level for line in found.lines] == [1, 2, 1, 1, 0]


def test_bullets_hidden_and_damaged_numbers(tmp_path: Path) -> None:
    numbering = (
        levels(("bullet", "\uf0b7"), ("bullet", "\uf0fc"), ("bullet", "－"), ("bullet", "\uf9ff"))
        + levels(("decimal", "%1."), extra="<w:rPr><w:vanish/></w:rPr>", definition=1)
        + levels(("decimal", "%1、"), extra='<w:suff w:val="nothing"/>', definition=2)
        + uses() + uses(2, 1) + uses(3, 2) + uses(4, 99)
    )  # fmt: skip
    body = (
        item("a") + item("b", level=1) + item("c", level=2) + item("d", 2) + item("e", 3)
        + item("f", 4) + item("g", 77) + item("h", 1, 8)
    )  # fmt: skip
    found = texts(read(tmp_path, body, numbering=numbering))
    assert found == ["•a", "✓b", "－c", "d", "1、e", "f", "g", "h"]
    assert texts(read(tmp_path, item("a"))) == ["a"]  # no numbering at all


# -- changes, comments, notes ---------------------------------------------------------------------


def deleted(text: str) -> str:
    return f'<w:del w:author="甲"><w:r><w:delText>{text}</w:delText></w:r></w:del>'


def test_tracked_changes_are_accepted_and_told(tmp_path: Path) -> None:
    gone = '<w:rPr><w:del w:author="甲"/></w:rPr>'
    body = (
        p("提案", deleted("旧"), "<w:ins w:author='乙'>" + run("新") + "</w:ins>", "的字")
        + p("前一段", properties=gone)
        + p("接上")
        + p(
            "<w:moveFrom w:author='乙'>" + run("搬走") + "</w:moveFrom>",
            properties="<w:rPr><w:moveFrom/></w:rPr>",
        )
        + p("中间")
        + p("<w:moveTo w:author='乙'>" + run("搬走") + "</w:moveTo>")
        + p(run("旧格式", "<w:rPrChange><w:rPr><w:vanish/></w:rPr></w:rPrChange>"))
    )
    found = read(tmp_path, body)
    assert texts(found) == ["提案新的字", "前一段接上", "中间", "搬走", "旧格式"]
    assert left_out(found) == [
        (1, "旧", "修订：删去的文字"),
        (3, "搬走", "修订：移走的文字，已在新的位置读出"),
    ]
    assert found.remarks == ("有修订（插入 1 处，删去 1 处，移动 1 处），按全部接受来读",)


def test_rows_that_were_deleted(tmp_path: Path) -> None:
    body = table(["甲", "乙"], ["丙", "丁"]).replace("<w:tr>", "<w:tr><w:trPr><w:del/></w:trPr>", 1)
    found = read(tmp_path, body)
    assert texts(found) == ["丙", "丁"]
    assert left_out(found) == [(1, "甲乙", "修订：删去的文字")]


def test_comments_are_told_with_what_they_are_about(tmp_path: Path) -> None:
    def comment(key: int, text: str) -> str:
        return f'<w:comment w:id="{key}" w:author="张编辑">{p(text)}</w:comment>'

    body = (
        p("第一段")
        + p("提案人", '<w:commentRangeStart w:id="1"/>', "周军", '<w:commentRangeEnd w:id="1"/>',
            '<w:r><w:commentReference w:id="1"/></w:r>', "等")
    )  # fmt: skip
    found = read(tmp_path, body, comments=comment(1, "名字对吗") + comment(2, "没有位置"))
    assert texts(found) == ["第一段", "提案人周军等"]
    assert left_out(found) == [(2, "名字对吗", "批注，针对“周军”"), (0, "没有位置", "批注")]
    assert "张编辑" not in repr(found)
    assert "批注 2 条，没有导入" in found.remarks


def test_notes_follow_their_paragraph(tmp_path: Path) -> None:
    def note(key: int, text: str, kind: str = "footnote") -> str:
        return f'<w:{kind} w:id="{key}">{p("<w:r><w:footnoteRef/></w:r>", text)}</w:{kind}>'

    separator = f'<w:footnote w:id="-1" w:type="separator">{p("———")}</w:footnote>'
    body = (
        p("正文", '<w:r><w:footnoteReference w:id="1"/></w:r>', "继续")
        + table([p("格", '<w:r><w:endnoteReference w:id="1"/></w:r>'), "旁"])
        + p("最后")
    )
    found = read(
        tmp_path,
        body,
        footnotes=separator + note(1, "脚注文字") + note(2, "没人引用"),
        endnotes=note(1, "尾注文字", "endnote"),
    )
    assert texts(found) == ["正文继续", "脚注文字", "格", "旁", "尾注文字", "最后"]
    assert [line.style for line in found.lines] == ["", "note", "cell", "cell", "note", ""]
    assert left_out(found) == [
        (1, "1", "注的标号，注文接在这一段之后"),
        (3, "2", "注的标号，注文接在这一段之后"),
        (0, "没人引用", "正文里没有标号的注"),
    ]


def test_a_note_may_have_a_note(tmp_path: Path) -> None:
    refers = '<w:r><w:footnoteReference w:id="{}"/></w:r>'
    notes = f'<w:footnote w:id="1">{p("一", refers.format(2))}</w:footnote>'
    notes += f'<w:footnote w:id="2">{p("二", refers.format(1))}</w:footnote>'
    assert texts(read(tmp_path, p("文", refers.format(1)), footnotes=notes)) == ["文", "一", "二"]


def test_documents_made_to_be_slow_are_not(tmp_path: Path) -> None:
    started = time.process_time()  # whatever else the machine has to do
    begin = '<w:r><w:fldChar w:fldCharType="begin"/><w:fldChar w:fldCharType="separate"/><w:t>甲</w:t></w:r>'
    hidden = run("藏", "<w:vanish/>") + run("显")
    ranges = "".join(f'<w:commentRangeStart w:id="{n}"/>{run("乙")}' for n in range(20_000))
    styles = "".join(
        f'<w:style w:styleId="s{n}"><w:basedOn w:val="s{n + 1}"/></w:style>' for n in range(5000)
    )
    body = p(begin * 20_000, hidden * 20_000, ranges) + p("丙", style="s0") * 5000
    assert len(read(tmp_path, body, styles=styles).lines) == 5001
    assert time.process_time() - started < 20


def test_headers_and_footers_are_told_once(tmp_path: Path) -> None:
    found = read(
        tmp_path, p("正文"), header1=p("某某日报"), header2=p("某某日报"), footer1=p("第3页")
    )
    assert texts(found) == ["正文"]
    assert left_out(found) == [(0, "某某日报", "页眉"), (0, "第3页", "页脚")]
    assert "页眉和页脚没有导入" in found.remarks


# -- boxes and tables -----------------------------------------------------------------------------


def box(*paragraphs: str) -> str:
    return f"<wps:txbx><w:txbxContent>{''.join(paragraphs)}</w:txbxContent></wps:txbx>"


def test_text_boxes_follow_their_paragraph_once(tmp_path: Path) -> None:
    old = f"<w:pict><v:shape><v:textbox><w:txbxContent>{p('框里')}</w:txbxContent></v:textbox></v:shape></w:pict>"
    both = (
        f"<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing>{box(p('框里'), p('二'))}"
        f"</w:drawing></mc:Choice><mc:Fallback>{old}</mc:Fallback></mc:AlternateContent></w:r>"
    )
    nested = f"<w:r><w:drawing>{box(p('外', f'<w:r><w:drawing>{box(p(chr(20869)))}</w:drawing></w:r>'))}</w:drawing></w:r>"
    art = '<w:r><w:pict><v:shape><v:textpath string="艺术字"/></v:shape></w:pict></w:r>'
    body = p("前", both, "后") + p(nested) + p(f"<w:r>{old}</w:r>") + p(art) + p("完")
    found = read(tmp_path, body)
    assert texts(found) == ["前后", "框里", "二", "", "外", "内", "", "框里", "", "艺术字", "完"]
    assert "文本框 5 个，文字接在所在的段落之后" in found.remarks


def test_the_older_of_two_drawings_where_it_is_alone(tmp_path: Path) -> None:
    old = f"<mc:Fallback><w:pict>{box(p('旧的'))}</w:pict></mc:Fallback>"
    body = p(f"<w:r><mc:AlternateContent>{old}</mc:AlternateContent></w:r>", "文")
    assert texts(read(tmp_path, body)) == ["文", "旧的"]


def test_pictures_are_told_with_their_description(tmp_path: Path) -> None:
    picture = '<w:r><w:drawing><wp:inline><wp:docPr id="1" descr="加装电梯"/><a:graphic><a:graphicData><pic:pic/></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>'
    found = read(tmp_path, p("见图", picture))
    assert left_out(found) == [(1, "加装电梯", "图片，没有导入")]
    assert "图片 1 张，没有导入" in found.remarks


def test_merged_empty_and_nested_cells(tmp_path: Path) -> None:
    body = (
        "<w:tbl><w:tr>" + tc(p("跨两列"), '<w:gridSpan w:val="2"/>')
        + tc(p("竖着"), '<w:vMerge w:val="restart"/>') + "</w:tr><w:tr>"
        + tc(p("")) + tc(p("第一段") + p("") + p("第二段")) + tc(p(""), "<w:vMerge/>") + "</w:tr><w:tr>"
        + tc(table(["内一", "内二"]) + p("")) + tc(p("旁")) + tc(p("藏着"), "<w:vMerge/>")
        + "</w:tr></w:tbl>"
    )  # fmt: skip
    found = read(tmp_path, body)
    cells = [(line.text, line.row, line.table, line.cell) for line in found.lines]
    assert cells == [
        ("跨两列", 1, 1, 1), ("竖着", 1, 1, 3), ("", 2, 1, 1), ("第一段", 2, 1, 2),
        ("第二段", 2, 1, 2), ("内一", 4, 2, 1), ("内二", 4, 2, 2), ("旁", 3, 1, 2),
    ]  # fmt: skip
    assert left_out(found) == [(8, "藏着", "被合并的单元格里看不见的文字")]


def test_a_frame_of_one_cell_is_no_table(tmp_path: Path) -> None:
    found = read(tmp_path, table([p("甲") + p("乙")]) + p("丙"))
    assert [(line.text, line.style, line.row) for line in found.lines] == [
        ("甲", "", 0), ("乙", "", 0), ("丙", "", 0),
    ]  # fmt: skip


def test_rows_and_cells_in_content_controls(tmp_path: Path) -> None:
    row = (
        "<w:tr>"
        + tc(p("甲"))
        + "<w:sdt><w:sdtContent>"
        + tc(p("乙"))
        + "</w:sdtContent></w:sdt></w:tr>"
    )
    body = f"<w:tbl><w:sdt><w:sdtContent>{row}</w:sdtContent></w:sdt></w:tbl>"
    assert texts(read(tmp_path, body)) == ["甲", "乙"]


def test_words_of_a_diagram_are_read(tmp_path: Path) -> None:
    data = part(
        "x",
        "<dgm:pt><dgm:t><a:p><a:r><a:t>第一</a:t></a:r><a:r><a:t>步</a:t></a:r></a:p></dgm:t></dgm:pt>",
    )
    body = p("图示", '<w:r><w:drawing><dgm:relIds r:dm="rId1"/></w:drawing></w:r>')
    files = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": relations({"word/document.xml": "officeDocument"}),
        "word/document.xml": part("document", f"<w:body>{body}</w:body>"),
        "word/_rels/document.xml.rels": relations({"diagrams/data1.xml": "diagramData"}),
        "word/diagrams/data1.xml": data,
    }
    assert texts(read_manuscript(saved(tmp_path, zipped(files)))) == ["图示", "第一步"]


def test_the_strict_variant_of_the_format(tmp_path: Path) -> None:
    strict = "http://purl.oclc.org/ooxml/officeDocument/relationships"
    files = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": relations({"/word/document2.xml": "officeDocument"}).replace(R, strict),
        "word/document2.xml": part("document", f"<w:body>{p(bold('严格'))}</w:body>").replace(
            W, STRICT
        ),
    }
    (line,) = read_manuscript(saved(tmp_path, zipped(files))).lines
    assert (line.text, line.bold) == ("严格", True)


# -- properties -----------------------------------------------------------------------------------

WORDS = st.text(
    st.one_of(
        st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5),
        st.sampled_from("，。：（）《》“”A1 \u3000\t<>&\"'"),
    ),
    max_size=20,
)
BLOCKS = st.lists(
    st.one_of(
        WORDS.map(lambda words: ("p", [[words]])),
        st.lists(st.lists(WORDS, min_size=2, max_size=2), min_size=1, max_size=3).map(
            lambda rows: ("table", rows)
        ),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=60)
@given(blocks=BLOCKS)
def test_every_paragraph_and_cell_comes_out_as_it_went_in(
    blocks: list[tuple[str, list[list[str]]]], tmp_path: Path
) -> None:
    document = docx.Document()
    expected = ["末段"]
    document.add_paragraph("末段")
    for kind, rows in blocks:
        if kind == "p":
            document.add_paragraph(rows[0][0])
            expected.append(rows[0][0])
            continue
        grid = document.add_table(len(rows), 2)
        for n, row in enumerate(rows):
            for m, words in enumerate(row):
                grid.cell(n, m).text = words
                expected.append(words if words.strip() else "")
    document.save(str(tmp_path / "a.docx"))
    found = read_manuscript(tmp_path / "a.docx")
    assert texts(found) == expected
    assert not found.dropped
