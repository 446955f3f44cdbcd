"""The clocks of obligations stand still while a hold lasts, and run again after it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction

from accounts.models import User
from registry import standing
from registry.calendar import Overrides, day_of
from registry.models import DayOverride
from registry.states import GOOD_UNTIL_DUE
from reregistration import deadlines
from reregistration.models import Obligation
from reregistration.obligations import dates, record
from reregistration.states import MAY_BE_EXTENDED, State


@transaction.atomic
def stop(ids: Iterable[int], *, at: datetime) -> list[Obligation]:
    """Let the clocks of obligations stand still from that day on; returns those that ran.

    Nothing else changes, so that no event is written: the hold is the record. Safe to repeat: a
    clock that stands keeps the day on which it stopped.
    """
    running = [row for row in record.lock_all(ids) if row.held_since_on is None]
    for row in running:
        row.held_since_on = day_of(at)
    record.save(running, ["held_since_on"])
    standing.write(record.mirrored(row, at) for row in running if row.state in GOOD_UNTIL_DUE)
    return running


@transaction.atomic
def start(ids: Iterable[int], *, by: User | None, at: datetime, reason: str) -> list[Obligation]:
    """Let clocks run again: every date moves by the days held. Returns those that stood still.

    Where a date is to be met, or was missed, a new cycle begins; the overdue whose new date lies
    ahead are due again. Safe to repeat: a clock that runs is left as it is.
    """
    held = [row for row in record.lock_all(ids) if row.held_since_on]
    before, overrides, on = record.remember(held), DayOverride.objects.as_overrides(), day_of(at)
    for row in held:
        _start_clock(row, on, overrides)
    clocked = [row for row in held if row.state in MAY_BE_EXTENDED]
    others = [row for row in held if row.state not in MAY_BE_EXTENDED]
    record.save(others, ["held_days", "held_since_return", "held_since_on"])
    record.write(clocked, before, by=by, at=at, reason=reason)
    return held


def _start_clock(row: Obligation, on: date, overrides: Overrides) -> None:
    """Count the days held, and move the date by them."""
    since = row.held_since_on or on
    days = (on - since).days
    # A date that was set by itself, in a reopening for one, is moved as it is.
    is_computed = row.due_on == dates.effective(row, overrides)
    row.held_since_on = None
    row.held_days += days
    if row.returned_on:
        row.held_since_return += (on - max(since, row.returned_on)).days
    if row.state not in MAY_BE_EXTENDED:
        return
    row.due_on = (
        dates.effective(row, overrides)
        if is_computed
        else deadlines.term_ends_on(row.due_on, days, overrides)
    )
    if row.state == State.OVERDUE and row.due_on >= on:
        row.state = State.DUE
    row.cycle, row.cycle_began_on = row.cycle + 1, on
