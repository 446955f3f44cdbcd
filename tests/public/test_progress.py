"""Numbers that sum to the register."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from public import progress
from registry.models import Organisation
from registry.states import StandingState
from reregistration.models import Campaign
from tests.factories.registry import OrganisationFactory
from tests.factories.reregistration import CampaignFactory, ObligationFactory

pytestmark = pytest.mark.django_db
BEFORE_DUE = date(2026, 11, 1)
AFTER_DUE = date(2026, 12, 2)


@pytest.fixture
def campaign() -> Campaign:
    """A campaign with one organisation of several states, and two that it does not ask."""
    row: Campaign = CampaignFactory.create()
    for trait in ("overdue", "filed", "returned", "fulfilled", "released"):
        ObligationFactory.create(campaign=row, **{trait: True})
    ObligationFactory.create(campaign=row)
    OrganisationFactory.create()
    OrganisationFactory.create(region_id="750000000", place_id="750000000", in_liquidation=True)
    return row


def test_the_parts_sum_to_the_register(campaign: Campaign) -> None:
    told = progress.of(campaign, BEFORE_DUE)
    assert told.sums
    assert told.register_total == 8
    assert told.all.out_of_scope == 2


def test_the_regions_sum_to_the_whole(campaign: Campaign) -> None:
    told = progress.of(campaign, BEFORE_DUE)
    assert [counts.total for _, counts in told.by_region] == [7, 1]


def test_the_day_is_applied_when_it_is_read(campaign: Campaign) -> None:
    assert progress.of(campaign, BEFORE_DUE).all.overdue == 1
    # The due one and the returned one have passed their date too.
    assert progress.of(campaign, AFTER_DUE).all.overdue == 3


def test_another_campaigns_standing_does_not_count(campaign: Campaign) -> None:
    asked = Organisation.objects.filter(standings__campaign=campaign.code).first()
    ObligationFactory.create(campaign=CampaignFactory.create(), organisation=asked, filed=True)
    assert progress.of(campaign, BEFORE_DUE).register_total == 8
    assert progress.of(campaign, BEFORE_DUE).all.by_state[StandingState.FILED] == 1


def test_a_merged_organisation_is_not_counted_twice(campaign: Campaign) -> None:
    successor = Organisation.objects.first()
    OrganisationFactory.create(merged_into=successor)
    assert progress.of(campaign, BEFORE_DUE).register_total == 8


def test_a_sum_that_fails_is_seen(campaign: Campaign) -> None:
    told = progress.of(campaign, BEFORE_DUE)
    told.all.by_state[StandingState.DUE] += 1
    assert not told.sums


def test_its_queries_do_not_grow_with_the_register(
    campaign: Campaign, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(3):
        progress.of(campaign, BEFORE_DUE)


def test_a_draft_campaign_is_not_the_current_one() -> None:
    CampaignFactory.create(drafted=True)
    assert progress.current_campaign() is None
