"""Case pages."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from broadsheet.entities import Entity, EntityKind
from broadsheet.markdown import Section
from broadsheet.models import KIND_NAMES
from broadsheet.plan import structured
from broadsheet.plan.catalog import Catalog, Who, refs, year_of
from broadsheet.read import Case, Publication
from broadsheet.search.documents import Document
from broadsheet.search.related import related
from broadsheet.views import (
    CaseView,
    Fact,
    Item,
    Later,
    Page,
    Ref,
    SiteView,
    chinese_date,
    journey,
    session_name,
)

# for each case the positions of its related ones; before that, a digest of what they follow from
Related = tuple[bytes, list[tuple[int, ...]]]


def relate(catalog: Catalog, documents: Sequence[Document], earlier: Related | None) -> Related:
    """`documents` are those of `catalog.cases`; `earlier` is returned where it still holds."""
    kin = [(catalog.publication(c).front.region or "", c.front.theme) for c in catalog.cases]
    texts = [(one.id, one.title, one.hosts, one.keywords) for one in documents]
    text = repr((texts, kin)).encode("utf-8", "surrogatepass")
    digest = hashlib.blake2b(text, digest_size=16).digest()
    if earlier and earlier[0] == digest:
        return earlier
    return digest, related(documents, kin)


def pages(catalog: Catalog, relations: Related, earlier: Mapping[int, Page]) -> Iterator[Page]:
    """One page a case, with its neighbours in the publication and its related cases.

    `earlier` has pages that still hold, by the `id()` of their case.
    """
    around = _Neighbours(catalog)
    for case, nearest in zip(catalog.cases, relations[1], strict=True):
        if page := earlier.get(id(case)):
            yield page
            continue
        item, publication = catalog.item(case), catalog.publication(case)
        others = catalog.items(catalog.cases[position] for position in nearest)
        shown = (item, *around.of(case), others, None)
        inputs = (catalog.site, catalog.who, publication, case, *shown)
        yield Page(
            item.address, "case.html", Later(_context, inputs), not item.withheld, source=case
        )


def shown_on(catalog: Catalog, relations: Related) -> frozenset[str]:
    """The ids of the cases whose pages show one that has `changed` in the catalog."""
    if not catalog.changed:
        return frozenset()
    around, found = _Neighbours(catalog), set(catalog.changed)
    for id_ in catalog.changed:
        for item in around.of(catalog.by_id[id_]):
            if item:
                found.add(item.address.split("/")[2])
    changed = {n for n, case in enumerate(catalog.cases) if case.front.id in catalog.changed}
    for case, nearest in zip(catalog.cases, relations[1], strict=True):
        if not changed.isdisjoint(nearest):
            found.add(case.front.id)
    return frozenset(found)


class _Neighbours:
    """Which cases stand before and after one in its publication."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.known: dict[str, dict[str, tuple[Item | None, Item | None]]] = {}

    def of(self, case: Case) -> tuple[Item | None, Item | None]:
        if case.publication not in self.known:
            cases = self.catalog.by_publication[case.publication]
            items = (None, *self.catalog.items(cases), None)
            self.known[case.publication] = {
                one.front.id: (before, after)
                for before, one, after in zip(items, cases, items[2:], strict=False)
            }
        return self.known[case.publication][case.front.id]


def _context(  # noqa: PLR0913, PLR0917 (a page depends on nothing else)
    site: SiteView,
    who: Who,
    publication: Publication,
    case: Case,
    item: Item,
    before: Item | None,
    after: Item | None,
    others: Sequence[Item],
    sections: tuple[Section, ...] | None,
) -> dict[str, Any]:
    """What the page of a case shows; `sections` are given where they have links to fill in."""
    front = case.front
    view = _view(who, publication, case, item, sections or case.body.sections)
    trail = (
        Ref("首页", "/"),
        Ref(view.theme.name, view.theme.address),
        Ref(publication.front.title, f"/publications/{publication.id}/"),
    )
    date = front.date or (front.source.date if front.source else None) or ""
    return {
        "title": view.title,
        "description": view.summary,
        "section": "themes",
        "case": view,
        "trail": trail,
        "before": before,
        "after": after,
        "related": others,
        "structured": (
            structured.article(site, view, date, front.keywords),
            structured.breadcrumbs(site, trail, view.title, view.address),
        ),
    }


