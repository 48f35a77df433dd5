"""What all tests share: the package is imported from this checkout, and runs are repeatable."""

import signal
import sys
from pathlib import Path

import pytest
import ready_process
from hypothesis import HealthCheck, settings

# what they assert is shown as in a test
pytest.register_assert_rewrite(
    *("browser_fixtures", "browser_probes", "desks", "desk_harm", "desk_edits"),
    *("helpers", "new_papers", "patience", "preview_editions", "preview_papers"),
    *("preview_process", "search_sites"),
)

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

# the same examples in every run (a failure can be repeated), and no deadline on busy machines
settings.register_profile(
    "suite",
    deadline=None,
    derandomize=True,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("suite")


# a shell that runs the tests in the background has them ignore Ctrl-C, and whatever they start
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_sessionfinish() -> None:
    ready_process.end()
