"""Files in: every encoding that is certain, every kind told by its content, bad input refused."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from helpers import PNG, ROOT
from hypothesis import given, settings
from hypothesis import strategies as st
from patience import LIMIT
from word_files import TYPES, p, part, relations, saved, word_bytes, zipped

from broadsheet.diagnostics import ContentError, Diagnostic
from broadsheet.manuscripts import text_source, word_package
from broadsheet.manuscripts.lines import Manuscript
from broadsheet.manuscripts.sources import read_manuscript

SHARED = ROOT.parent / "shared"
LETTER = "您提出的关于加快建设乡村道路维修及维护的提案收悉，现将办理情况答复如下：\n一、2023年，我局已开工。\n"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def read(folder: Path, data: bytes | str, name: str = "来稿.txt") -> Manuscript:
    return read_manuscript(saved(folder, data if isinstance(data, bytes) else data.encode(), name))


def texts(manuscript: Manuscript) -> list[str]:
    return [line.text for line in manuscript.lines]


def refused(path: Path) -> Diagnostic:
    with pytest.raises(ContentError) as told:
        read_manuscript(path)
    (diagnostic,) = told.value.diagnostics
    assert diagnostic.file.endswith(path.name) or path.name in ("", ".")
    assert diagnostic.hint
    return diagnostic


def refusal(folder: Path, data: bytes | str, name: str) -> Diagnostic:
    return refused(saved(folder, data if isinstance(data, bytes) else data.encode(), name))


# -- text -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("codec", "told"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8（文件开头有标记）"),
        ("gb18030", "GB18030（又叫 GBK、ANSI，从内容认出）"),
        ("utf-16", "UTF-16（又叫 Unicode，文件开头有标记）"),
        ("utf-16-le", "UTF-16（从内容认出）"),
        ("utf-16-be", "UTF-16 高位在前（从内容认出）"),
        ("utf-32", "UTF-32"),
    ],
)
def test_encodings(codec: str, told: str, tmp_path: Path) -> None:
    found = read(tmp_path, LETTER.encode(codec))
    assert texts(found) == LETTER.splitlines()
    assert found.remarks == (f"编码是 {told}",)


def shared() -> list[Path]:
    return sorted([*SHARED.glob("seeds/*.txt"), *SHARED.glob("samples/*.txt")])


@pytest.mark.skipif(not shared(), reason=f"the documents are not beside the repository ({SHARED})")
@pytest.mark.parametrize("codec", ["utf-8", "gb18030", "utf-16-le", "utf-16-be", "utf-16"])
def test_real_documents_in_every_encoding(codec: str, tmp_path: Path) -> None:
    for path in shared():
        text = path.read_bytes().decode()
        found = read(tmp_path, text.encode(codec))
        assert "\n".join(texts(found)) == text.removesuffix("\n")
        assert not found.dropped
        assert read_manuscript(path).lines == found.lines


@pytest.mark.parametrize(
    "text", ["Привет, мир", "café", "ASCII only", "李芃、王喆", "25 °C · 3 × 4"]
)
def test_short_texts_and_other_scripts_are_utf8(text: str, tmp_path: Path) -> None:
    assert texts(read(tmp_path, text)) == [text]


@pytest.mark.parametrize("text", ["李芃、王喆", "名单：李芃、王喆"])
def test_a_line_of_rare_names_is_still_gb18030(text: str, tmp_path: Path) -> None:
    assert texts(read(tmp_path, text.encode("gb18030"))) == [text]


def test_tables_drawn_with_lines_are_gb18030(tmp_path: Path) -> None:
    text = "┌──┬──┐\n│单位│类别│\n├──┼──┤\n│甲局│ Ａ │\n└──┴──┘"
    assert texts(read(tmp_path, text.encode("gbk"))) == text.split("\n")


def test_what_reads_both_ways_is_not_guessed(tmp_path: Path) -> None:
    both = ("乎" * 10 + "\n").encode("utf-16-le")  # 乎 is the same with its bytes in either order
    assert refusal(tmp_path, both, "a.txt").code == "B723"


@pytest.mark.parametrize("text", ["BM25 是一种算法", "MZ 某某"])
def test_letters_that_other_files_begin_with(text: str, tmp_path: Path) -> None:
    assert texts(read(tmp_path, text)) == [text]


def test_line_ends_and_page_breaks(tmp_path: Path) -> None:
    text = "一\r\n二\r三\n\n五\u2028六\u2029七\v八\x85九\n\f十\f十一\f\r\n十二\n"
    found = read(tmp_path, text)
    assert texts(found) == [
        "一", "二", "三", "", "五", "六", "七", "八", "九", "十", "十一", "十二",
    ]  # fmt: skip
    assert [(d.number, d.text) for d in found.dropped] == [(10, "\f"), (11, "\f"), (12, "\f")]


def test_characters_stay_as_they_are(tmp_path: Path) -> None:
    line = "\u3000\u3000提案人:\u00a0王\u200b芳\t“A”\ufeff ①𠮷  "
    assert texts(read(tmp_path, line + "\n")) == [line]


def test_control_characters_are_told(tmp_path: Path) -> None:
    found = read(tmp_path, LETTER + "甲\x07乙\x1a")
    assert texts(found)[-1] == "甲乙"
    assert [(d.number, d.text) for d in found.dropped] == [(3, "\x07\x1a")]


def test_characters_lost_before_are_told(tmp_path: Path) -> None:
    found = read(tmp_path, LETTER + "提\ufffd人\n锟斤拷\n\ue123\n")
    assert found.remarks[1:] == (
        "第 3、4 行有丢了的字（显示为 � 或“锟斤拷”），来稿里就是这样",
        "第 5 行有自造字，网页上可能显示不出来",
    )


def test_marks_of_markdown_are_seen_and_stay(tmp_path: Path) -> None:
    text = "# 大\n### 小 ###\n#不是\n**全粗**\n**粗** 后\n- 项\n1. 项\n1.5亿\n####### 七\n"
    found = read(tmp_path, text, "来稿.md")
    assert found.form == "markdown"
    assert texts(found) == text.splitlines()
    assert [(line.style, line.level) for line in found.lines] == [
        ("heading", 1), ("heading", 3), ("", 0), ("", 0), ("", 0), ("item", 0), ("item", 0),
        ("", 0), ("", 0),
    ]  # fmt: skip
    assert [line.bold for line in found.lines] == [False] * 3 + [True] + [False] * 5
    assert {line.style for line in read(tmp_path, text, "来稿.txt").lines} == {""}


@settings(max_examples=100)
@given(
    text=st.text(
        st.characters(exclude_categories=["Cs", "Cn"], exclude_characters="\0"), max_size=80
    )
)
def test_every_character_is_in_a_line_or_told(text: str, tmp_path: Path) -> None:
    whole = LETTER * 10 + text
    try:
        found = read(tmp_path, whole)
    except ContentError as error:  # too many control characters
        assert error.diagnostics[0].code == "B723"
        return
    ends = dict.fromkeys(map(ord, "\r\n\v\x85\u2028\u2029"))
    kept = "".join([*texts(found), *(d.text for d in found.dropped)])
    assert sorted(kept) == sorted(whole.translate(ends))


# -- kinds ----------------------------------------------------------------------------------------


def test_content_says_what_a_file_is(tmp_path: Path) -> None:
    page = f"<!DOCTYPE html><html><p>{LETTER}</html>"
    for name, data, form in (
        ("网页.doc", page.encode(), "html"),
        ("网页.txt", page.encode("utf-16"), "html"),
        ("文档.txt", word_bytes(p("正文")), "word"),
        ("文本.html2", LETTER.encode(), "text"),
        ("没有后缀", LETTER.encode(), "text"),
        ("模板.DOCX", word_bytes(p("正文")), "word"),
    ):
        found = read(tmp_path, data, name)
        assert found.form == form, name
        disagrees = name not in ("没有后缀", "模板.DOCX")
        assert any("按内容读" in remark for remark in found.remarks) == disagrees, name


@pytest.mark.parametrize(
    ("data", "name", "code", "words"),
    [
        (b"%PDF-1.7\n\xe2\xe3", "a.pdf", "B723", "这是 PDF"),
        (b"%PDF-1.7\n\xe2\xe3", "a.docx", "B723", "PDF"),
        (PNG + bytes(99), "a.png", "B723", "图片"),
        (b"\xff\xd8\xff\xe0" + bytes(99), "a.txt", "B723", "图片"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 " + bytes(9), "a.webp", "B723", "图片"),
        (b"BM\x36\x00\x00\x00" + bytes(99), "a.bmp", "B723", "图片"),
        (OLE + "WordDocument".encode("utf-16-le"), "a.doc", "B723", "旧的 Word 格式（.doc）"),
        (OLE + "WordDocument".encode("utf-16-le"), "a.docx", "B723", "旧的 Word 格式（.doc）"),
        (OLE + "WordDocument".encode("utf-16-le"), "a.wps", "B723", ".wps"),
        (OLE + "Workbook".encode("utf-16-le"), "a.xls", "B723", "Excel"),
        (OLE + "PowerPoint Document".encode("utf-16-le"), "a.ppt", "B723", "演示文稿"),
        (OLE, "a.msg", "B723", "旧的 Office"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "a.docx", "B724", "密码"),
        (b"{\\rtf1\\ansi", "a.rtf", "B723", "RTF"),
        (zipped({"mimetype": "application/vnd.oasis.opendocument.text"}), "a.odt", "B723", "这是 ODT"),
        (zipped({"mimetype": "application/epub+zip"}), "a.epub", "B723", "电子书"),
        (zipped({"稿.txt": "正文"}), "a.zip", "B723", "压缩包"),
        (zipped({}), "a.docx", "B727", "损坏"),
        (b"Rar!\x1a\x07\x00", "a.rar", "B723", "压缩包"),
        (b"MIME-Version: 1.0\nContent-Type: multipart/related;\n", "a.mht", "B723", ".mht"),
        (b'<?xml version="1.0"?><w:wordDocument xmlns:w="x">', "a.xml", "B723", "Word 的 XML"),
        (LETTER.encode(), "a.docx", "B723", "内容却不是 Word 文档"),
        (b"", "a.txt", "B725", "没有文字"),
        (" \r\n\t\u3000\n".encode(), "a.txt", "B725", "没有文字"),
        (word_bytes(p(" ")), "a.docx", "B725", "没有文字"),
        (b"<html><script>1</script>", "a.html", "B725", "没有文字"),
        (b"\x7fELF\x02\x01\x01" + bytes(99), "a.txt", "B723", "程序"),
        (bytes(range(256)) * 40, "a.txt", "B723", "不是文字"),
        (b"abc\0def\0", "a.txt", "B723", "不是文字"),
        (b"\x01\x02\x03\x04\x05\x06\x0e\x0f" * 9, "a.md", "B723", "不是文字"),
        ("關於加裝電梯的提案答覆如下，謝謝支持".encode("big5"), "a.txt", "B728", "Big5"),
        ("これは日本語の文書です。提案について".encode("shift_jis"), "a.txt", "B728", "认不出"),
        ("群活力,大生力量".encode("euc_kr"), "a.txt", "B728", "认不出"),
        (LETTER.encode()[:-3], "a.txt", "B727", "第 2 行最后一个字不完整"),
        ((LETTER * 9).encode().replace("局".encode(), b"\xe5\xb1", 1), "a.txt", "B727", "第 2 行有坏掉的字节"),
        (b"\xff\xfe" + LETTER.encode("utf-16-le")[:-1], "a.txt", "B727", "UTF-16"),
    ],
)  # fmt: skip
def test_bad_input_is_told(data: bytes, name: str, code: str, words: str, tmp_path: Path) -> None:
    told = refusal(tmp_path, data, name)
    assert told.code == code
    assert words in told.message


PICTURE = "<w:r><w:drawing><pic:pic/></w:drawing></w:r>"


@pytest.mark.parametrize(
    ("data", "name", "code", "words"),
    [
        (word_bytes('<w:altChunk r:id="rId1"/>'), "a.docx", "B723", "嵌在里面的另一份文件"),
        (word_bytes(p(PICTURE)), "a.docx", "B725", "只有图片"),
        (b"<html><p><img src=a.png alt=x>", "a.html", "B725", "只有图片"),
        (b"<html><div></div><script>load()</script>", "a.html", "B725", "浏览器"),
    ],
)
def test_why_there_is_no_text(
    data: bytes, name: str, code: str, words: str, tmp_path: Path
) -> None:
    told = refusal(tmp_path, data, name)
    assert (told.code, words in told.message + told.hint) == (code, True)


def test_other_office_files_renamed(tmp_path: Path) -> None:
    for folder, words in (("xl/workbook.xml", "Excel 表格"), ("ppt/presentation.xml", "演示文稿")):
        data = zipped(
            {
                "[Content_Types].xml": TYPES,
                "_rels/.rels": relations({folder: "officeDocument"}),
                folder: part("x", ""),
            }
        )
        told = refusal(tmp_path, data, "表.docx")
        assert (told.code, words in told.message) == ("B723", True)


def test_damaged_documents(tmp_path: Path) -> None:
    whole = word_bytes(p(LETTER * 200))
    for data in (whole[: len(whole) // 2], whole[:-30], whole[:40]):
        assert refusal(tmp_path, data, "a.docx").code == "B727"
    flipped = bytearray(whole)
    at = whole.index(b"word/document.xml") + 60
    flipped[at : at + 8] = bytes(8)
    assert refusal(tmp_path, bytes(flipped), "a.docx").code == "B727"
    files = {"[Content_Types].xml": TYPES, "_rels/.rels": relations({})}
    assert refusal(tmp_path, zipped(files), "a.docx").code == "B727"
    files["word/document.xml"] = "<w:document"
    assert refusal(tmp_path, zipped(files), "a.docx").code == "B727"
    assert refusal(tmp_path, zipped({"word/document.xml": "<a/>"}), "a.docx").code == "B727"


def test_a_locked_zip(tmp_path: Path) -> None:
    data = bytearray(word_bytes(p("正文")))
    at = 0
    while (at := data.find(b"PK\x01\x02", at)) >= 0:
        data[at + 8] |= 1
        at += 4
    assert refusal(tmp_path, bytes(data), "a.docx").code == "B724"


# -- bombs ----------------------------------------------------------------------------------------


# what the kernel tells of a process by the other way begins with that of whoever started it
HIGHEST = """
def highest():
    try:
        return int(open("/proc/self/status").read().partition("VmHWM:")[2].split()[0])
    except OSError:
        import resource
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
"""


def peak(folder: Path, path: Path) -> tuple[str, float, float]:
    """Code of the refusal, seconds of processor time and MB of memory in a process of its own."""
    program = (
        "import sys, time\nfrom pathlib import Path\n"
        "from broadsheet.diagnostics import ContentError\n"
        "from broadsheet.manuscripts import word_source, html_source, text_source\n"
        "from broadsheet.manuscripts.sources import read_manuscript\n"
        f"{HIGHEST}before = highest()\n"
        "try:\n    read_manuscript(Path(sys.argv[1])); code = 'read'\n"
        "except ContentError as error: code = error.diagnostics[0].code\n"
        "print(code, time.process_time(), (highest() - before) / 1024)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LIMIT,
    )
    assert done.returncode == 0, done.stderr
    code, seconds, memory = done.stdout.split()
    return code, float(seconds), float(memory)


def bomb(size: int, claimed: int | None = None) -> bytes:
    """A document whose text unpacks to `size` bytes; its header may claim something else."""
    text = f"<w:body>{'<w:p/>' * 10}<!--{' ' * size}--></w:body>"
    data = bytearray(
        zipped(
            {
                "[Content_Types].xml": TYPES,
                "_rels/.rels": relations({"word/document.xml": "officeDocument"}),
                "word/document.xml": part("document", text),
            }
        )
    )
    if claimed is not None:
        at = data.rindex(b"PK\x01\x02")
        data[at + 24 : at + 28] = claimed.to_bytes(4, "little")
    return bytes(data)


def test_a_zip_bomb_costs_next_to_nothing(tmp_path: Path) -> None:
    path = saved(tmp_path, bomb(400_000_000))
    assert path.stat().st_size < 1_000_000
    code, seconds, memory = peak(tmp_path, path)
    assert code == "B729"
    assert seconds < 10
    assert memory < 60


def test_what_a_header_claims_is_not_believed(tmp_path: Path) -> None:
    assert refusal(tmp_path, bomb(40_000_000, claimed=1000), "a.docx").code in ("B727", "B729")


def test_large_documents_and_many_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(word_package, "MAX_PART", 100_000)
    noise = os.urandom(100_000).hex()
    assert refusal(tmp_path, word_bytes(p(noise)), "a.docx").code == "B726"
    monkeypatch.setattr(word_package, "MAX_PARTS", 10)
    many = zipped({f"{n}.xml": "" for n in range(11)})
    assert refusal(tmp_path, many, "a.docx").code == "B729"


def test_a_tree_that_fills_the_memory_is_not_built(tmp_path: Path) -> None:
    tags = random.Random(1).choices(["<w:b/>", "<w:i/>", "<w:u/>", "<w:p/>"], k=2_100_000)
    path = saved(tmp_path, word_bytes("".join(tags)), "a.docx")
    code, seconds, memory = peak(tmp_path, path)
    assert (code, seconds < 10, memory < 250) == ("B726", True, True)


@pytest.mark.parametrize(
    "entity",
    [
        '<!ENTITY a "' + "甲" * 1000 + '"><!ENTITY b "' + "&a;" * 1000 + '">',
        '<!ENTITY b SYSTEM "file:///etc/hostname">',
        '<!ENTITY % b SYSTEM "http://127.0.0.1:9/x">',
    ],
)
@pytest.mark.parametrize("codec", ["utf-8", "utf-16"])
def test_entities_are_refused(entity: str, codec: str, tmp_path: Path) -> None:
    inside = part("document", f"<w:body>{p('&b;')}</w:body>").split("?>", 1)[1]
    text = f'<?xml version="1.0" encoding="{codec}"?><!DOCTYPE x [{entity}]>{inside}'
    files = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": relations({"word/document.xml": "officeDocument"}),
        "word/document.xml": text.encode(codec),
    }
    assert refusal(tmp_path, zipped(files), "a.docx").code == "B729"


def test_deep_nesting_is_refused(tmp_path: Path) -> None:
    deep = "<w:sdt><w:sdtContent>" * 5000 + p("深") + "</w:sdtContent></w:sdt>" * 5000
    assert refusal(tmp_path, word_bytes(deep), "a.docx").code == "B729"
    fine = "<w:sdt><w:sdtContent>" * 100 + p("深") + "</w:sdtContent></w:sdt>" * 100
    assert texts(read(tmp_path, word_bytes(fine), "a.docx")) == ["深"]


def test_too_much_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path, LETTER.encode() * (52_000_000 // len(LETTER.encode())), "a.txt")
    assert path.stat().st_size > 50_000_000
    started = time.process_time()
    told = refused(path)
    assert (told.code, "最多读 8 MB" in told.message) == ("B726", True)
    assert refusal(tmp_path, b"<html><p>" + b"a" * 17_000_000, "a.html").code == "B726"
    os.truncate(path, 10**12)  # a file of holes
    assert refused(path).code == "B726"
    assert time.process_time() - started < 10


def test_a_long_text_is_read_quickly(tmp_path: Path) -> None:
    started = time.process_time()
    count = text_source.MAX_BYTES // len(LETTER.encode())
    assert len(read(tmp_path, LETTER * count).lines) == 2 * count
    assert time.process_time() - started < 15


# -- files ----------------------------------------------------------------------------------------


def test_a_missing_file_and_what_may_have_been_meant(tmp_path: Path) -> None:
    saved(tmp_path, b"x", "关于加装电梯的复函.docx")
    told = refused(tmp_path / "关于加装电梯的复涵.docx")
    assert told.code == "B721"
    assert "关于加装电梯的复函.docx" in told.hint
    assert "关于加装电梯的复函.docx" in refused(tmp_path / "关于加装电梯的复函.doc").hint
    assert "也没有文件夹" in refused(tmp_path / "无" / "a.txt").hint
    saved(tmp_path, b"x", "b.txt")
    assert "检查文件名" in refused(tmp_path / "zz.txt").hint
    assert refused(tmp_path / ("长" * 300)).code == "B721"


def test_a_folder(tmp_path: Path) -> None:
    told = refused(tmp_path)
    assert (told.code, told.message) == ("B721", "这是文件夹，不是稿件")


def test_links_pipes_and_devices_do_not_hang(tmp_path: Path) -> None:
    (tmp_path / "a.txt").symlink_to(tmp_path / "b.txt")
    (tmp_path / "b.txt").symlink_to(tmp_path / "a.txt")
    os.mkfifo(tmp_path / "pipe.txt")
    assert refused(tmp_path / "a.txt").code == "B722"
    assert refused(tmp_path / "pipe.txt").code == "B722"
    assert refused(Path("/dev/zero")).code == "B722"
    with socket.socket(socket.AF_UNIX) as listening:
        os.chdir(tmp_path)
        listening.bind("s")
        assert refused(tmp_path / "s").code == "B722"


def test_a_link_to_a_manuscript_is_read(tmp_path: Path) -> None:
    (tmp_path / "b.txt").symlink_to(saved(tmp_path, LETTER.encode(), "a.txt"))
    assert texts(read_manuscript(tmp_path / "b.txt")) == LETTER.splitlines()


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path, LETTER.encode(), "a.txt")

    def no(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", no)
    told = refused(path)
    assert (told.code, told.message) == ("B722", "没有读取的权限")


def test_names_that_are_no_utf8_are_shown(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode("来稿".encode("gbk") + b".txt")
    with pytest.raises(ContentError) as told:
        read_manuscript(path)
    assert "\udcc0" not in told.value.diagnostics[0].file
