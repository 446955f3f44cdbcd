"""A representative files: draft, submission, receipt; a stranger finds nothing."""

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
from registry.calendar import ALMATY
from registry.models import Representative
from reregistration import filing, review
from reregistration.models import Filing, Obligation, ReturnReason
from reregistration.states import FilingState, State
from tests.factories.accounts import UserFactory
from tests.factories.registry import OrganisationFactory, RepresentativeFactory
from tests.factories.reregistration import FilingFactory, ObligationFactory, obligation_in

pytestmark = pytest.mark.django_db

TYPED = {
    "name_kk": "«Үміт» қоғамдық қоры",
    "name_ru": "Общественный фонд «Надежда»",
    "name_en": "",
    "address": "ул. Абая, д. 1",
    "head_name": "Өтегенов Ержан",
    "email": "office@ngo.example",
    "phone": "",
    "employees": "1",
    "volunteers": "0",
    "activity_areas": ["1"],
    "income": "1 200 000",
    "spending": "0",
}


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


def started(browser: Client, owed: Obligation) -> Filing:
    browser.post(address("filing_start", owed))
    return owed.filings.get(state=FilingState.DRAFT)


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
        with django_assert_max_num_queries(5):
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


class TestFiling:
    def test_looking_makes_no_draft(self, browser: Client, owed: Obligation) -> None:
        browser.get(address("obligation", owed))
        browser.get(address("filing", owed))
        assert not Filing.objects.exists()

    def test_the_form_is_prefilled_from_the_register(
        self, browser: Client, owed: Obligation
    ) -> None:
        started(browser, owed)
        assert owed.organisation.head_name in text(browser.get(address("filing", owed)))

    def test_a_draft_is_saved_as_far_as_it_goes(self, browser: Client, owed: Obligation) -> None:
        draft = started(browser, owed)
        typed = {**TYPED, "income": "", "employees": "", "revision": draft.revision}
        response = browser.post(address("filing", owed), {**typed, "save": "1"}, follow=True)
        assert "Saved." in text(response)
        draft.refresh_from_db()
        assert (draft.address, draft.income) == ("ул. Абая, д. 1", None)

    def test_what_reads_well_is_saved_beside_what_does_not(
        self, browser: Client, owed: Obligation
    ) -> None:
        draft = started(browser, owed)
        typed = {**TYPED, "income": "много", "revision": draft.revision, "save": "1"}
        page = text(browser.post(address("filing", owed), typed))
        draft.refresh_from_db()
        assert draft.email == "office@ngo.example"
        assert 'value="много"' in page
        assert 'href="#id_income"' in page

    def test_after_a_fault_the_form_can_be_saved_again(
        self, browser: Client, owed: Obligation
    ) -> None:
        draft = started(browser, owed)
        typed = {**TYPED, "income": "много", "revision": draft.revision, "save": "1"}
        page = browser.post(address("filing", owed), typed)
        revision = page.context["form"]["revision"].value()
        again = browser.post(address("filing", owed), {**TYPED, "revision": revision})
        assert again.status_code == 302

    def test_a_stale_form_overwrites_nothing_and_keeps_what_was_typed(
        self, browser: Client, owed: Obligation
    ) -> None:
        draft = started(browser, owed)
        here = {**TYPED, "head_name": "Typed here", "revision": draft.revision}
        there = {**TYPED, "head_name": "Saved there", "revision": draft.revision}
        browser.post(address("filing", owed), there)
        page = text(browser.post(address("filing", owed), here))
        draft.refresh_from_db()
        assert draft.head_name == "Saved there"
        assert 'value="Typed here"' in page
        assert "<dd>Saved there</dd>" in page

    def test_having_compared_one_may_save_over_it(self, browser: Client, owed: Obligation) -> None:
        draft = started(browser, owed)
        browser.post(address("filing", owed), {**TYPED, "revision": draft.revision})
        told = browser.post(address("filing", owed), {**TYPED, "revision": draft.revision})
        revision = told.context["form"]["revision"].value()
        mine = {**TYPED, "head_name": "After all", "revision": revision}
        assert browser.post(address("filing", owed), mine).status_code == 302
        draft.refresh_from_db()
        assert draft.head_name == "After all"

    def test_going_on_to_submit_names_what_is_missing(
        self, browser: Client, owed: Obligation
    ) -> None:
        draft = started(browser, owed)
        typed = {**TYPED, "spending": "", "revision": draft.revision, "submit": "1"}
        page = text(browser.post(address("filing", owed), typed))
        assert 'href="#id_spending"' in page

    def test_a_complete_draft_goes_on_to_its_submission(
        self, browser: Client, owed: Obligation
    ) -> None:
        draft = started(browser, owed)
        typed = {**TYPED, "revision": draft.revision, "submit": "1"}
        assert browser.post(address("filing", owed), typed)["Location"] == address(
            "filing_submit", owed
        )

    def test_where_nothing_can_be_filed_a_sentence_says_so(
        self, browser: Client, alice: User
    ) -> None:
        row = obligation_in(State.FULFILLED)
        RepresentativeFactory.create(organisation=row.organisation, user=alice)
        response = browser.post(address("filing_start", row), follow=True)
        assert "Nothing can be filed now" in text(response)
        assert not Filing.objects.filter(state=FilingState.DRAFT).exists()

    def test_a_reader_files_nothing(self, browser: Client, alice: User, owed: Obligation) -> None:
        Representative.objects.filter(user=alice).update(role=Representative.Role.READER)
        assert browser.post(address("filing_start", owed)).status_code == 403
        assert not Filing.objects.exists()


