from __future__ import annotations

from datetime import datetime
from email.mime.image import MIMEImage
from html.parser import HTMLParser

import pytest
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from notices import declining, email_html, emails, notice, verp
from notices.models import Dispatch
from notices.states import Channel, DispatchState, Kind
from tests.factories.notices import DispatchFactory, NoticeFactory, draft_of
from tests.factories.registry import ContactFactory, OrganisationFactory
from tests.notices.smtp_stub import SmtpStub

pytestmark = pytest.mark.django_db
HOSTILE = '</title><script>alert(1)</script> "Fund" & https://portal.example.evil.kz/x'


@pytest.fixture(autouse=True)
def portal(settings: Settings) -> None:
    settings.PORTAL_URL = "https://portal.example"


class _Page(HTMLParser):
    """The tags of a page and where its links and pictures lead."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src")]


def composed(row: Dispatch) -> EmailMultiAlternatives:
    (fresh,) = emails.dispatches([row.pk])
    return emails.compose(fresh)


def page_of(message: EmailMultiAlternatives) -> str:
    ((content, mimetype),) = message.alternatives
    assert mimetype == "text/html"
    return str(content)


def sent_of(kind: Kind, at: datetime, language: str = "en", name: str = "Fund") -> Dispatch:
    organisation = OrganisationFactory.create(name_en=name, name_kk=name, name_ru=name)
    ContactFactory.create(organisation=organisation, value=f"{organisation.number}@ngo.example")
    draft = draft_of(organisation, kind, language=language)
    (made,) = notice.register([draft], at=at)
    return made.dispatches.get(channel=Channel.EMAIL)


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_a_notice_goes_out_as_its_text_and_as_a_page_in_its_language(
    at: datetime, language: str
) -> None:
    row = sent_of(Kind.FINAL_WARNING, at, language)
    message = composed(row)
    page = page_of(message)
    assert message.body == row.notice.text.body
    assert f'<html lang="{language}">' in page
    assert row.notice.number in page
    assert _Page(page).tags.count("h1") == 1
    assert len(message.message().as_bytes()) < 30_000


def test_what_people_typed_stays_text(at: datetime) -> None:
    row = sent_of(Kind.REMINDER, at, name=HOSTILE)
    page = _Page(page_of(composed(row)))
    assert "script" not in page.tags
    assert {tag for tag in page.tags if tag in ("table", "iframe", "form")} == set()
    assert set(page.addresses) == {
        "https://portal.example",
        "https://portal.example/verify/",
        f"cid:{row.notice.number}@portal",
        declining.link(row.address),
    }


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("at https://portal.example/my/claim/.", ["https://portal.example/my/claim/"]),
        ("at https://portal.example.", ["https://portal.example"]),
        ("https://portal.example/invitation/a-_b-", ["https://portal.example/invitation/a-_b-"]),
        ("https://portal.example.kz https://portal.example@evil.kz", []),
        ("https://portal.example:8000 xhttps://portal.example https://evil.kz", []),
    ],
)
def test_only_the_portals_own_addresses_are_links(text: str, links: list[str]) -> None:
    assert _Page(email_html._linked(text)).addresses == links


def test_the_page_shows_its_code_inside_the_message(at: datetime) -> None:
    row = sent_of(Kind.REMINDER, at)
    (picture,) = composed(row).attachments
    assert isinstance(picture, MIMEImage)
    assert picture["Content-ID"] == f"<{row.notice.number}@portal>"
    content = picture.get_payload(decode=True)
    assert isinstance(content, bytes)
    assert content.startswith(b"\x89PNG")


def test_the_addressees_code_stays_visible(at: datetime) -> None:
    row = sent_of(Kind.CLAIM_CODE, at)
    line = next(line for line in row.notice.text.body.splitlines() if "The code:" in line)
    assert line in page_of(composed(row))


def test_only_courtesy_can_be_declined(at: datetime) -> None:
    reminder = sent_of(Kind.REMINDER, at)
    headers = composed(reminder).extra_headers
    assert headers["List-Unsubscribe"] == f"<{declining.link(reminder.address)}>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    legal = composed(sent_of(Kind.FINAL_WARNING, at)).extra_headers
    assert "List-Unsubscribe" not in legal


def digest_of(count: int, at: datetime) -> Dispatch:
    leader = DispatchFactory.create(made_at=at, digest_on=at.date())
    for _ in range(count - 1):
        DispatchFactory.create(
            made_at=at,
            notice=NoticeFactory.create(),
            address=leader.address,
            digest_on=at.date(),
            carried_by=leader,
            # Claimed with the leader.
            state=DispatchState.SENDING,
        )
    return leader


def test_a_digest_carries_each_text_and_names_each_organisation(at: datetime) -> None:
    leader = digest_of(3, at)
    held_back = leader.carries.first()
    assert held_back is not None
    Dispatch.objects.filter(pk=held_back.pk).update(state=DispatchState.SUPPRESSED)
    message = composed(leader)
    going = [leader, *leader.carries.exclude(pk=held_back.pk)]
    for each in going:
        assert each.notice.number in message.body
        assert each.notice.organisation.name_ru in message.body
        assert each.notice.number in page_of(message)
    assert held_back.notice.number not in message.body
    assert str(message.body).count("Body") == 2


def test_a_long_digest_is_a_list_without_the_texts(at: datetime) -> None:
    leader = digest_of(21, at)
    message = composed(leader)
    for each in leader.carries.select_related("notice"):
        assert each.notice.number in message.body
        assert each.notice.number in page_of(message)
    assert "Body" not in message.body
    assert "Body" not in page_of(message)
    assert "/my/" in message.body


def test_a_reminder_says_on_its_page_how_to_decline_more(at: datetime) -> None:
    reminder = sent_of(Kind.REMINDER, at)
    assert declining.link(reminder.address) in page_of(composed(reminder))
    assert "/reminders/" not in page_of(composed(sent_of(Kind.FINAL_WARNING, at)))


def test_the_queries_do_not_grow_with_what_is_carried(at: datetime) -> None:
    counts = []
    for size in (2, 9):
        leader = digest_of(size, at)
        with CaptureQueriesContext(connection) as queries:
            composed(leader)
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.usefixtures("production")
def test_the_envelope_names_the_sending_and_the_reader_sees_the_portal(
    at: datetime, mail_server: SmtpStub, settings: Settings
) -> None:
    settings.BOUNCE_ADDRESS = "bounce@portal.example"
    row = sent_of(Kind.REMINDER, at)
    message = composed(row)
    assert message.from_email == verp.sender_of(row)
    message.send()
    assert mail_server.messages[0]["From"] == settings.DEFAULT_FROM_EMAIL
    assert mail_server.messages[0][verp.HEADER] == verp.token_of(row)


def test_a_page_of_a_test_installation_says_so_inside_its_body(
    at: datetime, mail_server: SmtpStub, settings: Settings
) -> None:
    settings.NOTICES_ALLOW_LIST = ["@ngo.example"]
    composed(sent_of(Kind.REMINDER, at)).send()
    parts = {part.get_content_type(): part for part in mail_server.messages[0].walk()}
    content = parts["text/html"].get_payload(decode=True)
    assert isinstance(content, bytes)
    page = content.decode()
    assert page.startswith("<!doctype html>")
    assert page.index("<body") < page.index("TEST.") < page.index("<h1")
