from __future__ import annotations

import pytest
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection, send_mail
from pytest_django import Settings

from tests.notices.smtp_stub import SmtpStub


def test_nothing_leaves_for_a_stranger_outside_production(mail_server: SmtpStub) -> None:
    assert send_mail("Notice", "Text", None, ["stranger@ngo.kz"]) == 0
    assert mail_server.recipients == []
    assert mail_server.messages == []


def test_copies_to_strangers_are_dropped_and_the_listed_one_goes_out(
    mail_server: SmtpStub, settings: Settings
) -> None:
    settings.NOTICES_ALLOW_LIST = ["tester@ministry.example"]
    message = EmailMessage(
        "Notice",
        "Text",
        to=["stranger@ngo.kz", "tester@ministry.example"],
        cc=["second@ngo.kz"],
        bcc=["third@ngo.kz"],
    )
    assert message.send() == 1
    assert mail_server.recipients == ["tester@ministry.example"]
    assert "ngo.kz" not in mail_server.messages[0].as_string()


def test_the_guard_leaves_the_senders_own_message_as_it_was(mail_server: SmtpStub) -> None:
    message = EmailMessage("Notice", "Text", to=["stranger@ngo.kz"])
    message.send()
    assert (message.to, message.subject, message.body) == (["stranger@ngo.kz"], "Notice", "Text")


def test_mail_of_a_test_installation_says_so(mail_server: SmtpStub, settings: Settings) -> None:
    settings.NOTICES_ALLOW_LIST = ["tester@ministry.example"]
    message = EmailMultiAlternatives("Code", "Text", to=["tester@ministry.example"])
    message.attach_alternative("<p>Html</p>", "text/html")
    message.send()
    (sent,) = mail_server.messages
    texts = [part.get_payload(decode=True) for part in sent.walk() if not part.is_multipart()]
    assert sent["Subject"] == "[TEST] Code"
    assert len(texts) == 2
    assert all(isinstance(text, bytes) and b"TEST." in text for text in texts)


def test_released_production_sends_to_everybody_and_says_nothing_of_a_test(
    mail_server: SmtpStub, production: None
) -> None:
    assert send_mail("Notice", "Text", None, ["stranger@ngo.kz"]) == 1
    assert mail_server.messages[0]["Subject"] == "Notice"


def test_the_console_says_test_too(capsys: pytest.CaptureFixture[str]) -> None:
    message = EmailMessage("Notice", "Text", to=["stranger@ngo.kz"])
    assert get_connection("notices.mailers.GuardedConsole").send_messages([message]) == 1
    assert "Subject: [TEST] Notice" in capsys.readouterr().out
