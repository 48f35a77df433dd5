"""A manuscript understood: its form, its drafts, and the account that nothing is lost."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from broadsheet.manuscripts.account import Account, placements, settle
from broadsheet.manuscripts.drafts import Block, Draft, Masthead, Parsed, Value
from broadsheet.manuscripts.forms.bulletin import parse_bulletin
from broadsheet.manuscripts.forms.letter import parse_letter
from broadsheet.manuscripts.forms.masthead import read_masthead
from broadsheet.manuscripts.forms.news import parse_news
from broadsheet.manuscripts.forms.pieces import parse_pieces
from broadsheet.manuscripts.forms.recognise import FORM_NAMES, Form, recognise
from broadsheet.manuscripts.forms.reference import parse_references
from broadsheet.manuscripts.lines import Manuscript
from broadsheet.manuscripts.paragraphs import headlines, scrub
from broadsheet.manuscripts.rows import Row, read_rows
from broadsheet.models import KIND_NAMES, REQUIRED_BY_KIND, FrontMatter, Kind


@dataclass(frozen=True)
class Understood:
    manuscript: Manuscript
    parsed: Parsed
    account: Account


def understand(manuscript: Manuscript, kind: Kind | None = None) -> Understood:
    """Read the form (or take `kind` for given) and draw up the account.

    Raises `account.UnbalancedError`, which is a defect of ours.
    """
    found = read_rows(manuscript)
    recognised = recognise(found.rows)
    form: Form = recognised.form
    reasons = list(recognised.reasons)
    if kind and kind != form:
        reasons.append(f"命令指定文种为{KIND_NAMES[kind]}")
        form = kind if form != "news" or kind not in ("key", "bulletin") else form
    parsed = Parsed(form, FORM_NAMES[form], reasons, Masthead(), [])
    parsed.headlines = headlines(found.rows, letters=form == "reply")
    parsed.dropped += found.dropped
    rows = _parse(form, found.rows, parsed)
    if not parsed.drafts:  # nothing of that form is in it: one piece, with all that there is
        parsed = Parsed(
            "reference",
            FORM_NAMES["reference"],
            [*reasons, "没有认出篇目，按一篇导入"],
            Masthead(),
            [],
        )
        parsed.dropped += found.dropped
        rows = parse_references(found.rows, parsed)
    if rows:
        text = "\n".join(line.text for line in manuscript.lines)
        read_masthead(rows, parsed, text)
    elif form != "reply":
        from broadsheet.manuscripts.forms.masthead import state_facts

        state_facts(parsed.masthead, "\n".join(line.text for line in manuscript.lines))
    for draft in parsed.drafts:
        if kind:
            draft.kind = kind
        _complete(draft, parsed, manuscript)
    _leave_out_empty(parsed)
    parsed.masthead.blocks = _scrubbed(parsed.masthead.blocks, parsed)
    parsed.joins.sort(key=lambda join: join.after)
    return Understood(manuscript, parsed, settle(manuscript, parsed))


def _parse(form: Form, rows: tuple[Row, ...], parsed: Parsed) -> list[Row]:
    if form == "reply":
        return parse_letter(rows, parsed)
    if form == "bulletin":
        return parse_bulletin(rows, parsed)
    if form == "reference":
        return parse_references(rows, parsed)
    if form == "news":
        return parse_news(rows, parsed)
    return parse_pieces(rows, parsed, form)


def _complete(draft: Draft, parsed: Parsed, manuscript: Manuscript) -> None:
    """What holds for every piece: no contact details, a title, the fields that its kind needs."""
    for section in list(draft.sections):
        kept = _scrubbed(draft.sections[section], parsed)
        if kept:
            draft.sections[section] = kept
        else:
            del draft.sections[section]
    if not draft.first("title"):
        _title_from_text(draft)
    missing = [key for key in REQUIRED_BY_KIND[draft.kind] if not draft.fields.get(key)]
    if missing:
        names = "、".join(_about(key) for key in missing)
        draft.review(
            "kind",
            f"{KIND_NAMES[draft.kind]}要写{names}，原文没有；先按参考提案导入，"
            f"补上后改回 {draft.kind}",
        )
        for key in missing:
            draft.review(key, f"原文没有{_about(key)}")
        draft.kind = "reference"


def _about(key: str) -> str:
    return {"proposers": "提案人", "hosts": "主办单位", "supervisors": "督办领导"}[key]


def _title_from_text(draft: Draft) -> None:
    """A case must have a title: the one of the proposal that the text names, or its first words."""
    for block in draft.blocks:
        found = re.search(
            r"《([^《》]{4,80})》|[“\"]((?:关于|加快|进一步)[^“”\"]{4,80})[”\"]", block.excerpt.text
        )
        if found:
            group = 1 if found[1] else 2
            draft.add("title", Value.of(block.excerpt.group(found, group), again=True))
            draft.review("title", "原文没有标题，用了正文里提到的提案名")
            return
    for block in draft.blocks:
        found = re.search(r"[^\s。！？；：，,:;]{2,40}", block.excerpt.text)
        if found:
            draft.add("title", Value.of(block.excerpt.group(found), again=True))
            draft.review("title", "原文没有标题，用了正文开头的几个字")
            return
    for block in draft.blocks:
        if found := re.search(r"\S{0,20}\w\S{0,20}", block.excerpt.text):
            draft.add("title", Value.of(block.excerpt.group(found), again=True))
            draft.review("title", "原文没有标题，用了正文里的几个字")
            return
    for key in (
        "hosts",
        "proposers",
        "number",
        "reply.no",
        "supervisors",
        "source.name",
        "co_hosts",
    ):
        if values := draft.fields.get(key):
            draft.add("title", Value.of(values[0].excerpt, again=True))
            draft.review("title", "原文没有标题，也没有正文，暂用其他字段的字")
            return


def _leave_out_empty(parsed: Parsed) -> None:
    """A piece without a title and without a word of text is none."""
    for number, draft in reversed(list(enumerate(parsed.drafts))):
        if draft.fields.get("title"):
            continue
        lone = replace(parsed, drafts=[draft], masthead=Masthead())
        reason = "没有标题也没有正文，不成一篇"
        parsed.dropped += ((excerpt, reason) for _, _, excerpt in placements(lone))
        del parsed.drafts[number]


def _scrubbed(blocks: list[Block], parsed: Parsed) -> list[Block]:
    kept = []
    for block in blocks:
        left, dropped = scrub(block)
        parsed.dropped += dropped
        if left:
            kept.append(left)
    return kept


__all__ = ["FrontMatter", "Understood", "understand"]
