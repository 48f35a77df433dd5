"""The real preview in a process of its own: what it answers, tells, survives and leaves behind."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from urllib.parse import quote

import filelock
import psutil
import pytest
from helpers import PNG, case, changed, command, make_site, many, parse, publication, raw_case, tree
from patience import LIMIT, eventually, is_within, outliving
from preview_process import NOTICES, Listener, Preview, Refused, preview, saved_at_once

A, B = "content/p/001-a.md", "content/p/002-b.md"
BROKEN = raw_case("id: a", "kind: case", "titel: 错", body="还没写完。\n")


def body(text: str) -> str:
    """A second paragraph: the first one is a summary, which other pages may show."""
    return f"头一段不改。\n\n{text}\n"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return make_site(
        tmp_path / "paper",
        {
            "content/p/index.md": publication("某刊", year=2024),
            A: case("a", body("甲案的正文。")),
            B: case("b", body("乙案的正文。")),
        },
    )


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
        _index_address(page, one)  # comes when it is asked for
        workers = psutil.Process(one.process.pid).children(recursive=True)
        assert is_within(one.end(), 2)
        assert outliving(workers, 5) == []


def _index_address(page: str, one: Preview) -> str:
    """The file that the search of the browser reads first."""
    scripts = re.findall(r'src="(/assets/search[^"]+)"', page)
    assert scripts
    names = set(re.findall(r"[\w./-]+\.(?:bin|json)", "".join(one.text(s) for s in scripts)))
    found = [name for name in names if one.get(f"/search/{name.lstrip('./')}").status == 200]
    assert found, names
    return f"/search/{found[0].lstrip('./')}"


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


# -- an edit --------------------------------------------------------------------------------------


def test_an_edit_is_told_to_whoever_shows_it(site: Path) -> None:
    with preview(site) as one, Listener(one, "/cases/a/") as a, Listener(one, "/cases/b/") as b:
        one.write(A, case("a", body("写着新的话。")))
        assert a.paths() == ["/cases/a/"]
        assert b.paths() == [NOTICES]
        assert "写着新的话" in one.text("/cases/a/")
        one.write(A, case("a", body("写着新的话。"), title="改过的题目"))
        b.loads_its_page()  # its neighbour is named there
        one.shows("/", "改过的题目")
        one.shows("/publications/p/", "改过的题目")
        one.shows("/feed.xml", "改过的题目")


def _in_place(path: Path, text: str) -> None:
    path.write_text(text)


def _by_rename(path: Path, text: str) -> None:
    path.with_name("tmp1234").write_text(text)
    path.with_name("tmp1234").rename(path)


def _by_hidden_rename(path: Path, text: str) -> None:
    path.with_name(".a.md.tmp").write_text(text)
    path.with_name(".a.md.tmp").replace(path)


def _with_backup(path: Path, text: str) -> None:
    path.rename(path.with_name(f"{path.name}~"))
    path.write_text(text)


def _like_vim(path: Path, text: str) -> None:
    swap = path.with_name(f".{path.name}.swp")
    swap.write_bytes(b"b0VIM")
    path.with_name("4913").touch()
    path.with_name("4913").unlink()
    path.rename(path.with_name(f"{path.name}~"))
    path.write_text(text)
    path.with_name(f"{path.name}~").unlink()
    swap.unlink()


def _remove_and_write(path: Path, text: str) -> None:
    path.unlink()
    path.write_text(text)


def _through_a_copy(path: Path, text: str) -> None:
    copy = path.with_name("copy.txt")
    copy.write_text(text)
    shutil.copyfile(copy, path)
    copy.unlink()


WAYS = [_in_place, _by_rename, _by_hidden_rename, _with_backup, _like_vim, _remove_and_write,
        _through_a_copy]  # fmt: skip


def test_every_way_of_saving_is_seen_and_no_error_told(site: Path) -> None:
    with preview(site) as one:
        for way in WAYS:
            text = f"存法是{way.__name__.strip('_')}。"
            saves_quietly(one, text, partial(way, site / A, case("a", body(text))))
        assert one.complained == []
        assert not [line for line in one.said if "错误" in line]


def saves_quietly(one: Preview, text: str, save: Callable[[], None]) -> None:
    """A save that shows `text` is not told as an error, if it takes no longer than a save may."""
    for _ in range(200):
        told = len(one.said)

        def is_told(told: int = told) -> bool:
            return len(one.said) > told and "件案例" in one.said[-1]

        def seen(is_told: Callable[[], bool] = is_told) -> None:
            one.shows("/cases/a/", text)
            one.has_no_errors()
            eventually(is_told)

        if saved_at_once(save, seen):
            assert one.complained == [], text
            return
        one.write(A, case("a", body("别的话。")))
        one.shows("/cases/a/", "别的话")
        time.sleep(0.1)  # until all has come that was told
        one.complained.clear()
        one.said[told:] = [line for line in one.said[told:] if "错误" not in line]
    pytest.fail("the machine is too busy for this test")


def test_half_a_file_is_no_error_yet(site: Path) -> None:
    """Written in two steps: what stands there in between is nobody's mistake."""

    def in_two_steps(text: str) -> None:
        whole = case("a", body(text))
        with (site / A).open("w") as file:
            file.write(whole[:20])
            file.flush()
            time.sleep(0.03)
            file.write(whole[20:])

    with preview(site) as one:
        for n in range(12):
            saves_quietly(one, f"第{n}稿。", partial(in_two_steps, f"第{n}稿。"))


