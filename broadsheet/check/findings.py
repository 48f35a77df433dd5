"""What a rule finds: a diagnostic, and the mending where there can be no doubt about it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from broadsheet.diagnostics import Diagnostic

# the way out of a finding that is right and yet nothing to mend
AS_PRINTED = "原文如此的，写进词表 wordlist.yaml 的 accepted，以后不再提示"


@dataclass(frozen=True, slots=True)
class Edit:
    """`text` instead of what stands from `start` to `end` of a file's text, within one line."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """`edits` mend it; they are empty where an editor has to decide."""

    diagnostic: Diagnostic
    edits: tuple[Edit, ...] = ()

    @property
    def code(self) -> str:
        return self.diagnostic.code

    @property
    def line(self) -> int:
        return self.diagnostic.line

    def saying(self, message: str, edits: tuple[Edit, ...]) -> Finding:
        return replace(self, diagnostic=replace(self.diagnostic, message=message), edits=edits)
