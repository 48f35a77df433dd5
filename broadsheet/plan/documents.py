"""What search is to know of each case: first what tells whether it has changed, the text later."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from broadsheet.fingerprints import digest_of
from broadsheet.markdown import NOTES, SECTION_IDS, Section
from broadsheet.memory import Packed, source
from broadsheet.models import KIND_NAMES
from broadsheet.plan.catalog import Catalog
from broadsheet.read import Case, body_of
from broadsheet.search.documents import FACETS, Document, Value


@dataclass(frozen=True, slots=True)
class CaseEntry:
    """A case as search will know it; see `search.documents.Entry`."""

    catalog: Catalog
    case: Case
    digest: str
    filter_digest: bytes

    @property
    def id(self) -> str:
        return self.case.card.id

    @property
    def filters(self) -> tuple[tuple[Value, ...], ...]:
        return _filters(self.catalog, self.case)

    @property
    def document(self) -> Document:
        return _document(self.catalog, self.case, _text(self.case.packed))

    def __reduce__(self) -> tuple[type[_Sealed], tuple[Document, Packed]]:
        """Another machine has no use for the catalogue."""
        return _Sealed, (_document(self.catalog, self.case), self.case.packed)


@dataclass(frozen=True, slots=True)
class _Sealed:
    """A document whose text is packed."""

    bare: Document
    packed: Packed

    @property
    def document(self) -> Document:
        return replace(self.bare, sections=_text(self.packed))


def entries(catalog: Catalog) -> Iterator[CaseEntry]:
    """An entry for each published case."""
    places: dict[tuple[str, str], bytes] = {}  # what it follows from beside the case
    has_rules = bool(catalog.content.units)
    for case in catalog.cases:
        card, key = case.card, (case.publication, case.card.theme)
        place = places.get(key)
        if place is None:
            place = places[key] = _place(catalog, case)
        if has_rules:
            place = digest_of((place, _units(catalog, case)))
        filters = card.filter_digest + place
        text = card.text_digest + catalog.shown(case) + place
        digest = hashlib.blake2b(text, digest_size=8).hexdigest()
        yield CaseEntry(catalog, case, digest, filters)


def _place(catalog: Catalog, case: Case) -> bytes:
    publication, theme = catalog.publication(case), catalog.item(case).theme
    front = publication.front
    facts = front.title, front.region, front.year, front.source
    return digest_of((source(), publication.id, facts, theme.id, theme.name))


def _filters(catalog: Catalog, case: Case) -> tuple[tuple[Value, ...], ...]:
    card, item = case.card, catalog.item(case)
    publication, year = catalog.publication(case), catalog.year(case)
    filters: dict[str, tuple[Value, ...]] = {
        "theme": ((card.theme, item.theme.name),),
        "publication": ((publication.id, publication.front.title),),
        "kind": ((card.kind, KIND_NAMES[card.kind]),),
        "unit": _units(catalog, case),
        "year": ((year, year),) if year else (),
        "grade": ((item.grade, item.grade),) if item.grade else (),
        "date": ((item.date, item.date),) if item.date else (),
    }
    return tuple(filters[name] for name in FACETS)


def _document(
    catalog: Catalog, case: Case, sections: tuple[tuple[str, tuple[str, ...]], ...] = ()
) -> Document:
    card, item = case.card, catalog.item(case)
    return Document(
        id=card.id,
        title=card.title,
        proposers=card.people,
        hosts=card.units,
        keywords=card.keywords,
        sections=sections,
        theme=card.theme,
        facts=(*((item.withheld,) if item.withheld else ()), *item.facts),
        grade=item.grade,
        date=item.date,
        filters=_filters(catalog, case),
    )


def _text(packed: Packed) -> tuple[tuple[str, tuple[str, ...]], ...]:
    sections = map(_section, body_of(packed).sections)
    return tuple([one for one in sections if one[1]])


def _section(section: Section) -> tuple[str, tuple[str, ...]]:
    """The fixed headings are labels; any other heading is the editor's text, and is searched."""
    if section.heading in SECTION_IDS or section.heading == NOTES:
        return section.heading, section.paragraphs
    return "", ((section.heading,) if section.heading else ()) + section.paragraphs


def _units(catalog: Catalog, case: Case) -> tuple[Value, ...]:
    """Units by their official name; the same name in two regions is two units."""
    values = {}
    for unit in catalog.entities("units", (*case.card.hosts, *case.card.co_hosts), case):
        value = f"{unit.name}（{unit.region}）" if unit.region else unit.name
        values[value] = unit.name
    return tuple(values.items())
