"""Alice manages, Bob edits, Charlie is a stranger."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts.models import User
from notices.models import Notice
from notices.states import Kind
from registry.models import Invitation, Organisation, Representative
from tests.factories.accounts import UserFactory
from tests.factories.registry import OrganisationFactory, RepresentativeFactory

pytestmark = pytest.mark.django_db


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
        organisation=organisation, user__email="bob@ngo.example", role="editor"
    )


def verbs(organisation: Organisation, one: Representative, invitation: int = 1) -> list[str]:
    number = organisation.number
    return [
        reverse("people_invite", args=[number]),
        reverse("people_role", args=[number, one.pk]),
        reverse("people_remove", args=[number, one.pk]),
        reverse("people_hand_over", args=[number, one.pk]),
        reverse("invitation_cancel", args=[number, invitation]),
    ]


def test_a_stranger_finds_nothing(
    client: Client, charlie: User, organisation: Organisation, bob: Representative
) -> None:
    client.force_login(charlie)
    assert client.get(reverse("people", args=[organisation.number])).status_code == 404
    answers = [client.post(address).status_code for address in verbs(organisation, bob)]
    assert answers == [404] * 5


def test_an_editor_reads_and_changes_nobody(
    client: Client, alice: User, organisation: Organisation, bob: Representative
) -> None:
    client.force_login(bob.user)
    page = client.get(reverse("people", args=[organisation.number]))
    assert alice.email in page.content.decode()
    assert "Invite a person" not in page.content.decode()
    own = organisation.representatives.get(user=alice)
    for address in verbs(organisation, own):
        client.post(address, {"role": "reader", "email": "x@ngo.example"})
    own.refresh_from_db()
    assert (own.until_at, own.role) == (None, "manager")
    assert not Invitation.objects.exists()


def test_a_person_of_another_organisation_is_not_there(
    client: Client, alice: User, organisation: Organisation
) -> None:
    client.force_login(alice)
    other = RepresentativeFactory.create()
    answers = [client.post(address).status_code for address in verbs(organisation, other)[1:]]
    assert answers == [404] * 4
    assert Representative.objects.get(pk=other.pk).until_at is None


def test_a_manager_changes_a_role_hands_over_and_removes(
    client: Client, alice: User, organisation: Organisation, bob: Representative
) -> None:
    client.force_login(alice)
    number = organisation.number
    client.post(reverse("people_role", args=[number, bob.pk]), {"role": "reader"})
    reader = organisation.representatives.get(user=bob.user, until_at__isnull=True)
    assert reader.role == "reader"
    client.post(reverse("people_hand_over", args=[number, reader.pk]))
    acting = organisation.representatives.get(until_at__isnull=True)
    assert (acting.user, acting.role) == (bob.user, "manager")
    assert client.get(reverse("people", args=[number])).status_code == 404


def test_the_last_manager_is_told_why_not(
    client: Client, alice: User, organisation: Organisation
) -> None:
    client.force_login(alice)
    own = organisation.representatives.get()
    answer = client.post(reverse("people_remove", args=[organisation.number, own.pk]), follow=True)
    assert "last manager" in answer.content.decode()


def test_who_steps_down_lands_on_their_own_page(
    client: Client, organisation: Organisation, bob: Representative
) -> None:
    client.force_login(bob.user)
    answer = client.post(reverse("people_remove", args=[organisation.number, bob.pk]))
    assert answer.url == reverse("my")  # type: ignore[attr-defined]


def test_an_invitation_is_sent_opened_and_accepted(
    client: Client, alice: User, organisation: Organisation
) -> None:
    client.force_login(alice)
    typed = {"email": "new@ngo.example", "role": "editor"}
    client.post(reverse("people_invite", args=[organisation.number]), typed)
    found = re.search(r"/invitation/([\w-]+)/", Notice.objects.get(kind=Kind.INVITATION).text.body)
    assert found
    new = UserFactory.create(email="new@ngo.example")
    EmailAddress.objects.create(user=new, email=new.email, verified=True, primary=True)
    client.force_login(new)
    address = reverse("invitation", args=[found[1]])
    assert organisation.name in client.get(address).content.decode()
    assert organisation.representatives.count() == 1
    client.post(address)
    assert organisation.representatives.get(user=new).role == "editor"


def test_another_persons_invitation_is_refused_in_words(
    client: Client, alice: User, charlie: User, organisation: Organisation
) -> None:
    client.force_login(alice)
    typed = {"email": "new@ngo.example", "role": "editor"}
    client.post(reverse("people_invite", args=[organisation.number]), typed)
    found = re.search(r"/invitation/([\w-]+)/", Notice.objects.get(kind=Kind.INVITATION).text.body)
    assert found
    client.force_login(charlie)
    answer = client.post(reverse("invitation", args=[found[1]]))
    assert "another address" in answer.content.decode()
    assert organisation.representatives.count() == 1


def test_a_guessed_link_leads_nowhere(client: Client, charlie: User) -> None:
    client.force_login(charlie)
    assert client.get(reverse("invitation", args=["x" * 43])).status_code == 404
