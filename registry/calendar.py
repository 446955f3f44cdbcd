"""Which days are working days, and when may nothing adverse happen?

Public holidays come from the `holidays` package (Kazakhstan), overridden by the table that staff
edit for the Government's yearly transfers of working days (`DayOverride`). Pure: the overrides
are an argument. A day ends at 24:00 in Asia/Almaty.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

ALMATY = ZoneInfo("Asia/Almaty")

# Overrides: True makes a day a working day, False a day off.
Overrides = Mapping[date, bool]
NO_OVERRIDES: Overrides = {}

# No adverse notice goes out and no adverse term ends on these days, both ends included:
# (month, day) pairs. design.md section 7.
PROTECTED_PERIODS = (((12, 25), (12, 31)), ((1, 1), (1, 10)), ((3, 20), (3, 25)))


@lru_cache(maxsize=32)
def _public_holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("KZ", years=year))


def is_working_day(on: date, overrides: Overrides = NO_OVERRIDES) -> bool:
    if on in overrides:
        return overrides[on]
    return on.weekday() < 5 and on not in _public_holidays(on.year)


def next_working_day(on: date, overrides: Overrides = NO_OVERRIDES) -> date:
    """That day if it is a working day, else the first one after it."""
    while not is_working_day(on, overrides):
        on += timedelta(days=1)
    return on


def add_working_days(on: date, count: int, overrides: Overrides = NO_OVERRIDES) -> date:
    """The day `count` working days after `on`, which itself does not count."""
    while count > 0:
        on += timedelta(days=1)
        if is_working_day(on, overrides):
            count -= 1
    return on


def is_protected(on: date) -> bool:
    """Whether nothing adverse may go out or fall due on that day."""
    return any(first <= (on.month, on.day) <= last for first, last in PROTECTED_PERIODS)


def after_protected_days(on: date, overrides: Overrides = NO_OVERRIDES) -> date:
    """That day, or the first unprotected working day after it."""
    while is_protected(on) or not is_working_day(on, overrides):
        on += timedelta(days=1)
    return on


def day_of(at: datetime) -> date:
    """The day in Almaty on which a moment falls."""
    return at.astimezone(ALMATY).date()


def end_of(on: date) -> datetime:
    """The first moment that is no longer in that day: 24:00 in Almaty."""
    return datetime.combine(on + timedelta(days=1), time.min, tzinfo=ALMATY)
