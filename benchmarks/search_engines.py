"""What is measured: our search, and Pagefind over pages that hold the same text.

An engine is a served folder, a page in it, and what to call on that page. Pagefind is installed by
this module, from PyPI and, where Node is there, from npm too (that one is newer).
"""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from html import escape
from multiprocessing import get_context
from pathlib import Path

from benchmarks.build import ROOT, run
from benchmarks.search_queries import Document
from broadsheet.cli import GC_THRESHOLDS
from broadsheet.plan import Options, plan
from broadsheet.read import read
from broadsheet.search.index import update

RESULTS = 10  # that a page shows at first
ENOUGH = 120.0  # seconds of building after which there are no more runs

# Functions of JavaScript that take [query, limit]. `ids` answers with all ids, `shown` when what
# ten results need has come, `timed` with the milliseconds until they are on the screen.
OURS = {
    "ready": "window.siteSearch !== undefined",
    "shown": "([query, limit]) => siteSearch.query(query, { limit })",
    "ids": """async ([query, limit]) => {
      const { total, results } = await siteSearch.query(query, { limit });
      return { total, ids: results.map((result) => result.id) };
    }""",
    "timed": """async ([query]) => {
      const input = document.querySelector("input[type=search][name=q]");
      const done = `[data-search-state=done][data-search-query="${CSS.escape(query)}"]`;
      const start = performance.now();
      input.value = query;
      input.dispatchEvent(new InputEvent("input", { bubbles: true }));
      await new Promise((drawn) => {
        const look = () => document.querySelector(done) && (observer.disconnect(), drawn());
        const observer = new MutationObserver(look);
        observer.observe(document, { subtree: true, childList: true, attributes: true });
        look();
      });
      await new Promise(requestAnimationFrame);
      return performance.now() - start;
    }""",
}
PAGEFIND = {
    "ready": "window.pagefind !== undefined",
    "shown": """async ([query, limit]) => {
      const { results } = await pagefind.search(query);
      await Promise.all(results.slice(0, limit).map((result) => result.data()));
    }""",
    "ids": """async ([query]) => {
      const { results } = await pagefind.search(query);
      return { total: results.length, ids: results.map((result) => result.id) };
    }""",
    "timed": """async ([query, limit]) => {
      const start = performance.now();
      const { results } = await pagefind.search(query);
      await Promise.all(results.slice(0, limit).map((result) => result.data()));
      await new Promise(requestAnimationFrame);
      return performance.now() - start;
    }""",
}
PAGEFIND_PAGE = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>Search</title>
<script type="module">import * as pagefind from "/{name}/pagefind.js";
window.pagefind = pagefind;</script></html>
"""
CASE_PAGE = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>{title}</title>
</head><body data-pagefind-body><h1>{title}</h1>
{paragraphs}</body></html>
"""


@dataclass(frozen=True)
class Engine:
    """`folder` is served; `names` turns an engine's ids into those of the cases."""

    name: str
    folder: Path
    page: str
    scripts: dict[str, str]
    names: dict[str, str] = field(default_factory=dict)

    def case_ids(self, ids: Sequence[str]) -> frozenset[str]:
        return frozenset(self.names.get(id, id) for id in ids)


@dataclass(frozen=True)
class Size:
    """What an index takes on disk: `whole` counts programs too. In bytes."""

    index: int
    files: int
    whole: int


@dataclass
class BuildTimes:
    """Seconds of each run, and the peak memory in MB."""

    one_core: list[float] = field(default_factory=list)
    all_cores: list[float] = field(default_factory=list)
    memory: float = 0.0


# -- ours -----------------------------------------------------------------------------------------


def build_our_index(folder: Path, out: Path) -> float:
    """Index the content in `folder` into the new folder `out`; seconds of the index step alone."""
    site = plan(read(folder), Options())
    start = time.perf_counter()
    update(out, site.documents)
    return time.perf_counter() - start


def our_engine(content: Path, work: Path) -> Engine | None:
    """The site built in `work`, or None if it has no search page."""
    site = work / "site"
    command = [sys.executable, str(ROOT / "build.py"), "--content", str(content.resolve())]
    command += ["--output", str(site), "--index", str(work / "index")]
    run([*command, "--base-url", "http://localhost/"])
    there = (site / "search" / "index.html").is_file()
    return Engine("ours", site, "/search/", OURS) if there else None


def time_our_index(content: Path, work: Path, runs: int) -> BuildTimes:
    """Each run in a process of its own that may use one core."""
    times = BuildTimes()
    for _ in range(runs):
        out = work / "index-alone"
        shutil.rmtree(out, ignore_errors=True)
        with ProcessPoolExecutor(1, get_context("spawn"), _keep_to_one_core) as executor:
            seconds, memory = executor.submit(_build_and_weigh, content, out).result()
        times.one_core.append(seconds)
        times.memory = max(times.memory, memory)
    return times


