"""Plan: which pages exist, and what each of them needs to know. Pure: nothing is written.

catalog     the published cases in every order that pages need
cases       case pages
lists       home, themes, publications, search, and how a long list is split
names       people and units
machine     feeds, sitemap, robots, opensearch, redirects
documents   what search is to know of each case
groups      pages that follow from the same, made when somebody wants them
links       addresses for the links that editors wrote
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from types import MappingProxyType

from broadsheet.diagnostics import ContentError, Diagnostic, has_errors, in_order
from broadsheet.entities import Slugs
from broadsheet.memory import Told
from broadsheet.plan import cases, lists, machine, names
from broadsheet.plan.cases import Related
from broadsheet.plan.catalog import Catalog
from broadsheet.plan.documents import CaseEntry, entries
from broadsheet.plan.groups import Group, Pages, Sections
from broadsheet.plan.links import fill_links
from broadsheet.read import Case, Content, locate
from broadsheet.settings import Options
from broadsheet.views import Page, SiteView, file_of

__all__ = ["Options", "Pages", "Plan", "plan"]


@dataclass(frozen=True, slots=True)
class Plan:
    """Every page of the site, and its media files (address: path below the content folder)."""

    site: SiteView
    groups: tuple[Group, ...]
    media: dict[str, str]
    cases: int
    documents: tuple[CaseEntry, ...] = ()  # what search is to know
    related: Related | None = None  # for the next plan
    diagnostics: tuple[Diagnostic, ...] = ()  # those of the content included
    sections: Sections = field(default_factory=dict)
    is_hasty: bool = False  # the related cases are those of an earlier plan
    ids: tuple[str, ...] = ()  # of the cases

    @property
    def pages(self) -> Iterator[Page]:
        """All pages, those that nobody has asked for yet made now."""
        return chain.from_iterable(group.pages for group in self.groups)

    @property
    def addresses(self) -> Iterator[str]:
        return (address for group in self.groups for address, _ in group.places)


def plan(  # noqa: PLR0913 (the last ones only save work)
    content: Content,
    options: Options,
    related: Related | None = None,
    earlier: Plan | None = None,
    *,
    told: Mapping[bytes, Told] = MappingProxyType({}),
    sections: Sections = MappingProxyType({}),
    slugs: Slugs | None = None,
    tolerant: bool = False,
    hasty: bool = False,
) -> Plan:
    """The pages of a site. What has been `related` before, an `earlier` plan, what an earlier build
    was `told` of groups and `sections`, and the `slugs` that it found save work.

    Raises `ContentError`, with every diagnostic of the content too, when they cannot all be made;
    a `tolerant` plan has the pages that can, and the errors among its diagnostics. A `hasty` one
    may take over related cases that titles have changed since, and says so.
    """
    catalog = Catalog(content, options, slugs)
    ids = tuple([case.card.id for case in catalog.cases])
    kinship = cases.kinship(catalog)
    before = related if related and related[0] == kinship else None
    is_hasty = not before and hasty and earlier is not None and earlier.ids == ids
    relations = before or (earlier.related if is_hasty and earlier else None)
    relations = relations or cases.relate(catalog)
    made = {group.key: group for group in earlier.groups} if earlier else {}
    known = {**sections, **(earlier.sections if earlier else {})}
    people = names.section(catalog, "people", "人物")
    units = names.section(catalog, "units", "办理单位")
    named = {one.key: one.groups(known) for one in (people, units)}
    groups = [
        *cases.groups(catalog, relations),
        *lists.groups(catalog),
        *machine.groups(catalog),
        old := machine.old_addresses(catalog),
        *chain.from_iterable(named.values()),
    ]
    for group in groups:
        group.remember(told, made)
    groups.append(machine.for_crawlers(groups).remember(told, made))
    clashes = tuple(_same_address(groups, old, catalog))
    filled, dead = fill_links(groups, catalog)
    for number, group in filled.items():
        groups[number] = group.remember(told, made)
    found = in_order((*content.diagnostics, *catalog.diagnostics, *dead, *clashes))
    if has_errors(found) and not tolerant:
        raise ContentError(found)
    sources = [group.source for group in groups if group.source and group.source.media]
    media = {
        f"/media/{medium.path}": medium.path
        for source in sources
        for medium in source.media.values()
    }
    return Plan(
        catalog.site,
        tuple(groups),
        media,
        len(catalog.cases),
        tuple(entries(catalog)),
        relations,
        tuple(found),
        {key: tuple([group.key for group in some]) for key, some in named.items()},
        is_hasty,
        ids,
    )


def _same_address(groups: Sequence[Group], old: Group, catalog: Catalog) -> Iterator[Diagnostic]:
    """Two pages for one file: an address among the `old` ones that is taken, or two equal slugs."""
    addresses = [address for group in groups for address, _ in group.places]
    if len(set(addresses)) == len(addresses) and not old.places:
        return  # without those, other addresses are other files
    placed = [(one[0], group, n) for group in groups for n, one in enumerate(group.places)]
    holders: dict[str, int] = {}
    for number, (address, *_) in enumerate(placed):
        holders.setdefault(file_of(address), number)
    for number, (address, group, _) in enumerate(placed):
        file = file_of(address)
        # the old addresses are the only ones that an editor may choose: a part of one that must be
        # a folder may be a file
        above = [file[:n] for n, sign in enumerate(file) if sign == "/"] if group is old else ()
        rivals = (holders.get(path, number) for path in (file, *above))
        other = next((one for one in rivals if one != number), None)
        if other is None or isinstance(group.source, Case):  # equal ids have been told already
            continue
        moved = next((n for _, of, n in (placed[number], placed[other]) if of is old), None)
        if moved is not None:
            page = old.pages[moved]
            message = f"旧网址 {page.address} 已经有别的页面"
            hint, case = "换一个旧网址，或删去它", catalog.by_id[page.context["case_id"]]
            yield locate(catalog.content, case, "aliases", "B403", message, hint)
        else:
            message = f"两个页面会用同一个网址 {address}"
            hint = "在 people.yaml 或 units.yaml 里给其中一个写上不同的 slug"
            yield Diagnostic("B403", message, hint)
