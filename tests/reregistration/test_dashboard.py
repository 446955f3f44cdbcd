"""The figures of the first page: what they count, and what they leave out."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from registry.calendar import ALMATY
from registry.models import Region
from reregistration import dashboard
from reregistration.models import Campaign, Filing, Obligation, Review
from reregistration.states import Decision, FilingState
from tests.factories.accounts import UserFactory
from tests.factories.reregistration import (
    CampaignFactory,
    FilingFactory,
    ObligationFactory,
    noon,
)

pytestmark = pytest.mark.django_db
# A Tuesday.
TODAY = date(2026, 9, 15)


def submitted(at: datetime, **fields: object) -> Filing:
    made: Filing = FilingFactory.create(submitted=True, submitted_at=at, **fields)
    return made


def decide(filing: Filing, at: datetime) -> None:
    Review.objects.create(filing=filing, decision=Decision.ACCEPT, by=UserFactory.create(), at=at)


class TestQueue:
    def queue(self) -> list[dashboard.RegionQueue]:
        return dashboard.queue(Filing.objects.all(), on=TODAY, overrides={})

    def test_the_longest_waiting_region_is_first(self) -> None:
        first, second = Region.objects.all()[:2]
        submitted(noon(date(2026, 9, 14)), obligation__organisation__region_id=first.pk)
        submitted(noon(date(2026, 9, 11)), obligation__organisation__region_id=second.pk)
        submitted(noon(date(2026, 9, 15)), obligation__organisation__region_id=second.pk)
        assert [(row.region, row.waiting, row.oldest_on) for row in self.queue()] == [
            (second, 2, date(2026, 9, 11)),
            (first, 1, date(2026, 9, 14)),
        ]

    def test_the_age_is_in_working_days(self) -> None:
        # Friday; Saturday and Sunday are none.
        submitted(noon(date(2026, 9, 11)))
        (row,) = self.queue()
        assert row.working_days == 2

    def test_a_day_moved_by_the_government_counts(self) -> None:
        submitted(noon(date(2026, 9, 11)))
        (row,) = dashboard.queue(
            Filing.objects.all(), on=TODAY, overrides={date(2026, 9, 12): True}
        )
        assert row.working_days == 3

    def test_the_day_is_that_of_almaty(self) -> None:
        submitted(datetime(2026, 9, 14, 0, 30, tzinfo=ALMATY))
        (row,) = self.queue()
        assert row.oldest_on == date(2026, 9, 14)

    # Only what came on paper is ever set aside.
    @pytest.mark.parametrize(
        "state", sorted(set(FilingState) - {FilingState.SUBMITTED, FilingState.SET_ASIDE})
    )
    def test_nothing_else_waits(self, state: FilingState) -> None:
        if state == FilingState.DRAFT:
            FilingFactory.create()
        else:
            submitted(noon(TODAY), state=state)
        assert self.queue() == []


class TestPace:
    def pace(self) -> dashboard.Pace:
        return dashboard.pace(Filing.objects.all(), Review.objects.all(), on=TODAY, overrides={})

    def test_weeks_end_yesterday(self) -> None:
        weeks = self.pace().weeks
        assert [week.first_on for week in weeks] == [
            TODAY - timedelta(days=days) for days in (28, 21, 14, 7)
        ]
        assert weeks[-1].last_on == TODAY - timedelta(days=1)

    def test_what_came_in_and_what_was_decided_is_counted_by_its_day(self) -> None:
        first = submitted(noon(TODAY - timedelta(days=28)))
        submitted(noon(TODAY - timedelta(days=7)))
        decide(first, noon(TODAY - timedelta(days=1)))
        weeks = self.pace().weeks
        assert [week.filed for week in weeks] == [1, 0, 0, 1]
        assert [week.decided for week in weeks] == [0, 0, 0, 1]

    def test_today_is_not_over_and_earlier_is_too_old(self) -> None:
        for on in (TODAY, TODAY - timedelta(days=29)):
            decide(submitted(noon(on)), noon(on))
        assert {(week.filed, week.decided) for week in self.pace().weeks} == {(0, 0)}

    def test_a_replaced_version_is_nobodys_work(self) -> None:
        submitted(noon(TODAY - timedelta(days=1)), state=FilingState.SUPERSEDED)
        assert self.pace().filed_a_day == 0

    def test_a_day_is_a_working_day(self) -> None:
        for _ in range(30):
            submitted(noon(TODAY - timedelta(days=1)))
        pace = self.pace()
        assert pace.working_days == 20
        assert pace.filed_a_day == Decimal("1.5")

    def test_how_long_what_waits_takes(self) -> None:
        pace = dashboard.Pace([dashboard.Week(TODAY, TODAY, 0, 40)], working_days=20)
        assert [pace.days_for(waiting) for waiting in (0, 1, 2, 3)] == [0, 1, 1, 2]

    def test_where_nothing_is_decided_nobody_knows(self) -> None:
        assert self.pace().days_for(5) is None


class TestResponse:
    @pytest.fixture
    def campaign(self) -> Campaign:
        made: Campaign = CampaignFactory.create()
        return made

    def response(self, campaign: Campaign) -> dashboard.Response:
        return dashboard.response(Obligation.objects.all(), campaign, on=TODAY)

    def test_the_share_adds_up_day_by_day(self, campaign: Campaign) -> None:
        ObligationFactory.create_batch(2, campaign=campaign)
        for day in (2, 2, 9):
            ObligationFactory.create(
                campaign=campaign, filed=True, first_filed_at=noon(date(2026, 7, day))
            )
        found = self.response(campaign)
        assert [(day.on.day, day.filed, day.total, day.share) for day in found.days] == [
            (2, 2, 2, Decimal(40)),
            (9, 1, 3, Decimal(60)),
        ]
        assert (found.filed, found.obliged, found.share) == (3, 5, Decimal(60))

    def test_whoever_filed_stays_counted_whatever_came_of_it(self, campaign: Campaign) -> None:
        ObligationFactory.create(campaign=campaign, returned=True)
        ObligationFactory.create(campaign=campaign, fulfilled=True)
        assert self.response(campaign).filed == 2

    def test_released_without_having_filed_is_no_duty(self, campaign: Campaign) -> None:
        ObligationFactory.create(campaign=campaign, released=True)
        ObligationFactory.create(
            campaign=campaign, released=True, first_filed_at=noon(TODAY), on_time=True
        )
        found = self.response(campaign)
        assert (found.filed, found.obliged) == (1, 1)

    def test_another_campaign_does_not_count(self, campaign: Campaign) -> None:
        ObligationFactory.create(filed=True)
        found = self.response(campaign)
        assert (found.filed, found.obliged, found.share) == (0, 0, Decimal(0))

    def test_the_newest_open_campaign_is_told(self, campaign: Campaign) -> None:
        CampaignFactory.create(drafted=True, opens_on=date(2026, 8, 1))
        assert dashboard.open_campaign() == campaign
