"""Render: a planned page to bytes. Pure: the same page gives the same bytes on every machine."""

from __future__ import annotations

import json
import operator
import os
import re
import traceback
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from types import CodeType
from typing import Any
from urllib.parse import quote

import jinja2
from jinja2 import nodes
from jinja2.bccache import Bucket
from jinja2.compiler import CodeGenerator, Frame
from jinja2.runtime import Macro
from jinja2.utils import missing
from markupsafe import Markup, _escape_inner, escape  # type: ignore[attr-defined]

from broadsheet.assets import Assets
from broadsheet.diagnostics import ContentError, Diagnostic
from broadsheet.headlines import BREAK
from broadsheet.memory import program
from broadsheet.scan import display
from broadsheet.views import Page, SiteView, chinese_date

_LINK = re.compile(rb' (?:href|src)="([^"]*)"')
_ID = re.compile(rb' id="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Look:
    """How pages look: what the renderer needs beside the page itself. Hashable and picklable."""

    site: SiteView
    assets: Assets
    folders: tuple[str, ...]  # of templates, the first that has one wins
    state: bytes = b""  # of the templates

    def __hash__(self) -> int:  # asked for each page; all else follows from the same
        return hash((self.folders, self.state))


def render(page: Page, look: Look) -> bytes:
    """The page as UTF-8. Raises `ContentError` when a template is at fault."""
    environment, context = _environment(look), page.context
    try:
        template = environment.get_template(page.template)
        return template.render(page=page, **context).encode()
    except ContentError:  # of a part of it
        raise
    except Exception as error:
        raise ContentError([_explain(error, page, look)]) from error


def links_within(html: bytes, known: set[bytes]) -> Iterator[str]:
    """Targets inside the site of a rendered page; `#anchor` only where it is missing.

    Links that are `known` from other pages are left out, and those of this one added to them.
    """
    for raw in set(_LINK.findall(html)) - known:
        target = unescape(raw.decode())
        if target.startswith("#"):
            if b' id="%b"' % raw[1:] not in html and target[1:] not in _anchors(html):
                yield target
            continue
        known.add(raw)
        if target.startswith("/") and not target.startswith("//"):
            yield target.partition("#")[0]


def _anchors(html: bytes) -> set[str]:
    return {unescape(anchor.decode()) for anchor in _ID.findall(html)}


# -- the templates' words -------------------------------------------------------------------------


class _Generator(CodeGenerator):
    """Has templates call functions and look at attributes as Python does, and ask Jinja only for
    what is no attribute: nothing of ours asks to be given the context.
    """

    def visit_Call(  # noqa: N802 (Jinja's name for it)
        self, node: nodes.Call, frame: Frame, forward_caller: bool = False
    ) -> None:
        self.write("call(")
        self.visit(node.node, frame)
        self.signature(node, frame, {"caller": "caller"} if forward_caller else None)
        self.write(")")

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:  # noqa: N802
        self.write("(t_found if (t_found := getattr((t_of := ")
        self.visit(node.node, frame)
        self.write(f"), {node.attr!r}, missing)) is not missing")
        self.write(f" else environment.getattr(t_of, {node.attr!r}))")


class _Template(jinja2.Template):
    """Writes text into a page as such, where Jinja would make it `Markup` first."""

    @classmethod
    def from_code(
        cls,
        environment: jinja2.Environment,
        code: CodeType,
        globals: MutableMapping[str, Any],  # noqa: A002 (Jinja's name for it)
        uptodate: Callable[[], bool] | None = None,
    ) -> jinja2.Template:
        template = super().from_code(environment, code, globals, uptodate)
        ours = {"escape": _escaped, "call": operator.call, "Macro": _Macro}
        template.root_render_func.__globals__.update(ours)
        return template


class _Macro(Macro):
    """Looks into its arguments only where they are more than values in their order."""

    def __call__(self, *args: Any, **keywords: Any) -> str:
        lacking = self._argument_count - len(args)
        if keywords or lacking < 0 or self.catch_varargs or self.catch_kwargs or self.caller:
            return super().__call__(*args, **keywords)
        text = self._func(*args, *[missing] * lacking) if lacking else self._func(*args)
        return _marked(text) if self._default_autoescape else text


def _marked(text: str) -> Markup:
    """Text that stands in a page as it is: `Markup(text)`, in a third of the time."""
    return str.__new__(Markup, text)


def _escaped(value: Any) -> str:
    kind = type(value)
    text: str
    if kind is str:
        text = _escape_inner(value)
    elif kind is Markup:
        text = value
    else:
        text = str(value) if kind is int else escape(value)
    return text


class _Environment(jinja2.Environment):
    code_generator_class = _Generator
    template_class = _Template

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """A dict, where Jinja would chain two: each page makes another of it."""
        return {**self.globals, **(d or {})}


class _Compiled(jinja2.FileSystemBytecodeCache):
    """Compiled templates, where the system keeps what may be lost; each program has its own."""

    def dump_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):  # what cannot be kept costs time, later
            super().dump_bytecode(bucket)


