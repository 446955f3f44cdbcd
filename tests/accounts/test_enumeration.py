"""Nobody learns from an answer who has an account: known and unknown are answered alike."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pytest_django import Settings

from accounts.models import User
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db

KNOWN, UNKNOWN = "alice@ngo.example", "nobody@ngo.example"
KNOWN_PHONE, UNKNOWN_PHONE = "+77011234567", "+77019999999"
WORD = "a-long-secret-of-one"


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def known(settings: Settings, tmp_path: Path) -> User:
    settings.SMS_LOG = tmp_path / "sms.log"
    user = UserFactory.create(email=KNOWN, phone=KNOWN_PHONE, phone_is_verified=True)
    user.set_password(WORD)
    user.save()
    EmailAddress.objects.create(user=user, email=KNOWN, verified=True, primary=True)
    return user


def told(answer: Any) -> tuple[int, str, str]:
    """What a person sees: without the token of the form, and what they wrote themselves."""
    page = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())
    for written in (KNOWN, UNKNOWN, KNOWN_PHONE, UNKNOWN_PHONE):
        page = page.replace(written, "…").replace(written.replace("+", "%2B"), "…")
    return answer.status_code, answer.headers.get("Location", ""), page


def answers(name: str, written: dict[str, str]) -> list[tuple[int, str, str]]:
    """The answer to a form, and the page to which it leads."""
    client = Client()
    first = client.post(reverse(name), written)
    pages = [told(first)]
    if first.status_code == 302:
        pages.append(told(client.get(first["Location"])))
    return pages


@pytest.mark.parametrize("pair", [(KNOWN, UNKNOWN), (KNOWN_PHONE, UNKNOWN_PHONE)])
class TestAlike:
    def test_a_wrong_password(self, pair: tuple[str, str]) -> None:
        known, unknown = (
            answers("account_login", {"login": one, "password": "wrong"}) for one in pair
        )
        assert known == unknown
        assert known[0][0] == 200

    def test_a_code_that_is_asked_for(self, pair: tuple[str, str]) -> None:
        known, unknown = (answers("account_request_login_code", {"login": one}) for one in pair)
        assert known == unknown
        assert known[0][0] == 302

    def test_a_wrong_code(self, pair: tuple[str, str]) -> None:
        pages = []
        for one in pair:
            client = Client()
            client.post(reverse("account_request_login_code"), {"login": one})
            confirm = reverse("account_confirm_login_code")
            pages.append([told(client.post(confirm, {"code": "WRONG"})) for _ in range(3)])
        assert pages[0] == pages[1]


def test_signing_up_answers_alike() -> None:
    known, unknown = (
        answers("account_signup", {"email": one, "password1": WORD, "password2": WORD})
        for one in (KNOWN, UNKNOWN)
    )
    assert known == unknown
    assert [message.to for message in mail.outbox] == [[KNOWN], [UNKNOWN]]


def test_a_forgotten_password_answers_alike() -> None:
    known, unknown = (answers("account_reset_password", {"email": one}) for one in (KNOWN, UNKNOWN))
    assert known == unknown
    assert [message.to for message in mail.outbox] == [[KNOWN], [UNKNOWN]]


def test_a_gateway_that_fails_tells_nobody_who_is_known(settings: Settings) -> None:
    settings.SMS_GATEWAY = "accounts.sms.HttpGateway"
    # Nothing listens there.
    settings.SMS_URL, settings.SMS_TOKEN = "http://127.0.0.1:9/", "a-token"
    settings.NOTICES_ALLOW_LIST = [KNOWN_PHONE, UNKNOWN_PHONE]
    known, unknown = (
        answers("account_request_login_code", {"login": one})
        for one in (KNOWN_PHONE, UNKNOWN_PHONE)
    )
    assert known == unknown
