"""The reference part of docs/ and what editors need to complete fields, made from the code.

`python -m broadsheet.reference` writes it.

`pages` is pure, so that tests can hold what is in docs/ against it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from broadsheet import cli, models
from broadsheet.commands import output

Schema = dict[str, Any]

NOTICE = "<!-- 由 python -m broadsheet.reference 生成，不要手改。 -->"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
BLANK = [None, ""]  # what an editor leaves behind an optional key: the reader drops it
FLAGS = [True, False, "true", "false", "yes", "no", "on", "off"]
KNOWN: dict[str, Schema] = {
    "日期": models.DATE_SCHEMA, "时刻": models.MOMENT_SCHEMA, "文字或数": models.NUMBER_SCHEMA,
    "`true` 或 `false`": {"enum": FLAGS},
}  # fmt: skip

# name of the schema file: the model, its title, and where an editor writes it
DOCUMENTS: dict[str, tuple[type[BaseModel], str, str]] = {
    "case": (models.FrontMatter, "案例", "写在 `content/<刊次>/<文件名>.md` 的开头"),
    "publication": (models.PublicationMatter, "刊次", "写在 `content/<刊次>/index.md` 的开头"),
    "site": (models.SiteMatter, "站点", "写在 `content/site.yaml` 里"),
    "people": (
        models.EntityRules,
        "人名和单位名",
        "写在 `people.yaml` 和 `units.yaml` 的 `entries` 下面",
    ),
    "wordlist": (models.WordList, "词表", "写在 `content/wordlist.yaml` 里"),
    "synonyms": (models.SynonymGroups, "同义词", "写在 `search/synonyms.yaml` 里"),
}
# `Model.field` where a name means different things; a test reads them all
EXAMPLES = {
    "id": "yuhang-2024-008", "kind": "case", "title": "关于完善社区健身设施的建议",
    "theme": "livelihood", "number": '"0867"', "proposers": "[赵一, 钱二]", "proposers_more": "24",
    "speaker": "赵一", "hosts": "[区体育局]", "co_hosts": "[区财政局, 区民政局]",
    "supervisors": "[{name: 孙三, post: 区政协副主席}]", "merged_numbers": '["0868"]',
    "ratings": "[{round: 1, grade: B}, {round: 2, grade: A}]", "satisfaction": "满意",
    "round": "2", "grade": "A1", "timeline": "[{date: 2024-03-17, event: 交办}]",
    "reply": "{no: 子交函〔2023〕34号, date: 2023-10-16}", "keywords": "[健身, 社区]",
    "summary": "建议在老旧小区增设健身设施。", "date": "2024-03-17", "draft": "true",
    "source": "{name: 某某日报, date: 2024-11-20, page: 第3版}", "aliases": "[/2024/jianshen/]",
    "publish_at": "2024-12-01T06:00+08:00", "needs_review": "[提案人的姓名看不清]",
    "name": "王芳", "type": "person", "post": "区政协副主席", "no": "子交函〔2023〕34号",
    "Reply.unit": "市民政局", "signer": "李四", "event": "交办", "page": "第3版",
    "Source.name": "某某日报", "url": "https://example.org/20241120/3", "region": "余杭区",
    "publication.title": "百件提案镌刻履职印记", "organ": "cppcc", "year": "2024",
    "session": "{term: 12, meeting: 4}", "term": "12", "meeting": "4", "declared_total": "100",
    "figures": '[{label: 立案提案, value: "248", unit: 件}]', "label": "立案提案", "value": '"248"',
    "unit": "件", "groups": "[[老年人, 长者], [托育, 托幼]]",
    "grade_scheme": "{A: 已经解决, B: 列入计划}", "intro": "今年的提案办得怎样？",
    "site.title": "百件提案", "subtitle": "提了什么，谁来办", "publisher": "某某日报社",
    "base_url": "https://example.org/tian/", "contact": "tian@example.org",
    "themes": "[{id: economy, name: 经济发展}]", "publications": "[yuhang-2024]",
    "Theme.id": "economy", "Theme.name": "经济发展", "description": "企业、产业和人才。",
    "seal": "经", "slug": "wang-fang-yisheng", "note": "医生", "cases": "[yuhang-2024-008]",
    "EntityRule.aliases": "[王芳委员]", "merge": "[{region: 西湖区}]",
    "words": "[{wrong: 其它, right: 其他}]", "wrong": "其它", "right": "其他",
    "wordlist.people": "[{name: 王芳, post: 区政协副主席}]", "Leader.post": "区政协副主席",
    "Leader.name": "王芳", "phrases": "[新质生产力]", "units": "[区科技局, 区教育局]",
    "accepted": "[{code: B812, file: p/001-a.md, reason: 原文如此}]", "code": "B812",
    "file": "yuhang-2024/index.md", "text": "只收录了12件", "reason": "原文如此",
    "Word.note": "本报用字规定第三条",
}  # fmt: skip


# -- JSON Schema ----------------------------------------------------------------------------------


class _AsRead(GenerateJsonSchema):
    """The schema of what the reader accepts: it sees every scalar as text, and forgives lists."""

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> Schema:
        inner = super().function_before_schema(schema)
        function: object = schema["function"]["function"]
        if function is models.one_or_many:
            return {"anyOf": [inner["items"], inner]}
        if function is models.as_words:
            pairs = {"type": "object", "additionalProperties": {"type": ["string", "number"]}}
            return {"anyOf": [pairs, inner["items"], inner]}
        return (
            {"anyOf": [{"type": "string", "minLength": 1}, inner]}
            if function is models.as_name
            else inner
        )

    def str_schema(self, schema: core_schema.StringSchema) -> Schema:
        found = super().str_schema(schema)
        pattern = found.get("pattern", "")
        if pattern == models.ID_PATTERN:
            found |= {"type": ["string", "integer"], "minimum": 0}
        elif pattern not in ("", models.GRADE_PATTERN, models.HTTP_PATTERN, models.CHECK_PATTERN):
            found["type"] = ["string", "number"]
        return {**found, "pattern": pattern} if pattern else found

    def int_schema(self, schema: core_schema.IntSchema) -> Schema:
        return {"anyOf": [super().int_schema(schema), {"type": "string", "pattern": r"^\d+$"}]}

    def bool_schema(self, schema: core_schema.BoolSchema) -> Schema:
        return {"enum": FLAGS}

    def nullable_schema(self, schema: core_schema.NullableSchema) -> Schema:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> Schema:
        inner, default = self.generate_inner(schema["schema"]), schema.get("default")
        return {**inner, "default": default} if isinstance(default, str | int) else inner

    def dict_schema(self, schema: core_schema.DictSchema) -> Schema:
        return {"additionalProperties": False, **super().dict_schema(schema)}

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def _object(schema: Schema) -> Schema:
    """An object's schema, an optional key also blank; no docstrings: those are for engineers."""
    for name, field in schema["properties"].items():
        if name not in schema.get("required", []):
            about = {key: field.pop(key) for key in ("description", "default") if key in field}
            choices = field["anyOf"] if list(field) == ["anyOf"] else [field]
            schema["properties"][name] = {**about, "anyOf": [*choices, {"enum": BLANK}]}
    return {key: value for key, value in schema.items() if key not in ("description", "title")}


