"""The test database is made from the migrations once, and copied for each run and worker after.

Migrations take a minute, a copy a second. The original's name carries the fingerprint of all that
migrations read: whoever changes any of it gets a new one.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from local.checkout import LOCAL, ROOT
from tests import gunicorn

PREFIX = "original_"
UNFINISHED = f"{PREFIX}unfinished"
# What a migration may read: the portal's code and data, and the packages' own migrations.
_READ = ("accounts", "config", "grants", "notices", "public", "registry", "reregistration")
_PACKAGES = "requirements.txt"


def original() -> str:
    """The name of the database to copy, which is made where there is none for this code.

    Of two processes at once the second waits for the first's.
    """
    name = f"{PREFIX}{fingerprint()}"
    with _one_at_a_time():
        found = _originals()
        if name not in found:
            for old in found:
                _run(f'DROP DATABASE "{old}"')
            _make(name)
    return name


def fingerprint() -> str:
    """Of all files that a migration may read, and of their names."""
    digest = hashlib.sha256()
    for folder in (*_READ, _PACKAGES):
        inside = [ROOT / folder, *sorted((ROOT / folder).rglob("*"))]
        for path in inside:
            if path.is_file() and path.suffix != ".pyc":
                digest.update(f"{path.relative_to(ROOT)}\n{path.stat().st_size}\n".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _make(name: str) -> None:
    """It gets its name when it is whole: a killed run leaves none that only looks so."""
    _run(f'CREATE DATABASE "{UNFINISHED}"')
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "DATABASE_URL": gunicorn.database_url(UNFINISHED),
    }
    command = [sys.executable, "manage.py", "migrate", "--run-syncdb", "--verbosity", "0"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    _run(f'ALTER DATABASE "{UNFINISHED}" RENAME TO "{name}"')


def _originals() -> list[str]:
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [PREFIX])
        return [name for (name,) in cursor.fetchall()]


def _run(statement: str) -> None:
    with connection._nodb_cursor() as cursor:
        cursor.execute(statement)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    LOCAL.mkdir(exist_ok=True)
    with (LOCAL / "original.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
