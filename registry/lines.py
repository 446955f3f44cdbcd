"""Writing lines of the register, with personal values held apart from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from accounts.models import User
from registry.ledger import commitment, new_salt
from registry.models import PersonalValue, RegisterEntry
from registry.states import EntryKind

_BATCH = 2000


@dataclass(frozen=True, slots=True)
class Line:
    """One line to be written: open facts as (before, after), personal ones by their new value."""

    organisation_id: int
    kind: EntryKind
    changed: Mapping[str, tuple[Any, Any]]
    personal: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.changed or self.personal)


def write(
    lines: Sequence[Line], *, source: str, decision: str, by: User | None, at: datetime
) -> list[RegisterEntry]:
    """Append the lines. Two queries, however many; the caller holds the transaction."""
    entries = []
    values = []
    for line in lines:
        entry = RegisterEntry(
            organisation_id=line.organisation_id,
            kind=line.kind,
            changes={
                name: [_plain(before), _plain(after)]
                for name, (before, after) in line.changed.items()
            },
            source=source,
            decision=decision,
            by=by,
            at=at,
        )
        for name, value in line.personal.items():
            salt = new_salt()
            entry.changes[name] = {"commitment": commitment(value, salt)}
            values.append(PersonalValue(entry=entry, field=name, value=value, salt=salt))
        entries.append(entry)
    RegisterEntry.objects.bulk_create(entries, batch_size=_BATCH)
    PersonalValue.objects.bulk_create(values, batch_size=_BATCH)
    return entries


def _plain(value: Any) -> Any:
    """A value as JSON holds it."""
    return value.isoformat() if isinstance(value, date) else value
