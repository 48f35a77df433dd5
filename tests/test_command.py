"""The command: exit codes, what it prints, and that an editor never sees a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from helpers import ROOT, case, command, make_site, tree
from patience import LIMIT

from broadsheet import __version__, cli
from broadsheet.diagnostics import CODES, Diagnostic, format_github, format_text

FILE = "content/p/001-a.md"


def run(*arguments: str | Path) -> int:
    """The command line in this process; faster, where its process does not matter."""
    return cli.run([str(argument) for argument in arguments])


Capture = pytest.CaptureFixture[str]


# -- what it does ---------------------------------------------------------------------------------


def test_a_build_exits_with_0_and_says_what_it_did(tmp_path: Path) -> None:
    make_site(tmp_path, {FILE: case()})
    done = command("build", "--root", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("1 件案例，") and "删除 0 个" in done.stdout


def test_without_a_command_it_builds(tmp_path: Path) -> None:
    make_site(tmp_path, {FILE: case()})
    done = command(cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "site/cases/a/index.html").is_file()


def test_content_and_output_may_be_anywhere(tmp_path: Path) -> None:
    make_site(tmp_path / "here", {FILE: case()})
    (tmp_path / "cwd").mkdir()
    done = command(
        "--content", tmp_path / "here/content", "--output", tmp_path / "there/网 站",
        cwd=tmp_path / "cwd",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "there/网 站/cases/a/index.html").is_file()
    # the index stands in the project folder, which is where the command runs
    assert [path.name for path in (tmp_path / "cwd").rglob("*") if path.is_dir()] == [
        "search",
        "index",
    ]
    assert [path.name for path in (tmp_path / "here").iterdir()] == ["content"]


def test_relative_folders_are_those_of_the_working_folder(tmp_path: Path) -> None:
    make_site(tmp_path / "here", {FILE: case()})
    done = command("--content", "here/content", "--output", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out/index.html").is_file()


def test_it_runs_as_a_module_too(tmp_path: Path) -> None:
    make_site(tmp_path, {FILE: case()})
    done = subprocess.run(
        [sys.executable, "-m", "broadsheet", "--root", str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, timeout=LIMIT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_the_base_url_of_the_command_wins(tmp_path: Path, capsys: Capture) -> None:
    make_site(tmp_path, {FILE: case()})
    assert run("--root", tmp_path, "--base-url", "https://other.example/x/") == 0
    assert "https://other.example/x/cases/a/" in (tmp_path / "site/sitemap.xml").read_text()


def test_the_moment_of_the_command_decides_about_an_embargo(tmp_path: Path) -> None:
    embargoed = case("b", publish_at="2024-12-01T06:00")
    make_site(tmp_path, {FILE: case(), "content/p/2.md": embargoed})
    page = tmp_path / "site/cases/b/index.html"
    for now, there in (("2024-12-01T05:59", False), ("2024-11-30T22:00Z", True)):
        assert run("--root", tmp_path, "--now", now) == 0
        assert page.exists() == there


def test_templates_of_the_project_win(tmp_path: Path) -> None:
    about = '<meta name="generator" content="Broadsheet"><title>自己的</title>'
    make_site(tmp_path, {FILE: case(), "templates/about.html": about,
                         "templates/assets/custom.css": "body { color: red }"})  # fmt: skip
    assert run("--root", tmp_path) == 0
    assert (tmp_path / "site/about/index.html").read_text() == about
    (style,) = (tmp_path / "site/assets").glob("style.*.css")
    assert "body { color: red }" in style.read_text()


# -- problems -------------------------------------------------------------------------------------


def test_problems_exit_with_1_and_are_told_on_stderr(tmp_path: Path) -> None:
    make_site(tmp_path, {FILE: case(theme="econmy")})
    done = command("--root", ".", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        "错误 B304  content/p/001-a.md:5:8  没有“econmy”这个主题",
        '  5 │ theme: "econmy"',
        "    │        ^",
        "  怎么办：是不是 economy？",
        "",
        "1 处错误，网站没有更新。",
    ]


def test_the_caret_stands_below_its_character(tmp_path: Path) -> None:
    found = Diagnostic("B203", "错", "", "a.md", 3, 5, "标题：甲")
    assert format_text([found]).splitlines()[2] == "    │ " + " " * 8 + "^"


def test_a_long_line_is_shown_around_its_column() -> None:
    found = Diagnostic("B203", "错", "", "a.md", 3, 200, "x" * 199 + "Y" + "x" * 300)
    shown, caret = format_text([found]).splitlines()[1:3]
    assert len(shown) < 90 and shown[caret.index("^")] == "Y"


def test_json_has_the_promised_shape(tmp_path: Path, capsys: Capture) -> None:
    make_site(tmp_path, {FILE: case(), "content/p/2.md": case("b", hosts=["甲、乙"])})
    assert run("--root", tmp_path, "--format", "json") == 0
    output = json.loads(capsys.readouterr().out)
    assert (output["version"], output["ok"]) == (1, True)
    (warning,) = output["diagnostics"]
    assert warning.keys() == {
        "severity", "code", "message", "hint", "file", "line", "column", "excerpt",
    }  # fmt: skip
    assert (warning["severity"], warning["code"], warning["line"]) == ("warning", "B305", 7)
    summary = output["summary"]
    assert summary.keys() == {"cases", "pages", "written", "unchanged", "removed", "seconds"}
    assert summary["cases"] == 2
    assert summary["written"] == len(tree(tmp_path / "site"))


def test_json_of_a_failure_is_json_alone(tmp_path: Path) -> None:
    make_site(tmp_path, {FILE: case(theme="x")})
    done = command("--root", tmp_path, "--format", "json")
    assert (done.returncode, done.stderr) == (1, "")
    output = json.loads(done.stdout)
    assert output["ok"] is False and "summary" not in output
    assert output["diagnostics"][0]["code"] == "B304"


def test_github_gets_annotations(tmp_path: Path, capsys: Capture) -> None:
    make_site(tmp_path, {FILE: case(theme="econmy")})
    assert run("--root", tmp_path, "--format", "github") == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("::error file=") and ",line=5,col=8,title=B304::" in line
    assert line.endswith("没有“econmy”这个主题%0A怎么办：是不是 economy？")


def test_github_fields_are_escaped() -> None:
    line = format_github([Diagnostic("B305", "百%\n二", "", "a,b:c%.md", 1)])
    assert line == "::warning file=a%2Cb%3Ac%25.md,line=1,title=B305::百%25%0A二"


def test_every_code_has_a_severity_and_words() -> None:
    for code, (severity, words) in CODES.items():
        assert code[0] == "B" and severity in ("error", "warning") and words


# -- usage ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--fromat", "json"], ["没有选项 --fromat", "--format"]),
        (["build", "--jbos", "2"], ["没有选项 --jbos"]),
        (["nosuch"], ["没有命令 nosuch"]),
        (["build", "x", "y"], ["多余的参数", "x y"]),
        (["build", "x"], ["多余的参数", "x"]),
        (["--format", "xml"], ["--format", "“xml”", "json"]),
        (["--jobs", "0"], ["--jobs", "超出范围"]),
        (["--jobs", "many"], ["--jobs", "不是整数"]),
        (["--jobs"], ["--jobs", "要写一个值"]),
        (["--now", "tomorrow"], ["--now", "不是时刻"]),
        (["--now", "0001-01-01"], ["--now"]),
        (["--base-url", "example.org"], ["--base-url", "不是网址"]),
        (["--base-url", "ftp://example.org/"], ["--base-url", "不是网址"]),
        (["--base-url", "https://example.org/?a"], ["--base-url", "不是网址"]),
        (["--base-url", "http://["], ["--base-url", "不是网址"]),
        (["-x"], ["没有选项 -x"]),
        (["--drafts=yes"], ["--drafts"]),
    ],
)
def test_a_usage_error_is_told_in_chinese_and_exits_with_2(
    tmp_path: Path, capsys: Capture, arguments: list[str], words: list[str]
) -> None:
    make_site(tmp_path, {FILE: case()})
    assert run(*arguments) == 2
    output = capsys.readouterr()
    assert output.out == "" and output.err.startswith("用法错误：")
    assert all(word in output.err for word in words)
    assert "--help" in output.err and "Traceback" not in output.err
    english = [
        w
        for w in ("No such", "Invalid", "unexpected", "requires", "does not take")
        if w in output.err
    ]
    assert not english


def test_help_is_in_chinese(capsys: Capture) -> None:
    for arguments in (["--help"], ["build", "--help"]):
        assert run(*arguments) == 0
        output = capsys.readouterr().out
        assert output.startswith("用法：") and "--output 文件夹" in output
        assert not [
            w for w in ("Usage", "Options:", "Commands:", "Show this", "INTEGER") if w in output
        ]


def test_the_version_is_told(capsys: Capture) -> None:
    assert run("--version") == 0
    assert capsys.readouterr().out.strip() == __version__


@pytest.mark.parametrize(
    "arguments", [["--help"], ["build", "--help"], ["--version"], ["--nosuch"]]
)
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys; from broadsheet.cli import run; run(sys.argv[1:]);"
        "sys.exit(' '.join({'jinja2', 'pydantic', 'yaml', 'markdown_it', 'rich'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert done.stderr.splitlines()[-1:] in ([], [""]) or "用法错误" in done.stderr
    assert not [m for m in ("jinja2", "pydantic", "markdown_it") if m in done.stderr]


# -- when something goes wrong inside -------------------------------------------------------------


def boom(*arguments: object, **options: object) -> None:
    raise ZeroDivisionError("geheim")


@pytest.mark.parametrize("form", ["text", "json", "github"])
def test_a_defect_is_told_without_a_traceback(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    make_site(tmp_path, {FILE: case()})
    monkeypatch.setattr("broadsheet.pipeline.plan", boom)
    assert run("--root", tmp_path, "--format", form) == 1
    output = capsys.readouterr()
    assert "Traceback" not in output.out + output.err
    assert "B901" in output.out + output.err and "--debug" in output.out + output.err
    if form == "json":
        assert json.loads(output.out)["diagnostics"][0]["code"] == "B901"


def test_debug_shows_the_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_site(tmp_path, {FILE: case()})
    monkeypatch.setattr("broadsheet.pipeline.plan", boom)
    with pytest.raises(ZeroDivisionError):
        run("--root", tmp_path, "--debug")


def test_an_interruption_exits_with_130(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    make_site(tmp_path, {FILE: case()})
    monkeypatch.setattr("broadsheet.pipeline.plan", interrupt)
    assert run("--root", tmp_path) == 130
    assert "已中断" in capsys.readouterr().err


@pytest.mark.parametrize("encoding", ["gbk", "ascii", "latin-1"])
@pytest.mark.parametrize("title", ["关于📰的建议", "关于建议"])
def test_a_terminal_that_cannot_show_everything_is_no_defect(
    tmp_path: Path, encoding: str, title: str
) -> None:
    make_site(tmp_path, {FILE: raw_title(title)})
    done = command("--root", tmp_path, env={"PYTHONIOENCODING": encoding}, text=False)
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr and b"B901" not in done.stderr
    assert b"B303" in done.stderr


def test_a_terminal_that_cannot_show_chinese_still_gets_the_result(tmp_path: Path) -> None:
    make_site(tmp_path, {FILE: case()})
    done = command("--root", tmp_path, env={"PYTHONIOENCODING": "ascii"}, text=False)
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr and b"B901" not in done.stdout + done.stderr


def raw_title(title: str) -> str:
    return case(title=[title])


def test_a_reader_that_goes_away_is_no_traceback(tmp_path: Path) -> None:
    """As in `build.py | head -0`."""
    make_site(tmp_path, {FILE: case()})
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "build.py"), "--root", str(tmp_path)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout and process.stderr
    process.stdout.close()
    errors = process.stderr.read()
    process.wait(timeout=LIMIT)
    assert b"Traceback" not in errors and b"B901" not in errors


def test_a_missing_library_is_told_in_chinese(tmp_path: Path) -> None:
    """On a machine where `make site` has not run yet."""
    done = subprocess.run(
        [sys.executable, "-S", "-E", str(ROOT / "build.py")],
        cwd=tmp_path, capture_output=True, text=True, timeout=LIMIT,
    )  # fmt: skip
    assert done.returncode == 1
    assert "make site" in done.stderr and "Traceback" not in done.stderr


def test_click_still_says_what_we_translate() -> None:
    """The messages that are recognized by their words: an update of click may change them."""
    from broadsheet.chinese_click import explain

    with pytest.raises(click.UsageError) as caught:
        cli.main.main(["build", "x", "y"], standalone_mode=False)
    assert "多余的参数：x y" in explain(caught.value)


@pytest.mark.parametrize("form", ["text", "json", "github"])
def test_a_terminal_without_han_characters_is_no_crash(tmp_path: Path, form: str) -> None:
    make_site(tmp_path, {"content/p/001-a.md": case(theme="nosuch")})
    arguments = [sys.executable, str(ROOT / "build.py"), "--root", str(tmp_path), "--format", form]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(arguments, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr and "B304" in done.stdout + done.stderr
    if form == "json":
        assert json.loads(done.stdout)["diagnostics"][0]["message"] == "没有“nosuch”这个主题"


def test_a_reader_who_leaves_early_is_no_crash(tmp_path: Path) -> None:
    files = {f"content/p/{n}.md": case(f"a{n}", theme="nosuch") for n in range(1500)}
    make_site(tmp_path, files)
    command_line = f"'{sys.executable}' '{ROOT / 'build.py'}' --root . --format json | head -c 9"
    done = subprocess.run(
        ["sh", "-c", command_line], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
