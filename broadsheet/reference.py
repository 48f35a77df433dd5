"""The reference part of docs/, made from the code: `python -m broadsheet.reference` writes it.

`pages` is pure, so that tests can hold what is in docs/ against it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from broadsheet import cli, models
from broadsheet.models import _as_name, _one_or_many
from broadsheet.read import _Rules

Schema = dict[str, Any]

NOTICE = "<!-- 由 python -m broadsheet.reference 生成，不要手改。 -->"
BLANK = [None, ""]  # what an editor leaves behind an optional key: the reader drops it
FLAGS = [True, False, "true", "false", "yes", "no", "on", "off"]
DIALECT = "https://json-schema.org/draft/2020-12/schema"
TEXT = r"[^\x00-\x08"  # how the pattern of models.Text begins, after its ^

# name of the schema file: the model, its title, and the file that it describes
DOCUMENTS: dict[str, tuple[type[BaseModel], str, str]] = {
    "case": (models.FrontMatter, "案例", "content/<刊次>/<文件名>.md 开头的前置信息"),
    "publication": (models.PublicationMatter, "刊次", "content/<刊次>/index.md 开头的前置信息"),
    "site": (models.SiteMatter, "站点", "content/site.yaml"),
    "people": (_Rules, "人名和单位名", "content/people.yaml 和 content/units.yaml"),
}
TABLES: dict[type[BaseModel], str] = {
    models.FrontMatter: "案例",
    models.Proposer: "提案人 proposers",
    models.Supervisor: "督办领导 supervisors",
    models.Rating: "评价 ratings",
    models.Reply: "答复函 reply",
    models.Event: "办理经过 timeline",
    models.Source: "出处 source",
    models.PublicationMatter: "刊次",
    models.Session: "届次 session",
    models.Figure: "公布的数字 figures",
    models.SiteMatter: "站点",
    models.Theme: "主题 themes",
    models.EntityRule: "人名和单位名",
    models.SameAs: "其他地区的同一位 merge",
}
NOTES: dict[type[BaseModel], str] = {
    models.FrontMatter: "写在 `content/<刊次>/<文件名>.md` 的开头。放在以主题命名的文件夹里的案例，"
    "`theme` 可以不写。",
    models.PublicationMatter: "写在 `content/<刊次>/index.md` 的开头；整个文件可以没有。",
    models.SiteMatter: "写在 `content/site.yaml`；整个文件可以没有。",
    models.EntityRule: "写在 `content/people.yaml`（人）和 `content/units.yaml`（单位）的 "
    "`entries:` 下面，一项一条规则；两个文件都可以没有。",
}
# one whole record of each kind, field by field; a test reads them as an editor's text is read
EXAMPLES: dict[type[BaseModel], dict[str, str]] = {
    models.FrontMatter: {
        "id": "yuhang-2024-008", "kind": "case", "title": "关于完善社区健身设施的建议",
        "theme": "livelihood", "number": '"0867"', "proposers": "[赵一, 钱二]",
        "proposers_more": "24", "speaker": "赵一", "hosts": "[区体育局]",
        "co_hosts": "[区财政局, 区民政局]", "supervisors": "[{name: 孙三, post: 区政协副主席}]",
        "ratings": "[{round: 1, grade: B}, {round: 2, grade: A}]",
        "merged_numbers": '["0868"]', "satisfaction": "满意",
        "reply": "{no: 子交函〔2023〕34号, date: 2023-10-16}",
        "timeline": "[{date: 2024-03-17, event: 交办}]", "keywords": "[健身, 社区]",
        "summary": "建议在老旧小区增设健身设施。", "date": "2024-11-20",
        "source": "{name: 某某日报, date: 2024-11-20, page: 第3版}",
        "aliases": "[/2024/jianshen/]", "draft": "true",
        "publish_at": "2024-12-01T06:00+08:00", "needs_review": "[提案人的姓名看不清]",
    },
    models.Proposer: {"name": "民进某某区委员会", "type": "party"},
    models.Supervisor: {"name": "孙三", "post": "区政协副主席"},
    models.Rating: {"round": "2", "grade": "A"},
    models.Reply: {"no": "子交函〔2023〕34号", "date": "2023-10-16", "unit": "市民政局",
                   "signer": "李四"},
    models.Event: {"date": "2024-03-17", "event": "交办"},
    models.Source: {"name": "某某日报", "date": "2024-11-20", "page": "第3版",
                    "url": "https://example.org/20241120/3"},
    models.PublicationMatter: {
        "title": "百件提案镌刻履职印记", "region": "余杭区", "organ": "cppcc",
        "session": "{term: 12, meeting: 4}", "year": "2024",
        "source": "{name: 某某日报, date: 2024-11}",
        "figures": '[{label: 立案提案, value: "248", unit: 件}]', "declared_total": "100",
        "grade_scheme": "{A: 已经解决, B: 列入计划}", "intro": "今年的提案办得怎样？",
    },
    models.Session: {"term": "12", "meeting": "4"},
    models.Figure: {"label": "立案提案", "value": '"248"', "unit": "件"},
    models.SiteMatter: {
        "title": "百件提案", "subtitle": "提了什么，谁来办", "base_url": "https://example.org/tian/",
        "publisher": "某某日报社", "contact": "tian@example.org",
        "themes": "[{id: economy, name: 经济发展}]", "publications": "[yuhang-2024]",
    },
    models.Theme: {"id": "economy", "name": "经济发展", "description": "企业、产业和人才。",
                   "seal": "经"},
    models.EntityRule: {
        "name": "王芳", "region": "余杭区", "slug": "wang-fang-yisheng", "note": "医生",
        "aliases": "[王芳委员]", "merge": "[{region: 西湖区}]", "cases": "[yuhang-2024-008]",
    },
    models.SameAs: {"name": "王芳", "region": "西湖区"},
}  # fmt: skip


# -- JSON Schema ----------------------------------------------------------------------------------


class _AsRead(GenerateJsonSchema):
    """The schema of what the reader accepts: it sees every scalar as text, and forgives lists."""

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> Schema:
        inner = super().function_before_schema(schema)
        function: object = schema["function"]["function"]
        if function is _one_or_many:
            return {"anyOf": [inner["items"], inner]}
        return {"anyOf": [self.str_schema(_TEXT_CORE), inner]} if function is _as_name else inner

    def str_schema(self, schema: core_schema.StringSchema) -> Schema:
        found = super().str_schema(schema)
        pattern = found.get("pattern", "").replace('\\"', '"')  # ECMAScript knows no \" escape
        if pattern:
            found["pattern"] = pattern
        if pattern.startswith(f"^{TEXT}"):
            found["type"] = ["string", "number"]
        elif pattern == models._ID:
            found |= {"type": ["string", "integer"], "minimum": 0}
        return found

    def int_schema(self, schema: core_schema.IntSchema) -> Schema:
        return {"anyOf": [super().int_schema(schema), {"type": "string", "pattern": r"^\d+$"}]}

    def bool_schema(self, schema: core_schema.BoolSchema) -> Schema:
        return {"enum": FLAGS}

    def nullable_schema(self, schema: core_schema.NullableSchema) -> Schema:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> Schema:
        inner = self.generate_inner(schema["schema"])
        return inner if "$ref" in inner else {**inner, **_plain_default(schema.get("default"))}

    def dict_schema(self, schema: core_schema.DictSchema) -> Schema:
        return {"additionalProperties": False, **super().dict_schema(schema)}

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


_TEXT_CORE = core_schema.str_schema(pattern=f"^{TEXT}\\x0b-\\x1f\\x7f-\\x9f\\ufffe\\uffff]+$")


def _plain_default(value: object) -> Schema:
    return {"default": value} if isinstance(value, str | int) else {}


def _object(schema: Schema) -> Schema:
    """An object's schema, an optional key also blank; no docstrings: those are for engineers."""
    needed = schema.get("required", [])
    for name, field in schema.get("properties", {}).items():
        if name not in needed and name != "entries":
            about = {key: field.pop(key) for key in ("description", "default") if key in field}
            schema["properties"][name] = {**about, "anyOf": [*_choices(field), {"enum": BLANK}]}
    return {key: value for key, value in schema.items() if key not in ("description", "title")}


