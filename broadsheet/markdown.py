"""A Markdown body to sections of HTML, plain paragraphs, and links still without an address.

Raw HTML is off: content is data. Links inside the site are left as markers, since only the planner
knows which pages exist; `Section.html` is complete once `resolve` has filled them in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote

from broadsheet.diagnostics import Diagnostic
from broadsheet.prose import Block, escaped, prose

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

# fixed section headings and their anchors
SECTION_IDS = {"背景": "background", "观点": "view", "建议": "proposal", "办理答复": "response"}
NOTES = "注释"
_TAKEN = {"main", "facts", "related", "notes", "scheme", "collection", "imprint"}  # by templates

_EXTERNAL = re.compile(r"(?:https?://|mailto:|tel:)", re.IGNORECASE)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)
_MARKER = re.compile(r'(href|src)="\ue000(\d+)\ue000"')
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_HAN = re.compile(
    "[\u2014\u2018-\u201d\u2026\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"
)


class Link(NamedTuple):
    """A link or image inside the site, and where it stands (from 1) in its file.

    `target` is as written; `path` and `anchor` are decoded, `query` keeps its question mark.
    """

    target: str
    path: str
    query: str
    anchor: str
    line: int
    column: int
    excerpt: str
    image: bool = False


class Section(NamedTuple):
    """What stands below one level-2 heading; `heading` is empty for what stands before the first.

    `paragraphs` is the same as plain text: one entry a paragraph, list item or table cell.
    """

    heading: str
    id: str
    html: str
    paragraphs: tuple[str, ...]


class Body(NamedTuple):
    sections: tuple[Section, ...] = ()
    links: tuple[Link, ...] = ()
    anchors: frozenset[str] = frozenset()

    @property
    def first_paragraph(self) -> str:
        return next((text for part in self.sections for text in part.paragraphs if text), "")


def read_body(text: str, first_line: int = 1) -> tuple[Body, list[Diagnostic]]:
    """Markdown to a body; `first_line` is the line of the file at which the body begins."""
    return _Reader(text, first_line).read()


def _parser() -> MarkdownIt:
    from broadsheet.markdown_parser import parser  # takes a while to load, and prose needs none

    return parser()


def parse(text: str) -> list[Token]:
    """The tokens of a body as the parser makes them."""
    return _parser().parse(text)


def blocks(text: str) -> list[Token]:
    """The blocks of a body alone: what an `inline` token holds is not looked into."""
    tokens: list[Token] = []
    _parser().block.parse(text.replace("\0", "\ufffd"), _parser(), {}, tokens)
    return tokens


@dataclass
class _Reader:
    text: str
    first_line: int
    links: list[Link] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)
    diagnostics: list[Diagnostic] = field(default_factory=list)

    def read(self) -> tuple[Body, list[Diagnostic]]:
        blocks = prose(self.text)
        if blocks is not None:
            sections = tuple(self._sections_of_prose(blocks))
            return Body(sections, (), frozenset(self.anchors)), []
        self.lines = self.text.split("\n")
        env: dict[str, Any] = {}
        tokens = _parser().parse(self.text, env)
        self._walk(tokens)
        sections = tuple(self._sections(tokens, env))
        return Body(sections, tuple(self.links), frozenset(self.anchors)), self.diagnostics

    # -- one pass over the tokens, in the order of the file ------------------------------------

    def _walk(self, tokens: list[Token]) -> None:
        level = 1
        for index, token in enumerate(tokens):
            if token.type == "heading_open":
                level = self._heading(token, tokens[index + 1], tokens[index + 2], level)
            elif token.type == "inline" and token.children:
                start = token.map[0] if token.map else 0
                self._inline(token.children, start)
                if _is_figure(tokens, index):
                    _make_figure(tokens, index)

    def _heading(self, opening: Token, inline: Token, closing: Token, level: int) -> int:
        """Give it an anchor, and a level that leaves none out below the page's own h1."""
        written = int(opening.tag[1])
        if written == 1:
            line = (opening.map or [0])[0]
            self._report(
                "B505",
                "正文里不用一级标题（#），那是整页的标题",
                "改成二级标题 ##",
                line,
                0,
            )
        wanted = min(max(written, 2), level + 1)
        opening.tag = closing.tag = f"h{wanted}"
        opening.attrs["id"] = self._anchor(plain_text(inline.children or []))
        return wanted

    def _anchor(self, text: str) -> str:
        """Of a heading."""
        base = SECTION_IDS.get(text) or re.sub(r"\s+", "-", text) or "section"
        if base in _TAKEN or re.fullmatch(r"fn(ref)?\d.*", base):
            base = f"section-{base}"
        anchor = base
        number = 2
        while anchor in self.anchors:
            anchor, number = f"{base}-{number}", number + 1
        self.anchors.add(anchor)
        return anchor

    def _inline(self, children: list[Token], start: int) -> None:
        for index, child in enumerate(children):
            if child.type == "softbreak" and _joins(children, index):
                child.type, child.content = "text", ""
            elif child.type == "text" and "<" in child.content:
                tag = _TAG.search(child.content)
                if tag:
                    line, column = self._find(tag[0], start)
                    message = f"正文里不能用 HTML，{tag[0]} 会照字面显示"
                    self._report("B506", message, "删去它，或改用 Markdown 写法", line, column)
            elif child.type == "link_open":
                child.attrs["href"] = self._link(str(child.attrs["href"]), start)
            elif child.type == "image":
                self._image(child, start)

    def _image(self, image: Token, start: int) -> None:
        alt = plain_text(image.children or [])
        source = str(image.attrs["src"])
        if not alt:
            line, column = self._find(unquote(source), start)
            hint = "写成 ![图里有什么](文件名)，看不见图的读者靠它"
            self._report("B507", "图片没有文字说明", hint, line, column)
        if _EXTERNAL.match(source):
            line, column = self._find(source, start)
            hint = "把图片存到稿件旁边，写文件名；网页不从别处取东西"
            self._report("B503", "图片要放在自己的站点上", hint, line, column)
        image.attrs["src"] = self._link(source, start, image=True)

    def _link(self, target: str, start: int, image: bool = False) -> str:
        if _EXTERNAL.match(target):
            return target
        line, column = self._find(unquote(target), start)
        if _SCHEME.match(target):
            hint = "可以用 http、https、mailto、tel，或站内的地址"
            self._report("B503", f"不允许这样的链接：{target[:60]}", hint, line, column)
            return "#"
        before, _, anchor = target.partition("#")
        path, mark, query = before.partition("?")
        self.links.append(
            Link(
                unquote(target),
                unquote(path),
                mark + query,
                unquote(anchor),
                line + self.first_line,
                column + 1,
                self.lines[line],
                image,
            )
        )
        return f"\ue000{len(self.links) - 1}\ue000"

    def _find(self, needle: str, start: int) -> tuple[int, int]:
        """Line and column, from 0 within the body, of `needle` at or after line `start`."""
        for line in range(start, len(self.lines)):
            column = self.lines[line].find(needle)
            if column >= 0:
                return line, column
        return start, 0

    def _report(self, code: str, message: str, hint: str, line: int, column: int) -> None:
        self.diagnostics.append(
            Diagnostic(
                code,
                message,
                hint,
                line=line + self.first_line,
                column=column + 1,
                excerpt=self.lines[line],
            )
        )

    # -- sections ------------------------------------------------------------------------------

    def _sections(self, tokens: list[Token], env: dict[str, Any]) -> Iterator[Section]:
        notes = next((n for n, t in enumerate(tokens) if t.type == "footnote_block_open"), None)
        content, footnotes = tokens[:notes], tokens[notes:] if notes is not None else []
        starts = [n for n, token in enumerate(content) if _opens_section(token)]
        edges = [0, *starts, len(content)]
        for start, end in pairwise(edges):
            part = content[start:end]
            heading, anchor = "", ""
            if part and _opens_section(part[0]):
                heading, anchor = plain_text(part[1].children or []), str(part[0].attrs["id"])
                part = part[3:]
            if part or heading:
                html = _html(part, env)
                yield Section(heading, anchor, html, tuple(_paragraphs(part)))
        if footnotes:
            html = _html(footnotes, env)
            self.anchors.add("notes")
            yield Section(NOTES, "notes", html, tuple(_paragraphs(footnotes)))

    def _sections_of_prose(self, blocks: Sequence[Block]) -> Iterator[Section]:
        """The same for what needs no parser."""
        heading, anchor, level = "", "", 1
        html: list[str] = []
        paragraphs: list[str] = []
        for block in blocks:
            if block.level:
                words, level = block.paragraphs[0], min(block.level, level + 1)
                place = self._anchor(words)
                if level == 2:
                    if html or heading:
                        yield Section(heading, anchor, "".join(html), tuple(paragraphs))
                    heading, anchor, html, paragraphs = words, place, [], []
                    continue
                html.append(f'<h{level} id="{escaped(place)}">{block.html}</h{level}>\n')
            else:
                html.append(block.html)
            paragraphs += block.paragraphs
        if html or heading:
            yield Section(heading, anchor, "".join(html), tuple(paragraphs))


