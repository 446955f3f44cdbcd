"""The page for those who have not signed in: the open campaign's own dates and numbers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from reregistration.states import CampaignState
from tests.factories.reregistration import CampaignFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english() -> Any:
    with translation.override("en"):
        yield


def page(client: Client) -> str:
    return " ".join(client.get(reverse("why")).content.decode().split())


def campaign_due_in(days: int, **fields: Any) -> None:
    on = timezone.localdate()
    due_on = on + timedelta(days=days)
    CampaignFactory.create(opens_on=due_on - timedelta(days=90), due_on=due_on, **fields)


def test_it_stands_before_the_first_campaign(client: Client) -> None:
    assert "What do I need?" in page(client)
    assert "By when?" not in page(client)


def test_a_campaign_in_draft_is_not_told(client: Client) -> None:
    campaign_due_in(30, state=CampaignState.DRAFT)
    assert "By when?" not in page(client)


def test_it_names_the_law_the_day_and_the_campaigns_own_numbers(client: Client) -> None:
    campaign_due_in(30, grace_days=15, decision_after_days=16, warning_served_days=43)
    told = page(client)
    assert "article 41 of the Law" in told
    assert "the end of that day in Almaty" in told
    assert "15 days after the due date" in told
    assert "Not before 16 days after you got the warning" in told
    assert "Not before 43 days from the warning" in told


def test_the_last_day_is_not_over(client: Client) -> None:
    campaign_due_in(0)
    assert "the end of that day in Almaty" in page(client)


def test_after_the_day_it_says_that_filing_still_helps(client: Client) -> None:
    campaign_due_in(-1)
    assert "You can still file" in page(client)


def test_a_closed_campaign_promises_no_day(client: Client) -> None:
    campaign_due_in(30, state=CampaignState.CLOSED)
    assert "The campaign has ended" in page(client)


@pytest.mark.parametrize("name", ["home", "organisations"])
def test_it_is_one_click_away(client: Client, name: str) -> None:
    assert f'href="{reverse("why")}"' in client.get(reverse(name)).content.decode()
