"""A build that goes on from an earlier one makes the very site, and index, that a clean one makes.

An editor sits at a *desk*: the small publication that most tests edit, build and compare.
"""

from __future__ import annotations

import errno
import itertools
import json
import multiprocessing
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from typing import Any

import pytest
from helpers import NOW, PNG, ROOT, build, case, changed, make_site, many, page, publication, tree
from hypothesis import given, settings
from hypothesis import strategies as st

import broadsheet.plan.documents
import broadsheet.plan.lists
import broadsheet.read
from broadsheet import memory, nothing_new, pipeline, publish, scan, trees
from broadsheet.diagnostics import ContentError
from broadsheet.jobs import POOL_PAYS
from broadsheet.pipeline import Options, Report, Settings
from broadsheet.settings import Work

THEMES = ("economy", "culture", "city", "ecology")
UNITS = ("区科技局", "区文旅局", "余杭街道办事处", "区住建局")
PEOPLE = ("王芳", "李明", "民盟区委", "赵一")
SENTENCES = ("路灯太暗，夜里看不清。", "河边应当种树。", "老人想要一处坐的地方。", "学校门口车多。")
PICTURE = "content/p/photo.png"
EMBARGO = "2027-01-01"
OTHER_URL = "https://example.net/paper/"


Clean = tuple[Report, dict[str, bytes]]
CLEAN: dict[str, Clean] = {}  # clean builds of late, by all that they were made of


# -- the desk -------------------------------------------------------------------------------------


@dataclass
class Desk:
    """What the files of a publication are to hold, and the options of its builds."""

    root: Path
    cases: dict[str, dict[str, Any]] = field(default_factory=dict)  # by path below content/
    files: dict[str, str | bytes] = field(default_factory=dict)  # all others, by path below root
    site: dict[str, Any] = field(default_factory=dict)
    indexes: dict[str, dict[str, Any]] = field(default_factory=dict)  # index.md, by folder
    rules: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    program: bytes = b""
    edits: int = 0  # so that no edit repeats another
    on_disk: dict[str, bytes] = field(default_factory=dict)
    built: tuple[dict[str, Any], bytes] = ({}, b"")  # the options and the program of the last build
    sound: bool = False  # nothing has happened since a build was compared with a clean one
    plain: bool = False  # nothing stands in its folders but what it wrote there itself

    def case(self, n: int) -> dict[str, Any]:
        return self.cases[self.path(n)]

    def path(self, n: int) -> str:
        return sorted(self.cases)[n % len(self.cases)]

    def is_visible(self, path: str) -> bool:
        one = self.cases.get(path)
        if one is None or self.options["drafts"]:
            return one is not None
        hidden_until = one.get("publish_at") or "2000-01-01"
        embargoed = datetime.fromisoformat(f"{hidden_until}T00:00+08:00") > self.options["now"]
        return not one.get("draft") and not embargoed

    def texts(self) -> dict[str, bytes]:
        """Every file, by path below the root. Links lead only to cases that are published."""
        files = dict(self.files)
        for path, one in self.cases.items():
            fields = {key: value for key, value in one.items() if key not in ("body", "link")}
            body = one["body"]
            if one.get("link") and self.is_visible(one["link"]):
                body += f"\n[另一件](/cases/{self.cases[one['link']]['id']}/)\n"
            if one.get("picture") and PICTURE in files:
                body += "\n![图](/p/photo.png)\n"
            fields.pop("picture", None)
            files[f"content/{path}"] = case(body=body, **fields)
        for folder, fields in self.indexes.items():
            files[f"content/{folder}/index.md"] = publication(**fields)
        for kind, entries in self.rules.items():
            files[f"content/{kind}.yaml"] = as_yaml({"entries": entries})
        files["content/site.yaml"] = as_yaml(self.site)
        return {p: text if isinstance(text, bytes) else text.encode() for p, text in files.items()}

    def write(self) -> None:
        """Put on disk what is new, take away what is gone; what stays is not touched."""
        self.sound = False
        wanted = self.texts()
        touched = changed(self.on_disk, wanted)
        for path in touched - wanted.keys():
            (self.root / path).unlink()
        make_site(self.root, {path: wanted[path] for path in touched & wanted.keys()}, site=None)
        self.on_disk = wanted

    def look(self) -> None:
        """Find out what is on disk: somebody else has written there."""
        found = {f"content/{p}": data for p, data in tree(self.root / "content").items()}
        found |= {f"templates/{p}": data for p, data in tree(self.root / "templates").items()}
        synonyms = self.root / "search/synonyms.yaml"
        self.on_disk = found | ({"search/synonyms.yaml": synonyms.read_bytes()} if synonyms.exists() else {})  # fmt: skip

    def settings(self, **other: Any) -> Settings:
        options = Options(**self.options)
        return replace(Settings(self.root / "content", self.site_folder, self.root, options, 1), **other)  # fmt: skip

    @property
    def site_folder(self) -> Path:
        return self.root / "site"

    @property
    def side(self) -> Path:
        return self.root / ".site.broadsheet"

    @property
    def index(self) -> Path:
        return self.root / "search" / "index"

    def build(self, **other: Any) -> Report:
        report = pipeline.build(self.settings(**other))
        if not other:
            self.built = (dict(self.options), self.program)
        return report

    def is_other(self) -> bool:
        """Whether the options or the program would make another site than at the last build."""
        (options, program_), now = self.built, self.options["now"]
        same_moment = now == options["now"] or (
            now > options["now"]
            and not any(one.get("publish_at") == EMBARGO for one in self.cases.values())
        )
        return (self.options, self.program) != (options | {"now": now}, program_) or not same_moment

    def nothing_new(self, **other: Any) -> Report | None:
        wanted = self.settings(**other)
        return nothing_new.nothing_new(wanted, nothing_new.look(wanted))

    def made(self) -> dict[str, bytes]:
        """Every file of the site and of the index."""
        return made(self.site_folder, self.index)

    def clean(self) -> Clean:
        """A build where nothing was before: its report, and what it made."""
        known = repr((sorted(self.on_disk.items()), self.options, self.program))
        if self.plain and known in CLEAN:
            return CLEAN[known]
        folder = self.root / "clean"
        shutil.rmtree(folder, ignore_errors=True)
        report = self.build(output=folder / "site", index=folder / "index")
        files = made(folder / "site", folder / "index")
        if self.plain and not report.diagnostics:  # they may say where it stands
            for oldest in [*CLEAN][:-7]:
                del CLEAN[oldest]
            CLEAN[known] = report, files
        return report, files

    def state(self) -> dict[str, tuple[int, ...]]:
        """Inode, date and size of every file of the site and of the index."""
        found = {}
        for folder in (self.site_folder, self.index):
            for path in folder.rglob("*"):
                if path.is_file() and path.name != "lock":
                    status = path.stat()
                    found[str(path)] = status.st_ino, status.st_mtime_ns, status.st_size
        return found


def as_yaml(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)  # every JSON is YAML


def made(site: Path, index: Path) -> dict[str, bytes]:
    found = {f"site/{path}": data for path, data in tree(site).items()}
    return found | {f"index/{p}": data for p, data in tree(index).items() if p != "lock"}


def picture(width: int, last: int = 0) -> bytes:
    """A PNG of this width, as far as its head says."""
    return PNG[:16] + width.to_bytes(4, "big") + PNG[20:] + bytes([last])


