from __future__ import annotations

from datetime import datetime

import pytest
from django.core.mail import EmailMessage
from pytest_django import Settings

from notices import bounces, verp
from notices.bounces import Verdict
from notices.models import DeliveryReport, Dispatch, Service
from notices.states import Channel, DispatchState
from tests.factories.notices import DispatchFactory
from tests.notices.bounced import LETTER, of_exim, out_of_office, report

pytestmark = pytest.mark.django_db
PLAIN = "bounce@portal.example"


@pytest.fixture(autouse=True)
def mailbox(settings: Settings) -> None:
    settings.BOUNCE_ADDRESS = PLAIN


@pytest.fixture
def row(at: datetime) -> Dispatch:
    return DispatchFactory.create(made_at=at, sent=True, is_verified=True)


def letter_of(row: Dispatch, token: str | None = None) -> str:
    named = verp.token_of(row) if token is None else token
    return LETTER.format(message_id=row.message_id, token=named)


def read(content: bytes, row: Dispatch, at: datetime) -> tuple[Verdict, str]:
    verdict = bounces.read(content, at=at)
    row.refresh_from_db()
    return verdict, row.state


BOUNCED = (Verdict.BOUNCED, DispatchState.BOUNCED)


def test_a_report_to_the_envelopes_sender_bounces_its_dispatch(at: datetime, row: Dispatch) -> None:
    """As Postfix writes it."""
    assert read(report(to=verp.sender_of(row)), row, at) == BOUNCED
    assert row.failure == "5.1.1 smtp; 550 5.1.1 user unknown"
    assert row.notice.dispatches.filter(channel=Channel.LETTER).exists()


def test_the_letter_that_is_sent_back_names_its_sending_too(at: datetime, row: Dispatch) -> None:
    """As Exchange does, which answers the sender that the reader sees."""
    assert read(report(to=PLAIN, letter=letter_of(row)), row, at) == BOUNCED


def test_a_report_in_base64_under_a_kazakh_subject_is_read(at: datetime, row: Dispatch) -> None:
    kazakh = "=?utf-8?b?0JbQtdGC0LrRltC30ZbQu9C80LXQtNGW?="
    content = report(to=verp.sender_of(row), subject=kazakh, in_base64=True)
    assert read(content, row, at) == BOUNCED


def test_gmails_report_of_an_address_given_up_after_days(at: datetime, row: Dispatch) -> None:
    content = report(
        to=verp.sender_of(row), status="4.4.1", diagnostic="smtp; The recipient did not answer"
    )
    assert read(content, row, at) == BOUNCED


def test_exims_old_words_are_read(at: datetime, row: Dispatch) -> None:
    assert read(of_exim(to=PLAIN, letter=letter_of(row)), row, at) == BOUNCED
    assert row.failure == "5.7.1"


@pytest.mark.parametrize(("action", "status"), [("delayed", "4.4.1"), ("", "4.2.2")])
def test_a_delay_is_noted_and_changes_nothing(
    at: datetime, row: Dispatch, action: str, status: str
) -> None:
    content = report(to=verp.sender_of(row), action=action, status=status)
    assert read(content, row, at) == (Verdict.DELAYED, DispatchState.SENT)
    assert DeliveryReport.objects.get().dispatch == row


@pytest.mark.parametrize("action", ["delivered", "relayed"])
def test_a_letter_cannot_prove_that_ours_arrived(at: datetime, row: Dispatch, action: str) -> None:
    content = report(to=verp.sender_of(row), action=action, status="2.0.0")
    assert read(content, row, at)[1] == DispatchState.SENT
    assert not Service.objects.exists()


def test_out_of_office_is_no_report(at: datetime, row: Dispatch) -> None:
    content = out_of_office(to=verp.sender_of(row))
    assert read(content, row, at) == (Verdict.AUTOMATIC, DispatchState.SENT)


def test_a_forged_token_is_refused(at: datetime, row: Dispatch) -> None:
    forged = f"bounce+{row.pk}.0-{'0' * 20}@portal.example"
    assert read(report(to=forged), row, at) == (Verdict.FORGED, DispatchState.SENT)


def test_a_token_of_one_dispatch_does_not_name_another(at: datetime, row: Dispatch) -> None:
    code = verp.token_of(row).partition("-")[2]
    other = DispatchFactory.create(made_at=at, sent=True)
    content = report(to=f"bounce+{other.pk}.0-{code}@portal.example")
    assert read(content, other, at) == (Verdict.FORGED, DispatchState.SENT)


def test_a_message_id_alone_is_left_to_a_person(at: datetime, row: Dispatch) -> None:
    """Whoever knows a notice's number and address can write one."""
    content = report(to=PLAIN, letter=letter_of(row, token=""))
    assert read(content, row, at) == (Verdict.UNKNOWN, DispatchState.SENT)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"Subject: hello\n\nWho are you?"])
def test_what_cannot_be_read_is_left_to_a_person(at: datetime, content: bytes) -> None:
    assert bounces.read(content, at=at) == Verdict.UNKNOWN


def test_a_message_is_read_once(at: datetime, row: Dispatch) -> None:
    content = report(to=verp.sender_of(row))
    bounces.read(content, at=at)
    assert bounces.read(content, at=at) == Verdict.REPEATED
    assert DeliveryReport.objects.count() == 1
    assert row.notice.dispatches.count() == 2


def test_a_report_on_a_sending_before_the_last_one_changes_nothing(
    at: datetime, row: Dispatch
) -> None:
    content = report(to=verp.sender_of(row))
    Dispatch.objects.filter(pk=row.pk).update(resends=1)
    assert read(content, row, at)[1] == DispatchState.SENT


def test_a_report_dated_ahead_happened_when_we_read_it(at: datetime, row: Dispatch) -> None:
    content = report(to=verp.sender_of(row)).replace(b"15 Sep 2026", b"15 Sep 2036")
    bounces.read(content, at=at)
    assert DeliveryReport.objects.get().happened_at == at


def test_without_a_mailbox_the_envelope_is_the_portals(row: Dispatch, settings: Settings) -> None:
    settings.BOUNCE_ADDRESS = ""
    assert (verp.sender_of(row), verp.token_of(row)) == ("", "")
    assert EmailMessage().from_email == settings.DEFAULT_FROM_EMAIL
