"""Two workers at once, on connections of their own."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.core import mail
from django.db import transaction
from pytest_django import Settings

from accounts.refusals import Refused
from accounts.roles import Role
from notices import (
    digest,
    dispatch,
    letters,
    notice,
    pauses,
    publication,
    resending,
    waves,
)
from notices.addresses import DIGEST_WAITS
from notices.dispatch import Counts
from notices.models import (
    Dispatch,
    DispatchDecision,
    IssuedDocument,
    Notice,
    NoticeText,
    Pause,
    ReceiptFile,
    Service,
    Wave,
)
from notices.receipts import AlreadyRead
from notices.states import Channel, DispatchState, Kind
from tests.concurrency import one_behind_the_other, together
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.notices import DispatchFactory, NoticeFactory, draft_of, remind
from tests.factories.registry import OrganisationFactory


def test_two_workers_at_once_make_each_notice_once(real_commits: None, at: datetime) -> None:
    drafts = [draft_of(OrganisationFactory.create(), Kind.FINAL_WARNING) for _ in range(30)]
    first, second = together(
        lambda: notice.register(drafts, at=at),
        lambda: notice.register(drafts[::-1], at=at),
    )
    assert len(first) + len(second) == 30
    assert Notice.objects.count() == NoticeText.objects.count() == 30
    assert IssuedDocument.objects.count() == 30
    assert Dispatch.objects.count() == 30


def test_a_worker_behind_another_writes_no_second_text_or_dispatch(
    real_commits: None, at: datetime
) -> None:
    draft = draft_of(OrganisationFactory.create())
    first, second = one_behind_the_other(
        lambda: notice.register([draft], at=at), lambda: notice.register([draft], at=at)
    )
    assert (len(first), second) == (1, [])
    assert Dispatch.objects.count() == 1


def test_claims_of_two_workers_never_overlap(real_commits: None, at: datetime) -> None:
    DispatchFactory.create_batch(40, made_at=at)
    first, second = together(
        lambda: dispatch.claim(Channel.EMAIL, at=at, size=25),
        lambda: dispatch.claim(Channel.EMAIL, at=at, size=25),
    )
    assert set(first) & set(second) == set()
    assert first
    assert second


def test_a_claim_passes_over_rows_that_another_worker_holds(
    real_commits: None, at: datetime
) -> None:
    rows = DispatchFactory.create_batch(3, made_at=at)

    def beside() -> list[int]:
        return dispatch.claim(Channel.EMAIL, at=at)

    with transaction.atomic():
        list(Dispatch.objects.locked([rows[0].pk]))
        (claimed,) = together(beside)
    assert claimed == [rows[1].pk, rows[2].pk]


def test_two_workers_put_each_letter_into_one_batch(
    real_commits: None, at: datetime, settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    DispatchFactory.create_batch(20, made_at=at, letter=True)
    first, second = together(
        lambda: letters.make_batch(at=at, limit=12), lambda: letters.make_batch(at=at, limit=12)
    )
    assert sorted([first.dispatches.count(), second.dispatches.count()]) == sorted(
        [first.count, second.count]
    )
    assert first.count + second.count == 20


def test_the_same_receipt_file_brought_twice_at_once_is_read_once(
    real_commits: None, at: datetime
) -> None:
    number = DispatchFactory.create(letter=True, sent=True).notice.number
    content = f"notice;outcome;date\n{number};delivered;2026-09-10\n".encode()

    def bring() -> ReceiptFile:
        return letters.read_receipts(io.BytesIO(content), name="file.csv", by=None, at=at)

    results = one_behind_the_other(bring, bring)
    assert [type(result) for result in results] == [ReceiptFile, AlreadyRead]
    assert ReceiptFile.objects.get().delivered == 1


def on_the_page(**changes: Any) -> Dispatch:
    notice = NoticeFactory.create(kind=Kind.FINAL_WARNING)
    return DispatchFactory.create(
        notice=notice, channel=Channel.PUBLICATION, address=notice.organisation.number, **changes
    )


def withdrawn(row: Dispatch, at: datetime) -> int:
    with transaction.atomic():
        return dispatch.withdraw(row.notice.source, at=at, reason="filed")


def test_an_answer_that_comes_while_it_is_looked_for_takes_it_off_the_page(
    real_commits: None, at: datetime
) -> None:
    row = on_the_page()
    one_behind_the_other(
        lambda: publication.publish_due(at=at), lambda: withdrawn(row, at + timedelta(hours=1))
    )
    row.refresh_from_db()
    assert (row.state, row.taken_down_at) == (DispatchState.SENT, at + timedelta(hours=1))


def test_whoever_answers_this_moment_is_not_served(real_commits: None, at: datetime) -> None:
    row = on_the_page(state=DispatchState.SENT, sent_at=at)
    later = at + timedelta(days=60)
    one_behind_the_other(lambda: withdrawn(row, later), lambda: publication.settle(at=later))
    assert not Service.objects.exists()


def test_two_failures_of_one_notice_queue_the_next_address_once(
    real_commits: None, at: datetime
) -> None:
    notice = NoticeFactory.create()
    rows = DispatchFactory.create_batch(2, notice=notice, made_at=at, sent=True)
    results = one_behind_the_other(
        lambda: dispatch.bounce(rows[0].pk, at=at, reason="550"),
        lambda: dispatch.bounce(rows[1].pk, at=at, reason="550"),
    )
    assert results == [None, None]
    assert notice.dispatches.filter(channel=Channel.LETTER).count() == 1


def test_two_workers_gather_each_address_once(real_commits: None, at: datetime) -> None:
    for n in range(6):
        remind(at, address=f"lawyer{n % 2}@ngo.example")
    moment = at + DIGEST_WAITS
    gathered = together(lambda: digest.gather(at=moment), lambda: digest.gather(at=moment))
    assert sum(gathered) == 6
    assert Dispatch.objects.filter(digest_on__isnull=False, carried_by__isnull=True).count() == 2


def test_two_workers_send_an_address_one_email(real_commits: None, at: datetime) -> None:
    for _ in range(4):
        remind(at)

    def deliver() -> Counts:
        return dispatch.deliver_due(at=at + DIGEST_WAITS, budget=timedelta(seconds=30))

    first, second = together(deliver, deliver)
    assert first + second == Counts(sent=4)
    assert len(mail.outbox) == 1


def test_two_workers_begin_one_wave(real_commits: None, at: datetime) -> None:
    def begin() -> Wave | None:
        return waves.begin_next(
            "campaign:1", Kind.ANNOUNCEMENT, size=2, pause=timedelta(hours=1), at=at
        )

    first, second = together(begin, begin)
    assert {first, second} <= {Wave.objects.get(), None}


def test_two_people_pause_once(real_commits: None, at: datetime) -> None:
    manager = UserFactory.create()

    def pause() -> Pause:
        return pauses.begin(Channel.EMAIL, None, reason="Сбой", by=manager, at=at)

    first, second = together(pause, pause)
    assert first == second == Pause.objects.get()


def test_two_runs_that_print_at_once_never_share_a_letter(
    real_commits: None, at: datetime, settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    DispatchFactory.create_batch(10, made_at=at, letter=True)
    batches = together(lambda: letters.make_batch(at=at), lambda: letters.make_batch(at=at))
    made = [batch for batch in batches if batch is not None]
    assert sum(batch.count for batch in made) == 10
    lists = [Path(batch.manifest.path).read_text(encoding="utf-8-sig") for batch in made]
    numbers = [line.split(";")[2] for text in lists for line in text.splitlines()[1:]]
    assert len(numbers) == len(set(numbers)) == 10


def test_two_people_who_send_the_same_again_at_once_send_it_once(
    real_commits: None, at: datetime
) -> None:
    bob = staff_member(Role.CAMPAIGN_MANAGER)
    row = DispatchFactory.create(notice__kind=Kind.RECEIPT, made_at=at, sent=True)

    def click() -> Dispatch:
        return resending.resend(Dispatch.objects.get(pk=row.pk), by=bob, at=at, reason="Again.")

    results = one_behind_the_other(click, click)
    assert [type(each) for each in results] == [Dispatch, Refused]
    assert DispatchDecision.objects.count() == 1