def lay_out(desk: Desk) -> None:
    """Ten cases in two publications, and something of everything that an editor can write."""
    desk.cases = {}
    for n in range(10):
        desk.cases[f"{'p' if n < 6 else 'q'}/{n:03}-c{n}.md"] = {
            "id": f"c{n}",
            "title": f"关于{SENTENCES[n % 4][:4]}第{n}件的建议",
            "theme": THEMES[n % 3],
            "proposers": [PEOPLE[n % 3]],
            "hosts": [UNITS[n % 3]],
            "date": f"2024-0{n % 9 + 1}-11",
            "body": f"{SENTENCES[n % 4]}\n\n## 建议\n\n第{n}条：{SENTENCES[(n + 1) % 4]}\n",
            "link": "p/001-c1.md" if n in (3, 8) else "",
            "picture": n in (2, 7),
        }
    desk.cases["p/004-c4.md"] |= {
        "aliases": ["/old/"],
        "ratings": [{"round": 1, "grade": "B"}],
        "proposers": ["李铭", "王芳"],
    }
    desk.indexes = {
        "p": {"title": "某刊", "region": "余杭区", "year": 2024, "body": "刊首。\n\n## 编者\n\n按。\n"},
        "q": {"title": "另刊", "region": "萧山区", "year": 2023},
    }  # fmt: skip
    desk.site = {
        "title": "试报",
        "base_url": "https://example.org/",
        "themes": [{"id": id_, "name": f"{id_}类"} for id_ in THEMES],
        "publications": ["p", "q"],
    }
    desk.rules = {
        "people": [{"name": "李明", "aliases": ["李铭"]}],
        "units": [{"name": "区科技局", "region": "余杭区", "slug": "science"}],
    }
    desk.files = {
        PICTURE: picture(3),
        "content/about.md": "关于本站。\n",
        "search/synonyms.yaml": "groups:\n- [路灯, 照明]\n",
        "templates/assets/custom.css": "body { color: black }\n",
        "templates/trail.html": "<!-- 自己的 -->\n",
    }
    desk.options = {"now": NOW, "drafts": False, "base_url": ""}
    desk.program, desk.edits = b"1", 0
    desk.write()


@contextmanager
def trusted(desk: Desk) -> Iterator[Desk]:
    """Files are trusted as soon as they are written, so that nobody has to wait."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trees, "SETTLED", 0)
        for module in (memory, nothing_new, pipeline):
            patch.setattr(module, "program", lambda: desk.program)
        yield desk


@contextmanager
def at_desk(root: Path) -> Iterator[Desk]:
    desk = Desk(root)
    lay_out(desk)
    with trusted(desk):
        yield desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk with a site, built twice, so that there is a spare, too."""
    with at_desk(tmp_path) as new:
        new.plain = True
        assert_as_clean(new)
        new.plain = False
        yield new


@pytest.fixture(scope="module")
def office() -> list[Desk]:
    return []


