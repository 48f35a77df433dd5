"""Serve a preview until somebody ends it."""

from __future__ import annotations

import asyncio
import errno
import gc
import multiprocessing
import os
import signal
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from broadsheet.diagnostics import ContentError, Diagnostic, reason
from broadsheet.folders import side_folder, template_folders
from broadsheet.jobs import POOL_PAYS, available_cores, deaf, processes
from broadsheet.memory import Memory
from broadsheet.preview.edition import Edition
from broadsheet.preview.handlers import application
from broadsheet.preview.index import PreviewIndex
from broadsheet.preview.showing import Setup, Showing, Told
from broadsheet.preview.watching import changes
from broadsheet.scan import list_files

WATCH = 5  # seconds for the watch to begin: far more than it takes
NEIGHBOURS = 20  # ports after the usual one that are tried where it is taken


def serve(
    setup: Setup,
    output: Path,
    tell: Callable[[Told], None],
    ready: Callable[[Setup], None],
    *,
    choose_port: bool = False,
) -> None:
    """Serve until SIGINT or SIGTERM. `output` is the site whose side folder is used.

    `ready` is called when the server listens, with the port that it has; with `choose_port` that
    may be one of the next. Raises `ContentError` where there is no port or no content folder.
    """
    if not setup.content.is_dir():
        hint = "用 --content 指明稿件文件夹，或在有 content/ 的文件夹里运行"
        raise ContentError([Diagnostic("B104", "找不到稿件文件夹", hint, str(setup.content))])
    with deaf():  # Python tries it out with a file, which who is killed meanwhile would leave
        tempfile.gettempdir()
    sockets = _bind(setup, choose_port)
    setup = replace(setup, port=sockets[0].getsockname()[1])
    with ExitStack() as stack:
        folder = stack.enter_context(_own_folder(output))
        memory = _memory(folder, output)
        # workers are forked before there are threads
        executor = stack.enter_context(_workers(setup.content, memory))
        index = PreviewIndex(folder / "index", setup.root / "search")
        first = Edition(known=memory.cases, related=memory.related)
        showing = Showing(setup, index, first, tell)
        asyncio.run(_run(showing, sockets, executor, memory, lambda: ready(setup)))


async def _run(
    showing: Showing,
    sockets: list[socket.socket],
    executor: Executor | None,
    memory: Memory,
    ready: Callable[[], None],
) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    watches, ended = threading.Event(), threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    server = HTTPServer(application(showing))
    server.add_sockets(sockets)
    setup = showing.setup

    def watch() -> None:
        content = os.path.abspath(setup.content)
        for paths in changes(lambda: (content, *template_folders(setup.root)), ended, watches):
            asyncio.run_coroutine_threadsafe(showing.change(paths), loop)

    async def begin() -> None:
        await showing.change((), executor)
        gc.collect()
        gc.freeze()  # what is there stays: an edit need not look through it
        with suppress(ContentError, OSError):  # whoever searches will be told
            await showing.bring_up_index(executor)
        if executor:
            executor.shutdown(wait=False)  # its processes end
        await loop.run_in_executor(None, _remember, memory, showing.edition)

    threading.Thread(target=watch, daemon=True).start()
    watches.wait(WATCH)  # an edit that came after the first reading and before that would be lost
    ready()
    beginning = asyncio.create_task(begin())
    await stop.wait()
    ended.set()
    beginning.cancel()
    server.stop()
    showing.close()
    await server.close_all_connections()


# -- where it listens -----------------------------------------------------------------------------


def _bind(setup: Setup, choose: bool) -> list[socket.socket]:
    ports = range(setup.port, setup.port + (NEIGHBOURS if choose else 0) + 1)
    for port in ports:
        try:
            return bind_sockets(port, setup.host, reuse_port=False)
        except socket.gaierror:
            message, hint = f"没有叫 {setup.host} 的地址", "用 --host 127.0.0.1，或不写 --host"
            raise ContentError([Diagnostic("B762", message, hint)]) from None
        except OSError as error:
            if error.errno == errno.EADDRINUSE and port != ports[-1]:
                continue
            raise ContentError([_explain(error, setup, port)]) from None
    raise AssertionError


def _explain(error: OSError, setup: Setup, port: int) -> Diagnostic:
    if error.errno == errno.EADDRINUSE:
        hint = "可能已经有一个预览开着；关掉它，或用 --port 换一个端口"
        return Diagnostic("B761", f"端口 {port} 已经有别的程序在用", hint)
    if error.errno in (errno.EACCES, errno.EPERM):
        return Diagnostic("B761", f"没有权限使用端口 {port}", "用 --port 换一个 1024 以上的端口")
    message = f"不能在 {setup.host} 上提供预览（{reason(error)}）"
    return Diagnostic("B762", message, "用 --host 127.0.0.1，或不写 --host")


# -- what it keeps beside the site ----------------------------------------------------------------


@contextmanager
def _own_folder(output: Path) -> Iterator[Path]:
    """A folder for index and memory; one that goes with us where another preview has that."""
    import filelock

    folder = side_folder(output) / "preview"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = filelock.FileLock(folder / "lock", timeout=0).acquire()
    except (filelock.Timeout, OSError):
        with tempfile.TemporaryDirectory(prefix="broadsheet-", ignore_cleanup_errors=True) as name:
            yield Path(name)
    else:
        with held:
            yield folder


def _memory(folder: Path, output: Path) -> Memory:
    """What the last preview has read, or the last build."""
    memory = Memory.load(folder / "memory")
    if not memory.cases:
        built = Memory.load(side_folder(output) / "memory")
        memory = Memory(folder / "memory", cases=built.cases, related=built.related)
    return memory


def _remember(memory: Memory, edition: Edition) -> None:
    if edition.content and edition.plan and (edition.content.fresh or not memory.related):
        memory.related = edition.plan.related
        memory.save(edition.known, None)


@contextmanager
def _workers(content: Path, memory: Memory) -> Iterator[Executor | None]:
    """Processes for the first edition, where so much is unknown that they pay."""
    few = len(list_files(content).paths) - len(memory.cases) < POOL_PAYS
    if few or available_cores() == 1:
        yield None
        return
    executor = processes(available_cores())
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # workers are born deaf to Ctrl-C
    for _ in range(available_cores()):
        executor.submit(int)
    signal.signal(signal.SIGINT, before)
    try:
        yield executor
    finally:  # nobody waits for what is under way
        for process in multiprocessing.active_children():
            process.kill()
        executor.shutdown(wait=False, cancel_futures=True)
