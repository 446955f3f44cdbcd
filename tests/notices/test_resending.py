"""Staff send again or hold back: with a reason, once, and only what is still true."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail

from accounts.models import User
from accounts.refusals import Refused
from accounts.roles import Role
from notices import declined, dispatch, resending
from notices.models import Dispatch, DispatchDecision
from notices.states import Channel, DispatchState, Kind
from registry.calendar import day_of
from reregistration.models import Obligation
from reregistration.states import State
from tests.factories.accounts import staff_member
from tests.factories.notices import DispatchFactory, NoticeFactory
from tests.factories.reregistration import ObligationFactory

pytestmark = pytest.mark.django_db
BUDGET = timedelta(seconds=30)
S = DispatchState


@pytest.fixture
def bob(db: None) -> User:
    """Bob manages the campaign."""
    return staff_member(Role.CAMPAIGN_MANAGER)


def ended(state: str, at: datetime, **fields: Any) -> Dispatch:
    # A receipt tells of something done: it stays true.
    fields.setdefault("notice", NoticeFactory.create(kind=Kind.RECEIPT))
    return DispatchFactory.create(
        made_at=at,
        state=state,
        attempts=5,
        sent_at=at if state in (S.SENT, S.DELIVERED, S.BOUNCED) else None,
        failure="451 greylisted" if state == S.FAILED else "",
        **fields,
    )


# Sending again


@pytest.mark.parametrize("state", [S.FAILED, S.SUPPRESSED, S.BOUNCED, S.SENT])
def test_what_has_ended_is_queued_anew_with_all_its_attempts(
    bob: User, at: datetime, state: str
) -> None:
    row = ended(state, at)
    later = at + timedelta(days=3)
    fresh = resending.resend(row, by=bob, at=later, reason="The server was down.")
    assert (fresh.state, fresh.attempts, fresh.resends) == (S.QUEUED, 0, 1)
    assert (fresh.next_attempt_at, fresh.useful_until_at) == (later, later + timedelta(days=30))
    assert (fresh.sent_at, fresh.ended_at, fresh.failure) == (None, None, "")
    assert dispatch.deliver_due(at=later, budget=BUDGET).sent == 1


def test_the_decision_keeps_what_had_become_of_it(bob: User, at: datetime) -> None:
    row = ended(S.BOUNCED, at, ended_at=at)
    Dispatch.objects.filter(pk=row.pk).update(failure="550 no such user")
    resending.resend(row, by=bob, at=at + timedelta(days=1), reason=" The address was mended. ")
    decision = DispatchDecision.objects.get()
    assert (decision.action, decision.by, decision.from_state) == ("resent", bob, S.BOUNCED)
    assert (decision.sent_at, decision.failure) == (at, "550 no such user")
    assert decision.reason == "The address was mended."


def test_each_time_it_goes_under_a_message_id_of_its_own(bob: User, at: datetime) -> None:
    row = DispatchFactory.create(made_at=at, notice__kind=Kind.RECEIPT)
    for _ in range(3):
        dispatch.deliver_due(at=at, budget=BUDGET)
        row.refresh_from_db()
        resending.resend(row, by=bob, at=at, reason="Nobody read it.")
    sent = [message.extra_headers["Message-ID"] for message in mail.outbox]
    assert len(set(sent)) == 3
    assert all(row.notice.number in each for each in sent)


@pytest.mark.parametrize("state", [S.QUEUED, S.SENDING, S.DELIVERED])
def test_what_waits_is_being_sent_or_was_delivered_is_refused(
    bob: User, at: datetime, state: str
) -> None:
    row = ended(state, at)
    with pytest.raises(Refused, match=row.notice.number):
        resending.resend(row, by=bob, at=at, reason="Again.")
    assert not DispatchDecision.objects.exists()


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_nothing_is_decided_without_a_reason(bob: User, at: datetime, reason: str) -> None:
    failed, waiting = ended(S.FAILED, at), DispatchFactory.create(made_at=at)
    with pytest.raises(Refused, match="why"):
        resending.resend(failed, by=bob, at=at, reason=reason)
    with pytest.raises(Refused, match="why"):
        resending.hold_back(waiting, by=bob, at=at, reason=reason)
    with pytest.raises(Refused, match="why"):
        resending.resend_all([failed], by=bob, at=at, reason=reason)


def test_two_clicks_send_it_once(bob: User, at: datetime) -> None:
    row = ended(S.FAILED, at)
    resending.resend(row, by=bob, at=at, reason="Again.", seen=0)
    dispatch.deliver_due(at=at, budget=BUDGET)
    with pytest.raises(Refused, match="meanwhile"):
        resending.resend(row, by=bob, at=at, reason="Again.", seen=0)
    assert len(mail.outbox) == 1


def test_a_publication_is_not_sent_again(bob: User, at: datetime) -> None:
    row = ended(S.SENT, at, channel=Channel.PUBLICATION, address="R-0000001")
    with pytest.raises(Refused, match="publication"):
        resending.resend(row, by=bob, at=at, reason="Again.")


def test_a_reminder_whose_days_have_passed_is_refused(bob: User, at: datetime) -> None:
    obligation = ObligationFactory.create()
    reminder = NoticeFactory.create(source=obligation.source, cycle=obligation.cycle)
    row = ended(S.SUPPRESSED, at, useful_until_at=at, notice=reminder)
    with pytest.raises(Refused, match="days which have passed"):
        resending.resend(row, by=bob, at=at, reason="Again.")


def test_what_is_adverse_waits_through_protected_days(bob: User, at: datetime) -> None:
    obligation = ObligationFactory.create(overdue=True)
    warning = NoticeFactory.create(
        kind=Kind.FINAL_WARNING, source=obligation.source, cycle=obligation.cycle
    )
    row = ended(S.FAILED, at, notice=warning)
    christmas = at.replace(month=12, day=28)
    resending.resend(row, by=bob, at=christmas, reason="Again.")
    assert dispatch.claim(Channel.EMAIL, at=christmas) == []
    assert dispatch.claim(Channel.EMAIL, at=at.replace(year=2027, month=1, day=11)) == [row.pk]


# What is no longer true

WHERE_TRUE = {
    Kind.ANNOUNCEMENT: {"due"},
    Kind.REMINDER: {"due", "returned"},
    Kind.OVERDUE: {"overdue"},
    Kind.FINAL_WARNING: {"overdue"},
    Kind.PRELIMINARY_DECISION: {"overdue"},
    Kind.MARKED: {"marked", "referred"},
    Kind.REFERRED: {"referred"},
    Kind.RECEIPT: set(State.values),
    Kind.RETURNED: set(State.values),
}


@pytest.mark.parametrize("kind", WHERE_TRUE)
def test_a_notice_is_sent_again_only_while_it_is_true(bob: User, at: datetime, kind: Kind) -> None:
    obligation = ObligationFactory.create()
    for state in ("due", "filed", "returned", "overdue", "fulfilled", "released"):
        _sent_again_only_if(state in WHERE_TRUE[kind], obligation, kind, state, bob, at)


def _sent_again_only_if(
    true: bool, obligation: Any, kind: Kind, state: str, bob: User, at: datetime
) -> None:
    changes = {"state": state, "release_reason": "exempt" if state == "released" else ""}
    type(obligation).objects.filter(pk=obligation.pk).update(**changes)
    notice = NoticeFactory.create(
        kind=kind, source=obligation.source, cycle=obligation.cycle, occasion=f"{kind}/{state}"
    )
    row = ended(S.FAILED, at, notice=notice)
    if true:
        assert resending.resend(row, by=bob, at=at, reason="Again.").state == S.QUEUED
    else:
        with pytest.raises(Refused, match="no longer true"):
            resending.resend(row, by=bob, at=at, reason="Again.")


def test_a_warning_of_an_earlier_cycle_is_refused(bob: User, at: datetime) -> None:
    obligation = ObligationFactory.create(overdue=True)
    notice = NoticeFactory.create(
        kind=Kind.FINAL_WARNING, source=obligation.source, cycle=obligation.cycle + 1
    )
    with pytest.raises(Refused, match="started anew"):
        resending.resend(ended(S.FAILED, at, notice=notice), by=bob, at=at, reason="Again.")


# Holding back


def test_what_waits_is_held_back_with_the_reason(bob: User, at: datetime) -> None:
    row = DispatchFactory.create(made_at=at)
    fresh = resending.hold_back(row, by=bob, at=at, reason="The address is a stranger's.")
    assert fresh.state == S.SUPPRESSED
    assert "stranger" in fresh.failure
    assert DispatchDecision.objects.get().action == "held_back"
    assert dispatch.deliver_due(at=at, budget=BUDGET).sent == 0
    assert row.notice.dispatches.count() == 1


@pytest.mark.parametrize("state", [each for each in S if each != S.QUEUED])
def test_what_does_not_wait_cannot_be_held_back(bob: User, at: datetime, state: str) -> None:
    row = ended(state, at)
    with pytest.raises(Refused, match=row.notice.number):
        resending.hold_back(row, by=bob, at=at, reason="No.")
    assert not DispatchDecision.objects.exists()


def test_what_was_held_back_can_be_sent_again(bob: User, at: datetime) -> None:
    row = DispatchFactory.create(made_at=at, notice__kind=Kind.RECEIPT)
    resending.hold_back(row, by=bob, at=at, reason="Wait for the lawyer.")
    resending.resend(row, by=bob, at=at, reason="The lawyer agrees.")
    assert dispatch.deliver_due(at=at, budget=BUDGET).sent == 1


# Digests


@pytest.fixture
def digest(at: datetime) -> tuple[Dispatch, Dispatch]:
    """A digest that waits: the reminder that leads it, and one inside."""
    day = {"address": "office@ngo.example", "digest_on": at.date(), "made_at": at}
    obligation = ObligationFactory.create()
    about = {"notice__source": obligation.source, "notice__cycle": obligation.cycle}
    leader = DispatchFactory.create(**day, **about)
    return leader, DispatchFactory.create(
        **day,
        **about,
        notice__occasion="T-14/2026-12-01",
        notice__organisation=leader.notice.organisation,
        carried_by=leader,
    )


def test_a_digest_is_decided_on_as_a_whole(
    bob: User, at: datetime, digest: tuple[Dispatch, Dispatch]
) -> None:
    leader, inside = digest
    for decide in (resending.hold_back, resending.resend):
        with pytest.raises(Refused, match=leader.notice.number):
            decide(inside, by=bob, at=at, reason="No.")
    resending.hold_back(leader, by=bob, at=at, reason="No.")
    inside.refresh_from_db()
    assert inside.state == S.SUPPRESSED
    resending.resend(leader, by=bob, at=at, reason="Yes.")
    inside.refresh_from_db()
    assert inside.state == S.QUEUED


def test_a_digest_is_sent_again_though_its_address_had_another_that_day(
    bob: User, at: datetime, digest: tuple[Dispatch, Dispatch]
) -> None:
    leader, _inside = digest
    resending.hold_back(leader, by=bob, at=at, reason="No.")
    DispatchFactory.create(address=leader.address, digest_on=at.date(), made_at=at)
    assert resending.resend(leader, by=bob, at=at, reason="Yes.").state == S.QUEUED


def gone_out(at: datetime) -> tuple[Dispatch, Dispatch]:
    """A digest of two organisations that went out: what led it, and what was inside."""
    leader = _gone_out(at, carried_by=None)
    return leader, _gone_out(at, carried_by=leader)


def _gone_out(at: datetime, carried_by: Dispatch | None) -> Dispatch:
    obligation = ObligationFactory.create()
    return DispatchFactory.create(
        address="office@ngo.example",
        digest_on=day_of(at),
        made_at=at,
        state=S.SENT,
        sent_at=at,
        useful_until_at=at + timedelta(days=6),
        carried_by=carried_by,
        notice__source=obligation.source,
        notice__cycle=obligation.cycle,
        notice__organisation=obligation.organisation,
    )


@pytest.mark.parametrize("days", [0, 2])
def test_a_digest_that_is_sent_again_says_all_that_it_carries(
    bob: User, at: datetime, days: int
) -> None:
    leader, inside = gone_out(at)
    later = at + timedelta(days=days)
    resending.resend(leader, by=bob, at=later, reason="Nobody read it.")
    assert dispatch.deliver_due(at=later, budget=BUDGET).sent == 2
    (message,) = mail.outbox
    assert leader.notice.number in str(message.body)
    assert inside.notice.number in str(message.body)


def test_what_a_digest_carries_is_sent_again_only_while_it_is_true(bob: User, at: datetime) -> None:
    leader, inside = gone_out(at)
    source = inside.notice.source.removeprefix("obligation:")
    Obligation.objects.filter(pk=source).update(state="filed")
    resending.resend(leader, by=bob, at=at, reason="Nobody read it.")
    assert dispatch.deliver_due(at=at, budget=BUDGET).sent == 1
    inside.refresh_from_db()
    assert (inside.state, inside.sent_at) == (S.SENT, at)
    (message,) = mail.outbox
    assert inside.notice.number not in str(message.body)


def test_a_reminder_that_is_sent_again_is_of_use_no_longer_than_its_days(
    bob: User, at: datetime
) -> None:
    leader, inside = gone_out(at)
    resending.resend(leader, by=bob, at=at + timedelta(days=5), reason="Nobody read it.")
    for row in (leader, inside):
        row.refresh_from_db()
        assert row.useful_until_at == at + timedelta(days=6)


def test_a_reminder_is_not_sent_again_to_who_declines_them(bob: User, at: datetime) -> None:
    leader, inside = gone_out(at)
    declined.decline("Office@ngo.example", at=at)
    with pytest.raises(Refused, match="wants no reminders"):
        resending.resend(leader, by=bob, at=at, reason="Nobody read it.")
    leader.refresh_from_db()
    inside.refresh_from_db()
    assert leader.state == inside.state == S.SENT


# Many


def test_of_many_each_is_judged_alone(bob: User, at: datetime) -> None:
    rows = [ended(S.FAILED, at), ended(S.DELIVERED, at), ended(S.FAILED, at)]
    done, refused = resending.resend_all(rows, by=bob, at=at, reason="The server was down.")
    assert done == 2
    (why,) = refused
    assert rows[1].notice.number in why
    assert resending.resend_all(rows, by=bob, at=at, reason="Twice.")[0] == 0
