"""Styles, scripts and icons: read once, named by their content, so that browsers may keep them."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from broadsheet.diagnostics import ContentError
from broadsheet.frontmatter import FrontMatterError
from broadsheet.scan import display
from broadsheet.scripts import join
from broadsheet.textfile import read_text

STYLE_LAYERS = ("tokens", "base", "layout", "components", "print", "custom")
EARLY_SCRIPT = "early.js"  # stands inside each page: it must run before the first paint


@dataclass(frozen=True, slots=True)
class Assets:
    """What pages need to know: addresses by name, the early script, the policy that allows it."""

    addresses: tuple[tuple[str, str], ...]
    early_script: str
    policy: str


def load_assets(folders: Sequence[str], title: str) -> tuple[Assets, dict[str, bytes]]:
    """The assets, and the files to publish by address. A file of an earlier folder wins.

    `title` is the site's; printed pages carry it as their running head. Raises `ContentError` when
    scripts cannot be read or joined.
    """
    found: dict[str, Path] = {}
    for folder in reversed(folders):
        top = Path(folder) / "assets"
        found |= {path.name: path for path in sorted(top.glob("*")) if path.is_file()}
    styles = [found.pop(f"{name}.css") for name in STYLE_LAYERS if f"{name}.css" in found]
    early = _script(found.pop(EARLY_SCRIPT)).strip() if EARLY_SCRIPT in found else ""
    head = f'@layer print {{ @page {{ @top-left {{ content: "{_css_text(title)}"; }} }} }}\n'
    contents = {"style.css": b"".join(path.read_bytes() for path in styles) + head.encode()}
    scripts = {name: _script(path) for name, path in found.items() if path.suffix == ".js"}
    contents |= {name: text.encode() for name, text in _join(scripts, found).items()}
    contents |= {name: path.read_bytes() for name, path in found.items() if name not in scripts}
    addresses = {name: _address(name, data) for name, data in sorted(contents.items())}
    files = {addresses[name]: data for name, data in contents.items()}
    return Assets(tuple(addresses.items()), early, _policy(early)), files


def _script(path: Path) -> str:
    try:
        return read_text(path)
    except FrontMatterError as error:
        raise ContentError([replace(d, file=display(path)) for d in error.diagnostics]) from None


def _join(scripts: Mapping[str, str], paths: Mapping[str, Path]) -> dict[str, str]:
    try:
        return join(scripts)
    except ContentError as error:  # it knows the names alone
        shown = (replace(d, file=display(paths[Path(d.file).name])) for d in error.diagnostics)
        raise ContentError(list(shown)) from None


def _css_text(text: str) -> str:
    """Text for a CSS string: every character that could end it, escaped."""
    return "".join(c if c.isalnum() or c == " " else f"\\{ord(c):x} " for c in text)


def _address(name: str, data: bytes) -> str:
    stem, _, ending = name.rpartition(".")
    return f"/assets/{stem}.{hashlib.sha256(data).hexdigest()[:10]}.{ending}"


def _policy(early_script: str) -> str:
    """Nothing from elsewhere, nothing inline but the one script with this hash."""
    digest = b64encode(hashlib.sha256(early_script.encode()).digest()).decode()
    return "; ".join(
        (
            "default-src 'none'",
            "style-src 'self'",
            f"script-src 'self' 'sha256-{digest}'",
            "img-src 'self'",
            "connect-src 'self'",
            "manifest-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
        )
    )
