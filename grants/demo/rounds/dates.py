"""When each step of a round is: announced in January, decided before the end of March."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cached_property

from grants.demo import stage
from registry.calendar import add_working_days


class Round:
    """The dates of a year's calls."""

    def __init__(self, year: int) -> None:
        self.year = year

    @cached_property
    def announced_at(self) -> datetime:
        return stage.moment(date(self.year, 1, 9))

    @cached_property
    def opens_at(self) -> datetime:
        return stage.moment(date(self.year, 1, 12), 9)

    @cached_property
    def closes_at(self) -> datetime:
        return stage.moment(date(self.year, 2, 6), 18, 30)

    @cached_property
    def checked_on(self) -> date:
        return add_working_days(date(self.year, 2, 6), 10)

    @cached_property
    def checked_at(self) -> datetime:
        """When an application's formal check is."""
        return stage.moment(self.checked_on - timedelta(days=3), 12)

    @cached_property
    def decided_on(self) -> date:
        return add_working_days(self.checked_on, 12)

    @cached_property
    def decided_at(self) -> datetime:
        return stage.moment(self.decided_on, 16)

    @cached_property
    def awarded_on(self) -> date:
        return add_working_days(self.decided_on, 1)

    @cached_property
    def awarded_at(self) -> datetime:
        return stage.moment(self.awarded_on, 10)

    @cached_property
    def accept_by_on(self) -> date:
        return add_working_days(self.awarded_on, 10)

    @cached_property
    def starts_on(self) -> date:
        return date(self.year, 4, 15)
