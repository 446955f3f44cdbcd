"""Who could read of a mark reads of its reversal; nobody else learns of either."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts.roles import Role
from public import corrections
from reregistration.marking import reversal
from reregistration.models import Campaign, Mark
from reregistration.states import ReversalReason
from tests.factories.accounts import staff_member
from tests.factories.registry import OrganisationFactory
from tests.factories.reregistration import mark_made, noon, serve_mark

pytestmark = pytest.mark.django_db
SERVED_ON = date(2027, 2, 17)
REVERSED_ON = date(2027, 2, 18)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def mark() -> Mark:
    return mark_made()


def undo(mark: Mark) -> None:
    reversal.reverse(
        mark,
        by=staff_member(Role.CAMPAIGN_MANAGER),
        at=noon(REVERSED_ON),
        ground="Call No. 7",
        reason=ReversalReason.AT_WORK,
    )


def page_of(client: Client, mark: Mark) -> str:
    url = reverse("organisation", args=[mark.obligation.organisation.number])
    return client.get(url).content.decode()


def test_a_public_mark_and_its_reversal_stand_side_by_side(mark: Mark, client: Client) -> None:
    serve_mark(mark, on=SERVED_ON)
    undo(mark)
    (told,) = corrections.of(mark.obligation.organisation)
    assert (told.marked_on, told.reversed_on) == (date(2027, 2, 15), REVERSED_ON)
    assert told.campaign == mark.obligation.campaign
    page = page_of(client, mark)
    assert "15 February 2027" in page
    assert "18 February 2027" in page
    assert "the organisation is at work" in page
    assert "Call No. 7" not in page


def test_of_a_mark_that_was_never_public_nothing_is_told(mark: Mark, client: Client) -> None:
    undo(mark)
    assert corrections.of(mark.obligation.organisation) == []
    assert "15 February 2027" not in page_of(client, mark)


def test_proof_that_came_after_the_reversal_tells_nothing(mark: Mark) -> None:
    undo(mark)
    serve_mark(mark, on=date(2027, 2, 19))
    assert corrections.of(mark.obligation.organisation) == []


def test_proof_that_the_campaign_does_not_count_tells_nothing(mark: Mark) -> None:
    serve_mark(mark, on=SERVED_ON)
    undo(mark)
    Campaign.objects.update(service_grounds=["carrier_receipt"])
    assert corrections.of(mark.obligation.organisation) == []


def test_a_mark_that_stands_is_no_correction(mark: Mark) -> None:
    serve_mark(mark, on=SERVED_ON)
    assert corrections.of(mark.obligation.organisation) == []


def test_another_organisation_has_none(mark: Mark) -> None:
    serve_mark(mark, on=SERVED_ON)
    undo(mark)
    assert corrections.of(OrganisationFactory.create()) == []
