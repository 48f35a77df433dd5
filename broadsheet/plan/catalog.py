"""The published cases, in every order that pages need, each fact worked out once."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

from broadsheet.diagnostics import Diagnostic
from broadsheet.entities import Entity, EntityKind, Registry, Slugs, registry
from broadsheet.fingerprints import digest_of
from broadsheet.headlines import with_breaks
from broadsheet.read import Case, Content, Publication, locate_rule
from broadsheet.settings import Options
from broadsheet.views import (
    Item,
    PublicationView,
    Ref,
    SiteView,
    chinese_moment,
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
        entity = self.people.entity if kind == "people" else self.units.entity
        region, id_ = publication.front.region or "", case.card.id
        return tuple([entity(name, region, id_) for name in names])


class Catalog:
    """What is published under `options`, indexed.

    `cases` stand in the order of publication and file, `by_age` from the oldest. Of addresses, the
    `slugs` of an earlier catalog save work.
    """

    def __init__(self, content: Content, options: Options, slugs: Slugs | None = None) -> None:
        self.content, self.options = content, options
        self.slugs: Slugs = {} if slugs is None else slugs
        self.diagnostics: list[Diagnostic] = []
        self.site = self._site()
        self._withheld = self._find_withheld()
        self.cases = content.cases
        if self._withheld and not options.drafts:
            self.cases = tuple(c for c in content.cases if c.card.id not in self._withheld)
        if not self.cases and not content.broken:
            hint = "全是草稿或未到发布时间；用 --drafts 可以先看"
            self.diagnostics.append(Diagnostic("B405", "没有可以发布的案例", hint))
        self.by_id = {case.card.id: case for case in self.cases}
        self._publication_of = {publication.id: publication for publication in content.publications}
        rules = repr((content.people, content.units)).encode("utf-8", "surrogatepass")
        self.who = Who(
            self._registry("people"),
            self._registry("units"),
            hashlib.blake2b(rules, digest_size=16).digest(),
        )
        self._themes = {theme.id: theme for theme in self.site.themes}
        self._items: dict[int, Item] = {}

    @cached_property
    def by_age(self) -> list[Case]:
        # files stand in their order already
        return sorted(self.cases, key=lambda case: (self.date(case), case.publication))

    @cached_property
    def by_theme(self) -> dict[str, list[Case]]:
        groups: dict[str, list[Case]] = {theme.id: [] for theme in self.site.themes}
        for case in self.by_age:
            groups[case.card.theme].append(case)
        return groups

    def withheld(self, case: Case) -> str:
        """Why a case is not published yet, if it is not."""
        return self._withheld.get(case.card.id, "") if self._withheld else ""

    # -- what everything follows from ---------------------------------------------------------

    @cached_property
    def frame(self) -> bytes:
        """A digest of everything that pages may look at, but for the cases."""
        matter, publications = self.content.site, self.content.publications
        return digest_of((self.site, matter, publications, self.content.about, self.who.digest))

    def shown(self, case: Case) -> bytes:
        """A digest of what lists show of a case, as far as it does not follow from the frame."""
        withheld = self._withheld and self.withheld(case)
        return digest_of((case.card.digest, withheld)) if withheld else case.card.digest

    @cached_property
    def cast(self) -> bytes:
        """A digest of what is shown of all cases, and of the frame."""
        shown = b"".join(map(self.shown, self.cases))
        return hashlib.blake2b(self.frame + shown, digest_size=16).digest()

    def _find_withheld(self) -> dict[str, str]:
        """Drafts, and cases under embargo at `options.now`: their ids, and why."""
        now = self.options.now
        found = {}
        for case in self.content.cases:
            card = case.card
            if card.draft:
                found[card.id] = "草稿"
            elif card.publish_at and card.publish_at > now:
                found[card.id] = f"定于{chinese_moment(card.publish_at)}发布"
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
        ids = {case.card.id for case in self.content.cases} if rules else set()
        found, problems = registry(kind, rules, ids, self.slugs)
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
        publication = self.publication(case).front
        return (
            case.card.date
            or case.card.printed
            or (publication.source.date if publication.source else None)
            or str(publication.year or "")
        )

    def item(self, case: Case) -> Item:
        found = self._items.get(id(case))
        if found is None:
            found = self._items[id(case)] = self._item(case)
        return found

    def _item(self, case: Case) -> Item:
        card = case.card
        region = self.publication(case).front.region or ""
        return Item(
            f"/cases/{card.id}/",
            card.title,
            card.headline,
            self._themes[card.theme],
            tuple(part for part in (card.passage, region, self.year(case)) if part),
            card.grade,
            card.summary,
            self.date(case),
            self.withheld(case),
        )

    def items(self, cases: Iterable[Case]) -> tuple[Item, ...]:
        return tuple(map(self.item, cases))

    @cached_property
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

    def entities(self, kind: EntityKind, names: Iterable[str], case: Case) -> tuple[Entity, ...]:
        return self.who.entities(kind, names, self.publication(case), case)


def year_of(case: Case, publication: Publication) -> str:
    return case.card.date[:4] or str(publication.front.year or "")


def refs(entities: Sequence[Entity]) -> tuple[Ref, ...]:
    return tuple(Ref(entity.name, entity.address, entity.note) for entity in entities)
