"""A call that was decided last week."""

from __future__ import annotations

from grants import award
from grants.commission import Decided
from grants.demo.stories import steps
from grants.demo.stories.cast import Stories
from grants.demo.words import YOUTH
from grants.states import CommissionOutcome


def tell(told: Stories) -> None:
    """Decided last week: a grant to accept, one to be awarded yet, a reserve, a refusal."""
    call = steps.announced(told, YOUTH, [16_000_000, 5_000_000], opened=80, closes=55)
    parts = (told.ours, *told.others[5:9])
    amounts = (4_600_000, 5_200_000, 4_000_000, 3_800_000, 6_000_000)
    rows = [
        steps.apply(told, call, row, amount, ago=58, starts=-40)
        for row, amount in zip(parts, amounts, strict=True)
    ]
    steps.evaluated(told, steps.close(told, call, ago=54), rows, ago=30)
    first, second, third, reserve, last = rows
    decided = {row.pk: steps.give(row) for row in (first, second, third)}
    decided[reserve.pk] = Decided(CommissionOutcome.RESERVE, amount=reserve.amount, reserve_rank=1)
    decided[last.pk] = Decided(
        CommissionOutcome.DECLINE, words="Бюджет не обоснован, результат не измеряется."
    )
    steps.decide(told, call, decided, ago=9)
    for row in (first, second):
        made = award.award(row, by=told.staff.officer, at=told.back(3))
        if row is second:
            award.accept(made, by=told.acting(row.organisation), at=told.back(2))
