"""Rendering: what goes into a page as text, the links in it, the templates behind it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import jinja2
import pytest
from helpers import build, case, make_site, page, tree
from markupsafe import Markup, escape

from broadsheet.render import _Environment, _environment, _escaped, links_within


@pytest.mark.parametrize(
    "value", ["一 & <二> \"三\" '四'", "", Markup("<b>&</b>"), 7, 1.5, True, None]
)
def test_what_is_shown_is_escaped_as_ever(value: Any) -> None:
    assert _escaped(value) == escape(value)


@pytest.mark.parametrize(
    "source",
    [
        "{{ one.a }}{{ one.keys()|list }}{{ one.b.c.d }}{{ one['a'] }}",  # a dict's by name, too
        "{{ one.none is defined }}{{ one.none|default('没有') }}{{ none.b is defined }}",
        "{{ one.none }}",
        "{{ one.b.none.c }}",
        "{{ none.b }}",
        (
            "{% for x in [3, 1, 2] if x > one.least %}{{ loop.index }}{{ loop.last }}"
            "{{ loop.cycle('甲', '乙') }}{{ x.real }}{{ call(loop.index, plus=x) }}{% endfor %}"
        ),
        (
            "{% macro m(a, b='<', c=none) %}{{ a.real }}{{ b }}{{ caller(a) if caller }}{{ kwargs }}"
            "{% endmacro %}{{ m(1, c=2) }}{% call(x) m(one.least) %}{{ x }}{{ one.a }}{% endcall %}"
        ),
        "{{ call(*[1], **{'plus': 2}) }}{{ call(1, **{'class': 2}) }}{{ one.a.upper().lower() }}",
        "{% set n = namespace(of=[]) %}{% set n.of = [one.a] %}{{ n.of.0 }}{{ range(2)|list }}",
        "{% block x scoped %}{{ one.b.c.d }}{{ self.y() }}{% endblock %}{% block y %}{% endblock %}",
    ],
)
def test_templates_say_what_they_would_say_without_our_generator(source: str) -> None:
    def call(number: int, plus: int = 0, **more: int) -> str:
        return f"{number}+{plus}{more}"

    def said(environment: jinja2.Environment) -> str:
        environment.globals["call"] = call
        template = environment.from_string(source)
        try:
            return template.render(one={"a": "<x>", "b": {"c": {"d": 1}}, "least": 1})
        except jinja2.UndefinedError as error:
            return f"{type(error)}{error}"

    settings: Any = {"autoescape": True, "undefined": jinja2.StrictUndefined}
    assert said(_Environment(**settings)) == said(jinja2.Environment(**settings))


def test_links_are_told_once_and_missing_anchors_on_each_page() -> None:
    html = (
        b'<p id="a&amp;b"><a href="/x/#y"></a><a href="/x/?q=1&amp;r=2"></a><img src="/z.png">'
        b'<a href="#a&#38;b"></a><a href="#gone"></a><a href="&#47;odd/"></a>'
        b'<a href="//else.where/"></a><a href="https://a.b/"></a>'
    )
    known: set[bytes] = set()
    first = {"/x/", "/x/?q=1&r=2", "/z.png", "#gone", "/odd/"}
    assert set(links_within(html, known)) == first
    assert set(links_within(html, known)) == {"#gone"}


@pytest.fixture
def fresh() -> None:
    _environment.cache_clear()


@pytest.mark.usefixtures("fresh")
def test_a_machine_that_keeps_no_compiled_templates_makes_the_same_site(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_site(tmp_path, {"content/p/001-a.md": case()})
    build(tmp_path)
    before = tree(tmp_path / "site")

    def refuse(*_: Any, **__: Any) -> Any:
        raise OSError("no room")

    def unsafe(*_: Any) -> Any:
        raise RuntimeError("somebody else's folder")

    for owner, name, failure in (
        (tempfile, "NamedTemporaryFile", refuse),
        (jinja2.FileSystemBytecodeCache, "_get_default_cache_dir", unsafe),
        (jinja2.FileSystemBytecodeCache, "_get_default_cache_dir", refuse),
    ):
        _environment.cache_clear()
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, failure)
            if owner is tempfile:
                patch.setattr(jinja2.FileSystemBytecodeCache, "load_bytecode", lambda *_: None)
            build(tmp_path, clean=True)
        assert tree(tmp_path / "site") == before


def test_a_template_that_changes_is_compiled_again(tmp_path: Path) -> None:
    for text in ("eins", "zwei"):
        make_site(tmp_path, {"content/p/001-a.md": case(), "templates/trail.html": text})
        build(tmp_path, clean=True)
        assert text in page(tmp_path, "/cases/a/")
