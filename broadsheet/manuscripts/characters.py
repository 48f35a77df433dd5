"""Characters that no manuscript means: control characters, and traces of text lost before."""

from __future__ import annotations

import re
from collections.abc import Iterable

from broadsheet.manuscripts.lines import Dropped, Line

# all but the tab; line ends have become lines before anyone asks
_CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]")
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")  # soft hyphens, blanks without width
_LOST = re.compile("\ufffd|锟斤拷|烫烫烫")
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010fffd]")


def is_binary(text: str) -> bool:
    """Whether there are more control characters than a text has by accident."""
    found = len(re.findall(r"[\x00-\x08\x0e-\x1f\x7f]", text))
    return "\0" in text or found > 3 + len(text) // 200


def without_controls(number: int, text: str) -> tuple[str, list[Dropped]]:
    """`text` without control characters, and those: nobody sees them, and YAML cannot hold them."""
    found = "".join(_CONTROLS.findall(text))
    if not found:
        return text, []
    return _CONTROLS.sub("", text), [Dropped(number, found, "控制字符，屏幕上看不见")]


def without_invisible(number: int, text: str) -> tuple[str, list[Dropped]]:
    """`text` as a reader of a document sees it, and the characters that only guide line breaks."""
    found = "".join(_INVISIBLE.findall(text))
    if not found:
        return text, []
    return _INVISIBLE.sub("", text), [Dropped(number, found, "看不见的字符，只管换行")]


def doubts(lines: Iterable[Line]) -> list[str]:
    """Remarks about characters that were wrong before the file came to us."""
    lost: list[int] = []
    private: list[int] = []
    for line in lines:
        if _LOST.search(line.text):
            lost.append(line.number)
        if _PRIVATE.search(line.text):
            private.append(line.number)
    remarks = []
    if lost:
        remarks.append(f"第 {_some(lost)} 行有丢了的字（显示为 � 或“锟斤拷”），来稿里就是这样")
    if private:
        remarks.append(f"第 {_some(private)} 行有自造字，网页上可能显示不出来")
    return remarks


def _some(numbers: list[int]) -> str:
    shown = "、".join(map(str, numbers[:5]))
    return f"{shown} 等 {len(numbers)}" if len(numbers) > 5 else shown
