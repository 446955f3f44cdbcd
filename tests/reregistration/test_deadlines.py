"""Every date rule against tables written out by hand, and what must hold on any day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.calendar import ALMATY, is_protected, is_working_day
from reregistration import deadlines

DUE_ON = date(2026, 12, 1)  # a Tuesday
ANY_DAY = st.dates(date(2025, 1, 1), date(2029, 12, 31))

# Days before the due date on which each reminder is due: from its own day, for a week at most,
# until the next one's day.
REMINDED = {
    90: (90, 89, 88, 87, 86, 85, 84),
    60: (60, 59, 58, 57, 56, 55, 54),
    30: (30, 29, 28, 27, 26, 25, 24),
    14: (14, 13, 12, 11, 10, 9, 8),
    7: (7, 6, 5, 4, 3, 2),
    1: (1, 0),
}
REMINDER_ON = {left: reminder for reminder, days in REMINDED.items() for left in days}


@pytest.mark.parametrize(
    ("filed_at", "on_time"),
    [
        (datetime(2026, 12, 1, 23, 59, 59, tzinfo=ALMATY), True),
        (datetime(2026, 12, 2, 0, 0, 0, tzinfo=ALMATY), False),
        (datetime(2026, 12, 1, 18, 59, 59, 999999, tzinfo=UTC), True),
        (datetime(2026, 12, 1, 19, 0, 0, tzinfo=UTC), False),
    ],
)
def test_a_day_ends_at_midnight_in_almaty(filed_at: datetime, on_time: bool) -> None:
    assert deadlines.is_on_time(filed_at, DUE_ON) is on_time


@pytest.mark.parametrize(
    ("on", "overdue"),
    [(date(2026, 11, 30), False), (date(2026, 12, 1), False), (date(2026, 12, 2), True)],
)
def test_overdue_begins_the_day_after_the_due_date(on: date, overdue: bool) -> None:
    assert deadlines.is_overdue(on, DUE_ON) is overdue


def test_the_last_day_of_grace_is_the_fourteenth_after_the_due_date() -> None:
    assert deadlines.grace_ends_on(DUE_ON, 14) == date(2026, 12, 15)


@pytest.mark.parametrize(
    ("began_on", "days", "ends_on"),
    [
        (date(2026, 10, 5), 28, date(2026, 11, 2)),
        # 1 November 2026 is a Sunday.
        (date(2026, 10, 4), 28, date(2026, 11, 2)),
        # Nothing adverse ends from 25 December to 10 January.
        (date(2026, 12, 1), 28, date(2027, 1, 11)),
    ],
)
def test_a_term_ends_on_a_working_day_that_is_not_protected(
    began_on: date, days: int, ends_on: date
) -> None:
    assert deadlines.term_ends_on(began_on, days) == ends_on


@given(
    on=st.dates(date(2026, 1, 1), date(2028, 12, 31)), days=st.integers(min_value=1, max_value=60)
)
def test_the_latest_beginning_is_the_last_day_whose_term_is_over(on: date, days: int) -> None:
    began_on = deadlines.latest_beginning(on, days)
    assert deadlines.term_ends_on(began_on, days) < on
    assert deadlines.term_ends_on(began_on + timedelta(days=1), days) >= on


@pytest.mark.parametrize(
    ("campaign_due_on", "effective"),
    [
        pytest.param(date(2026, 12, 1), date(2026, 12, 1), id="a working day stays"),
        pytest.param(date(2026, 12, 5), date(2026, 12, 7), id="Saturday to Monday"),
        pytest.param(date(2026, 10, 25), date(2026, 10, 27), id="Sunday, then a holiday moved"),
        pytest.param(date(2026, 12, 16), date(2026, 12, 17), id="Independence Day"),
        pytest.param(date(2026, 12, 24), date(2026, 12, 24), id="the day before the protected"),
        pytest.param(date(2026, 12, 25), date(2027, 1, 11), id="first protected day of winter"),
        pytest.param(date(2027, 1, 10), date(2027, 1, 11), id="last protected day of winter"),
        pytest.param(date(2027, 3, 19), date(2027, 3, 19), id="the day before Nauryz"),
        pytest.param(date(2027, 3, 20), date(2027, 3, 26), id="first protected day of spring"),
        pytest.param(date(2027, 3, 25), date(2027, 3, 26), id="last protected day of spring"),
    ],
)
def test_a_due_date_moves_off_days_off_and_protected_days(
    campaign_due_on: date, effective: date
) -> None:
    assert deadlines.effective_due_on(campaign_due_on) == effective


@pytest.mark.parametrize(
    ("extended", "held", "effective"),
    [
        (0, 0, date(2026, 12, 1)),
        (7, 0, date(2026, 12, 8)),
        (0, 2, date(2026, 12, 3)),
        (7, 2, date(2026, 12, 10)),
        (4, 0, date(2026, 12, 7)),  # the fifth is a Saturday
        (20, 4, date(2027, 1, 11)),  # 25 December is protected
    ],
)
def test_extensions_and_held_days_are_added(extended: int, held: int, effective: date) -> None:
    assert deadlines.effective_due_on(DUE_ON, extended_days=extended, held_days=held) == effective


@pytest.mark.parametrize(
    ("returned_on", "effective"),
    [
        pytest.param(date(2026, 9, 10), date(2026, 12, 1), id="early: the campaign's date stands"),
        pytest.param(date(2026, 11, 17), date(2026, 12, 1), id="ten working days reach it"),
        pytest.param(date(2026, 11, 18), date(2026, 12, 2), id="a day past it"),
        pytest.param(date(2026, 12, 1), date(2026, 12, 15), id="on the last day"),
        pytest.param(date(2026, 12, 3), date(2026, 12, 18), id="16 December does not count"),
        pytest.param(date(2026, 12, 10), date(2027, 1, 11), id="the tenth is protected"),
    ],
)
def test_a_return_gives_ten_working_days(returned_on: date, effective: date) -> None:
    assert deadlines.effective_due_on(DUE_ON, returned_on=returned_on) == effective


def test_the_correction_term_is_the_campaigns_data() -> None:
    assert deadlines.effective_due_on(
        DUE_ON, returned_on=date(2026, 12, 1), correction_working_days=3
    ) == date(2026, 12, 4)


def test_a_weekday_that_staff_made_a_day_off_moves_the_due_date() -> None:
    moved = {date(2026, 12, 1): False}
    assert deadlines.effective_due_on(DUE_ON, overrides=moved) == date(2026, 12, 2)


def test_a_saturday_that_staff_made_a_working_day_keeps_the_due_date() -> None:
    moved = {date(2026, 12, 5): True}
    assert deadlines.effective_due_on(date(2026, 12, 5), overrides=moved) == date(2026, 12, 5)


def test_moved_working_days_count_in_a_correction_term() -> None:
    # The Saturday is worked, the Monday after it is off, and one weekday more is off.
    moved = {date(2026, 12, 5): True, date(2026, 12, 7): False, date(2026, 12, 8): False}
    assert deadlines.effective_due_on(
        DUE_ON, returned_on=date(2026, 12, 1), overrides=moved
    ) == date(2026, 12, 17)


def test_a_protected_day_stays_protected_though_it_is_worked() -> None:
    moved = {date(2027, 1, 9): True}
    assert deadlines.effective_due_on(date(2027, 1, 9), overrides=moved) == date(2027, 1, 11)


@pytest.mark.parametrize("left", range(100, -2, -1))
def test_which_reminder_is_due_each_day(left: int) -> None:
    on = DUE_ON - timedelta(days=left)
    began_on = DUE_ON - timedelta(days=120)
    assert deadlines.current_reminder(on, DUE_ON, began_on) == REMINDER_ON.get(left)


@pytest.mark.parametrize("left", range(60, -2, -1))
def test_no_reminder_of_before_the_cycle_began(left: int) -> None:
    # The cycle began a day after T-30 fell, so T-14 is its first one.
    began_on = DUE_ON - timedelta(days=29)
    on = DUE_ON - timedelta(days=left)
    first = REMINDER_ON.get(left) if left <= 14 else None
    assert deadlines.current_reminder(on, DUE_ON, began_on) == first


def test_a_reminder_that_falls_on_the_cycles_first_day_is_due() -> None:
    began_on = DUE_ON - timedelta(days=30)
    assert deadlines.current_reminder(began_on, DUE_ON, began_on) == 30


# A loaded machine is no failure, so no example has a time limit.
@settings(deadline=None)
@given(due_on=ANY_DAY, extended=st.integers(0, 90), held=st.integers(0, 90))
def test_an_effective_due_date_is_an_unprotected_working_day(
    due_on: date, extended: int, held: int
) -> None:
    effective = deadlines.effective_due_on(due_on, extended_days=extended, held_days=held)
    assert is_working_day(effective)
    assert not is_protected(effective)
    assert effective >= due_on + timedelta(days=extended + held)


@settings(deadline=None)
@given(due_on=ANY_DAY, later=st.integers(0, 200), returned_on=st.none() | ANY_DAY)
def test_a_later_campaign_date_never_takes_time_away(
    due_on: date, later: int, returned_on: date | None
) -> None:
    before = deadlines.effective_due_on(due_on, returned_on=returned_on)
    after = deadlines.effective_due_on(due_on + timedelta(days=later), returned_on=returned_on)
    assert after >= before


@settings(deadline=None)
@given(due_on=ANY_DAY, returned_on=ANY_DAY)
def test_ten_working_days_lie_between_a_return_and_its_due_date(
    due_on: date, returned_on: date
) -> None:
    effective = deadlines.effective_due_on(due_on, returned_on=returned_on)
    days = (returned_on + timedelta(days=n) for n in range(1, (effective - returned_on).days + 1))
    assert effective >= due_on
    assert effective > returned_on
    assert sum(map(is_working_day, days)) >= 10


@settings(deadline=None)
@given(due_on=ANY_DAY, left=st.integers(-5, 120), age=st.integers(0, 150))
def test_a_reminder_is_never_of_before_its_cycle_nor_older_than_a_week(
    due_on: date, left: int, age: int
) -> None:
    on = due_on - timedelta(days=left)
    began_on = on - timedelta(days=age)
    days = deadlines.current_reminder(on, due_on, began_on)
    if days is None:
        return
    fell_on = due_on - timedelta(days=days)
    assert began_on <= fell_on <= on <= due_on
    assert on - fell_on < timedelta(days=7)


@pytest.mark.parametrize(
    ("began_on", "months", "ends_on"),
    [
        (date(2027, 2, 15), 3, date(2027, 5, 17)),  # 15 May is a Saturday
        (date(2027, 11, 30), 3, date(2028, 2, 29)),
        (date(2027, 10, 26), 2, date(2028, 1, 11)),  # 26 December is protected
        (date(2027, 7, 6), 12, date(2028, 7, 7)),  # 6 July is Capital Day
    ],
)
def test_a_term_of_months_ends_on_the_same_day_of_its_last_month(
    began_on: date, months: int, ends_on: date
) -> None:
    assert deadlines.months_end_on(began_on, months) == ends_on
