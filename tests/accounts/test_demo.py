"""The demo's staff sign in with codes that the command prints, and never in production."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts import demo, second_factor
from accounts.demo import PASSWORD
from accounts.models import User
from accounts.refusals import Refused
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db

EMAIL = "reviewer@demo.example"


@pytest.fixture
def reviewer(at: datetime) -> User:
    """The demo's reviewer, as `load_demo` makes them."""
    account = next(account for account in demo.ACCOUNTS if account.email == EMAIL)
    for _ in range(2):
        user = demo.person(account, on=at.date())
    return user


def printed(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_the_printed_code_opens_the_desk(client: Client, reviewer: User) -> None:
    assert EmailAddress.objects.get(user=reviewer).verified
    client.post(reverse("account_login"), {"login": EMAIL, "password": PASSWORD})
    code = printed("demo_code", EMAIL).split()[0]
    client.post(reverse("mfa_authenticate"), {"code": code})
    assert client.get("/admin/").status_code == 200


def test_the_list_shows_the_codes_of_staff_alone(reviewer: User) -> None:
    demo.person(demo.ACCOUNTS[0], on=datetime.now(UTC).date())
    lines = printed("demo_accounts").splitlines()
    known = {second_factor.app_code(reviewer, time.time() - ago)[0] for ago in (0, 30)}
    assert known & set(next(line for line in lines if EMAIL in line).split())
    assert lines[0].split()[:3] == ["ngo@demo.example", "/", "NGO"]


def test_a_code_changes_every_half_minute_and_says_how_long_it_stays(reviewer: User) -> None:
    moment = datetime(2026, 9, 15, 12, 0, 10, tzinfo=UTC)
    code, seconds = demo.app_code(EMAIL, at=moment)
    assert seconds == 20
    assert demo.app_code(EMAIL, at=moment + timedelta(seconds=19)) == (code, 1)
    assert demo.app_code(EMAIL, at=moment + timedelta(seconds=20))[0] != code


def test_production_shows_no_codes(reviewer: User, settings: Settings) -> None:
    settings.IS_PRODUCTION = True
    with pytest.raises(Refused):
        demo.app_code(EMAIL, at=datetime.now(UTC))
    with pytest.raises(CommandError):
        call_command("demo_code", EMAIL)


@pytest.mark.parametrize("email", ["ngo@demo.example", "alice@ngo.example", "nobody@demo.example"])
def test_others_have_no_code(email: str) -> None:
    if not email.startswith("nobody"):
        UserFactory.create(email=email)
    with pytest.raises(CommandError, match="no demo account of staff"):
        call_command("demo_code", email)
