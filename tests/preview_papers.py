"""A small paper for the tests of the preview, and what they do to it."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from helpers import case, make_site, publication, raw_case
from preview_process import Preview

A, B = "content/p/001-a.md", "content/p/002-b.md"
BROKEN = raw_case("id: a", "kind: case", "titel: 错", body="还没写完。\n")


def body(text: str) -> str:
    """A second paragraph: the first one is a summary, which other pages may show."""
    return f"头一段不改。\n\n{text}\n"


def small_paper(folder: Path) -> Path:
    """Two cases of one publication."""
    return make_site(
        folder,
        {
            "content/p/index.md": publication("某刊", year=2024),
            A: case("a", body("甲案的正文。")),
            B: case("b", body("乙案的正文。")),
        },
    )


def index_address(page: str, one: Preview) -> str:
    """The file that the search of the browser reads first."""
    scripts = re.findall(r'src="(/assets/search[^"]+)"', page)
    assert scripts
    names = set(re.findall(r"[\w./-]+\.(?:bin|json)", "".join(one.text(s) for s in scripts)))
    found = [name for name in names if one.get(f"/search/{name.lstrip('./')}").status == 200]
    assert found, names
    return f"/search/{found[0].lstrip('./')}"


def git(root: Path, *arguments: str) -> None:
    names = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "gc.auto=0"]
    ours = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    environment = {**os.environ, **ours}
    subprocess.run(
        ["git", *names, *arguments], cwd=root, check=True, capture_output=True, env=environment
    )


def template(site: Path) -> tuple[str, str]:
    mark = '<p class="kicker">'
    text = (Path(__file__).parent.parent / "templates" / "case.html").read_text("utf-8")
    assert mark in text
    return text, mark
