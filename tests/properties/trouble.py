"""Workers that die, and people who act in between: at a statement of somebody else's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection

_WRITES = ("INSERT", "UPDATE", "SELECT")


class Failed(Exception):  # noqa: N818 - it happened
    """Something breaks inside a worker: an error that nobody foresaw."""


@contextmanager
def before_statement(number: int, act: Callable[[], None]) -> Iterator[list[str]]:
    """Do that right before the worker's statement of that number; yields it, once met."""
    seen = 0

    def is_it(_sql: str) -> bool:
        nonlocal seen
        seen += 1
        return seen == number

    with _before(is_it, act) as met:
        yield met


@contextmanager
def before_lock(table: str, number: int, act: Callable[[], None]) -> Iterator[list[str]]:
    """Let somebody act right before the worker locks a row of that table, the so-manieth time.

    As if the other one's transaction had been committed in that moment: so they may touch nothing
    that the worker has locked by then, or they would have had to wait.
    """
    seen = 0

    def is_it(sql: str) -> bool:
        nonlocal seen
        seen += "FOR NO KEY UPDATE" in sql and f'FROM "{table}"' in sql
        return seen == number

    with _before(is_it, act) as met:
        yield met


@contextmanager
def _before(is_it: Callable[[str], bool], act: Callable[[], None]) -> Iterator[list[str]]:
    met: list[str] = []

    def watch(
        execute: Any, sql: str, params: Sequence[Any] | None, many: bool, context: Any
    ) -> Any:
        # Not within what happens in between.
        if not met and sql.lstrip("( ").startswith(_WRITES) and is_it(sql):
            met.append(sql)
            act()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield met
