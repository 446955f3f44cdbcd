"""Reminders can be declined, legal notices cannot: the verbs, and the page of the link."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from notices import declined, declining, dispatch, notice
from notices.models import DeclinedAddress, Dispatch
from notices.states import COURTESY, Channel, DispatchState, Kind
from registry.models import Organisation
from tests.factories.notices import LAWYER, DispatchFactory, draft_of, remind
from tests.factories.registry import ContactFactory, OrganisationFactory

pytestmark = pytest.mark.django_db


def reached_at(*emails: str) -> Organisation:
    """An organisation with these addresses, the first of them first in line."""
    organisation = OrganisationFactory.create()
    for email in reversed(emails):
        ContactFactory.create(organisation=organisation, value=email)
    return organisation


def sent_to(organisation: Organisation, kind: Kind, at: datetime) -> list[tuple[str, str, str]]:
    """Where a notice goes: channel, address where it is an e-mail, state."""
    (made,) = notice.register([draft_of(organisation, kind)], at=at)
    return [
        (row.channel, row.address if row.channel == Channel.EMAIL else "", row.state)
        for row in made.dispatches.order_by("pk")
    ]


def test_a_reminder_passes_over_who_declines(at: datetime) -> None:
    organisation = reached_at("first@ngo.example", "second@ngo.example")
    declined.decline("First@NGO.example", at=at)
    assert sent_to(organisation, Kind.REMINDER, at) == [
        (Channel.EMAIL, "second@ngo.example", DispatchState.QUEUED)
    ]


def test_where_all_decline_it_is_held_back_and_no_letter_replaces_it(at: datetime) -> None:
    organisation = reached_at("first@ngo.example", "second@ngo.example")
    for address in ("first@ngo.example", "second@ngo.example"):
        declined.decline(address, at=at)
    assert sent_to(organisation, Kind.REMINDER, at) == [
        (Channel.EMAIL, "first@ngo.example", DispatchState.SUPPRESSED)
    ]
    assert "wants no reminders" in Dispatch.objects.get().failure


def test_where_one_declines_no_letter_follows_a_bounce(at: datetime) -> None:
    organisation = reached_at("first@ngo.example", "second@ngo.example")
    declined.decline("second@ngo.example", at=at)
    (made,) = notice.register([draft_of(organisation)], at=at)
    Dispatch.objects.update(state=DispatchState.SENT, sent_at=at)
    dispatch.bounce(made.dispatches.get().pk, at=at, reason="no such user")
    assert list(made.dispatches.values_list("channel", "state")) == [
        (Channel.EMAIL, DispatchState.BOUNCED),
        (Channel.EMAIL, DispatchState.SUPPRESSED),
    ]


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in COURTESY])
def test_what_is_no_courtesy_cannot_be_declined(at: datetime, kind: Kind) -> None:
    organisation = reached_at("first@ngo.example")
    declined.decline("first@ngo.example", at=at)
    assert (Channel.EMAIL, "first@ngo.example", DispatchState.QUEUED) in sent_to(
        organisation, kind, at
    )


def test_declining_holds_back_what_waits_of_courtesy_alone(at: datetime) -> None:
    reminder = remind(at)
    legal = DispatchFactory.create(made_at=at, address=LAWYER, notice__kind=Kind.FINAL_WARNING)
    others = remind(at, address="other@ngo.example")
    declined.decline(LAWYER, at=at)
    rows = [Dispatch.objects.get(pk=row.pk).state for row in (reminder, legal, others)]
    assert rows == [DispatchState.SUPPRESSED, DispatchState.QUEUED, DispatchState.QUEUED]


def test_declining_twice_declines_once(at: datetime) -> None:
    for _ in range(2):
        declined.decline(LAWYER, at=at)
    assert DeclinedAddress.objects.get().address == LAWYER


def test_who_takes_them_again_gets_the_next_one(at: datetime) -> None:
    declined.decline(LAWYER, at=at)
    for _ in range(2):
        declined.resume(LAWYER.upper())
    assert remind(at).state == DispatchState.QUEUED


def test_a_reminder_that_was_made_while_its_owner_declined_is_not_sent(at: datetime) -> None:
    remind(at)
    # As though declined between the look at the table and the row.
    DeclinedAddress.objects.create(address=LAWYER, declined_at=at)
    counts = dispatch.deliver_due(at=at + timedelta(hours=1), budget=timedelta(seconds=10))
    assert counts == dispatch.Counts()


# The page


@pytest.fixture
def page() -> str:
    return reverse("reminders", args=[declining.token(LAWYER)])


def test_the_link_leads_to_the_page_in_a_language(client: Client) -> None:
    path = declining.link(LAWYER).removeprefix("http://127.0.0.1:8000")
    response = client.get(path, follow=True)
    assert response.redirect_chain == [(f"/kk{path}", 302)]
    assert response.status_code == 200


def test_opening_the_page_declines_nothing(client: Client, page: str) -> None:
    for _ in range(2):
        response = client.get(page)
        assert LAWYER not in response.content.decode().replace("la…@ngo.example", "")
    assert not DeclinedAddress.objects.exists()


def test_the_button_declines_and_the_other_takes_it_back(client: Client, page: str) -> None:
    assert client.post(page, {"reminders": "no"}).status_code == 302
    assert declined.is_declined(LAWYER)
    assert client.post(page, {"reminders": "yes"}).status_code == 302
    assert not declined.is_declined(LAWYER)


def test_one_click_declines_without_a_question(page: str) -> None:
    client = Client(enforce_csrf_checks=True)
    path = declining.link(LAWYER).removeprefix("http://127.0.0.1:8000")
    for _ in range(2):
        response = client.post(path, {"List-Unsubscribe": "One-Click"})
        assert response.status_code == 200
    assert declined.is_declined(LAWYER)


def test_a_post_that_is_no_one_click_is_led_to_the_page(client: Client) -> None:
    path = declining.link(LAWYER).removeprefix("http://127.0.0.1:8000")
    assert client.post(path).status_code == 302
    assert not DeclinedAddress.objects.exists()


@pytest.mark.parametrize("token", ["x", "IkBuZ28i:1x:y"])
def test_a_token_that_is_not_ours_gets_a_friendly_page(client: Client, token: str) -> None:
    page = reverse("reminders", args=[token])
    response = client.get(page)
    assert response.status_code == 404
    assert "noindex" in response.content.decode()
    assert client.post(page, {"reminders": "no"}).status_code == 404
    one_click = client.post(f"/reminders/{token}/", {"List-Unsubscribe": "One-Click"})
    assert one_click.status_code == 400
    assert not DeclinedAddress.objects.exists()


def test_who_comes_too_often_is_asked_to_wait(client: Client, page: str) -> None:
    answers = [client.post(page, {"reminders": "no"}).status_code for _ in range(31)]
    assert answers[-1] == 429
