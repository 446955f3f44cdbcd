from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib import import_module

import pytest
from django.core.mail import EmailMessage, get_connection, send_mail
from pytest_django import Settings

from notices import dispatch, providers
from notices.checks import mail_is_secured
from notices.dispatch import Counts
from notices.models import Dispatch
from notices.states import DispatchState
from tests.factories.notices import DispatchFactory, NoticeFactory
from tests.notices.provider_stub import Provider, running

OPTIONS: dict[str, object] = {"POSTMARK_SERVER_TOKEN": "token", "WEBHOOK_SECRET": "name:word"}

INACTIVE = (
    "You tried to send to recipient(s) that have been marked as inactive. "
    "Found inactive addresses: first@ngo.example. "
    "Inactive recipients are ones that have generated a hard bounce or a spam complaint."
)


@pytest.fixture
def provider(settings: Settings) -> Iterator[Provider]:
    with running() as server:
        settings.EMAIL_BACKEND = "notices.mailers.GuardedProvider"
        settings.EMAIL_PROVIDER = "postmark"
        settings.ANYMAIL = {**settings.ANYMAIL, **OPTIONS, "POSTMARK_API_URL": server.url}
        yield server


def deliver(at: datetime) -> Counts:
    return dispatch.deliver_due(at=at, budget=timedelta(seconds=30))


# The gate


def test_nothing_leaves_by_a_provider_for_a_stranger(
    provider: Provider, settings: Settings
) -> None:
    settings.NOTICES_ALLOW_LIST = ["tester@ministry.example"]
    assert send_mail("Code", "Text", None, ["stranger@ngo.kz"]) == 0
    message = EmailMessage(
        "Code", "Text", to=["tester@ministry.example"], cc=["a@ngo.kz"], bcc=["b@ngo.kz"]
    )
    assert message.send() == 1
    (letter,) = provider.letters
    assert letter["Subject"] == "[TEST] Code"
    assert "ngo.kz" not in str(letter)


@pytest.mark.parametrize("name", sorted(providers.PROVIDERS))
def test_whatever_the_provider_the_gate_comes_first(name: str, settings: Settings) -> None:
    settings.EMAIL_PROVIDER = name
    needs = providers.PROVIDERS[name].needs
    # An address where nobody listens: whatever got past the gate would fail.
    settings.ANYMAIL = {
        **dict.fromkeys(needs, "x"),
        f"{name.upper()}_API_URL": "http://127.0.0.1:1/",
    }
    connection = get_connection("notices.mailers.GuardedProvider")
    message = EmailMessage("Code", "Text", "register@portal.example", ["stranger@ngo.kz"])
    assert connection.send_messages([message]) == 0


# Sending


@pytest.mark.django_db
@pytest.mark.usefixtures("production")
def test_the_providers_number_and_ours_are_exchanged(at: datetime, provider: Provider) -> None:
    row = DispatchFactory.create(made_at=at)
    assert deliver(at) == Counts(sent=1)
    row.refresh_from_db()
    (letter,) = provider.letters
    assert row.provider_id == "number-1"
    assert letter["Metadata"]["dispatch"] == str(row.pk)
    assert letter["Metadata"]["notice"] == row.notice.number
    assert letter["Tag"] == row.notice.kind
    assert {"Name": "Message-ID", "Value": row.message_id} in letter["Headers"]
    assert letter["TextBody"] == row.notice.text.body
    assert letter["Attachments"][0]["ContentID"].startswith("cid:")


@pytest.mark.django_db
@pytest.mark.usefixtures("production")
@pytest.mark.parametrize(
    ("code", "answer", "state", "attempts", "counts"),
    [
        # The token is wrong, there were too many, or the provider is down: not the address's fault.
        (401, {}, DispatchState.QUEUED, 0, Counts(not_tried=2)),
        (429, {}, DispatchState.QUEUED, 0, Counts(not_tried=2)),
        (503, {}, DispatchState.QUEUED, 0, Counts(not_tried=2)),
        # Perhaps this message broke it: it pays with an attempt, its neighbour does not.
        (500, {}, DispatchState.QUEUED, 1, Counts(put_off=1, not_tried=1)),
        (
            422,
            {"ErrorCode": 402, "Message": "Invalid JSON"},
            DispatchState.FAILED,
            1,
            Counts(failed=1, sent=1),
        ),
        (
            422,
            {"ErrorCode": 406, "Message": INACTIVE},
            DispatchState.FAILED,
            1,
            Counts(failed=1, sent=1),
        ),
    ],
)
def test_what_a_provider_answers_costs_whom_it_concerns(
    at: datetime,
    provider: Provider,
    code: int,
    answer: dict[str, object],
    state: DispatchState,
    attempts: int,
    counts: Counts,
) -> None:
    first = DispatchFactory.create(made_at=at, address="first@ngo.example")
    DispatchFactory.create(made_at=at, address="second@ngo.example")
    provider.answers["first@ngo.example"] = (code, answer or {"Message": "no", "ErrorCode": 0})
    assert deliver(at) == counts
    first.refresh_from_db()
    assert (first.state, first.attempts) == (state, attempts)


