"""`new case`: what it makes builds at once, is valid, has the next number, and overwrites nothing."""

from __future__ import annotations

import errno
import multiprocessing
import os
import re
import subprocess
import sys
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from helpers import ROOT, case, codes, make_site, page, problems, publication
from hypothesis import given, settings
from hypothesis import strategies as st
from new_papers import (
    P1,
    Capture,
    front,
    head_errors,
    new_case,
    one_case,
    refused,
    run,
    schema_errors,
)
from patience import LIMIT

from broadsheet import frontmatter, models
from broadsheet.diagnostics import ContentError, Diagnostic
from broadsheet.new import forms, numbering
from broadsheet.new.numbering import file_name, next_place
from broadsheet.new.survey import Known, find_content, survey
from broadsheet.read import read


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return one_case(tmp_path)


# -- a case ---------------------------------------------------------------------------------------


def test_the_first_case_builds_at_once_and_is_a_draft(tmp_path: Path) -> None:
    make_site(tmp_path, {"content/p/index.md": publication("某刊")})
    path = new_case(tmp_path, "关于推进老旧小区加装电梯的建议")
    assert path == tmp_path / "content/p/001-tui-jin-lao-jiu-xiao-qu-jia-zhuang-dian-ti.md"
    assert front(path).id == "p-001" and front(path).draft
    assert codes(tmp_path) == ["B405"]  # nothing but drafts
    assert codes(tmp_path, drafts=True) == []
    assert "加装电梯" in page(tmp_path, "/cases/p-001/")


@pytest.mark.parametrize("kind", models.KIND_NAMES)
def test_each_kind_has_what_it_needs(root: Path, kind: models.Kind) -> None:
    path = new_case(root, "关于甲的建议", kind=kind, theme="city")
    made = front(path)
    assert (made.kind, made.theme, made.title) == (kind, "city", "关于甲的建议")
    assert problems(root, drafts=True) == []
    assert head_errors("case", path) == []
    text = path.read_text("utf-8")
    for name in models.REQUIRED_BY_KIND[kind]:
        assert re.search(rf"^{name}: .*【待填：.*  # ", text, re.MULTILINE)
    assert re.findall("^## (.*)$", text, re.MULTILINE) == list(forms.SECTIONS[kind])


@pytest.mark.parametrize("kind", models.KIND_NAMES)
def test_every_field_has_a_word_beside_it_and_every_offer_may_be_taken(
    root: Path, kind: models.Kind
) -> None:
    head = frontmatter.split(new_case(root, "甲", kind=kind).read_text("utf-8"))[0]
    fields = [line for line in head.splitlines() if re.match(r"(# )?\w+: ", line)]
    assert all("  # " in line for line in fields)
    taken = "\n".join(line.removeprefix("# ") for line in fields)
    made = frontmatter.validate(models.FrontMatter, frontmatter.parse(taken), taken)
    assert made.model_fields_set >= {*forms.OPTIONAL[kind], *models.REQUIRED_BY_KIND[kind]}
    assert schema_errors("case", taken) == []


def test_the_sections_are_those_of_the_handbook() -> None:
    text = (ROOT / "docs/handbook.md").read_text("utf-8")
    for kind, sections in forms.SECTIONS.items():
        (row,) = re.findall(rf"^\| `{kind}` \|.*\| (.*) \|$", text, re.MULTILINE)
        assert tuple(row.split("、")) == sections


def test_without_a_title_and_a_theme_both_are_marked(root: Path) -> None:
    path = new_case(root)
    assert path.name == "002-case.md"
    assert front(path).title == "【待填：标题】"
    assert "theme: economy  # 【待填】主题" in path.read_text("utf-8")


def test_kind_and_theme_may_be_named_in_chinese(root: Path) -> None:
    made = front(new_case(root, "甲", kind="重点督办", theme="城乡建设"))
    assert (made.kind, made.theme) == ("key", "city")


def test_a_publication_of_one_kind_goes_on_with_it(tmp_path: Path) -> None:
    speech = {"kind": "speech", "hosts": None}
    make_site(tmp_path, {P1: case("p-001", **speech), "content/q/001.md": case("q-001")})
    assert front(new_case(tmp_path, publication="p")).kind == "speech"
    assert front(new_case(tmp_path, publication="q")).kind == "case"
    make_site(tmp_path, {"content/p/003.md": case("p-003")})
    assert front(new_case(tmp_path, publication="p")).kind == "case"


