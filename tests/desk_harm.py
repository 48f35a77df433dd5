"""What goes wrong at a desk: faults, with which a build fails, and damage to what builds have left."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest
from desk_edits import text_at_the_end
from desks import Desk
from helpers import make_site, tree

from broadsheet import publish
from broadsheet.diagnostics import ContentError

# -- faults ---------------------------------------------------------------------------------------


Mend = Callable[[], None]


def dead_link(desk: Desk, n: int) -> Mend:
    one, body = desk.case(n), desk.case(n)["body"]
    one["body"] += "\n[死](/cases/gone/)\n"
    return lambda: one.update(body=body)


def target_is_withdrawn(desk: Desk, n: int) -> Mend:
    """A case goes that another one links to."""
    path, other_path = desk.path(n), desk.path(n + 1)
    one, body = desk.cases[other_path], desk.cases[other_path]["body"]
    one["body"] += f"\n[见](/cases/{desk.cases[path]['id']}/)\n"
    if not desk.is_visible(other_path):  # nobody looks at the links of a draft
        return dead_link(desk, next(i for i in range(99) if desk.is_visible(desk.path(i))))
    desk.write()
    with suppress(ContentError):  # it may have been withheld all the time
        desk.build()
    gone = desk.cases.pop(path)

    def mend() -> None:
        desk.cases[path] = gone
        one["body"] = body

    return mend


def unknown_theme(desk: Desk, n: int) -> Mend:
    one, was = desk.case(n), desk.case(n)["theme"]
    one["theme"] = "nothing"
    return lambda: one.update(theme=was)


def picture_is_missing(desk: Desk, n: int) -> Mend:
    one, body = desk.case(n), desk.case(n)["body"]
    one["body"] += "\n![图](gone.png)\n"
    return lambda: one.update(body=body)


def fault_in_a_template(desk: Desk, n: int) -> Mend:
    """Found late, when the index is that of the new text already; both are undone."""
    one, body = desk.case(n), desk.case(n)["body"]
    text_at_the_end(desk, n)
    desk.files["templates/404.html"] = "{{ nothing.there }}"

    def mend() -> None:
        one["body"] = body
        del desk.files["templates/404.html"]

    return mend


def fault_in_site_yaml(desk: Desk, n: int) -> Mend:
    desk.site["titel"] = "x"
    return lambda: desk.site.pop("titel")


FAULTS: dict[str, Callable[[Desk, int], Mend]] = {
    fault.__name__: fault
    for fault in (
        dead_link, target_is_withdrawn, unknown_theme, picture_is_missing, fault_in_a_template,
        fault_in_site_yaml,
    )
}  # fmt: skip


def failed(desk: Desk, name: str, n: int) -> None:
    """A build fails, and leaves the site alone; then the fault is mended."""
    if name != "fault_in_site_yaml":  # a draft may hold anything
        n = next(i for i in range(n, n + 99) if desk.is_visible(desk.path(i)))
    mend = FAULTS[name](desk, n)
    desk.write()
    before = tree(desk.site_folder), inodes(desk.site_folder)
    for _ in range(2):
        assert desk.nothing_new() is None
        with pytest.raises(ContentError):
            desk.build()
        assert (tree(desk.site_folder), inodes(desk.site_folder)) == before
    mend()
    desk.write()


def inodes(folder: Path) -> dict[str, tuple[int, int]]:
    return {
        str(path): (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


# -- damage ---------------------------------------------------------------------------------------


Damage = Callable[[Desk, int], None]


def first(folder: Path, pattern: str) -> Path:
    return min(folder.glob(pattern))


def afresh(path: Path, data: bytes) -> None:
    """Another file in its place, as an editor or a sync tool makes it."""
    path.unlink()
    path.write_bytes(data)


def in_place(path: Path, data: bytes) -> None:
    path.write_bytes(data)


HARM: dict[str, Callable[[Path], None]] = {
    "gone": Path.unlink,
    "cut": lambda path: afresh(path, path.read_bytes()[:-7]),
    "cut in place": lambda path: in_place(path, path.read_bytes()[:-7]),
    "empty": lambda path: afresh(path, b""),
    "noise": lambda path: afresh(path, noise(path)),
    "noise in place": lambda path: in_place(path, noise(path)),
    "a folder": lambda path: (path.unlink(), path.mkdir(), (path / "x").write_text("x"))[0],
    "a link": lambda path: (path.unlink(), path.symlink_to(path.parent))[0],
}


def emptied(folder: Path) -> None:
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def noise(path: Path) -> bytes:
    """As many bytes as there were."""
    return Random(1).randbytes(path.stat().st_size)


def of_another_program(path: Path) -> None:
    head, _, rest = path.read_bytes().partition(b"\n")
    path.write_bytes(head[:-1] + b"x\n" + rest)


def of_another_name(path: Path) -> None:
    """A file of the memory that holds what another one should."""
    shutil.copyfile(first(path.parent, "cases.*") if path.name == "site" else path.parent / "site", path)  # fmt: skip


def memory_of_another_site(desk: Desk) -> None:
    """All of it: the site next door, with other text, in the same place."""
    options, cases = dict(desk.options), {path: dict(one) for path, one in desk.cases.items()}
    desk.options["base_url"] = "https://example.com/next-door/"
    for n in range(4):
        text_at_the_end(desk, n)
    desk.write()
    desk.build(output=desk.root / "door/site", index=desk.root / "door/index")
    desk.options, desk.cases = options, cases
    desk.write()
    shutil.rmtree(desk.side / "memory")
    shutil.copytree(desk.root / "door/.site.broadsheet/memory", desk.side / "memory")


def to_memory(name: str, harm: Callable[[Path], None]) -> Callable[[Desk], None]:
    return lambda desk: harm(first(desk.side / "memory", name))


def to_site(name: str, harm: Callable[[Path], None]) -> Callable[[Desk], None]:
    return lambda desk: harm(first(desk.site_folder, name))


def to_spare(name: str, harm: Callable[[Path], None]) -> Callable[[Desk], None]:
    return lambda desk: harm(first(desk.side, name))


def to_index(name: str, harm: Callable[[Path], None]) -> Callable[[Desk], None]:
    return lambda desk: harm(first(desk.index, name))


MEMORY_HARM = {name: HARM[name] for name in ("gone", "cut", "empty", "noise")} | {
    "of another program": of_another_program,
    "of another name": of_another_name,
}
A_PAGE = "cases/c5/index.html"
DAMAGES: dict[str, Callable[[Desk], None]] = {
    "no side folder": lambda desk: shutil.rmtree(desk.side),
    "no memory": lambda desk: shutil.rmtree(desk.side / "memory"),
    "memory of another site": memory_of_another_site,
    **{f"memory/{name} {harm}": to_memory(name, do)
       for name in ("last", "files", "site", "cases.*", "packed.*") for harm, do in MEMORY_HARM.items()},
    "no spare": lambda desk: shutil.rmtree(desk.side / "next"),
    "spare is empty": lambda desk: emptied(desk.side / "next"),
    "spare is a file": lambda desk: (shutil.rmtree(desk.side / "next"), (desk.side / "next").write_text("x"))[0],
    "spare has a file more": lambda desk: (desk.side / "next/extra.txt").write_text("x") and None,
    **{f"spare: {name} {harm}": to_spare(f"next/{name}", HARM[harm])
       for name in (A_PAGE, "search/index.json", "media/p/photo.png")
       for harm in ("gone", "noise", "noise in place", "a folder")},
    "no site": lambda desk: shutil.rmtree(desk.site_folder),
    "site is empty": lambda desk: emptied(desk.site_folder),
    "site is a copy": lambda desk: (shutil.copytree(desk.site_folder, desk.root / "copy"), shutil.rmtree(desk.site_folder), (desk.root / "copy").rename(desk.site_folder))[0],
    "site has files more": lambda desk: make_site(desk.site_folder, {"x.txt": "x", "cases/x/index.html": "x"}, site=None) and None,
    "site and spare have changed names": lambda desk: publish._exchange(desk.site_folder, desk.side / "next") and None,
    "cases of the site are gone": lambda desk: shutil.rmtree(desk.site_folder / "cases"),
    **{f"site: {name} {harm}": to_site(name, do)
       for name in (A_PAGE, "search/t/*.bin") for harm, do in HARM.items()},
    **{f"site: {name} {harm}": to_site(name, HARM[harm])
       for name in ("feed.json", "media/p/photo.png", "assets/style.*.css", "search/index.json",
                    "search/d/*.bin", "search/f/theme.bin", "search/s/64.bin")
       for harm in ("gone", "noise in place")},
    "no index": lambda desk: shutil.rmtree(desk.index),
    "index is empty": lambda desk: emptied(desk.index),
    **{f"index: {name} {harm}": to_index(name, HARM[harm])
       for name in ("MAIN_site.t.*", "state.json")
       for harm in ("gone", "cut", "empty", "noise", "noise in place")},
    **{f"index: {name} {harm}": to_index(name, HARM[harm])
       for name in ("MAIN_site.root", "MAIN_site.d.*", "MAIN_site.ids", "_MAIN_1.toc")
       for harm in ("gone", "noise")},
}  # fmt: skip


def damaged(desk: Desk, name: str) -> None:
    """Nothing that was published, and is not what it was, is told to be as good as new."""
    before, desk.sound = desk.made(), False
    DAMAGES[name](desk)
    assert desk.nothing_new() is None or desk.made() == before
