"""Two workers at once, and a report handed in at the same moment: told once, or not at all."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial

from django.db import transaction

from grants import reminders, reports, standing
from grants.models import AwardEvent, Report
from notices.models import Notice
from notices.states import DispatchState
from tests.concurrency import one_behind_the_other, together
from tests.factories.grants import AwardFactory, ReportFactory
from tests.factories.registry import StandingFactory
from tests.grants.cycle import AT, in_force

DUE_ON = date(2027, 2, 10)


def noon(on: date) -> datetime:
    return datetime(on.year, on.month, on.day, 7, tzinfo=UTC)


def run(on: date) -> int:
    return reminders.queue_due(on=on, at=noon(on))


def test_two_workers_tell_it_once(real_commits: None) -> None:
    with transaction.atomic():
        for _ in range(3):
            ReportFactory.create(due_on=DUE_ON)
    day = DUE_ON - timedelta(days=3)
    counts = together(partial(run, day), partial(run, day))
    assert sum(counts) == 3
    assert Notice.objects.count() == 3


def test_a_report_handed_in_at_the_same_moment_leaves_no_reminder(real_commits: None) -> None:
    with transaction.atomic():
        row = in_force().reports.get()
        line = row.award.application.lines.get()
    day = row.due_on - timedelta(days=3)
    submit = partial(
        reports.submit,
        row,
        text="Done.",
        results="300.",
        spent={line.pk: Decimal(0)},
        by=row.award.application.started_by,
        at=noon(day),
    )
    one, other = one_behind_the_other(partial(run, day), submit)
    assert one == 1
    assert isinstance(other, Report)
    queued = Notice.objects.get(source=row.source).dispatches.get()
    assert queued.state == DispatchState.SUPPRESSED


def test_a_reminder_behind_a_report_being_handed_in_is_not_made(real_commits: None) -> None:
    with transaction.atomic():
        row = in_force().reports.get()
        line = row.award.application.lines.get()
    day = row.due_on - timedelta(days=3)
    submit = partial(
        reports.submit,
        row,
        text="Done.",
        results="300.",
        spent={line.pk: Decimal(0)},
        by=row.award.application.started_by,
        at=noon(day),
    )
    one, other = one_behind_the_other(submit, partial(run, day))
    assert isinstance(one, Report)
    assert other == 0
    assert not Notice.objects.filter(source=row.source).exists()


def test_two_workers_warn_once(real_commits: None) -> None:
    with transaction.atomic():
        for row in AwardFactory.create_batch(3):
            StandingFactory.create(organisation=row.organisation, state="overdue")
    look = partial(standing.watch, on=DUE_ON, at=AT)
    assert sum(together(look, look)) == 3
    assert AwardEvent.objects.filter(kind="warned").count() == 3