class TestSubmission:
    @pytest.fixture
    def draft(self, owed: Obligation) -> Filing:
        row: Filing = FilingFactory.create(obligation=owed)
        return row

    @staticmethod
    def declared(draft: Filing) -> dict[str, Any]:
        return {"version": draft.version, "revision": draft.revision, "declared": "on"}

    def test_without_the_declaration_nothing_is_filed(
        self, browser: Client, owed: Obligation, draft: Filing
    ) -> None:
        values = {**self.declared(draft), "declared": ""}
        page = text(browser.post(address("filing_submit", owed), values))
        assert "Tick the declaration" in page
        draft.refresh_from_db()
        assert draft.state == FilingState.DRAFT

    def test_it_leads_to_a_receipt_with_number_moment_and_fingerprint(
        self, browser: Client, owed: Obligation, draft: Filing
    ) -> None:
        response = browser.post(address("filing_submit", owed), self.declared(draft), follow=True)
        draft.refresh_from_db()
        page = text(response)
        assert draft.number
        assert draft.number in page
        assert draft.sha256 in page
        assert draft.submitted_at
        assert f"{draft.submitted_at.astimezone(ALMATY):%H:%M:%S}" in page
        owed.refresh_from_db()
        assert owed.state == State.FILED

    def test_a_second_click_gets_the_same_receipt(
        self, browser: Client, owed: Obligation, draft: Filing
    ) -> None:
        first = browser.post(address("filing_submit", owed), self.declared(draft))
        second = browser.post(address("filing_submit", owed), self.declared(draft))
        assert first["Location"] == second["Location"]
        assert Filing.objects.count() == 1

    def test_the_moment_is_the_requests_arrival(
        self,
        browser: Client,
        owed: Obligation,
        draft: Filing,
        at: datetime,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr("config.arrival.timezone.now", lambda: at)
        browser.post(address("filing_submit", owed), self.declared(draft))
        draft.refresh_from_db()
        assert draft.submitted_at == at

    def test_a_draft_changed_meanwhile_is_read_again_first(
        self, browser: Client, owed: Obligation, draft: Filing, alice: User, at: datetime
    ) -> None:
        values = self.declared(draft)
        filing.save(draft, {"employees": 99}, revision=draft.revision, by=alice, at=at)
        response = browser.post(address("filing_submit", owed), values, follow=True)
        assert "The draft was changed meanwhile" in text(response)
        draft.refresh_from_db()
        assert draft.state == FilingState.DRAFT

    def test_an_incomplete_draft_leads_back_to_the_form(
        self, browser: Client, owed: Obligation, draft: Filing
    ) -> None:
        Filing.objects.filter(pk=draft.pk).update(income=None)
        response = browser.get(address("filing_submit", owed), follow=True)
        assert 'href="#id_income"' in text(response)

    def test_a_senseless_version_finds_nothing(self, browser: Client, owed: Obligation) -> None:
        values = {"version": "x", "revision": "1", "declared": "on"}
        assert browser.post(address("filing_submit", owed), values).status_code == 404


class TestNotice:
    def test_opening_it_serves_it(
        self, browser: Client, alice: User, owed: Obligation, at: datetime
    ) -> None:
        filing.submit(FilingFactory.create(obligation=owed), by=alice, at=at)
        told = Notice.objects.get()
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

    @pytest.mark.parametrize("name", ["obligation", "filing", "filing_submit"])
    def test_finds_no_page_of_the_organisation(
        self, stranger: Client, owed: Obligation, name: str
    ) -> None:
        FilingFactory.create(obligation=owed)
        assert stranger.get(address(name, owed)).status_code == 404

    @pytest.mark.parametrize("name", ["filing_start", "filing", "filing_submit"])
    def test_sends_nothing_for_the_organisation(
        self, stranger: Client, owed: Obligation, name: str
    ) -> None:
        draft = FilingFactory.create(obligation=owed)
        values = {**TYPED, "version": 1, "revision": 1, "declared": "on"}
        assert stranger.post(address(name, owed), values).status_code == 404
        assert Filing.objects.filter(pk=draft.pk, state=FilingState.DRAFT, revision=1).exists()

    def test_finds_no_receipt_and_no_notice(
        self, stranger: Client, alice: User, owed: Obligation, at: datetime
    ) -> None:
        filed = filing.submit(FilingFactory.create(obligation=owed), by=alice, at=at)
        assert stranger.get(reverse("receipt", args=[filed.number])).status_code == 404
        told = Notice.objects.get()
        assert stranger.get(reverse("notice", args=[told.number])).status_code == 404
        assert not Service.objects.exists()

    def test_sees_nothing_of_it_among_their_own(self, stranger: Client, owed: Obligation) -> None:
        assert owed.organisation.number not in text(stranger.get(reverse("my")))

    def test_who_no_longer_represents_it_is_a_stranger(
        self, browser: Client, alice: User, owed: Obligation, at: datetime
    ) -> None:
        Representative.objects.filter(user=alice).update(until_at=at)
        assert browser.get(address("obligation", owed)).status_code == 404

    @pytest.mark.parametrize("name", ["obligation", "filing", "filing_submit", "filing_start"])
    def test_a_visitor_is_asked_to_sign_in(
        self, client: Client, owed: Obligation, name: str
    ) -> None:
        ask = client.post if name == "filing_start" else client.get
        response = ask(address(name, owed))
        assert response.status_code == 302
        assert reverse("account_login") in response["Location"]

    def test_a_visitor_finds_no_receipt(self, client: Client) -> None:
        response = client.get(reverse("receipt", args=["F-0000001"]))
        assert reverse("account_login") in response["Location"]
