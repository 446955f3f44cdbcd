"""A hearing on the representative's phone: the day is chosen, moved, the minutes read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, cast

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import User
from reregistration import hearing_slots, hearings
from reregistration.models import Hearing, HearingDate, HearingMinutes, HearingRemark
from tests.factories.accounts import UserFactory
from tests.factories.files import StoredFileFactory
from tests.factories.hearings import HearingSlotFactory, wish_to_be_heard
from tests.factories.registry import RepresentativeFactory
from tests.factories.reregistration import ObligationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def browser(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def wish(alice: User) -> Hearing:
    made = wish_to_be_heard(by=alice)
    RepresentativeFactory.create(
        organisation=made.obligation.organisation, user=alice, role="manager"
    )
    return made


def page(name: str, wish: Hearing) -> str:
    row = wish.obligation
    return reverse(name, args=[row.organisation.number, row.campaign.code, wish.number])


def of_obligation(wish: Hearing) -> str:
    row = wish.obligation
    return reverse("obligation", args=[row.organisation.number, row.campaign.code])


def text(response: Any) -> str:
    return str(response.content.decode())


def soon(days: int = 40) -> Any:
    """A slot on a working day that many days from today, or the days after."""
    begins_at = timezone.localtime().replace(hour=10, minute=0, second=0, microsecond=0)
    begins_at += timedelta(days=days)
    while not hearing_slots.may_be_held(begins_at.date()):
        begins_at += timedelta(days=1)
    return HearingSlotFactory.create(begins_at=begins_at)


def minutes_of(wish: Hearing, *, came: bool = True, **given: Any) -> HearingMinutes:
    slot = soon()
    date = hearings.set_date(wish, slot, by=wish.by, at=timezone.now(), is_own_choice=True)
    return HearingMinutes.objects.create(
        hearing=wish,
        date=date,
        came=came,
        present="Asel" if came else "",
        text="They showed the lease.",
        remark_until_on=given.pop("until", timezone.localdate()),
        by=UserFactory.create(),
        at=timezone.now(),
        **given,
    )


class TestTheDay:
    def test_it_is_chosen_among_the_free_ones(self, browser: Client, wish: Hearing) -> None:
        slot, taken = soon(), soon(60)
        hearings.set_date(wish_to_be_heard(), taken, by=UserFactory.create(), at=timezone.now())
        assert page("hearing_day", wish) in text(browser.get(of_obligation(wish)))
        shown = text(browser.get(page("hearing_day", wish)))
        assert slot.place in shown
        assert taken.place not in shown
        response = browser.post(page("hearing_day", wish), {"slot": slot.pk}, follow=True)
        assert "Your hearing is set" in text(response)
        (made,) = HearingDate.objects.filter(hearing=wish)
        assert (made.slot, made.is_own_choice) == (slot, True)

    def test_it_is_moved_once(self, browser: Client, wish: Hearing) -> None:
        first, second, third = soon(40), soon(45), soon(50)
        for slot in (first, second, third):
            response = browser.post(page("hearing_day", wish), {"slot": slot.pk})
        assert "You cannot move the hearing yourself any more" in text(response)
        (standing,) = HearingDate.objects.filter(freed_at__isnull=True)
        assert standing.slot == second
        assert page("hearing_day", wish) not in text(browser.get(of_obligation(wish)))
        response = browser.get(page("hearing_day", wish), follow=True)
        assert "That is not possible now" in text(response)

    def test_an_hour_that_is_gone_is_said_so(self, browser: Client, wish: Hearing) -> None:
        slot, _other = soon(), soon(50)
        hearings.set_date(wish_to_be_heard(), slot, by=UserFactory.create(), at=timezone.now())
        response = browser.post(page("hearing_day", wish), {"slot": slot.pk})
        assert "not free any more" in text(response)

    def test_where_none_is_free_it_says_that_staff_set_one(
        self, browser: Client, wish: Hearing
    ) -> None:
        assert "No hour is free now" in text(browser.get(page("hearing_day", wish)))

    def test_the_day_stands_on_the_page_and_is_the_next_step(
        self, browser: Client, wish: Hearing
    ) -> None:
        slot = soon()
        browser.post(page("hearing_day", wish), {"slot": slot.pk})
        shown = text(browser.get(of_obligation(wish)))
        assert "Your hearing" in shown
        assert "You are heard:" in shown
        assert "The hearing is set:" in shown


class TestMinutes:
    def test_they_are_read_with_their_file_and_remarked_on(
        self, browser: Client, wish: Hearing
    ) -> None:
        minutes_of(wish, document=StoredFileFactory.create())
        assert page("hearing_minutes", wish) in text(browser.get(of_obligation(wish)))
        shown = text(browser.get(page("hearing_minutes", wish)))
        assert "They showed the lease." in shown
        file = browser.get(page("hearing_minutes_document", wish))
        assert b"".join(cast(Any, file).streaming_content).startswith(b"%PDF")
        for _ in range(2):
            response = browser.post(
                page("hearing_minutes", wish), {"text": "And the books."}, follow=True
            )
        assert "And the books." in text(response)
        assert HearingRemark.objects.count() == 1

    def test_after_the_days_to_remark_there_is_no_form(
        self, browser: Client, wish: Hearing
    ) -> None:
        minutes_of(wish, until=timezone.localdate() - timedelta(days=1))
        shown = text(browser.get(page("hearing_minutes", wish)))
        assert "Remarks could be made until" in shown
        assert "<textarea" not in shown
        browser.post(page("hearing_minutes", wish), {"text": "And the books."})
        assert not HearingRemark.objects.exists()

    def test_that_nobody_came_is_told(self, browser: Client, wish: Hearing) -> None:
        minutes_of(wish, came=False)
        assert "Nobody came" in text(browser.get(page("hearing_minutes", wish)))

    def test_before_they_are_written_there_is_no_page(self, browser: Client, wish: Hearing) -> None:
        for name in ("hearing_minutes", "hearing_minutes_document"):
            assert browser.get(page(name, wish)).status_code == 404

    def test_a_file_that_did_not_come_is_not_there(self, browser: Client, wish: Hearing) -> None:
        minutes_of(wish)
        assert browser.get(page("hearing_minutes_document", wish)).status_code == 404


class TestWhoseItIs:
    NAMES = ("hearing_day", "hearing_minutes", "hearing_minutes_document")

    def test_a_stranger_finds_nothing(self, client: Client, wish: Hearing) -> None:
        minutes_of(wish, document=StoredFileFactory.create())
        stranger = UserFactory.create()
        RepresentativeFactory.create(
            organisation=ObligationFactory.create().organisation, user=stranger
        )
        client.force_login(stranger)
        for name in self.NAMES:
            assert client.get(page(name, wish)).status_code == 404, name
            assert client.post(page(name, wish), {"text": "x"}).status_code in (404, 405), name

    def test_a_mere_reader_reads_and_does_nothing(self, client: Client, wish: Hearing) -> None:
        minutes_of(wish)
        reader = UserFactory.create()
        RepresentativeFactory.create(
            organisation=wish.obligation.organisation, user=reader, role="reader"
        )
        client.force_login(reader)
        assert client.get(page("hearing_day", wish)).status_code == 403
        assert "<textarea" not in text(client.get(page("hearing_minutes", wish)))
        posted = client.post(page("hearing_minutes", wish), {"text": "And the books."})
        assert posted.status_code == 403
        assert not HearingRemark.objects.exists()
