"""Make .venv ready for a target of the Makefile: `python3 tools/set_up.py runtime|test|dev`.

Installs requirements/<name>.txt, hashes required, unless a stamp in .venv says that it is there. It
runs before anything is installed, so it takes the standard library alone, and no syntax that an old
Python could not read: such a Python has to say that it is too old.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

LOCKS = ("runtime", "test", "dev")  # each contains the ones before it, version for version
ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
OLDEST = (3, 11)


def main(name: str) -> None:
    if sys.version_info < OLDEST:
        found = sys.version.partition(" ")[0]
        sys.exit(
            f"Broadsheet needs Python 3.11 or later, and {sys.executable} is {found}."
            " Name another one: make PYTHON=python3.12"
        )
    if is_ready(name):
        return
    with open(__file__, "rb") as lock:  # two makes at once: the second waits for the first
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_ready(name):
            make_venv()
            install(name)


def stamp(name: str) -> Path:
    """Return the file that stands while .venv holds this lock for this version of Python."""
    digest = hashlib.sha256((ROOT / "requirements" / f"{name}.txt").read_bytes())
    digest.update((sys.implementation.cache_tag or "").encode())
    return VENV / f".{name}-{digest.hexdigest()[:16]}"


def is_ready(name: str) -> bool:
    return stamp(name).exists() and VENV_PYTHON.exists()


def make_venv() -> None:
    """Make .venv anew, unless it has a Python of the wanted version and pip."""
    if VENV_PYTHON.exists():
        asked = [str(VENV_PYTHON), "-Ic", "import pip, sys; print(sys.implementation.cache_tag)"]
        said = subprocess.run(asked, capture_output=True, text=True, check=False)
        if said.stdout.strip() == sys.implementation.cache_tag:
            return
    if not can_make_venv():
        install_venv_module()
    print("Making .venv", flush=True)
    importlib.import_module("venv").create(VENV, clear=True, symlinks=True, with_pip=True)


def can_make_venv() -> bool:
    """Debian keeps these two modules in a package of their own."""
    importlib.invalidate_caches()
    return all(importlib.util.find_spec(module) for module in ("venv", "ensurepip"))


def install_venv_module() -> None:
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"Installing {package}: this Python cannot make virtual environments", flush=True)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for arguments in (["update"], ["install", "-y", "--no-install-recommends", package]):
            subprocess.run(
                ["apt-get", "-qq", *arguments],
                env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False,
            )  # fmt: skip
    if not can_make_venv():
        sys.exit(
            f"{sys.executable} cannot make virtual environments: it lacks venv or ensurepip.\n"
            f"Install them (on Debian and Ubuntu: sudo apt-get install {package}), then run make"
            " again, or name another Python: make PYTHON=python3.12"
        )


def install(name: str) -> None:
    for old in LOCKS:  # from here on .venv may hold anything, should this be interrupted
        for path in VENV.glob(f".{old}-*"):
            path.unlink()
    print(f"Installing requirements/{name}.txt", flush=True)
    command = [str(VENV_PYTHON), "-Im", "pip", "install", "-qq", "--disable-pip-version-check"]
    lock = ["--no-input", "--require-hashes", "-r", f"requirements/{name}.txt"]
    code = subprocess.run([*command, *lock], cwd=ROOT, check=False).returncode
    if code:
        sys.exit(f"Installing requirements/{name}.txt failed; what pip said stands above.")
    for smaller in LOCKS[: LOCKS.index(name) + 1]:
        stamp(smaller).touch()


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in LOCKS:
        sys.exit(f"usage: python3 tools/set_up.py {'|'.join(LOCKS)}")
    try:
        main(sys.argv[1])
    except KeyboardInterrupt:
        sys.exit(130)
