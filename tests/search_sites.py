"""Sites to search in, a host for them that can fail in the ways hosts do, and things to ask."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

import opencc
from helpers import case, publication
from search_oracle import Oracle, read_oracle, split

from broadsheet.pipeline import Settings, build
from broadsheet.plan import Options
from broadsheet.search.answer import Ranking, Searcher
from broadsheet.search.layout import K1

ROOT = Path(__file__).resolve().parents[1]
SOURCES = {f"assets/{file.name}": file for file in (ROOT / "templates/assets").glob("*.js")}
TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css"}


# -- a host ---------------------------------------------------------------------------------------


@dataclass
class Host:
    """Serves `folder` below `base`, and has its own ideas about it.

    Paths of its settings are below search/, such as t/0.bin. Below assets/ are the sources of
    the scripts, too: published they are one file, and nobody can ask for a part of it.
    """

    folder: Path
    base: str = "/"
    url: str = ""
    forever: bool = False  # the index may be kept by caches, whatever becomes of it
    fails: Callable[[str], int] = lambda path: 0  # a status, or 1 for no answer at all
    old: dict[str, bytes] = field(default_factory=dict)  # what it gives in place of the file
    asked: list[str] = field(default_factory=list)  # since last cleared

    def answer(self, target: str) -> tuple[int, str, bytes]:
        """Status, type, body. A query string means nothing to this host."""
        path = unquote(target.partition("?")[0])
        name = path.removeprefix(f"{self.base}search/")
        inside = name and name != path
        if inside:
            self.asked.append(name)
            if status := self.fails(name):
                return status, "text/plain", b""
        inner = path.removeprefix(self.base)
        file = self.folder / inner / "index.html" if path[-1] == "/" else self.folder / inner
        if inner in SOURCES and path != inner:
            file = SOURCES[inner]
        if not path.startswith(self.base) or not file.is_file():
            return 404, "text/plain", b""
        kind = TYPES.get(file.suffix, "application/octet-stream")
        old = self.old.get(name) if inside else None
        return 200, kind, file.read_bytes() if old is None else old

    def keeps(self, target: str) -> bool:
        return self.forever and target.startswith(f"{self.base}search/") and target[-1] != "/"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    timeout = 30

    def do_GET(self) -> None:
        host = self.server.host
        status, kind, body = host.answer(self.path)
        if status == 1:
            self.close_connection = True
            return
        mark = f'"{hashlib.blake2b(body, digest_size=8).hexdigest()}"'
        if status == 200 and self.headers["If-None-Match"] == mark:
            status, body = 304, b""
        self.send_response_only(status)
        self.send_header("Content-Type", kind)
        self.send_header("ETag", mark)
        lasting = "max-age=31536000, immutable" if host.keeps(self.path) else "no-cache"
        self.send_header("Cache-Control", lasting)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # who asks waits for nobody
    host: Host

    def handle_error(self, *_: Any) -> None:
        pass  # a browser that left


@contextmanager
def hosted(folder: Path, base: str = "/") -> Iterator[Host]:
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.host = Host(folder, base, f"http://127.0.0.1:{server.server_port}{base}")
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server.host
        server.shutdown()


# -- sites ----------------------------------------------------------------------------------------


@dataclass
class Place:
    """A publication at `content`, built below `root`, on its host."""

    root: Path
    content: Path
    host: Host

    @cached_property
    def oracle(self) -> Oracle:
        return read_oracle(self.content, self.host.folder)

    @cached_property
    def searcher(self) -> Searcher:
        """It keeps what it has read, as the command that asks once has no reason to do."""
        searcher = Searcher(self.root / "search" / "index")
        opened = searcher._index.searcher(weighting=Ranking(B=0.0, K1=K1))
        searcher._index = SimpleNamespace(searcher=lambda **_: nullcontext(opened))
        return searcher

    def build(self) -> None:
        options = Options(base_url=self.host.url)
        build(Settings(self.content, self.host.folder, self.root, options, jobs=1))
        self.__dict__.pop("oracle", None)
        self.__dict__.pop("searcher", None)


@contextmanager
def placed(root: Path, content: Path | None = None, base: str = "/") -> Iterator[Place]:
    """Build and host `content`; without it the one in `root`."""
    with hosted(root / "site", base) as host:
        place = Place(root, content or root / "content", host)
        place.build()
        yield place


# -- small corpora with hard cases ----------------------------------------------------------------

# characters and pieces that act on each other, on folding or on the bounds of words
PIECES = [
    "人", "民", "大", "会", "0", "5", "G", "g", ".", "14486.59", "５", "Ｇ", "ａ", "醫", "医", "療", "臺",
    "台", "雲", "云", "乾", "后", "後", "𠮷", "𪚥", "㑮", "𫝈", "薴", "苧", "苎", "\U0002895b", "e\u0301", "é", "か\u3099", "が", "ｶﾞ", "·",
    "・", "，", "。", " ", "　", "A", "ab", "-", "…", "\u200b", "ß", "İ", "㎡", "①", "ﬁ", "〇", "ⅷ", "½", "😀", "（",
    "\u00ad", "\ufe0f", "́", "한", "한", "Σ", "\n",
]  # fmt: skip
BLOCKS = [
    "{0}\n\n{1}", "{0}\n{1}\n{2}", "- {0}\n- {1}\n  - {2}", "1. {0}\n2. {1}", "> {0}\n> {1}",
    "| {0} | {1} |\n|---|---|\n| {2} | {3} |", "{0}[^1]{1}\n\n[^1]: {2}", "## {0}\n\n{1}", "### {0}\n\n{1}",
    "## 建议\n\n{0}", "## 办理答复\n\n{0}", "{0}**{1}**{2}", "{0}[{1}](https://example.org/){2}", "`{0}`{1}",
    "```\n{0}\n{1}\n```", "{0}  \n{1}", "# {0}", "{0}~~{1}~~",
    "![{0}](a.png \"{1}\")", "![{0}](a.png)",
]  # fmt: skip
THEMES = ("economy", "livelihood", "ecology", "culture", "governance", "city")


PUBLICATIONS = {
    "yuhang": publication("余杭提案", region="余杭区", year=2024),
    "xiaoshan": publication("萧山提案", region="萧山区", year=2023),
    "bare": publication("提案"),
}


def small_corpus(
    alphabet: Sequence[str], random: Random, count: int = 24
) -> dict[str, str | bytes]:
    """Files of publications in which the same few pieces come again and again."""
    files: dict[str, str | bytes] = {}
    for name, text in PUBLICATIONS.items():
        files |= {f"content/{name}/index.md": text, f"content/{name}/a.png": PICTURE}
    for n in range(count):
        home = random.choice(list(PUBLICATIONS))
        files[f"content/{home}/{n:02d}.md"] = small_case(f"c{n}", alphabet, random)
    return files


PICTURE = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes((0, 0, 0, 3, 0, 0, 0, 2, 8, 2, 0, 0, 0))


def small_case(id_: str, alphabet: Sequence[str], random: Random) -> str:
    def text(most: int) -> str:
        return "".join(random.choices(alphabet, k=random.randint(1, most)))

    def name(most: int = 4) -> str:
        # a name is a line, and has something to be called by
        found = " ".join(text(most).split())
        return found if any(map(str.isalnum, found)) else "王" + found.replace("-", "")

    def some(most: int) -> list[str]:
        return [name() for _ in range(random.randint(0, most))]

    blocks = random.choices(BLOCKS, k=random.randint(1, 4))
    body = "\n\n".join(block.format(*(text(9) for _ in range(4))) for block in blocks)
    body = body.replace("[^1]", "[^1]" if body.count("[^1]:") == 1 else "")
    return case(
        id_,
        f"## 背景\n\n{text(30)}\n\n{body}\n",
        title=name(8),
        theme=random.choice(THEMES),
        kind=random.choice(["case", "speech"]),
        proposers=[name(), *some(2)],
        speaker=name(),
        hosts=[name(), *some(1)],
        co_hosts=some(1) or None,
        supervisors=[{"name": one} for one in some(1)] or None,
        keywords=some(2) or None,
        summary=random.choice([None, name(12)]),
        date=random.choice([None, "2023", "2024-05", "2024-05-06", "2022-01-31"]),
        ratings=random.choice([None, [{"round": 1, "grade": "B"}, {"round": 2, "grade": "A1"}]]),
    )


# -- what to ask ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """A query, and what it means: phrases that must be there, and others that must not."""

    text: str
    wanted: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()


_to_traditional = opencc.OpenCC("s2t").convert
_DASHES = re.compile(r"(?<!\w)[-－−]|[\"“”\x00-\x1f]")  # would mean something else in a query


def queries(oracle: Oracle, random: Random, count: int) -> list[Asked]:
    """Each kind of query in turn, about what is in the corpus or nearly so."""
    texts = [text for known in oracle.cases.values() for text in known.texts]
    kinds = [
        lambda ask: ask.plain(ask.piece(random.randint(1, 8))),
        lambda ask: ask.plain(ask.piece(random.randint(1, 3))),
        lambda ask: ask.plain(ask.word()),
        lambda ask: ask.plain(ask.word()[: random.randint(1, 4)]),
        lambda ask: ask.several(),
        lambda ask: ask.together(),
        lambda ask: ask.quoted(),
        lambda ask: ask.without(),
        lambda ask: ask.plain(_to_traditional(ask.piece(random.randint(1, 6)))),
        lambda ask: ask.plain(wide(ask.piece(random.randint(1, 6)))),
        lambda ask: ask.plain(ask.changed()),
        lambda ask: ask.plain(ask.spanning()),
        lambda ask: ask.plain("".join(split(ask.piece(8)))),
        lambda ask: ask.plain(ask.piece(60)),
        lambda ask: ask.plain(ask.mixed()),
        lambda ask: ask.plain(ask.piece(1) * random.randint(2, 5)),
        lambda ask: Asked(random.choice(["", "，。", "…", "·", "?!", "　", "（）"])),
        lambda ask: Asked(f"-{ask.safe(ask.word())}"),
    ]
    ask = _Asker(texts, random)
    return [kinds[n % len(kinds)](ask) for n in range(count)]


def wide(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" < c <= "~" and c != "-" else c for c in text)


@dataclass
class _Asker:
    texts: list[str]
    random: Random

    def safe(self, phrase: str) -> str:
        return _DASHES.sub(" ", phrase)

    def plain(self, phrase: str) -> Asked:
        phrase = self.safe(phrase)
        return Asked(phrase, (phrase,))

    def piece(self, length: int, text: str = "") -> str:
        text = text or self.random.choice(self.texts)
        start = self.random.randint(0, max(0, len(text) - length))
        return self.safe(text[start : start + length])

    def word(self) -> str:
        return self.random.choice(split(self.random.choice(self.texts)) or ["人"])

    def several(self) -> Asked:
        phrases = tuple(self.piece(self.random.randint(1, 4)) for _ in range(2))
        return Asked(self.random.choice([" ", "　", "，", "、", " ・ "]).join(phrases), phrases)

    def together(self) -> Asked:
        """Two or three pieces that one case is likely to have."""
        text = self.random.choice(self.texts)
        phrases = tuple(self.piece(2, text) for _ in range(self.random.randint(2, 3)))
        return Asked(" ".join(phrases), phrases)

    def quoted(self) -> Asked:
        phrase = self.piece(self.random.randint(1, 6))
        return Asked(self.random.choice(['"{}"', "“{}”", '"{}', '""{} ']).format(phrase), (phrase,))

    def without(self) -> Asked:
        wanted, unwanted = self.piece(self.random.randint(1, 2)), self.word()[:2]
        minus = self.random.choice(["-{}", "－{}", "−{}", '-"{}"', "-“{}”"]).format(unwanted)
        text = f"{minus} {wanted}" if self.random.random() < 0.5 else f"{wanted} {minus}"
        return Asked(text, (wanted,), (unwanted,))

    def changed(self) -> str:
        """Nearly a piece of the corpus: something left out, twice there, exchanged or replaced."""
        text = self.piece(self.random.randint(3, 6))
        at = self.random.randrange(max(1, len(text)))
        other = self.random.choice(self.random.choice(self.texts))
        return self.random.choice(
            [text[:at] + text[at + 1 :], text[:at] + text[at : at + 1] + text[at:], text[::-1],
             text[:at] + other + text[at + 1 :], text[:at] + other + text[at:]]
        )  # fmt: skip

    def spanning(self) -> str:
        """The end of one text and the beginning of the next."""
        at = self.random.randrange(len(self.texts))
        before, after = self.texts[at], self.texts[(at + 1) % len(self.texts)]
        return before[-self.random.randint(1, 3) :] + after[: self.random.randint(1, 3)]

    def mixed(self) -> str:
        """A number, or letters, with what stands around them."""
        text = self.random.choice(self.texts)
        found = list(re.finditer(r"[A-Za-z0-9.]+", text))
        if not found:
            return self.piece(4, text)
        start, end = self.random.choice(found).span()
        return text[max(0, start - self.random.randint(0, 2)) : end + self.random.randint(0, 2)]
