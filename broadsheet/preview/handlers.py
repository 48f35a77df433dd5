"""The preview over HTTP, and news of changes over livereload's own protocol."""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Iterable
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import livereload
from livereload.handlers import LiveReloadHandler
from tornado.web import Application, HTTPError, RequestHandler

from broadsheet.diagnostics import ContentError
from broadsheet.preview.notices import (
    CLIENT,
    PLACE,
    notices_for,
    page_address,
    stand_in,
    with_client,
)
from broadsheet.preview.showing import Setup, Showing

PATIENCE = 1  # seconds that a browser waits for the first page before it is told to

_TITLES = {403: "只能从本机打开", 404: "没有这个文件", 405: "这里只能读", 500: "预览出了错"}
_ADVICE = {403: "地址栏里请写 127.0.0.1 或 localhost。", 500: "终端里有经过。"}


def application(showing: Showing) -> Application:
    """The preview as a Tornado application."""
    shared = {"showing": showing}
    return Application(
        [
            (r"/livereload", _News, shared),
            (r"/(livereload\.js)", _Client, shared),
            (rf"{PLACE}(.*)", _Own, shared),
            (r"/(.*)", _Pages, shared),
        ],
        log_function=lambda handler: None,
        websocket_ping_interval=30,
    )


def is_local(host: str, setup: Setup) -> bool:
    """Whether a Host header means this preview. Any other name may be a web page's trick, which
    lets a name of its own lead here; an address in numbers cannot be one.
    """
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    if name == "localhost" or name.endswith(".localhost") or name == setup.host.lower():
        return True
    try:
        address = ip_address(name)
    except ValueError:
        return False
    return address.is_loopback or setup.host in ("0.0.0.0", "::")  # noqa: S104


class _Handler(RequestHandler):
    """What all have in common: for this host only, never kept by a browser."""

    showing: Showing

    def initialize(self, showing: Showing) -> None:
        self.showing = showing

    def prepare(self) -> None:
        if not is_local(self.request.host, self.showing.setup):
            raise HTTPError(403)

    def set_default_headers(self) -> None:
        self.set_header("Server", "Broadsheet")
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Content-Type-Options", "nosniff")

    def write_error(self, status_code: int, **_: Any) -> None:
        self.send_html(stand_in(_TITLES.get(status_code, "出错了"), _ADVICE.get(status_code, "")))

    async def head(self, path: str) -> None:
        await self.get(path)

    async def get(self, path: str) -> None:
        raise NotImplementedError

    def send_file(self, data: bytes, address: str) -> None:
        kind = mimetypes.guess_type(address)[0] or "application/octet-stream"
        if kind.startswith("text/") or kind in ("application/json", "application/xml"):
            kind += "; charset=utf-8"
        self.set_header("Content-Type", kind)
        self.finish(data)

    def send_html(self, data: bytes) -> None:
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(data)


class _Pages(_Handler):
    async def get(self, path: str) -> None:
        showing = self.showing
        await showing.begun(PATIENCE)
        edition, address = showing.edition, "/" + unquote(path)
        if edition.plan is None:
            self._wait()
        elif address in edition.files:
            self.send_file(edition.files[address], address)
        elif data := await self._from_index(address):
            self.send_file(data, address)
        elif medium := edition.plan.media.get(address):
            self._send_medium(medium, address)
        else:
            self._send_page(address)

    def _wait(self) -> None:
        """Nothing is there yet, or nothing that is sound."""
        self.set_status(503)
        showing = self.showing
        if showing.edition.diagnostics:
            html = stand_in("还不能预览", "稿件整体上有错误。改正之后，这里会自己打开。")
            self.send_html(with_client(html, showing.setup.port))
            return
        done, total = showing.progress
        text = f"读了 {done:,} 件，共 {total:,} 件。" if total else "正在读稿。"
        self.send_html(stand_in("马上就好", text, again=True))

    async def _from_index(self, address: str) -> bytes | None:
        name = address.removeprefix("/search/")
        if name == address or not self.showing.is_of_index(name):
            return None
        try:
            return await self.showing.index_file(name)
        except (ContentError, OSError):  # the page of search says that it does not get on
            raise HTTPError(500) from None

    def _send_medium(self, path: str, address: str) -> None:
        content = self.showing.edition.content
        try:
            data = (content.folder / path).read_bytes() if content else b""
        except OSError:
            raise HTTPError(404) from None
        self.send_file(data, address)

    def _send_page(self, address: str) -> None:
        pages = self.showing.edition.pages
        page = pages.get(address) or pages.get(address.removesuffix("index.html"))
        if page is None and f"{address}/" in pages:
            query = f"?{self.request.query}" if self.request.query else ""
            self.redirect(f"{self.request.path}/{query}")
        elif page and not page.template.endswith(".html"):
            data = self.showing.html(page)
            if data is None:
                raise HTTPError(500)
            self.send_file(data, address)
        else:
            status, html = self.showing.answer(address)
            self.set_status(status)
            self.send_html(with_client(html, self.showing.setup.port))


class _Client(_Handler):
    """livereload's own script."""

    async def get(self, path: str) -> None:
        folder = Path(livereload.__file__).parent / "vendors"
        self.send_file((folder / path).read_bytes(), path)


class _Own(_Handler):
    """The preview's own script and style, and the notices of a page."""

    async def get(self, path: str) -> None:
        if path == "notices":
            page = page_address(self.get_query_argument("page", "/"))
            if self.showing.is_stale(page, self.get_query_argument("mark", "")):
                self.set_header("X-Preview", "stale")
            showing = self.showing
            self.send_html(notices_for(page, showing.notices(), showing.tools(page)).encode())
        elif path.startswith("wechat/"):
            html = await self.showing.wechat(path.removeprefix("wechat/"))
            if html is None:
                raise HTTPError(404)
            self.send_html(html.encode())
        elif path in ("preview.js", "preview.css"):
            self.send_file((CLIENT / path).read_bytes(), path)
        else:
            raise HTTPError(404)


class _News(LiveReloadHandler):
    """A browser that shows a page, and is told what of it to load again."""

    def initialize(self, showing: Showing) -> None:
        self.showing, self.page = showing, ""

    def prepare(self) -> None:
        if not is_local(self.request.host, self.showing.setup):
            raise HTTPError(403)

    def check_origin(self, origin: str) -> bool:
        return bool(urlsplit(origin).netloc == self.request.host)

    def on_message(self, message: str | bytes) -> None:
        try:
            told = json.loads(message)
            if told["command"] == "info":
                self.page = page_address(urlsplit(told["url"]).path)
                self.showing.clients.add(self)
            super().on_message(message)
        except (ValueError, TypeError, LookupError, AttributeError):
            self.close()  # that is no livereload.js

    def on_close(self) -> None:
        super().on_close()
        self.showing.clients.discard(self)

    def send(self, paths: Iterable[str]) -> None:
        for path in paths:
            news = {"command": "reload", "path": path, "liveCSS": True, "liveImg": True}
            self.send_message(news)
