"""`build.py search`, and what a build does with the index."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from helpers import build, case, changed, command, make_site, problem, publication, tree

from broadsheet import cli
from broadsheet.diagnostics import ContentError
from broadsheet.search.answer import WINDOW
from broadsheet.search.state import SEGMENT

LONG = "前面的话说得很长，" * 30
FILES = {
    "content/p/index.md": publication("百件提案", year=2023),
    "content/p/1-low.md": case(
        "low", "## 建议\n\n推进低空经济发展，支持AI与**5G**应用。\n\n投入14486.59万元。\n",
        title="关于支持低空经济发展的建议", proposers=["欧阳小娜"], hosts=["杭州市发改委"],
        date="2024-05-06", ratings=[{"round": 1, "grade": "A"}],
    ),
    "content/p/2-care.md": case(
        "care", "## 背景\n\n2019-2020年，養老服務不足。\n\n## 建议\n\n发展低空。\n",
        title="关于完善养老服务的提案", theme="livelihood", proposers=["王芳"], hosts=["余杭区民政局"],
        ratings=[{"round": 1, "grade": "B"}],
    ),
    "content/p/3-old.md": case(
        "old", f"{LONG}最后才说到低空经济，低空。{LONG}\n",
        title="老旧小区加装电梯", theme="city", kind="key", proposers=["赵一"], supervisors=["李明"], hosts=["余杭区民政局"],
    ),
    "content/q/index.md": publication("另一刊"),
    "content/q/4-talk.md": case(
        "talk", "夜间经济，不是低 空。\n", title="繁荣夜间经济", kind="speech", proposers=["孙三"], hosts=None,
        date="2022-01-01", keywords=["低空"], summary="一句提要",
    ),
    "content/q/5-draft.md": case("draft", "低空草稿\n", title="还没写完", draft=True),
    "search/synonyms.yaml": "groups:\n  - [养老, 為老]\n  - [低空经济, 无人机]\n",
}  # fmt: skip

Capture = pytest.CaptureFixture[str]
Search = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = make_site(tmp_path_factory.mktemp("built"), FILES)
    build(root)
    return root


@pytest.fixture
def site(built: Path, tmp_path: Path) -> Path:
    """One of its own, to be changed."""
    shutil.copytree(built, tmp_path / "own")
    return tmp_path / "own"


@pytest.fixture
def search(built: Path, capsys: Capture) -> Search:
    """`search(*arguments, root=…)`: the answer as JSON."""

    def ask(*arguments: str | Path, root: Path = built) -> dict[str, Any]:
        given = ["search", "--root", root, "--format", "json", *arguments]
        assert cli.run([str(argument) for argument in given]) == 0
        out, err = capsys.readouterr()
        assert not err
        return json.loads(out)  # type: ignore[no-any-return]

    return ask


def found(answer: dict[str, Any]) -> set[str]:
    assert answer["total"] >= len(answer["results"])
    return {result["id"] for result in answer["results"]}


# -- what is found --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("低空", "low care old talk"),
        ("低空经济", "low old"),
        ("空经", "low old"),
        ("空", "low care old talk"),
        ("低空 养老", "care"),
        ("低空，养老", "care"),
        ("低空 -养老", "low old talk"),
        ("低空 －养老 −电梯", "low talk"),
        ('低空 -"经济"', "care"),
        ("“低空经济”", "low old"),
        ('"低空 经济"', "low old talk"),  # two words
        ("養老服務", "care"),
        ("养老服务", "care"),
        ("ＡＩ", "low"),
        ("ai", "low"),
        ("５Ｇ", "low"),
        ("5g应用", "low"),
        ("14486.59", "low"),
        ("4486.5", "low"),
        ("14486", "low"),
        ("2019-2020", "care"),
        ("2019-2020年", "care"),
        ("余杭区民政局", "care old"),
        ("欧阳小娜", "low"),
        ("李明", "old"),
        ("提要", "talk"),
        ("没有这个", ""),
        ("低空经济发展养老", ""),
        ("背景", ""),  # a heading is a label
        ("小区加装", "old"),
        ("草稿", ""),
        ("", ""),
        ("，。", ""),
        ("-低空", ""),
        ("低空 -低空", ""),
    ],
)
def test_a_query(search: Search, query: str, ids: str) -> None:
    answer = search(query)
    assert answer["query"].lstrip("－") == query.lstrip("-") and not answer["pinyin"]
    assert found(answer) == set(ids.split()) and answer["total"] == len(ids.split())


def test_words_may_be_arguments_of_their_own(search: Search) -> None:
    assert found(search("低空", "养老")) == {"care"}
    assert found(search("低空", "-养老")) == {"low", "old", "talk"}
    assert found(search("-养老", "低空", "-电梯")) == {"low", "talk"}
    assert found(search("--", "低空", "-养老")) == {"low", "old", "talk"}
    assert search("低空", "-养老")["words"] == ["低空"]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("hangzhou", "low"),
        ("HangZhou", "low"),
        ("dikongjingji", "low"),
        ("ouyang", "low"),
        ("wangfang", "care"),
        ("wf", "care"),
        ("oyxn", "low"),
        ("yhqmzj", "care old"),
        ("lm", "old"),
        ("yhq", ""),
        ("lixiaoming", ""),
        ("yanglao 低空", "care"),
        ("hangzhou -低空", ""),
        ('"hangzhou"', "low"),
    ],
)
def test_pinyin_and_initials(search: Search, query: str, ids: str) -> None:
    answer = search(query)
    assert found(answer) == set(ids.split()) and answer["pinyin"] == bool(ids)


def test_what_is_written_comes_before_what_is_spoken(site: Path, search: Search) -> None:
    make_site(site, {"content/p/6.md": case("word", "hangzhou\n")})
    build(site)
    answer = search("hangzhou", root=site)
    assert found(answer) == {"word"} and not answer["pinyin"]


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        (["--theme", "economy"], "low talk"),
        (["--theme", "经济发展"], "low talk"),
        (["--theme", "economy", "--theme", "民生保障"], "low talk care"),
        (["--theme", "nothing"], ""),
        (["--unit", "余杭区民政局"], "care old"),
        (["--unit", "民政局"], ""),  # a filter is not a piece of text
        (["--year", "2024"], "low"),
        (["--year", "2023"], "care old"),
        (["--year", "2023", "--year", "2022"], "care old talk"),
        (["--publication", "p"], "low care old"),
        (["--publication", "另一刊"], "talk"),
        (["--kind", "key"], "old"),
        (["--kind", "大会发言"], "talk"),
        (["--grade", "A"], "low"),
        (["--grade", "A", "--grade", "B"], "low care"),
        (["--year", "2023", "--theme", "city"], "old"),
        (["--year", "2022", "--theme", "city"], ""),
    ],
)
def test_filters(search: Search, options: list[str], ids: str) -> None:
    assert found(search("低空", *options)) == set(ids.split())


def test_filters_without_words_list_what_they_hold(search: Search) -> None:
    assert found(search("", "--theme", "economy")) == {"low", "talk"}
    assert found(search("-电梯", "--year", "2023")) == {"care"}


def test_the_limit_is_of_what_is_listed(search: Search) -> None:
    answer = search("低空", "--limit", "2")
    assert answer["total"] == 4 and len(answer["results"]) == 2
    every = search("低空", "--limit", "10000")
    assert len(every["results"]) == 4 and every["results"][:2] == answer["results"]
    scores = [result["score"] for result in every["results"]]
    assert scores == sorted(scores, reverse=True) and scores[0] > scores[-1] > 0
    assert every["results"][0]["id"] == "low"  # in the title


@pytest.mark.parametrize("limit", ["0", "-1", "10001", "x"])
def test_a_limit_out_of_bounds_is_a_mistake(built: Path, limit: str, capsys: Capture) -> None:
    assert cli.run(["search", "低空", "--limit", limit, "--root", str(built)]) == 2
    assert "--limit" in capsys.readouterr().err


# -- what is told ---------------------------------------------------------------------------------


def test_a_result_says_where_words_stand(search: Search) -> None:
    answer = search("低空经济")
    assert answer["words"] == ["低空经济"]
    (first,) = [result for result in answer["results"] if result["id"] == "low"]
    assert first | {"score": 0} == {
        "id": "low", "url": "/cases/low/", "title": "关于支持低空经济发展的建议",
        "theme": "economy", "facts": first["facts"], "grade": "A", "date": "2024-05-06", "score": 0,
        "section": "建议", "snippet": "推进低空经济发展，支持AI与5G应用。",
        "highlights": {"title": [[4, 8]], "snippet": [[2, 6]]},
    }  # fmt: skip
    assert any("杭州市发改委" in fact for fact in first["facts"])


@pytest.mark.parametrize(
    ("query", "marked"),
    [
        ("養老", {"养老", "養老"}), ("ａｉ 5G", {"AI", "5G"}), ("养老服务", {"养老服务", "養老服務"}),
        ("低空", {"低空"}), ("2019 2020年", {"2019", "2020年"}), ("经济 低空", {"低空经济", "经济", "低空"}),
        ("低空 -养老", {"低空"}),
    ],
)  # fmt: skip
def test_highlights_are_the_words(search: Search, query: str, marked: set[str]) -> None:
    seen = set()
    for result in search(query)["results"]:
        for name in ("title", "snippet"):
            for start, end in result["highlights"][name]:
                seen.add(result[name][start:end])
    assert seen == marked


def test_a_snippet_is_cut_around_the_first_match(search: Search) -> None:
    (old,) = [r for r in search("低空")["results"] if r["id"] == "old"]
    assert old["snippet"].startswith("…") and old["snippet"].endswith("…")
    assert len(old["snippet"]) <= WINDOW + 2
    marks = [old["snippet"][start:end] for start, end in old["highlights"]["snippet"]]
    assert marks == ["低空", "低空"]
    assert not old["highlights"]["title"] and old["section"] == ""


def test_a_snippet_is_the_paragraph_with_the_most_matches(search: Search) -> None:
    (care,) = [r for r in search("低空")["results"] if r["id"] == "care"]
    assert (care["section"], care["snippet"]) == ("建议", "发展低空。")
    (care,) = search("民政局 养老 2020")["results"]
    assert care["section"] == "背景" and "養老" in care["snippet"]


def test_text_for_people(built: Path, capsys: Capture) -> None:
    assert cli.run(["search", "低空", "--limit", "2", "--root", str(built)]) == 0
    out, err = capsys.readouterr()
    assert out.startswith(
        "找到 4 件，列出前 2 件。\n\n关于支持低空经济发展的建议\n  建议：推进低空经济发展"
    )
    assert "　/cases/low/\n" in out and "A" in out and not err and "\x1b" not in out


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("没有这个", "没有找到"),
        ("", "请写出要找的词"),
        ("，", "请写出要找的词"),
        ("wf", "按拼音找到 1 件。"),
    ],
)
def test_text_for_people_says_what_happened(
    built: Path, capsys: Capture, query: str, text: str
) -> None:
    assert cli.run(["search", query, "--root", str(built)]) == 0
    assert text in capsys.readouterr().out


def test_the_real_command(built: Path) -> None:
    done = command("search", "低空", "-养老", "--root", built)
    assert (done.returncode, done.stderr) == (0, "") and done.stdout.startswith("找到 3 件。")
    assert command("search", "--root", built).returncode == 2  # not a word
    assert "检索词" in command("search", "--help").stdout


# -- no index -------------------------------------------------------------------------------------


def refused(capsys: Capture, *arguments: str | Path) -> str:
    """What is said where no index can be read."""
    assert cli.run(["search", "低空", *map(str, arguments)]) == 1
    out, err = capsys.readouterr()
    assert not out and "B706" in err and "Traceback" not in err
    return err


def test_where_no_index_is_that_is_told(tmp_path: Path, capsys: Capture) -> None:
    told = refused(capsys, "--root", tmp_path)
    assert "search/index" in told and "build" in told
    assert "网站没有更新" not in told  # nobody asked for that
    refused(capsys, "--index", tmp_path / "elsewhere")
    (tmp_path / "file").write_text("x")
    refused(capsys, "--index", tmp_path / "file")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_where_no_index_is_that_is_told_as_json(tmp_path: Path, capsys: Capture) -> None:
    assert cli.run(["search", "低空", "--format", "json", "--root", str(tmp_path)]) == 1
    (told,) = json.loads(capsys.readouterr().out)["diagnostics"]
    assert told["code"] == "B706" and told["hint"]


@pytest.mark.parametrize("name", ["root", "ids", "t.*", "_MAIN_1.toc"])
@pytest.mark.parametrize("how", ["cut", "gone"])
def test_a_build_mends_a_damaged_index(
    site: Path, capsys: Capture, search: Search, name: str, how: str
) -> None:
    folder = site / "search/index"
    for path in folder.glob(name if name[0] == "_" else f"{SEGMENT}.{name}"):
        data = path.read_bytes()
        path.unlink()
        if how == "cut":
            path.write_bytes(data[: len(data) // 3])
    assert "B706" in refused(capsys, "--root", site)
    build(site)
    assert found(search("低空", root=site)) == {"low", "care", "old", "talk"}


# -- what a build makes ---------------------------------------------------------------------------


def test_the_index_is_published_with_the_site(built: Path) -> None:
    published = {name for name in tree(built / "site") if name.startswith("search/")}
    assert {"search/index.html", "search/index.json", "search/d/preset.bin"} <= published
    assert {"search/t/0.bin", "search/f/theme.bin", "search/s/64.bin"} <= published
    assert not [name for name in published if "ids" in name or "state" in name or "toc" in name]
    assert len([name for name in published if name.startswith("search/d/")]) == 5  # and the preset
    root = json.loads((built / "site/search/index.json").read_bytes())
    assert root["documents"] == 4
    assert root["synonyms"] == [["养老", "为老"], ["低空经济", "无人机"]]


def test_an_index_may_be_elsewhere(site: Path, tmp_path: Path) -> None:
    shutil.rmtree(site / "search/index")
    there = tmp_path / "an/derer ort"
    assert cli.run(["build", "--root", str(site), "--index", str(there), "--jobs", "1"]) == 0
    assert not (site / "search/index").exists() and (there / "state.json").is_file()


def test_an_index_elsewhere_is_searched(built: Path, tmp_path: Path, search: Search) -> None:
    shutil.copytree(built / "search/index", tmp_path / "there")
    assert found(search("养老", "--index", tmp_path / "there", root=tmp_path)) == {"care"}


def test_an_edit_is_found_after_the_next_build(site: Path, search: Search) -> None:
    make_site(site, {"content/p/2-care.md": case("care", "老年食堂\n", title="助餐")})
    (site / "content/p/3-old.md").unlink()
    build(site)
    assert found(search("低空", root=site)) == {"low", "talk"}
    assert found(search("养老", root=site)) == set() == found(search("电梯", root=site))
    assert found(search("老年食堂", root=site)) == {"care"}
    assert found(search("", "--unit", "余杭区民政局", root=site)) == set()
    make_site(site / "new/search", {"synonyms.yaml": FILES["search/synonyms.yaml"]}, site=None)
    shutil.copytree(site / "content", site / "new/content")
    build(site / "new")
    assert tree(site / "search/index") == tree(site / "new/search/index")


def test_a_build_without_changes_writes_nothing_of_the_index(site: Path) -> None:
    build(site)  # a copy has no links to the index
    before = {path: path.stat().st_ino for path in (site / "search/index").iterdir()}
    report = build(site)
    assert report.files.written == 0 == report.files.removed
    assert {path: path.stat().st_ino for path in (site / "search/index").iterdir()} == before


def test_published_files_are_the_very_files_of_the_index(site: Path) -> None:
    build(site)
    one = site / "search/index" / f"{SEGMENT}.t.0"
    assert os.path.samefile(one, site / "site/search/t/0.bin")


def test_a_file_of_the_index_that_someone_changed_in_the_site_is_put_right(site: Path) -> None:
    build(site)
    before = tree(site / "site")
    (site / "site/search/t/3.bin").write_bytes(b"changed")
    (site / "site/search/strange.bin").write_bytes(b"x")
    (site / "site/search/f/theme.bin").unlink()
    build(site)
    assert changed(before, tree(site / "site")) == set()


def test_where_links_do_not_work_files_are_copied(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tree(site / "site")
    shutil.rmtree(site / "site")

    def link(*arguments: Any, **options: Any) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(os, "link", link)
    build(site)
    assert tree(site / "site") == before


def test_drafts_are_found_when_they_are_asked_for(site: Path, search: Search) -> None:
    assert "draft" not in found(search("还没写完", root=site))
    build(site, drafts=True)
    (draft,) = search("还没写完", root=site)["results"]
    assert draft["id"] == "draft" and draft["facts"][0] == "草稿"
    build(site)
    assert search("还没写完", root=site)["total"] == 0


def test_an_index_that_cannot_be_written_is_told(site: Path) -> None:
    before = tree(site / "site")
    shutil.rmtree(site / "search/index")
    (site / "search/index").write_text("别动")
    make_site(site, {"content/p/2-care.md": case("care")})
    told = problem(site, "B705")
    assert told.file.endswith("search/index") and "--index" in told.hint
    assert tree(site / "site") == before and (site / "search/index").read_text() == "别动"


def test_a_failing_build_may_leave_an_index_that_the_next_one_uses(
    site: Path, search: Search
) -> None:
    before = tree(site / "site")
    make_site(site, {"content/p/2-care.md": case("care", body="[死](/x/)\n")})
    with pytest.raises(ContentError):
        build(site)
    assert tree(site / "site") == before
    make_site(site, {"content/p/2-care.md": case("care", body="新的一段\n")})
    build(site)
    assert found(search("新的一段", root=site)) == {"care"}


# -- synonyms -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("groups: [[甲, 乙], [丙]]\n", 1),
        ("groups:\n  - [甲, 乙]\n  - 丙\n", 3),
        ("groups:\n  - [甲, 乙\n", None),
        ("gruppen: []\n", 1),
        ("groups: 甲\n", 1),
        ("# nur\ngroups:\n  - [甲, '']\n", 3),
        ("groups:\n\t- [甲, 乙]\n", 2),
    ],
)
def test_a_mistake_in_the_synonyms_is_told(site: Path, text: str, line: int | None) -> None:
    before = tree(site / "site")
    make_site(site, {"search/synonyms.yaml": text}, site=None)
    done = command("build", "--root", site, "--format", "json")
    assert done.returncode == 1 and not done.stderr
    (told, *_) = json.loads(done.stdout)["diagnostics"]
    assert told["file"].endswith("search/synonyms.yaml") and told["hint"]
    assert line is None or told["line"] == line
    assert tree(site / "site") == before


@pytest.mark.parametrize("text", [None, "", "groups: []\n", "groups:\n  - [养老, 養老]\n"])
def test_synonyms_may_be_missing_or_say_nothing(site: Path, text: str | None) -> None:
    (site / "search/synonyms.yaml").unlink()
    if text is not None:
        make_site(site, {"search/synonyms.yaml": text}, site=None)
    build(site)
    assert json.loads((site / "site/search/index.json").read_bytes())["synonyms"] == []


def test_synonyms_are_folded_and_kept_once(site: Path) -> None:
    make_site(
        site, {"search/synonyms.yaml": "groups:\n  - [ＡＩ, 人工智能, ai, Ai 助手]\n"}, site=None
    )
    build(site)
    root = json.loads((site / "site/search/index.json").read_bytes())
    assert root["synonyms"] == [["ai", "人工智能", "ai 助手"]]
