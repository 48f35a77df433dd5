"""Builds that are killed: wherever that is, the next one is right."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection
from random import Random
from typing import Any

import pytest
from desk_edits import add, delete, text_at_the_end, title
from desk_harm import Mend
from desks import Desk
from helpers import changed, tree
from patience import LIMIT

pytest_plugins = ["desks"]


CALLS = ("open", "link", "unlink", "replace", "rename", "mkdir", "rmdir")  # of `os`, by a build
KILLS = 20


def dies(patch: pytest.MonkeyPatch, calls: int, died: Callable[[], None]) -> list[str]:
    """Let a call die after so many others; the names of those that were made."""
    seen: list[str] = []

    def counted(name: str) -> Callable[..., Any]:
        original = getattr(os, name)

        def call(*arguments: Any, **options: Any) -> Any:
            if len(seen) == calls:
                died()
            seen.append(name)
            return original(*arguments, **options)

        return call

    for name in CALLS:
        patch.setattr(os, name, counted(name))
    return seen


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def build_and_die(desk: Desk, calls: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        dies(patch, calls, die)
        desk.build()


def build_again_and_again(desk: Desk, writes: Sequence[Mend], ready: Connection) -> None:
    ready.send(None)
    for write in itertools.cycle(writes):
        write()
        desk.build()


def in_a_process(function: Callable[..., None], *arguments: Any) -> Any:
    process = multiprocessing.get_context("fork").Process(target=function, args=arguments)
    process.start()
    return process


def two_states(desk: Desk) -> Iterator[tuple[Mend, dict[str, bytes]]]:
    """Two versions of a publication: how to write it, and what a clean build makes of it."""
    old = {path: dict(one) for path, one in desk.cases.items()}
    for edit in (text_at_the_end, title, delete, add):
        edit(desk, 3)
    new = {path: dict(one) for path, one in desk.cases.items()}
    for cases in (new, old):

        def write(cases: dict[str, Any] = cases) -> None:
            desk.cases = cases
            desk.write()

        write()
        yield write, desk.clean()[1]


def site_of(files: dict[str, bytes]) -> dict[str, bytes]:
    return {path[5:]: data for path, data in files.items() if path.startswith("site/")}


def calls_of(desk: Desk) -> list[str]:
    """What a build asks of the system that changes something."""
    with pytest.MonkeyPatch.context() as patch:
        seen = dies(patch, -1, die)
        desk.build()
    return seen


def test_a_build_may_be_killed_at_any_call(desk: Desk) -> None:
    """Then the same is built again, or the edit is undone before."""
    (write_new, new), (write_old, old) = two_states(desk)

    def begin() -> None:
        for write in (write_new, write_old):
            write()
            desk.build()
        write_new()

    begin()
    calls = calls_of(desk)
    spread = range(0, len(calls), len(calls) // KILLS)
    # most of what is replaced is the memory: its files may not contradict each other then
    replaced = [moment for moment, name in enumerate(calls) if name == "replace"]
    seen, wrong = set(), {}
    for calls_before in (*spread, *replaced):
        begin()
        process = in_a_process(build_and_die, desk, calls_before)
        process.join()
        assert process.exitcode == -signal.SIGKILL
        found = tree(desk.site_folder)
        assert found in (site_of(old), site_of(new))
        seen.add(found == site_of(new))
        undone = calls_before in replaced or calls_before % 2
        expected = old if undone else new
        if undone:
            write_old()
        assert desk.nothing_new() is None or desk.made() == expected
        desk.build()
        wrong[calls_before] = changed(desk.made(), expected)
    assert seen == {False, True}  # else nothing was tried
    assert {moment: files for moment, files in wrong.items() if files} == {}


def test_a_build_may_be_killed_at_any_moment(desk: Desk) -> None:
    """As above, wherever it is, not between two calls alone."""
    (write_new, new), (write_old, old) = two_states(desk)
    begun = time.monotonic()
    for write in (write_new, write_old):
        write()
        desk.build()
    while_three = max(0.15, 1.5 * (time.monotonic() - begun))  # seconds of builds here
    random, seen = Random(1), []
    for _ in range(KILLS):
        there, here = multiprocessing.Pipe()
        process = in_a_process(build_again_and_again, desk, (write_new, write_old), here)
        assert there.poll(LIMIT)
        time.sleep(random.uniform(0, while_three))
        process.kill()
        process.join()
        assert process.exitcode == -signal.SIGKILL
        found = tree(desk.site_folder)
        assert found in (site_of(old), site_of(new))
        seen.append(found)
        desk.look()
        write, expected = random.choice(((write_new, new), (write_old, old)))
        write()
        desk.build()
        assert changed(desk.made(), expected) == set()
    assert site_of(old) in seen and site_of(new) in seen  # else nothing was tried
