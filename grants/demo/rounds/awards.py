"""The awards of a past call: offered, paid while in force, reported on, and then as each ended."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal

from grants.demo.rounds import award_log, endings, payments, reports
from grants.demo.rounds.applications import Case
from grants.demo.rounds.bulk import copy, rewrite
from grants.demo.rounds.calls import PastCall
from grants.demo.rounds.lives import Life, begin
from grants.models import (
    Award,
    AwardEvent,
    Lot,
    Payment,
    Repayment,
    RepaymentDemand,
    Report,
    ReportLine,
)
from grants.states import InstalmentState
from notices.models import IssuedDocument
from registry import signs
from registry.calendar import day_of
from registry.models import Organisation
from registry.sequences import next_numbers
from registry.states import SignKind


def write(of: PastCall, cases: list[Case]) -> None:
    """Step by step for all of them: payments go in while the award is in force."""
    numbers = iter(next_numbers("award_number", len(cases)))
    lives = [begin(of, case, f"W-{next(numbers):07d}") for case in cases]
    awards = [life.award for life in lives]
    copy(awards)
    _pay(of, lives)
    for life in lives:
        reports.report(life)
    of.rows.write(Report, ReportLine)
    for life in lives:
        endings.end(life)
    of.rows.write(RepaymentDemand, Repayment)
    rewrite(awards, "state", "committed", "paid", "returned", "ended_at")
    for life in lives:
        award_log.log(life)
    of.rows.write(AwardEvent, IssuedDocument)
    _note_signs(of, awards)
    for lot in of.lots:
        committed = (row.committed for row in awards if row.lot_id == lot.pk)
        lot.committed = sum(committed, Decimal(0))
    Lot.objects.bulk_update(of.lots, ["committed"])


def _pay(of: PastCall, lives: list[Life]) -> None:
    plans = [payments.plan(life) for life in lives]
    parts = [part for plan in plans for part in plan]
    copy(parts)
    for life, plan in zip(lives, plans, strict=True):
        payments.pay(life, plan)
    of.rows.write(Payment)
    rewrite([row for row in parts if row.state != InstalmentState.PLANNED], "state")


def _note_signs(of: PastCall, awards: list[Award]) -> None:
    """Live grant money keeps from marking; what has ended does so no longer."""
    until: dict[date, list[tuple[Organisation, str]]] = defaultdict(list)
    for row in awards:
        last = day_of(row.ended_at) if row.ended_at else row.ends_on
        until[last].append((row.organisation, row.source))
    for last, noted in until.items():
        signs.note(noted, kind=SignKind.AWARD, on=of.round.awarded_on, until_on=last)
