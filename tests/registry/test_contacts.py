from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from registry import contacts
from registry.models import Contact
from tests.factories.registry import ContactFactory, OrganisationFactory

pytestmark = pytest.mark.django_db


def test_verified_addresses_come_first_then_the_newest(at: datetime) -> None:
    organisation = OrganisationFactory.create()
    old = ContactFactory.create(organisation=organisation, as_of_on=date(2026, 1, 1))
    new = ContactFactory.create(organisation=organisation, as_of_on=date(2026, 9, 1))
    verified = ContactFactory.create(
        organisation=organisation, as_of_on=date(2025, 1, 1), verified_at=at
    )
    found = contacts.usable_emails([organisation])
    assert found == {organisation.pk: [verified, new, old]}


def test_addresses_that_cannot_be_written_to_are_left_out(at: datetime) -> None:
    organisation = OrganisationFactory.create()
    for fields in (
        {"is_usable": False},
        {"bounced_at": at},
        {"retired_at": at},
        {"kind": Contact.Kind.PHONE},
    ):
        ContactFactory.create(organisation=organisation, **fields)
    ContactFactory.create()
    assert contacts.usable_emails([organisation]) == {organisation.pk: []}


def test_one_query_for_any_number_of_organisations(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    organisations = [ContactFactory.create().organisation for _count in range(5)]
    with django_assert_num_queries(1):
        assert len(contacts.usable_emails(organisations)) == 5


def test_the_first_bounce_stands(at: datetime) -> None:
    contact = ContactFactory.create(value="office@mail.example")
    later = at + timedelta(days=1)
    assert contacts.note_bounce(contact.organisation_id, " Office@mail.example", at=at)
    assert not contacts.note_bounce(contact.organisation_id, "office@mail.example", at=later)
    contact.refresh_from_db()
    assert contact.bounced_at == at


def test_a_bounce_touches_no_other_organisation(at: datetime) -> None:
    contact, other = ContactFactory.create(value="a@x.example"), OrganisationFactory.create()
    assert not contacts.note_bounce(other.pk, "a@x.example", at=at)
    contact.refresh_from_db()
    assert contact.bounced_at is None


def test_proof_is_noted_once(at: datetime) -> None:
    contact = ContactFactory.create()
    assert contacts.verify(contact, at=at)
    assert not contacts.verify(contact, at=at + timedelta(days=1))
    assert contact.verified_at == at


def test_proof_ends_a_bounce(at: datetime) -> None:
    contact = ContactFactory.create(bounced_at=at)
    contacts.verify(contact, at=at + timedelta(days=1))
    assert contact.bounced_at is None
