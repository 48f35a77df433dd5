"""Cases as the peers read them: bodies as they are, front matter in words that the peers know.

What Broadsheet works out during a build and the peers could not without a program of their own
(addresses from pinyin, Chinese numerals, a summary) stands in the front matter. So none of it costs
the peers time. Takes what benchmarks/corpus.py writes, not all that an editor may write.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from broadsheet.models import DEFAULT_THEMES, KIND_NAMES
from broadsheet.slugs import entity_slug
from broadsheet.views import chinese_number

Record = dict[str, Any]
THEMES = {theme.id: theme.name for theme in DEFAULT_THEMES}
SUMMARY = 100  # characters


@dataclass
class Names:
    """People and units by their slugs: what a page about one of them has to know."""

    people: dict[str, Record] = field(default_factory=dict)
    units: dict[str, Record] = field(default_factory=dict)

    def refs(self, kind: str, names: list[str], region: str) -> list[Record]:
        found = []
        for name in names:
            slug = entity_slug(name, region)
            getattr(self, kind)[slug] = {"name": name, "region": region}
            found.append({"name": name, "slug": slug})
        return found


def prepare(source: Path, content: Path, data: Path) -> None:
    """Write the cases of `source` below `content`, and what is known of names into `data`."""
    names = Names()
    shelf = content / "publications"
    write(shelf / "_index.md", {"title": "刊次"}, "")
    publications = {path.parent: split(path)[0] for path in source.glob("*/index.md")}
    newest_first = sorted(publications, key=lambda path: (-int(publications[path]["year"]), path))
    known = {}
    for weight, folder in enumerate(newest_first, 1):
        known[folder.name] = publication = publication_of(publications[folder])
        write(shelf / folder.name / "_index.md", publication | {"weight": weight}, "")
        for path in sorted(folder.glob("[0-9]*.md")):
            matter, body = split(path)
            case = case_of(matter, body, publication["region"], names)
            write(shelf / folder.name / path.name, case, body)
    for weight, (id_, name) in enumerate(THEMES.items(), 1):
        matter = {"title": name, "weight": weight, "outputs": ["html", "atom"]}
        write(content / "themes" / id_ / "_index.md", matter, "")
    for id_, title in (("themes", "主题"), ("people", "人物"), ("units", "办理单位")):
        write(content / id_ / "_index.md", {"title": title}, "")
    data.mkdir(parents=True, exist_ok=True)
    for file, value in (
        ("people", names.people),
        ("units", names.units),
        ("publications", known),
        ("themes", THEMES),
    ):
        (data / f"{file}.json").write_text(json.dumps(value, ensure_ascii=False), "utf-8")


def publication_of(matter: Record) -> Record:
    session = matter["session"]
    term, meeting = (chinese_number(int(session[key])) for key in ("term", "meeting"))
    return {
        "title": matter["title"],
        "region": matter["region"],
        "year": int(matter["year"]),
        "session": f"{matter['region']}政协{term}届{meeting}次会议",
    }


def case_of(matter: Record, body: str, region: str, names: Names) -> Record:
    """The front matter of a case for the peers."""
    proposers = names.refs("people", names_of(matter["proposers"]), region)
    supervisors = names.refs("people", names_of(matter.get("supervisors", [])), region)
    for ref, supervisor in zip(supervisors, matter.get("supervisors", []), strict=True):
        ref["post"] = supervisor["post"]
    hosts = names.refs("units", matter["hosts"], region)
    co_hosts = names.refs("units", matter.get("co_hosts", []), region)
    return {
        "title": matter["title"],
        "slug": matter["id"],
        "date": matter["date"],
        "number": matter["number"],
        "kind_name": KIND_NAMES[matter["kind"]],
        "theme_name": THEMES[matter["theme"]],
        "summary": summary_of(body),
        "themes": [matter["theme"]],
        "people": slugs(proposers + supervisors),
        "units": slugs(hosts + co_hosts),
        "proposers": proposers,
        "hosts": hosts,
        "co_hosts": co_hosts,
        "supervisors": supervisors,
        "ratings": list(ratings_of(matter)),
        "keywords": matter["keywords"],
    }


def ratings_of(matter: Record) -> Iterator[Record]:
    alone = matter["kind"] == "key" and len(matter["ratings"]) == 1
    for rating in matter["ratings"]:
        label = "办理类别" if alone else f"第{chinese_number(int(rating['round']))}轮评价"
        yield {"label": label, "grade": rating["grade"]}


def names_of(people: list[str | Record]) -> list[str]:
    return [person if isinstance(person, str) else person["name"] for person in people]


def slugs(refs: list[Record]) -> list[str]:
    return list(dict.fromkeys(ref["slug"] for ref in refs))


def summary_of(body: str) -> str:
    """The first paragraph, cut at a sentence where one ends near."""
    text = body.split("\n\n")[1]
    if len(text) <= SUMMARY:
        return text
    cut = text.rfind("。", SUMMARY // 2, SUMMARY)
    return text[: cut + 1] if cut > 0 else text[: SUMMARY - 1] + "…"


def split(path: Path) -> tuple[Record, str]:
    """Front matter, every scalar as the text that was typed, and body."""
    _, matter, body = path.read_text("utf-8").split("---\n", 2)
    return yaml.load(matter, yaml.CBaseLoader), body.lstrip("\n")  # noqa: S506 (text alone)


def write(path: Path, matter: Record, body: str) -> None:
    """JSON on each line is YAML as well; a date goes without quotes, or it would be a text."""
    lines = [
        f"{key}: {value if key == 'date' else json.dumps(value, ensure_ascii=False)}\n"
        for key, value in matter.items()
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"---\n{''.join(lines)}---\n\n{body}", "utf-8")
