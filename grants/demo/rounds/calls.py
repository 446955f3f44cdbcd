"""A decided call of a past round, with a lot for each theme that has money."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from random import Random

from grants.demo import stage
from grants.demo.rounds.bulk import Rows
from grants.demo.rounds.dates import Round
from grants.demo.rounds.plans import CallPlan
from grants.models import Call, CallEvent, Criterion, Lot
from grants.states import CallState
from registry.calendar import add_working_days


@dataclass
class PastCall:
    """The call, and what everything that came of it is made with."""

    plan: CallPlan
    round: Round
    call: Call
    # The amounts that each lot awards, in the lots' order.
    by_lot: list[list[Decimal]]
    # Today: how far each thing has come.
    on: date
    staff: stage.Staff
    # Thrown in one order from the first application to the last award.
    dice: Random
    rows: Rows = field(default_factory=Rows)

    @cached_property
    def lots(self) -> list[Lot]:
        return list(self.call.lots.order_by("position"))

    @cached_property
    def criteria(self) -> list[Criterion]:
        return list(self.call.criteria.order_by("position"))


def write(plan: CallPlan, *, year: int, on: date, staff: stage.Staff) -> PastCall:
    """The call and the decisions that led to its end."""
    round_ = Round(year)
    count = min(len(plan.frame.themes), max(1, len(plan.drawn) // 4))
    by_lot = [plan.drawn[place::count] for place in range(count)]
    call = stage.draft_call(
        plan.frame,
        plan.kind,
        opens_at=round_.opens_at,
        closes_at=round_.closes_at,
        budgets=[_budget(given) for given in by_lot],
        state=CallState.DECIDED,
        check_due_on=round_.checked_on,
        decide_due_on=add_working_days(round_.checked_on, 15),
    )
    _log(call, round_, staff)
    dice = Random(f"{year}/{plan.frame.code}/{plan.kind}")  # noqa: S311 - the same everywhere
    return PastCall(plan, round_, call, by_lot, on, staff, dice)


def _budget(given: list[Decimal]) -> Decimal:
    """A lot's money. One that was not accepted fits in too, while it is offered; then some is
    left."""
    spare = min(given) + sum(given) // 50
    return ((sum(given, Decimal(0)) + spare) // 100_000 + 1) * 100_000


def _log(call: Call, round_: Round, staff: stage.Staff) -> None:
    moves = (
        (CallState.DRAFT, CallState.OPEN, round_.announced_at, "Приказ"),
        (CallState.OPEN, CallState.CLOSED, round_.closes_at, "Срок истёк"),
        (
            CallState.CLOSED,
            CallState.EVALUATING,
            stage.moment(round_.checked_on),
            "Проверка окончена",
        ),
        (CallState.EVALUATING, CallState.DECIDED, round_.decided_at, "Протокол комиссии"),
    )
    CallEvent.objects.bulk_create(
        CallEvent(
            call=call,
            from_state=before,
            to_state=after,
            closes_at=round_.closes_at,
            ground=ground,
            by=staff.officer,
            at=at,
        )
        for before, after, at, ground in moves
    )
