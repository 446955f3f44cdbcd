"""New contacts or a new head are told to all the old addresses, never with the new value."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from accounts.models import User
from notices.models import Dispatch, Notice
from notices.states import Channel, Kind
from reregistration import contact_changes, filing
from reregistration.models import Filing
from tests.factories.registry import ContactFactory, RepresentativeFactory
from tests.factories.reregistration import FilingFactory

pytestmark = pytest.mark.usefixtures("in_english")


def known(**answers: Any) -> Filing:
    """A draft whose contacts the register holds, but for the answers that are given."""
    draft: Filing = FilingFactory.create(**answers)
    organisation = draft.obligation.organisation
    ContactFactory.create(organisation=organisation, value="office@ngo.example")
    ContactFactory.create(organisation=organisation, kind="phone", value="+77010000000")
    return draft


def told() -> list[str]:
    return [notice.text.body for notice in Notice.objects.filter(kind=Kind.CONTACTS_CHANGED)]


@pytest.mark.parametrize(
    ("answers", "parts"),
    [
        ({}, []),
        ({"email": "OFFICE@ngo.example", "phone": "8 701 000 00 00"}, []),
        ({"email": "", "phone": ""}, []),
        ({"email": "new@ngo.example"}, ["email"]),
        ({"phone": "+77020000000"}, ["phone"]),
        ({"head_name": "Жаңа Басшы"}, ["head_name"]),
        ({"email": "new@ngo.example", "head_name": "Жаңа Басшы"}, ["email", "head_name"]),
    ],
)
@pytest.mark.django_db
def test_what_is_stated_anew(answers: dict[str, str], parts: list[str]) -> None:
    assert contact_changes.stated_anew(known(**answers)) == parts


def test_all_the_old_addresses_are_told_and_the_new_one_is_not(alice: User, at: datetime) -> None:
    draft = known(email="new@ngo.example")
    RepresentativeFactory.create(organisation=draft.obligation.organisation, user=alice)
    filing.submit(draft, by=alice, at=at)
    rows = Dispatch.objects.filter(notice__kind=Kind.CONTACTS_CHANGED)
    assert set(rows.values_list("address", flat=True)) == {alice.email, "office@ngo.example"}
    (body,) = told()
    assert "new@ngo.example" not in body


def test_what_the_register_holds_is_announced_to_nobody(alice: User, at: datetime) -> None:
    filing.submit(known(), by=alice, at=at)
    assert told() == []


def test_where_no_e_mail_is_known_a_letter_goes_to_the_seat(alice: User, at: datetime) -> None:
    filing.submit(FilingFactory.create(), by=alice, at=at)
    (row,) = Dispatch.objects.filter(notice__kind=Kind.CONTACTS_CHANGED)
    assert row.channel == Channel.LETTER