def test_two_hundred_saves_end_with_the_last(site: Path) -> None:
    with preview(site) as one:
        for n in range(200):
            (site / A).write_text(case("a", body(f"第{n}稿。")))
        one.shows("/cases/a/", "第199稿。")
        one.has_no_errors()
        assert len(one.said) < 150, "not every one is a reading of its own"


def test_two_hundred_saves_while_somebody_reads(site: Path) -> None:
    with preview(site) as one, Listener(one, "/cases/a/") as news:
        for n in range(200):
            _by_rename(site / A, BROKEN if n % 3 == 0 else case("a", body(f"第{n}稿。")))
            if n % 20 == 0:
                assert one.get("/cases/a/").status == 200
        one.shows("/cases/a/", "第199稿。")
        one.has_no_errors()
        assert news.hear()


def test_a_picture_that_is_replaced_is_loaded_again(site: Path) -> None:
    picture = "content/p/photo.png"
    make_site(site, {picture: PNG, A: case("a", "![照片](photo.png)\n")}, site=None)
    with preview(site) as one, Listener(one, "/cases/a/") as a:
        assert one.get("/media/p/photo.png").body == PNG
        other = PNG[:-5] + b"\x08\x06\x00\x00\x00"
        one.write(picture, other)
        assert {"/media/p/photo.png", "/cases/a/"} & {*a.paths()}
        eventually(lambda: one.get("/media/p/photo.png").body == other)
        (site / picture).unlink()
        one.has_errors()
        one.write(picture, PNG)
        one.has_no_errors()
        assert one.get("/media/p/photo.png").body == PNG


# -- errors ---------------------------------------------------------------------------------------


def test_a_broken_case(site: Path) -> None:
    with preview(site) as one, Listener(one, "/cases/a/") as a:
        one.write(A, BROKEN)
        assert a.paths() == [NOTICES], "the page stays as it is"
        dialog = one.has_errors("/cases/a/").one("dialog")
        assert "titel" in dialog.text and "title" in dialog.text and "怎么办" in dialog.text
        links = [link for link in dialog.hrefs() if link.startswith("vscode:")]
        assert f"vscode://file{quote(str(site))}/{A}:4:1" in links
        assert "1-a.md:4" in dialog.text
        assert any("titel: 错" in excerpt.text for excerpt in dialog.all("pre"))
        assert "甲案的正文" in one.text("/cases/a/"), "the last good one"
        banner = one.notices("/cases/b/").one("aside")
        assert "/cases/a/" in banner.hrefs()
        one.write(B, case("b", body("照样写着。")))
        one.shows("/cases/b/", "照样写着")
        one.write(A, case("a", body("改好了。")))
        one.has_no_errors()
        one.shows("/cases/a/", "改好了")
        eventually(lambda: "2 件案例" in one.said[-1])
        assert any("titel" in line for line in one.complained), "the terminal tells it too"
        assert any("处错误" in line for line in one.said)


