"""Reminders of reports: the chosen beside all kinds of not chosen, once, and never too late."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from grants import award, reminders, reports
from grants.models import Report
from notices.models import Notice
from notices.states import DispatchState, Kind
from registry.calendar import end_of
from registry.models import DayOverride
from tests.factories.accounts import UserFactory
from tests.factories.grants import AwardFactory, ReportFactory
from tests.grants.cycle import AT, in_force

pytestmark = pytest.mark.django_db
# A Wednesday.
DUE_ON = date(2027, 2, 10)


def noon(on: date) -> datetime:
    return datetime(on.year, on.month, on.day, 7, tzinfo=UTC)


def run(on: date) -> int:
    return reminders.queue_due(on=on, at=noon(on))


def before(days: int) -> date:
    return DUE_ON - timedelta(days=days)


def told(row: Report | None = None) -> list[tuple[str, str]]:
    rows = Notice.objects.all() if row is None else Notice.objects.filter(source=row.source)
    return list(rows.order_by("pk").values_list("kind", "occasion"))


def waiting(**fields: Any) -> Report:
    made: Report = ReportFactory.create(due_on=DUE_ON, **fields)
    return made


def in_state(state: str, **fields: Any) -> Report:
    who = UserFactory.create()
    said = {"submitted_at": AT, "submitted_by": who, "sha256": "0" * 64}
    if state in ("returned", "accepted"):
        said |= {"reviewed_at": AT, "reviewed_by": who, "review_words": "No receipts."}
    return waiting(state=state, **{**said, **fields})


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (before(15), []),
        (before(14), [(Kind.GRANT_REPORT_DUE, "T-14/2027-02-10")]),
        (before(4), [(Kind.GRANT_REPORT_DUE, "T-14/2027-02-10")]),
        (before(3), [(Kind.GRANT_REPORT_DUE, "T-3/2027-02-10")]),
        (DUE_ON, [(Kind.GRANT_REPORT_DUE, "T-3/2027-02-10")]),
        (date(2027, 2, 11), [(Kind.GRANT_REPORT_OVERDUE, "T+1/2027-02-10")]),
        (date(2027, 3, 12), [(Kind.GRANT_REPORT_OVERDUE, "T+1/2027-02-10")]),
        # Too late to be of use: the officer's to speak about.
        (date(2027, 3, 13), []),
    ],
)
def test_of_a_report_the_newest_step_alone_is_told(
    on: date, expected: list[tuple[str, str]]
) -> None:
    waiting()
    for _ in range(2):
        run(on)
    assert told() == expected


def test_from_day_to_day_each_step_is_told_once() -> None:
    waiting()
    made = [run(before(20) + timedelta(days=day)) for day in range(60)]
    assert sum(made) == 3
    assert [occasion for _kind, occasion in told()] == [
        "T-14/2027-02-10",
        "T-3/2027-02-10",
        "T+1/2027-02-10",
    ]


def test_nobody_is_told_over_a_weekend_that_a_report_is_late() -> None:
    row = waiting()
    Report.objects.filter(pk=row.pk).update(due_on=date(2027, 2, 12))
    assert [run(date(2027, 2, day)) for day in (13, 14)] == [0, 0]
    DayOverride.objects.create(on=date(2027, 2, 15), is_working=False, ground="Order No. 1")
    assert [run(date(2027, 2, day)) for day in (15, 16)] == [0, 1]
    assert told() == [(Kind.GRANT_REPORT_OVERDUE, "T+1/2027-02-12")]


def test_only_what_waits_for_an_organisation_that_is_bound_is_told() -> None:
    chosen = [
        waiting(),
        waiting(award=AwardFactory.create(state="suspended")),
        in_state("returned"),
    ]
    for state in ("submitted", "accepted"):
        in_state(state)
    waiting(state="dropped")
    for state in ("offered", "completed", "terminated", "refused"):
        waiting(award=AwardFactory.create(state=state))
    assert run(before(3)) == 3
    sources = Notice.objects.order_by("pk").values_list("source", flat=True)
    assert sorted(sources) == sorted(row.source for row in chosen)


def test_a_return_says_its_day_itself() -> None:
    """Returned within a step, nothing of that step is told; the next one is."""
    row = in_state("returned", reviewed_at=noon(before(9)))
    assert [run(before(day)) for day in (9, 8, 4)] == [0, 0, 0]
    assert run(before(3)) == 1
    assert told(row) == [(Kind.GRANT_REPORT_DUE, "T-3/2027-02-10")]


def test_a_moved_date_is_told_anew() -> None:
    row = waiting()
    run(before(3))
    Report.objects.filter(pk=row.pk).update(due_on=DUE_ON + timedelta(days=30))
    run(DUE_ON + timedelta(days=27))
    assert [occasion for _kind, occasion in told(row)] == ["T-3/2027-02-10", "T-3/2027-03-12"]


def test_a_reminder_is_of_use_until_the_next_says_it_anew() -> None:
    row = waiting()
    run(before(14))
    run(before(3))
    until = [one.dispatches.get().useful_until_at for one in Notice.objects.order_by("pk")]
    assert until == [end_of(before(4)), end_of(DUE_ON)]
    assert row.due_on == DUE_ON


def test_a_report_handed_in_is_not_reminded_of() -> None:
    row = in_force().reports.get()
    day = row.due_on - timedelta(days=3)
    reminders.queue_due(on=day, at=noon(day))
    line = row.award.application.lines.get()
    reports.submit(
        row,
        text="Done.",
        results="300.",
        spent={line.pk: Decimal(0)},
        by=row.award.application.started_by,
        at=noon(day),
    )
    queued = Notice.objects.get(source=row.source).dispatches.get()
    assert queued.state == DispatchState.SUPPRESSED
    assert reminders.queue_due(on=day, at=noon(day)) == 0


def test_of_a_terminated_grant_no_report_is_reminded_of() -> None:
    row = in_force().reports.get()
    day = row.due_on - timedelta(days=3)
    reminders.queue_due(on=day, at=noon(day))
    award.terminate(row.award, reason="Closed.", by=UserFactory.create(), at=noon(day))
    queued = Notice.objects.get(source=row.source).dispatches.get()
    assert (queued.state, queued.failure) == (
        DispatchState.SUPPRESSED,
        "The grant is “terminated”.",
    )


def test_however_many_the_queries_are_the_same(
    django_assert_num_queries: DjangoAssertNumQueries, monkeypatch: pytest.MonkeyPatch
) -> None:
    def queries(count: int) -> int:
        for _ in range(count):
            waiting()
        with django_assert_num_queries(17):
            return run(before(3))

    assert [queries(2), queries(4)] == [2, 4]
    # In slices, each in a transaction of its own.
    monkeypatch.setattr(reminders, "SLICE", 2)
    for _ in range(5):
        waiting()
    assert run(before(3)) == 5
