"""Two officers at once: the lot's money goes once, and no deadlock."""

from __future__ import annotations

from functools import partial

from django.db import transaction

from accounts.refusals import Refused
from grants import award, payments
from grants.models import Application, Award, Lot, Payment
from tests.concurrency import one_behind_the_other, together
from tests.factories.accounts import UserFactory
from tests.factories.grants import AMOUNT, BUDGET, CallFactory
from tests.grants.cycle import AT, ON, applicant, chosen, decided, in_force, to_award, to_reserve


def two_for_one_budget() -> tuple[Application, Application]:
    """Two in the reserve, each of whom would take all the money that the first gave back."""
    with transaction.atomic():
        call = CallFactory.create(evaluating=True)
        rows = [applicant(call, amount=BUDGET) for _ in range(2)]
        decided(call, {rows[0].pk: to_award(BUDGET), rows[1].pk: to_reserve(1, BUDGET)})
        one, other = (Application.objects.get(pk=row.pk) for row in rows)
        return one, other


def test_two_awards_at_once_take_the_money_once(real_commits: None) -> None:
    one, other = two_for_one_budget()
    with transaction.atomic():
        by = UserFactory.create()
    made = one_behind_the_other(
        partial(award.award, one, by=by, at=AT), partial(award.award, other, by=by, at=AT)
    )
    assert isinstance(made[0], Award)
    assert isinstance(made[1], Refused)
    assert Lot.objects.get(pk=one.lot_id).committed == BUDGET


def test_two_clicks_award_once(real_commits: None) -> None:
    with transaction.atomic():
        row, by = chosen(), UserFactory.create()
    click = partial(award.award, row, by=by, at=AT)
    one, other = together(click, click)
    assert one.pk == other.pk
    assert Lot.objects.get(pk=row.lot_id).committed == AMOUNT


def test_two_clicks_pay_once(real_commits: None) -> None:
    with transaction.atomic():
        made, by = in_force(), UserFactory.create()
        (part,) = payments.plan(made, [(AMOUNT, ON)], by=by, at=AT)
    click = partial(payments.pay, part, order_number="7", paid_on=ON, by=by, at=AT)
    one, other = together(click, click)
    assert one.pk == other.pk
    assert Payment.objects.count() == 1
    assert Award.objects.get().paid == AMOUNT


def test_accepting_and_refusing_at_once_leave_one_answer(real_commits: None) -> None:
    with transaction.atomic():
        row, by = chosen(), UserFactory.create()
        made = award.award(row, by=by, at=AT)
    acts = row.started_by
    outcomes = together(
        partial(award.accept, made, by=acts, at=AT),
        partial(award.refuse, made, reason="No.", by=acts, at=AT),
    )
    assert sum(isinstance(outcome, Refused) for outcome in outcomes) == 1
    made.refresh_from_db()
    assert (made.state, made.committed) in {("active", AMOUNT), ("refused", 0)}
