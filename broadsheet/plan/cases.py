"""Case pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from broadsheet.models import KIND_NAMES
from broadsheet.plan import structured
from broadsheet.plan.catalog import Catalog, refs
from broadsheet.read import Case
from broadsheet.search.documents import Document
from broadsheet.search.related import related
from broadsheet.views import (
    CaseView,
    Fact,
    Item,
    Page,
    Ref,
    chinese_date,
    journey,
    session_name,
)


def pages(catalog: Catalog, documents: Sequence[Document]) -> Iterator[Page]:
    """One page a case, with its neighbours in the publication and its related cases.

    `documents` are those of `catalog.cases`.
    """
    kin = [(catalog.publication(c).front.region or "", c.front.theme) for c in catalog.cases]
    around: dict[str, tuple[Item | None, Item | None]] = {}
    for cases in catalog.by_publication.values():
        items = (None, *catalog.items(cases), None)
        for before, case, after in zip(items, cases, items[2:], strict=False):
            around[case.front.id] = (before, after)
    for case, nearest in zip(catalog.cases, related(documents, kin), strict=True):
        others = catalog.items(catalog.cases[position] for position in nearest)
        yield _page(catalog, case, *around[case.front.id], others)


def _page(
    catalog: Catalog, case: Case, before: Item | None, after: Item | None, others: Sequence[Item]
) -> Page:
    front, publication = case.front, catalog.publication(case)
    view = _view(catalog, case)
    trail = (
        Ref("首页", "/"),
        Ref(view.theme.name, view.theme.address),
        Ref(publication.front.title, f"/publications/{publication.id}/"),
    )
    date = front.date or (front.source.date if front.source else None) or ""
    return Page(
        view.address,
        "case.html",
        {
            "title": view.title,
            "description": view.summary,
            "section": "themes",
            "case": view,
            "trail": trail,
            "before": before,
            "after": after,
            "related": others,
            "structured": (
                structured.article(catalog.site, view, date, front.keywords),
                structured.breadcrumbs(catalog.site, trail, view.title, view.address),
            ),
        },
        listed=not view.draft,
        source=case,
    )


@dataclass(frozen=True, slots=True)
class _Names:
    """The people and units of a case, each with its page."""

    proposers: tuple[Ref, ...]
    speaker: tuple[Ref, ...]
    hosts: tuple[Ref, ...]
    co_hosts: tuple[Ref, ...]
    supervisors: tuple[Ref, ...]


def _names(catalog: Catalog, case: Case) -> _Names:
    front = case.front
    supervisors = catalog.people(case, [supervisor.name for supervisor in front.supervisors])
    return _Names(
        refs(catalog.people(case, [proposer.name for proposer in front.proposers])),
        refs(catalog.people(case, [front.speaker] if front.speaker else [])),
        refs(catalog.units(case, front.hosts)),
        refs(catalog.units(case, front.co_hosts)),
        tuple(
            Ref(entity.name, entity.address, supervisor.post or "")
            for entity, supervisor in zip(supervisors, front.supervisors, strict=True)
        ),
    )


def _view(catalog: Catalog, case: Case) -> CaseView:
    front, item, publication = case.front, catalog.item(case), catalog.publication(case)
    names = _names(catalog, case)
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
        catalog.year(case),
        journey(
            front,
            session,
            names.hosts,
            names.co_hosts,
            names.supervisors,
            publication.front.grade_scheme,
        ),
        tuple(_facts(catalog, case, names, session)),
        case.body.sections,
        item.summary,
        item.grade,
        item.draft,
    )


def _facts(catalog: Catalog, case: Case, names: _Names, session: str) -> Iterator[Fact]:
    """The facts of a case in their order; those that it lacks are left out."""
    front, publication = case.front, catalog.publication(case)
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
