"""Searches in a real Chromium, in sessions as readers have them: a few queries on one page."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from benchmarks.search_engines import RESULTS, Engine
from benchmarks.search_queries import Query
from benchmarks.server import Traffic, serving

SESSION = 6  # queries: a first one with nothing cached, and five more on the same page
TIMEOUT = 60_000  # ms
PHONE_LINE = {
    "offline": False,
    "latency": 40,
    "downloadThroughput": 10e6 / 8,
    "uploadThroughput": -1,
}
ARGUMENTS = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
NO_SANDBOX = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
FORGIVEN = 3  # failures
# wait_for_function would need unsafe-eval, which our pages forbid
READY = "async () => {{ while (!({ready})) await new Promise((go) => setTimeout(go, 5)); }}"
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
) -> list[Answer]:
    """Run `script` of the engine for each query, in a fresh browser context for each session.

    Exits when a query gets no answer, except to `ids` where up to three are counted as not exact.
    `slow` emulates a phone's line once the page is there: 40 ms a request, 10 Mbit/s.
    """
    function = LIMITED.format(script=engine.scripts[script], timeout=TIMEOUT)
    ready = READY.format(ready=engine.scripts["ready"])
    answers: list[Answer] = []
    with serving(engine.folder) as server:
        for start in range(0, len(queries), SESSION):
            context = browser.new_context(locale="zh-CN")
            page = context.new_page()
            since = len(server.sent)
            open_page(page, server.url + engine.page, ready)
            if slow:
                server.settle()
                devtools = context.new_cdp_session(page)
                devtools.send("Network.enable")
                devtools.send("Network.emulateNetworkConditions", PHONE_LINE)
            for position, query in enumerate(queries[start : start + SESSION]):
                value, failure = _evaluate(page, function, [query.text, limit])
                if script != "ids":
                    server.settle()
                until = len(server.sent)
                traffic = server.traffic(since, until)
                answers.append(Answer(query, position == 0, value, traffic, failure))
                refuse_failures(answers, FORGIVEN if script == "ids" else 0)
                since = until
            context.close()
    return answers


def open_page(page: Any, url: str, ready: str) -> None:
    """Go to `url` and wait until `ready` ends; if it does not, exit with what the page reports."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text))
    page.goto(url)
    _, failure = _evaluate(page, LIMITED.format(script=ready, timeout=TIMEOUT), None)
    if failure:
        sys.exit("\n".join([f"{url} does not get ready: {failure}", *errors]))


def refuse_failures(answers: Sequence[Answer], most: int = 0) -> None:
    """A query without an answer costs nothing: figures that leave it out would be too good."""
    failed = [answer for answer in answers if answer.failure]
    if len(failed) > most:
        sys.exit(f"no answer to {failed[-1].query.text!r}: {failed[-1].failure}")


def _evaluate(page: Any, function: str, argument: Any) -> tuple[Any, str]:
    from playwright.sync_api import Error

    try:
        return page.evaluate(function, argument), ""
    except Error as error:
        return None, str(error).splitlines()[0]
