"""Importing again: ids are kept, editors are never overwritten, and it is all or nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from helpers import ROOT, command, problems
from patience import LIMIT

from broadsheet.diagnostics import ContentError
from broadsheet.manuscripts import write as writing
from broadsheet.manuscripts.intake import Intake, Request, take_in
from broadsheet.manuscripts.records import FOLDER

MANUSCRIPT = """# 云栖区优秀提案

2025年,云栖区政协九届四次会议共收到提案212件。

### 关于增设社区食堂的建议

提案人:李小满

社区老人吃饭不便。

**建议:**利用闲置用房建设食堂。

**主办单位:**区民政局

已建成食堂12家。

**提案办理第一轮分类评价:**B

### 关于延长图书馆开放时间的建议

提案人:周全

图书馆闭馆太早。

**建议:**延长到晚上九点。

**主办单位:**区文广旅体局

将试行延时开放。

**提案办理第一轮分类评价:**A
"""


def bring_in(
    root: Path, text: str = MANUSCRIPT, name: str = "shicang.txt", **options: object
) -> Intake:
    path = root / name
    path.write_text(text, "utf-8")
    return take_in(Request((path,), root / "content", **options))  # type: ignore[arg-type]


def files(root: Path) -> dict[str, bytes]:
    content = root / "content"
    return {
        p.relative_to(content).as_posix(): p.read_bytes()
        for p in sorted(content.rglob("*"))
        if p.is_file()
    }


def case(root: Path, number: int) -> Path:
    return min((root / "content").rglob(f"{number:03d}-*.md"))


def codes(intake: Intake) -> list[str]:
    return [diagnostic.code for diagnostic in intake.diagnostics]


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_the_same_file_again_changes_no_byte(tmp_path: Path) -> None:
    bring_in(tmp_path)
    before = files(tmp_path)
    stamps = {p: p.stat().st_mtime_ns for p in (tmp_path / "content").rglob("*") if p.is_file()}
    again = bring_in(tmp_path)
    assert files(tmp_path) == before and not again.files and not again.diagnostics
    assert {
        p: p.stat().st_mtime_ns for p in (tmp_path / "content").rglob("*") if p.is_file()
    } == stamps


def test_under_another_name_it_is_the_same(tmp_path: Path) -> None:
    bring_in(tmp_path)
    before = {name for name in files(tmp_path) if name.endswith(".md")}
    again = bring_in(tmp_path, name="改名.txt")
    assert {name for name in files(tmp_path) if name.endswith(".md")} == before
    assert [one.action for one in again.outcomes[0].cases] == ["unchanged", "unchanged"]


def test_what_nobody_touched_is_brought_up_to_date(tmp_path: Path) -> None:
    bring_in(tmp_path)
    ids = [one.id for one in bring_in(tmp_path).outcomes[0].cases]
    changed = MANUSCRIPT.replace("已建成食堂12家。", "已建成食堂15家。").replace(
        "提案人:周全", "提案人:周全、吴霜"
    )
    again = bring_in(tmp_path, changed)
    assert [one.id for one in again.outcomes[0].cases] == ids
    assert [one.updated for one in again.outcomes[0].cases] == [["办理答复"], ["proposers"]]
    assert "已建成食堂15家。" in case(tmp_path, 1).read_text("utf-8")
    assert "proposers: [周全, 吴霜]" in case(tmp_path, 2).read_text("utf-8")
    assert not again.diagnostics
    assert not bring_in(tmp_path, changed).files


def test_comments_and_other_fields_survive_an_update(tmp_path: Path) -> None:
    bring_in(tmp_path)
    path = case(tmp_path, 2)
    edit(path, "theme: ", "# 编辑的话\nkeywords:   [图书馆,  夜间]   # 两个\ntheme: ")
    edit(path, "hosts: [区文广旅体局]", "hosts: [区文广旅体局]  # 已核")
    before = path.read_text("utf-8")
    bring_in(tmp_path, MANUSCRIPT.replace("提案人:周全", "提案人:周全、吴霜"))
    assert path.read_text("utf-8") == before.replace("proposers: [周全]", "proposers: [周全, 吴霜]")


def test_an_edited_field_stays_and_the_rest_is_updated(tmp_path: Path) -> None:
    bring_in(tmp_path)
    path = case(tmp_path, 1)
    edit(path, "title: 关于增设社区食堂的建议", "title: 关于增设社区老年食堂的建议")
    changed = MANUSCRIPT.replace("已建成食堂12家。", "已建成食堂15家。")
    again = bring_in(tmp_path, changed)
    assert not again.diagnostics, "the manuscript did not change what the editor changed"
    text = path.read_text("utf-8")
    assert "title: 关于增设社区老年食堂的建议" in text and "已建成食堂15家。" in text


def test_what_both_changed_is_a_conflict_with_file_and_line(tmp_path: Path) -> None:
    bring_in(tmp_path)
    path = case(tmp_path, 1)
    edit(path, "hosts: [区民政局]", "hosts: [云栖区民政局]")
    edit(path, "已建成食堂12家。", "建成了食堂12家。")
    edited = path.read_text("utf-8")
    changed = MANUSCRIPT.replace("已建成食堂12家。", "已建成食堂15家。").replace(
        "**主办单位:**区民政局", "**主办单位:**区民政局、区商务局"
    )
    again = bring_in(tmp_path, changed)
    assert path.read_text("utf-8") == edited
    assert codes(again) == ["B732", "B732"]
    lines = edited.split("\n")
    assert [lines[d.line - 1] for d in again.diagnostics] == [
        "hosts: [云栖区民政局]",
        "## 办理答复",
    ]
    assert all(d.file.endswith(path.name) for d in again.diagnostics)
    assert "区民政局、区商务局" in again.diagnostics[0].hint
    # told until it is settled, and never overwritten
    once_more = bring_in(tmp_path, changed)
    assert codes(once_more) == ["B732", "B732"] and not once_more.files
    edit(path, "hosts: [云栖区民政局]", "hosts: [区民政局, 区商务局]")
    assert codes(bring_in(tmp_path, changed)) == ["B732"]


def test_reviewed_points_are_not_raised_again(tmp_path: Path) -> None:
    bring_in(tmp_path)
    path = case(tmp_path, 1)
    text = path.read_text("utf-8")
    head, _, rest = text.partition("needs_review:\n")
    path.write_text(head + rest.partition("\n")[2], "utf-8")
    edited = path.read_text("utf-8")
    assert "needs_review" not in edited
    assert not bring_in(tmp_path).files
    bring_in(tmp_path, MANUSCRIPT.replace("提案人:李小满", "提案人:李小满等5位委员"))
    assert "needs_review" not in path.read_text("utf-8")


def test_a_moved_and_renamed_case_is_found(tmp_path: Path) -> None:
    bring_in(tmp_path)
    path = case(tmp_path, 1)
    target = tmp_path / "content/yunqi-9-4/shitang/a.md"
    target.parent.mkdir()
    path.rename(target)
    again = bring_in(tmp_path, MANUSCRIPT.replace("已建成食堂12家。", "已建成食堂15家。"))
    assert "已建成食堂15家。" in target.read_text("utf-8")
    assert not path.exists() and not again.diagnostics


def test_a_deleted_case_is_not_brought_back(tmp_path: Path) -> None:
    bring_in(tmp_path)
    path = case(tmp_path, 1)
    path.unlink()
    again = bring_in(tmp_path)
    assert codes(again) == ["B733"] and not path.exists()
    assert not again.files


def test_a_changed_id_is_the_editors(tmp_path: Path) -> None:
    bring_in(tmp_path)
    path = case(tmp_path, 1)
    edit(path, "id: yunqi-9-4-001", "id: shitang")
    again = bring_in(tmp_path, MANUSCRIPT.replace("已建成食堂12家。", "已建成食堂15家。"))
    text = path.read_text("utf-8")
    assert "id: shitang" in text and "已建成食堂15家。" in text and not again.diagnostics
    assert len(list((tmp_path / "content").rglob("*.md"))) == 3


def test_a_piece_that_is_new_gets_the_next_id(tmp_path: Path) -> None:
    bring_in(tmp_path)
    before = files(tmp_path)
    third = MANUSCRIPT.replace(
        "### 关于延长",
        "### 关于增加路灯的建议\n\n提案人:孙悦\n\n小路太暗。\n\n**主办单位:**区城管局\n\n已增设。\n\n### 关于延长",
    )
    again = bring_in(tmp_path, third)
    assert [one.id for one in again.outcomes[0].cases] == [
        "yunqi-9-4-001",
        "yunqi-9-4-003",
        "yunqi-9-4-002",
    ]
    after = files(tmp_path)
    assert all(after[name] == data for name, data in before.items() if name.endswith(".md"))


def test_a_piece_that_is_gone_is_told_and_kept(tmp_path: Path) -> None:
    bring_in(tmp_path)
    again = bring_in(tmp_path, MANUSCRIPT.partition("### 关于延长")[0])
    assert codes(again) == ["B737"] and case(tmp_path, 2).exists()


def test_a_broken_case_is_left_alone(tmp_path: Path) -> None:
    bring_in(tmp_path)
    path = case(tmp_path, 1)
    edit(path, "title: ", "title： ")
    broken = path.read_bytes()
    again = bring_in(tmp_path, MANUSCRIPT.replace("已建成食堂12家。", "已建成食堂15家。"))
    assert "B738" in codes(again) and path.read_bytes() == broken


def test_an_editors_own_case_is_not_doubled(tmp_path: Path) -> None:
    own = "---\nid: own\nkind: case\ntitle: 关于增设社区食堂的建议\ntheme: livelihood\nproposers: [李小满]\nhosts: [区民政局]\n---\n\n自己写的。\n"
    target = tmp_path / "content/yunqi/001-a.md"
    target.parent.mkdir(parents=True)
    target.write_text(own, "utf-8")
    intake = bring_in(tmp_path, publication="yunqi")
    assert "B734" in codes(intake) and target.read_text("utf-8") == own
    dropped = {part.text for _, part in intake.outcomes[0].understood.account.dropped_parts()}
    assert "社区老人吃饭不便。" in dropped
    assert len([p for p in target.parent.glob("*.md") if p.name != "index.md"]) == 2


def test_an_editors_page_of_the_publication_stays(tmp_path: Path) -> None:
    page = tmp_path / "content/yunqi/index.md"
    page.parent.mkdir(parents=True)
    page.write_text("---\ntitle: 自己的\n---\n", "utf-8")
    intake = bring_in(tmp_path, publication="yunqi")
    assert codes(intake) == ["B741"] and page.read_text("utf-8") == "---\ntitle: 自己的\n---\n"
    reasons = {
        part.fate.reason for _, part in intake.outcomes[0].understood.account.dropped_parts()
    }
    assert "刊次已有说明页，没有写进去" in reasons


def test_several_files_share_a_publication(tmp_path: Path) -> None:
    letters = []
    for number, name in ((14, "崔银雷"), (15, "何田田")):
        path = tmp_path / f"{number}.txt"
        path.write_text(
            f"关于县政协十届二次会议第{number}号提案的答复\n\n{name}委员：\n\n您提出的提案收悉，现答复如下：\n\n已经办结。\n\n某县教育局\n2023年5月{number}日\n",
            "utf-8",
        )
        letters.append(path)
    intake = take_in(Request(tuple(letters), tmp_path / "content", "mou-10-2"))
    assert [one.cases[0].id for one in intake.outcomes] == ["mou-10-2-14", "mou-10-2-15"]
    assert not intake.diagnostics
    assert not [d for d in problems(tmp_path) if d.code != "B406"]
    assert not take_in(Request(tuple(reversed(letters)), tmp_path / "content")).files


def test_two_offices_answer_one_proposal(tmp_path: Path) -> None:
    letters = []
    for host in ("县教育局", "县财政局"):
        path = tmp_path / f"{host}.txt"
        path.write_text(
            "关于县政协十届二次会议第14号提案的答复\n\n崔银雷委员：\n\n您提出的提案收悉，现答复如下：\n\n"
            f"已经办结。\n\n某{host}\n2023年5月1日\n", "utf-8",
        )  # fmt: skip
        letters.append(path)
    for files_ in (letters, letters, letters[1:]):
        intake = take_in(Request(tuple(files_), tmp_path / "content", "mou-10-2"))
        assert not intake.diagnostics
    assert not intake.files
    assert [d for d in problems(tmp_path) if d.code != "B406"] == []
    first, second = (case(tmp_path, number).read_text("utf-8") for number in (1, 2))
    assert "hosts: [某县教育局]" in first and 'number: "14"' in first
    assert (
        "hosts: [某县财政局]" in second and "\nnumber:" not in second and "{field: number" in second
    )


def test_a_dry_run_writes_nothing_and_says_the_same(tmp_path: Path) -> None:
    dry = bring_in(tmp_path, dry_run=True)
    assert not (tmp_path / "content").exists()
    wet = bring_in(tmp_path)
    assert dry.files == wet.files


def test_kind_and_theme_can_be_given(tmp_path: Path) -> None:
    intake = bring_in(tmp_path, kind="reference", theme="city")
    fields = [one.written.fields for one in intake.outcomes[0].cases]
    assert {(one["kind"], one["theme"]) for one in fields} == {("reference", "city")}
    assert all("theme" not in [r["field"] for r in one.get("needs_review", [])] for one in fields)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"theme": "econmy"}, "B731"),
        ({"publication": "云栖"}, "B731"),
        ({"publication": "../x"}, "B731"),
    ],
)
def test_wrong_options_are_told(options: dict[str, str], code: str, tmp_path: Path) -> None:
    with pytest.raises(ContentError) as told:
        bring_in(tmp_path, **options)
    assert [d.code for d in told.value.diagnostics] == [code]
    assert not (tmp_path / "content").exists()


def test_a_bad_file_among_good_ones_stops_all(tmp_path: Path) -> None:
    good = tmp_path / "good.txt"
    good.write_text(MANUSCRIPT, "utf-8")
    bad = tmp_path / "bad.pdf"
    bad.write_bytes(b"%PDF-1.7\n\x00\x01\x02")
    with pytest.raises(ContentError):
        take_in(Request((good, bad), tmp_path / "content"))
    assert not (tmp_path / "content").exists()


def test_a_damaged_record_is_told_and_nothing_is_written(tmp_path: Path) -> None:
    bring_in(tmp_path)
    record = tmp_path / "content" / FOLDER / "yunqi-9-4.json"
    record.write_text("{")
    before = files(tmp_path)
    with pytest.raises(ContentError) as told:
        bring_in(tmp_path)
    assert [d.code for d in told.value.diagnostics] == ["B735"] and files(tmp_path) == before


def test_the_record_holds_no_path_of_a_machine(tmp_path: Path) -> None:
    bring_in(tmp_path)
    kept = "".join(
        data.decode() for name, data in files(tmp_path).items() if name.startswith(FOLDER)
    )
    assert str(tmp_path) not in kept and "shicang.txt" in kept


def test_contact_details_are_not_kept_beside_the_content(tmp_path: Path) -> None:
    intake = bring_in(
        tmp_path,
        MANUSCRIPT.replace("已建成食堂12家。", "已建成食堂12家。联系人:张三,电话:0571-88886666。"),
    )
    kept = "".join(data.decode() for data in files(tmp_path).values())
    assert "88886666" not in kept and "张三" not in kept
    dropped = [part.text for _, part in intake.outcomes[0].understood.account.dropped_parts()]
    assert any("0571-88886666" in text for text in dropped)


def test_an_editors_line_ends_are_kept(tmp_path: Path) -> None:
    bring_in(tmp_path)
    path = case(tmp_path, 1)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    bring_in(tmp_path, MANUSCRIPT.replace("已建成食堂12家。", "已建成食堂15家。"))
    data = path.read_bytes()
    assert "15家".encode() in data and data.count(b"\r\n") == data.count(b"\n")


# -- all or nothing ---------------------------------------------------------------------------------


def test_a_failure_in_the_middle_leaves_all_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring_in(tmp_path)
    before = files(tmp_path)
    changed = MANUSCRIPT.replace("12家", "15家").replace("九点", "十点")
    replace, count = os.replace, 0

    def fail(source: object, target: object) -> None:
        nonlocal count
        count += 1
        if count == 5:
            raise OSError(28, "No space left on device")
        replace(source, target)  # type: ignore[arg-type]

    monkeypatch.setattr(writing.os, "replace", fail)
    with pytest.raises(ContentError) as told:
        bring_in(tmp_path, changed)
    assert [d.code for d in told.value.diagnostics] == ["B702"]
    assert files(tmp_path) == before
    monkeypatch.undo()
    assert len(bring_in(tmp_path, changed).files) >= 3


def test_a_killed_import_is_put_right_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring_in(tmp_path)
    before = files(tmp_path)

    class Killed(BaseException):
        pass

    replace, count = os.replace, 0

    def die(source: object, target: object) -> None:
        nonlocal count
        count += 1
        if count == 5:
            raise Killed
        replace(source, target)  # type: ignore[arg-type]

    monkeypatch.setattr(writing.os, "replace", die)
    monkeypatch.setattr(writing, "_undo", lambda content, stage: None)  # nobody is there to undo it
    with pytest.raises(Killed):
        bring_in(tmp_path, MANUSCRIPT.replace("12家", "15家").replace("九点", "十点"))
    monkeypatch.undo()
    assert {n: d for n, d in files(tmp_path).items() if n.endswith(".md")} != {
        n: d for n, d in before.items() if n.endswith(".md")
    }
    bring_in(tmp_path)
    after = files(tmp_path)
    assert after.keys() == before.keys()
    assert [name for name in before if after[name] != before[name]] == []


def test_two_at_once(tmp_path: Path) -> None:
    with writing.only_one(tmp_path / "content"), pytest.raises(ContentError) as told:
        bring_in(tmp_path)
    assert [d.code for d in told.value.diagnostics] == ["B739"]


def test_ctrl_c_leaves_content_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "m.txt").write_text(MANUSCRIPT, "utf-8")
    script = (
        "import sys, time, os, signal\n"
        "from broadsheet.manuscripts import write\n"
        "keep = write._rename\n"
        "def slow(*a):\n"
        "    print('now', flush=True); time.sleep(1); keep(*a)\n"
        "write._rename = slow\n"
        "from broadsheet import cli\n"
        f"sys.exit(cli.run(['import', {str(tmp_path / 'm.txt')!r}, '--root', {str(tmp_path)!r}]))\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout and process.stdout.readline() == "now\n"
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=LIMIT)
    assert process.returncode == 130 and "Traceback" not in said
    # the files were being put in their places: that is finished, whole
    assert not (tmp_path / "content" / FOLDER / ".stage").exists()
    assert len(list((tmp_path / "content").rglob("*.md"))) in (0, 3)
    assert not bring_in(tmp_path, name="m.txt").diagnostics


# -- the command ------------------------------------------------------------------------------------


def test_the_command_reports_as_text_and_json(tmp_path: Path) -> None:
    (tmp_path / "m.txt").write_text(MANUSCRIPT, "utf-8")
    dry = command(
        "import", "m.txt", "--dry-run", "--root", ".", cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}
    )
    assert dry.returncode == 0 and "试运行" in dry.stdout and not (tmp_path / "content").exists()
    done = command(
        "import",
        "m.txt",
        "--format",
        "json",
        "--publication",
        "yunqi",
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
    )
    report = json.loads(done.stdout)
    assert done.returncode == 0 and report["ok"] and report["version"] == 1
    (manuscript,) = report["manuscripts"]
    account = manuscript["account"]
    assert account["balanced"] and account["source"] == account["placed"] + account["dropped"]
    texts = {
        line["line"]: "".join(part["text"] for part in line["parts"])
        for line in manuscript["lines"]
    }
    assert texts == {
        n: line for n, line in enumerate(MANUSCRIPT.rstrip("\n").split("\n"), 1) if line
    }
    for line in manuscript["lines"]:
        for part in line["parts"]:
            assert ("dropped" in part) != ({"case", "field"} <= part.keys())
    assert [one["id"] for one in manuscript["cases"]] == ["yunqi-001", "yunqi-002"]
    assert max(report["written"]).startswith("content/yunqi/")


def test_a_missing_file_is_told_without_a_traceback(tmp_path: Path) -> None:
    done = command("import", tmp_path / "nothing.txt", "--root", tmp_path)
    assert done.returncode == 1 and "错误 B721" in done.stderr and "Traceback" not in done.stderr
    assert "没有导入" in done.stderr
