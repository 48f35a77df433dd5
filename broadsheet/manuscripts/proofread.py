"""Punctuation as it is printed in Chinese: half-width signs beside Han characters become wide.

One sign for one sign, so that the account of characters holds; numbers, addresses and Latin words
keep theirs.
"""

from __future__ import annotations

import re

_WIDE = str.maketrans(",;:!?", "，；：！？")
_CJK = (
    r"\u2018-\u201d\u2026\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff01-\uffe6"
    r"\U00020000-\U0003ffff"
)
_SIGN = re.compile(rf"(?<=[{_CJK}])(?P<a>[*]*)[,;:!?]|[,;:!?](?=[*]*[{_CJK}])")
_PAIR = re.compile(r"\(([^()]*)\)")
_HAN = re.compile(rf"[{_CJK}]")
_ADDRESS = re.compile(
    r"&#?\w{2,10};|(?:https?://|www\.)[^\s\u3000-\u9fff，。；（）]+|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}",
    re.ASCII,
)


def proofread(text: str) -> str:
    """`text` with as many characters as before."""
    if not re.search(r"[,;:!?()]", text):
        return text
    parts, reached = [], 0
    for found in _ADDRESS.finditer(text):
        parts += [_wide(text[reached : found.start()]), found[0]]
        reached = found.end()
    return "".join([*parts, _wide(text[reached:])])


def _wide(text: str) -> str:
    text = _SIGN.sub(lambda found: found[0].translate(_WIDE), text)
    return _PAIR.sub(lambda found: _pair(text, found), text)


def _pair(text: str, found: re.Match[str]) -> str:
    before = text[found.start() - 1 : found.start()]
    if _HAN.search(found[1]) or _HAN.match(before):
        return f"（{found[1]}）"
    return found[0]
