"""Build: read, plan, render, publish, in that order, and nothing back."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import unquote

from broadsheet.assets import load_assets, template_folders
from broadsheet.diagnostics import ContentError, Diagnostic
from broadsheet.jobs import available_cores, pool, spread
from broadsheet.plan import Options, Plan, plan
from broadsheet.publish import Counts, Stage, files_below, staged
from broadsheet.read import read, read_synonyms
from broadsheet.render import Look, links_within, render
from broadsheet.scan import display
from broadsheet.views import Page

INDEX_WAIT = 20  # seconds for another build that writes another site from the same index

Progress = Callable[[str, int, int], None]  # step, done, total


@dataclass(frozen=True, slots=True)
class Settings:
    """Where a build takes from and puts to."""

    content: Path
    output: Path
    root: Path
    options: Options = field(default_factory=Options)
    jobs: int = 0  # worker processes; 0 means one a core
    clean: bool = False
    index: Path | None = None  # the prebuilt search index; none means search/index below the root

    @property
    def index_folder(self) -> Path:
        return self.index or self.root / "search" / "index"


@dataclass(frozen=True, slots=True)
class Report:
    """What a build did. `seconds` is wall time."""

    cases: int
    pages: int
    files: Counts
    seconds: float
    diagnostics: tuple[Diagnostic, ...] = ()


def build(settings: Settings, progress: Progress = lambda step, done, total: None) -> Report:
    """Build the site. Raises `ContentError`; the old site is untouched then."""
    start = time.perf_counter()
    folders = template_folders(settings.root)
    inputs = (settings.content, settings.root / "templates")
    jobs = settings.jobs or available_cores()
    items = _count_files(settings.content) if jobs > 1 else 0
    # the stage first: it says at once that another build is under way or the folder cannot be used
    with staged(settings.output, inputs, settings.clean) as stage, pool(jobs, items) as executor:
        content = read(settings.content, executor, partial(progress, "读稿"))
        site = plan(content, settings.options)
        assets, files = load_assets(folders, site.site.title)
        look = Look(site.site, assets, folders)
        counts = stage.write((address[1:], data) for address, data in files.items())
        counts += stage.write(_media(settings.content, site.media))
        counts += _publish_index(settings, site, stage, partial(progress, "索引"))
        targets: dict[str, str] = {}
        done = 0
        for part, links in spread(render_and_stage, site.pages, executor, look, stage):
            counts += part
            for target, page in links.items():
                targets.setdefault(target, page)
            done += part.written + part.unchanged
            progress("排版", done, len(site.pages))
        known = {page.address for page in site.pages} | set(files) | set(site.media)
        _refuse_dead_links(targets, known, site.site.base)
        counts += Counts(removed=_count_removed(stage))
    return Report(
        site.cases,
        len(site.pages),
        counts,
        time.perf_counter() - start,
        site.diagnostics,
    )


def _publish_index(
    settings: Settings, site: Plan, stage: Stage, progress: Callable[[int, int], None]
) -> Counts:
    """Bring the prebuilt index up to the documents, and publish its files with the site."""
    import filelock

    from broadsheet.search.folding import simplified_blocks
    from broadsheet.search.index import published_files, update

    folder = settings.index_folder
    synonyms = read_synonyms(settings.root / "search")
    progress(0, len(site.documents))
    blocks = ((f"search/s/{name}.txt", text.encode()) for name, text in simplified_blocks().items())
    counts = stage.write(blocks)
    try:
        _make_folder(folder)
        with filelock.FileLock(folder / "lock", timeout=INDEX_WAIT):
            try:
                update(folder, site.documents, synonyms, anew=settings.clean)
            except OSError as error:
                raise _explain_index(error, folder) from None
            counts += stage.link((f"search/{name}", path) for name, path in published_files(folder))
    except filelock.Timeout:
        message, hint = (
            f"另一次构建正在写索引 {display(folder)}",
            "等它结束再试，或用 --index 换一个",
        )
        raise ContentError([Diagnostic("B701", message, hint)]) from None
    progress(len(site.documents), len(site.documents))
    return counts


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _explain_index(error, folder) from None


def _explain_index(error: OSError, folder: Path) -> ContentError:
    message = f"检索索引写不进去（{error.strerror or error}）"
    hint = "检查磁盘空间和文件夹的权限，或用 --index 换一个文件夹"
    return ContentError([Diagnostic("B705", message, hint, display(folder))])


def render_and_stage(
    pages: Sequence[Page], look: Look, stage: Stage
) -> tuple[Counts, dict[str, str]]:
    """Render one partition of pages into the stage (this is what runs in a worker).

    Returns the counts, and each link inside the site with a page that has it.
    """
    targets: dict[str, str] = {}
    files = []
    for page in pages:
        data = render(page, look)
        if page.template.endswith(".html"):
            for target in links_within(data.decode()):
                targets.setdefault(target, page.address)
        files.append((page.file, data))
    return stage.write(files), targets


def _refuse_dead_links(targets: dict[str, str], known: set[str], base: str) -> None:
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
            message = f"文件读不出来（{error.strerror}）"
            hint = "检查文件是否还在、有没有读取权限"
            file = display(content / path)
            raise ContentError([Diagnostic("B105", message, hint, file)]) from None


def _count_removed(stage: Stage) -> int:
    if not stage.old:
        return 0
    return sum(
        not os.path.lexists(os.path.join(stage.folder, path)) for path in files_below(stage.old)
    )


def _count_files(folder: Path) -> int:
    """How many files there are to read, to decide whether workers pay."""
    return sum(len(names) for _, _, names in os.walk(folder))
