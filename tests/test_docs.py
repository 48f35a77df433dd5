"""The documents cannot drift from the code: what they say is run, read, or looked up here."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import click
import pytest
import yaml
from helpers import PNG, ROOT, checked, codes, make_site, problems
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt

from broadsheet import cli, frontmatter, models, reference
from broadsheet.diagnostics import CODES, format_text, has_errors
from broadsheet.frontmatter import FrontMatterError
from broadsheet.models import EntityRules
from broadsheet.read import read
from broadsheet.search import opensearch
from broadsheet.search.answer import FIELDS
from broadsheet.search.documents import FACETS, Document
from broadsheet.search.index import update
from broadsheet.search.state import SEGMENT

DOCS = ROOT / "docs"
WRITTEN = sorted(
    [
        *DOCS.glob("*.md"),
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
        ROOT / "search/README.md",
    ]
)
SCHEMAS = {name: reference.schema(name) for name in reference.DOCUMENTS}
CASE = {"id": "a", "kind": "reference", "title": "关于甲的建议", "theme": "economy"}


@dataclass(frozen=True)
class Block:
    """A code block: its language, the rest of its first line, its text, the heading above it."""

    language: str
    words: tuple[str, ...]
    text: str
    heading: str


def blocks(path: Path) -> list[Block]:
    found, heading = [], ""
    tokens = MarkdownIt().parse(path.read_text("utf-8"))
    for index, token in enumerate(tokens):
        if token.type == "heading_open":
            heading = tokens[index + 1].content
        elif token.type == "fence":
            language, *words = token.info.split() or [""]
            found.append(Block(language, tuple(words), token.content, heading))
    return found


def headings(path: Path) -> list[str]:
    tokens = MarkdownIt().parse(path.read_text("utf-8"))
    return [tokens[n + 1].content for n, t in enumerate(tokens) if t.type == "heading_open"]


# -- generated pages ------------------------------------------------------------------------------


@pytest.mark.parametrize("path", reference.pages())
def test_generated_page_is_current(path: str) -> None:
    text = (ROOT / path).read_text("utf-8") if (ROOT / path).is_file() else ""
    assert text == reference.pages()[path], "run: python -m broadsheet.reference"


def commands(group: click.Group = cli.main, above: str = "") -> dict[str, click.Command]:
    """Every command by the words that call it, those in groups too: `new case`."""
    found: dict[str, click.Command] = {}
    for name, command in group.commands.items():
        found[f"{above}{name}"] = command
        if isinstance(command, click.Group):
            found |= commands(command, f"{above}{name} ")
    return found


def test_every_command_and_option_is_documented() -> None:
    text = (DOCS / "commands.md").read_text("utf-8")
    assert "new case" in commands()
    for name, command in commands().items():
        heading = f"\n{'#' * (2 + name.count(' '))} broadsheet {name}\n"
        assert heading in text
        section = re.split(r"\n##+ ", text.split(heading)[1])[0]
        assert command.help and command.help in section
        for parameter in command.params:
            if isinstance(parameter, click.Argument):
                assert parameter.metavar
                written = re.escape(parameter.metavar)
                assert re.search(rf"写法：`broadsheet {name} \[选项\].* {written}", section)
                continue
            for option in parameter.opts:
                assert f"- `{option}" in section, f"{name} {option}"
                assert (getattr(parameter, "help", "") or "?") in section


def test_every_field_is_documented_with_an_example_that_is_read() -> None:
    text = (DOCS / "fields.md").read_text("utf-8")
    for name, (model, _, _) in reference.DOCUMENTS.items():
        for owner, part in {name: SCHEMAS[name], **SCHEMAS[name]["$defs"]}.items():
            if part["properties"].keys() == {"entries"}:
                continue
            own = model if owner == name else getattr(models, owner)
            examples = reference.EXAMPLES
            lines = [
                f"{field}: {examples.get(f'{owner}.{field}') or examples[field]}"
                for field in own.model_fields
            ]
            for line in lines:
                field, _, example = line.partition(": ")
                assert re.search(rf"\| `{field}` \|.*\| `{re.escape(example)}` \|", text), line
            head = "\n".join(lines)
            frontmatter.validate(own, frontmatter.parse(head), head)  # raises on any fault


# -- diagnostics ----------------------------------------------------------------------------------


def test_every_code_has_its_heading_and_no_other() -> None:
    found = [heading for heading in headings(DOCS / "diagnostics.md") if heading.startswith("B")]
    assert found == [f"{code} {name}" for code, (_, name) in CODES.items()]


def test_warnings_are_called_warnings() -> None:
    text = (DOCS / "diagnostics.md").read_text("utf-8")
    for code, (severity, name) in CODES.items():
        after = text.split(f"### {code} {name}\n\n")[1]
        assert after.startswith("提醒。") == (severity == "warning"), code


def example_files(examples: list[Block]) -> dict[str, str | bytes]:
    """A content folder out of the examples for one code; each completes a case without fault."""
    files: dict[str, str | bytes] = {"content/p/loudao.png": PNG}
    for block in examples:
        path = block.words[1] if len(block.words) > 1 else "content/p/001-a.md"
        if block.language == "yaml" and path.endswith(".md"):
            keys = re.findall(r"^(\w+)\s*[:：]", block.text, re.MULTILINE)
            rest = [f"{key}: {value}" for key, value in CASE.items() if key not in keys]
            files[path] = "\n".join(["---", *rest, f"{block.text}---", "", "正文。\n"])
        elif block.language == "markdown" and len(block.words) == 1:
            head = "\n".join(f"{key}: {value}" for key, value in CASE.items())
            files[path] = f"---\n{head}\n---\n\n{block.text}"
        else:
            files[path] = block.text
    if not any(path.endswith(".md") for path in files):
        head = "\n".join(f"{key}: {value}" for key, value in CASE.items())
        files["content/p/001-a.md"] = f"---\n{head}\n---\n".replace("id: a", "id: yunqi-2025-001")
    return files


def example_site(root: Path, examples: list[Block]) -> Path:
    files = example_files(examples)
    return make_site(root, files, **({"site": None} if "content/site.yaml" in files else {}))


@pytest.mark.parametrize("code", CODES)
def test_bad_example_is_told_and_good_one_is_not(code: str, tmp_path: Path) -> None:
    mine = [b for b in blocks(DOCS / "diagnostics.md") if b.heading.startswith(code)]
    bad = [block for block in mine if block.words[:1] == ("错",)]
    good = [block for block in mine if block.words[:1] == ("对",)]
    assert bad, "no bad example"
    assert good, "no good example"
    assert len(bad) + len(good) == len(mine)
    if bad[0].language == "text":  # about files, disks and windows: nothing to run
        assert code[1] in "16789" or code == "B207"
        return
    tell = checked if code.startswith("B8") else problems
    assert code in [problem.code for problem in tell(example_site(tmp_path / "bad", bad))]
    told = tell(example_site(tmp_path / "good", good))
    assert code not in [problem.code for problem in told]
    assert not has_errors(told)


# -- the handbook ---------------------------------------------------------------------------------


def handbook_files() -> dict[str, str | bytes]:
    files: dict[str, str | bytes] = {"content/yunqi-2025/jianshen.png": PNG}
    for block in blocks(DOCS / "handbook.md"):
        if block.words:
            assert block.words[0].startswith("content/"), block.words
            assert block.words[0] not in files
            files[block.words[0]] = block.text
    return files


def test_the_handbook_is_a_site_without_fault(tmp_path: Path) -> None:
    files = handbook_files()
    root = make_site(tmp_path, files, site=None)
    content = read(root / "content")
    assert not content.diagnostics
    assert not problems(root)
    assert not checked(root)
    assert {case.front.kind for case in content.cases} == set(models.KIND_NAMES)
    shown = [
        path for path in files if path.count("/") == 2 and not path.endswith(("index.md", "png"))
    ]
    assert len(content.cases) == len(shown)
    assert content.people
    assert content.units
    assert content.about.body.sections
    assert content.site.title == "云栖提案"
    for path in files:
        if path.endswith(".md") and path != "content/about.md":
            name = "publication" if path.endswith("index.md") else "case"
            assert not list(schema_errors(name, front_matter(files[path])))


def snippets() -> list[Block]:
    return [b for b in blocks(DOCS / "handbook.md") if b.language == "yaml" and not b.words]


def test_snippets_of_the_handbook_are_read() -> None:
    assert len(snippets()) > 5
    for block in snippets():
        rest = "".join(f"{key}: {value}\n" for key, value in CASE.items())
        head = rest + block.text
        frontmatter.validate(models.FrontMatter, frontmatter.parse(head), head)


def test_no_example_of_a_case_goes_unread() -> None:
    for path in WRITTEN:
        for block in blocks(path):
            if re.search(r"^kind: ", block.text, re.MULTILINE) and "错" not in block.words:
                assert block.words or block in snippets(), f"{path.name}: {block.text[:60]}"


def test_the_case_of_the_readme_is_built(tmp_path: Path) -> None:
    (block,) = [b for b in blocks(ROOT / "README.md") if b.language == "markdown"]
    root = make_site(tmp_path, {block.words[0]: block.text})
    assert not problems(root)


@pytest.mark.parametrize("name", ["README.md", "docs/handbook.md"])
def test_the_message_shown_is_the_message_told(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (shown,) = [b.text for b in blocks(ROOT / name) if b.text.startswith("错误 ")]
    case = next(b for b in blocks(ROOT / name) if b.words and "001" in b.words[0])
    wrong = case.text.replace("proposers:", "proposer:")
    monkeypatch.chdir(make_site(tmp_path, {case.words[0]: wrong}))
    assert shown in format_text(problems(Path())) + "\n"


def test_required_by_kind_stands_in_the_handbook() -> None:
    text = (DOCS / "handbook.md").read_text("utf-8")
    for kind, needed in models.REQUIRED_BY_KIND.items():
        (row,) = re.findall(rf"^\| `{kind}` \|.*$", text, re.MULTILINE)
        cells = row.split("|")
        assert models.KIND_NAMES[kind] in cells[2]
        assert tuple(re.findall(r"`(\w+)`", cells[3])) == needed


# -- commands and links ---------------------------------------------------------------------------


def shell_lines(path: Path) -> Iterator[str]:
    for block in blocks(path):
        if block.language in ("sh", "yaml"):
            yield from block.text.splitlines()
    yield from re.findall(r"`((?:make|\.venv/bin/python|python) [^`]+)`", path.read_text("utf-8"))


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_commands_exist(path: Path) -> None:
    rules = re.findall(r"^([\w. -]+):(?!=)", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    targets = {target for rule in rules for target in rule.split()}
    options = {o for c in commands().values() for p in c.params for o in p.opts}
    for line in shell_lines(path):
        for target in re.findall(r"\bmake ([a-z-]+)", line):
            assert target in targets, line
        if re.search(r"build\.py|\bbroadsheet ", line):
            for option in re.findall(r"(?<!\S)--[a-z-]+", line):
                assert option in options | {"--help", "--version"}, line
            called = re.search(r"(?:build\.py|\bbroadsheet) (new [a-z]+|[a-z]+)\b", line)
            assert not called or called[1] in commands(), line
        module = re.search(r"python -m (broadsheet[.\w]*)", line)
        assert not module or (ROOT / f"{module[1].replace('.', '/')}.py").is_file(), line


def test_the_readme_names_its_two_commands() -> None:
    text = "\n".join(shell_lines(ROOT / "README.md"))
    assert "make site" in text
    assert "make test" in text


def slug(heading: str) -> str:
    """The anchor that code hosts give a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def links(path: Path) -> Iterator[str]:
    for token in MarkdownIt().parse(path.read_text("utf-8")):
        for child in token.children or ():
            target = child.attrs.get("href") or child.attrs.get("src")
            if target:
                yield unquote(str(target))


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_relative_links_lead_somewhere(path: Path) -> None:
    for link in links(path):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        assert target.exists(), link
        assert target.is_relative_to(ROOT), link
        if anchor:
            assert anchor in {slug(heading) for heading in headings(target)}, link


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_nothing_is_left_to_do_or_out_of_reach(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not re.search(r"\b(TODO|FIXME|TBD)\b", text)
    assert "../shared" not in text or path.name == "CONTRIBUTING.md"


# -- search ---------------------------------------------------------------------------------------


def test_the_example_for_whoosh_runs() -> None:
    (example,) = [b.text for b in blocks(DOCS / "search.md") if b.language == "python"]
    assert "assert " in example
    exec(compile(example, "docs/search.md", "exec"), {})


def test_the_query_for_opensearch_asks_the_fields_that_there_are() -> None:
    (example,) = [b.text for b in blocks(DOCS / "search.md") if b.language == "json"]
    properties = opensearch.definition()["mappings"]["properties"]
    asked = json.loads(example)
    assert set(asked["_source"]) <= properties.keys()
    wanted, unwanted = asked["query"]["bool"]["must"], asked["query"]["bool"]["must_not"]
    for clause in wanted:
        weights = dict(field.split("^") for field in clause["multi_match"]["fields"][:-1])
        assert {**weights, "body": "1"} == {name: f"{w:.0f}" for name, w in FIELDS.items()}
        assert clause["multi_match"]["fields"][-1] == "body"
    assert all(set(clause["multi_match"]["fields"]) == FIELDS.keys() for clause in unwanted)
    assert all(clause["terms"].keys() <= set(FACETS) for clause in asked["query"]["bool"]["filter"])


def test_every_file_of_the_index_is_told(tmp_path: Path) -> None:
    update(tmp_path, [Document("a", "甲乙丙")], (("甲", "乙"),))
    kinds = {name.removeprefix(f"{SEGMENT}.").partition(".")[0] for name in os.listdir(tmp_path)}
    table = (DOCS / "search.md").read_text("utf-8").split("| file |")[1].split("\n\n")[0]
    for kind in {*kinds, "b", "s"}:
        name = "_MAIN_*.toc" if kind.startswith("_MAIN") else kind
        name = {"state": "state.json"}.get(name, name)
        assert f"`{name}`" in table, kind


def test_every_module_of_search_is_on_the_map() -> None:
    text = (DOCS / "design.md").read_text("utf-8").split("\n## Search\n")[1].split("\n## ")[0]
    named = re.findall(r"`(\w+)`", "".join(re.findall(r"^\|(.*?)\|", text, re.MULTILINE)))
    there = {path.stem for path in (ROOT / "broadsheet/search").glob("*.py")} - {"__init__"}
    assert sorted(named) == sorted(there)


def test_every_module_of_check_is_on_the_map() -> None:
    text = (DOCS / "design.md").read_text("utf-8").split("\n## Check\n")[1].split("\n## ")[0]
    named = re.findall(r"`(\w+)`", "".join(re.findall(r"^\|(.*?)\|", text, re.MULTILINE)))
    there = {path.stem for path in (ROOT / "broadsheet/check").glob("*.py")} - {"__init__"}
    assert sorted(named) == sorted(there)


# -- JSON Schema ----------------------------------------------------------------------------------


def plain(value: Any) -> Any:
    """YAML values as JSON has them: dates as ISO text, and the key `no`, which YAML 1.1 takes for
    a falsehood.
    """
    if isinstance(value, dict):
        return {"no" if key is False else str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, date | datetime) else value


def front_matter(text: str | bytes) -> Any:
    head, _, _ = frontmatter.split(text if isinstance(text, str) else text.decode())
    return plain(yaml.safe_load(head))


def schema_errors(name: str, value: Any) -> Iterator[str]:
    for error in Draft202012Validator(SCHEMAS[name]).iter_errors(value):
        yield error.message


SHIPPED = sorted((ROOT / "content").rglob("*.md"))
SHIPPED_CASES = [p for p in SHIPPED if p.name not in ("index.md", "about.md")]


@pytest.mark.parametrize("name", reference.DOCUMENTS)
def test_schema_is_one(name: str) -> None:
    written = json.loads((DOCS / "schema" / f"{name}.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(written)
    assert written["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    assert "://" not in written["$id"]
    assert written["title"]
    assert written == SCHEMAS[name]


def test_every_shipped_case_agrees_with_the_schema() -> None:
    assert len(SHIPPED_CASES) > 30
    for path in SHIPPED_CASES:
        assert not list(schema_errors("case", front_matter(path.read_text("utf-8")))), path


def test_every_other_shipped_file_agrees_with_its_schema() -> None:
    found = [p for p in SHIPPED if p.name == "index.md"]
    assert found
    for path in found:
        assert not list(schema_errors("publication", front_matter(path.read_text("utf-8")))), path
    for name, path in (
        ("site", "content/site.yaml"),
        ("wordlist", "content/wordlist.yaml"),
        ("synonyms", "search/synonyms.yaml"),
    ):
        value = yaml.safe_load((ROOT / path).read_text("utf-8"))
        assert not list(schema_errors(name, plain(value))), path


@pytest.mark.parametrize("kind", models.KIND_NAMES)
def test_each_required_key_is_required(kind: models.Kind) -> None:
    whole = CASE | {"kind": kind} | dict.fromkeys(models.REQUIRED_BY_KIND[kind], "某某")
    assert not list(schema_errors("case", whole))
    for key in ("id", "kind", "title", "theme", *models.REQUIRED_BY_KIND[kind]):
        without = {name: value for name, value in whole.items() if name != key}
        assert list(schema_errors("case", without)), key
        assert list(schema_errors("case", whole | {key: None})), key
        assert list(schema_errors("case", whole | {key: ""})), key


ACCEPTED = [
    ("case", "proposers: 张山"),
    ("case", "proposers: {name: 张山, type: person}"),
    ("case", "proposers: [张山, {name: 民进某某区委员会, type: party}]"),
    ("case", "supervisors: 周舟"),
    ("case", "hosts: 区住建局"),
    ("case", "keywords: [5G, 2035]"),
    ("case", "number: 322"),
    ("case", 'number: "0867"'),
    ("case", "merged_numbers: 闭08"),
    ("case", "date: 2024"),
    ("case", "date: 2024-03"),
    ("case", "date: 2024-03-17"),
    ("case", "id: 2024"),
    ("case", "draft: yes"),
    ("case", "publish_at: 2024-12-01T06:00+08:00"),
    ("case", "proposers_more: '24'"),
    ("case", "ratings: [{grade: A1}]"),
    ("case", "co_hosts:\nsource:\nsatisfaction: ''"),
    ("case", "source: {page: 3, date: 2024, url: }"),
    ("case", "needs_review: [看不清, {field: number, why: 看不清}]"),
    ("publication", "title: 某刊\ngrade_scheme: {A: 已经解决, B1: 列入计划}"),
    ("publication", "title: 某刊\nfigures: [{label: 立案, value: 92.9}]"),
    ("publication", "title: 某刊\nyear: 2024\nsession: {term: 12, meeting: '4'}"),
    ("site", "title: 某站\nbase_url:"),
    ("site", "themes: [{id: a, name: 甲, seal: 甲}]\npublications: p"),
    ("people", "entries: [{name: 张山, cases: a, slug: zhang-shan}]"),
    ("people", "entries: [{name: 张山, merge: [{region: 东湖区}]}]"),
    ("synonyms", "groups:\n  - [托育, 托幼]\n  - [5G, 14486.59, ai]"),
    ("synonyms", "groups:"),
    ("wordlist", "words: {其它: 其他, 做为: 作为}\nphrases: 新质生产力"),
    ("wordlist", "words: [{wrong: 其它, right: 其他, note: 用字}]\nunits: [区科技局]"),
    ("wordlist", "people: [{name: 张山, post: 区长}, {name: 周舟, post: [主席, 书记]}]"),
    ("wordlist", "accepted: [{code: B812, file: p/001-a.md, reason: 原文如此}]\nwords:"),
]
REFUSED = [
    ("case", "author: 张山"),
    ("case", "ratings: [{grade: E}]"),
    ("case", "ratings: [{grade: 5}]"),
    ("case", "ratings: [{grade: A, rating: 1}]"),
    ("case", "ratings: {grade: A}"),
    ("case", "ratings: [{round: 0, grade: A}]"),
    ("case", "kind: letter"),
    ("case", "id: Yunqi"),
    ("case", "proposers: [{type: person}]"),
    ("case", "proposers: [{name: 张山, type: 党派}]"),
    ("case", "date: 2024年3月"),
    ("case", "source: {url: www.example.org}"),
    ("case", "hosts: [{name: 区住建局}]"),
    ("case", "draft: 草稿"),
    ("case", "kind: key\nproposers: 张山\nhosts: 区住建局\nsupervisors: []"),
    ("publication", "region: 云栖区"),
    ("publication", "title: 某刊\norgan: party"),
    ("publication", "title: 某刊\ngrade_scheme: {优: 已经解决}"),
    ("publication", "title: 某刊\nsession: {term: 12}"),
    ("site", "themes: []"),
    ("site", "theme: economy"),
    ("people", "entries: [{name: 张山, cases: [a]}]"),
    ("people", "entries: [{region: 云栖区}]"),
    ("people", "rules: []"),
    ("synonyms", "groups: [托育, 托幼]"),
    ("synonyms", "groups: [[托育]]"),
    ("synonyms", "words: [[托育, 托幼]]"),
    ("wordlist", "words: [{wrong: 其它}]"),
    ("wordlist", "accepted: [{code: B301, file: a.md, reason: 不要}]"),
    ("wordlist", "accepted: [{code: B812, file: a.md}]"),
    ("wordlist", "people: [{name: 张山}]"),
    ("wordlist", "accept: []"),
]


def judged(name: str, text: str, tmp_path: Path) -> tuple[bool, bool]:
    """Whether the reader, and whether the schema, accepts these lines."""
    if name == "case":
        rest = [f"{k}: {v}" for k, v in CASE.items() if not re.search(f"(?m)^{k}:", text)]
        text = "\n".join([*rest, text])
    value = plain(yaml.safe_load(text))
    by_schema = not list(schema_errors(name, value))
    if name == "case":
        root = make_site(tmp_path, {"content/p/001-a.md": f"---\n{text}\n---\n\n正文。\n"})
        return not {"B301", "B302", "B303", "B304"} & set(codes(root)), by_schema
    model = EntityRules if name == "people" else reference.DOCUMENTS[name][0]
    try:
        frontmatter.validate(model, frontmatter.parse(text), text)
    except FrontMatterError:
        return False, by_schema
    return True, by_schema


@pytest.mark.parametrize(("name", "text"), ACCEPTED)
def test_schema_accepts_what_the_reader_accepts(name: str, text: str, tmp_path: Path) -> None:
    assert judged(name, text, tmp_path) == (True, True)


@pytest.mark.parametrize(("name", "text"), REFUSED)
def test_schema_refuses_what_the_reader_refuses(name: str, text: str, tmp_path: Path) -> None:
    assert judged(name, text, tmp_path) == (False, False)
