"""The published cases, in every order that pages need, each fact worked out once."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

from broadsheet.diagnostics import Diagnostic
from broadsheet.entities import Entity, EntityKind, Registry, registry
from broadsheet.headlines import with_breaks
from broadsheet.read import Case, Content, Publication, locate_rule
from broadsheet.settings import Options
from broadsheet.views import (
    Item,
    PublicationView,
    Ref,
    SiteView,
    chinese_moment,
    item_facts,
    last_grade,
    session_name,
    theme_view,
)

LOCAL_URL = "http://localhost:8000/"


@dataclass(frozen=True, slots=True)
class Who:
    """Which person or unit a name in a case is."""

    people: Registry
    units: Registry
    digest: bytes  # of the editors' rules; all else follows from name, region and case

    def entities(
        self, kind: EntityKind, names: Iterable[str], publication: Publication, case: Case
    ) -> tuple[Entity, ...]:
        registry = self.people if kind == "people" else self.units
        region = publication.front.region or ""
        return tuple(registry.entity(name, region, case.front.id) for name in names)


class Catalog:
    """What is published under `options`, indexed.

    `cases` stand in the order of publication and file, `by_age` from the oldest. What an `earlier`
    catalog has worked out is taken over where it still holds: `same_frame` says that all is as it
    was but for the cases, `same_cast` that these are the same, with the same people, units and
    dates. `changed` are then the ids of those that lists show differently.
    """

    def __init__(self, content: Content, options: Options, earlier: Catalog | None = None) -> None:
        self.content, self.options = content, options
        self.diagnostics: list[Diagnostic] = []
        self.site = self._site()
        self._withheld = self._find_withheld()
        self.cases = content.cases
        if self._withheld and not options.drafts:
            self.cases = tuple(c for c in content.cases if c.front.id not in self._withheld)
        if not self.cases and not content.broken:
            hint = "全是草稿或未到发布时间；用 --drafts 可以先看"
            self.diagnostics.append(Diagnostic("B405", "没有可以发布的案例", hint))
        self.by_id = {case.front.id: case for case in self.cases}
        self._publication_of = {publication.id: publication for publication in content.publications}
        rules = repr((content.people, content.units)).encode("utf-8", "surrogatepass")
        self.who = Who(
            self._registry("people"),
            self._registry("units"),
            hashlib.blake2b(rules, digest_size=16).digest(),
        )
        self._themes = {theme.id: theme for theme in self.site.themes}
        before = earlier if earlier and self._has_same_frame(earlier) else None
        self._items = self._make_items(before)
        self.same_frame = before is not None
        self.same_cast = before is not None and self._has_same_cast(before)
        self.changed = self._find_changed(before) if before and self.same_cast else frozenset()

    @cached_property
    def by_age(self) -> list[Case]:
        # files stand in their order already
        return sorted(self.cases, key=lambda case: (self.date(case), case.publication))

    @cached_property
    def by_theme(self) -> dict[str, list[Case]]:
        groups: dict[str, list[Case]] = {theme.id: [] for theme in self.site.themes}
        for case in self.by_age:
            groups[case.front.theme].append(case)
        return groups

    def _has_same_frame(self, earlier: Catalog) -> bool:
        """Whether everything is as it was, but for the cases."""
        return (
            self.site == earlier.site
            and self.content.site == earlier.content.site
            and self.who.digest == earlier.who.digest
            and self.content.about == earlier.content.about
            and self._publication_of == earlier._publication_of
        )

    def _has_same_cast(self, earlier: Catalog) -> bool:
        return len(self.cases) == len(earlier.cases) and all(
            (one is two or _cast(one) == _cast(two))
            and self._withheld.get(one.front.id) == earlier._withheld.get(two.front.id)
            for one, two in zip(self.cases, earlier.cases, strict=True)
        )

    def _find_changed(self, earlier: Catalog) -> frozenset[str]:
        return frozenset(
            one.front.id
            for one, two in zip(self.cases, earlier.cases, strict=True)
            if not self.has_same_item(two, earlier) or (one is not two and one.front != two.front)
        )

    def has_same_item(self, case: Case, earlier: Catalog) -> bool:
        """Whether lists show a case of an earlier catalog as they did then."""
        new, old = self._items.get(case.front.id), earlier._items[case.front.id]
        return new is old or new == old

    def _make_items(self, earlier: Catalog | None) -> dict[str, Item]:
        items = {}
        for case in self.cases:
            id_ = case.front.id
            kept = earlier and earlier.by_id.get(id_) is case and earlier._items[id_]
            same = kept and kept.withheld == self._withheld.get(id_, "")
            items[id_] = kept if kept and same else self._item(case)
        return items

    def _find_withheld(self) -> dict[str, str]:
        """Drafts, and cases under embargo at `options.now`: their ids, and why."""
        now = self.options.now
        found = {}
        for case in self.content.cases:
            if case.front.draft:
                found[case.front.id] = "草稿"
            elif case.front.publish_at and case.front.publish_at > now:
                found[case.front.id] = f"定于{chinese_moment(case.front.publish_at)}发布"
        return found

    def _site(self) -> SiteView:
        matter = self.content.site
        base_url = self.options.base_url or matter.base_url
        if not base_url:
            hint = "在 site.yaml 里写 base_url: https://……，或用 --base-url"
            message = "没有写明站点网址，订阅源和站点地图里的地址暂用 localhost"
            self.diagnostics.append(Diagnostic("B406", message, hint))
        parts = urlsplit(base_url or LOCAL_URL)
        path = parts.path.strip("/")
        return SiteView(
            matter.title,
            matter.subtitle or "",
            matter.publisher or "",
            matter.contact or "",
            f"{parts.scheme}://{parts.netloc}",
            f"/{path}/" if path else "/",
            tuple(theme_view(theme, index) for index, theme in enumerate(matter.themes)),
        )

    def _registry(self, kind: EntityKind) -> Registry:
        rules = self.content.people if kind == "people" else self.content.units
        ids = {case.front.id for case in self.content.cases} if rules else set()
        found, problems = registry(kind, rules, ids)
        self.diagnostics += (
            locate_rule(self.content, kind, problem.position, problem.message, problem.hint)
            for problem in problems
        )
        return found

    @cached_property
    def by_publication(self) -> dict[str, list[Case]]:
        """In the site's own order, the rest by year, newest first; none without a case."""
        groups: dict[str, list[Case]] = defaultdict(list)
        for case in self.cases:
            groups[case.publication].append(case)
        wanted = {id_: index for index, id_ in enumerate(self.content.site.publications)}

        def order(id_: str) -> tuple[int, int, str]:
            year = self._publication_of[id_].front.year or 0
            return wanted.get(id_, len(wanted)), -year, id_

        return {id_: groups[id_] for id_ in sorted(groups, key=order)}

    # -- facts about a case -----------------------------------------------------------------

    def publication(self, case: Case) -> Publication:
        return self._publication_of[case.publication]

    def year(self, case: Case) -> str:
        return year_of(case, self.publication(case))

    def date(self, case: Case) -> str:
        """When the case appeared, as far as anything says; an empty string sorts as oldest."""
        front, publication = case.front, self.publication(case).front
        return (
            front.date
            or (front.source.date if front.source else None)
            or (publication.source.date if publication.source else None)
            or str(publication.year or "")
        )

    def _item(self, case: Case) -> Item:
        front = case.front
        return Item(
            f"/cases/{front.id}/",
            front.title,
            case.headline,
            self._themes[front.theme],
            item_facts(front, self.publication(case).front.region or "", self.year(case)),
            last_grade(front),
            summary_of(case),
            self.date(case),
            self._withheld.get(front.id, ""),
        )

    def item(self, case: Case) -> Item:
        return self._items[case.front.id]

    def items(self, cases: Iterable[Case]) -> tuple[Item, ...]:
        return tuple(self._items[case.front.id] for case in cases)

    def publication_views(self) -> tuple[PublicationView, ...]:
        return tuple(
            self.publication_view(self._publication_of[id_]) for id_ in self.by_publication
        )

    def publication_view(self, publication: Publication) -> PublicationView:
        front = publication.front
        return PublicationView(
            f"/publications/{publication.id}/",
            front.title,
            with_breaks(front.title),
            session_name(front),
            front.region or "",
            str(front.year or ""),
            front.intro or "",
            len(self.by_publication[publication.id]),
            front.declared_total or 0,
            front.figures,
            tuple(front.grade_scheme.items()),
        )

    # -- who is who -------------------------------------------------------------------------

    def people(self, case: Case, names: Iterable[str]) -> tuple[Entity, ...]:
        return self.who.entities("people", names, self.publication(case), case)

    def units(self, case: Case, names: Iterable[str]) -> tuple[Entity, ...]:
        return self.who.entities("units", names, self.publication(case), case)


def _cast(case: Case) -> tuple[object, ...]:
    """What decides on which pages a case stands, and in which order."""
    front = case.front
    people = front.proposers, front.speaker, front.supervisors, front.hosts, front.co_hosts
    return case.file, front.id, front.theme, front.aliases, front.date, front.source, people


def year_of(case: Case, publication: Publication) -> str:
    return (case.front.date or "")[:4] or str(publication.front.year or "")


def refs(entities: Sequence[Entity]) -> tuple[Ref, ...]:
    return tuple(Ref(entity.name, entity.address, entity.note) for entity in entities)


def summary_of(case: Case, length: int = 100) -> str:
    """The editor's summary, or the first paragraph, cut at a sentence where one ends near."""
    text = case.front.summary or " ".join(case.body.first_paragraph.split())
    if case.front.summary or len(text) <= length:
        return text
    cut = max(text.rfind(mark, length // 2, length) for mark in "。！？；")
    return text[: cut + 1] if cut > 0 else text[: length - 1] + "…"
