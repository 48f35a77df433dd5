"""What a label is: the words before a colon that name a field, in all the ways offices write them.

Before words are compared, marks of Markdown, brackets and the blanks between characters are taken
out, and `:` counts as `：`. A label stands at the beginning of a line, or after blanks; it may
stand in brackets (【…】), in bold, or alone on its line with the value below it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from broadsheet.manuscripts.excerpt import BLANKS, Excerpt
from broadsheet.manuscripts.label_words import COMMON, CONTACT, FURNITURE, SECTIONS, WORDS

_MARKS = re.compile(r"[\s\u3000\u00a0\u200b\ufeff*#_【】\[\]〔〕（）()《》<>「」■●◆▲★☆·•]+")


def normal(text: str) -> str:
    """A label as it is compared: NFKC, without blanks, marks and brackets."""
    return _MARKS.sub("", unicodedata.normalize("NFKC", text)).strip(":：")


_ROUND = re.compile(
    r"(?:提案|建议)?(?:办理)?(?:情况)?第?(?P<round>[一二三四五1-5])(?:轮|次)(?:提案|建议)?(?:办理)?(?P<rest>.+)"
)
_TURNS = {"初": 1, "首": 1, "再": 2, "复": 2, "终": 2}
_TURN = re.compile(
    r"(?:提案|建议)?(?P<turn>[初首再复终])(?:次|轮)?(?P<rest>评价|评|办理评价|分类评价|办理类别|评等级)"
)
_HAN_DIGITS = "一二三四五"
_BY_WORD = {word: key for key, words in WORDS.items() for word in words}
_SECTION_BY_WORD = {word: key for key, words in SECTIONS.items() for word in words}
_PREFIX = re.compile(r"^(?:提案|建议|议案)(?:的)?(?=主办|承办|牵头|会办|协办|督办|分类|办理|答复)")
_ORDER = re.compile(r"^(?:[一二三四五六七八九十]+、|[0-9]+[.、])")


@dataclass(frozen=True, slots=True)
class Label:
    """`field` is a key of WORDS, a section, `contact` or `furniture`; `round` is of a rating."""

    field: str
    word: str
    round: int = 0
    kind: str = "field"  # field, section, contact, furniture


def classify(text: str) -> Label | None:
    """The label that `text` is, all of it; None where it is none."""
    word = normal(text).lower()
    if not word or len(word) > 24:
        return None
    for candidate in dict.fromkeys((word, _PREFIX.sub("", word))):
        if key := _BY_WORD.get(candidate):
            return Label(key, word)
        if candidate in CONTACT:
            return Label("contact", word, kind="contact")
        if section := _SECTION_BY_WORD.get(candidate):
            return Label(section, word, kind="section")
        if candidate in FURNITURE:
            return Label("furniture", word, kind="furniture")
    found = _ROUND.fullmatch(word)
    if found and _BY_WORD.get(found["rest"]) == "rating":
        digit = found["round"]
        turn = _HAN_DIGITS.index(digit) + 1 if digit in _HAN_DIGITS else int(digit)
        return Label("rating", word, turn)
    if found := _TURN.fullmatch(word):
        return Label("rating", word, _TURNS[found["turn"]])
    return None


# -- labels in a line -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Labelled:
    """A label where it stands, and what stands behind it on the line."""

    label: Label
    words: Excerpt
    value: Excerpt


_DATED = re.compile(
    r"[\s\u3000*]*(?:19|20)\d\d[-年./]\d{1,2}[-月./]\d{1,2}日?(?:\s+\d{1,2}[:：]\d{2}(?:[:：]\d{2})?)?[\s\u3000*]+"
)
_COLON = re.compile(r"[:：]")
_CANDIDATE = re.compile(r"[\w\s\u3000\u00a0*#【】\[\]（）()/、及与和■●◆▲★•·-]+$")
_BRACKETED = re.compile(
    r"^[\s\u3000*#]*(?:【(?P<a>[^【】]{1,24})】|\[(?P<b>[^\[\]]{1,24})\]|［(?P<c>[^［］]{1,24})］"
    r"|〔(?P<d>[^〔〕]{1,24})〕|「(?P<e>[^「」]{1,24})」)[*:：]*"
)
_STARTS = re.compile(r"(?<=[\s\u3000\u00a0\]】］）)*;；|])(?=\S)")
_AFTER = BLANKS + "*_|"


def find_labels(text: Excerpt) -> tuple[Excerpt, list[Labelled]]:
    """What stands before the first label of a line, and its labels with their values."""
    line = text.text
    if found := _BRACKETED.match(line):
        inside = found["a"] or found["b"] or found["c"] or found["d"] or found["e"] or ""
        label = classify(inside)
        if label and not _COLON.search(inside):
            value = text.cut(found.end()).strip(_AFTER)
            return Excerpt(), [Labelled(label, text.cut(0, found.end()), value)]
    places: list[tuple[int, int, Label]] = []
    reached = 0
    for colon in _COLON.finditer(line):
        if colon.start() < reached:
            continue
        found_label = _label_before(line, reached, colon.start())
        if found_label:
            start, label = found_label
            places.append((start, colon.end(), label))
            reached = colon.end()
    labels = []
    for index, (start, end, label) in enumerate(places):
        until = places[index + 1][0] if index + 1 < len(places) else len(line)
        value = text.cut(end, until).strip(_AFTER)
        labels.append(Labelled(label, text.cut(start, end), value))
    return text.cut(0, places[0][0] if places else len(line)), labels


def _label_before(line: str, start: int, colon: int) -> tuple[int, Label] | None:
    """The label that ends at `colon`: the longest that begins the line, or follows a blank."""
    near = max(start, colon - 48)  # no label is longer
    found = _CANDIDATE.search(line[near:colon])
    if not found:
        return None
    first = near + found.start()
    begins = [first] if first in (0, start) or line[first - 1] in "。；;)）】］]|" else []
    begins += [first + one.start() for one in _STARTS.finditer(line[first:colon])]
    begins = [begin for begin in dict.fromkeys(begins) if colon - begin <= 40]
    for begin in begins:
        label = classify(line[begin:colon])
        if not label and begin == first and first == 0:
            label = classify(_ORDER.sub("", normal(line[begin:colon])))
        if not label:
            continue
        at_start = begin < 100 and not line[:begin].strip(BLANKS + "*#【[［■●◆")
        if at_start or (
            label.kind != "section" and (start or label.word not in COMMON or _wide(line, begin))
        ):
            return begin, label
    return None


def _wide(line: str, begin: int) -> bool:
    """Whether two blanks, a bracket or a date stand before, as between the columns of a page."""
    if begin < 60 and _DATED.fullmatch(line[:begin]):
        return True
    before = line[max(0, begin - 60) : begin].rstrip("*【[［(（")
    gap = len(before) - len(before.rstrip(BLANKS))
    return gap > 1 or before[-1:] in "】］])）|" or "\u3000" in before[-1:]


def alone(text: str) -> Label | None:
    """The label that a line is, all of it, without a colon and with its value below."""
    label = classify(_ORDER.sub("", normal(text)))
    return label if label and len(label.word) > 1 else None
