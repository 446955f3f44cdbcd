"""A code is sent again to whom the register knows, a few times a day, and nobody at the desk reads
it."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

import pytest

from accounts.models import User
from accounts.refusals import Refused
from accounts.roles import Role
from notices import claims, code_letters, notice
from notices.models import ClaimCode, Dispatch, DispatchDecision, Notice
from notices.states import Channel, DispatchState, Kind
from registry.models import Organisation
from tests.concurrency import together
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.notices import draft_of
from tests.factories.registry import ContactFactory, OrganisationFactory, RepresentativeFactory

OFFICE = "office@ngo.example"


@pytest.fixture
def organisation(db: None) -> Organisation:
    organisation = OrganisationFactory.create()
    ContactFactory.create(organisation=organisation, value=OFFICE)
    return organisation


@pytest.fixture
def helper(db: None) -> User:
    return staff_member(Role.HELPLINE)


def sent(organisation: Organisation, at: datetime) -> Dispatch:
    """An e-mail with a code, asked for by somebody, that has gone."""
    made = claims.ask_code(organisation, by=UserFactory.create(), at=at)
    return gone(made)


def gone(made: Notice) -> Dispatch:
    row = Dispatch.objects.get(notice=made)
    Dispatch.objects.filter(pk=row.pk).update(state=DispatchState.SENT, sent_at=made.made_at)
    return Dispatch.objects.select_related("notice__organisation").get(pk=row.pk)


def send(row: Dispatch, by: User, at: datetime) -> Dispatch:
    return code_letters.send_code_again(row, reason="Звонила директор", by=by, at=at)


def test_it_goes_out_again_to_the_same_address(
    organisation: Organisation, helper: User, at: datetime
) -> None:
    row = sent(organisation, at)
    codes = list(ClaimCode.objects.values_list("code_hash", flat=True))
    fresh = send(row, helper, at)
    assert (fresh.state, fresh.address, fresh.resends) == (DispatchState.QUEUED, OFFICE, 1)
    assert list(ClaimCode.objects.values_list("code_hash", flat=True)) == codes
    decided = DispatchDecision.objects.get()
    assert (decided.by, decided.reason) == (helper, "Звонила директор")


@pytest.mark.parametrize("fault", ["retired_at", "bounced_at", "gone"])
def test_not_to_an_address_that_the_register_does_not_hold_or_knows_to_fail(
    organisation: Organisation, helper: User, at: datetime, fault: str
) -> None:
    row = sent(organisation, at)
    if fault == "gone":
        organisation.contacts.update(value="new@ngo.example")
    else:
        organisation.contacts.update(**{fault: at})
    with pytest.raises(Refused, match="only to an address that the"):
        send(row, helper, at)
    assert not DispatchDecision.objects.exists()


def test_not_to_a_representatives_own_address(
    organisation: Organisation, helper: User, at: datetime
) -> None:
    user = UserFactory.create(email="own@mail.example")
    RepresentativeFactory.create(organisation=organisation, user=user)
    (made,) = notice.register([draft_of(organisation, Kind.ANNOUNCEMENT)], at=at)
    own = Dispatch.objects.filter(notice=made, address=user.email)
    own.update(state=DispatchState.SENT, sent_at=at)
    assert own.exists()
    with pytest.raises(Refused, match="only to an address that the"):
        send(own.get(), helper, at)


def test_not_a_code_that_was_used_or_has_expired(
    organisation: Organisation, helper: User, at: datetime
) -> None:
    row = sent(organisation, at)
    with pytest.raises(Refused, match="only while it can be used"):
        send(row, helper, at + timedelta(days=4))
    ClaimCode.objects.update(used_at=at, used_by=helper)
    with pytest.raises(Refused, match="only while it can be used"):
        send(row, helper, at)


def test_not_a_letter_without_a_code(
    organisation: Organisation, helper: User, at: datetime
) -> None:
    (made,) = notice.register([draft_of(organisation, Kind.OVERDUE)], at=at)
    row = made.dispatches.filter(channel=Channel.EMAIL).first()
    assert row
    with pytest.raises(Refused, match="only while it can be used"):
        send(row, helper, at)


def test_three_a_day_go_to_one_organisation_with_those_that_were_asked_for(
    organisation: Organisation, helper: User, at: datetime
) -> None:
    row = sent(organisation, at)
    for _ in range(2):
        send(row, helper, at)
        row = gone(row.notice)
    with pytest.raises(Refused, match="Enough codes"):
        send(row, helper, at)
    assert send(row, helper, at + timedelta(days=1)).state == DispatchState.QUEUED


def test_one_person_sends_so_many_an_hour(
    organisation: Organisation, helper: User, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(code_letters, "MOST_AN_HOUR", 1)
    send(sent(organisation, at), helper, at)
    other = OrganisationFactory.create()
    ContactFactory.create(organisation=other, value="other@ngo.example")
    row = sent(other, at)
    with pytest.raises(Refused, match="within an hour"):
        send(row, helper, at)
    assert send(row, staff_member(Role.HELPLINE), at)


@pytest.mark.usefixtures("real_commits")
def test_two_clicks_send_it_once(at: datetime) -> None:
    organisation = OrganisationFactory.create()
    ContactFactory.create(organisation=organisation, value=OFFICE)
    row, helper = sent(organisation, at), staff_member(Role.HELPLINE)
    made = together(*[partial(send, row, helper, at)] * 2)
    assert sorted(isinstance(one, Refused) for one in made) == [False, True], made
    assert DispatchDecision.objects.count() == 1
