"""Kinds of values that commands take."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Any

import click

FOLDER = click.Path(file_okay=True, path_type=Path)


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
