"""The labelled fields of a piece: from the words behind a label to values of front matter."""

from __future__ import annotations

import re
from collections.abc import Callable

from broadsheet.manuscripts.drafts import Draft, Value
from broadsheet.manuscripts.excerpt import BLANKS, Excerpt
from broadsheet.manuscripts.labels import Label
from broadsheet.manuscripts.values import (
    HAN,
    proposer_type,
    read_date,
    read_grade,
    read_names,
    read_number,
    read_result,
)

Reader = Callable[[Draft, Label, Excerpt], bool]

_NONE = re.compile(r"[\s\-—－/／无]*|空|暂无|略|〔略〕")
_BLANK = re.compile(f"[{BLANKS}]+")
_ROLE = re.compile(r"\s*[（(](?:主办|承办|牵头|会办|协办|配合|参与)(?:单位|部门)?[)）]$")
_UNITS = re.compile(r"[、，,；;/]|(?<=[\s\u3000])(?=\S)")
_LIST = re.compile(r"[、，,；;]")
_ROUNDS = re.compile(
    r"(?:(?:第?(?P<n>[一二三四五1-5])[轮次]|(?P<t>初|首|再|复|终)(?:次|轮)?评?)[^:：A-DＡ-Ｄ，,；;]{0,10}[:：为]?\s*)?[（(]?(?P<g>[A-DＡ-Ｄ])\s?(?P<s>[0-9])?[)）]?(?:类|级|等)?(?:[（(][^（）()]{1,8}[)）])?"
)
_TURNS = {"初": 1, "首": 1, "再": 2, "复": 2, "终": 2}
_PEOPLE_POST = re.compile(
    rf"(?P<post>[{HAN}]{{0,20}}(?:主席|副主席|书记|副书记|主任|副主任|区长|副区长|市长|副市长|县长|副县长|秘书长|副秘书长|常委|部长|党组成员))(?P<name>[{HAN}]{{2,4}}|[{HAN}]\s+[{HAN}])"
)


def take(draft: Draft, label: Label, value: Excerpt) -> bool:
    """Put what stands behind a label into its field; False where it is no value of that field."""
    value = value.strip(BLANKS + "*")
    if not value or _NONE.fullmatch(value.text):
        return True
    reader = _READERS.get(label.field)
    return reader(draft, label, value) if reader else False


def _proposers(draft: Draft, label: Label, value: Excerpt) -> bool:
    found = read_names(value)
    if not found.names or any(len(name) > 40 for name in found.names):
        return False
    for name in found.names:
        kind = proposer_type(name.text)
        draft.add("proposers", Value(name.text, name, more=(("type", kind),) if kind else ()))
    if found.total is not None and found.more:
        draft.add("proposers_more", Value(str(found.more), value, again=True))
    if found.total is not None and found.total < len(found.names):
        draft.review("proposers", f"原文写“{value.text}”，人数比写出的姓名还少")
    if found.open:
        draft.review("proposers_more", f"原文写“{_short(value.text)}”，没有写还有几位")
    if found.notes:
        draft.review("proposers", f"姓名旁的“{'、'.join(found.notes)}”没有放进字段")
    for name in found.names:
        if re.search(r"[0-9?？□*×]", name.text):
            draft.review("proposers", f"“{name.text}”里有看不清的字")
    return True


def _speaker(draft: Draft, label: Label, value: Excerpt) -> bool:
    names = read_names(value).names
    if not names or draft.fields.get("speaker"):
        return False
    draft.add("speaker", Value.of(names[0]))
    if len(names) > 1:
        draft.review("speaker", f"原文写了几位发言人：{value.text}")
        return len(value) < 60
    return True


def _units(key: str) -> Reader:
    def read(draft: Draft, label: Label, value: Excerpt) -> bool:
        text = value.text
        if len(text) > 120 or "。" in text.rstrip("。"):
            return False
        for unit in units(value):
            note = _ROLE.search(unit.text)
            name = unit.cut(0, note.start()) if note else unit
            helps = note and re.search("会|协|配合|参与", note[0])
            draft.add("co_hosts" if helps else key, Value.of(name))
        return True

    return read


def units(value: Excerpt) -> list[Excerpt]:
    """`市规划局、市建设局`, also with blanks between them."""
    value = value.strip(BLANKS + "。;；,，、")
    parts = value.split(_LIST)
    if len(parts) == 1 and re.search(r"\S\s+\S", value.text):
        by_blank = value.split(_UNITS)
        if all(len(part) >= 3 for part in by_blank):
            parts = by_blank
    return [part for part in parts if re.search(r"\w", part.text)]


def _supervisors(draft: Draft, label: Label, value: Excerpt) -> bool:
    if len(value) > 120 or "。" in value.text.rstrip("。"):
        return False
    for part in value.strip("。").split(_LIST):
        found = _PEOPLE_POST.fullmatch(part.text)
        spaced = re.fullmatch(
            rf"(?P<a>[{HAN}]{{2,20}})[\s（(]+(?P<b>[{HAN}、]{{2,30}})[)）]?", part.text
        )
        if found:
            add_supervisor(draft, part.group(found, "name"), part.group(found, "post"))
        elif spaced and len(spaced["a"]) <= 4 < len(spaced["b"]):
            add_supervisor(draft, part.group(spaced, "a"), part.group(spaced, "b"))
        elif spaced and len(spaced["b"]) <= 4 and len(spaced["a"]) >= 4:
            add_supervisor(draft, part.group(spaced, "b"), part.group(spaced, "a"))
        else:
            for name in read_names(part).names:
                add_supervisor(draft, name, Excerpt())
    return True


