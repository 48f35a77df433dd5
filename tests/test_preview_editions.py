"""Editions of the preview: what is broken stays as it was, the rest is shown."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from helpers import (
    NOW,
    case,
    parse,
    raw_case,
)
from preview_editions import OPTIONS, codes, edition, html, small_paper, write

import broadsheet.nothing_new
import broadsheet.read
from broadsheet.plan import Options
from broadsheet.preview.edition import file_of, page_of


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return small_paper(tmp_path)


def test_an_edition_has_what_a_plan_has(site: Path) -> None:
    made = edition(site)
    assert made.errors == ()
    assert "甲案的正文" in html(made, "/cases/a/")
    assert {"/", "/cases/b/", "/publications/p/", "/search/", "/about/"} <= made.pages.keys()
    assert any(address.endswith(".css") for address in made.files)


def test_a_broken_case_stays_as_it_was_until_it_is_mended(site: Path) -> None:
    first = edition(site)
    write(site, "content/p/001-a.md", raw_case("id: a", "titel: 错", body="新的一句。\n"))
    broken = edition(site, first)
    assert codes(broken)
    assert "甲案的正文" in html(broken, "/cases/a/")
    assert {page_of(one, broken) for one in broken.errors} == {"/cases/a/"}
    write(site, "content/p/002-b.md", case("b", "乙案改过了。\n"))
    later = edition(site, broken)
    assert "乙案改过了" in html(later, "/cases/b/")
    assert "甲案的正文" in html(later, "/cases/a/"), "the last good one, two editions ago"
    write(site, "content/p/001-a.md", case("a", "改好的一句。\n"))
    mended = edition(site, later)
    assert mended.errors == ()
    assert "改好的一句" in html(mended, "/cases/a/")


def test_a_case_that_was_never_good_has_an_address_and_no_page(site: Path) -> None:
    write(site, "content/p/001-a.md", raw_case("id: a", "titel: 错"))
    made = edition(site)
    assert "/cases/a/" not in made.pages
    assert {page_of(one, made) for one in made.errors} == {"/cases/a/"}
    assert "乙案的正文" in html(made, "/cases/b/")


def test_the_last_good_case_gives_way_where_its_id_is_taken(site: Path) -> None:
    first = edition(site)
    write(site, "content/p/001-a.md", "坏了\n")
    write(site, "content/p/003-c.md", case("a", "另一件用了这个编号。\n"))
    made = edition(site, first)
    assert "另一件用了这个编号" in html(made, "/cases/a/")
    assert [c.file for c in made.content.cases if c.front.id == "a"] == ["p/003-c.md"]  # type: ignore[union-attr]


def test_the_last_good_case_goes_with_its_theme(site: Path) -> None:
    write(site, "content/p/001-a.md", case("a", theme="city"))
    first = edition(site)
    write(site, "content/p/001-a.md", "坏了\n")
    write(site, "content/site.yaml", "themes: [{id: economy, name: 经济}]\n")
    made = edition(site, first)
    assert "/cases/a/" not in made.pages
    assert "经济" in html(made, "/")


def test_a_deleted_case_is_gone(site: Path) -> None:
    first = edition(site)
    (site / "content/p/001-a.md").unlink()
    made = edition(site, first)
    assert made.errors == ()
    assert "/cases/a/" not in made.pages
    assert "关于a的建议" not in html(made, "/")


def test_a_site_file_that_cannot_be_understood_keeps_the_whole_edition(site: Path) -> None:
    first = edition(site)
    write(site, "content/site.yaml", "title: [\n")
    write(site, "content/p/001-a.md", case("a", "写着新的话。\n"))
    broken = edition(site, first)
    assert codes(broken)
    assert broken.plan is first.plan
    write(site, "content/site.yaml", "title: 新报\n")
    mended = edition(site, broken)
    assert mended.errors == ()
    assert "写着新的话" in html(mended, "/cases/a/")
    assert "新报" in html(mended, "/cases/a/")


def test_without_its_folder_the_edition_stays(site: Path) -> None:
    first = edition(site)
    (site / "content").rename(site / "away")
    gone = edition(site, first)
    assert codes(gone) == ["B104"]
    assert gone.plan is first.plan
    (site / "away").rename(site / "content")
    assert edition(site, gone).errors == ()


def test_without_cases_there_is_no_traceback(site: Path) -> None:
    first = edition(site)
    for file in (site / "content/p").glob("0*.md"):
        file.unlink()
    made = edition(site, first)
    assert "B104" in codes(made)
    assert "/" in made.pages


def test_a_dead_link_is_told_on_its_page_and_the_page_is_shown(site: Path) -> None:
    write(site, "content/p/001-a.md", case("a", "看[这里](/cases/none/)，还有新的话。\n"))
    made = edition(site)
    (error,) = made.errors
    assert (error.code, page_of(error, made)) == ("B501", "/cases/a/")
    assert "还有新的话" in html(made, "/cases/a/")


def test_two_cases_of_one_id_are_told_and_the_rest_is_shown(site: Path) -> None:
    write(site, "content/p/002-b.md", case("a", "另一件。\n"))
    made = edition(site)
    assert codes(made)
    assert "/cases/a/" in made.pages
    write(site, "content/p/002-b.md", case("b", "另一件。\n"))
    made = edition(site, made)
    assert made.errors == ()
    assert "另一件" in html(made, "/cases/b/")


@pytest.mark.parametrize(
    ("file", "good", "word"),
    [
        ("p/index.md", "---\ntitle: 名副其实的刊\n---\n", "名副其实的刊"),
        ("units.yaml", "entries: [{name: 区科技局, slug: ke-ji}]\n", "/units/ke-ji/"),
        ("about.md", "关于本报的话。\n", "关于本报的话"),
    ],
)
def test_what_else_is_broken_stays_as_it_was(site: Path, file: str, good: str, word: str) -> None:
    write(site, f"content/{file}", good)
    first = edition(site)
    (address, *_) = [address for address in first.pages if word in html(first, address)]
    write(site, f"content/{file}", b"\xff: [\n")
    made = edition(site, first)
    assert codes(made)
    assert word in html(made, address)


@pytest.mark.parametrize(
    ("file", "text", "address"),
    [
        ("p/index.md", "---\ntitel: 错\n---\n", "/publications/p/"),
        ("about.md", "看[这里](/none/)。\n", "/about/"),
        ("site.yaml", "publisher: [一, 二]\n", ""),
        ("people.yaml", "- nmae: 王芳\n", ""),
    ],
)
def test_which_page_an_error_is_about(site: Path, file: str, text: str, address: str) -> None:
    first = edition(site)
    write(site, f"content/{file}", text)
    made = edition(site, first)
    assert made.errors
    assert {page_of(one, made) for one in made.errors} == {address}


def test_the_file_of_a_page(site: Path) -> None:
    made = edition(site)
    assert file_of("/cases/a/", made) == str(site / "content/p/001-a.md")
    assert file_of("/about/", made) == str(site / "content/about.md")
    assert file_of("/", made) == ""


def test_a_style_keeps_its_address_when_it_changes(site: Path) -> None:
    first = edition(site)
    write(site, "templates/assets/custom.css", ".prose { color: rgb(1, 2, 3) }\n")
    made = edition(site, first)
    assert made.files.keys() == first.files.keys()
    (style,) = (address for address in made.files if "/style." in address)
    assert b"rgb(1, 2, 3)" in made.files[style]
    assert b"rgb(1, 2, 3)" not in first.files[style]
    assert style in html(made, "/")


def test_a_script_that_cannot_be_joined_keeps_the_look(site: Path) -> None:
    first = edition(site)
    write(site, "templates/assets/page.js", 'import { none } from "./missing.js";\nnone();\n')
    write(site, "content/p/001-a.md", case("a", "写着新的话。\n"))
    made = edition(site, first)
    assert codes(made)
    assert made.files == first.files
    assert "写着新的话" in html(made, "/cases/a/"), "the text can still be written"


def test_a_script_that_is_no_text_is_no_defect_of_ours(site: Path) -> None:
    first = edition(site)
    write(site, "templates/assets/page.js", b"\xff\xfe//")
    write(site, "content/p/001-a.md", case("a", "写着新的话。\n"))
    made = edition(site, first)
    assert codes(made)
    assert "B901" not in codes(made)
    assert "写着新的话" in html(made, "/cases/a/")


def test_drafts_and_embargoed_cases_are_there_and_marked(site: Path) -> None:
    write(site, "content/p/003-c.md", case("c", draft=True))
    write(site, "content/p/004-d.md", case("d", publish_at="2030-01-01T06:00+08:00"))
    made = edition(site)
    marks = {"c": "草稿", "d": "定于2030年1月1日"}
    for id_, mark in marks.items():
        assert mark in html(made, f"/cases/{id_}/")
    rows = [item.text for item in parse(html(made, "/")).one("main").all("li")]
    for id_, mark in marks.items():
        assert {row for row in rows if mark in row} == {row for row in rows if f"关于{id_}" in row}
    assert 'class="draft"' not in html(made, "/cases/a/")
    hidden = edition(site, made, Options(NOW, drafts=False))
    assert not {"/cases/c/", "/cases/d/"} & hidden.pages.keys()
    assert "草稿" not in html(hidden, "/")


def test_an_embargo_ends_without_an_edit(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broadsheet.read, "settled", lambda *_: True)  # nothing is read again
    write(site, "content/p/003-c.md", case("c", publish_at="2026-06-01T06:00+08:00"))
    made = edition(site)
    later = Options(datetime(2026, 7, 1, tzinfo=UTC), True, OPTIONS.base_url)
    assert "定于2026年6月1日" in html(made, "/cases/c/")
    assert "定于" not in html(edition(site, made, later), "/cases/c/")
