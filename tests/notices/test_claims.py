"""Alice acts for the organisation; Bob claims to; Charlie is a stranger."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import translation

from accounts.models import User
from accounts.refusals import Refused
from accounts.roles import Role
from notices import claims, codes, notice
from notices.models import ClaimCode, Notice, Service
from notices.states import Kind, ServiceGround
from registry.calendar import add_working_days, day_of
from registry.models import Claim, ClaimDocument, Contact, Organisation, SignOfLife
from tests.concurrency import one_behind_the_other, together
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.files import StoredFileFactory
from tests.factories.notices import draft_of
from tests.factories.registry import (
    ClaimFactory,
    ContactFactory,
    OrganisationFactory,
    RepresentativeFactory,
)

WRITTEN = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}")
HEAD = Claim.Position.HEAD


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def organisation(db: None) -> Organisation:
    return OrganisationFactory.create()


@pytest.fixture
def bob(db: None) -> User:
    return UserFactory.create(email="bob@mail.example")


def announced(organisation: Organisation, at: datetime) -> str:
    """The code of an announcement that went out to the organisation."""
    draft = draft_of(organisation, Kind.ANNOUNCEMENT, occasion=f"opening/{at}")
    (made,) = notice.register([draft], at=at)
    return code_in(made)


def code_in(made: Notice) -> str:
    found = WRITTEN.search(made.text.body)
    assert found
    return found[0]


def by_documents(organisation: Organisation, by: User, at: datetime) -> Claim:
    file = StoredFileFactory.create(uploaded_by=by)
    documents = [(ClaimDocument.Kind.APPOINTMENT, file)]
    return claims.open_claim(organisation, by=by, position=HEAD, documents=documents, at=at)


def told(kind: Kind) -> list[str]:
    """To whom notices of that kind go."""
    rows = Notice.objects.filter(kind=kind).values_list("dispatches__address", flat=True)
    return sorted(rows)


def acts(user: User, organisation: Organisation) -> bool:
    return organisation.representatives.filter(user=user, until_at__isnull=True).exists()


class TestCodes:
    def test_only_a_hash_is_kept_and_readers_see_none(
        self, organisation: Organisation, at: datetime
    ) -> None:
        code = announced(organisation, at)
        kept = ClaimCode.objects.get()
        assert code not in kept.code_hash
        assert codes.is_right(kept, code)
        assert code not in codes.hidden(Notice.objects.get().text.body)

    def test_typing_is_forgiven(self) -> None:
        assert codes.normalised(" 7k4m 9qxd-2htc ") == "7K4M-9QXD-2HTC"

    def test_where_nobody_acts_the_person_acts_at_once(
        self, organisation: Organisation, bob: User, at: datetime
    ) -> None:
        code = announced(organisation, at)
        claim = claims.redeem(organisation, code.lower(), by=bob, position=HEAD, at=at)
        assert (claim.state, claim.means) == (Claim.State.ACCEPTED, Claim.Means.CODE)
        assert acts(bob, organisation)
        assert Service.objects.get().ground == ServiceGround.CODE_USED
        assert told(Kind.CLAIM_DECIDED) == ["bob@mail.example"]

    def test_it_verifies_the_address_that_it_went_to(
        self, organisation: Organisation, bob: User, at: datetime
    ) -> None:
        reached = ContactFactory.create(organisation=organisation, as_of_on=date(2026, 7, 1))
        other = ContactFactory.create(organisation=organisation, as_of_on=date(2026, 1, 1))
        code = announced(organisation, at)
        claims.redeem(organisation, code, by=bob, position=HEAD, at=at)
        assert Contact.objects.get(pk=reached.pk).verified_at == at
        assert Contact.objects.get(pk=other.pk).verified_at is None

    def test_a_letter_on_paper_verifies_no_address(
        self, organisation: Organisation, bob: User, at: datetime
    ) -> None:
        code = announced(organisation, at)
        late = ContactFactory.create(organisation=organisation)
        claims.redeem(organisation, code, by=bob, position=HEAD, at=at)
        assert Contact.objects.get(pk=late.pk).verified_at is None

    def test_a_second_click_gets_the_same_claim(
        self, organisation: Organisation, bob: User, at: datetime
    ) -> None:
        code = announced(organisation, at)
        first = claims.redeem(organisation, code, by=bob, position=HEAD, at=at)
        assert claims.redeem(organisation, code, by=bob, position=HEAD, at=at) == first
        assert Claim.objects.count() == organisation.representatives.count() == 1

    def test_another_person_cannot_use_it_again(
        self, organisation: Organisation, bob: User, charlie: User, at: datetime
    ) -> None:
        code = announced(organisation, at)
        claims.redeem(organisation, code, by=bob, position=HEAD, at=at)
        with pytest.raises(Refused, match="do not match"):
            claims.redeem(organisation, code, by=charlie, position=HEAD, at=at)
        assert not acts(charlie, organisation)

    def test_a_code_of_another_organisation_opens_nothing(
        self, organisation: Organisation, bob: User, at: datetime
    ) -> None:
        code = announced(OrganisationFactory.create(), at)
        with pytest.raises(Refused, match="do not match"):
            claims.redeem(organisation, code, by=bob, position=HEAD, at=at)
        assert not acts(bob, organisation)

    def test_an_old_code_opens_nothing(
        self, organisation: Organisation, bob: User, at: datetime
    ) -> None:
        code = announced(organisation, at)
        later = at + codes.LIFE[Kind.ANNOUNCEMENT]
        with pytest.raises(Refused, match="too old"):
            claims.redeem(organisation, code, by=bob, position=HEAD, at=later)

    def test_guesses_are_counted_and_end_the_code(
        self, organisation: Organisation, charlie: User, bob: User, at: datetime
    ) -> None:
        code = announced(organisation, at)
        for _ in range(codes.MOST_ATTEMPTS):
            with pytest.raises(Refused):
                claims.redeem(organisation, "wrong", by=charlie, position=HEAD, at=at)
        assert ClaimCode.objects.get().attempts == codes.MOST_ATTEMPTS
        with pytest.raises(Refused):
            claims.redeem(organisation, code, by=bob, position=HEAD, at=at)

    def test_where_others_act_it_opens_a_claim_and_they_are_told(
        self, organisation: Organisation, alice: User, bob: User, at: datetime
    ) -> None:
        RepresentativeFactory.create(organisation=organisation, user=alice)
        contact = ContactFactory.create(organisation=organisation)
        code = announced(organisation, at)
        claim = claims.redeem(organisation, code, by=bob, position=HEAD, at=at)
        assert claim.state == Claim.State.WAITING
        assert not acts(bob, organisation)
        assert told(Kind.CLAIM_OPENED) == sorted([alice.email, contact.value])
        assert claim.object_until_on == add_working_days(day_of(at), 10)
        assert claim.decide_until_on == add_working_days(day_of(at), 20)

    def test_who_acts_already_keeps_the_code_unused(
        self, organisation: Organisation, alice: User, at: datetime
    ) -> None:
        RepresentativeFactory.create(organisation=organisation, user=alice)
        code = announced(organisation, at)
        with pytest.raises(Refused, match="already"):
            claims.redeem(organisation, code, by=alice, position=HEAD, at=at)
        assert ClaimCode.objects.get().used_at is None


class TestTheRegistersEmail:
    def test_a_code_goes_to_it_and_to_nobody_else(
        self, organisation: Organisation, alice: User, bob: User, at: datetime
    ) -> None:
        RepresentativeFactory.create(organisation=organisation, user=alice)
        contact = ContactFactory.create(organisation=organisation, value="info@mail.example")
        made = claims.ask_code(organisation, by=bob, at=at)
        assert told(Kind.CLAIM_CODE) == [contact.value]
        assert ClaimCode.objects.get().sent_to == "i***@mail.example"
        claim = claims.redeem(organisation, code_in(made), by=bob, position=HEAD, at=at)
        assert claim.means == Claim.Means.REGISTER_EMAIL

    def test_asked_twice_a_day_it_is_the_same_code(
        self, organisation: Organisation, bob: User, at: datetime
    ) -> None:
        ContactFactory.create(organisation=organisation)
        first = claims.ask_code(organisation, by=bob, at=at)
        assert claims.ask_code(organisation, by=bob, at=at + timedelta(minutes=5)) == first

    def test_an_address_gets_three_a_day(self, organisation: Organisation, at: datetime) -> None:
        ContactFactory.create(organisation=organisation)
        for _ in range(3):
            claims.ask_code(organisation, by=UserFactory.create(), at=at)
        with pytest.raises(Refused, match="today"):
            claims.ask_code(organisation, by=UserFactory.create(), at=at)
        claims.ask_code(organisation, by=UserFactory.create(), at=at + timedelta(days=1))
        assert Notice.objects.filter(kind=Kind.CLAIM_CODE).count() == 4

    def test_without_an_address_that_works_it_is_refused(
        self, organisation: Organisation, bob: User, at: datetime
    ) -> None:
        ContactFactory.create(organisation=organisation, bounced_at=at)
        with pytest.raises(Refused, match="documents"):
            claims.ask_code(organisation, by=bob, at=at)


class TestOpening:
    def test_a_claim_without_documents_is_refused(
        self, organisation: Organisation, bob: User, at: datetime
    ) -> None:
        with pytest.raises(Refused, match="document"):
            claims.open_claim(organisation, by=bob, position=HEAD, documents=[], at=at)

    def test_twice_makes_one_claim_with_both_documents(
        self, organisation: Organisation, bob: User, at: datetime
    ) -> None:
        first = by_documents(organisation, bob, at)
        assert by_documents(organisation, bob, at) == first
        assert first.documents.count() == 2
        assert Notice.objects.filter(kind=Kind.CLAIM_OPENED).count() == 1

    def test_where_nobody_acts_the_ministry_has_ten_working_days(
        self, organisation: Organisation, bob: User, at: datetime
    ) -> None:
        claim = by_documents(organisation, bob, at)
        assert claim.decide_until_on == add_working_days(day_of(at), 10)

    def test_withdrawn_by_its_claimant_alone(self, bob: User, charlie: User, at: datetime) -> None:
        claim = ClaimFactory.create(user=bob)
        with pytest.raises(Claim.DoesNotExist):
            claims.withdraw(claim, by=charlie, at=at)
        claims.withdraw(claim, by=bob, at=at)
        assert claims.withdraw(claim, by=bob, at=at).state == Claim.State.WITHDRAWN


class TestOthers:
    @pytest.fixture
    def claim(self, organisation: Organisation, alice: User, bob: User, at: datetime) -> Claim:
        RepresentativeFactory.create(organisation=organisation, user=alice)
        code = announced(organisation, at)
        return claims.redeem(organisation, code, by=bob, position=HEAD, at=at)

    def test_a_manager_lets_the_person_in(
        self, claim: Claim, alice: User, bob: User, at: datetime
    ) -> None:
        claims.let_in(claim, by=alice, at=at)
        assert claims.let_in(claim, by=alice, at=at).decided_by == alice
        assert acts(bob, claim.organisation)
        assert acts(alice, claim.organisation)
        assert told(Kind.PEOPLE_CHANGED) == [alice.email]

    def test_neither_the_claimant_nor_a_stranger_nor_an_editor_does(
        self, claim: Claim, bob: User, charlie: User, at: datetime
    ) -> None:
        editor = RepresentativeFactory.create(organisation=claim.organisation, role="editor")
        for person in (bob, charlie, editor.user):
            with pytest.raises(Refused):
                claims.let_in(claim, by=person, at=at)
        assert not acts(bob, claim.organisation)

    def test_an_objection_stops_the_timetable(
        self, claim: Claim, alice: User, at: datetime
    ) -> None:
        claims.object_to(claim, "He was dismissed.", by=alice, at=at)
        assert claims.object_to(claim, "Again.", by=alice, at=at).text == "He was dismissed."
        after = claim.object_until_on + timedelta(days=1)
        assert claims.accept_unopposed(on=after, at=at) == 0

    def test_a_stranger_and_the_claimant_cannot_object(
        self, claim: Claim, bob: User, charlie: User, at: datetime
    ) -> None:
        for person in (bob, charlie):
            with pytest.raises(Refused, match="Only those who act"):
                claims.object_to(claim, "No.", by=person, at=at)

    def test_objections_end_with_their_last_day(
        self, claim: Claim, alice: User, at: datetime
    ) -> None:
        late = at + timedelta(days=(claim.object_until_on - day_of(at)).days + 1)
        with pytest.raises(Refused, match="until"):
            claims.object_to(claim, "No.", by=alice, at=late)

    def test_unopposed_it_is_accepted_once_when_the_days_are_over(
        self, claim: Claim, bob: User, at: datetime
    ) -> None:
        last = claim.object_until_on
        assert claims.accept_unopposed(on=last, at=at) == 0
        assert claims.accept_unopposed(on=last + timedelta(days=1), at=at) == 1
        assert claims.accept_unopposed(on=last + timedelta(days=1), at=at) == 0
        assert acts(bob, claim.organisation)

    @pytest.mark.django_db
    def test_documents_and_decided_claims_are_not_accepted_by_the_timetable(
        self, at: datetime
    ) -> None:
        ClaimFactory.create()
        ClaimFactory.create(by_code=True, refused=True)
        ClaimFactory.create(by_code=True, withdrawn=True)
        chosen = ClaimFactory.create(by_code=True)
        assert claims.accept_unopposed(on=date(2026, 12, 1), at=at) == 1
        chosen.refresh_from_db()
        assert chosen.state == Claim.State.ACCEPTED


@pytest.mark.django_db
class TestTheMinistry:
    @pytest.fixture
    def clerk(self) -> User:
        return staff_member(Role.REGISTER_CLERK)

    def test_accepts_and_the_claimant_is_told(
        self, organisation: Organisation, bob: User, clerk: User, at: datetime
    ) -> None:
        claim = by_documents(organisation, bob, at)
        claims.decide(claim, Claim.State.ACCEPTED, by=clerk, at=at)
        assert acts(bob, organisation)
        assert told(Kind.CLAIM_DECIDED) == [bob.email]

    def test_decides_once(self, clerk: User, at: datetime) -> None:
        claim = ClaimFactory.create()
        claims.decide(claim, Claim.State.ACCEPTED, by=clerk, at=at)
        with pytest.raises(Refused, match="accepted"):
            claims.decide(claim, Claim.State.REFUSED, by=clerk, at=at, note="x")

    def test_a_refusal_needs_grounds_and_leaves_a_sign_of_life(
        self, clerk: User, at: datetime
    ) -> None:
        claim = ClaimFactory.create()
        with pytest.raises(Refused, match="grounds"):
            claims.decide(claim, Claim.State.REFUSED, by=clerk, at=at)
        claims.decide(claim, Claim.State.REFUSED, by=clerk, at=at, note="No order.")
        sign = SignOfLife.objects.get(organisation=claim.organisation)
        assert (sign.kind, sign.reference) == ("refused_claim", claim.source)
        assert not acts(claim.user, claim.organisation)

    def test_waits_while_others_may_object(self, clerk: User, at: datetime) -> None:
        claim = ClaimFactory.create()
        RepresentativeFactory.create(organisation=claim.organisation)
        with pytest.raises(Refused, match="may object"):
            claims.decide(claim, Claim.State.ACCEPTED, by=clerk, at=at)
        later = at + timedelta(days=15)
        assert claims.decide(claim, Claim.State.ACCEPTED, by=clerk, at=later).decided_by == clerk

    @pytest.mark.parametrize("how", ["claimant", "representative"])
    def test_nobody_decides_on_their_own_case(self, how: str, clerk: User, at: datetime) -> None:
        claim = ClaimFactory.create(**({"user": clerk} if how == "claimant" else {}))
        if how == "representative":
            RepresentativeFactory.create(organisation=claim.organisation, user=clerk)
        with pytest.raises(Refused, match="concerns you"):
            claims.decide(claim, Claim.State.ACCEPTED, by=clerk, at=at)


@pytest.mark.usefixtures("real_commits")
class TestAtOnce:
    def test_one_code_makes_one_manager(self, at: datetime) -> None:
        organisation = OrganisationFactory.create()
        code = announced(organisation, at)
        calls: list[Any] = [
            partial(
                claims.redeem, organisation, code, by=UserFactory.create(), position=HEAD, at=at
            )
            for _ in range(2)
        ]
        ends = together(*calls)
        assert sorted(type(end).__name__ for end in ends) == ["Claim", "Refused"]
        assert organisation.representatives.count() == 1

    def test_two_clicks_open_one_claim(self, at: datetime) -> None:
        organisation, bob = OrganisationFactory.create(), UserFactory.create()
        open_it = partial(by_documents, organisation, bob, at)
        first, second = one_behind_the_other(open_it, open_it)
        assert first == second

    def test_two_workers_accept_a_claim_once(self, at: datetime) -> None:
        claim = ClaimFactory.create(by_code=True)
        accept = partial(claims.accept_unopposed, on=date(2026, 12, 1), at=at)
        assert sorted(one_behind_the_other(accept, accept)) == [0, 1]
        assert claim.organisation.representatives.count() == 1
