"""What a change of obligations leaves behind: rows, events, cycles, the register's mirror.

For the modules of this package, which read the rows under their locks first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from registry import standing
from registry.models import Standing
from registry.states import GOOD_UNTIL_DUE, HELD
from reregistration.models import Cycle, Obligation, ObligationEvent
from reregistration.obligations import dates
from reregistration.referral import withdrawals
from reregistration.states import BEFORE_THE_COURT, IN_PROCESS, State

BATCH = 2000
# What a move or a new date may change.
_CHANGEABLE = (
    "state",
    "release_reason",
    "due_on",
    "extended_days",
    "extended_since_return",
    "held_days",
    "held_since_return",
    "held_since_on",
    "returned_on",
    "returns",
    "cycle",
    "cycle_began_on",
    "first_filed_at",
    "on_time",
)


@dataclass(frozen=True)
class Before:
    """What an obligation was before it changed."""

    state: str
    cycle: int


def lock_all(ids: Iterable[int]) -> list[Obligation]:
    """The obligations read under their locks, ids ascending, each with its campaign."""
    return list(
        Obligation.objects.select_for_update(of=("self",), no_key=True)
        .select_related("campaign", "cohort")
        .filter(pk__in=list(ids))
        .order_by("pk")
    )


def remember(rows: Iterable[Obligation]) -> dict[int, Before]:
    return {row.pk: Before(row.state, row.cycle) for row in rows}


def write(
    rows: Sequence[Obligation],
    before: dict[int, Before],
    *,
    by: User | None,
    at: datetime,
    reason: str,
) -> None:
    """Save the rows, append their events, begin their cycles, mirror them in the register; end
    what was on its way to the court."""
    if len(rows) == 1:
        # The common case by far, and several times quicker than the statement for many.
        rows[0].save(update_fields=_CHANGEABLE)
    else:
        save(rows, _CHANGEABLE)
    _log(rows, {pk: was.state for pk, was in before.items()}, by=by, at=at, reason=reason)
    begun = [row for row in rows if row.cycle > before[row.pk].cycle]
    _begin_cycles(begun, at=at, reason=reason[:40])
    standing.write(mirrored(row, at) for row in rows)
    left = [row for row in rows if _left_the_way(before[row.pk].state, row.state)]
    if left:
        withdrawals.follow(left, by=by, at=at)


def _left_the_way(was: str, state: str) -> bool:
    """Whether a move takes an obligation off the way to the court, other than by the court."""
    return was in BEFORE_THE_COURT and state not in {*BEFORE_THE_COURT, State.TERMINATED}


def write_made(rows: Sequence[Obligation], *, by: User | None, at: datetime, reason: str) -> None:
    """Append the first event of obligations that were made just now, begin their first cycle,
    mirror them in the register."""
    _log(rows, {}, by=by, at=at, reason=reason)
    _begin_cycles(rows, at=at, reason="made")
    standing.write(mirrored(row, at) for row in rows)


def save(rows: Sequence[Obligation], fields: Sequence[str]) -> None:
    """Save those fields of many locked rows.

    As an upsert of rows that all exist: a whole campaign takes seconds, where `bulk_update` with
    its case a row and field takes more than a minute.
    """
    Obligation.objects.bulk_create(
        rows, batch_size=BATCH, update_conflicts=True, unique_fields=["id"], update_fields=fields
    )


def _log(
    rows: Sequence[Obligation],
    before: dict[int, str],
    *,
    by: User | None,
    at: datetime,
    reason: str,
) -> None:
    ObligationEvent.objects.bulk_create(
        [
            ObligationEvent(
                obligation=row,
                from_state=before.get(row.pk, ""),
                to_state=row.state,
                cycle=row.cycle,
                due_on=row.due_on,
                reason=reason,
                by=by,
                at=at,
            )
            for row in rows
        ],
        batch_size=BATCH,
    )


def _begin_cycles(rows: Iterable[Obligation], *, at: datetime, reason: str) -> None:
    Cycle.objects.bulk_create(
        [
            Cycle(
                obligation=row,
                number=row.cycle,
                began_at=at,
                reason=reason or row.state,
                due_on=row.due_on,
            )
            for row in rows
        ],
        batch_size=BATCH,
    )


def mirrored(row: Obligation, at: datetime) -> Standing:
    """The obligation as the register mirrors it since that moment; not saved."""
    # Whose date had passed before the hold began is late all the same.
    is_held = row.state in GOOD_UNTIL_DUE and dates.is_held_in_time(row)
    return Standing(
        organisation_id=row.organisation_id,
        campaign=row.campaign.code,
        state=row.state,
        reason=HELD if is_held else row.release_reason,
        effective_due_on=row.due_on,
        on_time=row.on_time,
        in_process=row.state in IN_PROCESS,
        since_at=at,
    )
