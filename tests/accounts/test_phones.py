"""A phone signs in once it is verified, and belongs to one account."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pytest_django import Settings

from accounts.models import User
from accounts.phones import phone_of
from tests.concurrency import together
from tests.factories.accounts import UserFactory

PHONE = "+77011234567"


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def log(settings: Settings, tmp_path: Path) -> Path:
    """Where codes by SMS arrive."""
    settings.SMS_LOG = tmp_path / "sms.log"
    return tmp_path / "sms.log"


@pytest.fixture
def phoned(alice: User) -> User:
    """Alice, with a verified phone and e-mail."""
    EmailAddress.objects.create(user=alice, email=alice.email, verified=True, primary=True)
    alice.phone, alice.phone_is_verified = PHONE, True
    alice.save()
    return alice


def code_in(log: Path) -> str:
    found = re.search(r"^\S+ (\S+) ", log.read_text().splitlines()[-1])
    assert found
    return found[1]


@pytest.mark.parametrize(
    ("written", "phone"),
    [
        ("8 701 123-45-67", PHONE),
        ("+7 (701) 123 45 67", PHONE),
        ("7011234567", PHONE),
        ("701123456", None),
        ("alice@ngo.example", None),
        ("", None),
    ],
)
def test_one_shape_of_a_phone(written: str, phone: str | None) -> None:
    assert phone_of(written) == phone


@pytest.mark.django_db
class TestVerifying:
    @pytest.fixture(autouse=True)
    def without_passwords(self, alice: User, charlie: User) -> None:
        """People who sign in by codes are not asked for a password before a change."""
        for person in (alice, charlie):
            person.set_unusable_password()
            person.save()

    def test_whoever_has_a_password_gives_it_first(
        self, client: Client, alice: User, log: Path
    ) -> None:
        alice.set_password("a-long-enough-password")
        alice.save()
        client.force_login(alice)
        answer = client.post(reverse("account_change_phone"), {"phone": PHONE})
        assert answer["Location"].startswith(reverse("account_reauthenticate"))
        assert not log.exists()

    def add(self, client: Client, log: Path) -> str:
        client.post(reverse("account_change_phone"), {"phone": "8 701 123 45 67"})
        return code_in(log)

    def test_a_phone_counts_once_its_code_came_back(
        self, client: Client, alice: User, log: Path
    ) -> None:
        client.force_login(alice)
        code = self.add(client, log)
        alice.refresh_from_db()
        assert (alice.phone, alice.phone_is_verified) == ("", False)
        client.post(reverse("account_verify_phone"), {"code": code})
        alice.refresh_from_db()
        assert (alice.phone, alice.phone_is_verified) == (PHONE, True)

    def test_a_wrong_code_verifies_nothing(self, client: Client, alice: User, log: Path) -> None:
        client.force_login(alice)
        self.add(client, log)
        answer = client.post(reverse("account_verify_phone"), {"code": "WRONG"})
        assert 'role="alert"' in answer.content.decode()
        alice.refresh_from_db()
        assert not alice.phone_is_verified

    @pytest.mark.usefixtures("phoned")
    def test_who_proves_a_number_of_another_account_is_told_so(
        self, client: Client, charlie: User, log: Path
    ) -> None:
        client.force_login(charlie)
        code = self.add(client, log)
        answer = client.post(reverse("account_verify_phone"), {"code": code})
        assert "already registered" in answer.content.decode()
        charlie.refresh_from_db()
        assert charlie.phone == ""

    def test_what_is_no_phone_is_refused_at_its_field(self, client: Client, alice: User) -> None:
        client.force_login(alice)
        answer = client.post(reverse("account_change_phone"), {"phone": "12"}).content.decode()
        assert 'href="#id_phone"' in answer

    def test_a_gateway_that_fails_is_told_on_the_page(
        self, client: Client, alice: User, settings: Settings
    ) -> None:
        settings.SMS_GATEWAY = "accounts.sms.NoGateway"
        settings.NOTICES_ALLOW_LIST = [PHONE]
        client.force_login(alice)
        answer = client.post(reverse("account_change_phone"), {"phone": PHONE}, follow=True)
        assert "Codes by SMS are not available" in answer.content.decode()

    def test_a_visitor_is_led_to_signing_in(self, client: Client) -> None:
        answer = client.get(reverse("account_change_phone"))
        assert answer["Location"].startswith(reverse("account_login"))


@pytest.mark.django_db
class TestSigningIn:
    def test_by_a_code_sent_to_the_phone(self, client: Client, phoned: User, log: Path) -> None:
        client.post(reverse("account_request_login_code"), {"login": "8 (701) 123-45-67"})
        answer = client.post(reverse("account_confirm_login_code"), {"code": code_in(log)})
        assert answer["Location"] == reverse("my")
        assert client.session["_auth_user_id"] == str(phoned.pk)

    def test_the_code_is_written_in_the_language_of_the_person(
        self, client: Client, phoned: User, log: Path
    ) -> None:
        User.objects.filter(pk=phoned.pk).update(language="en")
        client.post("/ru/accounts/login/code/", {"login": PHONE})
        assert "is your code for the NGO register" in log.read_text()

    def test_by_phone_and_password(self, client: Client, phoned: User) -> None:
        phoned.set_password("a-long-enough-password")
        phoned.save()
        answer = client.post(
            reverse("account_login"),
            {"login": "8 701 1234567", "password": "a-long-enough-password"},
        )
        assert answer["Location"] == reverse("my")

    def test_an_unverified_phone_signs_nobody_in(
        self, client: Client, alice: User, log: Path
    ) -> None:
        alice.phone = PHONE
        alice.save()
        client.post(reverse("account_request_login_code"), {"login": PHONE})
        assert not log.exists()

    @pytest.mark.usefixtures("phoned")
    def test_nor_does_the_phone_of_a_closed_account(self, client: Client, log: Path) -> None:
        User.objects.update(is_active=False)
        client.post(reverse("account_request_login_code"), {"login": PHONE})
        assert not log.exists()

    @pytest.mark.usefixtures("phoned")
    def test_without_a_gateway_everybody_is_told_alike(
        self, client: Client, settings: Settings
    ) -> None:
        settings.SMS_GATEWAY = "accounts.sms.NoGateway"
        for number in (PHONE, "+77019999999"):
            answer = client.post(reverse("account_request_login_code"), {"login": number})
            assert "Codes by SMS are not available" in answer.content.decode()

    def test_guesses_at_one_phone_do_not_shut_out_another(
        self, client: Client, phoned: User, settings: Settings
    ) -> None:
        settings.ACCOUNT_RATE_LIMITS = {"login_failed": "1/h/key"}
        phoned.set_password("a-long-enough-password")
        phoned.save()
        door = reverse("account_login")
        for _ in range(2):
            client.post(door, {"login": "+77019999999", "password": "x"})
        answer = client.post(door, {"login": PHONE, "password": "a-long-enough-password"})
        assert answer.status_code == 302


@pytest.mark.django_db
class TestTheDatabase:
    def test_holds_a_verified_phone_once(self) -> None:
        UserFactory.create(phone=PHONE, phone_is_verified=True)
        with pytest.raises(IntegrityError, match="user_verified_phone_unique"):
            UserFactory.create(phone=PHONE, phone_is_verified=True)

    def test_holds_an_unverified_one_as_often_as_it_is_written(self) -> None:
        UserFactory.create_batch(2, phone=PHONE)
        assert User.objects.filter(phone=PHONE).count() == 2

    def test_verifies_nothing_that_is_no_phone(self) -> None:
        with pytest.raises(IntegrityError, match="user_verified_phone_is_a_phone"):
            UserFactory.create(phone="8 701", phone_is_verified=True)


def test_of_two_who_verify_one_number_at_once_one_gets_it(real_commits: None) -> None:
    people = UserFactory.create_batch(2)

    def verify(user: User) -> None:
        User.objects.filter(pk=user.pk).update(phone=PHONE, phone_is_verified=True)

    outcomes = together(*(partial(verify, user) for user in people))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["IntegrityError", "NoneType"]
    assert User.objects.filter(phone=PHONE, phone_is_verified=True).count() == 1
