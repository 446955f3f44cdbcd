#!/bin/sh
# Locks what the two requirements files ask for, with hashes. Run by `make lock`, with
# UPGRADE=--upgrade for newer versions.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
.venv/bin/python -m venv "$folder"
"$folder/bin/python" -m pip install -qq --disable-pip-version-check uv

# No index addresses in the result: each machine asks the index that it is set up for.
for name in requirements requirements-dev; do
    "$folder/bin/uv" pip compile --quiet --generate-hashes --no-emit-index-url \
        --no-emit-find-links --no-annotate --no-header --python-version 3.11 ${UPGRADE:-} \
        "$name.in" -o "$name.txt"
    echo "$name.txt: $(grep -c '==' "$name.txt") packages"
done
