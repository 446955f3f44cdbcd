from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from accounts.models import User
from accounts.refusals import Refused
from grants import participation
from grants.models import Call, ExclusionDeclaration, ExclusionFinding, Participant
from grants.states import Exclusion
from registry.models import Organisation
from tests.factories.accounts import UserFactory
from tests.factories.grants import ApplicationFactory, AwardFactory, ParticipantFactory
from tests.factories.registry import ClaimFactory, OrganisationFactory, RepresentativeFactory

pytestmark = pytest.mark.django_db
ALL = Exclusion.values


@pytest.fixture
def organisation(alice: User) -> Organisation:
    return RepresentativeFactory.create(user=alice).organisation


class TestRegister:
    def test_it_counts_at_once_for_a_year(
        self, organisation: Organisation, alice: User, at: datetime
    ) -> None:
        made = participation.register(organisation, clear_of=ALL, by=alice, at=at)
        assert made.number.startswith("P-")
        assert (made.from_on, made.until_on) == (date(2026, 9, 15), date(2027, 9, 15))
        assert made.events.get().to_state == "active"
        declared = ExclusionDeclaration.objects.get(participant=made)
        assert (set(declared.clear_of), declared.by) == (set(ALL), alice)

    def test_a_second_click_gets_the_first_ones_registration(
        self, organisation: Organisation, alice: User, at: datetime
    ) -> None:
        one = participation.register(organisation, clear_of=ALL, by=alice, at=at)
        assert participation.register(organisation, clear_of=ALL, by=alice, at=at) == one
        assert ExclusionDeclaration.objects.count() == 1

    def test_seven_declarations_are_not_eight(
        self, organisation: Organisation, alice: User, at: datetime
    ) -> None:
        with pytest.raises(Refused, match="each of the eight"):
            participation.register(organisation, clear_of=ALL[:7], by=alice, at=at)

    def test_a_reason_against_refuses_with_its_cure(
        self, organisation: Organisation, alice: User, at: datetime
    ) -> None:
        Organisation.objects.filter(pk=organisation.pk).update(status="suspended")
        with pytest.raises(Refused, match=r"suspended.*court lifts it"):
            participation.register(organisation, clear_of=ALL, by=alice, at=at)
        assert not Participant.objects.exists()

    @pytest.mark.parametrize("who", ["stranger", "claimant", "reader"])
    def test_only_who_acts_for_it_registers_it(self, who: str, at: datetime) -> None:
        organisation, person = OrganisationFactory.create(), UserFactory.create()
        if who == "claimant":
            ClaimFactory.create(organisation=organisation, user=person)
        if who == "reader":
            RepresentativeFactory.create(organisation=organisation, user=person, role="reader")
        with pytest.raises(Refused, match="manager or editor"):
            participation.register(organisation, clear_of=ALL, by=person, at=at)

    def test_near_its_end_another_follows_without_a_gap(
        self, organisation: Organisation, alice: User, at: datetime
    ) -> None:
        one = participation.register(organisation, clear_of=ALL, by=alice, at=at)
        early = at + timedelta(days=300)
        assert participation.register(organisation, clear_of=ALL, by=alice, at=early) == one
        later = at + timedelta(days=306)
        other = participation.register(organisation, clear_of=ALL, by=alice, at=later)
        one.refresh_from_db()
        assert one.state == "left"
        assert other.number in one.end_reason
        assert other.until_on > one.until_on


class TestLeave:
    def test_it_takes_part_no_longer(
        self, organisation: Organisation, alice: User, at: datetime
    ) -> None:
        row = ParticipantFactory.create(organisation=organisation)
        left = participation.leave(row, reason="We are too few.", by=alice, at=at)
        assert (left.state, left.end_reason) == ("left", "We are too few.")
        again = participation.leave(row, reason="Twice.", by=alice, at=at)
        assert again.end_reason == "We are too few."
        assert row.events.count() == 1

    def test_not_while_an_application_waits(
        self, organisation: Organisation, alice: User, at: datetime
    ) -> None:
        row = ParticipantFactory.create(organisation=organisation)
        ApplicationFactory.create(organisation=organisation, submitted=True)
        with pytest.raises(Refused, match="Withdraw it first"):
            participation.leave(row, reason="", by=alice, at=at)

    def test_a_cancelled_call_keeps_nobody(
        self, organisation: Organisation, alice: User, at: datetime
    ) -> None:
        row = ParticipantFactory.create(organisation=organisation)
        made = ApplicationFactory.create(organisation=organisation, submitted=True)
        Call.objects.filter(pk=made.lot.call_id).update(state="cancelled")
        assert participation.leave(row, reason="", by=alice, at=at).state == "left"

    def test_not_while_a_grant_runs(
        self, organisation: Organisation, alice: User, at: datetime
    ) -> None:
        award = AwardFactory.create(organisation=organisation)
        row = award.organisation.participations.get()
        with pytest.raises(Refused, match="A grant of yours runs"):
            participation.leave(row, reason="", by=alice, at=at)


class TestOperator:
    def test_it_removes_with_words(self, at: datetime) -> None:
        row, officer = ParticipantFactory.create(), UserFactory.create()
        with pytest.raises(Refused, match="Write why"):
            participation.remove(row, reason=" ", by=officer, at=at)
        participation.remove(row, reason="Order No. 5", by=officer, at=at)
        with pytest.raises(Refused, match="no longer already"):
            participation.remove(row, reason="Order No. 6", by=officer, at=at)

    def test_who_acts_for_it_neither_removes_nor_checks(
        self, organisation: Organisation, alice: User, at: datetime
    ) -> None:
        row = ParticipantFactory.create(organisation=organisation)
        with pytest.raises(Refused, match="Another person"):
            participation.remove(row, reason="Order", by=alice, at=at)
        with pytest.raises(Refused, match="Another person"):
            found(organisation, alice, at)

    def test_a_check_says_where_it_stands(self, organisation: Organisation, at: datetime) -> None:
        with pytest.raises(Refused, match="where it stands"):
            found(organisation, UserFactory.create(), at, evidence=" ")
        with pytest.raises(Refused, match="lies ahead"):
            found(organisation, UserFactory.create(), at, on=date(2026, 9, 16))
        assert found(organisation, UserFactory.create(), at).is_met
        assert ExclusionFinding.objects.count() == 1


def found(organisation: Organisation, by: User, at: datetime, **fields: object) -> ExclusionFinding:
    return participation.find(
        organisation,
        Exclusion.ARREST,
        **{"is_met": True, "evidence": "Court, No. 3", "on": at.date(), **fields},  # type: ignore[arg-type]
        by=by,
        at=at,
    )
