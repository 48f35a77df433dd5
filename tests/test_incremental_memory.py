"""Memory that is not of the last build of this very site is not taken for that."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from desk_edits import edited
from desks import OTHER_URL, Desk, assert_as_clean
from helpers import NOW, make_site, many, tree

import broadsheet.read
from broadsheet import memory, nothing_new, pipeline, publish
from broadsheet.diagnostics import ContentError
from broadsheet.jobs import POOL_PAYS
from broadsheet.pipeline import Options

pytest_plugins = ["desks"]


@pytest.mark.parametrize(
    "name",
    ["last", "files", "site", "cases.*", "packed.*"],
)  # fmt: skip
def test_a_part_of_the_memory_is_of_an_earlier_build(desk: Desk, name: str) -> None:
    """A disk was full, a backup was played back; and then the edit is undone."""
    earlier = {path: path.read_bytes() for path in (desk.side / "memory").glob(name)}
    cases = {path: dict(one) for path, one in desk.cases.items()}
    edited(desk, "text_at_the_end", 3)
    desk.build()
    for path, data in earlier.items():
        path.write_bytes(data)
    desk.cases = cases
    desk.write()
    assert desk.nothing_new() is None
    assert_as_clean(desk)


@pytest.mark.parametrize("why", ["killed", "disk full"])
def test_a_build_that_could_not_be_remembered_is_not_the_one_before(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    original = memory._save

    def lost(path: Path, value: object) -> None:
        if path.name != "last":
            original(path, value)
        elif why == "killed":
            raise KeyboardInterrupt

    with monkeypatch.context() as patch, suppress(KeyboardInterrupt):
        patch.setattr(memory, "_save", lost)
        desk.build(options=Options(now=NOW, base_url=OTHER_URL))
    assert b"example.net" in desk.made()["site/feed.xml"]
    assert desk.nothing_new() is None


def test_a_build_that_failed_at_its_pages_has_remembered_its_cases(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They hold whatever becomes of the site."""

    def refused(*_: object) -> None:
        raise ContentError([])

    for name in ("title", "text_at_the_end"):
        edited(desk, name, 3)
        with monkeypatch.context() as patch:
            patch.setattr(pipeline, "_refuse_dead_links", refused)
            with pytest.raises(ContentError):
                desk.build()
        assert desk.nothing_new() is None
    assert desk.build().work.read == 0
    assert_as_clean(desk)


def test_a_build_from_a_file_of_the_future_is_not_the_one_before(desk: Desk) -> None:
    """Dates after now tell nothing, so that build is not remembered; the one before it is not it."""
    note = "content/notes.txt"
    make_site(desk.root, {note: "x"}, site=None)
    os.utime(desk.root / note, (4e9, 4e9))
    desk.build(options=Options(now=NOW, base_url=OTHER_URL))
    assert desk.nothing_new(options=Options(now=NOW, base_url=OTHER_URL)) is None
    (desk.root / note).unlink()
    assert desk.nothing_new() is None


def test_a_build_that_comes_between_publishing_and_remembering(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = pipeline._files

    def meanwhile(*arguments: Any) -> Any:
        monkeypatch.setattr(pipeline, "_files", original)
        with suppress(ContentError):  # better: it is told that we are at work
            desk.build(options=Options(now=NOW, base_url=OTHER_URL))
        return original(*arguments)

    monkeypatch.setattr(pipeline, "_files", meanwhile)
    desk.build(clean=True)
    assert desk.nothing_new() is None or b"example.net" not in desk.made()["site/feed.xml"]


def test_two_sites_of_one_index(desk: Desk) -> None:
    """A preview with drafts beside the site, both from search/index."""
    edited(desk, "draft", 1)
    preview = desk.settings(output=desk.root / "preview", options=Options(now=NOW, drafts=True))
    for name in ("title", "text_at_the_end", "synonyms"):
        edited(desk, name, 3)
        pipeline.build(preview)
        assert desk.nothing_new() is None
        assert_as_clean(desk)
        assert nothing_new.nothing_new(preview, nothing_new.look(preview)) is None
        pipeline.build(preview)
        desk.build(options=preview.options, output=desk.root / "other", index=desk.root / "fresh")
        assert tree(desk.root / "preview") == tree(desk.root / "other")


def test_another_site_updates_the_index_before_this_one_is_remembered(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = publish._take_place

    def meanwhile(*arguments: Any) -> None:
        monkeypatch.setattr(publish, "_take_place", original)
        edited(desk, "text_at_the_end", 3)
        pipeline.build(desk.settings(output=desk.root / "preview"))
        original(*arguments)

    monkeypatch.setattr(publish, "_take_place", meanwhile)
    edited(desk, "title", 4)
    desk.build()
    assert_as_clean(desk)


@pytest.mark.parametrize("room", [True, False])
def test_of_many_cases_the_text_waits_in_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: bool
) -> None:
    make_site(tmp_path, many(POOL_PAYS, body="一段正文。\n"))

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "full")

    if not room:
        monkeypatch.setattr(os, "pwrite", full)
    cases = broadsheet.read.read(tmp_path / "content").cases
    assert {type(case.packed) for case in cases} == {memory.Stored if room else bytes}
    assert [case.front.id for case in cases] == [case.card.id for case in cases]
    assert {case.body.first_paragraph for case in cases} == {"一段正文。"}
