"""Where things stand that belong to a site and are not its content."""

from __future__ import annotations

import os
from pathlib import Path


def side_folder(output: Path) -> Path:
    """What belongs to a site and is not published: the spare, the memory, a lock."""
    output = Path(os.path.abspath(output))
    return output.parent / f".{output.name}.broadsheet"


def template_folders(root: Path) -> tuple[str, ...]:
    """Where templates are looked up: the publication's own folder, then the package's."""
    package = Path(__file__).resolve().parent
    shipped = package / "templates"  # in a wheel; in a checkout they stand beside the package
    folders = (root / "templates", shipped if shipped.is_dir() else package.parent / "templates")
    return tuple(dict.fromkeys(str(folder.resolve()) for folder in folders if folder.is_dir()))
