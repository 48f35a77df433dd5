"""The real preview in a process of its own: what it answers, to whom, and where."""

from __future__ import annotations

import re
import shlex
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import psutil
import pytest
from helpers import PNG, case, command, make_site, many, parse
from patience import LIMIT, eventually, is_within, outliving
from preview_papers import index_address, small_paper
from preview_process import NOTICES, Listener, Preview, Refused, preview


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return small_paper(tmp_path / "paper")


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Preview]:
    """One that nobody edits."""
    root = make_site(
        tmp_path_factory.mktemp("standing"),
        {
            "content/p/001-a.md": case("a", "![照片](照片.png)\n", aliases=["/old/path/"]),
            "content/p/002-b.md": case("b", draft=True),
            "content/p/003-c.md": case("c", publish_at="2030-01-01T06:00+08:00"),
            "content/p/照片.png": PNG,
            "secret.txt": "秘密",
        },
    )
    with preview(root, env={}) as one:
        yield one


# -- the first moments ----------------------------------------------------------------------------


def test_the_first_line_is_the_address(standing: Preview) -> None:
    assert re.fullmatch(r"预览：http://127\.0\.0\.1:\d+/　按 Ctrl-C 结束\n", standing.said[0])
    eventually(lambda: len(standing.said) > 1)
    assert re.fullmatch(r"\d\d:\d\d:\d\d　3 件案例，[\d,]+ 毫秒\n", standing.said[1])


def test_who_comes_first_waits_for_the_first_page(tmp_path: Path) -> None:
    """Not for a page that asks to wait, where the wait is short."""
    root = make_site(tmp_path, many(3))
    for _ in range(50):  # unless it takes a second, on a busy machine
        with preview(root, ready=False) as one:
            start = time.monotonic()
            answer = one.get("/cases/c1/")
            seconds = time.monotonic() - start
        if answer.status == 200 or seconds < 0.9:
            break
    assert answer.status == 200


def test_a_first_page_is_there_before_everything_is_read(tmp_path: Path) -> None:
    root = make_site(tmp_path, many(6000, body="一段正文。\n\n" * 20))
    with preview(root, ready=False) as one:
        with one.held():
            first = one.get("/cases/c1/")
        assert first.status == 503
        assert "马上就好" in first.text
        assert 'http-equiv="refresh"' in first.text, "it asks again by itself"
        assert "_preview" not in first.text or "livereload" not in first.text
        one.ready()
        assert "关于c1的建议" in one.text("/cases/c1/")
        page = one.text("/search/")
        index_address(page, one)  # comes when it is asked for
        workers = psutil.Process(one.process.pid).children(recursive=True)
        assert is_within(one.end(), 2)
        assert outliving(workers, 5) == []


def test_drafts_are_shown_and_marked(standing: Preview) -> None:
    assert parse(standing.text("/cases/b/")).one("b", class_="draft").text == "草稿"
    assert "2030年1月1日" in parse(standing.text("/cases/c/")).one("b", class_="draft").text
    assert parse(standing.text("/cases/a/")).all("b", class_="draft") == []


def test_drafts_can_be_left_out(site: Path) -> None:
    make_site(site, {"content/p/003-c.md": case("c", draft=True)}, site=None)
    with preview(site, "--no-drafts") as one:
        assert one.get("/cases/c/").status == 404
        assert "关于c" not in one.text("/")
        assert "2 件案例" in eventually(lambda: one.said[1:])[0]


# -- what it answers ------------------------------------------------------------------------------


def test_pages_carry_the_scripts_and_are_never_kept(standing: Preview) -> None:
    answer = standing.get("/cases/a/")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert f"/livereload.js?port={standing.port}" in answer.text
    assert standing.text("/_preview/preview.js") and standing.text("/_preview/preview.css")
    style = re.findall(r'href="(/assets/style[^"]+)"', answer.text)[0]
    for address in (
        "/",
        "/cases/a/",
        style,
        "/feed.xml",
        NOTICES,
        "/none/",
        "/_preview/preview.js",
    ):
        answer = standing.get(address)
        assert answer.headers["cache-control"] == "no-store", address
        assert answer.headers["x-content-type-options"] == "nosniff", address
        assert "tornado" not in str(answer.headers).lower()


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("/", "text/html"),
        ("/index.html", "text/html"),
        ("/cases/a/index.html", "text/html"),
        ("/old/path/", "text/html"),
        ("/404.html", "text/html"),
        ("/feed.xml", "xml"),
        ("/feed.json", "application/json"),
        ("/sitemap.xml", "xml"),
        ("/robots.txt", "text/plain"),
        ("/opensearch.xml", "xml"),
        (f"/media/p/{quote('照片.png')}", "image/png"),
        ("/livereload.js", "javascript"),
    ],
)
def test_everything_that_the_site_will_have(standing: Preview, address: str, kind: str) -> None:
    answer = standing.get(address)
    assert answer.status == 200
    assert kind in answer.headers["content-type"]
    assert answer.body


