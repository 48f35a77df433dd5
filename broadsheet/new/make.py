"""Make something new: look what is there, fill in a form, put it in its place.

Each function returns what it made, and raises `ContentError` when it made nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from broadsheet import frontmatter
from broadsheet.diagnostics import ContentError, Diagnostic, did_you_mean
from broadsheet.folders import template_folders
from broadsheet.frontmatter import FrontMatterError
from broadsheet.models import ID_PATTERN, KIND_NAMES, FrontMatter, Kind, PublicationMatter, Record
from broadsheet.new import editors, forms, numbering
from broadsheet.new.place import alone_in, create, create_folder, is_free
from broadsheet.new.survey import Known, Survey, choose_publication, find_content, survey
from broadsheet.publish import why_not_written
from broadsheet.scan import display
from broadsheet.slugs import slugify

STARTER = Path(__file__).resolve().parents[1] / "starter"
MAX_ID = 100  # characters, as in models.Identifier

Choice = TypeVar("Choice", bound=str)


@dataclass(frozen=True, slots=True)
class Made:
    """A new case: where it stands, and what it is called."""

    path: Path
    id: str


# -- a case ---------------------------------------------------------------------------------------


def new_case(
    root: Path, content: Path | None, title: str, wishes: Mapping[str, str], here: Path
) -> Made:
    """A draft with the next number. `wishes` may name its publication, kind, theme and id; `here`
    is the folder that the editor works in.
    """
    folder = find_content(root, content)
    with _in_words(folder):
        _need(folder)
        with alone_in(folder):
            return _new_case(survey(folder), _title(title), wishes, here.resolve())


def _need(folder: Path) -> None:
    """There is a content folder; asked before it is locked. Raises `ContentError`."""
    if not folder.is_dir():
        survey(folder)


def _new_case(found: Survey, title: str, wishes: Mapping[str, str], here: Path) -> Made:
    publication, folder = choose_publication(found, wishes.get("publication", ""), here)
    cases = [case for case in found.cases if case.publication == publication]
    kind = _choice("文种", wishes.get("kind", ""), KIND_NAMES) or _usual_kind(cases)
    themes = {theme.id: theme.name for theme in found.site.themes}
    theme = _choice("主题", wishes.get("theme", ""), themes) or ""
    wanted = wishes.get("id", "")
    if wanted:
        _check_id(wanted, found)
    while True:
        if wanted:
            place = numbering.place_of(wanted, publication, cases)
        else:
            place = numbering.next_place(publication, cases, found.taken)
            _check_id(place.id, found)
        name = numbering.file_name(place.number, title, kind)
        path = found.content / folder / name
        schema = editors.schema_for("case", path, found.content)
        text = forms.case_form(place.id, kind, title, theme, found.site.themes, schema)
        _read_back(FrontMatter, text)
        try:
            create(path, text.encode())
        except FileExistsError:  # it came while we looked, or is no case: go past its number
            cases.append(Known("", kind, f"{folder}/{name}", publication))
            continue
        return Made(path, place.id)


def _usual_kind(cases: Sequence[Known]) -> Kind:
    """The kind that all cases of a publication have, as where all are speeches."""
    kinds = {case.kind for case in cases}
    return next((kind for kind in KIND_NAMES if kinds == {kind}), "case")


def _title(title: str) -> str:
    tidied = forms.tidy(title)
    if title.strip() and not tidied:
        message = "这个标题里没有能写进稿件的字"
        raise ContentError([Diagnostic("B755", message, "换一个标题，或先不写，以后再填")])
    return tidied


def _choice(what: str, wanted: str, known: Mapping[Choice, str]) -> Choice | None:
    """One of `known`, by its id or by its Chinese name; None where nothing is wanted."""
    if not wanted:
        return None
    ids = {name: id_ for id_, name in known.items()}
    for id_, name in known.items():
        if wanted in (id_, name):
            return id_
    near = did_you_mean(wanted, known) or ids.get(did_you_mean(wanted, ids))
    listed = "、".join(f"{id_}（{name}）" for id_, name in known.items())
    hint = f"是不是 {near}？" if near else ""
    raise ContentError([Diagnostic("B754", f"没有“{wanted}”这个{what}", f"{hint}可以写：{listed}")])


def _check_id(id_: str, found: Survey) -> None:
    if not re.fullmatch(ID_PATTERN, id_) or len(id_) > MAX_ID:
        hint = f"只用小写字母、数字和连字符，最多 {MAX_ID} 个，如 yunqi-2025-008；用 --id 写明"
        raise ContentError([Diagnostic("B753", f"“{id_[:120]}”不能作编号", hint)])
    if id_ in found.taken:
        message = f"编号 {id_} 已经用在 {display(found.content / found.taken[id_])}"
        hint = "每个案例的编号各不相同；换一个，或不写 --id，自动用下一个"
        raise ContentError([Diagnostic("B753", message, hint)])


def _read_back(model: type[Record], text: str) -> None:
    """Nothing is written that the reader would refuse."""
    try:
        head = frontmatter.split(text)[0]
        frontmatter.validate(model, frontmatter.parse(head), head)
    except FrontMatterError as error:
        said = error.diagnostics[0].message
        hint = "缩短标题，去掉其中特别的符号，稿件建好以后再补"
        raise ContentError([Diagnostic("B755", f"这样写读不回来：{said}", hint)]) from None


# -- a publication --------------------------------------------------------------------------------


def new_publication(root: Path, content: Path | None, id_: str, facts: Mapping[str, str]) -> Path:
    """A folder with an index.md. `facts` may give its title, region, organ and year."""
    folder = find_content(root, content)
    with _in_words(folder):
        _need(folder)
        organs = forms.ORGAN_NAMES
        organ = _choice("机关", facts.get("organ", ""), organs) or ""
        with alone_in(folder):
            path = folder / id_
            _check_publication(survey(folder), id_)
            schema = editors.schema_for("publication", path / "index.md", folder)
            text = forms.publication_form(
                _title(facts.get("title", "")),
                _title(facts.get("region", "")),
                organ,
                facts.get("year", ""),
                schema,
            )
            _read_back(PublicationMatter, text)
            create_folder(path, {"index.md": text})
            return path / "index.md"


def _check_publication(found: Survey, id_: str) -> None:
    path = found.content / id_
    if not re.fullmatch(ID_PATTERN, id_) or len(id_) > MAX_ID:
        hint = f"只用小写字母、数字和连字符，如 {slugify(id_)[:40].strip('-') or 'yunqi-2025'}；"
        hint += "读者看到的名称用 --title 写"
        raise ContentError([Diagnostic("B753", f"“{id_[:120]}”不能作刊次的编号", hint)])
    if id_ in {theme.id for theme in found.site.themes}:
        hint = f"以主题命名的文件夹算作主题，不是刊次；换一个，如 {id_}-2025"
        raise ContentError([Diagnostic("B753", f"“{id_}”是一个主题的编号", hint)])
    if id_ in found.folders:
        where = display(found.content / found.folders[id_])
        hint = f"往里面加案例用 new case --publication {id_}；另建一个就换一个编号"
        raise ContentError([Diagnostic("B751", f"已经有刊次 {id_}", hint, where)])
    if not is_free(path):
        hint = "换一个编号；只想给它写上名称，就在里面新建 index.md，手册的“刊次”一节有例子"
        raise ContentError([Diagnostic("B751", "这里已经有东西，没有动它", hint, display(path))])


# -- a template -----------------------------------------------------------------------------------


def template_names() -> list[str]:
    """The templates and assets that come with the program, by their path."""
    folder = Path(template_folders(STARTER)[-1])
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.*"))


def new_template(root: Path, name: str) -> Path:
    """A copy of one of ours below `root`/templates, where it takes the place of ours."""
    names = template_names()
    name = name.removeprefix("templates/")
    if name not in names:
        near = did_you_mean(name, names)
        hint = f"是不是 {near}？" if near else f"可以写：{'、'.join(names)}"
        raise ContentError([Diagnostic("B754", f"没有“{name}”这个模板", hint)])
    path = root / "templates" / name
    if path.exists():
        hint = "直接改它；要回到自带的样子，先把它移走"
        raise ContentError([Diagnostic("B751", "已经有这个文件，没有动它", hint, display(path))])
    with _in_words(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        create(path, (Path(template_folders(STARTER)[-1]) / name).read_bytes())
    return path


# -- a site ---------------------------------------------------------------------------------------


def new_site(folder: Path, title: str) -> int:
    """A whole publication to begin with; returns how many files it has."""
    with _in_words(folder):
        if not is_free(folder):
            hint = "换一个文件夹，或先把里面的东西移走"
            message = "这里已经有东西，没有动它"
            raise ContentError([Diagnostic("B751", message, hint, display(folder))])
        files = starter_files(_title(title))
        create_folder(folder, files)
        return len(files)


def starter_files(title: str = "") -> dict[str, str]:
    """The files of a new site by path; those in broadsheet/starter/, and what the models say."""
    files = {
        "/".join(_with_dot(name) for name in path.relative_to(STARTER).parts): path.read_text(
            "utf-8"
        )
        for path in sorted(STARTER.rglob("*"))
        if path.is_file()
    }
    if title:
        site = files["content/site.yaml"]
        line = f"title: {forms.scalar(title)}"
        files["content/site.yaml"] = re.sub(r"(?m)^title: \S+", lambda _: line, site)
    return {**files, **editors.files(), **editors.schema_files()}


def _with_dot(name: str) -> str:
    """`dot-gitignore` stands for `.gitignore`, which git would obey where it lies."""
    return re.sub("^dot-", ".", name)


@contextmanager
def _in_words(place: Path) -> Iterator[None]:
    """What the system says, in the words of an editor."""
    try:
        yield
    except OSError as error:
        reason, hint = why_not_written(error)
        where = display(error.filename) if isinstance(error.filename, str) else display(place)
        raise ContentError(
            [Diagnostic("B756", f"建不了：{reason}；什么也没有留下", hint, where)]
        ) from None
