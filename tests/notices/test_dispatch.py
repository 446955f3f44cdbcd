from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts.refusals import Refused
from notices import addresses, dispatch, emails
from notices.addresses import DIGEST_WAITS
from notices.dispatch import MAX_ATTEMPTS, Counts
from notices.emails import Ending, Outcome
from notices.models import Dispatch, Service
from notices.states import ALLOWED, TO_ONE_PERSON, Channel, DispatchState, Kind
from registry.calendar import ALMATY
from registry.models import Contact
from tests.factories.notices import DispatchFactory, NoticeFactory
from tests.factories.registry import ContactFactory, RepresentativeFactory
from tests.notices.smtp_stub import SmtpStub

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
BUDGET = timedelta(seconds=30)
BEFORE_HOLIDAYS = datetime(2026, 12, 24, 12, tzinfo=ALMATY)
ON_A_PROTECTED_DAY = datetime(2026, 12, 25, 12, tzinfo=ALMATY)
AFTER_HOLIDAYS = datetime(2027, 1, 11, 12, tzinfo=ALMATY)


def deliver(at: datetime) -> Counts:
    return dispatch.deliver_due(at=at, budget=BUDGET)


def addresses_of(row: Dispatch) -> list[tuple[str, str, str]]:
    rows = row.notice.dispatches.order_by("pk")
    return [(each.channel, each.address, each.state) for each in rows]


# Claiming


def test_a_claim_takes_what_is_due_and_counts_the_attempt(at: datetime) -> None:
    due = DispatchFactory.create(made_at=at)
    DispatchFactory.create(made_at=at, next_attempt_at=at + MINUTE)
    DispatchFactory.create(made_at=at, letter=True)
    DispatchFactory.create(made_at=at, sent=True)
    DispatchFactory.create(made_at=at, bounced=True)
    DispatchFactory.create(made_at=at, state=DispatchState.SUPPRESSED)
    assert dispatch.claim(Channel.EMAIL, at=at) == [due.pk]
    due.refresh_from_db()
    assert (due.state, due.attempts) == (DispatchState.SENDING, 1)


def test_what_is_claimed_is_not_claimed_again_before_the_lease_ends(at: datetime) -> None:
    DispatchFactory.create(made_at=at)
    dispatch.claim(Channel.EMAIL, at=at)
    assert dispatch.claim(Channel.EMAIL, at=at + 9 * MINUTE) == []


def test_a_dead_workers_rows_fall_due_again(at: datetime) -> None:
    row = DispatchFactory.create(made_at=at)
    dispatch.claim(Channel.EMAIL, at=at)
    assert dispatch.claim(Channel.EMAIL, at=at + 10 * MINUTE) == [row.pk]


def test_a_claim_is_no_larger_than_asked(at: datetime) -> None:
    DispatchFactory.create_batch(3, made_at=at)
    assert len(dispatch.claim(Channel.EMAIL, at=at, size=2)) == 2


@pytest.mark.parametrize("channel", Channel)
def test_what_is_adverse_waits_through_protected_days(channel: Channel) -> None:
    warning = DispatchFactory.create(
        notice=NoticeFactory.create(kind=Kind.FINAL_WARNING),
        made_at=BEFORE_HOLIDAYS,
        channel=channel,
    )
    reminder = DispatchFactory.create(made_at=BEFORE_HOLIDAYS, channel=channel)
    assert dispatch.claim(channel, at=ON_A_PROTECTED_DAY) == [reminder.pk]
    assert warning.pk in dispatch.claim(channel, at=AFTER_HOLIDAYS)


# Sending


def test_what_is_due_is_sent_once(at: datetime) -> None:
    row = DispatchFactory.create(made_at=at)
    assert deliver(at) == Counts(sent=1)
    assert deliver(at + timedelta(days=1)) == Counts()
    (message,) = mail.outbox
    assert message.to == [row.address]
    row.refresh_from_db()
    assert (row.state, row.sent_at) == (DispatchState.SENT, at)


def test_sending_proves_nothing(at: datetime) -> None:
    DispatchFactory.create(made_at=at)
    deliver(at)
    assert not Service.objects.exists()


def test_a_crash_between_sending_and_recording_doubles_recognisably(at: datetime) -> None:
    row = DispatchFactory.create(made_at=at)
    dispatch.claim(Channel.EMAIL, at=at)
    emails.transmit(Dispatch.objects.filter(pk=row.pk), seconds=10)  # and then the worker died
    assert deliver(at + 5 * MINUTE) == Counts()
    assert deliver(at + 11 * MINUTE) == Counts(sent=1)
    assert deliver(at + 30 * MINUTE) == Counts()
    first, second = (message.extra_headers["Message-ID"] for message in mail.outbox)
    assert first == second == row.message_id


def test_a_slow_worker_that_lost_its_lease_records_nothing_twice(at: datetime) -> None:
    row = DispatchFactory.create(made_at=at)
    dispatch.claim(Channel.EMAIL, at=at)
    deliver(at + 11 * MINUTE)
    counts = dispatch.record([Outcome(row.pk, Ending.SENT)], at=at + 12 * MINUTE)
    assert counts == Counts(doubled=1)
    row.refresh_from_db()
    assert row.sent_at == at + 11 * MINUTE


