"""Addresses that never change: pinyin for people to read, a short hash to tell homophones apart.

A slug depends on nothing but the name and its region, so adding a case cannot change the address of
another page (王芳 and 王方 are both `wang-fang`; a rule that looked at who else is there would have
to rename one of them some day).
"""

from __future__ import annotations

import hashlib
import os
import re
from functools import lru_cache

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@lru_cache(maxsize=65536)
def pinyin(text: str) -> str:
    """Lower-case syllables, Latin words and numbers of `text`, joined by hyphens."""
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")  # single characters do; loads 5 × faster
    from pypinyin import lazy_pinyin

    # what is no Han character comes back as it was; the pattern below drops what is not ASCII
    syllables = [text] if text.isascii() else lazy_pinyin(text)
    return "-".join(re.findall(r"[a-z0-9]+", " ".join(syllables).lower()))


def slugify(text: str) -> str:
    """A folder name as an address; names that are addresses already stay as they are."""
    if re.fullmatch(r"[a-z0-9-]+", text):
        return text
    return pinyin(text) or f"x-{short_hash(text)}"


def short_hash(text: str) -> str:
    """Four characters of base 36 (1.7 million values)."""
    number = int.from_bytes(
        hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big"
    )
    return "".join(_DIGITS[number // 36**place % 36] for place in range(4))


@lru_cache(maxsize=65536)
def entity_slug(name: str, region: str) -> str:
    """`赵爱丽`, `余杭区` → `zhao-ai-li-yuhang-…`."""
    place = pinyin(re.sub(r"(?<=..)[省市区县]$", "", region)).replace("-", "")
    return "-".join(part for part in (pinyin(name), place, short_hash(f"{region}\n{name}")) if part)
