"""Scripts: modules that import from each other, joined into the one file that a page loads.

The sources are ES modules that run as they stand, one idea a file, with as many comments as a
reader wants. Published they have no comments and travel in one piece: scripts are a good part of
what a first search costs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import rjsmin

from broadsheet.diagnostics import ContentError, Diagnostic

# `import { … } from "./name.js"`, at the beginning of a line; any other import from beside it
_IMPORT = re.compile(r'^import\s*\{[\w$,\s]*\}\s*from\s*"\./(?P<name>[^"\n]+)";?', re.MULTILINE)
_OTHER = re.compile(
    r"""^(?:import|export)\b[\w$*{},\s]*?["']\./(?P<name>[^"'\n]+)["']""", re.MULTILINE
)
_EXPORT = re.compile(
    r"^export\s+(?:\{[\w$,\s]*\};?|(?=const|let|class|function|async))", re.MULTILINE
)

# a number with a name in capitals, for a whole script
_NUMBER = re.compile(r"^const ([A-Z][A-Z\d_]*) = (\d+(?:\.\d+)?);", re.MULTILINE)
# where that name may be a property, or mean another thing
_BOUND = (
    r"[{,]NAME[,:}]|(?:let|const|var|function|class) NAME\b|\bNAME=(?!=)"
    r"|function\b[^(]*\([^)]*\bNAME\b|\([^()]*\bNAME\b[^()]*\)=>"
)
_LITERAL = re.compile(r""""[^"\n]*"|'[^'\n]*'|`[^`]*`""")
# two declarations, each on a line of its own, with or without comments
_DECLARATIONS = re.compile(
    r"^( *)((?:/\*[^\n]*?\*/ )?(let|const) [^;\n]+);(?: *//[^\n]*)?\n\1(?:/\*[^\n]*?\*/ )?\3 ",
    re.MULTILINE,
)


def join(scripts: Mapping[str, str]) -> dict[str, str]:
    """What to publish, by name: every script that no other imports, with all that it needs.

    Raises `ContentError` when a script imports one that is not there, in another way than
    `import { names } from "./file.js"`, or two import each other.
    """
    needed = {name: _needed(name, scripts) for name in scripts}
    parts = {name for names in needed.values() for name in names}
    order = {name: _in_order(name, needed, scripts, ()) for name in scripts}
    return {
        name: _small("\n".join(_bare(scripts[one], one != name) for one in order[name]))
        for name in scripts
        if name not in parts
    }


def _needed(name: str, scripts: Mapping[str, str]) -> list[str]:
    """The scripts that one imports from."""
    text = scripts[name]
    for match in _OTHER.finditer(text):
        if not _IMPORT.match(text, match.start()):
            reason = '只能写成 import { 名字 } from "./文件.js"'
            raise _refusal(name, text, match.start(), match["name"], reason)
        if match["name"] not in scripts:
            raise _refusal(name, text, match.start(), match["name"], "没有这个文件")
    return [match["name"] for match in _IMPORT.finditer(text)]


def _in_order(
    name: str, needed: Mapping[str, list[str]], scripts: Mapping[str, str], way: tuple[str, ...]
) -> list[str]:
    """A script behind those that it needs, each once."""
    ordered: list[str] = []
    for one in needed[name]:
        if one in (*way, name):
            circle = " → ".join((*way, name)[(*way, name).index(one) :])
            text = scripts[name]
            at = next(m.start() for m in _IMPORT.finditer(text) if m["name"] == one)
            raise _refusal(name, text, at, one, f"成了一个圈（{circle}）")
        ordered += _in_order(one, needed, scripts, (*way, name))
    return [*dict.fromkeys(ordered), name]


def _bare(text: str, part: bool) -> str:
    """A module as a part of another: without imports, and without the word export."""
    text = _IMPORT.sub("", text)
    return _EXPORT.sub("", text) if part else text


def _small(text: str) -> str:
    """Without comments and blanks. Numbers take the places of their names, and declarations that
    follow each other are one.
    """
    literals = "".join(_LITERAL.findall(rjsmin.jsmin(text)))
    for name, number in _NUMBER.findall(text):
        rest = re.sub(rf"^const {name} = .*\n", "", text, count=1, flags=re.MULTILINE)
        used = rf"{name}(?<![\w$.]{name})(?![\w$])"  # what begins with a text is soon found
        bound = re.search(_BOUND.replace("NAME", name), rjsmin.jsmin(rest))
        if not bound and not re.search(used, literals):
            text = re.sub(used, number, rest)
    found = 1
    while found:
        text, found = _DECLARATIONS.subn(r"\1\2, ", text)
    return str(rjsmin.jsmin(text))


def _refusal(name: str, text: str, at: int, needed: str, reason: str) -> ContentError:
    line = text.count("\n", 0, at) + 1
    message = f"脚本引用了 ./{needed}，但{reason}"
    hint = "改正这一行；文件名要与 assets 里的一模一样"
    return ContentError([Diagnostic("B603", message, hint, f"templates/assets/{name}", line)])
