"""The command: `broadsheet build`, or `python build.py`.

Commands turn arguments into settings, call one step, and print what it returns. Heavy imports stand
in the commands that need them, so that `--help` answers at once.
"""

from __future__ import annotations

import gc
import io
import os
import re
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from broadsheet import __version__
from broadsheet.chinese_click import Command, Group, explain

if TYPE_CHECKING:
    from broadsheet.diagnostics import Diagnostic
    from broadsheet.settings import Report

EXIT_CONTENT, EXIT_USAGE, EXIT_INTERRUPTED = 1, 2, 130


class Moment(click.ParamType[datetime]):
    """An ISO 8601 moment."""

    name = "时刻"

    def convert(self, value: Any, param: Any, ctx: Any) -> datetime:
        from broadsheet.models import parse_moment

        try:
            return parse_moment(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class BaseUrl(click.ParamType[str]):
    """An http(s) address, perhaps with a path."""

    name = "网址"

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        from broadsheet.models import parse_base_url

        try:
            return parse_base_url(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Scheduler(click.ParamType[str]):
    """The address of a Dask scheduler."""

    name = "地址"

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        text = str(value).strip()
        form = r"(?:tcp|tls)://(?:[\w.-]+|\[[\da-fA-F:.]+\]):(\d{1,5})"
        found = re.fullmatch(form, text, re.ASCII)
        if not found or not 0 < int(found[1]) < 1 << 16:
            self.fail(f"“{text}”不是调度器的地址，写成 tcp://主机:端口", param, ctx)
        return text


_FOLDER = click.Path(file_okay=True, path_type=Path)


@click.group(cls=Group, default="build", help="把提案案例的稿件做成报纸网站。不写命令就是 build。")
@click.version_option(__version__, "--version", message="%(version)s", help="显示版本号并退出。")
def main() -> None:
    pass


@main.command(cls=Command, help="把稿件文件夹做成网站。出错时原来的网站不动。")
@click.option(
    "--root", type=_FOLDER, default=Path(), metavar="文件夹",
    help="项目文件夹，其他文件夹默认都在它里面。默认是当前文件夹。",
)  # fmt: skip
@click.option("--content", type=_FOLDER, metavar="文件夹", help="稿件文件夹。默认是 content。")
@click.option("--output", type=_FOLDER, metavar="文件夹", help="网站文件夹。默认是 site。")
@click.option(
    "--index", type=_FOLDER, metavar="文件夹",
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
    from broadsheet.nothing_new import nothing_new
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
    if report := nothing_new(settings):
        _print(form, report.diagnostics, report)
        return 0
    from broadsheet.pipeline import build as run_build  # takes longer to load than the above to run

    gc.set_threshold(100_000, 50, 100)  # a build makes much and throws little away
    progress = _Progress() if form == "text" and sys.stderr.isatty() else None
    try:
        report = run_build(settings, progress or (lambda step, done, total: None))
    except ContentError as error:
        if progress:
            progress.close()
        _print(form, error.diagnostics, None)
        return EXIT_CONTENT
    if progress:
        progress.close()
    _print(form, report.diagnostics, report)
    return 0


class _SearchCommand(Command):
    """`-词` is a word that must not be there, not an option: this command has no short ones."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, [re.sub("^-(?!-)", "－", word) for word in args])


@main.command(
    cls=_SearchCommand, help="在建好的索引里检索，与网站的检索页结果相同。先要 build 一次。"
)
@click.argument("query", metavar="检索词", nargs=-1, required=True)
@click.option(
    "--root", type=_FOLDER, default=Path(), metavar="文件夹",
    help="项目文件夹，索引默认在它里面。默认是当前文件夹。",
)  # fmt: skip
@click.option(
    "--index", type=_FOLDER, metavar="文件夹", help="检索索引文件夹。默认是 search/index。"
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
        _print(form, (Diagnostic("B706", message, hint, display(folder)),), None, site=False)
        return EXIT_CONTENT
    click.echo(as_json(text, answer) if form == "json" else as_text(answer))
    return 0


@main.command(
    cls=Command,
    help="把案例导出给别的程序。opensearch：写出索引定义 index.json 和批量数据 bulk.ndjson，"
    "供检索服务器使用。",
)
@click.argument("target", metavar="格式", type=click.Choice(["opensearch"]))
@click.option(
    "--root", type=_FOLDER, default=Path(), metavar="文件夹",
    help="项目文件夹，稿件默认在它里面。默认是当前文件夹。",
)  # fmt: skip
@click.option("--content", type=_FOLDER, metavar="文件夹", help="稿件文件夹。默认是 content。")
@click.option("--output", type=_FOLDER, metavar="文件夹", help="写到哪里。默认是 export。")
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
    from broadsheet.diagnostics import ContentError, Diagnostic
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
        _print("text", error.diagnostics, None, site=False)
        return EXIT_CONTENT
    except OSError as error:
        message = f"写不进去（{error.strerror or error}）"
        found = Diagnostic("B702", message, "检查磁盘空间和文件夹的权限", display(folder))
        _print("text", (found,), None, site=False)
        return EXIT_CONTENT
    click.echo(f"{len(site.documents)} 件案例已写到 {display(folder)}")
    return 0


# -- output ---------------------------------------------------------------------------------------


class _Progress:
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


def _print(
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


def run(arguments: list[str] | None = None) -> int:
    """Run the command line; no exception leaves it, and no traceback unless `--debug` is given."""
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        return int(main.main(arguments, prog_name="broadsheet", standalone_mode=False) or 0)
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except click.ClickException as error:
        click.echo(explain(error), err=True)
        return EXIT_USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo("已中断；原来的网站没有动。", err=True)
        return EXIT_INTERRUPTED
    except Exception as error:  # the last resort: an editor never sees a traceback
        if "--debug" in arguments:
            raise
        _report_defect(error, arguments)
        return EXIT_CONTENT


def _report_defect(error: Exception, arguments: list[str]) -> None:
    from broadsheet.diagnostics import Diagnostic

    form = next(
        (a for a in ("json", "github") if a in arguments or f"--format={a}" in arguments), "text"
    )
    said = f"{type(error).__name__}: {error}"
    hint = "这是程序的缺陷，不是稿件的；加上 --debug 再运行一次，把结果发给开发者"
    _print(form, (Diagnostic("B901", f"程序自身出错（{said[:200]}）", hint),), None)


def entry() -> None:
    """The console script."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that knows no Han characters
            stream.reconfigure(errors="backslashreplace")
    code = run()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:  # whoever read our words has gone
        pass
    os._exit(code)  # skip tearing down a large heap piece by piece