def test_the_themes_of_the_site_are_offered(tmp_path: Path) -> None:
    site = "themes: [{id: water, name: 水利}, {id: roads, name: 道路}]\n"
    make_site(tmp_path, {P1: case("p-001", theme="water")}, site)
    path = new_case(tmp_path)
    assert "从这些里选：water 水利、roads 道路" in path.read_text("utf-8")
    assert front(path).theme == "water"
    assert refused(tmp_path, theme="economy").code == "B754"


# -- titles ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("关于推进老旧小区加装电梯的建议", "002-tui-jin-lao-jiu-xiao-qu-jia-zhuang-dian-ti.md"),
        ('说"引号": 和冒号', "002-shuo-yin-hao-he-mao-hao.md"),
        ("#号开头 # 后面", "002-hao-kai-tou-hou-mian.md"),
        ("- 短横线", "002-duan-heng-xian.md"),
        ("[方括号] {花括号} & * ! | > % @ `", "002-fang-kuo-hao-hua-kuo-hao.md"),
        ("加装电梯🛗", "002-jia-zhuang-dian-ti.md"),
        ("🛗", "002-case.md"),
        ("……！？", "002-case.md"),
        ("5G", "002-5g.md"),
        ("2024-01-01", "002-2024-01-01.md"),
        ("yes", "002-yes.md"),
        ("../../etc/passwd", "002-etc-passwd.md"),
        ('a\\b\\n"', "002-a-b-n.md"),
        ("建议", "002-case.md"),
    ],
)
def test_any_title_reads_back_and_has_a_sane_file_name(root: Path, title: str, name: str) -> None:
    path = new_case(root, title)
    assert (path.name, path.parent) == (name, root / "content/p")
    assert front(path).title == title
    assert head_errors("case", path) == []
    assert problems(root, drafts=True) == []


def test_a_very_long_title_reads_back(root: Path) -> None:
    for title in ("关于加装电梯" * 500, "a" * 3000):
        path = new_case(root, title)
        assert front(path).title == title
        assert len(path.name) < 60
    assert problems(root, drafts=True) == []


@pytest.mark.parametrize("title", ["~", "null", "\0\x07", "甲" * 40_000, "[" * 900])
def test_a_title_that_no_case_can_have_is_refused(root: Path, title: str) -> None:
    assert refused(root, title).code == "B755"


def readable(title: str) -> str:
    """What remains of a title on one line: without what no page can show."""
    kept = [c for c in title if c.isspace() or unicodedata.category(c) not in ("Cc", "Cs")]
    return " ".join("".join(c for c in kept if c not in "\ufeff\ufffe\uffff").split())


@settings(max_examples=100)
@given(
    st.text(st.characters(), max_size=60) | st.text("'\"#:：-[]{}&*!|>%@`,?~ \\甲a\n", max_size=12)
)
def test_any_text_may_be_a_title(tmp_path: Path, title: str) -> None:
    make_site(tmp_path, {"content/p/index.md": publication("某刊")})
    expected = readable(title)
    if title.strip() and expected in models.BLANK:
        assert refused(tmp_path, title).code == "B755"
        return
    path = new_case(tmp_path, title)
    assert front(path).title == (expected or "【待填：标题】")
    assert re.fullmatch(r"[0-9]{3,}-[a-z0-9-]{1,49}\.md", path.name)
    assert head_errors("case", path) == []
    assert read(tmp_path / "content").diagnostics == ()
    path.unlink()


# -- numbers --------------------------------------------------------------------------------------


def known(*pairs: tuple[str, str], publication: str = "p") -> list[Known]:
    return [Known(id_, "case", f"{publication}/{file}", publication) for id_, file in pairs]


