"""Build: read, plan, render, publish, in that order, and nothing back.

What an earlier build has left behind (memory.py) only saves work: cases whose files are what they
were are not read, pages whose fingerprints are what they were are not rendered.
"""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import chain
from pathlib import Path
from urllib.parse import unquote

from broadsheet.assets import load_assets
from broadsheet.diagnostics import ContentError, Diagnostic, reason
from broadsheet.fingerprints import Fingerprints
from broadsheet.folders import side_folder, template_folders
from broadsheet.jobs import available_cores, pool, spread
from broadsheet.memory import Last, Memory, Seen, program
from broadsheet.nothing_new import (
    digest,
    digest_of_index,
    digest_of_inputs,
    seen,
    state_of_templates,
)
from broadsheet.plan import Plan, plan
from broadsheet.publish import Stage, staged
from broadsheet.read import Content, read, read_synonyms
from broadsheet.render import Look, links_within, render
from broadsheet.scan import display
from broadsheet.settings import Counts, Options, Progress, Report, Settings, Work
from broadsheet.views import Page

__all__ = ["Options", "Report", "Settings", "build"]

INDEX_WAIT = 20  # seconds for another build that writes another site from the same index


def build(settings: Settings, progress: Progress = lambda step, done, total: None) -> Report:
    """Build the site. Raises `ContentError`; the old site is untouched then."""
    start, moment = time.perf_counter(), time.time_ns()
    inputs = digest_of_inputs(settings, moment)
    folders = template_folders(settings.root)
    state = state_of_templates(folders, moment)
    sources = (settings.content, settings.root / "templates")
    folder = side_folder(settings.output) / "memory"
    memory = Memory(folder) if settings.clean else Memory.load(folder)
    # the stage first: it says at once that another build is under way or the folder cannot be used
    with (
        staged(settings.output, sources, settings.clean, memory.files) as stage,
        pool(settings.jobs or available_cores(), settings) as executor,
    ):
        content = read(settings.content, executor, partial(progress, "读稿"), memory.cases)
        site = plan(content, settings.options, memory.related)
        assets, files = load_assets(folders, site.site.title)
        look = Look(site.site, assets, folders, state)
        stage.write((address[1:], data) for address, data in files.items())
        stage.write(_media(settings.content, site.media))
        index = _publish_index(settings, site, stage, memory, executor, progress)
        pages = _choose(site, digest((program(), look)), stage, memory)
        known = frozenset(chain((page.address for page in site.pages), files, site.media))
        targets = _render_all(pages, look, stage, executor, progress)
        if memory.addresses - known:  # what pages led to that stay as they are
            targets |= _links_of(pages.kept, settings.output)
        _refuse_dead_links(targets, known, site.site.base)
        paths = {*pages.fingerprints, *(a[1:] for a in (*files, *site.media)), *index.files}
        stage.remove_all_but(paths)

        def remember() -> None:
            memory.pages, memory.look, memory.addresses = pages.fingerprints, pages.look, known
            memory.index, memory.related = index.stamps, site.related
            memory.files = _files(settings.output, paths, stage)
            same = Report(
                site.cases, len(site.pages), Counts(unchanged=len(paths)), 0, site.diagnostics
            )
            now, until = settings.options.now, _next_appearance(content, settings.options)
            last = Last(inputs, digest_of_index(settings), now, until, same) if inputs else None
            memory.save(content.known, content.fresh, last)

        stage.published = remember
    return Report(
        site.cases,
        len(site.pages),
        Counts(len(stage.changed), len(paths) - len(stage.changed), len(stage.removed)),
        time.perf_counter() - start,
        site.diagnostics,
        Work(len(content.fresh), len(pages.stale), index.written),
    )


# -- what has to be done --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Pages:
    """The pages of a site: those that have to be rendered, and those that stay as they are."""

    look: bytes
    fingerprints: dict[str, bytes]  # of all pages, by file
    stale: list[Page]
    kept: list[Page]


def _choose(site: Plan, look: bytes, stage: Stage, memory: Memory) -> _Pages:
    prints = Fingerprints()
    pages = _Pages(look, {page.file: prints.of(page) for page in site.pages}, [], [])
    before = memory.pages if memory.look == look else {}
    for page in site.pages:
        file = page.file
        same = file in stage.old and file not in stage.suspect
        kept = same and before.get(file) == pages.fingerprints[file]
        # workers have no use for what its links were filled into
        (pages.kept.append(page) if kept else pages.stale.append(replace(page, source=None)))
    return pages


def _render_all(
    pages: _Pages, look: Look, stage: Stage, executor: Executor | None, progress: Progress
) -> dict[str, str]:
    """Render what is stale into the stage; each link inside the site, with a page that has it."""
    targets: dict[str, str] = {}
    done, total = len(pages.kept), len(pages.kept) + len(pages.stale)
    for part, links, changed in spread(
        render_and_stage, pages.stale, executor, look, stage.for_workers()
    ):
        stage.changed.update(changed)
        for target, page in links.items():
            targets.setdefault(target, page)
        done += part
        progress("排版", done, total)
    return targets


