"""Build: read, plan, render, publish, in that order, and nothing back.

What an earlier build has left behind (memory.py) only saves work: cases whose files are what they
were are not read, pages whose fingerprints are what they were are not rendered.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, cached_property, partial
from itertools import chain
from pathlib import Path
from urllib.parse import unquote

from broadsheet.assets import load_assets
from broadsheet.beside import beside
from broadsheet.diagnostics import ContentError, Diagnostic, reason
from broadsheet.fingerprints import Fingerprints
from broadsheet.folders import side_folder, template_folders
from broadsheet.jobs import POOL_PAYS, Processes, available_cores, pool, spread
from broadsheet.memory import Last, Memory, Told, program
from broadsheet.nothing_new import (
    Inputs,
    digest,
    digest_of_index,
    look,
    state_of_templates,
)
from broadsheet.plan import Plan, plan
from broadsheet.plan.groups import Group
from broadsheet.publish import Stage, staged
from broadsheet.read import Content, read, read_synonyms
from broadsheet.render import Look, links_within, render
from broadsheet.scan import display
from broadsheet.settings import Counts, Options, Progress, Report, Settings, Work
from broadsheet.trees import NOTHING, Tree, brought_up, survey
from broadsheet.views import Page, file_of

__all__ = ["Options", "Report", "Settings", "build"]

INDEX_WAIT = 20  # seconds for another build that writes another site from the same index


def build(
    settings: Settings,
    progress: Progress = lambda step, done, total: None,
    inputs: Inputs | None = None,
) -> Report:
    """Build the site; `inputs` where somebody has looked at them already.

    Raises `ContentError`; the old site is untouched then.
    """
    start, moment = time.perf_counter(), time.time_ns()
    inputs = inputs or look(settings)
    folders = template_folders(settings.root)
    state = state_of_templates(folders, moment)
    sources = (settings.content, settings.root / "templates")
    folder = side_folder(settings.output) / "memory"
    memory = Memory(folder) if settings.clean else Memory.of_site(folder)
    # the stage first: it says at once that another build is under way or the folder cannot be used
    with (
        staged(settings.output, sources, settings.clean, (memory.site, memory.spare)) as prepared,
        pool(settings.jobs or available_cores(), settings) as executor,
    ):
        if not settings.clean:
            memory.load_cases()
        reading = partial(progress, "读稿")
        content = read(settings.content, executor, reading, memory.cases, inputs.files)
        site = plan(
            content,
            settings.options,
            memory.related,
            told=memory.pages,
            sections=memory.sections,
            slugs=memory.slugs,
        )
        assets, files = load_assets(folders, site.site.title)
        dress = Look(site.site, assets, folders, state)
        stage = prepared()
        stage.write((address[1:], data) for address, data in files.items())
        stage.write(_media(settings.content, site.media))
        pages = _choose(site, digest((program(), dress)), stage, memory)
        others = (*files, *site.media)
        known = frozenset(chain(site.addresses, others))
        with _indexed(settings, site, stage, memory, executor, len(pages.stale)) as (rest, indexed):
            saving = cache(partial(memory.save_cases, content.known))
            targets = _render_all(pages, dress, stage, rest, progress, saving)
            progress("索引", 0, len(site.documents))
            index = indexed()
        stage.changed.update(index.changed)
        if not known.issuperset(memory.addresses):  # what pages led to that stay as they are
            targets |= _links_of(pages.kept, settings.output)
        _refuse_dead_links(targets, known, site.site.base)
        paths = {*map(file_of, known), *index.files}
        stage.remove_all_but(paths)

        def remember() -> None:
            memory.pages, memory.sections = pages.told, dict(site.sections)
            memory.look, memory.others, memory.related = pages.look, others, site.related
            memory.index = _confirmed(settings.index_folder, index.tree)
            memory.site, memory.spare = _files(settings.output, stage), stage.old
            counts, now = Counts(unchanged=len(paths)), settings.options.now
            same = Report(site.cases, pages.count, counts, 0, site.diagnostics)
            until = _next_appearance(content, settings.options)
            last = Last(inputs.digest, digest_of_index(settings), now, until, same)
            # a file that is not among those that were looked at may change unseen
            is_told = inputs.digest and {*site.media.values()}.issubset(inputs.files.paths)
            memory.save(content.known, last if is_told else None)

        stage.published = remember
    return Report(
        site.cases,
        pages.count,
        Counts(len(stage.changed), len(paths) - len(stage.changed), len(stage.removed)),
        time.perf_counter() - start,
        site.diagnostics,
        Work(len(content.fresh), len(pages.stale), index.written),
    )


# -- what has to be done --------------------------------------------------------------------------


@dataclass(frozen=True)
class _Pages:
    """The pages of a site: those that have to be rendered, and those that stay as they are."""

    look: bytes
    groups: Sequence[Group]
    stale: list[Page] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)  # files

    @property
    def count(self) -> int:
        return len(self.stale) + len(self.kept)

    @cached_property
    def told(self) -> dict[bytes, Told]:
        """What is told of each group."""
        prints = Fingerprints()
        return {group.key: group.tell(prints) for group in self.groups}


def _choose(site: Plan, look: bytes, stage: Stage, memory: Memory) -> _Pages:
    pages = _Pages(look, site.groups)
    before = memory.pages if memory.look == look else {}
    if not before:
        pages.stale.extend(site.pages)
        return pages
    # of the groups that are not what they were, some pages may be
    gone = (told for key, told in before.items() if key not in pages.told)
    earlier = {address: fingerprint for told in gone for address, _, fingerprint in told}
    whole = stage.old.files.keys() - stage.suspect
    for group in site.groups:
        is_same = group.key in before
        for number, (address, _, fingerprint) in enumerate(pages.told[group.key]):
            file = file_of(address)
            if file in whole and (is_same or earlier.get(address) == fingerprint):
                pages.kept.append(file)
            else:
                pages.stale.append(group.pages[number])
    return pages


def _render_all(
    pages: _Pages,
    look: Look,
    stage: Stage,
    executor: Executor | None,
    progress: Progress,
    saving: Callable[[], None],
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
        _ = pages.told  # takes a while, and the workers are busy
        saving()  # and so does this
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


def _links_of(files: Sequence[str], output: Path) -> dict[str, str]:
    """The links of pages as they were published."""
    targets: dict[str, str] = {}
    links: set[bytes] = set()
    for file in files:
        if file.endswith(".html"):
            address = "/" + file.removesuffix("index.html")
            for target in links_within((output / file).read_bytes(), links):
                targets.setdefault(target, address)
    return targets


def _files(output: Path, stage: Stage) -> Tree:
    """What the new site is now."""
    return stage.tree(output).settled(time.time_ns())


def _next_appearance(content: Content, options: Options) -> datetime | None:
    """When the next case under embargo is to appear."""
    moments = [case.card.publish_at for case in content.cases]
    return min((one for one in moments if one and one > options.now), default=None)


def _confirmed(folder: Path, tree: Tree) -> Tree:
    """A tree whose folder, it may be, somebody has changed since."""
    stays = survey(folder, tree, names_alone=True).folders == tree.folders
    return tree.settled(time.time_ns()) if stays else Tree(tree.files)


# -- the index ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Index:
    """The published index: its files below the site, those of them that differ from the old site's,
    and how many of the prebuilt one are new.
    """

    files: set[str]
    changed: list[str]
    written: int
    tree: Tree  # the prebuilt one


@contextmanager
def _indexed(
    settings: Settings,
    site: Plan,
    stage: Stage,
    memory: Memory,
    executor: Executor | None,
    stale: int,
) -> Iterator[tuple[Executor | None, Callable[[], _Index]]]:
    """What waits for the index, and who can do something else meanwhile. Where many pages are to be
    rendered, another process is at the index, with half of the workers.
    """
    rest = others = executor
    many = min(stale, len(site.documents)) >= POOL_PAYS
    if many and isinstance(executor, Processes):
        rest, others = executor.halves()
    doing = (_publish_index, settings, site, stage, memory, others)
    with beside(others is not executor, *doing) as indexed:
        try:
            yield rest, indexed
        except ContentError:
            with suppress(ContentError):  # the index is not left half-way
                indexed()
            raise


def _publish_index(
    settings: Settings, site: Plan, stage: Stage, memory: Memory, executor: Executor | None
) -> _Index:
    """Bring the prebuilt index up to the documents, and publish its files with the site."""
    import filelock

    from broadsheet.search.folding import simplified_blocks
    from broadsheet.search.index import update
    from broadsheet.search.state import published_files

    folder = settings.index_folder
    synonyms = read_synonyms(settings.root / "search")
    blocks = {f"search/s/{name}.bin": data for name, data in simplified_blocks().items()}
    changed = stage.write(blocks.items())
    try:
        _make_folder(folder)
        with filelock.FileLock(folder / "lock", timeout=INDEX_WAIT):
            before = _index_as_it_is(folder, memory.index, stage)
            is_known, sound = bool(memory.index.files), before.files == memory.index.files
            anew = settings.clean or (is_known and not sound)  # damaged
            try:
                done = update(
                    folder,
                    site.documents,
                    synonyms,
                    anew=anew,
                    sound=is_known and sound,
                    executor=executor,
                )
            except OSError as error:
                raise _explain_index(error, folder) from None
            after = _index_after(folder, before, done.names)
            found = {f"search/{address}": name for address, name in published_files(after.files)}
            changed += stage.link(
                (path, os.path.join(folder, name))
                for path, name in found.items()
                if memory.index.files.get(name) != after.files[name]
                or path not in stage.old.files
                or path in stage.suspect
            )
    except filelock.Timeout:
        message, hint = (
            f"另一次构建正在写索引 {display(folder)}",
            "等它结束再试，或用 --index 换一个",
        )
        raise ContentError([Diagnostic("B701", message, hint)]) from None
    return _Index({*blocks, *found}, changed, done.written, after)


def _index_as_it_is(folder: Path, known: Tree, stage: Stage) -> Tree:
    """What stands in the folder of the index. The site has most of its files, and was looked at."""
    found, site = survey(folder, known, names_alone=True), stage.old.files
    shared = {site[path] for path in site if path.startswith("search/")}
    return brought_up(folder, found, [n for n, one in found.files.items() if one not in shared])


def _index_after(folder: Path, before: Tree, changed: Collection[str] | None) -> Tree:
    """The same when some files have `changed`; without these, whichever."""
    return survey(folder, NOTHING) if changed is None else brought_up(folder, before, changed)


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
