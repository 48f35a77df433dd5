"""What is shown: the edition of the moment, the pages made of it, and who looks at them.

One thread serves; a second one reads and plans the next edition, a third keeps the search index.
Only the serving thread says what is shown.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Protocol

from broadsheet.diagnostics import ContentError, Diagnostic, in_order
from broadsheet.fingerprints import Fingerprints
from broadsheet.plan import plan
from broadsheet.preview.edition import Edition, file_of, next_edition, page_of
from broadsheet.preview.index import PreviewIndex
from broadsheet.preview.notices import (
    NOTICES,
    WECHAT,
    Notice,
    Tools,
    editor_address,
    mark_of,
    page_address,
    stand_in,
)
from broadsheet.render import render
from broadsheet.settings import Options
from broadsheet.views import Page
from broadsheet.wechat import texts

QUIET = 0.5  # seconds without a change before what was hasty is made anew
GRACE = 0.1  # seconds before an error is told: an editor of text may be half way through saving

logger = logging.getLogger("broadsheet.preview")


@dataclass(frozen=True, slots=True)
class Setup:
    """What a preview is of, and where it is served. Without `now` the clock tells."""

    content: Path
    root: Path
    host: str = "127.0.0.1"
    port: int = 8000
    drafts: bool = True
    now: datetime | None = None
    editor: str = ""  # the form of addresses that open a file, see notices.EDITORS

    @property
    def address(self) -> str:
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}/"


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a change. `news` are the errors, where they are other ones than before."""

    cases: int
    seconds: float
    errors: int
    news: tuple[Diagnostic, ...]


class Client(Protocol):
    """A browser that shows a page."""

    page: str  # its address

    def send(self, paths: Iterable[str]) -> None:
        """Have it load again what is at `paths`: its page, a style, a picture, its notices."""


