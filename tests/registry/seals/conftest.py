"""Lines to be sealed, and a superuser who changes what nobody may change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.utils import translation

from registry import lines
from registry.lines import Line
from registry.models import RegisterEntry, Seal
from registry.states import EntryKind
from tests.factories.registry import OrganisationFactory

ENTRIES = "registry_registerentry"
Append = Callable[..., list[RegisterEntry]]
Tamper = Callable[..., None]


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    """Sentences are compared in the language they are written in, translated or not."""
    with translation.override("en"):
        yield


@pytest.fixture
def append(at: datetime) -> Append:
    def write(count: int = 1, **personal: str) -> list[RegisterEntry]:
        line = Line(
            OrganisationFactory.create().pk,
            EntryKind.CHANGED,
            {"name_ru": ("Фонд «Тайный»", "Фонд «Явный»")},
            personal,
        )
        return lines.write([line] * count, source="extract:2026-06-30", decision="", by=None, at=at)

    return write


def entries_in(seal: Seal | None) -> int:
    """How many of the register's lines a seal took; migrations wrote rows to seal as well."""
    return seal.leaves.filter(table__name=ENTRIES).count() if seal else 0


@pytest.fixture
def tamper() -> Tamper:
    """Change by SQL what the triggers protect: only who owns the table can do it. {} is the
    table's name in the statement."""

    def change(table: str, statement: str, *values: Any) -> None:
        with connection.cursor() as cursor:
            # A table with checks still to come cannot be altered.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            cursor.execute(statement.replace("{}", table), values)
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")

    return change
