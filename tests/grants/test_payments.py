"""Instalments, payments, demands and money that comes back."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from accounts.models import User
from accounts.refusals import Refused
from grants import award, money, payments
from grants.models import Award, Instalment, Payment
from registry.models import SignOfLife
from registry.states import LegalStatus
from tests.factories.accounts import UserFactory
from tests.factories.grants import AMOUNT, ExclusionFindingFactory
from tests.factories.registry import StandingFactory
from tests.grants.cycle import AT, ON, in_force

pytestmark = pytest.mark.django_db

HALF = AMOUNT / 2


@pytest.fixture
def by(db: None) -> User:
    return UserFactory.create()


@pytest.fixture
def granted(by: User) -> Award:
    made = in_force()
    payments.plan(made, [(HALF, ON), (HALF, date(2027, 2, 1))], by=by, at=AT)
    return made


@pytest.fixture
def part(granted: Award) -> Instalment:
    first = granted.instalments.first()
    assert first is not None
    return first


def pay(part: Instalment, by: User, number: str = "PO-1") -> Payment:
    return payments.pay(part, order_number=number, paid_on=ON, by=by, at=AT)


class TestPlanning:
    def test_the_parts_come_to_what_is_left(self, granted: Award, by: User) -> None:
        with pytest.raises(Refused, match="are to be paid"):
            payments.plan(granted, [(HALF, ON)], by=by, at=AT)

    def test_another_plan_replaces_what_is_not_paid(
        self, granted: Award, part: Instalment, by: User
    ) -> None:
        pay(part, by)
        granted.refresh_from_db()
        payments.plan(granted, [(HALF, ON)], by=by, at=AT)
        states = [row.state for row in granted.instalments.all()]
        assert states == ["paid", "cancelled", "planned"]

    def test_the_same_plan_again_changes_nothing(self, granted: Award, by: User) -> None:
        same = [(HALF, ON), (HALF, date(2027, 2, 1))]
        payments.plan(granted, same, by=by, at=AT)
        assert granted.instalments.count() == 2


class TestPaying:
    def test_it_is_recorded_once(self, granted: Award, part: Instalment, by: User) -> None:
        assert pay(part, by).pk == pay(part, by).pk
        granted.refresh_from_db()
        assert granted.paid == HALF
        assert [row.kind for row in granted.events.all()].count("paid") == 1
        assert SignOfLife.objects.filter(reference__startswith="payment:").count() == 1

    def test_another_order_does_not_pay_it_again(self, part: Instalment, by: User) -> None:
        pay(part, by)
        with pytest.raises(Refused, match="not paid again"):
            pay(part, by, "PO-2")

    def test_one_order_pays_one_instalment(self, granted: Award, by: User) -> None:
        first, second = granted.instalments.all()
        pay(first, by)
        with pytest.raises(Refused, match="has paid another"):
            pay(second, by)

    @pytest.mark.parametrize(
        "status", [LegalStatus.SUSPENDED, LegalStatus.IN_LIQUIDATION, LegalStatus.LIQUIDATED]
    )
    def test_a_blocked_organisation_is_not_paid(
        self, part: Instalment, by: User, status: LegalStatus
    ) -> None:
        organisation = part.award.organisation
        organisation.status = status
        organisation.save(update_fields=["status"])
        with pytest.raises(Refused, match="organisation"):
            pay(part, by)
        assert not Payment.objects.exists()

    def test_an_exclusion_blocks_until_it_is_found_ended(self, part: Instalment, by: User) -> None:
        organisation = part.award.organisation
        ExclusionFindingFactory.create(organisation=organisation)
        with pytest.raises(Refused, match="debts under enforcement"):
            pay(part, by)
        ExclusionFindingFactory.create(organisation=organisation, is_met=False)
        assert pay(part, by).amount == HALF

    def test_a_loss_of_standing_blocks_nothing(self, part: Instalment, by: User) -> None:
        StandingFactory.create(organisation=part.award.organisation, state="overdue")
        assert pay(part, by).amount == HALF

    def test_a_suspended_award_is_not_paid(
        self, granted: Award, part: Instalment, by: User
    ) -> None:
        award.suspend(granted, reason="No report.", by=by, at=AT)
        with pytest.raises(Refused, match="Only an agreement in force"):
            pay(part, by)

    def test_nothing_was_paid_before_the_agreement(self, part: Instalment, by: User) -> None:
        with pytest.raises(Refused, match="in force since"):
            payments.pay(part, order_number="1", paid_on=date(2026, 10, 19), by=by, at=AT)

    def test_a_payment_that_lies_ahead_is_none(self, part: Instalment, by: User) -> None:
        with pytest.raises(Refused, match="a day that has come"):
            payments.pay(part, order_number="1", paid_on=date(2027, 1, 1), by=by, at=AT)


class TestComingBack:
    @pytest.fixture
    def out(self, granted: Award, part: Instalment, by: User) -> Award:
        pay(part, by)
        return granted

    def demand(self, row: Award, by: User, amount: Decimal = HALF) -> object:
        due_on = date(2026, 12, 1)
        return payments.demand(row, amount=amount, due_on=due_on, ground="Act 3.", by=by, at=AT)

    def back(self, row: Award, by: User, amount: Decimal, reference: str = "B-1") -> object:
        return payments.take_back(
            row, amount=amount, received_on=ON, reference=reference, by=by, at=AT
        )

    def test_no_more_is_demanded_than_is_out(self, out: Award, by: User) -> None:
        with pytest.raises(Refused, match="At most"):
            self.demand(out, by, HALF + 1)
        self.demand(out, by)
        with pytest.raises(Refused, match="At most"):
            self.demand(out, by, Decimal(1))

    def test_a_document_counts_once(self, out: Award, by: User) -> None:
        for _ in range(2):
            self.back(out, by, Decimal(1000))
        out.refresh_from_db()
        assert out.returned == 1000
        with pytest.raises(Refused, match="another amount"):
            self.back(out, by, Decimal(2000))

    def test_no_more_comes_back_than_is_out(self, out: Award, by: User) -> None:
        with pytest.raises(Refused, match="can come back"):
            self.back(out, by, HALF + 1)

    def test_what_came_back_is_not_granted_again(self, out: Award, by: User) -> None:
        self.back(out, by, HALF)
        out.refresh_from_db()
        assert (out.committed, out.left, out.lot.committed) == (AMOUNT, HALF, AMOUNT)

    def test_two_clicks_demand_once(self, out: Award, by: User) -> None:
        assert self.demand(out, by, Decimal(1000)) == self.demand(out, by, Decimal(1000))
        assert out.demands.count() == 1
        assert [row.kind for row in out.events.all()].count("demanded") == 1

    def test_a_day_that_has_passed_is_no_term(self, out: Award, by: User) -> None:
        with pytest.raises(Refused, match="a day to come"):
            payments.demand(out, amount=Decimal(1), due_on=ON, ground="Act 3.", by=by, at=AT)

    def test_unasked_money_leaves_what_is_demanded_to_its_demand(
        self, out: Award, by: User
    ) -> None:
        self.demand(out, by, Decimal(1000))
        with pytest.raises(Refused, match="Choose the demand"):
            self.back(out, by, HALF)
        self.back(out, by, HALF - 1000)
        payments.take_back(
            out,
            amount=Decimal(1000),
            received_on=ON,
            reference="B-2",
            answers=out.demands.get(),
            by=by,
            at=AT,
        )
        out.refresh_from_db()
        assert (out.returned, money.demanded_of(out)) == (HALF, Decimal(0))
        assert vars(out.demands.with_left().get())["left"] == 0
