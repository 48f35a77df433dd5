"""Beside: what another process does while this one goes on is what this one would have done."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import psutil
import pytest
from patience import eventually

from broadsheet.beside import beside


@pytest.mark.parametrize("pays", [True, False])
def test_the_result_is_that_of_the_function(pays: bool) -> None:
    with beside(pays, os.getpid) as process:
        assert (process() != os.getpid()) == pays
        assert process() == process()


def test_it_is_under_way_before_somebody_waits(tmp_path: Path) -> None:
    with beside(True, (tmp_path / "made").mkdir):
        eventually((tmp_path / "made").exists)


def test_what_fails_there_is_done_here(tmp_path: Path) -> None:
    with beside(True, (tmp_path / "a/b").mkdir) as made, pytest.raises(FileNotFoundError):
        made()
    here = os.getpid()

    def killed() -> str:
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return "done"

    with beside(True, killed) as done:
        assert done() == "done"


def test_who_does_not_wait_ends_it() -> None:
    begun, before = time.monotonic(), psutil.Process().children()
    with pytest.raises(KeyError), beside(True, time.sleep, 600):
        raise KeyError
    assert time.monotonic() - begun < 300
    assert set(psutil.Process().children()) <= set(before)  # nobody is left
