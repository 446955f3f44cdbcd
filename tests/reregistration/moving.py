"""A due date that is moved and has reached every obligation."""

from __future__ import annotations

from datetime import date, datetime

from accounts.models import User
from reregistration import due_dates
from reregistration.models import Campaign, Cohort


def move_due_date(
    campaign: Campaign,
    due_on: date,
    *,
    cohort: Cohort | None = None,
    by: User,
    at: datetime,
    ground: str,
) -> int:
    """As the desk decides and the timetable writes; returns how many got a new date."""
    due_dates.move(campaign, due_on, cohort=cohort, by=by, at=at, ground=ground)
    return due_dates.write_all(campaign, at=at)
