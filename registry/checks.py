"""Does the database fold Kazakh letters? Search and unique addresses rest on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error
from django.db import connections

FOLDS = "SELECT lower('Қ') = 'қ'"


def folds_kazakh(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Refuse a database where lower('Қ') is not 'қ', which is so where its locale is plain C."""
    faults: list[CheckMessage] = []
    for alias in databases or ():
        with connections[alias].cursor() as cursor:
            cursor.execute(FOLDS)
            row = cursor.fetchone()
        if row and not row[0]:
            faults.append(fault(alias))
    return faults


def fault(alias: str) -> Error:
    return Error(
        f"The database “{alias}” does not fold Kazakh letters: lower('Қ') is not 'қ'.",
        hint=(
            "Make it anew with: initdb --locale=C --locale-provider=builtin "
            "--builtin-locale=C.UTF-8 (PostgreSQL 17 or newer)."
        ),
        id="registry.E001",
    )