@pytest.mark.django_db
@pytest.mark.usefixtures("production")
@pytest.mark.parametrize("code", [429, 500, 503])
def test_the_log_of_a_slice_broken_off_names_no_address(
    at: datetime, provider: Provider, caplog: pytest.LogCaptureFixture, code: int
) -> None:
    DispatchFactory.create(made_at=at, address="first@ngo.example")
    answer = {"Message": "Not now: first@ngo.example", "ErrorCode": 0}
    provider.answers["first@ngo.example"] = (code, answer)
    deliver(at)
    assert f"AnymailRequestsAPIError {code}" in caplog.text
    assert "first@ngo.example" not in caplog.text


@pytest.mark.django_db
@pytest.mark.usefixtures("production")
def test_a_provider_out_of_reach_costs_no_attempt(
    at: datetime, provider: Provider, settings: Settings
) -> None:
    settings.ANYMAIL = {**settings.ANYMAIL, "POSTMARK_API_URL": "http://127.0.0.1:1/"}
    DispatchFactory.create_batch(2, made_at=at)
    assert deliver(at) == Counts(not_tried=2)
    assert set(Dispatch.objects.values_list("state", "attempts")) == {(DispatchState.QUEUED, 0)}


@pytest.mark.django_db
@pytest.mark.usefixtures("production")
def test_an_address_that_cannot_be_written_fails_alone(at: datetime, provider: Provider) -> None:
    notice = NoticeFactory.create()
    DispatchFactory.create(notice=notice, made_at=at, address="қате мекенжай")
    DispatchFactory.create(made_at=at)
    assert deliver(at) == Counts(failed=1, sent=1)


# Starting


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("", {}, ""),
        ("postmark", OPTIONS, ""),
        ("pigeon", OPTIONS, "pigeon"),
        ("postmark", {"WEBHOOK_SECRET": "name:word"}, "ANYMAIL_POSTMARK_SERVER_TOKEN"),
        ("postmark", {"POSTMARK_SERVER_TOKEN": "token"}, "ANYMAIL_WEBHOOK_SECRET"),
        ("postmark", {**OPTIONS, "WEBHOOK_SECRET": "name:"}, "ANYMAIL_WEBHOOK_SECRET"),
        (
            "mailgun",
            {"MAILGUN_API_KEY": "k", "MAILGUN_SENDER_DOMAIN": "d"},
            "ANYMAIL_MAILGUN_WEBHOOK_SIGNING_KEY",
        ),
    ],
)
def test_a_provider_that_would_take_forged_reports_is_refused(
    settings: Settings, name: str, options: dict[str, object], words: str
) -> None:
    settings.EMAIL_PROVIDER, settings.ANYMAIL = name, options
    fault = providers.fault(name, options)
    assert (words in fault) if words else (fault == "")
    assert [check.msg for check in mail_is_secured()] == ([fault] if fault else [])


def test_a_mailbox_without_its_address_is_refused(settings: Settings) -> None:
    settings.BOUNCE_IMAP_HOST = "imap.portal.example"
    assert "BOUNCE_ADDRESS" in mail_is_secured()[0].msg


def test_options_are_the_variables_with_the_prefix() -> None:
    found = providers.options_from({"ANYMAIL_WEBHOOK_SECRET": "a:b", "ANYMAIL_X": "", "HOME": "/"})
    assert found == {"WEBHOOK_SECRET": "a:b"}


@pytest.mark.parametrize("name", sorted(providers.PROVIDERS))
def test_each_provider_has_a_view_for_its_reports(name: str) -> None:
    module = import_module(f"anymail.webhooks.{name}")
    assert hasattr(module, providers.PROVIDERS[name].view)
