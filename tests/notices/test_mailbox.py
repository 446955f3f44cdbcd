from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from notices import mailbox, reports, tasks, verp
from notices.bounces import Verdict
from notices.models import DeliveryReport
from notices.states import DispatchState
from tests.factories.notices import DispatchFactory
from tests.notices.bounced import out_of_office, report
from tests.notices.imap_stub import Mailbox, running

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def address(settings: Settings) -> None:
    settings.BOUNCE_ADDRESS = "bounce@portal.example"


def read_by(settings: Settings, server: Mailbox) -> None:
    settings.BOUNCE_IMAP_HOST, settings.BOUNCE_IMAP_PORT = "127.0.0.1", server.port
    settings.BOUNCE_IMAP_USER = settings.BOUNCE_IMAP_PASSWORD = "bounce"


def test_what_is_new_is_read_once_and_flagged_for_a_person_where_needed(
    at: datetime, settings: Settings
) -> None:
    row = DispatchFactory.create(made_at=at, sent=True)
    messages = [
        report(to=verp.sender_of(row)),
        b"Subject: hello\r\n\r\nWho are you?\r\n",
        out_of_office(to=verp.sender_of(row)),
    ]
    with running(messages) as server:
        read_by(settings, server)
        counts = mailbox.read_new(at=at)
        assert counts == {Verdict.BOUNCED: 1, Verdict.UNKNOWN: 1, Verdict.AUTOMATIC: 1}
        assert server.flags == {1: [b"Seen"], 2: [b"Seen", b"Flagged"], 3: [b"Seen"]}
        assert mailbox.read_new(at=at) == {}
    row.refresh_from_db()
    assert row.state == DispatchState.BOUNCED


def test_what_could_not_be_written_down_stays_unseen(
    at: datetime, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = DispatchFactory.create(made_at=at, sent=True)

    def dies(*_arguments: Any, **_named: Any) -> None:
        raise RuntimeError

    with running([report(to=verp.sender_of(row))]) as server:
        read_by(settings, server)
        with monkeypatch.context() as broken:
            broken.setattr(reports, "take", dies)
            with pytest.raises(RuntimeError):
                mailbox.read_new(at=at)
        assert server.flags == {1: []}
        tasks.read_bounces(at=at)
        tasks.read_bounces(at=at)
        assert server.flags == {1: [b"Seen"]}
    assert DeliveryReport.objects.count() == 1


def test_the_command_says_what_it_read(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with running([b"Subject: hello\r\n\r\nWho are you?\r\n"]) as server:
        read_by(settings, server)
        call_command("read_bounces")
    assert "unknown              1" in capsys.readouterr().out


def test_the_command_says_what_is_wrong(settings: Settings) -> None:
    with pytest.raises(CommandError, match="BOUNCE_IMAP_HOST"):
        call_command("read_bounces")
    settings.BOUNCE_IMAP_HOST, settings.BOUNCE_IMAP_PORT = "127.0.0.1", 1
    with pytest.raises(CommandError, match="could not be read"):
        call_command("read_bounces")


def test_with_a_provider_no_mailbox_is_read(at: datetime, settings: Settings) -> None:
    settings.EMAIL_PROVIDER = "postmark"
    settings.BOUNCE_IMAP_HOST, settings.BOUNCE_IMAP_PORT = "127.0.0.1", 1
    tasks.read_bounces(at=at)
