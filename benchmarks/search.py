"""Search measured in a real Chromium, next to Pagefind: `python benchmarks/search.py`.

    python benchmarks/search.py [--sizes 100,1000] [--queries 200] [--runs 3] [--peer pagefind]
                                [--pagefind-limit 10000] [--no-ours] [--content content]
                                [--work DIR] [--json FILE] [--self-test]

For generated corpora of the given sizes, or a content folder, and the same seeded queries for all:

- exact sets: the share of queries for which the ids that the browser returns are those of the
  oracle in search_queries.py; both engines are given the same text.
- KB: bodies as sent by a host that gzips text, all but the HTML page and its CSS: programs, index,
  and what 10 results need. Queries come in sessions of 6, each in a fresh browser: a first query
  with nothing cached, then 5 next ones. A KB is 1,000 bytes.
- ms: from typing (Pagefind: from the call of its API) to results on the screen, at 40 ms a request
  and 10 Mbit/s.
- index: size and number of the data files. Programs and user interfaces are not counted.
- build: Pagefind's whole process, over pages that hold the searched text and nothing else; ours
  without reading Markdown, which the build of the site does anyway.

Prints one Markdown table. Needs what the tests need (`make test` sets it up). 10,000 documents take
Pagefind minutes and up to 5 GB.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import search_engines as engines  # noqa: E402
from benchmarks import search_report as report  # noqa: E402
from benchmarks.corpus import write_corpus  # noqa: E402
from benchmarks.search_browser import Answer, ask, chromium  # noqa: E402
from benchmarks.search_queries import Document, Query, make_queries, read_documents  # noqa: E402


class Bench:
    """One corpus, measured with one browser. `raw` has for each engine what the figures sum up."""

    def __init__(self, browser: Any, content: Path, folder: Path, queries: int, runs: int) -> None:
        self.browser = browser
        self.content = content
        self.folder = folder
        self.runs = runs
        self.documents: list[Document] = read_documents(content)
        self.queries: list[Query] = make_queries(self.documents, queries)
        self.figures: dict[str, report.Figures] = {}
        self.raw: dict[str, Any] = {}

    def measure_ours(self) -> None:
        engine = engines.our_engine(self.content, self.folder)
        if engine is None:
            say("our site has no search page yet: measuring without it")
            return
        times = engines.BuildTimes()
        try:
            times = engines.time_our_index(self.content, self.folder, self.runs)
        except NotImplementedError as error:
            say(f"our index is not timed: {error}")
        self._measure(engine, engines.our_size(engine), times)

    def measure_pagefind(self, versions: Sequence[engines.Pagefind]) -> None:
        site = self.folder / "pages"
        engines.write_pages(self.documents, site)
        for pagefind in versions:
            times = pagefind.time_index(site, self.runs)
            self._measure(pagefind.engine(site), pagefind.size(site), times)

    def _measure(
        self, engine: engines.Engine, size: engines.Size, times: engines.BuildTimes
    ) -> None:
        say(f"{len(self.documents):,} documents: {engine.name}")
        most = min(len(self.documents), report.MOST_IDS)
        sets = ask(self.browser, engine, self.queries, "ids", most)
        shown = ask(self.browser, engine, self.queries, "shown")
        timed = ask(self.browser, engine, self.queries, "timed", slow=True)
        self.figures[engine.name] = (
            report.set_figures(engine, sets)
            | report.byte_figures(shown)
            | report.time_figures(timed)
            | report.index_figures(size, times, len(self.documents))
        )
        self.raw[engine.name] = {
            "figures": self.figures[engine.name],
            "size_bytes": asdict(size),
            "build_seconds": asdict(times),
            "queries": list(raw_queries(engine, sets, shown, timed)),
        }


def raw_queries(
    engine: engines.Engine,
    sets: Sequence[Answer],
    shown: Sequence[Answer],
    timed: Sequence[Answer],
) -> Iterator[dict[str, Any]]:
    for ids, data, time in zip(sets, shown, timed, strict=True):
        found = engine.case_ids(ids.value["ids"]) if ids.value else frozenset()
        yield {
            "kind": ids.query.kind,
            "query": ids.query.text,
            "first": ids.first,
            "expected": len(ids.query.expected),
            "total": ids.value["total"] if ids.value else None,
            "missing": sorted(ids.query.expected - found)[:5],
            "wrong": sorted(found - ids.query.expected)[:5],
            "failure": ids.failure,
            "bytes": asdict(data.traffic),
            "ms": time.value,
        }


def say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def corpora(options: argparse.Namespace, work: Path) -> Iterator[tuple[str, Path, Path]]:
    """Name, content folder and a folder to work in, of each corpus; generated if need be."""
    names = ["content"] if options.content else [str(size) for size in options.sizes]
    for name in names:
        folder = work / f"corpus-{name}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        content = options.content or folder / "content"
        if not options.content:
            write_corpus(content, int(name))
        yield name, content, folder


@contextmanager
def work_folder(chosen: Path | None) -> Iterator[Path]:
    if chosen:
        yield chosen.resolve()
    else:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            yield Path(folder)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=sizes, default=[100, 1000], help="documents: 100,1000")
    parser.add_argument("--content", type=Path, help="a content folder instead of --sizes")
    parser.add_argument("--queries", type=int, default=200, help="how many (default: 200)")
    parser.add_argument("--runs", type=int, default=3, help="of each build (default: 3)")
    parser.add_argument("--no-ours", dest="ours", action="store_false", help="Pagefind alone")
    parser.add_argument("--peer", choices=["pagefind", "none"], default="pagefind")
    parser.add_argument("--pagefind-limit", type=int, default=10_000, metavar="DOCUMENTS")
    parser.add_argument("--work", type=Path, help="kept; default: a temporary folder")
    parser.add_argument("--json", type=Path, metavar="FILE", help="raw figures")
    parser.add_argument("--self-test", action="store_true", help="check the benchmark itself")
    return parser.parse_args()


def sizes(text: str) -> list[int]:
    return [int(size) for size in text.split(",")]


def main() -> None:
    options = arguments()
    if options.self_test:
        from benchmarks.search_selftest import check_all

        check_all()
        return
    with work_folder(options.work) as work, chromium() as browser:
        versions = engines.install_pagefind(work) if options.peer == "pagefind" else []
        machine = {
            "python": platform.python_version(),
            "chromium": browser.version,
            "cores": os.cpu_count(),
            "peers": [version.name for version in versions],
        }
        results, raw = {}, {}
        for name, content, folder in corpora(options, work):
            bench = Bench(browser, content, folder, options.queries, options.runs)
            if options.ours:
                bench.measure_ours()
            if len(bench.documents) <= options.pagefind_limit:
                bench.measure_pagefind(versions)
            results[name if name.isdigit() else f"{len(bench.documents)} ({name})"] = bench.figures
            raw[name] = {"documents": len(bench.documents), "engines": bench.raw}
    print(report.table(results))
    print("\n" + ", ".join(f"{key} {value}" for key, value in machine.items() if key != "peers"))
    if options.json:
        data = {"machine": machine, "corpora": raw}
        options.json.write_text(json.dumps(data, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
