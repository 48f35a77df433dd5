"""People and units: a page each, and an index by initial."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from broadsheet.entities import Entity, EntityKind
from broadsheet.plan.catalog import Catalog
from broadsheet.plan.lists import HOME, list_page, split_list
from broadsheet.read import Case
from broadsheet.views import Page, Ref, RoleItem

INDEX_LENGTH = 400  # names on one index page; more are split by their initial

Parts = dict[Entity, dict[str, list[str]]]  # entity: case id: roles, oldest case first
Letter = tuple[str, str, int]  # an initial, the address of its page, how many names


@dataclass(frozen=True, slots=True)
class Named:
    """All people, or all units: their cases, their pages, and the pages that list them."""

    parts: Parts
    pages: Mapping[Entity, tuple[Page, ...]]
    index: tuple[Page, ...]

    def __iter__(self) -> Iterator[Page]:
        return chain(chain.from_iterable(self.pages.values()), self.index)


def named(catalog: Catalog, kind: EntityKind, title: str, earlier: Named | None = None) -> Named:
    """The pages of all proposers, speakers and supervisors (`people`), or of all `units`.

    `earlier` are those of a catalog with the same cast.
    """
    if earlier:
        cases = [catalog.by_id[id_] for id_ in catalog.changed]
        touched = {one for c in cases for _, those in _roles(catalog, kind, c) for one in those}
        fresh = {one: _pages(catalog, one, earlier.parts[one], title) for one in touched}
        return Named(earlier.parts, {**earlier.pages, **fresh}, earlier.index)
    parts: Parts = defaultdict(lambda: defaultdict(list))
    for case in catalog.by_age:
        for role, those in _roles(catalog, kind, case):
            for entity in dict.fromkeys(those):
                parts[entity][case.front.id].append(role)
    entities = sorted(parts, key=lambda entity: entity.slug)
    found = {one: _pages(catalog, one, parts[one], title) for one in entities}
    return Named(parts, found, tuple(_index(catalog, kind, title, entities)))


def _pages(
    catalog: Catalog, entity: Entity, parts: Mapping[str, list[str]], title: str
) -> tuple[Page, ...]:
    """The pages of one person or unit; `parts` are the roles in each of their cases."""
    counts = Counter(role for roles in parts.values() for role in roles)
    rows = [
        RoleItem(catalog.item(catalog.by_id[id_]), "、".join(roles) if len(counts) > 1 else "")
        for id_, roles in parts.items()
    ]
    return tuple(
        split_list(
            catalog,
            entity.address,
            "entity.html",
            rows,
            newest_first=True,
            title=f"{entity.name}（{entity.region}）" if entity.region else entity.name,
            trail=(HOME, Ref(title, f"/{entity.kind}/")),
            section=entity.kind,
            entity=entity,
            counts=tuple(counts.items()),
            description="，".join(f"{role}{count}件" for role, count in counts.items()),
        )
    )


def _roles(
    catalog: Catalog, kind: EntityKind, case: Case
) -> Iterator[tuple[str, tuple[Entity, ...]]]:
    front = case.front
    if kind == "people":
        yield "提案", catalog.people(case, [proposer.name for proposer in front.proposers])
        yield "发言", catalog.people(case, [front.speaker] if front.speaker else [])
        yield "督办", catalog.people(case, [supervisor.name for supervisor in front.supervisors])
    else:
        yield "主办", catalog.units(case, front.hosts)
        yield "会办", catalog.units(case, front.co_hosts)


def _index(
    catalog: Catalog, kind: EntityKind, title: str, entities: list[Entity]
) -> Iterator[Page]:
    groups: dict[str, list[Ref]] = defaultdict(list)
    for entity in entities:
        initial = entity.slug[0].upper() if entity.slug[0].isalpha() else "#"
        note = " · ".join(part for part in (entity.region, entity.note) if part)
        groups[initial].append(Ref(entity.name, entity.address, note))
    address = f"/{kind}/"

    def index(place: str, name: str, shown: list[str], letters: Sequence[Letter] = ()) -> Page:
        top = place == address
        return list_page(
            catalog,
            place,
            "names.html",
            title=name,
            trail=(HOME,) if top else (HOME, Ref(title, address)),
            section=kind,
            groups=tuple((letter, groups[letter]) for letter in shown),
            letters=tuple(letters),
            total=len(entities) if top else len(groups[shown[0]]),
        )

    if len(entities) <= INDEX_LENGTH:
        yield index(address, title, list(groups))
        return
    # no name has a slug of this form: every slug ends in a hash of four characters
    places = {letter: f"{address}initial-{letter.lower().replace('#', '0')}/" for letter in groups}
    yield index(
        address,
        title,
        [],
        [(letter, place, len(groups[letter])) for letter, place in places.items()],
    )
    for letter, place in places.items():
        yield index(place, f"{title} {letter}", [letter])
