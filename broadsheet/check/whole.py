"""The rules that look at all cases at once: likeness, names, totals, and what awaits review."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

from broadsheet import frontmatter
from broadsheet.check import sums
from broadsheet.check.findings import AS_PRINTED, Finding
from broadsheet.check.names import (
    Likeness,
    Name,
    Path,
    looks_like_a_unit,
    similar_people,
    similar_units,
)
from broadsheet.check.similar import nearly_the_same, similar_titles
from broadsheet.check.single import Paragraph
from broadsheet.check.source import open_source
from broadsheet.diagnostics import Diagnostic, did_you_mean
from broadsheet.entities import Registry, registry
from broadsheet.frontmatter import FrontMatterError, Positions
from broadsheet.models import WordList
from broadsheet.read import Case, Content
from broadsheet.scan import display
from broadsheet.textfile import read_text

Located = tuple[Case, Path, str]  # a case, the way to a value, the value


def compare_cases(
    content: Content, words: WordList, paragraphs: Sequence[Paragraph]
) -> Iterator[Finding]:
    """All findings of these rules."""
    regions = {one.id: one.front.region or "" for one in content.publications}
    yield from _titles(content, regions)
    yield from _paragraphs(content, paragraphs)
    yield from _people(content, words, regions)
    yield from _units(content, words, regions)
    yield from _totals(content)
    yield from _reviews(content)


def _at(content: Content, file: str, path: Path, code: str, message: str, hint: str) -> Finding:
    """A finding at a value of front matter."""
    place = (0, 0, "")
    with suppress(FrontMatterError):  # the file may have gone since it was read
        head = frontmatter.split(read_text(content.folder / file))[0]
        place = Positions(head).locate(path)
    return Finding(Diagnostic(code, message, hint, display(content.folder / file), *place))


def _where(content: Content, file: str, path: Path = ()) -> str:
    """`file:line`, for a message about two places."""
    shown = display(content.folder / file)
    with suppress(FrontMatterError):
        head = frontmatter.split(read_text(content.folder / file))[0]
        return f"{shown}:{Positions(head).locate(path)[0]}"
    return shown


# -- B811, B812 -----------------------------------------------------------------------------------


def _titles(content: Content, regions: dict[str, str]) -> Iterator[Finding]:
    """Like titles in one region, or where no region is known; replies have a proposal's title."""
    groups: dict[tuple[str, bool], list[Case]] = defaultdict(list)
    for case in content.cases:
        home = regions.get(case.publication, "")
        groups[home, case.front.kind == "reply"].append(case)
    for cases in groups.values():
        told = set()
        for first, second, same in similar_titles([case.front.title for case in cases]):
            one, other = cases[first], cases[second]
            if second in told:
                continue
            told.add(second)
            message = f"标题和 {_where(content, one.file, ('title',))} 的" + (
                "一样" if same else f"几乎一样：“{one.front.title}”"
            )
            hint = (
                "看看是不是同一件收了两次；确是两件的，"
                "写进词表 wordlist.yaml 的 accepted，以后不再提示"
            )
            yield _at(content, other.file, ("title",), "B811", message, hint)


def _paragraphs(content: Content, paragraphs: Sequence[Paragraph]) -> Iterator[Finding]:
    for pair in nearly_the_same([one.letters for one in paragraphs]):
        first, second = paragraphs[pair.first], paragraphs[pair.second]
        sources = [
            open_source(content.folder / one.path, display(content.folder / one.path),
                "body" if one.path == "about.md" else "md",
            )
            for one in (first, second)
        ]  # fmt: skip
        if not sources[0] or not sources[1]:
            continue
        line = sources[0].place(first.offset)[0]
        here = first.path == second.path
        where = f"第 {line} 行" if here else f"{sources[0].file}:{line} "
        message = f"这一段和{where}的几乎一样，有 {pair.shared} 个字相同"
        hint = f"多半是粘贴了两次，或抄原文时串了行；对照原文改正，{AS_PRINTED}"
        yield Finding(sources[1].told("B812", second.offset, message, hint))


# -- B813 to B815 ---------------------------------------------------------------------------------


def _gather(values: Iterable[Located], content: Content, regions: dict[str, str]) -> list[Name]:
    """The names among `values`, each once a region."""
    names: dict[tuple[str, str], Name] = {}
    position = {case.file: n for n, case in enumerate(content.cases)}
    for case, path, text in values:
        region = regions.get(case.publication, "")
        place = position[case.file]
        name = names.setdefault((region, text), Name(text, region, first=(place, path)))
        name.count += 1
        name.cases.append(place)
    return list(names.values())


def _persons(content: Content) -> Iterator[Located]:
    for case in content.cases:
        for n, proposer in enumerate(case.front.proposers):
            if proposer.type in (None, "person"):
                yield case, ("proposers", n, "name"), proposer.name
        proposers = {proposer.name for proposer in case.front.proposers}
        if case.front.speaker and case.front.speaker not in proposers:
            yield case, ("speaker",), case.front.speaker
        for n, supervisor in enumerate(case.front.supervisors):
            yield case, ("supervisors", n, "name"), supervisor.name


