#!/bin/sh
# Write requirements/*.txt from pyproject.toml, for every platform and Python 3.11 and later.
#
#     tools/lock.sh UV [--upgrade]
#
# Called by `make lock`, which keeps the versions that still fit, and `make upgrade`.
set -eu
cd "$(dirname "$0")/.."
uv=$1
shift

# What a machine is told about indexes stays on that machine: a lock names none, and its hashes are
# those of the public registry's files, never of a wheel that happens to lie in a local folder.
unset UV_DEFAULT_INDEX UV_INDEX UV_INDEX_URL UV_EXTRA_INDEX_URL UV_FIND_LINKS

compile() {
    output=requirements/$1.txt
    shift
    "$uv" pip compile pyproject.toml --quiet --no-config --universal --python-version 3.11 \
        --generate-hashes --no-emit-index-url --no-emit-find-links \
        --custom-compile-command "make lock" --output-file "$output" "$@" >/dev/null
}

# The largest set first; the smaller ones are cut from it, so that all agree on each version.
compile dev --group dev "$@"
compile test --group test --constraints requirements/dev.txt
compile runtime --constraints requirements/dev.txt
compile cluster --extra cluster --constraints requirements/dev.txt
