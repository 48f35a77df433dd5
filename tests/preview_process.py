"""The real preview, `build.py serve`, as a process of its own, and who talks to it over HTTP."""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote, urlsplit

import psutil
from helpers import ROOT, Element, make_site, parse
from patience import LIMIT, Metronome, eventually
from ready_process import Ready

NOTICES = "/_preview/notices"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]  # names in small letters
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class Preview:
    """A preview that runs. `said` and `complained` are the lines of its two streams so far."""

    root: Path
    process: subprocess.Popen[str] | Ready
    said: list[str] = field(default_factory=list)
    complained: list[str] = field(default_factory=list)

    @property
    def base(self) -> str:
        """Its address, with a slash at the end."""
        return self.said[0].removeprefix("预览：").split("　")[0]

    @property
    def port(self) -> int:
        return urlsplit(self.base).port or 80

    def url(self, address: str) -> str:
        return self.base + address.removeprefix("/")

    # -- asking -----------------------------------------------------------------------------

    def get(
        self,
        address: str,
        *,
        method: str = "GET",
        host: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """`address` goes over the line as it stands."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=LIMIT)
        try:
            connection.putrequest(method, address, skip_host=True)
            connection.putheader("Host", host or f"127.0.0.1:{self.port}")
            for name, value in (headers or {}).items():
                connection.putheader(name, value)
            connection.endheaders()
            answer = connection.getresponse()
            given = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, given, answer.read())
        finally:
            connection.close()

    def text(self, address: str) -> str:
        answer = self.get(address)
        assert answer.status == 200, f"{answer.status} {address}"
        return answer.text

    def notices(self, page: str = "/") -> Element:
        return parse(self.get(f"/_preview/notices?page={quote(page, safe='')}").text)

    # -- doing ------------------------------------------------------------------------------

    def write(self, name: str, data: str | bytes) -> None:
        """In one step: on a busy machine, what stands there half-way may be seen."""
        make_site(self.root, {".draft": data}, site=None)
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / ".draft").replace(self.root / name)

    def shows(self, address: str, text: str) -> None:
        """Wait until a page has `text`."""

        def check() -> bool:
            found = self.text(address)
            assert text in found, f"{address} has no {text}"
            return True

        eventually(check)

    def has_no_errors(self) -> None:
        eventually(lambda: not self._errors("/"))

    def has_errors(self, page: str = "/") -> Element:
        eventually(lambda: self._errors("/"))
        return self.notices(page)

    def _errors(self, page: str) -> list[Element]:
        found = self.notices(page)
        return [*found.all("dialog"), *found.all("aside")]

    @contextmanager
    def held(self) -> Iterator[None]:
        """Its workers rest, so that it does not get on with reading while somebody looks."""
        workers = psutil.Process(self.process.pid).children(recursive=True)
        for worker in workers:
            worker.suspend()
        try:
            yield
        finally:
            for worker in workers:
                with suppress(psutil.NoSuchProcess):
                    worker.resume()

    def ready(self) -> None:
        eventually(lambda: self.get("/").status == 200)

    def end(self, how: int = signal.SIGINT) -> float:
        """End it, and tell how many seconds that took."""
        start = time.monotonic()
        self.process.send_signal(how)
        self.process.wait(LIMIT)
        return time.monotonic() - start


def saved_at_once(save: Callable[[], object], seen: Callable[[], object]) -> bool:
    """Save, and wait until that is seen. False where the machine has kept us or the preview waiting
    half-way: what stands there then is shown for what it is, and told as an error.
    """
    with Metronome() as beat:
        start = time.monotonic()
        save()
        seconds = time.monotonic() - start
        seen()
    return seconds < 0.06 and beat.longest < 0.03


@contextmanager
def preview(
    root: Path,
    *arguments: str | Path,
    ready: bool = True,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Iterator[Preview]:
    """A preview of the site at `root`. Its process is ended, and nothing it says is a traceback.

    With `env`, be it empty, Python starts from nothing.
    """
    given = [str(one) for one in arguments]
    if "--port" in given and given[given.index("--port") + 1] == "":  # the usual one
        del given[given.index("--port") : given.index("--port") + 2]
    elif "--port" not in given:
        given += ["--port", "0"]
    if "--now" not in given:
        given += ["--now", "2026-01-01T00:00+00:00"]
    given = ["serve", "--root", str(root), *given]
    process: subprocess.Popen[str] | Ready
    if env is None and sys.platform == "linux":  # others lack the socket that it takes
        process = Ready(given, cwd or ROOT, dict(os.environ))
    else:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "build.py"), *given],
            cwd=cwd or ROOT,
            env={**os.environ, **(env or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            start_new_session=True,
        )
    one = Preview(root, process)
    threads = [_collect(process.stdout, one.said), _collect(process.stderr, one.complained)]
    try:
        eventually(lambda: one.said or process.poll() is not None)
        assert one.said, "".join(one.complained)
        if ready:
            one.ready()
        yield one
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(LIMIT)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for thread in threads:
            thread.join(LIMIT)
    everything = "".join(one.said + one.complained)
    assert "Traceback" not in everything, everything


def _collect(stream: IO[str] | None, lines: list[str]) -> threading.Thread:
    def run() -> None:
        assert stream
        for line in stream:
            lines.append(line)  # noqa: PERF402 (seen as it comes)
        stream.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


# -- livereload's protocol ------------------------------------------------------------------------


class Refused(Exception):
    """The server does not talk to us; the message is the status."""


class Listener:
    """What livereload.js does, without a browser: says which page it shows, and hears the news."""

    def __init__(self, of: Preview, page: str, host: str = "", origin: str = "") -> None:
        self.page, host = page, host or f"127.0.0.1:{of.port}"
        self._socket = socket.create_connection(("127.0.0.1", of.port), LIMIT)
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            "GET /livereload HTTP/1.1", f"Host: {host}", "Upgrade: websocket",
            "Connection: Upgrade", f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13",
            *([f"Origin: {origin}"] if origin else []),
        ]  # fmt: skip
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode())
        self._file = self._socket.makefile("rb")
        status = self._file.readline().split()[1].decode()
        if status != "101":
            self.close()
            raise Refused(status)
        while self._file.readline().strip():
            pass
        self.say({"command": "hello", "protocols": ["http://livereload.com/protocols/official-7"]})
        assert self.hear()["command"] == "hello"
        self.say({"command": "info", "url": of.url(page)})
        # whatever comes after this has been heard: the server takes one message after another
        self.say({"command": "hello", "protocols": []})
        assert self.hear()["command"] == "hello"

    def say(self, message: Any) -> None:
        self.send(json.dumps(message).encode())

    def send(self, data: bytes, opcode: int = 1) -> None:
        size = len(data)
        head = struct.pack("!BB", 0x80 | opcode, 0x80 | (min(126, size)))
        head += struct.pack("!H", size) if size >= 126 else b""
        self._socket.sendall(head + bytes(4) + data)  # a mask of nothing but zeros

    def hear(self, limit: float = LIMIT) -> Any:
        """The next message; None when the server has closed the connection."""
        self._socket.settimeout(limit)
        while head := self._file.read(2):
            size = head[1] & 127
            if size == 126:
                (size,) = struct.unpack("!H", self._file.read(2))
            elif size == 127:
                (size,) = struct.unpack("!Q", self._file.read(8))
            data = self._file.read(size)
            if head[0] & 15 == 1:
                return json.loads(data)
            if head[0] & 15 == 8:
                return None
            if head[0] & 15 == 9:  # a server that waits in vain for this hangs up
                self.send(data, 10)
        return None

    def paths(self) -> list[str]:
        """What is to be loaded again after one change: the page, or files and the notices."""
        found: list[str] = []
        while not {self.page, NOTICES} & {*found}:
            news = self.hear()
            assert news, "the connection is closed"
            found.append(news["path"])
        return found

    def loads_its_page(self) -> None:
        """Wait until the page is to be loaded again."""
        while self.page not in self.paths():
            pass

    def close(self) -> None:
        self._file.close()
        self._socket.close()

    def __enter__(self) -> Listener:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
