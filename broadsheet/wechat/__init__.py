"""A case, or a publication, for the editor of WeChat official accounts (公众号).

That editor takes what is pasted and strips it: scripts, style sheets, classes, ids, `position`,
links that lead anywhere else. So there are inline styles only, links are text with their address,
and each line of a list carries its own sign.

markup     HTML of bodies to HTML with inline styles; the same as plain text
articles   what a case and a publication show, in their order
copy_page  a page for the browser at the desk, with a button that copies
"""

from __future__ import annotations

from dataclasses import dataclass

from broadsheet.plan import Plan
from broadsheet.plan.catalog import LOCAL_URL
from broadsheet.views import CaseView, Page
from broadsheet.wechat.articles import case_article, publication_article
from broadsheet.wechat.copy_page import copy_page
from broadsheet.wechat.markup import plain

__all__ = ["Texts", "known", "texts"]


@dataclass(frozen=True, slots=True)
class Texts:
    """What is exported: the fragment to paste, the same as plain text, a page that copies both."""

    fragment: str
    text: str
    page: str


def known(site: Plan) -> list[str]:
    """The ids that can be exported: of cases, and of publications."""
    pages = [*_pages(site, "case.html"), *_pages(site, "publication.html")]
    return [_id(page) for page in pages if page.address.count("/") == 3]


def texts(site: Plan, id: str) -> Texts | None:
    """The case of that id, or else the publication; None where there is neither."""
    origin = "" if site.site.origin == LOCAL_URL.rstrip("/") else site.site.origin
    root = origin + site.site.base if origin else ""
    for page in _pages(site, "case.html"):
        if _id(page) == id:
            case = _case(page)
            return _texts(case.title, case_article(case, root))
    lists = [page for page in _pages(site, "publication.html") if _id(page) == id]
    if not lists:
        return None
    by_address = {page.address: page for page in _pages(site, "case.html")}
    contexts = [page.context for page in lists]
    rows = [row.address for context in contexts for row in context["rows"]]
    cases = [_case(by_address[address]) for address in rows]
    view, sections = contexts[0]["publication"], contexts[0]["sections"]
    return _texts(view.title, publication_article(view, sections, cases, root))


def _texts(title: str, fragment: str) -> Texts:
    text = plain(fragment)
    return Texts(fragment, text, copy_page(title, fragment, text))


def _pages(site: Plan, template: str) -> list[Page]:
    return [page for page in site.pages if page.template == template]


def _id(page: Page) -> str:
    return page.address.split("/")[2]


def _case(page: Page) -> CaseView:
    case = page.context["case"]
    assert isinstance(case, CaseView)  # noqa: S101 (what the planner puts there)
    return case
