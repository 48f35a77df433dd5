"""Check, in one file: pairs, marks, blanks, words. Each rule with what it finds and what it leaves."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from helpers import case, checked, make_site, publication, raw_case

from broadsheet.check import sums
from broadsheet.check.fixes import mend_fully
from broadsheet.check.punctuation import punctuation
from broadsheet.check.source import parse_source
from broadsheet.diagnostics import Diagnostic

WORDS = """\
words: [{wrong: 座落, right: 坐落, note: 用字规定}, {wrong: 余杭, right: 余杭区}]
people:
  - {name: 周舟, post: 区政协副主席}
  - {name: 李石岩, post: [区委书记, 区长]}
phrases: [新质生产力, 最多跑一次, 三推两助双岗建功]
"""


def found(root: Path, body: str, code: str, **fields: object) -> list[Diagnostic]:
    """The findings of one code in a case with this body, under the word list above."""
    files = {"content/p/001-a.md": case(body=body, **fields), "content/wordlist.yaml": WORDS}
    return [one for one in checked(make_site(root, files)) if one.code == code]


def places(root: Path, body: str, code: str) -> list[tuple[int, int]]:
    """Line and column within the body, from 1."""
    return [(one.line - 9, one.column) for one in found(root, body, code)]


def fixed(text: str) -> str:
    return mend_fully(text, "a.md", "body", lambda finding: True)


# -- B801 -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "column", "said"),
    [
        ("区里提出“一件事集成办理。", 5, "没有配对"),
        ("区里提出一件事”集成办理。", 8, "前面没有 “"),
        ("区里提出”一件事“集成办理。", 5, "前面没有 “"),
        ("按照《湿地保护法落实。", 3, "没有 》"),
        ("办理（含并案。", 3, "没有 ）"),
        ("提出“一件事《方案”》落实。", 10, "交叉"),
        ("提出“一件事“集成办理。", 7, "又是一个 “"),
        ("提出“一件事“集成”办理”。", 7, "双引号里面又用了双引号"),
        ("办理（试行)办法。", 6, "一半是全角"),
        ("区里「提出『一件事」』。", 10, "交叉"),
        ("| 甲 | 乙 |\n|---|---|\n| “一 | 二 |", 3, "没有配对"),
        ("- 甲：“乙。\n- 丙。", 5, "没有配对"),
        ("## “背景", 4, "没有配对"),
        ("甲[^1]。\n\n[^1]: 见《某书。", 8, "没有配对"),
    ],
)
def test_pairs_that_do_not_meet(tmp_path: Path, body: str, column: int, said: str) -> None:
    (only,) = found(tmp_path, body + "\n", "B801")
    assert only.column == column
    assert said in only.message
    assert only.hint


def test_brackets_of_two_widths_hide_nothing(tmp_path: Path) -> None:
    told = found(tmp_path, "（一)提高待遇，将“工资挂钩。\n", "B801")
    assert [one.column for one in told] == [3, 10]


@pytest.mark.parametrize(
    "body",
    [
        "区里提出“一件事”集成办理，见《关于“一件事”的〈方案〉》（试行）。",
        "以“‘园区长’联企业”为题。",
        "1）简化审批；2）公布标准。",
        "包括“1)甲2)乙”两项。",
        "一）简化审批；\n二）公布标准。",
        "(1)简化审批；a)公布标准。",
        "代码 `f(“` 和网址 https://example.org/(a 不算。",
        "```\n“没有配对\n```",
        "“引文的第一段。\n\n“引文的最后一段。”",
        "it’s fine，don’t。",
        "“一段跨行\n的引文”结束。",
        "见[《方案》（试行）](https://example.org/a(b)c)。",
        r"转义的\(括号。",
        "跨行的**“粗体”**。",
        "> “引用的\n> 两行”。",
    ],
)
def test_pairs_that_are_sound(tmp_path: Path, body: str) -> None:
    assert not found(tmp_path, body + "\n", "B801")


def test_values_are_looked_at_and_keys_are_not(tmp_path: Path) -> None:
    text = raw_case(
        "id: a", "kind: reference", 'title: "关于“甲的建议"', "theme: economy",
        "source: {name: 云栖日报（海外版, url: 'https://example.org/(x'}",
    )  # fmt: skip
    told = checked(make_site(tmp_path, {"content/p/001-a.md": text}))
    assert [(one.code, one.line, one.column) for one in told] == [("B801", 4, 11), ("B801", 6, 20)]


# -- B802 -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "columns"),
    [
        ("甲乙,丙丁。", [3]),
        ("甲乙, 丙丁。", [3]),
        ("甲乙;丙丁?", [3]),
        ("答复如下:", [5]),
        ("甲乙“丙”,丁。", [6]),
        ("**建议:**简化审批。", [5]),
        ("办法(试行)公布。", [3]),
        ("办法(2024年修订)公布。", [3]),
        ("目前,2023年补助315家。", [3]),
        ("(一)简化审批。", [1]),
        ("甲乙.丙丁。", [3]),
        ('说"甲乙"。', [2]),
        ("甲,\n乙。", [2]),
        ("| 甲,乙 | 丙 |\n|---|---|\n| 丁 | 戊 |", [4]),
        ("## 甲,乙", [5]),
    ],
)
def test_half_width_marks(tmp_path: Path, body: str, columns: list[int]) -> None:
    assert [column for _, column in places(tmp_path, body + "\n", "B802")] == columns


@pytest.mark.parametrize(
    "body",
    [
        "满意率7.46%，比例3:1，每天14:30，2023.10.16日，用Node.js和C++。",
        "增长1,234.5万元。",
        "见 https://example.org/甲,乙?丙:丁 一页。",
        "写信到 a,b@example.org 或见[页](https://example.org/a,b)。",
        "代码 `甲,乙` 不算。\n\n    甲,乙\n\n```\n甲,乙\n```",
        "人工智能(AI)产业。",
        "见附件“方案(终稿).docx”和图片(一).png。",
        "1. 甲\n2. 乙",
        "甲\\,乙",
        "Hello, world! (Really?)",
        "甲[^1]乙。\n\n[^1]: 丙。",
        "一.背景",
    ],
)
def test_marks_that_are_not_between_han(tmp_path: Path, body: str) -> None:
    assert not found(tmp_path, body + "\n", "B802")


def test_one_line_is_told_once(tmp_path: Path) -> None:
    (only,) = found(tmp_path, "甲,乙,丙;丁。\n", "B802")
    assert "共有 3 处" in only.message
    assert only.excerpt == "甲,乙,丙;丁。"


def test_what_cannot_be_mended_is_not_promised(tmp_path: Path) -> None:
    (only,) = found(tmp_path, "**分类评价:**A\n", "B802")
    assert "--fix" not in only.hint
    assert "星号外面" in only.hint


def test_names_are_left_to_the_reader(tmp_path: Path) -> None:
    assert not found(tmp_path, "正文。\n", "B802", proposers=["张山,李石"])


# -- B803, B804, B805 -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "columns"),
    [
        ("全区不少老旧 小区没有电梯，很吃力。", [7]),
        ("没有电梯， 老人很吃力。", [6]),
        ("没有电梯 ，老人很吃力。", [5]),
        ("全年新增， 5G基站。", [6]),
        ("见《 湿地法》。", [3]),
        ("见“湿地 ”。", [5]),
        ("提 案 人：张山，李石。", [2]),
        ("　　全区不少小区没有电梯。", [1]),
        ("甲乙丙丁，戊\u3000己庚辛壬癸。", [7]),
        ("老旧 小区 加装 电梯，居民 出行 便利。", [3]),
    ],
)
def test_stray_blanks(tmp_path: Path, body: str, columns: list[int]) -> None:
    assert [column for _, column in places(tmp_path, body + "\n", "B803")] == columns


@pytest.mark.parametrize(
    "body",
    [
        "记者 王妍 张华颖 通讯员 程颢超",
        "本报讯，记者：王妍 张华颖 通讯员 程颢超。",
        "张山 李石 王芳，三位。",
        "《关于充分发挥人大职能作用 助力加快建设的决定》出台，很好。",
        "开展“三推两助 双岗建功”活动，很好。",
        "## 提升服务能级 促进大学生留下",
        "企业 33 家，用 AI 巡检，见 `甲 乙`。",
        "1. 甲\n   - 乙\n2. 丙",
        "| 甲乙丙 |   丁戊己 |\n|---|---|\n| 一 | 二 |",
        "    甲 乙，丙 丁\n",
        "见[页](<https://example.org/甲 乙>)。",
        "**甲乙丙丁** 戊己庚辛，壬癸。",
    ],
)
def test_blanks_that_are_meant(tmp_path: Path, body: str) -> None:
    assert not found(tmp_path, body + "\n", "B803")


def test_blanks_between_names_are_not_removed_unseen(tmp_path: Path) -> None:
    for body in ("本报讯，记者 王妍 张华颖报道。", "会上，区科技局 区经济和信息化局发言。"):
        (only,) = found(tmp_path, body + "\n", "B803")
        assert "顿号" in only.hint
        assert fixed(body) == body
    assert fixed("老旧 小区 加装 电梯，居民 出行 便利。") == "老旧小区加装电梯，居民出行便利。"


def test_blanks_in_names_and_titles(tmp_path: Path) -> None:
    told = found(
        tmp_path, "正文。\n", "B803", proposers=["张山 李石"], title="关于加大力度 助力 企业"
    )
    assert [(one.line, one.column) for one in told] == [(4, 15), (6, 16)]
    assert "只用来表示停顿" in told[0].hint
    assert "分开写" in told[1].hint
    assert not found(tmp_path, "正文。\n", "B803", title="提升服务能级 促进大学生留在本地")


def test_trailing_blanks_are_told_once_a_file(tmp_path: Path) -> None:
    (only,) = found(tmp_path, "甲。 \n\n乙。\t\n\n```\n丙 \n```\n", "B804")
    assert "共有 2 行" in only.message
    assert not found(tmp_path, "甲  \n乙。\n\n    丙 \n", "B804")  # a line break, and code


def test_full_width_letters(tmp_path: Path) -> None:
    told = found(tmp_path, "加装１２０台，推广ＡＩ，`ＡＩ`。\n", "B805")
    assert [one.column for one in told] == [3]
    assert "120" in told[0].hint
    assert not found(tmp_path, "加装120台，推广AI：（试行）。\n", "B805")


# -- B806, B807, B808 -----------------------------------------------------------------------------


def test_words(tmp_path: Path) -> None:
    told = found(tmp_path, "书屋座落在余杭东山，余杭区很好。\n", "B806", title="座落何处的建议")
    assert [(one.line, one.column) for one in told] == [(4, 9), (10, 3), (10, 6)]
    assert told[0].hint == "改成“坐落”（用字规定）"
    assert not found(tmp_path, "见 [`座落`](https://example.org/座落)，坐落在余杭区。\n", "B806")


@pytest.mark.parametrize(
    "body", ["区政协主席周舟到场。", "周舟主席到场。", "区长、区委书记李石岩和书记周舟。"]
)
def test_posts_that_differ(tmp_path: Path, body: str) -> None:
    (only,) = found(tmp_path, body + "\n", "B807")
    assert "周舟" in only.message


@pytest.mark.parametrize(
    "body",
    [
        "区政协副主席周舟到场。",
        "副主席周舟和区长李石岩到场，李石岩书记讲话。",
        "时任区政协主席周舟到场。",
        "原区长周舟到场。",
        "周舟委员到场，周舟说。",
        "主席会议后，周舟讲话。",
    ],
)
def test_posts_that_agree_or_are_none(tmp_path: Path, body: str) -> None:
    assert not found(tmp_path, body + "\n", "B807")


def test_posts_of_supervisors_and_regions(tmp_path: Path) -> None:
    wrong = [{"name": "周舟", "post": "区政协主席"}]
    (only,) = found(tmp_path, "正文。\n", "B807", supervisors=wrong)
    assert (only.line, only.excerpt[only.column - 1 :][:4]) == (8, '"区政协')
    right = [{"name": "周舟", "post": "副主席"}, {"name": "李石", "post": "主席"}]
    assert not found(tmp_path, "正文。\n", "B807", supervisors=right)
    elsewhere = WORDS.replace("post: 区政协副主席", "post: 区政协副主席, region: 东湖区")
    files = {
        "content/p/index.md": publication(region="云栖区"),
        "content/p/001-a.md": case(supervisors=wrong),
        "content/wordlist.yaml": elsewhere,
    }
    assert not checked(make_site(tmp_path / "b", files))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("发展新生产力。", "差一个字"),
        ("发展新型生产力。", "差一个字"),
        ("发展新质 生产力，很好。", "标点或空格"),
        ("发展“新质”生产力。", "标点或空格"),
        ("开展三推两助、双岗建功。", "标点或空格"),
        ("开展三推两帮双岗建功。", "差一个字"),
        ("开展双岗建功三推两助。", "次序不同"),
    ],
)
def test_phrases_that_were_altered(tmp_path: Path, body: str, said: str) -> None:
    (only,) = found(tmp_path, body + "\n", "B808")
    assert said in only.message


@pytest.mark.parametrize(
    "body",
    [
        "发展新质生产力，因地制宜发展新质生产力。",
        "先进生产力、提高生产力、社会生产力。",
        "新。质。生产力。",
        "最多跑一次，最多跑两趟。",
        "推广新技术、新设备，生产力提高了。",
        "`新生产力`",
    ],
)
def test_phrases_that_are_whole_or_others(tmp_path: Path, body: str) -> None:
    assert not found(tmp_path, body + "\n", "B808")


# -- files ----------------------------------------------------------------------------------------


def test_every_file_of_words_is_looked_at(tmp_path: Path) -> None:
    files = {
        "content/p/001-a.md": case(),
        "content/p/index.md": publication("某刊", "甲,乙。\n", intro="甲,乙"),
        "content/about.md": "甲,乙。\n",
        "content/units.yaml": "entries:\n  - {name: 区科技局, note: '甲,乙'}\n",
    }
    told = checked(make_site(tmp_path, files, site="base_url: https://e.org/\nsubtitle: 甲,乙\n"))
    assert [(Path(one.file).name, one.line, one.column) for one in told] == [
        ("about.md", 1, 2),
        ("index.md", 3, 10),
        ("index.md", 6, 2),
        ("site.yaml", 2, 12),
        ("units.yaml", 2, 26),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_places_with_a_mark_and_any_line_ends(tmp_path: Path, end: str) -> None:
    text = ("\ufeff" + case(body="甲。\n\n乙,丙。\n")).replace("\n", end)
    (only,) = checked(make_site(tmp_path, {"content/p/001-a.md": text}))
    assert (only.code, only.line, only.column, only.excerpt) == ("B802", 12, 2, "乙,丙。")


def test_odd_files_do_no_harm(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "content/p/001-a.md": case(body=""),
        "content/p/002-b.md": case("b", body="\0\u2028甲\x0b,乙|\n|-|\n" + "“" * 5000),
        "content/p/003-c.md": case("c", body="[[[[(((" * 200 + "**" * 300),
        "content/p/004-d.md": "没有前置信息,\n",
        "content/p/005-e.md": b"\xff\xfe",
        "content/p/006-f.md": "\n\n" + case("f", body="> - 1. 甲,乙\n>   丙\n") + "\n---\n",
    }
    told = checked(make_site(tmp_path, files))
    assert {one.code for one in told} >= {"B201", "B101", "B802", "B801"}
    (list_item,) = [one for one in told if one.file.endswith("006-f.md") and one.code == "B802"]
    assert (list_item.line, list_item.column) == (12, 9)


@pytest.mark.parametrize(
    "text",
    ["1" * 200_000, " " * 200_000 + "a", "其中1件，" * 30_000, "[" * 80_000, "甲.png" * 40_000],
)
def test_long_odd_texts_take_no_quadratic_time(text: str) -> None:
    start = time.process_time()  # whatever else the machine has to do
    source = parse_source(text, "a.md", "body")
    list(punctuation(source))
    for passage in source.passages:
        list(sums.of_text(passage.words))
    assert time.process_time() - start < 5  # each took a minute at least
