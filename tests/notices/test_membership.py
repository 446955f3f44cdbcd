"""Alice manages the organisation, Bob edits for it, Charlie is a stranger."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from functools import partial

import pytest
from allauth.account.models import EmailAddress
from django.utils import translation

from accounts.models import User
from accounts.refusals import Refused
from notices import codes, membership
from notices.models import Notice
from notices.states import Kind
from registry.models import Invitation, Organisation, Representative
from tests.concurrency import one_behind_the_other, together
from tests.factories.accounts import UserFactory
from tests.factories.registry import OrganisationFactory, RepresentativeFactory

MANAGER, EDITOR = Representative.Role.MANAGER, Representative.Role.EDITOR


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def organisation(alice: User) -> Organisation:
    organisation = OrganisationFactory.create()
    RepresentativeFactory.create(organisation=organisation, user=alice)
    return organisation


@pytest.fixture
def bob(organisation: Organisation) -> Representative:
    return RepresentativeFactory.create(
        organisation=organisation, user__email="bob@ngo.example", role=EDITOR
    )


def verified(email: str) -> User:
    user = UserFactory.create(email=email)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def now_acting(organisation: Organisation) -> list[tuple[str, str]]:
    rows = organisation.representatives.filter(until_at__isnull=True)
    return sorted(rows.values_list("user__email", "role"))


class TestInviting:
    def test_the_link_is_in_the_letter_alone(
        self, organisation: Organisation, alice: User, at: datetime
    ) -> None:
        made = membership.invite(organisation, "New@ngo.example", role=EDITOR, by=alice, at=at)
        letter = Notice.objects.get(kind=Kind.INVITATION)
        link = re.search(r"/my/invitation/([\w-]+)/", letter.text.body)
        assert link
        assert link[1] not in made.token_hash
        assert link[1] not in codes.hidden(letter.text.body)
        assert membership.invitation_of(link[1]) == made
        assert letter.dispatches.get().address == "new@ngo.example"

    def test_asked_again_it_is_the_same(
        self, organisation: Organisation, alice: User, at: datetime
    ) -> None:
        invite = partial(membership.invite, organisation, "new@ngo.example", by=alice, at=at)
        assert invite(role=EDITOR) == invite(role=EDITOR)
        changed = invite(role=MANAGER)
        assert Invitation.objects.get(cancelled_at__isnull=True) == changed

    def test_only_a_manager_invites(
        self, organisation: Organisation, bob: Representative, charlie: User, at: datetime
    ) -> None:
        for person in (bob.user, charlie):
            with pytest.raises(Refused, match="manager"):
                membership.invite(organisation, "x@ngo.example", role=EDITOR, by=person, at=at)
        assert not Invitation.objects.exists()

    def test_the_owner_of_the_address_accepts_once(
        self, organisation: Organisation, alice: User, at: datetime
    ) -> None:
        new = verified("new@ngo.example")
        made = membership.invite(organisation, new.email, role=EDITOR, by=alice, at=at)
        first = membership.accept(made, by=new, at=at)
        assert membership.accept(made, by=new, at=at) == first
        assert (new.email, EDITOR) in now_acting(organisation)
        told = Notice.objects.get(kind=Kind.PEOPLE_CHANGED).dispatches.values_list(
            "address", flat=True
        )
        assert list(told) == [alice.email]

    def test_nobody_else_does(
        self, organisation: Organisation, alice: User, charlie: User, at: datetime
    ) -> None:
        made = membership.invite(organisation, "new@ngo.example", role=EDITOR, by=alice, at=at)
        # Not verified by its owner: worth nothing.
        unproved = UserFactory.create(email="new@ngo.example")
        for person in (charlie, unproved):
            with pytest.raises(Refused, match="another address"):
                membership.accept(made, by=person, at=at)

    def test_cancelled_and_expired_ones_are_over(
        self, organisation: Organisation, alice: User, at: datetime
    ) -> None:
        new = verified("new@ngo.example")
        made = membership.invite(organisation, new.email, role=EDITOR, by=alice, at=at)
        with pytest.raises(Refused, match="no longer open"):
            membership.accept(made, by=new, at=at + membership.INVITATION_LIFE)
        membership.cancel(made, by=alice, at=at)
        membership.cancel(made, by=alice, at=at)
        with pytest.raises(Refused, match="no longer open"):
            membership.accept(made, by=new, at=at)


class TestEnding:
    def test_a_manager_removes_and_everybody_hears(
        self, organisation: Organisation, alice: User, bob: Representative, at: datetime
    ) -> None:
        membership.remove(bob, by=alice, at=at)
        membership.remove(bob, by=alice, at=at)
        assert now_acting(organisation) == [(alice.email, MANAGER)]
        told = Notice.objects.get(kind=Kind.PEOPLE_CHANGED).dispatches.values_list(
            "address", flat=True
        )
        assert sorted(told) == [alice.email, bob.user.email]

    def test_a_person_steps_down_alone_but_removes_nobody(
        self, organisation: Organisation, alice: User, bob: Representative, at: datetime
    ) -> None:
        with pytest.raises(Refused, match="manager"):
            membership.remove(organisation.representatives.get(user=alice), by=bob.user, at=at)
        membership.remove(bob, by=bob.user, at=at)
        assert now_acting(organisation) == [(alice.email, MANAGER)]

    def test_the_last_manager_stays(
        self, organisation: Organisation, alice: User, at: datetime
    ) -> None:
        RepresentativeFactory.create(organisation=organisation, role=EDITOR)
        last = organisation.representatives.get(user=alice)
        with pytest.raises(Refused, match="last manager"):
            membership.remove(last, by=alice, at=at)
        with pytest.raises(Refused, match="last manager"):
            membership.change_role(last, EDITOR, by=alice, at=at)

    def test_a_role_is_changed_with_its_history(
        self, alice: User, bob: Representative, at: datetime
    ) -> None:
        changed = membership.change_role(bob, MANAGER, by=alice, at=at)
        assert membership.change_role(changed, MANAGER, by=alice, at=at) == changed
        bob.refresh_from_db()
        assert (bob.until_at, bob.role) == (at, EDITOR)

    def test_handing_over_makes_the_successor_manager(
        self, organisation: Organisation, alice: User, bob: Representative, at: datetime
    ) -> None:
        membership.hand_over(bob, by=alice, at=at)
        assert now_acting(organisation) == [(bob.user.email, MANAGER)]

    def test_nobody_hands_over_to_themselves(
        self, organisation: Organisation, alice: User, at: datetime
    ) -> None:
        own = organisation.representatives.get(user=alice)
        with pytest.raises(Refused, match="another person"):
            membership.hand_over(own, by=alice, at=at)


@pytest.mark.usefixtures("real_commits")
def test_two_managers_who_remove_each_other_leave_one(at: datetime) -> None:
    organisation = OrganisationFactory.create()
    one, other = (RepresentativeFactory.create(organisation=organisation) for _ in range(2))
    ends = together(
        partial(membership.remove, other, by=one.user, at=at),
        partial(membership.remove, one, by=other.user, at=at),
    )
    assert sorted(type(end).__name__ for end in ends) == ["NoneType", "Refused"]
    assert len(now_acting(organisation)) == 1


@pytest.mark.usefixtures("real_commits")
def test_two_managers_who_step_down_leave_one(at: datetime) -> None:
    organisation = OrganisationFactory.create()
    one, other = (RepresentativeFactory.create(organisation=organisation) for _ in range(2))
    ends = one_behind_the_other(
        partial(membership.remove, one, by=one.user, at=at),
        partial(membership.remove, other, by=other.user, at=at),
    )
    assert sorted(type(end).__name__ for end in ends) == ["NoneType", "Refused"]
