"""Ids of publications and cases, and names of files: given once, then kept in the record."""

from __future__ import annotations

import re
from collections.abc import Collection

from broadsheet.manuscripts.drafts import Draft, Parsed
from broadsheet.slugs import pinyin, short_hash

_CORE = re.compile(
    r"^(?:关于|对|就)?(?:进一步|加快|加强|推进|推动|加大|促进|给予|建立|做好|切实|大力)*(?P<core>.+?)(?:的?(?:若干)?(?:意见和建议|意见建议|建议|提案|议案|答复|复函|意见|思考))*$"
)
_FORM_SLUGS = {
    "reference": "reference",
    "bulletin": "news",
    "reply": "replies",
    "news": "supervision",
}


def publication_id(parsed: Parsed, manuscript: str) -> str:
    """`yuhang-12-4`, `hangzhou-npc-2025`: region and session, or what comes nearest."""
    masthead = parsed.masthead
    region = re.sub(r"(?<=..)[省市区县州旗]$", "", masthead.first("region"))
    parts = [pinyin(region).replace("-", "")] if region else []
    if not parts and masthead.first("session.term"):
        parts = [masthead.first("organ") or "session"]
    if parts and masthead.first("organ") == "npc" and parts != ["npc"]:
        parts.append("npc")
    if masthead.first("session.term"):
        parts += [masthead.first("session.term"), masthead.first("session.meeting")]
    elif masthead.first("year"):
        parts.append(masthead.first("year"))
        if issue := re.search(r"(?<!总)第(\d{1,3})期", masthead.first("title")):
            parts.append(issue[1])
    if len(parts) > 1:
        return "-".join(parts)
    if parts:
        return f"{parts[0]}-{_FORM_SLUGS.get(parsed.form, parsed.form)}"
    if parsed.form == "reply":
        return "replies"
    stem = re.sub(r"\.[^.]*$", "", manuscript.rpartition("/")[2])
    return pinyin(stem)[:40].strip("-") or f"manuscript-{short_hash(stem)}"


def case_id(publication: str, draft: Draft, position: int, taken: Collection[str]) -> str:
    """`yuhang-12-4-322` by the number of the proposal, else by the place in the publication."""
    number = pinyin(draft.first("number"))
    stem = (
        f"{publication}-{number}"
        if number and len(number) <= 20
        else f"{publication}-{position:03d}"
    )
    return _free(stem, taken)


def case_file(draft: Draft, position: int, taken: Collection[str]) -> str:
    """`001-yan-fa-tou-ru.md`: for people who look into the folder; nothing follows from it."""
    found = _CORE.match(re.sub(r"[《》“”\s]", "", draft.first("title")))
    words = pinyin(found["core"] if found else "").split("-")
    slug = "-".join(words[:6])[:40].strip("-")
    return _free(f"{position:03d}-{slug}" if slug else f"{position:03d}", taken, ".md")


def _free(stem: str, taken: Collection[str], ending: str = "") -> str:
    number = 1
    name = stem + ending
    while name in taken:
        number += 1
        name = f"{stem}-{number}{ending}"
    return name
