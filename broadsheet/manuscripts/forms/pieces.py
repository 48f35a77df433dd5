"""Forms whose pieces carry labels: handled cases, cases under supervision, speeches.

A piece begins at its title: a heading, a line in 《》, the number of a proposal, or a line that
reads like a title above labels that the piece before already has. What stands below is told by
labels and positions: without a label of its own, what follows the proposers is the background, what
follows the host is the response.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from broadsheet.manuscripts.drafts import Draft, Parsed, Section, Value
from broadsheet.manuscripts.excerpt import BLANKS, Excerpt
from broadsheet.manuscripts.forms.fields import take
from broadsheet.manuscripts.forms.heads import (
    BOOK,
    NUMBER_FIRST,
    NUMBER_LAST,
    piece_levels,
    without_ordinal,
)
from broadsheet.manuscripts.label_words import SECTIONS
from broadsheet.manuscripts.labels import Label, Labelled
from broadsheet.manuscripts.paragraphs import Flow, is_open, split_at_proposal
from broadsheet.manuscripts.rows import Row
from broadsheet.manuscripts.titles import NUMBERED, may_be_title, read_title, title_shaped
from broadsheet.manuscripts.values import NUMBER_LINE, han_number, proposer_type, read_number
from broadsheet.models import Kind

_NO_TITLE = re.compile(
    r"[■●◆▲★□\s（(]*(?:本报|见习|特约)?(?:记者|通讯员|撰文|文/|作者)|[—\-]{2}|编者按"
)
_NUMERAL = "[0-9零一二三四五六七八九十]{1,3}"
SESSION_VALUE = re.compile(f"第?({_NUMERAL})届[^。]{{0,6}}?第?({_NUMERAL})次")
_UNIQUE = {"proposers", "hosts", "number", "speaker", "supervisors", "title"}
_PLAIN_SECTIONS = {"背景", "提案背景", "案由背景", "背景情况", "建议背景", *SECTIONS["提案内容"]}
_LABEL_REST = "字段名和标点，字段已经认出"


@dataclass
class _Piece:
    draft: Draft
    flow: Flow = field(default_factory=Flow)
    have: set[str] = field(default_factory=set)
    title: Excerpt = field(default_factory=Excerpt)
    title_rows: list[Row] = field(default_factory=list)
    ended: bool = False  # a rating has been read: what follows is another matter

    @property
    def untitled(self) -> bool:
        """Labels stand in any order: a piece of which no text has been read may get its title."""
        return not self.title and not self.flow.sections

    @property
    def only_head(self) -> bool:
        return not (self.have - {"title", "number"}) and not self.flow.sections


def parse_pieces(rows: Sequence[Row], parsed: Parsed, kind: Kind) -> list[Row]:
    """Fill `parsed.drafts`; returns the rows before the first piece."""
    walker = _Walker(rows, parsed, kind)
    walker.walk()
    return walker.preamble


class _Walker:
    def __init__(self, rows: Sequence[Row], parsed: Parsed, kind: Kind) -> None:
        self.rows, self.parsed, self.kind = rows, parsed, kind
        self.preamble: list[Row] = []
        self.pieces: list[_Piece] = []
        self.group = ""
        self.taken: set[int] = set()
        self.levels = piece_levels(rows)

    @property
    def piece(self) -> _Piece | None:
        return self.pieces[-1] if self.pieces else None

    def walk(self) -> None:
        for position, row in enumerate(self.rows):
            if position in self.taken:
                continue
            if self._starts(position):
                self._head(position)
            elif self.piece is None:
                self._before_first(row)
            elif row.label and not row.cells:
                self._labelled(position, row)
            else:
                self._text(position, row)
        for piece in self.pieces:
            self._finish(piece)

    # -- where a piece begins ----------------------------------------------------------------------

    def _starts(self, position: int) -> bool:
        row, piece = self.rows[position], self.piece
        if row.cells:
            return False
        label = row.label
        if label and label.kind == "field" and label.field == "title":
            return True
        if (
            label
            and label.kind == "field"
            and label.field in _UNIQUE
            and self._begins_again(position, label)
        ):
            return piece is None or label.field in piece.have
        if label:
            return False
        if row.level:
            return row.level in self.levels
        text = row.bare
        if NUMBER_LINE.fullmatch(text) or NUMBER_FIRST.match(text):
            return True
        if self.levels:  # headings tell the pieces; other lines that look like titles do not
            return False
        if BOOK.match(text) and len(text) <= 90:
            return self._label_below(position) is not None or piece is None or not piece.flow.open
        return self._weak(position)

    def _begins_again(self, position: int, label: Label) -> bool:
        """A label with which pieces begin, where no title stands above it."""
        if label.field == "number":
            return True
        return self.piece is None and not self.levels and position == 0

    def _weak(self, position: int) -> bool:
        """A plain line that is a title because of what stands around it."""
        row, piece = self.rows[position], self.piece
        if not may_be_title(row.bare) or (piece and piece.flow.open) or _NO_TITLE.match(row.bare):
            return False
        shaped = title_shaped(row.bare)
        below = self._label_below(position)
        if below is not None:
            again = piece and {below.field, f"section {below.field}"} & piece.have
            return piece is None or piece.only_head or bool(again) or shaped
        if NUMBERED.match(row.bare) and not shaped:
            return False
        return shaped and (piece is None or bool(piece.have & _UNIQUE)) and not BOOK.match(row.bare)

    def _label_below(self, position: int) -> Label | None:
        """The label of the next line, past one more line of the title and a number."""
        for row in self.rows[position + 1 : position + 4]:
            if row.label:
                piece_label = row.label.kind == "section" or row.label.field in (
                    "proposers", "hosts", "number", "speaker", "supervisors", "rating", "co_hosts",
                )  # fmt: skip
                return row.label if piece_label else None
            if not (
                NUMBER_LINE.fullmatch(row.bare) or BOOK.match(row.bare) or may_be_title(row.bare)
            ):
                return None
            if len(row.bare) > 50:
                return None
        return None

    # -- the head of a piece -----------------------------------------------------------------------

    def _head(self, position: int) -> None:
        row, piece = self.rows[position], self.piece
        text, number = row.text, Excerpt()
        label = row.label
        if label and label.field == "number":
            if not (piece and piece.only_head and "number" not in piece.have):
                piece = self._open(row)
            self._labelled(position, row)
            return
        if label and label.field == "title":
            text = row.labels[0].value
            self.parsed.rest.append((row.whole, _LABEL_REST))
            for one in row.labels[1:]:
                take(piece.draft if piece else self._open(row).draft, one.label, one.value)
        elif label:
            self._open(row)
            self._labelled(position, row)
            return
        elif NUMBER_LINE.fullmatch(row.bare):
            text, number = Excerpt(), row.text
        elif found := NUMBER_FIRST.match(row.text.text) or NUMBER_LAST.match(row.text.text):
            text, number = row.text.group(found, "t"), row.text.group(found, "n")
        text = without_ordinal(text)
        if (found := NUMBERED.match(text.text)) and (
            row.level or title_shaped(text.text) or len(self.levels) == 0
        ):
            text = text.cut(found.end())
        self.parsed.rest.append((row.whole, "标题的标记和序号"))
        text = text.strip()
        if (
            piece is None
            or not (piece.only_head or (label and piece.untitled))
            or (number and "number" in piece.have)
            or (text and piece.title and self._another(piece, row))
        ):
            piece = self._open(row)
        if number and (value := read_number(number.text)):
            piece.draft.add("number", Value(value, number))
            piece.have.add("number")
        if text:
            piece.title = piece.title + text if piece.title else text
            piece.title_rows.append(row)
            piece.have.add("title")

    def _another(self, piece: _Piece, row: Row) -> bool:
        """Whether a second title line is another title; then the first was no piece but a heading
        above several. A line that is not complete goes on in the next one.
        """
        first = piece.title_rows[-1]
        goes_on = not (row.gap or row.label or first.label) and first.level == row.level
        if goes_on and not title_shaped(piece.title.text):
            return False
        self.pieces.pop()
        opens = not self.pieces and not self.preamble and first is self.rows[0]
        if not opens and (self.pieces or not first.level or first.level > 1):
            if title_shaped(piece.title.text) and not first.level:
                self._keep(first)
            else:
                self.group = piece.title.text
                self.parsed.rest = [one for one in self.parsed.rest if one[0] != first.whole]
                self.parsed.dropped.append((first.whole, "栏目名，用来提议主题"))
        else:
            self.parsed.rest = [one for one in self.parsed.rest if one[0] != first.whole]
            self.preamble.append(first)
        return True

    def _keep(self, row: Row) -> None:
        """A line of a list of titles: text of what stands before."""
        self.parsed.rest = [one for one in self.parsed.rest if one[0] != row.whole]
        if self.pieces:
            self.pieces[-1].flow.add(row.text)
        else:
            self.preamble.append(row)

    def _open(self, row: Row) -> _Piece:
        flow = Flow(headlines=self.parsed.headlines)
        piece = _Piece(Draft(self.kind, row.index, themes=self.group), flow)
        self.pieces.append(piece)
        return piece

    def _before_first(self, row: Row) -> None:
        if (
            row.level
            and row.level > 1
            and self.levels
            and row.level not in self.levels
            and not row.label
        ):
            self.group = row.text.text
            self.parsed.dropped.append((row.whole, "栏目名，用来提议主题"))
        else:
            self.preamble.append(row)

    # -- what stands below -------------------------------------------------------------------------

    def _labelled(self, position: int, row: Row) -> None:
        piece = self.piece
        if piece is None:
            return
        flow = piece.flow
        if row.before.text.strip(BLANKS + "*#"):
            self._text(position, row)
            return
        for number, one in enumerate(row.labels):
            value = one.value
            if one.label.kind == "section":
                self._section(piece, one, row)
            elif one.label.kind == "contact":
                self.parsed.dropped.append((one.words + value, "联系人和联系方式"))
                flow.skip(row)
            elif one.label.kind == "aside":
                self.parsed.dropped.append((one.words + value, "表格里没有字段可放的一格"))
            elif one.label.field == "session":
                self._session(one)
            elif one.label.kind == "furniture":
                self._unknown(piece, one, row)
            else:
                if not value and number == len(row.labels) - 1:
                    value = self._value_below(position)
                self._field(piece, one, value, row)

    def _session(self, one: Labelled) -> None:
        """A session is a matter of the publication."""
        found = SESSION_VALUE.search(one.value.text)
        term, meeting = (han_number(found[1]), han_number(found[2])) if found else (None, None)
        masthead = self.parsed.masthead
        if term and meeting and not masthead.first("session.term"):
            masthead.add("session.term", Value(str(term), one.value, again=True))
            masthead.add("session.meeting", Value(str(meeting), one.value, again=True))
        self.parsed.dropped.append((one.words + one.value, "届次，写进刊次"))

    def _section(self, piece: _Piece, one: Labelled, row: Row) -> None:
        name = one.label.field
        piece.have.add(f"section {name}")
        section: Section = "背景" if name == "提案内容" else name  # type: ignore[assignment]
        piece.flow.enter(section)
        piece.flow.closed = True
        if section == "背景" and one.label.word not in _PLAIN_SECTIONS:
            piece.flow.add(
                one.words.strip(BLANKS + "*:：【】[]"), heading=True
            )  # 存在问题 says more than 背景
        self.parsed.rest.append((one.words, "小节名"))
        self.parsed.rest.append((row.whole, "小节名"))
        if one.value:
            piece.flow.add(one.value)

    def _field(self, piece: _Piece, one: Labelled, value: Excerpt, row: Row) -> None:
        key = one.label.field
        if (
            key in piece.have
            and key in _UNIQUE
            and key not in ("proposers", "supervisors", "hosts")
        ):
            self._unknown(piece, one, row)
            return
        if not take(piece.draft, one.label, value):
            self._unknown(piece, one, row)
            return
        piece.have.add(key)
        piece.flow.skip(row)
        self.parsed.rest.append((one.words + value, _LABEL_REST))
        self.parsed.rest.append((row.whole, _LABEL_REST))
        sections = {name for name in piece.have if name.startswith("section")}
        if key in ("proposers", "speaker") and not sections and not piece.flow.sections:
            piece.flow.enter("背景")
        elif key in ("hosts", "co_hosts") and not piece.flow.open:
            if piece.flow.sections or not self._section_below(row):
                piece.flow.enter("办理答复")
        elif key == "rating" and piece.flow.section == "办理答复":
            piece.flow.closed = not piece.flow.open

    def _section_below(self, row: Row) -> bool:
        """Whether a section is named further down in this piece: then what comes first is not the
        response.
        """
        for other in self.rows:
            if other.index <= row.index or not other.label:
                continue
            if other.label.kind == "section":
                return True
            if other.label.field in ("proposers", "number", "title", "speaker"):
                return False
        return False

    def _unknown(self, piece: _Piece, one: Labelled, row: Row) -> None:
        """A label without a field here: its words stay in the text."""
        if one.label.field == "rating" and one.value:
            piece.draft.review(
                "ratings", f"“{(one.words + one.value).text[:24]}”不是等级，留在正文里"
            )
        piece.flow.closed = piece.flow.closed or not piece.flow.open
        piece.flow.add(one.words + one.value)
        self.parsed.rest.append((row.whole, "行首行尾的标记"))

    def _value_below(self, position: int) -> Excerpt:
        """The value of a label that stands alone on its line."""
        if position + 1 >= len(self.rows):
            return Excerpt()
        row = self.rows[position + 1]
        if row.label or row.level or row.cells or len(row.bare) > 40 or "。" in row.bare:
            return Excerpt()
        self.taken.add(position + 1)
        self.parsed.rest.append((row.whole, _LABEL_REST))
        return row.text

    def _text(self, position: int, row: Row) -> None:
        piece = self.piece
        if piece is None:
            return
        flow = piece.flow
        if row.cells:
            flow.add_table_row(row)
            return
        self.parsed.rest.append((row.whole, "行首行尾的标记"))
        if row.level:
            flow.add(row.text, heading=True)
            return
        if self._is_group(position):
            self.group = row.bare
            self.parsed.dropped.append((row.text, "栏目名，用来提议主题"))
            return
        if not flow.section:
            answered = "hosts" in piece.have and not self._section_below(row)
            flow.enter("办理答复" if answered else "背景")
        flow.add(row.text)

    def _is_group(self, position: int) -> bool:
        row, piece = self.rows[position], self.piece
        if (
            piece is None
            or piece.flow.open
            or len(row.bare) > 20
            or not may_be_title(row.bare)
            or position + 1 >= len(self.rows)
        ):
            return False
        return (
            bool(piece.have & _UNIQUE)
            and self.rows[position + 1].index not in self.taken
            and self._starts(position + 1)
        )

    # -- the end -----------------------------------------------------------------------------------

    def _finish(self, piece: _Piece) -> None:
        draft = piece.draft
        if piece.title:
            title, stray = read_title(piece.title)
            draft.add("title", Value.of(title))
            if stray:
                places = "；".join(f"“{place}”" for place in stray)
                draft.review("title", f"标题里的空格像是排版换行留下的，已去掉：{places}")
        draft.sections.update(piece.flow.sections)
        self.parsed.joins += piece.flow.joins
        if "section 提案内容" in piece.have and "建议" not in draft.sections:
            head, proposal = split_at_proposal(draft.sections.get("背景", []))
            if proposal:
                answer = draft.sections.pop("办理答复", None)
                draft.sections["背景"], draft.sections["建议"] = head, proposal
                if not head:
                    del draft.sections["背景"]
                if answer:
                    draft.sections["办理答复"] = answer
        if (
            draft.kind == "speech"
            and draft.fields.get("speaker")
            and not draft.fields.get("proposers")
        ):
            spoken = draft.fields["speaker"][0]
            kind = proposer_type(spoken.text)
            more = (("type", kind),) if kind else ()
            draft.add("proposers", Value(spoken.text, spoken.excerpt, again=True, more=more))
            draft.review("proposers", f"原文没有写提案人，暂按发言人写作“{spoken.text}”，请确认")
        rounds = [dict(value.more)["round"] for value in draft.fields.get("ratings", [])]
        if len(set(rounds)) < len(rounds):
            draft.review("ratings", "同一轮有几个等级，请对照原文")
        self.parsed.drafts.append(draft)


__all__ = ["is_open", "parse_pieces"]
