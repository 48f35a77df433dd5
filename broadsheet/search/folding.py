"""Folding: what makes a query and a text alike before they are compared.

NFKC, lower case, traditional to simplified characters; then words are what stands between blanks
and punctuation. templates/assets/search-fold.js does the same in the browser, character for
character: a change here is a change there, and tests/test_browser_search.py holds them together.

A word is handled as its UTF-16 code units, because that is what a string is in the browser; a
character outside the Basic Multilingual Plane is two of them.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path

_ELLIPSIS = str.maketrans(
    dict.fromkeys("…‥⋯", " ")
)  # NFKC would make them dots, and a dot is no end
# what is not to be seen: Unicode's Default_Ignorable_Code_Point, `\p{DI}` in browsers
_IGNORED = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)


def fold(text: str) -> str:
    """`text` as it is compared: 醫療 is 医疗, ＡＩ is ai."""
    if not text.isascii():
        text = _IGNORED.sub("", text.translate(_ELLIPSIS))
        return unicodedata.normalize("NFKC", text).lower().translate(simplified())
    return text.lower()


@cache
def fold_alone(code: int) -> str | None:
    """A folded character that nothing beside it can change; None where its neighbours matter."""
    character = chr(code)
    folded = fold(character)
    first = folded[:1]
    joins = (
        unicodedata.category(first)[0] == "M" or "\u1100" <= first <= "\u11ff" if first else True
    )
    return None if joins or 0xD800 <= code < 0xE000 or character == "Σ" else folded


def words(text: str) -> list[str]:
    """The words of folded text: letters, digits, marks and full stops without a gap."""
    return _word_pattern().findall(text)


@cache
def simplified() -> dict[int, str]:
    """Code points of traditional characters, and the simplified character (OpenCC data)."""
    data = (Path(__file__).parent / "traditional.txt").read_text("utf-8")
    pairs = "".join(line for line in data.splitlines(keepends=True) if line[0] != "#").split()
    return {ord(pair[0]): pair[1] for pair in pairs}


def simplified_blocks() -> dict[str, str]:
    """The same for browsers: pairs of characters, in blocks of 1,024 code points.

    Blocks that have none are there too, so that nobody asks for what is not there.
    """
    blocks = {str(block): "" for block in range(64)} | {"far": ""}
    for code, simple in simplified().items():
        blocks[str(code >> 10) if code >> 10 < 64 else "far"] += chr(code) + simple
    return blocks


@cache
def word_units() -> bytes:
    """For each character up to U+FFFF, 1 if it is part of a word: letters, marks, numbers, and the
    full stop (14486.59 is one word). Beyond U+FFFF all are.
    """
    category = unicodedata.category
    units = bytearray(category(chr(code))[0] in "LMN" for code in range(0x10000))
    units[ord(".")] = 1
    return bytes(units)


@cache
def _word_pattern() -> re.Pattern[str]:
    runs = (run.span() for run in re.finditer(b"\1+", word_units()))
    ranges = "".join(f"\\u{start:04x}-\\u{end - 1:04x}" for start, end in runs)
    return re.compile(f"[{ranges}\U00010000-\U0010ffff]+")
