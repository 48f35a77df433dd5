"""Builds that fail, and damage to what they have left, cost time alone."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path
from typing import Any

import pytest
from desk_edits import EDITS, edited
from desk_harm import DAMAGES, FAULTS, damaged, failed
from desks import Desk, assert_as_clean, at_desk
from helpers import ROOT, changed, make_site, many, tree

from broadsheet.diagnostics import ContentError

pytest_plugins = ["desks"]


@pytest.mark.parametrize("name", FAULTS)
def test_after_a_build_that_failed_the_next_one_is_right(used_desk: Desk, name: str) -> None:
    failed(used_desk, name, 1)
    assert_as_clean(used_desk)
    failed(used_desk, name, 2)
    edited(used_desk, "text_at_the_end", 5)
    assert_as_clean(used_desk)


@pytest.mark.parametrize("undone", [True, False])
@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "full"), KeyboardInterrupt()])
def test_a_build_that_fails_between_two_pages(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, error: BaseException, undone: bool
) -> None:
    original = os.open

    def fail(path: Any, flags: int, *arguments: Any, **options: Any) -> int:
        if "/next/cases/c5/" in str(path) and flags & os.O_CREAT:
            raise error
        return original(path, flags, *arguments, **options)

    before = tree(desk.site_folder)
    edited(desk, "base_url_option", 1)
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", fail)
        with pytest.raises((ContentError, KeyboardInterrupt)):
            desk.build()
    assert tree(desk.site_folder) == before
    if undone:
        EDITS["base_url_option"](desk, 1)
    assert_as_clean(desk)


def test_a_worker_fails_and_another_one_has_written(tmp_path: Path) -> None:
    own = (ROOT / "templates/404.html").read_text("utf-8")
    case_html = (ROOT / "templates/case.html").read_text("utf-8")
    fault = '{% block main %}<i>neu</i>{% if case.address == "/cases/c3/" %}{{ nothing.there }}{% endif %}'
    with at_desk(tmp_path) as desk:
        desk.files["templates/404.html"] = own
        desk.cases = {}
        desk.write()
        make_site(tmp_path, many(450), site=None)
        desk.build()
        desk.files["templates/case.html"] = case_html.replace("{% block main %}", fault)
        desk.write()
        with pytest.raises(ContentError):
            desk.build(jobs=2)
        del desk.files["templates/case.html"]
        desk.write()
        desk.build(jobs=2)
        assert changed(desk.made(), desk.clean()[1]) == set()


def test_a_page_that_stays_and_leads_to_one_that_goes(desk: Desk) -> None:
    """Links that templates made are looked at again, though nothing of their pages has changed."""
    desk.files["templates/trail.html"] = """<a href="{{ url('/cases/c5/') }}">c5</a>"""
    desk.write()
    assert_as_clean(desk)
    gone = desk.cases.pop("p/005-c5.md")
    desk.write()
    with pytest.raises(ContentError) as caught:
        desk.build()
    assert {diagnostic.code for diagnostic in caught.value.diagnostics} == {"B602"}
    desk.cases["p/005-c5.md"] = gone
    desk.write()
    assert_as_clean(desk)


# -- damage ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_costs_time_alone(used_desk: Desk, name: str) -> None:
    edited(used_desk, "title", 3)  # so that the spare has something of its own
    used_desk.build()
    damaged(used_desk, name)
    assert_as_clean(used_desk)


@pytest.mark.parametrize(
    "name", [name for name in DAMAGES if not re.search("cut|empty$|noise$|link$|of another", name)]
)
def test_damage_and_an_edit(used_desk: Desk, name: str) -> None:
    damaged(used_desk, name)
    edited(used_desk, "title", 3)
    assert_as_clean(used_desk)


@pytest.mark.xfail(strict=True, reason="the index is told from a damaged one by the memory alone")
@pytest.mark.parametrize(
    "name", ["index: MAIN_site.root noise", "index: MAIN_site.t.* noise in place"]
)
def test_damage_to_the_index_and_to_the_memory(used_desk: Desk, name: str) -> None:
    damaged(used_desk, name)
    damaged(used_desk, "no memory")
    assert_as_clean(used_desk)
