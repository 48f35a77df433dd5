"""A Word document to lines: paragraphs, tables and boxes in the order in which they are read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from broadsheet.diagnostics import ContentError, Diagnostic
from broadsheet.manuscripts.characters import doubts, without_controls, without_invisible
from broadsheet.manuscripts.lines import Dropped, Line, Manuscript, Style
from broadsheet.manuscripts.trees import Element
from broadsheet.manuscripts.word_numbering import Numbering
from broadsheet.manuscripts.word_package import (
    Package,
    attribute,
    child,
    descendants,
    tag,
)
from broadsheet.manuscripts.word_styles import Styles, number, numbered, switched_on
from broadsheet.manuscripts.word_text import (
    DELETED,
    HIDDEN,
    MOVED,
    Text,
    TextReader,
    choice,
    written,
)

_EMBEDDED = "嵌在里面的另一份文件，没有读"
_WRAPPERS = frozenset(("w:ins", "w:moveTo", "w:customXml", "w:smartTag", "w:sdtContent"))


@dataclass(frozen=True, slots=True)
class _Place:
    """What the lines of a stretch of the document are."""

    style: Style = ""
    row: int = 0
    table: int = 0
    cell: int = 0
    drop: str = ""  # the reason, where they are no manuscript text


def read_word(data: bytes, name: str) -> Manuscript:
    """A .docx file as lines; `ContentError` where it is damaged, locked, harmful or no document."""
    package = Package(data)
    reader = _Reader(package, package.main)
    root = package.tree(package.main)
    body = child(root, "w:body") if root is not None else None
    if body is not None:
        reader.blocks(body, _Place())
        reader.finish()
        reader.headers()
    if not any(line.text.strip() for line in reader.lines) and reader.embeds:
        hint = "用 Word 打开，另存为 .docx，再导入"
        raise ContentError([Diagnostic("B723", "正文是嵌在里面的另一份文件", hint)])
    return Manuscript(
        name, "word", tuple(reader.lines), tuple(reader.dropped), tuple(reader.remarks())
    )


class _Reader:
    """A document while it is read from its first paragraph to its last."""

    def __init__(self, package: Package, part: str) -> None:
        self.lines: list[Line] = []
        self.dropped: list[Dropped] = []
        self._package = package
        self._relations = package.relations(part)
        self._styles = Styles.read(self._related("styles"))
        self._numbering = Numbering(self._related("numbering"), self._styles)
        self._text = TextReader(self._styles)
        self._notes = {kind: self._by_id(kind) for kind in ("footnotes", "endnotes", "comments")}
        self._waiting: list[Element] = []  # notes that follow the block being read
        self._comments: list[tuple[int, str]] = []
        self._unfinished: Text | None = None  # its paragraph mark was deleted
        self._rows = 0
        self._tables = 0
        self._depth = 0
        self._found: Counter[str] = Counter()

    @property
    def embeds(self) -> bool:
        """Whether there is a document in the document, which Word shows as part of it."""
        return self._found[_EMBEDDED] > 0

    def blocks(self, container: Element, place: _Place) -> None:
        """Paragraphs and tables, in order, whatever wraps them."""
        for element in container:
            name = tag(element)
            if name == "w:p":
                self._paragraph(element, place)
            elif name == "w:tbl":
                self._table(element, place)
            elif name in _WRAPPERS:
                self.blocks(element, place)
            elif name == "w:sdt":
                self._control(element, place)
            elif name == "mc:AlternateContent" and (chosen := choice(element)) is not None:
                self.blocks(chosen, place)
            elif name in ("w:del", "w:moveFrom"):
                self._drop(written(element), DELETED if name == "w:del" else MOVED)
            elif name in ("w:commentRangeStart", "w:commentRangeEnd"):
                self._text.mark(element)
            elif name == "w:altChunk":
                self._drop("", _EMBEDDED)
        if tag(container) not in _WRAPPERS:
            self._complete(place)

    def finish(self) -> None:
        """The comments, notes that nothing refers to, and places that the document really has."""
        self._follow()
        comments = self._notes.pop("comments")
        asked = {key for _, key in self._comments}
        for line, key in (*self._comments, *((0, key) for key in comments if key not in asked)):
            element = comments.get(key)
            if element is not None:
                about = self._text.commented.get(key, "").strip()
                shown = f"{about[:30]}…" if len(about) > 30 else about
                reason = f"批注，针对“{shown}”" if shown else "批注"
                self.dropped.append(Dropped(line, _paragraphs(element), reason))
                self._found["comments"] += 1
        for element in [note for notes in self._notes.values() for note in notes.values()]:
            if attribute(element, "type") in (None, "normal") and written(element).strip():
                self.dropped.append(Dropped(0, _paragraphs(element), "正文里没有标号的注"))
        last = len(self.lines)
        self.dropped = [replace(d, number=min(d.number, last)) for d in self.dropped]

    def headers(self) -> None:
        """Headers and footers, each text once: told, as they are no part of a manuscript."""
        seen: set[tuple[str, str]] = set()
        for relation in self._relations.values():
            if relation.kind not in ("header", "footer"):
                continue
            root = self._package.tree(relation.target)
            if root is None:
                continue
            called = "页眉" if relation.kind == "header" else "页脚"
            aside = _Reader(self._package, relation.target)
            aside.blocks(root, _Place(drop=called))
            aside.finish()
            for dropped in aside.dropped:
                if (dropped.text, dropped.reason) not in seen and dropped.text.strip():
                    seen.add((dropped.text, dropped.reason))
                    self.dropped.append(replace(dropped, number=0))
                    self._found[called] += 1

    def remarks(self) -> list[str]:
        """What an editor should know of the document as a whole."""
        text, found = self._text, self._found
        said = []
        if text.inserted or text.deleted or text.moved:
            kinds = (("插入", text.inserted), ("删去", text.deleted), ("移动", text.moved))
            shown = "，".join(f"{word} {count} 处" for word, count in kinds if count)
            said.append(f"有修订（{shown}），按全部接受来读")
        for key, sentence in (
            ("numbers", "自动编号 {} 处，已写成文字"),
            ("boxes", "文本框 {} 个，文字接在所在的段落之后"),
            ("notes", "脚注、尾注 {} 条，接在所注的段落之后"),
            ("comments", "批注 {} 条，没有导入"),
            ("图片，没有导入", "图片 {} 张，没有导入"),
            (HIDDEN, "隐藏的文字 {} 处，没有导入"),
            ("目录", "目录 {} 行，没有导入"),
        ):
            if found[key]:
                said.append(sentence.format(found[key]))
        if found["页眉"] or found["页脚"]:
            said.append("页眉和页脚没有导入")
        return [*said, *doubts(self.lines)]

    # -- paragraphs -------------------------------------------------------------------------------

    def _paragraph(self, element: Element, place: _Place) -> None:
        properties = child(element, "w:pPr")
        own = child(properties, "w:pStyle")
        style = (attribute(own, "val") or "") if own is not None else self._styles.default
        text, self._unfinished = self._unfinished or Text(), None
        self._depth += 1
        self._text.read(element, text, style)
        mark = child(properties, "w:rPr")
        gone = child(mark, "w:del") is not None or child(mark, "w:moveFrom") is not None
        if gone or switched_on(mark, "w:vanish"):
            self._unfinished = text  # it and the next paragraph have become one
        else:
            label = self._label(properties, style)
            level = self._styles.heading(style, properties)
            if self._styles.is_contents(style):
                place = replace(place, drop=place.drop or "目录")
            self._emit(text, place, label, level)
        self._depth -= 1
        self._follow()

    def _complete(self, place: _Place) -> None:
        """Where no next paragraph comes, one without a paragraph mark ends all the same."""
        if self._unfinished is not None:
            text, self._unfinished = self._unfinished, None
            self._emit(text, place)

    def _label(self, properties: Element | None, style: str) -> str:
        """The automatic number before a paragraph."""
        own, given = numbered(properties), self._styles.numbered(style)
        list_id = own.list_id if own and own.list_id >= 0 else given.list_id if given else 0
        if list_id <= 0:  # 0 takes a paragraph out of the list of its style
            return ""
        if own and own.level >= 0:
            level = own.level
        elif given and given.level >= 0:
            level = given.level
        else:
            level = self._numbering.level_of_style(list_id, style)
        return self._numbering.label(list_id, level)

    def _emit(self, text: Text, place: _Place, label: str = "", level: int = 0) -> None:
        """A paragraph as lines, and after it what hangs on it."""
        first = len(self.lines) + 1
        lines = _broken(text.pieces)
        if label:
            lines[0] = [(label, bool(lines[0]) and lines[0][0][1]), *lines[0]]
            self._found["numbers"] += not place.drop
        blank = not any(piece.strip() for line in lines for piece, _ in line)
        style: Style = place.style or ("heading" if level else "item" if label else "")
        for pieces in [] if place.row and blank else lines:
            shown = "".join(piece for piece, _ in pieces)
            if place.drop:
                self._drop(shown, place.drop)
                continue
            at = len(self.lines) + 1
            shown, invisible = without_invisible(at, shown)
            shown, controls = without_controls(at, shown)
            self.dropped += invisible + controls
            start = _bold_start(pieces)
            bold = bool(shown.strip()) and start >= len(shown.rstrip())
            self.lines.append(
                Line(
                    at,
                    shown,
                    style,
                    level if style == "heading" else 0,
                    bold,
                    place.row,
                    place.table,
                    place.cell,
                    0 if bold else start,
                )
            )
        for out in text.left_out:
            self._drop(out.text, out.reason, first + out.breaks)
        for reference in text.references:
            if reference.kind == "comments":
                self._comments.append((first + reference.breaks, reference.id))
            elif reference.id in self._notes[reference.kind]:
                self._waiting.append(self._notes[reference.kind].pop(reference.id))
                self._found["notes"] += 1
                mark = str(self._found["notes"])
                self._drop(mark, "注的标号，注文接在这一段之后", first + reference.breaks)
        for kind, key in text.parts:
            self._diagram(kind, key, place)
        for box in text.boxes:
            self._found["boxes"] += 1
            if isinstance(box, str):
                self._emit(Text([(box, False)]), place)
            else:
                self._depth += 1
                self.blocks(box, place)
                self._depth -= 1

    def _follow(self) -> None:
        """Notes stand after the paragraph or table that refers to them."""
        if self._depth:
            return
        self._depth += 1
        while self._waiting:  # a note may have notes
            waiting, self._waiting = self._waiting, []
            for element in waiting:
                self.blocks(element, _Place("note"))
        self._depth -= 1

    def _diagram(self, kind: str, key: str, place: _Place) -> None:
        """The words of a diagram are manuscript text; those of a chart are told."""
        relation = self._relations.get(key)
        root = self._package.tree(relation.target) if relation else None
        if root is None:
            return
        if kind == "chart":
            words = [e.text or "" for e in root.iter() if tag(e) in ("a:t", "c:v")]
            self._drop(" ".join(words), "图表，没有导入")
            return
        for point in descendants(root, "dgm:pt"):
            words = [
                "".join(t.text or "" for t in descendants(p, "a:t"))
                for p in descendants(point, "a:p")
            ]
            for word in filter(None, words):
                self._emit(Text([(word, False)]), place)

    # -- tables and content controls --------------------------------------------------------------

    def _table(self, table: Element, place: _Place) -> None:
        rows = list(_wrapped(table, "w:tr"))
        cells = [list(_wrapped(row, "w:tc")) for row in rows]
        boxed = all(len(row) == 1 for row in cells)  # a frame around text, no table
        self._complete(place)
        self._tables += not boxed
        number_of_table = self._tables
        self._depth += 1
        for row, inside in zip(rows, cells, strict=True):
            properties = child(row, "w:trPr")
            if child(properties, "w:del") is not None:
                self._drop(written(row), DELETED)
                self._text.deleted += 1
                continue
            if switched_on(properties, "w:hidden"):
                self._drop(written(row), HIDDEN)
                continue
            self._text.inserted += child(properties, "w:ins") is not None
            self._rows += not boxed
            at = self._rows
            column = 1 + max(0, number(child(properties, "w:gridBefore"), 0))
            for cell in inside:
                own = child(cell, "w:tcPr")
                if boxed:
                    self.blocks(cell, place)
                else:
                    here = replace(place, row=at, table=number_of_table, cell=column)
                    self._cell(cell, own, here if place.drop else replace(here, style="cell"))
                column += max(1, number(child(own, "w:gridSpan"), 1))
        self._depth -= 1
        self._follow()

    def _cell(self, cell: Element, properties: Element | None, place: _Place) -> None:
        merge = child(properties, "w:vMerge")
        if merge is not None and attribute(merge, "val") != "restart":
            if written(cell).strip():
                self._drop(written(cell), "被合并的单元格里看不见的文字")
            return
        if child(properties, "w:cellDel") is not None:
            self._drop(written(cell), DELETED)
            self._text.deleted += 1
            return
        before = len(self.lines)
        self.blocks(cell, place)
        if len(self.lines) == before and not place.drop:
            self.lines.append(
                Line(before + 1, "", "cell", row=place.row, table=place.table, cell=place.cell)
            )

    def _control(self, control: Element, place: _Place) -> None:
        properties = child(control, "w:sdtPr")
        content = child(control, "w:sdtContent")
        if content is None:
            return
        if switched_on(properties, "w:showingPlcHdr"):
            self._drop(written(content), "没有填写的提示")
            return
        gallery = child(properties, "w:docPartObj", "w:docPartGallery")
        if gallery is not None and attribute(gallery, "val") == "Table of Contents":
            place = replace(place, drop=place.drop or "目录")
        self.blocks(content, place)

    # -- around -----------------------------------------------------------------------------------

    def _drop(self, text: str, reason: str, at: int = 0) -> None:
        if text.strip() or reason == _EMBEDDED or reason.startswith("图片"):
            self.dropped.append(Dropped(at or len(self.lines) + 1, text, reason))
            self._found[reason] += 1

    def _related(self, kind: str) -> Element | None:
        target = next((r.target for r in self._relations.values() if r.kind == kind), "")
        return self._package.tree(target) if target else None

    def _by_id(self, kind: str) -> dict[str, Element]:
        root = self._related(kind)
        return {
            attribute(element, "id") or "": element for element in ([] if root is None else root)
        }


def _wrapped(element: Element, name: str) -> Iterator[Element]:
    """The rows of a table or the cells of a row, whatever wraps them."""
    for inner in element:
        if tag(inner) == name:
            yield inner
        elif tag(inner) == "w:sdt" or tag(inner) in _WRAPPERS:
            yield from _wrapped(inner, name)


def _broken(pieces: list[tuple[str, bool]]) -> list[list[tuple[str, bool]]]:
    """Pieces of a paragraph, line by line."""
    lines: list[list[tuple[str, bool]]] = [[]]
    for text, bold in pieces:
        first, *rest = text.split("\n")
        lines[-1].append((first, bold))
        lines.extend([(part, bold)] for part in rest)
    return lines


def _bold_start(pieces: list[tuple[str, bool]]) -> int:
    """How many characters at the start are bold, blanks between and after them included."""
    count, found = 0, False
    for text, bold in pieces:
        found = found or (bold and bool(text.strip()))
        if not bold and text.strip():
            return (count + len(text) - len(text.lstrip())) if found else 0
        count += len(text)
    return count if found else 0


def _paragraphs(element: Element) -> str:
    return "\n".join(written(paragraph) for paragraph in descendants(element, "w:p"))
