"""Prose has a way of its own to HTML, which leads to where the parser of Markdown leads."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from broadsheet import frontmatter, markdown
from broadsheet.diagnostics import Diagnostic
from broadsheet.markdown import Body, read_body
from broadsheet.prose import prose

CONTENT = Path(__file__).parents[1] / "content"
LINES = st.sampled_from(
    ["", "", "", "段落一句话。", "“引”了，《书》。", "2023年", "28.5%的“户”", "AI大模型", "a > b: 'c'",
     "## 背景", "## 背景", "### 一、先说", "###### 注", "# 题", "## main", "## fn1", "## “引” > 'b'",
     "## 题 #", "##无空格", "- 一项", "- 2. 项", "-  两格", "- ", "1. **一是**：好", "2. 第二项", "3. 三",
     "01. 项", "0. 项", "7. 项", "1) 项", "1.", "- **“引”**", "**粗**", "甲**乙**丙**丁**", "**一****二**",
     "** 一**", "甲 * 乙", "\u3000\u3000缩进", "尾巴 ", "  缩进", "   - 里层", "> 引文", "---", "甲 | 乙",
     "---|---", "[甲](b.md)", "注[^1]", "[^1]: 注", "`码`", "<b>粗</b>", "甲\t乙", "甲\u2028乙", "甲\x85",
     "&amp;", "甲\\", "😀", "~~删~~", "![图](a.png)"]
)  # fmt: skip


def by_the_parser(text: str) -> tuple[Body, list[Diagnostic]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(markdown, "prose", lambda _: None)
        return read_body(text)


@settings(max_examples=100)
@given(text=st.lists(LINES, max_size=12).map("\n".join))
@example("## 背景\n1. 一项\n2. 第二项\n\n段落")
@example("1. 一项\n\n2. 第二项")
@example("- 一项\n\n1. 第二项")
@example("1. 一项\n- 第二项")
@example("5. 五\n9. 六")
@example("### 一、先说\n### 一、先说\n#### 二\n## 背景\n###### 注")
@example("## 背景\n\n## 背景\n\n## section")
@example("段落\n## 背景")
@example("段落\n段落")
@example("- 一项\n段落")
@example("- 一项\n## 背景")
def test_whatever_is_written_a_body_is_the_parsers(text: str) -> None:
    assert read_body(text) == by_the_parser(text)


@pytest.mark.parametrize("path", sorted(CONTENT.rglob("*.md")), ids=lambda path: path.stem)
def test_shipped_bodies_are_the_parsers(path: Path) -> None:
    text = path.read_text("utf-8")
    body = frontmatter.split(text)[1] if text.startswith("---") else text
    assert read_body(body) == by_the_parser(body)


@pytest.mark.parametrize(
    "text",
    ["", "段落。", "2023年，好。\n\n28.5%的户。\n\nAI。", "## 背景\n段落\n\n### 细说\n\n段落",
     "1. **一是**：甲“乙”\n2. 二 > 一", "- 一\n- 二\n\n段落"],
)  # fmt: skip
def test_prose_needs_no_parser(text: str) -> None:
    assert prose(text) is not None


@pytest.mark.parametrize(
    "text",
    ["甲\n乙", "甲 `b`", "[甲](b)", "甲<br>", "|甲|", "> 甲", "    甲", "\t甲", "# 甲", "* 甲", "1) 甲",
     "- 甲\n\n- 乙", "- 甲\n  乙", "**“甲”**", "甲  ", "1.", "---", "甲\n---", "甲\\", "a_b_", "\u3000甲", "\0"],
)  # fmt: skip
def test_what_may_be_more_than_prose_is_left_to_the_parser(text: str) -> None:
    assert prose(text) is None


def test_most_of_what_is_shipped_is_prose() -> None:
    """Else the short way would be for nothing."""
    bodies = [frontmatter.split(p.read_text("utf-8"))[1] for p in CONTENT.glob("*/0*.md")]
    assert sum(prose(body) is not None for body in bodies) > len(bodies) // 2
