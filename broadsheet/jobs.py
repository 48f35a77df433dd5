"""Work in partitions: in this process, or spread over any `concurrent.futures` executor."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from broadsheet.settings import Settings

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor

Item = TypeVar("Item")
Result = TypeVar("Result")
Work = Sequence[tuple[Any, ...]]  # functions, each with its arguments

PARTITION = 250  # items; a worker's start and the way there and back cost less than their work
POOL_PAYS = 400  # items; below, starting workers takes longer than doing the work


def available_cores() -> int:
    """Cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS and Windows
        return os.cpu_count() or 1


def pool(jobs: int, settings: Settings | None = None) -> AbstractContextManager[Executor | None]:
    """Workers: those of the cluster that the settings name, or processes of this machine, which are
    started when there is work that pays for them.
    """
    if settings and settings.scheduler:
        from broadsheet.cluster import cluster

        return cluster(settings)
    return Processes(jobs) if jobs > 1 else nullcontext()


def spread(
    function: Callable[..., Result],
    items: Sequence[Item],
    executor: Executor | None,
    *arguments: Any,
) -> Iterator[Result]:
    """`function(partition, *arguments)` for each partition of `items`, results in order."""
    starts = range(0, len(items), PARTITION)
    work = [(function, items[start : start + PARTITION], *arguments) for start in starts]
    return done(work, executor if len(items) >= POOL_PAYS else None)


def done(work: Work, executor: Executor | None) -> Iterator[Any]:
    """What comes of each of `work`, in order."""
    if executor is None:
        for function, *arguments in work:
            yield function(*arguments)
        return
    under_way: deque[Future[Any]] = deque()
    with _with(executor, work) as submit:
        for number in range(len(work)):
            under_way.append(submit(number))
            while under_way and under_way[0].done():  # where there is no room, submitting waits
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()


# -- processes of this machine --------------------------------------------------------------------


class Processes(Executor):
    """Processes of this machine.

    Where they can be forked they share what is loaded already, and those that are born for some
    work have it: it need not be packed and sent. Elsewhere they start from nothing.
    """

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs
        self._pool: ProcessPoolExecutor | None = None

    def halves(self) -> tuple[Processes, Processes | None]:
        """The same in two, the second one for a process beside; that needs none to be one."""
        half = self._jobs // 2
        return Processes(self._jobs - half), Processes(half) if half > 1 else None

    def submit(
        self, function: Callable[..., Result], /, *arguments: Any, **keywords: Any
    ) -> Future[Result]:
        self._pool = self._pool or processes(self._jobs)
        with deaf():
            return self._pool.submit(function, *arguments, **keywords)

    @contextmanager
    def born_for(self, work: Work) -> Iterator[Callable[[int], Future[Any]]]:
        """What has a part of `work` done, by its number."""
        self.shutdown()  # those who are there know nothing of it
        self._pool = processes(self._jobs, work)
        try:
            yield partial(self.submit, _do)
        finally:
            self.shutdown()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = True) -> None:
        if self._pool:
            self._pool.shutdown(wait, cancel_futures=cancel_futures)
        self._pool = None


def processes(jobs: int, work: Work = ()) -> ProcessPoolExecutor:
    """Processes that are started with the first thing that is submitted, and have `work` then."""
    import multiprocessing  # takes longer to load than a small site has work for
    from concurrent.futures import ProcessPoolExecutor

    context = multiprocessing.get_context("fork" if _FORKS else "spawn")
    return ProcessPoolExecutor(jobs, context, begin, (work,))


@contextmanager
def _with(executor: Executor, work: Work) -> Iterator[Callable[[int], Future[Any]]]:
    """What has a part of `work` done, by its number, whoever does it."""
    if isinstance(executor, Processes) and _FORKS:
        with executor.born_for(work) as submit:
            yield submit
    else:
        yield lambda number: executor.submit(*work[number])


@contextmanager
def deaf() -> Iterator[None]:
    """Ctrl-C reaches every process of a terminal; one answer, the parent's, is enough. So who is
    born here does not hear it.
    """
    if not hasattr(signal, "pthread_sigmask"):  # on Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_FORKS = hasattr(os, "fork")
_work: Work = ()  # in a process that was born for some


def begin(work: Work = ()) -> None:
    """A worker is deaf, if it was not born so, and ends with its parent, however that ends."""
    global _work  # noqa: PLW0603 (a new process, and the first thing in it)
    _work = work
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ask_to_be_told = 1  # PR_SET_PDEATHSIG
        ctypes.CDLL(None).prctl(ask_to_be_told, signal.SIGTERM)


def _do(number: int) -> Any:
    function, *arguments = _work[number]
    return function(*arguments)
