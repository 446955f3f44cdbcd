from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from email import message_from_string

import pytest
from pytest_django import Settings

from notices import emails, html
from notices.mailers import GuardedConsole
from notices.states import Kind
from tests.factories.notices import DispatchFactory, NoticeFactory
from tests.factories.registry import OrganisationFactory

BODY = """Authorised body

To: {name}
Second line

What to do:
1. Sign in at http://127.0.0.1:8000.
2. Submit.

- one
- two
"""


def page(name: str = "An NGO", **changes: str) -> str:
    fields = {"subject": "A subject", "language": "en", "number": "N-0000001", **changes}
    return html.page(
        body=BODY.format(name=name), made_at=datetime(2026, 9, 15, 9, tzinfo=UTC), **fields
    )


def test_what_people_wrote_is_escaped() -> None:
    shown = page("<script>alert(1)</script> & Co", subject="<b>bold</b>")
    assert "<script>" not in shown
    assert "<b>" not in shown
    assert "&lt;script&gt;" in shown


def test_the_sender_stands_above_and_steps_become_a_numbered_list() -> None:
    shown = page()
    assert shown.index("Authorised body") < shown.index("<h1")
    (steps,) = re.findall(r"<ol[^>]*>(.*?)</ol>", shown, re.DOTALL)
    assert steps.count("<li") == 2
    assert "1. Sign in" not in shown
    (bullets,) = re.findall(r"<ul[^>]*>(.*?)</ul>", shown, re.DOTALL)
    assert bullets.count("<li") == 2


def test_only_the_portals_own_address_becomes_a_link(settings: Settings) -> None:
    settings.PORTAL_URL = "https://portal.example"
    shown = page("Fund https://evil.example/ and https://portal.example.evil.example/")
    links = set(re.findall(r'href="([^"]*)"', shown))
    assert links <= {"https://portal.example", "https://portal.example/verify/N-0000001"}


def test_nothing_is_loaded_from_elsewhere() -> None:
    assert re.findall(r'src="([^"]*)"', page()) == [f"cid:{html.QR_ID}"]


@pytest.mark.django_db
def test_an_email_carries_text_html_and_the_code_that_confirms_it(at: datetime) -> None:
    row = DispatchFactory.create(notice=NoticeFactory.create(kind=Kind.FINAL_WARNING), made_at=at)
    message = emails.compose(row)
    assert message.body == row.notice.text.body
    ((shown, media_type),) = message.alternatives
    assert media_type == "text/html"
    assert row.notice.number in str(shown)
    (picture,) = message.attachments
    assert picture["Content-ID"] == f"<{html.QR_ID}>"
    assert picture.get_payload(decode=True).startswith(b"\x89PNG")
    assert len(message.message().as_bytes()) < 30_000


@pytest.mark.django_db
def test_a_reminder_says_how_to_decline_more_and_a_warning_does_not(at: datetime) -> None:
    reminder = emails.compose(DispatchFactory.create(made_at=at))
    link = reminder.extra_headers["List-Unsubscribe"].strip("<>")
    assert link in str(reminder.alternatives[0][0])
    assert reminder.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    warning = emails.compose(
        DispatchFactory.create(notice=NoticeFactory.create(kind=Kind.FINAL_WARNING), made_at=at)
    )
    assert "List-Unsubscribe" not in warning.extra_headers
    assert "/reminders/" not in str(warning.alternatives[0][0])


@pytest.mark.django_db
def test_a_digest_names_every_organisation_and_number_it_carries(at: datetime) -> None:
    rows = [
        DispatchFactory.create(
            notice=NoticeFactory.create(
                organisation=OrganisationFactory.create(name_ru=f"Фонд «{name}»"), language="ru"
            ),
            made_at=at,
        )
        for name in ("Үміт", "Нур", "<i>Жол</i>")
    ]
    message = emails.compose(rows[0], rows[1:])
    shown = str(message.alternatives[0][0])
    for row in rows:
        assert row.notice.organisation.name_ru in message.body
        assert row.notice.number in message.body
        assert row.notice.number in shown
    assert "<i>" not in shown
    assert "3" in message.subject


@pytest.mark.django_db
def test_one_test_banner_stands_inside_the_page_outside_production(at: datetime) -> None:
    written = io.StringIO()
    row = DispatchFactory.create(made_at=at)
    GuardedConsole(stream=written).send_messages([emails.compose(row)])
    sent = message_from_string(written.getvalue().rpartition("\n---")[0])
    (part,) = (part for part in sent.walk() if part.get_content_type() == "text/html")
    shown = str(part.get_payload())
    assert shown.startswith("<!doctype html>")
    assert shown.index("<body") < shown.index("TEST.") < shown.index("<h1")
