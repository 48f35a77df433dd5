"""Front matter: from the text an editor typed to a validated record, or to diagnostics.

The fast path reads YAML with every scalar as text and validates. Positions are only worked out when
something is wrong (`yaml.compose` knows the line and column of each node).
"""

from __future__ import annotations

import operator
import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from yaml.error import MarkedYAMLError

from broadsheet import models
from broadsheet.diagnostics import Diagnostic, did_you_mean

MAX_CHARACTERS = 32_768
MAX_BRACKETS = 800  # the C parser recurses once a level; far below what it survives
MAX_LEVELS = 300  # of lists and mappings in each other; nobody means more than five
MAX_DEPTH = 20  # levels, where there are more brackets than that

# libyaml, or the same in plain Python where PyYAML was built without it
_Base: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_Safe: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Model = TypeVar("Model", bound=BaseModel)
Path = tuple[str | int, ...]

# what editors write when they think in Chinese
CHINESE_KEYS = {
    "编号": "id", "文种": "kind", "类型": "kind", "标题": "title", "题目": "title", "案由": "title",
    "主题": "theme", "提案号": "number", "提案人": "proposers", "提案者": "proposers",
    "发言人": "speaker", "主办单位": "hosts", "承办单位": "hosts", "会办单位": "co_hosts",
    "协办单位": "co_hosts", "督办领导": "supervisors", "评价": "ratings", "分类评价": "ratings",
    "办理类别": "ratings", "满意度": "satisfaction", "答复": "reply", "关键词": "keywords",
    "摘要": "summary", "日期": "date", "出处": "source", "来源": "source", "草稿": "draft",
    "姓名": "name", "名称": "name", "地区": "region", "届次": "session", "年份": "year",
}  # fmt: skip

_NESTED: dict[str, type[BaseModel]] = {
    "proposers": models.Proposer,
    "supervisors": models.Supervisor,
    "ratings": models.Rating,
    "reply": models.Reply,
    "timeline": models.Event,
    "source": models.Source,
    "session": models.Session,
    "figures": models.Figure,
    "themes": models.Theme,
    "merge": models.SameAs,
    "entries": models.EntityRule,
    "words": models.Word,
    "people": models.Leader,
    "accepted": models.Accepted,
}

# what libyaml says: what it means to an editor, and what to do
_SYNTAX = (
    (
        r"mapping values are not allowed",
        "这一行里多了一个“: ”，或者上一行没有写完",
        '值里有冒号时，给整个值加上英文引号，如 title: "关于……: ……"',
    ),
    (
        r"alphabetic or numeric character|undefined alias",
        "值不能以 * 或 & 开头",
        "给整个值加上英文引号",
    ),
    (r"unexpected end of stream", "引号没有配对", "补上后一个引号"),
    (
        r"expected ',' or '[\]}]'",
        "方括号或花括号没有配对，或者少了逗号",
        "名单写成 [甲, 乙]，用英文逗号，并补上后一个括号",
    ),
    (
        r"cannot start any token",
        "这里的字符不能放在值的开头",
        "给整个值加上英文引号",
    ),
    (
        r"did not find expected (key|'-' indicator)",
        "这一行的缩进或引号与上面的对不齐",
        "同一层的字段左边对齐；引号后面不要再有字",
    ),
    (
        r"could not find expected ':'",
        "字段名后面少了英文冒号和空格",
        "写成 title: 标题，冒号用英文半角，后面空一格",
    ),
    (r"block sequence entries are not allowed", "短横线要另起一行", "每一项单独一行，以 - 开头"),
    (r"expected node content", "列表里有一个空项", "删去多余的逗号"),
)


class _Loader(_Base):  # type: ignore[misc]
    """Every scalar as text; a key that stands twice is an error, not the last one's victory.

    Tags are never asked for, so nothing is worked out that would tell them: where YAML wants to
    know them of each node, functions in C take as many arguments and do nothing.
    """

    resolve, descend_resolver, ascend_resolver = slice, operator.is_, int

    def get_single_data(self) -> Any:
        node = self.get_single_node()
        return None if node is None else _value(node)


