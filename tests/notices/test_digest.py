"""At most one e-mail of reminders a day, to any address, whatever happens to it on its way."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from notices import declined, digest, dispatch, emails, notice, pauses
from notices.addresses import DIGEST_WAITS
from notices.emails import Ending, Outcome
from notices.models import Dispatch
from notices.states import Channel, DispatchState, Kind, useful_until
from registry.calendar import day_of
from registry.models import Contact
from tests.factories.accounts import UserFactory
from tests.factories.notices import LAWYER, DispatchFactory, draft_of, remind
from tests.factories.registry import ContactFactory
from tests.notices.smtp_stub import SmtpStub

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
BUDGET = timedelta(seconds=30)


def deliver(at: datetime) -> dispatch.Counts:
    return dispatch.deliver_due(at=at, budget=BUDGET)


def states(*rows: Dispatch) -> list[str]:
    for row in rows:
        row.refresh_from_db()
    return [row.state for row in rows]


def sent_on() -> Counter[tuple[str, object]]:
    """How many e-mails of reminders each address had, day by day."""
    rows = Dispatch.objects.filter(
        notice__kind=Kind.REMINDER,
        channel=Channel.EMAIL,
        carried_by__isnull=True,
        sent_at__isnull=False,
    )
    return Counter((row.address, day_of(row.sent_at)) for row in rows if row.sent_at)


# Putting it together


def test_the_reminders_of_a_run_travel_in_one_email(at: datetime) -> None:
    rows = [remind(at) for _ in range(3)]
    other = remind(at, address="other@ngo.example")
    assert deliver(at + DIGEST_WAITS) == dispatch.Counts(sent=4)
    assert sorted(message.to for message in mail.outbox) == [[LAWYER], ["other@ngo.example"]]
    assert states(*rows, other) == [DispatchState.SENT] * 4
    leader, *carried = rows
    assert {row.carried_by_id for row in carried} == {leader.pk}
    assert {row.sent_at for row in rows} == {at + DIGEST_WAITS}


def test_a_reminder_waits_for_the_others_of_its_run(at: datetime) -> None:
    remind(at)
    assert deliver(at + DIGEST_WAITS - MINUTE) == dispatch.Counts()
    assert deliver(at + DIGEST_WAITS) == dispatch.Counts(sent=1)


def test_what_comes_after_the_digest_waits_until_tomorrow(at: datetime) -> None:
    remind(at)
    deliver(at + DIGEST_WAITS)
    late = remind(at + 10 * MINUTE)
    assert deliver(at + 60 * MINUTE) == dispatch.Counts()
    assert deliver(at + DAY) == dispatch.Counts(sent=1)
    assert states(late) == [DispatchState.SENT]


def test_a_legal_notice_always_goes_singly(at: datetime) -> None:
    first = remind(at)
    organisation = first.notice.organisation
    notice.register([draft_of(organisation, Kind.FINAL_WARNING)], at=at)
    remind(at)
    deliver(at + DIGEST_WAITS)
    assert len(mail.outbox) == 2
    warning = Dispatch.objects.get(notice__kind=Kind.FINAL_WARNING, channel=Channel.EMAIL)
    assert (warning.digest_on, warning.carried_by, warning.waits_for_digest) == (None, None, False)


def test_second_gathering_finds_it_done(at: datetime) -> None:
    remind(at)
    assert digest.gather(at=at + DIGEST_WAITS) == 1
    assert digest.gather(at=at + DIGEST_WAITS) == 0


def test_the_queries_do_not_grow_with_the_reminders(at: datetime) -> None:
    counts = []
    for number, size in enumerate((2, 12)):
        moment = at + number * DAY
        for n in range(size):
            remind(moment, address=f"lawyer{n % 4}@ngo.example")
        with CaptureQueriesContext(connection) as queries:
            deliver(moment + DIGEST_WAITS)
        counts.append(len(queries))
    assert counts[0] == counts[1]


# Sharing its fate


def bundle(at: datetime) -> list[Dispatch]:
    """A digest of three that a worker has claimed."""
    rows = [remind(at) for _ in range(3)]
    digest.gather(at=at + DIGEST_WAITS)
    (leader,) = dispatch.claim(Channel.EMAIL, at=at + DIGEST_WAITS)
    assert leader == rows[0].pk
    return rows


@pytest.mark.parametrize(
    ("ending", "state"),
    [
        (Ending.SENT, DispatchState.SENT),
        (Ending.PUT_OFF, DispatchState.QUEUED),
        (Ending.NOT_TRIED, DispatchState.QUEUED),
        (Ending.REJECTED, DispatchState.FAILED),
        (Ending.REFUSED, DispatchState.FAILED),
        (Ending.HELD_BACK, DispatchState.SUPPRESSED),
    ],
)
def test_what_is_carried_shares_the_leaders_fate(
    at: datetime, ending: Ending, state: DispatchState
) -> None:
    rows = bundle(at)
    dispatch.record([Outcome(rows[0].pk, ending, "why")], at=at + 6 * MINUTE)
    assert states(*rows) == [state] * 3
    assert len({(row.next_attempt_at, row.attempts, row.failure) for row in rows}) == 1


def test_recording_twice_changes_nothing(at: datetime) -> None:
    rows = bundle(at)
    outcome = Outcome(rows[0].pk, Ending.SENT)
    assert dispatch.record([outcome], at=at + 6 * MINUTE).sent == 3
    assert dispatch.record([outcome], at=at + 7 * MINUTE) == dispatch.Counts(doubled=1)


def test_each_reminder_of_a_failed_digest_goes_down_its_own_line(at: datetime) -> None:
    rows = bundle(at)
    second = ContactFactory.create(
        organisation=rows[1].notice.organisation, value="office@ngo.example"
    )
    dispatch.record([Outcome(rows[0].pk, Ending.REJECTED, "550")], at=at + 6 * MINUTE)
    assert not Contact.objects.filter(value=LAWYER, bounced_at__isnull=True).exists()
    following = [row.notice.dispatches.exclude(pk=row.pk).get() for row in rows]
    assert [(row.channel, row.address == second.value) for row in following] == [
        (Channel.LETTER, False),
        (Channel.EMAIL, True),
        (Channel.LETTER, False),
    ]


def test_a_digest_that_comes_back_does_so_with_all_it_carried(at: datetime) -> None:
    rows = bundle(at)
    dispatch.record([Outcome(rows[0].pk, Ending.SENT)], at=at + 6 * MINUTE)
    for _ in range(2):
        dispatch.bounce(rows[0].pk, at=at + DAY, reason="no such user")
    assert states(*rows) == [DispatchState.BOUNCED] * 3
    assert all(row.notice.dispatches.count() == 2 for row in rows)


def test_a_dead_workers_digest_falls_due_whole(at: datetime) -> None:
    rows = bundle(at)
    emails.transmit(Dispatch.objects.filter(pk=rows[0].pk), seconds=10)  # and then the worker died
    assert deliver(at + 10 * MINUTE) == dispatch.Counts()
    assert deliver(at + 16 * MINUTE) == dispatch.Counts(sent=3)
    first, second = (message.extra_headers["Message-ID"] for message in mail.outbox)
    assert first == second


def test_a_dead_workers_digest_is_sent_the_next_day_as_that_days(at: datetime) -> None:
    rows = bundle(at)
    late = remind(at + DAY)
    assert deliver(at + DAY + DIGEST_WAITS) == dispatch.Counts(sent=4)
    assert states(*rows, late) == [DispatchState.SENT] * 4
    # Whoever led it leads again, so that a doubled e-mail is recognised.
    assert mail.outbox[0].extra_headers["Message-ID"] == rows[0].message_id
    assert {row.digest_on for row in rows} == {day_of(at + DAY)}


# Taken out on the way


def test_a_withdrawn_leader_frees_what_it_carries(at: datetime) -> None:
    rows = [remind(at) for _ in range(3)]
    digest.gather(at=at + DIGEST_WAITS)
    assert dispatch.withdraw(rows[0].notice.source, at=at + DIGEST_WAITS, reason="filed") == 1
    assert deliver(at + DIGEST_WAITS) == dispatch.Counts(sent=2)
    assert states(*rows) == [DispatchState.SUPPRESSED, DispatchState.SENT, DispatchState.SENT]
    assert len(mail.outbox) == 1


def test_a_withdrawn_reminder_leaves_its_leader(at: datetime) -> None:
    rows = [remind(at) for _ in range(3)]
    digest.gather(at=at + DIGEST_WAITS)
    dispatch.withdraw(rows[1].notice.source, at=at + DIGEST_WAITS, reason="filed")
    assert deliver(at + DIGEST_WAITS) == dispatch.Counts(sent=2)
    assert states(*rows) == [DispatchState.SENT, DispatchState.SUPPRESSED, DispatchState.SENT]


def test_what_is_of_no_use_any_more_is_left_out(at: datetime) -> None:
    rows = [remind(at) for _ in range(2)]
    digest.gather(at=at + DIGEST_WAITS)
    Dispatch.objects.filter(pk=rows[1].pk).update(useful_until_at=at + 6 * MINUTE)
    assert deliver(at + 7 * MINUTE) == dispatch.Counts(sent=1, held_back=1)
    assert states(*rows) == [DispatchState.SENT, DispatchState.SUPPRESSED]


def test_who_declines_between_gathering_and_sending_gets_none(at: datetime) -> None:
    rows = [remind(at) for _ in range(2)]
    digest.gather(at=at + DIGEST_WAITS)
    declined.decline(LAWYER, at=at + DIGEST_WAITS)
    assert deliver(at + DIGEST_WAITS) == dispatch.Counts()
    assert states(*rows) == [DispatchState.SUPPRESSED] * 2


def test_after_a_pause_what_waited_travels_with_the_days_own(at: datetime) -> None:
    manager = UserFactory.create()
    pause = pauses.begin(None, Kind.REMINDER, reason="Ошибка в тексте", by=manager, at=at)
    remind(at)
    assert deliver(at + DIGEST_WAITS) == dispatch.Counts()
    pauses.end(pause, by=manager, at=at + DAY)
    remind(at + DAY)
    assert deliver(at + DAY + DIGEST_WAITS) == dispatch.Counts(sent=2)
    assert len(mail.outbox) == 1


def _pass(_at: datetime) -> None:
    pass


def _withdraw_one(at: datetime) -> None:
    if rows := list(Dispatch.objects.filter(state=DispatchState.QUEUED)):
        dispatch.withdraw(random.choice(rows).notice.source, at=at, reason="filed")


def _die_sending(at: datetime) -> None:
    digest.gather(at=at)
    dispatch.claim(Channel.EMAIL, at=at)


def _put_off(at: datetime) -> None:
    digest.gather(at=at)
    ids = dispatch.claim(Channel.EMAIL, at=at)
    dispatch.record([Outcome(pk, Ending.PUT_OFF, "451 busy") for pk in ids], at=at)


def _fail(at: datetime) -> None:
    digest.gather(at=at)
    ids = dispatch.claim(Channel.EMAIL, at=at)
    dispatch.record([Outcome(pk, Ending.REFUSED, "552 too large") for pk in ids], at=at)


def _bounce_one(at: datetime) -> None:
    row = Dispatch.objects.filter(state=DispatchState.SENT, carried_by__isnull=True).first()
    if row:
        dispatch.bounce(row.pk, at=at, reason="no such user")


def _remind(at: datetime) -> None:
    remind(at, address=random.choice([LAWYER, "office@ngo.example"]))


def _deliver(at: datetime) -> None:
    deliver(at)


HAPPENINGS: list[Callable[[datetime], None]] = [
    _remind,
    _remind,
    _deliver,
    _deliver,
    _die_sending,
    _put_off,
    _fail,
    _withdraw_one,
    _bounce_one,
    _pass,
]


@pytest.mark.parametrize("seed", range(8))
def test_no_address_ever_gets_two_emails_of_reminders_a_day(at: datetime, seed: int) -> None:
    random.seed(seed)
    for _ in range(40):
        at += timedelta(minutes=random.choice([1, 6, 30, 240, 700]))
        random.choice(HAPPENINGS)(at)
        Contact.objects.update(bounced_at=None)
    remind(at + DAY)
    deliver(at + DAY + DIGEST_WAITS)
    counted = sent_on()
    assert max(counted.values()) == 1
    # Nothing is lost on the way either: what is not sent is told.
    waiting = Dispatch.objects.filter(state=DispatchState.SENDING)
    assert not waiting.exists()


# The age ceiling


def test_nothing_older_than_its_window_is_sent_after_a_week_without_a_worker(
    at: datetime,
) -> None:
    row = remind(at)
    due = DispatchFactory.create(made_at=at, useful_until_at=at + 7 * DAY)
    assert deliver(at + 7 * DAY) == dispatch.Counts(held_back=2)
    assert states(row, due) == [DispatchState.SUPPRESSED] * 2
    assert mail.outbox == []


def test_what_a_dead_worker_held_for_a_week_is_not_stuck(at: datetime) -> None:
    rows = bundle(at)
    assert deliver(at + 7 * DAY) == dispatch.Counts(held_back=3)
    assert states(*rows) == [DispatchState.SUPPRESSED] * 3


def test_production_that_is_released_late_sends_what_is_still_of_use(
    at: datetime, mail_server: SmtpStub, settings: Settings
) -> None:
    settings.IS_PRODUCTION = True
    old = remind(at)
    deliver(at + DIGEST_WAITS)
    fresh = remind(at + 6 * DAY, address="office@ngo.example")
    settings.NOTICES_RELEASED = True
    deliver(at + 7 * DAY)
    assert states(old, fresh) == [DispatchState.SUPPRESSED, DispatchState.SENT]
    assert mail_server.recipients == ["office@ngo.example"]


def test_at_the_next_address_a_reminder_is_of_use_no_longer(at: datetime) -> None:
    row = remind(at)
    ContactFactory.create(organisation=row.notice.organisation, value="office@ngo.example")
    deliver(at + DIGEST_WAITS)
    dispatch.bounce(row.pk, at=at + 3 * DAY, reason="no such user")
    following = row.notice.dispatches.exclude(pk=row.pk).get()
    assert following.useful_until_at == row.useful_until_at


def test_a_legal_notice_has_its_whole_term_at_the_next_address(at: datetime) -> None:
    row = DispatchFactory.create(made_at=at, sent=True, notice__kind=Kind.RETURNED)
    dispatch.bounce(row.pk, at=at + 3 * DAY, reason="no such user")
    following = row.notice.dispatches.exclude(pk=row.pk).get()
    assert following.useful_until_at == useful_until(Kind.RETURNED, at + 3 * DAY)
