"""What became of the rows of an extract? Nothing is lost silently: the counts are checked."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from registry.imports.reasons import Reason

_SAMPLES = 5


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that was not taken: its line, why, and its cells as they came."""

    line: int
    reason: Reason
    sentence: str
    cells: dict[str, str]


@dataclass(slots=True)
class Outcome:
    """The counts of one import."""

    as_of_on: date
    is_committed: bool
    read: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    repeated: int = 0
    absent: int = 0
    refusals: list[Refusal] = field(default_factory=list)
    # The first few of each kind, to be looked at before it is committed.
    samples: dict[str, list[str | dict[str, str]]] = field(default_factory=dict)

    def show(self, kind: str, text: str | dict[str, str]) -> None:
        """Keep a row as a sample of its kind, while there are few; a sentence by language."""
        if len(kept := self.samples.setdefault(kind, [])) < _SAMPLES:
            kept.append(text)

    @property
    def refused(self) -> int:
        return len(self.refusals)

    @property
    def refused_by_reason(self) -> Counter[Reason]:
        return Counter(refusal.reason for refusal in self.refusals)

    @property
    def accounted(self) -> int:
        return self.new + self.changed + self.unchanged + self.repeated + self.refused

    def check(self) -> None:
        """Fail loudly where a row was lost or counted twice: this is a fault of the program."""
        if self.read != self.accounted:
            raise RuntimeError(
                f"Rows were lost: read {self.read}, accounted for {self.accounted}. Nothing was "
                "written. Please report this with the file."
            )

    def columns(self) -> dict[str, Any]:
        """The counts as `Extract` stores them."""
        names = ("read", "new", "changed", "unchanged", "repeated", "refused", "absent")
        return {name: getattr(self, name) for name in names}
