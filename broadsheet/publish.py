"""Publish: the only step that writes to the output folder.

Beside the site stands a *spare*, `.<name>.broadsheet/next`: the site before this one, sharing all
unchanged files with it (hard links). A build brings the spare up to date, file by file; then both
change names in one step of the file system. Whatever happens, a crash, `kill -9`, a full disk:
the output folder is one complete site, the old or the new; and an edit costs as much as it changes.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from broadsheet.beside import beside
from broadsheet.diagnostics import ContentError, Diagnostic, reason
from broadsheet.folders import side_folder
from broadsheet.scan import display
from broadsheet.trees import NOTHING, Apart, Tree, brought_up, survey

BESIDE_PAYS = 5_000  # files; to look at fewer takes hardly longer than to start a process
GENERATOR = '<meta name="generator" content="Broadsheet">'  # how we know a site of ours


@dataclass(slots=True)
class Stage:
    """A site that is being put together in `folder`, which began as a copy of the old one.

    Workers have a copy of a stage each; nothing is shared, and what they report is added here.
    """

    folder: str
    old: Tree = field(default_factory=Tree)  # the site that it will replace
    suspect: frozenset[str] = frozenset()  # of these, the ones that somebody else has changed
    found: Tree = field(default_factory=Tree)  # what it was itself
    linked: set[str] = field(default_factory=set)  # files that it did not have then, or too many
    changed: set[str] = field(default_factory=set)  # other files than in the old site
    removed: set[str] = field(default_factory=set)
    published: Callable[[], None] | None = None  # what is to be done before another build may begin

    def for_workers(self) -> Stage:
        return Stage(self.folder, suspect=self.suspect)

    def write(self, files: Iterable[tuple[str, bytes]]) -> list[str]:
        """Put files (path below the site, content); returns those that were not there already."""
        changed = []
        made: set[str] = set()
        for path, data in files:
            target = self._place(path, made)
            try:
                _write_new(target, data)
                changed.append(path)
            except FileExistsError:
                if not _holds(target, data):
                    _clear(target)
                    _write_new(target, data)
                    changed.append(path)
                elif path in self.suspect:  # the spare still had the right one
                    changed.append(path)
        self.changed.update(changed)
        return changed

    def link(self, files: Iterable[tuple[str, str]]) -> list[str]:
        """Put files that stand elsewhere (path below the site, path), as links where that works."""
        changed = []
        made: set[str] = set()
        for path, source in files:
            target = self._place(path, made)
            try:
                try:
                    os.link(source, target)
                except FileExistsError:
                    if _is_same(target, source) and path not in self.suspect:
                        continue
                    _clear(target)
                    os.link(source, target)
                changed.append(path)
            except OSError:  # another file system, or one without hard links
                with open(source, "rb") as stream:
                    changed += self.write([(path, stream.read())])
        self.changed.update(changed)
        return changed

    def remove_all_but(self, paths: set[str]) -> None:
        """Take away every file of the old site that is not among `paths`."""
        self.removed = self.old.files.keys() - paths
        for path in self.removed:
            _remove(self.folder, path)

    def tree(self, output: Path) -> Tree:
        """What the new site is, once it stands at `output`."""
        known = Tree(self.old.files, self.found.folders)
        return brought_up(output, known, {*self.changed, *self.removed}, self.linked)

    def _place(self, path: str, made: set[str]) -> str:
        """Where a file goes; its folder is there. `made` remembers the folders."""
        self._make_folder(path.rpartition("/")[0], made)
        return os.path.join(self.folder, path)

    def _make_folder(self, path: str, made: set[str]) -> None:
        if not path or path in made:
            return
        self._make_folder(path.rpartition("/")[0], made)
        target = os.path.join(self.folder, path)
        try:
            os.mkdir(target)
        except FileExistsError:
            if not stat.S_ISDIR(os.lstat(target).st_mode):  # a file or a link may have been there
                os.unlink(target)
                os.mkdir(target)
        made.add(path)


def _write_new(path: str, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
    finally:
        os.close(descriptor)


def _holds(path: str, data: bytes) -> bool:
    try:
        status = os.lstat(path)
        if not stat.S_ISREG(status.st_mode) or status.st_size != len(data):
            return False
        with open(path, "rb", buffering=0) as stream:
            return stream.read() == data
    except OSError:
        return False


def _is_same(path: str, source: str) -> bool:
    try:
        return os.path.samestat(os.lstat(path), os.stat(source))
    except OSError:
        return False


def _link(source: str, target: str) -> None:
    """A file, or a symbolic link as such, has this second name afterwards."""
    try:
        os.link(source, target, follow_symlinks=False)
    except FileExistsError:
        _clear(target)
        os.link(source, target, follow_symlinks=False)


def _clear(path: str) -> None:
    """Nothing stands at `path` afterwards."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass
    except (IsADirectoryError, PermissionError):
        if not os.path.isdir(path):
            raise
        shutil.rmtree(path)


def _remove(folder: str, path: str) -> None:
    """Remove a file, and the folders that it leaves empty."""
    target = os.path.join(folder, path)
    with suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError):
        os.unlink(target)
    parent = os.path.dirname(path)
    with suppress(OSError):
        while parent:
            os.rmdir(os.path.join(folder, parent))
            parent = os.path.dirname(parent)


