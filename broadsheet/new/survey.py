"""What stands in the content folder already, as far as something new has to know it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from broadsheet import frontmatter
from broadsheet.diagnostics import ContentError, Diagnostic, did_you_mean
from broadsheet.frontmatter import MAX_CHARACTERS, FrontMatterError
from broadsheet.models import ID_PATTERN, SiteMatter
from broadsheet.scan import arrange, display, list_files
from broadsheet.textfile import read_text


@dataclass(frozen=True, slots=True)
class Known:
    """A case that is there, sound or not: `file` is relative to the content folder."""

    id: str
    kind: str
    file: str
    publication: str


@dataclass(frozen=True, slots=True)
class Survey:
    """The cases, the folder of each publication by its id, and the ids that are taken."""

    content: Path
    site: SiteMatter
    cases: tuple[Known, ...]
    folders: dict[str, str]
    taken: dict[str, str]  # by whom: a file, relative to the content folder


def survey(content: Path) -> Survey:
    """Look into every head, also of cases with errors: what they call their own is taken.

    Raises `ContentError` where there is no content folder, where something in it cannot be opened,
    and where site.yaml cannot be understood.
    """
    if not content.is_dir():
        hint = "先用 new site 建一个站点，或在有 content/ 的文件夹里运行，或用 --content 指明"
        raise ContentError([Diagnostic("B104", "找不到稿件文件夹", hint, display(content))])
    files = list_files(content)
    if unreadable := [found for found in files.diagnostics if found.code == "B105"]:
        raise ContentError(unreadable)  # nobody knows which ids stand there
    site = _site(content) if "site.yaml" in files.paths else SiteMatter()
    arranged = arrange(
        frozenset(files.paths), tuple((theme.id, theme.name) for theme in site.themes)
    )
    cases, taken = [], {}
    for file in arranged.cases:
        head = _head(content / file.path)
        id_ = str(head.get("id", ""))
        cases.append(Known(id_, str(head.get("kind", "")), file.path, file.publication))
        aliases = head.get("aliases", [])
        for alias in aliases if isinstance(aliases, list) else [aliases]:
            if redirect := re.fullmatch(r"/cases/([a-z0-9-]+)/", str(alias)):
                taken[redirect[1]] = file.path
        if id_:
            taken[id_] = file.path
    return Survey(content, site, tuple(cases), arranged.folders, taken)


def _site(content: Path) -> SiteMatter:
    path = content / "site.yaml"
    try:
        text = read_text(path)
        return frontmatter.validate(SiteMatter, frontmatter.parse(text), text)
    except FrontMatterError as error:
        raise ContentError([replace(d, file=display(path)) for d in error.diagnostics]) from None


def _head(path: Path) -> dict[str, Any]:
    """The front matter; of a broken one, the lines that can be made out. Raises `ContentError`."""
    try:
        text = read_text(path)
    except FrontMatterError as error:
        if error.diagnostics[0].code == "B105":
            said = [replace(found, file=display(path)) for found in error.diagnostics]
            raise ContentError(said) from None
        with open(path, "rb") as stream:  # in another encoding, or too large
            text = stream.read(MAX_CHARACTERS).decode("latin-1")
        text = text.replace("\0", "").replace("\r", "\n")
    try:
        return frontmatter.parse(frontmatter.split(text)[0])
    except FrontMatterError:
        return dict(re.findall(r"^(id|kind): *[\"']?([a-z0-9-]+)", text, re.MULTILINE))


# -- where we are ---------------------------------------------------------------------------------


def find_content(root: Path, content: Path | None) -> Path:
    """The content folder: as told, or below `root`, or the one that `root` stands in."""
    if content:
        return content
    for folder in (root, *root.resolve().parents):
        found = folder / "content"
        if found.is_dir() and (folder == root or root.resolve().is_relative_to(found)):
            return found
    return root / "content"


def choose_publication(found: Survey, wanted: str, here: Path) -> tuple[str, str]:
    """The id of a publication and its folder: the one that is `wanted` (an id or a folder), the one
    that the folder `here` is in, or the only one. Raises `ContentError`.
    """
    ids = {folder: id_ for id_, folder in found.folders.items()}
    if wanted:
        name = wanted.strip().rstrip("/")
        name = name.removeprefix("content/") if name not in found.folders else name
        if name in found.folders:
            return name, found.folders[name]
        if name in ids:
            return ids[name], name
        if _is_plain_folder(found, name):
            return name, name
        guess = did_you_mean(name, found.folders)
        raise _unknown(found, f"没有“{wanted}”这个刊次", f"是不是 {guess}？" if guess else "")
    if here.is_relative_to(found.content.resolve()):
        parts = here.relative_to(found.content.resolve()).parts
        for depth in range(len(parts), 0, -1):
            if (folder := "/".join(parts[:depth])) in ids:
                return ids[folder], folder
        if parts and _is_plain_folder(found, parts[0]):
            return parts[0], parts[0]
    if len(found.folders) == 1:
        return next(iter(found.folders.items()))
    raise _unknown(found, "不知道放进哪个刊次" if found.folders else "还没有刊次", "")


def _is_plain_folder(found: Survey, name: str) -> bool:
    """A folder that somebody has made for a publication, and nothing in it yet."""
    themes = {theme.id for theme in found.site.themes}
    return bool(
        re.fullmatch(ID_PATTERN, name) and name not in themes and (found.content / name).is_dir()
    )


def _unknown(found: Survey, message: str, guess: str) -> ContentError:
    listed = "、".join(found.folders)
    if listed:
        hint = (
            f"{guess}现有的刊次：{listed}；用 --publication 写明一个，或先用 new publication 新建"
        )
    else:
        hint = "先新建一个刊次，如 new publication yunqi-2025 --title 云栖区百件提案"
    return ContentError([Diagnostic("B752", message, hint, display(found.content))])