def _html(tokens: Sequence[Token], env: dict[str, Any]) -> str:
    return str(_parser().renderer.render(tokens, _parser().options, env))


def _opens_section(token: Token) -> bool:
    return token.type == "heading_open" and token.tag == "h2" and token.level == 0


def _paragraphs(tokens: Sequence[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type == "inline" and token.children:
            # the description of a figure and its caption are two texts, unless they are the same
            cut = next(
                (n for n, t in enumerate(token.children) if t.type == "figcaption_open"), None
            )
            texts = (
                plain_text(token.children[:cut]),
                plain_text(token.children[cut:] if cut else []),
            )
            yield from filter(None, dict.fromkeys(texts))
        elif token.type in ("fence", "code_block"):
            yield token.content.strip()


def plain_text(children: Sequence[Token]) -> str:
    """The words of inline tokens, without markup; an image counts as its description."""
    parts = []
    for child in children:
        if child.type in ("text", "code_inline"):
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        elif child.type == "image":
            parts.append(plain_text(child.children or []))
    return "".join(parts).strip()


def _joins(children: Sequence[Token], index: int) -> bool:
    """Whether a line break in the source is no blank in Chinese: a Han character on either side."""
    before = next((t.content for t in reversed(children[:index]) if t.content), "")
    after = next((t.content for t in children[index + 1 :] if t.content), "")
    return bool(_HAN.match(before[-1:]) or _HAN.match(after[:1]))


def _is_figure(tokens: Sequence[Token], index: int) -> bool:
    children = tokens[index].children or []
    return (
        len(children) == 1
        and children[0].type == "image"
        and tokens[index - 1].type == "paragraph_open"
        and not tokens[index - 1].hidden
    )


def _make_figure(tokens: list[Token], index: int) -> None:
    """A paragraph that is one image becomes a figure, captioned by its title or description."""
    from markdown_it.token import Token

    image = (tokens[index].children or [])[0]
    caption = str(image.attrs.pop("title", "")) or plain_text(image.children or [])
    tokens[index - 1].tag = tokens[index + 1].tag = "figure"
    if caption:
        children = tokens[index].children or []
        children.append(Token("figcaption_open", "figcaption", 1))
        children.append(Token("text", "", 0, content=caption))
        children.append(Token("figcaption_close", "figcaption", -1))


def resolve(body: Body, filled: Sequence[str]) -> tuple[Section, ...]:
    """The sections with every marker filled in: an attribute's text for each link of the body.

    For an image the text may go on with more attributes: `/media/a.png" width="3`.
    """
    if not filled:
        return body.sections
    return tuple(
        Section(
            part.heading,
            part.id,
            _MARKER.sub(lambda match: f'{match[1]}="{filled[int(match[2])]}"', part.html),
            part.paragraphs,
        )
        for part in body.sections
    )


def attribute(text: str) -> str:
    """Text as the value of an HTML attribute."""
    return escape(text, quote=True)
