"""Folding: what makes a query and a text alike before they are compared.

NFKC, lower case, traditional to simplified characters; then words are what stands between blanks
and punctuation. templates/assets/search-words.js does the same in the browser, character for
character: a change here is a change there, and tests/test_browser_search.py holds them together.

A word is handled as its UTF-16 code units, because that is what a string is in the browser; a
character outside the Basic Multilingual Plane is two of them.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from itertools import pairwise
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


def simplified_blocks() -> dict[str, bytes]:
    """The same for browsers: a file for each block of 1,024 code points, 64 for all beyond U+FFFF.

    Bits: 32 that say nothing; how many characters there are and a k, 18 bits each; the distances of
    the traditional ones from each other and from the start of the block, less one (Rice, as in
    coding.py); the simplified ones, 18 bits each. Blocks without any are there too, empty, so that
    nobody asks for what is not there.
    """
    blocks: dict[int, list[tuple[int, str]]] = {block: [] for block in range(65)}
    for code, simple in sorted(simplified().items()):
        blocks[min(code >> 10, 64)].append((code, simple))
    return {str(block): _packed(pairs, block << 10) for block, pairs in blocks.items()}


def _packed(pairs: list[tuple[int, str]], start: int) -> bytes:
    if not pairs:
        return b""
    codes = [start - 1, *(code for code, _ in pairs)]
    steps = [code - before - 1 for before, code in pairwise(codes)]
    k = max(0, (sum(steps) * 2 // (len(steps) * 3)).bit_length() - 1)
    bits = f"1{0:032b}{len(steps):018b}{k:018b}"  # the first one keeps the zeros, and goes below
    bits += "".join("0" * (step >> k) + "1" for step in steps)
    bits += "".join(f"{step & (1 << k) - 1:0{k}b}" for step in steps if k)
    bits += "".join(f"{ord(simple):018b}" for _, simple in pairs)
    bits += "0" * (-(len(bits) - 1) % 8)
    return int(bits, 2).to_bytes((len(bits) - 1) // 8 + 1, "big")[1:]


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
