"""Files for machines: feeds, sitemap, robots, search description, redirects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from broadsheet.models import CHINA_TIME
from broadsheet.plan.catalog import Catalog
from broadsheet.read import Case
from broadsheet.views import FeedEntry, Page

FEED_LENGTH = 50
SITEMAP_LENGTH = 50_000  # the protocol's limit


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
        tuple(proposer.name for proposer in case.front.proposers),
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
    """A page at each old address that leads to the case."""
    for case in catalog.cases:
        for alias in case.front.aliases:
            address = alias if alias.endswith((".html", "/")) else f"{alias}/"
            target = f"/cases/{case.front.id}/"
            context = {"title": case.front.title, "target": target, "case_id": case.front.id}
            yield Page(address, "redirect.html", context, listed=False)


def for_crawlers(pages: Sequence[Page]) -> list[Page]:
    """robots.txt and the sitemap of all listed pages, in parts where the protocol demands it."""
    listed = sorted(page.address for page in pages if page.listed)
    parts = [listed[n : n + SITEMAP_LENGTH] for n in range(0, len(listed), SITEMAP_LENGTH)]
    robots = Page("/robots.txt", "robots.txt", {}, listed=False)
    if len(parts) == 1:
        return [robots, Page("/sitemap.xml", "sitemap.xml", {"addresses": listed}, listed=False)]
    names = [f"/sitemap-{number}.xml" for number in range(1, len(parts) + 1)]
    return [
        robots,
        Page("/sitemap.xml", "sitemap-index.xml", {"addresses": names}, listed=False),
        *(
            Page(name, "sitemap.xml", {"addresses": part}, listed=False)
            for name, part in zip(names, parts, strict=True)
        ),
    ]
