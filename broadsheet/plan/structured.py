"""JSON-LD (schema.org) for each kind of page, as plain dicts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from broadsheet.views import CaseView, Item, Ref, SiteView

Data = dict[str, Any]
CONTEXT = "https://schema.org"


def absolute(site: SiteView, address: str) -> str:
    """A site address as a full URL."""
    return f"{site.origin}{site.base}{address[1:]}"


def _publisher(site: SiteView) -> Data:
    return {"@type": "Organization", "name": site.publisher or site.title}


def website(site: SiteView) -> Data:
    """The site as a whole, and how to ask its search."""
    return {
        "@context": CONTEXT,
        "@type": "WebSite",
        "name": site.title,
        "url": absolute(site, "/"),
        "inLanguage": "zh-CN",
        "publisher": _publisher(site),
        "potentialAction": {
            "@type": "SearchAction",
            "target": {
                "@type": "EntryPoint",
                "urlTemplate": absolute(site, "/search/") + "?q={search_term_string}",
            },
            "query-input": "required name=search_term_string",
        },
    }


def breadcrumbs(site: SiteView, trail: Sequence[Ref], title: str, address: str) -> Data:
    places = [*((ref.name, ref.address) for ref in trail), (title, address)]
    return {
        "@context": CONTEXT,
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": n, "name": name, "item": absolute(site, place)}
            for n, (name, place) in enumerate(places, 1)
        ],
    }


def article(site: SiteView, case: CaseView, date: str, keywords: Iterable[str]) -> Data:
    data: Data = {
        "@context": CONTEXT,
        "@type": "NewsArticle",
        "headline": case.title[:110],
        "description": case.summary,
        "url": absolute(site, case.address),
        "mainEntityOfPage": absolute(site, case.address),
        "inLanguage": "zh-CN",
        "articleSection": case.theme.name,
        "author": _publisher(site),
        "publisher": _publisher(site),
    }
    words = list(keywords)
    if words:
        data["keywords"] = words
    if date:
        data["datePublished"] = date
    named = [*case.proposers, *case.hosts]
    if named:
        data["mentions"] = [
            {"@type": "Thing", "name": ref.name, "url": absolute(site, ref.address)}
            for ref in named
        ]
    return data


def collection(site: SiteView, title: str, address: str, items: Iterable[Item]) -> Data:
    return {
        "@context": CONTEXT,
        "@type": "CollectionPage",
        "name": title,
        "url": absolute(site, address),
        "inLanguage": "zh-CN",
        "mainEntity": {
            "@type": "ItemList",
            "itemListElement": [
                {
                    "@type": "ListItem",
                    "position": position,
                    "url": absolute(site, item.address),
                    "name": item.title,
                }
                for position, item in enumerate(items, 1)
            ],
        },
    }