@pytest.mark.parametrize(
    ("pairs", "id_", "number"),
    [
        ([], "p-001", "001"),
        ([("p-001", "001-a.md"), ("p-002", "002-b.md")], "p-003", "003"),
        ([("p-001", "001-a.md"), ("p-005", "005-b.md")], "p-006", "006"),  # holes stay
        ([("p-01", "01-a.md")], "p-02", "02"),
        ([("p-9", "9-a.md")], "p-10", "10"),
        ([("p-999", "999-a.md")], "p-1000", "1000"),
        ([("p-999", "999-a.md"), ("p-1000", "1000-a.md")], "p-1001", "1001"),
        ([("p-322", "01-a.md"), ("p-051", "02-b.md")], "p-323", "03"),  # ids are proposal numbers
        ([("p-001", "a.md"), ("p-002", "b.md")], "p-003", "003"),  # files without numbers
        ([("lift", "01-a.md"), ("tree", "02-b.md")], "p-03", "03"),  # ids without numbers
        ([("x2024-1", "1.md"), ("x2024-2", "2.md")], "x2024-3", "3"),  # a prefix of its own
        ([("x-1", "1.md"), ("p-2", "2.md")], "p-3", "3"),
        ([("", "001-broken.md")], "p-002", "002"),
        ([("p-001", "001-a.md"), ("p-002", "009-b.md")], "p-003", "010"),
        ([("p-" + "9" * 90, "001-a.md")], "p-" + "9" * 72 + "1" + "0" * 18, "002"),
    ],
)
def test_the_next_number(pairs: list[tuple[str, str]], id_: str, number: str) -> None:
    found = next_place("p", known(*pairs), {id_ for id_, _ in pairs})
    assert (found.id, found.number) == (id_, number) or len(id_) > 90


@given(
    st.lists(
        st.tuples(
            st.builds(
                "{}{}".format,
                st.sampled_from(["p-", "p-0", "q-", "lift", ""]),
                st.integers(0, 1200),
            ),
            st.builds("{}{}".format, st.integers(0, 1200), st.sampled_from(["-a.md", ".md"]))
            | st.just("a.md"),
        ),
        max_size=12,
    )
)
def test_a_new_number_is_never_one_that_was_there(pairs: list[tuple[str, str]]) -> None:
    cases, ids = known(*pairs), {id_ for id_, _ in pairs}
    for _ in range(3):
        made = next_place("p", cases, ids)
        prefix = made.id.rstrip("0123456789")
        assert made.id not in ids
        numbers = [int(id_[len(prefix) :]) for id_ in ids if re.fullmatch(f"{prefix}[0-9]+", id_)]
        assert int(made.id[len(prefix) :]) > max(numbers, default=0)
        files = [int(n[0]) for one in cases if (n := re.match("[0-9]+", one.file.split("/")[1]))]
        assert int(made.number) > max(files, default=0)
        cases += known((made.id, f"{made.number}-b.md"))
        ids.add(made.id)


def test_an_id_that_is_taken_elsewhere_is_passed_over(root: Path) -> None:
    make_site(root, {"content/q/001-a.md": case("p-002"),
                     "content/q/2.md": case("q-2", aliases=["/cases/p-003/"]),
                     "content/q/3.md": "---\nid: p-004\ntitle: [\n---\n"})  # fmt: skip
    assert front(new_case(root, publication="p")).id == "p-005"


@pytest.mark.parametrize(
    "data",
    [
        "---\nid: p-002\ntitle: 建议\n---\n".encode("gb18030"),
        "---\nid: p-002\n---\n".encode("utf-16"),
        b"---\r\nid: 'p-002'\r\n" + b"x" * 1_100_000,
        b"---\nid: p-002\ntitle: [\n---\n",
        b"id: p-002\n",
    ],
)
def test_ids_in_broken_files_are_taken_too(root: Path, data: bytes) -> None:
    make_site(root, {"content/q/x.md": data})
    assert front(new_case(root, "甲", publication="p")).id == "p-003"


