"""A saved web page to lines: what a browser shows, without what belongs to the site."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, replace

from lxml import etree, html

from broadsheet.diagnostics import ContentError, Diagnostic
from broadsheet.manuscripts.characters import doubts, without_controls, without_invisible
from broadsheet.manuscripts.encodings import decode
from broadsheet.manuscripts.html_furniture import CONTROLS, SILENT, furniture, is_hidden
from broadsheet.manuscripts.html_tables import Cell, cells
from broadsheet.manuscripts.lines import Dropped, Line, Manuscript, Style
from broadsheet.manuscripts.numerals import numeral
from broadsheet.manuscripts.trees import Element

MAX_BYTES = 16 * 1024 * 1024
MAX_TAGS = 1_000_000

_BLOCKS = frozenset(
    ("address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details",
     "dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form",
     "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "html", "legend", "li",
     "listing", "main", "menu", "nav", "ol", "optgroup", "option", "p", "pre", "search",
     "section", "summary",
     "table", "tbody", "td", "tfoot", "th", "thead", "title", "tr", "ul", "xmp")
)  # fmt: skip
_LISTS = {"a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}
_CHARSET = re.compile(
    rb"charset\s*=\s*[\"']?\s*([\w.:-]+)|encoding\s*=\s*[\"']([\w.:-]+)", re.IGNORECASE
)
_CHINESE = frozenset(("gb2312", "gbk", "gb18030", "x-gbk", "cp936", "gb_2312-80", "hz-gb-2312"))
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_OUTER = " \t\r\n\f"
_WEIGHT = re.compile(r"font-weight\s*:\s*(\w+)", re.IGNORECASE)
_DISPLAY = re.compile(r"display\s*:\s*(?:block|flex|grid|table|list-item)", re.IGNORECASE)
_NUMBERED = re.compile(r"[\s\u3000]*[（(〔\[]?[\d一二三四五六七八九十①-⑳]+[）)〕\].、．:：]?")


@dataclass(frozen=True, slots=True)
class _Place:
    """What the text at some point of a page is."""

    style: Style = ""
    level: int = 0
    bold: bool = False
    as_typed: bool = False  # <pre>: blanks and line ends count
    cell: Cell | None = None
    drop: str = ""  # the reason, where it is furniture


def read_html(data: bytes, name: str) -> Manuscript:
    """A page as lines; `ContentError` where it is too large, unreadable or harmful."""
    if len(data) > MAX_BYTES:
        message = f"网页有 {len(data) / 1024 / 1024:.0f} MB，最多读 {MAX_BYTES // 1024 // 1024} MB"
        raise ContentError([Diagnostic("B726", message, "另存为“网页，仅 HTML”，不要带图片")])
    text, encoding = decode(data, _declared(data))
    if text.count("<") > MAX_TAGS:
        message = "网页里的标签太多"
        raise ContentError([Diagnostic("B726", message, "在浏览器里打开，把文字复制到文本文件里")])
    root = _parsed(text)
    if root is None:
        return Manuscript(name, "html", ())
    reader = _Reader(root)
    reader.read(root)
    return Manuscript(
        name,
        "html",
        tuple(reader.lines),
        tuple(reader.dropped),
        (f"编码是 {encoding}", *reader.remarks()),
    )


def _declared(data: bytes) -> str:
    """The encoding that the page names, as Python knows it; "" where it names none of use."""
    found = _CHARSET.search(data[:8192])
    label = (found[1] or found[2]).decode("ascii", "ignore").lower() if found else ""
    if label in _CHINESE:
        return "gb18030"
    try:
        codec = codecs.lookup(label).name
    except LookupError:
        return ""
    if codec == "big5":
        return "big5hkscs"
    # Latin-1 takes all bytes, and servers name it unasked; UTF-16 cannot name itself in ASCII
    return "" if codec.startswith(("utf-", "iso8859", "cp1252", "latin", "ascii")) else codec


def _parsed(text: str) -> Element | None:
    parser = html.HTMLParser(
        encoding="utf-8", no_network=True, huge_tree=True, remove_comments=True, remove_pis=True
    )
    try:
        root = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except etree.ParserError:  # nothing in it
        return None
    if any(error.type_name == "ERR_RESOURCE_LIMIT" for error in parser.error_log):
        hint = "在浏览器里打开，把文字复制到文本文件里"
        message = "文件可能有害：标签一层套一层，套得太深"
        raise ContentError([Diagnostic("B729", message, hint)])
    return root


class _Reader:
    """A page while it is read from its first tag to its last."""

    def __init__(self, root: Element) -> None:
        self.lines: list[Line] = []
        self.dropped: list[Dropped] = []
        self._furniture = furniture(root)
        self._cells = cells(root)
        self._pieces: list[tuple[str, bool]] = []
        self._place = _Place()
        self._marker = ""
        self._counts: dict[Element, int] = {}  # the next number of each <ol>
        self._filled: dict[Element, int] = {}  # how many lines there were when a cell began
        self._found: Counter[str] = Counter()

    def read(self, root: Element) -> None:
        # no recursion: pages are nested as deeply as their authors forgot to close tags
        waiting: list[tuple[Element, _Place, _Place | None]] = [(root, _Place(), None)]
        while waiting:
            element, outside, inside = waiting.pop()
            if inside is not None:
                self._close(element, inside)
            elif (entered := self._open(element, outside)) is not None:
                self._add(element.text, entered)
                waiting.append((element, outside, entered))
                waiting.extend((child, entered, None) for child in reversed(element))
                continue
            self._add(element.tail, outside)
        self._end_line()
        if self._found["silent"]:
            reason = f"脚本、样式等 {self._found['silent']} 段，共 {self._found['code']} 个字符"
            self.dropped.append(Dropped(0, "", f"{reason}，不是文章"))

    def remarks(self) -> list[str]:
        found, said = self._found, []
        if found["numbers"]:
            said.append(f"列表的编号 {found['numbers']} 处，已写成文字")
        if found["pictures"]:
            said.append(f"图片 {found['pictures']} 张，没有导入")
        if found["furniture"]:
            said.append(f"网站的导航、页头、页脚等 {found['furniture']} 行，没有导入")
        if found["hidden"]:
            said.append(f"隐藏的文字 {found['hidden']} 处，没有导入")
        return [*said, *doubts(self.lines)]

    # -- elements ---------------------------------------------------------------------------------

    def _open(self, element: Element, outside: _Place) -> _Place | None:
        """What stands in an element; None where it is not entered."""
        tag = element.tag
        if not isinstance(tag, str):
            return None
        if tag in _BLOCKS or _DISPLAY.search(element.get("style") or ""):
            self._end_line()
        if tag in SILENT:
            code = "".join(element.itertext())
            self._found["silent"] += bool(code)
            self._found["code"] += len(code)
            return None
        if is_hidden(element):
            self._tell(_words(element), "网页里隐藏的文字", "hidden")
            return None
        if tag in CONTROLS:
            shown = _words(element) or element.get("value") or element.get("placeholder") or ""
            if element.get("type") != "hidden":
                self._tell(shown, "按钮和输入框", "furniture")
            return None
        if tag in ("rt", "rp", "title"):
            self._tell(_words(element), "网页标题" if tag == "title" else "注音", tag)
            return None
        if tag == "img":
            self._found["pictures"] += 1
            self._tell(element.get("alt") or "", "图片，没有导入", "")
            return None
        if tag in ("br", "hr"):
            self._end_line()
            return None
        return self._inside(element, outside)

    def _inside(self, element: Element, outside: _Place) -> _Place:
        tag, place = element.tag, outside
        if not place.drop and element in self._furniture:
            place = replace(place, drop=self._furniture[element])
        weight = _WEIGHT.search(element.get("style") or "")
        if weight:
            heavy = weight[1].lower() in ("bold", "bolder", "600", "700", "800", "900")
            place = replace(place, bold=heavy)
        elif tag in ("b", "strong"):
            place = replace(place, bold=True)
        if tag in ("pre", "listing", "xmp"):
            place = replace(place, as_typed=True)
        elif len(tag) == 2 and tag[0] == "h" and tag[1] in "123456":
            place = replace(place, style="heading", level=int(tag[1]))
        elif tag == "li":
            self._marker = self._number(element)
            place = replace(place, style=place.style or "item")
        elif element in self._cells:
            place = replace(place, style="cell", level=0, cell=self._cells[element])
            self._filled[element] = len(self.lines)
        return place

    def _close(self, element: Element, inside: _Place) -> None:
        if element.tag in _BLOCKS or _DISPLAY.search(element.get("style") or ""):
            self._end_line()
        if element.tag == "li":
            self._marker = ""
        if self._filled.get(element) == len(self.lines) and not inside.drop:
            self._line("", inside)  # an empty cell

    def _number(self, item: Element) -> str:
        """The number that a browser shows before an item of a numbered list."""
        parent = item.getparent()
        if parent is None or parent.tag != "ol" or "none" in (parent.get("style") or "").lower():
            return ""
        start = parent.get("start") or "1"
        number = self._counts.get(parent, int(start) if start.isdecimal() else 1)
        value = item.get("value") or ""
        number = int(value) if value.isdecimal() else number
        step = -1 if parent.get("reversed") is not None else 1
        self._counts[parent] = number + step
        form = _LISTS.get(item.get("type") or parent.get("type") or "", "decimal")
        return f"{numeral(number, form)}. "

    # -- text -------------------------------------------------------------------------------------

    def _add(self, text: str | None, place: _Place) -> None:
        if not text:
            return
        if place.as_typed:
            *ended, last = re.split(r"\r\n|[\r\n]", text)
            for line in ended:
                self._pieces.append((line, place.bold))
                self._place = place
                self._end_line()
            text = last
        if text.strip(_OUTER) and place.drop != self._place.drop:
            self._end_line()
        if not self._pieces or text.strip(_OUTER):
            self._place = place
        self._pieces.append((text, place.bold))

    def _end_line(self) -> None:
        pieces, self._pieces = self._pieces, []
        whole = "".join(text for text, _ in pieces)
        place = self._place
        shown = whole if place.as_typed else _collapsed(whole)
        if not shown.strip(_OUTER):
            return
        if place.drop:
            self._tell(shown, place.drop, "furniture")
            return
        start = _bold_start(pieces)
        start = start if place.as_typed else len(_collapsed(whole[:start]))
        if self._marker:
            if not _NUMBERED.match(shown):  # whoever types numbers has switched those off
                shown, start = self._marker + shown, start + len(self._marker) if start else 0
                self._found["numbers"] += 1
            self._marker = ""
        self._line(shown, place, start)

    def _line(self, text: str, place: _Place, start: int = 0) -> None:
        at = len(self.lines) + 1
        text, invisible = without_invisible(at, text)
        text, controls = without_controls(at, text)
        self.dropped += invisible + controls
        bold = bool(text.strip()) and start >= len(text.rstrip())
        cell = place.cell or Cell(0, 0, 0)
        self.lines.append(
            Line(
                at,
                text,
                place.style,
                place.level,
                bold,
                cell.row,
                cell.table,
                cell.column,
                0 if bold else start,
            )
        )

    def _tell(self, text: str, reason: str, kind: str) -> None:
        if text.strip():
            self.dropped.append(Dropped(len(self.lines), text, reason))
            self._found[kind] += 1


def _words(element: Element) -> str:
    """All text in an element as one line, scripts left out."""
    parts = (e for e in element.iter() if isinstance(e.tag, str) and e.tag not in SILENT)
    texts = [(e.text or "") + ("" if e is element else e.tail or "") for e in parts]
    return _collapsed("".join(texts))


def _collapsed(text: str) -> str:
    """Blanks as a browser shows them; a line end between Han characters is none of the text."""

    text = text.strip(_OUTER)

    def blank(found: re.Match[str]) -> str:
        start, end = found.span()
        wide = start > 0 and end < len(text) and _is_wide(text[start - 1]) and _is_wide(text[end])
        return "" if "\n" in found[0] and wide else " "

    return _BLANKS.sub(blank, text)


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF" or character in "“”‘’…—·"


def _bold_start(pieces: list[tuple[str, bool]]) -> int:
    """How many characters at the start are bold."""
    count, found = 0, False
    for text, bold in pieces:
        if not bold and text.strip():
            break
        found = found or (bold and bool(text.strip()))
        count += len(text)
    return count if found else 0
