"""Searches in a real Chromium, in sessions as readers have them: a few queries on one page."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from benchmarks.search_engines import RESULTS, Engine
from benchmarks.search_queries import Query
from benchmarks.server import Traffic, serving

SESSION = 6  # queries: a first one with nothing cached, and five more on the same page
TIMEOUT = 120_000  # ms
PHONE_LINE = {
    "offline": False,
    "latency": 40,
    "downloadThroughput": 10e6 / 8,
    "uploadThroughput": -1,
}
ARGUMENTS = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
NO_SANDBOX = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
# an evaluated promise has no time limit of its own
LIMITED = """(argument) => Promise.race([
  ({script})(argument),
  new Promise((_, fail) => setTimeout(() => fail(new Error("no answer")), {timeout})),
])"""


@dataclass(frozen=True)
class Answer:
    """What one query came to. `value` is what the script returned; a failure is a text."""

    query: Query
    first: bool
    value: Any
    traffic: Traffic
    failure: str = ""


@contextmanager
def chromium() -> Iterator[Any]:
    """The system's Chromium, or else the one of playwright."""
    from playwright.sync_api import Error, sync_playwright

    names = ("chromium", "chromium-browser", "google-chrome")
    paths = [path for path in map(shutil.which, names) if path]
    with sync_playwright() as playwright:
        for path in (*paths[:1], None):
            try:
                browser = playwright.chromium.launch(
                    executable_path=path, args=[*ARGUMENTS, *NO_SANDBOX]
                )
                break
            except Error:
                if path is None:
                    raise
        yield browser
        browser.close()


def ask(
    browser: Any,
    engine: Engine,
    queries: Sequence[Query],
    script: str,
    limit: int = RESULTS,
    slow: bool = False,
) -> Iterator[Answer]:
    """Run `script` of the engine for each query, in a fresh browser context for each session.

    `slow` emulates a phone's line once the page is there: 40 ms a request, 10 Mbit/s.
    """
    function = LIMITED.format(script=engine.scripts[script], timeout=TIMEOUT)
    with serving(engine.folder) as server:
        for start in range(0, len(queries), SESSION):
            context = browser.new_context(locale="zh-CN")
            page = context.new_page()
            since = len(server.sent)
            page.goto(server.url + engine.page)
            page.wait_for_function(engine.scripts["ready"], timeout=TIMEOUT)
            if slow:
                server.settle()
                devtools = context.new_cdp_session(page)
                devtools.send("Network.enable")
                devtools.send("Network.emulateNetworkConditions", PHONE_LINE)
            for position, query in enumerate(queries[start : start + SESSION]):
                value, failure = _evaluate(page, function, [query.text, limit])
                if script != "ids":
                    server.settle()
                traffic = server.traffic(since)
                yield Answer(query, position == 0, value, traffic, failure)
                since = len(server.sent)
            context.close()


def _evaluate(page: Any, function: str, argument: list[Any]) -> tuple[Any, str]:
    from playwright.sync_api import Error

    try:
        return page.evaluate(function, argument), ""
    except Error as error:
        return None, str(error).splitlines()[0]
