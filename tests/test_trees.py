"""Trees: what is known of a folder, brought up by dates, is what a walk finds."""

from __future__ import annotations

import os
import pickle
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from helpers import make_site
from hypothesis import given, settings
from hypothesis import strategies as st

from broadsheet import trees
from broadsheet.trees import NOTHING, UNKNOWN, Tree, brought_up, folders_of, survey

FILES = {"a.txt": "a", "p/b.txt": "b", "p/q/c.txt": "c", "p/q/d.txt": "d", "r/s/t/e.txt": "e"}


def known(top: Path) -> Tree:
    """What a build would remember of a folder in which nothing has happened for a while."""
    time.sleep(1.5 * trees.TICK / 1e9)
    return survey(top, NOTHING).settled(time.time_ns())


@pytest.fixture
def top(tmp_path: Path) -> Path:
    return make_site(tmp_path / "top", FILES, site=None)


def test_a_survey_finds_every_file_and_folder(top: Path) -> None:
    found = survey(top, NOTHING)
    assert found.files.keys() == FILES.keys()
    assert found.folders.keys() == {"", "p", "p/q", "r", "r/s", "r/s/t"}
    assert survey(top / "nothing", NOTHING) == survey(top / "nothing", found) == NOTHING
    assert survey(top, found) == found


def replaced_by_a_link_to_itself(top: Path) -> None:
    """The folder is elsewhere now; everything below has the inode and the dates that it had."""
    (top / "p").rename(top.parent / "elsewhere")
    (top / "p").symlink_to(top.parent / "elsewhere")


CHANGES: dict[str, Callable[[Path], object]] = {
    "written to": lambda top: (top / "p/b.txt").write_text("other"),
    "a file more": lambda top: (top / "p/q/new.txt").write_text("x"),
    "a file less": lambda top: (top / "p/q/d.txt").unlink(),
    "a file instead": lambda top: ((top / "p/b.txt").unlink(), (top / "p/b.txt").write_text("b")),
    "a folder less": lambda top: shutil.rmtree(top / "p"),
    "a folder more": lambda top: make_site(top, {"p/x/y/z.txt": "z"}, site=None),
    "a folder moved": lambda top: (top / "p/q").rename(top / "r/q"),
    "two folders exchanged": lambda top: (
        (top / "p/q").rename(top / "x"), (top / "r/s").rename(top / "p/q"), (top / "x").rename(top / "r/s")),
    "a file for a folder": lambda top: (shutil.rmtree(top / "p/q"), (top / "p/q").write_text("x")),
    "a folder for a file": lambda top: ((top / "a.txt").unlink(), make_site(top, {"a.txt/x": "x"}, site=None)),
    "a link for a file": lambda top: ((top / "a.txt").unlink(), (top / "a.txt").symlink_to("p")),
    "a link for a folder": replaced_by_a_link_to_itself,
    "everything gone": shutil.rmtree,
    "a copy": lambda top: (shutil.copytree(top, top.parent / "y"), shutil.rmtree(top), (top.parent / "y").rename(top)),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_whatever_has_changed_is_found(top: Path, name: str) -> None:
    before = known(top)
    assert UNKNOWN not in before.folders.values()
    CHANGES[name](top)
    assert survey(top, before) == survey(top, NOTHING)
    names = survey(top, before, names_alone=True).files
    assert names.keys() == survey(top, NOTHING).files.keys()


@settings(max_examples=30, deadline=None)
@given(steps=st.lists(st.sampled_from(sorted(CHANGES)), min_size=1, max_size=5))
def test_whatever_has_happened_is_found(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    top = make_site(tmp_path_factory.mktemp("x") / "top", FILES, site=None)
    before = known(top)
    for name in steps:
        try:
            CHANGES[name](top)
        except OSError:  # what it would change has gone
            continue
        found = survey(top, before)
        assert found == survey(top, NOTHING)
        before = found.settled(time.time_ns())


def test_names_alone_are_told_by_inodes(top: Path) -> None:
    """Who was written to is not noticed; who was replaced is."""
    before = known(top)
    (top / "p/b.txt").write_text("other")
    assert survey(top, before, names_alone=True).files == before.files
    (top / "p/b.txt").unlink()
    (top / "p/b.txt").write_text("other")
    assert survey(top, before, names_alone=True).files["p/b.txt"] != before.files["p/b.txt"]


def test_a_folder_that_may_change_again_unseen_is_listed(top: Path) -> None:
    found = survey(top, NOTHING)
    at_once = max(one[2] for one in found.folders.values())
    young = {path for path, one in found.folders.items() if one[2] >= at_once - trees.TICK}
    unknown = {path for path, one in found.settled(at_once).folders.items() if one == UNKNOWN}
    assert unknown == young != set()  # all of them, unless somebody has kept us from making them
    assert set(found.settled(at_once - 10**10).folders.values()) == {UNKNOWN}
    assert found.settled(at_once + trees.TICK + 1) == found
    assert survey(top, found.settled(at_once)) == found


def test_a_tree_brought_up_is_what_a_survey_finds(top: Path) -> None:
    before = known(top)
    make_site(top, {"p/b.txt": "other", "p/new/x.txt": "x"}, site=None)
    shutil.rmtree(top / "r")
    touched = top / "p/q/c.txt"
    os.rename(touched, top / "p/q/~")
    os.rename(top / "p/q/~", touched)
    changed = ["p/b.txt", "p/new/x.txt", "r/s/t/e.txt"]
    assert brought_up(top, before, changed, ["p/q/c.txt"]) == survey(top, NOTHING)


def test_each_folder_stands_before_those_in_it(top: Path) -> None:
    before = known(top)
    make_site(top, {"a/b/c/d.txt": "x", "p/a/b.txt": "y"}, site=None)
    for tree in (survey(top, before), brought_up(top, before, ["a/b/c/d.txt", "p/a/b.txt"])):
        order = list(tree.folders)
        assert all(order.index(p.rpartition("/")[0]) < order.index(p) for p in order if p)


@pytest.mark.parametrize(
    "tree", [NOTHING, Tree({"x\ny": (1, 2, 3)}, {"": (1, 2, 3, 4), "ä": UNKNOWN})]
)
def test_a_tree_is_kept_as_it_is(tree: Tree) -> None:
    assert pickle.loads(pickle.dumps(tree)) == tree


def test_a_tree_of_names_that_are_no_text_is_kept(top: Path) -> None:
    (top / os.fsdecode(b"\xff.txt")).write_text("x")
    found = survey(top, NOTHING)
    assert pickle.loads(pickle.dumps(found)) == found


SEEN = st.dictionaries(st.sampled_from("abcd"), st.tuples(*[st.integers(0, 1)] * 3))
STAMPS = st.dictionaries(st.sampled_from("abcd"), st.tuples(*[st.integers(0, 1)] * 4))
TREES = st.builds(Tree, SEEN, STAMPS)


@given(TREES, TREES)
@settings(max_examples=100)
def test_a_tree_told_apart_from_another_is_joined_to_it_again(one: Tree, other: Tree) -> None:
    assert other.joined(one.apart(other)) == one
    assert one.apart(one) == (NOTHING, (), ())


def test_the_folders_of_paths() -> None:
    assert folders_of([]) == set()
    assert folders_of(["a", "b/c/d", "b/e"]) == {"", "b", "b/c"}
