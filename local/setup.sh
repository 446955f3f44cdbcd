#!/bin/sh
# Makes .venv with the locked packages, unless it is there already. Run by make.
set -eu

wanted() { pwd; cat requirements-dev.txt; }

# The record is written last, so a half-made environment is made anew; it holds the folder because
# an environment does not survive being moved.
if wanted | cmp -s - .venv/installed && .venv/bin/python -c '' 2>/dev/null; then
    exit 0
fi

python=
for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11 python}; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    echo "No Python 3.11 or newer was found (tried: ${PYTHON:-python3, python3.13, python3.12, python3.11, python})." >&2
    echo "Install it (Debian and Ubuntu: apt install python3 python3-venv), or name it: make PYTHON=/path/to/python3.11 ..." >&2
    exit 1
fi
if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
    echo "$python cannot make virtual environments: its modules venv and ensurepip are missing." >&2
    echo "Install them (Debian and Ubuntu: apt install python3-venv), then run the same command again." >&2
    exit 1
fi

echo "Installing the locked packages into .venv with $("$python" --version) (once, about a minute) ..."
began=$(date +%s)
rm -rf .venv
"$python" -m venv .venv
if ! .venv/bin/python -m pip install -qq --no-input --disable-pip-version-check \
    --require-hashes -r requirements-dev.txt; then
    echo "The packages could not be installed; the reason stands above. Is the package index within reach?" >&2
    exit 1
fi
wanted > .venv/installed
echo "Installed in $(($(date +%s) - began)) s."