def render_and_stage(
    pages: Sequence[Page], look: Look, stage: Stage
) -> tuple[int, dict[str, str], list[str]]:
    """Render one partition of pages into the stage (this is what runs in a worker).

    Returns how many there were, each link inside the site with a page that has it, and the files
    that differ from those of the old site.
    """
    targets: dict[str, str] = {}
    links: set[bytes] = set()
    files = []
    for page in pages:
        data = render(page, look)
        if page.template.endswith(".html"):
            for target in links_within(data, links):
                targets.setdefault(target, page.address)
        files.append((page.file, data))
    return len(pages), targets, stage.write(files)


def _links_of(pages: Sequence[Page], output: Path) -> dict[str, str]:
    """The links of pages as they were published."""
    targets: dict[str, str] = {}
    links: set[bytes] = set()
    for page in pages:
        if page.template.endswith(".html"):
            for target in links_within((output / page.file).read_bytes(), links):
                targets.setdefault(target, page.address)
    return targets


def _files(output: Path, paths: set[str], stage: Stage) -> dict[str, Seen]:
    """What the files of the new site are now."""
    found = {path: stage.old[path] for path in paths - stage.changed if path in stage.old}
    for path in paths - found.keys():
        with suppress(OSError):
            status = os.lstat(output / path)
            found[path] = status.st_size, status.st_mtime_ns, status.st_ino
    return found


def _next_appearance(content: Content, options: Options) -> datetime | None:
    """When the next case under embargo is to appear."""
    moments = [case.front.publish_at for case in content.cases]
    return min((one for one in moments if one and one > options.now), default=None)


# -- the index ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Index:
    """The published index: its files below the site, and how many of the prebuilt one are new."""

    files: set[str]
    written: int
    stamps: dict[str, Seen]  # of the prebuilt one


def _publish_index(
    settings: Settings,
    site: Plan,
    stage: Stage,
    memory: Memory,
    executor: Executor | None,
    progress: Progress,
) -> _Index:
    """Bring the prebuilt index up to the documents, and publish its files with the site."""
    import filelock

    from broadsheet.search.folding import simplified_blocks
    from broadsheet.search.index import published_files, update

    folder = settings.index_folder
    synonyms = read_synonyms(settings.root / "search")
    progress("索引", 0, len(site.documents))
    blocks = {f"search/s/{name}.bin": data for name, data in simplified_blocks().items()}
    stage.write(blocks.items())
    try:
        _make_folder(folder)
        with filelock.FileLock(folder / "lock", timeout=INDEX_WAIT):
            before = seen(folder)
            anew = settings.clean or bool(memory.index and before != memory.index)  # damaged
            try:
                done = update(folder, site.documents, synonyms, anew=anew, executor=executor)
            except OSError as error:
                raise _explain_index(error, folder) from None
            after = seen(folder)
            found = {f"search/{address}": name for address, name in published_files(after)}
            stage.link(
                (path, os.path.join(folder, name))
                for path, name in found.items()
                if memory.index.get(name) != after[name]
                or path not in stage.old
                or path in stage.suspect
            )
    except filelock.Timeout:
        message, hint = (
            f"另一次构建正在写索引 {display(folder)}",
            "等它结束再试，或用 --index 换一个",
        )
        raise ContentError([Diagnostic("B701", message, hint)]) from None
    progress("索引", len(site.documents), len(site.documents))
    return _Index({*blocks, *found}, done.written, after)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _explain_index(error, folder) from None


def _explain_index(error: OSError, folder: Path) -> ContentError:
    message = f"检索索引写不进去（{reason(error)}）"
    hint = "检查磁盘空间和文件夹的权限，或用 --index 换一个文件夹"
    return ContentError([Diagnostic("B705", message, hint, display(folder))])


def _refuse_dead_links(targets: Mapping[str, str], known: Collection[str], base: str) -> None:
    """The backstop behind the links of the bodies: what templates made must lead somewhere too."""
    found = []
    for target, page in sorted(targets.items()):
        path = target.partition("?")[0]
        address = "/" + unquote(path[len(base) :]) if path.startswith(base) else ""
        if address not in known:
            message = f"页面 {page} 里的链接 {target} 没有去处"
            hint = "改正生成这个链接的模板"
            found.append(Diagnostic("B602", message, hint))
    if found:
        raise ContentError(found)


def _media(content: Path, media: dict[str, str]) -> Iterator[tuple[str, bytes]]:
    for address, path in media.items():
        try:
            yield address[1:], (content / path).read_bytes()
        except OSError as error:
            message = f"文件读不出来（{reason(error)}）"
            hint = "检查文件是否还在、有没有读取权限"
            file = display(content / path)
            raise ContentError([Diagnostic("B105", message, hint, file)]) from None
