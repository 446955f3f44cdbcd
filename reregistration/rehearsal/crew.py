"""Worker processes that share the load of a rehearsal; or none, for a small one."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from functools import partial
from types import TracebackType

from django.db import connections

from reregistration.rehearsal import post
from reregistration.rehearsal.stopwatch import Account, Spent

# An act on one row: its key, the moment, the seed; what came of it.
Act = Callable[[int, datetime, int], str]
Task = tuple[Act, int, datetime]
# What a worker did of a slice, and what its time went into.
Done = tuple[Counter[str], dict[str, Spent]]

SLICE = 4
# Fewer e-mails than this one process sends before the others have woken up.
_WORTH_SHARING = 100


class Crew:
    """Does the acts of a day and counts what came of them; `account` is of the workers' time."""

    def __init__(self, workers: int, seed: int) -> None:
        self.seed = seed
        self.account = Account()
        self._workers = workers
        self._pool = _pool(workers) if workers > 1 else None

    def do(self, tasks: Sequence[Task]) -> Counter[str]:
        slices = [tasks[start : start + SLICE] for start in range(0, len(tasks), SLICE)]
        if self._pool is None or len(slices) < 2:
            done: Iterable[Done] = (_do_slice(part, self.seed) for part in slices)
        else:
            done = self._pool.map(_do_slice, slices, [self.seed] * len(slices))
        total: Counter[str] = Counter()
        for counts, spent in done:
            total += counts
            self.account.add(spent)
        return total

    def deliver(self, at: datetime) -> int:
        """Send what is due by then, in all workers at once as on the portal; returns how many
        e-mails went out."""
        if self._pool is None or post.waiting(at=at) < _WORTH_SHARING:
            return post.deliver(at=at)
        return sum(self._pool.map(partial(_deliver, at=at), range(self._workers)))

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


def _deliver(_worker: int, at: datetime) -> int:
    return post.deliver(at=at)


def _do_slice(tasks: Sequence[Task], seed: int) -> Done:
    account, counts = Account(), Counter[str]()
    for act, key, at in tasks:
        with account.of(act.__name__.replace("_", " ")) as spent:
            counts[act(key, at, seed)] += 1
            spent.rows += 1
    return counts, account.spent
