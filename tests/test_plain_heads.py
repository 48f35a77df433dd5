"""Plain heads have a way of their own to a record, which leads to where YAML leads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from broadsheet import frontmatter
from broadsheet.plain_heads import plain

CONTENT = Path(__file__).parents[1] / "content"
VALUES = st.sampled_from(
    ["关于甲的建议", "case", "0867", "2024-03-17", "2024-03-17 06:00", "true", "~", "null", "", '"322"', '"甲：乙"',
     '"甲\\"乙"', "'322'", '"甲" 乙', "[甲, 乙]", "[甲,乙]", "[甲 , 乙]", "[甲,  乙]", "[甲, ]", "[]", "[“甲”, AI]",
     '["甲", 乙]', "[{round: 1, grade: A}]", "[{round: 1, grade: B}, {round: 2, grade: A}]", "[{name: 甲乙}]",
     "[{round: 1, round: 2}]", "[{round: 1},{round: 2}]", "{no: 甲, unit: 乙}", "甲 # 乙", "甲#乙", "甲: 乙", "甲:乙",
     "甲：乙", "http://a.b/", "- 甲", "-甲", "&a 甲", "*a", "!甲", "| 甲", "甲 | 乙", "> 甲", "@甲", "甲 ", "甲\u3000",
     "\u3000甲", "甲\t乙", "\xa0甲", "👍", "é", "e3", "1_000", "甲, 乙", "甲 [乙]", "甲 & 乙", "？", "?", "甲\n  乙", "甲\n\n"]
)  # fmt: skip
FIELDS = st.tuples(st.sampled_from(["id", "title", "co_hosts", "题目", "A"]), VALUES)


def by_yaml(text: str) -> Any:
    value = yaml.load(text, Loader=frontmatter._Loader)
    return {} if value is None else value


@settings(max_examples=100)
@given(st.lists(FIELDS, max_size=4).map(lambda some: "\n".join(f"{k}: {v}" for k, v in some)))
@example("")
@example("\n\nid: a\n\ntitle: 甲\n")
@example("id: a\nid: b")
@example("id: a\n  b")
@example("- a")
def test_whatever_is_written_a_head_is_what_yaml_says(text: str) -> None:
    short_way = plain(text)
    if short_way is not None:
        assert short_way == by_yaml(text)


@pytest.mark.parametrize(
    "text",
    ["id: a-1\ntitle: 甲“乙”，丙", 'number: "0867"', "hosts: [甲, 乙]", "\n\nid: a",
     "ratings: [{round: 1, grade: B}, {round: 2, grade: A}]"],
)  # fmt: skip
def test_what_is_plain_needs_no_yaml(text: str) -> None:
    assert plain(text) == by_yaml(text)


@pytest.mark.parametrize(
    "text",
    ["id: a\nid: b", "ratings: [{round: 1, round: 2}]", "title: 甲: 乙", "title: 甲 # 乙", "title: &a 甲", "title: *a",
     "title: '甲'", "id:", "hosts:\n  - 甲", "hosts: [甲, [乙]]", "# 注", "title: 甲\n  乙", "title: 甲\x85", "title: \ufeff甲"],
)  # fmt: skip
def test_what_may_mean_more_is_left_to_yaml(text: str) -> None:
    assert plain(text) is None


def test_most_of_what_is_shipped_is_plain() -> None:
    """Else the short way would be for nothing."""
    heads = [frontmatter.split(p.read_text("utf-8"))[0] for p in CONTENT.glob("*/0*.md")]
    told = [(plain(head), by_yaml(head)) for head in heads]
    assert all(one in (None, other) for one, other in told)
    assert sum(one is not None for one, _ in told) > len(told) // 2