def _hosts(content: Content) -> Iterator[Located]:
    for case in content.cases:
        for key in ("hosts", "co_hosts"):
            for n, unit in enumerate(getattr(case.front, key)):
                yield case, (key, n), unit
        if case.front.reply and case.front.reply.unit:
            yield case, ("reply", "unit"), case.front.reply.unit


def _registries(content: Content) -> tuple[Registry, Registry]:
    ids = {case.front.id for case in content.cases}
    return registry("people", content.people, ids)[0], registry("units", content.units, ids)[0]


def _people(content: Content, words: WordList, regions: dict[str, str]) -> Iterator[Finding]:
    names = _gather(_persons(content), content, regions)
    posts: dict[tuple[str, str], set[str]] = defaultdict(set)
    for case in content.cases:
        for supervisor in case.front.supervisors:
            if supervisor.post:
                region = regions.get(case.publication, "")
                posts[region, supervisor.name].add(supervisor.post)
    for name in names:
        name.posts = posts[name.region, name.text]
    known, _ = _registries(content)
    leaders = {leader.name for leader in words.people}
    for found in similar_people(names, known):
        if {found.rare.text, found.usual.text} <= leaders:
            continue
        case = content.cases[found.usual.first[0]]
        where = _where(content, case.file, found.usual.first[1])
        message = f"“{found.rare.text}”和“{found.usual.text}”（{where}）{found.reason}"
        hint = (
            "核对是不是同一位：是，就改成一样，不然网站会给他两个页面；"
            "不是，就在 people.yaml 里给其中一位写一条"
        )
        yield _likeness(content, found, "B813", message, hint)


def _units(content: Content, words: WordList, regions: dict[str, str]) -> Iterator[Finding]:
    names = _gather(_hosts(content), content, regions)
    _, known = _registries(content)
    for found in similar_units(names, known):
        rare, usual = found.rare, found.usual
        message = (
            f"“{rare.text}”（{rare.count} 处）和“{usual.text}”（{usual.count} 处）"
            f"像是同一个单位，{found.reason}"
        )
        same = rare.count == usual.count and len(rare.text) == len(usual.text)
        better = "一种写法" if same else f"“{usual.text}”"
        hint = (
            f"统一成{better}，或在 units.yaml 里把“{rare.text}”写成它的 aliases，"
            "不然网站会当作两个单位；确是两个的，各写一条"
        )
        yield _likeness(content, found, "B814", message, hint)
    listed = {*words.units}
    for rule in content.units:
        listed |= {rule.name, *rule.aliases}
    proposers = {p.name for case in content.cases for p in case.front.proposers if p.type is None}
    for name in names:
        file, path = content.cases[name.first[0]].file, name.first[1]
        if name.text in listed:
            continue
        if not looks_like_a_unit(name.text) or (len(name.text) < 4 and name.text in proposers):
            message = f"“{name.text}”不像是单位的名称"
            hint = (
                "网站会给它单独一页。看看是不是人名写错了地方，或名称没有写全；"
                "确是单位的，写进词表 wordlist.yaml 的 units"
            )
            yield _at(content, file, path, "B815", message, hint)
        elif words.units:
            guess = did_you_mean(name.text, listed)
            message = f"词表的 units 里没有“{name.text}”"
            hint = f"是不是“{guess}”？" if guess else "核对名称；没有错就补进词表"
            yield _at(content, file, path, "B815", message, hint)


def _likeness(content: Content, found: Likeness, code: str, message: str, hint: str) -> Finding:
    position, path = found.rare.first
    return _at(content, content.cases[position].file, path, code, message, hint)


# -- B821 to B831 ---------------------------------------------------------------------------------


def _totals(content: Content) -> Iterator[Finding]:
    collected: dict[str, int] = defaultdict(int)
    for case in content.cases:
        collected[case.publication] += 1
    unread = {broken.file.rpartition("/")[0] for broken in content.broken}
    for publication in content.publications:
        front, file = publication.front, publication.file
        folder = file.rpartition("/")[0]
        declared, count = front.declared_total, collected[publication.id]
        if (
            declared
            and declared != count
            and not any(one == folder or one.startswith(f"{folder}/") for one in unread)
        ):
            message = f"原文说共{declared}件，这里收录了{count}件"
            if count < declared:
                hint = (
                    "页面上会照实写明。还有没收的就补上；只收这些的，"
                    "写进词表 wordlist.yaml 的 accepted，以后不再提示"
                )
            else:
                hint = "比原文说的还多：核对 declared_total，看看有没有收重或放错了文件夹"
            yield _at(content, file, ("declared_total",), "B821", message, hint)
        for position, message in sums.of_figures(front.figures):
            hint = f"网站照写的登，不会改。对照原文：抄错的改正，{AS_PRINTED}"
            yield _at(content, file, ("figures", position), "B822", message, hint)


def _reviews(content: Content) -> Iterator[Finding]:
    for case in content.cases:
        for n, item in enumerate(case.front.needs_review):
            text = "，".join(item.values()) if isinstance(item, dict) else item
            message = f"待核对：{text}"
            hint = "对照原稿核对，改好后把这一条从 needs_review 里删去"
            yield _at(content, case.file, ("needs_review", n), "B831", message, hint)
