"""What can go wrong, as values.

A diagnostic is made where the knowledge is (the reader knows the line, the planner knows the two
cases that share an address), travels as a value, and is printed in one place.

    B1  files        B101 encoding   B102 too large  B103 outside     B104 no case
                     B105 unreadable
    B2  front matter B201 missing    B202 unclosed   B203 syntax      B204 tab
                     B205 twice
                     B206 anchors    B207 too deep
    B3  fields       B301 unknown    B302 required   B303 value       B304 choice      B305 names
    B4  publication  B401 same id    B402 same no.   B403 same address  B404 entity rule
                     B405 nothing published          B406 base_url
    B5  body         B501 dead link  B502 dead anchor  B503 scheme    B504 image       B505 heading
                     B506 raw HTML   B507 image description
    B6  templates    B601 template   B602 dead link in a template    B603 import
    B7  publishing   B701 busy       B702 write      B703 not ours    B704 output folder
                     B705 index      B706 no index
                     B707 no Dask    B708 no cluster   B709 cluster lost
                     B710 other programs               B711 not shared
    B72 manuscripts  B721 no file    B722 unopened    B723 kind        B724 password
                     B725 empty      B726 too large   B727 damaged     B728 encoding
                     B729 unsafe
    B73 import       B731 options    B732 conflict    B733 gone        B734 ours not
                     B735 record     B736 account     B737 left out    B738 unreadable
                     B739 busy       B740 nothing     B741 page there
    B75 new files    B751 not empty  B752 publication  B753 id        B754 choice      B755 title
                     B756 write
    B76 preview      B761 port       B762 host
    B8  check only   B801 pairs      B802 half-width  B803 blanks    B804 trailing   B805 full-width
                     B806 words      B807 posts      B808 phrases
                     B811 like titles                B812 like paragraphs
                     B813 like people                B814 like units      B815 no unit
                     B821 declared total             B822 sums
                     B831 to be reviewed             B832 accepted in vain
    B9  ourselves    B901 defect

`CODES` holds the same table for machines; docs/diagnostics.md explains every code to editors.
"""

from __future__ import annotations

import difflib
import errno
import json
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

Severity = Literal["error", "warning"]

