"""Reading: every problem of every file in one run, each with its place and what to do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from helpers import (
    build,
    case,
    codes,
    make_site,
    page,
    problem,
    problems,
    prose,
    publication,
    raw_case,
)

FILE = "content/p/001-a.md"

# -- front matter that is no YAML -----------------------------------------------------------------

# name: (lines of front matter from line 2 on, code, line, column, a word of the hint)
SYNTAX = {
    "a colon in a value": (["id: a", "title: 关于……: 建议"], "B203", 3, 12, "引号"),
    "a full-width colon": (["id: a", "title：建议"], "B203", 3, 6, "半角"),
    "a full-width colon first": (["title：建议", "id: a"], "B203", 2, 6, "半角"),
    "a full-width colon alone": (["title：建议"], "B203", 2, 6, "title: "),
    "an open quote": (["id: a", 'title: "建议'], "B203", None, None, "引号"),
    "an open bracket": (["id: a", "hosts: [甲, 乙", "kind: case"], "B203", None, None, "括号"),
    "an at sign": (["id: a", "title: @建议"], "B203", 3, 8, "引号"),
    "text after a quote": (["id: a", 'title: "建议"吧'], "B203", 3, None, "引号"),
    "two list items in a line": (["id: a", "hosts: - 甲"], "B203", 3, 8, "每一项单独一行"),
    "a stray comma": (["id: a", "hosts: [甲,, 乙]"], "B203", 3, 11, "逗号"),
    "a bare sentence": (["只有一句话"], "B203", 2, 1, "title: "),
    "a bare list": (["- 甲", "- 乙"], "B203", 2, 1, "title: "),
    "no blank after a colon": (["id: a", "title:建议", "kind: case"], "B203", 3, None, "冒号"),
    "a tab": (["id: a", "reply:", "\tno: 一号"], "B204", 4, 1, "空格"),
    "a key twice": (["id: a", "title: 甲", "title: 乙"], "B205", 4, 1, "留下一个"),
    "a nested key twice": (["id: a", "reply: {no: 甲, no: 乙}"], "B205", 3, 16, "留下一个"),
    "an anchor": (["id: a", "title: &x 甲"], "B206", 3, 8, "引号"),
    "a reference": (["id: a", "title: *x"], "B206", 3, 8, "引号"),
    "a control character": (["id: a", "title: 甲\x01乙"], "B203", 3, 9, "删去"),
    "a control character, later": (
        ["id: a", "t: 关于建设好", "n: x\x01", "b: c"],
        "B203",
        4,
        5,
        "删去",
    ),
}


@pytest.mark.parametrize("name", SYNTAX)
def test_broken_yaml_is_told_with_its_place(tmp_path: Path, name: str) -> None:
    lines, code, line, column, hint = SYNTAX[name]
    make_site(tmp_path, {FILE: raw_case(*lines)})
    found = problem(tmp_path, code)
    assert found.file.endswith("content/p/001-a.md")
    if line:
        assert (found.line, found.excerpt) == (line, lines[line - 2])
    if column:
        assert found.column == column
    assert found.hint and hint in found.message + found.hint


def test_a_bomb_of_anchors_is_refused_at_once(tmp_path: Path) -> None:
    lines = [
        "a: &a [x, x]",
        *(f"{c}: &{c} [*{p}, *{p}]" for p, c in zip("abcdefg", "bcdefgh", strict=True)),
    ]
    make_site(tmp_path, {FILE: raw_case(*lines)})
    assert problem(tmp_path, "B206").line == 2


@pytest.mark.parametrize(
    "matter",
    [
        "a: " + "[" * 60_000,
        "a: " + "[" * 60_000 + "]" * 60_000,
        "{" * 60_000,
        "a: " + "[" * 900,
        "a:\n  " + "- " * 16_000 + "x",
        "a:\n  " + "? " * 16_000 + "x",
        "\n".join(" " * depth + "a:" for depth in range(250)),
        "x: " + "长" * 40_000,
    ],
    ids=["brackets", "closed", "braces", "900", "dashes", "questions", "steps", "long"],
)
def test_deep_or_endless_front_matter_is_refused_without_a_crash(
    tmp_path: Path, matter: str
) -> None:
    make_site(tmp_path, {FILE: f"---\n{matter}\n---\n"})
    found = problems(tmp_path)
    assert found and all(d.file.endswith(FILE) for d in found)
    assert "B901" not in [d.code for d in found]


def test_brackets_beyond_the_limit_are_too_deep(tmp_path: Path) -> None:
    make_site(tmp_path, {FILE: raw_case("a: " + "[" * 60_000)})
    assert codes(tmp_path) == ["B207"]


def test_no_front_matter_is_told_with_the_first_line(tmp_path: Path) -> None:
    make_site(tmp_path, {FILE: "# 标题\n\n正文\n"})
    found = problem(tmp_path, "B201")
    assert (found.line, found.excerpt) == (1, "# 标题")
    assert "---" in found.hint


@pytest.mark.parametrize("text", ["---\nid: a\n\n正文\n", "---", "---\n", "\n\n---\nid: a"])
def test_front_matter_that_never_ends_is_told_at_its_beginning(tmp_path: Path, text: str) -> None:
    make_site(tmp_path, {FILE: text})
    found = problem(tmp_path, "B202")
    assert (found.line, found.column) == (text.count("\n", 0, text.index("---")) + 1, 1)


@pytest.mark.parametrize("text", ["", "\n", "---\n---\n", "---\n\n---\n正文"])
def test_an_empty_file_or_head_is_an_error_not_a_crash(tmp_path: Path, text: str) -> None:
    make_site(tmp_path, {FILE: text})
    assert set(codes(tmp_path)) <= {"B201", "B302"} and codes(tmp_path)


def test_blank_lines_before_the_front_matter_count(tmp_path: Path) -> None:
    make_site(tmp_path, {FILE: "\n\n" + case(theme="nowhere")})
    assert problem(tmp_path, "B304").line == 7


# -- fields ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("tite", "title"),
        ("hots", "hosts"),
        ("Keywords", "keywords"),
        ("标题", "title"),
        ("主办单位", "hosts"),
        ("提案人", "proposers"),
        ("办理类别", "ratings"),
    ],
)
def test_an_unknown_key_gets_a_suggestion(tmp_path: Path, wrong: str, right: str) -> None:
    make_site(tmp_path, {FILE: case().replace("---\n\n", f"{wrong}: 甲\n---\n\n", 1)})
    found = problem(tmp_path, "B301")
    assert (found.line, found.column, found.excerpt) == (8, 1, f"{wrong}: 甲")
    assert found.hint == f"是不是 {right}？"


def test_a_key_like_no_other_gets_the_list_of_keys(tmp_path: Path) -> None:
    make_site(tmp_path, {FILE: case(zzzzzz="甲")})
    assert "co_hosts" in problem(tmp_path, "B301").hint


@pytest.mark.parametrize(
    ("fields", "line", "column", "hint"),
    [
        ({"proposers": [{"name": "甲", "tpye": "party"}]}, 6, 27, "type"),
        ({"reply": {"sgner": "甲"}}, 8, 9, "signer"),
        ({"source": {"nmae": "日报"}}, 8, 10, "name"),
        ({"ratings": [{"round": 1, "grad": "A", "grade": "A"}]}, 8, 24, "grade"),
    ],
)
def test_an_unknown_nested_key_gets_a_suggestion_of_its_own_kind(
    tmp_path: Path, fields: dict[str, object], line: int, column: int, hint: str
) -> None:
    make_site(tmp_path, {FILE: case(**fields)})
    found = problem(tmp_path, "B301")
    assert (found.line, found.column, found.hint) == (line, column, f"是不是 {hint}？")


@pytest.mark.parametrize("file", ["people.yaml", "units.yaml"])
def test_an_unknown_key_of_a_name_rule_gets_a_suggestion(tmp_path: Path, file: str) -> None:
    rules = "entries:\n  - name: 王芳\n    regoin: 余杭区\n"
    make_site(tmp_path, {FILE: case(), f"content/{file}": rules})
    found = problem(tmp_path, "B301")
    assert (found.line, found.column) == (3, 5)
    assert found.hint == "是不是 region？"


def test_an_unknown_key_of_the_site_gets_a_suggestion(tmp_path: Path) -> None:
    make_site(tmp_path, {FILE: case()}, site="titel: 站\n")
    found = problem(tmp_path, "B301")
    assert found.file.endswith("content/site.yaml")
    assert (found.line, found.hint) == (1, "是不是 title？")


def test_an_unknown_key_of_a_publication_gets_a_suggestion(tmp_path: Path) -> None:
    make_site(tmp_path, {FILE: case(), "content/p/index.md": publication(regoin="余杭区")})
    found = problem(tmp_path, "B301")
    assert found.file.endswith("content/p/index.md")
    assert (found.line, found.hint) == (3, "是不是 region？")


@pytest.mark.parametrize("key", ["id", "kind", "title", "theme"])
def test_what_every_case_needs_is_missed(tmp_path: Path, key: str) -> None:
    make_site(tmp_path, {FILE: case(**{key: None})})
    found = problem(tmp_path, "B302")
    assert key in found.message and key in found.hint


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("case", "proposers"),
        ("case", "hosts"),
        ("key", "supervisors"),
        ("key", "hosts"),
        ("speech", "proposers"),
        ("reply", "hosts"),
    ],
)
def test_what_a_kind_needs_is_missed_at_its_kind(tmp_path: Path, kind: str, key: str) -> None:
    fields = {"kind": kind, "supervisors": ["李明"], key: None}
    make_site(tmp_path, {FILE: case(**fields)})
    found = problem(tmp_path, "B302")
    assert key in found.message
    assert (found.line, found.excerpt) == (3, f'kind: "{kind}"')


@pytest.mark.parametrize("kind", ["reference", "bulletin"])
def test_a_kind_that_needs_no_names_goes_without(tmp_path: Path, kind: str) -> None:
    make_site(tmp_path, {FILE: case(kind=kind, proposers=None, hosts=None)})
    assert codes(tmp_path) == []


@pytest.mark.parametrize("blank", ["", "~", "null", "[]"])
def test_an_empty_value_is_no_value(tmp_path: Path, blank: str) -> None:
    make_site(tmp_path, {FILE: raw_case("id: a", "kind: case", "title: 甲", "theme: economy",
                                        "proposers: 王芳", f"hosts: {blank}")})  # fmt: skip
    assert "hosts" in problem(tmp_path, "B302").message


# value of a field: (field, value, line, a word of the message or hint)
VALUES = {
    "a day that is none": ("date", "2023-13-45", "日历上没有"),
    "the 30th of February": ("date", "2024-02-30", "日历上没有"),
    "a date in words": ("date", "去年", "2024-03-17"),
    "a date of two digits": ("date", "24-03-17", "2024-03-17"),
    "an id in capitals": ("id", "A-1", "小写"),
    "an id with a blank": ("id", "a b", "小写"),
    "an id that climbs": ("id", "../a", "小写"),
    "a grade of another alphabet": ("ratings", [{"grade": "E"}], "A1"),
    "a grade of two letters": ("ratings", [{"grade": "AB"}], "A1"),
    "a round that is no number": ("ratings", [{"round": "一", "grade": "A"}], "整数"),
    "a round of none": ("ratings", [{"round": 0, "grade": "A"}], "不小于"),
    "a number of names in words": ("proposers_more", "很多", "整数"),
    "a negative number of names": ("proposers_more", -1, "不小于"),
    "a flag that is none": ("draft", "也许", "true"),
    "a list for a title": ("title", ["甲", "乙"], "文字"),
    "a mapping for a title": ("title", {"甲": "乙"}, "文字"),
    "a text for a reply": ("reply", "一号", "一组字段"),
    "a text for ratings": ("ratings", "A", ""),
    "an address without a scheme": ("source", {"url": "example.org"}, "http"),
    "an address that is a script": ("source", {"url": "javascript:alert(1)"}, "http"),
    "a moment that is none": ("publish_at", "明天", "2024-12-01"),
    "a moment before the calendar": ("publish_at", "0001-01-01", ""),
    "a moment after the calendar": ("publish_at", "9999-12-31T23:59-08:00", ""),
    "an old address that is relative": ("aliases", ["old/"], "/old/path/"),
}


@pytest.mark.parametrize("name", VALUES)
def test_a_wrong_value_is_told_with_its_place(tmp_path: Path, name: str) -> None:
    key, value, word = VALUES[name]
    make_site(tmp_path, {FILE: case(**{key: value})})
    found = problem(tmp_path, "B303")
    assert found.excerpt.startswith(f"{key}: ")
    assert found.line == (4 if key == "title" else 2 if key == "id" else 8)
    assert found.column >= len(key) + 3
    assert word in found.message + found.hint


@pytest.mark.parametrize(
    ("key", "value", "guess"),
    [
        ("theme", "econmy", "economy"),
        ("theme", "民生保障", "livelihood"),
        ("kind", "办理案例", "case"),
        ("kind", "speach", "speech"),
        ("proposers", [{"name": "民进", "type": "partty"}], "party"),
    ],
)
def test_a_choice_gets_a_suggestion(tmp_path: Path, key: str, value: object, guess: str) -> None:
    make_site(tmp_path, {FILE: case(**{key: value})})
    found = problem(tmp_path, "B304")
    assert found.hint == f"是不是 {guess}？"
    assert found.excerpt.startswith(f"{key}: ")


def test_a_theme_like_no_other_gets_the_list_of_themes(tmp_path: Path) -> None:
    site = "themes:\n  - {id: water, name: 水利}\n"
    make_site(tmp_path, {FILE: case(theme="zzzzzz")}, site=site)
    assert "water（水利）" in problem(tmp_path, "B304").hint


def test_a_fault_in_site_yaml_is_not_blamed_on_the_cases(tmp_path: Path) -> None:
    site = "titel: 站\nthemes:\n  - {id: water, name: 水利}\n"
    make_site(tmp_path, {FILE: case(theme="water")}, site=site)
    assert set(codes(tmp_path)) == {"B301"}


@pytest.mark.parametrize("written", ["甲局、乙局", "甲局，乙局", "甲局;乙局"])
def test_names_written_in_one_are_a_warning(tmp_path: Path, written: str) -> None:
    make_site(tmp_path, {FILE: case(hosts=["丙局", written])})
    found = problem(tmp_path, "B305")
    assert (found.severity, found.line, found.column) == ("warning", 7, 15)


def test_all_problems_of_all_files_are_told_in_one_run(tmp_path: Path) -> None:
    make_site(
        tmp_path,
        {
            FILE: case(
                theme="nowhere", date="2023-13-45", tite="x", body="![图](no.png)\n\n# 一\n"
            ),
            "content/p/002-b.md": "没有前置信息",
            "content/p/003-c.md": case("c", body="[死](/nowhere/)\n"),
            "content/p/index.md": publication(yaer="2024"),
            "content/people.yaml": "entries: 甲\n",
        },
    )
    found = problems(tmp_path)
    assert {"B201", "B301", "B303", "B304", "B501", "B504", "B505"} <= {d.code for d in found}
    assert len({d.file for d in found if d.file}) == 5
    assert found == sorted(found, key=lambda d: (d.file, d.line, d.column, d.code, d.message))


def test_every_problem_of_one_file_is_told(tmp_path: Path) -> None:
    make_site(
        tmp_path, {FILE: case(kind="cse", theme="econmy", date="x", draft="perhaps", tite="z")}
    )
    assert sorted(codes(tmp_path)) == ["B301", "B303", "B303", "B304", "B304"]


# -- values that keep what the editor typed -------------------------------------------------------


@pytest.mark.parametrize("written", ["0867", "'0867'", "1e3", "0x10", "闭08", "1_000", "08.10"])
def test_a_number_stays_the_text_that_was_typed(tmp_path: Path, written: str) -> None:
    make_site(tmp_path, {FILE: raw_case("id: a", "kind: bulletin", "title: 甲", "theme: city",
                                        f"number: {written}")})  # fmt: skip
    build(tmp_path)
    assert f"<dt>提案号</dt><dd>{written.strip(chr(39))}</dd>" in page(tmp_path, "/cases/a/")


def test_yes_and_no_as_a_title_stay_words(tmp_path: Path) -> None:
    make_site(tmp_path, {FILE: raw_case("id: a", "kind: bulletin", "title: no", "theme: city")})
    build(tmp_path)
    assert "<title>no — " in page(tmp_path, "/cases/a/")


@pytest.mark.parametrize(
    ("written", "shown"),
    [("2024", "2024年"), ("2024-3", "2024年3月"), ("2024-03-17", "2024年3月17日")],
)
def test_a_date_may_be_partial(tmp_path: Path, written: str, shown: str) -> None:
    make_site(tmp_path, {FILE: case(date=written)})
    build(tmp_path)
    assert f"<dt>日期</dt><dd>{shown}</dd>" in page(tmp_path, "/cases/a/")


@pytest.mark.parametrize(
    "proposers",
    ["王芳", ["王芳"], {"name": "王芳"}, [{"name": "王芳", "type": "person"}]],
    ids=["text", "list", "mapping", "list of mappings"],
)
def test_proposers_may_be_written_in_four_ways(tmp_path: Path, proposers: object) -> None:
    make_site(tmp_path, {FILE: case(proposers=proposers)})
    build(tmp_path)
    assert ">王芳</a>" in page(tmp_path, "/cases/a/")


def test_a_scalar_may_stand_for_a_list_of_one(tmp_path: Path) -> None:
    make_site(tmp_path, {FILE: case(hosts="区科技局", keywords="算力", merged_numbers=7)})
    build(tmp_path)
    html = page(tmp_path, "/cases/a/")
    assert ">区科技局</a>" in html
    assert "<dd>算力</dd>" in html and "<dt>并案</dt><dd>7</dd>" in html


# -- duplicates -----------------------------------------------------------------------------------


def test_one_id_in_two_files_is_told_at_the_second_with_the_first(tmp_path: Path) -> None:
    make_site(tmp_path, {FILE: case(), "content/q/002-b.md": case("a")})
    found = problem(tmp_path, "B401")
    assert found.file.endswith("q/002-b.md") and "p/001-a.md" in found.message
    assert (found.line, found.column, found.excerpt) == (2, 5, 'id: "a"')


def test_one_number_twice_in_a_publication_is_an_error(tmp_path: Path) -> None:
    make_site(tmp_path, {FILE: case(number="8"), "content/p/002-b.md": case("b", number="8")})
    found = problem(tmp_path, "B402")
    assert (found.line, found.excerpt) == (8, 'number: "8"')


def test_one_number_in_two_publications_is_no_error(tmp_path: Path) -> None:
    make_site(tmp_path, {FILE: case(number="8"), "content/q/002-b.md": case("b", number="8")})
    assert codes(tmp_path) == []


# -- encodings and files --------------------------------------------------------------------------


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"], ids=["plain", "BOM"])
def test_line_ends_and_a_byte_order_mark_change_nothing(
    tmp_path: Path, ends: str, bom: bytes
) -> None:
    text = case(body="第一段。\n\n第二段。\n").replace("\n", ends)
    make_site(tmp_path, {FILE: bom + text.encode()})
    build(tmp_path)
    html = page(tmp_path, "/cases/a/")
    assert "<p>第一段。</p>\n<p>第二段。</p>" in html and "\r" not in html


def test_lines_are_counted_alike_whatever_ends_them(tmp_path: Path) -> None:
    text = case(body="一\n\n二\n\n[死](/x/)\n").replace("\n", "\r\n")
    make_site(tmp_path, {FILE: text})
    assert problem(tmp_path, "B501").line == 14


@pytest.mark.parametrize(
    ("data", "line", "word"),
    [
        (case(title="治理").encode("gbk"), 4, "GBK"),
        (case().encode("utf-16"), 1, "UTF-16"),
        (case(body="\n坏").encode() + b"\xff\xfe\xff", None, "UTF-8"),
    ],
    ids=["GBK", "UTF-16", "neither"],
)
def test_another_encoding_is_named(
    tmp_path: Path, data: bytes, line: int | None, word: str
) -> None:
    make_site(tmp_path, {FILE: data})
    found = problem(tmp_path, "B101")
    assert word in found.message and "UTF-8" in found.hint
    assert found.line == line or (line is None and found.line > 1)


def test_a_file_of_two_megabytes_is_too_large(tmp_path: Path) -> None:
    make_site(tmp_path, {FILE: case(body="长" * 700_000)})
    found = problem(tmp_path, "B102")
    assert found.file.endswith(FILE) and found.hint


@pytest.mark.parametrize("size", [65_535, 65_536, 65_537, 200_000])
def test_a_long_file_is_read_to_its_end(tmp_path: Path, size: int) -> None:
    text = case(body="")
    make_site(tmp_path, {FILE: text + "x" * (size - len(text.encode()) - 3) + "末"})
    assert (tmp_path / FILE).stat().st_size == size
    build(tmp_path)
    assert prose(tmp_path).text.strip().endswith("x末")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read_is_told(tmp_path: Path) -> None:
    make_site(tmp_path, {FILE: case(), "content/p/002-b.md": case("b")})
    (tmp_path / FILE).chmod(0)
    assert problem(tmp_path, "B105").file.endswith(FILE)


def test_a_folder_that_may_not_be_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_site(tmp_path, {FILE: case(), "content/q/002-b.md": case("b")})
    scandir = os.scandir

    def refuse(path: str | Path) -> object:
        if not isinstance(path, int) and Path(path).name == "q":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert problem(tmp_path, "B105").file.endswith("content/q")


@pytest.mark.parametrize("name", ["003-c.md", "image.png", "site.yaml", "about.md"])
def test_a_symbolic_link_out_of_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    make_site(tmp_path, {FILE: case(), "secret": "秘密\n"}, site=None)
    (tmp_path / "content" / name).symlink_to(tmp_path / "secret")
    found = problem(tmp_path, "B103")
    assert found.file.endswith(f"content/{name}") and found.hint


def test_a_symbolic_link_to_a_folder_is_refused(tmp_path: Path) -> None:
    make_site(tmp_path, {FILE: case(), "elsewhere/002-b.md": case("b")})
    (tmp_path / "content" / "q").symlink_to(tmp_path / "elsewhere")
    assert problem(tmp_path, "B103").file.endswith("content/q")


def test_a_symbolic_link_inside_the_folder_is_followed(tmp_path: Path) -> None:
    make_site(tmp_path, {FILE: case(body="![图](b.png)\n"), "content/p/a.png": "x"})
    (tmp_path / "content/p/b.png").symlink_to("a.png")
    assert codes(tmp_path) == []


@pytest.mark.parametrize("target", ["gone.md", "002-loop.md", "/nowhere/gone.md"])
def test_a_symbolic_link_that_leads_nowhere_is_told(tmp_path: Path, target: str) -> None:
    make_site(tmp_path, {FILE: case()})
    (tmp_path / "content/p/002-loop.md").symlink_to(target)
    (found,) = problems(tmp_path)
    assert found.code in ("B103", "B105") and found.file.endswith("002-loop.md")


ODD_NAMES = [
    "有 空格",
    "中文",
    "it's",
    'a"b',
    "a#b",
    "a%b",
    "a%20b",
    "📰",
    "a?b",
    "a&b",
    "a+b",
    "a;b",
]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_case_may_have_an_odd_file_name(tmp_path: Path, name: str) -> None:
    make_site(tmp_path, {f"content/{name}/{name}.md": case()})
    assert codes(tmp_path) == []
    assert 'rel="canonical" href="https://example.org/cases/a/"' in page(tmp_path, "/cases/a/")


@pytest.mark.parametrize("part", ["file", "folder"])
def test_a_file_name_that_is_no_utf8_is_no_crash(tmp_path: Path, part: str) -> None:
    make_site(tmp_path, {FILE: case()})
    odd = os.fsencode(tmp_path / "content") + (
        b"/p/\xff\xfe.md" if part == "file" else b"/\xff\xfe/b.md"
    )
    os.makedirs(os.path.dirname(odd), exist_ok=True)
    with open(odd, "wb") as stream:
        stream.write(case("b").encode())
    assert set(codes(tmp_path)) <= {"B105"}  # built, or told as a file with an impossible name


def test_a_broken_case_with_a_name_that_is_no_utf8_can_be_told(tmp_path: Path) -> None:
    make_site(tmp_path, {FILE: case()})
    with open(os.fsencode(tmp_path / "content") + b"/p/\xff\xfe.md", "wb") as stream:
        stream.write(case("b", theme="x").encode())
    problem(tmp_path, "B304").file.encode()


def test_file_names_that_begin_alike_can_be_put_in_order(tmp_path: Path) -> None:
    make_site(tmp_path, {"content/p/a.md": case(), "content/p/a.md2.md": case("b")})
    assert codes(tmp_path) == []


def test_hidden_and_backup_files_are_no_cases(tmp_path: Path) -> None:
    names = [".a.md", "~a.md", "a.md~", "README.md", ".git/a.md", "notes.txt"]
    make_site(tmp_path, {FILE: case(), **{f"content/p/{name}": "x" for name in names}})
    assert codes(tmp_path) == []


def test_an_ending_in_capitals_does_not_lose_a_case(tmp_path: Path) -> None:
    make_site(tmp_path, {FILE: case(), "content/p/002-b.MD": case("b")})
    assert build(tmp_path).cases == 2


@pytest.mark.parametrize("prepare", ["missing", "a file", "empty", "only site.yaml"])
def test_nothing_to_publish_is_told(tmp_path: Path, prepare: str) -> None:
    content = tmp_path / "content"
    if prepare == "a file":
        content.write_text("x")
    elif prepare != "missing":
        content.mkdir()
    if prepare == "only site.yaml":
        (content / "site.yaml").write_text("title: 站\n")
    found = problem(tmp_path, "B104")
    assert found.file and found.hint
    assert not (tmp_path / "site").exists()


@pytest.mark.parametrize("url", ["http://[", "https://[::1/", "http://a:b/"])
def test_an_impossible_base_url_is_told(tmp_path: Path, url: str) -> None:
    make_site(tmp_path, {FILE: case()}, site=f"base_url: {url}\n")
    assert set(codes(tmp_path)) <= {"B303"}


def test_a_theme_twice_in_site_yaml_is_told_at_site_yaml(tmp_path: Path) -> None:
    site = "themes:\n  - {id: economy, name: 甲}\n  - {id: economy, name: 乙}\n"
    make_site(tmp_path, {FILE: case()}, site=site)
    found = [d for d in problems(tmp_path) if d.severity == "error"]
    assert found and all(d.file.endswith("site.yaml") for d in found)


@pytest.mark.parametrize("name", ["index.md", "INDEX.md", "InDex.MD"])
def test_the_index_of_a_publication_is_known_by_any_case(tmp_path: Path, name: str) -> None:
    make_site(tmp_path, {FILE: case(), f"content/p/{name}": "---\ntitle: 刊名\n---\n"})
    build(tmp_path)
    assert "刊名" in page(tmp_path, "/publications/p/")


@pytest.mark.parametrize("name", ["people.yaml", "units.yaml"])
def test_rules_without_an_entry_are_no_error(tmp_path: Path, name: str) -> None:
    make_site(tmp_path, {FILE: case(), f"content/{name}": "entries:\n"})
    assert codes(tmp_path) == []
