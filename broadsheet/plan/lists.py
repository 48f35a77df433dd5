"""Home, themes, publications, search, about; and how a long list is split into pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain
from typing import Any

from broadsheet.fingerprints import digest_of
from broadsheet.markdown import resolve
from broadsheet.models import KIND_NAMES
from broadsheet.plan import structured
from broadsheet.plan.catalog import Catalog
from broadsheet.plan.groups import Filled, Group, key_of
from broadsheet.read import Publication
from broadsheet.views import Item, Later, Page, Pager, Ref, RoleItem, SiteView, ThemeView

PAGE_LENGTH = 50  # cases on one page of a list
HOME_LATEST = 6
HOME_PER_THEME = 4
HOME = Ref("首页", "/")


def list_page(catalog: Catalog, address: str, template: str, **context: Any) -> Page:
    """A page with a list's structured data; `context` has `title`, `trail`, perhaps `rows`."""
    return Page(address, template, Later(_list_context, (catalog.site, address, context)))


def _list_context(site: SiteView, address: str, context: dict[str, Any]) -> dict[str, Any]:
    rows = context.get("rows", ())
    items = [row.item if isinstance(row, RoleItem) else row for row in rows]
    title, trail = context["title"], context["trail"]
    data = (
        structured.collection(site, title, address, items),
        structured.breadcrumbs(site, trail, title, address),
    )
    return {**context, "structured": data}


def split_list(
    catalog: Catalog,
    address: str,
    template: str,
    rows: Sequence[Item | RoleItem],
    *,
    newest_first: bool,
    title: str,
    **context: Any,
) -> Iterator[Page]:
    """A list in pages of 50, numbered from the oldest, so that a new case changes only the newest.

    `rows` stand from the oldest. Read from the newest, the newest page is at `address` and the
    others at `<address>page/<number>/`; read from the oldest, page 1 is at `address`.
    """
    chunks = [rows[n : n + PAGE_LENGTH] for n in range(0, len(rows), PAGE_LENGTH)] or [()]
    front = len(chunks) if newest_first else 1

    def place(number: int) -> str:
        if not 1 <= number <= len(chunks):
            return ""
        return address if number == front else f"{address}page/{number}/"

    for number, chunk in enumerate(chunks, 1):
        yield list_page(
            catalog,
            place(number),
            template,
            **context,
            title=title if number == front else f"{title} · 第{number}页",
            heading=title,
            rows=tuple(reversed(chunk)) if newest_first else tuple(chunk),
            total=len(rows) if number == front else 0,
            pager=Pager(number, len(chunks) > 1, place(number + 1), place(number - 1)),
            newest_first=newest_first,
        )


def groups(catalog: Catalog) -> Iterator[Group]:
    """The pages of all lists that are of no single person or unit."""
    front = (home, _all_themes, _all_publications, search, missing)
    key = key_of("front", catalog.cast)
    yield Group(key, lambda _: chain.from_iterable(pages(catalog) for pages in front))
    for theme in catalog.site.themes:
        cases = catalog.by_theme[theme.id]
        key = key_of("theme", catalog.frame, digest_of(theme.id), *map(catalog.shown, cases))
        yield Group(key, partial(_theme, catalog, theme))
    for id_, cases in catalog.by_publication.items():
        source = catalog.publication(cases[0])
        key = key_of("publication", catalog.frame, digest_of(id_), *map(catalog.shown, cases))
        yield Group(key, partial(_publication, catalog, source), source)
    yield Group(key_of("about", catalog.cast), partial(about, catalog), catalog.content.about)


def home(catalog: Catalog) -> Iterator[Page]:
    publications = catalog.publication_views
    order = {id_: number for number, id_ in enumerate(catalog.by_publication)}
    columns = []
    for theme in catalog.site.themes:
        # a column opens with the showcase: publications in their order, each from its beginning
        cases = sorted(catalog.by_theme[theme.id], key=lambda case: order[case.publication])
        if cases:
            columns.append((theme, len(cases), catalog.items(cases[:HOME_PER_THEME])))
    yield Page(
        "/",
        "home.html",
        {
            "title": "",
            "section": "home",
            "lead": publications[0] if publications else None,
            "columns": columns,
            "latest": catalog.items(list(reversed(catalog.by_age))[:HOME_LATEST]),
            "publications": publications,
            "total": len(catalog.cases),
            "structured": (structured.website(catalog.site),),
        },
    )


def _theme_counts(catalog: Catalog) -> tuple[tuple[ThemeView, int], ...]:
    return tuple((theme, len(catalog.by_theme[theme.id])) for theme in catalog.site.themes)


def _all_themes(catalog: Catalog) -> Iterator[Page]:
    yield list_page(
        catalog,
        "/themes/",
        "themes.html",
        title="主题",
        trail=(HOME,),
        section="themes",
        themes=_theme_counts(catalog),
    )


def _theme(catalog: Catalog, theme: ThemeView, links: Filled) -> Iterator[Page]:
    return split_list(
        catalog,
        theme.address,
        "theme.html",
        catalog.items(catalog.by_theme[theme.id]),
        newest_first=True,
        title=theme.name,
        trail=(HOME, Ref("主题", "/themes/")),
        section="themes",
        theme=theme,
        description=theme.description,
    )


def _all_publications(catalog: Catalog) -> Iterator[Page]:
    yield list_page(
        catalog,
        "/publications/",
        "publications.html",
        title="刊次",
        trail=(HOME,),
        section="publications",
        publications=catalog.publication_views,
    )


def _publication(catalog: Catalog, source: Publication, links: Filled) -> Iterator[Page]:
    view = catalog.publication_view(source)
    return split_list(
        catalog,
        view.address,
        "publication.html",
        catalog.items(catalog.by_publication[source.id]),
        newest_first=False,
        title=view.title,
        trail=(HOME, Ref("刊次", "/publications/")),
        section="publications",
        publication=view,
        sections=resolve(source.body, links),
        description=view.intro,
    )


def search(catalog: Catalog) -> Iterator[Page]:
    """The search page: what is found is drawn in the browser, the ways to browse stand in it."""
    views = catalog.publication_views
    title = "搜索"
    yield list_page(
        catalog,
        "/search/",
        "search.html",
        title=title,
        description=f"在{len(catalog.cases)}件提案里查找：题目、人名、单位，或正文里的任何一段话。",
        trail=(HOME,),
        section="search",
        themes=_theme_counts(catalog),
        publications=views,
        total=len(catalog.cases),
        names={  # what filters are called before the index has told
            "theme": {theme.id: theme.name for theme in catalog.site.themes},
            "publication": {
                id_: view.title for id_, view in zip(catalog.by_publication, views, strict=True)
            },
            "kind": KIND_NAMES,
        },
    )


def about(catalog: Catalog, links: Filled) -> Iterator[Page]:
    yield list_page(
        catalog,
        "/about/",
        "about.html",
        title="关于",
        trail=(HOME,),
        section="about",
        sections=resolve(catalog.content.about.body, links),
        publications=catalog.publication_views,
        total=len(catalog.cases),
    )


def missing(catalog: Catalog) -> Iterator[Page]:
    yield Page("/404.html", "404.html", {"title": "没有这一页", "section": ""}, listed=False)
