"""`broadsheet import`."""

from __future__ import annotations

from pathlib import Path

import click

from broadsheet.chinese_click import Command
from broadsheet.commands.output import EXIT_CONTENT, print_findings
from broadsheet.commands.parameters import FOLDER

KINDS = ("auto", "case", "key", "speech", "reference", "bulletin", "reply")


@click.command(
    "import",
    cls=Command,
    help="把来稿（文本、Markdown、Word、网页）变成案例文件，逐字交代去向；编辑改过的不会被覆盖。",
)
@click.argument("files", metavar="稿件", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--publication", default="", metavar="编号",
    help="放进哪个刊次，写刊次的编号（文件夹名）；没有就新建。不写则按稿件的地区和届次定。",
)  # fmt: skip
@click.option(
    "--kind", type=click.Choice(KINDS), default="auto",
    help="文种。默认是 auto：按稿件的格式认，每一篇都这样。",
)  # fmt: skip
@click.option(
    "--theme", default="", metavar="主题",
    help="主题编号，如 economy。不写则按文中的词提议，请编辑确认。",
)  # fmt: skip
@click.option("--dry-run", is_flag=True, help="只看会怎样，什么也不写。")
@click.option(
    "--root", type=FOLDER, default=Path(), metavar="文件夹",
    help="项目文件夹，稿件默认在它里面。默认是当前文件夹。",
)  # fmt: skip
@click.option("--content", type=FOLDER, metavar="文件夹", help="稿件文件夹。默认是 content。")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text",
    help="报告写成文字或 JSON；JSON 里有逐行的去向。默认是 text。",
)  # fmt: skip
@click.option("--debug", is_flag=True, help="出错时显示程序内部的经过，给开发者看。")
def import_(
    files: tuple[Path, ...],
    publication: str,
    kind: str,
    theme: str,
    dry_run: bool,
    root: Path,
    content: Path | None,
    form: str,
    debug: bool,  # `run` looks at it
) -> int:
    from typing import cast

    from broadsheet.diagnostics import ContentError, format_json, format_text
    from broadsheet.manuscripts.intake import Request, take_in
    from broadsheet.manuscripts.report import as_record, as_text
    from broadsheet.models import Kind

    chosen = None if kind == "auto" else cast(Kind, kind)
    request = Request(files, content or root / "content", publication, chosen, theme, dry_run)
    try:
        intake = take_in(request)
    except ContentError as error:
        print_findings(form, error.diagnostics, None, site=False)
        if form == "text":
            click.echo("\n没有导入，稿件文件夹没有动。", err=True)
        return EXIT_CONTENT
    if form == "json":
        click.echo(format_json(intake.diagnostics, **as_record(intake)))
        return 0
    click.echo(as_text(intake))
    if intake.diagnostics:
        click.echo("\n" + format_text(intake.diagnostics), err=True)
    return 0
