"""The command: `broadsheet build`, or `python build.py`.

The commands themselves stand in broadsheet/commands/.
"""

from __future__ import annotations

import gc
import io
import os
import sys

import click

from broadsheet import __version__
from broadsheet.chinese_click import Group, explain
from broadsheet.commands.build import build
from broadsheet.commands.check import check
from broadsheet.commands.export import export
from broadsheet.commands.import_ import import_
from broadsheet.commands.new import new
from broadsheet.commands.output import (
    EXIT_CONTENT,
    EXIT_INTERRUPTED,
    EXIT_USAGE,
    print_findings,
)
from broadsheet.commands.search import search
from broadsheet.commands.serve import serve

GC_THRESHOLDS = 1_000_000, 10, 100  # a command makes much and throws little away


@click.group(cls=Group, default="build", help="把提案案例的稿件做成报纸网站。不写命令就是 build。")
@click.version_option(__version__, "--version", message="%(version)s", help="显示版本号并退出。")
def main() -> None:
    pass


for _command in (build, serve, check, new, import_, search, export):
    main.add_command(_command)


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
        click.echo("已中断；稿件和网站都完好。", err=True)
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
    print_findings(form, (Diagnostic("B901", f"程序自身出错（{said[:200]}）", hint),), None)


def entry() -> None:
    """The console script."""
    gc.set_threshold(*GC_THRESHOLDS)
    # numpy is here to sort and count; for the algebra it would start a thread for each core
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # what is installed beside us has no say in what front matter may be, and need not be looked for
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
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