def test_what_cannot_be_opened_stops_the_numbering(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(path: Any, *arguments: Any) -> Any:
        if os.fspath(path).endswith(blocked):
            raise PermissionError(errno.EACCES, "no", path)
        return scandir(path) if not arguments else opened(path, *arguments)

    scandir, opened = os.scandir, open
    make_site(root, {"content/q/001.md": case("q-1")})
    blocked = "content/q"
    monkeypatch.setattr("os.scandir", closed)
    assert refused_without_looking(root).code == "B105"
    monkeypatch.undo()
    blocked = "q/001.md"
    monkeypatch.setattr("broadsheet.textfile.open", closed, raising=False)
    assert refused_without_looking(root).code == "B105"


def refused_without_looking(root: Path) -> Diagnostic:
    with pytest.raises(ContentError) as caught:
        new_case(root, "甲", publication="p")
    (found,) = caught.value.diagnostics
    return found


def test_an_id_may_be_chosen_once(root: Path) -> None:
    path = new_case(root, "甲", id="p-020")
    assert (front(path).id, path.name) == ("p-020", "020-jia.md")
    assert front(new_case(root, "乙")).id == "p-021"
    assert "020-jia.md" in refused(root, "丙", id="p-020").message
    assert new_case(root, "丁", id="lift").name == "022-ding.md"


@pytest.mark.parametrize("id_", ["P-1", "云栖", "a b", "../x", "a/b", "a" * 101, "-é"])
def test_an_id_that_is_none_is_refused(root: Path, id_: str) -> None:
    assert refused(root, "甲", id=id_).code == "B753"


def test_shipped_publications_are_continued(tmp_path: Path) -> None:
    found = survey(ROOT / "content")
    expected = {"yuhang-2024": ("yuhang-2024-013", "013"), "qiantang-1-1": ("qiantang-1-1-07", "07"),
                "hangzhou-npc-2025-6": ("hangzhou-npc-2025-6-08", "08"),
                "xiaoshan-15-3": ("xiaoshan-15-3-342", "08")}  # fmt: skip
    for id_, (next_id, number) in expected.items():
        cases = [one for one in found.cases if one.publication == id_]
        made = next_place(id_, cases, found.taken)
        assert (made.id, made.number) == (next_id, number)


def test_what_stands_where_the_file_should_go_is_passed_over(root: Path) -> None:
    (root / "content/p/002-jia.md").mkdir()
    path = new_case(root, "甲")
    assert path.name == "003-jia.md" and front(path).id == "p-003"


def test_many_at_once_all_get_a_number_of_their_own(root: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        paths = list(threads.map(lambda n: new_case(root, f"提案{n % 3}"), range(24)))
    assert len(set(paths)) == 24
    assert {front(path).id for path in paths} == {f"p-{n:03d}" for n in range(2, 26)}


def test_processes_at_once_too(root: Path) -> None:
    with multiprocessing.get_context("fork").Pool(4) as pool:
        paths = pool.starmap(new_case, [(root, "甲")] * 12)
    assert {front(path).id for path in paths} == {f"p-{n:03d}" for n in range(2, 14)}


def test_file_names_stay_short() -> None:
    assert file_name("001", "a" * 300, "case") == f"001-{'a' * numbering.MAX_SLUG}.md"
    assert file_name("001", "关于甲的意见和建议", "case") == "001-jia.md"


# -- which publication ----------------------------------------------------------------------------


def test_with_several_publications_one_has_to_be_named(root: Path) -> None:
    make_site(root, {"content/q-2025/index.md": publication("乙刊")})
    found = refused(root, "甲")
    assert found.code == "B752" and "p、q-2025" in found.hint
    assert "是不是 q-2025" in refused(root, "甲", publication="q-2052").hint
    for name in ("q-2025", "q-2025/", "content/q-2025"):
        assert new_case(root, "甲", publication=name).parent == root / "content/q-2025"


def test_within_a_publication_it_is_that_one(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_site(root, {"content/q/index.md": publication("乙刊"), "content/q/deep/x.txt": ""})
    (root / "content/r").mkdir()
    for folder, owner in (("q", "q"), ("q/deep", "q"), ("p", "p"), ("r", "r")):
        monkeypatch.chdir(root / "content" / folder)
        assert run("new", "case", "甲") == 0
        assert (root / f"content/{owner}").glob("*-jia.md")
        assert front(next((root / f"content/{owner}").glob("*-jia.md"))).id.startswith(owner)


def test_a_folder_in_chinese_is_found_by_its_name(tmp_path: Path) -> None:
    make_site(tmp_path, {"content/云栖/index.md": publication("甲刊"), P1: case()})
    path = new_case(tmp_path, "甲", publication="云栖")
    assert path.parent.name == "云栖" and front(path).id == "yun-qi-001"
    assert new_case(tmp_path, "乙", publication="yun-qi").parent.name == "云栖"


def test_cases_without_a_folder_are_continued(tmp_path: Path) -> None:
    make_site(tmp_path, {"content/001-a.md": case("a-1")})
    assert new_case(tmp_path, "甲") == tmp_path / "content/002-jia.md"
    assert problems(tmp_path, drafts=True) == []


@pytest.mark.parametrize("name", ["../outside", "..", "/etc", "economy", ".hidden"])
def test_no_other_folder_is_taken_for_a_publication(root: Path, name: str) -> None:
    (root / "content/economy").mkdir()
    (root / "outside").mkdir()
    assert refused(root, "甲", publication=name).code == "B752"


def test_without_content_the_way_is_told(tmp_path: Path) -> None:
    assert "new site" in refused(tmp_path, "甲").hint
    (tmp_path / "content").mkdir()
    found = refused(tmp_path, "甲")
    assert found.code == "B752" and "new publication" in found.hint


def test_the_content_folder_may_be_anywhere(root: Path, tmp_path: Path) -> None:
    moved = (root / "content").rename(tmp_path / "elsewhere")
    assert run("new", "case", "甲", "--root", tmp_path, "--content", moved) == 0
    assert (moved / "p/002-jia.md").is_file()
    assert find_content(tmp_path, moved) == moved


@pytest.mark.parametrize(
    ("wishes", "guess"),
    [({"kind": "speach"}, "speech"), ({"kind": "大会发育"}, "speech"), ({"theme": "ecolgy"}, "ecology"),
     ({"theme": "生态环"}, "ecology"), ({"theme": "x"}, "economy（经济发展）")],
)  # fmt: skip
def test_an_unknown_kind_or_theme_is_guessed(
    root: Path, wishes: dict[str, str], guess: str
) -> None:
    found = refused(root, "甲", **wishes)
    assert found.code == "B754" and guess in found.hint


def test_a_broken_site_yaml_is_told_as_in_a_build(root: Path) -> None:
    make_site(root, {}, "title: [\n")
    assert refused(root, "甲").code == "B203"


# -- the command ----------------------------------------------------------------------------------


def test_it_tells_the_path_and_the_next_step(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(root)
    assert run("new", "case", "提升服务", "促进就业", "--theme", "city") == 0
    said = capsys.readouterr()
    first, second = said.out.splitlines()
    assert "content/p/002-ti-sheng-fu-wu-cu-jin-jiu-ye.md" in first and "p-002" in first
    assert second.startswith("下一步：") and said.err == ""
    assert (
        front(root / "content/p/002-ti-sheng-fu-wu-cu-jin-jiu-ye.md").title == "提升服务 促进就业"
    )


def test_a_refusal_exits_with_1_and_a_wrong_word_with_2(root: Path, capsys: Capture) -> None:
    assert run("new", "case", "--root", root, "--kind", "x") == 1
    assert capsys.readouterr().err.startswith("错误 B754  ")
    for arguments in (["new"], ["new", "csae"]):
        assert run(*arguments) == 2
        said = capsys.readouterr().err
        assert "case、publication、site、template" in said and "Missing" not in said
    assert run("new", "publication", "x", "--year", "12") == 2


def test_help_is_in_chinese_for_each(capsys: Capture) -> None:
    for words in (
        ["new"],
        ["new", "case"],
        ["new", "publication"],
        ["new", "site"],
        ["new", "template"],
    ):
        assert run(*words, "--help") == 0
        said = capsys.readouterr().out
        assert said.startswith(f"用法：broadsheet {' '.join(words)}")
        assert not re.search("Usage|Options|Commands|TEXT|COMMAND", said)


def test_help_of_new_loads_nothing_heavy() -> None:
    code = ("import sys; from broadsheet.cli import run; run(['new', 'case', '--help']);"
            "sys.exit(' '.join({'jinja2', 'pydantic', 'yaml', 'numpy'} & set(sys.modules)))")  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, timeout=LIMIT
    )
    assert done.stderr.strip() == b""
