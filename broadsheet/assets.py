"""Styles, scripts and icons: read once, named by their content, so that browsers may keep them."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from broadsheet.diagnostics import ContentError, Diagnostic

STYLE_LAYERS = ("tokens", "base", "layout", "components", "print", "custom")
EARLY_SCRIPT = "early.js"  # stands inside each page: it must run before the first paint

# `import … from "./name.js"` and `export … from "./name.js"`, at the beginning of a line
_IMPORT = re.compile(
    rb"""^(?:import\s*(?:[\w$*{},\s]+?\bfrom\s*)?|export\s*[\w$*{},\s]+?\bfrom\s*)"""
    rb"""(?P<quote>["'])\./(?P<name>[^"'\n]+)(?P=quote)""",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Assets:
    """What pages need to know: addresses by name, the early script, the policy that allows it.

    `imports` has the scripts that a script needs, and those that they need, by its name.
    """

    addresses: tuple[tuple[str, str], ...]
    imports: tuple[tuple[str, tuple[str, ...]], ...]
    early_script: str
    policy: str


def template_folders(root: Path) -> tuple[str, ...]:
    """Where templates are looked up: the publication's own folder, then the package's."""
    package = Path(__file__).resolve().parent
    shipped = package / "templates"  # in a wheel; in a checkout they stand beside the package
    folders = (root / "templates", shipped if shipped.is_dir() else package.parent / "templates")
    return tuple(dict.fromkeys(str(folder.resolve()) for folder in folders if folder.is_dir()))


def load_assets(folders: Sequence[str], title: str) -> tuple[Assets, dict[str, bytes]]:
    """The assets, and the files to publish by address. A file of an earlier folder wins.

    `title` is the site's; printed pages carry it as their running head. Raises `ContentError` when
    a script imports one that is not there, or two import each other.
    """
    found: dict[str, Path] = {}
    for folder in reversed(folders):
        top = Path(folder) / "assets"
        found |= {path.name: path for path in sorted(top.glob("*")) if path.is_file()}
    styles = [found.pop(f"{name}.css") for name in STYLE_LAYERS if f"{name}.css" in found]
    early = found.pop(EARLY_SCRIPT).read_text("utf-8").strip() if EARLY_SCRIPT in found else ""
    head = f'@layer print {{ @page {{ @top-left {{ content: "{_css_text(title)}"; }} }} }}\n'
    contents = {"style.css": b"".join(path.read_bytes() for path in styles) + head.encode()}
    contents |= {name: path.read_bytes() for name, path in sorted(found.items())}
    addresses: dict[str, str] = {}
    files: dict[str, bytes] = {}
    imports: dict[str, tuple[str, ...]] = {}
    for name in _dependencies_first(contents):
        needed = _imported(name, contents[name])
        imports[name] = tuple(dict.fromkeys(n for one in needed for n in (*imports[one], one)))
        data = _IMPORT.sub(lambda match: _renamed(match, addresses), contents[name])
        addresses[name] = _address(name, data)
        files[addresses[name]] = data
    return Assets(tuple(addresses.items()), tuple(imports.items()), early, _policy(early)), files


def _imported(name: str, data: bytes) -> list[str]:
    """The names that a script imports from beside it."""
    if not name.endswith(".js"):
        return []
    return [match["name"].decode("utf-8", "replace") for match in _IMPORT.finditer(data)]


def _renamed(match: re.Match[bytes], addresses: Mapping[str, str]) -> bytes:
    """An import with the published name in place of ours; both files are in one folder."""
    published = addresses[match["name"].decode()].rpartition("/")[2]
    begin, end = (place - match.start() for place in match.span("name"))
    return match[0][:begin] + published.encode() + match[0][end:]


def _dependencies_first(contents: Mapping[str, bytes]) -> list[str]:
    """Names in an order in which every script stands behind those that it imports."""
    ordered: dict[str, None] = {}

    def visit(name: str, way: tuple[str, ...]) -> None:
        if name in ordered:
            return
        for needed in _imported(name, contents[name]):
            if needed not in contents:
                _refuse(name, contents[name], needed, "没有这个文件")
            if needed in (*way, name):
                circle = (*way, name)[(*way, name).index(needed) :]
                _refuse(name, contents[name], needed, f"成了一个圈（{' → '.join(circle)}）")
            visit(needed, (*way, name))
        ordered[name] = None

    for name in contents:
        visit(name, ())
    return list(ordered)


def _refuse(name: str, data: bytes, needed: str, reason: str) -> None:
    (first, *_) = (
        match.start("name") for match in _IMPORT.finditer(data) if match["name"] == needed.encode()
    )
    line = data.count(b"\n", 0, first) + 1
    message = f"脚本引用了 ./{needed}，但{reason}"
    hint = "改正这一行；文件名要与 assets 里的一模一样"
    raise ContentError([Diagnostic("B603", message, hint, f"templates/assets/{name}", line)])


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
