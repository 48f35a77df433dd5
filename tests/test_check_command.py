"""The command `check`: exit codes, forms, mending, and that nobody sees a traceback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from helpers import ROOT, case, command, make_site, tree
from patience import LIMIT

from broadsheet import cli
from broadsheet.diagnostics import CODES

FILE = "content/p/001-a.md"
Capture = pytest.CaptureFixture[str]


def run(*arguments: str | Path) -> int:
    return cli.run([str(argument) for argument in arguments])


def test_nothing_found(tmp_path: Path, capsys: Capture) -> None:
    make_site(tmp_path, {FILE: case()})
    assert run("check", "--root", tmp_path) == 0
    assert capsys.readouterr().out == "检查了 1 件案例：没有发现问题。\n"
    assert run("check", "--content", tmp_path / "content", "--strict") == 0


def test_warnings_pass_unless_strict(tmp_path: Path, capsys: Capture) -> None:
    make_site(tmp_path, {FILE: case(body="甲,乙。\n")})
    assert run("check", "--root", tmp_path) == 0
    assert run("check", "--root", tmp_path, "--strict") == 1
    out = capsys.readouterr().out
    assert out.count("提醒 B802  ") == 2
    assert out.endswith("检查了 1 件案例：0 处错误，1 处提醒。\n")
    assert (
        "  10 │ 甲,乙。\n     │   ^\n  怎么办：改成全角的“，”；半角的太窄，会和前后的字挤在一起。"
        in out
    )


def test_errors_do_not_pass(tmp_path: Path, capsys: Capture) -> None:
    make_site(tmp_path, {FILE: case(theme="nothing"), "content/p/b.md": case("b", "甲,乙。\n")})
    assert run("check", "--root", tmp_path) == 1
    out = capsys.readouterr().out
    assert "错误 B304" in out
    assert out.endswith("1 处错误，1 处提醒。\n")


def test_json(tmp_path: Path, capsys: Capture) -> None:
    make_site(tmp_path, {FILE: case(body="甲,乙。\n")})
    assert run("check", "--root", tmp_path, "--format", "json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["version"], told["ok"]) == (1, True)
    (only,) = told["diagnostics"]
    assert (only["code"], only["severity"], only["line"]) == ("B802", "warning", 10)
    assert told["summary"] == {"cases": 1, "errors": 0, "warnings": 1, "mended": {}, "diff": ""}
    assert run("check", "--root", tmp_path, "--format", "json", "--strict") == 1
    assert json.loads(capsys.readouterr().out)["ok"] is False


def test_github(tmp_path: Path, capsys: Capture) -> None:
    make_site(tmp_path, {FILE: case(body="甲,乙。\n")})
    assert run("check", "--root", tmp_path, "--format", "github") == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("::warning file=")
    assert ",line=10,col=2,title=B802::汉字之间用了半角的“,”" in line


def test_fix_and_dry_run(tmp_path: Path, capsys: Capture) -> None:
    make_site(tmp_path, {FILE: case(body="甲,乙 。 \n\n“丙\n"), "content/p/b.md": case("b")})
    before = tree(tmp_path)
    assert run("check", "--root", tmp_path, "--fix", "--dry-run") == 0
    out = capsys.readouterr().out
    assert "\n-甲,乙 。 \n+甲，乙。\n" in out
    assert "会改 1 个文件里的 1 行。" in out
    assert tree(tmp_path) == before
    assert run("check", "--root", tmp_path, "--fix") == 0
    out = capsys.readouterr().out
    assert "改好了 1 个文件里的 1 行。" in out
    assert "B801" in out
    assert "B802" not in out
    assert "1 处提醒" in out
    assert (tmp_path / FILE).read_text("utf-8").endswith("甲，乙。\n\n“丙\n")
    assert {name for name, data in tree(tmp_path).items() if before.get(name) != data} == {FILE}
    assert run("check", "--root", tmp_path, "--fix") == 0
    assert "改好了" not in capsys.readouterr().out


@pytest.mark.parametrize("last", ["\n", ""])
def test_the_difference_can_be_applied(tmp_path: Path, last: str) -> None:
    make_site(tmp_path, {FILE: case(body="甲,乙。\n\n丙。\n\n丁 ，戊。" + last)})
    done = command("check", "--fix", "--dry-run", "--format", "json", cwd=tmp_path)
    diff = json.loads(done.stdout)["summary"]["diff"]
    applied = subprocess.run(
        ["git", "apply", "-p0", "-"], cwd=tmp_path, input=diff + "\n", text=True, check=False,
        capture_output=True,
    )  # fmt: skip
    assert applied.returncode == 0, applied.stderr
    assert (tmp_path / FILE).read_text("utf-8").endswith("甲，乙。\n\n丙。\n\n丁，戊。" + last)


def test_dry_run_alone_is_a_mistake(tmp_path: Path, capsys: Capture) -> None:
    assert run("check", "--root", tmp_path, "--dry-run") == 2
    assert "--dry-run 要和 --fix 一起用" in capsys.readouterr().err


def test_no_content(tmp_path: Path, capsys: Capture) -> None:
    assert run("check", "--root", tmp_path) == 1
    assert "B104" in capsys.readouterr().out
    make_site(tmp_path, {FILE: case()}, site="title: [\n")
    assert run("check", "--root", tmp_path, "--fix") == 1


def test_synonyms_are_checked_too(tmp_path: Path, capsys: Capture) -> None:
    make_site(tmp_path, {FILE: case(), "search/synonyms.yaml": "groups: [[甲]]\n"})
    assert run("check", "--root", tmp_path) == 1
    assert "synonyms.yaml" in capsys.readouterr().out


def test_a_folder_that_cannot_be_written(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_site(tmp_path, {FILE: case(body="甲,乙。\n")})

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    assert run("check", "--root", tmp_path, "--fix") == 1
    assert "B702" in capsys.readouterr().out
    assert (tmp_path / FILE).read_text("utf-8").endswith("甲,乙。\n")
    assert os.listdir(tmp_path / "content/p") == ["001-a.md"]


def test_a_defect_is_told_without_a_traceback(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_site(tmp_path, {FILE: case()})
    monkeypatch.setattr("broadsheet.check.whole.sums.of_figures", None)
    assert run("check", "--root", tmp_path) == 1
    said = capsys.readouterr()
    assert "B901" in said.err + said.out
    assert "Traceback" not in said.err


def test_it_may_be_interrupted_at_any_moment(tmp_path: Path) -> None:
    files = {
        f"content/p/{n:03d}.md": case(f"c{n}", f"第{n}段,乙。\n", title=f"第{n}件")
        for n in range(300)
    }
    program = (
        "from broadsheet import cli\n"
        "def main(*arguments, begin=cli.main.main, **options):\n"
        "    print('begun', flush=True)\n"
        "    return begin(*arguments, **options)\n"
        "cli.main.main = main\n"
        "cli.entry()\n"
    )
    words = ["check", "--fix", "--root", str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    def begin(*python: str) -> subprocess.Popen[str]:
        make_site(tmp_path, files)
        return subprocess.Popen(
            [sys.executable, *python, *words],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
        )  # fmt: skip

    def end(process: subprocess.Popen[str]) -> str:
        _, errors = process.communicate(timeout=LIMIT)
        for name, text in files.items():
            now = (tmp_path / name).read_text("utf-8")
            assert now in (text, text.replace("段,", "段，"))
        assert len(list((tmp_path / "content/p").iterdir())) == len(files)
        return errors

    process = begin(str(ROOT / "build.py"))
    time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    end(process)  # Python itself was being loaded: it may say so

    pace, codes = 0.0, []
    for part in (0, 0, 0.2, 0.4, 0.6, 0.8):  # of the time that all of it takes
        process = begin("-c", program)
        assert process.stdout and process.stdout.readline() == "begun\n"
        begun = time.monotonic()
        if pace:
            time.sleep(part * pace)
            process.send_signal(signal.SIGINT)
        errors = end(process)
        # Python itself may tell so of an import whose clearing up was hit, and goes on
        assert "Traceback" not in errors or "Exception ignored in" in errors
        pace = pace or time.monotonic() - begun
        codes.append(process.returncode)
    assert 130 in codes  # else nothing was tried


def test_the_word_list_is_no_case_and_is_not_published(tmp_path: Path) -> None:
    make_site(tmp_path, {FILE: case(), "content/wordlist.yaml": "words: {座落: 坐落}\n"})
    assert run("build", "--root", tmp_path) == 0
    before = tree(tmp_path / "site")
    assert not [name for name in before if "wordlist" in name]
    (tmp_path / "content/wordlist.yaml").write_text("words: [\n", "utf-8")
    assert run("build", "--root", tmp_path) == 0
    assert tree(tmp_path / "site") == before


def test_all_of_its_codes_are_warnings() -> None:
    assert all(severity == "warning" for code, (severity, _) in CODES.items() if code[:2] == "B8")
