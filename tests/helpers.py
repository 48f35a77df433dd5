"""Small sites for tests: write one, build it, look at what came out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from patience import LIMIT

from broadsheet import pipeline
from broadsheet.check.run import check_folder
from broadsheet.diagnostics import ContentError, Diagnostic
from broadsheet.plan import Options

ROOT = Path(__file__).resolve().parents[1]
NOW = datetime(2026, 1, 1, tzinfo=UTC)
SITE_YAML = "base_url: https://example.org/\n"

# a picture of 3 × 2 pixels, as far as anyone looks at its head
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes((0, 0, 0, 3, 0, 0, 0, 2, 8, 2, 0, 0, 0))


# -- writing --------------------------------------------------------------------------------------


def case(id: str = "a", body: str = "一段正文。\n", **fields: Any) -> str:
    """The text of a case file: `id` in line 2, `kind` 3, `title` 4, `theme` 5, `proposers` 6,
    `hosts` 7, then `fields` in their order. A field of None is left out.
    """
    matter = {
        "id": id,
        "kind": "case",
        "title": f"关于{id}的建议",
        "theme": "economy",
        "proposers": ["王芳"],
        "hosts": ["区科技局"],
    } | fields
    lines = [
        f"{k}: {json.dumps(v, ensure_ascii=False)}" for k, v in matter.items() if v is not None
    ]
    return "\n".join(["---", *lines, "---", "", body])


def raw_case(*lines: str, body: str = "一段正文。\n") -> str:
    """A case file whose front matter is `lines` as they stand, the first being line 2."""
    return "\n".join(["---", *lines, "---", "", body])


def publication(title: str = "某刊", body: str = "", **fields: Any) -> str:
    lines = [f"{k}: {json.dumps(v, ensure_ascii=False)}" for k, v in fields.items()]
    return "\n".join(["---", f"title: {title}", *lines, "---", "", body])


def many(count: int, start: int = 1, **fields: Any) -> dict[str, str]:
    """`count` cases of one publication, a day apart."""
    return {
        f"content/p/{n:03d}-c{n}.md": case(
            f"c{n}", date=f"{2000 + n // 300}-{n // 28 % 10 + 1:02d}-{n % 28 + 1:02d}", **fields
        )
        for n in range(start, start + count)
    }


def make_site(root: Path, files: Mapping[str, str | bytes], site: str | None = SITE_YAML) -> Path:
    """Write `files` below `root`, and content/site.yaml unless `site` is None; returns `root`."""
    if site is not None:
        files = {"content/site.yaml": site, **files}
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return root


# -- building -------------------------------------------------------------------------------------


def build(
    root: Path,
    *,
    output: str = "site",
    jobs: int = 1,
    clean: bool = False,
    now: datetime = NOW,
    drafts: bool = False,
    base_url: str = "",
) -> pipeline.Report:
    """Build `root`/content into `root`/`output`, in this process."""
    options = Options(now=now, drafts=drafts, base_url=base_url)
    return pipeline.build(
        pipeline.Settings(root / "content", root / output, root, options, jobs, clean)
    )


def problems(root: Path, **options: Any) -> list[Diagnostic]:
    """Everything a build of `root` has to say, errors and warnings."""
    try:
        return list(build(root, **options).diagnostics)
    except ContentError as error:
        return list(error.diagnostics)


def problem(root: Path, code: str, **options: Any) -> Diagnostic:
    """The one problem with this code; fails when there is none, or more than one."""
    found = problems(root, **options)
    (only,) = [diagnostic for diagnostic in found if diagnostic.code == code] or [None]
    assert only, f"no {code} in {found}"
    return only


def codes(root: Path, **options: Any) -> list[str]:
    return [diagnostic.code for diagnostic in problems(root, **options)]


def checked(root: Path, now: datetime = NOW) -> list[Diagnostic]:
    """Everything that `check` has to say of `root`."""
    found = check_folder(root / "content", root, Options(now=now), lambda step, done, total: None)
    return list(found.diagnostics)


def command(
    *arguments: str | Path,
    cwd: Path = ROOT,
    env: Mapping[str, str] | None = None,
    text: bool = True,
) -> subprocess.CompletedProcess[Any]:
    """The real command, in a process of its own."""
    return subprocess.run(
        [sys.executable, str(ROOT / "build.py"), *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=text,
        timeout=LIMIT,
        check=False,
    )


# -- looking --------------------------------------------------------------------------------------


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below `folder`, by its path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def changed(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> set[str]:
    """Paths that are new, gone or different."""
    return {p for p in before.keys() | after.keys() if before.get(p) != after.get(p)}


def page(root: Path, address: str, output: str = "site") -> str:
    """The source of the page at `address`."""
    file = address.lstrip("/") + ("index.html" if address.endswith("/") else "")
    return (root / output / file).read_text("utf-8")


def exists(root: Path, address: str) -> bool:
    return (root / "site" / (address.lstrip("/") + "index.html")).is_file()


VOID = {"meta", "link", "img", "br", "hr", "wbr", "input", "source", "col", "area"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    parent: Element | None = None
    children: list[Element | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(c if isinstance(c, str) else c.text for c in self.children)

    def all(self, tag: str = "", **attributes: str) -> list[Element]:
        """Elements below this one with that tag and those attributes, in document order."""
        return list(self._all(tag, attributes))

    def _all(self, tag: str, attributes: dict[str, str]) -> Iterator[Element]:
        for child in self.children:
            if isinstance(child, Element):
                wanted = {name.rstrip("_"): value for name, value in attributes.items()}
                if tag in ("", child.tag) and wanted.items() <= child.attributes.items():
                    yield child
                yield from child._all(tag, attributes)

    def one(self, tag: str = "", **attributes: str) -> Element:
        (only,) = self.all(tag, **attributes)
        return only

    def ids(self) -> list[str]:
        return [e.attributes["id"] for e in self.all() if "id" in e.attributes]

    def hrefs(self) -> list[str]:
        return [e.attributes["href"] for e in self.all("a")]


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = self.here = Element("", {})

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> has an attribute twice: {attrs}"
        element = Element(tag, {name: value or "" for name, value in attrs}, self.here)
        self.here.children.append(element)
        if tag not in VOID:
            self.here = element

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in VOID, f"<{tag}/> is no element of its own"
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.here.tag == tag, f"</{tag}> closes <{self.here.tag}>, line {self.getpos()[0]}"
        assert self.here.parent
        self.here = self.here.parent

    def handle_data(self, data: str) -> None:
        self.here.children.append(data)


def parse(html: str) -> Element:
    """HTML as a tree; fails when elements do not nest."""
    parser = _Parser()
    parser.feed(html)
    parser.close()
    assert parser.here is parser.root, f"<{parser.here.tag}> is never closed"
    return parser.root


def parsed(root: Path, address: str) -> Element:
    return parse(page(root, address))


def prose(root: Path, address: str = "/cases/a/") -> Element:
    """What a case page shows of the body."""
    return parsed(root, address).one("div", class_="prose")


def json_ld(html: Element) -> list[dict[str, Any]]:
    return json.loads(html.one("script", type="application/ld+json").text)  # type: ignore[no-any-return]


def assert_links_resolve(site: Path, base: str = "/") -> int:
    """Every address inside the site, on every page, starts with `base` and leads to a file and an
    anchor that exist. Returns how many were looked at.
    """
    pages = {path: parse(path.read_text("utf-8")) for path in site.rglob("*.html")}
    ids = {path: set(html.ids()) for path, html in pages.items()}
    seen = 0
    for path, html in pages.items():
        place = base + path.relative_to(site).as_posix().removesuffix("index.html")
        for element in html.all():
            for name in ("href", "src"):
                target = element.attributes.get(name)
                if target is None or urlsplit(target).scheme:
                    continue
                assert target.startswith(("#", base)), f"{place} leads out of {base}: {target}"
                address, _, anchor = urljoin(place, target).partition("#")
                file = site / unquote(address.partition("?")[0][len(base) :])
                file = file / "index.html" if address.endswith("/") else file
                assert file.is_file(), f"{place} leads nowhere: {target}"
                if anchor:
                    assert unquote(anchor) in ids[file], f"{place}: no such anchor: {target}"
                seen += 1
    return seen
