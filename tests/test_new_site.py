"""`new publication` and `new site`: what they make builds at once, from the installed package too."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from helpers import ROOT, build, case, codes, make_site, page, problems, tree
from new_papers import (
    Capture,
    front,
    head_errors,
    new_case,
    new_publication,
    one_case,
    run,
    schema_errors,
)
from patience import LIMIT

from broadsheet import cli, frontmatter, models, reference
from broadsheet.diagnostics import ContentError
from broadsheet.new import editors, make
from broadsheet.read import read


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return one_case(tmp_path)


# -- a publication --------------------------------------------------------------------------------


def test_a_publication_is_made_with_what_is_known(root: Path) -> None:
    facts = {"title": "云栖: 百件", "region": "云栖区", "organ": "政协", "year": "2025"}
    path = new_publication(root, "yunqi-2025", **facts)
    assert head_errors("publication", path) == []
    new_case(root, "甲", publication="yunqi-2025")
    assert problems(root, drafts=True) == []
    (made,) = [one for one in read(root / "content").publications if one.id == "yunqi-2025"]
    assert (made.front.title, made.front.region, made.front.organ, made.front.year) == (
        "云栖: 百件", "云栖区", "cppcc", 2025,
    )  # fmt: skip


def test_what_a_publication_offers_may_be_taken(root: Path) -> None:
    head = frontmatter.split(new_publication(root, "q").read_text("utf-8"))[0]
    fields = [line for line in head.splitlines() if re.match(r"(# )?\w+: ", line)]
    assert all("  # " in line for line in fields) and "【待填：刊次名称】" in fields[0]
    taken = "\n".join(line.removeprefix("# ") for line in fields)
    made = frontmatter.validate(models.PublicationMatter, frontmatter.parse(taken), taken)
    assert made.model_fields_set == set(models.PublicationMatter.model_fields)
    assert schema_errors("publication", taken) == []


@pytest.mark.parametrize(
    ("id_", "code", "hint"),
    [("p", "B751", "new case"), ("云栖2025", "B753", "yun-qi-2025"), ("../x", "B753", ""),
     ("economy", "B753", "economy-2025"), ("full", "B751", "index.md"), ("a" * 101, "B753", ""),
     ("yun-qi", "B751", "new case"), ("file", "B751", "")],
)  # fmt: skip
def test_a_publication_that_cannot_be_is_refused(
    root: Path, id_: str, code: str, hint: str
) -> None:
    make_site(
        root, {"content/full/a.png": b"", "content/云栖/1.md": case("y"), "content/file": b""}
    )
    before = tree(root)
    with pytest.raises(ContentError) as caught:
        new_publication(root, id_)
    (found,) = caught.value.diagnostics
    assert found.code == code and hint in found.hint and tree(root) == before


def test_an_empty_folder_becomes_a_publication(root: Path) -> None:
    (root / "content/q").mkdir()
    assert new_publication(root, "q").is_file()


# -- a site ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("new") / "站 点"
    make.new_site(folder, "")
    return folder


def test_a_new_site_builds_and_asks_for_its_address_alone(starter: Path) -> None:
    assert codes(starter) == ["B406"]
    assert codes(starter, base_url="https://example.org/") == []
    assert "示例" in page(starter, "/cases/yunqi-2025-001/")
    assert "云栖提案" in page(starter, "/")


def test_a_new_site_has_all_that_a_newcomer_needs(starter: Path) -> None:
    there = set(tree(starter))
    assert there >= {
        "README.md", ".gitignore", "content/site.yaml", "content/about.md", "search/synonyms.yaml",
        "content/yunqi-2025/index.md", "content/yunqi-2025/001-jiazhuang-dianti.md",
        ".vscode/settings.json", ".vscode/extensions.json", ".vscode/broadsheet.code-snippets",
    }  # fmt: skip
    assert not [name for name in there if "dot-" in name]


def test_what_builds_make_is_not_kept_under_version_control(starter: Path) -> None:
    build(starter)
    subprocess.run(["git", "init", "-q"], cwd=starter, check=True)
    listed = subprocess.run(
        ["git", "status", "--short", "--untracked-files=all"],
        cwd=starter, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    made = [line for line in listed.splitlines() if re.search(r" (site|search/index|\.site)", line)]
    assert made == [] and "content/site.yaml" in listed


def test_every_file_of_a_new_site_agrees_with_its_schema(starter: Path) -> None:
    for path in (starter / "content").rglob("*.md"):
        if path.name != "about.md":
            assert head_errors("publication" if path.name == "index.md" else "case", path) == []
    for name, file in (("site", "content/site.yaml"), ("synonyms", "search/synonyms.yaml")):
        assert schema_errors(name, (starter / file).read_text("utf-8")) == []


def test_every_way_to_a_schema_leads_to_one(starter: Path) -> None:
    make.new_case(starter, None, "甲", {}, starter)
    make.new_publication(starter, None, "q", {})
    seen = set()
    for path in [*starter.glob("content/**/*.md"), *starter.glob("*/*.yaml")]:
        for way in re.findall(
            r"^# yaml-language-server: \$schema=(.*)$", path.read_text("utf-8"), re.MULTILINE
        ):
            assert not os.path.isabs(way)  # the folder may be moved, and shared
            found = json.loads((path.parent / way).read_text("utf-8"))
            name = found["$id"].rpartition(":")[2]
            assert found == reference.schema(name)
            assert name == {"index.md": "publication", "site.yaml": "site",
                            "synonyms.yaml": "synonyms"}.get(path.name, "case")  # fmt: skip
            seen.add(path.name)
    assert seen == {p.name for p in starter.glob("**/*") if p.suffix in (".md", ".yaml")} - {
        "about.md", "README.md",
    }  # fmt: skip


def test_settings_map_every_yaml_file_to_its_schema(starter: Path) -> None:
    schemas = json.loads((starter / ".vscode/settings.json").read_text("utf-8"))["yaml.schemas"]
    mapped = {}
    for way, files in schemas.items():
        found = json.loads((starter / way).read_text("utf-8"))
        mapped |= dict.fromkeys(files, found["$id"].rpartition(":")[2])
    assert mapped.items() >= {
        "content/site.yaml": "site", "content/people.yaml": "people",
        "content/units.yaml": "people", "search/synonyms.yaml": "synonyms",
    }.items()  # fmt: skip
    assert set(mapped.values()) == set(reference.DOCUMENTS) - {"case", "publication"}


def taken(snippet: dict[str, Any]) -> str:
    """What stands there when a snippet is taken as it is: first choices, examples."""
    lines = []
    for line in snippet["body"]:
        text = re.sub(r"\$\{1\|([^,|]*)[^|]*\|\}", r"\1", line).replace("$0", "")
        text = re.sub(r"\$\{1:(.*)(?<!\\)\}$", r"\1", text)
        lines.append(re.sub(r"\\([$}\\])", r"\1", text))
    return "\n".join(lines)


def test_snippets_write_every_field_as_the_reader_wants_it() -> None:
    found = editors.snippets()
    models_of = {"案例": models.FrontMatter, "刊次": models.PublicationMatter}
    seen = set()
    for name, snippet in found.items():
        document, _, field = name.partition("：")
        assert snippet["scope"] == "markdown" and snippet["description"]
        if document == "正文":
            assert taken(snippet).startswith(f"## {field}\n")
            continue
        head = taken(snippet)
        assert "$" not in head and field in snippet["prefix"]
        value = frontmatter.parse(head)
        problems_of = models_of[document].__pydantic_validator__
        try:
            problems_of.validate_python(value)
        except ValueError as error:  # other fields are missing; this one is right
            assert "missing" in str(error) and field not in re.findall(
                r"^(\w+)", str(error), re.MULTILINE
            )
        seen.add(field)
    assert seen == set(models.FrontMatter.model_fields) | set(models.PublicationMatter.model_fields)
    assert "提案人" in found["案例：proposers"]["prefix"]


def test_the_title_of_a_site_is_the_one_given(tmp_path: Path) -> None:
    title = '云: "栖" #1 \\1'
    make.new_site(tmp_path / "s", title)
    assert read(tmp_path / "s/content").site.title == title
    assert codes(tmp_path / "s") == ["B406"]


def test_one_template_and_one_style_are_replaced_in_a_new_site(tmp_path: Path) -> None:
    make.new_site(tmp_path / "s", "")
    root = make_site(
        tmp_path / "s",
        {"templates/foot.html": "<footer>自己的页脚</footer>",
         "templates/assets/custom.css": ".prose { line-height: 2; }"},
        site=None,
    )  # fmt: skip
    build(root, base_url="https://example.org/")
    html = page(root, "/cases/yunqi-2025-001/")
    assert "自己的页脚" in html and 'class="prose"' in html
    (style,) = (root / "site/assets").glob("style.*.css")
    assert ".prose { line-height: 2; }" in style.read_text() and len(style.read_text()) > 5000


def test_the_readme_of_a_new_site_names_commands_that_there_are(starter: Path) -> None:
    text = (starter / "README.md").read_text("utf-8")
    called = re.findall(r"\bbroadsheet (new [a-z]+|[a-z]+)", text)
    commands = {*cli.main.commands, *(f"new {name}" for name in cli.main.commands["new"].commands)}  # type: ignore[attr-defined]
    assert {"build", "serve", "check", "new case", "new publication"} <= set(called)
    assert set(called) <= commands
    for file in re.findall(r"`((?:content|search)/[\w./-]+)`", text):
        assert (starter / file).exists() or file == "search/index/", file


def test_the_commands_of_that_readme_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make.new_site(tmp_path / "s", "")
    monkeypatch.chdir(tmp_path / "s")
    text = Path("README.md").read_text("utf-8")
    lines = re.findall(r"^broadsheet (new .*)$", text, re.MULTILINE)
    assert len(lines) == 3
    for line in lines:
        assert run(*line.split()) == 0
    assert codes(Path(), drafts=True, base_url="https://example.org/") == []


def test_a_template_is_taken_over_and_then_is_the_one(root: Path, capsys: Capture) -> None:
    assert run("new", "template", "--root", root) == 0
    names = capsys.readouterr().out.split()
    assert {"foot.html", "assets/print.css", "assets/icon.png"} <= set(names)
    for name in names:
        assert run("new", "template", name, "--root", root) == 0
    assert tree(root / "templates") == tree(ROOT / "templates")
    (root / "templates/foot.html").write_text("<footer>自己的页脚</footer>", "utf-8")
    build(root)
    assert "自己的页脚" in page(root, "/about/")
    assert run("new", "template", "foot.html", "--root", root) == 1
    assert "B751" in capsys.readouterr().err
    assert "自己的页脚" in (root / "templates/foot.html").read_text("utf-8")
    assert run("new", "template", "fooot.html", "--root", root) == 1
    assert "是不是 foot.html？" in capsys.readouterr().err
    assert run("new", "template", "../README.md", "--root", root) == 1


@pytest.mark.parametrize("name", ["file", "full", "link"])
def test_a_site_goes_nowhere_where_something_is(tmp_path: Path, name: str, capsys: Capture) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "full").mkdir()
    (tmp_path / "full/x").write_text("x")
    (tmp_path / "link").symlink_to("nowhere")
    before = tree(tmp_path)
    assert run("new", "site", tmp_path / name) == 1
    assert "B751" in capsys.readouterr().err
    assert tree(tmp_path) == before


def test_a_site_may_go_into_an_empty_folder_or_a_new_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    (tmp_path / "a/.git").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a")
    assert run("new", "site", ".") == 0
    assert "cd ." in capsys.readouterr().out and codes(Path()) == ["B406"]
    assert run("new", "site", tmp_path / "b/c/d") == 0
    assert run("new", "site", ".") == 1


# -- the package ----------------------------------------------------------------------------------


def test_the_wheel_holds_all_that_new_needs(tmp_path: Path) -> None:
    """Built by uv as a release is, without a network; skipped where its build tools are missing."""
    uv = ROOT / ".venv/bin/uv"
    if not uv.is_file():
        pytest.skip("uv comes with the packages for development: make check")
    done = subprocess.run(
        [uv, "build", "--wheel", "--offline", "-q", "-o", tmp_path, ROOT],
        capture_output=True, text=True, timeout=LIMIT,
    )  # fmt: skip
    if done.returncode:
        pytest.skip(f"hatchling is not at hand without a network: {done.stderr.strip()[-200:]}")
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    code = "from broadsheet.cli import entry; entry()"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "installed")}
    (tmp_path / "empty").mkdir()
    for words in (
        ["new", "site", "s"],
        ["build", "--root", "s"],
        ["new", "case", "甲", "--root", "s"],
    ):
        done = subprocess.run(
            [sys.executable, "-c", code, *words], cwd=tmp_path / "empty", env=environment,
            capture_output=True, text=True, timeout=LIMIT,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    made, here = tree(tmp_path / "empty/s"), make.starter_files()
    assert {name: made[name].decode() for name in here} == here
    assert "site/cases/yunqi-2025-001/index.html" in made
    assert front(next((tmp_path / "empty/s/content").rglob("003-*.md"))).title == "甲"