class Showing:
    """A preview at work. `tell` is called after each change."""

    def __init__(
        self, setup: Setup, index: PreviewIndex, first: Edition, tell: Callable[[Told], None]
    ) -> None:
        self.setup, self.edition, self.clients = setup, first, set[Client]()
        self.progress = 0, 0  # of the first edition: cases read, cases in all
        self._index, self._tell = index, tell
        self._faults: dict[str, tuple[Diagnostic, ...]] = {}  # of templates, by page
        self._pages: dict[str, bytes] = {}  # of this edition, as they were asked for
        self._good: dict[str, bytes] = {}  # as they could be made last
        self._reader = ThreadPoolExecutor(1, "read")
        self._indexer = ThreadPoolExecutor(1, "index")
        self._told: tuple[Diagnostic, ...] = ()
        self._changed: set[str] = set()
        self._again = self._busy = False
        self._begun = asyncio.Event()  # something has been read

    # -- the next edition -----------------------------------------------------------------

    async def change(self, paths: Iterable[str] = (), executor: Executor | None = None) -> None:
        """Read and plan anew, and tell everybody. What changes meanwhile is read after that."""
        self._again = True
        self._changed.update(paths)
        if self._busy:
            return
        self._busy = True
        try:
            while self._again:
                self._again = False
                start = perf_counter()
                edition = await self._next(executor, hasty=True)
                if edition.errors and edition.errors != self.edition.errors:
                    await asyncio.sleep(GRACE)
                if not self._again or edition.errors == ():
                    self._show(edition)
                    self._report(perf_counter() - start)
                await self._make_exact()
        finally:
            self._busy = False

    async def _make_exact(self) -> None:
        """In a quiet moment, what has been made in haste."""
        if self.edition.plan and self.edition.plan.is_hasty:
            await asyncio.sleep(QUIET)
            if not self._again:
                edition = await self._next(None, hasty=False)
                if not self._again:
                    self._show(edition, is_news=False)

    async def _next(self, executor: Executor | None, *, hasty: bool) -> Edition:
        setup, loop = self.setup, asyncio.get_running_loop()
        options = Options(setup.now or datetime.now(UTC), setup.drafts, setup.address)

        def progress(done: int, total: int) -> None:
            self.progress = done, total

        def make() -> Edition:
            folders = setup.content, setup.root
            return next_edition(self.edition, folders, options, executor, progress, hasty=hasty)

        try:
            return await loop.run_in_executor(self._reader, make)
        except Exception as error:
            logger.debug("an edition failed", exc_info=True)
            return replace(self.edition, diagnostics=(_defect(error),))

    async def begun(self, seconds: float) -> None:
        """Wait for the first edition, so long at most."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._begun.wait(), seconds)

    def _show(self, edition: Edition, *, is_news: bool = True) -> None:
        before, self.edition = self.edition, edition
        self._begun.set()
        changed, self._changed = frozenset(self._changed), set()
        faults, self._faults, self._pages = self._faults, {}, {}
        shown = dict(self._good)
        for address in faults:  # a fault is told until it is mended
            if page := edition.pages.get(address):
                self.html(page)
        for client in list(self.clients):
            news = self._news(client.page, before, shown, changed)
            if is_news or news != [NOTICES]:
                client.send(news)

    def _news(
        self, address: str, before: Edition, shown: Mapping[str, bytes], changed: frozenset[str]
    ) -> list[str]:
        """What a browser that shows `address` is to load again."""
        after = self.edition
        files = [path for path, data in after.files.items() if before.files.get(path) != data]
        if any(not path.endswith(".css") for path in files) or self._differs(
            address, before, shown
        ):
            return [address]
        if after.plan and after.content:
            folder = os.path.abspath(after.content.folder)
            media = after.plan.media.items()
            files += [a for a, path in media if os.path.join(folder, path) in changed]
        return [*files, NOTICES]

    def _differs(self, address: str, before: Edition, shown: Mapping[str, bytes]) -> bool:
        """Whether a page would come out differently. It is made for that where it may: the browser
        need not wait for it then, and a fault of a template shows, which leaves the page as it is.
        """
        new, old = self.edition.pages.get(address), before.pages.get(address)
        if new is None or old is None:
            return new is not old
        if self.edition.look == before.look and (new is old or _same(new, old)):
            return False
        html = self.html(new)
        return html is not None and html != shown.get(address)

    def _report(self, seconds: float) -> None:
        errors = tuple(notice.diagnostic for notice in self.notices())
        news = errors if errors != self._told else ()
        self._told = errors
        cases = self.edition.plan.cases if self.edition.plan else 0
        self._tell(Told(cases, seconds, len(errors), news))

    # -- pages ----------------------------------------------------------------------------

    def html(self, page: Page) -> bytes | None:
        """A page of this edition; nothing where a template is at fault, which is noted."""
        address, look = page.address, self.edition.look
        if look and address not in self._pages and address not in self._faults:
            try:
                self._pages[address] = self._good[address] = render(page, look)
            except ContentError as error:
                self._faults[address] = error.diagnostics
                for client in self.clients:
                    client.send([NOTICES])
        return self._pages.get(address)

    def answer(self, address: str) -> tuple[int, bytes]:
        """What a browser gets that asks for a page: the status, and the page or what stands in."""
        page = self.edition.pages.get(page_address(address))
        if page and (html := self.html(page) or self._good.get(page.address)):
            return 200, html
        if page or any(notice.page == address for notice in self.notices()):
            return 500, stand_in("这一页还做不出来", "改正错误之后，这里会自己打开。")
        lost = self.edition.pages.get("/404.html")
        return 404, (self.html(lost) if lost else None) or stand_in("没有这一页", "")

    def is_stale(self, address: str, mark: str) -> bool:
        """Whether a browser's page is an old one; `mark` is of the page that it has."""
        return self.edition.plan is not None and mark_of(self.answer(address)[1]) != mark

    def notices(self) -> list[Notice]:
        """Everything that is wrong, each with the page that it is about."""
        found = [(one, page_of(one, self.edition)) for one in in_order(self.edition.errors)]
        found += [(one, page) for page, some in self._faults.items() for one in some]
        pattern = self.setup.editor
        return [
            Notice(one, page, editor_address(pattern, one.file, one.line, one.column))
            for one, page in found
        ]

    def tools(self, address: str) -> Tools:
        """What can be done with a page."""
        page = self.edition.pages.get(address)
        file = file_of(address, self.edition)
        can_be_copied = page and page.template in ("case.html", "publication.html")
        wechat = f"{WECHAT}{address.split('/')[2]}" if can_be_copied else ""
        return Tools(editor_address(self.setup.editor, file), wechat)

    async def wechat(self, id: str) -> str | None:
        """A page that copies a case or a publication for WeChat, as it will be published."""
        content, related = self.edition.content, self.edition.related
        options = Options(self.setup.now or datetime.now(UTC), drafts=True)

        def make() -> str | None:
            found = content and texts(plan(content, options, related, tolerant=True), id)
            return found.page if found else None

        return await asyncio.get_running_loop().run_in_executor(self._reader, make)

    # -- search ---------------------------------------------------------------------------

    def is_of_index(self, address: str) -> bool:
        return self._index.is_address(address)

    async def index_file(self, address: str) -> bytes | None:
        """A file of the search index (an address below search/), which is brought up before.

        Raises `ContentError` and OSError where it cannot be.
        """
        await self.bring_up_index()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._indexer, self._index.file, address)

    async def bring_up_index(self, executor: Executor | None = None) -> None:
        plan, loop = self.edition.plan, asyncio.get_running_loop()
        if plan:
            bring_up = self._index.bring_up
            await loop.run_in_executor(self._indexer, bring_up, plan.documents, executor)

    def close(self) -> None:
        """Wait for nothing."""
        for threads in (self._reader, self._indexer):
            threads.shutdown(wait=False, cancel_futures=True)


def _same(new: Page, old: Page) -> bool:
    prints = Fingerprints()
    return prints.of(new) == prints.of(old)


def _defect(error: Exception) -> Diagnostic:
    said = f"{type(error).__name__}: {error}"[:200]
    hint = "这是程序的缺陷，不是稿件的；加上 --debug 再预览一次，把终端里的经过发给开发者"
    return Diagnostic("B901", f"程序自身出错（{said}）", hint)
