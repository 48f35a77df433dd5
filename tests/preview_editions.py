"""Editions of a small paper, without a server."""

from __future__ import annotations

from pathlib import Path

from helpers import (
    NOW,
    case,
    make_site,
    publication,
)

from broadsheet.plan import Options
from broadsheet.preview.edition import Edition, next_edition
from broadsheet.render import render

OPTIONS = Options(NOW, drafts=True, base_url="http://127.0.0.1:8000/")


def edition(root: Path, earlier: Edition | None = None, options: Options = OPTIONS) -> Edition:
    return next_edition(earlier or Edition(), (root / "content", root), options)


def html(made: Edition, address: str) -> str:
    assert made.look
    return render(made.pages[address], made.look).decode()


def codes(made: Edition) -> list[str]:
    return [one.code for one in made.errors]


def write(root: Path, name: str, data: str | bytes) -> None:
    make_site(root, {name: data}, site=None)


def small_paper(folder: Path) -> Path:
    """Two cases of one publication, a page about the paper."""
    return make_site(
        folder,
        {
            "content/p/index.md": publication("某刊", year=2024),
            "content/p/001-a.md": case("a", "甲案的正文。\n"),
            "content/p/002-b.md": case("b", "乙案的正文。\n"),
            "content/about.md": "关于本报的话。\n",
        },
    )
