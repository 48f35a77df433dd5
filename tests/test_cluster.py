"""Builds on a real Dask cluster: the same bytes, whoever dies meanwhile."""

from __future__ import annotations

import json
import os
import pickle
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from helpers import NOW, ROOT, case, command, make_site, many, tree
from helpers import build as build_here

from broadsheet import __version__, cli, cluster, pipeline
from broadsheet.diagnostics import ContentError, Diagnostic
from broadsheet.plan import Options
from broadsheet.worker import LIBRARIES, Refused, Ticket, run_partition, ticket_for

distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")

BODY = "一段正文。\n\n" * 20  # so that a partition takes a while
LONG = 180  # seconds: far more than anything takes on a busy machine
TRIES = 5  # of what has to happen while pages are being written
# as build.py does, but with patience for a scheduler that others keep from answering
PROGRAM = (
    f"import sys; sys.path.insert(0, {str(ROOT)!r}); from broadsheet import cluster;"
    f"cluster.CONNECT = {LONG}; from broadsheet.cli import entry; entry()"
)


class Dask:
    """A scheduler and its workers, processes of their own, in a folder of their own."""

    def __init__(self, folder: Path, workers: int = 0) -> None:
        self.folder, self.workers = folder, list[subprocess.Popen[bytes]]()
        told = folder / "scheduler.json"
        options = ("--port", "0", "--scheduler-file", told, "--idle-timeout", f"{5 * LONG}s")
        self.scheduler = self._start(ROOT, "scheduler", *options)  # none outlives us for long
        wait_until(lambda: told.is_file() and told.read_text().rstrip().endswith("}"))  # whole
        self.address: str = json.loads(told.read_text())["address"]
        for _ in range(workers):
            self.add()

    def add(self, program: Path = ROOT) -> subprocess.Popen[bytes]:
        options = ("--no-nanny", "--nthreads", "1", "--death-timeout", str(LONG))
        worker = self._start(program, "worker", self.address, *options)
        self.workers.append(worker)
        return worker

    def _start(self, program: Path, *arguments: str | Path) -> subprocess.Popen[bytes]:
        rest = ("--host", "127.0.0.1", "--no-dashboard")
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "dask", *map(str, arguments), *rest],
                cwd=self.folder,
                env={**os.environ, "PYTHONPATH": str(program)},
                stdout=log,
                stderr=log,
            )

    def ready(self) -> Dask:
        """When all workers are there."""
        wanted = sum(worker.poll() is None for worker in self.workers)
        with distributed.Client(self.address, timeout=LONG, set_as_default=False) as client:
            client.wait_for_workers(wanted, timeout=LONG)
            wait_until(lambda: len(client.nthreads()) == wanted)  # the dead are forgotten
        return self

    def stop(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()


def wait_until(there: Callable[[], object], seconds: float = LONG) -> None:
    until = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < until
        time.sleep(0.002)


@pytest.fixture(scope="module")
def dask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dask]:
    """A scheduler and three workers; who kills one starts another."""
    running = Dask(tmp_path_factory.mktemp("dask"), 3)
    yield running
    running.stop()


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Callable[[int], Dask]]:
    """A cluster that a test may ruin."""
    started: list[Dask] = []

    def start(workers: int) -> Dask:
        (tmp_path / "dask").mkdir()
        started.append(Dask(tmp_path / "dask", workers))
        return started[-1]

    yield start
    for one in started:
        one.stop()


def build(root: Path, dask: Dask, *arguments: str | Path) -> subprocess.Popen[str]:
    """The command, begun in the project folder."""
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "--scheduler", dask.address, *map(str, arguments)],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, errors = process.communicate(timeout=LONG)
    assert "Traceback" not in errors and "distributed" not in errors, errors
    return process.returncode, errors


def local(root: Path) -> dict[str, bytes]:
    """The site, as this machine alone makes it from nothing."""
    done = command(
        "--output", "local", "--index", "local-index", "--jobs", "1", "--clean", cwd=root
    )
    assert done.returncode == 0, done.stderr
    return tree(root / "local")


