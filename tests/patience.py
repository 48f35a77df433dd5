"""How long tests wait for what must come, and what "at once" means on a machine that is busy.

What has to come is waited for longer than it takes anywhere; how soon it came is asserted apart.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self, TypeVar

import psutil

LIMIT = 150.0  # seconds: far more than anything takes on a slow machine with other things to do
T = TypeVar("T")


def eventually(check: Callable[[], T], limit: float = LIMIT, every: float = 0.02) -> T:
    """What `check` answers once it answers something; an AssertionError is an answer of no."""
    deadline = time.monotonic() + limit
    while True:
        failure: AssertionError | None = None
        try:
            if answer := check():
                return answer
        except AssertionError as error:
            failure = error
        if time.monotonic() > deadline:
            raise failure or AssertionError(f"not within {limit} seconds")
        time.sleep(every)


def slowness() -> float:
    """How many times as long as it would alone a process takes here at the moment; 1 or more."""
    start, worked = time.monotonic(), time.thread_time()
    while time.thread_time() - worked < 0.3:
        pass
    return max(1.0, (time.monotonic() - start) / 0.3)


class Metronome:
    """How long the machine has kept us waiting at the most, in seconds, while this was open."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def _beat(self) -> None:
        while not self._over.is_set():
            start = time.monotonic()
            time.sleep(0.005)
            self.longest = max(self.longest, time.monotonic() - start - 0.005)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()


def is_within(seconds: float, limit: float) -> bool:
    """Whether something that took `seconds` would have taken less than `limit` in a quiet place."""
    return seconds < limit or seconds < limit * slowness()


def outliving(processes: Iterable[psutil.Process], limit: float) -> list[psutil.Process]:
    """Those that do not end within `limit` seconds of a quiet machine; now they are killed."""
    _, alive = psutil.wait_procs(processes, limit)
    if alive:
        _, alive = psutil.wait_procs(alive, limit * slowness())
    for process in alive:
        process.kill()
    return list(alive)