def _choices(schema: Schema) -> list[Schema]:
    return schema["anyOf"] if list(schema) == ["anyOf"] else [schema]


def _filled(*names: str) -> Schema:
    """Each of `names` is there and says something."""
    full = {"not": {"enum": [*BLANK, []]}}
    return {"required": list(names), "properties": dict.fromkeys(names, full)}


def schema(name: str) -> Schema:
    """The JSON Schema (2020-12) of one kind of document, a key of `DOCUMENTS`."""
    model, title, about = DOCUMENTS[name]
    found = model.model_json_schema(schema_generator=_AsRead)
    definitions = {key: _object(part) for key, part in sorted(found.pop("$defs", {}).items())}
    head = {"$schema": DIALECT, "$id": f"urn:broadsheet:schema:{name}", "title": title}
    result = {**head, "description": about, **_object(found)}
    if name == "case":
        result["allOf"] = [
            {"if": {"properties": {"kind": {"const": kind}}}, "then": _filled(*names)}
            for kind, names in models.REQUIRED_BY_KIND.items()
            if names
        ]
    if name == "people":
        definitions["EntityRule"] |= {"if": _filled("cases"), "then": _filled("slug")}
    return {**result, "$defs": definitions} if definitions else result


# -- tables for people ----------------------------------------------------------------------------


