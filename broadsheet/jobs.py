"""Work in partitions: in this process, or spread over any `concurrent.futures` executor."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

from broadsheet.settings import Settings

Item = TypeVar("Item")
Result = TypeVar("Result")

PARTITION = 250  # items; a worker's start and the way there and back cost less than their work
WINDOW = 3  # large partitions that are under way at a time
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
    if jobs <= 1:
        return nullcontext()
    # forked workers share what is loaded already; elsewhere they start from nothing
    method = "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"
    return ProcessPoolExecutor(jobs, multiprocessing.get_context(method), _begin)


def _begin() -> None:
    """Ctrl-C reaches every process of a terminal; one answer, the parent's, is enough. And a worker
    ends with its parent, however that ends.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ask_to_be_told = 1  # PR_SET_PDEATHSIG
        ctypes.CDLL(None).prctl(ask_to_be_told, signal.SIGTERM)


def spread(
    function: Callable[..., Result],
    items: Sequence[Item],
    executor: Executor | None,
    *arguments: Any,
) -> Iterator[Result]:
    """`function(partition, *arguments)` for each partition of `items`, results in order."""
    partitions = [items[start : start + PARTITION] for start in range(0, len(items), PARTITION)]
    if executor is None or len(items) < POOL_PAYS:
        for partition in partitions:
            yield function(partition, *arguments)
    else:
        under_way: deque[Future[Result]] = deque()
        for part in partitions:
            under_way.append(executor.submit(function, part, *arguments))
            while under_way and under_way[0].done():  # where there is no room, submitting waits
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()


def in_turn(
    function: Callable[..., Result],
    work: Iterable[tuple[Any, ...]],
    executor: Executor | None,
) -> Iterator[Result]:
    """`function(*arguments)` for each of `work`, which is not asked for sooner than there is room.

    For partitions that take much memory: a few of them are under way at a time.
    """
    under_way: deque[Future[Result]] = deque()
    for arguments in work:
        if executor is None:
            yield function(*arguments)
            continue
        if len(under_way) == WINDOW:
            yield under_way.popleft().result()
        under_way.append(executor.submit(function, *arguments))
    while under_way:
        yield under_way.popleft().result()
