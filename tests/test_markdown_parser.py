"""The short ways through the parser of bodies lead to where the long ones lead."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_cjk_friendly import cjk_friendly
from mdit_py_plugins.footnote import footnote_plugin

from broadsheet.markdown import blocks, parse

SNIPPETS = {
    "a paragraph before a list": "段落\n- 一\n- 二",
    "a paragraph before a number": "段落\n1. 一",
    "a number that ends no paragraph": "段落\n2. 二",
    "an empty item": "段落\n-\n",
    "a rule, not a list": "段落\n- - -",
    "a heading below a line": "段落\n---",
    "a table with a bold head": "**甲** | 乙\n---|---\n1 | 2",
    "a heading that is a table's head": "# 甲 | 乙\n---|---\n1 | 2",
    "a heading at once before text": "## 背景\n正文",
    "items of two lines": "1. 一\n续\n2. 二\n\n   三\n",
    "a paragraph that goes on in a quotation": "> 一\n二\n> - 三\n四",
    "a list in a quotation": "> 段落\n- 一",
    "what would be an item, if the quotation did not go on": "> 一\n    - 二",
    "a heading before a list": "## 背景\n- 一",
    "code, by its indent": "1. 一\n\n       代码\n",
    "a tab before text": "- 一\n\n\t二\n\t\t三",
    "blanks at the end": "段落  \n二\n   ",
    "an ideographic blank": "\u3000\u3000段落\n\n**\u3000粗**",
    "a footnote's paragraphs": "一[^1]\n\n[^1]: 注\n\n    二\n    - 三\n",
    "signs that mean nothing": "28.5% + {a} = $b - c: d@e.f > g",
    "strong words": "**一是加强。**甲，**二是**\n\n1. **三**：乙**四**丙",
    "strong words at once after others": "**一****二**",
    "what may not be strong": "** 一**，**二 **，**（三）**四，**五**六**，***七***，**八\n九**",
    "no text": "",
    "a line feed": "\n",
}
PIECES = st.sampled_from(
    ["\n", "\n\n", "\n    ", "\n  ", "\t", " ", "\u3000", "# ", "## 背景", "- ", "* ", "+ ", "1. ",
     "2) ", "> ", "| 甲 | 乙 |\n|---|---|\n", "|", "---", "===", "***", "**", "*", "_", "~~", "`",
     "```\n", "[", "](b)", "![", "[^1]", "[^1]: ", "^[", "]", "<b>", "<http://a.b>", "&amp;", "\\",
     "段落一句话。", "**一是**", "“引”", "：", "a", "%", "\r\n", "\0", "\x85", "\u2028", "😀"]
)  # fmt: skip


def plain() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.use(footnote_plugin).use(cjk_friendly)
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    return parser


def told(tokens: list[Token]) -> list[dict[str, Any]]:
    return [token.as_dict() for token in tokens]


def check(text: str) -> None:
    assert told(parse(text)) == told(plain().parse(text))
    wanted: list[Token] = []
    plain().block.parse(text.replace("\0", "\ufffd"), plain(), {}, wanted)
    assert told(blocks(text)) == told(wanted)


@pytest.mark.parametrize("text", SNIPPETS.values(), ids=SNIPPETS.keys())
def test_the_tokens_are_those_of_the_plain_parser(text: str) -> None:
    check(text)


@settings(max_examples=100)
@given(text=st.lists(PIECES, max_size=30).map("".join))
def test_whatever_is_written_the_tokens_are_those_of_the_plain_parser(text: str) -> None:
    check(text)
