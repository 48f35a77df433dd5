"""Plain heads: front matter of one line a field, with values that YAML can take for nothing else.

Most heads are nothing else, and are told by one pattern in a third of the time that a parser of
YAML takes. What becomes of them is the same; a head with anything more is left to the parser.
"""

from __future__ import annotations

import re
from typing import Any

_NEVER = r"\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff"  # a character of text
# begins with no sign of YAML's, and has none in it that could end it or mean more
_TEXT = rf"[^\s!-/:-@\[-`{{-~{_NEVER}][^{_NEVER}#:,\[\]{{}}\"'&*!]*(?<!\s)"
_RECORD = rf"\{{[a-z_]+: {_TEXT}(?:, [a-z_]+: {_TEXT})*\}}"
_FIELD = re.compile(
    rf"([a-z_]+): (?:({_TEXT})|\"([^{_NEVER}\"\\&*]*)\""
    rf"|\[({_TEXT}(?:, {_TEXT})*)\]|\[({_RECORD}(?:, {_RECORD})*)\])"
)


def plain(text: str) -> dict[str, Any] | None:
    """Fields with their values: texts, or lists of texts or of records; nothing where there may be
    more in it.
    """
    pairs: list[tuple[str, Any]] = []
    for line in text.split("\n"):
        found = _FIELD.fullmatch(line)
        if found:
            name, alone, quoted, names, records = found.groups()
            if alone is not None:
                pairs.append((name, alone))
            elif names is not None:
                pairs.append((name, names.split(", ")))
            elif quoted is not None:
                pairs.append((name, quoted))
            else:
                some = [_record(record) for record in records[1:-1].split("}, {")]
                if None in some:
                    return None
                pairs.append((name, some))
        elif line:
            return None
    return _without_twins(pairs)


def _record(text: str) -> dict[str, Any] | None:
    return _without_twins([tuple(pair.split(": ")) for pair in text.split(", ")])


def _without_twins(pairs: list[Any]) -> dict[str, Any] | None:
    """As a record, if no name stands twice in it."""
    record = dict(pairs)
    return record if len(record) == len(pairs) else None
