"""Bob claims an organisation that Alice acts for, or nobody; Charlie is a stranger."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts.models import User
from accounts.refusals import Refused
from notices import claims, notice
from notices.models import Notice, Service
from notices.states import Kind
from registry.access import waiting_claim
from registry.models import Claim, ClaimObjection, Organisation
from reregistration import filing, review
from reregistration.models import Filing, Obligation
from reregistration.states import FilingState, State
from tests.factories.accounts import UserFactory
from tests.factories.files import upload
from tests.factories.notices import draft_of
from tests.factories.registry import ClaimFactory, ContactFactory, RepresentativeFactory
from tests.factories.reregistration import FilingFactory, ObligationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def owed() -> Obligation:
    row: Obligation = ObligationFactory.create()
    ContactFactory.create(organisation=row.organisation, value="office@mail.example")
    return row


@pytest.fixture
def organisation(owed: Obligation) -> Organisation:
    return owed.organisation


@pytest.fixture
def bob() -> User:
    return UserFactory.create(email="bob@mail.example")


@pytest.fixture
def browser(client: Client, bob: User) -> Client:
    client.force_login(bob)
    return client


@pytest.fixture
def claim(organisation: Organisation, bob: User) -> Claim:
    return ClaimFactory.create(organisation=organisation, user=bob)


def announced(organisation: Organisation, at: datetime) -> str:
    (made,) = notice.register([draft_of(organisation, Kind.ANNOUNCEMENT)], at=at)
    found = re.search(r"\w{4}-\w{4}-\w{4}", made.text.body)
    assert found
    return found[0]


class TestClaiming:
    def test_number_and_code_are_enough(
        self, browser: Client, bob: User, organisation: Organisation, at: datetime
    ) -> None:
        code = announced(organisation, at)
        typed = {"number": organisation.bin, "code": code, "position": "head"}
        assert browser.post(reverse("claim"), typed).url == reverse("my")  # type: ignore[attr-defined]
        assert organisation.representatives.get().user == bob

    def test_without_a_code_the_other_ways_follow(
        self, browser: Client, organisation: Organisation
    ) -> None:
        answer = browser.post(reverse("claim"), {"number": organisation.number}, follow=True)
        page = answer.content.decode()
        assert "o***@mail.example" in page
        assert "office@mail.example" not in page

    def test_a_wrong_code_is_told_at_its_field(
        self, browser: Client, organisation: Organisation
    ) -> None:
        typed = {"number": organisation.number, "code": "wrong", "position": "head"}
        page = browser.post(reverse("claim"), typed)
        assert "do not match" in str(page.context["form"].errors["code"])

    def test_guessing_ends_at_the_door(self, browser: Client, organisation: Organisation) -> None:
        typed = {"number": organisation.number, "code": "wrong", "position": "head"}
        codes = [browser.post(reverse("claim"), typed).status_code for _ in range(11)]
        assert codes == [200] * 10 + [429]

    def test_an_unknown_number_is_told(self, browser: Client) -> None:
        page = browser.post(reverse("claim"), {"number": "R-0000000"})
        assert "no NGO" in str(page.context["form"].errors["number"])

    def test_whether_somebody_acts_shows_nowhere(
        self, browser: Client, organisation: Organisation, alice: User
    ) -> None:
        def page() -> str:
            text = browser.get(reverse("claim_ways", args=[organisation.number])).content.decode()
            return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text)

        before = page()
        RepresentativeFactory.create(organisation=organisation, user=alice)
        assert page() == before

    def test_a_code_is_sent_to_the_registers_address(
        self, browser: Client, organisation: Organisation
    ) -> None:
        browser.post(reverse("claim_ask_code", args=[organisation.number]))
        made = Notice.objects.get(kind=Kind.CLAIM_CODE)
        assert made.dispatches.get().address == "office@mail.example"

    def test_a_document_opens_a_claim(
        self, browser: Client, bob: User, organisation: Organisation
    ) -> None:
        sent = {
            "documents-position": "founder",
            "documents-kind": "charter",
            "documents-file": upload(),
        }
        address = reverse("claim_send_documents", args=[organisation.number])
        answer = browser.post(address, sent, follow=True)
        made = Claim.objects.get(user=bob)
        assert "charter.pdf" in answer.content.decode()
        assert (made.state, made.position) == (Claim.State.WAITING, "founder")

    def test_a_claim_is_withdrawn_on_its_page(self, browser: Client, claim: Claim) -> None:
        assert browser.get(reverse("claim_own", args=[claim.pk])).status_code == 200
        browser.post(reverse("claim_withdraw", args=[claim.pk]))
        claim.refresh_from_db()
        assert claim.state == Claim.State.WITHDRAWN

    def test_a_stranger_finds_none_of_it(self, client: Client, charlie: User, claim: Claim) -> None:
        client.force_login(charlie)
        number = claim.organisation.number
        found = [
            client.get(reverse("claim_own", args=[claim.pk])).status_code,
            client.post(reverse("claim_withdraw", args=[claim.pk])).status_code,
            client.get(reverse("claim_answer", args=[number, claim.pk])).status_code,
            client.post(reverse("claim_let_in", args=[number, claim.pk])).status_code,
            client.get(reverse("people", args=[number])).status_code,
        ]
        assert found == [404] * 5
        claim.refresh_from_db()
        assert claim.state == Claim.State.WAITING


class TestThoseWhoAct:
    @pytest.fixture
    def alices(self, client: Client, alice: User, organisation: Organisation) -> Client:
        RepresentativeFactory.create(organisation=organisation, user=alice)
        client.force_login(alice)
        return client

    def test_see_the_claim_and_let_in(self, alices: Client, claim: Claim, bob: User) -> None:
        number = claim.organisation.number
        assert "asks to act" in alices.get(reverse("people", args=[number])).content.decode()
        alices.post(reverse("claim_let_in", args=[number, claim.pk]))
        assert claim.organisation.representatives.filter(user=bob).exists()

    def test_object_with_a_reason(self, alices: Client, claim: Claim) -> None:
        Claim.objects.filter(pk=claim.pk).update(
            object_until_on="2099-01-01", decide_until_on="2099-02-01"
        )
        address = reverse("claim_answer", args=[claim.organisation.number, claim.pk])
        assert "text" in alices.post(address, {"text": ""}).context["form"].errors
        alices.post(address, {"text": "Dismissed."})
        assert ClaimObjection.objects.get().text == "Dismissed."
        assert "You objected" in alices.get(address).content.decode()

    def test_another_organisations_claim_is_not_there(
        self, alices: Client, organisation: Organisation
    ) -> None:
        other = ClaimFactory.create()
        answer = alices.post(reverse("claim_let_in", args=[organisation.number, other.pk]))
        assert answer.status_code == 404


class TestFilingUnderAClaim:
    """A pending claimant may file at once, and reads nothing that the organisation wrote."""

    def test_the_draft_begins_with_public_facts_alone(
        self, owed: Obligation, claim: Claim, bob: User, at: datetime
    ) -> None:
        draft = filing.start(owed, by=bob, at=at)
        assert draft.claim == claim
        assert draft.name_ru == owed.organisation.name_ru
        assert (draft.email, draft.phone, draft.address, draft.head_name) == ("", "", "", "")

    @pytest.mark.usefixtures("claim")
    def test_it_is_not_the_organisations_draft(
        self, owed: Obligation, bob: User, alice: User, at: datetime
    ) -> None:
        RepresentativeFactory.create(organisation=owed.organisation, user=alice)
        own = filing.start(owed, by=alice, at=at)
        theirs = filing.start(owed, by=bob, at=at)
        assert own != theirs
        assert filing.start(owed, by=alice, at=at) == own
        assert filing.start(owed, by=bob, at=at) == theirs

    def test_it_protects(self, owed: Obligation, claim: Claim, bob: User, at: datetime) -> None:
        filed = filing.submit(FilingFactory.create(obligation=owed, claim=claim), by=bob, at=at)
        owed.refresh_from_db()
        assert (filed.state, owed.state) == (FilingState.SUBMITTED, State.FILED)
        assert owed.first_filed_at == at

    def test_it_never_replaces_a_filing_under_review(
        self, claim: Claim, bob: User, owed: Obligation, at: datetime
    ) -> None:
        filing.submit(FilingFactory.create(obligation=owed), by=bob, at=at)
        late = FilingFactory.create(obligation=owed, claim=claim, version=2)
        with pytest.raises(Refused, match="filed already"):
            filing.submit(late, by=bob, at=at)

    def test_under_a_refused_claim_nothing_is_submitted(
        self, owed: Obligation, bob: User, at: datetime
    ) -> None:
        refused = ClaimFactory.create(organisation=owed.organisation, user=bob, refused=True)
        with pytest.raises(Refused, match="has ended"):
            filing.submit(FilingFactory.create(obligation=owed, claim=refused), by=bob, at=at)

    def test_it_is_accepted_after_the_claim_is(
        self, owed: Obligation, claim: Claim, bob: User, at: datetime
    ) -> None:
        filed = filing.submit(FilingFactory.create(obligation=owed, claim=claim), by=bob, at=at)
        reviewer = UserFactory.create()
        with pytest.raises(Refused, match="First decide the claim"):
            review.accept(filed, by=reviewer, at=at)
        claims.decide(claim, Claim.State.ACCEPTED, by=reviewer, at=at)
        review.accept(filed, by=reviewer, at=at)
        owed.refresh_from_db()
        assert owed.state == State.FULFILLED

    def test_that_of_a_refused_claim_is_returned_not_accepted(
        self, owed: Obligation, claim: Claim, bob: User, at: datetime
    ) -> None:
        filed = filing.submit(FilingFactory.create(obligation=owed, claim=claim), by=bob, at=at)
        reviewer = UserFactory.create()
        claims.decide(claim, Claim.State.REFUSED, by=reviewer, at=at, note="No order.")
        with pytest.raises(Refused, match="Return it"):
            review.accept(filed, by=reviewer, at=at)
        review.return_for_correction(filed, reasons=["other"], by=reviewer, at=at)
        owed.refresh_from_db()
        assert owed.state == State.RETURNED

    def test_the_page_shows_the_claimants_own_filings_alone(
        self, browser: Client, owed: Obligation, claim: Claim, at: datetime
    ) -> None:
        made = notice.register([draft_of(owed.organisation, source=owed.source)], at=at)[0]
        theirs = FilingFactory.create(obligation=owed, submitted=True, version=1)
        own = FilingFactory.create(obligation=owed, claim=claim, version=2)
        page = browser.get(
            reverse("obligation", args=[owed.organisation.number, owed.campaign.code])
        )
        assert list(page.context["filings"]) == []
        assert made.number not in page.content.decode()
        assert page.context["draft"] == own
        assert browser.get(reverse("receipt", args=[theirs.number])).status_code == 404
        assert browser.get(reverse("notice", args=[made.number])).status_code == 404
        assert not Service.objects.exists()

    def test_after_a_refusal_nothing_is_left_to_see(
        self, browser: Client, bob: User, owed: Obligation
    ) -> None:
        refused = ClaimFactory.create(organisation=owed.organisation, user=bob, refused=True)
        own: Any = FilingFactory.create(obligation=owed, claim=refused, submitted=True, version=1)
        address = reverse("obligation", args=[owed.organisation.number, owed.campaign.code])
        assert browser.get(address).status_code == 404
        assert browser.get(reverse("receipt", args=[own.number])).status_code == 404

    def test_a_representative_needs_no_claim(
        self, claim: Claim, bob: User, organisation: Organisation
    ) -> None:
        assert waiting_claim(bob, organisation) == claim
        RepresentativeFactory.create(organisation=organisation, user=bob)
        assert waiting_claim(bob, organisation) is None

    def test_the_organisation_sees_what_a_claimant_submitted_not_what_they_draft(
        self, client: Client, alice: User, owed: Obligation, claim: Claim
    ) -> None:
        RepresentativeFactory.create(organisation=owed.organisation, user=alice)
        FilingFactory.create(obligation=owed, claim=claim)
        client.force_login(alice)
        page = client.get(
            reverse("obligation", args=[owed.organisation.number, owed.campaign.code])
        )
        assert page.context["draft"] is None
        assert Filing.objects.count() == 1
