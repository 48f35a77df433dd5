"""Reply letters: a head (title, numbers, grade), the addressee, the answer, a dated signature.

The addressee is the hinge: what stands above is the head, what stands below the answer, and what
stands below its last sentence the tail. Which of these parts there are, and in which order their
lines come, differs from office to office.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from broadsheet.manuscripts.drafts import Draft, Parsed, Value
from broadsheet.manuscripts.excerpt import BLANKS, Excerpt
from broadsheet.manuscripts.forms.letter_head import read_head, reply_title
from broadsheet.manuscripts.forms.letter_tail import read_tail, tail_start
from broadsheet.manuscripts.forms.masthead import find_organ, find_region, find_session
from broadsheet.manuscripts.forms.offices import REGION_OF_UNIT, SHORT_UNIT, UNIT
from broadsheet.manuscripts.forms.recognise import ADDRESSED, REPLIED, addressee
from broadsheet.manuscripts.paragraphs import Flow
from broadsheet.manuscripts.rows import Row
from broadsheet.manuscripts.values import (
    NUMBER_IN_TITLE,
    plain,
    proposer_type,
    read_grade,
    read_names,
    read_number,
)

_DEAR = re.compile(r"^[\s\u3000]*(?:尊\s*敬\s*的|敬爱的|致)\s*[:：]?")
_OF_PROPOSAL = re.compile(r"(?:提案|建议|议案|编号|案号)[^，。；]{0,3}$|[（(〔\[]\s*$")
_NOBODY = re.compile(r"^(?:各位|全体|有关|诸位)")
_PROPOSAL = re.compile(r"[《“\"](?P<t>[^《》“”\"]{4,80})[》”\"]")
_WITH = re.compile(
    r"(?:会同|会商|经商|商请|协同|联合|经与|商)(?P<units>[^，。；,;:：]{2,120}?)(?=等|(?:共同|认真|联合|一并|进行|协商|协调|沟通)?(?:研究|办理|答复|会办|协商|提出|处理|商议|沟通)|[，。；,;]|$)"
)
_IN_TEXT = re.compile(
    r"(?:办理结果|办理类别|答复类别|分类|类别)(?:定)?(?:为|是|属|[:：])\s*[“\"（(]?(?P<g>[A-DＡ-Ｄ][0-9]?)[”\")）]?\s*类?"
)
_REMARK = re.compile(
    r"[〔（(【\[](?:来源)?(?:以下|下文|以上)?(?:摘录|节选|略)[^〔〕（）()【】\[\]]{0,20}[〕）)】\]]$"
)


def parse_letter(rows: Sequence[Row], parsed: Parsed) -> list[Row]:
    """Fill `parsed.drafts` with the letters; what is said of their session goes to the masthead."""
    for part in _letters(rows):
        parsed.drafts.append(_letter(part, parsed))
    _session(parsed)
    return []


def _letters(rows: Sequence[Row]) -> list[Sequence[Row]]:
    """One letter after another in the same file: each with an addressee and a title above it."""
    starts = [0]
    position = addressee(rows)
    while position is not None:
        after = position + 1
        following = addressee(rows[after:])
        if following is None:
            break
        titles = [n for n in range(after, after + following) if reply_title(rows, n)]
        if titles:
            start = titles[0]
            while (
                start > after + 1
                and not rows[start].gap
                and len(rows[start - 1].bare) < 40
                and "。" not in rows[start - 1].bare
            ):
                start -= 1
            starts.append(start)
        position = after + following
    return [rows[a:b] for a, b in zip(starts, [*starts[1:], len(rows)], strict=True)]


def _letter(rows: Sequence[Row], parsed: Parsed) -> Draft:
    draft, flow = Draft("reply", rows[0].index), Flow(headlines=parsed.headlines)
    hinge = addressee(rows)
    body_start = hinge + 1 if hinge is not None else _first_words(rows)
    head_end = hinge if hinge is not None else body_start
    while (
        hinge is not None
        and head_end > 0
        and re.search("[、，,]$", rows[head_end - 1].bare)
        and len(rows[head_end - 1].bare) < 80
        and not rows[head_end - 1].label
    ):
        head_end -= 1  # the names of the addressees stand on several lines
    end = tail_start(rows, body_start)
    title = read_head(rows[:head_end], draft, parsed, flow)
    flow.enter("办理答复")
    if hinge is not None:
        _addressee(rows[head_end : hinge + 1], draft, parsed, flow)
    for row in rows[body_start:end]:
        if row.cells:
            flow.add_table_row(row)
            continue
        parsed.rest.append((row.whole, "行首行尾的标记"))
        text = row.text
        if found := _REMARK.search(text.text):
            parsed.dropped.append((text.group(found), "摘录或排印说明"))
            text = text.cut(0, found.start())
        flow.add(text, heading=bool(row.level))
    read_tail(rows[end:], draft, parsed)
    draft.sections.update(flow.sections)
    parsed.joins += flow.joins
    _number(draft, title)
    _hosts(draft, title)
    _from_text(draft)
    if date := draft.fields.get("reply.date"):
        draft.add("date", Value(date[0].text, date[0].excerpt, again=True))
    return draft


def _first_words(rows: Sequence[Row]) -> int:
    """Where the answer of a letter without an addressee begins."""
    for position, row in enumerate(rows):
        if (
            REPLIED.search(row.bare)
            and len(row.bare) > 20
            and not reply_title(rows, position)
            and not row.label
        ):
            return position
    titles = [n for n in range(len(rows)) if reply_title(rows, n)]
    return titles[-1] + reply_title(rows, titles[-1]) if titles else 0


# -- the addressee --------------------------------------------------------------------------------


def _address(rows: Sequence[Row], parsed: Parsed) -> tuple[Excerpt, Excerpt]:
    """The words of the address, and what follows them on their line."""
    words = Excerpt()
    rest = Excerpt()
    for row in rows:
        if found := ADDRESSED.match(row.text.text):
            rest = row.text.group(found, "rest")
            words += row.text.cut(0, found.start("rest"))
        else:
            words += row.text
        parsed.rest.append((row.whole, "称呼里的敬辞和标点"))
    words = words.strip(BLANKS + "*:：;；,，")
    if found := _DEAR.match(words.text):
        words = words.cut(found.end())
    return words, rest


def _addressee(rows: Sequence[Row], draft: Draft, parsed: Parsed, flow: Flow) -> None:
    words, rest = _address(rows, parsed)
    if rest:
        flow.add(rest)
    if found := re.search(r"(委员|代表)(?:们|同志)?$", words.text):
        draft.organ = "cppcc" if found[1] == "委员" else "npc"
    if draft.fields.get("proposers") or _NOBODY.match(words.text) or not words:
        return
    names = read_names(words)
    for name in names.names:
        kind = proposer_type(name.text)
        draft.add("proposers", Value(name.text, name, more=(("type", kind),) if kind else ()))
        if re.search(r"[0-9?？□*×#]", name.text):
            draft.review("proposers", f"“{name.text}”里有看不清的字")
    if names.more:
        draft.add("proposers_more", Value(str(names.more), words, again=True))
    if names.open:
        draft.review("proposers_more", f"称呼写“{words.text[:24]}”，没有写还有几位")
    if 0 < (names.total or 0) < len(names.names):
        draft.review("proposers", f"称呼写“{words.text[:24]}”，人数比写出的姓名还少")
    if names.notes:
        draft.review("proposers", f"姓名旁的“{'、'.join(names.notes)}”没有放进字段")


# -- what follows from the whole ------------------------------------------------------------------


def _number(draft: Draft, title: Excerpt) -> None:
    """The number of the proposal: from a label, the title, or the first sentence."""
    if draft.fields.get("number"):
        return
    stated = _stated(title)
    first = next(iter(draft.blocks), None)
    in_text = _stated(first.excerpt, body=True) if first else None
    chosen = stated or in_text
    if not chosen:
        if re.search("来信号|来信|号提案|号建议", title.text):
            draft.review("number", f"标题里没有看得清的提案号：“{title.text[-24:]}”")
        letter = draft.first("reply.no")
        if found := re.search(r"[〕\]】）)]\s*第?\s*(?P<n>[闭平会]\s*\d{1,5})\s*号", letter):
            value = draft.fields["reply.no"][0]
            draft.add(
                "number",
                Value(
                    plain(found["n"]),
                    value.excerpt.group(found, "n")
                    if value.excerpt.text == letter
                    else value.excerpt,
                    again=True,
                ),
            )
            draft.review("number", f"提案号取自文号“{letter}”，请确认")
        return
    number, excerpt, more = chosen
    draft.add("number", Value(number, excerpt, again=True))
    for other in more:
        draft.add("merged_numbers", Value(other, excerpt, again=True))
    if more:
        draft.review("merged_numbers", "标题里有几个提案号，第一个作提案号，其余作并案，请确认")
    if stated and in_text and _bare(stated[0]) != _bare(in_text[0]):
        draft.review("number", f"标题写第{stated[0]}号，正文写第{in_text[0]}号，取了标题的")


def _bare(number: str) -> str:
    return number.lstrip("0") or number


def _stated(text: Excerpt, *, body: bool = False) -> tuple[str, Excerpt, list[str]] | None:
    """The number that a title or the first sentence names, and further ones beside it."""
    words = text.text if len(text) < 400 else text.text[:400]
    # what a pattern finds must be found in the text with its blanks
    for found in NUMBER_IN_TITLE.finditer(words):
        for group in "abcdef":
            if found[group]:
                number = plain(found[group])
                if group == "e" and body and not _OF_PROPOSAL.search(words[: found.start()]):
                    continue  # of an order, a road, a building
                if re.fullmatch("[零〇一二三四五六七八九十百]+", number) and group in "cde":
                    continue
                more = [
                    plain(one) for one in re.findall(r"[A-Za-z]{0,3}\d{1,6}", found["more"] or "")
                ]
                return number, text.group(found, group), more
    return None


def _hosts(draft: Draft, title: Excerpt) -> None:
    """Who answers: a label, the signature, the letterhead, at last the source of the page."""
    if draft.fields.get("hosts"):
        return
    if unit := draft.fields.get("reply.unit"):
        for value in unit[:1]:
            draft.add("hosts", Value.of(value.excerpt, again=True))
        return
    found = re.match(rf"(?P<u>{UNIT.pattern})(?=关于|对)", title.text)
    if found and len(found["u"]) >= 4:
        draft.add("hosts", Value.of(title.group(found, "u"), again=True))
        return
    source = draft.fields.get("source.name")
    if source and UNIT.fullmatch(plain(source[0].text)):
        draft.add("hosts", Value.of(source[0].excerpt, again=True))
        draft.review("hosts", f"原文没有落款，按网页的来源写作“{source[0].text}”，请确认")


def _from_text(draft: Draft) -> None:
    """Co-hosts and a grade that only the text names."""
    for block in draft.blocks[:2]:
        if draft.fields.get("co_hosts"):
            break
        for found in _WITH.finditer(block.excerpt.text):
            units = _apart(block.excerpt.group(found, "units"))
            if units and all(SHORT_UNIT.fullmatch(unit.text) for unit in units):
                for unit in units:
                    draft.add("co_hosts", Value.of(unit, again=True))
                if block.excerpt.text[found.end() : found.end() + 1] == "等":
                    draft.review("co_hosts", "原文在这些单位后面写了“等”，没有写全")
                break
    if not draft.fields.get("ratings"):
        for block in draft.blocks:
            stated = _IN_TEXT.search(block.excerpt.text)
            if stated and (grade := read_grade(stated["g"])):
                draft.add(
                    "ratings",
                    Value(
                        grade, block.excerpt.group(stated, "g"), again=True, more=(("round", "1"),)
                    ),
                )
                draft.review("ratings", f"等级取自正文“{stated[0]}”，请确认")
                break


def _apart(words: Excerpt) -> list[Excerpt]:
    """`工业和信息化部、财政部和科技部`: 和 is between two offices, or in the name of one."""
    units: list[Excerpt] = []
    for part in words.split(re.compile("、")):
        halves = [part]
        for found in re.finditer("[和与及]", part.text):
            two = [part.cut(0, found.start()).strip(), part.cut(found.end()).strip()]
            if all(SHORT_UNIT.fullmatch(half.text) for half in two):
                halves = two
        units += halves
    return units


def _session(parsed: Parsed) -> None:
    """Session, region and organ, where all letters of the file agree."""
    sessions, regions, organs = set(), set(), set()
    for draft in parsed.drafts:
        title = draft.first("title")
        first = next((block.excerpt.text for block in draft.blocks), "")
        sessions.add(find_session(title) or find_session(first[:200]))
        region = find_region(title)
        host = REGION_OF_UNIT.match(draft.first("hosts"))
        place = host["place"] if host else ""
        regions.add(place if not region or place.endswith(region) else region)
        organs.add(draft.organ or find_organ(title) or find_organ(first))
    masthead = parsed.masthead
    if len(regions) == 1 and (region := regions.pop()):
        masthead.add("region", Value(region, Excerpt(), again=True))
    if len(organs) == 1 and (organ := organs.pop()):
        masthead.add("organ", Value(organ, Excerpt(), again=True))
    if len(sessions) == 1 and (session := sessions.pop()):
        masthead.add("session.term", Value(str(session[0]), Excerpt(), again=True))
        masthead.add("session.meeting", Value(str(session[1]), Excerpt(), again=True))


__all__ = ["parse_letter", "read_number"]
