"""Case pages."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from broadsheet.entities import Entity, EntityKind
from broadsheet.markdown import Section, resolve
from broadsheet.models import KIND_NAMES
from broadsheet.plan import structured
from broadsheet.plan.catalog import Catalog, Who, refs, year_of
from broadsheet.plan.groups import Filled, Group, key_of
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

_NOBODY = bytes(16)


def kinship(catalog: Catalog) -> bytes:
    """A digest of all that related cases follow from."""
    regions = [(one.id, one.front.region or "") for one in catalog.content.publications]
    kin = b"".join([case.card.kin_digest for case in catalog.cases])
    return hashlib.blake2b(repr(regions).encode() + kin, digest_size=16).digest()


def relate(catalog: Catalog) -> Related:
    """The related cases of all."""
    kin = [(catalog.publication(c).front.region or "", c.card.theme) for c in catalog.cases]
    cards = [case.card for case in catalog.cases]
    texts = [Document(c.id, c.title, hosts=c.units, keywords=c.keywords) for c in cards]
    return kinship(catalog), related(texts, kin)


def groups(catalog: Catalog, relations: Related) -> Iterator[Group]:
    """One page a case, with its neighbours in the publication and its related cases."""
    frame, cases = catalog.frame, catalog.cases
    shown = [catalog.shown(case) for case in cases]
    for number, (around, nearest) in enumerate(zip(_around(cases), relations[1], strict=True)):
        case = cases[number]
        digests = [_NOBODY if n is None else shown[n] for n in (number, *around, *nearest)]
        key = key_of("case", frame, case.digest, *digests)
        place = f"/cases/{case.card.id}/", not catalog.withheld(case)
        yield Group(key, partial(_pages, catalog, case, around, nearest), case, (place,))


def _around(cases: Sequence[Case]) -> list[tuple[int | None, int | None]]:
    """For each case the positions of those before and after it in its publication."""
    before: list[int | None] = []
    after: list[int | None] = [None] * len(cases)
    last: dict[str, int] = {}
    for number, case in enumerate(cases):
        previous = last.get(case.publication)
        before.append(previous)
        if previous is not None:
            after[previous] = number
        last[case.publication] = number
    return list(zip(before, after, strict=True))


def _pages(
    catalog: Catalog,
    case: Case,
    around: tuple[int | None, int | None],
    nearest: tuple[int, ...],
    links: Filled,
) -> Iterator[Page]:
    item, publication = catalog.item(case), catalog.publication(case)
    before, after = (None if n is None else catalog.item(catalog.cases[n]) for n in around)
    others = catalog.items(catalog.cases[n] for n in nearest)
    inputs = (catalog.site, catalog.who, publication, case, item, before, after, others, links)
    yield Page(item.address, "case.html", Later(_context, inputs), not item.withheld)


def _context(  # noqa: PLR0913, PLR0917 (a page depends on nothing else)
    site: SiteView,
    who: Who,
    publication: Publication,
    case: Case,
    item: Item,
    before: Item | None,
    after: Item | None,
    others: Sequence[Item],
    links: Filled,
) -> dict[str, Any]:
    """What the page of a case shows, with the `links` of its body filled in."""
    front = case.front
    view = _view(who, publication, case, item, resolve(case.body, links))
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
        case.card.headline,
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
