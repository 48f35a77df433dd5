"""Processes that are forked from one which has imported the program: they begin at once.

Half a second of processor time goes into the imports of each process that starts from nothing. What
is forked has its own memory, folder, streams, session and signals, as the other would; whoever looks
at how Python starts (its variables, its locale) starts it.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[1]
LARGEST = 1 << 20  # bytes of a request: arguments and environment


class Ready:
    """A running `build.py` with these arguments; as much of a `subprocess.Popen` as tests ask for."""

    def __init__(self, arguments: list[str], cwd: Path, env: dict[str, str]) -> None:
        (out, to_out), (err, to_err), (told, to_tell) = os.pipe(), os.pipe(), os.pipe()
        request = {"arguments": arguments, "cwd": str(cwd), "env": env}
        socket.send_fds(_server(), [json.dumps(request).encode()], [to_out, to_err, to_tell])
        for theirs in (to_out, to_err, to_tell):
            os.close(theirs)
        self.stdout: IO[str] = open(out, encoding="utf-8")  # noqa: SIM115
        self.stderr: IO[str] = open(err, encoding="utf-8")  # noqa: SIM115
        self._told = open(told, "rb")  # noqa: SIM115
        self.pid = int(self._told.readline())
        self.returncode: int | None = None

    def poll(self) -> int | None:
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        if self._ended(timeout) is None:
            raise subprocess.TimeoutExpired("build.py", timeout or 0)
        assert self.returncode is not None
        return self.returncode

    def _ended(self, timeout: float | None) -> int | None:
        if self.returncode is None and select.select([self._told], [], [], timeout)[0]:
            self.returncode = int(self._told.readline())
            self._told.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


@cache
def _server() -> socket.socket:
    """The way to the process that forks; it ends when this one does."""
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    here.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, LARGEST)
    server = subprocess.Popen(
        [sys.executable, __file__, str(there.fileno())], cwd=ROOT, pass_fds=[there.fileno()]
    )
    there.close()
    _to_end.callback(lambda: (here.close(), server.wait(60)))
    return here


_to_end = ExitStack()
end = _to_end.close  # of the process that forks, if it was ever started


# -- in the process that forks --------------------------------------------------------------------


def serve(requests: socket.socket) -> None:
    keepers: set[int] = set()
    while True:
        data, streams, _, _ = socket.recv_fds(requests, LARGEST, 3)
        keepers -= {pid for pid in keepers if os.waitpid(pid, os.WNOHANG)[0]}
        if not data:
            return
        keeper = os.fork()
        if keeper == 0:
            requests.close()
            _keep(json.loads(data), *streams)
        keepers.add(keeper)
        for stream in streams:
            os.close(stream)


def _keep(request: dict[str, object], out: int, err: int, told: int) -> None:
    """Start it, and tell its number and in the end its exit code."""
    pid = os.fork()
    if pid == 0:
        os.close(told)
        os.dup2(out, 1)
        os.dup2(err, 2)
        os.closerange(3, 256)
        _run(request)
    os.close(out)
    os.close(err)
    os.write(told, b"%d\n" % pid)
    _, status = os.waitpid(pid, 0)
    os.write(told, b"%d\n" % os.waitstatus_to_exitcode(status))
    os._exit(0)


def _run(request: dict[str, object]) -> None:
    from broadsheet.cli import entry

    os.setsid()
    os.chdir(str(request["cwd"]))
    os.environ.clear()
    os.environ.update(request["env"])  # type: ignore[call-overload]
    tempfile.tempdir = None
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", 1, encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
    sys.argv = ["build.py", *request["arguments"]]  # type: ignore[misc]
    try:
        entry()
    except BaseException:
        traceback.print_exc()
    os._exit(1)


if __name__ == "__main__":
    sys.path[0] = str(ROOT)
    import broadsheet.commands.serve
    import broadsheet.pipeline
    import broadsheet.preview.server  # noqa: F401  (all of them: what takes so long)

    serve(socket.socket(fileno=int(sys.argv[1])))
