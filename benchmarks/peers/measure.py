"""What one command takes: wall seconds, processor seconds and memory, all its processes counted.

Memory of a program of one process is what the kernel says was its peak. That of a program with
workers has to be watched while it runs, which disturbs it; so `weigh` is for a run that no clock
counts.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

INTERVAL = 0.02  # seconds between two looks at the memory
KB = 1 if sys.platform == "linux" else 1024  # the unit of ru_maxrss, as a share of a KB


@dataclass(frozen=True)
class Run:
    """`memory` is the peak of the largest process, or of all together if they were weighed."""

    seconds: float
    processor: float  # seconds
    memory: float  # MB of 2²⁰ bytes


def run(command: Sequence[str], folder: Path, weigh: bool = False) -> Run:
    """Run a command in `folder`. Ends the benchmark if it fails: what it said stands on stderr."""
    os.sync()  # what an earlier program has left to write is not this one's work
    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, stdout=said, stderr=said)
        peak = watch(process.pid) if weigh and sys.platform == "linux" else 0.0
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)  # Popen need not wait again
        if process.returncode != 0:
            said.seek(0)
            sys.exit(f"{said.read().decode(errors='replace')}\nfailed: {' '.join(command)}")
    largest = usage.ru_maxrss / KB / 1024
    return Run(seconds, usage.ru_utime + usage.ru_stime, max(peak, largest))


def watch(pid: int) -> float:
    """The most memory, in MB, that a process and those below it held at one time.

    A page that several processes share counts once (the kernel's PSS). Returns when the process
    has ended; it can still be waited for.
    """
    peak = 0.0
    while os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        peak = max(peak, sum(map(proportional, family(pid))))
        time.sleep(INTERVAL)
    return peak


def family(pid: int) -> Iterator[int]:
    """A process and all below it."""
    yield pid
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [child for task in tasks for child in (task / "children").read_text().split()]
    except OSError:  # it has just ended
        return
    for child in children:
        yield from family(int(child))


def processor_seconds(pid: int) -> float:
    """What a process and those below it have used; nothing where the system does not tell."""
    ticks = 0
    for one in family(pid):
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += int(fields[11]) + int(fields[12])  # its own, and the system's for it
    return ticks / os.sysconf("SC_CLK_TCK")


def proportional(pid: int) -> float:
    """MB of one process, its share of what it shares."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
