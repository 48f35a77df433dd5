"""A build with nothing to do: told from the dates of files alone, without reading a case."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from broadsheet.folders import side_folder, template_folders
from broadsheet.memory import Memory, program
from broadsheet.scan import Files, list_files
from broadsheet.settings import Report, Settings
from broadsheet.trees import Stamp, settled, stamp, survey, walk


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything that a site is made of, as it was found before anything else."""

    files: Files  # of the content
    digest: bytes  # of the dates of all files; empty where those cannot tell


def look(settings: Settings) -> Inputs:
    files = list_files(settings.content)
    try:
        others = [walk(folder, follow=True) for folder in template_folders(settings.root)]
        synonyms = settings.root / "search" / "synonyms.yaml"
        if synonyms.exists():
            others.append({"": stamp(synonyms.stat())})
    except OSError:
        return Inputs(files, b"")
    stamps = [files.stamps, *others]
    if not all(settled(one, files.moment) for some in stamps for one in some.values()):
        return Inputs(files, b"")
    options = settings.options
    told = (options.drafts, options.base_url, os.getcwd(), os.path.abspath(settings.content))
    found = (program(), told, files.diagnostics, [sorted(some.items()) for some in stamps])
    return Inputs(files, digest(found))


def nothing_new(settings: Settings, inputs: Inputs) -> Report | None:
    """The report of the last build, if another one would make the very same site; else nothing."""
    start = time.perf_counter()
    if settings.clean:
        return None
    folder = side_folder(settings.output) / "memory"
    last, now = Memory.last(folder), settings.options.now
    if last is None or now < last.since or (last.until and now >= last.until):
        return None
    same = (
        last.inputs == inputs.digest
        and last.index == digest_of_index(settings)
        and (site := Memory.left(folder, last)) is not None
        and site.files == survey(settings.output, site).files
        and not _is_busy(settings.output)
    )
    return replace(last.report, seconds=time.perf_counter() - start) if same else None


def state_of_templates(folders: Sequence[str], moment: int) -> bytes:
    """A digest of the templates, by their dates; another each time where those cannot tell.

    Without assets/: what pages need to know of those is in their addresses.
    """
    found = [walk(folder, follow=True) for folder in folders]
    stamps = [
        {path: one for path, one in some.items() if not path.startswith("assets/")}
        for some in found
    ]
    sure = all(settled(one, moment) for some in stamps for one in some.values())
    return digest([sorted(some.items()) for some in stamps]) if sure else os.urandom(8)


def digest_of_index(settings: Settings) -> bytes:
    """The prebuilt index, as far as it is not published: the site has the same files."""
    folder = settings.index_folder
    found: list[tuple[str, Stamp]] = []
    for name in ("", "state.json", "MAIN_site.ids", "_MAIN_1.toc"):
        try:
            found.append((name, stamp(os.stat(folder / name))))
        except OSError:
            return b""
    return digest([(name, one[0], one[1]) for name, one in found])


def digest(value: object) -> bytes:
    return hashlib.blake2b(repr(value).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _is_busy(output: Path) -> bool:
    """Whether another build is at work; it is to say so, not we."""
    import filelock

    try:
        with filelock.FileLock(side_folder(output) / "lock", timeout=0):
            return False
    except (filelock.Timeout, OSError):
        return True
