"""What is made with `new`, and whether it holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from helpers import case, make_site, publication, tree
from jsonschema import Draft202012Validator

from broadsheet import cli, frontmatter, models, reference
from broadsheet.diagnostics import ContentError, Diagnostic
from broadsheet.new import make

P1 = "content/p/001-a.md"
Capture = pytest.CaptureFixture[str]


def run(*arguments: str | Path) -> int:
    return cli.run([str(argument) for argument in arguments])


def new_case(root: Path, title: str = "", here: Path | None = None, **wishes: str) -> Path:
    return make.new_case(root, None, title, wishes, here or root).path


def refused(root: Path, title: str = "", **wishes: str) -> Diagnostic:
    """The one diagnostic that `new case` ends with; nothing is made."""
    before = tree(root)
    with pytest.raises(ContentError) as caught:
        new_case(root, title, **wishes)
    assert tree(root) == before
    (found,) = caught.value.diagnostics
    assert found.message and found.hint
    return found


def front(path: Path) -> models.FrontMatter:
    head = frontmatter.split(path.read_text("utf-8"))[0]
    return frontmatter.validate(models.FrontMatter, frontmatter.parse(head), head)


def plain(value: Any) -> Any:
    """YAML values as JSON has them; `no` is the key of a reply, not a falsehood."""
    if isinstance(value, dict):
        return {"no" if key is False else str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value if isinstance(value, str | int | float | bool | None) else value.isoformat()


def schema_errors(name: str, text: str) -> list[str]:
    checker = Draft202012Validator(reference.schema(name))
    return [error.message for error in checker.iter_errors(plain(yaml.safe_load(text)))]


def head_errors(name: str, path: Path) -> list[str]:
    return schema_errors(name, frontmatter.split(path.read_text("utf-8"))[0])


def one_case(folder: Path) -> Path:
    """A publication of one case."""
    return make_site(folder, {P1: case("p-001"), "content/p/index.md": publication("某刊")})


def new_publication(root: Path, id_: str, **facts: str) -> Path:
    return make.new_publication(root, None, id_, facts)


def shown(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))
