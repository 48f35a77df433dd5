"""What is wrong, as a reader of the preview sees it: over the page that it is wrong on, and as a
line at the foot of all others. Also the few pages that stand in where there is none to show.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import quote, unquote

import jinja2

from broadsheet.diagnostics import Diagnostic

CLIENT = Path(__file__).parent / "client"
PLACE = "/_preview/"  # where the preview's own files are served; no page has such an address
NOTICES = f"{PLACE}notices"
WECHAT = f"{PLACE}wechat/"
EDITORS = {
    "vscode": "vscode://file/{path}:{line}:{column}",
    "cursor": "cursor://file/{path}:{line}:{column}",
    "zed": "zed://file/{path}:{line}:{column}",
    "idea": "idea://open?file={path}&line={line}&column={column}",
    "none": "",
}
_HEAD_END = b"</head>"


@dataclass(frozen=True, slots=True)
class Notice:
    """A diagnostic, the page that it is about, and an address that opens the file in an editor."""

    diagnostic: Diagnostic
    page: str
    editor: str

    @property
    def before(self) -> str:
        """The excerpt up to the fault."""
        return self.diagnostic.excerpt[: max(0, self.diagnostic.column - 1)]

    @property
    def after(self) -> str:
        return self.diagnostic.excerpt[len(self.before) :]


def is_pattern(editor: str) -> bool:
    """Whether we know the editor, or it is the form of an address."""
    return editor in EDITORS or ("{path}" in editor and "://" in editor)


def pattern_for(editor: str) -> str:
    """The form of addresses that open a file in `editor`; empty for none."""
    return EDITORS.get(editor, editor)


def editor_address(pattern: str, file: str, line: int = 0, column: int = 0) -> str:
    """The address that opens a place in a file; empty where there is none."""
    if not pattern or not file:
        return ""
    path = quote(os.path.abspath(file).replace(os.sep, "/"), safe="/:")
    pattern = pattern.replace("/{path}", "{path}" if path.startswith("/") else "/{path}")
    parts = {"path": path, "line": line or 1, "column": column or 1}
    for name, value in parts.items():  # not format(): an address may have other braces
        pattern = pattern.replace(f"{{{name}}}", str(value))
    return pattern


@dataclass(frozen=True, slots=True)
class Tools:
    """What an editor may do with a page, as addresses: open its file, copy it. May be empty."""

    editor: str = ""
    wechat: str = ""


def notices_for(page: str, notices: Sequence[Notice], tools: Tools) -> str:
    """What the page at `page` has to say, as HTML."""
    own = [notice for notice in notices if notice.page == page]
    others = [notice for notice in notices if notice.page != page]
    template = _environment().get_template("notices.html")
    return template.render(own=own, others=others, tools=tools)


def stand_in(title: str, text: str, *, again: bool = False) -> bytes:
    """A page where there is none to show. `again`: it asks anew after a second."""
    template = _environment().get_template("stand-in.html")
    return template.render(title=title, text=text, again=again).encode()


def mark_of(html: bytes) -> str:
    """Tells one version of a page from another."""
    return hashlib.blake2b(html, digest_size=8).hexdigest()


def page_address(path: str) -> str:
    """The address of the page that the path of a URL shows."""
    return unquote(path).removesuffix("index.html")


def with_client(html: bytes, port: int) -> bytes:
    """A page with the scripts that bring it news."""
    scripts = (
        f'<link rel="stylesheet" href="{PLACE}preview.css">'
        f'<script src="{PLACE}preview.js" data-mark="{mark_of(html)}" defer></script>'
        f'<script src="/livereload.js?port={port}" defer></script>'
    )
    return html.replace(_HEAD_END, scripts.encode() + _HEAD_END, 1)


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(CLIENT),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
