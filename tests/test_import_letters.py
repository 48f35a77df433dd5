"""Reply letters that nobody fitted the code to: ours, in the shapes of many offices."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from letters import LETTERS

from broadsheet.manuscripts.intake import Request, take_in

FIELDS = (
    "title", "number", "proposers", "proposers_more", "hosts", "co_hosts", "ratings", "merged_numbers",
    "satisfaction", "reply", "source",
)  # fmt: skip


def simple(key: str, value: Any) -> Any:
    if key == "ratings":
        return [(one["round"], one["grade"]) for one in value]
    if key == "proposers":
        return [one if isinstance(one, str) else (one["name"], one["type"]) for one in value]
    return value


@pytest.mark.parametrize("name", LETTERS)
def test_letter(name: str, tmp_path: Path) -> None:
    text, wanted = LETTERS[name]
    (tmp_path / "letter.txt").write_text(text, "utf-8")
    intake = take_in(Request((tmp_path / "letter.txt",), tmp_path / "content"))
    (outcome,) = intake.outcomes
    (case,) = outcome.cases
    fields = {
        key: simple(key, value) for key, value in case.written.fields.items() if key in FIELDS
    }
    assert fields == {key: value for key, value in wanted.items() if key in FIELDS}
    assert case.written.fields["kind"] == wanted.get("kind", case.written.fields["kind"])
    reviewed = {one["field"] for one in case.written.fields["needs_review"]} - {"theme"}
    assert set(wanted.get("review", [])) <= reviewed
    body = "\n".join(case.written.sections.values())
    for piece in wanted.get("gone", []):
        assert piece not in body
    for piece in wanted.get("stays", []):
        assert piece in body
    account = outcome.understood.account
    assert account.source == account.placed + account.dropped
