"""A static host that counts what it sends.

It gzips text as every host does, lets browsers keep files for ten minutes, and keeps connections
open (HTTP/1.1: a browser fetches six files at once, where HTTP/2 would fetch all).
"""

from __future__ import annotations

import gzip
import mimetypes
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import formatdate
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

TEXT = {".html", ".css", ".js", ".mjs", ".json", ".xml", ".svg", ".txt"}
TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".json": "application/json"}
PROGRAMS = (".js", ".mjs", ".pagefind")  # the last is Pagefind's WebAssembly
FURNITURE = (".css", ".ico", ".html", "/")  # the page itself and how it looks


@dataclass(frozen=True, slots=True)
class Sent:
    """One response. `body` and `head` are bytes as they went over the line."""

    path: str
    body: int
    head: int

    @property
    def counts(self) -> bool:
        """Whether search needed it: all but the HTML page, its CSS and its icon."""
        return not self.path.endswith(FURNITURE)


@dataclass(frozen=True, slots=True)
class Traffic:
    """What several responses came to, in bytes; `programs` is a part of `body`."""

    requests: int
    body: int
    head: int
    programs: int


class CountingServer(ThreadingHTTPServer):
    """Serves `folder` at 127.0.0.1; `sent` lists what went out, in order."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), partial(_Handler, directory=str(folder)))
        self.sent: list[Sent] = []
        self.under_way = 0
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def begin(self) -> None:
        with self._lock:
            self.under_way += 1

    def end(self, sent: Sent) -> None:
        with self._lock:
            self.under_way -= 1
            self.sent.append(sent)

    def settle(self, quiet: float = 0.06) -> None:
        """Return once nothing has been asked for during `quiet` seconds."""
        seen = -1
        while self.under_way or seen != len(self.sent):
            seen = len(self.sent)
            time.sleep(quiet)

    def traffic(self, start: int, end: int) -> Traffic:
        """What search needed of the responses from number `start` to before `end`."""
        counted = [sent for sent in self.sent[start:end] if sent.counts]
        return Traffic(
            len(counted),
            sum(sent.body for sent in counted),
            sum(sent.head for sent in counted),
            sum(sent.body for sent in counted if sent.path.endswith(PROGRAMS)),
        )


class _Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: CountingServer

    def do_GET(self) -> None:
        server = self.server
        server.begin()
        sent = Sent(self.path, 0, 0)
        try:
            head, body = self._response()
            self.wfile.write(head + body)
            sent = Sent(self.path.partition("?")[0], len(body), len(head))
        except OSError:  # the reader went away
            self.close_connection = True
        finally:
            server.end(sent)

    def _response(self) -> tuple[bytes, bytes]:
        path = Path(self.translate_path(self.path))
        if path.is_dir():
            path /= "index.html"
        if not path.is_file():
            return _head("404 Not Found", {"Content-Length": "0"}), b""
        packed = path.suffix in TEXT and "gzip" in self.headers.get("Accept-Encoding", "")
        data = path.read_bytes()
        body = gzip.compress(data, 6, mtime=0) if packed else data
        guessed = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        fields = {
            "Content-Type": TYPES.get(path.suffix, guessed),
            "Content-Length": str(len(body)),
            "Cache-Control": "max-age=600",
            "Last-Modified": formatdate(path.stat().st_mtime, usegmt=True),
            "ETag": f'"{int(path.stat().st_mtime):x}-{len(data):x}"',
            "Vary": "Accept-Encoding",
        }
        return _head("200 OK", fields | ({"Content-Encoding": "gzip"} if packed else {})), body

    def log_message(self, *_: Any) -> None:
        pass


def _head(status: str, fields: dict[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Date: {formatdate(usegmt=True)}", "Server: static"]
    lines += [f"{name}: {value}" for name, value in fields.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")


@contextmanager
def serving(folder: Path) -> Iterator[CountingServer]:
    """Serve `folder` while the context lasts."""
    with CountingServer(folder) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()
