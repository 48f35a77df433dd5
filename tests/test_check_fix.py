"""Check --fix: only what is certain changes, and a file says the same afterwards."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from helpers import case, checked, make_site
from hypothesis import example, given, settings
from hypothesis import strategies as st

from broadsheet import frontmatter
from broadsheet.check.findings import Edit
from broadsheet.check.fixes import apply, folded, mend, mend_fully, says_the_same, write_back
from broadsheet.check.run import check_folder, mend_files
from broadsheet.check.source import Kind
from broadsheet.markdown import parse, read_body
from broadsheet.settings import Options


def fixed(text: str, kind: Kind = "body") -> str:
    """`text` as --fix leaves it."""
    return mend_fully(text, "a.md", kind, lambda finding: True)


def fix(root: Path, *, write: bool = True) -> str:
    """Mend a project; the difference."""
    found = check_folder(root / "content", root, Options(), lambda step, done, total: None)
    return mend_files(root / "content", found.mendable, write=write).diff


# -- what changes, and what does not --------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("甲乙,丙丁;戊:己!庚?\n", "甲乙，丙丁；戊：己！庚？\n"),
        ("甲乙, 丙丁 ，戊己。\n", "甲乙，丙丁，戊己。\n"),
        ("办法(试行)公布。 \n", "办法（试行）公布。\n"),
        ("**建议:**简化(含并案)审批\n", "**建议：**简化（含并案）审批\n"),
        ("　　全区 老旧小区电梯少，没有 几台。\n", "全区老旧小区电梯少，没有几台。\n"),
        ("- 甲,乙 \n- 丙 ，丁\n", "- 甲，乙\n- 丙，丁\n"),
        ("> 甲,\n> 乙, 丙\n", "> 甲，\n> 乙，丙\n"),
        (
            "| 甲,乙 | 丙 |  \n|---|---|\n| 丁 | (一)戊 |\n",
            "| 甲，乙 | 丙 |\n|---|---|\n| 丁 | （一）戊 |\n",
        ),
        ("甲[^1],乙。\n\n[^1]: 丙,丁\n", "甲[^1]，乙。\n\n[^1]: 丙，丁\n"),
        ('![甲,乙](a,b.png "丙,丁")\n', '![甲，乙](a,b.png "丙，丁")\n'),
        ("见[甲,乙](https://e.org/甲,乙)。\n", "见[甲，乙](https://e.org/甲,乙)。\n"),
    ],
)
def test_what_is_mended(before: str, after: str) -> None:
    assert fixed(before) == after


@pytest.mark.parametrize(
    "text",
    [
        "满意率7.46%，比例3:1，每天14:30，2023.10.16，Node.js。\n",
        "见 https://example.org/甲,乙 和 a.b@example.org。\n",
        "`甲,乙` 和\n\n```\n丙,丁 \n```\n\n    戊,己 \n",
        "甲。  \n乙。\n",
        "记者 王妍 张华颖\n",
        "《职能作用 助力建设》，很好。\n",
        "## 提升服务能级 促进大学生留下\n",
        "Hello, world. (It is fine.)\n",
        "1. 甲\n2) 乙\n",
        "　　# 甲\n\n　　1. 乙\n",
        "甲\\ \n乙\n",
        "**分类评价:**A\n",
    ],
)
def test_what_is_left_alone(text: str) -> None:
    assert fixed(text) == text


def test_front_matter_stays_valid() -> None:
    before = (
        "---\nid: a  \nkind: case\ntitle: 关于甲,乙(试行)的建议\ntheme: economy\n"
        "proposers: [张 山, 李石]\nhosts:\n  - 区科技局 \nsummary: >\n  甲乙, 丙丁\n  戊 ，己。 \n"
        'source: {name: "云栖,日报", url: "https://e.org/a,b"}\n---\n\n甲,乙\n'
    )
    after = fixed(before, "md")
    head = frontmatter.parse(frontmatter.split(after)[0])
    assert head["title"] == "关于甲，乙（试行）的建议"
    assert head["proposers"] == ["张山", "李石"]
    assert head["summary"] == "甲乙，丙丁 戊，己。\n"
    assert head["source"] == {"name": "云栖，日报", "url": "https://e.org/a,b"}
    assert after.endswith("\n甲，乙\n")
    assert " \n" not in after


def test_lists_in_flow_style_keep_their_commas() -> None:
    text = "---\nkeywords: [甲,乙, 丙]\ntimeline: [{date: 2024, event: 丁}]\n---\n"
    assert fixed(text, "md") == text


# -- properties -----------------------------------------------------------------------------------

PIECES = [
    "甲", "乙丙", "丁戊己庚辛", "，", "。", "：", ",", ", ", ";", ":", "?", "(", ")", "（", "）", "“", "”", "《", "》",
    " ", "  ", "　", "\t", "\n", "\n\n", "\n- ", "\n> ", "\n1. ", "\n## ", "\n    ", "\n```\n", "`", "*", "**", "_", "~~",
    "[", "](", "![", "[^1]", "\n\n[^1]: ", "|", "\n|---|---|\n", "\\", "<", ">", "&amp;", "#", "7.46%", "14:30", "3:1",
    "https://e.org/a,b", "a@e.org", "Node.js", ".", '"', "'", "…", "---", "\n---\n", "ＡＢ", "１",
]  # fmt: skip
BODIES = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


@settings(max_examples=100, deadline=None)
@given(BODIES)
@example("甲, **乙**,丙 \n")
@example("　　 甲\n　　乙")
@example("甲 \n　　- 乙")
def test_a_mended_body_says_the_same_and_stays(text: str) -> None:
    after = fixed(text)
    assert folded(after) == folded(text)
    assert after.count("\n") == text.count("\n")
    assert fixed(after) == after
    before_tokens, after_tokens = parse(text), parse(after)
    assert [(t.type, t.tag, t.map) for t in before_tokens] == [
        (t.type, t.tag, t.map) for t in after_tokens
    ]
    for one, other in zip(before_tokens, after_tokens, strict=True):
        if one.type in ("fence", "code_block"):
            assert one.content == other.content
    links = [link.target for link in read_body(text)[0].links]
    assert [link.target for link in read_body(after)[0].links] == links


VALUES = st.text("甲乙丙，。,;:()（） 　\"'#&*!|>-[]{}?.5a\n", max_size=20)


@settings(max_examples=100, deadline=None)
@given(VALUES, VALUES, st.sampled_from(["", "'", '"', "|\n  ", ">\n  "]))
def test_mended_front_matter_parses_to_the_same(title: str, summary: str, style: str) -> None:
    value = title.replace("\n", " ")
    if style == "'":
        value = "'" + value.replace("'", "''") + "'"
    elif style == '"':
        value = '"' + value.replace('"', '\\"') + '"'
    elif style:
        value = style + summary.replace("\n", "\n  ")
    text = f"---\ntitle: {value}\nkeywords: [甲, 乙]\n---\n\n甲,乙\n"
    try:
        before = frontmatter.parse(frontmatter.split(text)[0])
        after = fixed(text, "md")
    except Exception:  # not YAML: the reader says so, and nothing is mended
        return
    parsed = frontmatter.parse(frontmatter.split(after)[0])
    assert parsed.keys() == before.keys()
    assert {k: folded(str(v)) for k, v in parsed.items()} == {
        k: folded(str(v)) for k, v in before.items()
    }
    assert fixed(after, "md") == after


# -- the proof ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("甲乙", "甲丙"),
        ("甲\n乙", "甲 乙"),
        (" # 甲", "# 乙"),
        ("\u3000# 甲", "# 甲"),
        ("甲 **乙**", "甲**乙"),
        ("    甲", "甲"),
        ("`甲 乙`", "`甲乙`"),
        ("[甲](<a b>)", "[甲](ab)"),
        ("甲  \n乙", "甲\n乙"),
    ],
)
def test_what_does_not_say_the_same(before: str, after: str) -> None:
    assert not says_the_same(before, after, "body")


def test_front_matter_that_does_not_say_the_same() -> None:
    assert not says_the_same("---\na: 甲\n---\n", "---\na:甲\n---\n", "md")
    assert not says_the_same("---\na: [甲, 乙]\n---\n", "---\na: [甲，乙]\n---\n", "md")


def test_an_edit_that_would_change_more_is_left_out() -> None:
    text = "甲 乙\n\n\u3000# 丙\n"
    assert mend(text, [Edit(1, 2, ""), Edit(5, 6, "")], "body") == "甲乙\n\n\u3000# 丙\n"
    assert apply("甲乙丙", [Edit(1, 2, "丁"), Edit(1, 3, "戊")]) == "甲丁丙"


# -- files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("last", ["", "\n", "\n\n"])
def test_marks_line_ends_and_the_last_line_stay(
    tmp_path: Path, end: str, mark: str, last: str
) -> None:
    text = mark + case(body="甲,乙。\n\n丙" + last)
    make_site(tmp_path, {"content/p/a.md": text.replace("\n", end)})
    assert fix(tmp_path)
    data = (tmp_path / "content/p/a.md").read_bytes()
    assert data.decode() == text.replace("甲,乙", "甲，乙").replace("\n", end)


def test_mixed_line_ends_stay(tmp_path: Path) -> None:
    text = case(body="甲,乙。\r\n\r丙,丁\n").replace("id:", "id:")
    make_site(tmp_path, {"content/p/a.md": text})
    fix(tmp_path)
    assert (tmp_path / "content/p/a.md").read_bytes().decode() == text.replace(",", "，").replace(
        text[: text.index("甲")].replace(",", "，"), text[: text.index("甲")]
    )


def test_permissions_and_links_stay(tmp_path: Path) -> None:
    make_site(
        tmp_path,
        {"content/p/a.md": case(body="甲,乙。\n"), "content/q.txt": case("b", "丙,丁。\n")},
    )
    path = tmp_path / "content/p/a.md"
    path.chmod(0o640)
    (tmp_path / "content/p/b.md").symlink_to(tmp_path / "content/q.txt")
    fix(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert (tmp_path / "content/p/b.md").is_symlink()
    assert "丙，丁" in (tmp_path / "content/q.txt").read_text("utf-8")
    assert sorted(os.listdir(tmp_path / "content/p")) == ["a.md", "b.md"]


def test_fixing_twice_changes_nothing_more(tmp_path: Path) -> None:
    body = "　　甲乙, 丙 ，丁(戊) 。 \n\n**建议:**己 \n"
    make_site(tmp_path, {"content/p/a.md": case(body=body)})
    assert fix(tmp_path)
    assert not fix(tmp_path)
    assert not checked(tmp_path)


def test_files_with_faults_are_left_alone(tmp_path: Path) -> None:
    files = {
        "content/p/a.md": case(body="甲,乙。\n", theme="nothing"),
        "content/p/b.md": "---\ntitle: [甲,乙\n---\n甲,乙\n",
        "content/p/c.md": case("c", body="甲,乙。\n"),
    }
    make_site(tmp_path, files)
    assert "c.md" in fix(tmp_path)
    for name in ("a", "b"):
        assert (tmp_path / f"content/p/{name}.md").read_text("utf-8") == files[
            f"content/p/{name}.md"
        ]


def test_what_is_accepted_is_not_mended(tmp_path: Path) -> None:
    make_site(
        tmp_path,
        {
            "content/p/a.md": case(body="甲,乙。\n\n丙,丁。\n"),
            "content/wordlist.yaml": "accepted:\n  - {code: B802, text: '甲,乙', reason: 原文}\n",
        },
    )
    fix(tmp_path)
    assert (tmp_path / "content/p/a.md").read_text("utf-8").endswith("甲,乙。\n\n丙，丁。\n")


def test_a_file_that_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("新的", "utf-8")
    assert not write_back(path, "旧的", "改过的")
    assert path.read_text("utf-8") == "新的"


def test_an_interrupted_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.md"
    path.write_text("甲,乙", "utf-8")

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    for name in ("fsync", "replace"):
        with monkeypatch.context() as patch:
            patch.setattr(os, name, interrupt)
            with pytest.raises(KeyboardInterrupt):
                write_back(path, "甲,乙", "甲，乙")
        assert path.read_text("utf-8") == "甲,乙"
        assert os.listdir(tmp_path) == ["a.md"]
