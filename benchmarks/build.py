"""Time and memory of a clean build: `python benchmarks/build.py [--sizes 100 1000] [--runs 3]`.

Each figure is the median of several runs of the real command in a process of its own. Runs with one
process and with all cores alternate, so that a noisy machine hits both. Prints a table; the ratio
column (all cores against one process) is what travels between machines.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.corpus import write_corpus  # noqa: E402


def run(arguments: list[str]) -> tuple[float, float]:
    """Wall seconds and the peak memory of the largest process, in MB, of one command."""
    start = time.perf_counter()
    process = os.posix_spawn(
        arguments[0],
        arguments,
        os.environ,
        file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)],
    )
    _, status, usage = os.wait4(process, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"failed: {' '.join(arguments)}")
    kilobytes = usage.ru_maxrss if sys.platform == "linux" else usage.ru_maxrss / 1024
    return time.perf_counter() - start, kilobytes / 1024


def measure(cases: int, runs: int, folder: Path) -> str:
    """One row of the table for a generated corpus of `cases`."""
    content, output = folder / f"content-{cases}", folder / "site"
    write_corpus(content, cases)
    command = [sys.executable, str(ROOT / "build.py"), "--content", str(content)]
    command += ["--output", str(output)]
    cores = os.cpu_count() or 1
    seconds: dict[int, list[float]] = {1: [], cores: []}
    memory: dict[int, list[float]] = {1: [], cores: []}
    for _ in range(runs):
        for jobs in dict.fromkeys((1, cores)):
            shutil.rmtree(output, ignore_errors=True)
            spent, peak = run([*command, "--jobs", str(jobs)])
            seconds[jobs].append(spent)
            memory[jobs].append(peak)
    again = [run(command)[0] for _ in range(runs)]
    one, many = statistics.median(seconds[1]), statistics.median(seconds[cores])
    return (
        f"| {cases:,} | {one:.2f} | {min(seconds[1]):.2f}–{max(seconds[1]):.2f} | {many:.2f} "
        f"| {many / one:.2f} | {one / cases * 1000:.2f} | {statistics.median(memory[1]):.0f} "
        f"| {statistics.median(memory[cores]):.0f} | {statistics.median(again):.2f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 1000, 10_000])
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    print(
        "| cases | 1 process, s | spread | all cores, s | ratio | ms a case, 1 process "
        "| peak MB, 1 process | peak MB, largest of all | again, nothing changed, s |"
    )
    print("|--:" * 9 + "|")
    with tempfile.TemporaryDirectory() as folder:
        for cases in options.sizes:
            print(measure(cases, options.runs, Path(folder)), flush=True)


if __name__ == "__main__":
    main()
