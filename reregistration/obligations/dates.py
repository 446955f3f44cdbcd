"""The effective due date of an obligation, and whether a filing of that moment is on time."""

from __future__ import annotations

from datetime import date, datetime

from registry.calendar import Overrides
from registry.models import DayOverride
from reregistration import deadlines
from reregistration.models import Obligation
from reregistration.states import MAY_BE_EXTENDED


def effective(row: Obligation, overrides: Overrides) -> date:
    """The effective due date from the campaign's or cohort's date and what was granted or
    returned."""
    return deadlines.effective_due_on(
        row.campaign.due_on,
        cohort_due_on=row.cohort.due_on if row.cohort else None,
        extended_days=row.extended_days,
        held_days=row.held_days,
        returned_on=row.returned_on,
        correction_working_days=row.campaign.correction_working_days,
        extended_since_return=row.extended_since_return,
        held_since_return=row.held_since_return,
        overrides=overrides,
    )


def before_any_return(row: Obligation) -> date:
    return deadlines.effective_due_on(
        row.campaign.due_on,
        cohort_due_on=row.cohort.due_on if row.cohort else None,
        extended_days=row.extended_days - row.extended_since_return,
        held_days=row.held_days - row.held_since_return,
        overrides=DayOverride.objects.as_overrides(),
    )


def is_held_in_time(row: Obligation) -> bool:
    """Whether its clock stands still on a day before its date had passed."""
    return row.held_since_on is not None and row.held_since_on <= row.due_on


def is_on_time(row: Obligation, was: str, at: datetime) -> bool:
    """By its date, or while that is held, or by a later date that is decided and that no slice
    has brought to it yet."""
    if is_held_in_time(row) or deadlines.is_on_time(at, row.due_on):
        return True
    if was not in MAY_BE_EXTENDED or not row.campaign.is_writing_dates:
        return False
    return deadlines.is_on_time(at, effective(row, DayOverride.objects.as_overrides()))
