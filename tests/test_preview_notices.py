"""What the preview tells an editor, with addresses that open a file; and which hosts it talks to."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from helpers import (
    parse,
)

from broadsheet.diagnostics import Diagnostic
from broadsheet.preview.handlers import is_local
from broadsheet.preview.notices import (
    Notice,
    Tools,
    editor_address,
    is_pattern,
    notices_for,
    pattern_for,
    stand_in,
    with_client,
)
from broadsheet.preview.showing import Setup

HERE = Diagnostic("B302", "缺少标题", "补上", "content/p/1.md", 4, 3, "abcdef")


@pytest.mark.parametrize(
    ("editor", "address"),
    [
        ("vscode", "vscode://file/{path}:4:3"),
        ("cursor", "cursor://file/{path}:4:3"),
        ("zed", "zed://file/{path}:4:3"),
        ("idea", "idea://open?file=/{path}&line=4&column=3"),
        ("none", ""),
        ("my://{path}?l={line}&{other}", "my://{path}?l=4&{other}"),
    ],
)
def test_the_address_that_opens_an_editor(editor: str, address: str) -> None:
    path = quote(os.path.abspath(HERE.file).lstrip("/"))  # the checkout may stand anywhere
    assert is_pattern(editor)
    assert editor_address(pattern_for(editor), HERE.file, 4, 3) == address.replace("{path}", path)


def test_the_command_names_every_editor() -> None:
    from broadsheet.commands import serve
    from broadsheet.preview import notices

    assert tuple(notices.EDITORS) == serve.EDITORS


def test_an_address_escapes_what_a_path_may_hold() -> None:
    made = editor_address(pattern_for("vscode"), "/tmp/某 刊/a#1?.md")
    assert made == "vscode://file/tmp/%E6%9F%90%20%E5%88%8A/a%231%3F.md:1:1"
    assert editor_address(pattern_for("vscode"), "") == ""


@pytest.mark.parametrize("editor", ["", "vim", "{path}", "vscode://", "x://{line}"])
def test_what_is_no_editor(editor: str) -> None:
    assert not is_pattern(editor)


def _notice(page: str = "", **fields: Any) -> Notice:
    one = Diagnostic(**({"code": "B302", "message": "缺少标题", "hint": "补上"} | fields))
    return Notice(one, page, "vscode://file/x" if one.file else "")


def test_a_page_with_errors_has_an_overlay_and_the_others_a_banner() -> None:
    some = [_notice("/cases/a/", file="content/a.md", line=4, column=3, excerpt="abcdef")]
    own, other = (parse(notices_for(page, some, Tools())) for page in ("/cases/a/", "/"))
    assert own.all("aside") == []
    dialog = own.one("dialog")
    assert dialog.one("a").attributes["href"] == "vscode://file/x"
    assert (dialog.one("a").text, dialog.one("mark").text) == ("content/a.md:4:3", "cdef")
    assert "缺少标题" in dialog.text and "补上" in dialog.text
    assert dialog.attributes["aria-labelledby"] in dialog.ids()
    assert dialog.attributes["aria-describedby"] in dialog.ids()
    assert other.all("dialog") == []
    aside = other.one("aside")
    assert "1 处错误" in aside.one("summary").text
    assert aside.hrefs() == ["vscode://file/x", "/cases/a/"]
    assert parse(notices_for("/", [], Tools())).all() == []


def test_an_overlay_tells_of_the_rest() -> None:
    some = [_notice("/cases/a/"), *[_notice("/cases/b/")] * 2]
    own = parse(notices_for("/cases/a/", some, Tools()))
    assert "别处还有 2 处" in own.one("dialog").text
    assert len(own.one("aside").all("li")) == 2


def test_a_banner_with_very_many_errors_ends() -> None:
    aside = parse(notices_for("/", [_notice(message=f"错{n}") for n in range(45)], Tools())).one(
        "aside"
    )
    assert len(aside.all("li")) == 20
    assert "45 处错误" in aside.one("summary").text
    assert "另有 25 处" in aside.text


def test_what_an_editor_has_written_is_no_html() -> None:
    bad = "<script>alert(1)</script>\"'&"
    some = [_notice("/", message=bad, hint=bad, file=bad, line=1, column=9, excerpt=bad)]
    for page in ("/", "/x/"):
        made = parse(notices_for(page, some, Tools()))
        assert made.all("script") == []
        assert made.text.count("alert(1)") == 4
        assert made.one("mark").text == bad[8:]


def test_without_an_editor_the_place_is_told_all_the_same() -> None:
    one = Notice(HERE, "/", "")
    assert "content/p/1.md:4" in parse(notices_for("/", [one], Tools())).text
    assert parse(notices_for("/", [one], Tools())).all("a") == []


@pytest.mark.parametrize("column", [0, 1, 6, 7, 99])
def test_a_fault_stands_inside_its_line(column: int) -> None:
    one = Notice(Diagnostic("B302", "缺", "", "a.md", 1, column, "abcdef"), "", "")
    assert one.before + one.after == "abcdef"


def test_scripts_are_put_into_the_head_once() -> None:
    page = with_client(b"<html><head></head><body>&lt;/head><p>x</p></body></html>", 8001)
    assert page.count(b"/_preview/preview.js") == 1
    assert page.index(b"preview.js") < page.index(b"</head>")
    assert b"/livereload.js?port=8001" in page


def test_a_stand_in_escapes_and_may_ask_again() -> None:
    page = stand_in("<b>", "<i>", again=True).decode()
    assert "<b>" not in page and "<i>" not in page
    assert 'http-equiv="refresh"' in page
    assert 'http-equiv="refresh"' not in stand_in("x", "y").decode()


# -- hosts ----------------------------------------------------------------------------------------


def _setup(host: str = "127.0.0.1", **fields: Any) -> Setup:
    return Setup(Path("content"), Path(), host, **fields)


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:8000", "LOCALHOST:1", "127.0.0.1:8000", "127.0.0.1", "[::1]:8000",
     "paper.localhost:8000", "127.9.9.9:80"],
)  # fmt: skip
def test_hosts_of_this_machine(host: str) -> None:
    assert is_local(host, _setup())


@pytest.mark.parametrize(
    "host",
    ["example.org", "example.org:8000", "localhost.example.org", "127.0.0.1.example.org:8000", "",
     "192.168.1.7:8000", "[2001:db8::1]:8000", "0.0.0.0:8000", "evil@example.org", "[", ":8000",
     "127.0.0.1@example.org:8000", "notlocalhost", "2130706433.example.org"],
)  # fmt: skip
def test_other_hosts(host: str) -> None:
    assert not is_local(host, _setup())


def test_the_host_that_was_asked_for() -> None:
    assert is_local("paper.lan:8000", _setup("Paper.lan"))
    assert not is_local("other.lan:8000", _setup("paper.lan"))
    for everywhere in ("0.0.0.0", "::"):
        assert is_local("192.168.1.7:8000", _setup(everywhere))
        assert not is_local("example.org", _setup(everywhere)), "a name may be a trick even then"


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000/"),
        ("0.0.0.0", "http://127.0.0.1:8000/"),
        ("::", "http://127.0.0.1:8000/"),
        ("::1", "http://[::1]:8000/"),
        ("paper.lan", "http://paper.lan:8000/"),
    ],
)
def test_the_address_of_a_preview(host: str, address: str) -> None:
    assert _setup(host).address == address
