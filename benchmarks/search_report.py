"""Figures of the engines, and the one table that shows them."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from itertools import chain
from typing import Any

from benchmarks.search_browser import Answer
from benchmarks.search_engines import BuildTimes, Engine, Size
from benchmarks.search_queries import MIX

MOST_IDS = 10_000  # that are asked for at once; of larger sets the total and this many are checked

Figures = dict[str, float]  # by name of a row; what was not measured is not there

SETS = ["exact sets, all queries", *(f"exact sets, {kind}" for kind in MIX)]
ROWS = {  # digits after the decimal point
    **dict.fromkeys(SETS, 3),
    "right hits found": 3,
    "wrong hits for each right one": 3,
    "first query, KB": 1,
    "first query, KB of programs": 1,
    "first query, KB, largest": 1,
    "first query, KB with headers": 1,
    "first query, requests": 1,
    "next query, KB": 1,
    "next query, KB, 95th percentile": 1,
    "next query, KB with headers": 1,
    "next query, requests": 1,
    "first query, ms, median": 0,
    "next query, ms, median": 0,
    "next query, ms, 95th percentile": 0,
    "index, KB a document": 2,
    "index, files": 0,
    "build on one core, s": 2,
    "build on one core, s, fastest": 2,
    "build on one core, s, slowest": 2,
    "build on all cores, s": 2,
    "build, peak MB": 0,
}
NO_RATIO = {*SETS[1:], "wrong hits for each right one"}


def set_figures(engine: Engine, answers: Sequence[Answer]) -> Figures:
    """Shares of queries with exactly the ids that the oracle expects, by kind and in all.

    A list of ids that stops at MOST_IDS is right if all of it is and the total agrees.
    """
    exact: dict[str, list[bool]] = {kind: [] for kind in MIX}
    right = wrong = expected = 0
    for answer in answers:
        wanted, value = answer.query.expected, answer.value or {"total": -1, "ids": []}
        found = engine.case_ids(value["ids"])
        once = len(found) == len(value["ids"])
        cut = len(value["ids"]) == MOST_IDS < value["total"]
        same = found <= wanted if cut else found == wanted
        exact[answer.query.kind].append(once and same and value["total"] == len(wanted))
        right += len(found & wanted)
        wrong += len(found - wanted)
        expected += min(len(wanted), len(found)) if cut else len(wanted)
    figures = {
        f"exact sets, {kind}": statistics.fmean(flags) for kind, flags in exact.items() if flags
    }
    figures["exact sets, all queries"] = statistics.fmean(chain(*exact.values()))
    figures["right hits found"] = right / max(expected, 1)
    figures["wrong hits for each right one"] = wrong / max(right, 1)
    return figures


def byte_figures(answers: Sequence[Answer]) -> Figures:
    """A KB is 1,000 bytes."""
    figures: Figures = {}
    for name, first in (("first query", True), ("next query", False)):
        traffic = [answer.traffic for answer in answers if answer.first == first]
        bodies = [part.body / 1000 for part in traffic]
        if not bodies:
            continue
        whole = [(part.body + part.head) / 1000 for part in traffic]
        figures |= {
            f"{name}, KB": statistics.fmean(bodies),
            f"{name}, KB with headers": statistics.fmean(whole),
            f"{name}, requests": statistics.fmean(part.requests for part in traffic),
        }
        if first:
            programs = [part.programs / 1000 for part in traffic]
            figures["first query, KB of programs"] = statistics.fmean(programs)
            figures["first query, KB, largest"] = max(bodies)
        else:
            figures["next query, KB, 95th percentile"] = percentile(bodies, 95)
    return figures


def time_figures(answers: Sequence[Answer]) -> Figures:
    firsts = [answer.value for answer in answers if answer.first]
    nexts = [answer.value for answer in answers if not answer.first]
    figures = {"first query, ms, median": statistics.median(firsts)}
    if nexts:
        figures["next query, ms, median"] = statistics.median(nexts)
        figures["next query, ms, 95th percentile"] = percentile(nexts, 95)
    return figures


def index_figures(size: Size, times: BuildTimes, documents: int) -> Figures:
    figures = {
        "index, KB a document": size.index / 1000 / documents,
        "index, files": float(size.files),
    }
    if times.one_core:
        figures["build on one core, s"] = statistics.median(times.one_core)
        figures["build on one core, s, fastest"] = min(times.one_core)
        figures["build on one core, s, slowest"] = max(times.one_core)
    if times.all_cores:
        figures["build on all cores, s"] = statistics.median(times.all_cores)
    if times.memory:
        figures["build, peak MB"] = times.memory
    return figures


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest of `values` that at least `share` per cent of them do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -int(-len(ordered) * share // 100) - 1)]


def table(results: dict[str, dict[str, Figures]]) -> str:
    """One row a figure; ratios of ours to each other engine stand before the figures.

    `results` has the figures by corpus and by engine.
    """
    engines = list(dict.fromkeys(name for figures in results.values() for name in figures))
    others = [name for name in engines if name != "ours"] if "ours" in engines else []
    heads = ["documents", "figure", *(f"ours / {name}" for name in others), *engines]
    lines = ["| " + " | ".join(heads) + " |", "|--:|---|" + "--:|" * (len(heads) - 2)]
    for corpus, by_engine in results.items():
        for row, digits in ROWS.items():
            if any(row in figures for figures in by_engine.values()):
                cells: list[Any] = [corpus, row]
                cells += (_ratio(by_engine, row, name) for name in others)
                cells += (_figure(by_engine.get(name, {}), row, digits) for name in engines)
                lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _figure(figures: Figures, row: str, digits: int) -> str:
    return f"{figures[row]:,.{digits}f}" if row in figures else ""


def _ratio(by_engine: dict[str, Figures], row: str, other: str) -> str:
    ours, theirs = by_engine.get("ours", {}).get(row), by_engine.get(other, {}).get(row)
    return "" if row in NO_RATIO or ours is None or not theirs else f"{ours / theirs:.3f}"
