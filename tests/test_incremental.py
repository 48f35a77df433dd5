"""A build that goes on from an earlier one makes the very site, and index, that a clean one makes."""

from __future__ import annotations

import os
import re
import shutil
from contextlib import suppress

import pytest
from desk_edits import EDITS, edited
from desk_harm import DAMAGES, FAULTS, damaged, failed
from desks import EMBARGO, Desk, assert_as_clean, at_desk
from hypothesis import given, settings
from hypothesis import strategies as st

pytest_plugins = ["desks"]


@pytest.mark.parametrize("name", EDITS)
def test_after_an_edit_the_site_is_that_of_a_clean_build(used_desk: Desk, name: str) -> None:
    used_desk.cases["q/007-c7.md"]["publish_at"] = EMBARGO  # so that another moment matters
    used_desk.write()
    used_desk.build()
    for n in (1, 4):
        assert edited(used_desk, name, n)
        assert_as_clean(used_desk)


# -- whatever happened ----------------------------------------------------------------------------


# a longer search: BROADSHEET_EXAMPLES=2000
EXAMPLES = int(os.environ.get("BROADSHEET_EXAMPLES", "12"))
# noise in the index and a memory that is lost: see test_damage_to_the_index_and_to_the_memory
APART = [name for name in DAMAGES if not re.search("(search/|index: ).* noise", name)]
STEPS = st.tuples(
    st.sampled_from([*EDITS, *EDITS, *FAULTS, *APART]),
    st.integers(0, 999),
    st.booleans(),  # whether a build follows at once
)


@settings(max_examples=EXAMPLES, deadline=None)
@given(steps=st.lists(STEPS, min_size=3, max_size=10))
def test_whatever_happened_the_site_is_that_of_a_clean_build(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, bool]]
) -> None:
    folder = tmp_path_factory.mktemp("desk")
    with at_desk(folder) as desk:
        desk.build()
        built = True
        for name, n, build_now in steps:
            if name in EDITS:
                edited(desk, name, n)
            elif name in FAULTS:
                failed(desk, name, n)
            elif built:
                with suppress(ValueError, OSError):  # what is to be harmed is not there
                    damaged(desk, name)
            built = build_now
            if built:
                assert_as_clean(desk)
        assert_as_clean(desk)
    shutil.rmtree(folder)
