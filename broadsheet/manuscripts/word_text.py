"""The inside of a Word paragraph: runs, fields, changes, symbols, and what hangs on them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from broadsheet.manuscripts.trees import Element
from broadsheet.manuscripts.word_numbering import SIGNS
from broadsheet.manuscripts.word_package import attribute, child, descendants, tag
from broadsheet.manuscripts.word_styles import Styles, switched_on

DELETED = "修订：删去的文字"
MOVED = "修订：移走的文字，已在新的位置读出"
HIDDEN = "隐藏的文字"

# elements that only wrap; what stands in them is text like any other
_WRAPPERS = frozenset(
    (
        "w:ins",
        "w:moveTo",
        "w:hyperlink",
        "w:smartTag",
        "w:customXml",
        "w:dir",
        "w:bdo",
        "w:fldSimple",
    )
)
_SIGNS = {"w:tab": "\t", "w:ptab": "\t", "w:br": "\n", "w:cr": "\n", "w:noBreakHyphen": "-"}
_REFERENCES = {
    "w:footnoteReference": "footnotes",
    "w:endnoteReference": "endnotes",
    "w:commentReference": "comments",
}
_ABOUT = 40  # pieces of text are enough to tell what a comment is about
_SIGN_FONTS = ("symbol", "wingdings", "webdings")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Text of a paragraph that is not manuscript text."""

    breaks: int  # line breaks of the paragraph before it
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A mark in the text that leads to a note or a comment."""

    breaks: int
    kind: str  # "footnotes", "endnotes", "comments"
    id: str


@dataclass(slots=True)
class Text:
    """A paragraph while it is read."""

    pieces: list[tuple[str, bool]] = field(default_factory=list)  # text, whether it is bold
    boxes: list[Element | str] = field(default_factory=list)  # contents of text boxes
    parts: list[tuple[str, str]] = field(default_factory=list)  # (kind, reference) of diagrams
    references: list[Reference] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    breaks: int = 0

    def add(self, text: str, *, bold: bool) -> None:
        self.pieces.append((text, bold))
        self.breaks += text.count("\n")

    def leave_out(self, text: str, reason: str) -> None:
        if text:
            self.left_out.append(LeftOut(self.breaks, text, reason))


@dataclass(slots=True)
class _Field:
    code: str = ""
    in_code: bool = True
    shown: bool = False


class TextReader:
    """Reads paragraph after paragraph; fields and comments may reach over several."""

    def __init__(self, styles: Styles) -> None:
        self._styles = styles
        self._fields: list[_Field] = []
        self._codes = 0  # how many of them are in their code
        self._said: list[str] = []  # everything that is shown, for comments to point into
        self._commented: dict[str, int] = {}  # where a comment begins, by its id
        self.commented: dict[str, str] = {}
        self.inserted = 0
        self.deleted = 0
        self.moved = 0
        self._moves: set[str] = set()

    def read(self, paragraph: Element, text: Text, style: str) -> None:
        """Add what stands in a paragraph to `text`."""
        self._walk(paragraph, text, style)
        # a field whose code does not end in its paragraph is broken: it must not swallow the rest
        if self._codes:
            self._fields = [f for f in self._fields if not f.in_code]
            self._codes = 0

    def mark(self, element: Element) -> None:
        """The start or end of what a comment is about; both may stand between paragraphs."""
        key = attribute(element, "id") or ""
        if tag(element) == "w:commentRangeStart":
            self._commented[key] = len(self._said)
        elif key in self._commented:
            start = self._commented.pop(key)
            self.commented[key] = "".join(self._said[start : start + _ABOUT])

    def _walk(self, element: Element, text: Text, style: str) -> None:
        for inner in element:
            name = tag(inner)
            if name == "w:r":
                self._run(inner, text, style)
            elif name in _WRAPPERS:
                self.inserted += name == "w:ins"
                self._walk(inner, text, style)
            elif name in ("w:del", "w:moveFrom"):
                self.remove(inner, text)
            elif name == "w:sdt":
                if switched_on(child(inner, "w:sdtPr"), "w:showingPlcHdr"):
                    text.leave_out(written(inner), "没有填写的提示")
                elif (content := child(inner, "w:sdtContent")) is not None:
                    self._walk(content, text, style)
            elif name in ("w:commentRangeStart", "w:commentRangeEnd"):
                self.mark(inner)
            elif name in ("m:oMath", "m:oMathPara"):
                formula = "".join(t.text or "" for t in descendants(inner, "m:t"))
                self._add(text, formula, bold=False, hidden=False)
            elif name == "mc:AlternateContent" and (chosen := choice(inner)) is not None:
                self._walk(chosen, text, style)

    def remove(self, element: Element, text: Text) -> None:
        """Text that somebody deleted, or moved elsewhere, while changes were tracked."""
        moved = tag(element) == "w:moveFrom"
        self.moved += moved
        self.deleted += not moved
        text.leave_out(written(element), MOVED if moved else DELETED)

    def _run(self, run: Element, text: Text, style: str) -> None:
        properties = child(run, "w:rPr")
        bold = self._on(properties, style, "w:b")
        hidden = self._on(properties, style, "w:vanish")
        self._content(run, text, style, bold=bold, hidden=hidden)

    def _on(self, properties: Element | None, style: str, name: str) -> bool:
        said = switched_on(properties, name)
        if said is not None:
            return said
        own = child(properties, "w:rStyle")
        key = (attribute(own, "val") or "") if own is not None else ""
        return self._styles.on(style, name) != self._styles.on(
            key, name
        )  # a style can undo another

    def _content(self, run: Element, text: Text, style: str, *, bold: bool, hidden: bool) -> None:
        for inner in run:
            name = tag(inner)
            if name == "w:t":
                shown = (inner.text or "").replace("\r\n", " ").replace("\n", " ")
                self._add(text, shown.replace("\u2028", "\n"), bold=bold, hidden=hidden)
            elif name == "w:delText":
                text.leave_out(inner.text or "", DELETED)
            elif name in _SIGNS:
                self._add(text, _SIGNS[name], bold=bold, hidden=hidden)
            elif name == "w:sym":
                self._symbol(inner, text, bold=bold, hidden=hidden)
            elif name == "w:fldChar":
                self._field(inner, text, bold=bold, hidden=hidden)
            elif name == "w:instrText" and self._fields:
                self._fields[-1].code += inner.text or ""
            elif name in _REFERENCES:
                key = attribute(inner, "id") or ""
                text.references.append(Reference(text.breaks, _REFERENCES[name], key))
            elif name == "w:ruby":
                self._ruby(inner, text, style)
            elif name in ("w:drawing", "w:pict", "w:object"):
                self._drawing(inner, text)
            elif name == "mc:AlternateContent" and (chosen := choice(inner)) is not None:
                self._content(chosen, text, style, bold=bold, hidden=hidden)

    def _ruby(self, element: Element, text: Text, style: str) -> None:
        base, reading = child(element, "w:rubyBase"), child(element, "w:rt")
        if base is not None:
            self._walk(base, text, style)
        if reading is not None:
            text.leave_out(written(reading), "注音")

    def _add(self, text: Text, shown: str, *, bold: bool, hidden: bool) -> None:
        if hidden:
            text.leave_out(shown.strip("\n"), HIDDEN)
        elif self._codes:
            text.leave_out(shown.strip("\n"), "域的代码")
        elif shown:
            text.add(shown, bold=bold)
            if self._fields:
                self._fields[-1].shown = True
            if self._commented:
                self._said.append(shown)

    def _symbol(self, element: Element, text: Text, *, bold: bool, hidden: bool) -> None:
        font = (attribute(element, "font") or "").lower()
        try:
            code = int(attribute(element, "char") or "", 16)
        except ValueError:
            return
        if 0 < code < 0x100 and font.startswith(_SIGN_FONTS):
            code += 0xF000
        if code in SIGNS:
            self._add(text, SIGNS[code], bold=bold, hidden=hidden)
        elif 0xE000 <= code <= 0xF8FF:
            text.leave_out(chr(code), f"字体 {font} 里的符号，别处显示不出来")
        elif 0x20 <= code < 0x110000 and not 0xD800 <= code < 0xE000:
            self._add(text, chr(code), bold=bold, hidden=hidden)

    def _field(self, element: Element, text: Text, *, bold: bool, hidden: bool) -> None:
        kind = attribute(element, "fldCharType")
        if kind == "begin":
            if chosen := _form_value(element):
                self._add(text, chosen, bold=bold, hidden=hidden)
            self._fields.append(_Field(shown=bool(chosen)))
            self._codes += 1
        elif kind == "separate" and self._fields:
            self._codes -= self._fields[-1].in_code
            self._fields[-1].in_code = False
        elif kind == "end" and self._fields:
            ended = self._fields.pop()
            self._codes -= ended.in_code
            if self._fields and ended.shown:
                self._fields[-1].shown = True
            code = ended.code.strip()
            if not ended.shown and code.upper().startswith(("EQ", "SYMBOL")):
                text.leave_out(code, "公式或符号，只有代码，读不出来")

    def _drawing(self, element: Element, text: Text) -> None:
        """Pictures are told, text boxes are kept for after the paragraph."""
        described = ""
        for inner in _shown_parts(element):
            name = tag(inner)
            if name == "wp:docPr":
                described = inner.get("descr") or inner.get("title") or ""
            elif name == "w:txbxContent":
                text.boxes.append(inner)
            elif name == "v:textpath":
                text.boxes.append(inner.get("string") or "")
            elif name in ("pic:pic", "v:imagedata"):
                text.left_out.append(LeftOut(text.breaks, described, "图片，没有导入"))
            elif name == "dgm:relIds":
                text.parts.append(("diagram", attribute(inner, "dm", "r") or ""))
            elif name == "c:chart":
                text.parts.append(("chart", attribute(inner, "id", "r") or ""))


def choice(alternatives: Element) -> Element | None:
    """One of the alternatives that say the same: the first, which newer versions of Word show."""
    first = child(alternatives, "mc:Choice")
    return first if first is not None else child(alternatives, "mc:Fallback")


def written(element: Element) -> str:
    """All text in an element, deleted or not, alternatives once."""
    found = []
    for inner in _shown_parts(element):
        if tag(inner) in ("w:t", "w:delText", "m:t"):
            found.append(inner.text or "")
        elif tag(inner) in ("w:tab", "w:br", "w:cr"):
            found.append(" ")
        elif tag(inner) == "w:txbxContent":
            found.append(written(inner))
    return "".join(found)


def _shown_parts(element: Element) -> Iterator[Element]:
    """What stands in an element, of alternatives only one; text boxes are not entered."""
    for inner in element:
        name = tag(inner)
        if name == "mc:AlternateContent":
            chosen = choice(inner)
            if chosen is not None:
                yield from _shown_parts(chosen)
            continue
        yield inner
        if name != "w:txbxContent":
            yield from _shown_parts(inner)


def _form_value(element: Element) -> str:
    """What a drop-down or a check box of an old form shows."""
    data = child(element, "w:ffData")
    options = child(data, "w:ddList")
    if options is not None:
        entries = [attribute(e, "val") or "" for e in options if tag(e) == "w:listEntry"]
        chosen = child(options, "w:result")
        if chosen is None:
            chosen = child(options, "w:default")
        index = (attribute(chosen, "val") or "0") if chosen is not None else "0"
        return entries[int(index)] if index.isdigit() and int(index) < len(entries) else ""
    box = child(data, "w:checkBox")
    if box is not None:
        ticked = switched_on(box, "w:checked")
        ticked = switched_on(box, "w:default") if ticked is None else ticked
        return "☑" if ticked else "□"
    return ""