def _compiled() -> _Compiled | None:
    try:
        return _Compiled(pattern=f"broadsheet-{program().hex()}-%s")
    except (OSError, RuntimeError):  # there is no folder that nobody else can write to
        return None


@lru_cache(maxsize=2)
def _environment(look: Look) -> jinja2.Environment:
    environment = _Environment(
        loader=jinja2.FileSystemLoader(look.folders),
        autoescape=jinja2.select_autoescape(["html", "xml"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        bytecode_cache=_compiled(),
    )
    site = look.site

    # the same names and addresses stand on page after page
    @lru_cache(maxsize=65536)
    def url(address: str) -> Markup:
        return escape(site.base + quote(address[1:], safe="/#?=&;,:@!$'()*+~-._"))

    origin = escape(site.origin)

    @lru_cache(maxsize=256)
    def absolute(address: str) -> Markup:
        return Markup("".join((origin, url(address))))  # noqa: S704 (both are escaped)

    # a template that sees nothing but its arguments, so it need not be rendered on every page
    @lru_cache(maxsize=256)
    def part(name: str, **arguments: Any) -> Markup:
        text = environment.get_template(name).render(**arguments)
        return Markup(text.removesuffix("\n"))  # noqa: S704 (a template has escaped it)

    environment.globals |= {  # the early script is ours, not content
        "site": site,
        "url": url,
        "absolute": absolute,
        "part": part,
        "assets": dict(look.assets.addresses),
        "early_script": Markup(look.assets.early_script),  # noqa: S704
        "policy": look.assets.policy,
    }
    environment.filters |= {
        "chinese_date": chinese_date,
        "json": _json,
        "headline": _headline,
        "script_json": _script_json,
    }
    return environment


def _headline(text: str) -> Markup:
    return _marked(_escaped(text).replace(BREAK, "<wbr>"))


_ENCODER = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"))


def _json(value: Any) -> str:
    return _ENCODER.encode(value)


def _script_json(value: Any) -> Markup:
    """JSON that may stand inside a script element: `<` and `&` cannot end it."""
    text = _json(value).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return Markup(text)  # noqa: S704 (nothing in it can end the element)


def _explain(error: Exception, page: Page, look: Look) -> Diagnostic:
    """A template's fault with the template's file and line."""
    missing = error.name if isinstance(error, jinja2.TemplateNotFound) else None
    name = page.template if missing else getattr(error, "name", None) or page.template
    line = getattr(error, "lineno", None) or 0
    if not line:
        for frame in traceback.extract_tb(error.__traceback__):
            if frame.filename.startswith(look.folders) and frame.filename.endswith(_TEMPLATES):
                folder = next(one for one in look.folders if frame.filename.startswith(one))
                name, line = os.path.relpath(frame.filename, folder), frame.lineno or 0
    message = f"模板出错（{_in_chinese(error)}），在生成 {page.address} 时"
    hint = "改正这一行；删去 templates/ 里改过的文件就回到自带的模板"
    if missing:
        message, hint = f"找不到模板 {missing}", "检查 templates/ 里的文件名"
    file = next((p for one in look.folders if os.path.isfile(p := os.path.join(one, name))), "")
    return Diagnostic("B601", message, hint, display(file or f"templates/{name}"), line)


_TEMPLATES = (".html", ".xml", ".json", ".txt")
_WORDS = (  # what Jinja says most often
    (r"'(.+)' is undefined", r"没有 \1 这个名字"),
    (r"'(.+)' has no attribute '(.+)'", r"\1 没有 \2"),
    (r"No filter named '(.+)'", r"没有 \1 这个过滤器"),
    (r"No test named '(.+)'", r"没有 \1 这个测试"),
    (r"Encountered unknown tag '(.+?)'", r"不认识的标签 \1"),
    (r"Unexpected end of template", "有标签没有结束"),
    (r"expected token '(.+)', got '(.+)'", r"该写 \1 的地方写了 \2"),
    (r"unexpected '(.+)'", r"多出了 \1"),
    (r"division by zero|modulo by zero", "除以零"),
    (r"maximum recursion depth", "模板套着自己"),
)


def _in_chinese(error: Exception) -> str:
    said = str(error)
    for pattern, words in _WORDS:
        if found := re.search(pattern, said):
            return found.expand(words)
    return "写法有误" if isinstance(error, jinja2.TemplateError) else type(error).__name__
