"""The map of the importer names every module, and the handbook every kind."""

from __future__ import annotations

import re

from helpers import ROOT

from broadsheet.commands.import_ import KINDS


def test_every_module_of_manuscripts_is_on_the_map() -> None:
    text = (
        (ROOT / "docs/design.md")
        .read_text("utf-8")
        .split("\n## Manuscripts\n")[1]
        .split("\n## ")[0]
    )
    named = re.findall(r"`([\w/]+)`", "".join(re.findall(r"^\|(.*?)\|", text, re.MULTILINE)))
    folder = ROOT / "broadsheet/manuscripts"
    there = {p.relative_to(folder).with_suffix("").as_posix() for p in folder.rglob("*.py")}
    assert sorted(named) == sorted(name for name in there if not name.endswith("__init__"))


def test_every_kind_is_in_the_handbook() -> None:
    text = (
        (ROOT / "docs/handbook.md").read_text("utf-8").split("\n## 导入来稿\n")[1].split("\n## ")[0]
    )
    assert [kind for kind in KINDS if kind != "auto" and f"| `{kind}` |" not in text] == []
