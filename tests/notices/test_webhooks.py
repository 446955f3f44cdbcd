"""Reports as Mailgun and Postmark send them, through the front door."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from notices.models import DeliveryReport, Dispatch, Service
from notices.states import DispatchState, ServiceGround
from tests.clients import Browser
from tests.factories.notices import DispatchFactory

pytestmark = pytest.mark.django_db
KEY = "signing-key"
SECRET = "hook:word"
MOMENT = datetime(2026, 9, 1, 10, tzinfo=UTC)


@pytest.fixture
def mailgun(settings: Settings) -> None:
    settings.EMAIL_PROVIDER = "mailgun"
    settings.ANYMAIL = {"MAILGUN_WEBHOOK_SIGNING_KEY": KEY}


@pytest.fixture
def postmark(settings: Settings) -> None:
    settings.EMAIL_PROVIDER = "postmark"
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET}


def sent(**changes: Any) -> Dispatch:
    return DispatchFactory.create(sent=True, provider_id="<number@mg.portal.example>", **changes)


def of_mailgun(event: str, *, key: str = KEY, token: str = "t" * 50, **data: Any) -> dict[str, Any]:
    stamp = str(int(MOMENT.timestamp()))
    signature = hmac.new(key.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
    return {
        "signature": {"timestamp": stamp, "token": token, "signature": signature},
        "event-data": {
            "id": "Ase7i2zsRYeDXztHGENqRA",
            "timestamp": MOMENT.timestamp(),
            "log-level": "info",
            "event": event,
            "message": {"headers": {"message-id": "number@mg.portal.example"}},
            "recipient": "office@ngo.example",
            "recipient-domain": "ngo.example",
            "delivery-status": {"code": 250, "message": "OK", "description": ""},
            "tags": ["reminder"],
            "user-variables": {},
            **data,
        },
    }


def told_by_mailgun(client: Browser, payload: dict[str, Any]) -> int:
    response = client.post("/anymail/mailgun/tracking/", payload, content_type="application/json")
    return int(response.status_code)


def told_by_postmark(client: Browser, payload: dict[str, Any], secret: str = SECRET) -> int:
    basic = base64.b64encode(secret.encode()).decode()
    response = client.post(
        "/anymail/postmark/tracking/",
        payload,
        content_type="application/json",
        headers={"authorization": f"Basic {basic}"},
    )
    return int(response.status_code)


@pytest.mark.usefixtures("mailgun")
def test_delivered_to_a_verified_address_serves(client: Browser) -> None:
    row = sent(is_verified=True)
    assert told_by_mailgun(client, of_mailgun("delivered")) == 200
    row.refresh_from_db()
    assert row.state == DispatchState.DELIVERED
    proof = Service.objects.get()
    assert (proof.ground, proof.served_at) == (ServiceGround.DELIVERED_TO_VERIFIED, MOMENT)


@pytest.mark.usefixtures("mailgun")
def test_a_forged_signature_writes_nothing(client: Browser) -> None:
    row = sent(is_verified=True)
    assert told_by_mailgun(client, of_mailgun("delivered", key="guessed")) == 400
    row.refresh_from_db()
    assert row.state == DispatchState.SENT
    assert not DeliveryReport.objects.exists()
    assert not Service.objects.exists()


@pytest.mark.usefixtures("mailgun")
def test_a_report_told_again_changes_nothing(client: Browser) -> None:
    sent(is_verified=True)
    for _ in range(2):
        assert told_by_mailgun(client, of_mailgun("delivered")) == 200
    assert Service.objects.count() == DeliveryReport.objects.count() == 1


@pytest.mark.usefixtures("mailgun")
def test_a_signature_once_seen_carries_no_other_event_in(client: Browser) -> None:
    row = sent()
    told_by_mailgun(client, of_mailgun("delivered"))
    told_by_mailgun(client, of_mailgun("failed", severity="permanent"))
    row.refresh_from_db()
    assert row.state == DispatchState.DELIVERED


@pytest.mark.usefixtures("mailgun")
def test_a_permanent_failure_bounces_and_a_temporary_one_is_only_noted(client: Browser) -> None:
    row = sent()
    told_by_mailgun(client, of_mailgun("failed", token="a" * 50, severity="temporary"))
    row.refresh_from_db()
    assert row.state == DispatchState.SENT
    told_by_mailgun(client, of_mailgun("failed", token="b" * 50, severity="permanent"))
    row.refresh_from_db()
    assert row.state == DispatchState.BOUNCED
    assert row.notice.dispatches.count() == 2


@pytest.mark.usefixtures("mailgun")
def test_a_report_of_no_sending_of_ours_is_kept(client: Browser) -> None:
    assert told_by_mailgun(client, of_mailgun("delivered")) == 200
    assert DeliveryReport.objects.get().dispatch is None


@pytest.mark.usefixtures("mailgun")
def test_openings_are_not_kept(client: Browser) -> None:
    sent()
    assert told_by_mailgun(client, of_mailgun("opened")) == 200
    assert not DeliveryReport.objects.exists()


POSTMARK_BOUNCE = {
    "RecordType": "Bounce",
    "ID": 42,
    "Type": "HardBounce",
    "TypeCode": 1,
    "Name": "Hard bounce",
    "MessageID": "00000000-0000-0000-0000-000000000000",
    "Description": "The server was unable to deliver your message.",
    "Details": "smtp;550 5.1.1 user unknown",
    "Email": "office@ngo.example",
    "BouncedAt": "2026-09-01T10:00:00Z",
}


@pytest.mark.usefixtures("postmark")
def test_a_report_finds_its_dispatch_by_what_we_gave_along(client: Browser) -> None:
    row = DispatchFactory.create(sent=True)
    ours = {"dispatch": str(row.pk), "sending": "0"}
    assert told_by_postmark(client, {**POSTMARK_BOUNCE, "Metadata": ours}) == 200
    row.refresh_from_db()
    assert (row.state, row.failure) == (DispatchState.BOUNCED, "smtp;550 5.1.1 user unknown")


@pytest.mark.usefixtures("postmark")
def test_a_wrong_word_writes_nothing(client: Browser) -> None:
    assert told_by_postmark(client, POSTMARK_BOUNCE, secret="hook:guess") == 400
    assert not DeliveryReport.objects.exists()


@pytest.mark.usefixtures("postmark")
def test_delivered_by_postmark_which_numbers_only_bounces(client: Browser) -> None:
    row = DispatchFactory.create(sent=True, provider_id="883953f4-6105-42a2-a16a-77a8eac79483")
    delivery = {
        "RecordType": "Delivery",
        "MessageID": row.provider_id,
        "Recipient": row.address,
        "DeliveredAt": "2026-09-01T10:00:00Z",
        "Details": "250 OK",
    }
    for _ in range(2):
        assert told_by_postmark(client, delivery) == 200
    row.refresh_from_db()
    assert row.state == DispatchState.DELIVERED
    assert DeliveryReport.objects.count() == 1
    assert not Service.objects.exists()


@pytest.mark.usefixtures("postmark")
def test_there_is_a_page_for_the_one_provider_alone(client: Browser) -> None:
    assert told_by_mailgun(client, of_mailgun("delivered")) == 404


def test_without_a_secret_there_is_no_page(client: Browser, settings: Settings) -> None:
    settings.EMAIL_PROVIDER, settings.ANYMAIL = "postmark", {}
    assert told_by_postmark(client, POSTMARK_BOUNCE) == 404


@pytest.mark.usefixtures("mailgun")
def test_a_provider_whose_clock_runs_ahead_serves_when_we_heard_of_it(client: Browser) -> None:
    sent(is_verified=True)
    ahead = datetime.now(UTC) + timedelta(days=30)
    told_by_mailgun(client, of_mailgun("delivered", timestamp=ahead.timestamp()))
    assert Service.objects.get().served_at < ahead
