"""Same input, same bytes: whatever the folder, the machine's settings, or the number of workers."""

from __future__ import annotations

import os
import shutil
import sys
import weakref
from array import array
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import pytest
from helpers import ROOT, build, case, command, make_site, publication, tree

from benchmarks.corpus import write_corpus
from broadsheet.jobs import POOL_PAYS, spread
from broadsheet.scan import display
from broadsheet.search.state import measure, read_state

CASES = POOL_PAYS + 20  # so that workers really work


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("corpus")
    write_corpus(root / "content", CASES)
    return root


@pytest.fixture(scope="module")
def expected(corpus: Path) -> dict[str, bytes]:
    done = command("--root", corpus, "--jobs", "1", cwd=corpus)
    assert done.returncode == 0, done.stderr
    return tree(corpus / "site")


@pytest.mark.parametrize(
    ("env", "jobs"),
    [
        ({"TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "2", "LC_ALL": "C", "LANG": "C"}, 1),
        ({"TZ": "America/Adak", "PYTHONHASHSEED": "1"}, 3),
        ({"PYTHONHASHSEED": "3", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, 2),
    ],
)
def test_settings_of_the_machine_change_nothing(
    corpus: Path, expected: dict[str, bytes], tmp_path: Path, env: dict[str, str], jobs: int
) -> None:
    done = command(
        "--root", corpus, "--output", tmp_path / "site", "--jobs", jobs, cwd=tmp_path, env=env
    )
    assert done.returncode == 0, done.stderr
    assert tree(tmp_path / "site") == expected


def test_another_folder_and_another_order_of_files_change_nothing(
    corpus: Path, expected: dict[str, bytes], tmp_path: Path
) -> None:
    folder = tmp_path / "有 空格" / "content"
    for path in sorted(corpus.glob("content/**/*"), reverse=True):
        if path.is_file():
            target = folder / path.relative_to(corpus / "content")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    build(folder.parent, jobs=2)
    assert tree(folder.parent / "site") == expected


def test_workers_do_the_work_when_there_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    from broadsheet.jobs import pool

    with pool(2) as executor:
        assert executor is not None
        assert os.getpid() not in list(spread(process_of, range(POOL_PAYS), executor))
        few = list(spread(process_of, range(POOL_PAYS - 1), executor))
        assert set(few) == {os.getpid()}
    with pool(1) as executor:
        assert executor is None


def process_of(part: object) -> int:
    return os.getpid()


def test_results_of_workers_keep_their_order() -> None:
    from broadsheet.jobs import pool

    with pool(2) as executor:
        parts = list(spread(list, range(1000), executor))
    assert [n for part in parts for n in part] == list(range(1000))


def test_results_that_were_taken_are_not_kept() -> None:
    """A hundred thousand cases give 1.3 GB of terms, which go into files as they come."""

    class Later(Future[Any]):
        def result(self, timeout: float | None = None) -> Any:
            self.set_result(array("b", bytes(9)))
            return super().result(timeout)

    class Slow(Executor):
        """Nothing is done before somebody waits for it."""

        def submit(self, *_: Any, **__: Any) -> Future[Any]:
            return Later()

    taken: list[weakref.ref[Any]] = []
    for part in spread(list, range(1000), Slow()):
        assert all(one() is None for one in taken[:-1])  # of the last, `part` was the name
        taken.append(weakref.ref(part))
    assert len(taken) > 3


@pytest.mark.skipif(sys.platform in ("win32", "cygwin"), reason="processes cannot be forked there")
def test_workers_of_this_machine_are_not_sent_what_they_were_born_with() -> None:
    from broadsheet.jobs import pool

    items = [lambda n=n: (n, os.getpid()) for n in range(POOL_PAYS)]  # nobody can pack these
    with pool(2) as executor:
        for _ in range(2):  # a second time, other processes
            done = [one for part in spread(asked, items, executor) for one in part]
            assert [n for n, _ in done] == list(range(POOL_PAYS))
            assert os.getpid() not in {process for _, process in done}


def asked(items: Sequence[Callable[[], object]]) -> list[object]:
    return [item() for item in items]


def test_problems_are_told_alike_by_one_and_by_two_workers(tmp_path: Path) -> None:
    from helpers import many, problems

    files = many(450)
    for number in (3, 200, 449):
        files[f"content/p/{number:03d}-c{number}.md"] = case(f"c{number}", theme="x", date="y")
    make_site(tmp_path, files)
    alone = problems(tmp_path, jobs=1)
    assert len(alone) == 6 and problems(tmp_path, jobs=2) == alone


def test_a_template_fault_in_a_worker_is_told_like_any_other(tmp_path: Path) -> None:
    from helpers import many, problem

    make_site(tmp_path, {**many(450), "templates/case.html": "一\n{{ nothing.there }}"})
    found = problem(tmp_path, "B601", jobs=2)
    assert (found.file, found.line) == (display(tmp_path / "templates/case.html"), 2)
    folder = tmp_path / "search/index"  # at which another process was meanwhile
    state = read_state(folder)
    assert state is not None and state.files == measure(folder)


def test_an_index_that_cannot_be_written_is_told_by_the_process_beside(tmp_path: Path) -> None:
    from helpers import many, problem

    make_site(tmp_path, {**many(450), "search/index": "no folder"})
    assert problem(tmp_path, "B705", jobs=2).file == display(tmp_path / "search/index")
    assert not (tmp_path / "site").exists()


@pytest.mark.skipif(sys.platform in ("win32", "cygwin"), reason="processes cannot be forked there")
@pytest.mark.parametrize(
    ("cases", "jobs", "beside"), [(450, 2, True), (450, 1, False), (9, 2, False)]
)
def test_another_process_indexes_while_many_pages_are_rendered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cases: int, jobs: int, beside: bool
) -> None:
    from helpers import many

    from broadsheet import pipeline

    publish_index = pipeline._publish_index

    def told(*arguments: Any) -> Any:
        (tmp_path / "indexed by").write_text(str(os.getpid()))
        return publish_index(*arguments)

    monkeypatch.setattr(pipeline, "_publish_index", told)
    make_site(tmp_path, many(cases))
    build(tmp_path, jobs=jobs)
    assert ((tmp_path / "indexed by").read_text() != str(os.getpid())) is beside


def test_the_moment_of_the_build_is_not_on_the_pages(tmp_path: Path) -> None:
    from datetime import UTC, datetime

    make_site(tmp_path, {"content/p/1.md": case(), "content/p/index.md": publication()})
    build(tmp_path, output="one", now=datetime(2025, 1, 1, tzinfo=UTC))
    build(tmp_path, output="two", now=datetime(2031, 7, 7, tzinfo=UTC))
    assert tree(tmp_path / "one") == tree(tmp_path / "two")


def test_the_shipped_content_is_built_alike_twice(tmp_path: Path) -> None:
    (tmp_path / "content").symlink_to(ROOT / "content")
    build(tmp_path, output="one")
    build(tmp_path, output="two", jobs=2)
    assert tree(tmp_path / "one") == tree(tmp_path / "two")
