#!/bin/sh
# See that the tests have a Chromium and Chinese fonts: what is here is taken, what lacks is installed.
#
# Called by `make test`, once .venv holds the test lock. Without a browser the browser tests skip and
# say why, except in CI (CI=true): there a test that did not run must not pass for one that did.
set -u
cd "$(dirname "$0")/.." || exit

has_browser() {
    for name in chromium chromium-browser google-chrome; do
        # The name alone is no proof: Ubuntu's chromium-browser may only tell you to install a snap.
        command -v "$name" >/dev/null && "$name" --version >/dev/null 2>&1 </dev/null && return
    done
    return 1
}

has_fonts() {
    [ "$(uname)" = Darwin ] && return # always there, and no fc-list to ask
    [ -n "$(fc-list :lang=zh 2>/dev/null)" ]
}

has_driver() { # the program that comes with playwright needs one library that slim systems leave out
    .venv/bin/python -m playwright --version >/dev/null 2>&1 </dev/null
}

starts() { # playwright's own browser may be there and lack system libraries
    .venv/bin/python - 2>/dev/null <<'PYTHON'
from playwright.sync_api import sync_playwright

with sync_playwright() as playwright:
    playwright.chromium.launch().close()
PYTHON
}

set --
has_browser || set -- "$@" chromium
has_fonts || set -- "$@" fonts-noto-cjk fontconfig # fontconfig brings fc-list
has_driver || set -- "$@" libatomic1
[ $# -eq 0 ] && exit 0

if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    echo "Installing for the browser tests: $*"
    export DEBIAN_FRONTEND=noninteractive
    apt-get -qq update </dev/null &&
        apt-get -qq install -y --no-install-recommends "$@" </dev/null >/dev/null ||
        echo "apt-get could not install them."
fi

has_fonts || echo "No Chinese fonts found: pages will be tested with boxes for characters." \
    "Install Noto CJK (on Debian and Ubuntu: fonts-noto-cjk, fontconfig)."

has_browser && has_driver && exit 0
if ! starts; then
    echo "No chromium, chromium-browser or google-chrome that runs is on the PATH:" \
        "installing playwright's Chromium into the place where playwright keeps browsers."
    .venv/bin/python -m playwright install chromium </dev/null
    if ! starts; then
        echo "No Chromium starts. Install chromium, or what playwright asks for:" \
            ".venv/bin/python -m playwright install --with-deps chromium" >&2
        [ "${CI:-}" = true ] && exit 1
        echo "The browser tests will be skipped." >&2
    fi
fi
exit 0
