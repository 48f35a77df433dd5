"""HTML that survives being pasted: a few tags, inline styles, every sign of a list in its text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape
from urllib.parse import unquote, urljoin

from lxml import html as parser

from broadsheet.manuscripts.trees import Element

INK, QUIET, HAIRLINE, VERMILION = "#1c1a17", "#635d53", "#d9d4ca", "#a3281a"
SONG = "Songti SC,Noto Serif CJK SC,Source Han Serif SC,SimSun,serif"


def letters(size: int, colour: str = INK, height: float = 1.6) -> str:
    """CSS for text; `size` in px, because the editor keeps those."""
    return f"font-size:{size}px;line-height:{height};color:{colour}"


_CELL = f"border-bottom:1px solid {HAIRLINE};vertical-align:top;text-align:left"
STYLES = {
    "p": f"margin:0 0 16px;text-align:justify;{letters(16, height=1.8)}",
    "item": f"margin:0 0 8px;padding-left:19px;text-indent:-19px;{letters(16, height=1.8)}",
    "h": f"margin:32px 0 16px;padding-left:10px;border-left:3px solid {INK};"
    f"font-family:{SONG};font-weight:bold;{letters(19, height=1.4)}",
    "h-small": f"margin:24px 0 8px;font-weight:bold;{letters(16)}",
    "quote": f"margin:0 0 16px;padding-left:16px;border-left:1px solid {HAIRLINE}",
    "deeper": "padding-left:19px",
    "code": f"margin:0 0 16px;font-family:Menlo,Consolas,monospace;{letters(14)}",
    "table": f"width:100%;margin:0 0 16px;border-collapse:collapse;border-top:1px solid {INK}",
    "td": f"padding:6px 8px 6px 0;{_CELL};{letters(15)}",
    "label": f"width:5em;padding:6px 8px 6px 0;{_CELL};{letters(14, QUIET)}",
    "rule": f"margin:24px 0;border-top:1px solid {HAIRLINE};height:1px",
    "caption": f"margin:8px 0 16px;text-align:center;{letters(14, QUIET)}",
    "image": "display:block;width:100%;height:auto",
    "address": f"word-break:break-all;{letters(14, QUIET)}",
    "struck": "text-decoration:line-through",
    "mark": "font-size:12px;vertical-align:super",
}
_BLOCKS = frozenset(("p", "ol", "ul", "li", "blockquote", "table", "pre", "figure", "hr", "div"))
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))


def styled(tag: str, style: str, inside: str) -> str:
    """An element with an inline style, by the name of the style or as CSS."""
    return f'<{tag} style="{STYLES.get(style, style)}">{inside}</{tag}>'


def body(html: str, root: str) -> str:
    """The HTML of a section with inline styles. `root` is the absolute address of the site, with a
    slash at its end, or empty where it has none yet: then pictures are told by their words.
    """
    if not html.strip():
        return ""
    tree = parser.fragment_fromstring(html, create_parent="div")
    return "".join(_blocks(tree, root))


def plain(fragment: str) -> str:
    """The text of a fragment: a line a paragraph, a blank line between parts."""
    tree = parser.fragment_fromstring(fragment, create_parent="div")
    lines: list[str] = []
    for element in tree.iter("p", "h2", "h3", "h4", "tr", "img"):
        if element.tag == "tr":
            words = [" ".join("".join(cell.itertext()).split()) for cell in element]
            lines.append("：".join(filter(None, words)) if len(words) == 2 else "\t".join(words))
            continue
        for line_break in element.iter("br"):
            line_break.tail = "\n" + (line_break.tail or "")
        text = "".join(element.itertext()).strip()
        if element.tag in _HEADINGS:
            lines += ["", text, ""]
        elif element.tag == "img":
            lines.append(f"［图片：{element.get('alt')}］" if element.get("alt") else "［图片］")
        elif text:
            lines.append(text)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n") + "\n"


def image(source: str, words: str, root: str) -> str:
    """A picture by its absolute address, or its description in brackets."""
    if root and source:
        address = escape(urljoin(root, source), quote=True)
        return f'<img src="{address}" alt="{escape(words, quote=True)}" style="{STYLES["image"]}">'
    return f"［图片：{escape(words)}］" if words else "［图片］"


# -- blocks ---------------------------------------------------------------------------------------


def _blocks(parent: Element, root: str) -> Iterator[str]:
    """The blocks of an element; text between them becomes paragraphs."""
    loose = [escape(parent.text or "")]
    for element in parent:
        if element.tag in _BLOCKS or element.tag in _HEADINGS:
            yield from _paragraph(loose)
            yield from _block(element, root)
            loose = [escape(element.tail or "")]
        else:
            loose += [_inline(element, root), escape(element.tail or "")]
    yield from _paragraph(loose)


def _paragraph(pieces: Iterable[str]) -> Iterator[str]:
    text = "".join(pieces).strip()
    if text:
        yield styled("p", "p", text)


def _block(element: Element, root: str) -> Iterator[str]:
    tag = element.tag
    if tag == "p":
        yield from _paragraph([_inside(element, root)])
    elif tag in _HEADINGS:
        yield styled("h4", "h-small", _inside(element, root))
    elif tag in ("ol", "ul"):
        yield from _list(element, root)
    elif tag == "blockquote":
        yield styled("section", "quote", "".join(_blocks(element, root)))
    elif tag == "table":
        yield from _table(element, root)
    elif tag == "pre":
        lines = escape("".join(element.itertext())).rstrip("\n").split("\n")
        kept = (re.sub(r"^ +", lambda blank: "&nbsp;" * len(blank[0]), line) for line in lines)
        yield styled("p", "code", "<br>".join(kept))
    elif tag == "figure":
        yield from _figure(element, root)
    elif tag == "hr":
        yield styled("section", "rule", "<br>")
    else:
        yield from _blocks(element, root)


def _list(element: Element, root: str) -> Iterator[str]:
    start = element.get("start") or "1"
    number = int(start) if start.isdecimal() else 1
    for item in element:
        sign = f"{number}. " if element.tag == "ol" else "· "
        number += 1
        first, *rest = _item(item, root)
        yield styled("p", "item", sign + first)
        if rest:
            yield styled("section", "deeper", "".join(rest))


def _item(item: Element, root: str) -> list[str]:
    """The first line of an item, and the blocks below it."""
    loose, blocks = [escape(item.text or "")], []
    first: str | None = None
    for element in item:
        if first is None and element.tag == "p" and not "".join(loose).strip():
            first = _inside(element, root).strip()
        elif element.tag in _BLOCKS:
            first = "".join(loose).strip() if first is None else first
            blocks += list(_block(element, root))
        elif first is None:
            loose += [_inline(element, root), escape(element.tail or "")]
    return ["".join(loose).strip() if first is None else first, *blocks]


def _table(element: Element, root: str) -> Iterator[str]:
    rows = []
    for row in element.iter("tr"):
        cells = []
        for cell in row:
            inside = _inside(cell, root).strip()
            cells.append(
                styled("td", "td", f"<strong>{inside}</strong>" if cell.tag == "th" else inside)
            )
        rows.append(f"<tr>{''.join(cells)}</tr>")
    yield styled("table", "table", f"<tbody>{''.join(rows)}</tbody>")


def _figure(element: Element, root: str) -> Iterator[str]:
    picture = next(element.iter("img"), None)
    caption = next(element.iter("figcaption"), None)
    words = (picture.get("alt") or "") if picture is not None else ""
    said = _inside(caption, root).strip() if caption is not None else ""
    if picture is not None:
        shown = image(picture.get("src") or "", words, root)
        yield styled("section" if shown.startswith("<") else "p", "p", shown)
    if said and (root or said != escape(words)):
        yield styled("p", "caption", said)


# -- inside a line --------------------------------------------------------------------------------


def _inside(element: Element, root: str) -> str:
    parts = [escape(element.text or "")]
    for child in element:
        parts += [_inline(child, root), escape(child.tail or "")]
    return "".join(parts)


def _inline(element: Element, root: str) -> str:
    tag = element.tag
    if tag == "br":
        return "<br>"
    if tag == "img":
        return image(element.get("src") or "", element.get("alt") or "", root)
    inside = _inside(element, root)
    if tag == "a":
        return _link(element, inside)
    if tag in ("strong", "em"):
        return f"<{tag}>{inside}</{tag}>"
    if tag in ("s", "del"):
        return styled("span", "struck", inside)
    if tag == "sup":
        return styled("span", "mark", inside)
    return inside


def _link(element: Element, inside: str) -> str:
    """The words of a link, and the address of another site: nobody can follow it there."""
    address = element.get("href") or ""
    if address.startswith("#"):
        return "" if inside == "↩" else inside
    shown = unquote(address.removeprefix("mailto:").removeprefix("tel:"))
    if ":" not in address.partition("/")[0] or shown in "".join(element.itertext()):
        return inside
    return f"{inside}{styled('span', 'address', f'（{escape(shown)}）')}"
