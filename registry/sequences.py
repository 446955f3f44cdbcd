"""Numbers that are given once and never again, from the database's sequences."""

from __future__ import annotations

from django.db import connection


def next_numbers(sequence: str, count: int = 1) -> list[int]:
    """The next numbers of a sequence, ascending, in one query; gaps are no fault."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(%s) FROM generate_series(1, %s)", [sequence, count])
        return [number for (number,) in cursor.fetchall()]
