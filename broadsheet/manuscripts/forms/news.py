"""News of how a proposal is supervised: running text that names number, host and proposers."""

from __future__ import annotations

from collections.abc import Sequence

from broadsheet.manuscripts.drafts import Parsed
from broadsheet.manuscripts.forms.reference import parse_references
from broadsheet.manuscripts.rows import Row


def parse_news(rows: Sequence[Row], parsed: Parsed) -> list[Row]:
    return parse_references(rows, parsed)
