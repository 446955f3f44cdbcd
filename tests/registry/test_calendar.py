from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.calendar import (
    add_working_days,
    after_protected_days,
    day_of,
    end_of,
    is_protected,
    is_working_day,
    next_working_day,
)

_DAYS = st.dates(date(2024, 1, 1), date(2029, 12, 31))


@pytest.mark.parametrize(
    ("on", "works"),
    [
        (date(2026, 9, 15), True),
        (date(2026, 9, 12), False),  # Saturday
        (date(2026, 12, 16), False),  # Independence Day
        (date(2026, 3, 23), False),  # Nauryz
        (date(2026, 10, 26), False),  # Republic Day, moved from Sunday
    ],
)
def test_working_days_are_those_of_kazakhstan(on: date, works: bool) -> None:
    assert is_working_day(on) is works


def test_an_override_makes_a_saturday_a_working_day() -> None:
    saturday = date(2026, 9, 12)
    assert is_working_day(saturday, {saturday: True})


def test_an_override_makes_a_weekday_a_day_off() -> None:
    tuesday = date(2026, 9, 15)
    assert next_working_day(tuesday, {tuesday: False}) == date(2026, 9, 16)


def test_a_term_that_ends_on_a_sunday_moves_to_monday() -> None:
    assert next_working_day(date(2026, 9, 13)) == date(2026, 9, 14)


def test_ten_working_days_skip_two_weekends() -> None:
    assert add_working_days(date(2026, 9, 1), 10) == date(2026, 9, 15)


@pytest.mark.parametrize(
    ("on", "protected"),
    [
        (date(2026, 12, 24), False),
        (date(2026, 12, 25), True),
        (date(2027, 1, 1), True),
        (date(2027, 1, 10), True),
        (date(2027, 1, 11), False),
        (date(2027, 3, 19), False),
        (date(2027, 3, 20), True),
        (date(2027, 3, 25), True),
        (date(2027, 3, 26), False),
    ],
)
def test_protected_days_count_both_ends(on: date, protected: bool) -> None:
    assert is_protected(on) is protected


@given(_DAYS)
def test_after_protected_days_is_a_working_unprotected_day_not_before(on: date) -> None:
    moved = after_protected_days(on)
    assert moved >= on
    assert is_working_day(moved)
    assert not is_protected(moved)


@given(_DAYS, st.integers(1, 60))
def test_adding_working_days_counts_exactly_that_many(on: date, count: int) -> None:
    end = add_working_days(on, count)
    between = (date.fromordinal(n) for n in range(on.toordinal() + 1, end.toordinal() + 1))
    assert sum(map(is_working_day, between)) == count


def test_a_day_ends_at_midnight_in_almaty() -> None:
    assert end_of(date(2026, 9, 15)) == datetime(2026, 9, 15, 19, 0, tzinfo=UTC)


def test_an_evening_in_utc_is_the_next_day_in_almaty() -> None:
    assert day_of(datetime(2026, 9, 15, 19, 0, tzinfo=UTC)) == date(2026, 9, 16)
