"""`broadsheet serve`."""

from __future__ import annotations

import logging
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from broadsheet.chinese_click import Command
from broadsheet.commands.output import EXIT_CONTENT, print_findings
from broadsheet.commands.parameters import FOLDER, Moment

if TYPE_CHECKING:
    from broadsheet.preview.showing import Setup, Told

PORT = 8000
EDITORS = ("vscode", "cursor", "zed", "idea", "none")


@click.command(
    cls=Command,
    help="边写边看：保存稿件，浏览器里的页面自己更新。草稿也在，并标明。按 Ctrl-C 结束。",
)
@click.option(
    "--root", type=FOLDER, default=Path(), metavar="文件夹",
    help="项目文件夹，其他文件夹默认都在它里面。默认是当前文件夹。",
)  # fmt: skip
@click.option("--content", type=FOLDER, metavar="文件夹", help="稿件文件夹。默认是 content。")
@click.option(
    "--port", type=click.IntRange(0, 65535), metavar="端口",
    help=f"默认是 {PORT}，被占用时往后找；0 是任意一个空着的。",
)  # fmt: skip
@click.option(
    "--host", default="127.0.0.1", metavar="地址",
    help="默认是 127.0.0.1，只有本机能打开；0.0.0.0 让同一网络里的手机也能看。",
)  # fmt: skip
@click.option("--open", "open_", is_flag=True, help="在浏览器里打开。")
@click.option("--drafts/--no-drafts", default=True, help="草稿和未到时间的案例看不看。默认看。")
@click.option("--now", type=Moment(), help="当作现在的时刻，用来检查定时发布。")
@click.option(
    "--editor", default="vscode", metavar="编辑器",
    help=f"出错的地方用什么打开：{'、'.join(EDITORS)}，或带 {{path}}、{{line}}、{{column}} 的地址。"
    "默认是 vscode。",
)  # fmt: skip
@click.option("--debug", is_flag=True, help="出错时显示程序内部的经过，给开发者看。")
def serve(
    root: Path,
    content: Path | None,
    port: int | None,
    host: str,
    open_: bool,
    drafts: bool,
    now: datetime | None,
    editor: str,
    debug: bool,
) -> int:
    from broadsheet.diagnostics import ContentError
    from broadsheet.preview.notices import is_pattern, pattern_for
    from broadsheet.preview.server import serve as run_preview
    from broadsheet.preview.showing import Setup

    if not is_pattern(editor):
        message = f"“{editor}”不认识，写 {'、'.join(EDITORS)} 之一，或带 {{path}} 的地址"
        raise click.BadParameter(message, param_hint="--editor")
    _quiet(debug)
    chosen = PORT if port is None else port
    setup = Setup(content or root / "content", root, host, chosen, drafts, now, pattern_for(editor))

    def ready(setup: Setup) -> None:
        click.echo(f"预览：{setup.address}　按 Ctrl-C 结束")
        sys.stdout.flush()
        if open_:
            import webbrowser

            webbrowser.open(setup.address)

    try:
        run_preview(setup, root / "site", _tell, ready, choose_port=port is None)
    except ContentError as error:
        print_findings("text", error.diagnostics, None, site=False)
        return EXIT_CONTENT
    click.echo("预览结束。")
    return 0


def _tell(told: Told) -> None:
    from broadsheet.diagnostics import format_text

    if told.news:
        click.echo(format_text(told.news), err=True)
    state = f"{told.errors} 处错误" if told.errors else f"{told.cases} 件案例"
    click.echo(f"{time.strftime('%H:%M:%S')}　{state}，{told.seconds * 1000:.0f} 毫秒")
    sys.stdout.flush()


def _quiet(debug: bool) -> None:
    """Tornado's own words are for developers."""
    logging.basicConfig(level=logging.DEBUG if debug else logging.CRITICAL)
    for name in ("watchfiles", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING if debug else logging.CRITICAL)
