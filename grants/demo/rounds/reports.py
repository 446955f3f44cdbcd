"""A past award's reports: interim ones in the middle of each year, the final one at the end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

from grants.demo import stage
from grants.demo.rounds.bulk import fingerprint
from grants.demo.rounds.lives import Life
from grants.demo.words import REPORT
from grants.models import Report, ReportLine
from grants.states import ReportState
from registry.calendar import add_working_days, day_of

# How many interim reports, by the type of the grant.
_INTERIM = {"short": 1, "medium": 2, "long": 3}


def report(life: Life) -> None:
    """Each as far as it has come by today."""
    if life.is_refused:
        return
    for position, kind, from_on, until_on in _asked(life):
        row = Report(
            award=life.award,
            position=position,
            kind=kind,
            period_from_on=from_on,
            period_until_on=until_on,
            due_on=add_working_days(until_on, 10),
        )
        _stand(life, row)
        life.reports.append(row)
        life.of.rows.add(row)


def _asked(life: Life) -> Iterator[tuple[int, str, date, date]]:
    """Position, kind and period of each report of a grant."""
    row, count = life.award, _INTERIM[life.of.plan.kind]
    days = (row.ends_on - row.starts_on).days
    for place in range(count):
        from_on = row.starts_on + timedelta(days=days * place // (count + 1))
        until_on = row.starts_on + timedelta(days=days * (place + 1) // (count + 1) - 1)
        yield place + 2, "interim", from_on, until_on
    # The final one is asked for with the acceptance, before any other.
    yield 1, "final", row.starts_on, row.ends_on


def _stand(life: Life, row: Report) -> None:
    """How far a report has come: not handed in, dropped with the award, waiting, or reviewed."""
    dice, on = life.dice, life.of.on
    late, luck = (on - row.due_on).days, dice.random()
    if life.is_terminated and stage.moment(row.due_on) > life.ends_early_at:
        row.state = ReportState.DROPPED
        return
    if late < -10 or (late < 30 and luck < 0.15):
        return
    submitted_at = stage.moment(row.due_on - timedelta(days=dice.randint(1, 9)), 14)
    if day_of(submitted_at) >= on:
        return
    _submit(life, row, submitted_at)
    if late < 30 and luck < 0.5:
        return
    reviewed_at = submitted_at + timedelta(days=dice.randint(4, 12))
    if day_of(reviewed_at) < on:
        _review(life, row, reviewed_at, is_returned=late < 30 and luck > 0.93)


def _submit(life: Life, row: Report, at: datetime) -> None:
    """The budget's lines are spent in the share that was paid by the end of the period."""
    paid = sum(
        (held.amount for held in life.payments if held.paid_on <= row.period_until_on), Decimal(0)
    )
    row.text, row.results = REPORT[life.case.application.language]
    row.state, row.revision = ReportState.SUBMITTED, 2
    row.submitted_at, row.submitted_by = at, life.of.staff.applicant
    row.sha256 = fingerprint(f"{life.award.number} {row.position}")
    for line in life.case.lines:
        spent = (line.amount * paid / life.award.amount // 1000) * 1000
        row.spent += spent
        life.of.rows.add(ReportLine(report=row, budget_line=line, spent=spent))


def _review(life: Life, row: Report, at: datetime, *, is_returned: bool) -> None:
    row.state, row.revision = ReportState.ACCEPTED, 3
    row.reviewed_at, row.reviewed_by = at, life.of.staff.officer
    if is_returned:
        row.state = ReportState.RETURNED
        row.review_words = "Приложите документы о расходах по второй строке."
        row.due_on = add_working_days(day_of(at), 5)
