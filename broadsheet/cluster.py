"""A Dask cluster as an executor: the partitions of a build, on other machines (see `worker`).

A worker that dies costs its partition: the scheduler gives it to another one. Where the scheduler
goes, or the last worker, whoever waits for a result gets a `ContentError`.
"""

from __future__ import annotations

import logging
import os
import pickle
import secrets
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future, wait
from contextlib import contextmanager, suppress
from functools import partial
from glob import escape, glob
from threading import Condition, Event, Thread
from typing import TYPE_CHECKING, Any, TypeVar

from broadsheet.diagnostics import ContentError, Diagnostic
from broadsheet.folders import side_folder
from broadsheet.settings import Settings
from broadsheet.worker import (
    Refused,
    Ticket,
    lack_of_scheduler,
    lack_of_worker,
    mark_of,
    run_partition,
    ticket_for,
    unfit,
)

if TYPE_CHECKING:
    from distributed import Client

Result = TypeVar("Result")

CONNECT = 5  # seconds until a scheduler has answered, and has workers
PULSE = 1  # seconds between looks at the cluster
PATIENCE = 10  # seconds without any worker: one that is started anew may come back
SILENCE = 30  # seconds: a scheduler with much to do answers late
FINISH = 30  # seconds for the partitions that are under way when a build fails
RETRIES = 2  # of a partition: shared storage may fail for a moment
AHEAD = 2  # partitions for each thread of a worker, so that it never waits for the next one


@contextmanager
def cluster(settings: Settings) -> Iterator[Executor]:
    """The workers of the scheduler that the settings name. Raises `ContentError`."""
    with _quiet(), _marks(settings) as marks, _connected(settings.scheduler) as client:
        ticket = ticket_for(settings, marks)
        workers = Workers(client, ticket, _workers_of(client, ticket, settings.scheduler))
        try:
            yield workers
        finally:  # nobody is to write into a site that has been given up, or published
            workers.finish()


@contextmanager
def _marks(settings: Settings) -> Iterator[tuple[str, ...]]:
    """A mark in each folder where workers write: it tells the folder from a namesake.

    Marks are folders, so that no list of files has them.
    """
    name = f"cluster-{secrets.token_hex(8)}"
    beside, index = side_folder(settings.output) / name, settings.index_folder / name
    made = [beside]
    beside.mkdir()
    with suppress(OSError):  # who writes the index says why that cannot be done
        index.mkdir(parents=True)
        made.append(index)
    try:
        yield tuple(map(os.fspath, made))
    finally:
        for mark in made:
            with suppress(OSError):
                mark.rmdir()
        for mark in beside.parent.glob(f"{name}@*"):  # of workers that have died
            mark.unlink(missing_ok=True)


# -- the executor ---------------------------------------------------------------------------------


class Workers(Executor):
    """Dask's own executor, with room for so many partitions at a time, and with an end.

    Dask waits for ever for workers that may come. Here a watcher gives up, and whoever waits for a
    result gets a `ContentError`.
    """

    def __init__(self, client: Client, ticket: Ticket, threads: Mapping[str, int]) -> None:
        self._client, self._ticket = client, ticket
        self._executor = client.get_executor(pure=False, retries=RETRIES)
        self._threads = threads
        self._under_way: dict[Future[Any], Future[bytes]] = {}
        self._lost: Diagnostic | None = None
        self._change = Condition()
        self._over = Event()
        Thread(target=self._watch, daemon=True).start()

    def submit(
        self, function: Callable[..., Result], /, *arguments: Any, **keywords: Any
    ) -> Future[Result]:
        """As always, but it waits until there is room."""
        work = pickle.dumps((partial(function, **keywords), arguments), pickle.HIGHEST_PROTOCOL)
        answer: Future[Result] = Future()
        with self._change:
            self._change.wait_for(lambda: self._lost or self._has_room())
            if self._lost:
                raise ContentError([self._lost])
        try:
            running = self._executor.submit(run_partition, self._ticket, work)
        except Exception as error:  # noqa: BLE001 (of a client whose scheduler has just gone)
            raise ContentError([self._give_up(_no_scheduler(error))]) from None
        with self._change:
            self._under_way[answer] = running
        running.add_done_callback(partial(self._settle, answer))
        if self._lost:  # in the meantime
            self._give_up(self._lost)
        return answer

    def _has_room(self) -> bool:
        return len(self._under_way) < max(2, AHEAD * sum(self._threads.values()))

    def _settle(self, answer: Future[Any], running: Future[bytes]) -> None:
        with self._change:
            if self._under_way.pop(answer, None) is None:
                return  # it has been given up
            self._change.notify_all()
        if running.cancelled():  # that is how Dask tells of a scheduler that has gone
            answer.set_exception(ContentError([self._give_up(_no_scheduler())]))
        elif error := running.exception():
            answer.set_exception(_explain(error))
        else:
            try:
                result = pickle.loads(running.result())  # noqa: S301 (from our own workers)
            except Exception as error:  # noqa: BLE001 (whatever it is, somebody waits for it)
                answer.set_exception(error)
                return
            if isinstance(result, Refused):
                answer.set_exception(ContentError(result.diagnostics))
            else:
                answer.set_result(result)

    def _give_up(self, reason: Diagnostic) -> Diagnostic:
        """Let nobody wait any more; returns the reason, the first if there are several."""
        with self._change:
            self._lost = self._lost or reason
            waiting = list(self._under_way)
            self._under_way.clear()
            self._change.notify_all()
        for answer in waiting:
            answer.set_exception(ContentError([self._lost]))
        return self._lost

    def _watch(self) -> None:
        seen = time.monotonic()
        while not self._over.wait(PULSE):
            try:
                threads: Mapping[str, int] = self._client.nthreads(callback_timeout=SILENCE)
            except Exception as error:  # noqa: BLE001 (a thread has nobody to tell)
                if not self._over.is_set():
                    self._give_up(_no_scheduler(error))
                return
            with self._change:
                self._threads = threads
                self._change.notify_all()
            if threads:
                seen = time.monotonic()
            elif time.monotonic() - seen > PATIENCE:
                self._give_up(_no_workers())
                return

    def finish(self) -> None:
        """Wait for what is under way: it writes into folders that others will want."""
        self._over.set()
        with self._change:
            running = list(self._under_way.values())
        wait(running, FINISH)
        until = time.monotonic() + FINISH
        while self._lost and self._busy() and time.monotonic() < until:
            time.sleep(0.05)

    def _busy(self) -> bool:
        """Whether a worker that was there the last time one could ask is still writing."""
        marks = (mark_of(self._ticket, address) for address in self._threads)
        return any(glob(f"{escape(mark)}*") for mark in marks)


