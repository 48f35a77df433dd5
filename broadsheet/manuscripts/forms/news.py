"""News of how a proposal is supervised: running text that names number, host and proposers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from broadsheet.manuscripts.drafts import Draft, Parsed, Value
from broadsheet.manuscripts.excerpt import BLANKS, Excerpt
from broadsheet.manuscripts.forms.fields import add_supervisor, take
from broadsheet.manuscripts.forms.offices import furniture
from broadsheet.manuscripts.paragraphs import Flow
from broadsheet.manuscripts.rows import Row
from broadsheet.manuscripts.titles import may_be_title, read_title
from broadsheet.manuscripts.values import HAN, NUMBER_IN_TITLE, plain, proposer_type, read_names

_OFFICE = rf"[{HAN}]{{2,16}}?(?:局|委|办|厅|部|院|政府|中心|处|公司|集团|会|街道|镇|乡)"
_HOSTS = re.compile(
    rf"(?:主办|承办|牵头)(?:单位|部门)(?:为|是|[:：])?(?P<u>{_OFFICE}(?:、{_OFFICE})*)"
)
_CO_HOSTS = re.compile(
    rf"(?:协办|会办)(?:单位|部门)(?:为|是|[:：])?(?P<u>{_OFFICE}(?:、{_OFFICE})*)"
)
_PROPOSERS = re.compile(
    rf"提案(?:人|者|委员)(?:为|是|[:：])?(?P<n>[{HAN}]{{2,4}}(?:、[{HAN}]{{2,4}})*?)(?P<more>等)?(?=等|委员|提出|发表|表示|代表|介绍|说|参加|出席|就|在|[，。；])"
)
_LEADERS = re.compile(
    rf"(?P<all>[{HAN}]{{2,20}}?(?:主席|书记|主任|区长|市长|县长|秘书长|常委|部长)(?:[{HAN}]{{2,3}})(?:、[{HAN}]{{0,20}}?(?:主席|书记|主任|区长|市长|县长|秘书长|常委|部长)?[{HAN}]{{2,3}})*)(?=(?:等)?(?:领导)?(?:参加|出席|带队|率队|领衔|主持|督办))"
)
_ONE_LEADER = re.compile(
    rf"(?P<post>[{HAN}]{{0,20}}(?:主席|书记|主任|区长|市长|县长|秘书长|常委|部长))?(?P<name>[{HAN}]{{2,3}})"
)


def parse_news(rows: Sequence[Row], parsed: Parsed) -> list[Row]:
    draft, flow = Draft("key", rows[0].index), Flow(headlines=parsed.headlines)
    titled = False
    for row in rows:
        text = row.bare
        if row.cells:
            flow.add_table_row(row)
            continue
        parsed.rest.append((row.whole, "行首行尾的标记"))
        label = row.label
        if label and label.kind == "field" and label.field.startswith("source") and len(text) < 120:
            for one in row.labels:
                if one.label.kind == "furniture" or not take(
                    draft, one.label, one.value.strip(BLANKS + "|")
                ):
                    parsed.rest.append((one.words + one.value, "网站的栏目信息"))
        elif furniture(text):
            parsed.dropped.append((row.text, "网站的导航和按钮"))
        elif label and label.kind in ("contact", "furniture"):
            parsed.dropped.append(
                (row.text, "联系人和联系方式" if label.kind == "contact" else "网站的栏目信息")
            )
        elif not titled and may_be_title(text.rstrip("|丨 ")):
            title, _ = read_title(row.text.strip(BLANKS + "|丨#*"))
            draft.add("title", Value.of(title))
            titled = True
        else:
            flow.add(row.text, heading=bool(row.level))
    parsed.drafts.append(draft)
    draft.sections.update(flow.sections)
    parsed.joins += flow.joins
    for block in draft.blocks:
        _names(block.excerpt, draft)
    if date := draft.fields.get("source.date"):
        draft.add("date", Value(date[0].text, date[0].excerpt, again=True))
    return []


def _names(text: Excerpt, draft: Draft) -> None:
    words = text.text
    for key, pattern in (("hosts", _HOSTS), ("co_hosts", _CO_HOSTS)):
        if not draft.fields.get(key) and (found := pattern.search(words)):
            for unit in text.group(found, "u").split(re.compile("、")):
                draft.add(key, Value.of(unit, again=True))
    if not draft.fields.get("number"):
        for found in NUMBER_IN_TITLE.finditer(words):
            group = next((g for g in "abcd" if found[g]), "")
            if group:
                draft.add(
                    "number", Value(plain(found[group]), text.group(found, group), again=True)
                )
                break
    if not draft.fields.get("proposers") and (found := _PROPOSERS.search(words)):
        for name in read_names(text.group(found, "n")).names:
            kind = proposer_type(name.text)
            draft.add(
                "proposers",
                Value(name.text, name, again=True, more=(("type", kind),) if kind else ()),
            )
        if words[found.end("n") : found.end("n") + 1] == "等":
            draft.review("proposers_more", "报道在提案人后面写了“等”，没有写还有几位")
    if not draft.fields.get("supervisors") and (found := _LEADERS.search(words)):
        for part in text.group(found, "all").split(re.compile("、")):
            if one := _ONE_LEADER.fullmatch(part.text):
                add_supervisor(draft, part.group(one, "name"), part.group(one, "post"), again=True)
        draft.review("supervisors", f"报道说“{found['all'][:30]}”参加督办，请确认是不是督办领导")