def test_an_error_is_told_once_in_the_terminal(site: Path) -> None:
    with preview(site) as one:
        one.write(A, BROKEN)
        one.has_errors()
        for n in range(3):
            one.write(B, case("b", body(f"第{n}稿。")))
            one.shows("/cases/b/", f"第{n}稿。")
        eventually(lambda: "处错误" in one.said[-1])
        assert sum("titel" in line and "B" in line for line in one.complained) == 1


@pytest.mark.parametrize(
    ("editor", "start"),
    [
        ("cursor", "cursor://file/"),
        ("zed", "zed://file/"),
        ("idea", "idea://open?file=/"),
        ("https://edit.example/?f={path}&l={line}", "https://edit.example/?f="),
        ("none", ""),
    ],
)
def test_the_editor_is_a_choice(site: Path, editor: str, start: str) -> None:
    make_site(site, {A: BROKEN}, site=None)
    with preview(site, "--editor", editor) as one:
        links = one.has_errors("/cases/a/").one("dialog").hrefs()
        assert bool(links) == bool(start)
        for link in links:
            assert link.startswith(start)
            assert "001-a.md" in link
            if "idea" in link:
                assert link.startswith(f"idea://open?file={quote(str(site))}")


def test_the_place_of_an_error_is_a_real_one(site: Path) -> None:
    """Wherever the preview was started, and whatever the folder is called."""
    odd = site.with_name("报 纸#1")
    site.rename(odd)
    make_site(odd, {A: BROKEN}, site=None)
    with preview(Path("报 纸#1"), cwd=odd.parent) as one:
        links = one.has_errors("/cases/a/").one("dialog").hrefs()
        assert f"vscode://file{quote(str(odd))}/{A}:4:1" in links


def test_broken_from_the_start(site: Path) -> None:
    make_site(site, {A: BROKEN}, site=None)
    with preview(site) as one, Listener(one, "/cases/a/") as a:
        answer = one.get("/cases/a/")
        assert answer.status in (404, 500)
        assert "还做不出来" in answer.text
        assert one.notices("/cases/a/").all("dialog")
        assert "乙案的正文" in one.text("/cases/b/")
        one.write(A, case("a", body("终于写好。")))
        a.loads_its_page()
        one.has_no_errors()
        assert "终于写好" in one.text("/cases/a/")


def test_site_yaml_broken_from_the_start(site: Path) -> None:
    make_site(site, {}, site="title: [\n")
    with preview(site, ready=False) as one:
        eventually(lambda: "还不能预览" in one.get("/").text)
        answer = one.get("/cases/a/")
        assert answer.status == 503
        assert "/livereload.js" in answer.text
        assert "site.yaml" in one.notices().text
        with Listener(one, "/cases/a/") as a:
            one.write("content/site.yaml", "title: 新报\n")
            assert a.paths() == ["/cases/a/"]
        one.has_no_errors()
        assert "新报" in one.text("/cases/a/")


def test_site_yaml_is_edited(site: Path) -> None:
    with preview(site) as one, Listener(one, "/cases/a/") as a:
        one.write("content/site.yaml", "title: 晨报\n")
        a.loads_its_page()
        assert "晨报" in one.text("/cases/a/")
        one.write(
            "content/site.yaml",
            "themes: [{id: city, name: 城里的事}, {id: economy, name: 生意经}]\n",
        )
        one.shows("/", "生意经")
        home = one.text("/themes/")
        assert home.index("城里的事") < home.index("生意经")
        one.write("content/site.yaml", "title: [\n")
        assert "site.yaml" in one.has_errors().text
        assert "生意经" in one.text("/"), "the last good one"
        (site / "content/site.yaml").unlink()
        one.has_no_errors()
        one.shows("/", "百件提案")


