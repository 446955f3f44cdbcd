"""A scratch database on the same server: made, migrated, used and dropped."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management import call_command
from django.db import connection

from reregistration.rehearsal.stopwatch import Account


@contextmanager
def database(*, keep: bool, account: Account) -> Iterator[str]:
    """Work in a database of this process's own; yields its name.

    It may lose its last moments in a crash (synchronous_commit off): it is thrown away anyway.
    """
    settings = connection.settings_dict
    home = settings["NAME"]
    name = f"{home}_rehearsal_{os.getpid()}"
    _execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    connection.close()
    settings["NAME"] = name
    try:
        with connection.cursor() as cursor:
            cursor.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
        connection.close()
        with account.of("making the scratch database"):
            call_command("migrate", verbosity=0)
        yield name
    finally:
        connection.close()
        settings["NAME"] = home
        if not keep:
            _execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _execute(statement: str) -> None:
    """A statement that no transaction may hold, such as CREATE DATABASE."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
