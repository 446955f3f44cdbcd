"""The last address of a notice is a public page: when it is used, and when it serves."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from notices import addresses, dispatch, publication, tasks
from notices.models import Dispatch, Notice, Pause, Service
from notices.publication import PUBLICATION_DAYS, serves_at
from notices.states import ADVERSE, ANSWERED, Channel, DispatchState, Kind, ServiceGround
from registry.calendar import ALMATY, NO_OVERRIDES
from tests.factories.accounts import UserFactory
from tests.factories.notices import MADE_AT, DispatchFactory, NoticeFactory
from tests.factories.registry import ContactFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
# Published on Tuesday 15 September: its thirtieth day is Thursday 15 October.
SERVED_AT = datetime(2026, 10, 16, 0, 0, tzinfo=ALMATY)


def warned(kind: Kind = Kind.FINAL_WARNING, **changes: Any) -> Notice:
    return NoticeFactory.create(kind=kind, **changes)


def seat_letter(notice: Notice, **state: Any) -> Dispatch:
    seat = addresses.seats_of([notice])[notice.pk]
    return DispatchFactory.create(notice=notice, letter=True, address=seat.text, **state)


def published(**changes: Any) -> Dispatch:
    fields: dict[str, Any] = {"state": DispatchState.QUEUED, **changes}
    notice = fields.pop("notice", None) or warned()
    return DispatchFactory.create(
        notice=notice,
        channel=Channel.PUBLICATION,
        address=notice.organisation.number,
        message_id="",
        **fields,
    )


def on_the_page(at: datetime, **changes: Any) -> Dispatch:
    return published(state=DispatchState.SENT, sent_at=at, attempts=1, **changes)


def come_back(row: Dispatch, at: datetime) -> list[str]:
    """The channels to which the notice goes after that letter came back."""
    dispatch.come_back([row], at=at, reason="returned")
    others = row.notice.dispatches.exclude(pk=row.pk)
    return list(others.filter(state=DispatchState.QUEUED).values_list("channel", flat=True))


class TestQueued:
    @pytest.mark.parametrize("kind", ADVERSE)
    def test_an_adverse_notice_whose_letter_came_back_is_published(
        self, kind: Kind, at: datetime
    ) -> None:
        row = seat_letter(warned(kind), sent=True)
        assert come_back(row, at) == [Channel.PUBLICATION]
        made = row.notice.dispatches.get(channel=Channel.PUBLICATION)
        assert (made.address, made.next_attempt_at) == (row.notice.organisation.number, at)

    def test_e_mails_that_failed_or_came_back_are_no_hindrance(self, at: datetime) -> None:
        row = seat_letter(warned(), sent=True)
        DispatchFactory.create(notice=row.notice, bounced=True)
        DispatchFactory.create(notice=row.notice, state=DispatchState.FAILED)
        assert come_back(row, at) == [Channel.PUBLICATION]

    def test_another_kind_is_never_published(self, at: datetime) -> None:
        for kind in set(Kind) - set(ADVERSE):
            row = seat_letter(warned(kind), sent=True)
            assert Channel.PUBLICATION not in come_back(row, at)

    @pytest.mark.parametrize(
        "state",
        [
            {"state": DispatchState.SENDING},
            {"sent": True},
            {"sent": True, "state": DispatchState.DELIVERED},
            {"state": DispatchState.SUPPRESSED},
        ],
        ids=["being sent", "sent", "delivered", "held back"],
    )
    def test_an_address_of_which_nobody_knows_that_it_failed_is_a_hindrance(
        self, state: dict[str, Any], at: datetime
    ) -> None:
        row = seat_letter(warned(), sent=True)
        DispatchFactory.create(notice=row.notice, **state)
        assert come_back(row, at) == []

    def test_the_last_of_two_failures_publishes(self, at: datetime) -> None:
        row = seat_letter(warned(), sent=True)
        mail = DispatchFactory.create(notice=row.notice, sent=True)
        assert come_back(row, at) == []
        dispatch.bounce(mail.pk, at=at, reason="550")
        assert row.notice.dispatches.filter(channel=Channel.PUBLICATION).count() == 1

    def test_an_address_not_yet_tried_comes_first(self, at: datetime) -> None:
        row = seat_letter(warned(), sent=True)
        ContactFactory.create(organisation=row.notice.organisation, value="office@ngo.example")
        assert come_back(row, at) == [Channel.EMAIL]

    def test_a_letter_to_a_former_seat_is_not_enough(self, at: datetime) -> None:
        row = DispatchFactory.create(notice=warned(), letter=True, sent=True)
        assert come_back(row, at) == [Channel.LETTER]

    def test_a_letter_that_was_never_given_to_the_carrier_is_not_enough(self, at: datetime) -> None:
        notice = warned()
        seat_letter(notice, state=DispatchState.FAILED)
        mail = DispatchFactory.create(notice=notice, sent=True)
        dispatch.bounce(mail.pk, at=at, reason="550")
        assert not notice.dispatches.filter(channel=Channel.PUBLICATION).exists()

    def test_it_is_queued_once(self, at: datetime) -> None:
        row = seat_letter(warned(), bounced=True)
        dispatch.queue_next([row], at=at)
        dispatch.queue_next([row], at=at)
        assert row.notice.dispatches.filter(channel=Channel.PUBLICATION).count() == 1


class TestPublished:
    def test_what_waits_is_put_on_the_page_once(self, at: datetime) -> None:
        row = published()
        assert publication.publish_due(at=at) == 1
        assert publication.publish_due(at=at + DAY) == 0
        row.refresh_from_db()
        assert (row.state, row.sent_at) == (DispatchState.SENT, at)
        assert list(publication.shown()) == [row]
        assert not Service.objects.exists()

    def test_nothing_adverse_on_a_protected_day(self) -> None:
        published()
        assert publication.publish_due(at=datetime(2026, 12, 25, 12, tzinfo=ALMATY)) == 0
        assert publication.publish_due(at=datetime(2027, 1, 11, 12, tzinfo=ALMATY)) == 1

    def test_an_unreleased_production_publishes_nothing(
        self, at: datetime, settings: Settings
    ) -> None:
        settings.IS_PRODUCTION = True
        row = published()
        assert publication.publish_due(at=at) == 0
        row.refresh_from_db()
        assert row.state == DispatchState.QUEUED

    def test_nothing_while_its_channel_is_paused(self, at: datetime) -> None:
        published()
        pause = Pause.objects.create(
            channel=Channel.PUBLICATION, reason="x", since_at=at, by=UserFactory.create()
        )
        assert publication.publish_due(at=at) == 0
        pause.ended_at, pause.ended_by = at, pause.by
        pause.save()
        assert publication.publish_due(at=at) == 1

    def test_not_while_it_is_sent_to_an_address_once_more(self, at: datetime) -> None:
        row = published()
        letter = seat_letter(row.notice)
        assert publication.publish_due(at=at) == 0
        Dispatch.objects.filter(pk=letter.pk).update(state=DispatchState.BOUNCED, sent_at=at)
        assert publication.publish_due(at=at) == 1


class TestTakenDown:
    def test_whoever_answers_is_taken_off_the_page_and_not_served(self, at: datetime) -> None:
        row, other = on_the_page(at), on_the_page(at)
        dispatch.withdraw(row.notice.source, at=at + DAY, reason="filed")
        row.refresh_from_db()
        assert row.taken_down_at == at + DAY
        assert list(publication.shown()) == [other]
        publication.settle(at=SERVED_AT)
        assert [proof.dispatch for proof in Service.objects.all()] == [other]

    def test_the_first_moment_stands(self, at: datetime) -> None:
        row = on_the_page(at)
        for days in (1, 2):
            dispatch.withdraw(row.notice.source, at=at + days * DAY, reason="filed")
        row.refresh_from_db()
        assert row.taken_down_at == at + DAY

    def test_whoever_answers_before_is_never_put_on_it(self, at: datetime) -> None:
        row = published()
        dispatch.withdraw(row.notice.source, at=at, reason="filed")
        assert publication.publish_due(at=at) == 0

    @pytest.mark.parametrize("kind", ANSWERED)
    def test_a_letter_that_comes_back_after_the_answer_publishes_nothing(
        self, kind: Kind, at: datetime
    ) -> None:
        waiting, shown = published(), on_the_page(at)
        for row in (waiting, shown):
            NoticeFactory.create(
                organisation=row.notice.organisation, kind=kind, made_at=MADE_AT + DAY
            )
        tasks.publish(at=SERVED_AT)
        waiting.refresh_from_db()
        shown.refresh_from_db()
        assert (waiting.state, shown.taken_down_at) == (DispatchState.SUPPRESSED, SERVED_AT)
        assert not Service.objects.exists()
        assert publication.take_down_answered(at=SERVED_AT) == 0

    def test_an_answer_to_an_earlier_notice_takes_nothing_down(self, at: datetime) -> None:
        row = published()
        NoticeFactory.create(
            organisation=row.notice.organisation, kind=Kind.RECEIPT, made_at=MADE_AT - DAY
        )
        assert publication.take_down_answered(at=at) == 0


class TestServed:
    def test_a_notice_is_served_at_the_end_of_its_last_day_on_the_page(self, at: datetime) -> None:
        row = on_the_page(at)
        assert publication.settle(at=SERVED_AT - timedelta(seconds=1)) == 0
        assert publication.settle(at=SERVED_AT) == 1
        proof = Service.objects.get()
        assert (proof.notice, proof.dispatch, proof.ground, proof.served_at) == (
            row.notice,
            row,
            ServiceGround.PUBLICATION,
            SERVED_AT,
        )
        row.refresh_from_db()
        assert (row.state, row.ended_at) == (DispatchState.DELIVERED, SERVED_AT)

    def test_second_run_serves_nobody(self, at: datetime) -> None:
        on_the_page(at)
        assert [publication.settle(at=SERVED_AT), publication.settle(at=SERVED_AT)] == [1, 0]
        assert Service.objects.count() == 1

    def test_a_missed_week_changes_no_moment(self, at: datetime) -> None:
        on_the_page(at)
        publication.settle(at=SERVED_AT + 7 * DAY)
        proof = Service.objects.get()
        assert (proof.served_at, proof.recorded_at) == (SERVED_AT, SERVED_AT + 7 * DAY)

    def test_whoever_was_served_stays_on_the_page_until_they_answer(self, at: datetime) -> None:
        row = on_the_page(at)
        publication.settle(at=SERVED_AT)
        assert list(publication.shown()) == [row]
        dispatch.withdraw(row.notice.source, at=SERVED_AT + DAY, reason="filed")
        assert list(publication.shown()) == []
        assert Service.objects.count() == 1

    def test_the_last_day_is_no_day_off_nor_a_protected_one(self) -> None:
        on_a_saturday = datetime(2026, 9, 17, 12, tzinfo=ALMATY)
        assert serves_at(on_a_saturday, NO_OVERRIDES) == datetime(2026, 10, 20, tzinfo=ALMATY)
        before_new_year = datetime(2026, 12, 1, 12, tzinfo=ALMATY)
        assert serves_at(before_new_year, NO_OVERRIDES) == datetime(2027, 1, 12, tzinfo=ALMATY)

    def test_only_what_was_published_long_enough_is_chosen(self, at: datetime) -> None:
        chosen = on_the_page(at)
        on_the_page(at + DAY)
        on_the_page(at, taken_down_at=at + DAY)
        published()
        published(state=DispatchState.SUPPRESSED)
        DispatchFactory.create(notice=warned(), letter=True, sent=True)
        DispatchFactory.create(notice=warned(), sent=True)
        publication.settle(at=SERVED_AT)
        assert [proof.notice for proof in Service.objects.all()] == [chosen.notice]

    def test_the_queries_do_not_grow_with_the_page(self, at: datetime) -> None:
        counts = []
        for size in (1, 8):
            for _ in range(size):
                on_the_page(at)
            with CaptureQueriesContext(connection) as queries:
                publication.settle(at=SERVED_AT)
            counts.append(len(queries))
        assert counts[0] == counts[1]


def test_thirty_days_are_the_term() -> None:
    assert PUBLICATION_DAYS == 30