def test_a_row_that_kills_every_worker_is_given_up(at: datetime) -> None:
    row = DispatchFactory.create(made_at=at)
    for attempt in range(MAX_ATTEMPTS):
        dispatch.claim(Channel.EMAIL, at=at + attempt * 10 * MINUTE)
    assert deliver(at + timedelta(days=1)) == Counts(failed=1)
    assert mail.outbox == []
    row.refresh_from_db()
    assert row.state == DispatchState.FAILED


def test_the_queries_of_a_slice_do_not_grow_with_it(at: datetime) -> None:
    counts = []
    for size in (1, 15):
        DispatchFactory.create_batch(size, made_at=at)
        with CaptureQueriesContext(connection) as queries:
            deliver(at)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_spent_budget_leaves_the_rest_queued(at: datetime) -> None:
    DispatchFactory.create(made_at=at)
    assert dispatch.deliver_due(at=at, budget=timedelta(0)) == Counts()


# Through a mail server


@pytest.mark.usefixtures("production")
def test_an_address_that_is_put_off_is_tried_five_times_and_then_fails(
    at: datetime, mail_server: SmtpStub
) -> None:
    row = DispatchFactory.create(made_at=at, address="busy@ngo.example")
    mail_server.answers = {"busy@ngo.example": "451 greylisted"}
    pauses = []
    for _ in range(MAX_ATTEMPTS - 1):
        assert deliver(at) == Counts(put_off=1)
        row.refresh_from_db()
        pauses.append(row.next_attempt_at - at)
        at = row.next_attempt_at
    assert deliver(at) == Counts(failed=1)
    row.refresh_from_db()
    assert (row.state, row.attempts) == (DispatchState.FAILED, MAX_ATTEMPTS)
    assert "greylisted" in row.failure
    for shortest, pause in zip((10, 20, 40, 80), pauses, strict=True):
        assert shortest <= pause / MINUTE < 1.25 * shortest


@pytest.mark.usefixtures("production")
def test_one_bad_address_does_not_stop_the_others(at: datetime, mail_server: SmtpStub) -> None:
    DispatchFactory.create(made_at=at, address="nobody@ngo.example")
    DispatchFactory.create(made_at=at, address="қате мекенжай")
    DispatchFactory.create(made_at=at, address="good@ngo.example")
    mail_server.answers = {"nobody@ngo.example": "550 no such user"}
    assert deliver(at) == Counts(sent=1, failed=2)
    assert mail_server.recipients == ["good@ngo.example"]


@pytest.mark.usefixtures("production")
def test_an_unknown_address_is_noted_and_the_next_in_line_is_queued(
    at: datetime, mail_server: SmtpStub
) -> None:
    notice = NoticeFactory.create()
    gone = ContactFactory.create(organisation=notice.organisation, value="gone@ngo.example")
    ContactFactory.create(organisation=notice.organisation, value="office@ngo.example")
    row = DispatchFactory.create(notice=notice, made_at=at, address=gone.value)
    mail_server.answers = {gone.value: "550 no such user"}
    deliver(at)
    deliver(at + DIGEST_WAITS)
    gone.refresh_from_db()
    assert gone.bounced_at == at
    assert (Channel.EMAIL, "office@ngo.example", DispatchState.SENT) in addresses_of(row)