def staged_cases(root: Path) -> int:
    """How many case pages there are in the site that is being put together."""
    try:
        return len(os.listdir(root / ".site.broadsheet/next/cases"))
    except OSError:
        return 0


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The site of 1,200 cases."""
    return local(make_site(tmp_path_factory.mktemp("expected"), many(1200, body=BODY)))


# -- the same bytes -------------------------------------------------------------------------------


def test_a_cluster_builds_what_one_machine_builds(
    tmp_path: Path, dask: Dask, expected: dict[str, bytes]
) -> None:
    root = make_site(tmp_path, many(1200, body=BODY))
    with distributed.Client(dask.ready().address, set_as_default=False) as client:
        before = client.run(lambda dask_worker: dask_worker.state.executed_count)
        assert ended(build(root, dask)) == (0, "")
        after = client.run(lambda dask_worker: dask_worker.state.executed_count)
    assert len(after) == 3 and all(after[name] - before[name] > 1 for name in after)
    assert tree(root / "site") == expected


def test_a_second_build_on_a_cluster_is_right_too(tmp_path: Path, dask: Dask) -> None:
    root = make_site(tmp_path, {**many(450), "templates/case.html": "一"})
    assert ended(build(root, dask.ready())) == (0, "")
    make_site(root, many(420, start=451) | {"content/p/007-c7.md": case("c7", title="改过的题目")})
    (root / "content/p/100-c100.md").unlink()
    (root / "templates/case.html").write_text("二")
    assert ended(build(root, dask)) == (0, "")
    assert tree(root / "site") == local(root)
    assert (root / "site/cases/c7/index.html").read_text() == "二"

    # one machine carries on where the cluster has left off
    make_site(root, {"content/p/007-c7.md": case("c7", title="又改的题目")})
    work = build_here(root).work
    assert work.read == 1 and work.rendered < 50 and work.indexed < 100


def test_problems_are_told_as_they_are_on_one_machine(tmp_path: Path, dask: Dask) -> None:
    files = many(450)
    for number in (3, 200, 449):
        files[f"content/p/{number:03d}-c{number}.md"] = case(f"c{number}", theme="x", date="y")
    root = make_site(tmp_path, files)
    alone = command("--jobs", "1", cwd=root)
    assert "content/p/003-c3.md:5:8" in alone.stderr
    dask.ready()
    assert ended(build(root, dask)) == (1, alone.stderr)

    make_site(root, {**many(450), "templates/case.html": "一\n{{ nothing.there }}"})
    code, errors = ended(build(root, dask))
    assert code == 1 and errors.startswith("错误 B601  templates/case.html:2")
    assert not (root / "site").exists() and not list(root.glob(".site.broadsheet/cluster-*"))


# -- whoever dies ---------------------------------------------------------------------------------


def kill_one_at_work(dask: Dask, root: Path, process: subprocess.Popen[str]) -> bool:
    """SIGKILL for a worker that is writing pages: of all three it alone may run, and they come.

    False where all of them have been written before.
    """
    wait_until(lambda: staged_cases(root) > 0 or process.poll() is not None)
    for worker in dask.workers:
        worker.send_signal(signal.SIGSTOP)
    try:
        for turn in range(5 * len(dask.workers)):
            worker = dask.workers[turn % len(dask.workers)]
            found, until = staged_cases(root), time.monotonic() + 1
            worker.send_signal(signal.SIGCONT)
            while staged_cases(root) == found and time.monotonic() < until:
                time.sleep(0.001)
            if found < staged_cases(root) < 1200:  # in the middle
                worker.kill()
                worker.wait()
                dask.workers.remove(worker)
                return True
            worker.send_signal(signal.SIGSTOP)
        return False
    finally:
        for worker in dask.workers:
            worker.send_signal(signal.SIGCONT)


def test_a_worker_that_is_killed_costs_only_its_partition(
    tmp_path: Path, dask: Dask, expected: dict[str, bytes]
) -> None:
    for number in range(TRIES):
        root = make_site(tmp_path / str(number), many(1200, body=BODY))
        process = build(root, dask.ready())
        killed = kill_one_at_work(dask, root, process)
        if killed:
            dask.add()
        assert ended(process) == (0, "")
        assert tree(root / "site") == expected
        if killed:
            return
    pytest.fail("no worker was writing pages")


def test_pages_that_the_dead_wrote_are_not_lost_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A partition that is done again reports what it did the first time, too."""
    root = make_site(tmp_path, many(3))
    build_here(root)
    make_site(root, many(6))

    def twice(function: Any, items: Any, executor: object, *arguments: Any) -> Iterator[Any]:
        function(items, *arguments)  # and then the worker dies
        yield function(items, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "spread", twice)
        build_here(root)
    make_site(root, many(1, title="改过的题目"))
    build_here(root)  # upon what the others have reported
    assert tree(root / "site") == local(root)