def test_a_dead_link_and_an_id_that_is_there_twice(site: Path) -> None:
    with preview(site) as one:
        one.write(A, case("a", body("看[这里](/cases/none/)。")))
        assert "/cases/none/" in one.has_errors("/cases/a/").one("dialog").text
        one.shows("/cases/a/", "这里")
        one.write(A, case("a", body("不再看。")))
        one.has_no_errors()
        one.write(B, case("a", body("同一个编号。")))
        one.has_errors()
        assert one.get("/cases/a/").status == 200
        one.write(B, case("b", body("各有编号。")))
        one.has_no_errors()
        one.shows("/cases/b/", "各有编号")


def _template(site: Path) -> tuple[str, str]:
    mark = '<p class="kicker">'
    text = (Path(__file__).parent.parent / "templates" / "case.html").read_text("utf-8")
    assert mark in text
    return text, mark


@pytest.mark.parametrize(
    ("fault", "word"),
    [("{% if %}", ""), ("{{ no_such_name }}", "no_such_name"), ("{{ 1 / 0 }}", "")],
)
def test_a_template_error_keeps_the_last_good_page(site: Path, fault: str, word: str) -> None:
    good, mark = _template(site)
    line = good.partition(mark)[0].count("\n") + 1
    with preview(site) as one, Listener(one, "/cases/a/") as a:
        assert "甲案的正文" in one.text("/cases/a/")
        one.write("templates/case.html", good.replace(mark, fault + mark))
        assert a.paths() == [NOTICES], "the page stays as it is"
        eventually(lambda: one.notices("/cases/a/").all("dialog"))
        dialog = one.notices("/cases/a/").one("dialog")
        assert f"templates/case.html:{line}" in dialog.text
        assert word in dialog.text
        place = f"{quote(str(site))}/templates/case.html:{line}"
        assert any(place in link for link in dialog.hrefs())
        assert "甲案的正文" in one.text("/cases/a/")
        assert one.get("/cases/b/").status == 500, "never asked for, so there is none to keep"
        assert one.get("/").status == 200, "has a template of its own"
        one.write("templates/case.html", good.replace(mark, f"{mark}新样"))
        eventually(lambda: "新样" in one.get("/cases/a/").text)
        one.has_no_errors()
        a.loads_its_page()


def test_a_fault_of_the_template_of_all_pages(site: Path) -> None:
    base = (Path(__file__).parent.parent / "templates" / "base.html").read_text("utf-8")
    make_site(site, {"templates/base.html": base}, site=None)
    with preview(site) as one:
        one.text("/"), one.text("/cases/a/")
        one.write("templates/base.html", base + "{% endif %}")
        eventually(lambda: "templates/base.html" in one.get(f"{NOTICES}?page=/").text or
                   one.get("/").status != 200)  # fmt: skip
        assert one.get("/").status == 200
        assert "甲案的正文" in one.text("/cases/a/")
        (site / "templates/base.html").unlink()
        eventually(lambda: one.get("/cases/b/").status == 200)
        one.has_no_errors()


# -- files that come and go -----------------------------------------------------------------------


def test_cases_come_go_and_move(site: Path) -> None:
    with preview(site) as one, Listener(one, "/cases/a/") as a:
        (site / A).rename(site / "content/p/009-z.md")
        one.shows("/publications/p/", "关于a的建议")
        one.has_no_errors()
        one.write("content/p/009-z.md", case("a", body("换了名字还认得。")))
        one.shows("/cases/a/", "换了名字还认得")
        kept = (site / "content/p/009-z.md").read_bytes()
        (site / "content/p/009-z.md").unlink()
        eventually(lambda: one.get("/cases/a/").status == 404)
        one.has_no_errors()
        one.write("content/p/009-z.md", kept)
        one.shows("/cases/a/", "换了名字还认得")
        one.write("content/p/003-c.md", case("c", body("新的一件。")))
        one.shows("/cases/c/", "新的一件")
        one.shows("/", "关于c的建议")
        a.loads_its_page()


