"""Read: the content folder to cases, publications and the site, or to every problem in it.

All files are read before anything is reported, so an editor sees all problems in one run.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from pydantic import BaseModel

from broadsheet import frontmatter
from broadsheet.cards import Card, card_of
from broadsheet.diagnostics import ContentError, Diagnostic, did_you_mean, has_errors, in_order
from broadsheet.frontmatter import FrontMatterError, Positions
from broadsheet.headlines import with_breaks
from broadsheet.jobs import POOL_PAYS, spread
from broadsheet.markdown import Body, Link, parse, read_body
from broadsheet.media import Media, find_media
from broadsheet.memory import Known, Packed, Spool
from broadsheet.models import (
    BLANK,
    REQUIRED_BY_KIND,
    EntityRule,
    EntityRules,
    FrontMatter,
    PublicationMatter,
    SiteMatter,
    SynonymGroups,
)
from broadsheet.scan import Files, SourceFile, arrange, display, list_files, printable
from broadsheet.search.folding import fold, words
from broadsheet.slugs import pinyin
from broadsheet.textfile import read_text
from broadsheet.trees import Stamp, settled

NO_BODY = Body()
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]+")
_BETWEEN_NAMES = re.compile("[，、；,;]")

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Case:
    """One case file: its card, and the rest packed. `file` is relative to the content folder."""

    card: Card
    file: str
    publication: str
    media: dict[str, Media]  # by target, as written
    links: tuple[Link, ...]
    digest: bytes  # of all that it was read from
    packed: Packed = field(compare=False, repr=False)

    @property
    def front(self) -> FrontMatter:
        return _front_of(self.packed)

    @property
    def body(self) -> Body:
        return body_of(self.packed)


@lru_cache(maxsize=32)  # a page asks for it again and again
def _front_of(packed: Packed) -> FrontMatter:
    front: FrontMatter = pickle.loads(pickle.loads(bytes(packed))[0])  # noqa: S301
    return front


def body_of(packed: Packed) -> Body:
    """The body of a packed case."""
    body: Body = pickle.loads(pickle.loads(bytes(packed))[1])  # noqa: S301
    return body


def _packed(*parts: object) -> bytes:
    """Packed apart: search has no use for front matter."""
    some = tuple([pickle.dumps(part, pickle.HIGHEST_PROTOCOL) for part in parts])
    return pickle.dumps(some, pickle.HIGHEST_PROTOCOL)


@dataclass(frozen=True, slots=True)
class Broken:
    """A case file with errors; links to it are not called dead."""

    file: str
    id: str = ""


@dataclass(frozen=True, slots=True)
class Publication:
    """One collection of cases. `file` is empty where there is no index.md."""

    id: str
    front: PublicationMatter
    body: Body = NO_BODY
    file: str = ""
    media: dict[str, Media] = field(default_factory=dict)

    @property
    def links(self) -> tuple[Link, ...]:
        return self.body.links


@dataclass(frozen=True, slots=True)
class Text:
    """A Markdown file without front matter: content/about.md."""

    body: Body = NO_BODY
    file: str = "about.md"
    media: dict[str, Media] = field(default_factory=dict)

    @property
    def links(self) -> tuple[Link, ...]:
        return self.body.links


Source = Case | Publication | Text  # what has a body


@dataclass(frozen=True, slots=True)
class Content:
    """Everything under the content folder; cases in the order of their files."""

    folder: Path
    site: SiteMatter
    about: Text
    publications: tuple[Publication, ...]
    cases: tuple[Case, ...]
    people: tuple[EntityRule, ...] = ()
    units: tuple[EntityRule, ...] = ()
    broken: tuple[Broken, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    known: dict[str, Known] = field(default_factory=dict)  # what need not be read again
    fresh: tuple[str, ...] = ()  # case files that have been read now


def read(
    folder: Path,
    executor: Executor | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
    known: Mapping[str, Known] = MappingProxyType({}),
    files: Files | None = None,
) -> Content:
    """Read `folder`; case files are spread over `executor` if there is one.

    `progress` is told how many of how many case files have been read. Cases that are `known` from
    an earlier run, and whose files are what they were, are not read. `files` are those of the
    folder, where somebody has looked already.

    What is wrong stands in `diagnostics`, errors too: the planner adds what it finds, so that one
    run tells all. Raises `ContentError` only where nothing further can be told: no content folder,
    or a site.yaml that cannot be understood.
    """
    if not folder.is_dir():
        hint = "用 --content 指明稿件文件夹，或在有 content/ 的文件夹里运行"
        raise ContentError([Diagnostic("B104", "找不到稿件文件夹", hint, display(folder))])
    files = files or list_files(folder)
    found = list(files.diagnostics)
    site = _read_yaml(folder, "site.yaml", SiteMatter, files, found)
    unclear = site is None and "site.yaml" in files.paths  # nobody knows which themes there are
    site = site or SiteMatter.model_validate({})
    themes = () if unclear else tuple((theme.id, theme.name) for theme in site.themes)
    arranged = arrange(frozenset(files.paths), themes)
    found += (replace(d, file=display(folder / d.file)) for d in arranged.diagnostics)
    if not arranged.cases:
        hint = "每个案例一个 .md 文件，放在 content/<刊次>/ 里；手册里有第一个案例的写法"
        found.append(Diagnostic("B104", "稿件文件夹里没有案例", hint, display(folder)))
    origin = hashlib.blake2b(repr(themes).encode(), digest_size=16).digest()
    kept = {
        file.path: one
        for file in arranged.cases
        if (one := known.get(file.path))
        and one.origin == (file.publication, file.theme_folder, origin)
        and one.holds(files.stamps)
    }
    fresh = [file for file in arranged.cases if file.path not in kept]
    made: list[tuple[Case | Broken, list[Diagnostic]]] = []
    spool = Spool() if len(fresh) >= POOL_PAYS else None
    if executor and spool:
        _load_what_workers_share()
    for part in spread(read_cases, fresh, executor, os.fspath(folder), themes):
        made += _put_away(part, spool) if spool else part
        progress(len(kept) + len(made), len(arranged.cases))
    by_path: dict[str, Case | Broken] = {path: _recalled(path, one) for path, one in kept.items()}
    for file, (case, problems) in zip(fresh, made, strict=True):
        by_path[file.path] = case
        found += problems
        if isinstance(case, Case) and not problems and (stamps := _stamps(case, files)):
            told = case.card, case.media, case.links, case.digest
            depends = file.publication, file.theme_folder, origin
            kept[file.path] = Known(stamps, depends, told, case.packed)
    everything = [by_path[file.path] for file in arranged.cases]
    cases = [case for case in everything if isinstance(case, Case)]
    broken = [case for case in everything if isinstance(case, Broken)]
    if unclear:
        raise ContentError(in_order(found))
    publications = tuple(
        _read_publication(folder, id_, path, arranged.indexes.get(path, ""), site.title, found)
        for id_, path in arranged.folders.items()
    )
    content = Content(
        folder,
        site,
        _read_about(folder, files, found),
        publications,
        tuple(cases),
        _read_rules(folder, "people.yaml", files, found),
        _read_rules(folder, "units.yaml", files, found),
        tuple(broken),
        known=kept,
        fresh=tuple(file.path for file in fresh),
    )
    found += _duplicates(content)
    return replace(content, diagnostics=tuple(found))


def _load_what_workers_share() -> None:
    """Dictionaries and models of language, which this process needs as well as those it forks."""
    pinyin("提案")
    with_breaks("提案")
    parse("提案")


# -- cases ----------------------------------------------------------------------------------------


def _recalled(path: str, known: Known) -> Case:
    card, media, links, digest = known.told
    return Case(card, path, known.origin[0], media, links, digest, known.packed)


def _put_away(
    part: Sequence[tuple[Case | Broken, list[Diagnostic]]], spool: Spool
) -> Iterator[tuple[Case | Broken, list[Diagnostic]]]:
    """With what is packed in a file."""
    packed = iter(spool.put([case.packed for case, _ in part if isinstance(case, Case)]))
    for case, problems in part:
        yield replace(case, packed=next(packed)) if isinstance(case, Case) else case, problems


def _stamps(case: Case, files: Files) -> tuple[tuple[str, Stamp], ...]:
    """The files that a case came from; none where a change of one might go unseen."""
    paths = (case.file, *(medium.path for medium in case.media.values()))
    stamps = tuple((path, files.stamps[path]) for path in paths if path in files.stamps)
    sure = len(stamps) == len(paths) and all(settled(one, files.moment) for _, one in stamps)
    return stamps if sure else ()


def read_cases(
    files: Sequence[SourceFile], folder: str, themes: Sequence[tuple[str, str]]
) -> list[tuple[Case | Broken, list[Diagnostic]]]:
    """Read one partition of case files (this is what runs in a worker)."""
    top = Path(folder)
    return [read_case(top, file, themes) for file in files]


def read_case(
    folder: Path, file: SourceFile, themes: Sequence[tuple[str, str]]
) -> tuple[Case | Broken, list[Diagnostic]]:
    """One case file, with every problem in it; `Broken` if any of them is an error."""
    path = folder / file.path
    try:
        text = read_text(path)
        head, body_text, body_line = frontmatter.split(text)
    except FrontMatterError as error:
        return Broken(file.path), [replace(d, file=display(path)) for d in error.diagnostics]
    problems: list[Diagnostic] = []
    front, id_ = None, ""
    try:
        raw = frontmatter.parse(head)
        id_ = str(raw.get("id", ""))
        if file.theme_folder and raw.get("theme") in BLANK:
            raw["theme"] = file.theme_folder
        problems += _check_case(raw, head, themes)
        front = frontmatter.validate(FrontMatter, raw, head)
    except FrontMatterError as error:
        problems += error.diagnostics
    found = [replace(problem, file=display(path)) for problem in problems]
    body, media = _read_body(folder, file.path, body_text, body_line, found)
    if front is None or has_errors(found):
        return Broken(file.path, id_), found
    headline = with_breaks(front.title, (*front.keywords, *front.hosts))
    origin = repr((file, media)).encode("utf-8", "surrogatepass") + text.encode()
    digest = hashlib.blake2b(origin, digest_size=16).digest()
    place = file.path, file.publication
    card = card_of(front, body, headline, place)
    return Case(card, *place, media, body.links, digest, _packed(front, body)), found


def _check_case(
    raw: dict[str, Any], head: str, themes: Sequence[tuple[str, str]]
) -> Iterator[Diagnostic]:
    """What the types alone cannot tell: needed for this kind, known theme, one name an entry."""
    kind, theme = raw.get("kind"), raw.get("theme")
    for key in REQUIRED_BY_KIND.get(kind, ()) if isinstance(kind, str) else ():  # type: ignore[call-overload]
        if raw.get(key) in (*BLANK, []):
            line, column, excerpt = Positions(head).locate(("kind",))
            about = FrontMatter.model_fields[key].description
            hint = f"补上一行 {key}: ……（{about}）"
            message = f"缺少 {key}，{kind} 类的案例都要写"
            yield Diagnostic("B302", message, hint, "", line, column, excerpt)
    if themes and isinstance(theme, str) and theme not in BLANK:
        ids = [id_ for id_, _ in themes]
        if theme not in ids:
            line, column, excerpt = Positions(head).locate(("theme",))
            by_name = {name: id_ for id_, name in themes}
            guess = by_name.get(theme) or did_you_mean(theme, ids)
            listed = "、".join(f"{id_}（{name}）" for id_, name in themes)
            hint = f"是不是 {guess}？" if guess else f"可以写：{listed}"
            yield Diagnostic("B304", f"没有“{theme}”这个主题", hint, "", line, column, excerpt)
    for key in ("proposers", "hosts", "co_hosts", "supervisors"):
        value = raw.get(key)
        for index, name in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(name, str) and _BETWEEN_NAMES.search(name):
                path = (key, index) if isinstance(value, list) else (key,)
                line, column, excerpt = Positions(head).locate(path)
                message = f"“{name}”像是几个名字写在了一起"
                hint = f"一个一项，用英文逗号分开：{key}: [甲, 乙]"
                yield Diagnostic("B305", message, hint, "", line, column, excerpt)


def read_synonyms(folder: Path) -> tuple[tuple[str, ...], ...]:
    """The groups of search/synonyms.yaml, folded; none where there is no such file.

    Raises `ContentError`.
    """
    path = folder / "synonyms.yaml"
    if not path.is_file():
        return ()
    try:
        text = read_text(path)
        groups = frontmatter.validate(SynonymGroups, frontmatter.parse(text), text).groups
    except FrontMatterError as error:
        raise ContentError([replace(d, file=display(path)) for d in error.diagnostics]) from None
    folded = (tuple(dict.fromkeys(" ".join(words(fold(word))) for word in one)) for one in groups)
    return tuple(group for group in folded if len(group) > 1)


# -- everything else in the folder ----------------------------------------------------------------


def _read_yaml(
    folder: Path, name: str, model: type[Model], files: Files, found: list[Diagnostic]
) -> Model | None:
    if name not in files.paths:
        return None
    try:
        text = read_text(folder / name)
        return frontmatter.validate(model, frontmatter.parse(text), text)
    except FrontMatterError as error:
        found += (replace(d, file=display(folder / name)) for d in error.diagnostics)
        return None


def _read_rules(
    folder: Path, name: str, files: Files, found: list[Diagnostic]
) -> tuple[EntityRule, ...]:
    rules = _read_yaml(folder, name, EntityRules, files, found)
    return rules.entries if rules else ()


def _read_publication(
    folder: Path, id_: str, path: str, index: str, site_title: str, found: list[Diagnostic]
) -> Publication:
    """The publication in the folder `path`; `index` is its index.md, or empty."""
    default = PublicationMatter(title=printable(path) or site_title)
    if not index:
        return Publication(id_, default)
    try:
        head, body_text, body_line = frontmatter.split(read_text(folder / index))
        front = frontmatter.validate(PublicationMatter, frontmatter.parse(head), head)
    except FrontMatterError as error:
        found += (replace(d, file=display(folder / index)) for d in error.diagnostics)
        return Publication(id_, default, file=index)
    body, media = _read_body(folder, index, body_text, body_line, found)
    return Publication(id_, front, body, index, media)


def _read_about(folder: Path, files: Files, found: list[Diagnostic]) -> Text:
    source = folder / "about.md"
    if "about.md" not in files.paths:
        return Text()
    try:
        text = read_text(source)
    except FrontMatterError as error:
        found += (replace(d, file=display(source)) for d in error.diagnostics)
        return Text()
    body, media = _read_body(folder, "about.md", text, 1, found)
    return Text(body, "about.md", media)


def _read_body(
    folder: Path, file: str, text: str, first_line: int, found: list[Diagnostic]
) -> tuple[Body, dict[str, Media]]:
    body, problems = read_body(_CONTROL.sub("", text), first_line)
    media, missing = find_media(folder, file, body.links)
    found += (replace(d, file=display(folder / file)) for d in (*problems, *missing))
    return body, media


def _duplicates(content: Content) -> Iterator[Diagnostic]:
    cases = content.cases
    for position, key, other in _again([case.card.id for case in cases]):
        message = f"编号 {key} 已经用在 {display(content.folder / cases[other].file)}"
        hint = "每个案例的 id 各不相同，换一个"
        yield locate(content, cases[position], "id", "B401", message, hint)
    cases = tuple(case for case in cases if case.card.number)
    for position, key, other in _again([(case.publication, case.card.number) for case in cases]):
        message = f"提案号 {key[1]} 已经用在 {display(content.folder / cases[other].file)}"
        hint = "同一刊次里提案号不重复；并案的写进 merged_numbers"
        yield locate(content, cases[position], "number", "B402", message, hint)


def _again(keys: Sequence[Any]) -> Iterator[tuple[int, Any, int]]:
    """Each key that stood there before: its position, the key, its first position."""
    if len(set(keys)) == len(keys):
        return
    first: dict[Any, int] = {}
    for position, key in enumerate(keys):
        if first.setdefault(key, position) != position:
            yield position, key, first[key]


def locate(
    content: Content, case: Case, key: str, code: str, message: str, hint: str
) -> Diagnostic:
    """A diagnostic at a field of a case that was read without fault."""
    path = content.folder / case.file
    place = (0, 0, "")
    with suppress(FrontMatterError):  # the file may have gone since it was read
        place = Positions(frontmatter.split(read_text(path))[0]).locate((key,))
    return Diagnostic(code, message, hint, display(path), *place)


def locate_rule(content: Content, kind: str, position: int, message: str, hint: str) -> Diagnostic:
    """A diagnostic at an entry of people.yaml or units.yaml."""
    path = content.folder / f"{kind}.yaml"
    place = (0, 0, "")
    with suppress(FrontMatterError):
        place = Positions(read_text(path)).locate(("entries", position))
    return Diagnostic("B404", message, hint, display(path), *place)