# code: (severity, what it is about, in the words of an editor)
CODES: dict[str, tuple[Severity, str]] = {
    "B101": ("error", "文件不是 UTF-8 编码"),
    "B102": ("error", "文件太大"),
    "B103": ("error", "链接指向稿件文件夹之外"),
    "B104": ("error", "没有案例"),
    "B105": ("error", "文件读不出来"),
    "B201": ("error", "缺少前置信息"),
    "B202": ("error", "前置信息没有结束"),
    "B203": ("error", "前置信息写法有误"),
    "B204": ("error", "前置信息里有制表符"),
    "B205": ("error", "同一个字段写了两次"),
    "B206": ("error", "前置信息里有锚点或引用"),
    "B207": ("error", "前置信息过长或嵌套过深"),
    "B301": ("error", "不认识的字段"),
    "B302": ("error", "缺少必填字段"),
    "B303": ("error", "字段的值不合要求"),
    "B304": ("error", "不在可选范围内"),
    "B305": ("warning", "名单像是没有分开"),
    "B401": ("error", "编号重复"),
    "B402": ("error", "提案号重复"),
    "B403": ("error", "网址重复"),
    "B404": ("error", "人名或单位名的规则有误"),
    "B405": ("warning", "没有可以发布的案例"),
    "B406": ("warning", "没有写明网址"),
    "B501": ("error", "链接指向不存在的页面"),
    "B502": ("error", "链接指向不存在的段落"),
    "B503": ("error", "不允许的链接"),
    "B504": ("error", "找不到图片"),
    "B505": ("warning", "标题级别不对"),
    "B506": ("warning", "正文里有 HTML 标签"),
    "B507": ("warning", "图片没有文字说明"),
    "B601": ("error", "模板有误"),
    "B602": ("error", "模板里的链接不通"),
    "B603": ("error", "脚本的引用不通"),
    "B701": ("error", "另一次构建正在进行"),
    "B702": ("error", "写不进去"),
    "B703": ("error", "输出文件夹里有别的东西"),
    "B704": ("error", "输出文件夹不能用"),
    "B705": ("error", "检索索引写不进去"),
    "B706": ("error", "没有可用的检索索引"),
    "B707": ("error", "没有安装集群组件"),
    "B708": ("error", "连不上集群"),
    "B709": ("error", "集群中途断开"),
    "B710": ("error", "集群里的程序不一样"),
    "B711": ("error", "集群看不到共享的文件夹"),
    "B721": ("error", "找不到稿件"),
    "B722": ("error", "稿件打不开"),
    "B723": ("error", "不是能读的稿件"),
    "B724": ("error", "稿件加了密码"),
    "B725": ("error", "稿件里没有文字"),
    "B726": ("error", "稿件太大"),
    "B727": ("error", "稿件已损坏"),
    "B728": ("error", "认不出文字的编码"),
    "B729": ("error", "稿件可能有害"),
    "B731": ("error", "导入的参数不对"),
    "B732": ("warning", "编辑和新稿改了同一处"),
    "B733": ("warning", "案例已由编辑删去"),
    "B734": ("warning", "这件案例已经有了"),
    "B735": ("error", "导入记录读不懂"),
    "B736": ("error", "导入的字数对不上"),
    "B737": ("warning", "新稿里少了一篇"),
    "B738": ("warning", "案例读不懂，没有更新"),
    "B739": ("error", "另一次导入正在进行"),
    "B740": ("error", "稿件里没有能成篇的文字"),
    "B741": ("warning", "刊次已经有说明页"),
    "B751": ("error", "这里已经有东西"),
    "B752": ("error", "不知道是哪个刊次"),
    "B753": ("error", "编号不能用"),
    "B754": ("error", "没有这个主题、文种、机关或模板"),
    "B755": ("error", "标题不能用"),
    "B756": ("error", "建不了"),
    "B761": ("error", "端口不能用"),
    "B762": ("error", "地址不能用"),
    "B801": ("warning", "引号或括号没有配对"),
    "B802": ("warning", "汉字之间用了半角标点"),
    "B803": ("warning", "汉字和标点之间有空格"),
    "B804": ("warning", "行末有空格"),
    "B805": ("warning", "字母或数字是全角的"),
    "B806": ("warning", "词表里不用的写法"),
    "B807": ("warning", "职务和词表不一样"),
    "B808": ("warning", "固定提法有出入"),
    "B811": ("warning", "两件的标题几乎一样"),
    "B812": ("warning", "两段文字几乎一样"),
    "B813": ("warning", "两个人名只差一个字"),
    "B814": ("warning", "同一个单位像是有两种写法"),
    "B815": ("warning", "不像是单位"),
    "B821": ("warning", "收录的件数和原文说的不同"),
    "B822": ("warning", "数字对不上"),
    "B831": ("warning", "有待核对的地方"),
    "B832": ("warning", "接受的提醒没有出现"),
    "B901": ("error", "程序自身出错"),
}


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem, told to an editor: where it is, what is wrong, what to do.

    `line` and `column` count from 1; 0 means "the whole file". `excerpt` is the offending line.
    """

    code: str
    message: str
    hint: str = ""
    file: str = ""
    line: int = 0
    column: int = 0
    excerpt: str = ""

    @property
    def severity(self) -> Severity:
        return CODES[self.code][0]

    @property
    def place(self) -> str:
        """`file:line:column`, as far as known."""
        numbers = [str(n) for n in (self.line, self.column) if n]
        return ":".join([self.file, *numbers]) if self.file else ""


class ContentError(Exception):
    """The input cannot be built; carries every diagnostic that was found, warnings included."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        super().__init__(diagnostics)
        self.diagnostics = tuple(diagnostics)


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    return any(diagnostic.severity == "error" for diagnostic in diagnostics)


