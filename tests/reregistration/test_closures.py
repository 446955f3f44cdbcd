"""Closed, or not an NGO: announced to all, verified, contradicted, released after 30 days."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from accounts.models import User
from accounts.refusals import Refused
from accounts.roles import Role
from notices.models import Dispatch, Notice
from notices.states import Kind
from registry.calendar import end_of
from reregistration import closures, filing, review
from reregistration.models import Contradiction, Filing, Verification
from reregistration.states import FilingKind, FilingState, ReleaseReason, State
from tests.concurrency import one_behind_the_other
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.registry import ContactFactory, RepresentativeFactory
from tests.factories.reregistration import FilingFactory, ObligationFactory, noon
from tests.reregistration.assertions import assert_states_equal_the_log

pytestmark = pytest.mark.usefixtures("in_english")
VERIFIED_ON = date(2026, 9, 21)
# 30 days after it, which is a working day, is the last day to contradict.
RIPE_ON = date(2026, 10, 22)


@pytest.fixture
def reviewer(db: None) -> User:
    return staff_member(Role.REVIEWER)


def stated(kind: FilingKind = FilingKind.CLOSED, **fields: Any) -> Filing:
    made: Filing = FilingFactory.create(submitted=True, kind=kind, **fields)
    return made


def verify(closed: Filing, by: User, on: date = VERIFIED_ON) -> Verification:
    return closures.verify(closed, note="Struck off by court.", by=by, at=noon(on))


def release(closed: Filing, on: date = RIPE_ON) -> int:
    return closures.release_verified(closed.obligation.campaign, on=on, at=noon(on))


@pytest.mark.parametrize("kind", [FilingKind.CLOSED, FilingKind.NOT_AN_NGO])
def test_every_address_is_told_at_submission(kind: FilingKind, alice: User, at: datetime) -> None:
    draft = FilingFactory.create(kind=kind, email="", phone="")
    organisation = draft.obligation.organisation
    for person in (alice, UserFactory.create(email="bob@ngo.example")):
        RepresentativeFactory.create(organisation=organisation, user=person)
    ContactFactory.create(organisation=organisation, value="office@ngo.example")
    draft.phone = ContactFactory.create(
        organisation=organisation, kind="phone", value="+77010000000"
    ).value
    draft.save()
    filing.submit(draft, by=alice, at=at, as_it_is=True)
    told = Dispatch.objects.filter(notice__kind=Kind.CLOSURE_STATED)
    assert set(told.values_list("address", flat=True)) == {
        "alice@ngo.example",
        "bob@ngo.example",
        "office@ngo.example",
    }


def test_a_report_is_announced_to_nobody(alice: User, at: datetime) -> None:
    filing.submit(FilingFactory.create(), by=alice, at=at)
    assert not Notice.objects.filter(kind=Kind.CLOSURE_STATED).exists()


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (FilingKind.CLOSED, ReleaseReason.CLOSED),
        (FilingKind.NOT_AN_NGO, ReleaseReason.NOT_AN_NGO),
    ],
)
def test_it_is_released_after_thirty_days_without_contradiction(
    kind: FilingKind, reason: ReleaseReason, reviewer: User
) -> None:
    closed = stated(kind)
    verification = verify(closed, reviewer)
    assert closures.releases_on(verification) == RIPE_ON
    assert release(closed, RIPE_ON - timedelta(days=1)) == 0
    assert release(closed) == 1
    assert release(closed) == 0
    closed.refresh_from_db()
    row = closed.obligation
    row.refresh_from_db()
    assert (row.state, row.release_reason, closed.state) == (
        State.RELEASED,
        reason,
        FilingState.ACCEPTED,
    )
    assert Notice.objects.filter(kind=Kind.RELEASED).count() == 1
    assert_states_equal_the_log()


def test_before_that_nothing_changes_in_the_register(reviewer: User) -> None:
    closed = stated()
    verify(closed, reviewer)
    closed.obligation.refresh_from_db()
    assert closed.obligation.state == State.FILED


def test_what_nobody_verified_is_never_released(reviewer: User) -> None:
    closed, chosen = stated(), stated()
    chosen.obligation.campaign = closed.obligation.campaign
    chosen.obligation.save()
    verify(chosen, reviewer)
    assert release(chosen) == 1
    closed.obligation.refresh_from_db()
    assert closed.obligation.state == State.FILED


def test_a_contradiction_undoes_it_until_it_is_verified_anew(alice: User, reviewer: User) -> None:
    closed = stated()
    verify(closed, reviewer)
    on = VERIFIED_ON + timedelta(days=29)
    closures.contradict(closed, text="We work.", by=alice, at=noon(on))
    assert closures.verification_of(closed) is None
    assert release(closed) == 0
    again = verify(closed, reviewer, on + timedelta(days=1))
    assert release(closed) == 0
    assert release(closed, closures.releases_on(again)) == 1


def test_a_newer_filing_contradicts_too(alice: User, reviewer: User) -> None:
    closed = stated()
    verify(closed, reviewer)
    newer = FilingFactory.create(obligation=closed.obligation, version=2)
    filing.submit(newer, by=alice, at=noon(VERIFIED_ON + timedelta(days=2)))
    assert release(closed) == 0
    closed.obligation.refresh_from_db()
    assert closed.obligation.state == State.FILED


def test_the_same_words_are_said_once(alice: User, at: datetime) -> None:
    filed = stated()
    first = closures.contradict(filed, text="We work.", by=alice, at=at)
    assert closures.contradict(filed, text=" We work. ", by=alice, at=at) == first
    assert Contradiction.objects.count() == 1
    with pytest.raises(Refused, match="what is not so"):
        closures.contradict(filed, text="", by=alice, at=at)


def test_what_was_decided_is_not_contradicted(alice: User, reviewer: User, at: datetime) -> None:
    filed = FilingFactory.create(submitted=True)
    review.accept(filed, by=reviewer, at=at)
    with pytest.raises(Refused, match="cannot be decided"):
        closures.contradict(filed, text="Not by us.", by=alice, at=at)


def test_a_report_is_not_verified_and_a_closure_not_accepted(reviewer: User, at: datetime) -> None:
    with pytest.raises(Refused, match="Accept or return it"):
        verify(FilingFactory.create(submitted=True), reviewer)
    with pytest.raises(Refused):
        review.accept(stated(), by=reviewer, at=at)


def test_whoever_acts_for_it_does_not_verify(reviewer: User) -> None:
    closed = stated()
    RepresentativeFactory.create(organisation=closed.obligation.organisation, user=reviewer)
    with pytest.raises(Refused, match="You act for"):
        verify(closed, reviewer)


def test_verifying_twice_is_one_verification(reviewer: User) -> None:
    closed = stated()
    assert verify(closed, reviewer) == verify(closed, reviewer)
    with pytest.raises(Refused, match="what you checked"):
        closures.verify(stated(), note=" ", by=reviewer, at=noon(VERIFIED_ON))


def test_a_contradiction_in_the_last_minute_is_seen_by_the_release(real_commits: None) -> None:
    closed, alice = stated(), UserFactory.create()
    verify(closed, staff_member(Role.REVIEWER))
    at = end_of(RIPE_ON - timedelta(days=1)) - timedelta(seconds=1)
    _said, released = one_behind_the_other(
        lambda: closures.contradict(closed, text="We work.", by=alice, at=at),
        lambda: release(closed),
    )
    assert released == 0


def test_another_campaigns_closures_are_left_alone(reviewer: User) -> None:
    closed = stated()
    verify(closed, reviewer)
    assert (
        closures.release_verified(ObligationFactory.create().campaign, on=RIPE_ON, at=noon(RIPE_ON))
        == 0
    )
