"""Figures to tables: ratios with their targets, what each program took, docs/benchmarks.md."""

from __future__ import annotations

import os
import platform
import re
import statistics
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.peers.check import Checked
from benchmarks.peers.measure import Run

PAGE = Path(__file__).with_name("page.md")
PREVIEW = ("<!-- Written by benchmarks/preview.py. -->\n", "<!-- Until here. -->\n")
OURS = "Broadsheet"
COLD, EDIT, SAME = "cold", "one edit", "nothing changed"
SEARCHED = ("Hugo", "Pagefind")

# what, against which programs one after the other, targets by number of cases
RATIOS: list[tuple[str, tuple[str, ...], dict[int, float]]] = [
    (COLD, SEARCHED, {100: 0.6, 1000: 0.125, 10_000: 0.125}),
    (COLD, ("Hugo",), {1000: 1.0, 10_000: 1.0}),
    (COLD, ("Eleventy",), {}),
    (EDIT, ("Hugo",), {10_000: 0.1}),
    (EDIT, ("Eleventy",), {}),
    (SAME, ("Hugo",), {}),
]
MEMORY = {10_000: 0.5}  # of Hugo's
NOTHING = {10_000: 0.35}  # seconds
LINEAR = {100_000: (10_000, 1.3)}  # time a case, against that at another size
MOST_MEMORY = {100_000: 1536.0}  # MB


@dataclass
class Figures:
    """All runs of one corpus by program and kind of build, in the order in which they were."""

    cases: int
    runs: dict[tuple[str, str], list[Run]] = field(default_factory=dict)
    weighed: float = 0.0  # MB, the peak of all our processes together
    files: dict[str, tuple[int, float]] = field(default_factory=dict)  # by program; MB
    checked: dict[str, Checked] = field(default_factory=dict)  # by peer

    def add(self, program: str, what: str, run: Run) -> None:
        self.runs.setdefault((program, what), []).append(run)

    def seconds(self, what: str, *programs: str) -> list[float]:
        """Of each round, the sum over programs; nothing if one of them was not measured."""
        return [sum(run.seconds for run in those) for those in self.rounds(what, *programs)]

    def processor(self, what: str, *programs: str) -> list[float]:
        """The same of processor seconds."""
        return [sum(run.processor for run in those) for those in self.rounds(what, *programs)]

    def rounds(self, what: str, *programs: str) -> Iterator[tuple[Run, ...]]:
        runs = [self.runs.get((program, what), []) for program in programs]
        return zip(*runs, strict=False)  # empty if one of them is

    def memory(self, program: str) -> float:
        if program == OURS:
            return self.weighed
        return max((run.memory for run in self.runs.get((program, COLD), [])), default=0.0)


# -- ratios ---------------------------------------------------------------------------------------


def ratio_table(all_figures: Sequence[Figures]) -> str:
    heads = ["cases", "build", "against", OURS, "peer", "ratio", "target", ""]
    by_size = {figures.cases: figures for figures in all_figures}
    rows = [
        row([f"{figures.cases:,}", *cells])
        for figures in all_figures
        for cells in ratio_rows(figures, by_size)
    ]
    return "\n".join([row(heads), "|--:|---|---|--:|--:|--:|--:|---|", *rows])


def ratio_rows(figures: Figures, by_size: Mapping[int, Figures]) -> Iterator[list[str]]:
    size = figures.cases
    for what, peers, targets in RATIOS:
        ours, theirs = figures.seconds(what, OURS), figures.seconds(what, *peers)
        if ours and theirs:
            yield [what, " + ".join(peers), *compared(ours, theirs, targets.get(size))]
    if theirs := figures.processor(COLD, *SEARCHED):
        cells = compared(figures.processor(COLD, OURS), theirs, None)
        yield ["cold, processor time", " + ".join(SEARCHED), *cells]
    same = figures.seconds(SAME, OURS)
    if same and (size in NOTHING or not figures.seconds(SAME, "Hugo")):
        yield [SAME, "", spread(same, " s"), "", "", *verdict(same, NOTHING.get(size), " s")]
    if (ours_mb := figures.memory(OURS)) and (mb := figures.memory("Hugo")):
        values = [f"{ours_mb:,.0f} MB", f"{mb:,.0f} MB", f"{ours_mb / mb:.2f}"]
        yield ["peak memory, cold", "Hugo", *values, *verdict([ours_mb / mb], MEMORY.get(size))]
    elif ours_mb:
        target = verdict([ours_mb], MOST_MEMORY.get(size), " MB")
        yield ["peak memory, cold", "", f"{ours_mb:,.0f} MB", "", "", *target]
    other, limit = LINEAR.get(size, (0, 0.0))
    if other in by_size and (ours := figures.seconds(COLD, OURS)):
        each = statistics.median(ours) / size * 1000
        before = statistics.median(by_size[other].seconds(COLD, OURS)) / other * 1000
        values = [f"{each:.2f} ms", f"{before:.2f} ms", f"{each / before:.2f}"]
        yield ["cold, time a case", f"{other:,} cases", *values, *verdict([each / before], limit)]


