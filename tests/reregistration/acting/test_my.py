from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from accounts.models import User
from notices import declining
from reregistration.acting.my import A_PAGE
from tests.factories.registry import ClaimFactory, OrganisationFactory, RepresentativeFactory
from tests.factories.reregistration import CampaignFactory, ObligationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def browser(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def represented(alice: User, count: int, **fields: Any) -> list[Any]:
    campaign = CampaignFactory.create()
    rows = [ObligationFactory.create(campaign=campaign, **fields) for _ in range(count)]
    for row in rows:
        RepresentativeFactory.create(organisation=row.organisation, user=alice)
    return rows


def queries(browser: Client) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(reverse("my")).status_code == 200
    return len(captured)


def test_what_is_to_be_done_stands_before_what_is_done(browser: Client, alice: User) -> None:
    (done,) = represented(alice, 1, fulfilled=True, due_on=date(2098, 1, 1))
    (later,) = represented(alice, 1, due_on=date(2099, 2, 1))
    (sooner,) = represented(alice, 1, due_on=date(2099, 1, 1))
    shown = [row for row, _step in browser.get(reverse("my")).context["obligations"]]
    assert shown == [sooner, later, done]


def test_three_hundred_cost_no_more_queries_than_twenty(browser: Client, alice: User) -> None:
    represented(alice, A_PAGE + 1)
    few = queries(browser)
    represented(alice, 280)
    assert queries(browser) == few <= 8


def test_a_name_is_looked_for_among_many(browser: Client, alice: User) -> None:
    rows = represented(alice, 11)
    page = browser.get(reverse("my"), {"q": rows[3].organisation.number})
    assert [row for row, _step in page.context["obligations"]] == [rows[3]]
    assert 'type="search"' in page.content.decode()


def test_few_need_no_search(browser: Client, alice: User) -> None:
    represented(alice, 2)
    assert 'type="search"' not in browser.get(reverse("my")).content.decode()


def test_a_waiting_claim_says_what_comes_next(browser: Client, alice: User) -> None:
    claim = ClaimFactory.create(user=alice, by_code=True)
    ClaimFactory.create(organisation=claim.organisation)
    decided = ClaimFactory.create(user=alice, refused=True)
    page = browser.get(reverse("my")).content.decode()
    assert claim.organisation.name in page
    assert "They may object until" in page
    assert decided.organisation.name not in page


def test_one_without_a_duty_is_listed(browser: Client, alice: User) -> None:
    organisation = OrganisationFactory.create()
    RepresentativeFactory.create(organisation=organisation, user=alice)
    assert organisation.name in browser.get(reverse("my")).content.decode()


def test_a_stranger_sees_none_and_the_way_to_one(client: Client, charlie: User) -> None:
    row = ObligationFactory.create()
    client.force_login(charlie)
    page = client.get(reverse("my")).content.decode()
    assert row.organisation.name not in page
    assert reverse("claim") in page


def test_it_leads_to_declining_reminders(browser: Client, alice: User) -> None:
    represented(alice, 1)
    link = reverse("reminders", args=[declining.token(alice.email)])
    assert link.rpartition(":")[0].rpartition(":")[0] in browser.get(reverse("my")).content.decode()
    assert browser.get(link).status_code == 200
