"""The head of a letter: title, number of the letter, grade, signer, and what a web site adds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from broadsheet.manuscripts.drafts import Draft, Parsed, Value
from broadsheet.manuscripts.excerpt import BLANKS, Excerpt, joined
from broadsheet.manuscripts.forms.fields import take
from broadsheet.manuscripts.forms.offices import COPIES, PUBLICITY, furniture, unit_alone
from broadsheet.manuscripts.labels import Label, Labelled, classify
from broadsheet.manuscripts.paragraphs import Flow
from broadsheet.manuscripts.rows import Row
from broadsheet.manuscripts.titles import read_title
from broadsheet.manuscripts.values import DOCUMENT_NUMBER, NUMBER_LINE, plain, read_date, read_grade

_TITLE = re.compile(
    r"(?:《?(?:.{2,30}?)?(?:关于|对|就)).{2,110}(?:提案|建议|议案|来信|意见|批评|问题|质询|询问).{0,40}?(?:答复|复函|回复|复文|答复函|答复意见|函|办理情况|办理意见|办理结果|办理报告|答复的函|答复意见的函|答复摘要|答复[（(]摘要[)）]|说明|回函|的复函|情况)》?"
)
_SHORT_TITLE = re.compile(
    r"(?:.{0,40}(?:提案|建议|议案).{0,20})(?:答复|复函|回复|答复函|回函)(?:意见|的函|函)?"
)
GRADE_NOTE = re.compile(r"\s*[（(【\[]\s*(?P<g>[A-DＡ-Ｄ]\s*[0-9]?\s*类?)\s*[)）】\]]\s*$")
_GRADE_WORDS = re.compile(
    r"^[\[【(（]?(?P<word>[\u4e00-\u9fff\s\u3000]{0,16}?)\s*[:：]?\s*(?P<g>[（(\[【“]?\s*[A-DＡ-Ｄ]\s*[0-9０-９]?\s*[)）\]】”]?\s*(?:类|级|等)?(?:件|提案|建议)?)\s*[\]】)）]?$"
)
_DATE_FIRST = re.compile(
    r"^[（(\[【]?\s*(?P<d>(?:19|20)\d\d\s*[-年./]\s*\d{1,2}\s*[-月./]\s*\d{1,2}\s*日?(?:\s*\d{1,2}[:：]\d{2}(?:[:：]\d{2})?)?)\s*[)）\]】]?"
)
_COLUMN_GAP = re.compile(r"[\s\u3000]{2,}|\t|\u3000")
_LABEL = "字段名和标点，字段已经认出"


def reply_title(rows: Sequence[Row], position: int) -> int:
    """How many lines, from this one, are the title of a letter; 0 where none begins here."""
    text = ""
    for count in range(1, 5):
        if position + count > len(rows):
            return 0
        row = rows[position + count - 1]
        second = count > 1 and row.label and row.label.kind == "section" and not row.labels[0].value
        if count == 1 and _columns(row.text):
            return 0
        if (
            row.cells
            or (
                row.label
                and not second
                and not (count == 1 and row.level and not row.labels[0].value)
            )
            or len(row.bare) > 90
        ):
            return 0
        piece = plain(row.bare)
        if count > 1 and (
            furniture(row.bare)
            or DOCUMENT_NUMBER.fullmatch(row.bare)
            or read_date(row.bare)
            or re.search("[:：]$", piece)
        ):
            return 0
        text += GRADE_NOTE.sub("", piece)
        if re.search(r"[。；]", text) or len(text) > 150 or DOCUMENT_NUMBER.match(text):
            return 0
        if _TITLE.fullmatch(text) or (
            count <= 2 and _SHORT_TITLE.fullmatch(text) and not re.search(r"[>＞/]", text)
        ):
            return 0 if re.search(r"如下$|收悉", text) else count
        if count == 1 and not re.match(
            r"《?(?:关于|对|就)|.{2,30}(?:关于|对)|.{2,36}(?:局|委|办|厅|部|院|政府|委员会|处|中心|公司)$",
            text,
        ):
            return 0
    return 0


@dataclass
class _Head:
    """The lines above the addressee, and what has been found in them so far."""

    rows: Sequence[Row]
    draft: Draft
    parsed: Parsed
    flow: Flow
    titles: list[tuple[Excerpt, Sequence[Row]]] = field(default_factory=list)
    units: list[Row] = field(default_factory=list)


def read_head(rows: Sequence[Row], draft: Draft, parsed: Parsed, flow: Flow) -> Excerpt:
    """Take in the head; returns the title as it stands in the source."""
    head = _Head(rows, draft, parsed, flow)
    position = 0
    while position < len(rows):
        count = reply_title(rows, position)
        if count:
            group = rows[position : position + count]
            title = joined(one.text for one in group)
            if (note := GRADE_NOTE.search(title.text)) and (grade := read_grade(note["g"])):
                draft.add("ratings", Value(grade, title.group(note, "g"), more=(("round", "1"),)))
                title = title.cut(0, note.start()).strip()
            head.titles.append((title, group))
            position += count
            continue
        position += 1 + _line(head, position)
    chosen = _choose(head.titles, draft, parsed)
    _letterhead(head.units, draft, parsed)
    return chosen


def _line(head: _Head, position: int) -> int:  # noqa: PLR0912
    """Take in one line that is no title; returns how many lines below it were its values."""
    draft, parsed, titles = head.draft, head.parsed, head.titles
    row = head.rows[position]
    text = row.bare
    labels, before = list(row.labels), row.before
    if not labels and (columns := _columns(row.text)):
        labels, before = columns, Excerpt()
    if labels and not (len(labels) == 1 and labels[0].label.kind == "section"):
        return _labels(head, position, labels, before)
    if titles and re.match("[—-]{2}|——", text) and len(text) < 60:
        above, lines = titles[-1]
        titles[-1] = (above + row.text, [*lines, row])
    elif COPIES.match(text):
        parsed.dropped.append((row.whole, "抄送名单"))
    elif furniture(text):
        parsed.dropped.append((row.whole, "网站的导航和按钮"))
    elif _numbers_and_grade(row.text, draft, parsed):
        parsed.rest.append((row.whole, _LABEL))
    elif PUBLICITY.fullmatch(text):
        parsed.dropped.append((row.whole, "公开属性"))
    elif (found := _DATE_FIRST.match(row.text.text)) and len(text) - len(found[0]) < 30:
        _dated(row, row.text, draft, parsed)
    elif unit_alone(re.sub("文件$", "", text)):
        head.units.append(row)
    elif NUMBER_LINE.fullmatch(text) and not draft.fields.get("number"):
        take(draft, Label("number", "提案号"), row.text)
        parsed.rest.append((row.whole, _LABEL))
    elif (
        titles
        and _folded(text).rstrip("….。")
        and _folded(titles[0][0].text).startswith(_folded(text).rstrip("…."))
    ):
        parsed.dropped.append((row.whole, "与标题重复"))
    elif len(text) <= 30 and not re.search("[。；]", text):
        parsed.dropped.append((row.whole, "网站的栏目名"))
    else:
        parsed.rest.append((row.whole, "行首行尾的标记"))
        head.flow.enter("办理答复")
        head.flow.closed = True
        head.flow.add(row.text)
        head.flow.closed = True
    return 0


def _labels(head: _Head, position: int, labels: list[Labelled], before: Excerpt) -> int:
    draft, parsed, rows = head.draft, head.parsed, head.rows
    row, taken = rows[position], 0
    if before.text.strip(BLANKS + "*#【[［（("):
        words = before.strip(BLANKS + "*#【[［（(")
        if (found := _DATE_FIRST.match(words.text)) and not draft.fields.get("source.date"):
            take(draft, Label("source.date", "日期"), words.group(found, "d"))
            parsed.rest.append((before, "网站的栏目信息"))
        elif not _numbers_and_grade(words, draft, parsed):
            if unit_alone(words.text) and not draft.fields.get("reply.unit"):
                draft.add("reply.unit", Value.of(words))
            else:
                parsed.dropped.append((words, "网站的栏目信息"))
    for number, one in enumerate(labels):
        value = one.value
        if not value and number == len(labels) - 1 and position + 1 < len(rows):
            below = rows[position + 1]
            if _is_value(one.label, below):
                value, taken = below.text, 1
                parsed.rest.append((below.whole, _LABEL))
        _one_label(head, one, value, row)
    parsed.rest.append((row.whole, _LABEL))
    return taken


def _is_value(label: Label, below: Row) -> bool:
    """Whether the line below a label without a value is its value."""
    text = below.bare
    if below.label or below.cells or len(text) > 60 or re.search("[。；]|[:：]$", text):
        return False
    if label.field in ("source.date", "reply.date"):
        return bool(read_date(text))
    if label.kind == "furniture":
        return bool(re.fullmatch(r"[\d\s次]{1,10}", text))
    if label.field == "rating":
        return bool(read_grade(text)) or len(text) <= 4
    return label.kind == "field" and len(text) <= 40


def _one_label(head: _Head, one: Labelled, value: Excerpt, row: Row) -> None:  # noqa: PLR0912
    # one branch a kind of label
    draft, parsed, titles = head.draft, head.parsed, head.titles
    label = one.label
    if label.kind == "contact":
        parsed.rest.append((one.words + value, "联系人和联系方式"))
    elif label.kind == "furniture" or label.field == "session":
        parsed.rest.append(
            (
                one.words + value,
                "网站的栏目信息" if not re.match("抄|主送|报送", label.word) else "抄送名单",
            )
        )
    elif label.field == "title":
        if value and not titles:
            titles.append((value, [row]))
        else:
            parsed.rest.append((one.words + value, "与标题重复"))
    elif label.field == "rating":
        if not take(draft, label, value):
            parsed.rest.append((value, "文件的类别，不是等级"))
            if re.search("结果|评价|办理|答复", label.word) and value:
                draft.review(
                    "ratings", f"“{label.word}”写作“{value.text[:20]}”，不是等级，没有放进字段"
                )
    elif label.field in ("source.name", "reply.unit"):
        words = _before_buttons(value)
        if not take(draft, label, words):
            parsed.rest.append((value, "与来源重复"))
        parsed.rest.append((value, "网站的按钮"))
    elif label.field in ("source.date", "reply.date"):
        found = _DATE_FIRST.match(value.text)
        if not take(draft, label, value.group(found, "d") if found else value):
            reason = "重复的日期" if found or read_date(value.text) else "看不清的日期"
            parsed.rest.append((value, reason))
            if not found and value:
                draft.review(label.field, f"日期写作“{value.text[:20]}”，看不清，没有猜")
        parsed.rest.append((value, "网站的栏目信息"))
    elif label.kind == "section" or not take(draft, label, _before_buttons(value)):
        parsed.rest.append((one.words + value, "没有放进字段的栏目信息"))
        if value and label.kind == "field":
            draft.review(label.field, f"“{label.word}”写作“{value.text[:30]}”，没有放进字段")


def _before_buttons(value: Excerpt) -> Excerpt:
    """`交通局 打印`: what stands behind a blank is a button of the page."""
    found = re.search(
        r"[\s\u3000]+(?=[【\[（(]?\s*(?:打印|关闭|字[号体]|分享|浏览|阅读|点击|大\s|收藏|保存|作者|责任编辑|访问))|[\s\u3000]*[|丨].*$",
        value.text,
    )
    return value.cut(0, found.start()).strip(BLANKS + "【[（(") if found else value


def _dated(row: Row, text: Excerpt, draft: Draft, parsed: Parsed) -> None:
    found = _DATE_FIRST.match(text.text)
    if found and not draft.fields.get("source.date"):
        take(draft, Label("source.date", "日期"), text.group(found, "d"))
    parsed.rest.append((row.whole, "网站的日期和栏目信息"))


def _numbers_and_grade(words: Excerpt, draft: Draft, parsed: Parsed) -> bool:
    """A line, or what stands before a label, that holds the number of the letter or a grade."""
    text = words.text
    letter = DOCUMENT_NUMBER.search(text)
    left = [words]
    if letter:
        if draft.fields.get("reply.no"):
            parsed.rest.append((words.group(letter), "重复的文号"))
            if plain(letter[0]) != plain(draft.first("reply.no")):
                draft.review("reply.no", f"另有一个文号“{letter[0].strip()}”，请看用哪个")
        else:
            draft.add("reply.no", Value.of(words.group(letter).strip()))
        left = [words.cut(0, letter.start()), words.cut(letter.end())]
    found_grade = False
    for part in (one.strip(BLANKS + "*") for one in left):
        found = _GRADE_WORDS.fullmatch(part.text) if part else None
        if not found:
            continue
        word = found["word"].strip()
        label = classify(word) if word else Label("rating", "等级")
        if label and label.field == "rating" and (grade := read_grade(found["g"])):
            turn = label.round or len(draft.fields.get("ratings", ())) + 1
            if any(value.text == grade for value in draft.fields.get("ratings", ())):
                parsed.rest.append((part, "重复的等级"))
            else:
                draft.add(
                    "ratings", Value(grade, part.group(found, "g"), more=(("round", str(turn)),))
                )
            found_grade = True
    if not letter and not found_grade:
        return False
    parsed.rest.append((words, "文号和等级旁边的字"))
    return True


def _columns(text: Excerpt) -> list[Labelled]:
    """Labels without colons, set in columns: `公开日期  2021-04-07  失效日期`."""
    cells = text.split(_COLUMN_GAP)
    if len(cells) < 2 or len(text) > 120:
        return []
    found: list[Labelled] = []
    index = 0
    while index < len(cells):
        label, width = None, 1
        for width in (3, 2, 1):
            words = joined(cells[index : index + width])
            if index + width <= len(cells) and len(words) <= 10 and (label := classify(words.text)):
                break
        if label and label.kind != "section" and len(label.word) > 1:
            found.append(Labelled(label, joined(cells[index : index + width]), Excerpt()))
            index += width
        elif found:
            last = found[-1]
            found[-1] = Labelled(last.label, last.words, last.value + cells[index])
            index += 1
        else:
            return []
    return found


# -- of several titles, one -----------------------------------------------------------------------


def _folded(text: str) -> str:
    return re.sub(r"[\s*#《》]", "", plain(text))


def _choose(titles: list[tuple[Excerpt, Sequence[Row]]], draft: Draft, parsed: Parsed) -> Excerpt:
    if not titles:
        return Excerpt()
    chosen, rows = titles[0]
    title, stray = read_title(chosen)
    draft.add("title", Value.of(title))
    if stray and len(titles) == 1:
        draft.review(
            "title",
            "标题里的空格像是排版换行留下的，已去掉：" + "；".join(f"“{one}”" for one in stray),
        )
    parsed.rest += ((row.whole, "标题的标记") for row in rows)
    for other, others in titles[1:]:
        parsed.rest += ((row.whole, "与标题重复") for row in others)
        if _folded(other.text) not in _folded(title.text) and _folded(title.text) not in _folded(
            other.text
        ):
            draft.review("title", f"文中另有一个标题写作“{_folded(other.text)}”")
    return title


def _letterhead(units: list[Row], draft: Draft, parsed: Parsed) -> None:
    """`潼关县民政局文件` above a letter names the office, where the signature does not."""
    for row in units:
        text = row.text
        found = re.search(r"\s*文\s*件\s*$", text.text)
        name = text.cut(0, found.start()) if found else text
        if draft.fields.get("reply.unit") or draft.fields.get("letterhead"):
            parsed.dropped.append((row.whole, "文头"))
        else:
            draft.add("letterhead", Value.of(name.without(re.compile(r"\s+"))))
            parsed.rest.append((row.whole, "文头"))
