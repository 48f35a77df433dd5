"""Cards: a case as all that is not its own page knows it, in lists, in feeds, to search.

A catalogue of ten thousand cases is made of their cards; the cases themselves stay packed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from broadsheet.markdown import Body
from broadsheet.models import KIND_NAMES, FrontMatter, Kind

Names = tuple[str, ...]


class Card(NamedTuple):
    """Facts of one case. Nothing in it follows from the site or the publication."""

    id: str
    kind: Kind
    title: str
    headline: str  # the title, with the places where it may break
    theme: str
    number: str
    date: str
    printed: str  # when its source appeared
    grade: str  # of the last round
    passage: str  # from whom to whom
    summary: str
    draft: bool
    publish_at: datetime | None
    aliases: Names
    proposers: Names
    speakers: Names
    supervisors: Names
    hosts: Names
    co_hosts: Names
    keywords: Names  # and the summary, where an editor wrote one: what search knows beside the text
    digest: bytes = b""  # of all these, of the file's path and its publication
    kin_digest: bytes = b""  # of what related cases are told from
    filter_digest: bytes = b""  # of what the filters of search show
    text_digest: bytes = b""  # of the text of the body

    @property
    def units(self) -> Names:
        return tuple(dict.fromkeys((*self.hosts, *self.co_hosts)))

    @property
    def people(self) -> Names:
        return tuple(dict.fromkeys((*self.proposers, *self.speakers, *self.supervisors)))


def card_of(front: FrontMatter, body: Body, headline: str, place: tuple[str, str]) -> Card:
    """The card of a case; `place` is its file and its publication."""
    written = (front.summary,) if front.summary else ()
    card = Card(
        front.id,
        front.kind,
        front.title,
        headline,
        front.theme,
        front.number or "",
        front.date or "",
        (front.source.date if front.source else None) or "",
        front.ratings_in_order[-1].grade if front.ratings else "",
        _passage(front),
        front.summary or shortened(body.first_paragraph),
        front.draft,
        front.publish_at,
        front.aliases,
        tuple(proposer.name for proposer in front.proposers),
        (front.speaker,) if front.speaker else (),
        tuple(supervisor.name for supervisor in front.supervisors),
        front.hosts,
        front.co_hosts,
        (*dict.fromkeys(front.keywords), *written),
    )
    kin = (card.id, card.title, card.units, card.keywords, card.theme, place[1])
    told = (card.hosts, card.co_hosts, card.kind, card.grade, card.date, card.printed)
    return card._replace(
        digest=_digest((*card, *place)),
        kin_digest=_digest(kin),
        filter_digest=_digest(told),
        text_digest=_digest((part.heading, part.paragraphs) for part in body.sections),
    )


def _digest(values: Iterable[object]) -> bytes:
    text = repr(tuple(values)).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=16).digest()


def shortened(paragraph: str, length: int = 100) -> str:
    """A first paragraph as a summary, cut at a sentence where one ends near."""
    text = " ".join(paragraph.split())
    if len(text) <= length:
        return text
    cut = max(text.rfind(mark, length // 2, length) for mark in "。！？；")
    return text[: cut + 1] if cut > 0 else text[: length - 1] + "…"


def _passage(front: FrontMatter) -> str:
    """Proposer → unit, or what kind of piece it is."""
    who = front.proposers[0].name if front.proposers else ""
    total = len(front.proposers) + front.proposers_more
    if who and total > 1:
        are_people = all(proposer.type in (None, "person") for proposer in front.proposers)
        who += f"等{total}位" if are_people else " 等"
    unit = front.hosts[0] if front.hosts else ""
    return "→".join(part for part in (who, unit) if part) or KIND_NAMES[front.kind]