def test_publications_come_go_and_move(site: Path) -> None:
    with preview(site) as one:
        one.write("content/q/index.md", publication("乙刊"))
        one.write("content/q/001-d.md", case("d", body("别刊的一件。")))
        one.shows("/cases/d/", "别刊的一件")
        one.shows("/publications/q/", "乙刊")
        one.write("content/deep/er/001-e.md", case("e", body("深处的一件。")))
        one.shows("/cases/e/", "深处的一件")
        (site / "content/q").rename(site / "content/r")
        one.shows("/publications/r/", "乙刊")
        eventually(lambda: one.get("/publications/q/").status == 404)
        one.write("content/r/001-d.md", case("d", body("搬家以后。")))
        one.shows("/cases/d/", "搬家以后")
        shutil.rmtree(site / "content/r")
        eventually(lambda: one.get("/cases/d/").status == 404)
        one.has_no_errors()


def _git(root: Path, *arguments: str) -> None:
    names = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "gc.auto=0"]
    ours = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    environment = {**os.environ, **ours}
    subprocess.run(
        ["git", *names, *arguments], cwd=root, check=True, capture_output=True, env=environment
    )


def test_another_branch_is_checked_out(tmp_path: Path) -> None:
    root = make_site(tmp_path, many(60))
    _git(root, "init", "-q", "-b", "main")
    (root / ".gitignore").write_text(".site.broadsheet\n")
    _git(root, "add", "-A")
    _git(root, "commit", "-qm", "一")
    _git(root, "checkout", "-qb", "other")
    make_site(root, many(60, body=body("另一枝上的话。"), theme="city"))
    (root / "content/p/060-c60.md").unlink()
    make_site(root, {"content/q/001-new.md": case("new", body("只在这里。"))})
    _git(root, "add", "-A")
    _git(root, "commit", "-qm", "二")
    _git(root, "checkout", "-q", "main")
    with preview(root) as one:
        for _ in range(2):
            _git(root, "checkout", "-q", "other")
            for n in (1, 30, 59):
                one.shows(f"/cases/c{n}/", "另一枝上的话")
            one.shows("/cases/new/", "只在这里")
            eventually(lambda: one.get("/cases/c60/").status == 404)
            one.has_no_errors()
            _git(root, "checkout", "-q", "main")
            one.shows("/cases/c60/", "一段正文")
            eventually(lambda: one.get("/cases/new/").status == 404)
            eventually(lambda: "另一枝" not in one.text("/cases/c30/"))
            one.has_no_errors()
        eventually(lambda: "60 件案例" in one.said[-1])
        assert not any("B901" in line for line in one.complained)


def test_a_file_is_emptied(site: Path) -> None:
    with preview(site) as one:
        one.write(A, "")
        assert one.has_errors("/cases/a/").all("dialog")
        assert "甲案的正文" in one.text("/cases/a/")
        one.write(A, case("a", body("又写上了。")))
        one.shows("/cases/a/", "又写上了")
        one.has_no_errors()


def test_a_file_gives_way_to_a_folder_and_comes_back(site: Path) -> None:
    with preview(site) as one:
        (site / A).unlink()
        (site / A).mkdir()
        (site / A / "x.md").write_text(case("x", body("文件夹里的一件。")))
        one.shows("/cases/x/", "文件夹里的一件")
        shutil.rmtree(site / A)
        one.write(A, case("a", body("又是文件。")))
        one.shows("/cases/a/", "又是文件")
        one.has_no_errors()


def test_the_content_folder_goes_away_and_comes_back(site: Path) -> None:
    with preview(site) as one, Listener(one, "/cases/a/") as a:
        (site / "content").rename(site / "away")
        assert "找不到稿件文件夹" in one.has_errors().text
        assert "甲案的正文" in one.text("/cases/a/")
        (site / "away").rename(site / "content")
        one.has_no_errors()
        one.write(A, case("a", body("回来以后。")))
        one.shows("/cases/a/", "回来以后")
        a.loads_its_page()


def test_the_content_folder_is_replaced(site: Path) -> None:
    shutil.copytree(site / "content", site / "other")
    (site / "other/p/001-a.md").write_text(case("a", body("另一个文件夹。")))
    with preview(site) as one:
        (site / "content").rename(site / "away")
        (site / "other").rename(site / "content")
        one.shows("/cases/a/", "另一个文件夹")
        one.write(A, case("a", body("在新的里面写。")))
        one.shows("/cases/a/", "在新的里面写")
        one.has_no_errors()