def _value(node: yaml.Node, room: int = MAX_LEVELS) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return node.value
    if not room:
        raise RecursionError
    if isinstance(node, yaml.SequenceNode):
        return [_value(one, room - 1) for one in node.value]
    mapping: dict[str, Any] = {}
    for key, value in node.value:
        name = _value(key, room - 1)
        if not isinstance(name, str):
            raise MarkedYAMLError(problem="a key is no text", problem_mark=key.start_mark)
        mapping[name] = _value(value, room - 1)
    if len(mapping) != len(node.value):
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                raise _Twice(key.value, key.start_mark)
            seen.add(key.value)
    return mapping


class _Twice(Exception):
    def __init__(self, key: str, mark: yaml.Mark) -> None:
        super().__init__(key)
        self.key, self.mark = key, mark


def split(text: str) -> tuple[str, str, int]:
    """A file into front matter, body, and the line number at which the body begins.

    Raises `FrontMatterError` when there is no front matter or it never ends.
    """
    start = len(text) - len(text.lstrip("\n"))
    first_line = text[start:].partition("\n")[0]
    if first_line.rstrip() != "---":
        raise FrontMatterError(
            Diagnostic(
                "B201",
                "文件开头没有前置信息",
                "第一行写 ---，接着写 id、kind、title、theme 等字段，再用一行 --- 结束",
                line=1,
                excerpt=first_line,
            )
        )
    end = _END.search(text, start + 3)
    if not end:
        raise FrontMatterError(
            Diagnostic(
                "B202",
                "前置信息没有结束",
                "在字段之后、正文之前另起一行，只写 ---",
                line=start + 1,
                column=1,
                excerpt="---",
            )
        )
    # blank lines before the head are kept, so that YAML's line numbers are the file's
    matter = "\n" * start + text[text.index("\n", start) : end.start()]
    body = text[end.end() :].removeprefix("\n")
    return matter, body, text.count("\n", 0, len(text) - len(body)) + 1


_INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_END = re.compile(r"\n(?:---|\.\.\.)[ \t]*(?=\n|\Z)")


class FrontMatterError(Exception):
    """Carries the diagnostics of one head; `file` is still empty."""

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__(diagnostics)
        self.diagnostics = diagnostics


def parse(text: str, longest: int = MAX_CHARACTERS) -> dict[str, Any]:
    """YAML text of up to `longest` characters to nested dicts and lists of text.

    Raises `FrontMatterError`.
    """
    lines = text.split("\n")

    def error(
        code: str, message: str, hint: str, line: int = 0, column: int = 0
    ) -> FrontMatterError:
        excerpt = lines[line - 1] if 0 < line <= len(lines) else ""
        return FrontMatterError(Diagnostic(code, message, hint, "", line, column, excerpt))

    def too_deep() -> FrontMatterError:
        return error("B207", "前置信息过长或嵌套过深", "大段文字放到正文里")

    brackets = text.count("[") + text.count("{")
    if len(text) > longest or (brackets > MAX_BRACKETS and longest == MAX_CHARACTERS):
        raise too_deep()
    try:
        if brackets > MAX_BRACKETS and _depth(text) > MAX_DEPTH:
            raise too_deep()
        _refuse_invisible(text, error)
        if "&" in text or "*" in text:
            _refuse_anchors(text, error)
        value = yaml.load(text, Loader=_Loader)  # noqa: S506 (it makes text, lists and dicts only)
    except _Twice as twice:
        raise error(
            "B205",
            f"字段 {twice.key} 写了两次",
            "留下一个，删去另一个",
            twice.mark.line + 1,
            twice.mark.column + 1,
        ) from None
    except yaml.YAMLError as problem:
        raise error(*_explain_syntax(problem, lines)) from None
    except RecursionError:
        raise too_deep() from None
    if value in models.BLANK:
        return {}
    if not isinstance(value, dict):
        line = next((n for n, line in enumerate(lines, 1) if line.strip()), 1)
        wide = "：" in lines[line - 1]
        raise error(
            "B203",
            "冒号要用英文半角，后面空一格" if wide else "这里要写成“字段: 值”",
            "如 title: 关于……的建议",
            line,
            lines[line - 1].find("：") + 1 if wide else 1,
        )
    return value


