"""Numbers as Word and browsers write them before the items of a list."""

from __future__ import annotations

from collections.abc import Callable

_DIGITS = "〇一二三四五六七八九"
_COUNTING = ("零一二三四五六七八九", "十百千")
_LEGAL_SIMPLIFIED = ("零壹贰叁肆伍陆柒捌玖", "拾佰仟")
_LEGAL_TRADITIONAL = ("零壹貳參肆伍陸柒捌玖", "拾佰仟")
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_BRANCHES = "子丑寅卯辰巳午未申酉戌亥"
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
    (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
# signs that run on without a gap: format, (first number, its code point, how many)
_RANGES = {
    "decimalEnclosedCircle": ((0, 0x24EA, 1), (1, 0x2460, 20), (21, 0x3251, 15), (36, 0x32B1, 15)),
    "decimalEnclosedFullstop": ((1, 0x2488, 20),),
    "decimalEnclosedParen": ((1, 0x2474, 20),),
    "ideographEnclosedCircle": ((1, 0x3280, 10),),
}
_RANGES["decimalEnclosedCircleChinese"] = _RANGES["decimalEnclosedCircle"]


def numeral(number: int, form: str) -> str:
    """`number` in a format of Word (`w:numFmt`); one that is not known is shown in digits."""
    for first, code, count in _RANGES.get(form, ()):
        if first <= number < first + count:
            return chr(code + number - first)
    if form.startswith("upper"):
        return numeral(number, f"lower{form[5:]}").upper()
    if form.endswith(("Counting", "CountingThousand")):
        return _counted(number, _COUNTING, short_ten=True)
    return _FORMS[form](number) if form in _FORMS else str(number)


def _counted(number: int, signs: tuple[str, str], *, short_ten: bool) -> str:
    """`number` in words: 二十一, 一百零五; in digits from 10,000."""
    digits, units = signs
    if not 0 < number < 10_000:
        return digits[0] if number == 0 else str(number)
    text, gap = "", False
    for power in range(len(str(number)) - 1, -1, -1):
        digit = number // 10**power % 10
        if digit:
            text += (digits[0] if gap else "") + digits[digit] + (units[power - 1] if power else "")
        gap = not digit and bool(text)
    if short_ten and text.startswith(digits[1] + units[0]):
        text = text[1:]
    return text


def _roman(number: int) -> str:
    if not 0 < number < 4000:
        return str(number)
    text = ""
    for value, letters in _ROMAN:
        count, number = divmod(number, value)
        text += letters * count
    return text


def _letters(number: int) -> str:
    """a to z, then aa, bb, …: as Word counts."""
    if not 0 < number < 27 * 26:
        return str(number)
    return chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)


def _one_of(signs: str, number: int) -> str:
    return signs[number - 1] if 0 < number <= len(signs) else str(number)


def _digit_by_digit(number: int) -> str:
    return "".join(_DIGITS[int(digit)] for digit in str(number))


def _full_width(number: int) -> str:
    return "".join(chr(ord(digit) + 0xFEE0) for digit in str(number))


_FORMS: dict[str, Callable[[int], str]] = {
    "none": lambda number: "",
    "bullet": lambda number: "",
    "decimalZero": lambda number: f"{number:02}",
    "decimalFullWidth": _full_width,
    "decimalFullWidth2": _full_width,
    "lowerRoman": _roman,
    "lowerLetter": _letters,
    "numberInDash": lambda number: f"- {number} -",
    "hex": lambda number: f"{number:X}",
    "ideographDigital": _digit_by_digit,
    "taiwaneseDigital": _digit_by_digit,
    "chineseLegalSimplified": lambda n: _counted(n, _LEGAL_SIMPLIFIED, short_ten=False),
    "ideographLegalTraditional": lambda n: _counted(n, _LEGAL_TRADITIONAL, short_ten=False),
    "ideographTraditional": lambda number: _one_of(_STEMS, number),
    "ideographZodiac": lambda number: _one_of(_BRANCHES, number),
    "ideographZodiacTraditional": lambda n: _STEMS[(n - 1) % 10] + _BRANCHES[(n - 1) % 12],
}
