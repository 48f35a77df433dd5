"""The last proof before anything is written: a case file reads back as what was meant."""

from __future__ import annotations

import re
from collections.abc import Sequence

from broadsheet import frontmatter
from broadsheet.frontmatter import FrontMatterError
from broadsheet.manuscripts.body import ORDER, plain_paragraphs
from broadsheet.manuscripts.cases import Written, render
from broadsheet.manuscripts.drafts import Draft
from broadsheet.manuscripts.merge import same
from broadsheet.markdown import SECTION_IDS, read_body
from broadsheet.models import FrontMatter, Theme


def prove(written: Written, draft: Draft, themes: Sequence[Theme], *, marked: bool) -> str:
    """What is wrong with a case as it would be written; empty where nothing is."""
    text = render(written)
    try:
        head, body_text, line = frontmatter.split(text)
        raw = frontmatter.parse(head)
        frontmatter.validate(FrontMatter, raw, head)
    except FrontMatterError as error:
        told = "；".join(diagnostic.message for diagnostic in error.diagnostics)
        return f"写出的前置信息读不回来（{told}）"
    for key, value in written.fields.items():
        if not same(raw.get(key), value):
            return f"字段 {key} 读回来不一样"
    body, problems = read_body(body_text, line)
    if problems:
        return f"写出的正文读回来有问题（{problems[0].message}）"
    fixed = {*SECTION_IDS, ""}
    seen = "".join(
        f"{'' if part.heading in fixed else part.heading}{''.join(part.paragraphs)}"
        for part in body.sections
    )
    meant = "".join(
        plain_paragraphs(blocks, marked=marked)
        for name in ORDER
        if (blocks := draft.sections.get(name))
    )
    one, other = _bare(meant), _bare(seen)
    if one == other:
        return ""
    at = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
    start = max(0, at - 6)
    return f"正文读回来不一样：“{one[start : at + 12]}”成了“{other[start : at + 12]}”"


def _solid(text: str) -> str:
    return re.sub(r"\s", "", text)


def _bare(text: str) -> str:
    """Without marks of emphasis and numbers of items: a reader sees them, a parser took them."""
    return re.sub(r"\*\*|(?<!\d)\d{1,3}\.", "", _solid(text))
