"""Check: what a build would say, and what a sub-editor would say besides. Pure: nothing is written.

source       a file as its words, without markup, each place known
punctuation  B801 to B805: marks and blanks
wording      B806 to B808: the newspaper's own words
words        content/wordlist.yaml, and what has been accepted in it
similar      B811, B812: titles and paragraphs that are nearly the same
names        B813 to B815: people and units
sums         B822: numbers that do not add up
whole        the rules that look at all cases at once
single       the rules that look at one file, run in workers
findings     a diagnostic with its mending
fixes        mending, and the proof that nothing else changed
run          a folder: read it, check it, mend it
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace

from broadsheet.check.single import File, Paragraph, files_of, inspect_files
from broadsheet.check.whole import compare_cases
from broadsheet.check.words import read_words, without_accepted
from broadsheet.diagnostics import ContentError, Diagnostic, in_order
from broadsheet.jobs import spread
from broadsheet.models import WordList
from broadsheet.plan import plan
from broadsheet.read import Content
from broadsheet.scan import display
from broadsheet.settings import Options

__all__ = ["Checked", "check", "read_words"]

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Checked:
    """All that was found, in the order of files; the files that can be mended; how many cases."""

    diagnostics: tuple[Diagnostic, ...]
    mendable: tuple[File, ...]
    cases: int


def check(
    content: Content,
    words: WordList,
    options: Options,
    executor: Executor | None = None,
    progress: Progress = lambda step, done, total: None,
) -> Checked:
    """What is wrong with `content`, drafts and cases under embargo included.

    The same as a build finds under `options`, and the findings of this package, without those that
    `words` accepts. Files are looked at again; one that cannot be read is left to the reader.
    """
    files = files_of(content)
    findings = []
    paragraphs: list[Paragraph] = []
    done = 0
    for part in spread(inspect_files, files, executor, content.folder, words):
        for mine, texts in part:
            findings += mine
            paragraphs += texts
            done += 1
        progress("检查", done, len(files))
    progress("比较", 0, 0)
    findings += compare_cases(content, words, paragraphs)
    kept = list(without_accepted(findings, words, content.folder))
    mendable = {finding.diagnostic.file for finding in kept if finding.edits}
    told = (*planned(content, options), *(finding.diagnostic for finding in kept))
    return Checked(
        tuple(in_order(told)),
        tuple(file for file in files if display(content.folder / file.path) in mendable),
        len(content.cases),
    )


def planned(content: Content, options: Options) -> list[Diagnostic]:
    """What reading and planning find; once more with what is withheld, which is published later."""
    withheld = any(
        case.front.draft or (case.front.publish_at and case.front.publish_at > options.now)
        for case in content.cases
    )
    found: list[Diagnostic] = []
    for choice in (options, replace(options, drafts=True)) if withheld else (options,):
        try:
            found += plan(content, choice).diagnostics
        except ContentError as error:
            found += error.diagnostics
    return found
