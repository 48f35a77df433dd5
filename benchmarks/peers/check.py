"""Whether two sites hold the same pages and the same text.

Held against each other: the addresses of cases and lists, the cases that each list leads to, the
number of pages that it is split into, feeds and sitemap; and both against the files of the cases:
title, names, keywords and every paragraph have to stand in what a reader sees of the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import chain
from pathlib import Path

from benchmarks.peers.prepare import names_of, split

LISTS = ("themes", "publications", "people", "units")
ALONE = ("index.html", "about/index.html", "search/index.html", "404.html", "sitemap.xml")
SAMPLE = 100  # cases whose text is compared
TOLD = 5  # examples of one kind of difference

_CASE = re.compile(r'href="/cases/([^/"]+)/"')
_LOC = re.compile(r"<loc>https?://[^/]+(/[^<]*)</loc>")
_UPDATED = re.compile(r"<entry>.*?<updated>([^<]*)</updated>", re.DOTALL)
_INITIAL = re.compile(r"/(people|units)/initial-.")  # how we split a long list of names


@dataclass
class Checked:
    """`differences` spoil a comparison; `notes` are what each does in its own way."""

    cases: int = 0  # whose text was compared
    counts: dict[str, int] = field(default_factory=dict)  # pages of each kind, in both
    differences: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def expect_same(self, what: str, ours: set[str], theirs: set[str]) -> None:
        for place, those in (("only ours", ours - theirs), ("only theirs", theirs - ours)):
            if those:
                examples = ", ".join(sorted(those)[:TOLD])
                self.differences.append(f"{what}, {place}: {len(those):,} ({examples})")


def compare_sites(ours: Path, theirs: Path, cases: Sequence[Path]) -> Checked:
    """Compare two output folders that were made of the case files `cases`."""
    checked = Checked()
    checked.expect_same("case pages", pages(ours / "cases"), pages(theirs / "cases"))
    checked.expect_same("case pages and files", pages(ours / "cases"), ids_of(cases))
    checked.expect_same("pages", there(ours), there(theirs))
    checked.counts["cases"] = len(pages(theirs / "cases"))
    for kind in LISTS:
        compare_lists(checked, kind, lists(ours, kind), lists(theirs, kind))
    compare_feeds(checked, ours, theirs)
    compare_sitemaps(checked, ours, theirs)
    for case in sample(cases):
        compare_text(checked, case, ours, theirs)
    return checked


# -- pages and lists ------------------------------------------------------------------------------


def pages(folder: Path) -> set[str]:
    return {path.parent.name for path in folder.glob("*/index.html")}


def there(site: Path) -> set[str]:
    return {file for file in ALONE if (site / file).is_file()}


def ids_of(cases: Sequence[Path]) -> set[str]:
    return {str(split(path)[0]["id"]) for path in cases}


def lists(site: Path, kind: str) -> dict[str, list[Path]]:
    """The pages of each list by its address."""
    found: dict[str, list[Path]] = {}
    for path in (site / kind).rglob("index.html"):
        address = "/" + path.parent.relative_to(site).as_posix()
        found.setdefault(address.partition("/page/")[0], []).append(path)
    return found


def compare_lists(
    checked: Checked, kind: str, ours: dict[str, list[Path]], theirs: dict[str, list[Path]]
) -> None:
    initials = {address for address in ours if _INITIAL.fullmatch(address)}
    if initials - theirs.keys():
        note = f"our list of {kind} is split by initial into {len(initials)} more pages"
        checked.notes.append(note)
    checked.expect_same(kind, ours.keys() - initials, set(theirs))
    checked.counts[kind] = sum(map(len, theirs.values()))
    parts, members = set(), set()
    for address in ours.keys() & theirs.keys():
        if len(ours[address]) != len(theirs[address]):
            parts.add(address)
        if address != f"/{kind}" and cases_in(ours[address]) != cases_in(theirs[address]):
            members.add(address)
    for what, those in (("other numbers of pages", parts), ("other cases", members)):
        if those:
            examples = ", ".join(sorted(those)[:TOLD])
            checked.differences.append(f"{kind} with {what}: {len(those):,} ({examples})")


def cases_in(parts: Sequence[Path]) -> set[str]:
    """The ids of all cases that the pages of one list lead to."""
    return set(chain.from_iterable(_CASE.findall(path.read_text("utf-8")) for path in parts))


# -- feeds and sitemap ----------------------------------------------------------------------------


def compare_feeds(checked: Checked, ours: Path, theirs: Path) -> None:
    """Which of several cases of one day a feed has is left to the program: dates have to agree."""
    ours_by, theirs_by = feeds(ours), feeds(theirs)
    checked.expect_same("feeds", set(ours_by), set(theirs_by))
    for file in sorted(ours_by.keys() & theirs_by.keys()):
        if ours_by[file] != theirs_by[file]:
            checked.differences.append(f"{file}: entries of other dates")


def feeds(site: Path) -> dict[str, list[str]]:
    """The dates of the entries of each feed."""
    return {
        path.relative_to(site).as_posix(): [
            date.replace("&#43;", "+") for date in _UPDATED.findall(path.read_text("utf-8"))
        ]
        for path in site.rglob("feed.xml")
    }


def compare_sitemaps(checked: Checked, ours: Path, theirs: Path) -> None:
    our_places, their_places = sitemap(ours), sitemap(theirs)
    in_cases = [
        {a for a in those if a.startswith("/cases/")} for those in (our_places, their_places)
    ]
    checked.expect_same("cases in the sitemap", *in_cases)
    for who, those in (("ours", our_places - their_places), ("theirs", their_places - our_places)):
        if those:
            example = min(those)
            checked.notes.append(f"in the sitemap of {who} alone: {len(those):,} (as {example})")


def sitemap(site: Path) -> set[str]:
    """All addresses, those of the parts of a split sitemap included."""
    texts = (path.read_text("utf-8") for path in site.glob("sitemap*.xml"))
    found = set(chain.from_iterable(map(_LOC.findall, texts)))
    return {address for address in found if not address.endswith(".xml")}


# -- text -----------------------------------------------------------------------------------------


def sample(cases: Sequence[Path]) -> list[Path]:
    """SAMPLE cases at even distances, the one in the middle (which was edited) among them."""
    step = max(len(cases) / SAMPLE, 1)
    chosen = {int(number * step) for number in range(min(SAMPLE, len(cases)))} | {len(cases) // 2}
    return [cases[number] for number in sorted(chosen)]


def compare_text(checked: Checked, case: Path, ours: Path, theirs: Path) -> None:
    matter, body = split(case)
    wanted = [matter["title"], matter["number"], *matter["hosts"], *matter.get("co_hosts", [])]
    wanted += names_of(matter["proposers"]) + matter["keywords"]
    wanted += chain.from_iterable(s.values() for s in matter.get("supervisors", []))
    wanted += paragraphs(body)
    for who, site in (("ours", ours), ("theirs", theirs)):
        page = site / "cases" / matter["id"] / "index.html"
        seen = visible(page.read_text("utf-8")) if page.is_file() else ""
        lost = [piece for piece in wanted if squeezed(piece) not in seen]
        if lost:
            checked.differences.append(f"{matter['id']} of {who} lacks {lost[0]!r} and others")
    checked.cases += 1


def paragraphs(body: str) -> Iterator[str]:
    """Headings, paragraphs and items of the Markdown that benchmarks/corpus.py writes."""
    for line in body.splitlines():
        text = re.sub(r"^(## |- |\d+\. )", "", line).replace("**", "")
        if text:
            yield text


def visible(html: str) -> str:
    """What stands in the <main> of a page for a reader, without blanks."""
    parser = _Main()
    parser.feed(html)
    return squeezed("".join(parser.text))


def squeezed(text: str) -> str:
    return re.sub(r"[\s\u2060]", "", text)


class _Main(HTMLParser):
    """Collects the text of <main>, scripts aside."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.inside = self.skipped = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = self.inside or tag == "main"
        self.skipped = tag in {"script", "style"}

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "main"
        self.skipped = False

    def handle_data(self, data: str) -> None:
        if self.inside and not self.skipped:
            self.text.append(data)
