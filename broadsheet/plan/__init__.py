"""Plan: which pages exist, and what each of them needs to know. Pure: nothing is written.

catalog     the published cases in every order that pages need
cases       case pages
lists       home, themes, publications, search, and how a long list is split
names       people and units
machine     feeds, sitemap, robots, opensearch, redirects
documents   what search is to know of each case
links       addresses for the links that editors wrote
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from broadsheet.diagnostics import ContentError, Diagnostic, has_errors, in_order
from broadsheet.plan import cases, lists, machine, names
from broadsheet.plan.cases import Related
from broadsheet.plan.catalog import Catalog
from broadsheet.plan.documents import documents
from broadsheet.plan.links import fill_links
from broadsheet.read import Content, locate
from broadsheet.search.documents import Document
from broadsheet.settings import Options
from broadsheet.views import Later, Page, SiteView

__all__ = ["Options", "Plan", "plan"]


@dataclass(frozen=True, slots=True)
class Plan:
    """Every page of the site, and its media files (address: path below the content folder)."""

    site: SiteView
    pages: tuple[Page, ...]
    media: dict[str, str]
    cases: int
    documents: tuple[Document, ...] = ()  # what search is to know
    related: Related | None = None  # for the next plan
    diagnostics: tuple[Diagnostic, ...] = ()  # those of the content included
    draft: _Draft | None = None  # for the next plan of the same process
    is_hasty: bool = False  # the related cases are those of an earlier plan


@dataclass(frozen=True, slots=True)
class _Draft:
    """What a plan was made of. Pages still have the links that editors wrote."""

    catalog: Catalog
    cases: tuple[Page, ...]
    lists: tuple[Page, ...]
    people: names.Named
    units: names.Named
    crawlers: tuple[Page, ...]
    clashes: tuple[Diagnostic, ...]

    @property
    def pages(self) -> Iterator[Page]:
        return chain(self.cases, self.lists, self.people, self.units, self.crawlers)


def plan(
    content: Content,
    options: Options,
    related: Related | None = None,
    earlier: Plan | None = None,
    *,
    tolerant: bool = False,
    hasty: bool = False,
) -> Plan:
    """The pages of a site. What has been `related` before and an `earlier` plan save work.

    Raises `ContentError`, with every diagnostic of the content too, when they cannot all be made;
    a `tolerant` plan has the pages that can, and the errors among its diagnostics. A `hasty` one
    may take over related cases that titles have changed since, and says so.
    """
    draft = earlier.draft if earlier else None
    catalog = Catalog(content, options, draft.catalog if draft else None)
    known = {}
    if earlier and draft and catalog.same_frame:
        known = {
            id(case): document
            for case, document in zip(draft.catalog.cases, earlier.documents, strict=True)
            if catalog.has_same_item(case, draft.catalog)
        }
    searched = documents(catalog, known)
    before = earlier.related if earlier and catalog.same_cast else None
    is_stale = bool(earlier and (catalog.changed or earlier.is_hasty))
    if before and (hasty or not is_stale):
        relations = before
    else:
        relations, is_stale = cases.relate(catalog, searched, before or related), False
    if draft and before:
        draft = _drawn_again(draft, catalog, relations, before)
    else:
        draft = _drawn(catalog, relations)
    planned = tuple(draft.pages)
    pages, dead = fill_links(planned, catalog)
    found = in_order((*content.diagnostics, *catalog.diagnostics, *dead, *draft.clashes))
    if has_errors(found) and not tolerant:
        raise ContentError(found)
    sources = {id(page.source): page.source for page in planned if page.source}
    media = {
        f"/media/{medium.path}": medium.path
        for medium in chain.from_iterable(source.media.values() for source in sources.values())
    }
    return Plan(
        catalog.site,
        tuple(pages),
        media,
        len(catalog.cases),
        searched,
        relations,
        tuple(found),
        draft,
        is_stale,
    )


def _drawn(catalog: Catalog, relations: Related) -> _Draft:
    of_cases = tuple(cases.pages(catalog, relations, {}))
    shown = _lists(catalog)
    people = names.named(catalog, "people", "人物")
    units = names.named(catalog, "units", "办理单位")
    crawlers = tuple(machine.for_crawlers((*of_cases, *shown, *people, *units)))
    draft = _Draft(catalog, of_cases, shown, people, units, crawlers, ())
    return replace(draft, clashes=_same_address(tuple(draft.pages), catalog))


def _drawn_again(old: _Draft, catalog: Catalog, relations: Related, before: Related) -> _Draft:
    """What an old draft of the same cast has, where it shows no case that has changed."""
    affected = cases.shown_on(catalog, relations)
    moved = relations is not before
    kept = {
        id(page.source): page
        for number, (case, page) in enumerate(zip(old.catalog.cases, old.cases, strict=True))
        if case.front.id not in affected
        and not (moved and relations[1][number] != before[1][number])
    }
    of_cases = tuple(cases.pages(catalog, relations, kept))
    draft = replace(old, catalog=catalog, cases=of_cases)
    if catalog.changed:
        people = names.named(catalog, "people", "人物", old.people)
        units = names.named(catalog, "units", "办理单位", old.units)
        draft = replace(draft, lists=_lists(catalog), people=people, units=units)
    if old.clashes:  # their lines may have moved
        draft = replace(draft, clashes=_same_address(tuple(draft.pages), catalog))
    return draft


def _lists(catalog: Catalog) -> tuple[Page, ...]:
    """All pages that are of no single case, person or unit, but those for crawlers."""
    return (
        *lists.home(catalog),
        *lists.themes(catalog),
        *lists.publications(catalog),
        *lists.search(catalog),
        *lists.about(catalog),
        *machine.feeds(catalog),
        *machine.opensearch(catalog),
        *machine.redirects(catalog),
    )


def _same_address(pages: Sequence[Page], catalog: Catalog) -> tuple[Diagnostic, ...]:
    """Two pages for one file: an old address of a case that is taken, or two equal slugs."""
    holders: dict[str, Page] = {}
    for page in pages:
        holders.setdefault(page.file, page)
    found = []
    for page in pages:
        other = _rival(page, holders)
        if other is None or page.template == "case.html":  # equal ids have been told already
            continue
        moved = page if page.template == "redirect.html" else other
        case = (
            None
            if isinstance(moved.given, Later)
            else catalog.by_id.get(moved.given.get("case_id", ""))
        )
        if case:
            message = f"旧网址 {moved.address} 已经有别的页面"
            hint = "换一个旧网址，或删去它"
            found.append(locate(catalog.content, case, "aliases", "B403", message, hint))
        else:
            message = f"两个页面会用同一个网址 {page.address}"
            hint = "在 people.yaml 或 units.yaml 里给其中一个写上不同的 slug"
            found.append(Diagnostic("B403", message, hint))
    return tuple(found)


def _rival(page: Page, holders: dict[str, Page]) -> Page | None:
    """Another page that holds its file, or a path above it that must be a folder."""
    paths = [page.file]
    if page.template == "redirect.html":  # the only addresses that an editor may choose
        parts = page.file.split("/")
        paths += ("/".join(parts[:depth]) for depth in range(1, len(parts)))
    others = (holders.get(path, page) for path in paths)
    return next((other for other in others if other is not page), None)
