"""What search is to know of each case."""

from __future__ import annotations

from collections.abc import Mapping

from broadsheet.markdown import NOTES, SECTION_IDS, Section
from broadsheet.models import KIND_NAMES
from broadsheet.plan.catalog import Catalog
from broadsheet.read import Case
from broadsheet.search.documents import FACETS, Document, Value


def documents(catalog: Catalog, earlier: Mapping[int, Document]) -> tuple[Document, ...]:
    """A document for each published case; those of an earlier plan, by their case's `id()`."""
    return tuple(earlier.get(id(case)) or _document(catalog, case) for case in catalog.cases)


def _document(catalog: Catalog, case: Case) -> Document:
    front, item = case.front, catalog.item(case)
    proposers = [proposer.name for proposer in front.proposers]
    proposers += [front.speaker] if front.speaker else []
    proposers += [supervisor.name for supervisor in front.supervisors]
    units = (*front.hosts, *front.co_hosts)
    publication = catalog.publication(case)
    year = catalog.year(case)
    filters: dict[str, tuple[Value, ...]] = {
        "theme": ((front.theme, item.theme.name),),
        "publication": ((publication.id, publication.front.title),),
        "kind": ((front.kind, KIND_NAMES[front.kind]),),
        "unit": _units(catalog, case, units),
        "year": ((year, year),) if year else (),
        "grade": ((item.grade, item.grade),) if item.grade else (),
        "date": ((item.date, item.date),) if item.date else (),
    }
    return Document(
        id=front.id,
        title=front.title,
        proposers=tuple(dict.fromkeys(proposers)),
        hosts=tuple(dict.fromkeys(units)),
        keywords=(*dict.fromkeys(front.keywords), *((front.summary,) if front.summary else ())),
        sections=tuple(section for section in map(_section, case.body.sections) if section[1]),
        theme=front.theme,
        facts=(*((item.withheld,) if item.withheld else ()), *item.facts),
        grade=item.grade,
        date=item.date,
        filters=tuple(filters[name] for name in FACETS),
    )


def _section(section: Section) -> tuple[str, tuple[str, ...]]:
    """The fixed headings are labels; any other heading is the editor's text, and is searched."""
    if section.heading in SECTION_IDS or section.heading == NOTES:
        return section.heading, section.paragraphs
    return "", ((section.heading,) if section.heading else ()) + section.paragraphs


def _units(catalog: Catalog, case: Case, names: tuple[str, ...]) -> tuple[Value, ...]:
    """Units by their official name; the same name in two regions is two units."""
    values = {}
    for unit in catalog.units(case, names):
        value = f"{unit.name}（{unit.region}）" if unit.region else unit.name
        values[value] = unit.name
    return tuple(values.items())
