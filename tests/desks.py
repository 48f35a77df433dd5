"""Desks: each is the small publication that an editor edits, builds and compares with a clean build.

A test module says `pytest_plugins = ["desks"]` and takes `desk`, or `used_desk`.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from helpers import NOW, PNG, case, changed, make_site, publication, tree

from broadsheet import memory, nothing_new, pipeline, trees
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


@pytest.fixture(scope="session")
def office() -> list[Desk]:
    """Desks that nobody sits at."""
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
