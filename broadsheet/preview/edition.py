"""What there is to see at one moment: read and planned, nothing rendered yet.

An edition is made from the one before, so an edit costs what it changes. It holds whatever can be
shown: a case that has become unreadable stays as it last was, and its errors stand beside it.
"""

from __future__ import annotations

import os
import time
from bisect import insort
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from pathlib import Path

from broadsheet.assets import Assets, load_assets
from broadsheet.diagnostics import ContentError, Diagnostic, reason
from broadsheet.folders import template_folders
from broadsheet.memory import Known
from broadsheet.nothing_new import state_of_templates
from broadsheet.plan import Options, Pages, Plan, plan
from broadsheet.plan.cases import Related
from broadsheet.read import Broken, Case, Content, read
from broadsheet.render import Look
from broadsheet.scan import display, natural


@dataclass(frozen=True, slots=True)
class Edition:
    """A site as it can be shown. Without a plan there is nothing yet, or nothing that is sound."""

    content: Content | None = None
    plan: Plan | None = None
    look: Look | None = None
    pages: Pages = field(default_factory=Pages)
    files: Mapping[str, bytes] = field(default_factory=dict)  # styles, scripts, icons, by address
    known: Mapping[str, Known] = field(default_factory=dict)  # what need not be read again
    related: Related | None = None
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        return tuple(one for one in self.diagnostics if one.severity == "error")


def next_edition(
    earlier: Edition,
    folders: tuple[Path, Path],
    options: Options,
    executor: Executor | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
    *,
    hasty: bool = False,
) -> Edition:
    """The edition after `earlier`; `folders` are those of the content and of the project. A `hasty`
    one may have the related cases of before.

    Raises nothing: where nothing sound can be made of the content as a whole, the earlier edition
    comes back with what is wrong.
    """
    folder, root = folders
    try:
        content = read(folder, executor, progress, earlier.known)
    except ContentError as error:
        return replace(earlier, diagnostics=error.diagnostics)
    known = content.known
    content = _with_last_good(content, earlier)
    planned = plan(content, options, earlier.related, earlier.plan, tolerant=True, hasty=hasty)
    look, files, broken = _dress(planned, root, earlier)
    pages = Pages(planned.groups)
    found = (*broken, *planned.diagnostics)
    return Edition(content, planned, look, pages, files, known, planned.related, found)


def _with_last_good(content: Content, earlier: Edition) -> Content:
    """What cannot be read as it is now, as it was when it could."""
    faulty = {one.file for one in content.diagnostics if one.severity == "error"}
    before = earlier.content
    if not faulty or before is None:
        return content
    publications = {one.id: one for one in before.publications}

    def is_faulty(file: str) -> bool:
        return bool(file) and display(content.folder / file) in faulty

    content = replace(
        content,
        about=before.about if is_faulty("about.md") else content.about,
        people=before.people if is_faulty("people.yaml") else content.people,
        units=before.units if is_faulty("units.yaml") else content.units,
        publications=tuple(
            publications.get(one.id, one) if is_faulty(one.file) else one
            for one in content.publications
        ),
    )
    return _with_good_cases(content, before)


def _with_good_cases(content: Content, before: Content) -> Content:
    good = {case.file: case for case in before.cases}
    taken = {case.card.id for case in content.cases}
    cases, broken = list(content.cases), list[Broken]()
    for one in content.broken:
        case = good.get(one.file)
        if case is None or case.card.id in taken or not _has_place(case, content):
            broken.append(one)
        else:
            insort(cases, case, key=lambda case: natural(case.file))
    return replace(content, cases=tuple(cases), broken=tuple(broken))


def _has_place(case: Case, content: Content) -> bool:
    """Whether its publication and its theme are still there."""
    return any(one.id == case.publication for one in content.publications) and any(
        theme.id == case.card.theme for theme in content.site.themes
    )


def _dress(
    planned: Plan, root: Path, earlier: Edition
) -> tuple[Look | None, Mapping[str, bytes], tuple[Diagnostic, ...]]:
    """How pages look, and the files of that; as before where a script is at fault.

    Files keep the address that they had first: a browser can take a new style without its page.
    """
    folders = template_folders(root)
    state = state_of_templates(folders, time.time_ns())
    try:
        assets, found = load_assets(folders, planned.site.title)
    except ContentError as error:
        return earlier.look, earlier.files, error.diagnostics
    except OSError as error:  # a file that has gone in the meantime
        message = f"模板文件夹读不出来（{reason(error)}）"
        broken = Diagnostic("B105", message, "检查文件是否还在、有没有读取权限", "templates")
        return earlier.look, earlier.files, (broken,)
    kept = dict(earlier.look.assets.addresses) if earlier.look else {}
    addresses = {name: kept.get(name, address) for name, address in assets.addresses}
    files = {addresses[name]: found[address] for name, address in assets.addresses}
    assets = Assets(tuple(addresses.items()), assets.early_script, assets.policy)
    return Look(planned.site, assets, folders, state), files, ()


# -- which page a diagnostic is about ---------------------------------------------------------


def page_of(diagnostic: Diagnostic, edition: Edition) -> str:
    """The address of the page that shows the file at fault; empty where there is none."""
    content = edition.content
    if content is None or not diagnostic.file:
        return ""
    folder = os.path.abspath(content.folder)
    path = os.path.relpath(os.path.abspath(diagnostic.file), folder).replace(os.sep, "/")
    for case in content.cases:
        if case.file == path:
            return f"/cases/{case.card.id}/"
    for broken in content.broken:
        if broken.file == path and broken.id:
            return f"/cases/{broken.id}/"
    for publication in content.publications:
        if publication.file == path:
            return f"/publications/{publication.id}/"
    return "/about/" if path == content.about.file else ""


def file_of(address: str, edition: Edition) -> str:
    """The file whose text a page shows; empty where there is none."""
    file = edition.pages.file(address)
    return os.path.join(edition.content.folder, file) if file and edition.content else ""
