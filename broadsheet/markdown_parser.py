"""The parser of bodies: markdown-it, with short ways through it for what prose is made of.

markdown-it looks at each character of a file and asks a dozen rules at each block. A body is mostly
headings, paragraphs of one line and text without a sign in it; a pattern tells those at once. The
tokens are the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, heading, list_block
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_cjk_friendly import cjk_friendly
from mdit_py_plugins.footnote import footnote_plugin

from broadsheet.prose import STRONG

_SIGN = re.compile(r"[\n!&*<\[\\\]^_`~]")  # where a rule for what stands in a line may begin
_PROSE = re.compile(r"(?:\*\*)?[^\x00-\x7f]")  # no list, table or the like begins so


@cache
def parser() -> MarkdownIt:
    """The one parser of this process."""
    made = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    made.use(footnote_plugin).use(cjk_friendly)
    made.disable(["html_block", "html_inline"])  # they would be asked, and say no
    made.block.ruler.before("table", "one_line", _one_line)
    made.block.parse = _parse_blocks  # type: ignore[method-assign,assignment]
    made.inline.ruler.at("text", _text)
    made.validateLink = lambda url: True  # type: ignore[method-assign]  # the reader judges, aloud
    made.add_render_rule("table_open", _table_open)
    made.add_render_rule("table_close", lambda *_: "</table></div>\n")
    made.add_render_rule("footnote_block_open", lambda *_: '<ol class="notes">\n')
    made.add_render_rule("footnote_block_close", lambda *_: "</ol>\n")
    made.add_render_rule("footnote_anchor", _footnote_anchor)
    parse_inline = made.inline.parse

    def parse_unless_plain(src: str, md: MarkdownIt, env: Any, tokens: list[Token]) -> list[Token]:
        texts = STRONG.split(src)
        if not src or any(map(_SIGN.search, texts[::2])):
            return parse_inline(src, md, env, tokens)
        tokens.append(Token("text", "", 0, content=texts[0]))
        for strong, after in zip(texts[1::2], texts[2::2], strict=True):
            tokens += (
                Token("strong_open", "strong", 1, markup="**"),
                Token("text", "", 0, level=1, content=strong),
                Token("strong_close", "strong", -1, markup="**"),
                Token("text", "", 0, content=after),
            )
        return tokens

    made.inline.parse = parse_unless_plain  # type: ignore[method-assign]
    return made


class _Lines(StateBlock):
    """Where the lines of a text begin and end, found line by line."""

    def __init__(self, src: str, md: MarkdownIt, env: Any, tokens: list[Token]) -> None:
        super().__init__("", md, env, tokens)
        self.src = src
        lines = src.split("\n")
        if not lines[-1].strip(" \t"):
            lines.pop()
        begins, ends, blanks, indents = [], [], [], []
        begin = 0
        for line in lines:
            blank = len(line) - len(line.lstrip(" \t"))
            begins.append(begin)
            ends.append(begin + len(line))
            blanks.append(blank)
            indents.append(len(line[:blank].expandtabs(4)) if blank else 0)
            begin += len(line) + 1
        self.bMarks[:0], self.eMarks[:0], self.tShift[:0], self.sCount[:0] = (
            begins,
            ends,
            blanks,
            indents,
        )
        self.bMarks[-1] = self.eMarks[-1] = len(src)
        self.bsCount = [0] * len(self.bMarks)
        self.lineMax = len(lines)


def _parse_blocks(src: str, md: MarkdownIt, env: Any, tokens: list[Token]) -> list[Token] | None:
    if not src:
        return None
    state = _Lines(src, md, env, tokens)
    md.block.tokenize(state, 0, state.lineMax)
    return tokens


def _one_line(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    """A heading, or a paragraph that begins as no other block does, if it ends with its line."""
    begin = state.bMarks[line] + state.tShift[line]
    is_heading = state.src.startswith("#", begin)
    if not is_heading and not _PROSE.match(state.src, begin):
        return False
    following = line + 1
    if following < state.lineMax and not (
        state.isEmpty(following) or _begins_list(state, following)
    ):
        return False
    if is_heading:
        return heading(state, line, end, silent)
    if state.is_code_block(line):
        return False
    place, level = [line, following], state.level
    text = state.src[begin : state.eMarks[line]].strip()
    state.tokens += (
        Token("paragraph_open", "p", 1, {}, place, level, block=True),
        Token("inline", "", 0, {}, place[:], level + 1, [], text, block=True),
        Token("paragraph_close", "p", -1, level=level, block=True),
    )
    state.line = following
    return True


def _begins_list(state: StateBlock, line: int) -> bool:
    """Whether a list, or its next item, ends what stands above."""
    if state.sCount[line] < 0:  # a quotation goes on in it
        return False
    before, state.parentType = state.parentType, "paragraph"
    begins = list_block(state, line, state.lineMax, True)
    state.parentType = before
    return begins


def _text(state: StateInline, silent: bool) -> bool:
    """The rule of markdown-it for text up to the next sign, which looks at each character there."""
    found = _SIGN.search(state.src, state.pos, state.posMax)
    end = found.start() if found else state.posMax
    if end == state.pos:
        return False
    if not silent:
        state.pending += state.src[state.pos : end]
    state.pos = end
    return True


def _table_open(*_: Any) -> str:
    # a wide table scrolls by itself; the keyboard must reach it
    return '<div class="table" role="region" aria-label="表格" tabindex="0"><table>\n'


def _footnote_anchor(renderer: Any, tokens: Sequence[Token], index: int, *_: Any) -> str:
    meta = tokens[index].meta
    suffix = f":{meta['subId']}" if meta["subId"] > 0 else ""
    return f' <a href="#fnref{meta["id"] + 1}{suffix}" aria-label="回到正文">↩</a>'
