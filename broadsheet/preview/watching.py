"""Which files have changed: told by the system, or found by looking where it cannot tell."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence

from watchfiles import Change, watch

STEP = 5  # ms between two looks at what the system has told
BURST = 100  # ms; changes that come in one go are told together
CHECK = 1000  # ms between two looks whether the folders are still the same


def changes(
    folders: Callable[[], Sequence[str]],
    stop: threading.Event,
    begun: threading.Event | None = None,
) -> Iterator[frozenset[str]]:
    """Paths that have been written, made, renamed or removed, until `stop` is set. `begun` is set
    when the watch begins: what is read after that does not change unseen.

    `folders` are asked for again and again: one may be made later, or be replaced by another of the
    same name, as version control does. Then an empty set is told.
    """
    polling: bool | None = None  # as the system of files asks for
    while not stop.is_set():
        there = _identities(folders())
        if begun:
            begun.set()
        try:
            for batch in watch(
                *there,
                watch_filter=_is_of_interest,
                debounce=BURST,
                step=STEP,
                stop_event=stop,
                rust_timeout=CHECK,
                yield_on_timeout=True,
                force_polling=polling,
                raise_interrupt=False,
            ):
                if batch:
                    yield frozenset(path for _, path in batch)
                if _identities(folders()) != there:
                    break
        except (OSError, RuntimeError):
            # more folders than the system can watch, one that has just gone, a name that is no text
            polling = True if _identities(folders()) == there else polling
            stop.wait(CHECK / 1000)
        if not stop.is_set():
            yield frozenset()


def _identities(folders: Sequence[str]) -> dict[str, int]:
    found = {}
    for folder in folders:
        try:
            found[folder] = os.stat(folder).st_ino
        except OSError:
            continue
    return found


def _is_of_interest(_: Change, path: str) -> bool:
    """Not what editors of text leave beside a file while they write it."""
    name = os.path.basename(path)
    return not name.startswith((".", "~")) and not name.endswith("~")
