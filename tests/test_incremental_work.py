"""Work: a build reads, renders and indexes what an edit has touched, and nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from desk_edits import text_at_the_end
from desks import SENTENCES, Desk
from helpers import build, case, changed, make_site, many, tree

import broadsheet.plan.documents
import broadsheet.plan.lists
from broadsheet import memory, trees
from broadsheet.pipeline import Report
from broadsheet.settings import Work

pytest_plugins = ["desks"]


CASES = 450
RELATED = 12  # cases that have c200 among their related ones: c20 and c120, c100 and c300, …
MIDDLE, LAST = "content/p/200-c200.md", "content/p/451-neu.md"
TOTALS = {  # pages that say how many cases there are, or list the newest
    "index.html", "feed.xml", "feed.json", "sitemap.xml", "about/index.html", "search/index.html",
    "themes/index.html", "publications/index.html",
}  # fmt: skip


@dataclass(frozen=True)
class Measured:
    report: Report
    pages: set[str]  # that are new, gone or different, index and assets aside
    index: set[str]
    before: dict[str, bytes]

    @property
    def of_cases(self) -> set[str]:
        return {path for path in self.pages if path.startswith("cases/")}

    def showing(self, text: str) -> set[str]:
        return {path for path, data in self.before.items() if text.encode() in data}


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One publication by one person; a list of everything takes nine pages."""
    root = make_site(
        tmp_path_factory.mktemp("paper"), many(CASES, body=f"{SENTENCES[0]}\n\n{SENTENCES[1]}\n")
    )
    make_site(root, {"templates/assets/custom.css": ""}, site=None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trees, "SETTLED", 0)
        build(root)
        yield root


def put(root: Path, files: dict[str, str | None]) -> dict[str, str | None]:
    """Write files, or remove those that are None; returns what was there."""
    before = {p: (root / p).read_text("utf-8") if (root / p).exists() else None for p in files}
    make_site(root, {path: text for path, text in files.items() if text is not None}, site=None)
    for path in (path for path, text in files.items() if text is None):
        (root / path).unlink()
    return before


def measure(root: Path, files: dict[str, str | None]) -> Measured:
    """What one build has to do after this edit, which is undone afterwards."""
    build(root)
    before = tree(root / "site")
    undo = put(root, files)
    report = build(root)
    after = tree(root / "site")
    build(root, output="clean", clean=True)
    assert changed(after, tree(root / "clean")) == set()
    put(root, undo)
    shutil.rmtree(root / "clean")
    touched = changed(before, after)
    in_index = {p for p in touched if p.startswith("search/") and not p.endswith(".html")}
    pages = {path for path in touched - in_index if not path.startswith("assets/")}
    gone = before.keys() - after.keys()
    assert report.files.removed == len(gone)
    assert report.files.written == len(touched - gone)
    return Measured(report, pages, in_index, before)


def edited_case(root: Path, path: str, old: str, new: str) -> dict[str, str | None]:
    return {path: (root / path).read_text("utf-8").replace(old, new)}


def test_work_without_an_edit(paper: Path) -> None:
    build(paper)
    report = build(paper)
    assert report.work == Work()
    assert (report.files.written, report.files.removed) == (0, 0)


def test_work_for_a_sentence_at_the_end_of_a_body(paper: Path) -> None:
    text = "河边种树。"
    done = measure(paper, edited_case(paper, MIDDLE, SENTENCES[1], f"{SENTENCES[1]}\n\n{text}"))
    assert done.pages == {"cases/c200/index.html"}
    assert (done.report.work.read, done.report.work.rendered) == (1, 1)
    assert done.report.work.indexed <= 2 * len(text) + 2  # letters, pairs; the fragment, the root
    assert len(done.index) == done.report.work.indexed


