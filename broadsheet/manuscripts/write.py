"""All files of one import, or none: staged beside the content, then renamed into their places.

While they are renamed a journal in the stage tells what was there before; whatever stops the
import, an error, Ctrl-C, `kill -9`, the old files are put back, at once or by the next import.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FrameType

from broadsheet.diagnostics import ContentError, Diagnostic, reason
from broadsheet.manuscripts.records import FOLDER
from broadsheet.scan import display

_STAGE = f"{FOLDER}/.stage"
_JOURNAL = "journal.json"


@contextlib.contextmanager
def only_one(content: Path) -> Iterator[None]:
    """Keep other imports out, and put right what a broken one left. Raises `ContentError`."""
    import filelock

    side = content / FOLDER
    made = _missing(side)
    try:
        side.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(side / ".lock", timeout=0)
        with lock:
            _recover(content)
            yield
    except filelock.Timeout:
        hint = "等它结束再运行一次"
        raise ContentError(
            [Diagnostic("B739", "另一次导入正在进行", hint, display(content))]
        ) from None
    except OSError as error:
        raise ContentError([_unwritable(content, error)]) from None
    finally:
        with contextlib.suppress(OSError):
            (side / ".lock").unlink()
        for folder in made:  # an import that wrote nothing leaves no folder behind
            with contextlib.suppress(OSError):
                folder.rmdir()


def _missing(folder: Path) -> list[Path]:
    """The folders that are not there yet, the deepest first."""
    found = []
    while not folder.exists():
        found.append(folder)
        folder = folder.parent
    return found


def write(content: Path, files: Mapping[str, bytes]) -> None:
    """Put `files` (path relative to `content`, bytes) there, all or none. Raises `ContentError`."""
    if not files:
        return
    stage = content / _STAGE
    began = False
    try:
        shutil.rmtree(stage, ignore_errors=True)
        stage.mkdir(parents=True)
        plan = []
        for number, (path, data) in enumerate(sorted(files.items())):
            _inside(content, path)
            _put(stage / f"{number}.new", data)
            plan.append({"path": path, "number": number, "there": (content / path).exists()})
        new = {folder for path in files for folder in _missing((content / path).parent)}
        folders = sorted(folder.relative_to(content).as_posix() for folder in new)
        journal = {"version": 1, "files": plan, "folders": folders}
        _put(stage / _JOURNAL, json.dumps(journal, ensure_ascii=False).encode())
        with _undisturbed():
            began = True
            try:
                _rename(content, stage, plan)
            except BaseException:
                _undo(content, stage)
                raise
            (stage / _JOURNAL).unlink()
    except OSError as error:
        raise ContentError([_unwritable(content, error)]) from None
    finally:
        if not began or not (stage / _JOURNAL).exists():  # else the next import puts it right
            shutil.rmtree(stage, ignore_errors=True)


def _rename(content: Path, stage: Path, plan: list[dict[str, object]]) -> None:
    for one in plan:
        target = content / str(one["path"])
        target.parent.mkdir(parents=True, exist_ok=True)
        if one["there"]:
            mode = target.stat().st_mode & 0o777
            _keep(target, stage / f"{one['number']}.old")
            (stage / f"{one['number']}.new").chmod(mode)
        os.replace(stage / f"{one['number']}.new", target)


def _keep(target: Path, copy: Path) -> None:
    try:
        os.link(target, copy)
    except OSError:  # a file system without hard links
        shutil.copy2(target, copy)


def _recover(content: Path) -> None:
    """Put back what an import that was killed had begun to replace."""
    stage = content / _STAGE
    if stage.exists():
        if (stage / _JOURNAL).exists():
            _undo(content, stage)
        shutil.rmtree(stage, ignore_errors=True)


def _undo(content: Path, stage: Path) -> None:
    journal = json.loads((stage / _JOURNAL).read_text("utf-8"))
    for one in journal["files"]:
        target, old = content / one["path"], stage / f"{one['number']}.old"
        if old.exists():
            os.replace(old, target)
        elif not one["there"] and not (stage / f"{one['number']}.new").exists():
            with contextlib.suppress(FileNotFoundError):
                target.unlink()
    for folder in sorted(journal["folders"], reverse=True):
        with contextlib.suppress(OSError):
            (content / folder).rmdir()
    with contextlib.suppress(FileNotFoundError):
        (stage / _JOURNAL).unlink()


def _put(path: Path, data: bytes) -> None:
    with open(path, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def _inside(content: Path, path: str) -> None:
    """No link leads the files of an import out of the content folder."""
    base = content.resolve()
    if not (content / path).resolve().is_relative_to(base):
        raise OSError(0, f"{path} 指向稿件文件夹之外")


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Ctrl-C waits until the files are in their places: a matter of milliseconds."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    pressed: list[int] = []

    def later(number: int, frame: FrameType | None) -> None:
        pressed.append(number)

    before = signal.signal(signal.SIGINT, later)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if pressed:
            raise KeyboardInterrupt


def _unwritable(content: Path, error: OSError) -> Diagnostic:
    message = f"写不进去（{reason(error)}），稿件文件夹没有动"
    return Diagnostic("B702", message, "检查磁盘空间和文件夹的权限", display(content))