def _explain(error: BaseException) -> BaseException:
    from distributed import KilledWorker

    if isinstance(error, KilledWorker):
        tries = error.allowed_failures + 1
        message = f"同一批稿件接连使 {tries} 个工作进程退出，原来的站点没有动"
        hint = "多半是内存不够：看工作进程的日志，给它们多一些内存再试"
        return ContentError([Diagnostic("B709", message, hint)])
    return error


def _no_scheduler(error: BaseException | None = None) -> Diagnostic:
    silent = isinstance(error, TimeoutError)
    message = "集群不再回应" if silent else "和调度器的连接断了"
    hint = "等集群恢复，再运行一次；或去掉 --scheduler，在本机构建"
    return Diagnostic("B709", f"{message}，原来的站点没有动", hint)


def _no_workers() -> Diagnostic:
    message = f"集群的工作进程都没有了（等了 {PATIENCE} 秒），原来的站点没有动"
    return Diagnostic("B709", message, "看工作进程的日志，重新启动它们，再运行一次")


# -- the connection -------------------------------------------------------------------------------


@contextmanager
def _quiet() -> Iterator[None]:
    """Dask tells of its troubles in English, on stderr; we tell of them ourselves."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


@contextmanager
def _connected(address: str) -> Iterator[Client]:
    try:
        import dask
        from distributed import Client
    except ImportError:
        message = "没有安装集群组件，不能用 --scheduler"
        hint = (
            "安装 requirements/cluster.txt（装成包的，安装 broadsheet[cluster]），"
            "写法见 docs/scale.md；不用集群就去掉 --scheduler"
        )
        raise ContentError([Diagnostic("B707", message, hint)]) from None
    with dask.config.set({"distributed.comm.timeouts.connect": f"{CONNECT}s"}):
        try:
            client = _soon(partial(Client, address, timeout=CONNECT, set_as_default=False))
        except (OSError, ValueError, TypeError, RuntimeError):  # a late one is an OSError too
            message = f"连不上集群的调度器 {address}"
            hint = "检查地址和端口，看调度器有没有启动；不用集群就去掉 --scheduler"
            raise ContentError([Diagnostic("B708", message, hint)]) from None
        try:
            yield client
        finally:
            with suppress(Exception):  # a scheduler that has gone cannot say good-bye
                client.close(CONNECT)


def _soon(action: Callable[[], Result]) -> Result:
    """Dask waits for ever for one who takes its call and then says nothing."""
    answer: Future[Result] = Future()

    def act() -> None:
        try:
            answer.set_result(action())
        except Exception as error:  # noqa: BLE001 (a thread has nobody to tell)
            answer.set_exception(error)

    Thread(target=act, daemon=True).start()
    return answer.result(CONNECT + 1)


def _workers_of(client: Client, ticket: Ticket, address: str) -> dict[str, int]:
    """The workers, and how many threads they have. Raises `ContentError` where there are none."""
    try:
        client.wait_for_workers(1, timeout=CONNECT)
    except TimeoutError:
        hint = "先启动工作进程（见 docs/scale.md），再运行一次"
        message = f"集群 {address} 里没有工作进程（等了 {CONNECT} 秒）"
        raise ContentError([Diagnostic("B708", message, hint)]) from None
    lacks: dict[str, Any] = {}
    try:
        lacks["调度器"] = client.run_on_scheduler(lack_of_scheduler, ticket.programs)
        said = client.run(lack_of_worker, ticket, on_error="return", callback_timeout=SILENCE)
        lacks |= {f"工作进程 {worker} ": lack for worker, lack in said.items()}
        threads = dict(client.nthreads())
    except OSError as error:
        raise ContentError([_no_scheduler(error)]) from None
    except Exception as error:  # noqa: BLE001 (what another program makes of ours is anything)
        lacks["调度器"] = error
    found = []
    for who, lack in lacks.items():
        code, what = ("B710", _foreign(lack)) if isinstance(lack, Exception) else lack
        if code:
            found.append(unfit(code, who, what))
    if found:
        raise ContentError(found)
    return threads


def _foreign(error: Exception) -> str:
    missing = "No module named 'broadsheet" in str(error)
    return "没有 Broadsheet" if missing else f"{type(error).__name__}: {str(error)[:200]}"
