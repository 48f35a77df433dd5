"""What already stands in the content folder: which case is where, and what is taken."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from broadsheet import frontmatter
from broadsheet.diagnostics import ContentError, Diagnostic
from broadsheet.frontmatter import FrontMatterError
from broadsheet.models import SiteMatter, Theme
from broadsheet.scan import arrange, display, list_files
from broadsheet.slugs import slugify
from broadsheet.textfile import read_text


@dataclass(frozen=True, slots=True)
class Standing:
    """A case file: its path below the content folder, and the front matter as it was typed."""

    path: str
    publication: str
    matter: dict[str, object]

    @property
    def id(self) -> str:
        return str(self.matter.get("id", ""))


@dataclass
class Shelf:
    content: Path
    themes: tuple[Theme, ...]
    cases: list[Standing]
    broken: set[str]  # paths of case files whose front matter cannot be read
    folders: dict[str, str]  # of publications, by id
    indexes: dict[str, str]  # index.md, by folder
    paths: set[str]
    by_id: dict[str, list[Standing]] = field(default_factory=dict)

    def folder_of(self, publication: str) -> str:
        if publication in self.folders:
            return self.folders[publication]
        for folder in sorted(self.indexes):
            if slugify(folder) == publication:
                return folder
        return publication


def look(content: Path) -> Shelf:
    """The content folder as it is; there may be none yet. Raises `ContentError` for a site.yaml
    that cannot be read.
    """
    if content.exists() and not content.is_dir():
        hint = "用 --content 指明稿件文件夹"
        raise ContentError(
            [Diagnostic("B731", "稿件文件夹的位置上是一个文件", hint, display(content))]
        )
    if not content.is_dir():
        themes = SiteMatter.model_validate({}).themes
        return Shelf(content, themes, [], set(), {}, {}, set())
    files = list_files(content)
    themes = _themes(content, files.paths)
    named = tuple((theme.id, theme.name) for theme in themes)
    arranged = arrange(frozenset(files.paths), named)
    cases, broken = [], set()
    for source in arranged.cases:
        try:
            head, _, _ = frontmatter.split(read_text(content / source.path))
            cases.append(Standing(source.path, source.publication, frontmatter.parse(head)))
        except FrontMatterError:
            broken.add(source.path)
    by_id: dict[str, list[Standing]] = defaultdict(list)
    for case in cases:
        by_id[case.id].append(case)
    return Shelf(
        content,
        themes,
        cases,
        broken,
        dict(arranged.folders),
        dict(arranged.indexes),
        set(files.paths),
        dict(by_id),
    )


def _themes(content: Path, paths: object) -> tuple[Theme, ...]:
    path = content / "site.yaml"
    if not path.is_file():
        return SiteMatter.model_validate({}).themes
    try:
        text = read_text(path)
        return frontmatter.validate(SiteMatter, frontmatter.parse(text), text).themes
    except FrontMatterError as error:
        from dataclasses import replace

        raise ContentError([replace(d, file=display(path)) for d in error.diagnostics]) from None
