"""The preview beside `hugo server`: `python benchmarks/preview.py`.

Serves the same corpus with both, edits a case of each in turn, its text and then its title, and
has a real Chromium show that case: how long from the write to the reload, and until the page has
the new text. Before that, how long from the command to the first page.

Hugo is installed into the work folder. Needs the browser that the tests need (`make test` sets it
up) and a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.compare import install, say, sizes, work_folder  # noqa: E402
from benchmarks.corpus import write_corpus  # noqa: E402
from benchmarks.peers import programs  # noqa: E402
from benchmarks.peers.measure import processor_seconds  # noqa: E402
from benchmarks.peers.prepare import split  # noqa: E402
from benchmarks.peers.programs import Site, Tool  # noqa: E402
from benchmarks.peers.report import OURS, machine  # noqa: E402
from benchmarks.preview_browser import open_page, time_edit  # noqa: E402
from benchmarks.preview_report import (  # noqa: E402
    EDITS,
    PEER,
    STARTS,
    TITLE,
    Figures,
    table,
    write_part,
)
from benchmarks.search_browser import chromium  # noqa: E402

PATIENCE = 600  # seconds until the first page
ANSWER = 60  # seconds
LOOK = 0.02  # seconds between two questions whether the first page is there
# Seconds between two edits. Hugo looks at changes every half second: without chance each edit would
# meet the same moment of that beat.
PAUSE = (1.0, 1.5)
IDLE = 0.05  # processor seconds in a second of a server that has done its work


@dataclass(frozen=True)
class Server:
    """How one program serves its copy of the cases."""

    name: str
    site: Site
    command: list[str]
    url: str  # of the case that is edited


def servers(work: Path, cases: int, hugo: Tool | None) -> list[Server]:
    """Folders and commands of the programs, ours first, on one corpus."""
    folder = Path(tempfile.mkdtemp(prefix=f"preview-{cases}-", dir=work))
    content = folder / "content"
    write_corpus(content, cases)
    site = programs.our_site(content, folder / "ours")
    path = f"/cases/{split(site.case)[0]['id']}/"
    port = free_port()
    command = [sys.executable, str(ROOT / "build.py"), "serve", "--port", str(port)]
    found = [Server(OURS, site, command, f"http://127.0.0.1:{port}{path}")]
    if hugo:
        site = programs.hugo_site(hugo, content, folder / "hugo")
        port = free_port()
        command = [*hugo.command, "server", "--port", str(port)]
        command += ["--cacheDir", str(folder / "hugo" / "cache")]
        found.append(Server(PEER, site, command, f"http://127.0.0.1:{port}{path}"))
    return found


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def serving(server: Server) -> Iterator[float]:
    """A server at work, and idle again; the seconds that it took until the first page."""
    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        process = subprocess.Popen(
            server.command, cwd=server.site.folder, stdout=said, stderr=said, start_new_session=True
        )
        try:
            while not answers(server.url):
                if process.poll() is not None or time.perf_counter() - start > PATIENCE:
                    said.seek(0)
                    text = said.read().decode(errors="replace")
                    sys.exit(f"{text}\nno page: {' '.join(server.command)}")
                time.sleep(LOOK)
            seconds = time.perf_counter() - start
            settle(process.pid)
            yield seconds
        finally:
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(30)
            with suppress(ProcessLookupError):  # nothing of it may be left for the next run
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=ANSWER) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except OSError:  # nobody listens yet, or the page is not there yet
        return False


def settle(pid: int) -> None:
    """Wait until a server has done what it does after the first page, as indexing."""
    before = -1.0
    for _ in range(PATIENCE):
        now = processor_seconds(pid)
        if now - before < IDLE:
            return
        before = now
        time.sleep(1)


def measure(cases: int, edits: int, starts: int, hugo: Tool | None, work: Path) -> Figures:
    """All of one corpus. The servers never have anything to do at the same time."""
    figures = Figures(cases)
    found = servers(work, cases, hugo)
    for number in range(1, starts + 1):
        say(f"{cases:,} cases, start {number} of {starts}")
        for server in found:
            server.site.clear()
            for what in STARTS:
                with serving(server) as seconds:
                    figures.starts.setdefault((server.name, what), []).append(seconds)
    with chromium() as browser, ExitStack() as stack:
        for server in found:
            stack.enter_context(serving(server))
        say(f"{cases:,} cases, {edits} edits of each kind")
        measure_edits(browser, found, edits, figures)
    return figures


def measure_edits(browser: Any, found: Sequence[Server], edits: int, figures: Figures) -> None:
    """Text and title in turn, and with each of them one server after the other."""
    chance = random.Random(figures.cases)
    contexts = {server.name: browser.new_context(locale="zh-CN") for server in found}
    pages = {server.name: open_page(contexts[server.name], server.url) for server in found}
    for number in range(1, 2 * edits + 1):
        edit = EDITS[(number - 1) % 2]
        for server in found:
            page, site = pages[server.name], server.site
            page.bring_to_front()
            page.wait_for_timeout(chance.uniform(*PAUSE) * 1000)
            text = site.retitled(number) if edit == TITLE else site.edited(number)
            sample = time_edit(page, site.case, text, number)
            figures.edits.setdefault((server.name, edit), []).append(sample)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--sizes", type=sizes, default=[1000, 10_000], metavar="CASES,…",
        help="how many cases (default: 1000,10000)",
    )  # fmt: skip
    parser.add_argument("--edits", type=int, default=20, help="of each kind (default: 20)")
    parser.add_argument("--starts", type=int, default=2, help="of each kind (default: 2)")
    parser.add_argument("--peer", choices=["hugo", "none"], default="hugo")
    parser.add_argument(
        "--work", type=Path, metavar="DIR", help="kept; default: a temporary folder"
    )
    parser.add_argument(
        "--write", type=Path, metavar="FILE", help="write the part of docs/benchmarks.md there"
    )
    return parser.parse_args()


def main() -> None:
    options = arguments()
    with work_folder(options.work) as work:
        tools, said = install([] if options.peer == "none" else [options.peer], work)
        with chromium() as browser:
            said.append(f"Chromium {browser.version}")
        say("; ".join(said))
        before = os.getloadavg()[0]
        figures = []
        for size in options.sizes:
            figures.append(measure(size, options.edits, options.starts, tools.get("hugo"), work))
            say(table(figures[-1:]))
        said.append(f"load average {before:.1f} before, {os.getloadavg()[0]:.1f} after")
    print(table(figures) + "\n")
    print("; ".join([*said, machine()]))
    if options.write:
        write_part(options.write, figures, said, options.edits)


if __name__ == "__main__":
    main()