def _depth(text: str) -> int:
    """How deep lists and mappings stand in each other; the events are made without recursion."""
    deepest = depth = 0
    for event in yaml.parse(text, Loader=_Safe):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        deepest = max(deepest, depth)
    return deepest


def _refuse_invisible(text: str, error: Any) -> None:
    """Control characters; YAML takes some of them for line ends, and then every line is off."""
    found = _INVISIBLE.search(text)
    if found:
        line = text.count("\n", 0, found.start()) + 1
        column = found.start() - text.rfind("\n", 0, found.start())
        raise error("B203", "这里有一个看不见的控制字符", "删去它", line, column)


def _refuse_anchors(text: str, error: Any) -> None:
    for event in yaml.parse(text, Loader=_Safe):
        mark = event.start_mark
        if mark and getattr(event, "anchor", None):
            raise error(
                "B206",
                "前置信息里不能用锚点（&）和引用（*）",
                "把内容直接写出来；值以 & 或 * 开头时加上英文引号",
                mark.line + 1,
                mark.column + 1,
            )


def _explain_syntax(problem: yaml.YAMLError, lines: list[str]) -> tuple[str, str, str, int, int]:
    mark = getattr(problem, "problem_mark", None)
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    shown = lines[line - 1] if 0 < line <= len(lines) else ""
    if "\t" in shown[: column or None]:
        column = shown.index("\t") + 1
        return "B204", "这里有一个制表符（Tab）", "改用空格缩进", line, column
    above = lines[line - 2] if line > 1 else ""
    for number, text in ((line, shown), (line - 1, above)):
        wrong = re.match(r"\s*(?:- )?\w+(：|:(?=[^\s/]))", text)
        if wrong:
            message = "冒号要用英文半角，后面空一格"
            return "B203", message, "如 title: 关于……的建议", number, wrong.start(1) + 1
    said = str(getattr(problem, "problem", "") or problem)
    for pattern, message, hint in _SYNTAX:
        if re.search(pattern, said):
            return "B203", message, hint, line, column
    return "B203", "前置信息写法有误", "对照手册里的例子检查这一行", line, column


# -- validation -----------------------------------------------------------------------------------


def validate(model: type[Model], raw: Mapping[str, Any], text: str) -> Model:
    """`raw` (from `parse(text)`) as a record. Raises `FrontMatterError` with every problem."""
    try:
        return model.model_validate(raw)
    except ValidationError as invalid:
        positions = Positions(text)
        raise FrontMatterError(
            *(_explain(problem, model, positions) for problem in invalid.errors())
        ) from None


class Positions:
    """Where the nodes of a YAML text stand; made on the failure path only."""

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        self.root = yaml.compose(text, Loader=_Safe)

    def locate(self, path: Path, key: bool = False) -> tuple[int, int, str]:
        """Line and column from 1, and the line's text, of the value (or its key) at `path`.

        As deep as the path can be followed: a missing key is reported at its parent.
        """
        mark = None
        for node_mark in self._marks(path, key):
            mark = node_mark
        if mark is None or mark.line >= len(self.lines):
            return 1, 0, ""
        return mark.line + 1, mark.column + 1, self.lines[mark.line]

    def _marks(self, path: Path, key: bool) -> Iterator[yaml.Mark]:
        node = self.root
        for depth, step in enumerate(path):
            if isinstance(node, yaml.MappingNode):
                for key_node, value_node in node.value:
                    if key_node.value == step:
                        node = value_node
                        last = depth == len(path) - 1
                        yield key_node.start_mark if key and last else value_node.start_mark
                        break
                else:
                    return
            elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
                node = node.value[step]
                yield node.start_mark
            # a scalar that stands for a list of one: its index names itself


