"""Addresses for the links that editors wrote, or the place where a dead one stands.

An editor may write the address of a page (`/cases/x/`), a path relative to the page, the name of
another case file (`002-other.md`), an anchor (`#response`), or a file beside the case.
"""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from urllib.parse import quote, urljoin

from broadsheet.diagnostics import Diagnostic, did_you_mean
from broadsheet.markdown import Link, attribute
from broadsheet.plan.catalog import Catalog
from broadsheet.plan.groups import Group
from broadsheet.read import Source
from broadsheet.scan import display


def fill_links(
    groups: Sequence[Group], catalog: Catalog
) -> tuple[dict[int, Group], list[Diagnostic]]:
    """The groups whose source has links, by position, with these filled in; a diagnostic for each
    dead link."""
    linked = {n: group for n, group in enumerate(groups) if group.source and group.source.links}
    if not linked:
        return {}, []
    linker = _Linker(groups, catalog)
    return {n: linker.fill(group) for n, group in linked.items()}, linker.found


class _Linker:
    def __init__(self, groups: Sequence[Group], catalog: Catalog) -> None:
        self.catalog = catalog
        self.addresses = {address for group in groups for address, _ in group.places}
        self.by_file = {case.file: f"/cases/{case.card.id}/" for case in catalog.cases}
        self.by_file |= {
            publication.file: f"/publications/{publication.id}/"
            for publication in catalog.content.publications
            if publication.file and publication.id in catalog.by_publication
        }
        self.withheld = {
            f"/cases/{case.card.id}/": case.file
            for case in catalog.content.cases
            if case.card.id not in catalog.by_id
        }
        # a case with errors will be there once they are mended
        for broken in catalog.content.broken:
            self.by_file[broken.file] = f"/cases/{broken.id}/"
            self.addresses.add(f"/cases/{broken.id}/")
        self.cases = {f"/cases/{case.card.id}/": case for case in catalog.cases}
        self.found: list[Diagnostic] = []

    def fill(self, group: Group) -> Group:
        source = group.source
        if source is None:
            return group
        # on each page of a list the links are the same: its first one stands at the address
        page = next(address for address, _ in group.places)
        return group.filled(tuple(self._attribute(page, source, link) for link in source.links))

    def _attribute(self, page: str, source: Source, link: Link) -> str:
        base = self.catalog.site.base
        medium = source.media.get(link.target)
        if medium:
            text = attribute(f"{base}media/{quote(medium.path)}")
            if medium.width and medium.height:
                text += f'" width="{medium.width}" height="{medium.height}" loading="lazy'
            return text
        target, anchor = link.path, link.anchor
        fragment = link.query + (f"#{anchor}" if anchor else "")
        if not target:
            if anchor and anchor not in source.body.anchors:
                self._dead_anchor(source, link, "这一页", anchor, source.body.anchors)
            return attribute(fragment or "#")
        address = self._address(page, source.file, target)
        if not address:
            message, known = self._why(page, source.file, target)
            self._dead(source, link, "B501", message, did_you_mean(target, known, 0.7))
            return "#"
        case = self.cases.get(address) if anchor else None
        if case and anchor not in case.body.anchors:
            self._dead_anchor(source, link, f"{address} ", anchor, case.body.anchors)
        return attribute(base + quote(address[1:]) + fragment)

    def _address(self, page: str, file: str, target: str) -> str:
        """The page's address that `target` means, or an empty string."""
        path = posixpath.normpath(posixpath.join(posixpath.dirname(file), target))
        if path in self.by_file:
            return self.by_file[path]
        wanted = urljoin(page, target).removesuffix("index.html")
        for candidate in (wanted, f"{wanted}/"):
            if candidate in self.addresses:
                return candidate
        return ""

    def _why(self, page: str, file: str, target: str) -> tuple[str, Sequence[str]]:
        wanted = urljoin(page, target).rstrip("/") + "/"
        path = posixpath.normpath(posixpath.join(posixpath.dirname(file), target))
        if wanted in self.withheld or path in self.withheld.values():
            return f"{target} 还没有发布（草稿或未到发布时间）", ()
        known = self.by_file if target.endswith(".md") else self.addresses
        return f"没有 {target} 这一页", sorted(known)

    def _dead_anchor(
        self, source: Source, link: Link, place: str, anchor: str, known: frozenset[str]
    ) -> None:
        guess = did_you_mean(anchor, sorted(known))
        message = f"{place}没有 #{anchor} 这一段"
        self._dead(source, link, "B502", message, f"#{guess}" if guess else "")

    def _dead(self, source: Source, link: Link, code: str, message: str, guess: str) -> None:
        hint = f"是不是 {guess}？" if guess else "改正地址，或去掉这个链接"
        file = display(self.catalog.content.folder / source.file)
        self.found.append(
            Diagnostic(code, message, hint, file, link.line, link.column, link.excerpt)
        )
