"""What of a saved page is not its text: menus, headers and footers of the site, hidden parts.

Only what is certain is set aside, and it is told line by line; the importer knows more furniture
(上一篇, 分享到) from its words. No part that holds half of the page's text is furniture.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from broadsheet.manuscripts.trees import Element

SILENT = frozenset(
    ("script", "style", "template", "noscript", "noframes", "iframe", "object", "embed", "applet",
     "svg", "canvas", "audio", "video", "map", "datalist", "link", "meta", "base", "math")
)  # fmt: skip
CONTROLS = frozenset(("input", "button", "select", "textarea", "progress", "meter"))

_ROLES = {
    "navigation": "网站导航",
    "search": "网站的搜索框",
    "banner": "网站页头",
    "contentinfo": "网站页脚",
    "complementary": "网站侧栏",
}
_TAGS = {"nav": "网站导航", "header": "网站页头", "footer": "网站页脚", "aside": "网站侧栏"}
_WORDS = {
    "nav": "网站导航",
    "navbar": "网站导航",
    "navigation": "网站导航",
    "menu": "网站导航",
    "breadcrumb": "网站导航",
    "breadcrumbs": "网站导航",
    "crumbs": "网站导航",
    "footer": "网站页脚",
    "copyright": "网站页脚",
    "sidebar": "网站侧栏",
}
_MENUS = frozenset(("ul", "ol", "dl", "div", "p", "td", "tr", "table", "section", "center", "map"))
_INSIDE = frozenset(("article", "main"))
_SEPARATORS = re.compile(r"[\s|/\\>»›·•\-—：:＞｜，、\u00a0\u3000]+")
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all", re.IGNORECASE
)


def is_hidden(element: Element) -> bool:
    """Whether a browser shows nothing of it, as far as the element itself says so."""
    if element.get("hidden") is not None and element.get("hidden") != "until-found":
        return True
    return _HIDDEN.search(element.get("style") or "") is not None


def furniture(root: Element) -> dict[Element, str]:
    """Elements that are parts of the site and not of the manuscript, and why."""
    sizes = _Sizes(root)
    whole = sizes.text.get(root, 0)
    found: dict[Element, str] = {}
    menus: dict[Element, str] = {}
    inside: set[Element] = set()  # of <article> or <main>
    for element in _elements(root):
        if element.tag in _INSIDE or element.getparent() in inside:
            inside.add(element)
        if element.getparent() in found or element.getparent() in menus:
            (found if element.getparent() in found else menus)[element] = ""
            continue
        if 2 * sizes.text.get(element, 0) > whole:
            continue
        if reason := _said(element, inside=element in inside):
            if not sizes.headline.get(element):
                found[element] = reason
        elif sizes.is_menu(element):
            menus[element] = "一排链接"
    if 2 * sum(sizes.text.get(e, 0) for e, reason in menus.items() if reason) <= whole:
        found |= menus  # a page that is mostly a list of links is about them
    return {element: reason for element, reason in found.items() if reason}


def _said(element: Element, *, inside: bool) -> str:
    """What the page itself calls furniture."""
    tag = element.tag
    role = (element.get("role") or "").lower()
    words = f"{element.get('class') or ''} {element.get('id') or ''}".lower().split()
    reason = _ROLES.get(role) or next((_WORDS[word] for word in words if word in _WORDS), "")
    if tag in _TAGS and not inside:
        return _TAGS[tag]
    if reason and tag in ("html", "body", "main", "article", "form"):
        return ""
    return reason


class _Sizes:
    """How much text, and how much of it in links, each element holds."""

    def __init__(self, root: Element) -> None:
        self.text: dict[Element, int] = {}
        self.linked: dict[Element, int] = {}
        self.links: dict[Element, int] = {}
        self.headline: dict[Element, bool] = {}
        for element in reversed(list(_elements(root))):
            text = linked = links = 0
            headline = element.tag == "h1"
            for child in element:
                text += self.text.get(child, 0) + _length(child.tail)
                linked += self.linked.get(child, 0)
                links += self.links.get(child, 0)
                headline = headline or self.headline.get(child, False)
            text += _length(element.text)
            if element.tag == "a" and text:
                linked, links = text, 1
            self.text[element], self.linked[element], self.links[element] = text, linked, links
            self.headline[element] = headline

    def is_menu(self, element: Element) -> bool:
        """At least three short links and next to nothing else."""
        links, linked = self.links[element], self.linked[element]
        return (
            element.tag in _MENUS
            and links >= 3
            and linked >= 0.85 * self.text[element]
            and linked <= 10 * links
            and not self.headline[element]
        )


def _elements(root: Element) -> Iterator[Element]:
    """Elements that may show text, parents first; what is silent or hidden is not entered."""
    waiting = [root]
    while waiting:
        element = waiting.pop()
        if isinstance(element.tag, str) and element.tag not in SILENT and not is_hidden(element):
            yield element
            waiting.extend(reversed(element))


def _length(text: str | None) -> int:
    return len(_SEPARATORS.sub("", text)) if text else 0
