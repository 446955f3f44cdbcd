"""Cohorts: who is in which, with which date, and that they stand once the campaign is open."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.refusals import Refused
from accounts.roles import Role
from registry.models import Organisation
from reregistration import campaigns, cohorts
from reregistration.models import Campaign, CampaignDecision, Cohort, Obligation
from reregistration.states import CampaignState
from tests.concurrency import one_behind_the_other
from tests.factories.accounts import staff_member
from tests.factories.registry import OrganisationFactory, valid_bin
from tests.factories.reregistration import CampaignFactory, CohortFactory, ObligationFactory
from tests.reregistration.assertions import assert_states_equal_the_log

pytestmark = pytest.mark.usefixtures("in_english")

ASTANA, ALMATY_CITY = "710000000", "750000000"
OWN, LATER, LATEST = date(2026, 12, 1), date(2027, 2, 1), date(2027, 3, 1)
GROUND = "Order No. 7 of 1 September 2026"


@pytest.fixture
def manager(db: None) -> User:
    return staff_member(Role.CAMPAIGN_MANAGER)


@pytest.fixture
def campaign(db: None) -> Campaign:
    return CampaignFactory.create(drafted=True)


_BINS = [valid_bin(serial) for serial in range(40_000, 40_100)]


def with_digit(digit: int, *, place: int = 0, **fields: object) -> Organisation:
    """An organisation whose BIN ends in that digit; `place` tells several of it apart."""
    ending = [one for one in _BINS if one.endswith(str(digit))]
    return OrganisationFactory.create(bin=ending[place], **fields)


def dates(campaign: Campaign, manager: User, at: datetime) -> dict[int, date]:
    """The due date of each organisation once the campaign is open."""
    campaigns.open_campaign(campaign, by=manager, at=at, ground=GROUND)
    return dict(campaign.obligations.values_list("organisation", "due_on"))


class TestWhoIsInWhich:
    def test_a_region_gets_its_own_date_and_the_others_the_campaigns(
        self, campaign: Campaign, manager: User, at: datetime
    ) -> None:
        cohorts.add(campaign, regions=[ALMATY_CITY], bin_digits=[], due_on=LATER)
        inside = OrganisationFactory.create(region_id=ALMATY_CITY)
        outside = OrganisationFactory.create(region_id=ASTANA)
        assert dates(campaign, manager, at) == {inside.pk: LATER, outside.pk: OWN}
        assert_states_equal_the_log()

    def test_the_last_digit_of_the_bin_decides(
        self, campaign: Campaign, manager: User, at: datetime
    ) -> None:
        cohorts.add(campaign, regions=[], bin_digits=[0, 7], due_on=LATER)
        inside = with_digit(7)
        # Its other digits have noughts among them.
        outside = with_digit(5)
        assert dates(campaign, manager, at) == {inside.pk: LATER, outside.pk: OWN}

    def test_without_a_bin_no_digit_is_met_but_a_region_is(
        self, campaign: Campaign, manager: User, at: datetime
    ) -> None:
        cohorts.add(campaign, regions=[], bin_digits=list(range(10)), due_on=LATEST)
        cohorts.add(campaign, regions=[ALMATY_CITY], bin_digits=[], due_on=LATER)
        there = OrganisationFactory.create(without_bin=True, region_id=ALMATY_CITY)
        elsewhere = OrganisationFactory.create(without_bin=True, region_id=ASTANA)
        assert dates(campaign, manager, at) == {there.pk: LATER, elsewhere.pk: OWN}

    def test_region_and_digit_together_ask_for_both(
        self, campaign: Campaign, manager: User, at: datetime
    ) -> None:
        cohorts.add(campaign, regions=[ALMATY_CITY], bin_digits=[4], due_on=LATER)
        both = with_digit(4, region_id=ALMATY_CITY)
        one = with_digit(5, region_id=ALMATY_CITY)
        other = with_digit(4, place=1, region_id=ASTANA)
        assert dates(campaign, manager, at) == {both.pk: LATER, one.pk: OWN, other.pk: OWN}

    def test_of_two_that_fit_the_first_one_counts(
        self, campaign: Campaign, manager: User, at: datetime
    ) -> None:
        first = cohorts.add(campaign, regions=[ASTANA], bin_digits=[], due_on=LATEST)
        cohorts.add(campaign, regions=[], bin_digits=[4], due_on=LATER)
        with_digit(4, region_id=ASTANA)
        campaigns.open_campaign(campaign, by=manager, at=at, ground=GROUND)
        row = Obligation.objects.get()
        assert (row.cohort, row.due_on) == (first, LATEST)

    def test_a_date_on_a_day_off_becomes_the_next_working_day(
        self, campaign: Campaign, manager: User, at: datetime
    ) -> None:
        cohorts.add(campaign, regions=[ASTANA], bin_digits=[], due_on=date(2026, 12, 26))
        row = OrganisationFactory.create(region_id=ASTANA)
        assert dates(campaign, manager, at) == {row.pk: date(2027, 1, 11)}

    def test_whoever_comes_later_is_in_its_cohort_too(
        self, campaign: Campaign, manager: User, at: datetime
    ) -> None:
        cohorts.add(campaign, regions=[ASTANA], bin_digits=[], due_on=LATER)
        campaigns.open_campaign(campaign, by=manager, at=at, ground=GROUND)
        OrganisationFactory.create(region_id=ASTANA)
        assert campaigns.enrol(campaign, by=None, at=at) == 1
        assert Obligation.objects.get().due_on == LATER


class TestOpening:
    def test_each_date_is_a_line_of_the_log(
        self, campaign: Campaign, manager: User, at: datetime
    ) -> None:
        cohort = cohorts.add(campaign, regions=[ASTANA], bin_digits=[], due_on=LATER)
        campaigns.open_campaign(campaign, by=manager, at=at, ground=GROUND)
        lines = CampaignDecision.objects.values_list("kind", "cohort", "due_on", "ground")
        assert list(lines) == [
            ("opened", None, OWN, GROUND),
            ("opened", cohort.pk, LATER, GROUND),
        ]

    def test_a_cohort_that_lies_before_the_campaigns_date_is_refused(
        self, campaign: Campaign, manager: User, at: datetime
    ) -> None:
        cohorts.add(campaign, regions=[ASTANA], bin_digits=[], due_on=LATER)
        Campaign.objects.filter(pk=campaign.pk).update(due_on=LATEST)
        with pytest.raises(Refused, match="lies after the campaign's own"):
            campaigns.open_campaign(campaign, by=manager, at=at, ground=GROUND)
        assert not Obligation.objects.exists()

    @pytest.mark.usefixtures("real_commits")
    def test_a_cohort_that_is_added_in_the_same_moment_waits_and_is_refused(
        self, at: datetime
    ) -> None:
        manager = staff_member(Role.CAMPAIGN_MANAGER)
        campaign = CampaignFactory.create(drafted=True)
        opened, added = one_behind_the_other(
            lambda: campaigns.open_campaign(campaign, by=manager, at=at, ground=GROUND),
            lambda: cohorts.add(campaign, regions=[ASTANA], bin_digits=[], due_on=LATER),
        )
        assert opened == 0
        assert isinstance(added, Refused)
        assert not Cohort.objects.exists()


class TestDraft:
    def test_a_second_click_is_refused(self, campaign: Campaign) -> None:
        cohorts.add(campaign, regions=[ASTANA], bin_digits=[1, 2], due_on=LATER)
        with pytest.raises(Refused, match="is there already"):
            cohorts.add(campaign, regions=[ASTANA], bin_digits=[2, 1], due_on=LATEST)
        assert Cohort.objects.count() == 1

    def test_numbers_go_on_behind_the_last(self, campaign: Campaign) -> None:
        first = cohorts.add(campaign, regions=[], bin_digits=[1], due_on=LATER)
        second = cohorts.add(campaign, regions=[], bin_digits=[2], due_on=LATER)
        cohorts.remove(first)
        third = cohorts.add(campaign, regions=[], bin_digits=[3], due_on=LATER)
        assert (second.number, third.number) == (2, 3)

    @pytest.mark.parametrize("due_on", [OWN, date(2026, 11, 1)])
    def test_a_date_that_is_not_behind_the_campaigns_is_refused(
        self, campaign: Campaign, due_on: date
    ) -> None:
        with pytest.raises(Refused, match="lies after the campaign's own"):
            cohorts.add(campaign, regions=[ASTANA], bin_digits=[], due_on=due_on)

    def test_without_a_rule_it_is_refused(self, campaign: Campaign) -> None:
        with pytest.raises(Refused, match="Choose regions or last digits"):
            cohorts.add(campaign, regions=[], bin_digits=[], due_on=LATER)

    @pytest.mark.parametrize(("regions", "digits"), [(["000000000"], []), ([], [10])])
    def test_what_there_is_not_is_refused(
        self, campaign: Campaign, regions: list[str], digits: list[int]
    ) -> None:
        with pytest.raises(Refused, match="no such region or digit"):
            cohorts.add(campaign, regions=regions, bin_digits=digits, due_on=LATER)

    def test_removing_twice_is_safe(self, campaign: Campaign) -> None:
        cohort = cohorts.add(campaign, regions=[ASTANA], bin_digits=[], due_on=LATER)
        cohorts.remove(cohort)
        cohorts.remove(cohort)
        assert not Cohort.objects.exists()

    @pytest.mark.parametrize("state", [CampaignState.OPEN, CampaignState.CLOSED])
    def test_once_open_none_is_added_or_removed(
        self, campaign: Campaign, state: CampaignState
    ) -> None:
        cohort = cohorts.add(campaign, regions=[ASTANA], bin_digits=[], due_on=LATER)
        Campaign.objects.filter(pk=campaign.pk).update(state=state)
        with pytest.raises(Refused, match="stand since the campaign was opened"):
            cohorts.add(campaign, regions=[ALMATY_CITY], bin_digits=[], due_on=LATER)
        with pytest.raises(Refused, match="stand since the campaign was opened"):
            cohorts.remove(cohort)

    def test_the_rule_is_said_in_words(self, campaign: Campaign) -> None:
        cohort = cohorts.add(campaign, regions=[ASTANA], bin_digits=[3, 1], due_on=LATER)
        assert cohorts.words(cohort) == "Astana; BIN ends in 1, 3"


def _set(**values: object) -> Callable[[Cohort], object]:
    return lambda row: Cohort.objects.filter(pk=row.pk).update(**values)


class TestTheDatabase:
    @pytest.mark.parametrize(
        "change",
        [
            _set(due_on=OWN),
            _set(due_on=LATEST, number=7),
            _set(regions=[ALMATY_CITY]),
            _set(bin_digits=[1]),
            lambda row: Cohort.objects.filter(pk=row.pk).delete(),
            lambda row: CohortFactory.create(campaign=row.campaign, regions=[ALMATY_CITY]),
        ],
        ids=["earlier", "later and another number", "regions", "digits", "deleted", "another"],
    )
    def test_an_open_campaign_keeps_its_cohorts(
        self, campaign: Campaign, change: Callable[[Cohort], object]
    ) -> None:
        cohort = CohortFactory.create(campaign=campaign)
        Campaign.objects.filter(pk=campaign.pk).update(state=CampaignState.OPEN)
        with pytest.raises(IntegrityError, match="cohort_is_frozen"), transaction.atomic():
            change(cohort)

    def test_a_closed_one_keeps_their_dates_too(self, campaign: Campaign) -> None:
        cohort = CohortFactory.create(campaign=campaign)
        Campaign.objects.filter(pk=campaign.pk).update(state=CampaignState.CLOSED)
        with pytest.raises(IntegrityError, match="cohort_is_frozen"), transaction.atomic():
            _set(due_on=LATEST)(cohort)

    def test_a_later_date_alone_may_be_set(self, campaign: Campaign) -> None:
        cohort = CohortFactory.create(campaign=campaign)
        Campaign.objects.filter(pk=campaign.pk).update(state=CampaignState.OPEN)
        _set(due_on=LATEST)(cohort)
        assert Cohort.objects.get().due_on == LATEST

    @pytest.mark.parametrize(
        ("fields", "name"),
        [
            ({"regions": [], "bin_digits": []}, "cohort_has_a_rule"),
            ({"bin_digits": [10]}, "cohort_digits_are_digits"),
            ({"number": 1}, "cohort_number_once"),
            ({"number": 2, "regions": [ALMATY_CITY]}, "cohort_rule_once"),
        ],
    )
    def test_it_refuses_what_is_no_cohort(
        self, campaign: Campaign, fields: dict[str, object], name: str
    ) -> None:
        CohortFactory.create(campaign=campaign, number=1, regions=[ALMATY_CITY])
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            CohortFactory.create(campaign=campaign, **fields)

    def test_nobody_is_in_a_cohort_of_another_campaign(self, campaign: Campaign) -> None:
        cohort = CohortFactory.create()
        with (
            pytest.raises(IntegrityError, match="obligation_in_its_campaigns_cohort"),
            transaction.atomic(),
        ):
            ObligationFactory.create(campaign=campaign, cohort=cohort)

    def test_nothing_is_decided_on_a_cohort_of_another_campaign(
        self, campaign: Campaign, at: datetime
    ) -> None:
        with (
            pytest.raises(IntegrityError, match="decision_on_its_campaigns_cohort"),
            transaction.atomic(),
        ):
            CampaignDecision.objects.create(
                campaign=campaign,
                cohort=CohortFactory.create(),
                kind="opened",
                due_on=LATER,
                ground=GROUND,
                at=at,
            )
