"""`broadsheet search`."""

from __future__ import annotations

import re
from pathlib import Path

import click

from broadsheet.chinese_click import Command
from broadsheet.commands.output import EXIT_CONTENT, print_findings
from broadsheet.commands.parameters import FOLDER


class _SearchCommand(Command):
    """`-词` is a word that must not be there, not an option: this command has no short ones."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, [re.sub("^-(?!-)", "－", word) for word in args])


@click.command(
    cls=_SearchCommand, help="在建好的索引里检索，与网站的检索页结果相同。先要 build 一次。"
)
@click.argument("query", metavar="检索词", nargs=-1, required=True)
@click.option(
    "--root", type=FOLDER, default=Path(), metavar="文件夹",
    help="项目文件夹，索引默认在它里面。默认是当前文件夹。",
)  # fmt: skip
@click.option(
    "--index", type=FOLDER, metavar="文件夹", help="检索索引文件夹。默认是 search/index。"
)
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=10, metavar="个数",
    help="最多列出几件。默认是 10。",
)  # fmt: skip
@click.option("--theme", multiple=True, metavar="主题", help="只要这个主题（编号或名称）的。")
@click.option("--unit", multiple=True, metavar="单位", help="只要这个单位承办的。")
@click.option("--year", multiple=True, metavar="年份", help="只要这一年的。")
@click.option("--publication", multiple=True, metavar="刊次", help="只要这一刊次（编号或名称）的。")
@click.option("--kind", multiple=True, metavar="文种", help="只要这一文种的，如 key 或 重点督办。")
@click.option("--grade", multiple=True, metavar="等级", help="只要最后一轮评为这一等级的。")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text",
    help="结果写成文字或 JSON。默认是 text。",
)  # fmt: skip
@click.option("--debug", is_flag=True, help="出错时显示程序内部的经过，给开发者看。")
def search(
    query: tuple[str, ...],
    root: Path,
    index: Path | None,
    limit: int,
    form: str,
    debug: bool,  # `run` looks at it
    **filters: tuple[str, ...],
) -> int:
    from broadsheet.diagnostics import Diagnostic
    from broadsheet.scan import display
    from broadsheet.search.answer import Searcher
    from broadsheet.search.coding import DamagedError
    from broadsheet.search.report import as_json, as_text

    text = " ".join(query)
    folder = index or root / "search" / "index"
    try:
        answer = Searcher(folder).search(text, limit, filters)
    except DamagedError:
        message = "这里没有检索索引，或者是别的版本写的、已经损坏"
        hint = "先运行一次 build；还不行就用 build --clean 重建索引，或用 --index 指明索引文件夹"
        print_findings(
            form, (Diagnostic("B706", message, hint, display(folder)),), None, site=False
        )
        return EXIT_CONTENT
    click.echo(as_json(text, answer) if form == "json" else as_text(answer))
    return 0
