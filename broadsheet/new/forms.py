"""The text of a new file: what is known filled in, the rest marked, a word beside each field.

A form is valid as it stands, so that it builds at once; `draft: true` keeps it from readers until
somebody has filled it in.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence

from broadsheet.models import (
    BLANK,
    KIND_NAMES,
    REQUIRED_BY_KIND,
    FrontMatter,
    Kind,
    Organ,
    PublicationMatter,
    Theme,
)

ORGAN_NAMES: dict[Organ, str] = {"cppcc": "政协", "npc": "人大"}

# the sections that a kind usually has, as the handbook lists them
SECTIONS: dict[Kind, tuple[str, ...]] = {
    "case": ("背景", "建议", "办理答复"),
    "key": ("背景", "建议", "办理答复"),
    "speech": ("观点", "建议"),
    "reference": ("背景", "建议"),
    "bulletin": ("背景",),
    "reply": ("办理答复",),
}
_ASKED = {  # what a section is to tell
    "背景": "为什么提出来：现状怎样，问题在哪里",
    "观点": "主要的看法",
    "建议": "提了哪些建议；有几条的，每条以“1. ”这样的编号开头",
    "办理答复": "哪个单位怎样答复，办到了什么程度",
}
_OFTEN = ("keywords", "summary", "date", "source", "publish_at")
OPTIONAL: dict[Kind, tuple[str, ...]] = {
    "case": ("number", "proposers_more", "co_hosts", "ratings", "satisfaction", "reply", *_OFTEN),
    "key": ("number", "proposers_more", "co_hosts", "ratings", "satisfaction", "reply", *_OFTEN),
    "speech": ("speaker", "proposers_more", *_OFTEN),
    "reference": ("proposers", *_OFTEN),
    "bulletin": _OFTEN,
    "reply": ("number", "reply", "proposers", *_OFTEN),
}
_OPTIONAL_OF_PUBLICATION = (
    "session", "source", "figures", "declared_total", "grade_scheme", "intro",
)  # fmt: skip


BLANK_MARK = "【待填】"


def blank(what: str) -> str:
    """A mark that nobody overlooks, where an editor has to write something."""
    return f"{BLANK_MARK[:-1]}：{what}】"


_PLACEHOLDERS = {
    "proposers": f"[{blank('提案人')}]",
    "hosts": f"[{blank('主办单位')}]",
    "supervisors": f"[{{name: {blank('督办领导')}, post: {blank('职务')}}}]",
}


def tidy(text: str) -> str:
    """A title on one line, without characters that no page can show; empty if nothing is left."""
    shown = "".join(
        " " if character.isspace() else character
        for character in text
        if character.isspace() or unicodedata.category(character) not in ("Cc", "Cs")
    )
    one_line = " ".join(re.sub("[\ufeff\ufffe\uffff]", "", shown).split())
    return "" if one_line in BLANK else one_line


def scalar(text: str) -> str:
    """`text` as YAML writes it: plain where no reader could take it for anything else."""
    plain = re.fullmatch(
        r"[\w“《（【](?:[\w“”‘’《》（）【】、，。！？；：·—…〔〕 -]*[\w”》）】。！？])?", text
    )
    is_words = plain and re.search("[\u4e00-\u9fff]", text) and " -" not in text
    return text if is_words else json.dumps(text, ensure_ascii=False)


def case_form(
    id_: str, kind: Kind, title: str, theme: str, themes: Sequence[Theme], schema: str
) -> str:
    """A case file. `title` and `theme` may be empty; `schema` is the way to its JSON Schema, or
    empty.
    """
    fields = FrontMatter.model_fields
    listed = "、".join(f"{one.id} {one.name}" for one in themes)
    kinds = "、".join(f"{key} {name}" for key, name in KIND_NAMES.items())
    needed = REQUIRED_BY_KIND[kind]
    mark = "" if theme else BLANK_MARK
    theme = theme or themes[0].id
    lines = [
        *_opening(schema),
        f"id: {id_}  # 固定编号，也是网址 /cases/{id_}/；发布之后不要改",
        f"kind: {kind}  # 文种：{kinds}",
        f"title: {scalar(title or blank('标题'))}  # 标题，照原文",
        f"theme: {theme}  # {mark}主题，从这些里选：{listed}",
        *(f"{key}: {_PLACEHOLDERS[key]}  # {fields[key].description}" for key in needed),
        "draft: true  # 草稿，不发布；写好、核对过之后删去这一行",
        *_offer(OPTIONAL[kind], "case"),
        "---",
    ]
    for section in SECTIONS[kind]:
        lines += ["", f"## {section}", "", blank(_ASKED[section])]
    return "\n".join([*lines, ""])


def publication_form(title: str, region: str, organ: str, year: str, schema: str) -> str:
    """The index.md of a publication. `schema` is the way to its JSON Schema, or empty."""
    fields = PublicationMatter.model_fields
    known = {"region": region and scalar(region), "organ": organ, "year": year}
    lines = [
        *_opening(schema),
        f"title: {scalar(title or blank('刊次名称'))}  # 刊次名称，读者看到的",
        *(f"{key}: {value}  # {fields[key].description}" for key, value in known.items() if value),
        *_offer([*(k for k in known if not known[k]), *_OPTIONAL_OF_PUBLICATION], "publication"),
        "---",
    ]
    return "\n".join([*lines, ""])


def _opening(schema: str) -> Iterator[str]:
    yield "---"
    if schema:
        yield f"# yaml-language-server: $schema={schema}"
    yield f"# 井号后面是说明，网页上看不到。先改{BLANK_MARK}；井号开头的字段，要用就去掉井号"


def _offer(names: Sequence[str], document: str) -> Iterator[str]:
    """Fields that may be written, each with an example, commented out."""
    from broadsheet.reference import DOCUMENTS, EXAMPLES

    fields = DOCUMENTS[document][0].model_fields
    for name in names:
        example = EXAMPLES.get(f"{document}.{name}") or EXAMPLES[name]
        yield f"# {name}: {example}  # {fields[name].description}"
