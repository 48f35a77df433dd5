"""`broadsheet build`."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import click

from broadsheet.chinese_click import Command
from broadsheet.commands.output import EXIT_CONTENT, ProgressBar, print_findings
from broadsheet.commands.parameters import FOLDER, BaseUrl, Moment, Scheduler


@click.command(cls=Command, help="把稿件文件夹做成网站。出错时原来的网站不动。")
@click.option(
    "--root", type=FOLDER, default=Path(), metavar="文件夹",
    help="项目文件夹，其他文件夹默认都在它里面。默认是当前文件夹。",
)  # fmt: skip
@click.option("--content", type=FOLDER, metavar="文件夹", help="稿件文件夹。默认是 content。")
@click.option("--output", type=FOLDER, metavar="文件夹", help="网站文件夹。默认是 site。")
@click.option(
    "--index", type=FOLDER, metavar="文件夹",
    help="检索索引文件夹。默认是 search/index。",
)  # fmt: skip
@click.option(
    "--base-url", type=BaseUrl(), help="站点网址，可以带路径；代替 site.yaml 里的 base_url。"
)
@click.option(
    "--jobs", type=click.IntRange(1, 256), metavar="个数", help="工作进程数。默认用全部处理器核。"
)
@click.option(
    "--scheduler", type=Scheduler(),
    help="在 Dask 集群上构建，写调度器的地址，如 tcp://10.0.0.5:8786；这时 --jobs 不起作用。",
)  # fmt: skip
@click.option("--drafts", is_flag=True, help="草稿和未到发布时间的案例也做进去，并标明。")
@click.option("--now", type=Moment(), help="当作现在的时刻，用来检查定时发布。")
@click.option("--clean", is_flag=True, help="网站和索引都从头做起，不管原来有什么。")
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "github"]), default="text",
    help="结果写成文字、JSON 或 GitHub 标注。默认是 text。",
)  # fmt: skip
@click.option("--debug", is_flag=True, help="出错时显示程序内部的经过，给开发者看。")
def build(
    root: Path,
    content: Path | None,
    output: Path | None,
    index: Path | None,
    base_url: str | None,
    jobs: int | None,
    scheduler: str | None,
    drafts: bool,
    now: datetime | None,
    clean: bool,
    form: str,
    debug: bool,  # `run` looks at it
) -> int:
    from broadsheet.diagnostics import ContentError
    from broadsheet.nothing_new import look, nothing_new
    from broadsheet.settings import Options, Settings

    options = Options(drafts=drafts, base_url=base_url or "", **({"now": now} if now else {}))
    settings = Settings(
        content or root / "content",
        output or root / "site",
        root,
        options,
        jobs or 0,
        clean,
        index,
        scheduler or "",
    )
    inputs = look(settings)
    if report := nothing_new(settings, inputs):
        print_findings(form, report.diagnostics, report)
        return 0
    from broadsheet.pipeline import build as run_build  # takes longer to load than the above to run

    progress = ProgressBar() if form == "text" and sys.stderr.isatty() else None
    try:
        report = run_build(settings, progress or (lambda step, done, total: None), inputs)
    except ContentError as error:
        if progress:
            progress.close()
        print_findings(form, error.diagnostics, None)
        return EXIT_CONTENT
    if progress:
        progress.close()
    print_findings(form, report.diagnostics, report)
    return 0