def test_templates_are_made_later(site: Path) -> None:
    good, mark = _template(site)
    with preview(site) as one, Listener(one, "/cases/a/") as a:
        one.write("templates/case.html", good.replace(mark, f"{mark}甲样"))
        one.shows("/cases/a/", "甲样")
        a.loads_its_page()
        one.write("templates/case.html", good.replace(mark, f"{mark}乙样"))
        one.shows("/cases/a/", "乙样")
        shutil.rmtree(site / "templates")
        eventually(lambda: "乙样" not in one.text("/cases/a/"))
        one.has_no_errors()


def test_styles_and_scripts_are_made_later(site: Path) -> None:
    with preview(site) as one:
        style = re.findall(r'href="(/assets/style[^"]+)"', one.text("/"))[0]
        one.write("templates/assets/custom.css", ".prose { color: rgb(1, 2, 3) }\n")
        eventually(lambda: "rgb(1, 2, 3)" in one.text(style))
        with Listener(one, "/cases/a/") as a:
            one.write("templates/assets/custom.css", ".prose { color: rgb(4, 5, 6) }\n")
            assert a.paths() == [style, NOTICES]
        eventually(lambda: "rgb(4, 5, 6)" in one.text(style))


def _loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.name)


def _dangle(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere.md")


def _out(path: Path) -> None:
    path.unlink()
    path.symlink_to("/etc/passwd")


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _bytes(path: Path) -> None:
    path.write_bytes(b"---\nid: a\n\xff\xfe\n---\n")


def _huge(path: Path) -> None:
    path.write_bytes(b"---\nid: a\n---\n" + b"x" * 20_000_000)


def _forbidden(path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("nothing is forbidden to root")
    path.chmod(0)


@pytest.mark.parametrize("spoil", [_loop, _dangle, _out, _pipe, _bytes, _huge, _forbidden])
def test_a_file_that_cannot_be_read(site: Path, spoil: Callable[[Path], None]) -> None:
    with preview(site) as one:
        spoil(site / A)
        one.write(B, case("b", body("照样写着。")))
        one.shows("/cases/b/", "照样写着")
        assert "root:" not in one.get("/cases/a/").text
        if not stat.S_ISREG((site / A).lstat().st_mode):
            (site / A).unlink()
        else:
            (site / A).chmod(0o644)
        one.write(A, case("a", body("又能读了。")))
        one.shows("/cases/a/", "又能读了")
        one.has_no_errors()
        assert not any("B901" in line for line in one.complained)


def test_names_that_are_no_text(site: Path) -> None:
    name = os.fsencode(site) + b"/content/p/\xff\xfe.md"
    with preview(site) as one:
        with open(name, "wb") as file:
            file.write(case("odd", body("文件名不是文字。")).encode())
        one.write(B, case("b", body("照样写着。")))
        one.shows("/cases/b/", "照样写着")
        os.unlink(name)
        one.has_no_errors()


# -- the index ------------------------------------------------------------------------------------


def test_the_index_is_brought_up_when_it_is_asked_for(site: Path) -> None:
    with preview(site) as one:
        address = _index_address(one.text("/search/"), one)
        before = one.get(address).body
        assert one.get(address).body == before
        one.write(A, case("a", body("罕见的辞藻与从前全不相同。"), title="题目也全不相同"))
        one.shows("/cases/a/", "罕见的辞藻")
        assert one.get(address).status == 200
        one.write("search/synonyms.yaml", "bad: [\n")
        one.write(B, case("b", body("同义词坏了也能写。")))
        one.shows("/cases/b/", "同义词坏了也能写")
        (site / "search/synonyms.yaml").unlink()
        eventually(lambda: one.get(address).status == 200)


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


# -- the end --------------------------------------------------------------------------------------


def left(temporary: Path) -> list[Path]:
    """What a preview leaves behind, but for the templates that Jinja has compiled."""
    return [path for path in temporary.iterdir() if not path.name.startswith("_jinja2-cache-")]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_at_once_and_leaves_nothing(site: Path, tmp_path: Path, how: int) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with preview(site, env={"TMPDIR": str(temporary)}) as one, Listener(one, "/cases/a/") as news:
        one.text("/search/")
        children = psutil.Process(one.process.pid).children(recursive=True)
        assert is_within(one.end(how), 2)
        assert one.process.returncode == 0
        assert news.hear() is None
        eventually(lambda: one.said[-1] == "预览结束。\n")
        assert one.complained == []
        assert outliving(children, 2) == []
    assert left(temporary) == []
    filelock.FileLock(site / ".site.broadsheet/preview/lock").acquire(timeout=0)
    with preview(site) as again:
        assert again.get("/cases/a/").status == 200


@pytest.mark.parametrize("group", [False, True])
@pytest.mark.parametrize("wait", [0, 1])
def test_it_ends_while_it_reads_for_the_first_time(tmp_path: Path, group: bool, wait: int) -> None:
    """Ctrl-C in a terminal reaches the workers too."""
    root = make_site(tmp_path / "paper", many(2500, body="一段正文。\n\n" * 30))
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with preview(root, ready=False, env={"TMPDIR": str(temporary)}) as one:
        if wait:
            eventually(lambda: "读了" in one.get("/").text or one.get("/").status == 200)
        children = psutil.Process(one.process.pid).children(recursive=True)
        start = time.monotonic()
        if group:
            os.killpg(one.process.pid, signal.SIGINT)
        else:
            one.process.send_signal(signal.SIGINT)
        one.process.wait(LIMIT)
        assert is_within(time.monotonic() - start, 2)
        assert one.process.returncode == 0
        assert outliving(children, 2) == []
        assert one.complained == []
    assert left(temporary) == []


def test_two_previews_of_one_site(site: Path, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with preview(site) as one, preview(site, env={"TMPDIR": str(temporary)}) as two:
        assert one.port != two.port
        one.write(A, case("a", body("两边都看得见。")))
        for each in (one, two):
            each.shows("/cases/a/", "两边都看得见")
            _index_address(each.text("/search/"), each)
            each.has_no_errors()
        two.end()
        one.write(A, case("a", body("一边还在。")))
        one.shows("/cases/a/", "一边还在")
    assert left(temporary) == []


def test_the_built_site_is_left_alone(site: Path) -> None:
    options = ["--root", site, "--now", "2026-01-01T00:00+00:00", "--base-url", "https://e.org/"]
    assert command("build", *options).returncode == 0
    before = tree(site / "site"), tree(site / "search" / "index")
    assert before[0] and before[1]
    with preview(site) as one:
        _index_address(one.text("/search/"), one)
        one.write(A, case("a", body("写着新的话。")))
        one.shows("/cases/a/", "写着新的话")
        _index_address(one.text("/search/"), one)
        assert changed(before[0], tree(site / "site")) == set()
        assert changed(before[1], tree(site / "search" / "index")) == set()
        # and a build may run meanwhile
        assert command("build", *options).returncode == 0
        assert "写着新的话" in (site / "site/cases/a/index.html").read_text()
        assert "写着新的话" in one.text("/cases/a/")
        one.has_no_errors()
    assert not (site / "site/_preview").exists()
    assert not any(b"/livereload.js" in data for data in tree(site / "site").values())


def test_a_preview_that_was_killed_is_no_hindrance(site: Path) -> None:
    with preview(site) as one:
        one.process.kill()
        one.process.wait()
    with preview(site) as again:
        assert "甲案的正文" in again.text("/cases/a/")
        _index_address(again.text("/search/"), again)


def test_what_it_remembers_may_be_damaged(site: Path) -> None:
    with preview(site) as one:
        eventually((site / ".site.broadsheet/preview/memory").exists)
        _index_address(one.text("/search/"), one)
        one.end()
    for path in (site / ".site.broadsheet/preview").rglob("*"):
        if path.is_file():
            path.write_bytes(b"\x80damaged")
    with preview(site) as again:
        assert "甲案的正文" in again.text("/cases/a/")
        _index_address(again.text("/search/"), again)
        again.has_no_errors()


def test_a_side_folder_that_cannot_be_made(site: Path) -> None:
    (site / ".site.broadsheet").write_text("a file is in the way")
    with preview(site) as one:
        assert "甲案的正文" in one.text("/cases/a/")
        _index_address(one.text("/search/"), one)
