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
from broadsheet.markdown import read_body
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
    seen = {section.heading: _solid("".join(section.paragraphs)) for section in body.sections}
    for name in ORDER:
        blocks = draft.sections.get(name)
        if not blocks:
            continue
        meant = plain_paragraphs(blocks, marked=marked)
        if _bare(meant) != _bare(seen.get(name, "")):
            return f"“{name or '正文'}”读回来的字和原文不一样"
    return ""


def _solid(text: str) -> str:
    return re.sub(r"\s", "", text)


def _bare(text: str) -> str:
    """Without marks of emphasis and numbers of items, which a reader sees and a parser has taken."""
    return re.sub(r"\*\*|\d+\.", "", text)
