"""click in Chinese: help pages, usage errors, and a group with a default command."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import click


class _Formatter(click.HelpFormatter):
    def write_heading(self, heading: str) -> None:
        self.write(f"{'':>{self.current_indent}}{heading}：\n")


class _Context(click.Context):
    formatter_class = _Formatter


class _ChineseHelp(click.Command):
    context_class = _Context

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        pieces = [
            piece.replace("[OPTIONS]", "[选项]").replace("COMMAND [ARGS]...", "命令 [参数]…")
            for piece in self.collect_usage_pieces(ctx)
        ]
        formatter.write_usage(ctx.command_path, " ".join(pieces), prefix="用法：")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("选项"):
            formatter.write_dl(_rows(self.get_params(ctx), ctx))

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option:
            option.help = "显示这段说明并退出。"
        return option


class Command(_ChineseHelp):
    """A command whose help is in Chinese."""


class Group(_ChineseHelp, click.Group):
    """A group in Chinese that runs `default`, if it has one, when the first argument is an option.

    Without a default a command has to be named.
    """

    def __init__(self, *arguments: Any, default: str = "", **options: Any) -> None:
        super().__init__(*arguments, **{"no_args_is_help": False, **options})
        self.default = default

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own = {"--help", "--version"}
        if self.default and (not args or (args[0].startswith("-") and args[0] not in own)):
            args = [self.default, *args]
        return super().parse_args(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_options(ctx, formatter)
        if default := self.get_command(ctx, self.default):
            with formatter.section(f"{self.default} 的选项"):
                formatter.write_dl(_rows(default.params, ctx))
        names = self.list_commands(ctx)
        commands = [(name, self.get_command(ctx, name)) for name in names]
        with formatter.section("命令"):
            formatter.write_dl(
                [(name, command.help or "") for name, command in commands if command]
            )
        formatter.write_paragraph()
        formatter.write_text(f"{ctx.command_path} 命令 --help 显示每个命令的选项。")


def _rows(parameters: Sequence[click.Parameter], ctx: click.Context) -> list[tuple[str, str]]:
    options = (parameter for parameter in parameters if isinstance(parameter, click.Option))
    records = (option.get_help_record(ctx) for option in options)
    return [
        (names, re.sub(r"\s*\[(\d+)<=x<=(\d+)\]", r"（\1 到 \2）", text))
        for names, text in filter(None, records)
    ]


def explain(error: click.ClickException) -> str:
    """A usage error in Chinese, with the way to more help."""
    path = getattr(getattr(error, "ctx", None), "command_path", "broadsheet")
    return f"用法错误：{_message(error)}\n运行 {path} --help 看用法。"


def _message(error: click.ClickException) -> str:
    if isinstance(error, click.NoSuchOption):
        guess = f"，是不是 {'、'.join(error.possibilities)}？" if error.possibilities else ""
        return f"没有选项 {error.option_name}{guess}"
    if isinstance(error, click.MissingParameter):
        return f"缺少 {error.param.opts[0] if error.param else error.param_hint}"
    if isinstance(error, click.BadParameter):
        name = error.param.opts[0] if error.param else (error.param_hint or "")
        return f"{name}：{_value_error(error.message)}"
    missing = re.search(r"No such command '?([^'.]+)", error.message)
    if missing:
        return f"没有命令 {missing[1]}{_commands(error)}"
    if "Missing command" in error.message:
        return f"后面要写一个命令{_commands(error)}"
    extra = re.search(r"unexpected extra arguments? \((.*)\)", error.message)
    if extra:
        return f"多余的参数：{extra[1]}"
    flag = re.search(r"[Oo]ption '?([^' ]+)'? does not take a value", error.message)
    if flag:
        return f"选项 {flag[1]} 后面不写值"
    needs = re.search(r"[Oo]ption '?([^' ]+)'? requires", error.message)
    if needs:
        return f"选项 {needs[1]} 后面要写一个值"
    return error.message


def _commands(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    group = context.command if context else None
    names = sorted(group.commands) if isinstance(group, click.Group) else []
    return f"，可以写 {'、'.join(names)}" if names else ""


def _value_error(message: str) -> str:
    choice = re.search(r"'(.*)' is not one of (.*)\.", message)
    if choice:
        return f"“{choice[1]}”不在可选范围内，可以写 {choice[2]}"
    number = re.search(r"'(.*)' is not a valid integer", message)
    if number:
        return f"“{number[1]}”不是整数"
    bounds = re.search(r"(\S+) is not in the range (\d+)<=x<=(\d+)", message)
    if bounds:
        return f"{bounds[1]} 超出范围，要在 {bounds[2]} 和 {bounds[3]} 之间"
    return message
