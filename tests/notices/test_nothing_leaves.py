"""Nothing leaves outside a released production: every channel, against a socket that records.

All connections of this process go to one recording server, wherever they were meant for; the
database alone is let through. What reaches an address on the allow-list shows that one would see.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMessage, get_connection
from pytest_django import Settings

from accounts import sms
from notices import dispatch, letters
from notices.models import Dispatch
from notices.states import Channel, DispatchState
from tests.factories.notices import DispatchFactory
from tests.notices import sms_stub, smtp_stub
from tests.notices.documents.pdfs import opened

pytestmark = pytest.mark.django_db
BUDGET = timedelta(seconds=20)
STRANGER, TESTER = "stranger@ngo.kz", "tester@ministry.example"
STRANGERS_PHONE, TESTERS_PHONE = "+77019999999", "+77011234567"


@pytest.fixture
def left(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Where this process has opened a connection to, by name or number, since the test began."""
    opened: list[Any] = []
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def recorded(own: socket.socket, address: Any) -> None:
        if own.family != socket.AF_UNIX:
            opened.append(address)
        connect(own, address)

    def recorded_ex(own: socket.socket, address: Any) -> int:
        if own.family != socket.AF_UNIX:
            opened.append(address)
        return connect_ex(own, address)

    monkeypatch.setattr(socket.socket, "connect", recorded)
    monkeypatch.setattr(socket.socket, "connect_ex", recorded_ex)
    return opened


@pytest.fixture
def mail() -> Iterator[smtp_stub.SmtpStub]:
    with smtp_stub.running() as server:
        yield server


@pytest.fixture
def carrier() -> Iterator[sms_stub.SmsStub]:
    with sms_stub.running() as server:
        yield server


@pytest.fixture(autouse=True)
def ways_out(
    settings: Settings, mail: smtp_stub.SmtpStub, carrier: sms_stub.SmsStub, tmp_path: Path
) -> None:
    """Every way out is open and leads to a server that records: the gate alone is in between."""
    settings.EMAIL_BACKEND = "notices.mailers.GuardedSMTP"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", mail.port
    settings.SMS_GATEWAY = "accounts.sms.HttpGateway"
    settings.SMS_URL, settings.SMS_TOKEN = carrier.url, "a-token"
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture(params=["a test installation", "a production that nobody released"])
def installation(request: pytest.FixtureRequest, settings: Settings) -> str:
    """Both kinds of installation from which nothing may leave."""
    settings.IS_PRODUCTION = request.param != "a test installation"
    settings.NOTICES_RELEASED = not settings.IS_PRODUCTION
    return str(request.param)


def send_email(at: datetime) -> None:
    DispatchFactory.create(made_at=at, address=STRANGER)
    dispatch.deliver_due(at=at, budget=BUDGET)


def send_sms(at: datetime) -> None:
    DispatchFactory.create(made_at=at, sms=True, address=STRANGERS_PHONE)
    dispatch.deliver_due(at=at, budget=BUDGET, channel=Channel.SMS)


def send_letter(at: datetime) -> None:
    DispatchFactory.create(made_at=at, letter=True)
    letters.make_batch(at=at)


def publish(at: datetime) -> None:
    """A publication stands on the portal's own pages: there is nothing to give away."""
    DispatchFactory.create(made_at=at, channel=Channel.PUBLICATION, address="R-0000001")
    for channel in (Channel.EMAIL, Channel.SMS):
        dispatch.deliver_due(at=at, budget=BUDGET, channel=channel)


SEND: dict[Channel, Callable[[datetime], None]] = {
    Channel.EMAIL: send_email,
    Channel.SMS: send_sms,
    Channel.LETTER: send_letter,
    Channel.PUBLICATION: publish,
}


def test_every_channel_is_tried_here() -> None:
    assert set(SEND) == set(Channel)


@pytest.mark.parametrize("channel", SEND)
@pytest.mark.usefixtures("installation")
def test_no_message_leaves_for_a_stranger(
    channel: Channel,
    at: datetime,
    mail: smtp_stub.SmtpStub,
    carrier: sms_stub.SmsStub,
    left: list[Any],
) -> None:
    SEND[channel](at)
    assert mail.messages == []
    assert mail.recipients == []
    assert carrier.taken == []
    # An SMTP session is opened before the gate is asked about each message; nothing else is.
    assert {port for _host, port in left} <= ({mail.port} if channel == Channel.EMAIL else set())
    sent = Dispatch.objects.filter(state=DispatchState.SENT).exclude(channel=Channel.LETTER)
    assert not sent.exists()


@pytest.mark.parametrize("released", [False, True])
def test_letters_are_given_out_only_by_a_test_or_a_released_production(
    at: datetime, settings: Settings, released: bool, left: list[Any]
) -> None:
    settings.IS_PRODUCTION, settings.NOTICES_RELEASED = True, released
    DispatchFactory.create(made_at=at, letter=True)
    assert bool(letters.make_batch(at=at)) is released
    assert left == []


def test_a_test_installations_letters_say_so_in_the_file(at: datetime) -> None:
    DispatchFactory.create(made_at=at, letter=True)
    batch = letters.make_batch(at=at)
    assert batch is not None
    with batch.file.open() as file:
        pages = opened(file.read()).pages
        assert all("TEST" in page.extract_text() for page in pages)
    assert "TEST" in str(batch.file.name)


@pytest.mark.usefixtures("installation")
def test_the_listed_are_reached_so_that_a_leak_would_show(
    at: datetime,
    settings: Settings,
    mail: smtp_stub.SmtpStub,
    carrier: sms_stub.SmsStub,
    left: list[Any],
) -> None:
    settings.NOTICES_ALLOW_LIST = [TESTER, TESTERS_PHONE]
    DispatchFactory.create(made_at=at, address=TESTER)
    DispatchFactory.create(made_at=at, sms=True, address=TESTERS_PHONE)
    send_email(at)
    send_sms(at)
    assert mail.recipients == [TESTER]
    assert [taken["to"] for taken in carrier.taken] == [TESTERS_PHONE]
    assert {port for _host, port in left} == {mail.port, carrier.server_port}


BACKENDS = ("notices.mailers.GuardedSMTP", "notices.mailers.GuardedConsole")


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.usefixtures("installation")
def test_no_backend_lets_mail_to_a_stranger_out(backend: str, mail: smtp_stub.SmtpStub) -> None:
    message = EmailMessage("Code", "1234", to=[STRANGER], cc=[STRANGER], bcc=[STRANGER])
    get_connection(backend).send_messages([message])
    assert mail.messages == []


@pytest.mark.usefixtures("installation")
def test_no_code_leaves_by_sms(carrier: sms_stub.SmsStub, left: list[Any]) -> None:
    assert sms.gateway().send(STRANGERS_PHONE, "1234") is None
    assert carrier.taken == []
    assert left == []
