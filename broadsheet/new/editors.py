"""What editing software needs to complete fields and to explain them.

For YAML files: JSON Schema, which the YAML extension of Red Hat reads (`yaml.schemas`). That
extension leaves Markdown alone (redhat-developer/vscode-yaml, issue 207), so for the front matter
of cases there are snippets, which VS Code offers by itself. All of it is made from the models.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any, get_args

from broadsheet import frontmatter, models
from broadsheet.new.forms import SECTIONS
from broadsheet.reference import DOCUMENTS, EXAMPLES, schema

SCHEMAS = ".vscode/schema"
_SCHEMAS_HERE = "docs/schema"  # in the repository of Broadsheet itself
_IN_MARKDOWN = ("case", "publication")
# where else than in content/<name>.yaml
_PLACES = {
    "people": ["content/people.yaml", "content/units.yaml"],
    "synonyms": ["search/synonyms.yaml"],
}


def files(schemas: str = SCHEMAS) -> dict[str, str]:
    """Settings, recommended extensions and snippets, by path below the project folder."""
    return {
        ".vscode/settings.json": _json(_settings(schemas)),
        ".vscode/extensions.json": _json({"recommendations": ["redhat.vscode-yaml"]}),
        ".vscode/broadsheet.code-snippets": _json(snippets()),
    }


def schema_files() -> dict[str, str]:
    """The JSON Schema of each kind of document, by path below the project folder."""
    return {f"{SCHEMAS}/{name}.schema.json": _json(schema(name)) for name in DOCUMENTS}


def schema_for(name: str, file: Path, content: Path) -> str:
    """The way from `file` to the schema `name` of its project, if that has one."""
    for folder in (SCHEMAS, _SCHEMAS_HERE):
        place = content.resolve().parent / folder / f"{name}.schema.json"
        if place.is_file():
            return Path(os.path.relpath(place, file.parent.resolve())).as_posix()
    return ""


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _settings(schemas: str) -> dict[str, Any]:
    mapped = {
        f"./{schemas}/{name}.schema.json": _PLACES.get(name, [f"content/{name}.yaml"])
        for name in DOCUMENTS
        if name not in _IN_MARKDOWN
    }
    made = {"**/.*.broadsheet": True, "site": True, "search/index": True}
    return {
        "files.encoding": "utf8",
        "yaml.schemas": mapped,
        # VS Code offers nothing while one types Markdown, unless told to
        "[markdown]": {
            "editor.wordWrap": "on",
            "editor.quickSuggestions": {"other": "on", "comments": "on", "strings": "on"},
            "editor.wordBasedSuggestions": "off",
        },
        "search.exclude": made,
        "files.watcherExclude": made,
    }


# -- snippets -------------------------------------------------------------------------------------


def snippets() -> dict[str, dict[str, Any]]:
    """A snippet for each field and each section, offered by its name and by the Chinese word."""
    chinese: dict[str, list[str]] = {}
    for word, key in frontmatter.CHINESE_KEYS.items():
        chinese.setdefault(key, []).append(word)
    found: dict[str, dict[str, Any]] = {}
    for document in _IN_MARKDOWN:
        model, about, _ = DOCUMENTS[document]
        for name, field in model.model_fields.items():
            if f"案例：{name}" in found:
                continue  # `title` and the like mean the same in both
            found[f"{about}：{name}"] = _snippet(
                [name, *chinese.get(name, [])],
                f"{name}: {_value(document, name)}",
                field.description or "",
            )
    for section in dict.fromkeys(name for names in SECTIONS.values() for name in names):
        found[f"正文：{section}"] = _snippet([section], f"## {section}\n\n$0", "正文的小标题")
    return found


def _snippet(prefixes: list[str], body: str, about: str) -> dict[str, Any]:
    return {
        "scope": "markdown",
        "prefix": prefixes,
        "body": body.split("\n"),
        "description": about,
    }


def _value(document: str, name: str) -> str:
    """A place to write in, with what may be chosen or an example."""
    if choices := _choices(name):
        return f"${{1|{','.join(choices)}|}}"
    example = EXAMPLES.get(f"{document}.{name}") or EXAMPLES[name]
    escaped = re.sub(r"([$}])", r"\\\1", example)
    return f"${{1:{escaped}}}"


def _choices(name: str) -> tuple[str, ...]:
    themes = tuple(theme.id for theme in models.DEFAULT_THEMES)
    fixed = {"kind": get_args(models.Kind), "organ": get_args(models.Organ), "theme": themes}
    return fixed.get(name, ())