def test_without_its_scheduler_a_build_ends_and_the_old_site_stands(
    tmp_path: Path, own: Callable[[int], Dask], expected: dict[str, bytes]
) -> None:
    dask = own(2)
    for number in range(TRIES):
        root = make_site(tmp_path / str(number), many(450, body=BODY, satisfaction="满意"))
        assert command(cwd=root).returncode == 0
        before = tree(root / "site")
        make_site(root, many(1200, body=BODY))
        process = build(root, dask.ready())
        wait_until(lambda: staged_cases(root) > 450 or process.poll() is not None)  # noqa: B023
        for worker in dask.workers:
            worker.send_signal(signal.SIGSTOP)
        at_work = [*root.glob(".site.broadsheet/cluster-*@*")]
        if at_work and 450 < staged_cases(root) < 1200:
            break
        for worker in dask.workers:
            worker.send_signal(signal.SIGCONT)
        assert ended(process) == (0, "")
    else:
        pytest.fail("no worker was writing pages")
    dask.scheduler.kill()
    time.sleep(2)
    assert process.poll() is None  # pages are being written, or would be, into the next build
    for worker in dask.workers:
        worker.send_signal(signal.SIGCONT)
    code, errors = ended(process)
    assert code == 1 and errors.startswith("错误 B709  ")
    assert tree(root / "site") == before
    assert command(cwd=root).returncode == 0  # at once: nobody is writing any more
    assert tree(root / "site") == expected


def problem(root: Path, address: str) -> Diagnostic:
    """What a build in this process, which cannot succeed, has to say."""
    folders = (root / "content", root / "site", root)
    settings = pipeline.Settings(*folders, Options(now=NOW), scheduler=address)
    with pytest.raises(ContentError) as caught:
        pipeline.build(settings)
    (found,) = caught.value.diagnostics
    return found


def test_without_workers_a_build_ends(
    tmp_path: Path, own: Callable[[int], Dask], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "CONNECT", 1)
    monkeypatch.setattr(cluster, "PATIENCE", 1)
    dask = own(0)
    root = make_site(tmp_path / "root", many(1200, body=BODY))
    found = problem(root, dask.address)
    while "连不上" in found.message:  # within a second, on a busy machine
        cluster.CONNECT += 1
        found = problem(root, dask.address)
    assert found.code == "B708" and "没有工作进程" in found.message

    cluster.CONNECT = LONG
    for number in range(TRIES):
        root = make_site(tmp_path / str(number), many(1200, body=BODY))
        worker = dask.add()
        dask.ready()
        over = threading.Event()

        def kill(root: Path = root, over: threading.Event = over) -> None:
            wait_until(lambda: staged_cases(root) > 0 or over.is_set())
            worker.kill()  # noqa: B023

        killer = threading.Thread(target=kill)
        killer.start()
        try:
            found = problem(root, dask.address)
        except pytest.fail.Exception:  # it ended well, before that
            continue
        finally:
            over.set()
            killer.join()
        assert found.code == "B709" and "工作进程都没有了" in found.message
        assert not (root / "site").exists()
        return
    pytest.fail("the worker was never writing pages")


def test_a_scheduler_that_is_not_there_is_told(tmp_path: Path) -> None:
    root = make_site(tmp_path, many(3))
    done = command("--scheduler", "tcp://127.0.0.1:1", cwd=root)
    assert done.returncode == 1 and done.stderr.startswith("错误 B708  ")
    assert "tcp://127.0.0.1:1" in done.stderr and "Traceback" not in done.stderr
    assert not (root / "site").exists()


def test_who_takes_the_call_and_says_nothing_is_no_scheduler(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "CONNECT", 1)
    root = make_site(tmp_path, many(3))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert problem(root, f"tcp://127.0.0.1:{silent.getsockname()[1]}").code == "B708"


