"""A page of a preview in a real Chromium: from the write of a file to the reload and the new text.

The page itself stamps when it began to load anew and when it shows the edit. So nothing is polled,
and it does not matter how long a stamp takes to arrive here. Both clocks are the machine's.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TIMEOUT = 60_000  # ms
TOLD = "broadsheet-preview"
# Runs in each document before anything of its own. An edit is known by its number, the highest that
# stands in what is read; <title> does not count.
STAMP = f"""(() => {{
  let shown = 0;
  new MutationObserver(() => {{
    const text = document.querySelector("main")?.textContent ?? "";
    const numbers = [...text.matchAll(/第(\\d+)次修改/g)].map(([, number]) => Number(number));
    const number = Math.max(0, ...numbers);
    if (number <= shown) return;
    shown = number;
    const {{ timeOrigin }} = performance;
    const now = timeOrigin + performance.now();
    console.debug(JSON.stringify(["{TOLD}", number, timeOrigin, now]));
  }}).observe(document, {{ childList: true, subtree: true, characterData: true }});
}})();"""


@dataclass(frozen=True)
class Sample:
    """Seconds from before the write of a file."""

    reload: float  # to the moment when the document that has the new text began to load
    shown: float  # to the moment when the text stood in it


def open_page(context: Any, url: str) -> Any:
    """A page that stamps what it shows."""
    page = context.new_page()
    page.add_init_script(STAMP)
    page.goto(url)
    return page


def time_edit(page: Any, file: Path, text: str, number: int) -> Sample:
    """Write `text`, which tells `number`, into `file`; wait until the page has it.

    Exits where that does not come, or comes into the old document: then no reload was measured.
    """
    from playwright.sync_api import Error

    data = text.encode()
    try:
        with page.expect_console_message(stamp_of(number), timeout=TIMEOUT) as told:
            start = time.time()
            file.write_bytes(data)
    except Error as error:
        sys.exit(f"edit {number} of {file} does not show: {error}")
    _, _, began, shown = json.loads(told.value.text)
    sample = Sample(began / 1000 - start, shown / 1000 - start)
    if sample.reload < 0:
        sys.exit(f"edit {number} of {file} shows without a reload: {sample}")
    return sample


def stamp_of(number: int) -> Callable[[Any], bool]:
    """Whether a message of the console says that edit `number` is shown."""
    beginning = f'["{TOLD}",{number},'
    return lambda message: str(message.text).startswith(beginning)