def _filled(*names: str) -> Schema:
    """Each of `names` is there and says something."""
    full: Schema = {"not": {"enum": [*BLANK, []]}}
    return {"required": list(names), "properties": dict.fromkeys(names, full)}


def schema(name: str) -> Schema:
    """The JSON Schema (2020-12) of one kind of document, a key of `DOCUMENTS`."""
    model, title, about = DOCUMENTS[name]
    found = model.model_json_schema(schema_generator=_AsRead)
    definitions = {key: _object(part) for key, part in sorted(found.pop("$defs", {}).items())}
    head = {"$schema": DIALECT, "$id": f"urn:broadsheet:schema:{name}"}
    result = {**head, "title": title, "description": about, **_object(found)}
    if name == "case":
        result["allOf"] = [
            {"if": {"properties": {"kind": {"const": kind}}}, "then": _filled(*needed)}
            for kind, needed in models.REQUIRED_BY_KIND.items()
            if needed
        ]
    if name == "people":
        definitions["EntityRule"] |= {"if": _filled("cases"), "then": _filled("slug")}
    if name == "synonyms":  # one word alone is no group
        groups = result["properties"]["groups"]["anyOf"][0]
        groups["items"] = {**groups["items"]["anyOf"][-1], "minItems": 2}
    return {**result, "$defs": definitions}


# -- tables for people ----------------------------------------------------------------------------


def _words(field: str, part: Schema) -> str:
    """The type of a value, in words."""
    choices = [choice for choice in part.get("anyOf", [part]) if choice.get("enum") != BLANK]
    first, last = choices[0], choices[-1]
    if last.get("type") == "array":
        forgiven = "；只有一项时可以不写成列表" if len(choices) > 1 else ""
        return f"列表，每项是{_words(field, last['items'])}{forgiven}"
    for words, known in KNOWN.items():
        if choices == known.get("anyOf", [known]):
            return words
    if "$ref" in last or last.get("type") == "object":
        group = f"[一组字段](#{field})" if "$ref" in last else "一组字段"
        return f"文字，或{group}" if len(choices) > 1 else group
    if first.get("type") == "integer":
        low, high = first["minimum"], first.get("maximum")
        return f"整数，{low} 到 {high}" if high else f"整数，{low} 以上"
    if "enum" in last:
        return "、".join(f"`{choice}`" for choice in last["enum"]) + " 之一"
    patterns = {
        models.ID_PATTERN: "小写字母、数字、连字符",
        models.GRADE_PATTERN: "等级",
        models.HTTP_PATTERN: "网址",
        models.CHECK_PATTERN: "代码",
    }
    return patterns.get(last.get("pattern", ""), "一个字" if last.get("maxLength") == 1 else "文字")


