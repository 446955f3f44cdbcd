"""A call of last winter: grants that end, run, wait for a report, stand still, come back."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from grants import award, payments, reports
from grants.demo.stories import steps
from grants.demo.stories.cast import Stories
from grants.demo.words import REPORT, SOCIAL
from grants.models import Award, Report
from registry.calendar import day_of


def tell(told: Stories) -> None:
    ours, done, returning, reported, still, late = _granted(told)
    _reported_and_completed(told, done)
    _returned(told, returning)
    _asked(told, ours, ago=40, due=9)
    report = _asked(told, reported, ago=60, due=3)
    _report(told, report, ago=2)
    _asked(told, late, ago=80, due=-4)
    _asked(told, still, ago=80, due=-30)
    award.suspend(
        still,
        reason="Промежуточный отчёт не представлен в срок.",
        by=told.staff.officer,
        at=told.back(20),
    )


def _granted(told: Stories) -> list[Award]:
    """Six grants, accepted and paid for the first time."""
    call = steps.announced(told, SOCIAL, [30_000_000, 12_000_000], opened=330, closes=306)
    parts = (told.ours, *told.others[:5])
    amounts = (5_400_000, 4_800_000, 6_200_000, 3_900_000, 5_000_000, 4_100_000)
    # Two of the projects are over.
    months = (11, 6, 6, 11, 11, 11)
    rows = [
        steps.apply(told, call, row, amount, ago=310, starts=260, months=runs)
        for row, amount, runs in zip(parts, amounts, months, strict=True)
    ]
    steps.evaluated(told, steps.close(told, call, ago=305), rows, ago=288)
    steps.decide(told, call, {row.pk: steps.give(row) for row in rows}, ago=280)
    made = []
    for row in rows:
        offered = award.award(row, by=told.staff.officer, at=told.back(275))
        made.append(award.accept(offered, by=told.acting(row.organisation), at=told.back(272)))
    for place, held in enumerate(made):
        # Two of them were paid whole, of the others the second half is to come.
        _plan(told, held, second=130 if place in (1, 2) else -18)
        _pay(told, held, 1, ago=248, order=f"ПП-{100 + place}")
    return made


def _plan(told: Stories, held: Award, *, second: int) -> None:
    """Two halves: the first due 250 days ago, the second so many."""
    half = (held.amount // 2 // 1000) * 1000
    payments.plan(
        held,
        [
            (half, told.on - timedelta(days=250)),
            (held.amount - half, told.on - timedelta(days=second)),
        ],
        by=told.staff.officer,
        at=told.back(270),
    )


def _pay(told: Stories, held: Award, position: int, *, ago: int, order: str) -> None:
    payments.pay(
        held.instalments.get(position=position),
        order_number=order,
        paid_on=day_of(told.back(ago)),
        by=told.staff.officer,
        at=told.back(ago),
    )


def _asked(told: Stories, held: Award, *, ago: int, due: int) -> Report:
    """An interim report asked for so many days ago, due in `due` days."""
    until_on = told.on - timedelta(days=max(ago - 20, 1 - due, 12))
    return reports.ask(
        held,
        from_on=held.starts_on,
        until_on=until_on,
        due_on=told.on + timedelta(days=due),
        by=told.staff.officer,
        at=told.back(ago),
    )


def _report(told: Stories, report: Report, *, ago: int, share: Decimal = Decimal(1)) -> Report:
    """The organisation hands in a report: the budget's lines in the share that was paid."""
    held = Award.objects.get(pk=report.award_id)
    text, results = REPORT[held.application.language]
    lines = list(held.application.lines.order_by("position"))
    part = held.paid * share / held.amount
    spent = {line.pk: (line.amount * part // 1000) * 1000 for line in lines}
    return reports.submit(
        report,
        text=text,
        results=results,
        spent=spent,
        by=told.acting(held.organisation),
        at=told.back(ago),
    )


def _final(held: Award) -> Report:
    return held.reports.get(kind="final")


def _reported_and_completed(told: Stories, held: Award) -> None:
    _pay(told, held, 2, ago=128, order="ПП-151")
    report = _report(told, _final(held), ago=25)
    reports.accept(report, by=told.staff.officer, at=told.back(18))
    award.complete(held, by=told.staff.officer, at=told.back(15))


def _returned(told: Stories, held: Award) -> None:
    """Paid whole, a part not spent: demanded back, half of it has come."""
    _pay(told, held, 2, ago=128, order="ПП-152")
    report = _report(told, _final(held), ago=26, share=Decimal("0.9"))
    reports.accept(report, by=told.staff.officer, at=told.back(19))
    demand = payments.demand(
        held,
        amount=Decimal(620_000),
        due_on=told.on + timedelta(days=10),
        ground="Не израсходовано по итоговому отчёту.",
        by=told.staff.officer,
        at=told.back(18),
    )
    payments.take_back(
        held,
        amount=Decimal(310_000),
        received_on=day_of(told.back(6)),
        reference="ВП-2041",
        answers=demand,
        by=told.staff.officer,
        at=told.back(5),
    )