@pytest.fixture
def used_desk(office: list[Desk], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The same, where others have sat before: sooner ready. Only what `Desk.write` can put right
    may happen here.
    """
    desk = office.pop() if office else Desk(tmp_path_factory.mktemp("desk"), plain=True)
    lay_out(desk)
    with trusted(desk):
        desk.build()
        desk.build()
        yield desk
    if desk.sound:
        office.append(desk)


def assert_as_clean(desk: Desk) -> None:
    """A build makes what a clean one makes; another one after it has nothing to do."""
    desk.sound = False
    report = desk.build()
    expected, files = desk.clean()
    assert changed(desk.made(), files) == set()
    told = (expected.cases, expected.pages, expected.diagnostics)
    assert (report.cases, report.pages, report.diagnostics) == told
    before = desk.state()
    again = desk.build()
    assert (again.files.written, again.files.removed, again.work) == (0, 0, Work())
    assert desk.state() == before
    last = desk.nothing_new()
    assert last and (last.cases, last.pages, last.diagnostics, last.files) == (*told, again.files)
    desk.sound = True


# -- edits ----------------------------------------------------------------------------------------

Edit = Callable[[Desk, int], None]  # the number chooses what is edited


def sentence(desk: Desk) -> str:
    desk.edits += 1
    return f"{SENTENCES[desk.edits % 4]}记{desk.edits}。"


def text_at_the_end(desk: Desk, n: int) -> None:
    desk.case(n)["body"] += f"\n{sentence(desk)}\n"


def text_at_the_start(desk: Desk, n: int) -> None:
    one = desk.case(n)
    one["body"] = f"{sentence(desk)}\n\n{one['body']}"


def text_of_the_same_length(desk: Desk, n: int) -> None:
    body = desk.case(n)["body"]
    desk.case(n)["body"] = "乙甲"[body[0] == "乙"] + body[1:]


def heading(desk: Desk, n: int) -> None:
    desk.case(n)["body"] += f"\n## {sentence(desk)}\n\n一段。\n"


def title(desk: Desk, n: int) -> None:
    desk.case(n)["title"] = f"关于{sentence(desk)}"


def other(values: tuple[str, ...], value: str, n: int) -> str:
    rest = [one for one in values if one != value]
    return rest[n % len(rest)]


def theme(desk: Desk, n: int) -> None:
    themes = tuple(one["id"] for one in desk.site["themes"])
    desk.case(n)["theme"] = other(themes, desk.case(n)["theme"], n)


def host(desk: Desk, n: int) -> None:
    desk.case(n)["hosts"] = [other(UNITS, desk.case(n)["hosts"][0], n), *UNITS[: n % 2]]


def proposer(desk: Desk, n: int) -> None:
    desk.case(n)["proposers"] = [other(PEOPLE, desk.case(n)["proposers"][0], n), *["李铭"][n % 2 :]]


def date(desk: Desk, n: int) -> None:
    desk.edits += 1
    desk.case(n)["date"] = f"{2015 + n % 10}-{desk.edits % 12 + 1:02}-{desk.edits % 28 + 1:02}"


def keywords(desk: Desk, n: int) -> None:
    desk.case(n)["keywords"] = [SENTENCES[n % 4][:2], sentence(desk)[:8]]


def summary(desk: Desk, n: int) -> None:
    desk.case(n)["summary"] = sentence(desk)


def rating(desk: Desk, n: int) -> None:
    desk.case(n)["ratings"] = [*desk.case(n).get("ratings", ()), {"round": 2, "grade": "ABCD"[n % 4]}][-3:]  # fmt: skip


def may_be_hidden(desk: Desk, path: str) -> bool:
    """Whether something else stays published."""
    return sum(map(desk.is_visible, desk.cases)) > 3 or not desk.is_visible(path)


def draft(desk: Desk, n: int) -> None:
    if may_be_hidden(desk, desk.path(n)):
        desk.case(n)["draft"] = not desk.case(n).get("draft")


def embargo(desk: Desk, n: int) -> None:
    if may_be_hidden(desk, desk.path(n)):
        one = desk.case(n)
        one["publish_at"] = "2025-03-01" if one.get("publish_at") == EMBARGO else EMBARGO


def moment(desk: Desk, n: int) -> None:
    desk.options["now"] = NOW if desk.options["now"] > NOW else NOW + timedelta(days=500)


def add(desk: Desk, n: int) -> None:
    desk.edits += 1
    like = dict(desk.case(n)) | {"id": f"n{desk.edits}", "aliases": []}
    desk.cases[f"{'pq'[n % 2]}/{n % 999:03}-n{desk.edits}.md"] = like


def delete(desk: Desk, n: int) -> None:
    if may_be_hidden(desk, desk.path(n)):
        del desk.cases[desk.path(n)]


def rename(desk: Desk, old: str, new: str) -> None:
    os.rename(desk.root / "content" / old, desk.root / "content" / new)
    desk.on_disk[f"content/{new}"] = desk.on_disk.pop(f"content/{old}")
    desk.cases[new] = desk.cases.pop(old)


def file_name(desk: Desk, n: int) -> None:
    desk.edits += 1
    old = desk.path(n)
    rename(desk, old, f"{old[:2]}{n * 7 % 1000:03}-r{desk.edits}.md")


def move(desk: Desk, n: int) -> None:
    old = desk.path(n)
    rename(desk, old, ("q" if old[0] == "p" else "p") + old[1:])


def two_change_names(desk: Desk, n: int) -> None:
    one, two = desk.path(n), desk.path(n + 1)
    rename(desk, one, "p/spare.md")
    rename(desk, two, one)
    rename(desk, "p/spare.md", two)


def id_(desk: Desk, n: int) -> None:
    desk.edits += 1
    desk.case(n)["id"] = f"i{desk.edits}"


def alias(desk: Desk, n: int) -> None:
    desk.edits += 1
    aliases = (f"/old-{desk.edits}.html", f"/old-{desk.edits}/page/", "")
    desk.case(n)["aliases"] = [one for one in (aliases[n % 3],) if one]


def link(desk: Desk, n: int) -> None:
    desk.case(n)["link"] = "" if desk.case(n).get("link") else desk.path(n // 2)


def publication_title(desk: Desk, n: int) -> None:
    desk.indexes["pq"[n % 2]]["title"] = f"刊{sentence(desk)}"


def publication_facts(desk: Desk, n: int) -> None:
    index = desk.indexes["pq"[n % 2]]
    index["region"] = "余杭区" if index["region"] == "萧山区" else "萧山区"
    index["intro"] = sentence(desk)
    index["grade_scheme"] = {"A": sentence(desk)}


def publication_text(desk: Desk, n: int) -> None:
    desk.indexes["pq"[n % 2]]["body"] = f"{sentence(desk)}\n\n## 编者\n\n按。\n"


def site_title(desk: Desk, n: int) -> None:
    desk.site["title"] = f"报{sentence(desk)}"


def site_themes(desk: Desk, n: int) -> None:
    desk.edits += 1
    themes = desk.site["themes"]
    themes.insert(0, themes.pop())
    if n % 2:
        themes[0] = {"id": themes[0]["id"], "name": f"类{desk.edits}"}
    if n % 3 == 0:
        themes.append({"id": f"t{desk.edits}", "name": f"新{desk.edits}"})


def site_address(desk: Desk, n: int) -> None:
    desk.edits += 1
    desk.site["base_url"] = f"https://example.org/{desk.edits}/"


def order_of_publications(desk: Desk, n: int) -> None:
    desk.site["publications"].reverse()


def rule_of_people(desk: Desk, n: int) -> None:
    variants: list[list[dict[str, Any]]] = [
        [{"name": "李明", "aliases": ["李铭"]}],
        [{"name": "李明", "slug": "li", "note": "医生", "aliases": ["李铭"]}],
        [{"name": "王芳", "region": "余杭区", "merge": [{"region": "萧山区"}]}],
        [{"name": "王芳", "slug": "another", "cases": [min(desk.cases.values(), key=str)["id"]]}],
        [],
    ]
    now = desk.rules["people"]
    desk.rules["people"] = [one for one in variants if one != now][n % 4]


def rule_of_units(desk: Desk, n: int) -> None:
    desk.edits += 1
    desk.rules["units"] = [{"name": UNITS[n % 3], "slug": f"unit-{desk.edits}"}]


def template(desk: Desk, n: int) -> None:
    """The editors' own template is changed, or removed and added."""
    name = "templates/trail.html"
    if name in desk.files and n % 2:
        del desk.files[name]
    else:
        desk.files[name] = f"<!-- {sentence(desk)} -->\n"


def asset(desk: Desk, n: int) -> None:
    desk.edits += 1
    desk.files["templates/assets/custom.css"] = f"body {{ margin: {desk.edits}px }}\n"


def about(desk: Desk, n: int) -> None:
    if desk.files.pop("content/about.md", None) is None or n % 2:
        desk.files["content/about.md"] = sentence(desk)


def synonyms(desk: Desk, n: int) -> None:
    if desk.files.pop("search/synonyms.yaml", None) is None or n % 2:
        desk.files["search/synonyms.yaml"] = f"groups:\n- [路灯, {sentence(desk)}]\n"


def size_of_picture(desk: Desk, n: int) -> None:
    desk.edits += 1
    desk.files[PICTURE] = picture(desk.edits)


def pixels_of_picture(desk: Desk, n: int) -> None:
    desk.edits += 1
    old = desk.files.get(PICTURE, picture(3))
    desk.files[PICTURE] = old[:-1] + bytes([desk.edits % 256])  # type: ignore[operator]


def picture_comes_and_goes(desk: Desk, n: int) -> None:
    if desk.files.pop(PICTURE, None) is None:
        desk.files[PICTURE] = picture(n + 1)


def picture_of_a_case(desk: Desk, n: int) -> None:
    desk.case(n)["picture"] = not desk.case(n).get("picture")


def program(desk: Desk, n: int) -> None:
    desk.program += b"x"


def drafts_option(desk: Desk, n: int) -> None:
    desk.options["drafts"] = not desk.options["drafts"]


def base_url_option(desk: Desk, n: int) -> None:
    desk.options["base_url"] = "" if desk.options["base_url"] else OTHER_URL


EDITS: dict[str, Edit] = {
    edit.__name__: edit
    for edit in (
        text_at_the_end, text_at_the_start, text_of_the_same_length, heading, title, theme, host,
        proposer, date, keywords, summary, rating, draft, embargo, moment, add, delete, file_name,
        move, two_change_names, id_, alias, link, publication_title, publication_facts,
        publication_text, site_title, site_themes, site_address, order_of_publications,
        rule_of_people, rule_of_units, template, asset, about, synonyms, size_of_picture,
        pixels_of_picture, picture_comes_and_goes, picture_of_a_case, program, drafts_option,
        base_url_option,
    )
}  # fmt: skip


def edited(desk: Desk, name: str, n: int) -> bool:
    """Make an edit; it does not escape anyone. False where there was nothing to edit."""
    before = (dict(desk.on_disk), dict(desk.options), desk.program)
    EDITS[name](desk, n)
    desk.write()
    if desk.on_disk != before[0] or desk.is_other():
        assert desk.nothing_new() is None
    return (desk.on_disk, desk.options, desk.program) != before


@pytest.mark.parametrize("name", EDITS)
def test_after_an_edit_the_site_is_that_of_a_clean_build(used_desk: Desk, name: str) -> None:
    used_desk.cases["q/007-c7.md"]["publish_at"] = EMBARGO  # so that another moment matters
    used_desk.write()
    used_desk.build()
    for n in (1, 4):
        assert edited(used_desk, name, n)
        assert_as_clean(used_desk)


# -- faults: a build fails, and the next one is right ---------------------------------------------

Mend = Callable[[], None]


def dead_link(desk: Desk, n: int) -> Mend:
    one, body = desk.case(n), desk.case(n)["body"]
    one["body"] += "\n[死](/cases/gone/)\n"
    return lambda: one.update(body=body)


def target_is_withdrawn(desk: Desk, n: int) -> Mend:
    """A case goes that another one links to."""
    path, other_path = desk.path(n), desk.path(n + 1)
    one, body = desk.cases[other_path], desk.cases[other_path]["body"]
    one["body"] += f"\n[见](/cases/{desk.cases[path]['id']}/)\n"
    if not desk.is_visible(other_path):  # nobody looks at the links of a draft
        return dead_link(desk, next(i for i in range(99) if desk.is_visible(desk.path(i))))
    desk.write()
    with suppress(ContentError):  # it may have been withheld all the time
        desk.build()
    gone = desk.cases.pop(path)

    def mend() -> None:
        desk.cases[path] = gone
        one["body"] = body

    return mend


def unknown_theme(desk: Desk, n: int) -> Mend:
    one, was = desk.case(n), desk.case(n)["theme"]
    one["theme"] = "nothing"
    return lambda: one.update(theme=was)


def picture_is_missing(desk: Desk, n: int) -> Mend:
    one, body = desk.case(n), desk.case(n)["body"]
    one["body"] += "\n![图](gone.png)\n"
    return lambda: one.update(body=body)


def fault_in_a_template(desk: Desk, n: int) -> Mend:
    """Found late, when the index is that of the new text already; both are undone."""
    one, body = desk.case(n), desk.case(n)["body"]
    text_at_the_end(desk, n)
    desk.files["templates/404.html"] = "{{ nothing.there }}"

    def mend() -> None:
        one["body"] = body
        del desk.files["templates/404.html"]

    return mend


def fault_in_site_yaml(desk: Desk, n: int) -> Mend:
    desk.site["titel"] = "x"
    return lambda: desk.site.pop("titel")


FAULTS: dict[str, Callable[[Desk, int], Mend]] = {
    fault.__name__: fault
    for fault in (
        dead_link, target_is_withdrawn, unknown_theme, picture_is_missing, fault_in_a_template,
        fault_in_site_yaml,
    )
}  # fmt: skip


def failed(desk: Desk, name: str, n: int) -> None:
    """A build fails, and leaves the site alone; then the fault is mended."""
    if name != "fault_in_site_yaml":  # a draft may hold anything
        n = next(i for i in range(n, n + 99) if desk.is_visible(desk.path(i)))
    mend = FAULTS[name](desk, n)
    desk.write()
    before = tree(desk.site_folder), inodes(desk.site_folder)
    for _ in range(2):
        assert desk.nothing_new() is None
        with pytest.raises(ContentError):
            desk.build()
        assert (tree(desk.site_folder), inodes(desk.site_folder)) == before
    mend()
    desk.write()


def inodes(folder: Path) -> dict[str, tuple[int, int]]:
    return {
        str(path): (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("name", FAULTS)
def test_after_a_build_that_failed_the_next_one_is_right(used_desk: Desk, name: str) -> None:
    failed(used_desk, name, 1)
    assert_as_clean(used_desk)
    failed(used_desk, name, 2)
    edited(used_desk, "text_at_the_end", 5)
    assert_as_clean(used_desk)


# -- damage ---------------------------------------------------------------------------------------

Damage = Callable[[Desk, int], None]


def first(folder: Path, pattern: str) -> Path:
    return min(folder.glob(pattern))


def afresh(path: Path, data: bytes) -> None:
    """Another file in its place, as an editor or a sync tool makes it."""
    path.unlink()
    path.write_bytes(data)


def in_place(path: Path, data: bytes) -> None:
    path.write_bytes(data)


HARM: dict[str, Callable[[Path], None]] = {
    "gone": Path.unlink,
    "cut": lambda path: afresh(path, path.read_bytes()[:-7]),
    "cut in place": lambda path: in_place(path, path.read_bytes()[:-7]),
    "empty": lambda path: afresh(path, b""),
    "noise": lambda path: afresh(path, noise(path)),
    "noise in place": lambda path: in_place(path, noise(path)),
    "a folder": lambda path: (path.unlink(), path.mkdir(), (path / "x").write_text("x"))[0],
    "a link": lambda path: (path.unlink(), path.symlink_to(path.parent))[0],
}


def emptied(folder: Path) -> None:
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def noise(path: Path) -> bytes:
    """As many bytes as there were."""
    return Random(1).randbytes(path.stat().st_size)


def of_another_program(path: Path) -> None:
    head, _, rest = path.read_bytes().partition(b"\n")
    path.write_bytes(head[:-1] + b"x\n" + rest)


def of_another_name(path: Path) -> None:
    """A file of the memory that holds what another one should."""
    shutil.copyfile(first(path.parent, "cases.*") if path.name == "site" else path.parent / "site", path)  # fmt: skip


def memory_of_another_site(desk: Desk) -> None:
    """All of it: the site next door, with other text, in the same place."""
    options, cases = dict(desk.options), {path: dict(one) for path, one in desk.cases.items()}
    desk.options["base_url"] = "https://example.com/next-door/"
    for n in range(4):
        text_at_the_end(desk, n)
    desk.write()
    desk.build(output=desk.root / "door/site", index=desk.root / "door/index")
    desk.options, desk.cases = options, cases
    desk.write()
    shutil.rmtree(desk.side / "memory")
    shutil.copytree(desk.root / "door/.site.broadsheet/memory", desk.side / "memory")


def to_memory(name: str, harm: Callable[[Path], None]) -> Callable[[Desk], None]:
    return lambda desk: harm(first(desk.side / "memory", name))


def to_site(name: str, harm: Callable[[Path], None]) -> Callable[[Desk], None]:
    return lambda desk: harm(first(desk.site_folder, name))


def to_spare(name: str, harm: Callable[[Path], None]) -> Callable[[Desk], None]:
    return lambda desk: harm(first(desk.side, name))


def to_index(name: str, harm: Callable[[Path], None]) -> Callable[[Desk], None]:
    return lambda desk: harm(first(desk.index, name))


MEMORY_HARM = {name: HARM[name] for name in ("gone", "cut", "empty", "noise")} | {
    "of another program": of_another_program,
    "of another name": of_another_name,
}
A_PAGE = "cases/c5/index.html"
DAMAGES: dict[str, Callable[[Desk], None]] = {
    "no side folder": lambda desk: shutil.rmtree(desk.side),
    "no memory": lambda desk: shutil.rmtree(desk.side / "memory"),
    "memory of another site": memory_of_another_site,
    **{f"memory/{name} {harm}": to_memory(name, do)
       for name in ("last", "files", "site", "cases.*", "packed.*") for harm, do in MEMORY_HARM.items()},
    "no spare": lambda desk: shutil.rmtree(desk.side / "next"),
    "spare is empty": lambda desk: emptied(desk.side / "next"),
    "spare is a file": lambda desk: (shutil.rmtree(desk.side / "next"), (desk.side / "next").write_text("x"))[0],
    "spare has a file more": lambda desk: (desk.side / "next/extra.txt").write_text("x") and None,
    **{f"spare: {name} {harm}": to_spare(f"next/{name}", HARM[harm])
       for name in (A_PAGE, "search/index.json", "media/p/photo.png")
       for harm in ("gone", "noise", "noise in place", "a folder")},
    "no site": lambda desk: shutil.rmtree(desk.site_folder),
    "site is empty": lambda desk: emptied(desk.site_folder),
    "site is a copy": lambda desk: (shutil.copytree(desk.site_folder, desk.root / "copy"), shutil.rmtree(desk.site_folder), (desk.root / "copy").rename(desk.site_folder))[0],
    "site has files more": lambda desk: make_site(desk.site_folder, {"x.txt": "x", "cases/x/index.html": "x"}, site=None) and None,
    "site and spare have changed names": lambda desk: publish._exchange(desk.site_folder, desk.side / "next") and None,
    "cases of the site are gone": lambda desk: shutil.rmtree(desk.site_folder / "cases"),
    **{f"site: {name} {harm}": to_site(name, do)
       for name in (A_PAGE, "search/t/*.bin") for harm, do in HARM.items()},
    **{f"site: {name} {harm}": to_site(name, HARM[harm])
       for name in ("feed.json", "media/p/photo.png", "assets/style.*.css", "search/index.json",
                    "search/d/*.bin", "search/f/theme.bin", "search/s/64.bin")
       for harm in ("gone", "noise in place")},
    "no index": lambda desk: shutil.rmtree(desk.index),
    "index is empty": lambda desk: emptied(desk.index),
    **{f"index: {name} {harm}": to_index(name, HARM[harm])
       for name in ("MAIN_site.t.*", "state.json")
       for harm in ("gone", "cut", "empty", "noise", "noise in place")},
    **{f"index: {name} {harm}": to_index(name, HARM[harm])
       for name in ("MAIN_site.root", "MAIN_site.d.*", "MAIN_site.ids", "_MAIN_1.toc")
       for harm in ("gone", "noise")},
}  # fmt: skip


def damaged(desk: Desk, name: str) -> None:
    """Nothing that was published, and is not what it was, is told to be as good as new."""
    before, desk.sound = desk.made(), False
    DAMAGES[name](desk)
    assert desk.nothing_new() is None or desk.made() == before


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_costs_time_alone(used_desk: Desk, name: str) -> None:
    edited(used_desk, "title", 3)  # so that the spare has something of its own
    used_desk.build()
    damaged(used_desk, name)
    assert_as_clean(used_desk)


@pytest.mark.parametrize(
    "name", [name for name in DAMAGES if not re.search("cut|empty$|noise$|link$|of another", name)]
)
def test_damage_and_an_edit(used_desk: Desk, name: str) -> None:
    damaged(used_desk, name)
    edited(used_desk, "title", 3)
    assert_as_clean(used_desk)


@pytest.mark.xfail(strict=True, reason="the index is told from a damaged one by the memory alone")
@pytest.mark.parametrize(
    "name", ["index: MAIN_site.root noise", "index: MAIN_site.t.* noise in place"]
)
def test_damage_to_the_index_and_to_the_memory(used_desk: Desk, name: str) -> None:
    damaged(used_desk, name)
    damaged(used_desk, "no memory")
    assert_as_clean(used_desk)


# -- whatever happened ----------------------------------------------------------------------------

# a longer search: BROADSHEET_EXAMPLES=2000
EXAMPLES = int(os.environ.get("BROADSHEET_EXAMPLES", "12"))
# noise in the index and a memory that is lost: see test_damage_to_the_index_and_to_the_memory
APART = [name for name in DAMAGES if not re.search("(search/|index: ).* noise", name)]
STEPS = st.tuples(
    st.sampled_from([*EDITS, *EDITS, *FAULTS, *APART]),
    st.integers(0, 999),
    st.booleans(),  # whether a build follows at once
)


@settings(max_examples=EXAMPLES, deadline=None)
@given(steps=st.lists(STEPS, min_size=3, max_size=10))
def test_whatever_happened_the_site_is_that_of_a_clean_build(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, bool]]
) -> None:
    folder = tmp_path_factory.mktemp("desk")
    with at_desk(folder) as desk:
        desk.build()
        built = True
        for name, n, build_now in steps:
            if name in EDITS:
                edited(desk, name, n)
            elif name in FAULTS:
                failed(desk, name, n)
            elif built:
                with suppress(ValueError, OSError):  # what is to be harmed is not there
                    damaged(desk, name)
            built = build_now
            if built:
                assert_as_clean(desk)
        assert_as_clean(desk)
    shutil.rmtree(folder)


# -- kills ----------------------------------------------------------------------------------------

CALLS = ("open", "link", "unlink", "replace", "rename", "mkdir", "rmdir")  # of `os`, by a build
KILLS = 20


def dies(patch: pytest.MonkeyPatch, calls: int, died: Callable[[], None]) -> list[str]:
    """Let a call die after so many others; the names of those that were made."""
    seen: list[str] = []

    def counted(name: str) -> Callable[..., Any]:
        original = getattr(os, name)

        def call(*arguments: Any, **options: Any) -> Any:
            if len(seen) == calls:
                died()
            seen.append(name)
            return original(*arguments, **options)

        return call

    for name in CALLS:
        patch.setattr(os, name, counted(name))
    return seen


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def build_and_die(desk: Desk, calls: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        dies(patch, calls, die)
        desk.build()


def build_again_and_again(desk: Desk, writes: Sequence[Mend], ready: Connection) -> None:
    ready.send(None)
    for write in itertools.cycle(writes):
        write()
        desk.build()


def in_a_process(function: Callable[..., None], *arguments: Any) -> Any:
    process = multiprocessing.get_context("fork").Process(target=function, args=arguments)
    process.start()
    return process


def two_states(desk: Desk) -> Iterator[tuple[Mend, dict[str, bytes]]]:
    """Two versions of a publication: how to write it, and what a clean build makes of it."""
    old = {path: dict(one) for path, one in desk.cases.items()}
    for edit in (text_at_the_end, title, delete, add):
        edit(desk, 3)
    new = {path: dict(one) for path, one in desk.cases.items()}
    for cases in (new, old):

        def write(cases: dict[str, Any] = cases) -> None:
            desk.cases = cases
            desk.write()

        write()
        yield write, desk.clean()[1]


def site_of(files: dict[str, bytes]) -> dict[str, bytes]:
    return {path[5:]: data for path, data in files.items() if path.startswith("site/")}


def calls_of(desk: Desk) -> list[str]:
    """What a build asks of the system that changes something."""
    with pytest.MonkeyPatch.context() as patch:
        seen = dies(patch, -1, die)
        desk.build()
    return seen


def test_a_build_may_be_killed_at_any_call(desk: Desk) -> None:
    """Then the same is built again, or the edit is undone before."""
    (write_new, new), (write_old, old) = two_states(desk)

    def begin() -> None:
        for write in (write_new, write_old):
            write()
            desk.build()
        write_new()

    begin()
    calls = calls_of(desk)
    spread = range(0, len(calls), len(calls) // KILLS)
    # most of what is replaced is the memory: its files may not contradict each other then
    replaced = [moment for moment, name in enumerate(calls) if name == "replace"]
    seen, wrong = set(), {}
    for calls_before in (*spread, *replaced):
        begin()
        process = in_a_process(build_and_die, desk, calls_before)
        process.join()
        assert process.exitcode == -signal.SIGKILL
        found = tree(desk.site_folder)
        assert found in (site_of(old), site_of(new))
        seen.add(found == site_of(new))
        undone = calls_before in replaced or calls_before % 2
        expected = old if undone else new
        if undone:
            write_old()
        assert desk.nothing_new() is None or desk.made() == expected
        desk.build()
        wrong[calls_before] = changed(desk.made(), expected)
    assert seen == {False, True}  # else nothing was tried
    assert {moment: files for moment, files in wrong.items() if files} == {}


def test_a_build_may_be_killed_at_any_moment(desk: Desk) -> None:
    """As above, wherever it is, not between two calls alone."""
    (write_new, new), (write_old, old) = two_states(desk)
    random, seen = Random(1), []
    for _ in range(KILLS):
        there, here = multiprocessing.Pipe()
        process = in_a_process(build_again_and_again, desk, (write_new, write_old), here)
        assert there.poll(20)
        time.sleep(random.uniform(0, 0.15))
        process.kill()
        process.join()
        assert process.exitcode == -signal.SIGKILL
        found = tree(desk.site_folder)
        assert found in (site_of(old), site_of(new))
        seen.append(found)
        desk.look()
        write, expected = random.choice(((write_new, new), (write_old, old)))
        write()
        desk.build()
        assert changed(desk.made(), expected) == set()
    assert site_of(old) in seen and site_of(new) in seen  # else nothing was tried


# -- memory that is not of one build --------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["last", "files", "site", "cases.*", "packed.*"],
)  # fmt: skip
def test_a_part_of_the_memory_is_of_an_earlier_build(desk: Desk, name: str) -> None:
    """A disk was full, a backup was played back; and then the edit is undone."""
    earlier = {path: path.read_bytes() for path in (desk.side / "memory").glob(name)}
    cases = {path: dict(one) for path, one in desk.cases.items()}
    edited(desk, "text_at_the_end", 3)
    desk.build()
    for path, data in earlier.items():
        path.write_bytes(data)
    desk.cases = cases
    desk.write()
    assert desk.nothing_new() is None
    assert_as_clean(desk)


@pytest.mark.parametrize("why", ["killed", "disk full"])
def test_a_build_that_could_not_be_remembered_is_not_the_one_before(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    original = memory._save

    def lost(path: Path, value: object) -> None:
        if path.name != "last":
            original(path, value)
        elif why == "killed":
            raise KeyboardInterrupt

    with monkeypatch.context() as patch, suppress(KeyboardInterrupt):
        patch.setattr(memory, "_save", lost)
        desk.build(options=Options(now=NOW, base_url=OTHER_URL))
    assert b"example.net" in desk.made()["site/feed.xml"]
    assert desk.nothing_new() is None


def test_a_build_from_a_file_of_the_future_is_not_the_one_before(desk: Desk) -> None:
    """Dates after now tell nothing, so that build is not remembered; the one before it is not it."""
    note = "content/notes.txt"
    make_site(desk.root, {note: "x"}, site=None)
    os.utime(desk.root / note, (4e9, 4e9))
    desk.build(options=Options(now=NOW, base_url=OTHER_URL))
    assert desk.nothing_new(options=Options(now=NOW, base_url=OTHER_URL)) is None
    (desk.root / note).unlink()
    assert desk.nothing_new() is None


def test_a_build_that_comes_between_publishing_and_remembering(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = pipeline._files

    def meanwhile(*arguments: Any) -> Any:
        monkeypatch.setattr(pipeline, "_files", original)
        with suppress(ContentError):  # better: it is told that we are at work
            desk.build(options=Options(now=NOW, base_url=OTHER_URL))
        return original(*arguments)

    monkeypatch.setattr(pipeline, "_files", meanwhile)
    desk.build(clean=True)
    assert desk.nothing_new() is None or b"example.net" not in desk.made()["site/feed.xml"]


def test_two_sites_of_one_index(desk: Desk) -> None:
    """A preview with drafts beside the site, both from search/index."""
    edited(desk, "draft", 1)
    preview = desk.settings(output=desk.root / "preview", options=Options(now=NOW, drafts=True))
    for name in ("title", "text_at_the_end", "synonyms"):
        edited(desk, name, 3)
        pipeline.build(preview)
        assert desk.nothing_new() is None
        assert_as_clean(desk)
        assert nothing_new.nothing_new(preview, nothing_new.look(preview)) is None
        pipeline.build(preview)
        desk.build(options=preview.options, output=desk.root / "other", index=desk.root / "fresh")
        assert tree(desk.root / "preview") == tree(desk.root / "other")


def test_another_site_updates_the_index_before_this_one_is_remembered(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = publish._take_place

    def meanwhile(*arguments: Any) -> None:
        monkeypatch.setattr(publish, "_take_place", original)
        edited(desk, "text_at_the_end", 3)
        pipeline.build(desk.settings(output=desk.root / "preview"))
        original(*arguments)

    monkeypatch.setattr(publish, "_take_place", meanwhile)
    edited(desk, "title", 4)
    desk.build()
    assert_as_clean(desk)


# -- builds that fail half-way --------------------------------------------------------------------


@pytest.mark.parametrize("undone", [True, False])
@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "full"), KeyboardInterrupt()])
def test_a_build_that_fails_between_two_pages(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, error: BaseException, undone: bool
) -> None:
    original = os.open

    def fail(path: Any, flags: int, *arguments: Any, **options: Any) -> int:
        if "/next/cases/c5/" in str(path) and flags & os.O_CREAT:
            raise error
        return original(path, flags, *arguments, **options)

    before = tree(desk.site_folder)
    edited(desk, "base_url_option", 1)
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", fail)
        with pytest.raises((ContentError, KeyboardInterrupt)):
            desk.build()
    assert tree(desk.site_folder) == before
    if undone:
        EDITS["base_url_option"](desk, 1)
    assert_as_clean(desk)


def test_a_worker_fails_and_another_one_has_written(tmp_path: Path) -> None:
    own = (ROOT / "templates/404.html").read_text("utf-8")
    case_html = (ROOT / "templates/case.html").read_text("utf-8")
    fault = '{% block main %}<i>neu</i>{% if case.address == "/cases/c3/" %}{{ nothing.there }}{% endif %}'
    with at_desk(tmp_path) as desk:
        desk.files["templates/404.html"] = own
        desk.cases = {}
        desk.write()
        make_site(tmp_path, many(450), site=None)
        desk.build()
        desk.files["templates/case.html"] = case_html.replace("{% block main %}", fault)
        desk.write()
        with pytest.raises(ContentError):
            desk.build(jobs=2)
        del desk.files["templates/case.html"]
        desk.write()
        desk.build(jobs=2)
        assert changed(desk.made(), desk.clean()[1]) == set()


def test_a_page_that_stays_and_leads_to_one_that_goes(desk: Desk) -> None:
    """Links that templates made are looked at again, though nothing of their pages has changed."""
    desk.files["templates/trail.html"] = """<a href="{{ url('/cases/c5/') }}">c5</a>"""
    desk.write()
    assert_as_clean(desk)
    gone = desk.cases.pop("p/005-c5.md")
    desk.write()
    with pytest.raises(ContentError) as caught:
        desk.build()
    assert {diagnostic.code for diagnostic in caught.value.diagnostics} == {"B602"}
    desk.cases["p/005-c5.md"] = gone
    desk.write()
    assert_as_clean(desk)


# -- other systems --------------------------------------------------------------------------------


def test_an_index_on_another_file_system(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The site has copies of its files, which keep no inode from being given to another one."""
    link = os.link

    def no_link(source: Any, target: Any, **options: Any) -> None:
        if str(desk.index) in str(source):
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        link(source, target, **options)

    monkeypatch.setattr(os, "link", no_link)
    for _ in range(12):  # now and then a new file gets the inode of the one before the last
        failed(desk, "fault_in_a_template", 3)  # one update, and by the next build another one
        edited(desk, "synonyms", 1)
        desk.build()
        assert changed(desk.made(), desk.clean()[1]) == set()


@pytest.mark.parametrize("name", ["os.link", "publish._exchange"])
def test_a_system_without(desk: Desk, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def no_link(*arguments: Any, **options: Any) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    if name == "os.link":
        monkeypatch.setattr(os, "link", no_link)
    else:
        monkeypatch.setattr(publish, "_exchange", lambda one, other: False)
    for edit in ("title", "delete", "add", "asset", "synonyms"):
        edited(desk, edit, 3)
        desk.build()
        assert changed(desk.made(), desk.clean()[1]) == set()


def test_a_template_that_is_a_link(desk: Desk) -> None:
    """To a theme that several sites share, say."""
    make_site(desk.root, {"shared/trail.html": "<!-- eins -->"}, site=None)
    (desk.root / "templates/trail.html").unlink()
    (desk.root / "templates/trail.html").symlink_to(desk.root / "shared/trail.html")
    assert_as_clean(desk)
    make_site(desk.root, {"shared/trail.html": "<!-- zwei -->"}, site=None)
    assert desk.nothing_new() is None
    assert_as_clean(desk)


@pytest.mark.xfail(strict=True, reason="of a folder that is a link, trees.walk sees the date alone")
@pytest.mark.parametrize("name", ["assets/custom.css", "parts/mine.html"])
def test_a_folder_of_templates_that_is_a_link(desk: Desk, name: str) -> None:
    del desk.files["templates/assets/custom.css"]
    desk.files["templates/trail.html"] = "{% include 'parts/mine.html' ignore missing %}"
    desk.write()
    (desk.root / "templates/assets").rmdir()
    make_site(desk.root / "shared", {name: "<!-- eins -->"}, site=None)
    folder = name.partition("/")[0]
    (desk.root / "templates" / folder).symlink_to(desk.root / "shared" / folder)
    assert_as_clean(desk)
    make_site(desk.root / "shared", {name: "<!-- zwei -->"}, site=None)
    assert desk.nothing_new() is None
    assert_as_clean(desk)


def test_a_folder_of_templates_that_holds_itself(desk: Desk) -> None:
    (desk.root / "templates/again").symlink_to(desk.root / "templates")
    assert_as_clean(desk)


def test_a_template_is_read_again_in_the_same_process(desk: Desk) -> None:
    make_site(desk.root, {"templates/trail.html": "<!-- neu -->"}, site=None)
    desk.build()
    assert "<!-- neu -->" in page(desk.root, "/about/")


BUILD = """
import sys
sys.path[:0] = sys.argv[2:]
from helpers import Path, build
print(build(Path(sys.argv[1])).work)
"""


def test_another_process_renders_nothing_again(tmp_path: Path) -> None:
    body = "".join(f"## {text}\n\n{text}\n\n" for text in SENTENCES)
    files = {
        **many(12, body=body),
        "content/p/index.md": publication(body=body),
        "content/about.md": body,
    }
    make_site(tmp_path, files)  # fmt: skip
    os.utime(tmp_path / "content", None)
    time.sleep(0.03)  # until dates can be trusted
    found = []
    for seed in range(5):
        done = subprocess.run(
            [sys.executable, "-c", BUILD, tmp_path, str(ROOT), str(ROOT / "tests")],
            env={**os.environ, "PYTHONHASHSEED": str(seed)}, capture_output=True, text=True, check=True,
        )  # fmt: skip
        found.append(done.stdout.strip())
    assert found[1:] == [str(Work())] * 4


# -- time -----------------------------------------------------------------------------------------


def test_a_case_under_embargo_appears_without_an_edit(desk: Desk) -> None:
    desk.case(2)["publish_at"] = "2026-03-01"
    desk.case(4)["publish_at"] = "2026-02-01"
    desk.write()
    assert_as_clean(desk)
    days = (30, 40, 90, 1, 0)  # after NOW; the embargoes end on the 31st and on the 59th
    for day, news in zip(days, (False, True, True, True, True), strict=True):
        desk.options["now"] = NOW + timedelta(days=day)
        assert (desk.nothing_new() is None) is news
        assert_as_clean(desk)
        assert ("site/cases/c4/index.html" in desk.made()) is (day >= 31)


FILES = (
    "content/p/003-c3.md", PICTURE, "content/p/index.md", "content/about.md", "content/site.yaml",
    "content/people.yaml", "search/synonyms.yaml", "templates/trail.html",
    "templates/assets/custom.css",
)  # fmt: skip


def same_length(path: Path) -> None:
    """An edit in place after which the file has its old length."""
    data = path.read_bytes()
    for pair in (
        "路灯 灯路",
        "试报 报试",
        "关于 于关",
        "某刊 刊某",
        "李铭 李名",
        "自己 己自",
        "black green",
    ):
        old, new = pair.encode().split()
        for one, another in ((old, new), (new, old)):
            if one in data:
                path.write_bytes(data.replace(one, another))
                return
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))


@pytest.mark.parametrize("name", FILES)
def test_an_edit_that_keeps_length_and_date_is_noticed(desk: Desk, name: str) -> None:
    path = desk.root / name
    before = path.stat()
    same_length(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = path.stat()
    assert (before.st_size, before.st_mtime_ns, before.st_ino) == (
        after.st_size, after.st_mtime_ns, after.st_ino)  # fmt: skip
    files = desk.made()
    assert desk.nothing_new() is None
    assert_as_clean(desk)
    assert desk.made() != files


@contextmanager
def in_one_tick(root: Path) -> Iterator[None]:
    """The clock stands still: whenever one of FILES is changed, its dates are those of the build."""
    tick, original = time.time_ns(), trees.stamp
    inodes_ = {os.stat(root / name).st_ino for name in FILES}

    def stamp(status: os.stat_result) -> trees.Stamp:
        size, modified, changed_, inode = original(status)
        return (size, tick, tick, inode) if inode in inodes_ else (size, modified, changed_, inode)

    with pytest.MonkeyPatch.context() as patch:
        for module in (trees, nothing_new, scan):
            patch.setattr(module, "stamp", stamp)
        patch.setattr(time, "time_ns", lambda: tick)
        yield


@pytest.mark.parametrize(
    "name",
    FILES,
)
def test_an_edit_within_the_tick_of_the_build_is_noticed(desk: Desk, name: str) -> None:
    with in_one_tick(desk.root):
        for _ in range(2):
            assert desk.nothing_new() is None
            assert desk.build().work.read == 3  # c3, and c2 and c7 with the picture: nobody knows
        same_length(desk.root / name)
        assert desk.nothing_new() is None
        desk.build()
        assert changed(desk.made(), desk.clean()[1]) == set()
    assert_as_clean(desk)


STEPS_OF_A_BUILD = (
    (pipeline.Memory, "of_site"), (pipeline.Memory, "load_cases"), (broadsheet.read, "arrange"),
    (pipeline, "plan"),
    (pipeline, "load_assets"), (pipeline, "_publish_index"), (pipeline, "_choose"),
    (pipeline, "_render_all"), (pipeline, "_files"),
)  # fmt: skip


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("module", "step"), STEPS_OF_A_BUILD, ids=[s for _, s in STEPS_OF_A_BUILD])
def test_an_edit_while_a_build_runs_is_for_the_next_one(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, module: Any, step: str, after: bool
) -> None:
    original = getattr(module, step)

    def edit_meanwhile(*arguments: Any, **options: Any) -> Any:
        result = original(*arguments, **options) if after else None
        for name in FILES:
            same_length(desk.root / name)
        return result if after else original(*arguments, **options)

    edited(desk, "text_at_the_end", 1)
    with monkeypatch.context() as patch:
        patch.setattr(module, step, edit_meanwhile)
        desk.build()
    assert desk.nothing_new() is None
    assert_as_clean(desk)


def test_a_file_that_vanishes_while_the_folder_is_read(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the drafts do that editors of text write and rename."""
    drafts = {f"content/{n}.tmp": "x" for n in range(3)}
    make_site(desk.root, drafts, site=None)
    original = scan.stamp

    def stamp(status: os.stat_result) -> trees.Stamp:
        for name in drafts:
            (desk.root / name).unlink(missing_ok=True)
        return original(status)

    with monkeypatch.context() as patch:
        patch.setattr(scan, "stamp", stamp)
        desk.build()
    assert_as_clean(desk)


# -- work -----------------------------------------------------------------------------------------

CASES = 450
RELATED = 12  # cases that have c200 among their related ones: c20 and c120, c100 and c300, …
MIDDLE, LAST = "content/p/200-c200.md", "content/p/451-neu.md"
TOTALS = {  # pages that say how many cases there are, or list the newest
    "index.html", "feed.xml", "feed.json", "sitemap.xml", "about/index.html", "search/index.html",
    "themes/index.html", "publications/index.html",
}  # fmt: skip


@dataclass(frozen=True)
class Measured:
    report: Report
    pages: set[str]  # that are new, gone or different, index and assets aside
    index: set[str]
    before: dict[str, bytes]

    @property
    def of_cases(self) -> set[str]:
        return {path for path in self.pages if path.startswith("cases/")}

    def showing(self, text: str) -> set[str]:
        return {path for path, data in self.before.items() if text.encode() in data}


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One publication by one person; a list of everything takes nine pages."""
    root = make_site(
        tmp_path_factory.mktemp("paper"), many(CASES, body=f"{SENTENCES[0]}\n\n{SENTENCES[1]}\n")
    )
    make_site(root, {"templates/assets/custom.css": ""}, site=None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trees, "SETTLED", 0)
        build(root)
        yield root


def put(root: Path, files: dict[str, str | None]) -> dict[str, str | None]:
    """Write files, or remove those that are None; returns what was there."""
    before = {p: (root / p).read_text("utf-8") if (root / p).exists() else None for p in files}
    make_site(root, {path: text for path, text in files.items() if text is not None}, site=None)
    for path in (path for path, text in files.items() if text is None):
        (root / path).unlink()
    return before


def measure(root: Path, files: dict[str, str | None]) -> Measured:
    """What one build has to do after this edit, which is undone afterwards."""
    build(root)
    before = tree(root / "site")
    undo = put(root, files)
    report = build(root)
    after = tree(root / "site")
    build(root, output="clean", clean=True)
    assert changed(after, tree(root / "clean")) == set()
    put(root, undo)
    shutil.rmtree(root / "clean")
    touched = changed(before, after)
    in_index = {p for p in touched if p.startswith("search/") and not p.endswith(".html")}
    pages = {path for path in touched - in_index if not path.startswith("assets/")}
    gone = before.keys() - after.keys()
    assert report.files.removed == len(gone)
    assert report.files.written == len(touched - gone)
    return Measured(report, pages, in_index, before)


def edited_case(root: Path, path: str, old: str, new: str) -> dict[str, str | None]:
    return {path: (root / path).read_text("utf-8").replace(old, new)}


def test_work_without_an_edit(paper: Path) -> None:
    build(paper)
    report = build(paper)
    assert report.work == Work()
    assert (report.files.written, report.files.removed) == (0, 0)


def test_work_for_a_sentence_at_the_end_of_a_body(paper: Path) -> None:
    text = "河边种树。"
    done = measure(paper, edited_case(paper, MIDDLE, SENTENCES[1], f"{SENTENCES[1]}\n\n{text}"))
    assert done.pages == {"cases/c200/index.html"}
    assert (done.report.work.read, done.report.work.rendered) == (1, 1)
    assert done.report.work.indexed <= 2 * len(text) + 2  # letters, pairs; the fragment, the root
    assert len(done.index) == done.report.work.indexed


def test_a_sentence_is_no_reason_to_look_at_other_cases(
    paper: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their text stays packed, no list is made anew, and search is told of one document."""
    build(paper)
    opened, lists, documents = list[object](), list[object](), list[object]()

    def counted(module: Any, name: str, calls: list[object]) -> None:
        original = getattr(module, name)

        def call(*arguments: Any, **options: Any) -> Any:
            calls.append(arguments)
            return original(*arguments, **options)

        monkeypatch.setattr(module, name, call)

    counted(memory.Stored, "__bytes__", opened)
    counted(broadsheet.plan.lists, "list_page", lists)
    counted(broadsheet.plan.documents, "_document", documents)
    with monkeypatch.context():
        undo = put(paper, edited_case(paper, MIDDLE, SENTENCES[1], f"{SENTENCES[1]}\n\n河边。"))
        assert build(paper).work.rendered == 1
    put(paper, undo)
    assert lists == [] and len(documents) == 1
    assert len(opened) < CASES / 8  # those that are remembered in the same file


def test_what_is_packed_is_read_though_it_has_been_replaced(desk: Desk) -> None:
    known = memory.Memory.load(desk.side / "memory").cases
    packed = {path: bytes(one.packed) for path, one in known.items()}
    assert len(packed) == len(desk.cases)
    text_at_the_end(desk, 1)
    desk.write()
    desk.build()
    shutil.rmtree(desk.side / "memory")
    assert {path: bytes(one.packed) for path, one in known.items()} == packed


@pytest.mark.parametrize("room", [True, False])
def test_of_many_cases_the_text_waits_in_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: bool
) -> None:
    make_site(tmp_path, many(POOL_PAYS, body="一段正文。\n"))

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "full")

    if not room:
        monkeypatch.setattr(os, "pwrite", full)
    cases = broadsheet.read.read(tmp_path / "content").cases
    assert {type(case.packed) for case in cases} == {memory.Stored if room else bytes}
    assert [case.front.id for case in cases] == [case.card.id for case in cases]
    assert {case.body.first_paragraph for case in cases} == {"一段正文。"}


def test_work_for_a_title(paper: Path) -> None:
    """Its own page, its neighbours, those that call it related, and one page of each list."""
    old, new = "关于c200的建议", "关于路灯的建议"
    done = measure(paper, edited_case(paper, MIDDLE, old, new))
    assert done.pages == done.showing("/cases/c200/") - {"sitemap.xml"}
    assert len(done.of_cases) <= 3 + RELATED
    assert [path.split("/")[0] for path in sorted(done.pages - done.of_cases)] == [
        "people", "publications", "themes", "units"]  # fmt: skip
    assert (done.report.work.read, done.report.work.rendered) == (1, len(done.pages))
    assert done.report.work.indexed <= 4 * len(old + new)  # letters, pairs, sounds


def test_work_for_a_new_case(paper: Path) -> None:
    """The newest, last in its publication: full pages of lists stay as they are, but for a total."""
    done = measure(paper, {LAST: case("neu", date="2003-01-01", hosts=["区文旅局"], proposers=["李明"])})  # fmt: skip
    assert done.of_cases == {"cases/neu/index.html", f"cases/c{CASES}/index.html"}
    of_lists = {path for path in done.pages - done.of_cases - TOTALS if "/feed." not in path}
    assert done.pages >= TOTALS and len(of_lists) <= 4 + 3 + 3  # names; the theme; the publication
    assert done.report.work.read == 1
    in_publication = CASES // 50 + 1  # each of its pages knows the total; the first one shows it
    assert done.report.work.rendered <= len(done.pages) + in_publication
    assert done.report.work.indexed < len(tree(paper / "search/index")) / 4


def test_work_for_a_case_that_goes(paper: Path) -> None:
    """From the middle: cases after it move up by one in every list."""
    done = measure(paper, {MIDDLE: None})
    shown = {path for path in done.showing("/cases/c200/") if path.startswith("cases/")}
    assert done.of_cases == shown and len(shown) <= 3 + RELATED
    assert done.report.work.read == 0
    of_lists = 4 * (CASES // 50 + 1)
    assert done.report.work.rendered <= len(shown) - 1 + len(TOTALS) + of_lists
    assert done.report.work.indexed < len(tree(paper / "search/index")) / 4


@pytest.mark.parametrize("name", ["templates/assets/custom.css", "templates/trail.html"])
def test_work_for_a_template(paper: Path, name: str) -> None:
    done = measure(paper, {name: "/* neu */"})
    assert done.report.work == Work(rendered=done.report.pages)
    assert done.index == set()


@pytest.mark.parametrize(
    ("files", "pages"),
    [
        ({"content/about.md": "关于本站。\n"}, {"about/index.html"}),
        ({"content/people.yaml": 'entries: [{name: 李明, note: "医生"}]'}, set()),
        ({"search/synonyms.yaml": "groups: [[路灯, 照明]]"}, set()),
        ({"content/p/photo.png": "x"}, set()),  # no case shows it
    ],
)
def test_work_for_what_few_pages_show(
    paper: Path, files: dict[str, str | None], pages: set[str]
) -> None:
    done = measure(paper, files)
    assert done.pages == pages
    assert done.report.work.read == 0 and done.report.work.indexed <= 2
    if "content/people.yaml" not in files:  # each case is told to follow from all the rules
        assert done.report.work.rendered == len(pages)