def test_a_head_has_no_body(standing: Preview) -> None:
    for address in ("/", "/cases/a/", "/feed.xml"):
        answer = standing.get(address, method="HEAD")
        assert (answer.status, answer.body) == (200, b"")
        assert int(answer.headers["content-length"]) == len(standing.get(address).body)
    assert standing.get("/none/", method="HEAD").status == 404


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("/cases/a", "/cases/a/"),
        ("/cases/a?q=%E7%8E%8B&x=1", "/cases/a/?q=%E7%8E%8B&x=1"),
        ("/search?q=a", "/search/?q=a"),
        ("/old/path", "/old/path/"),
    ],
)
def test_a_missing_slash_is_put_right(standing: Preview, asked: str, meant: str) -> None:
    answer = standing.get(asked)
    assert answer.status in (301, 302, 307, 308)
    assert answer.headers["location"] == meant
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("asked", ["//example.org/cases/a", "//example.org", "/\\example.org"])
def test_a_redirect_leads_nowhere_else(standing: Preview, asked: str) -> None:
    answer = standing.get(asked)
    assert "example.org" not in answer.headers.get("location", "")


def test_what_is_not_there(standing: Preview) -> None:
    answer = standing.get("/cases/none/")
    assert answer.status == 404
    assert "/livereload.js" in answer.text, "it may come to be"
    assert parse(answer.text).one("h1").text
    assert standing.get("/_preview/none").status == 404
    assert standing.get("/search/none.bin").status == 404
    assert standing.get("/media/p/none.png").status == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("address", ["/", "/cases/a/", NOTICES])
def test_it_can_only_be_read(standing: Preview, method: str, address: str) -> None:
    assert standing.get(address, method=method).status == 405


OUTSIDE = [
    "/..%2f..%2fetc/passwd",
    "/../../../../../../etc/passwd",
    "/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/media/../../secret.txt",
    "/media/..%2f..%2fsecret.txt",
    "/media/p/..%2f..%2f..%2fsecret.txt",
    "/media/%2fetc%2fpasswd",
    "//etc/passwd",
    "/..\\..\\secret.txt",
    "/..%5c..%5csecret.txt",
    "/secret.txt",
    "/search/..%2f..%2f..%2fetc%2fpasswd",
    "/search/../../secret.json",
    "/search/..%2fstate.json",
    "/search/%2e%2e/lock",
    "/_preview/..%2fserver.py",
    "/_preview/../server.py",
    "/_preview/notices.html",
    "/_preview/wechat/..%2f..%2fetc%2fpasswd",
    "/_preview/wechat/none",
    "/assets/..%2f..%2fsecret.txt",
    "/%00",
    "/cases/a/%00",
    "/media/p/%00.png",
    "/search/%00.bin",
    "/%ff%fe",
    "/%",
    "/%zz",
    "/%C0%AE%C0%AE/secret.txt",
    "/content/p/001-a.md",
    "/a" * 3000,
    "/search/" + "a" * 5000 + ".bin",
    "/media/" + "%E4%B8%80" * 3000,
]


@pytest.mark.parametrize("address", OUTSIDE, ids=lambda address: address[:30])
def test_no_address_leads_out(standing: Preview, address: str) -> None:
    answer = standing.get(address)
    assert answer.status in (400, 403, 404, 414)
    for secret in ("root:", "秘密", "import ", "id: a"):
        assert secret not in answer.body.decode("utf-8", "replace")


def test_an_endless_address_is_refused(standing: Preview) -> None:
    """By whoever reads it: the connection may just be closed."""
    with suppress(OSError):
        assert standing.get("/" + "a" * 200_000).status >= 400
    assert standing.get("/").status == 200


def test_notices_of_odd_pages(standing: Preview) -> None:
    for page in ("", "?page=", "?page=%00", "?page=%ff", "?page=" + "a" * 9000, "?page=/&page=/x/"):
        assert standing.get(NOTICES + page).status in (200, 400)


# -- for whom -------------------------------------------------------------------------------------

