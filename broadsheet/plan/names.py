"""People and units: a page each, and an index by initial."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from broadsheet.cards import Card
from broadsheet.entities import Entity, EntityKind
from broadsheet.fingerprints import digest_of
from broadsheet.plan.catalog import Catalog
from broadsheet.plan.groups import Filled, Group, Section, key_of
from broadsheet.plan.lists import HOME, list_page, split_list
from broadsheet.views import Page, Ref, RoleItem

INDEX_LENGTH = 400  # names on one index page; more are split by their initial

Parts = dict[Entity, dict[str, list[str]]]  # entity: case id: roles, oldest case first
Letter = tuple[str, str, int]  # an initial, the address of its page, how many names


def section(catalog: Catalog, kind: EntityKind, title: str) -> Section:
    """The pages of all proposers, speakers and supervisors (`people`), or of all `units`."""
    return Section(key_of(f"all {kind}", catalog.cast), lambda: _groups(catalog, kind, title))


def _groups(catalog: Catalog, kind: EntityKind, title: str) -> Iterator[Group]:
    parts = _parts(catalog, kind)
    shown = {id_: catalog.shown(case) for id_, case in catalog.by_id.items()}
    entities = sorted(parts, key=lambda entity: entity.slug)
    for entity in entities:
        mine = parts[entity]
        roles = "\0".join(["\1".join(some) for some in mine.values()])
        text = f"{entity.slug}\0{entity.name}\0{entity.region}\0{roles}"
        digest = text.encode("utf-8", "surrogatepass")
        key = key_of(kind, catalog.frame, *[shown[id_] for id_ in mine], digest)
        yield Group(key, partial(_pages, catalog, entity, mine, title))
    names = [(one.slug, one.name, one.region, one.note) for one in entities]
    key = key_of(f"names of {kind}", catalog.frame, digest_of(names))
    yield Group(key, lambda _: _index(catalog, kind, title, entities))


def _parts(catalog: Catalog, kind: EntityKind) -> Parts:
    parts: Parts = {}
    for case in catalog.by_age:
        for role, names in _roles(kind, case.card):
            if not names:
                continue
            for entity in dict.fromkeys(catalog.entities(kind, names, case)):
                mine = parts.get(entity)
                if mine is None:
                    mine = parts[entity] = {}
                mine.setdefault(case.card.id, []).append(role)
    return parts


def _roles(kind: EntityKind, card: Card) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if kind == "people":
        return ("提案", card.proposers), ("发言", card.speakers), ("督办", card.supervisors)
    return ("主办", card.hosts), ("会办", card.co_hosts)


def _pages(
    catalog: Catalog,
    entity: Entity,
    parts: Mapping[str, list[str]],
    title: str,
    links: Filled,
) -> Iterator[Page]:
    """The pages of one person or unit; `parts` are the roles in each of their cases."""
    counts = Counter(role for roles in parts.values() for role in roles)
    rows = [
        RoleItem(catalog.item(catalog.by_id[id_]), "、".join(roles) if len(counts) > 1 else "")
        for id_, roles in parts.items()
    ]
    return split_list(
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
