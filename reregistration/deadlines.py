"""When is what due? Pure functions: every date comes in as an argument, none is read.

Days end at 24:00 in Asia/Almaty; the lengths are data of the campaign (design.md section 7).
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from registry.calendar import (
    NO_OVERRIDES,
    Overrides,
    add_working_days,
    after_protected_days,
    day_of,
    is_working_day,
)

# Whoever is to file again, because a decision or a court gave it back its turn, gets at least so
# many working days (design.md section 6).
ANEW_WORKING_DAYS = 30
# Days before the due date on which a courtesy reminder falls.
REMINDER_DAYS = (90, 60, 30, 14, 7, 1)


def effective_due_on(
    campaign_due_on: date,
    *,
    cohort_due_on: date | None = None,
    extended_days: int = 0,
    held_days: int = 0,
    returned_on: date | None = None,
    correction_working_days: int = 10,
    extended_since_return: int = 0,
    held_since_return: int = 0,
    overrides: Overrides = NO_OVERRIDES,
) -> date:
    """The day by whose end an organisation must file.

    The campaign's date, or its cohort's where that is later, plus extensions and held days; after
    a return not before `correction_working_days` from it, plus the extensions granted and the days
    held since. A day off or a protected day moves it to the next working day after.
    """
    base_due_on = max(campaign_due_on, cohort_due_on or campaign_due_on)
    due_on = base_due_on + timedelta(days=extended_days + held_days)
    if returned_on:
        corrected_by = add_working_days(returned_on, correction_working_days, overrides)
        due_on = max(
            due_on, corrected_by + timedelta(days=extended_since_return + held_since_return)
        )
    return after_protected_days(due_on, overrides)


def working_days_after(began_on: date, on: date, overrides: Overrides = NO_OVERRIDES) -> int:
    """How many working days lie after the day on which something began, up to that day."""
    days = (began_on + timedelta(days=day) for day in range(1, (on - began_on).days + 1))
    return sum(is_working_day(day, overrides) for day in days)


def review_due_on(
    submitted_on: date,
    working_days: int,
    earlier: Iterable[tuple[date, date]] = (),
    overrides: Overrides = NO_OVERRIDES,
) -> date:
    """The last day of the ministry's term for the review of a filing.

    `earlier` are the ministry's turns with earlier versions, each from its submission to its
    decision: the term stands still while the organisation has it, and goes on with what was left.
    """
    used = sum(working_days_after(began_on, on, overrides) for began_on, on in earlier)
    return add_working_days(submitted_on, max(working_days - used, 0), overrides)


def is_on_time(filed_at: datetime, due_on: date) -> bool:
    """Filed by 24:00 of the due date; the moment is the request's arrival."""
    return day_of(filed_at) <= due_on


def term_ends_on(began_on: date, days: int, overrides: Overrides = NO_OVERRIDES) -> date:
    """The last day of a term of so many days after the day on which it began.

    Ends at 24:00 of that day; one that would end on a day off or a protected day ends on the
    next working day after.
    """
    return after_protected_days(began_on + timedelta(days=days), overrides)


def months_end_on(began_on: date, months: int, overrides: Overrides = NO_OVERRIDES) -> date:
    """The last day of a term of so many months after the day on which it began.

    The same day of the last month, or that month's last day where it has none; moved as
    `term_ends_on` moves it.
    """
    years, month = divmod(began_on.month - 1 + months, 12)
    year, month = began_on.year + years, month + 1
    day = min(began_on.day, monthrange(year, month)[1])
    return after_protected_days(date(year, month, day), overrides)


def anew_ends_on(on: date, overrides: Overrides = NO_OVERRIDES) -> date:
    """The last day of the term of an organisation that is to file again from that day."""
    return after_protected_days(add_working_days(on, ANEW_WORKING_DAYS, overrides), overrides)


def latest_beginning(on: date, days: int, overrides: Overrides = NO_OVERRIDES) -> date:
    """The latest day on which a term can have begun that is over by that day: its last day lies
    before it. Every earlier beginning is over too."""
    began_on = on - timedelta(days=days + 1)
    while term_ends_on(began_on, days, overrides) >= on:
        began_on -= timedelta(days=1)
    return began_on


def grace_ends_on(due_on: date, grace_days: int, overrides: Overrides = NO_OVERRIDES) -> date:
    """The last day of grace, T+1 to T+14 by default."""
    return term_ends_on(due_on, grace_days, overrides)


def is_overdue(on: date, due_on: date) -> bool:
    return on > due_on


def reminder_of_use_until(due_on: date, days: int) -> date:
    """The last day on which the reminder of so many days before the due date says something new.

    The day before the next reminder's, at most six days after its own, and never past the due date.
    """
    fell_on = due_on - timedelta(days=days)
    later = [fewer for fewer in REMINDER_DAYS if fewer < days]
    next_on = due_on - timedelta(days=later[0]) if later else due_on + timedelta(days=1)
    return min(fell_on + timedelta(days=6), next_on - timedelta(days=1))


def current_reminder(on: date, due_on: date, cycle_began_on: date) -> int | None:
    """Which reminder is due that day, by its days before the due date; None if none is.

    Of several missed ones only the latest counts. One that fell before the cycle began was never
    due. Each is due until the next one's day, but at most a week: later it says nothing new.
    """
    days_left = (due_on - on).days
    passed = [days for days in REMINDER_DAYS if 0 <= days_left <= days]
    if not passed:
        return None
    latest = passed[-1]
    fell_on = due_on - timedelta(days=latest)
    if fell_on < cycle_began_on or on > reminder_of_use_until(due_on, latest):
        return None
    return latest
