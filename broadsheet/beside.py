"""Beside: something that a process of its own does while this one goes on."""

from __future__ import annotations

import os
import pickle
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar

from broadsheet.jobs import begin, deaf

Result = TypeVar("Result")


@contextmanager
def beside(
    pays: bool, function: Callable[..., Result], *arguments: Any
) -> Iterator[Callable[[], Result]]:
    """What waits for `function(*arguments)`, which is under way already where that `pays`.

    Should it fail there, or be killed, it is done here. Who leaves without waiting ends it.
    """
    if not pays or not hasattr(os, "fork"):
        yield cache(lambda: function(*arguments))
        return
    reader, writer = os.pipe()
    with deaf():
        process = os.fork()
        if not process:
            _tell(writer, function, *arguments)
    os.close(writer)

    @cache
    def ended() -> tuple[int, bytes]:
        with open(reader, "rb") as stream:
            said = stream.read()
        return os.waitpid(process, 0)[1], said

    @cache
    def result() -> Result:
        status, said = ended()
        return pickle.loads(said) if status == 0 else function(*arguments)  # noqa: S301 (our own)

    try:
        yield result
    finally:
        if not ended.cache_info().currsize:
            os.kill(process, signal.SIGTERM)
        ended()


def _tell(writer: int, function: Callable[..., Any], *arguments: Any) -> None:
    status = 1
    try:
        begin()
        with open(writer, "wb") as stream:
            stream.write(pickle.dumps(function(*arguments), pickle.HIGHEST_PROTOCOL))
        status = 0
    finally:
        os._exit(status)
