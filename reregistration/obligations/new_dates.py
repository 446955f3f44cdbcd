"""A later date for an obligation: more time for one, or a due date that moved for many."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.refusals import Refused
from registry.calendar import day_of
from registry.models import DayOverride
from reregistration import deadlines
from reregistration.models import Obligation
from reregistration.obligations import dates, record
from reregistration.states import MAY_BE_EXTENDED, State


def extend_locked(
    row: Obligation, days: int, *, by: User | None, at: datetime, reason: str
) -> Obligation:
    """Give an obligation more days, in a new cycle. Changes and returns that row.

    For a caller that holds the row's lock and has read it under that lock, with its campaign. The
    due and the returned get a later date; the overdue are due again. Refuses where no date is to
    be met, where the new date would not lie ahead, and while the dates are held: no day runs out
    then, and the new date is not known before the hold ends.
    """
    if row.held_since_on:
        raise Refused(
            _("The dates are held since %(since)s: no day runs out. Give more time when it ends.")
            % {"since": date_format(row.held_since_on)}
        )
    if row.state not in MAY_BE_EXTENDED:
        raise Refused(
            _("More time cannot be given now: the obligation is “%(state)s”. It can still file.")
            % {"state": row.get_state_display()}
        )
    before, overrides, on = record.remember([row]), DayOverride.objects.as_overrides(), day_of(at)
    # A date that was set by itself, in a reopening for one, is moved as it is.
    is_computed = row.due_on == dates.effective(row, overrides)
    row.extended_days += days
    if row.returned_on:
        row.extended_since_return += days
    due_on = dates.effective(row, overrides)
    if not is_computed:
        due_on = max(due_on, deadlines.term_ends_on(row.due_on, days, overrides))
    if due_on <= row.due_on or due_on < on:
        raise Refused(
            _(
                "%(days)d more days would end on %(due)s, and that has passed. Give more days, or "
                "ask the organisation to file: a late filing counts too."
            )
            % {"days": days, "due": date_format(due_on)}
        )
    if row.state == State.OVERDUE:
        row.state = State.DUE
    row.due_on, row.cycle, row.cycle_began_on = due_on, row.cycle + 1, on
    record.write([row], before, by=by, at=at, reason=reason)
    return row


@dataclass(frozen=True)
class Rescheduled:
    """An obligation with its new date, and the one before."""

    obligation: Obligation
    former_due_on: date


@transaction.atomic
def reschedule(
    ids: Iterable[int], *, by: User | None, on: date, at: datetime, reason: str
) -> list[Rescheduled]:
    """Recompute the effective due date of those whose clock still runs or has just run out.

    Called when the campaign's or the cohort's date moved (later only), as decided on day `on`. The
    due and the returned get the new date in a new cycle; the overdue whose new date lay ahead on
    that day are due again. Returns those that changed. Safe to repeat: who has the date keeps it.
    """
    rows = [row for row in record.lock_all(ids) if row.state in MAY_BE_EXTENDED]
    before, overrides = record.remember(rows), DayOverride.objects.as_overrides()
    changed = []
    for row in rows:
        former_due_on, due_on = row.due_on, dates.effective(row, overrides)
        if due_on <= former_due_on or due_on < on:
            continue
        if row.state == State.OVERDUE:
            row.state = State.DUE
        row.due_on, row.cycle, row.cycle_began_on = due_on, row.cycle + 1, day_of(at)
        changed.append(Rescheduled(row, former_due_on))
    record.write([one.obligation for one in changed], before, by=by, at=at, reason=reason)
    return changed