def in_order(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """By file, line and column, each once: the order in which an editor works through them."""
    unique = dict.fromkeys(diagnostics)
    return sorted(unique, key=lambda d: (d.file, d.line, d.column, d.code, d.message))


def did_you_mean(word: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """The known word closest to `word`, or an empty string."""
    matches = difflib.get_close_matches(word.strip().lower(), list(known), n=1, cutoff=cutoff)
    return matches[0] if matches else ""


_REASONS = {
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.ENOENT: "文件不在了",
    errno.ENOTDIR: "路径中间有一个是文件，不是文件夹",
    errno.EISDIR: "这里是文件夹，不是文件",
    errno.ENOSPC: "磁盘满了",
    errno.EDQUOT: "磁盘配额用完了",
    errno.EROFS: "磁盘是只读的",
    errno.ENAMETOOLONG: "文件名太长",
    errno.ELOOP: "链接绕成了圈",
    errno.EMFILE: "打开的文件太多",
    errno.EIO: "磁盘或网络读写出错",
    errno.EADDRNOTAVAIL: "这台电脑没有这个地址",
}


def reason(error: OSError) -> str:
    """Why the system refused, in the words of an editor."""
    return _REASONS.get(error.errno or 0, f"系统错误 {error.errno}" if error.errno else "原因不明")


# -- printing ---------------------------------------------------------------------------------


def _columns(text: str) -> int:
    """Width on a terminal: a Han character takes two columns."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _excerpt(diagnostic: Diagnostic) -> list[str]:
    if not diagnostic.excerpt.strip():
        return []
    start = max(0, diagnostic.column - 31) if len(diagnostic.excerpt) > 72 else 0
    shown = diagnostic.excerpt[start : start + 72].replace("\t", "→")
    number = str(diagnostic.line)
    lines = [f"  {number} │ {shown}"]
    if diagnostic.column:
        before = _columns(shown[: diagnostic.column - 1 - start])
        lines.append(f"  {' ' * len(number)} │ {' ' * before}^")
    return lines


def format_text(diagnostics: Iterable[Diagnostic]) -> str:
    """For people: place and message, the line with a caret, what to do."""
    blocks = []
    for diagnostic in diagnostics:
        word = "错误" if diagnostic.severity == "error" else "提醒"
        place = f"{diagnostic.place}  " if diagnostic.place else ""
        block = [f"{word} {diagnostic.code}  {place}{diagnostic.message}", *_excerpt(diagnostic)]
        if diagnostic.hint:
            block.append(f"  怎么办：{diagnostic.hint}")
        blocks.append("\n".join(block))
    return "\n\n".join(blocks)


def as_record(diagnostic: Diagnostic) -> dict[str, str | int]:
    """The diagnostic as it stands in `--format json`."""
    return {"severity": diagnostic.severity, **asdict(diagnostic)}


def _escape_github(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def format_github(diagnostics: Iterable[Diagnostic]) -> str:
    """Workflow commands that GitHub shows beside the changed line."""
    lines = []
    for diagnostic in diagnostics:
        text = diagnostic.message + (f"\n怎么办：{diagnostic.hint}" if diagnostic.hint else "")
        fields = {"file": diagnostic.file, "line": diagnostic.line, "col": diagnostic.column}
        where = ",".join(
            f"{key}={_escape_github(str(value)).replace(':', '%3A').replace(',', '%2C')}"
            for key, value in {**fields, "title": diagnostic.code}.items()
            if value
        )
        lines.append(f"::{diagnostic.severity} {where}::{_escape_github(text)}")
    return "\n".join(lines)


def format_json(diagnostics: Iterable[Diagnostic], **summary: object) -> str:
    """One JSON object: `ok`, `diagnostics`, and what the command adds (`summary`)."""
    found = list(diagnostics)
    record = {
        "version": 1,
        "ok": not has_errors(found),
        "diagnostics": [as_record(diagnostic) for diagnostic in found],
        **summary,
    }
    return json.dumps(record, ensure_ascii=False, indent=2)
