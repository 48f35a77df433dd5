"""The same search for a server: an OpenSearch index definition, and the cases as bulk JSON lines.

Every text goes as a list of its folded words. Pairs of neighbouring characters are the tokens, and
a gap of positions stands between words, so that a phrase of pairs is found exactly where a piece of
text stands: what the prebuilt index does, without its limit of size. The definition folds queries
as `folding.fold` does; it needs the plug-in analysis-icu for NFKC.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from broadsheet.search.documents import FACETS, Document
from broadsheet.search.folding import fold, simplified, words
from broadsheet.search.layout import SOUND, ZONES

_GAP = 100  # positions between two words: no phrase reaches over it
# what folding.py leaves out, for Java
_IGNORED = (
    r"[\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180F\u200B-\u200F\u202A-\u202E"
    r"\u2060-\u206F\u3164\uFE00-\uFE0F\uFEFF\uFFA0\uFFF0-\uFFF8\x{1BCA0}-\x{1BCA3}"
    r"\x{1D173}-\x{1D17A}\x{E0000}-\x{E0FFF}]"
)
_MOST = 1 << 16  # characters: no word is longer


def write(folder: Path, documents: Iterable[Document], index: str) -> None:
    """`index.json` and `bulk.ndjson` for an index of that name. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(definition(), ensure_ascii=False, indent=1)
    (folder / "index.json").write_text(text + "\n", "utf-8")
    with (folder / "bulk.ndjson").open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(bulk(documents, index))


def definition() -> dict[str, Any]:
    """Settings and mapping of the index: the body of `PUT /<index>`."""
    traditional = [f"{chr(code)} => {simple}" for code, simple in simplified().items()]
    analysis = {
        "char_filter": {
            "ignored": {"type": "pattern_replace", "pattern": _IGNORED, "replacement": ""},
            "nfkc": {"type": "icu_normalizer", "name": "nfkc", "mode": "compose"},
            "ellipsis": {"type": "mapping", "mappings": [f"{mark} => \\u0020" for mark in "…‥⋯"]},
            "simplified": {"type": "mapping", "mappings": traditional},
        },
        "tokenizer": {
            "pairs": {"type": "ngram", "min_gram": 2, "max_gram": 2},
            "ones": {"type": "ngram", "min_gram": 1, "max_gram": 1},
        },
        "analyzer": {name: _analyzer(name) for name in ("pairs", "ones")},
    }
    text = {
        "type": "text",
        "analyzer": "pairs",
        "position_increment_gap": _GAP,
        "fields": {"ones": {"type": "text", "analyzer": "ones", "position_increment_gap": _GAP}},
    }
    properties: dict[str, Any] = dict.fromkeys(ZONES[:SOUND], text)
    properties |= {facet: {"type": "keyword"} for facet in FACETS}
    properties |= {"id": {"type": "keyword"}, "shown": {"type": "object", "enabled": False}}
    return {
        "settings": {"analysis": analysis, "index.max_ngram_diff": 1},
        "mappings": {"dynamic": "strict", "properties": properties},
    }


def _analyzer(tokenizer: str) -> dict[str, Any]:
    return {
        "type": "custom",
        "char_filter": ["ellipsis", "ignored", "nfkc", "simplified"],
        "tokenizer": tokenizer,
        "filter": ["lowercase"],
    }


def bulk(documents: Iterable[Document], index: str) -> Iterator[str]:
    """JSON lines for `POST /_bulk`: an action and a document, by turns."""
    for document in documents:
        yield _line({"index": {"_index": index, "_id": document.id}})
        fields: dict[str, Any] = {"id": document.id}
        for zone, texts in zip(ZONES, document.zones, strict=False):
            fields[zone] = [word[:_MOST] for text in texts for word in words(fold(text))]
        for facet, values in zip(FACETS, document.filters, strict=True):
            fields[facet] = [value for value, _ in values]
        fields["shown"] = {
            "title": document.title,
            "facts": document.facts,
            "grade": document.grade,
            "sections": document.sections,
        }
        yield _line(fields)


def _line(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"
