"""Each reason against an organisation, beside what is none; each with its ground and cure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from grants import eligibility
from grants.models import Call
from grants.states import Exclusion
from registry.models import ActivityArea, Organisation
from registry.states import LegalStatus, StandingState
from tests.factories.grants import CallFactory, ExclusionFindingFactory, ParticipantFactory
from tests.factories.registry import OrganisationFactory, StandingFactory

pytestmark = pytest.mark.django_db
ON = date(2026, 9, 15)
BEFORE, AFTER = date(2026, 9, 14), date(2026, 9, 16)

Case = Callable[[Organisation], None]


def status(value: LegalStatus) -> Case:
    def make(row: Organisation) -> None:
        Organisation.objects.filter(pk=row.pk).update(status=value)

    return make


def flag(**fields: object) -> Case:
    def make(row: Organisation) -> None:
        Organisation.objects.filter(pk=row.pk).update(**fields)

    return make


def standing(state: StandingState, due_on: date = BEFORE, reason: str = "") -> Case:
    def make(row: Organisation) -> None:
        StandingFactory.create(
            organisation=row, state=state, effective_due_on=due_on, reason=reason
        )

    return make


def found(exclusion: Exclusion, *results: bool) -> Case:
    def make(row: Organisation) -> None:
        for is_met in results:
            ExclusionFindingFactory.create(organisation=row, exclusion=exclusion, is_met=is_met)

    return make


def merged(row: Organisation) -> None:
    Organisation.objects.filter(pk=row.pk).update(merged_into=OrganisationFactory.create())


S = StandingState
# What was made of the organisation, the one reason that follows, and whether it blocks payment.
REASONS: list[tuple[Case, str, bool]] = [
    (status(LegalStatus.SUSPENDED), "suspended", True),
    (status(LegalStatus.IN_LIQUIDATION), "in_liquidation", True),
    (status(LegalStatus.LIQUIDATED), "liquidated", True),
    (merged, "merged", False),
    (flag(political_party=True), "not_an_ngo", False),
    (flag(trade_union=True), "not_an_ngo", False),
    (flag(legal_form_id="RA"), "not_an_ngo", False),
    # The date speaks, whatever job has run.
    (standing(S.DUE), "standing_overdue", False),
    (standing(S.RETURNED), "standing_overdue", False),
    (standing(S.OVERDUE), "standing_overdue", False),
    (standing(S.REFUSED), "standing_refused", False),
    (standing(S.MARKED), "standing_marked", False),
    (standing(S.REFERRED), "standing_referred", False),
    (standing(S.TERMINATED), "standing_terminated", False),
    (standing(S.RELEASED, reason="closed"), "standing_released", False),
    (standing(S.RELEASED, reason="not_an_ngo"), "standing_released", False),
    *((found(exclusion, True), f"found_{exclusion}", True) for exclusion in Exclusion),
    (found(Exclusion.ARREST, True, False, True), "found_arrest", True),
]
# The ministry's delay, a date ahead, a hold or an old finding that was taken back: no reason.
NO_REASONS: list[Case] = [
    status(LegalStatus.ACTIVE),
    status(LegalStatus.INACTIVE),
    standing(S.DUE, ON),
    standing(S.DUE, AFTER),
    standing(S.DUE, BEFORE, "held"),
    standing(S.FILED),
    standing(S.FULFILLED),
    standing(S.RETURNED, AFTER),
    standing(S.RELEASED, reason="exempt"),
    standing(S.RELEASED, reason="after_cut_off"),
    flag(state_founded=True),
    *(found(exclusion, True, False) for exclusion in Exclusion),
]


@pytest.fixture
def organisation() -> Organisation:
    row = OrganisationFactory.create()
    ParticipantFactory.create(organisation=row)
    return row


@pytest.fixture
def call() -> Call:
    return CallFactory.create()


def areas(*codes: str) -> list[ActivityArea]:
    return list(ActivityArea.objects.filter(pk__in=codes))


def codes(row: Organisation, call: Call | None, on: date = ON) -> list[str]:
    row = Organisation.objects.get(pk=row.pk)
    return [reason.code for reason in eligibility.reasons_against(row, call, on)]


@pytest.mark.parametrize(("make", "code", "blocks"), REASONS)
def test_each_reason_stands_alone_with_its_ground_and_cure(
    make: Case, code: str, blocks: bool, organisation: Organisation, call: Call
) -> None:
    make(organisation)
    assert codes(organisation, call) == [code]
    fresh = Organisation.objects.get(pk=organisation.pk)
    (reason,) = eligibility.reasons_against(fresh, call, ON)
    assert all(str(text).strip() for text in (reason.words, reason.ground, reason.cure))
    assert reason.blocks_payment is blocks
    assert bool(eligibility.payment_blocks(fresh, ON)) is blocks
    assert bool(eligibility.warnings(fresh, ON)) is not blocks


@pytest.mark.parametrize("make", NO_REASONS)
def test_what_is_no_reason_is_none(make: Case, organisation: Organisation, call: Call) -> None:
    make(organisation)
    assert codes(organisation, call) == []


def test_a_legal_status_is_not_said_twice(organisation: Organisation, call: Call) -> None:
    status(LegalStatus.SUSPENDED)(organisation)
    found(Exclusion.SUSPENDED, True)(organisation)
    assert codes(organisation, call) == ["suspended"]


def test_several_reasons_are_all_told(organisation: Organisation, call: Call) -> None:
    status(LegalStatus.IN_LIQUIDATION)(organisation)
    standing(S.OVERDUE)(organisation)
    found(Exclusion.BANKRUPT, True)(organisation)
    assert codes(organisation, call) == ["in_liquidation", "found_bankrupt", "standing_overdue"]


def test_a_later_filing_cures_an_earlier_campaign(organisation: Organisation, call: Call) -> None:
    standing(S.OVERDUE, date(2025, 9, 1))(organisation)
    assert codes(organisation, call) == ["standing_overdue"]
    StandingFactory.create(
        organisation=organisation, campaign="later", state=S.DUE, effective_due_on=AFTER
    )
    assert codes(organisation, call) == ["standing_overdue"]
    organisation.standings.filter(campaign="later").update(state=S.FILED)
    assert codes(organisation, call) == []


class TestOfACall:
    def test_who_does_not_take_part_may_register_but_not_apply(self, call: Call) -> None:
        row = OrganisationFactory.create()
        assert codes(row, None) == []
        assert codes(row, call) == ["not_participant"]

    def test_a_participation_ends_by_its_date(self, organisation: Organisation, call: Call) -> None:
        assert codes(organisation, call, date(2027, 1, 11)) == []
        assert codes(organisation, call, date(2027, 1, 12)) == ["not_participant"]

    def test_an_area_counts_where_both_name_some(
        self, organisation: Organisation, call: Call
    ) -> None:
        call.areas.set(areas("1"))
        assert codes(organisation, call) == []
        organisation.activity_areas.set(areas("2"))
        assert codes(organisation, call) == ["area"]
        organisation.activity_areas.add(*areas("1"))
        assert codes(organisation, call) == []


def test_the_facts_of_an_award_are_kept_as_they_were(organisation: Organisation) -> None:
    standing(S.FULFILLED)(organisation)
    found(Exclusion.ARREST, True)(organisation)
    facts = eligibility.facts(organisation, ON)
    assert facts["status"] == "active"
    assert list(facts["standings"].values()) == ["fulfilled"]
    assert facts["findings"] == ["arrest"]
    assert facts["participant"].startswith("P-")
