"""Which notices go by SMS, to whom, and what becomes of them?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from notices import addresses, dispatch, notice, short_messages
from notices.dispatch import MAX_ATTEMPTS, Counts
from notices.models import Dispatch, NoticeTemplate, Service
from notices.states import Channel, DispatchState, Kind
from registry.models import Contact, Organisation
from tests.factories.accounts import UserFactory
from tests.factories.notices import DispatchFactory, draft_of
from tests.factories.registry import (
    ContactFactory,
    OrganisationFactory,
    RepresentativeFactory,
)
from tests.notices.sms_stub import SmsStub, running

pytestmark = pytest.mark.django_db
BUDGET = timedelta(seconds=30)
MOBILE, ANOTHER, LANDLINE = "+77011234567", "+77779999999", "+77172123456"


def deliver(at: datetime) -> Counts:
    return dispatch.deliver_due(at=at, budget=BUDGET, channel=Channel.SMS)


# Which, and to whom


@pytest.fixture
def worded(at: datetime) -> None:
    """Every kind has an SMS in its wording."""
    for wording in NoticeTemplate.objects.filter(version=1):
        wording.pk, wording.version, wording.sms = None, wording.version + 100, "Хат күтіп тұр."
        wording.save()


@pytest.fixture
def organisation() -> Organisation:
    return OrganisationFactory.create()


def phones_told(organisation: Organisation) -> list[str]:
    rows = Dispatch.objects.filter(notice__organisation=organisation, channel=Channel.SMS)
    return list(rows.values_list("address", flat=True))


def reachable(organisation: Organisation, *values: str) -> None:
    for value in values:
        kind = Contact.Kind.EMAIL if "@" in value else Contact.Kind.PHONE
        ContactFactory.create(organisation=organisation, kind=kind, value=value)


@pytest.mark.usefixtures("worded")
@pytest.mark.parametrize(
    ("kind", "occasion", "with_email", "without_email"),
    [
        (Kind.FINAL_WARNING, "1", True, True),
        (Kind.PRELIMINARY_DECISION, "1", True, True),
        (Kind.MARKED, "1", True, True),
        (Kind.REFERRED, "1", True, True),
        (Kind.RETURNED, "F-1", True, True),
        (Kind.REMINDER, "T-7/2026-12-01", False, True),
        (Kind.REMINDER, "T-1/2026-12-01", False, True),
        (Kind.REMINDER, "T-14/2026-12-01", False, False),
        (Kind.REMINDER, "T-30/2026-12-01", False, False),
        (Kind.ANNOUNCEMENT, "1", False, False),
        (Kind.OVERDUE, "T+1", False, False),
        (Kind.ACCEPTED, "F-1", False, False),
    ],
)
def test_an_sms_goes_where_it_helps(
    at: datetime, kind: Kind, occasion: str, with_email: bool, without_email: bool
) -> None:
    by_mail, by_phone_alone = OrganisationFactory.create_batch(2)
    reachable(by_mail, MOBILE, "office@ngo.example")
    reachable(by_phone_alone, MOBILE)
    drafts = [draft_of(each, kind, occasion=occasion) for each in (by_mail, by_phone_alone)]
    notice.register(drafts, at=at)
    assert (bool(phones_told(by_mail)), bool(phones_told(by_phone_alone))) == (
        with_email,
        without_email,
    )


@pytest.mark.usefixtures("worded")
def test_it_goes_beside_the_mail_and_the_letter(organisation: Organisation, at: datetime) -> None:
    reachable(organisation, MOBILE, "office@ngo.example")
    notice.register([draft_of(organisation, Kind.FINAL_WARNING)], at=at)
    channels = Dispatch.objects.values_list("channel", flat=True)
    assert sorted(channels) == [Channel.EMAIL, Channel.LETTER, Channel.SMS]


@pytest.mark.usefixtures("worded")
def test_one_number_is_told_a_representatives_verified_one_first(
    organisation: Organisation, at: datetime
) -> None:
    reachable(organisation, MOBILE, "+77051111111")
    for phone, verified in (("+77022222222", False), (LANDLINE, True), (ANOTHER, True)):
        user = UserFactory.create(phone=phone, phone_is_verified=verified)
        RepresentativeFactory.create(organisation=organisation, user=user)
    notice.register([draft_of(organisation, Kind.FINAL_WARNING)], at=at)
    assert phones_told(organisation) == [ANOTHER]


@pytest.mark.usefixtures("worded")
@pytest.mark.parametrize(
    ("phone", "mobile"),
    [(MOBILE, True), ("+77471234567", True), ("+77771234567", True), (LANDLINE, False)],
)
def test_landlines_are_passed_over(
    organisation: Organisation, at: datetime, phone: str, mobile: bool
) -> None:
    reachable(organisation, phone)
    notice.register([draft_of(organisation, Kind.FINAL_WARNING)], at=at)
    assert phones_told(organisation) == ([phone] if mobile else [])


def test_without_a_wording_for_it_there_is_no_sms(organisation: Organisation, at: datetime) -> None:
    NoticeTemplate.objects.filter(kind=Kind.ACCEPTED).exclude(sms="").delete()
    reachable(organisation, MOBILE)
    notice.register([draft_of(organisation, Kind.ACCEPTED)], at=at)
    assert phones_told(organisation) == []


@pytest.mark.usefixtures("worded")
def test_where_no_gateway_is_connected_nothing_waits_for_one(
    organisation: Organisation, at: datetime, settings: Settings
) -> None:
    settings.SMS_GATEWAY = "accounts.sms.NoGateway"
    reachable(organisation, MOBILE)
    notice.register([draft_of(organisation, Kind.FINAL_WARNING)], at=at)
    assert phones_told(organisation) == []


@pytest.mark.usefixtures("worded")
def test_the_queries_do_not_grow_with_the_notices(at: datetime) -> None:
    counts = []
    for size in (1, 12):
        drafts = []
        for each in OrganisationFactory.create_batch(size):
            reachable(each, MOBILE)
            drafts.append(draft_of(each, Kind.FINAL_WARNING))
        # Two at least: a single one is not looked up before it is inserted.
        drafts.append(draft_of(OrganisationFactory.create(), Kind.FINAL_WARNING))
        with CaptureQueriesContext(connection) as queries:
            notice.register(drafts, at=at)
        counts.append(len(queries))
    assert counts[0] == counts[1]


# What becomes of them


@pytest.fixture
def gateway(settings: Settings) -> Iterator[SmsStub]:
    with running() as stub:
        settings.SMS_GATEWAY = "accounts.sms.HttpGateway"
        settings.SMS_URL, settings.SMS_TOKEN = stub.url, "a-token"
        yield stub


@pytest.mark.usefixtures("production")
def test_what_is_due_is_given_over_once_and_its_number_kept(at: datetime, gateway: SmsStub) -> None:
    row = DispatchFactory.create(made_at=at, sms=True)
    assert deliver(at) == Counts(sent=1)
    assert deliver(at + timedelta(days=1)) == Counts()
    (taken,) = gateway.taken
    assert (taken["to"], taken["text"]) == (row.address, row.notice.text.sms)
    row.refresh_from_db()
    assert (row.state, row.provider_id) == (DispatchState.SENT, "m-1")
    assert not Service.objects.exists()


@pytest.mark.usefixtures("production")
def test_a_crash_between_giving_and_recording_comes_again_under_the_same_key(
    at: datetime, gateway: SmsStub
) -> None:
    row = DispatchFactory.create(made_at=at, sms=True)
    dispatch.claim(Channel.SMS, at=at)
    short_messages.transmit(Dispatch.objects.filter(pk=row.pk), seconds=10)  # and then it died
    assert deliver(at + dispatch.LEASE) == Counts(sent=1)
    assert len(set(gateway.keys)) == 1
    assert len(gateway.keys) == 2


@pytest.mark.usefixtures("production")
def test_a_wrong_number_fails_is_noted_and_nothing_follows(at: datetime, gateway: SmsStub) -> None:
    row = DispatchFactory.create(made_at=at, sms=True)
    good = DispatchFactory.create(made_at=at, sms=True)
    reachable(row.notice.organisation, row.address)
    gateway.answers = {row.address: 422}
    assert deliver(at) == Counts(sent=1, failed=1)
    row.refresh_from_db()
    good.refresh_from_db()
    assert (row.state, good.state) == (DispatchState.FAILED, DispatchState.SENT)
    assert "422" in row.failure
    assert row.notice.dispatches.count() == 1
    assert addresses.phones_of([row.notice.organisation]) == {}


@pytest.mark.usefixtures("production")
@pytest.mark.parametrize("status", [401, 503])
def test_an_outage_costs_no_attempt(at: datetime, gateway: SmsStub, status: int) -> None:
    DispatchFactory.create_batch(3, made_at=at, sms=True)
    gateway.status = status
    for hour in range(2 * MAX_ATTEMPTS):
        assert deliver(at + hour * timedelta(hours=1)) == Counts(not_tried=3)
    assert set(Dispatch.objects.values_list("state", "attempts")) == {(DispatchState.QUEUED, 0)}
    # Each time the first alone was tried.
    assert len(gateway.taken) == 2 * MAX_ATTEMPTS


@pytest.mark.usefixtures("production")
def test_a_gateway_out_of_reach_costs_no_attempt(at: datetime, settings: Settings) -> None:
    settings.SMS_GATEWAY, settings.SMS_URL = "accounts.sms.HttpGateway", "http://127.0.0.1:9/"
    row = DispatchFactory.create(made_at=at, sms=True)
    assert deliver(at) == Counts(not_tried=1)
    row.refresh_from_db()
    assert (row.state, row.attempts) == (DispatchState.QUEUED, 0)


@pytest.mark.usefixtures("production")
def test_a_busy_gateway_is_asked_again_when_it_says(at: datetime, gateway: SmsStub) -> None:
    DispatchFactory.create_batch(2, made_at=at, sms=True)
    gateway.status, gateway.retry_after = 429, "1200"
    assert deliver(at) == Counts(not_tried=2)
    for row in Dispatch.objects.all():
        assert row.attempts == 0
        assert timedelta(minutes=20) <= row.next_attempt_at - at <= timedelta(minutes=25)
    assert len(gateway.taken) == 1


@pytest.mark.usefixtures("production")
def test_a_message_that_breaks_the_gateway_cannot_stop_the_queue(
    at: datetime, gateway: SmsStub
) -> None:
    poison, good = DispatchFactory.create_batch(2, made_at=at, sms=True)
    gateway.answers = {poison.address: 500}
    assert deliver(at) == Counts(put_off=1, not_tried=1)
    for day in range(1, 10):
        deliver(at + timedelta(days=day))
    poison.refresh_from_db()
    good.refresh_from_db()
    assert (poison.state, poison.attempts) == (DispatchState.FAILED, MAX_ATTEMPTS)
    assert good.state == DispatchState.SENT


def test_on_a_test_installation_a_stranger_is_suppressed_and_the_listed_read_test(
    at: datetime, gateway: SmsStub, settings: Settings
) -> None:
    stranger, listed = DispatchFactory.create_batch(2, made_at=at, sms=True)
    settings.NOTICES_ALLOW_LIST = [listed.address]
    assert deliver(at) == Counts(sent=1, held_back=1)
    stranger.refresh_from_db()
    assert stranger.state == DispatchState.SUPPRESSED
    (taken,) = gateway.taken
    assert taken["to"] == listed.address
    assert taken["text"].startswith("[TEST] ")


def test_on_a_laptop_notices_are_written_to_the_file(
    at: datetime, settings: Settings, tmp_path: Path
) -> None:
    settings.SMS_LOG = tmp_path / "sms.log"
    row = DispatchFactory.create(made_at=at, sms=True)
    assert deliver(at) == Counts(sent=1)
    assert settings.SMS_LOG.read_text() == f"{row.address} [TEST] {row.notice.text.sms}\n"


def test_the_queries_of_a_slice_do_not_grow_with_it(at: datetime, settings: Settings) -> None:
    counts = []
    for size in (1, 15):
        DispatchFactory.create_batch(size, made_at=at, sms=True)
        with CaptureQueriesContext(connection) as queries:
            deliver(at)
        counts.append(len(queries))
    assert counts[0] == counts[1]
