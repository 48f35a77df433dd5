"""What was found, for a terminal and for machines."""

from __future__ import annotations

import json

import click

from broadsheet.search.answer import Answer, Hit, Range


def as_text(answer: Answer) -> str:
    """The answer for people: a heading, then three lines a case with the words marked."""
    if not answer.words and not answer.hits:
        return "请写出要找的词。"
    if not answer.total:
        return "没有找到。可以少写几个字，或去掉一些条件。"
    how = "按拼音找到" if answer.pinyin else "找到"
    shown = "" if answer.total <= len(answer.hits) else f"，列出前 {len(answer.hits)} 件"
    blocks = [f"{how} {answer.total} 件{shown}。", *(_block(hit) for hit in answer.hits)]
    return "\n\n".join(blocks)


def _block(hit: Hit) -> str:
    facts = " · ".join([*hit.facts, *([hit.grade] if hit.grade else [])])
    label = f"{hit.label}：" if hit.label else ""
    lines = [
        _marked(hit.title, hit.title_ranges),
        f"  {label}{_marked(hit.snippet, hit.snippet_ranges)}",
        f"  {facts}　{hit.address}",
    ]
    return "\n".join(lines)


def _marked(text: str, ranges: list[Range]) -> str:
    """Matches in reverse on a terminal; click drops the marks where the output is none."""
    parts, at = [], 0
    for start, end in ranges:
        parts += [text[at:start], click.style(text[start:end], bold=True, fg="red")]
        at = end
    return "".join([*parts, text[at:]])


def as_json(query: str, answer: Answer) -> str:
    """The answer for machines. `highlights` are ranges of characters."""
    return json.dumps(
        {
            "query": query,
            "words": answer.words,
            "pinyin": answer.pinyin,
            "total": answer.total,
            "results": [
                {
                    "id": hit.id,
                    "url": hit.address,
                    "title": hit.title,
                    "theme": hit.theme,
                    "facts": hit.facts,
                    "grade": hit.grade,
                    "date": hit.date,
                    "score": round(hit.score, 6),
                    "section": hit.label,
                    "snippet": hit.snippet,
                    "highlights": {"title": hit.title_ranges, "snippet": hit.snippet_ranges},
                }
                for hit in answer.hits
            ],
        },
        ensure_ascii=False,
        indent=2,
    )
