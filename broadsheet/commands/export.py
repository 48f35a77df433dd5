"""`broadsheet export`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from broadsheet.chinese_click import Command
from broadsheet.commands.output import EXIT_CONTENT, print_findings
from broadsheet.commands.parameters import FOLDER, Moment


@click.command(
    cls=Command,
    help="把案例导出给别的程序。opensearch：写出索引定义 index.json 和批量数据 bulk.ndjson，"
    "供检索服务器使用。",
)
@click.argument("target", metavar="格式", type=click.Choice(["opensearch"]))
@click.option(
    "--root", type=FOLDER, default=Path(), metavar="文件夹",
    help="项目文件夹，稿件默认在它里面。默认是当前文件夹。",
)  # fmt: skip
@click.option("--content", type=FOLDER, metavar="文件夹", help="稿件文件夹。默认是 content。")
@click.option("--output", type=FOLDER, metavar="文件夹", help="写到哪里。默认是 export。")
@click.option(
    "--name", default="broadsheet", metavar="名称", help="服务器上索引的名称。默认是 broadsheet。"
)
@click.option("--now", type=Moment(), help="当作现在的时刻，用来检查定时发布。")
@click.option("--debug", is_flag=True, help="出错时显示程序内部的经过，给开发者看。")
def export(
    target: str,
    root: Path,
    content: Path | None,
    output: Path | None,
    name: str,
    now: datetime | None,
    debug: bool,  # `run` looks at it
) -> int:
    from broadsheet.diagnostics import ContentError, Diagnostic, reason
    from broadsheet.plan import Options, plan
    from broadsheet.read import read
    from broadsheet.scan import display
    from broadsheet.search.opensearch import write

    folder = output or root / "export"
    options = Options(now=now) if now else Options()
    try:
        site = plan(read(content or root / "content"), options)
        write(folder, site.documents, name)
    except ContentError as error:
        print_findings("text", error.diagnostics, None, site=False)
        return EXIT_CONTENT
    except OSError as error:
        message = f"写不进去（{reason(error)}）"
        found = Diagnostic("B702", message, "检查磁盘空间和文件夹的权限", display(folder))
        print_findings("text", (found,), None, site=False)
        return EXIT_CONTENT
    click.echo(f"{len(site.documents)} 件案例已写到 {display(folder)}")
    return 0
