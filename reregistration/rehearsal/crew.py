"""Worker processes that share the filing load of a rehearsal; or none, for a small one."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from types import TracebackType

from django.db import connections

# An act on one row: its key, the moment, the seed; what came of it.
Act = Callable[[int, datetime, int], str]
Task = tuple[Act, int, datetime]

SLICE = 4


class Crew:
    """Does the acts of a day and counts what came of them."""

    def __init__(self, workers: int, seed: int) -> None:
        self.seed = seed
        self._pool = _pool(workers) if workers > 1 else None

    def do(self, tasks: Sequence[Task]) -> Counter[str]:
        slices = [tasks[start : start + SLICE] for start in range(0, len(tasks), SLICE)]
        if self._pool is None or len(slices) < 2:
            results: Iterable[Counter[str]] = (_do_slice(part, self.seed) for part in slices)
        else:
            results = self._pool.map(_do_slice, slices, [self.seed] * len(slices))
        return sum(results, Counter())

    def __enter__(self) -> Crew:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._pool:
            self._pool.shutdown(cancel_futures=True)


def _pool(workers: int) -> ProcessPoolExecutor:
    """Forked workers, which inherit the settings of the scratch database, but no connection: a
    child that ended an inherited one would end it for its parent too."""
    connections.close_all()
    pool = ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("fork"))
    # A pool of forked workers starts all of them at its first task: now.
    pool.submit(_nothing).result()
    return pool


def _nothing() -> None:
    pass


def _do_slice(tasks: Sequence[Task], seed: int) -> Counter[str]:
    return Counter(act(key, at, seed) for act, key, at in tasks)
