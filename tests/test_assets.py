"""Assets: published under names that follow from their content, imports between scripts included."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from helpers import build, case, make_site, parsed, problem, tree

from broadsheet.assets import Assets, load_assets
from broadsheet.diagnostics import ContentError
from broadsheet.scan import display

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


@pytest.mark.parametrize(
    "statement",
    [
        'import { a } from "./two.js";',
        'import {a} from "./two.js"',
        'import {\n  a,\n  b,\n} from "./two.js";',
    ],
)
def test_a_script_is_published_with_what_it_imports(tmp_path: Path, statement: str) -> None:
    loaded = load(tmp_path, one=f"{statement}\nalert(a);", two="export const a = 1, b = 2;")
    assert source(loaded, "one.js").split() == ["const", "a=1,b=2;alert(a);"]
    assert "two.js" not in dict(loaded[0].addresses)  # nobody loads it by itself


def test_what_several_need_stands_there_once_and_first(tmp_path: Path) -> None:
    scripts = {
        "one": 'import { b } from "./two.js";\nimport { c } from "./three.js";\nb(c);',
        "two": 'import { c } from "./three.js";\nexport function b() { c(); }',
        "three": "export class c {}\nexport { c as d };",
    }
    text = re.sub(r"\s+", " ", source(load(tmp_path, **scripts), "one.js"))
    assert text.replace("\n", "").startswith("class c{}") and text.count("class c") == 1
    assert text.index("class c") < text.index("function b") < text.index("b(c)")
    assert "import" not in text and "export" not in text


def test_comments_are_left_out_and_what_looks_like_one_is_not(tmp_path: Path) -> None:
    text = """
        // a line
        /** @param {string} a */
        const address = "https://example.org/*no*/", pattern = /[/*]\\/\\//g;
        const text = `// ${address /* why */} 一  二`;
    """
    (made,) = (source(load(tmp_path, one=text), "one.js"),)
    assert "a line" not in made and "@param" not in made
    assert '"https://example.org/*no*/"' in made and "/[/*]\\/\\//g" in made and "一  二`" in made


def test_numbers_take_the_places_of_their_names(tmp_path: Path) -> None:
    one = (
        'import { MANY } from "./two.js";\nconst HALF = 0.5; // of it\nalert(a.HALF, MANY * HALF);'
    )
    made = source(load(tmp_path, one=one, two="export const MANY = 12;\n"), "one.js")
    assert made.strip() == "alert(a.HALF,12*0.5);"


@pytest.mark.parametrize(
    "use",
    [
        "({ MANY });", "({ a, MANY: 1 });", 'alert("MANY", MANY);', "alert(`${MANY}`);", "MANY = 3;",
        "function f(a, MANY) {}", "const f = (MANY, b) => b;", "const f = MANY => 1;", "{ let MANY; }",
        "const f = (a = 1, MANY = 2) => a;",
    ],
)  # fmt: skip
def test_a_name_that_may_mean_something_else_stays(tmp_path: Path, use: str) -> None:
    made = source(load(tmp_path, one=f"const MANY = 12;\nalert(MANY);\n{use}\n"), "one.js")
    assert made.startswith("const MANY=12;") and "alert(MANY)" in made


def test_declarations_that_follow_each_other_are_one(tmp_path: Path) -> None:
    text = """
let a = f(1); // one
/** @type {number} */ let b;
let c = () => {
  let d = 1;
  let [e, { g }] = d;
  const h = 2;
  const i = "x;y";
  return e;
};
let j = 3;
"""
    made = source(load(tmp_path, one=text), "one.js").replace("\n", "")
    assert made == ('let a=f(1),b,c=()=>{let d=1,[e,{g}]=d;const h=2,i="x;y";return e;};let j=3;')


@pytest.mark.parametrize(
    "text",
    [
        '// import { a } from "./gone.js";\n1',
        'const name = "./gone.js";',
        'const late = import("./gone.js");',
        'import { a } from "elsewhere";',
        'important("./gone.js");',
    ],
)
def test_what_is_no_import_from_beside_it_is_left_alone(tmp_path: Path, text: str) -> None:
    assert source(load(tmp_path, one=text), "one.js")


def test_a_change_gives_a_new_name_to_what_depends_on_it(tmp_path: Path) -> None:
    scripts = {"a": 'import { x } from "./b.js";', "b": "export const x = 1;", "d": "2;"}
    before = dict(load(tmp_path, **scripts)[0].addresses)
    after = dict(load(tmp_path, **scripts | {"b": "export const x = 3;"})[0].addresses)
    assert {name for name in before if before[name] != after[name]} == {"a.js"}


def test_a_script_of_the_publication_takes_the_place_of_ours(tmp_path: Path) -> None:
    load(tmp_path / "ours", one='import { a } from "./two.js";\nlog(a);', two="export let a = 1;")
    load(tmp_path / "theirs", two="export let a = 2;")
    loaded = load_assets([str(tmp_path / "theirs"), str(tmp_path / "ours")], "刊名")
    assert "a=2" in source(loaded, "one.js")


@pytest.mark.parametrize(
    ("scripts", "name", "line", "words"),
    [
        ({"a": '1;\n\nimport { x } from "./gone.js";'}, "a.js", 3, ("gone.js", "没有这个文件")),
        ({"a": 'import { x } from "./../a.js";'}, "a.js", 1, ("没有这个文件",)),
        ({"a": 'import x from "./b.js";', "b": ""}, "a.js", 1, ("import { 名字 }",)),
        ({"a": '\nimport "./b.js";', "b": ""}, "a.js", 2, ("import { 名字 }",)),
        ({"a": 'import * as x from "./b.js";', "b": ""}, "a.js", 1, ("import { 名字 }",)),
        ({"a": 'export * from "./b.js";', "b": ""}, "a.js", 1, ("import { 名字 }",)),
        ({"a": 'import { x } from "./b.js";', "b": '\nimport { y } from "./a.js";'}, "b.js", 2,
         ("a.js → b.js",)),
        ({"a": 'import { x } from "./a.js";'}, "a.js", 1, ("圈",)),
    ],
)  # fmt: skip
def test_an_import_that_cannot_be_is_told_with_its_line(
    tmp_path: Path, scripts: dict[str, str], name: str, line: int, words: tuple[str, ...]
) -> None:
    with pytest.raises(ContentError) as caught:
        load(tmp_path, **scripts)
    (found,) = caught.value.diagnostics
    assert (found.code, found.file, found.line) == (
        "B603",
        display(tmp_path / "assets" / name),
        line,
    )
    assert all(word in found.message for word in words) and found.hint


def test_a_build_with_such_an_import_leaves_the_old_site(tmp_path: Path) -> None:
    make_site(tmp_path, {FILE: case()})
    build(tmp_path)
    before = tree(tmp_path / "site")
    make_site(tmp_path, {"templates/assets/search.js": 'import { x } from "./gone.js";'})
    assert problem(tmp_path, "B603").line == 1
    assert tree(tmp_path / "site") == before


def test_the_search_page_loads_one_script_of_its_own(tmp_path: Path) -> None:
    make_site(tmp_path, {FILE: case()})
    build(tmp_path, base_url="https://example.org/sub/")
    html = parsed(tmp_path, "/search/")
    (preloaded,) = html.all("link", rel="modulepreload")
    (script,) = html.all("script", type="module")
    assert preloaded.attributes["href"] == script.attributes["src"]
    published = tmp_path / "site" / script.attributes["src"].removeprefix("/sub/")
    data = published.read_bytes()
    assert b"import{" not in data and b"/**" not in data
    assert len(gzip.compress(data, 6)) <= 8192  # all scripts of search
