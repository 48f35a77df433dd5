"""The whole import: manuscripts understood, compared with record and content, planned, written."""

from __future__ import annotations

import re
from pathlib import Path

from broadsheet.diagnostics import ContentError, Diagnostic, has_errors
from broadsheet.manuscripts.account import UnbalancedError
from broadsheet.manuscripts.outcomes import Intake, Request
from broadsheet.manuscripts.planning import Planner, unbalanced
from broadsheet.manuscripts.records import load_all
from broadsheet.manuscripts.shelf import look
from broadsheet.manuscripts.sources import read_manuscript
from broadsheet.manuscripts.understand import Understood, understand
from broadsheet.manuscripts.write import only_one, write
from broadsheet.scan import display

ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?")


def take_in(request: Request) -> Intake:
    """Import manuscripts. Raises `ContentError`; then nothing has been written."""
    understood = _understand_all(request)
    if request.dry_run:
        return Planner(request, look(request.content), load_all(request.content)).plan(understood)
    existed = request.content.exists()
    try:
        with only_one(request.content):
            planner = Planner(request, look(request.content), load_all(request.content))
            intake = planner.plan(understood)
            write(request.content, intake.files)
            return intake
    except BaseException:
        if not existed and request.content.is_dir() and not any(request.content.iterdir()):
            request.content.rmdir()
        raise


def _understand_all(request: Request) -> list[Understood]:
    """All manuscripts, or the problems of all of them."""
    found: list[Understood] = []
    problems: list[Diagnostic] = []
    seen: dict[Path, Path] = {}
    for path in request.files:
        where = path.resolve()
        if where in seen:
            continue
        seen[where] = path
        try:
            manuscript = read_manuscript(path)
            known = understand(manuscript, request.kind)
            if known.parsed.drafts:
                found.append(known)
            else:
                hint = "看看是不是只有联系方式或网页按钮，正文在不在"
                problems.append(Diagnostic("B740", "稿件里没有能成篇的文字", hint, manuscript.name))
        except ContentError as error:
            problems += error.diagnostics
        except UnbalancedError as error:
            problems.append(unbalanced(display(path), error))
    if request.publication and not ID.fullmatch(request.publication):
        hint = "只用小写字母、数字和连字符，如 yuhang-2024"
        problems.append(Diagnostic("B731", f"刊次编号“{request.publication}”不合写法", hint))
    if has_errors(problems):
        raise ContentError(problems)
    return found


__all__ = ["Intake", "Request", "take_in"]
