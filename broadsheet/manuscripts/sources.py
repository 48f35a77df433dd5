"""A manuscript file, whatever it is, to lines. Bad input is told and left alone."""

from __future__ import annotations

import difflib
import errno
import os
import stat
from dataclasses import replace
from pathlib import Path

from broadsheet.diagnostics import ContentError, Diagnostic
from broadsheet.manuscripts.kinds import Kind, recognise
from broadsheet.manuscripts.lines import Manuscript
from broadsheet.scan import display

MAX_BYTES = 64 * 1024 * 1024  # of one file, pictures in a Word document included
_FOLDER = Diagnostic("B721", "这是文件夹，不是稿件", "写文件夹里的文件，例如 来稿/*.docx")
_NO_FILE = Diagnostic("B722", "这是管道或设备，不是文件", "先把内容存成文件，再导入")


def read_manuscript(path: Path) -> Manuscript:
    """The lines of a text, Markdown, Word or HTML file, and what its reader left out.

    Raises `ContentError` with one diagnostic, B721–B729, whose `file` is the path as shown.
    """
    name = display(path)
    try:
        data = _bytes(path)
        if not data.strip(b" \t\r\n\f\v\0\xef\xbb\xbf\xff\xfe"):
            raise ContentError([_empty()])
        kind, remark = recognise(data, path.name)
        read = _read(data, name, kind)
        if not any(line.text.strip() for line in read.lines):
            raise ContentError([_empty(read)])
    except ContentError as error:
        told = [replace(diagnostic, file=name) for diagnostic in error.diagnostics]
        raise ContentError(told) from None
    return replace(read, remarks=(remark, *read.remarks)) if remark else read


def _read(data: bytes, name: str, kind: Kind) -> Manuscript:
    if kind == "word":
        from broadsheet.manuscripts.word_source import read_word

        return read_word(data, name)
    if kind == "html":
        from broadsheet.manuscripts.html_source import read_html

        return read_html(data, name)
    from broadsheet.manuscripts.text_source import read_text

    return read_text(data, name, markdown=kind == "markdown")


def _empty(read: Manuscript | None = None) -> Diagnostic:
    """Why there may be nothing to read."""
    message, hint = "稿件里没有文字", "看看是不是拿错了文件，或者还没有存盘"
    if read and any(dropped.reason.startswith("图片") for dropped in read.dropped):
        message = "稿件里只有图片，没有文字"
        hint = "用文字识别软件转成文字，核对以后存成文本文件"
    elif read and read.form == "html":
        hint = "文字可能要等脚本去取；在浏览器里打开网页，把文字复制到文本文件里"
    return Diagnostic("B725", message, hint)


def _bytes(path: Path) -> bytes:
    """The bytes of a regular file; never waits for a pipe or a device."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except ValueError:  # a zero byte in the name
        raise ContentError([Diagnostic("B721", "文件名不能用", "检查文件名")]) from None
    except OSError as error:
        raise ContentError([_unopened(path, error)]) from None
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise ContentError([_FOLDER])
        if not stat.S_ISREG(mode):
            raise ContentError([_NO_FILE])
        with open(descriptor, "rb", closefd=False) as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise ContentError([_unopened(path, error)]) from None
    finally:
        os.close(descriptor)
    if len(data) > MAX_BYTES:
        message = f"文件超过 {MAX_BYTES // 1024 // 1024} MB"
        raise ContentError([Diagnostic("B726", message, "删去图片，或分成几个文件，再导入")])
    return data


def _unopened(path: Path, error: OSError) -> Diagnostic:
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return Diagnostic("B721", "没有这个文件", _near(path))
    if error.errno == errno.ENAMETOOLONG:
        return Diagnostic("B721", "文件名太长", "检查文件名，多个文件之间要有空格")
    if error.errno == errno.EISDIR:
        return _FOLDER
    if error.errno == errno.ELOOP:
        return Diagnostic("B722", "这个链接绕回了自己，打不开", "写文件本来的位置")
    if error.errno in (errno.EACCES, errno.EPERM):
        return Diagnostic("B722", "没有读取的权限", "请文件的主人放开读取权限，或复制一份再导入")
    if error.errno in (errno.ENXIO, errno.ENODEV):
        return _NO_FILE
    return Diagnostic("B722", f"打不开（{error.strerror or error}）", "检查文件所在的磁盘")


def _near(path: Path) -> str:
    """Names in the folder that may have been meant."""
    folder = path.parent
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return f"也没有文件夹 {display(folder)}；检查路径"
    stems = {Path(name).stem: name for name in reversed(names)}
    close = [stems[s] for s in difflib.get_close_matches(path.stem, stems, n=3, cutoff=0.6)]
    if close:
        return f"是不是 {'、'.join(display(folder / name) for name in close)}？"
    return "检查文件名和所在的文件夹"
