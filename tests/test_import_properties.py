"""Manuscripts of any kind: nothing is lost, nothing is invented, and what comes out is sound."""

from __future__ import annotations

import re
import tempfile
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broadsheet.diagnostics import ContentError, has_errors
from broadsheet.manuscripts.intake import Intake, Request, take_in
from broadsheet.manuscripts.labels import CONTACT, FURNITURE, SECTIONS, WORDS
from broadsheet.manuscripts.lines import Line, Manuscript
from broadsheet.manuscripts.understand import understand
from broadsheet.read import read

LABELS = sorted(
    {w for words in (*WORDS.values(), *SECTIONS.values(), CONTACT, FURNITURE) for w in words}
)
NAMES = [
    "王芳",
    "李 明",
    "民进云栖区委员会",
    "区工商联",
    "阿依古丽·买买提",
    "区科技局",
    "市规划局、市建设局",
    "张三等12位委员",
    "马青、周丽等",
]
VALUES = [
    *NAMES,
    "A",
    "(C)",
    "Ａ1类",
    "提案",
    "闭08号",
    "0867",
    "2023年10月16日",
    "二〇二三年十月十六日",
    "2023年1O月",
    "满意",
    "",
    "https://example.org/a?b=1",
    "子交函〔2023〕34号",
    "13800001111",
    "*",
    "#1",
]
SENTENCES = [
    "为推动高质量发展,提升7.46%。", "全区有企业33家", "一是加强领导;二是", "落实责任。", "7.46%。作为工业大区", "1. 深化改革。", "2. 强化创新", "3、完善机制", "（一）健全体系。",
    "为此建议:一是办好食堂。", "我们建议：", "请联系李四，电话0571-88886666。", "联系人:张三 13900001111", "*星号* 和 _下划线_ 和 `代码`", "# 井号", "<b>标签</b> & &amp; 实体", "[链接](http://a.b)",
    "| 甲 | 乙 |", "|---|---|", "---", "===", "> 引用", "- 列表", "+ 加号", "1) 括号", "~~~", "    缩进四格", "\t制表符", "![图](a.png)", "**粗体**文字**未完", "“引号 不成对", "\\反斜杠\\", "$a^2$ ^[注]", "[^1]: 注", "您提出的建议收悉，现答复如下：",
    "第322号提案", "《关于弘扬工匠精神的建议》", "关于加强社区 养老服务的提案", "## 标题一", "### 观点:", "【办理工作成效】", "提案参考一：", "上城区：强化服务 助力发展", "对县政协十届三次会议第31号提案的答复", "崔银雷委员:", "尊敬的王芳代表：", "云栖区民政局", "2024年  月  日", "首页 > 正文", "上一篇：没有了", "送：各单位", "抄送:市政府办公室。", "(普 刊)", "第6期(总第712期)", "■记者 王妍", "附件:1.名单", "\u3000\u3000全角空格开头", "\u200b零宽", "null", "~", "yes", "’", "\ufeff",
]  # fmt: skip
MARKS = st.sampled_from(["", "", "**", "# ", "### ", "　　", "【", "  ", "* ", "> "])


def spaced(word: str) -> st.SearchStrategy[str]:
    return st.sampled_from([word, " ".join(word), f"**{word}", f"[{word}", word])


@st.composite
def lines(draw: st.DrawFn) -> str:
    kind = draw(st.integers(0, 9))
    if kind < 4:
        label = draw(st.sampled_from(LABELS).flatmap(spaced))
        colon = draw(st.sampled_from([":", "：", "", ":**", "】", "  "]))
        value = draw(st.sampled_from(VALUES))
        tail = draw(
            st.sampled_from(
                ["", "", f"  {draw(st.sampled_from(LABELS))}：{draw(st.sampled_from(VALUES))}"]
            )
        )
        return draw(MARKS) + label + colon + value + tail
    if kind < 8:
        return (
            draw(MARKS)
            + draw(st.sampled_from(SENTENCES))
            + draw(st.sampled_from(["", "", *SENTENCES]))
        )
    if kind == 8:
        return draw(
            st.text(
                "甲乙丙丁的。，:：;；（）()《》“”*#_[]<>|&\\`~!-+=0123456789.AB \t", max_size=40
            )
        )
    return ""


