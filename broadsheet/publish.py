"""Publish: the only step that writes to the output folder.

A new site is put together beside the old one, in `.<name>.broadsheet/next`, and takes its place in
one step of the file system (two directories change names at once). Whatever happens, a crash,
`kill -9`, a full disk: the output folder is one complete site, the old or the new. Unchanged files
are the old ones (hard links), so their dates stay.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from broadsheet.diagnostics import ContentError, Diagnostic
from broadsheet.scan import display

GENERATOR = '<meta name="generator" content="Broadsheet">'  # how we know a site of ours


@dataclass(frozen=True, slots=True)
class Counts:
    """What a build did to the output folder, in files."""

    written: int = 0
    unchanged: int = 0
    removed: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.written + other.written,
            self.unchanged + other.unchanged,
            self.removed + other.removed,
        )


@dataclass(frozen=True, slots=True)
class Stage:
    """A site that is being put together; `old` is the site that it will replace."""

    folder: str
    old: str

    def write(self, files: Iterable[tuple[str, bytes]]) -> Counts:
        """Add files (path below the site, content). Workers call this too: nothing is shared."""
        written = unchanged = 0
        made: set[str] = set()
        for path, data in files:
            target = self._place(path, made)
            if self._keep(os.path.join(self.old, path), target, data):
                unchanged += 1
            else:
                descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
                with open(descriptor, "wb") as stream:
                    stream.write(data)
                written += 1
        return Counts(written, unchanged)

    def link(self, files: Iterable[tuple[str, str]]) -> Counts:
        """Add files that stand elsewhere (path below the site, path), as links where that works."""
        written = unchanged = 0
        made: set[str] = set()
        for path, source in files:
            target = self._place(path, made)
            try:
                os.link(source, target)
            except OSError:  # another file system, or one without hard links
                with open(source, "rb") as stream:
                    counts = self.write([(path, stream.read())])
                written, unchanged = written + counts.written, unchanged + counts.unchanged
                continue
            if self._is_same(os.path.join(self.old, path), source):
                unchanged += 1
            else:
                written += 1
        return Counts(written, unchanged)

    def _place(self, path: str, made: set[str]) -> str:
        """Where a file goes; its folder is there. `made` remembers the folders."""
        target = os.path.join(self.folder, path)
        parent = os.path.dirname(target)
        if parent not in made:
            os.makedirs(parent, exist_ok=True)
            made.add(parent)
        return target

    def _is_same(self, old: str, source: str) -> bool:
        try:
            return bool(self.old) and os.path.samefile(old, source)
        except OSError:
            return False

    def _keep(self, old: str, target: str, data: bytes) -> bool:
        """Link the old file if it has these very bytes."""
        if not self.old:
            return False
        try:
            if os.stat(old, follow_symlinks=False).st_size != len(data):
                return False
            with open(old, "rb") as stream:
                if stream.read() != data:
                    return False
            os.link(old, target)
        except OSError:  # no such file, or a file system without hard links
            return False
        return True


@contextmanager
def staged(output: Path, inputs: Sequence[Path], clean: bool = False) -> Iterator[Stage]:
    """A stage for a new site at `output`; on a normal exit from the block the new site is there.

    `inputs` are folders that must not be overwritten. With `clean` every file is written anew, and
    an output folder that holds something else may be replaced. Raises `ContentError` when the
    folder cannot be used, another build is under way, or the disk is full; the old site stands.
    """
    import filelock

    output = Path(os.path.abspath(output))
    _refuse_folder(output, inputs, clean)
    side = output.parent / f".{output.name}.broadsheet"
    following, replaced = side / "next", side / "old"
    try:
        side.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(side / "lock", timeout=0):
            _recover(output, following, replaced)
            following.mkdir()
            old = str(output) if output.is_dir() and not clean else ""
            try:
                yield Stage(str(following), old)
                _take_place(following, output, replaced)
            finally:
                # leftovers: the unfinished site, or the one that was replaced
                shutil.rmtree(following, ignore_errors=True)
                if output.exists():  # else what was replaced is the only site; see _recover
                    shutil.rmtree(replaced, ignore_errors=True)
    except filelock.Timeout:
        hint = "等它结束再试；如果没有别的构建，稍候片刻"
        message = f"另一次构建正在写 {display(output)}"
        raise ContentError([Diagnostic("B701", message, hint)]) from None
    except OSError as error:
        raise ContentError([_explain(error, output)]) from None


def _refuse_folder(output: Path, inputs: Sequence[Path], clean: bool) -> None:
    """Keep what is not ours: sources, a home folder, a folder with other files in it."""

    def refuse(code: str, message: str, hint: str) -> None:
        raise ContentError([Diagnostic(code, message, hint, display(output))])

    real = output.resolve()
    for folder in (*(path.resolve() for path in inputs), Path.home(), Path.cwd()):
        if folder == real or folder.is_relative_to(real):
            refuse("B704", "输出文件夹里有稿件、模板或别的文件，不能覆盖", "换一个空的文件夹")
    for folder in inputs:
        if real.is_relative_to(folder.resolve()):
            refuse("B704", "输出文件夹不能在稿件或模板文件夹里", "换一个文件夹")
    if output.is_symlink() or (output.exists() and not output.is_dir()):
        refuse("B704", "这里不是文件夹", "换一个文件夹，或移走这个文件")
    if os.path.ismount(output):
        refuse("B704", "这是一个挂载点，不能整个替换", "输出到它里面的一个文件夹")
    if output.is_dir() and not clean and not _is_ours(output):
        hint = "换一个空的文件夹；确定不要里面的东西，就加上 --clean"
        refuse("B703", "输出文件夹里有别的东西，没有覆盖", hint)


def _is_ours(output: Path) -> bool:
    with os.scandir(output) as entries:
        if next(entries, None) is None:
            return True
    try:
        return GENERATOR in (output / "index.html").read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return False


def _recover(output: Path, following: Path, replaced: Path) -> None:
    """Clear what a killed build left; bring a site back that was caught between two renames."""
    if replaced.is_dir() and not output.exists():
        replaced.rename(output)
    for folder in (following, replaced):
        if folder.exists():
            shutil.rmtree(folder)


def _take_place(following: Path, output: Path, replaced: Path) -> None:
    if not output.exists():
        following.rename(output)
    elif not _exchange(following, output):
        # a file system without an exchange: the site is away for the time between two renames
        output.rename(replaced)
        try:
            following.rename(output)
        except BaseException:
            replaced.rename(output)
            raise


def _exchange(one: Path, other: Path) -> bool:
    """Let two directories change names in one step; False where the system cannot."""
    library = ctypes.CDLL(None, use_errno=True)
    paths = os.fsencode(one), os.fsencode(other)
    if sys.platform == "linux" and hasattr(library, "renameat2"):
        here, exchange = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
        result = library.renameat2(here, paths[0], here, paths[1], exchange)
    elif sys.platform == "darwin" and hasattr(library, "renamex_np"):
        swap = 2  # RENAME_SWAP
        result = library.renamex_np(*paths, swap)
    else:
        return False
    if result == 0:
        return True
    number = ctypes.get_errno()
    if number in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
        return False
    raise OSError(number, os.strerror(number), str(other))


def files_below(folder: str) -> Iterator[str]:
    """Paths of all files below `folder`, relative to it, with forward slashes."""
    for parent, _, names in os.walk(folder):
        for name in names:
            yield os.path.relpath(os.path.join(parent, name), folder).replace(os.sep, "/")


def _explain(error: OSError, output: Path) -> Diagnostic:
    reasons = {
        errno.ENOSPC: ("磁盘满了", "腾出空间再试"),
        errno.EDQUOT: ("磁盘配额用完了", "腾出空间再试"),
        errno.EACCES: ("没有写入的权限", "检查文件夹的权限，或换一个文件夹"),
        errno.EPERM: ("没有写入的权限", "检查文件夹的权限，或换一个文件夹"),
        errno.EROFS: ("磁盘是只读的", "换一个文件夹"),
        errno.ENAMETOOLONG: ("文件名太长", "缩短编号或网址"),
    }
    reason, hint = reasons.get(error.errno or 0, (error.strerror or "未知原因", "检查磁盘和权限"))
    return Diagnostic("B702", f"写不进去：{reason}；原来的站点没有动", hint, display(output))