def test_a_sentence_is_no_reason_to_look_at_other_cases(
    paper: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their text stays packed, no list is made anew, and search is told of one document."""
    build(paper)
    opened, lists, documents = list[object](), list[object](), list[object]()

    def counted(module: Any, name: str, calls: list[object]) -> None:
        original = getattr(module, name)

        def call(*arguments: Any, **options: Any) -> Any:
            calls.append(arguments)
            return original(*arguments, **options)

        monkeypatch.setattr(module, name, call)

    counted(memory.Stored, "__bytes__", opened)
    counted(broadsheet.plan.lists, "list_page", lists)
    counted(broadsheet.plan.documents, "_document", documents)
    with monkeypatch.context():
        undo = put(paper, edited_case(paper, MIDDLE, SENTENCES[1], f"{SENTENCES[1]}\n\n河边。"))
        assert build(paper).work.rendered == 1
    put(paper, undo)
    assert lists == [] and len(documents) == 1
    assert len(opened) < CASES / 8  # those that are remembered in the same file


def test_what_is_packed_is_read_though_it_has_been_replaced(desk: Desk) -> None:
    known = memory.Memory.load(desk.side / "memory").cases
    packed = {path: bytes(one.packed) for path, one in known.items()}
    assert len(packed) == len(desk.cases)
    text_at_the_end(desk, 1)
    desk.write()
    desk.build()
    shutil.rmtree(desk.side / "memory")
    assert {path: bytes(one.packed) for path, one in known.items()} == packed


def test_work_for_a_title(paper: Path) -> None:
    """Its own page, its neighbours, those that call it related, and one page of each list."""
    old, new = "关于c200的建议", "关于路灯的建议"
    done = measure(paper, edited_case(paper, MIDDLE, old, new))
    assert done.pages == done.showing("/cases/c200/") - {"sitemap.xml"}
    assert len(done.of_cases) <= 3 + RELATED
    assert [path.split("/")[0] for path in sorted(done.pages - done.of_cases)] == [
        "people", "publications", "themes", "units"]  # fmt: skip
    assert (done.report.work.read, done.report.work.rendered) == (1, len(done.pages))
    assert done.report.work.indexed <= 4 * len(old + new)  # letters, pairs, sounds


def test_work_for_a_new_case(paper: Path) -> None:
    """The newest, last in its publication: full pages of lists stay as they are, but for a total."""
    done = measure(paper, {LAST: case("neu", date="2003-01-01", hosts=["区文旅局"], proposers=["李明"])})  # fmt: skip
    assert done.of_cases == {"cases/neu/index.html", f"cases/c{CASES}/index.html"}
    of_lists = {path for path in done.pages - done.of_cases - TOTALS if "/feed." not in path}
    assert done.pages >= TOTALS and len(of_lists) <= 4 + 3 + 3  # names; the theme; the publication
    assert done.report.work.read == 1
    in_publication = CASES // 50 + 1  # each of its pages knows the total; the first one shows it
    assert done.report.work.rendered <= len(done.pages) + in_publication
    assert done.report.work.indexed < len(tree(paper / "search/index")) / 4


def test_work_for_a_case_that_goes(paper: Path) -> None:
    """From the middle: cases after it move up by one in every list."""
    done = measure(paper, {MIDDLE: None})
    shown = {path for path in done.showing("/cases/c200/") if path.startswith("cases/")}
    assert done.of_cases == shown and len(shown) <= 3 + RELATED
    assert done.report.work.read == 0
    of_lists = 4 * (CASES // 50 + 1)
    assert done.report.work.rendered <= len(shown) - 1 + len(TOTALS) + of_lists
    assert done.report.work.indexed < len(tree(paper / "search/index")) / 4


@pytest.mark.parametrize("name", ["templates/assets/custom.css", "templates/trail.html"])
def test_work_for_a_template(paper: Path, name: str) -> None:
    done = measure(paper, {name: "/* neu */"})
    assert done.report.work == Work(rendered=done.report.pages)
    assert done.index == set()


@pytest.mark.parametrize(
    ("files", "pages"),
    [
        ({"content/about.md": "关于本站。\n"}, {"about/index.html"}),
        ({"content/people.yaml": 'entries: [{name: 李明, note: "医生"}]'}, set()),
        ({"search/synonyms.yaml": "groups: [[路灯, 照明]]"}, set()),
        ({"content/p/photo.png": "x"}, set()),  # no case shows it
    ],
)
def test_work_for_what_few_pages_show(
    paper: Path, files: dict[str, str | None], pages: set[str]
) -> None:
    done = measure(paper, files)
    assert done.pages == pages
    assert done.report.work.read == 0 and done.report.work.indexed <= 2
    if "content/people.yaml" not in files:  # each case is told to follow from all the rules
        assert done.report.work.rendered == len(pages)
