"""Assets: published under names that follow from their content, imports between scripts included."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from helpers import build, case, make_site, parsed, problem, tree

from broadsheet.assets import Assets, load_assets
from broadsheet.diagnostics import ContentError

FILE = "content/p/001-a.md"


def load(root: Path, **scripts: str) -> tuple[Assets, dict[str, bytes]]:
    """Assets of a folder with these scripts and nothing else."""
    (root / "assets").mkdir(parents=True, exist_ok=True)
    for name, text in scripts.items():
        (root / "assets" / f"{name}.js").write_text(text, "utf-8")
    return load_assets([str(root)], "刊名")


def source(loaded: tuple[Assets, dict[str, bytes]], name: str) -> str:
    assets, files = loaded
    return files[dict(assets.addresses)[name]].decode()


def published(loaded: tuple[Assets, dict[str, bytes]], name: str) -> str:
    return "./" + dict(loaded[0].addresses)[name].removeprefix("/assets/")


@pytest.mark.parametrize(
    "statement",
    [
        'import "{}";',
        'import{{a}}from"{}";',
        'import {{ a, b as c }} from "{}";',
        "import {{\n  a,\n  $b,\n}} from '{}';",
        'import * as all from "{}"',
        'import one, {{ two }} from "{}";',
        'export {{ a }} from "{}";',
        'export * from "{}";',
    ],
)
def test_an_import_gets_the_published_name(tmp_path: Path, statement: str) -> None:
    loaded = load(tmp_path, one="// 一\n" + statement.format("./two.js"), two="export const a = 1;")
    assert re.fullmatch(r"\./two\.[0-9a-f]{10}\.js", published(loaded, "two.js"))
    assert source(loaded, "one.js") == "// 一\n" + statement.format(published(loaded, "two.js"))


@pytest.mark.parametrize(
    "text",
    [
        '// import { a } from "./gone.js";',
        ' * @typedef {import("./gone.js").A} A',
        'export const name = "./gone.js";',
        'const late = import("./gone.js");',
        'import { a } from "elsewhere";',
        'important("./gone.js");',
    ],
)
def test_what_is_no_import_from_beside_it_stays(tmp_path: Path, text: str) -> None:
    assert source(load(tmp_path, one=text), "one.js") == text


def test_a_change_gives_new_names_to_all_that_depend_on_it(tmp_path: Path) -> None:
    scripts = {"a": 'import "./b.js";', "b": 'import "./c.js";', "c": "1", "d": "2"}
    before = dict(load(tmp_path, **scripts)[0].addresses)
    after = dict(load(tmp_path, **scripts | {"c": "3"})[0].addresses)
    assert {name for name in before if before[name] != after[name]} == {"a.js", "b.js", "c.js"}


def test_imports_are_told_with_those_that_they_need(tmp_path: Path) -> None:
    scripts = {"a": 'import "./b.js";\nimport "./c.js";', "b": 'import "./c.js";', "c": "1"}
    imports = dict(load(tmp_path, **scripts)[0].imports)
    assert imports["a.js"] == ("c.js", "b.js") and imports["b.js"] == ("c.js",)
    assert imports["c.js"] == imports["style.css"] == ()


def test_a_script_of_the_publication_takes_the_place_of_ours(tmp_path: Path) -> None:
    load(tmp_path / "ours", one='import "./two.js";', two="1")
    load(tmp_path / "theirs", two="2")
    loaded = load_assets([str(tmp_path / "theirs"), str(tmp_path / "ours")], "刊名")
    assert source(loaded, "two.js") == "2"
    assert published(loaded, "two.js") in source(loaded, "one.js")


@pytest.mark.parametrize(
    ("scripts", "name", "line", "words"),
    [
        ({"a": '1;\n\nimport "./gone.js";'}, "a.js", 3, ("gone.js", "没有这个文件")),
        ({"a": 'import "./../a.js";'}, "a.js", 1, ("没有这个文件",)),
        ({"a": 'import "./b.js";', "b": '\nimport "./a.js";'}, "b.js", 2, ("a.js → b.js",)),
        ({"a": 'import "./a.js";'}, "a.js", 1, ("圈",)),
        ({"x": 'import "./a.js";', "a": 'import "./b.js";', "b": 'import "./a.js";'}, "b.js", 1,
         ("（a.js → b.js）",)),
    ],
)  # fmt: skip
def test_an_import_that_cannot_be_is_told_with_its_line(
    tmp_path: Path, scripts: dict[str, str], name: str, line: int, words: tuple[str, ...]
) -> None:
    with pytest.raises(ContentError) as caught:
        load(tmp_path, **scripts)
    (found,) = caught.value.diagnostics
    assert (found.code, found.file, found.line) == ("B603", f"templates/assets/{name}", line)
    assert all(word in found.message for word in words) and found.hint


def test_a_build_with_such_an_import_leaves_the_old_site(tmp_path: Path) -> None:
    make_site(tmp_path, {FILE: case()})
    build(tmp_path)
    before = tree(tmp_path / "site")
    make_site(tmp_path, {"templates/assets/search.js": 'import "./gone.js";'})
    assert problem(tmp_path, "B603").line == 1
    assert tree(tmp_path / "site") == before


def test_the_search_page_asks_for_all_its_scripts_at_once(tmp_path: Path) -> None:
    make_site(tmp_path, {FILE: case()})
    build(tmp_path, base_url="https://example.org/sub/")
    html = parsed(tmp_path, "/search/")
    preloaded = [link.attributes["href"] for link in html.all("link", rel="modulepreload")]
    (script,) = html.all("script", type="module")
    assert preloaded[-1] == script.attributes["src"]
    for address in preloaded:
        path = tmp_path / "site" / address.removeprefix("/sub/")
        imported = re.findall(r'from "\./([^"]+)"', path.read_text("utf-8"))
        assert {f"/sub/assets/{name}" for name in imported} <= set(preloaded)
