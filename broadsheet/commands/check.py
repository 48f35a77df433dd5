"""`broadsheet check`."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from broadsheet.chinese_click import Command
from broadsheet.commands.output import EXIT_CONTENT, ProgressBar
from broadsheet.commands.parameters import FOLDER, Moment

if TYPE_CHECKING:
    from broadsheet.check import Checked
    from broadsheet.check.run import Mended
    from broadsheet.diagnostics import Diagnostic
    from broadsheet.settings import Options


@click.command(
    cls=Command,
    help="检查稿件，草稿和未到发布时间的也查：构建会报的错误，"
    "以及标点、空格、用字、重复、单位和人名、数字。只看不改，除非写 --fix。",
)
@click.option(
    "--root", type=FOLDER, default=Path(), metavar="文件夹",
    help="项目文件夹，稿件默认在它里面。默认是当前文件夹。",
)  # fmt: skip
@click.option("--content", type=FOLDER, metavar="文件夹", help="稿件文件夹。默认是 content。")
@click.option("--now", type=Moment(), help="当作现在的时刻，用来检查定时发布。")
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "github"]), default="text",
    help="结果写成文字、JSON 或 GitHub 标注。默认是 text。",
)  # fmt: skip
@click.option(
    "--fix", is_flag=True, help="改好确定无疑的：半角标点、多余的空格、行末的空格；其余照常列出。"
)
@click.option("--dry-run", is_flag=True, help="和 --fix 一起用：只列出会怎样改，不写文件。")
@click.option("--strict", is_flag=True, help="有提醒也算不通过，退出码是 1。")
@click.option("--debug", is_flag=True, help="出错时显示程序内部的经过，给开发者看。")
def check(
    root: Path,
    content: Path | None,
    now: datetime | None,
    form: str,
    fix: bool,
    dry_run: bool,
    strict: bool,
    debug: bool,  # `run` looks at it
) -> int:
    from broadsheet.diagnostics import format_github, has_errors, in_order
    from broadsheet.settings import Options

    if dry_run and not fix:
        raise click.UsageError("--dry-run 要和 --fix 一起用")
    folder = content or root / "content"
    options = Options(now=now) if now else Options()
    progress = ProgressBar() if form == "text" and sys.stderr.isatty() else None
    try:
        checked, mended = _run(folder, root, options, progress, fix=fix, write=not dry_run)
    finally:
        if progress:
            progress.close()
    found = in_order((*checked.diagnostics, *mended.diagnostics))
    failed = has_errors(found) or (strict and bool(found))
    if form == "json":
        _print_json(found, checked, mended, failed)
    elif form == "github":
        if found:
            click.echo(format_github(found))
    else:
        _print_text(found, checked, mended, dry_run)
    return EXIT_CONTENT if failed else 0


def _run(
    folder: Path,
    root: Path,
    options: Options,
    progress: ProgressBar | None,
    *,
    fix: bool,
    write: bool,
) -> tuple[Checked, Mended]:
    """What stands in the files at the end, and what was mended on the way."""
    from broadsheet.check.run import Mended, check_folder, mend_files

    tell = progress or (lambda step, done, total: None)
    checked = check_folder(folder, root, options, tell)
    if not fix:
        return checked, Mended()
    mended = mend_files(folder, checked.mendable, write=write)
    if write and mended.lines:
        checked = check_folder(folder, root, options, tell)
    return checked, mended


def _print_text(found: list[Diagnostic], checked: Checked, mended: Mended, dry_run: bool) -> None:
    from broadsheet.diagnostics import format_text

    if mended.diff and dry_run:
        click.echo(mended.diff + "\n")
    if found:
        click.echo(format_text(found) + "\n")
    if mended.lines:
        number = sum(mended.lines.values())
        word = "会改" if dry_run else "改好了"
        click.echo(f"{word} {len(mended.lines)} 个文件里的 {number} 行。")
    errors = sum(diagnostic.severity == "error" for diagnostic in found)
    told = f"{errors} 处错误，{len(found) - errors} 处提醒" if found else "没有发现问题"
    click.echo(f"检查了 {checked.cases} 件案例：{told}。")


def _print_json(found: list[Diagnostic], checked: Checked, mended: Mended, failed: bool) -> None:
    from broadsheet.diagnostics import format_json

    errors = sum(diagnostic.severity == "error" for diagnostic in found)
    summary = {
        "cases": checked.cases,
        "errors": errors,
        "warnings": len(found) - errors,
        "mended": mended.lines,
        "diff": mended.diff,
    }
    click.echo(format_json(found, ok=not failed, summary=summary))