def _build_and_weigh(content: Path, out: Path) -> tuple[float, float]:
    import gc
    import resource

    gc.set_threshold(*GC_THRESHOLDS)  # as the command does
    seconds = build_our_index(content, out)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return seconds, peak / (1024 if sys.platform == "linux" else 1024**2)


def _keep_to_one_core() -> None:
    import os

    if sys.platform == "linux":
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def our_size(engine: Engine) -> Size:
    """All in site/search/ but the page."""
    folder = engine.folder / "search"
    files = [file for file in folder.rglob("*") if file.is_file() and file.suffix != ".html"]
    total = sum(file.stat().st_size for file in files)
    return Size(total, len(files), total)


# -- Pagefind -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pagefind:
    """One installed version. `name` is also the folder of its index."""

    name: str
    command: list[str]

    def index(self, site: Path, one_core: bool) -> tuple[float, float]:
        """Wall seconds and peak MB of the whole process over the pages in `site`."""
        shutil.rmtree(site / self.name, ignore_errors=True)
        pin = ["taskset", "-c", "0"] if one_core else []
        glob = ["--glob", "cases/**/*.html", "--output-subdir", self.name, "--silent"]
        command = [*pin, *self.command, "--site", str(site), *glob]
        return run([str(shutil.which(command[0])), *command[1:]])

    def time_index(self, site: Path, runs: int) -> BuildTimes:
        """The index that the last run wrote stays."""
        times = BuildTimes()
        for _ in range(runs):
            if shutil.which("taskset"):
                times.one_core.append(self.index(site, one_core=True)[0])
            seconds, memory = self.index(site, one_core=False)
            times.all_cores.append(seconds)
            times.memory = max(times.memory, memory)
            if sum(times.all_cores) > ENOUGH:
                break
        return times

    def engine(self, site: Path) -> Engine:
        """An engine over the index in `site`, with a page that does nothing but search."""
        page = f"/{self.name}.html"
        (site / page[1:]).write_text(PAGEFIND_PAGE.format(name=self.name), encoding="utf-8")
        names = dict(_fragments(site / self.name / "fragment"))
        return Engine(self.name, site, page, PAGEFIND, names)

    def size(self, site: Path) -> Size:
        """The index is its data; the whole has its programs and user interfaces too."""
        folder = site / self.name
        files = [file for file in folder.rglob("*") if file.is_file()]
        data = [file for file in files if file.suffix.startswith(".pf_") or file.suffix == ".json"]
        whole = sum(file.stat().st_size for file in files)
        return Size(sum(file.stat().st_size for file in data), len(data), whole)


def _fragments(folder: Path) -> Iterator[tuple[str, str]]:
    """Pagefind's id of a result and the id of its case."""
    for file in folder.iterdir():
        text = gzip.decompress(file.read_bytes()).decode()
        url: str = json.loads(text.removeprefix("pagefind_dcd"))["url"]
        yield file.stem, url.split("/")[-2]


def write_pages(documents: Sequence[Document], site: Path) -> None:
    """A page for each document with the searched text and nothing else, for Pagefind."""
    for document in documents:
        folder = site / "cases" / document.id
        folder.mkdir(parents=True)
        title, *rest = map(escape, document.pieces)
        paragraphs = "".join(f"<p>{piece}</p>\n" for piece in rest)
        page = CASE_PAGE.format(title=title, paragraphs=paragraphs)
        (folder / "index.html").write_text(page, encoding="utf-8")


def install_pagefind(work: Path) -> list[Pagefind]:
    """Each version that can be had, in `work`; says on stderr what cannot."""
    found = []
    for source, install in (("PyPI", _from_pypi), ("npm", _from_npm)):
        try:
            found.append(install(work))
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"no Pagefind from {source}: {error}", file=sys.stderr)
    return found


def _from_pypi(work: Path) -> Pagefind:
    home = work / "venv"
    python = home / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    if not python.exists():
        venv.create(home, with_pip=True)
    _quietly([str(python), "-m", "pip", "install", "-qq", "pagefind[extended]"])
    return _known([str(python), "-m", "pagefind"])


def _from_npm(work: Path) -> Pagefind:
    _quietly(["npm", "install", "--silent", "--prefix", str(work / "npm"), "pagefind@latest"])
    return _known([str(work / "npm" / "node_modules" / ".bin" / "pagefind")])


def _quietly(command: list[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _known(command: list[str]) -> Pagefind:
    output = subprocess.run([*command, "--version"], check=True, capture_output=True, text=True)
    return Pagefind("-".join(output.stdout.split()), command)
