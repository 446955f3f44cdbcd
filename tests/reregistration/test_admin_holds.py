"""Holds at the desk: begun for a region, a campaign or one organisation, and ended."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from accounts import staff
from accounts.models import User
from accounts.roles import Role
from registry.models import Region
from reregistration.models import Campaign, Hold, Obligation
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.registry import RepresentativeFactory
from tests.factories.reregistration import CampaignFactory, ObligationFactory
from tests.reregistration.desk import list_of, page_of, queries, rows_of, signed_in, told, verb_of

pytestmark = pytest.mark.django_db
ADD = "admin:reregistration_hold_add"


@pytest.fixture
def desk(db: None) -> Client:
    return signed_in(staff_member(Role.CAMPAIGN_MANAGER))


def regional(role: Role, region: Region) -> User:
    user = UserFactory.create()
    staff.grant_role(user, role=role, by=None, on=date(2020, 1, 1), regions=[region.pk])
    return user


def begin(desk: Client, campaign: Campaign, region: str = "") -> Hold:
    form = {"campaign": campaign.pk, "region": region, "reason": "Су тасқыны"}
    desk.post(reverse(ADD), form)
    made: Hold = Hold.objects.latest("pk")
    return made


def test_a_region_is_held_and_its_hold_ended(desk: Client) -> None:
    row = ObligationFactory.create()
    held = begin(desk, row.campaign, row.organisation.region_id)
    assert held.region == row.organisation.region
    page = desk.get(page_of(held)).content.decode()
    assert "Су тасқыны" in page
    assert "In force" in page
    asked = desk.get(verb_of(held, "end")).content.decode()
    assert row.organisation.region.name in asked
    response = desk.post(verb_of(held, "end"), follow=True)
    assert told(response) == ["The hold has ended: days are counted again for 1 organisations."]
    row.refresh_from_db()
    assert (row.held_since_on, row.cycle) == (None, 2)


def test_the_whole_campaign_is_held_once(desk: Client) -> None:
    campaign = CampaignFactory.create()
    held = begin(desk, campaign)
    assert (held.region, held.obligation) == (None, None)
    form = {"campaign": campaign.pk, "region": "", "reason": "Ещё раз"}
    assert "held already" in desk.post(reverse(ADD), form).content.decode()
    assert Hold.objects.count() == 1


def test_one_organisation_is_held_on_its_obligations_page(desk: Client) -> None:
    row = ObligationFactory.create()
    assert verb_of(row, "hold") in desk.get(page_of(row)).content.decode()
    desk.post(verb_of(row, "hold"), {"reason": "Пожар"})
    assert Hold.objects.get().obligation == row
    page = desk.get(page_of(row)).content.decode()
    assert "Пожар" in page
    assert "Held since" in page
    assert "Its dates are held" in page
    assert verb_of(row, "hold") not in page


def test_without_a_reason_nothing_is_held(desk: Client) -> None:
    row = ObligationFactory.create()
    desk.post(verb_of(row, "hold"), {"reason": ""})
    desk.post(reverse(ADD), {"campaign": row.campaign.pk, "region": "", "reason": ""})
    assert not Hold.objects.exists()


def test_a_manager_of_one_region_holds_no_region_and_ends_no_hold(desk: Client) -> None:
    row = ObligationFactory.create()
    held = begin(desk, row.campaign)
    other = signed_in(regional(Role.CAMPAIGN_MANAGER, row.organisation.region))
    form = {"campaign": row.campaign.pk, "region": row.organisation.region_id, "reason": "X"}
    assert other.post(reverse(ADD), form).status_code == 403
    assert other.post(verb_of(held, "end")).status_code == 403
    assert Hold.objects.get().ended_on is None
    # One organisation of the own region is within reach.
    other.post(verb_of(row, "hold"), {"reason": "Пожар"})
    assert Hold.objects.filter(obligation=row).exists()


def test_of_another_regions_organisation_one_sees_no_hold(desk: Client) -> None:
    row = ObligationFactory.create()
    desk.post(verb_of(row, "hold"), {"reason": "Пожар"})
    whole = begin(desk, row.campaign)
    elsewhere = Region.objects.exclude(pk=row.organisation.region_id).first()
    assert elsewhere
    stranger = signed_in(regional(Role.REVIEWER, elsewhere))
    assert rows_of(stranger.get(list_of(Hold))) == [whole]
    one = Hold.objects.get(obligation=row)
    assert stranger.get(page_of(one)).status_code in (302, 404)


def test_what_is_held_still_is_asked_as_a_question(desk: Client) -> None:
    first = begin(desk, CampaignFactory.create())
    desk.post(verb_of(first, "end"))
    second = begin(desk, CampaignFactory.create())
    assert rows_of(desk.get(list_of(Hold), {"held": "yes"})) == [second]
    assert rows_of(desk.get(list_of(Hold), {"held": "no"})) == [first]
    assert rows_of(desk.get(list_of(Hold))) == [second, first]


def test_the_list_costs_the_same_for_many(desk: Client) -> None:
    _hold_one(desk)
    few = queries(desk, list_of(Hold))
    for _ in range(4):
        _hold_one(desk)
    assert queries(desk, list_of(Hold)) == few


def _hold_one(desk: Client) -> Obligation:
    row = ObligationFactory.create()
    desk.post(verb_of(row, "hold"), {"reason": "Пожар"})
    return row


def test_the_organisation_reads_on_its_page_since_when_and_why(desk: Client) -> None:
    row = _hold_one(desk)
    alice = RepresentativeFactory.create(organisation=row.organisation).user
    client = signed_in(alice)
    page = client.get(reverse("obligation", args=[row.organisation.number, row.campaign.code]))
    text = page.content.decode()
    assert "The time to file is held since" in text
    assert "Пожар" in text