@contextmanager
def staged(
    output: Path,
    inputs: Sequence[Path],
    clean: bool = False,
    known: tuple[Tree, Tree] = (NOTHING, NOTHING),
) -> Iterator[Callable[[], Stage]]:
    """What waits for the stage of a new site at `output`, which is prepared meanwhile; on a normal
    exit from the block the new site is there.

    `inputs` are folders that must not be overwritten. With `clean` every file is written anew, and
    an output folder that holds something else may be replaced. `known` tells what the site and the
    spare were when the site was published. Raises `ContentError` when the folder cannot be used,
    another build is under way, or the disk is full; the old site stands.
    """
    import filelock

    output = Path(os.path.abspath(output))
    _refuse_folder(output, inputs, clean)
    side = side_folder(output)
    spare, replaced = side / "next", side / "old"
    try:
        side.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(side / "lock", timeout=0):
            _recover(output, replaced)
            pays = len(known[0].files) >= BESIDE_PAYS
            with beside(pays, _told, output, spare, clean, *known) as told:
                yield (prepared := cache(lambda: _heard(told(), *known)))
                stage = prepared()
            try:
                _take_place(spare, output, replaced)
            finally:
                if (
                    output.exists() and replaced.exists()
                ):  # else that is the only site; see _recover
                    shutil.rmtree(spare, ignore_errors=True)
                    replaced.rename(spare)
            if stage.published:
                stage.published()
    except filelock.Timeout:
        raise ContentError([_busy(output)]) from None
    except OSError as error:
        raise ContentError([_explain(error, output)]) from None


def _busy(output: Path) -> Diagnostic:
    hint = "等它结束再试；如果没有别的构建，稍候片刻"
    return Diagnostic("B701", f"另一次构建正在写 {display(output)}", hint)


# -- the spare ------------------------------------------------------------------------------------


_Told = tuple[Stage, Apart, Apart]


def _told(output: Path, spare: Path, clean: bool, known: Tree, known_spare: Tree) -> _Told:
    """A stage for another process, which has what is known: trees are large."""
    stage = _prepare(output, spare, clean, known, known_spare)
    apart = stage.old.apart(known), stage.found.apart(known_spare)
    return replace(stage, old=NOTHING, found=NOTHING), *apart


def _heard(told: _Told, known: Tree, known_spare: Tree) -> Stage:
    stage, old, found = told
    return replace(stage, old=known.joined(old), found=known_spare.joined(found))


def _prepare(output: Path, spare: Path, clean: bool, known: Tree, known_spare: Tree) -> Stage:
    """A stage that holds the old site, or nothing where it is to be written anew."""
    if spare.is_symlink() or spare.is_file():
        spare.unlink()
    old = Tree() if clean else survey(output, known)
    stage = _brought_up(output, spare, old, known_spare) if old.files else None
    if stage is None:
        old, stage = NOTHING, Stage(str(spare))
        if spare.exists():
            shutil.rmtree(spare)
        spare.mkdir()
    suspect: frozenset[str] = frozenset()
    if known.files and old.files != known.files:  # where nothing is known, bytes are compared
        suspect = frozenset(path for path, _ in old.files.items() ^ known.files.items())
    return replace(stage, old=old, suspect=suspect)


def _brought_up(output: Path, spare: Path, old: Tree, known: Tree) -> Stage | None:
    """Make the spare a copy of the site, of links to its files; nothing where there can be none.

    Whatever the spare was: the site before, a site that was never finished, nothing.
    """
    spare.mkdir(exist_ok=True)
    there = survey(spare, known, names_alone=True)
    stage, made = Stage(str(spare), found=there), set[str]()
    for path in there.files.keys() - old.files.keys():
        _remove(str(spare), path)
        stage.linked.add(path)
    try:
        for path, one in old.files.items():
            if there.files.get(path) == one:
                continue
            _link(os.path.join(output, path), stage._place(path, made))
            stage.linked.add(path)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
            raise
        return None
    return stage


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


def _recover(output: Path, replaced: Path) -> None:
    """Bring a site back that was caught between two renames."""
    if replaced.is_dir():
        if output.exists():
            shutil.rmtree(replaced)
        else:
            replaced.rename(output)


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


def _explain(error: OSError, output: Path) -> Diagnostic:
    reason, hint = why_not_written(error)
    return Diagnostic("B702", f"写不进去：{reason}；原来的站点没有动", hint, display(output))


def why_not_written(error: OSError) -> tuple[str, str]:
    """What the system's refusal to write means, and what to do, in the words of an editor."""
    reasons = {
        errno.ENOSPC: ("磁盘满了", "腾出空间再试"),
        errno.EDQUOT: ("磁盘配额用完了", "腾出空间再试"),
        errno.EACCES: ("没有写入的权限", "检查文件夹的权限，或换一个文件夹"),
        errno.EPERM: ("没有写入的权限", "检查文件夹的权限，或换一个文件夹"),
        errno.EROFS: ("磁盘是只读的", "换一个文件夹"),
        errno.ENAMETOOLONG: ("文件名太长", "缩短编号或网址"),
        errno.ENOENT: ("上一级文件夹不在", "检查路径有没有写错"),
        errno.ENOTDIR: ("路径中间有一个是文件，不是文件夹", "检查路径有没有写错"),
    }
    return reasons.get(error.errno or 0, (reason(error), "检查磁盘和权限"))
