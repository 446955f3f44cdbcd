"""A past award's money on its way out: the plan of its instalments, and what was paid by today."""

from __future__ import annotations

from datetime import timedelta

from grants.demo import stage
from grants.demo.rounds.lives import Happened, Life
from grants.models import Instalment, Payment
from grants.states import AwardEventKind, InstalmentState
from registry.calendar import next_working_day

# How many instalments, by the type of the grant.
_PARTS = {"short": 2, "medium": 3, "long": 4}


def plan(life: Life) -> list[Instalment]:
    """Spread over the project; what is due some days ago counts as paid."""
    row, of = life.award, life.of
    if row.accepted_at is None:
        return []
    parts: list[Instalment] = []
    count = _PARTS[of.plan.kind]
    days = (row.ends_on - row.starts_on).days
    left = row.amount
    for place in range(count):
        amount = left if place == count - 1 else life.share(100 // count)
        left -= amount
        due_on = next_working_day(row.starts_on + timedelta(days=10 + days * place // count))
        part = Instalment(award=row, position=place + 1, amount=amount, due_on=due_on)
        if life.is_terminated and place:
            part.state = InstalmentState.CANCELLED
        elif due_on + timedelta(days=4) <= of.on:
            part.state = InstalmentState.PAID
        parts.append(part)
    planned_at = row.accepted_at + timedelta(days=1)
    life.events.append(Happened(planned_at, AwardEventKind.PLANNED, row.amount))
    return parts


def pay(life: Life, parts: list[Instalment]) -> None:
    for part in parts:
        if part.state != InstalmentState.PAID:
            continue
        payment = Payment(
            instalment=part,
            amount=part.amount,
            paid_on=part.due_on,
            order_number=f"ПП-{life.award.number[2:]}-{part.position}",
            by=life.of.staff.officer,
            at=stage.moment(part.due_on, 15),
        )
        life.award.paid += part.amount
        life.payments.append(payment)
        life.of.rows.add(payment)
