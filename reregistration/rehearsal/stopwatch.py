"""What does the time of a rehearsal go into?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic


@dataclass
class Spent:
    """Seconds by the clock on the wall, how often it was done, and how many rows it dealt with."""

    seconds: float = 0.0
    calls: int = 0
    rows: int = 0


class Account:
    """Seconds, calls and rows, by the name of what was done. What is timed is never nested."""

    def __init__(self) -> None:
        self.spent: dict[str, Spent] = {}

    @contextmanager
    def of(self, name: str) -> Iterator[Spent]:
        """Time what is done inside; whoever does it adds the rows."""
        spent = self.spent.setdefault(name, Spent())
        began = monotonic()
        try:
            yield spent
        finally:
            spent.seconds += monotonic() - began
            spent.calls += 1

    def add(self, other: Mapping[str, Spent]) -> None:
        """Take in what another process measured."""
        for name, theirs in other.items():
            mine = self.spent.setdefault(name, Spent())
            mine.seconds += theirs.seconds
            mine.calls += theirs.calls
            mine.rows += theirs.rows

    @property
    def seconds(self) -> float:
        return sum(spent.seconds for spent in self.spent.values())

    def lines(self, whole: float) -> Iterable[str]:
        """A table, the longest first; shares are those of `whole` seconds."""
        yield f"  {'seconds':>9}{'share':>7}{'calls':>9}{'rows':>10}  what"
        for name, spent in sorted(self.spent.items(), key=lambda item: -item[1].seconds):
            share = spent.seconds / whole if whole else 0.0
            yield (
                f"  {spent.seconds:>9.1f}{share:>7.1%}{spent.calls:>9,}{spent.rows or '':>10}"
                f"  {name}"
            )
