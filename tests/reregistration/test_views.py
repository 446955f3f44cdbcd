"""The pages around the form: what is due, receipts, notices; a stranger finds nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts.models import User
from notices.models import Notice, Service
from notices.states import Kind
from registry.calendar import ALMATY
from registry.models import Representative
from reregistration import filing, review
from reregistration.models import Obligation, ReturnReason
from reregistration.states import State
from tests.factories.accounts import UserFactory
from tests.factories.registry import OrganisationFactory, RepresentativeFactory
from tests.factories.reregistration import FilingFactory, ObligationFactory, obligation_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def owed(alice: User) -> Obligation:
    """The obligation of Alice's organisation, still due."""
    row: Obligation = ObligationFactory.create(
        due_on=datetime.now(tz=UTC).date().replace(year=2099)
    )
    RepresentativeFactory.create(organisation=row.organisation, user=alice)
    return row


@pytest.fixture
def browser(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def address(name: str, owed: Obligation) -> str:
    return reverse(name, args=[owed.organisation.number, owed.campaign.code])


def text(response: HttpResponse | Any) -> str:
    return str(response.content.decode())


class TestMyOrganisations:
    def test_the_nearest_due_date_comes_first(self, browser: Client, alice: User) -> None:
        for year in (2099, 2098):
            row = ObligationFactory.create(
                due_on=datetime(year, 1, 5, tzinfo=ALMATY).date(),
                organisation=OrganisationFactory.create(name_en=f"Due in {year}"),
            )
            RepresentativeFactory.create(organisation=row.organisation, user=alice)
        page = text(browser.get(reverse("my")))
        assert page.index("Due in 2098") < page.index("Due in 2099")

    def test_one_without_a_duty_is_listed_too(self, browser: Client, alice: User) -> None:
        RepresentativeFactory.create(
            organisation=OrganisationFactory.create(name_en="Quiet one"), user=alice
        )
        assert "Quiet one" in text(browser.get(reverse("my")))

    def test_who_represents_nobody_is_told_what_to_do(self, browser: Client) -> None:
        assert "No organisation is linked" in text(browser.get(reverse("my")))

    def test_its_queries_do_not_grow_with_its_rows(
        self, browser: Client, alice: User, django_assert_max_num_queries: Any
    ) -> None:
        for _ in range(10):
            row = ObligationFactory.create()
            RepresentativeFactory.create(organisation=row.organisation, user=alice)
        with django_assert_max_num_queries(7):
            browser.get(reverse("my"))


class TestObligation:
    @pytest.mark.parametrize("state", State)
    def test_its_page_stands_in_every_state(
        self, browser: Client, alice: User, state: State
    ) -> None:
        row = obligation_in(state)
        RepresentativeFactory.create(organisation=row.organisation, user=alice)
        page = text(browser.get(address("obligation", row)))
        assert "Where things stand" in page

    @pytest.mark.parametrize("language", ["kk", "ru", "en"])
    def test_the_reviewers_reasons_are_in_the_readers_language(
        self, browser: Client, alice: User, owed: Obligation, at: datetime, language: str
    ) -> None:
        filed = filing.submit(FilingFactory.create(obligation=owed), by=alice, at=at)
        reason = ReturnReason.objects.all()[0]
        review.return_for_correction(
            filed, reasons=[reason.code], by=UserFactory.create(), at=at, note="Смотрите доход."
        )
        with translation.override(language):
            page = text(browser.get(address("obligation", owed)))
        assert getattr(reason, f"name_{language}") in page
        assert "Смотрите доход." in page

    def test_a_reader_sees_no_button(self, browser: Client, alice: User, owed: Obligation) -> None:
        Representative.objects.filter(user=alice).update(role=Representative.Role.READER)
        page = text(browser.get(address("obligation", owed)))
        assert "You may read here" in page
        assert "Start filing" not in page


class TestNotice:
    def test_opening_it_serves_it(
        self, browser: Client, alice: User, owed: Obligation, at: datetime
    ) -> None:
        filing.submit(FilingFactory.create(obligation=owed), by=alice, at=at)
        told = Notice.objects.get(kind=Kind.RECEIPT)
        page = text(browser.get(reverse("notice", args=[told.number])))
        assert told.text.subject in page
        assert Service.objects.get().by == alice


class TestStranger:
    """Charlie is signed in and represents another organisation."""

    @pytest.fixture
    def stranger(self, client: Client, charlie: User) -> Client:
        RepresentativeFactory.create(user=charlie)
        client.force_login(charlie)
        return client

    def test_finds_no_page_of_the_organisation(self, stranger: Client, owed: Obligation) -> None:
        assert stranger.get(address("obligation", owed)).status_code == 404

    def test_finds_no_receipt_and_no_notice(
        self, stranger: Client, alice: User, owed: Obligation, at: datetime
    ) -> None:
        filed = filing.submit(FilingFactory.create(obligation=owed), by=alice, at=at)
        assert stranger.get(reverse("receipt", args=[filed.number])).status_code == 404
        told = Notice.objects.get(kind=Kind.RECEIPT)
        assert stranger.get(reverse("notice", args=[told.number])).status_code == 404
        assert not Service.objects.exists()

    def test_sees_nothing_of_it_among_their_own(self, stranger: Client, owed: Obligation) -> None:
        assert owed.organisation.number not in text(stranger.get(reverse("my")))

    def test_who_no_longer_represents_it_is_a_stranger(
        self, browser: Client, alice: User, owed: Obligation, at: datetime
    ) -> None:
        Representative.objects.filter(user=alice).update(until_at=at)
        assert browser.get(address("obligation", owed)).status_code == 404

    def test_a_visitor_is_asked_to_sign_in(self, client: Client, owed: Obligation) -> None:
        response = client.get(address("obligation", owed))
        assert response.status_code == 302
        assert reverse("account_login") in response["Location"]

    def test_a_visitor_finds_no_receipt(self, client: Client) -> None:
        response = client.get(reverse("receipt", args=["F-0000001"]))
        assert reverse("account_login") in response["Location"]
