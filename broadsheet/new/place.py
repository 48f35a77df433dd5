"""Writing what is new: whole or not at all, and never over anything that is there."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

KEPT = {".git"}  # an empty folder that was put under version control is still empty


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Wait until nobody else makes something new below `folder`. Raises OSError.

    The lock is the folder's own: nothing is left behind, not even by `kill -9`. Where the file
    system knows no locks, `create` still never overwrites.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def create(path: Path, data: bytes) -> None:
    """Write a new file. Raises FileExistsError when there is one, and OSError."""
    beside = path.with_name(f".{path.name}.{os.getpid()}~")  # a name that no reader looks at
    try:
        beside.unlink(missing_ok=True)  # of a killed one that had our number
        with open(beside, "xb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        try:
            os.link(beside, path)
        except FileExistsError:
            raise
        except OSError:  # a file system without hard links
            _create_in_place(path, data)
    except OSError as error:
        error.filename = os.fspath(path)  # the name that an editor knows
        raise
    finally:
        with suppress(OSError):
            beside.unlink()


def _create_in_place(path: Path, data: bytes) -> None:
    with open(path, "xb") as stream:
        try:
            stream.write(data)
            stream.flush()
        except BaseException:
            path.unlink()
            raise


def is_free(folder: Path) -> bool:
    """Nothing is there, or a folder with nothing in it. Raises OSError."""
    if not os.path.lexists(folder):
        return True
    return folder.is_dir() and {entry.name for entry in os.scandir(folder)} <= KEPT


def create_folder(folder: Path, files: Mapping[str, str]) -> None:
    """Write `files`, by path below `folder`, which `is_free`. Raises OSError.

    They are put together in a hidden folder and then moved, in one step where `folder` is new.
    After an error, or Ctrl-C, what stood there before stands there again.
    """
    made = [place for place in folder.parents if not place.exists()]
    moved: list[Path] = []
    stage = folder.parent / f".{folder.name}.{os.getpid()}~"
    if folder.exists():  # empty, but perhaps the folder that we are called in
        stage = folder / f".new.{os.getpid()}~"
    try:
        shutil.rmtree(stage, ignore_errors=True)  # of a killed one that had our number
        for name, text in files.items():
            (stage / name).parent.mkdir(parents=True, exist_ok=True)
            create(stage / name, text.encode())
        if stage.parent != folder:
            os.rename(stage, folder)
            return
        for entry in sorted(os.listdir(stage)):
            moved.append(folder / entry)
            os.rename(stage / entry, folder / entry)
        stage.rmdir()
    except BaseException as error:
        for path in (*moved, stage):
            shutil.rmtree(path, ignore_errors=True)
            with suppress(OSError):
                path.unlink(missing_ok=True)
        for path in made:
            with suppress(OSError):
                path.rmdir()
        if isinstance(error, OSError):
            error.filename = os.fspath(folder)
        raise