@dataclass(frozen=True, slots=True)
class _Names:
    """The people and units of a case, each with its page."""

    proposers: tuple[Ref, ...]
    speaker: tuple[Ref, ...]
    hosts: tuple[Ref, ...]
    co_hosts: tuple[Ref, ...]
    supervisors: tuple[Ref, ...]


def _names(who: Who, publication: Publication, case: Case) -> _Names:
    front = case.front

    def found(kind: EntityKind, names: Iterable[str]) -> tuple[Entity, ...]:
        return who.entities(kind, names, publication, case)

    supervisors = found("people", [supervisor.name for supervisor in front.supervisors])
    return _Names(
        refs(found("people", [proposer.name for proposer in front.proposers])),
        refs(found("people", [front.speaker] if front.speaker else [])),
        refs(found("units", front.hosts)),
        refs(found("units", front.co_hosts)),
        tuple(
            Ref(entity.name, entity.address, supervisor.post or "")
            for entity, supervisor in zip(supervisors, front.supervisors, strict=True)
        ),
    )


def _view(
    who: Who, publication: Publication, case: Case, item: Item, sections: tuple[Section, ...]
) -> CaseView:
    front = case.front
    names = _names(who, publication, case)
    session = session_name(publication.front)
    return CaseView(
        item.address,
        front.title,
        case.headline,
        KIND_NAMES[front.kind],
        item.theme,
        names.proposers,
        len(names.proposers) + front.proposers_more if front.proposers_more else 0,
        names.hosts,
        session,
        year_of(case, publication),
        journey(
            front,
            session,
            names.hosts,
            names.co_hosts,
            names.supervisors,
            publication.front.grade_scheme,
        ),
        tuple(_facts(publication, case, names, session)),
        sections,
        item.summary,
        item.grade,
        item.withheld,
    )


def _facts(publication: Publication, case: Case, names: _Names, session: str) -> Iterator[Fact]:
    """The facts of a case in their order; those that it lacks are left out."""
    front = case.front
    more = f"等{len(names.proposers) + front.proposers_more}位" if front.proposers_more else ""
    reply, source = front.reply, front.source or publication.front.source
    printed = (source.name, source.page, chinese_date(source.date or "")) if source else ()
    facts = (
        Fact("文种", KIND_NAMES[front.kind]),
        Fact("提案号", front.number or ""),
        Fact("并案", "、".join(front.merged_numbers)),
        Fact("届次", session),
        Fact("提案人", more, names.proposers),
        Fact("发言人", refs=names.speaker),
        Fact("主办单位", refs=names.hosts),
        Fact("会办单位", refs=names.co_hosts),
        Fact("督办领导", refs=names.supervisors),
        Fact("满意度", front.satisfaction or ""),
        Fact("答复文号", (reply.no if reply else None) or ""),
        Fact("答复单位", (reply.unit if reply else None) or ""),
        Fact("答复日期", chinese_date((reply.date if reply else None) or "")),
        Fact("签发", (reply.signer if reply else None) or ""),
        Fact("日期", chinese_date(front.date or "")),
        Fact("关键词", "、".join(front.keywords)),
        Fact("刊次", refs=(Ref(publication.front.title, f"/publications/{publication.id}/"),)),
        Fact(
            "出处",
            "，".join(part for part in printed if part),
            external=(source.url if source else None) or "",
        ),
    )
    return (fact for fact in facts if fact.text or fact.refs or fact.external)
