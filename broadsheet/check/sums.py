"""Numbers that do not add up: B822. Published totals may be wrong: they are told, never mended.

Only what the text itself says to be parts and a whole is added up, and only numbers of one unit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from itertools import accumulate

from broadsheet.models import Figure

LONGEST = 5000  # characters of a paragraph; what is longer is none
Problem = tuple[int, str]  # where in the text, from 0; what does not agree

_NUMBER = r"(?<![\d.,\-—~～第])(\d+(?:,\d{3})*(?:\.\d+)?)(?![\d.])"
_UNITS = (
    "件次|件|个|项|人次|人|位|名|家|条|篇|场|处|万元|亿元|元|公顷|平方公里|亩|公里"
    "|户|所|起|台|套|份"
)
_COUNT = re.compile(rf"{_NUMBER}\s*余?({_UNITS})")
_FILED = re.compile(rf"立案[^。；，\d]{{0,6}}?{_NUMBER}\s*件")
_DIGIT = re.compile(r"\d")
_SENTENCE = re.compile("(?<=[。！？])")
_SHARE = re.compile(r"(?:占比?|比重|比例|份额)(?:为|达|达到|是|约|约为)?\s*(\d+(?:\.\d+)?)[%％]")
_BOUNDED = re.compile(
    r"((?:满意|基本满意|立案|办结|办复|答复|见面|面商|解决|落实|采纳|覆盖|参与|合格|达标|完成|入园|出席)率)"
    r"(?:为|达|达到|是|高达|约|约为)?\s*(\d+(?:\.\d+)?)[%％]"
)
_OTHER = re.compile(
    "比|较|(?<!新)增|减|超|同比|环比|上年|去年|以上|以下|不足|最终|最后|合并|并案|每|平均"
)
_WHOLE = re.compile(
    rf"{_NUMBER}\s*({_UNITS})([^，。；、：！？\d]{{0,14}})(?:[，,、（(]?其中|[：:])"
)
_REST = re.compile(rf"(?:其余|剩余|余下|另外|其他)的?\s*{_NUMBER}\s*({_UNITS})")
_MERGED = (  # 4件……并案为2件, 将4件合并成2件, 并案4件为2件
    re.compile(
        rf"{_NUMBER}\s*件[^。；\d]{{0,40}}?(?:并案|合并|归并|并)[^。；\d，]{{0,8}}?(?:为|成)"
        rf"\s*{_NUMBER}\s*件"
    ),
    re.compile(
        rf"(?:并案|合并|归并)[^。；\d，]{{0,6}}?{_NUMBER}\s*件[^。；\d]{{0,6}}?(?:为|成)\s*{_NUMBER}\s*件"
    ),
)
_MERGED_ONLY = re.compile(rf"(?:并案|合并|归并)[^。；\d，]{{0,6}}?{_NUMBER}\s*件")
_FINAL = re.compile(rf"(?:最终|最后|实际|并案后|合并后|实有|实为)[^。；，\d]{{0,6}}?{_NUMBER}\s*件")


def number(text: str) -> Decimal:
    return Decimal(text.replace(",", ""))


def shown(value: Decimal) -> str:
    return f"{value.normalize():f}"


def of_text(text: str) -> Iterator[Problem]:
    """What does not agree in one paragraph."""
    if len(text) > LONGEST or not _DIGIT.search(text):
        return
    start = 0
    for sentence in _SENTENCE.split(text):
        if _DIGIT.search(sentence):
            for place, message in (*_shares(sentence), *_parts(sentence)):
                yield start + place, message
        start += len(sentence)
    for found in _BOUNDED.finditer(text):
        if number(found[2]) > 100:
            yield found.start(), f"{found[1]}是{found[2]}%，超过了100%"
    yield from _rate(text)
    yield from _merged(text)
    yield from _remainder(text)


def _shares(sentence: str) -> Iterator[Problem]:
    """占比57.58%、占比24.24%、占比18.18%: parts of one whole, which are at most all of it."""
    if not _SHARE.search(sentence):
        return
    clauses = []
    start = 0
    for clause in re.split("(?<=[；;])", sentence):
        clauses.append((start, list(_SHARE.finditer(clause))))
        start += len(clause)
    singles = [(at, found) for at, found in clauses if len(found) == 1]
    groups = [(at, found) for at, found in clauses if len(found) > 2]
    if not groups and len(singles) > 2:
        at, found = singles[0]
        yield from _too_much([found[0][1] for _, found in singles], at + found[0].start(1))
        return
    for at, found in groups:
        yield from _too_much([share[1] for share in found], at + found[0].start(1))


def _too_much(values: Sequence[str], place: int) -> Iterator[Problem]:
    parts: list[str] = []
    for value in values:
        parts.append(value)
        total = sum(map(number, parts), Decimal(0))
        rounding = sum(map(_half_a_step, parts), Decimal(0))
        if abs(total - 100) <= rounding:
            parts.clear()  # what follows divides the whole in another way: 男性、女性、35岁以下
    if parts and total > 100 + rounding:
        sums = " + ".join(f"{value}%" for value in parts)
        yield place, f"几个占比加起来是 {shown(total)}%，超过了100%：{sums}"


def _half_a_step(value: str) -> Decimal:
    return Decimal(5).scaleb(-1 - len(value.partition(".")[2]))


def _parts(sentence: str) -> Iterator[Problem]:
    """248件，其中A类120件、B类100件、C类30件."""
    for whole in _WHOLE.finditer(sentence):
        colon = whole[0][-1] in "：:"
        before = sentence[: whole.start()]
        if _OTHER.search(before[-6:]) or re.search("(?:其余|其他|另外|剩余)的?$", before):
            continue
        if colon and not re.search(
            "(?:共|共有|共计|合计|总计|总共|一共)[^，。；\\d]{0,8}$", before
        ):
            continue
        rest = re.sub("[（(][^（）()]*[）)]", lambda f: " " * len(f[0]), sentence[whole.end() :])
        rest = re.split("[；;。]" if "；" not in rest[:60] or not colon else "。", rest)[0]
        if re.search("并案|合并|归并|最终", rest):
            continue
        parts, others = [], False
        for clause in re.split("[，,、；;]", rest):
            found = [count for count in _COUNT.finditer(clause) if count[2] == whole[2]]
            if len(found) == 1 and not _OTHER.search(clause):
                parts.append(number(found[0][1]))
                others = others or bool(_REST.search(clause))
            elif found:
                parts.clear()  # too tangled to tell what belongs to what
                break
        total, summed = number(whole[1]), sum(parts, Decimal(0))
        if total in accumulate(parts) and not others:
            continue  # they are the whole; what follows divides it in another way
        if not parts or "包括" in rest or "含" in rest:
            continue
        if summed > total or (others and summed != total and len(parts) > 1):
            sums = " + ".join(map(shown, parts))
            name = f"{shown(total)}{whole[2]}"
            if len(parts) == 1:
                message = f"其中的 {sums}{whole[2]}多于总数 {name}"
            else:
                message = f"各项加起来是 {shown(summed)}{whole[2]}，和总数 {name}对不上：{sums}"
            yield whole.start(1), message


def _merged(text: str) -> Iterator[Problem]:
    """立案353件……其中4件并案为2件……最终立案351件."""
    merged = next(filter(None, (one.search(text) for one in _MERGED)), None)
    merged = merged or _MERGED_ONLY.search(text)
    final = _FINAL.search(text, merged.end()) if merged else None
    if not merged or not final:
        return
    earlier = [number(one[1]) for one in _FILED.finditer(text[: merged.start()])]
    before, last = number(merged[1]), number(final[1])
    if not earlier or before > earlier[-1]:
        return
    filed = earlier[-1]
    if len(merged.groups()) == 2:
        after = number(merged[2])
        if after < before:
            yield from _final(filed, before, after, last, final.start(1))
    elif not filed - before < last < filed:
        message = f"立案{shown(filed)}件，其中{shown(before)}件并案，最终不会是{shown(last)}件"
        yield final.start(1), message


def _rate(text: str) -> Iterator[Problem]:
    """意见建议380件，立案353件，立案率92.9%."""
    rate = re.search(r"立案率(?:为|达|达到|是|约|约为)?\s*(\d+(?:\.\d+)?)[%％]", text)
    filed = _FILED.search(text, 0, rate.start()) if rate else None
    before = list(_COUNT.finditer(text, 0, filed.start())) if filed else []
    if not rate or not filed or len(before) != 1 or not before[0][2].startswith("件"):
        return
    whole, part, said = number(before[0][1]), number(filed[1]), number(rate[1])
    if whole > part and abs(part * 100 / whole - said) > _half_a_step(rate[1]) * 2:
        steps = f"{shown(part)} ÷ {shown(whole)} = {part * 100 / whole:.1f}%"
        yield rate.start(1), f"立案率应是 {steps}，写的是 {rate[1]}%"


def _final(
    filed: Decimal, before: Decimal, after: Decimal, last: Decimal, place: int
) -> Iterator[Problem]:
    right = filed - before + after
    if right != last:
        steps = f"{shown(filed)} − {shown(before)} + {shown(after)} = {shown(right)}"
        yield place, f"并案以后应是 {steps}，写的是 {shown(last)}"


def _remainder(text: str) -> Iterator[Problem]:
    """意见建议380件，立案353件，其余27件作为来信."""
    for rest in _REST.finditer(text):
        counts = [found for found in _COUNT.finditer(text[: rest.start()]) if found[2] == rest[2]]
        between = text[counts[0].start() : rest.start()] if counts else ""
        if len(counts) != 2 or "其中" in between or between.count("。") > 1:
            continue
        if _OTHER.search(between):
            continue
        whole, part, left = number(counts[0][1]), number(counts[1][1]), number(rest[1])
        if whole > part and whole - part != left:
            steps = f"{shown(whole)} − {shown(part)} = {shown(whole - part)}"
            yield rest.start(1), f"其余的应是 {steps}{rest[2]}，写的是 {shown(left)}{rest[2]}"


# -- tables ---------------------------------------------------------------------------------------

_TOTAL_ROW = re.compile("^(?:合计|总计|共计|总数)$")
_CELL = re.compile(rf"^(\d+(?:,\d{{3}})*(?:\.\d+)?)\s*(?:{_UNITS})?$")


def of_table(rows: Sequence[Sequence[str]]) -> Iterator[tuple[int, int, str]]:
    """Row and column, from 0, of a total in the last row that is not the sum of its column."""
    if len(rows) < 4 or not _TOTAL_ROW.match(rows[-1][0].strip()):
        return
    for column in range(1, len(rows[-1])):
        cells = [row[column].strip() if column < len(row) else "" for row in rows[1:]]
        found = [_CELL.match(cell) for cell in cells]
        values = [number(cell[1]) for cell in found if cell]
        if len(values) != len(cells):
            continue
        summed = sum(values[:-1], Decimal(0))
        if summed != values[-1]:
            message = (
                f"这一列加起来是 {shown(summed)}，{rows[-1][0].strip()}写的是 {shown(values[-1])}"
            )
            yield len(rows) - 1, column, message


# -- figures --------------------------------------------------------------------------------------

_LABELS = {
    "received": re.compile("意见建议|^收到|^提出|^提交|提案总数|^征集"),
    "filed": re.compile("^(?:审查|经审查|共|初步)?立案(?:提案|件数|数)?$"),
    "letters": re.compile("来信|不予立案|未立案|未予立案"),
    "rate": re.compile("^立案率$"),
    "merged": re.compile("^(?:并案|合并)(?:处理|办理)?(?:的?提案|前)?$"),
    "after": re.compile("^(?:并案|合并)(?:处理|办理)?(?:后|为|成)"),
    "final": re.compile("最终|最后立案|实际立案"),
    "total": re.compile("^(?:合计|总计|共计)$"),
}


def of_figures(figures: Sequence[Figure]) -> Iterator[Problem]:
    """The published figures against each other: position of the figure, and what is wrong."""
    values: dict[str, tuple[int, Decimal]] = {}
    for position, figure in enumerate(figures):
        try:
            value = number(figure.value.strip().rstrip("%％"))
        except InvalidOperation:
            continue
        share = _is_percent(figure) and re.search("(?<!长)(?<!增)(?<!涨)率$", figure.label)
        if share and value > 100:
            yield position, f"{figure.label}是 {shown(value)}%，超过了100%"
        names = [name for name, label in _LABELS.items() if label.search(figure.label)]
        if len(names) == 1:
            values.setdefault(names[0], (position, value))

    def has(*names: str) -> list[Decimal]:
        return [values[name][1] for name in names] if values.keys() >= set(names) else []

    if known := has("received", "filed", "letters"):
        received, filed, letters = known
        if filed + letters != received:
            steps = f"{shown(filed)} + {shown(letters)} = {shown(filed + letters)}"
            yield values["received"][0], f"立案和来信加起来是 {steps}，写的是 {shown(received)}"
    if known := has("received", "filed", "rate"):
        received, filed, rate = known
        exact = filed * 100 / received if received else rate
        if abs(exact - rate) > _half_a_step(shown(rate)) * 2:
            steps = f"{shown(filed)} ÷ {shown(received)} = {exact:.1f}%"
            yield values["rate"][0], f"立案率应是 {steps}，写的是 {shown(rate)}%"
    if known := has("filed", "merged", "after", "final"):
        yield from _final(known[0], known[1], known[2], known[3], values["final"][0])
    if "total" in values:
        position, total = values["total"]
        unit = figures[position].unit
        parts = [
            number(figure.value)
            for n, figure in enumerate(figures)
            if n != position and figure.unit == unit and re.fullmatch(r"[\d.,]+", figure.value)
        ]
        if len(parts) > 1 and sum(parts, Decimal(0)) != total:
            steps = " + ".join(map(shown, parts))
            summed = shown(sum(parts, Decimal(0)))
            label = figures[position].label
            yield position, f"各项加起来是 {steps} = {summed}，{label}写的是 {shown(total)}"


def _is_percent(figure: Figure) -> bool:
    return figure.unit in ("%", "％") or figure.value.strip().endswith(("%", "％"))
