from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notices import dispatch, reports
from notices.dispatch import Counts
from notices.emails import Ending, Outcome
from notices.models import DeclinedAddress, DeliveryReport, Dispatch, Service
from notices.reports import Report, Taken
from notices.states import Channel, DispatchState, Kind, ReportEvent, ReportOrigin
from tests.concurrency import together
from tests.factories.notices import DispatchFactory, NoticeFactory

MINUTE = timedelta(minutes=1)


def report(event: ReportEvent, row: Dispatch, **changes: Any) -> Report:
    fields: dict[str, Any] = {
        "origin": ReportOrigin.PROVIDER,
        "event": event,
        "key": f"postmark:{event}",
        "happened_at": row.made_at + 5 * MINUTE,
        "dispatch_id": row.pk,
        **changes,
    }
    return Report(**fields)


def take(event: ReportEvent, row: Dispatch, at: datetime, **changes: Any) -> Taken:
    taken = reports.take([report(event, row, **changes)], at=at)
    row.refresh_from_db()
    return taken


@pytest.mark.django_db
def test_delivered_to_an_address_that_nobody_verified_proves_nothing(at: datetime) -> None:
    row = DispatchFactory.create(made_at=at, sent=True)
    take(ReportEvent.DELIVERED, row, at + 9 * MINUTE)
    assert (row.state, row.ended_at) == (DispatchState.DELIVERED, at + 5 * MINUTE)
    assert not Service.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("happened", "served"), [(-60, 1), (5, 5), (600, 9)], ids=["before", "between", "ahead"]
)
def test_service_is_never_before_sending_nor_after_the_report(
    at: datetime, happened: int, served: int
) -> None:
    row = DispatchFactory.create(made_at=at, sent=True, is_verified=True)
    NoticeFactory.create()
    take(ReportEvent.DELIVERED, row, at + 9 * MINUTE, happened_at=at + happened * MINUTE)
    assert Service.objects.get().served_at == at + served * MINUTE


@pytest.mark.django_db
def test_a_bounce_after_delivery_counts_and_a_delivery_after_a_bounce_does_not(
    at: datetime,
) -> None:
    row = DispatchFactory.create(made_at=at, sent=True, is_verified=True)
    take(ReportEvent.BOUNCED, row, at + 9 * MINUTE, diagnostic="550 gone")
    take(ReportEvent.DELIVERED, row, at + 9 * MINUTE)
    assert (row.state, row.failure) == (DispatchState.BOUNCED, "550 gone")
    assert not Service.objects.exists()
    other = DispatchFactory.create(made_at=at, sent=True)
    take(ReportEvent.DELIVERED, other, at + 9 * MINUTE, key="other:1")
    take(ReportEvent.BOUNCED, other, at + 9 * MINUTE, key="other:2")
    assert other.state == DispatchState.BOUNCED
    assert other.notice.dispatches.filter(channel=Channel.LETTER).exists()
    assert DeliveryReport.objects.count() == 4


@pytest.mark.django_db
def test_a_report_before_our_record_of_sending_is_not_lost(at: datetime) -> None:
    row = DispatchFactory.create(made_at=at, is_verified=True)
    dispatch.claim(Channel.EMAIL, at=at)
    take(ReportEvent.DELIVERED, row, at + 9 * MINUTE, provider_id="number-1")
    assert (row.state, row.provider_id) == (DispatchState.DELIVERED, "number-1")
    assert row.sent_at == at + 5 * MINUTE
    late = dispatch.record([Outcome(row.pk, Ending.SENT)], at=at + 10 * MINUTE)
    assert late == Counts(doubled=1)
    assert Service.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "state", [DispatchState.QUEUED, DispatchState.FAILED, DispatchState.SUPPRESSED]
)
def test_what_moved_on_is_left_as_it_is(at: datetime, state: DispatchState) -> None:
    row = DispatchFactory.create(made_at=at, state=state)
    assert take(ReportEvent.BOUNCED, row, at + MINUTE) == Taken(taken=1)
    assert row.state == state


@pytest.mark.django_db
def test_a_report_on_an_earlier_sending_changes_nothing(at: datetime) -> None:
    row = DispatchFactory.create(made_at=at, sent=True, resends=1)
    take(ReportEvent.BOUNCED, row, at + MINUTE, sending=0)
    assert row.state == DispatchState.SENT
    take(ReportEvent.BOUNCED, row, at + MINUTE, sending=1, key="second")
    assert row.state == DispatchState.BOUNCED


@pytest.mark.django_db
def test_a_delay_is_only_noted(at: datetime) -> None:
    row = DispatchFactory.create(made_at=at, sent=True)
    take(ReportEvent.DELAYED, row, at + MINUTE)
    assert row.state == DispatchState.SENT
    assert DeliveryReport.objects.get().dispatch == row


@pytest.mark.django_db
def test_who_calls_a_reminder_spam_gets_no_more_and_legal_notices_go_on(at: datetime) -> None:
    legal = DispatchFactory.create(
        notice=NoticeFactory.create(kind=Kind.FINAL_WARNING), made_at=at, sent=True
    )
    take(ReportEvent.COMPLAINED, legal, at + MINUTE, key="legal")
    assert not DeclinedAddress.objects.exists()
    courtesy = DispatchFactory.create(made_at=at, sent=True, address="Office@ngo.example")
    for key in ("first", "second"):
        take(ReportEvent.COMPLAINED, courtesy, at + MINUTE, key=key)
    assert [row.address for row in DeclinedAddress.objects.all()] == ["office@ngo.example"]
    assert courtesy.state == DispatchState.SENT


@pytest.mark.django_db
def test_a_sending_is_found_by_its_message_id_too(at: datetime) -> None:
    row = DispatchFactory.create(made_at=at, sent=True)
    take(ReportEvent.DELIVERED, row, at, dispatch_id=None, message_id=row.message_id)
    assert row.state == DispatchState.DELIVERED


@pytest.mark.django_db
def test_what_a_digest_carries_shares_its_fate(at: datetime) -> None:
    leader = DispatchFactory.create(made_at=at, sent=True, is_verified=True, digest_on=at.date())
    carried = DispatchFactory.create_batch(
        2,
        made_at=at,
        sent=True,
        is_verified=True,
        address=leader.address,
        digest_on=at.date(),
        carried_by=leader,
    )
    take(ReportEvent.DELIVERED, leader, at + 9 * MINUTE)
    assert set(Dispatch.objects.values_list("state", flat=True)) == {DispatchState.DELIVERED}
    assert Service.objects.count() == len(carried) + 1


@pytest.mark.django_db
def test_a_repeated_report_costs_few_queries(at: datetime) -> None:
    row = DispatchFactory.create(made_at=at, sent=True)
    again = report(ReportEvent.DELIVERED, row)
    reports.take([again], at=at)
    with CaptureQueriesContext(connection) as queries:
        assert reports.take([again], at=at) == Taken(repeated=1)
    assert len(queries) <= 6


def test_two_at_once_take_a_report_once(real_commits: None, at: datetime) -> None:
    row = DispatchFactory.create(made_at=at, sent=True, is_verified=True)
    told = report(ReportEvent.DELIVERED, row)
    taken = together(
        lambda: reports.take([told], at=at + 9 * MINUTE),
        lambda: reports.take([told], at=at + 9 * MINUTE),
    )
    assert sorted(taken, key=str) == sorted([Taken(taken=1), Taken(repeated=1)], key=str)
    assert Service.objects.count() == DeliveryReport.objects.count() == 1
