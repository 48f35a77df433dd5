"""The comparison with other generators notices where two sites are not the same."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks.corpus import write_corpus
from benchmarks.peers.check import Checked, compare_sites
from benchmarks.peers.measure import Run
from benchmarks.peers.prepare import prepare
from benchmarks.peers.report import COLD, OURS, Figures, ratio_table
from broadsheet.pipeline import Settings, build

CASES = 60  # more than one page of a list holds


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `content` and the `site` made of it."""
    folder = tmp_path_factory.mktemp("compare")
    write_corpus(folder / "content", CASES)
    build(Settings(folder / "content", folder / "site", folder, jobs=1))
    return folder


@pytest.fixture
def other(built: Path, tmp_path: Path) -> Path:
    """A copy of the site, to be spoilt."""
    return Path(shutil.copytree(built / "site", tmp_path / "site"))


def compare(built: Path, other: Path) -> Checked:
    return compare_sites(built / "site", other, sorted(built.glob("content/*/[0-9]*.md")))


def first(site: Path, pattern: str) -> Path:
    return min(site.glob(pattern))


def lose_page(site: Path) -> None:
    shutil.rmtree(first(site, "cases/*"))


def lose_paragraph(site: Path) -> None:
    page = first(site, "cases/*/index.html")
    page.write_text(re.sub("<p>[^<]{40,}</p>", "", page.read_text("utf-8"), count=1), "utf-8")


def lose_person(site: Path) -> None:
    shutil.rmtree(first(site, "people/*/index.html").parent)


def lose_entry(site: Path) -> None:
    page = site / "themes/economy/index.html"
    text = page.read_text("utf-8")
    address = text.partition('href="/cases/')[2].partition('"')[0]
    page.write_text(text.replace(f'href="/cases/{address}"', ""), "utf-8")


def lose_part(site: Path) -> None:
    shutil.rmtree(site / "publications/pub-0001/page")


def lose_feed(site: Path) -> None:
    (site / "themes/economy/feed.xml").unlink()


def lose_home(site: Path) -> None:
    (site / "index.html").unlink()


def lose_sitemap(site: Path) -> None:
    (site / "sitemap.xml").write_text("<urlset/>", "utf-8")


def test_a_site_is_the_same_as_itself(built: Path, other: Path) -> None:
    checked = compare(built, other)
    assert checked.differences == [] and checked.cases == CASES


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lose_page, "case pages"),
        (lose_paragraph, "lacks"),
        (lose_person, "people"),
        (lose_entry, "themes with other cases"),
        (lose_part, "publications with other numbers of pages"),
        (lose_feed, "feeds"),
        (lose_home, "pages, only ours"),
        (lose_sitemap, "cases in the sitemap"),
    ],
)
def test_a_difference_is_told(
    built: Path, other: Path, spoil: Callable[[Path], None], told: str
) -> None:
    spoil(other)
    assert any(told in difference for difference in compare(built, other).differences)


def test_peers_know_people_and_units_by_our_addresses(built: Path, tmp_path: Path) -> None:
    prepare(built / "content", tmp_path / "content", tmp_path / "data")
    for kind in ("people", "units"):
        slugs = set(json.loads((tmp_path / "data" / f"{kind}.json").read_text("utf-8")))
        assert slugs == {path.parent.name for path in (built / "site" / kind).glob("*/index.html")}


def test_ratios_are_taken_round_by_round() -> None:
    """The median of the ratios is not the ratio of the medians."""
    figures = Figures(1000)
    for ours, hugo, pagefind in ((1.0, 4.0, 6.0), (5.0, 2.0, 3.0), (2.0, 9.0, 11.0)):
        figures.add(OURS, COLD, Run(ours, ours, 1.0))
        figures.add("Hugo", COLD, Run(hugo, hugo, 1.0))
        figures.add("Pagefind", COLD, Run(pagefind, pagefind, 1.0))
    rows = list(cells_of(ratio_table([figures])))
    assert rows[0][3:] == [
        "2.00 s (1.00–5.00)",
        "10.00 s (5.00–20.00)",
        "0.10 (0.10–1.00)",
        "≤ 0.125",
        "reached",
    ]


def cells_of(table: str) -> Iterator[list[str]]:
    for line in table.splitlines()[2:]:
        yield [cell.strip() for cell in line.strip("|").split("|")]
