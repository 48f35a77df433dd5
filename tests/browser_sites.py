"""What a browser is shown: the pages of two sites, the shipped content and the designed states."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from broadsheet.entities import entity_slug
from broadsheet.pipeline import Settings, build
from broadsheet.plan import Options, plan
from broadsheet.read import read
from broadsheet.views import Page as Planned

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Mode:
    """How a page is looked at."""

    width: int = 390
    height: int = 844
    scheme: str = "light"
    scripts: bool = True
    text: int = 16  # the reader's own default, px
    keeps_pages: bool = False  # for Back, as browsers do and playwright does not

    def __str__(self) -> str:
        return f"{self.width}-{self.scheme}"


PHONE, DESKTOP, NARROW = Mode(), Mode(1280, 900), Mode(320, 640)
NIGHT, DESKTOP_NIGHT = Mode(scheme="dark"), Mode(1280, 900, "dark")


# -- what there is to look at ---------------------------------------------------------------------


def _is(template: str, kind: str = "", section: str = "") -> Callable[[Planned], bool]:
    def wanted(page: Planned) -> bool:
        return (
            page.template == f"{template}.html"
            and kind in ("", getattr(page.context.get("case"), "kind", None))
            and section in ("", page.context["section"])
        )

    return wanted


SHIPPED = {
    "home": _is("home"),
    "case": _is("case", "办理案例"),
    "key": _is("case", "重点督办"),
    "speech": _is("case", "大会发言"),
    "reference": _is("case", "参考提案"),
    "bulletin": _is("case", "工作动态"),
    "theme": _is("theme"),
    "themes": _is("themes"),
    "publication": _is("publication"),
    "publications": _is("publications"),
    "person": _is("entity", section="people"),
    "people": _is("names", section="people"),
    "unit": _is("entity", section="units"),
    "units": _is("names", section="units"),
    "search": _is("search"),
    "about": _is("about"),
    "404": _is("404"),
}
_CHEN = f"/people/{entity_slug('陈多多', '余杭区')}/"
_CASES = ("long-title", "unrated", "bare", "latin", "rich", "draft", "reply", "full", "single")
STATES = {
    **{name: f"/cases/{name}/" for name in _CASES},
    "home": "/",
    "many": _CHEN,
    "many-older": f"{_CHEN}page/1/",
    "theme-empty": "/themes/city/",
    "theme-of-one": "/themes/culture/",
    "publication": "/publications/edges/",
    "publication-long": "/publications/many/",
    "publications": "/publications/",
    "letters": "/people/",
    "letter": "/people/initial-z/",
    "units": "/units/",
    "search": "/search/",
    "404": "/404.html",
}
Visit = Callable[..., Any]  # what the fixture `visit` is
PAGES = [*(f"shipped:{name}" for name in SHIPPED), *(f"states:{name}" for name in STATES)]


@dataclass(frozen=True)
class Site:
    """A built site that is being served at `base`."""

    folder: Path
    base: str  # ends with a slash
    pages: tuple[Planned, ...]
    addresses: dict[str, str] = field(default_factory=dict)  # by name

    def url(self, address: str) -> str:
        return self.base + address.removeprefix("/")

    def named(self, name: str) -> str:
        return self.url("/lost/" if name == "404" else self.addresses[name])


class _Handler(SimpleHTTPRequestHandler):
    """A static host: below `base` the site's own 404 page, elsewhere nothing."""

    protocol_version = "HTTP/1.1"

    def __init__(self, *arguments: Any, base: str, **rest: Any) -> None:
        self.base = base
        super().__init__(*arguments, **rest)

    def translate_path(self, path: str) -> str:
        inside = path.startswith(self.base)
        return super().translate_path("/" + path[len(self.base) :] if inside else "/../nowhere")

    def send_error(self, code: int, *rest: Any, **more: Any) -> None:
        body = (Path(self.directory) / "404.html").read_bytes() if code == 404 else b""
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # who asks waits for nobody


@contextmanager
def served(content: Path, folder: Path, base: str, options: dict[str, Any]) -> Iterator[Site]:
    handler = partial(_Handler, directory=str(folder), base=base)
    with _Server(("127.0.0.1", 0), handler) as server:
        url = f"http://127.0.0.1:{server.server_port}{base}"
        chosen = Options(base_url=url, **options)
        index = folder.with_name(f"{folder.name}-index")  # each worker has its own
        build(Settings(content, folder, ROOT, chosen, jobs=1, index=index))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Site(folder, url, tuple(plan(read(content), chosen).pages))
        server.shutdown()
