from __future__ import annotations

from datetime import UTC, datetime

import pytest
from allauth.account.models import EmailAddress

from accounts.models import User
from notices import addresses
from notices.addresses import Address
from notices.states import Channel
from registry.models import Organisation
from tests.factories.accounts import UserFactory
from tests.factories.notices import NoticeFactory
from tests.factories.registry import (
    ContactFactory,
    OrganisationFactory,
    RepresentativeFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def organisation() -> Organisation:
    return OrganisationFactory.create()


def emails_of(organisation: Organisation) -> list[str]:
    return [address.text for address in addresses.lines_of([organisation])[organisation.pk].emails]


def test_representatives_come_before_the_registers_addresses(
    organisation: Organisation, alice: User
) -> None:
    ContactFactory.create(organisation=organisation, value="office@ngo.example")
    RepresentativeFactory.create(organisation=organisation, user=alice)
    assert emails_of(organisation) == [alice.email, "office@ngo.example"]


def test_who_does_not_act_for_it_now_is_left_out(organisation: Organisation) -> None:
    ended = datetime(2026, 2, 1, tzinfo=UTC)
    RepresentativeFactory.create(organisation=organisation, until_at=ended)
    RepresentativeFactory.create(
        organisation=organisation, user=UserFactory.create(is_active=False)
    )
    RepresentativeFactory.create()
    assert emails_of(organisation) == []


def test_an_address_that_is_both_comes_once_as_the_representatives(
    organisation: Organisation, alice: User
) -> None:
    RepresentativeFactory.create(organisation=organisation, user=alice)
    ContactFactory.create(organisation=organisation, value=alice.email)
    line = addresses.lines_of([organisation])[organisation.pk]
    assert line.emails == (Address(Channel.EMAIL, alice.email, alice.pk),)


@pytest.mark.parametrize("verified", [True, False])
def test_a_representatives_address_is_verified_where_the_person_proved_it(
    organisation: Organisation, alice: User, verified: bool
) -> None:
    EmailAddress.objects.create(user=alice, email=alice.email, verified=verified)
    RepresentativeFactory.create(organisation=organisation, user=alice)
    (address,) = addresses.lines_of([organisation])[organisation.pk].emails
    assert address.is_verified is verified


def test_another_address_that_the_person_proved_verifies_nothing(
    organisation: Organisation, alice: User
) -> None:
    EmailAddress.objects.create(user=alice, email="other@ngo.example", verified=True)
    RepresentativeFactory.create(organisation=organisation, user=alice)
    (address,) = addresses.lines_of([organisation])[organisation.pk].emails
    assert not address.is_verified


def test_the_seat_is_written_with_region_and_place_once() -> None:
    village = OrganisationFactory.create(
        place_id="111010000", region_id="110000000", address="ул. Абая, 1"
    )
    notice = NoticeFactory.create(organisation=village, language="ru")
    text = addresses.seats_of([notice])[notice.pk].text
    assert text == f"{village.region.name_ru}, {village.place.name_ru}, ул. Абая, 1"


def test_the_message_id_tells_two_addresses_of_a_notice_apart(at: datetime) -> None:
    notice = NoticeFactory.create()
    first, second = (
        addresses.dispatch_to(Address(Channel.EMAIL, text), notice, at=at).message_id
        for text in ("a@ngo.example", "b@ngo.example")
    )
    assert first != second
    assert notice.number in first