MANUSCRIPTS = st.lists(lines(), min_size=1, max_size=30)


def import_lines(content: list[str], folder: Path) -> Intake | None:
    path = folder / "manuscript.txt"
    path.write_text("\n".join(content) + "\n", "utf-8")
    try:
        return take_in(Request((path,), folder / "content"))
    except ContentError as error:
        # nothing to read in it is an answer; a defect of ours is none
        assert {d.code for d in error.diagnostics} <= {"B723", "B725", "B728", "B740"}, (
            error.diagnostics
        )
        return None


def fold(text: str) -> str:
    text = re.sub(r"!\[[^\[\]]*\]\([^()]*\)", "", text)
    return re.sub(r"[\s\u200b\ufeff#*]", "", unicodedata.normalize("NFKC", text))


OURS = {"id", "kind", "theme", "needs_review", "round", "type", "proposers_more", "date"}


def values(value: object, key: str = "") -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [pair for name, item in value.items() for pair in values(item, name)]
    if isinstance(value, list):
        return [pair for item in value for pair in values(item, key)]
    return [] if key in OURS else [(key, str(value))]


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(MANUSCRIPTS)
def test_nothing_is_lost_and_nothing_invented(content: list[str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        intake = import_lines(content, folder)
        if intake is None:
            return
        (outcome,) = intake.outcomes
        manuscript, account = outcome.understood.manuscript, outcome.understood.account
        # every character once, in its place
        assert ["".join(part.text for part in parts) for parts in account.lines] == [
            line.text for line in manuscript.lines
        ]
        assert (
            account.source
            == account.placed + account.dropped
            == sum(len(line.text) for line in manuscript.lines)
        )
        # what is placed is in the files, and no field says what the source does not
        source = fold("\n".join(line.text for line in manuscript.lines))
        for case in outcome.cases:
            for key, value in values(
                {k: v for k, v in case.written.fields.items() if k not in OURS}
            ):
                assert all(part in source for part in map(fold, value.split())), (key, value)
        read_back = read(folder / "content")
        assert not has_errors(read_back.diagnostics), read_back.diagnostics
        assert {d.code for d in read_back.diagnostics} <= {"B305"}, read_back.diagnostics
        assert len(read_back.cases) == len(outcome.cases)
        # once more: nothing changes
        before = {
            path: path.read_bytes() for path in (folder / "content").rglob("*") if path.is_file()
        }
        again = import_lines(content, folder)
        assert again is not None and not again.files and not again.diagnostics
        after = {
            path: path.read_bytes() for path in (folder / "content").rglob("*") if path.is_file()
        }
        assert before == after


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(lines(), st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=14))
def test_documents_with_tables_balance(content: list[tuple[str, int, int]]) -> None:
    document = Manuscript(
        "a.docx",
        "word",
        tuple(
            Line(n, text, "cell" if table else "", 0, False, 1 + n // 3 if table else 0, table)
            for n, (text, table, _) in enumerate(content, 1)
        ),
    )
    account = understand(document).account
    assert account.source == account.placed + account.dropped


@pytest.mark.parametrize(
    "line",
    ["1" * 50_000, " " * 50_000, "甲:" * 25_000, "a@" * 25_000, "*" * 50_000, "（" * 50_000, "|" * 50_000, "12-" * 20_000, "王芳、" * 15_000],
)  # fmt: skip
def test_a_long_line_costs_no_more_than_its_length(line: str, tmp_path: Path) -> None:
    before = time.process_time()
    import_lines([line, "正文在这里。"], tmp_path)
    assert time.process_time() - before < 15
