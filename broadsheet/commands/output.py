"""What commands print: findings, reports, progress."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from broadsheet.diagnostics import Diagnostic
    from broadsheet.settings import Report

EXIT_CONTENT, EXIT_USAGE, EXIT_INTERRUPTED = 1, 2, 130
GC_THRESHOLDS = 1_000_000, 10, 100  # a build makes much and throws little away


class ProgressBar:
    """A progress bar on the terminal, once a build has taken longer than a second."""

    def __init__(self) -> None:
        self.start = time.perf_counter()
        self.bar: Any = None

    def __call__(self, step: str, done: int, total: int) -> None:
        if time.perf_counter() - self.start < 1:
            return
        if self.bar is None:
            from rich.console import Console
            from rich.progress import Progress

            self.bar = Progress(console=Console(stderr=True), transient=True)
            self.task = self.bar.add_task(step)
            self.bar.start()
        self.bar.update(self.task, description=step, completed=done, total=total or None)

    def close(self) -> None:
        if self.bar:
            self.bar.stop()


def print_findings(
    form: str, diagnostics: tuple[Diagnostic, ...], report: Report | None, *, site: bool = True
) -> None:
    """What was found, and what came of it; `site` says that a site was to be made."""
    from broadsheet.diagnostics import format_github, format_json, format_text

    if form == "json":
        summary = {"summary": _summary(report)} if report else {}
        click.echo(format_json(diagnostics, **summary))
        return
    if diagnostics:
        printer = format_github if form == "github" else format_text
        click.echo(printer(diagnostics), err=form == "text")
    if report:
        counts = report.files
        click.echo(
            f"{report.cases} 件案例，{report.pages} 页：写入 {counts.written} 个文件，"
            f"未变 {counts.unchanged} 个，删除 {counts.removed} 个，用时 {report.seconds:.2f} 秒"
        )
    elif form == "text" and site:
        errors = sum(diagnostic.severity == "error" for diagnostic in diagnostics)
        click.echo(f"\n{errors} 处错误，网站没有更新。", err=True)


def _summary(report: Report) -> dict[str, int | float]:
    counts = report.files
    return {
        "cases": report.cases,
        "pages": report.pages,
        "written": counts.written,
        "unchanged": counts.unchanged,
        "removed": counts.removed,
        "seconds": round(report.seconds, 3),
    }
