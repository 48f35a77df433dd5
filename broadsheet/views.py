"""What templates see: small frozen records with every decision already taken.

Those of which each page has many are named tuples, which are soon made.

Addresses are site addresses (`/cases/x/`); the templates' `url()` adds the path of the base URL.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from broadsheet.markdown import Section
from broadsheet.models import (
    CHINA_TIME,
    DEFAULT_THEMES,
    Figure,
    FrontMatter,
    PublicationMatter,
    Theme,
)

HUES = 6
_SEALS = {theme.id: theme.seal for theme in DEFAULT_THEMES}
NUMERALS = "零一二三四五六七八九"


@dataclass(frozen=True, slots=True)
class Later:
    """A context that is made when its page is rendered: it follows from the inputs alone."""

    make: Callable[..., dict[str, Any]]
    inputs: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """One file of the site. `listed` pages stand in the sitemap."""

    address: str
    template: str
    given: dict[str, Any] | Later
    listed: bool = True

    @property
    def context(self) -> dict[str, Any]:
        """What its template sees."""
        return self.given.make(*self.given.inputs) if isinstance(self.given, Later) else self.given

    @property
    def file(self) -> str:
        """Path below the output folder."""
        return file_of(self.address)


def file_of(address: str) -> str:
    """The path of a page below the output folder."""
    return address[1:] + ("index.html" if address[-1] == "/" else "")


@dataclass(frozen=True, slots=True)
class ThemeView:
    id: str
    name: str
    description: str
    seal: str
    hue: int
    address: str


class Ref(NamedTuple):
    """A name that leads somewhere."""

    name: str
    address: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """A case as one entry of a list."""

    address: str
    title: str
    headline: str
    theme: ThemeView
    facts: tuple[str, ...]
    grade: str
    summary: str
    date: str
    withheld: str  # why it is not published yet: a draft, or when it is due


class Step(NamedTuple):
    """A stage of the journey from proposal to verdict."""

    label: str
    detail: str = ""
    refs: tuple[Ref, ...] = ()
    date: str = ""
    grade: str = ""
    final: bool = False  # the grade of the last round


class Fact(NamedTuple):
    label: str
    text: str = ""
    refs: tuple[Ref, ...] = ()
    external: str = ""


class CaseView(NamedTuple):
    """Everything a case page shows of the case itself."""

    address: str
    title: str
    headline: str
    kind: str
    theme: ThemeView
    proposers: tuple[Ref, ...]
    proposers_total: int  # 0 where all are named
    hosts: tuple[Ref, ...]
    session: str
    year: str
    journey: tuple[Step, ...]
    facts: tuple[Fact, ...]
    sections: tuple[Section, ...]
    summary: str
    grade: str
    withheld: str


@dataclass(frozen=True, slots=True)
class RoleItem:
    """A case in the list of one person or unit, and the part they played in it."""

    item: Item
    role: str


@dataclass(frozen=True, slots=True)
class PublicationView:
    address: str
    title: str
    headline: str
    session: str
    region: str
    year: str
    intro: str
    count: int
    declared: int  # 0 where the publication does not say
    figures: tuple[Figure, ...]
    grade_scheme: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class FeedEntry:
    address: str
    title: str
    summary: str
    theme: str
    updated: str  # RFC 3339
    authors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pager:
    """Where a page stands in a list that is split; addresses are empty at the ends."""

    number: int = 1
    split: bool = False
    newer: str = ""
    older: str = ""


@dataclass(frozen=True, slots=True)
class SiteView:
    """What every page needs to know of the site."""

    title: str
    subtitle: str
    publisher: str
    contact: str
    origin: str  # https://example.org, without a slash at the end
    base: str  # the path of the base URL, with a slash at both ends
    themes: tuple[ThemeView, ...]


def theme_view(theme: Theme, index: int) -> ThemeView:
    return ThemeView(
        theme.id,
        theme.name,
        theme.description or "",
        theme.seal or _SEALS.get(theme.id) or theme.name[0],
        index % HUES + 1,
        f"/themes/{theme.id}/",
    )


def chinese_number(number: int) -> str:
    """1–99 as it is spoken: 4 → 四, 12 → 十二, 20 → 二十."""
    tens, ones = divmod(number, 10)
    head = ("" if tens == 1 else NUMERALS[tens]) + "十" if tens else ""
    return head + (NUMERALS[ones] if ones or not tens else "")


def chinese_date(text: str) -> str:
    """`2024-03-17` → `2024年3月17日`; a year or a month alone keep their shape."""
    parts = [int(part) for part in text.split("-")] if text else []
    return "".join(f"{part}{unit}" for part, unit in zip(parts, "年月日", strict=False))


def chinese_moment(moment: datetime) -> str:
    """A moment as it is in Beijing: `2024年12月1日 06:00`."""
    there = moment.astimezone(CHINA_TIME)
    return f"{there.year}年{there.month}月{there.day}日 {there:%H:%M}"


def session_name(front: PublicationMatter) -> str:
    """`余杭区政协十二届四次会议`, as far as the publication says."""
    organ = {"cppcc": "政协", "npc": "人大"}.get(front.organ or "", "")
    if not front.session:
        return ""
    ordinal = chinese_number(front.session.term), chinese_number(front.session.meeting)
    return f"{front.region or ''}{organ}{ordinal[0]}届{ordinal[1]}次会议"


def journey(
    front: FrontMatter,
    session: str,
    hosts: tuple[Ref, ...],
    co_hosts: tuple[Ref, ...],
    supervisors: tuple[Ref, ...],
    scheme: dict[str, str],
) -> tuple[Step, ...]:
    """The way from proposal to verdict, as far as the case tells it."""
    first = "发言" if front.kind == "speech" else "提案"
    steps = [Step(first, detail=session)]
    dated = [Step(event.event, date=event.date or "") for event in front.timeline]
    if dated:
        # an editor who lists dates tells the beginning as well
        steps = dated if dated[0].label.startswith(first) else steps + dated
    if hosts:
        note = f"会办 {'、'.join(ref.name for ref in co_hosts)}" if co_hosts else ""
        steps.append(Step("办理", detail=note, refs=hosts))
    if supervisors:
        steps.append(Step("督办", refs=supervisors))
    if front.reply:
        details = (front.reply.no, front.reply.unit)
        text = " ".join(part for part in details if part)
        steps.append(Step("答复", detail=text, date=front.reply.date or ""))
    before = ""
    for rating in front.ratings_in_order:
        key = front.kind == "key" and len(front.ratings) == 1
        label = "办理类别" if key else f"第{chinese_number(rating.round)}轮评价"
        meaning = scheme.get(rating.grade, "")
        change = f"由 {before} 改为 {rating.grade}" if before not in ("", rating.grade) else ""
        detail = "，".join(part for part in (meaning, change) if part)
        final = rating.round == front.ratings_in_order[-1].round
        steps.append(Step(label, detail=detail, grade=rating.grade, final=final))
        before = rating.grade
    if front.satisfaction:
        steps.append(Step("提案人评价", detail=front.satisfaction))
    return tuple(steps) if len(steps) > 1 else ()