def _explain(problem: ErrorDetails, model: type[BaseModel], positions: Positions) -> Diagnostic:
    kind, path = problem["type"], problem["loc"]
    parents = [step for step in path[:-1] if isinstance(step, str)]
    owner = _NESTED.get(parents[-1], model) if parents else model
    name = str(path[-1]) if path else ""
    label = ".".join(str(step + 1) if isinstance(step, int) else step for step in path)
    if kind == "extra_forbidden":
        line, column, excerpt = positions.locate(path, key=True)
        fields = list(owner.model_fields)
        guess = CHINESE_KEYS.get(name, "") or did_you_mean(name, fields)
        hint = f"是不是 {guess}？" if guess in fields else f"可以用的字段：{'、'.join(fields)}"
        return Diagnostic("B301", f"不认识的字段 {name}", hint, "", line, column, excerpt)
    if kind == "missing":
        line, column, excerpt = positions.locate(path, key=True)
        about = owner.model_fields[name].description if name in owner.model_fields else ""
        hint = f"补上一行 {name}: ……（{about}）"
        return Diagnostic("B302", f"缺少 {label}", hint, "", line, column, excerpt)
    line, column, excerpt = positions.locate(path)
    code, message, hint = _explain_value(problem, name)
    return Diagnostic(
        code, f"{label}：{message}" if label else message, hint, "", line, column, excerpt
    )


def _explain_value(problem: ErrorDetails, name: str) -> tuple[str, str, str]:
    kind, context, value = problem["type"], problem.get("ctx", {}), problem["input"]
    if kind == "literal_error":
        choices = re.findall(r"'([^']+)'", str(context.get("expected", "")))
        names = {chinese: choice for choice, chinese in models.KIND_NAMES.items()}
        guess = names.get(str(value), "") or did_you_mean(str(value), choices, 0.5)
        hint = f"是不是 {guess}？" if guess in choices else f"可以写：{'、'.join(choices)}"
        return "B304", f"不能写成“{value}”", hint
    if kind == "value_error":
        return "B303", str(context.get("error", problem["msg"])), ""
    if kind == "string_pattern_mismatch":
        return "B303", f"“{value}”不合写法", _PATTERN_HINTS.get(name, "对照手册里的例子")
    if kind in ("int_parsing", "int_type", "int_from_float"):
        return "B303", f"“{value}”不是整数", "只写阿拉伯数字"
    if kind in ("greater_than_equal", "less_than_equal"):
        bound = context.get("ge", context.get("le"))
        word = "不小于" if kind.startswith("greater") else "不大于"
        return "B303", f"{value} 超出范围", f"要{word} {bound}"
    if kind.startswith("bool"):
        return "B303", f"“{value}”不是 true 或 false", "写 true 或 false"
    if kind == "string_type":
        return "B303", "这里要写文字，不是列表或一组字段", "值以 [ 或 { 开头时给整个值加上英文引号"
    if kind in ("string_too_short", "too_short"):
        return "B303", "是空的", "填上内容，或删去这一行"
    if kind == "string_too_long":
        return "B303", "太长", f"最多 {context.get('max_length')} 个字"
    if kind in ("tuple_type", "list_type"):
        return "B303", "这里要写成列表", "每一项单独一行，以 - 开头"
    if kind in ("dict_type", "model_type", "model_attributes_type"):
        return "B303", "这里要写成一组字段", "如 {name: ……, date: 2024-03-17}"
    return "B303", "值不合要求", "对照手册里的例子"


_PATTERN_HINTS = {
    "id": "只用小写字母、数字和连字符，如 yuhang-2024-008",
    "slug": "只用小写字母、数字和连字符，如 wang-fang",
    "grade": "写 A、B、C、D，或带一位数字，如 A1",
    "url": "写完整的网址，以 http:// 或 https:// 开头",
    "base_url": "写完整的网址，如 https://example.org/",
    "code": "写提醒里的代码，如 B812；只有 B8 开头的提醒可以不再提示，错误不行",
}
