"""content/wordlist.yaml: what the newspaper wants of words, and what it has accepted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from broadsheet import frontmatter
from broadsheet.check.findings import Finding
from broadsheet.diagnostics import Diagnostic
from broadsheet.frontmatter import FrontMatterError, Positions
from broadsheet.models import Accepted, WordList
from broadsheet.scan import display
from broadsheet.textfile import MAX_BYTES, read_text

WORDLIST = "wordlist.yaml"


def read_words(folder: Path) -> tuple[WordList, list[Diagnostic]]:
    """The word list of a content folder, empty where there is none, and what is wrong with it."""
    path = folder / WORDLIST
    none = WordList.model_validate({})
    if not path.is_file() or not path.resolve().is_relative_to(folder.resolve()):
        return none, []
    try:
        text = read_text(path)
        raw = frontmatter.parse(text, MAX_BYTES)
        return frontmatter.validate(WordList, raw, text), []
    except FrontMatterError as error:
        return none, [replace(one, file=display(path)) for one in error.diagnostics]


def without_accepted(
    findings: Sequence[Finding], words: WordList, folder: Path
) -> Iterator[Finding]:
    """The findings that nobody has accepted, and the acceptances that nothing answers to."""
    used = set()
    for finding in findings:
        position = accepted_by(finding.diagnostic, words.accepted, folder)
        if position is None:
            yield finding
        else:
            used.add(position)
    unused = [n for n in range(len(words.accepted)) if n not in used]
    if not unused:
        return
    path = folder / WORDLIST
    positions = Positions(read_text(path)) if path.is_file() else None
    for position in unused:
        place = positions.locate(("accepted", position)) if positions else (0, 0, "")
        message = f"接受了 {words.accepted[position].code}，可是没有这样的提醒"
        hint = "稿件已经改好的，删去这一条；没有的，核对 file 和 text"
        yield Finding(Diagnostic("B832", message, hint, display(path), *place))


def accepted_by(found: Diagnostic, accepted: Sequence[Accepted], folder: Path) -> int | None:
    """The entry that accepts it. The newest stands last, but any will do."""
    for position, entry in enumerate(accepted):
        here = not entry.file or display(folder / entry.file) == found.file
        said = not entry.text or entry.text in found.excerpt or entry.text in found.message
        if entry.code == found.code and here and said:
            return position
    return None
