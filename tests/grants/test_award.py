"""Awarding, accepting, the reserve, and how an award ends."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.refusals import Refused
from grants import award, payments, reports
from grants.models import Application, Award, Call, Lot
from notices.models import IssuedDocument
from registry.models import SignOfLife
from registry.states import LegalStatus, SignKind
from tests.factories.accounts import UserFactory
from tests.factories.grants import AMOUNT, BUDGET, CallFactory, ExclusionFindingFactory
from tests.factories.registry import RepresentativeFactory, StandingFactory
from tests.grants.cycle import (
    AT,
    ON,
    applicant,
    awarded,
    chosen,
    decided,
    in_force,
    to_award,
    to_reserve,
)

pytestmark = pytest.mark.django_db


def give(row: Application) -> Award:
    return award.award(row, by=UserFactory.create(), at=AT)


class TestAwarding:
    def test_it_takes_the_lots_money_and_offers_an_agreement(self) -> None:
        made = awarded()
        assert (made.state, made.committed, made.amount) == ("offered", AMOUNT, AMOUNT)
        assert Lot.objects.get(pk=made.lot_id).committed == AMOUNT
        assert IssuedDocument.objects.get(number=made.number).kind == "agreement"
        assert made.agreement_file is not None
        assert made.facts["status"] == "active"
        assert [row.kind for row in made.events.all()] == ["offered"]

    def test_twice_is_once(self) -> None:
        row = chosen()
        assert give(row).pk == give(row).pk
        assert Lot.objects.get(pk=row.lot_id).committed == AMOUNT

    def test_it_is_a_sign_of_life(self) -> None:
        made = awarded()
        sign = SignOfLife.objects.get(organisation=made.organisation, kind=SignKind.AWARD)
        assert (sign.reference, sign.from_on, sign.until_on) == (made.source, ON, made.ends_on)

    def test_eligibility_binds_at_the_award(self) -> None:
        row = chosen()
        StandingFactory.create(organisation=row.organisation, state="overdue")
        with pytest.raises(Refused, match="did not file"):
            give(row)
        assert not Award.objects.exists()
        assert not SignOfLife.objects.exists()

    def test_without_a_signed_decision_nothing_is_awarded(self) -> None:
        row = applicant(CallFactory.create(evaluating=True))
        with pytest.raises(Refused, match="signed protocol"):
            give(row)

    def test_who_acts_for_it_does_not_award_it(self) -> None:
        row = chosen()
        with pytest.raises(Refused, match="You act for this organisation"):
            award.award(row, by=row.started_by, at=AT)


class TestTheAnswer:
    def test_accepted_it_is_in_force_and_a_report_is_asked_for(self) -> None:
        made = in_force()
        assert made.state == "active"
        assert award.accept(made, by=made.application.started_by, at=AT).pk == made.pk
        (report,) = made.reports.all()
        assert (report.kind, report.state) == ("final", "due")
        assert report.due_on > made.ends_on

    def test_a_stranger_and_a_reader_do_not_accept(self) -> None:
        made = awarded()
        reader = RepresentativeFactory.create(organisation=made.organisation, role="reader")
        for who in (UserFactory.create(), reader.user):
            with pytest.raises(Refused, match="manager or editor"):
                award.accept(made, by=who, at=AT)

    def test_after_its_last_day_it_lapses_and_not_before(self) -> None:
        made = awarded()
        late = AT + timedelta(days=(made.accept_by_on - ON).days + 1)
        with pytest.raises(Refused, match="may accept it until"):
            award.lapse(made, reason="Silence.", by=UserFactory.create(), at=AT)
        with pytest.raises(Refused, match="could be accepted until"):
            award.accept(made, by=made.application.started_by, at=late)
        lapsed = award.lapse(made, reason="Silence.", by=UserFactory.create(), at=late)
        assert (lapsed.state, lapsed.committed) == ("refused", Decimal(0))

    def test_a_suspension_is_not_lifted_by_accepting_again(self) -> None:
        made = in_force()
        award.suspend(made, reason="An audit.", by=UserFactory.create(), at=AT)
        with pytest.raises(Refused, match="cannot become"):
            award.accept(made, by=made.application.started_by, at=AT)
        made.refresh_from_db()
        assert (made.state, made.reports.count()) == ("suspended", 1)

    def test_it_is_not_refused_without_words(self) -> None:
        made = awarded()
        with pytest.raises(Refused, match="the operator reads it"):
            award.refuse(made, reason=" ", by=made.application.started_by, at=AT)

    def test_refused_its_money_is_free_and_its_sign_ends(self) -> None:
        made = awarded()
        for _ in range(2):
            award.refuse(made, reason="No people.", by=made.application.started_by, at=AT)
        assert Lot.objects.get(pk=made.lot_id).committed == 0
        assert SignOfLife.objects.get(kind=SignKind.AWARD).until_on == ON
        assert [row.kind for row in made.events.all()] == ["offered", "refused"]


class TestTheReserve:
    @pytest.fixture
    def call(self) -> Call:
        return CallFactory.create(evaluating=True)

    @pytest.fixture
    def rows(self, call: Call) -> list[Application]:
        """One that takes all the money, and two in the reserve."""
        made = [applicant(call, amount=amount) for amount in (BUDGET, AMOUNT, AMOUNT)]
        first, second, third = made
        outcomes = {first.pk: to_award(BUDGET), second.pk: to_reserve(1), third.pk: to_reserve(2)}
        decided(call, outcomes)
        return [Application.objects.get(pk=row.pk) for row in made]

    def test_it_moves_up_in_order_when_an_award_is_declined(self, rows: list[Application]) -> None:
        first, second, third = rows
        with pytest.raises(Refused, match="Award first those"):
            give(second)
        taken = give(first)
        with pytest.raises(Refused, match="left"):
            give(second)
        award.refuse(taken, reason="No.", by=first.started_by, at=AT)
        with pytest.raises(Refused, match="stands before it"):
            give(third)
        assert give(second).from_reserve_rank == 1
        assert give(third).from_reserve_rank == 2

    def test_who_may_not_be_awarded_is_passed_over(self, rows: list[Application]) -> None:
        first, second, third = rows
        award.refuse(give(first), reason="No.", by=first.started_by, at=AT)
        by = UserFactory.create()
        with pytest.raises(Refused, match="Nothing speaks against"):
            award.pass_over(second, reason="We do not like it.", by=by, at=AT)
        ExclusionFindingFactory.create(organisation=second.organisation)
        for _ in range(2):
            passed = award.pass_over(second, reason="A debt.", by=by, at=AT)
        assert passed.state == "declined"
        assert give(third).from_reserve_rank == 2


class TestTheEnd:
    def test_suspended_and_resumed(self) -> None:
        made, by = in_force(), UserFactory.create()
        assert award.suspend(made, reason="No report.", by=by, at=AT).state == "suspended"
        assert award.resume(made, reason="It came.", by=by, at=AT).state == "active"
        assert [row.kind for row in made.events.all()][-2:] == ["suspended", "resumed"]

    def test_an_offer_is_not_resumed(self) -> None:
        with pytest.raises(Refused, match="has not accepted"):
            award.resume(awarded(), reason="Why not.", by=UserFactory.create(), at=AT)

    def test_terminated_what_is_not_paid_is_free(self) -> None:
        made, by = in_force(), UserFactory.create()
        half = AMOUNT / 2
        parts = payments.plan(made, [(half, ON), (half, made.ends_on)], by=by, at=AT)
        payments.pay(parts[0], order_number="1", paid_on=ON, by=by, at=AT)
        ended = award.terminate(made, reason="It stopped.", by=by, at=AT)
        assert (ended.state, ended.committed, ended.paid) == ("terminated", half, half)
        assert Lot.objects.get(pk=made.lot_id).committed == half
        assert [row.state for row in made.instalments.all()] == ["paid", "cancelled"]
        assert {row.state for row in made.reports.all()} == {"dropped"}
        assert {row.until_on for row in SignOfLife.objects.all()} == {ON}

    def test_it_is_completed_when_all_is_paid_and_reported(self) -> None:
        made, by = in_force(), UserFactory.create()
        with pytest.raises(Refused, match="not paid yet"):
            award.complete(made, by=by, at=AT)
        (part,) = payments.plan(made, [(AMOUNT, ON)], by=by, at=AT)
        payments.pay(part, order_number="1", paid_on=ON, by=by, at=AT)
        with pytest.raises(Refused, match="report is not accepted"):
            award.complete(made, by=by, at=AT)

    def test_what_was_not_spent_comes_back_before_it_is_completed(self) -> None:
        made, by = in_force(), UserFactory.create()
        (part,) = payments.plan(made, [(AMOUNT, ON)], by=by, at=AT)
        payments.pay(part, order_number="1", paid_on=ON, by=by, at=AT)
        report, acts = made.reports.get(), made.application.started_by
        line = made.application.lines.get()
        reports.submit(
            report, text="Done.", results="Much.", spent={line.pk: AMOUNT - 7}, by=acts, at=AT
        )
        reports.accept(report, by=by, at=AT)
        with pytest.raises(Refused, match=r"7.₸ were not spent and are not back"):
            award.complete(made, by=by, at=AT)
        payments.take_back(made, amount=Decimal(7), received_on=ON, reference="B-1", by=by, at=AT)
        assert award.complete(made, by=by, at=AT).state == "completed"

    def test_later_loss_of_standing_leaves_it(self) -> None:
        made = in_force()
        made.organisation.status = LegalStatus.SUSPENDED
        made.organisation.save(update_fields=["status"])
        assert Award.objects.live().get().pk == made.pk
