"""What the register's own lines tell the public: when, and of which kind; never a value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from registry.calendar import day_of
from registry.models import Organisation
from registry.states import EntryKind

# A declaration that awaits its follow-up is no change of the register yet.
SHOWN = (
    EntryKind.ADDED,
    EntryKind.CHANGED,
    EntryKind.AMENDED,
    EntryKind.CORRECTED,
    EntryKind.COURT,
    EntryKind.MERGED,
    EntryKind.UNMERGED,
    EntryKind.SUCCESSION,
    EntryKind.REVERTED,
    EntryKind.TAKEN_OUT,
)
LONGEST = 50


@dataclass(frozen=True)
class Line:
    on: date
    kind: str


def of(organisation: Organisation) -> list[Line]:
    """The newest lines of an organisation, one a day and kind."""
    rows = organisation.entries.filter(kind__in=SHOWN).order_by("-id")[:LONGEST]
    lines = dict.fromkeys(Line(day_of(row.at), row.get_kind_display()) for row in rows)
    return list(lines)
