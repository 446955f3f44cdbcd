"""How past awards end: completed or terminated, or still in force; a few give money back."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from grants.demo import stage
from grants.demo.rounds.lives import Happened, Life
from grants.models import Repayment, RepaymentDemand
from grants.states import AwardEventKind, AwardState, ReportState
from registry.calendar import day_of


def end(life: Life) -> None:
    """As far as today allows; a grant that was not accepted has ended already."""
    if life.is_refused:
        return
    row, dice = life.award, life.dice
    if life.is_terminated:
        row.state, row.committed = AwardState.TERMINATED, row.paid
        row.ended_at = life.ends_early_at
        _give_back(life, life.share(10), life.ends_early_at, is_demanded=True)
        return
    is_paid = row.paid == row.amount
    if is_paid and all(held.state == ReportState.ACCEPTED for held in life.reports):
        last = max(held.reviewed_at for held in life.reports if held.reviewed_at)
        if dice.random() < 0.03:
            part = life.share(dice.randint(1, 8))
            _give_back(life, part, last, is_demanded=dice.random() < 0.5)
        ended_at = last + timedelta(days=25)
        if day_of(ended_at) < life.of.on:
            row.state, row.ended_at = AwardState.COMPLETED, ended_at


def _give_back(life: Life, amount: Decimal, at: datetime, *, is_demanded: bool) -> None:
    row, rows, by = life.award, life.of.rows, life.of.staff.officer
    received_on = day_of(at) + timedelta(days=20)
    if amount <= 0 or amount > row.paid or received_on >= life.of.on:
        return
    demand = None
    if is_demanded:
        demand = RepaymentDemand(
            award=row,
            amount=amount,
            due_on=day_of(at) + timedelta(days=30),
            ground="Не израсходовано на цели проекта.",
            by=by,
            at=at,
        )
        rows.add(demand)
        life.events.append(Happened(at, AwardEventKind.DEMANDED, amount, demand.ground))
    received_at = stage.moment(received_on, 15)
    rows.add(
        Repayment(
            award=row,
            demand=demand,
            amount=amount,
            received_on=received_on,
            reference=f"ВП-{row.number[2:]}",
            by=by,
            at=received_at,
        )
    )
    row.returned += amount
    life.events.append(Happened(received_at, AwardEventKind.RETURNED, amount))
