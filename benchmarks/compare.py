"""Broadsheet beside Hugo, Pagefind and Eleventy: `python benchmarks/compare.py`.

Makes corpora, builds the same site of each with every program, in turns, checks that the sites hold
the same pages and text, and prints the ratios. Exit code 1 where the sites differ.

The peers are installed into the work folder. What cannot be had (Eleventy without Node) is left
out, and said. Above 10,000 cases Broadsheet is measured alone, in one round. Nothing is
deleted before the end: with 10,000 cases a round takes 1 GB.
"""

from __future__ import annotations

import argparse
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.corpus import write_corpus  # noqa: E402
from benchmarks.peers import programs, report  # noqa: E402
from benchmarks.peers.check import compare_sites  # noqa: E402
from benchmarks.peers.measure import run  # noqa: E402
from benchmarks.peers.programs import Site, Tool  # noqa: E402
from benchmarks.peers.report import COLD, EDIT, OURS, SAME, Figures  # noqa: E402
from broadsheet import __version__  # noqa: E402

PEERS = ("hugo", "pagefind", "eleventy")
PEER_LIMIT = 10_000  # cases


def measure(cases: int, rounds: int, tools: dict[str, Tool], work: Path) -> Figures:
    """All runs with one corpus. Every round has each program once, so noise meets all of them."""
    folder = Path(tempfile.mkdtemp(prefix=f"cases-{cases}-", dir=work))
    write_corpus(folder / "content", cases)
    if cases > PEER_LIMIT:
        tools, rounds = {}, 1
    sites = make_sites(tools, folder)
    ours = sites[0]
    figures = Figures(cases)
    figures.weighed = run(ours.command, ours.folder, weigh=True).memory
    for number in range(1, rounds + 1):
        say(f"{cases:,} cases, round {number} of {rounds}")
        for site in sites:
            site.clear()
            figures.add(site.tool.name, COLD, run(site.command, site.folder))
            if site.tool.name == "Hugo" and "pagefind" in tools:
                command = programs.pagefind_over(tools["pagefind"], site.output)
                figures.add("Pagefind", COLD, run(command, site.folder))
        for site in sites:
            site.edit(number)
            figures.add(site.tool.name, EDIT, run(site.command, site.folder))
        for site in sites:
            figures.add(site.tool.name, SAME, run(site.command, site.folder))
    written = sorted((ours.folder / "content").glob("*/[0-9]*.md"))
    for site in sites:
        figures.files[site.tool.name] = weight(site.output, without="pagefind")
        if site is not ours:
            figures.checked[site.tool.name] = compare_sites(ours.output, site.output, written)
    if "pagefind" in tools:
        figures.files["Pagefind"] = weight(folder / "hugo" / "public" / "pagefind")
    return figures


def make_sites(tools: dict[str, Tool], folder: Path) -> list[Site]:
    """A folder for each program that builds sites; ours first."""
    content = folder / "content"
    sites = [programs.our_site(content, folder / "ours")]
    if "hugo" in tools:
        sites.append(programs.hugo_site(tools["hugo"], content, folder / "hugo"))
    if "eleventy" in tools:
        sites.append(programs.eleventy_site(tools["eleventy"], content, folder / "eleventy"))
    return sites


def weight(folder: Path, without: str = "") -> tuple[int, float]:
    """How many files there are, and their MB; not those in the folder `without`."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    sizes = [f.stat().st_size for f in files if f.relative_to(folder).parts[0] != without]
    return len(sizes), sum(sizes) / 1024**2


def install(names: Sequence[str], work: Path) -> tuple[dict[str, Tool], list[str]]:
    """The peers that can be had, and what is to be said of all."""
    tools, said = {}, [f"{OURS} {__version__}, Python {platform.python_version()}"]
    for name in names:
        try:
            tools[name] = programs.install(name, work)
        except (OSError, subprocess.CalledProcessError) as error:
            said.append(f"{name.title()} was not measured: {error}")
        else:
            said.append(f"{tools[name].name} {tools[name].version}")
    return tools, said


def say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


@contextmanager
def work_folder(chosen: Path | None) -> Iterator[Path]:
    if chosen:
        chosen.mkdir(parents=True, exist_ok=True)
        yield chosen.resolve()
    else:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            yield Path(folder)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--sizes", type=sizes, default=[100, 1000, 10_000], metavar="CASES,…",
        help="how many cases (default: 100,1000,10000)",
    )  # fmt: skip
    parser.add_argument("--runs", type=int, default=3, help="rounds of each (default: 3)")
    parser.add_argument(
        "--peers", type=peers, default=list(PEERS), metavar="NAME,…",
        help="of hugo, pagefind, eleventy, none (default: the first three)",
    )  # fmt: skip
    parser.add_argument(
        "--work", type=Path, metavar="DIR", help="kept; default: a temporary folder"
    )
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the page of docs/ there")
    return parser.parse_args()


def sizes(text: str) -> list[int]:
    return sorted(int(size) for size in text.split(","))


def peers(text: str) -> list[str]:
    names = [] if text == "none" else text.split(",")
    if unknown := set(names) - set(PEERS):
        raise argparse.ArgumentTypeError(f"unknown: {', '.join(sorted(unknown))}")
    if "pagefind" in names and "hugo" not in names:
        raise argparse.ArgumentTypeError("pagefind indexes the site that hugo built: name both")
    return [name for name in PEERS if name in names]


def main() -> None:
    options = arguments()
    with work_folder(options.work) as work:
        tools, said = install(options.peers, work)
        say("; ".join(said))
        figures = []
        for size in options.sizes:
            figures.append(measure(size, options.runs, tools, work))
            say(report.ratio_table(figures[-1:]))
    for text in (report.ratio_table, report.figure_table, report.checks):
        print(text(figures) + "\n")
    print("; ".join([*said, report.machine()]))
    if options.write:
        stood = options.write.read_text("utf-8") if options.write.exists() else ""
        page = report.document(figures, said, options.runs)
        options.write.write_text(report.with_part(page, report.part_of(stood)), "utf-8")
    if any(checked.differences for found in figures for checked in found.checked.values()):
        sys.exit(1)


if __name__ == "__main__":
    main()
