"""Files for machines: feeds, sitemap, robots, search description, redirects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain

from broadsheet.models import CHINA_TIME
from broadsheet.plan.catalog import Catalog
from broadsheet.plan.groups import Group, key_of
from broadsheet.read import Case
from broadsheet.views import FeedEntry, Page

FEED_LENGTH = 50
SITEMAP_LENGTH = 50_000  # the protocol's limit


def groups(catalog: Catalog) -> Iterator[Group]:
    yield Group(key_of("feeds", catalog.cast), lambda _: chain(feeds(catalog), opensearch(catalog)))


def old_addresses(catalog: Catalog) -> Group:
    """A page at each old address that leads to the case."""
    return Group(key_of("redirects", catalog.cast), lambda _: redirects(catalog))


def feeds(catalog: Catalog) -> Iterator[Page]:
    """Atom and JSON Feed, of the whole site and of each theme."""
    yield from _feed(catalog, "/", catalog.site.title, catalog.by_age)
    for theme in catalog.site.themes:
        title = f"{catalog.site.title} · {theme.name}"
        yield from _feed(catalog, theme.address, title, catalog.by_theme[theme.id])


def _feed(catalog: Catalog, home: str, title: str, cases: Sequence[Case]) -> Iterator[Page]:
    entries = [_entry(catalog, case) for case in reversed(cases[-FEED_LENGTH:])]
    updated = max((entry.updated for entry in entries), default=rfc3339(""))
    context = {"title": title, "home": home, "entries": entries, "updated": updated}
    for name in ("feed.xml", "feed.json"):
        yield Page(home + name, name, context, listed=False)


def _entry(catalog: Catalog, case: Case) -> FeedEntry:
    item = catalog.item(case)
    return FeedEntry(
        item.address,
        item.title,
        item.summary,
        item.theme.name,
        rfc3339(item.date),
        case.card.proposers,
    )


def rfc3339(date: str) -> str:
    """A partial date as the first moment that it can mean, in Beijing time.

    Atom wants a moment for every entry; one that nothing dates gets 1970.
    """
    year, month, day = (*(int(part) for part in (date or "1970").split("-")), 1, 1)[:3]
    return datetime(year, month, day, tzinfo=CHINA_TIME).isoformat()


def opensearch(catalog: Catalog) -> Iterator[Page]:
    """How a browser may ask our search. The format allows names of 16 and 48 characters."""
    site = catalog.site
    context = {
        "short_name": site.title[:16],
        "long_name": site.title[:48],
        "description": f"在{site.title}里查找提案"[:1024],
    }
    yield Page("/opensearch.xml", "opensearch.xml", context, listed=False)


def redirects(catalog: Catalog) -> Iterator[Page]:
    for case in catalog.cases:
        card = case.card
        for alias in card.aliases:
            address = alias if alias.endswith((".html", "/")) else f"{alias}/"
            target = f"/cases/{card.id}/"
            context = {"title": card.title, "target": target, "case_id": card.id}
            yield Page(address, "redirect.html", context, listed=False)


def for_crawlers(groups: Iterable[Group]) -> Group:
    """robots.txt and the sitemap of all listed pages, in parts where the protocol demands it."""
    listed = sorted(address for group in groups for address, shown in group.places if shown)
    key = key_of("crawlers", "\n".join(listed).encode("utf-8", "surrogatepass"))
    return Group(key, lambda _: _for_crawlers(listed))


def _for_crawlers(listed: list[str]) -> Iterator[Page]:
    parts = [listed[n : n + SITEMAP_LENGTH] for n in range(0, len(listed), SITEMAP_LENGTH)]
    yield Page("/robots.txt", "robots.txt", {}, listed=False)
    if len(parts) == 1:
        yield Page("/sitemap.xml", "sitemap.xml", {"addresses": listed}, listed=False)
        return
    names = [f"/sitemap-{number}.xml" for number in range(1, len(parts) + 1)]
    yield Page("/sitemap.xml", "sitemap-index.xml", {"addresses": names}, listed=False)
    for name, part in zip(names, parts, strict=True):
        yield Page(name, "sitemap.xml", {"addresses": part}, listed=False)
