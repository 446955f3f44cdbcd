"""Protocols, decisions and the reserve list."""

from __future__ import annotations

from decimal import Decimal

import pytest

from accounts.refusals import Refused
from grants import applications, commission, evaluation
from grants.commission import Decided
from grants.models import Application, Call, Protocol
from grants.states import CommissionOutcome
from registry import uploads
from tests.factories.accounts import UserFactory
from tests.factories.grants import AMOUNT, BUDGET, ApplicationFactory, CallFactory
from tests.grants.cycle import (
    AT,
    ON,
    applicant,
    drafted,
    evaluated,
    reviewer,
    signed_evaluation,
    to_award,
    to_reserve,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def call() -> Call:
    return CallFactory.create(evaluating=True)


@pytest.fixture
def rows(call: Call) -> list[Application]:
    made = [applicant(call) for _ in range(3)]
    for row, points in zip(made, ((9, 9), (8, 8), (2, 2)), strict=True):
        evaluated(row, points)
    return made


def no() -> Decided:
    return Decided(CommissionOutcome.DECLINE, words="Too few points.")


def all_decided(rows: list[Application]) -> dict[int, Decided]:
    first, second, third = rows
    return {first.pk: to_award(), second.pk: to_reserve(1), third.pk: no()}


class TestEvaluationProtocol:
    def test_it_keeps_the_scores_and_a_pdf(self, call: Call, rows: list[Application]) -> None:
        made = signed_evaluation(call)
        scores = [Application.objects.get(pk=row.pk).score for row in rows]
        assert scores == [Decimal(90), Decimal(80), Decimal(20)]
        assert made.file is not None
        assert uploads.read(made.file).startswith(b"%PDF")

    def test_it_waits_for_every_lock(self, call: Call) -> None:
        evaluated(applicant(call), (8,))
        with pytest.raises(Refused, match="Not scored and locked"):
            signed_evaluation(call)

    def test_two_clicks_draft_one(self, call: Call, rows: list[Application]) -> None:
        assert rows
        one, other = (
            commission.draft_evaluation(
                call, held_on=ON, present="A", by=UserFactory.create(), at=AT
            )
            for _ in range(2)
        )
        assert one.pk == other.pk


class TestDecision:
    def test_it_takes_effect_when_another_signs(self, call: Call, rows: list[Application]) -> None:
        signed_evaluation(call)
        protocol = drafted(call, all_decided(rows))
        with pytest.raises(Refused, match="Another person signs"):
            commission.sign(protocol, by=protocol.drafted_by, at=AT)
        assert {row.state for row in Application.objects.all()} == {"admitted"}
        for _ in range(2):
            commission.sign(protocol, by=UserFactory.create(), at=AT)
        found = [Application.objects.get(pk=row.pk) for row in rows]
        assert [row.state for row in found] == ["admitted", "reserve", "declined"]
        assert found[1].reserve_rank == 1
        call.refresh_from_db()
        assert call.state == "decided"

    def test_it_needs_a_signed_evaluation(self, call: Call, rows: list[Application]) -> None:
        with pytest.raises(Refused, match="not signed yet"):
            drafted(call, all_decided(rows))

    @pytest.mark.parametrize(
        ("said", "refusal"),
        [
            (to_award(AMOUNT + 1), "Give that or less"),
            (Decided(CommissionOutcome.DECLINE), "gets no grant"),
            (to_reserve(0), "a place in the reserve"),
        ],
    )
    def test_terms_that_do_not_hold_are_refused(
        self, call: Call, rows: list[Application], said: Decided, refusal: str
    ) -> None:
        signed_evaluation(call)
        with pytest.raises(Refused, match=refusal):
            drafted(call, all_decided(rows) | {rows[0].pk: said})

    def test_nobody_is_left_out(self, call: Call, rows: list[Application]) -> None:
        signed_evaluation(call)
        with pytest.raises(Refused, match="each application"):
            drafted(call, {rows[0].pk: to_award()})

    def test_a_place_is_given_once(self, call: Call, rows: list[Application]) -> None:
        signed_evaluation(call)
        with pytest.raises(Refused, match="same place"):
            drafted(call, {row.pk: to_reserve(1) for row in rows})

    def test_no_more_than_the_lot_has(self, call: Call) -> None:
        rows = [applicant(call, amount=BUDGET) for _ in range(2)]
        for row in rows:
            evaluated(row)
        signed_evaluation(call)
        with pytest.raises(Refused, match="left"):
            drafted(call, {row.pk: to_award(BUDGET) for row in rows})

    def test_a_wrong_one_is_struck_out_and_drafted_anew(
        self, call: Call, rows: list[Application]
    ) -> None:
        signed_evaluation(call)
        wrong = drafted(call, all_decided(rows))
        commission.strike(wrong, reason="A wrong sum.", by=UserFactory.create(), at=AT)
        right = drafted(call, all_decided(rows))
        assert right.pk != wrong.pk
        with pytest.raises(Refused, match="struck out"):
            commission.sign(wrong, by=UserFactory.create(), at=AT)

    def test_one_that_was_withdrawn_since_asks_for_another_protocol(
        self, call: Call, rows: list[Application]
    ) -> None:
        signed_evaluation(call)
        protocol = drafted(call, all_decided(rows))
        applications.withdraw(rows[0], reason="No.", by=rows[0].started_by, at=AT)
        with pytest.raises(Refused, match="withdrawn or admitted since"):
            commission.sign(protocol, by=UserFactory.create(), at=AT)
        assert Protocol.objects.get(pk=protocol.pk).signed_at is None

    def test_no_award_is_below_the_laws_least(self, call: Call, rows: list[Application]) -> None:
        signed_evaluation(call)
        least = call.least_amount
        for said in (to_award(least - 1), to_reserve(2, least - 1)):
            with pytest.raises(Refused, match="gives no grant below"):
                drafted(call, all_decided(rows) | {rows[2].pk: said})
        assert drafted(call, all_decided(rows) | {rows[2].pk: to_award(least)})

    def test_who_acts_for_one_of_them_neither_drafts_nor_strikes(
        self, call: Call, rows: list[Application]
    ) -> None:
        signed_evaluation(call)
        bound = rows[1].started_by
        with pytest.raises(Refused, match="You act for this organisation"):
            commission.draft_decision(
                call, all_decided(rows), held_on=ON, present="A", by=bound, at=AT
            )
        made = drafted(call, all_decided(rows))
        with pytest.raises(Refused, match="You act for this organisation"):
            commission.strike(made, reason="A wrong sum.", by=bound, at=AT)

    def test_one_that_was_not_checked_stops_the_decision(
        self, call: Call, rows: list[Application]
    ) -> None:
        signed_evaluation(call)
        ApplicationFactory.create(lot=call.lots.get(), submitted=True)
        with pytest.raises(Refused, match="still wait for the formal check"):
            drafted(call, all_decided(rows))


def test_an_evaluation_that_is_struck_out_takes_its_scores_with_it(
    call: Call, rows: list[Application]
) -> None:
    wrong = commission.draft_evaluation(
        call, held_on=ON, present="A", by=UserFactory.create(), at=AT
    )
    with pytest.raises(Refused, match="stand in a protocol"):
        evaluation.assign(rows[0], reviewer(), by=UserFactory.create(), at=AT)
    commission.strike(wrong, reason="A third reviewer is asked.", by=UserFactory.create(), at=AT)
    assert Application.objects.get(pk=rows[0].pk).score is None
    assert evaluation.assign(rows[0], reviewer(), by=UserFactory.create(), at=AT)
