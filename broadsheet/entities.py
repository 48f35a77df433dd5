"""Who is who: a name in a region is one person or unit until an editor says otherwise.

Rules in content/people.yaml and content/units.yaml merge (`merge`, `aliases`), split (`cases`) and
pin addresses (`slug`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from broadsheet.models import EntityRule
from broadsheet.slugs import entity_slug

EntityKind = Literal["people", "units"]
Slugs = dict[tuple[str, str], str]  # by name and region; what is missing is added


@dataclass(frozen=True, slots=True)
class Entity:
    """A proposer, speaker or supervisor (`people`), or a host or co-host (`units`)."""

    kind: EntityKind
    name: str
    region: str
    slug: str
    note: str = ""

    @property
    def address(self) -> str:
        return f"/{self.kind}/{self.slug}/"


@dataclass
class Registry:
    """Finds the entity that a name in a case stands for."""

    kind: EntityKind
    by_case: dict[tuple[str, str], EntityRule] = field(default_factory=dict)  # case id, name
    by_region: dict[tuple[str, str], EntityRule] = field(default_factory=dict)
    anywhere: dict[str, EntityRule] = field(default_factory=dict)
    slugs: Slugs = field(default_factory=dict)
    _known: dict[tuple[str, str, str], Entity] = field(default_factory=dict)
    _found: dict[tuple[str, str], Entity] = field(default_factory=dict)  # by name and region

    def __getstate__(self) -> dict[str, object]:
        """Without what was found already: another process finds what it needs."""
        return {**self.__dict__, "slugs": {}, "_known": {}, "_found": {}}

    def entity(self, name: str, region: str, case_id: str) -> Entity:
        """The entity that `name` means in the case `case_id` of a publication from `region`."""
        found = self._found.get((name, region))
        if found is None or self.by_case:
            found = self._found[name, region] = self._entity(name, region, case_id)
        return found

    def _entity(self, name: str, region: str, case_id: str) -> Entity:
        rule = (
            self.by_case.get((case_id, name))
            or self.by_region.get((region, name))
            or self.anywhere.get(name)
        )
        if rule:
            name, region = rule.name, rule.region or ""
        slug = (rule.slug if rule else None) or ""
        key = (name, region, slug)
        known = self._known.get(key)
        if known is None:
            known = Entity(
                self.kind,
                name,
                region,
                slug or self._slug(name, region),
                (rule.note if rule else None) or "",
            )
            self._known[key] = known
        return known

    def _slug(self, name: str, region: str) -> str:
        slug = self.slugs.get((name, region))
        if slug is None:
            slug = self.slugs[name, region] = entity_slug(name, region)
        return slug


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A rule, by its position in the file, that says what another one denies."""

    position: int
    message: str
    hint: str


def registry(
    kind: EntityKind,
    rules: Sequence[EntityRule],
    case_ids: Collection[str],
    slugs: Slugs | None = None,
) -> tuple[Registry, list[Contradiction]]:
    """The rules as look-ups, and what contradicts itself in them; `slugs` are known already."""
    found: list[Contradiction] = []
    result = Registry(kind, slugs={} if slugs is None else slugs)
    for position, rule in enumerate(rules):
        if rule.cases:
            for case_id in rule.cases:
                if case_id not in case_ids:
                    message = f"{rule.name}：没有编号为 {case_id} 的案例"
                    found.append(Contradiction(position, message, "改正编号，或删去它"))
                for name in (rule.name, *rule.aliases):
                    if result.by_case.setdefault((case_id, name), rule) is not rule:
                        message = f"{case_id} 里的 {name} 有两条规则"
                        found.append(Contradiction(position, message, "留下一条"))
            continue
        for region, name in _claims(rule):
            holder = (
                result.anywhere.setdefault(name, rule)
                if region is None
                else result.by_region.setdefault((region, name), rule)
            )
            if holder is not rule:
                message = f"{region or '各地'}的 {name} 有两条规则"
                found.append(Contradiction(position, message, "留下一条，或用 cases 分开"))
    return result, found


def _claims(rule: EntityRule) -> Iterator[tuple[str | None, str]]:
    for name in dict.fromkeys((rule.name, *rule.aliases)):
        yield rule.region, name
    for other in rule.merge:
        yield other.region, other.name or rule.name