# -- whoever does not fit -------------------------------------------------------------------------


def test_a_worker_with_another_program_is_refused(
    tmp_path: Path, own: Callable[[int], Dask]
) -> None:
    other = tmp_path / "other"
    shutil.copytree(ROOT / "broadsheet", other / "broadsheet")
    (other / "broadsheet/__init__.py").write_text('__version__ = "0.0.7"\n')
    dask = own(0)
    dask.add(other)
    dask.add(tmp_path / "nothing")
    root = make_site(tmp_path / "root", many(3))
    code, errors = ended(build(root, dask.ready()))
    assert code == 1 and errors.count("错误 B710  工作进程 tcp://127.0.0.1:") == 2
    assert f"Broadsheet 是 0.0.7（构建的机器上是 {__version__}）" in errors
    assert "没有 Broadsheet" in errors


def test_a_worker_that_comes_later_is_looked_at_too(tmp_path: Path, dask: Dask) -> None:
    root = make_site(tmp_path, many(3))
    (root / "mark").touch()
    settings = pipeline.Settings(root / "content", root / "site", root)
    ticket = ticket_for(settings, (str(root / "mark"),))
    work = pickle.dumps((sum, ([1, 2],)))
    wrong = {
        "B710": replace(ticket, programs=(*ticket.programs, ("jinja2", "1.0"))),
        "B711": replace(ticket, marks=(str(root / "nothing"),)),
    }
    others = [
        replace(ticket, names=(*ticket.names, "nothing")),
        replace(ticket, content=str(root / "nothing")),
        replace(ticket, templates=((str(ROOT / "templates"), "0"),)),
        replace(ticket, templates=((str(root / "nothing"), "0"),)),
    ]
    with distributed.Client(dask.ready().address, set_as_default=False) as client:

        def answer(ticket: Ticket) -> object:
            return pickle.loads(client.submit(run_partition, ticket, work).result(LONG))

        assert answer(ticket) == 3
        for code, one in [*wrong.items(), *(("B711", other) for other in others)]:
            refused = answer(one)
            assert isinstance(refused, Refused)
            (found,) = refused.diagnostics
            assert found.code == code and found.message.startswith("工作进程 tcp://127.0.0.1:")


def test_every_library_that_makes_bytes_is_compared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    every = (*project["dependencies"], *project["optional-dependencies"]["cluster"])
    names = {re.match(r"[\w-]+", line)[0] for line in every}  # type: ignore[index]
    others = {"click", "filelock", "rich", "livereload", "lxml", "watchfiles"}
    assert set(LIBRARIES) == names - others | {"dask", "cloudpickle"}


# -- the command ----------------------------------------------------------------------------------


def run_without(module: str, root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command where a module cannot be imported."""
    program = (
        f"import sys; sys.modules[{module!r}] = None; sys.path.insert(0, {str(ROOT)!r})\n"
        "from broadsheet.cli import run; sys.exit(run(sys.argv[1:]))"
    )
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=root, capture_output=True, text=True, timeout=LONG,
    )  # fmt: skip


def test_without_the_extra_it_says_how_to_get_it(tmp_path: Path) -> None:
    root = make_site(tmp_path, many(3))
    done = run_without("distributed", root, "--scheduler", "tcp://127.0.0.1:1")
    assert done.returncode == 1 and done.stderr.startswith("错误 B707  ")
    assert "broadsheet[cluster]" in done.stderr and "Traceback" not in done.stderr
    for arguments in ((), ("--help",)):  # who asks for no cluster needs no Dask
        assert run_without("dask", root, *arguments).returncode == 0


@pytest.mark.parametrize(
    "address",
    ["localhost", "localhost:8786", "http://localhost:8786", "tcp://localhost", "tcp://:8786",
     "tcp://host:port", "tcp://host:99999", "tcp://host:8786/x", "tcp://a b:8786", ""],
)  # fmt: skip
def test_an_address_of_another_form_is_a_usage_error(
    address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["--scheduler", address]) == 2
    errors = capsys.readouterr().err
    assert errors.startswith("用法错误：--scheduler：") and "tcp://主机:端口" in errors
