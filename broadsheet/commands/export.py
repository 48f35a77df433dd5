"""`broadsheet export`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from broadsheet.chinese_click import Command
from broadsheet.commands.output import EXIT_CONTENT, print_findings
from broadsheet.commands.parameters import FOLDER, Moment

if TYPE_CHECKING:
    from broadsheet.plan import Plan

_LONG = 20_000  # characters; beyond, the editor of WeChat may not save an article


@click.command(
    cls=Command,
    help="把案例导出给别的程序。opensearch：写出索引定义 index.json 和批量数据 bulk.ndjson，"
    "供检索服务器使用。wechat：把一件案例或一个刊次写成可以粘贴到公众号后台的文章，"
    "后面写它的编号；用浏览器打开 <编号>.copy.html，按“复制全文”。",
)
@click.argument("target", metavar="格式", type=click.Choice(["opensearch", "wechat"]))
@click.argument("id", metavar="编号", required=False)
@click.option(
    "--root", type=FOLDER, default=Path(), metavar="文件夹",
    help="项目文件夹，稿件默认在它里面。默认是当前文件夹。",
)  # fmt: skip
@click.option("--content", type=FOLDER, metavar="文件夹", help="稿件文件夹。默认是 content。")
@click.option("--output", type=FOLDER, metavar="文件夹", help="写到哪里。默认是 export。")
@click.option(
    "--name", default="broadsheet", metavar="名称", help="服务器上索引的名称。默认是 broadsheet。"
)
@click.option("--drafts", is_flag=True, help="草稿和未到发布时间的案例也导出。")
@click.option("--now", type=Moment(), help="当作现在的时刻，用来检查定时发布。")
@click.option("--debug", is_flag=True, help="出错时显示程序内部的经过，给开发者看。")
def export(
    target: str,
    id: str | None,
    root: Path,
    content: Path | None,
    output: Path | None,
    name: str,
    drafts: bool,
    now: datetime | None,
    debug: bool,  # `run` looks at it
) -> int:
    from broadsheet.diagnostics import ContentError, Diagnostic, reason
    from broadsheet.plan import Options, plan
    from broadsheet.read import read
    from broadsheet.scan import display

    if target == "wechat" and not id:
        raise click.UsageError("没有写要导出哪一件：在 wechat 后面写案例或刊次的编号")
    if target != "wechat" and id:
        raise click.UsageError(f"{target} 导出全部案例，后面不用写编号")
    folder = output or root / "export"
    options = Options(drafts=drafts, now=now) if now else Options(drafts=drafts)
    try:
        sources = read(content or root / "content")
        site = plan(sources, options)
        if id:
            withheld = any(case.card.id == id for case in sources.cases)
            said = _wechat(site, id, folder, withheld=withheld)
        else:
            said = _opensearch(site, folder, name)
    except ContentError as error:
        print_findings("text", error.diagnostics, None, site=False)
        return EXIT_CONTENT
    except OSError as error:
        message = f"写不进去（{reason(error)}）"
        found = Diagnostic("B702", message, "检查磁盘空间和文件夹的权限", display(folder))
        print_findings("text", (found,), None, site=False)
        return EXIT_CONTENT
    click.echo(said)
    return 0


def _opensearch(site: Plan, folder: Path, name: str) -> str:
    from broadsheet.scan import display
    from broadsheet.search.opensearch import write

    write(folder, (entry.document for entry in site.documents), name)
    return f"{len(site.documents)} 件案例已写到 {display(folder)}"


def _wechat(site: Plan, id: str, folder: Path, *, withheld: bool) -> str:
    from broadsheet.diagnostics import ContentError, Diagnostic, did_you_mean
    from broadsheet.scan import display
    from broadsheet.wechat import known, texts

    made = texts(site, id)
    if made is None:
        near = did_you_mean(id, known(site))
        hint = f"是不是 {near}？" if near else "编号写在案例的 id 里；刊次的编号是文件夹名"
        message = f"没有编号是 {id} 的案例或刊次"
        if withheld:
            message, hint = f"{id} 还没有发布（草稿或未到发布时间）", "要导出它，加上 --drafts"
        raise ContentError([Diagnostic("B721", message, hint)])
    folder = folder / "wechat"
    folder.mkdir(parents=True, exist_ok=True)
    files = {".html": made.fragment, ".txt": made.text, ".copy.html": made.page}
    for suffix, text in files.items():
        (folder / f"{id}{suffix}").write_text(text, "utf-8", newline="\n")
    said = f"已写到 {display(folder)}。用浏览器打开 {display(folder / f'{id}.copy.html')}，"
    said += "按“复制全文”，到公众号后台粘贴"
    if len(made.text) > _LONG:
        said += f"。共 {len(made.text)} 字，公众号可能存不下，可以一件一件地导出"
    return said