def _needed(owner: str, name: str, part: Schema) -> str:
    kinds = [kind for kind, names in models.REQUIRED_BY_KIND.items() if name in names]
    if name in part.get("required", []):
        return "是"
    return f"{'、'.join(kinds)} 类要写" if owner == "case" and kinds else "否"


def _table(owner: str, part: Schema) -> Iterator[str]:
    yield "| 字段 | 必填 | 类型 | 说明 | 例子 |\n|---|---|---|---|---|"
    for name, field in part["properties"].items():
        example = EXAMPLES.get(f"{owner}.{name}") or EXAMPLES[name]
        cells = (_needed(owner, name, part), _words(name, field), field["description"])
        yield f"| `{name}` | {' | '.join(cells)} | `{example}` |"


def _fields() -> Iterator[str]:
    yield f"# 字段\n\n{NOTICE}\n"
    yield "所有的值都按写的样子读：`0867` 前面的零不会丢。空着的字段等于没有写。"
    yield "用法和完整的例子见[编辑手册](handbook.md)，出错时看[错误代码](diagnostics.md)。"
    links = [f"[{title}](schema/{name}.schema.json)" for name, (_, title, _) in DOCUMENTS.items()]
    yield f"同样的内容有给编辑软件用的 JSON Schema：{'、'.join(links)}。"
    seen = set()
    for name, (_, title, about) in DOCUMENTS.items():
        whole = schema(name)
        rules = whole["$defs"].get("EntityRule")
        yield f"\n## {title}\n\n{about}。\n"
        yield from _table("EntityRule" if rules else name, rules or whole)
        for field, value in (rules or whole)["properties"].items():
            for owner, part in whole["$defs"].items():
                if f'"#/$defs/{owner}"' in json.dumps(value) and owner not in seen:
                    seen.add(owner)
                    yield f"\n### {field}\n"
                    yield from _table(owner, part)


def _commands() -> Iterator[str]:
    top = click.Context(cli.main, info_name="broadsheet")
    yield f"# 命令\n\n{NOTICE}\n\n{cli.main.help}\n"
    yield "安装成包之后，命令叫 `broadsheet`；在项目文件夹里，同样的命令写作"
    yield "`.venv/bin/python build.py`（`make site` 会备好 `.venv`）。\n\n## broadsheet\n"
    yield from _options(top)
    yield from _commands_of(cli.main, top, "##")
    yield "\n## 退出码\n\n| 退出码 | 意思 |\n|---|---|\n| 0 | 成功；可能有提醒 |"
    found = "有错误，网站没有更新；`check --strict` 时有提醒也是"
    yield f"| {output.EXIT_CONTENT} | {found}。每一处都有[错误代码](diagnostics.md) |"
    yield f"| {output.EXIT_USAGE} | 命令写错了 |"
    yield f"| {output.EXIT_INTERRUPTED} | 被中断；稿件和网站都完好 |"


def _commands_of(group: click.Group, above: click.Context, heading: str) -> Iterator[str]:
    for name, command in sorted(group.commands.items()):
        context = click.Context(command, info_name=name, parent=above)
        yield f"\n{heading} {context.command_path}\n\n{command.help}"
        if isinstance(command, click.Group):
            yield from _commands_of(command, context, f"{heading}#")
            continue
        yield ""
        yield from _arguments(context)
        yield from _options(context)


def _arguments(context: click.Context) -> Iterator[str]:
    """How to write a command that takes more than options."""
    places = [p for p in context.command.params if isinstance(p, click.Argument)]
    names = [place.make_metavar(context) for place in places]
    if names:
        yield f"写法：`{context.command_path} [选项] {' '.join(names)}`\n"


def _options(context: click.Context) -> Iterator[str]:
    for parameter in context.command.get_params(context):
        record = parameter.get_help_record(context)
        if record and isinstance(parameter, click.Option):
            yield f"- `{record[0]}`：{record[1]}"


def pages() -> dict[str, str]:
    """Every generated page: its path below the project folder, and its text."""
    from broadsheet.new import editors  # which makes its files from `schema`

    texts = {"docs/commands.md": "\n".join((*_commands(), ""))}
    texts["docs/fields.md"] = "\n".join((*_fields(), ""))
    for name in DOCUMENTS:
        text = json.dumps(schema(name), ensure_ascii=False, indent=2) + "\n"
        texts[f"docs/schema/{name}.schema.json"] = text
    return {**texts, **editors.files("docs/schema")}


def main() -> None:
    for path, text in pages().items():
        place = Path(__file__).resolve().parents[1] / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
