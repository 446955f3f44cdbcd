"""What the public reads, and from when."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from notices.models import Dispatch, Notice
from notices.states import DispatchState, Kind, ServiceGround
from public import standing
from registry.calendar import ALMATY
from registry.models import Standing
from registry.states import StandingState
from reregistration.models import Campaign, Obligation
from tests.factories.notices import DispatchFactory, ServiceFactory
from tests.factories.registry import OrganisationFactory
from tests.factories.reregistration import CampaignFactory, ObligationFactory
from tests.public.marks import marked

pytestmark = pytest.mark.django_db
# A working day after the campaign's due date, far from protected days.
LATER = datetime(2027, 2, 16, 12, tzinfo=ALMATY)
ON = LATER.date()


@pytest.fixture
def campaign() -> Campaign:
    row: Campaign = CampaignFactory.create()
    return row


def shown(obligation: Obligation, on: date) -> StandingState:
    (row,) = standing.of_organisation(obligation.organisation, on)
    return row.state


class TestOnTheOrganisationsOwnPage:
    def test_the_last_day_still_reads_as_due(self, campaign: Campaign) -> None:
        row = ObligationFactory.create(campaign=campaign)
        assert shown(row, campaign.due_on) == StandingState.DUE

    def test_the_day_after_reads_as_overdue_though_no_job_ran(self, campaign: Campaign) -> None:
        row = ObligationFactory.create(campaign=campaign)
        assert shown(row, campaign.due_on + timedelta(days=1)) == StandingState.OVERDUE

    def test_a_mark_whose_notice_was_not_served_reads_as_overdue(self, campaign: Campaign) -> None:
        assert shown(marked(campaign, at=LATER, is_served=False), ON) == StandingState.OVERDUE

    def test_a_mark_whose_notice_was_served_is_shown(self, campaign: Campaign) -> None:
        assert shown(marked(campaign, at=LATER, is_served=True), ON) == StandingState.MARKED

    def test_proof_that_the_campaign_does_not_count_shows_no_mark(self, campaign: Campaign) -> None:
        row = marked(campaign, at=LATER, is_served=True)
        campaign.service_grounds = ["carrier_receipt"]
        campaign.save()
        assert shown(row, ON) == StandingState.OVERDUE

    def test_a_delivery_that_came_back_after_all_shows_no_mark(self, campaign: Campaign) -> None:
        row = marked(campaign, at=LATER, is_served=False)
        told = Notice.objects.get(source=row.source, kind=Kind.MARKED)
        sent = DispatchFactory.create(notice=told, sent=True)
        ServiceFactory.create(
            notice=told,
            dispatch=sent,
            ground=ServiceGround.DELIVERED_TO_VERIFIED,
            served_at=LATER,
        )
        assert shown(row, ON) == StandingState.MARKED
        Dispatch.objects.filter(pk=sent.pk).update(state=DispatchState.BOUNCED, ended_at=LATER)
        assert shown(row, ON) == StandingState.OVERDUE

    def test_a_hidden_mark_tells_no_day(self, campaign: Campaign) -> None:
        row = marked(campaign, at=LATER, is_served=False)
        (told,) = standing.of_organisation(row.organisation, ON)
        assert told.since_on is None

    def test_a_notice_served_in_an_earlier_cycle_shows_no_mark(self, campaign: Campaign) -> None:
        row = marked(campaign, at=LATER, is_served=True)
        Obligation.objects.filter(pk=row.pk).update(cycle=row.cycle + 1)
        assert shown(row, ON) == StandingState.OVERDUE


def test_every_list_tells_the_same_as_the_organisations_page(campaign: Campaign) -> None:
    rows = [
        ObligationFactory.create(campaign=campaign),
        ObligationFactory.create(campaign=campaign, due_on=date(2027, 12, 1)),
        ObligationFactory.create(campaign=campaign, overdue=True),
        ObligationFactory.create(campaign=campaign, filed=True),
        ObligationFactory.create(campaign=campaign, returned=True),
        ObligationFactory.create(campaign=campaign, fulfilled=True),
        ObligationFactory.create(campaign=campaign, released=True),
        marked(campaign, at=LATER, is_served=True),
        marked(campaign, at=LATER, is_served=False),
    ]
    listed = {
        organisation: state
        for state in StandingState
        for organisation in standing.reading(campaign, state, ON).values_list(
            "organisation", flat=True
        )
    }
    on_their_pages = {row.organisation_id: shown(row, ON) for row in rows}
    assert listed == on_their_pages
    assert standing.states_of([row.organisation for row in rows], campaign, ON) == on_their_pages


def test_each_standing_is_read_once(campaign: Campaign) -> None:
    for is_served in (True, False):
        marked(campaign, at=LATER, is_served=is_served)
    ObligationFactory.create(campaign=campaign)
    counted = sum(standing.reading(campaign, state, ON).count() for state in StandingState)
    assert counted == Standing.objects.count()


def test_an_organisation_without_a_duty_has_no_standing() -> None:
    assert standing.of_organisation(OrganisationFactory.create(), ON) == []
