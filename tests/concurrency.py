"""Several people at once, each on a connection of their own. For tests with `real_commits`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier, Event
from time import monotonic, sleep
from typing import Any

from django.db import connection, transaction

Call = Callable[[], Any]
_PATIENCE_SECONDS = 10.0


def together(*calls: Call) -> list[Any]:
    """Run the calls in the same instant. Each one's result, or the exception that it raised."""
    start = Barrier(len(calls))

    def run(call: Call) -> Any:
        connection.ensure_connection()
        start.wait(_PATIENCE_SECONDS)
        return call()

    return _in_threads([partial(run, call) for call in calls])


def one_behind_the_other(first: Call, second: Call) -> list[Any]:
    """Run `first`, and `second` so that it meets the locks that `first` still holds.

    `first` commits only when `second` waits for it (or has gone through without waiting).
    """
    first_did, second_pid, second_ended = Event(), list[int](), Event()

    def run_first() -> Any:
        with transaction.atomic():
            try:
                result = first()
            finally:
                first_did.set()
            _wait_until(lambda: second_ended.is_set() or _waits(second_pid))
        return result

    def run_second() -> Any:
        try:
            connection.ensure_connection()
            assert first_did.wait(_PATIENCE_SECONDS)
            second_pid.append(_own_pid())
            return second()
        finally:
            second_ended.set()

    return _in_threads([run_first, run_second])


def _in_threads(calls: Sequence[Call]) -> list[Any]:
    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(_outcome, calls))


def _outcome(call: Call) -> Any:
    try:
        return call()
    except Exception as refusal:
        return refusal
    finally:
        connection.close()


def _own_pid() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def _waits(pids: Sequence[int]) -> bool:
    if not pids:
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS(SELECT FROM pg_locks WHERE NOT granted AND pid = %s)", pids)
        return bool(cursor.fetchone()[0])


def _wait_until(holds: Callable[[], bool]) -> None:
    ends = monotonic() + _PATIENCE_SECONDS
    while not holds():
        assert monotonic() < ends, "the other connection neither waited nor ended"
        sleep(0.005)
