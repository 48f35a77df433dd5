"""Figures of previews to a table, and that into its part of docs/benchmarks.md."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.peers.report import OURS, machine, row, spread, verdict, with_part
from benchmarks.preview_browser import Sample

PROSE = Path(__file__).with_name("preview.md")
PEER = "hugo server"
TEXT, TITLE = "text", "title"
EDITS = (TEXT, TITLE)
STARTS = ("start, nothing remembered", "start again")
LIMITS = {1000: 100.0, 10_000: 250.0}  # ms from the write to the reload
RATIOS = {1000: 0.333}  # of what hugo server takes


@dataclass
class Figures:
    """All of one corpus, by program and what was done, in the order in which it was."""

    cases: int
    starts: dict[tuple[str, str], list[float]] = field(default_factory=dict)  # seconds
    edits: dict[tuple[str, str], list[Sample]] = field(default_factory=dict)

    def reloads(self, program: str, edit: str) -> list[float]:
        """ms"""
        return [sample.reload * 1000 for sample in self.edits.get((program, edit), [])]

    def shown(self, program: str, edit: str) -> list[float]:
        """ms"""
        return [sample.shown * 1000 for sample in self.edits.get((program, edit), [])]


def table(all_figures: Sequence[Figures]) -> str:
    heads = ["cases", "", OURS, "target", "", PEER, "ratio", "target", ""]
    rows = [
        row([f"{figures.cases:,}", *cells]) for figures in all_figures for cells in rows_of(figures)
    ]
    return "\n".join([row(heads), "|--:|---|--:|--:|---|--:|--:|--:|---|", *rows])


def rows_of(figures: Figures) -> Iterator[list[str]]:
    limit, ratio = LIMITS.get(figures.cases), RATIOS.get(figures.cases)
    for edit in EDITS:
        ours, theirs = (figures.reloads(program, edit) for program in (OURS, PEER))
        yield [f"{edit} edited, until the reload", *compared(ours, theirs, " ms", limit, ratio)]
        ours, theirs = (figures.shown(program, edit) for program in (OURS, PEER))
        yield [f"{edit} edited, until it is shown", *compared(ours, theirs, " ms")]
    for start in STARTS:
        ours, theirs = (figures.starts.get((program, start), []) for program in (OURS, PEER))
        if ours:
            yield [f"{start}, until the first page", *compared(ours, theirs, " s")]


def compared(
    ours: Sequence[float],
    theirs: Sequence[float],
    unit: str,
    limit: float | None = None,
    ratio: float | None = None,
) -> list[str]:
    """Our figure with its target, that of the peer, their ratio round by round with its target."""
    places = 0 if unit == " ms" else 2
    cells = [spread(ours, unit, places), *verdict(ours, limit, unit)]
    if not theirs:
        return [*cells, "", "", "", ""]
    ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
    return [*cells, spread(theirs, unit, places), spread(ratios), *verdict(ratios, ratio)]


def write_part(
    file: Path, all_figures: Sequence[Figures], versions: Sequence[str], edits: int
) -> None:
    """Put the figures into their part of docs/benchmarks.md."""
    part = PROSE.read_text("utf-8").format(
        table=table(all_figures), versions="; ".join(versions), machine=machine(), edits=edits
    )
    file.write_text(with_part(file.read_text("utf-8"), part), "utf-8")