@pytest.mark.usefixtures("production")
def test_a_server_out_of_reach_costs_no_attempt(at: datetime, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "notices.mailers.GuardedSMTP"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    row = DispatchFactory.create(made_at=at)
    for hour in range(2 * MAX_ATTEMPTS):
        assert deliver(at + hour * timedelta(hours=1)) == Counts(not_tried=1)
    row.refresh_from_db()
    assert (row.state, row.attempts) == (DispatchState.QUEUED, 0)


@pytest.mark.usefixtures("production")
def test_a_message_that_breaks_the_connection_cannot_stop_the_queue(
    at: datetime, mail_server: SmtpStub
) -> None:
    poison = DispatchFactory.create(made_at=at, address="poison@ngo.example")
    good = DispatchFactory.create(made_at=at, address="good@ngo.example")
    mail_server.breaks_on = "poison@ngo.example"
    assert deliver(at) == Counts(put_off=1, not_tried=1)
    assert deliver(at + 6 * MINUTE) == Counts(sent=1)
    poison.refresh_from_db()
    good.refresh_from_db()
    assert (poison.attempts, good.attempts) == (1, 1)


def test_on_a_test_installation_a_stranger_is_suppressed(
    at: datetime, mail_server: SmtpStub
) -> None:
    row = DispatchFactory.create(made_at=at)
    assert deliver(at) == Counts(held_back=1)
    assert mail_server.messages == []
    row.refresh_from_db()
    assert row.state == DispatchState.SUPPRESSED
    assert row.failure


def test_an_unreleased_production_keeps_notices_waiting(
    at: datetime, mail_server: SmtpStub, settings: Settings
) -> None:
    settings.IS_PRODUCTION = True
    DispatchFactory.create(made_at=at)
    assert deliver(at) == Counts(held_back=1)
    settings.NOTICES_RELEASED = True
    assert deliver(at + timedelta(hours=1)) == Counts(sent=1)
    assert len(mail_server.messages) == 1


@pytest.mark.usefixtures("production")
def test_the_message_id_leaves_with_the_mail(at: datetime, mail_server: SmtpStub) -> None:
    row = DispatchFactory.create(made_at=at)
    deliver(at)
    assert mail_server.messages[0]["Message-ID"] == row.message_id


# Coming back


def test_what_comes_back_goes_down_the_line_and_then_by_letter(at: datetime) -> None:
    notice = NoticeFactory.create()
    representative = RepresentativeFactory.create(organisation=notice.organisation)
    contact = ContactFactory.create(organisation=notice.organisation, value="office@ngo.example")
    row = DispatchFactory.create(
        notice=notice,
        made_at=at,
        address=representative.user.email,
        recipient=representative.user,
    )
    deliver(at)
    dispatch.bounce(row.pk, at=at, reason="no such user")
    second = notice.dispatches.get(address=contact.value)
    deliver(at + DIGEST_WAITS)
    dispatch.bounce(second.pk, at=at, reason="no such user")
    assert [(channel, state) for channel, _, state in addresses_of(row)] == [
        (Channel.EMAIL, DispatchState.BOUNCED),
        (Channel.EMAIL, DispatchState.BOUNCED),
        (Channel.LETTER, DispatchState.QUEUED),
    ]
    assert Contact.objects.get().bounced_at == at


def test_a_second_report_of_a_bounce_changes_nothing(at: datetime) -> None:
    row = DispatchFactory.create(made_at=at, sent=True)
    dispatch.bounce(row.pk, at=at, reason="no such user")
    before = addresses_of(row)
    dispatch.bounce(row.pk, at=at + MINUTE, reason="again")
    assert addresses_of(row) == before
    row.refresh_from_db()
    assert row.failure == "no such user"


def test_where_every_address_was_tried_nothing_is_queued(at: datetime) -> None:
    notice = NoticeFactory.create()
    seat = addresses.seats_of([notice])[notice.pk].text
    letter = DispatchFactory.create(notice=notice, made_at=at, letter=True, sent=True, address=seat)
    email = DispatchFactory.create(notice=letter.notice, made_at=at, sent=True)
    dispatch.bounce(email.pk, at=at, reason="no such user")
    assert len(addresses_of(email)) == 2


def test_what_was_not_sent_cannot_come_back(at: datetime) -> None:
    row = DispatchFactory.create(made_at=at)
    with pytest.raises(Refused, match=row.notice.number):
        dispatch.bounce(row.pk, at=at, reason="no such user")


@pytest.mark.parametrize("kind", TO_ONE_PERSON)
def test_what_was_one_persons_goes_to_nobody_else(at: datetime, kind: Kind) -> None:
    row = DispatchFactory.create(notice__kind=kind, made_at=at, sent=True)
    ContactFactory.create(organisation=row.notice.organisation)
    dispatch.bounce(row.pk, at=at, reason="no such user")
    assert len(addresses_of(row)) == 1


# After the organisation has answered


def test_a_warning_that_a_worker_held_during_the_filing_is_not_tried_again(at: datetime) -> None:
    row = DispatchFactory.create(notice__kind=Kind.FINAL_WARNING, made_at=at)
    dispatch.claim(Channel.EMAIL, at=at)
    assert dispatch.withdraw(row.notice.source, at=at + MINUTE, reason="filed") == 0
    dispatch.record([Outcome(row.pk, Ending.PUT_OFF, "451 later")], at=at + 2 * MINUTE)
    assert deliver(at + timedelta(hours=2)) == Counts(held_back=1)
    assert mail.outbox == []


@pytest.mark.parametrize(("kind", "follows"), [(Kind.FINAL_WARNING, 0), (Kind.ACCEPTED, 1)])
def test_a_warning_that_comes_back_after_the_answer_goes_nowhere_else(
    at: datetime, kind: Kind, follows: int
) -> None:
    row = DispatchFactory.create(notice__kind=kind, notice__made_at=at, made_at=at, sent=True)
    NoticeFactory.create(
        organisation=row.notice.organisation, kind=Kind.RECEIPT, made_at=at + timedelta(hours=1)
    )
    dispatch.bounce(row.pk, at=at + timedelta(days=1), reason="no such user")
    assert row.notice.dispatches.exclude(pk=row.pk).count() == follows


@pytest.mark.parametrize("to", DispatchState)
@pytest.mark.parametrize("state", DispatchState)
def test_a_dispatch_moves_only_as_the_table_allows(
    at: datetime, state: DispatchState, to: DispatchState
) -> None:
    row = DispatchFactory.create(state=state, sent_at=at)
    if to in ALLOWED[state]:
        dispatch.move_all([row], to)
        expected = to
    else:
        with pytest.raises(Refused):
            dispatch.move_all([row], to)
        expected = state
    row.refresh_from_db()
    assert row.state == expected
