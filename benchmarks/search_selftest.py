"""Checks of the benchmark itself: `python benchmarks/search.py --self-test`.

A measure that cannot fail measures nothing: the oracle is held against cases worked out by hand,
and the driver against a search page of forty lines that is right, and then wrong on purpose.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.corpus import write_corpus
from benchmarks.search_browser import SESSION, ask, chromium
from benchmarks.search_engines import OURS, Engine
from benchmarks.search_queries import (
    MIX,
    Document,
    Query,
    make_queries,
    matches,
    read_documents,
    words_of,
)
from benchmarks.search_report import byte_figures, percentile, set_figures, table, time_figures

DOCUMENTS = [
    Document("a", ("关于低空经济的建议", "赵爱丽", "投入14486.59万元，AI识别。")),
    Document("b", ("关于夜间经济的建议", "经信局", "ＡＩ识别率为９８％、低空")),
]
FOUND = {  # worked out by hand
    "空经": "a",
    "经济": "ab",
    "14486.59": "a",
    "486.5": "a",
    "ai识": "ab",
    "Ａｉ": "ab",
    "98": "b",
    "低空 经济": "ab",
    "低空，AI": "ab",
    "赵爱丽 夜间": "",
    "建议赵": "",  # two fields
    "万元ai": "",  # a comma between them
    "率为98低空": "",
    "。": "",
}
PAGE = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>Fake</title>
<input type="search" name="q"><ol></ol><script type="module">
const words = (text) => text.normalize("NFKC").toLowerCase().split(/[^\\p{L}\\p{N}.]+/u);
let documents;
async function query(q, { limit }) {
  documents ??= await (await fetch("/data.bin")).json();
  const wanted = words(q).filter(Boolean);
  const found = documents.filter(({ runs }) =>
    wanted.every((word) => runs.some((run) => run.includes(word))));
  const results = found.slice(0, limit);
  return { total: found.length, results };
}
const input = document.querySelector("input"), list = document.querySelector("ol");
input.addEventListener("input", async () => {
  const q = input.value;
  const { results } = await query(q, { limit: 10 });
  list.innerHTML = results.map(({ id }) => `<li>${id}</li>`).join("");
  Object.assign(list.dataset, { searchState: "done", searchQuery: q });
});
window.siteSearch = { query };
</script></html>
"""


def check(holds: bool, what: object) -> None:
    if not holds:
        sys.exit(f"self-test failed: {what}")


def check_all() -> None:
    check_oracle()
    with tempfile.TemporaryDirectory() as folder:
        write_corpus(Path(folder) / "content", 60)
        documents = read_documents(Path(folder) / "content")
    check_queries(documents)
    check_report()
    with chromium() as browser, tempfile.TemporaryDirectory() as folder:
        check_driver(browser, Path(folder), documents)
    print("self-test passed")


def check_oracle() -> None:
    for query, ids in FOUND.items():
        found = matches(DOCUMENTS, query)
        check(found == frozenset(ids), f"{query!r} finds {sorted(found)}")
    check(words_of("A1、b…… 3.5") == ["a1", "b......", "3.5"], words_of("A1、b…… 3.5"))


def check_queries(documents: Sequence[Document]) -> None:
    check(len(documents) == 60, "all cases are read")
    text = documents[0].text
    check("##" not in text and "**" not in text and "\n背景\n" not in text, "markup is no text")
    queries = make_queries(documents, 100)
    check(queries == make_queries(documents, 100), "the same seed gives the same queries")
    check(len({query.text for query in queries}) == len(queries) == 100, "queries differ")
    check({query.kind for query in queries} == set(MIX), "all kinds are there")
    for query in queries:
        check(bool(query.expected) == (query.kind != "absent"), query)


def check_report() -> None:
    check(percentile(range(1, 101), 95) == 95 and percentile([7], 95) == 7, "percentiles")
    lines = table({"9": {"ours": {"index, files": 2}, "other": {"index, files": 8}}}).splitlines()
    check(lines[-1] == "| 9 | index, files | 0.250 | 2 | 8 |", lines)


def check_driver(browser: Any, folder: Path, documents: Sequence[Document]) -> None:
    (folder / "index.html").write_text(PAGE, encoding="utf-8")
    engine = Engine("fake", folder, "/", OURS)
    queries = make_queries(documents, 20)
    write_data(folder, documents)
    answers = ask(browser, engine, queries, "ids", len(documents))
    check(set_figures(engine, answers)["exact sets, all queries"] == 1, "a right engine is right")
    cut = [
        replace(answer, value=answer.value | {"ids": answer.value["ids"][:1]}) for answer in answers
    ]
    check(set_figures(engine, cut)["right hits found"] < 1, "missing hits are seen")
    check_bytes(browser, engine, queries)
    times = time_figures(ask(browser, engine, queries[:SESSION], "timed", slow=True))
    check(times["first query, ms, median"] >= 40, f"the line is slow: {times}")
    check(times["next query, ms, median"] < 40, f"what is cached is fast: {times}")
    write_data(folder, documents[1:])
    unit = documents[0].units[0]
    queries = [Query("unit", unit, matches(documents, unit))]
    answers = ask(browser, engine, queries, "ids", len(documents))
    check(set_figures(engine, answers)["exact sets, all queries"] == 0, "a wrong engine is wrong")


def check_bytes(browser: Any, engine: Engine, queries: Sequence[Query]) -> None:
    figures = byte_figures(ask(browser, engine, queries, "shown"))
    size = (engine.folder / "data.bin").stat().st_size / 1000
    check(abs(figures["first query, KB"] - size) < 1e-6, f"{figures} and {size}")
    check(figures["first query, requests"] == 1, "the page itself does not count")
    check(figures["next query, KB"] == 0, "a session keeps its data")


def write_data(folder: Path, documents: Sequence[Document]) -> None:
    data = [{"id": document.id, "runs": document.runs} for document in documents]
    (folder / "data.bin").write_text(json.dumps(data), encoding="utf-8")
