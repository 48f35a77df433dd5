"""Files beside the cases: images that they show, documents that they link to."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from broadsheet.diagnostics import Diagnostic
from broadsheet.markdown import Link

MEDIA_TYPES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".pdf")


@dataclass(frozen=True, slots=True)
class Media:
    """A file beside the cases that a case shows or links to; sizes in pixels, 0 if not an image."""

    path: str  # relative to the content folder
    width: int = 0
    height: int = 0


def find_media(
    folder: Path, file: str, links: Iterable[Link]
) -> tuple[dict[str, Media], list[Diagnostic]]:
    """The files that links and images of a case point to, relative to the case or to content/."""
    media: dict[str, Media] = {}
    found = []
    for link in links:
        target = link.path
        if not target.lower().endswith(MEDIA_TYPES) and not link.image:
            continue
        base = "" if target.startswith("/") else os.path.dirname(file)
        path = os.path.normpath(os.path.join(base, target.lstrip("/"))).replace(os.sep, "/")
        message, hint = _why_not(folder, path, target)
        if message:
            found.append(
                Diagnostic("B504", message, hint, "", link.line, link.column, link.excerpt)
            )
            continue
        width, height = _image_size(folder / path) if link.image else (0, 0)
        media[link.target] = Media(path, width, height)
    return media, found


def _why_not(folder: Path, path: str, target: str) -> tuple[str, str]:
    """Why the file cannot be shown, and what to do; empty texts if it can."""
    try:
        path.encode()
        source = (folder / path).resolve()
        if path.startswith("../") or not source.is_relative_to(folder.resolve()):
            return f"{target} 在稿件文件夹之外", "把文件放到稿件旁边"
        if not target.lower().endswith(MEDIA_TYPES):
            return f"不能用这种图片：{target}", f"可以用 {'、'.join(MEDIA_TYPES)}"
        if source.is_file():
            return "", ""
    except (OSError, ValueError):  # a name that no file system takes
        pass
    return f"找不到 {target[:60]}", "文件名要和稿件里写的一样，大小写也一样"


def _image_size(path: Path) -> tuple[int, int]:
    import imagesize

    try:
        width, height = imagesize.get(path)
    except (OSError, ValueError):
        return 0, 0
    return max(0, round(width)), max(0, round(height))
