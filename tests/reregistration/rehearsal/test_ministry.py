"""The ministry's people in a rehearsal take the steps that people take, in their order."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from accounts.roles import Role
from reregistration.marking import rule
from reregistration.models import Campaign, MarkingRound, SampleVerdict
from reregistration.rehearsal import ministry
from reregistration.rehearsal.ministry import Staff
from reregistration.rehearsal.referrals import Officers
from reregistration.states import RoundState, Verdict
from tests.factories.accounts import staff_member
from tests.factories.reregistration import (
    MARKING_DAY,
    CampaignFactory,
    liquidable_obligation,
    noon,
)

pytestmark = pytest.mark.django_db
NEXT_DAY = MARKING_DAY + timedelta(days=1)


@pytest.fixture
def people() -> Staff:
    managers = [staff_member(Role.CAMPAIGN_MANAGER) for _ in range(3)]
    checker, decider = (staff_member(Role.SENIOR_REVIEWER) for _ in range(2))
    drafter, first, second = managers
    officers = Officers(*(staff_member(Role.CAMPAIGN_MANAGER) for _ in range(4)))
    return Staff(drafter, checker, first, second, decider, officers)


@pytest.fixture
def campaign() -> Campaign:
    made: Campaign = CampaignFactory.create()
    for _ in range(3):
        liquidable_obligation(campaign=made)
    return made


def authorise(campaign: Campaign, people: Staff, on: date = MARKING_DAY) -> MarkingRound | None:
    silent = campaign.obligations.values_list("pk", flat=True)
    return ministry.authorise(campaign, people, silent=silent, on=on, at=noon(on))


def test_the_first_case_is_found_wrong_and_stops_its_round(
    campaign: Campaign, people: Staff
) -> None:
    assert authorise(campaign, people) is None
    round_, verdict = MarkingRound.objects.get(), SampleVerdict.objects.get()
    assert (round_.state, round_.stopped_by) == (RoundState.STOPPED, people.checker)
    assert verdict.verdict == Verdict.WRONG
    assert rule.liquidable(campaign, MARKING_DAY).count() == 2


def test_the_next_round_is_found_right_and_authorised(campaign: Campaign, people: Staff) -> None:
    authorise(campaign, people)
    round_ = authorise(campaign, people, NEXT_DAY)
    assert round_ is not None
    assert round_.state == RoundState.AUTHORISED
    assert round_.candidates.count() == 2
    assert round_.cases.count() == 2
    assert SampleVerdict.objects.filter(verdict=Verdict.RIGHT).count() == 2


def test_no_round_is_begun_while_another_is_under_way(campaign: Campaign, people: Staff) -> None:
    for on in (MARKING_DAY, NEXT_DAY):
        authorise(campaign, people, on)
    assert authorise(campaign, people, NEXT_DAY) is None
    assert MarkingRound.objects.count() == 2


def test_there_is_no_round_without_candidates(people: Staff) -> None:
    assert authorise(CampaignFactory.create(), people) is None
    assert not MarkingRound.objects.exists()