def add_supervisor(draft: Draft, name: Excerpt, post: Excerpt, again: bool = False) -> None:
    name = name.without(_BLANK)
    draft.add("supervisors", Value(name.text, name, again))
    if post:
        # kept beside the name: the last supervisor is the one that it belongs to
        index = len(draft.fields["supervisors"]) - 1
        draft.add(f"supervisors.{index}.post", Value(post.text, post, again))


def _number(draft: Draft, label: Label, value: Excerpt) -> bool:
    number = read_number(value.text)
    if not number or draft.fields.get("number"):
        return False
    draft.add("number", Value(number, value))
    return True


def _rating(draft: Draft, label: Label, value: Excerpt) -> bool:
    found_first = re.match(r"(\S+)[\s\u3000]+\S{1,8}$", value.text)
    if found_first and read_grade(found_first[1]):  # 公开 or the like behind it
        value = value.group(found_first, 1)
    grade = read_grade(value.text)
    if grade:
        turn = label.round or len(draft.fields.get("ratings", ())) + 1
        draft.add("ratings", Value(grade, value, more=(("round", str(turn)),)))
        return True
    if grade := read_result(value.text):
        turn = label.round or len(draft.fields.get("ratings", ())) + 1
        draft.add("ratings", Value(grade, value, more=(("round", str(turn)),)))
        draft.review("ratings", f"原文写作“{value.text}”，取了其中的等级 {grade}，请确认")
        return True
    found = list(_ROUNDS.finditer(value.text))
    rest = _ROUNDS.sub("", value.text)
    if found and not re.sub(r"[\s、，,；;。()（）:：*]", "", rest):
        for position, one in enumerate(found, len(draft.fields.get("ratings", ())) + 1):
            turn = (
                "一二三四五".find(one["n"]) + 1
                if one["n"] and one["n"] in "一二三四五"
                else int(one["n"] or 0)
            )
            turn = turn or _TURNS.get(one["t"] or "", 0) or position
            grade = read_grade(one["g"] + (one["s"] or ""))
            draft.add("ratings", Value(grade, value.group(one), more=(("round", str(turn)),)))
        return True
    return False


def _satisfaction(draft: Draft, label: Label, value: Excerpt) -> bool:
    if len(value) > 24 or "满意" not in value.text or draft.fields.get("satisfaction"):
        return False
    draft.add("satisfaction", Value.of(value.strip("。")))
    return True


def _single(key: str, longest: int = 60) -> Reader:
    def read(draft: Draft, label: Label, value: Excerpt) -> bool:
        if draft.fields.get(key) or len(value) > longest:
            return False
        draft.add(key, Value.of(value))
        return True

    return read


def _date(key: str) -> Reader:
    def read(draft: Draft, label: Label, value: Excerpt) -> bool:
        text = read_date(value.text)
        if not text or draft.fields.get(key):
            return False
        draft.add(key, Value(text, value))
        return True

    return read


def _signer(draft: Draft, label: Label, value: Excerpt) -> bool:
    names = read_names(value).names
    if not names or draft.fields.get("reply.signer") or len(names[0]) > 12:
        return False
    draft.add("reply.signer", Value.of(names[0]))
    return True


def _merged_numbers(draft: Draft, label: Label, value: Excerpt) -> bool:
    parts = value.split(_LIST)
    numbers = [read_number(part.text) for part in parts]
    if not all(numbers):
        return False
    for part, number in zip(parts, numbers, strict=True):
        draft.add("merged_numbers", Value(number, part))
    return True


def _keywords(draft: Draft, label: Label, value: Excerpt) -> bool:
    for word in value.strip("。").split(_UNITS):
        draft.add("keywords", Value.of(word))
    return True


def _url(draft: Draft, label: Label, value: Excerpt) -> bool:
    if not re.fullmatch(r"https?://[^\s<>\"]+", value.text) or draft.fields.get("source.url"):
        return False
    draft.add("source.url", Value.of(value))
    return True


def _source_name(draft: Draft, label: Label, value: Excerpt) -> bool:
    if value.text.startswith(("http://", "https://")):
        return _url(draft, label, value)
    if draft.fields.get("source.name"):
        return False
    draft.add("source.name", Value.of(value))
    return True


_READERS: dict[str, Reader] = {
    "proposers": _proposers,
    "speaker": _speaker,
    "hosts": _units("hosts"),
    "co_hosts": _units("co_hosts"),
    "supervisors": _supervisors,
    "number": _number,
    "rating": _rating,
    "satisfaction": _satisfaction,
    "reply.no": _single("reply.no"),
    "reply.date": _date("reply.date"),
    "reply.unit": _single("reply.unit"),
    "signer": _signer,
    "source.date": _date("source.date"),
    "source.name": _source_name,
    "source.page": _single("source.page", 20),
    "source.url": _url,
    "merged_numbers": _merged_numbers,
    "keywords": _keywords,
    "summary": _single("summary", 400),
}


def _short(text: str) -> str:
    return text if len(text) <= 24 else text[:24] + "……"