FOREIGN = ["example.org", "paper.example.org:{port}", "192.168.1.7:{port}", "localhost.example.org"]
EVERYTHING = ["/", "/cases/a/", "/none/", "/cases/a", NOTICES, "/_preview/preview.js",
              "/livereload.js", "/search/none.bin", "/feed.xml", "/_preview/wechat/a"]  # fmt: skip


@pytest.mark.parametrize("host", FOREIGN)
@pytest.mark.parametrize("address", EVERYTHING)
def test_other_hosts_are_refused(standing: Preview, address: str, host: str) -> None:
    answer = standing.get(address, host=host.format(port=standing.port))
    assert answer.status == 403
    assert "关于a" not in answer.text


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "LOCALHOST"])
def test_the_names_of_this_machine_are_accepted(standing: Preview, host: str) -> None:
    assert standing.get("/cases/a/", host=f"{host}:{standing.port}").status == 200
    Listener(standing, "/", host=f"{host}:{standing.port}").close()


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("example.org", ""),
        ("example.org", "http://example.org"),
        ("", "http://example.org"),
        ("", "https://127.0.0.1.example.org"),
        ("", "http://127.0.0.1:1"),
        ("", "null"),
    ],
)
def test_news_is_not_for_others(standing: Preview, host: str, origin: str) -> None:
    with pytest.raises(Refused, match="403"):
        Listener(standing, "/", host=host, origin=origin)


def test_news_is_for_its_own_pages(standing: Preview) -> None:
    Listener(standing, "/", origin=standing.base.rstrip("/")).close()


def test_it_listens_on_this_machine_alone(standing: Preview) -> None:
    for address in ("127.0.0.2", _own_address()):
        with pytest.raises((ConnectionRefusedError, TimeoutError)):
            socket.create_connection((address, standing.port), 2)


def _own_address() -> str:
    """Of this machine as others see it; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        try:
            one.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.3"
        address: str = one.getsockname()[0]
    return address


def test_it_can_listen_everywhere(site: Path) -> None:
    with preview(site, "--host", "0.0.0.0") as one:
        assert "http://127.0.0.1:" in one.said[0]
        with socket.create_connection(("127.0.0.2", one.port), LIMIT):
            pass
        assert one.get("/", host=f"192.168.1.7:{one.port}").status == 200
        assert one.get("/", host="example.org").status == 403


@pytest.mark.parametrize(
    "nonsense", [b"nonsense", b"{}", b"[]", b"5", b"null", b'{"command": 1}', b"\xff\xfe", b"{" * 9000,
                 b'{"command": "info", "url": 5}', b'{"command": "info", "url": "http://["}']
)  # fmt: skip
def test_nonsense_does_no_harm(standing: Preview, nonsense: bytes) -> None:
    for opcode in (1, 2):
        with Listener(standing, "/") as news:
            news.send(nonsense, opcode)
    with Listener(standing, "/"):
        assert standing.get("/").status == 200


# -- ports ----------------------------------------------------------------------------------------


def _taken() -> socket.socket:
    one = socket.socket()
    one.bind(("127.0.0.1", 0))
    one.listen()
    return one


def test_a_port_that_is_taken(site: Path) -> None:
    with _taken() as other:
        port = other.getsockname()[1]
        told = command("serve", "--root", site, "--port", str(port))
    assert told.returncode == 1
    assert "B761" in told.stdout + told.stderr and str(port) in told.stdout + told.stderr
    assert not (site / ".site.broadsheet").exists()


def test_a_port_that_another_preview_has(site: Path) -> None:
    with preview(site) as one:
        told = command("serve", "--root", site, "--port", str(one.port))
    assert told.returncode == 1
    assert "B761" in told.stdout + told.stderr


def test_the_usual_port_gives_way_to_the_next(site: Path) -> None:
    def port_while_it_is_taken() -> int:
        with socket.socket() as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):  # somebody else has it, which is as good
                other.bind(("127.0.0.1", 8000))
                other.listen()
            with preview(site, "--port", "") as one:
                assert one.get("/").status == 200
                return one.port

    # whoever else has it may let go of it in between, but not time and again
    assert any(8000 < port_while_it_is_taken() <= 8020 for _ in range(5))


def test_it_opens_the_browser(site: Path, tmp_path: Path) -> None:
    script, note = tmp_path / "browser", tmp_path / "note"
    script.write_text(f'#!/bin/sh\nprintf %s "$1" > "{note}.part"; mv "{note}.part" "{note}"\n')
    script.chmod(0o755)
    with preview(site, "--open", env={"BROWSER": f"{shlex.quote(str(script))} %s"}) as one:
        eventually(note.exists)
        assert note.read_text() == one.base
