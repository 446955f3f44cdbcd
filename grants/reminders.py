"""Which reports on grants are due soon, or have not come? The timetable asks every day.

Of a report only the step that applies that day is told: what was missed is caught up by the newest
step alone, and nobody is reminded of a day that has passed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import (
    DateField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    TextField,
    Value,
)
from django.db.models.functions import Cast, Concat, TruncDate

from grants import letters
from grants.models import Report
from grants.states import ReportState
from notices import notice
from notices.models import Notice
from notices.notice import Draft
from notices.states import Kind
from registry.calendar import ALMATY, Overrides, add_working_days
from registry.models import DayOverride

SLICE = 500
# Two weeks are what a report with its papers takes one person; three days before, the last word.
DAYS_BEFORE = (14, 3)
# On the first working day after, so that who handed in over a weekend is not told. A report that
# has been late for longer than this is the officer's to speak about, not a letter's.
OVERDUE_WORKING_DAYS = 1
OVERDUE_WINDOW = 30
# How notices name a report, seen from inside a subquery of reports.
_SOURCE = Concat(Value("report:"), Cast(OuterRef("pk"), TextField()))


@dataclass(frozen=True)
class Step:
    """What is told that day of the reports due on some days, both included."""

    kind: Kind
    # "T-14": the report's due date is added to it.
    occasion: str
    due_from_on: date
    due_until_on: date
    # Of a reminder: how many days before the report's day it begins, and the next one.
    days: int = 0
    next_days: int = -1

    def draft(self, report: Report) -> Draft:
        if self.kind == Kind.GRANT_REPORT_OVERDUE:
            return letters.overdue(report, step=self.occasion)
        # As long as the next step does not say it anew.
        last_on = report.due_on - timedelta(days=self.next_days + 1)
        return letters.due(report, step=self.occasion, of_use_until=last_on)


def queue_due(*, on: date, at: datetime) -> int:
    """Make the notices of reports that are due that day and were not made before; returns how many.

    Safe to repeat, and for two workers at once: one notice an occasion, by constraint. A few
    statements for each 500 reports.
    """
    made = 0
    for step in steps(on, DayOverride.objects.as_overrides()):
        ids = list(_untold(step).order_by("pk").values_list("pk", flat=True))
        made += sum(
            _queue_slice(step, ids[start : start + SLICE], at)
            for start in range(0, len(ids), SLICE)
        )
    return made


def steps(on: date, overrides: Overrides) -> Iterator[Step]:
    """The steps of that day: each report's due date lies in one of them at most."""
    for days, next_days in zip(DAYS_BEFORE, (*DAYS_BEFORE[1:], -1), strict=True):
        yield Step(
            Kind.GRANT_REPORT_DUE,
            f"T-{days}",
            due_from_on=on + timedelta(days=next_days + 1),
            due_until_on=on + timedelta(days=days),
            days=days,
            next_days=next_days,
        )
    latest_on = on - timedelta(days=1)
    while add_working_days(latest_on, OVERDUE_WORKING_DAYS, overrides) > on:
        latest_on -= timedelta(days=1)
    yield Step(
        Kind.GRANT_REPORT_OVERDUE,
        "T+1",
        due_from_on=on - timedelta(days=OVERDUE_WINDOW),
        due_until_on=latest_on,
    )


@transaction.atomic
def _queue_slice(step: Step, ids: list[int], at: datetime) -> int:
    """Read again under the reports' locks: whoever hands one in meanwhile waits, and withdraws
    what is queued here."""
    rows = (
        _untold(step)
        .filter(pk__in=ids)
        .select_related("award__organisation", "award__application", "award__lot__call__programme")
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
    )
    return len(notice.register([step.draft(row) for row in rows], at=at))


def _untold(step: Step) -> QuerySet[Report]:
    """The reports that wait for the organisation, of a grant in force, and were not told so."""
    told = Notice.objects.filter(
        organisation=OuterRef("award__organisation"),
        source=_SOURCE,
        kind=step.kind,
        occasion=Concat(Value(f"{step.occasion}/"), Cast(OuterRef("due_on"), TextField())),
    )
    began_on = ExpressionWrapper(F("due_on") - Value(timedelta(days=step.days)), DateField())
    return (
        Report.objects.waiting()
        .filter(~Exists(told), due_on__gte=step.due_from_on, due_on__lte=step.due_until_on)
        .alias(
            returned_on=TruncDate("reviewed_at", tzinfo=ALMATY),
            began_on=began_on,
        )
        # Of one that was returned when the step had begun, that letter has said its day.
        .filter(~Q(state=ReportState.RETURNED) | Q(returned_on__lt=F("began_on")))
    )