def compared(ours: Sequence[float], theirs: Sequence[float], target: float | None) -> list[str]:
    """Seconds of both, their ratio round by round, the target."""
    ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
    return [spread(ours, " s"), spread(theirs, " s"), spread(ratios), *verdict(ratios, target)]


def verdict(values: Sequence[float], target: float | None, unit: str = "") -> list[str]:
    """The target, and whether the median reaches it."""
    if target is None:
        return ["", ""]
    reached = statistics.median(values) <= target
    return [f"≤ {target:g}{unit}", "reached" if reached else "**missed**"]


def spread(values: Sequence[float], unit: str = "", places: int = 2) -> str:
    """The median, and the lowest and the highest in brackets."""
    middle, low, high = (
        f"{value:,.{places}f}" for value in (statistics.median(values), min(values), max(values))
    )
    return f"{middle}{unit}" + (f" ({low}–{high})" if len(values) > 1 else "")


# -- what each took -------------------------------------------------------------------------------


def figure_table(all_figures: Sequence[Figures]) -> str:
    heads = ["cases", "program", "cold, s", "processor, s", f"{EDIT}, s", f"{SAME}, s"]
    lines = [row([*heads, "peak MB", "files", "MB written"]), "|--:|---|" + "--:|" * 7]
    for figures in all_figures:
        for program in dict.fromkeys(program for program, _ in figures.runs):
            cells = [f"{figures.cases:,}", program, spread(figures.seconds(COLD, program))]
            cells.append(f"{statistics.median(figures.processor(COLD, program)):.2f}")
            for what in (EDIT, SAME):
                seconds = figures.seconds(what, program)
                cells.append(spread(seconds) if seconds else "")
            files, size = figures.files[program]
            cells += [f"{figures.memory(program):,.0f}", f"{files:,}", f"{size:,.1f}"]
            lines.append(row(cells))
    return "\n".join(lines)


def checks(all_figures: Sequence[Figures]) -> str:
    """What was compared, and what was not the same."""
    lines = []
    for figures in all_figures:
        for peer, checked in figures.checked.items():
            head = f"- {figures.cases:,} cases, {OURS} and {peer}: "
            if checked.differences:
                lines.append(head + "**the sites differ**: " + "; ".join(checked.differences))
            else:
                counts = ", ".join(f"{count:,} {kind}" for kind, count in checked.counts.items())
                text = f"the same pages ({counts}), the same text in {checked.cases:,} of the cases"
                lines.append(head + "; ".join([text, *checked.notes]))
    return "\n".join(lines)


def row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


# -- the document ---------------------------------------------------------------------------------


def document(all_figures: Sequence[Figures], versions: Sequence[str], rounds: int) -> str:
    """The text of docs/benchmarks.md."""
    return PAGE.read_text("utf-8").format(
        ratios=ratio_table(all_figures),
        figures=figure_table(all_figures),
        checks=checks(all_figures),
        versions="; ".join(versions),
        machine=machine(),
        rounds=f"{rounds} rounds" if rounds > 1 else "1 round",
    )


def with_part(page: str, part: str) -> str:
    """The page of docs/ with another part about the preview, which has a run of its own."""
    before, rest = page.split(PREVIEW[0])
    _, after = rest.split(PREVIEW[1])
    return before + PREVIEW[0] + part + PREVIEW[1] + after


def part_of(page: str) -> str:
    """The part about the preview as it stands in a page; nothing where there is none."""
    return page.partition(PREVIEW[0])[2].partition(PREVIEW[1])[0]


def machine() -> str:
    try:
        names = re.findall(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text("utf-8"))
    except OSError:
        names = []
    kind = f" ({names[0]})" if names else f" ({platform.machine()})"
    system = f"{platform.system()} {platform.release()}"
    return f"{os.cpu_count()} cores{kind}, {system}, temporary folders on {file_system()}"


def file_system() -> str:
    """Where temporary folders are: a disk, or memory (tmpfs)."""
    try:
        mounts = Path("/proc/mounts").read_text("utf-8").splitlines()
    except OSError:
        return "a file system"
    folder = Path(tempfile.gettempdir()).resolve()
    kinds = {Path(place): kind for _, place, kind, *_ in map(str.split, mounts)}
    return next((kinds[one] for one in (folder, *folder.parents) if one in kinds), "a file system")