def _words(part: Schema) -> str:
    """The type of a value, in words."""
    choices = [choice for choice in part.get("anyOf", [part]) if choice.get("enum") != BLANK]
    known = {
        json.dumps(models._DATE_SCHEMA): "日期", json.dumps(models._NUMBER_SCHEMA): "文字或数",
        json.dumps(models._MOMENT_SCHEMA): "时刻",
    }  # fmt: skip
    shape = {"anyOf": choices} if len(choices) > 1 else choices[0]
    if json.dumps(shape) in known:
        return known[json.dumps(shape)]
    many = next((choice for choice in choices if choice.get("type") == "array"), None)
    if many:
        return f"列表，每项是{_words(many['items'])}" + ("；只有一项时可以不写成列表" * (len(choices) > 1))
    first = choices[0]
    if any(choice.get("type") == "object" or "$ref" in choice for choice in choices):
        plain = "文字，或" if "pattern" in first else ""
        reference = next((choice["$ref"] for choice in choices if "$ref" in choice), "")
        model = next((m for m in TABLES if reference.endswith(f"/{m.__name__}")), None)
        return plain + (f"[一组字段](#{_anchor(TABLES[model])})" if model else "一组字段")
    if first.get("type") == "integer":
        top = f"到 {first['maximum']}" if "maximum" in first else "以上"
        return f"整数，{first['minimum']} {top}"
    if first.get("enum") == FLAGS:
        return "`true` 或 `false`"
    if "enum" in first:
        return "、".join(f"`{choice}`" for choice in first["enum"]) + " 之一"
    named = {models._ID: "小写字母、数字、连字符", models._HTTP.replace('\\"', '"'): "网址"}
    named[r"^[A-D]\d?$"] = "等级"
    return named.get(first.get("pattern", ""), "一个字" if first.get("maxLength") == 1 else "文字")


def _anchor(heading: str) -> str:
    return heading.lower().replace(" ", "-")


def _needed(model: type[BaseModel], name: str, field: FieldInfo) -> str:
    if field.is_required():
        return "是"
    kinds = [kind for kind, names in models.REQUIRED_BY_KIND.items() if name in names]
    if model is models.FrontMatter and kinds:
        return f"{'、'.join(kinds)} 类要写"
    default = field.default
    return f"否；默认 {default}" if isinstance(default, str) else "否"


def _table(model: type[BaseModel]) -> Iterator[str]:
    part = _object(model.model_json_schema(schema_generator=_AsRead))
    level = "##" if model in NOTES else "###"
    yield f"\n{level} {TABLES[model]}\n"
    if model in NOTES:
        yield f"{NOTES[model]}\n"
    yield "| 字段 | 必填 | 类型 | 说明 | 例子 |\n|---|---|---|---|---|"
    for name, field in model.model_fields.items():
        cells = (f"`{name}`", _needed(model, name, field), _words(part["properties"][name]),
                 field.description or "", f"`{EXAMPLES[model][name]}`")  # fmt: skip
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _fields() -> str:
    head = f"""# 字段

{NOTICE}

所有的值都按写的样子读：`0867` 前面的零不会丢。空着的字段等于没有写。不认识的字段是错误。
用法和完整的例子见[编辑手册](handbook.md)，出错时看[错误代码](diagnostics.md)。
同样的内容有给编辑器用的 JSON Schema：{"、".join(f"[{title}](schema/{name}.schema.json)"
                                     for name, (_, title, _) in DOCUMENTS.items())}。"""
    return _lines([head, *(line for model in TABLES for line in _table(model))])


def _commands() -> str:
    group = cli.main
    top = click.Context(group, info_name="broadsheet")
    out = [
        f"# 命令\n\n{NOTICE}\n\n{group.help}",
        "安装成包之后，命令叫 `broadsheet`；在项目文件夹里，同样的命令写作"
        " `.venv/bin/python build.py`（`make site` 会备好 `.venv`）。\n\n## broadsheet\n",
        *_options(group, top),
    ]
    for name, command in sorted(group.commands.items()):
        out += [f"\n## broadsheet {name}\n", f"{command.help}\n",
                *_options(command, click.Context(command, info_name=name, parent=top))]  # fmt: skip
    out.append(f"""
## 退出码

| 退出码 | 意思 |
|---|---|
| 0 | 成功；可能有提醒 |
| {cli.EXIT_CONTENT} | 有错误，网站没有更新；每一处都有[错误代码](diagnostics.md) |
| {cli.EXIT_USAGE} | 命令写错了 |
| {cli.EXIT_INTERRUPTED} | 被中断；原来的网站没有动 |""")
    return _lines(out)


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record:
            yield f"- `{record[0]}`：{record[1]}"


def _lines(parts: Iterable[str]) -> str:
    return "\n".join(parts) + "\n"


def pages() -> dict[str, str]:
    """Every generated page: its path below the project folder, and its text."""
    found = {"docs/commands.md": _commands(), "docs/fields.md": _fields()}
    for name in DOCUMENTS:
        text = json.dumps(schema(name), ensure_ascii=False, indent=2) + "\n"
        found[f"docs/schema/{name}.schema.json"] = text
    return found


def main() -> None:
    root = Path(__file__).resolve().parents[1]
    for path, text in pages().items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
