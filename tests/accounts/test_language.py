"""The chosen language is remembered, on the device and on the account."""

from __future__ import annotations

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts.models import User
from tests.clients import Browser
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db

CHOOSE = "/kk/accounts/language/"


def choose(client: Client, language: str, page: str = "/kk/organisations/?status=active") -> str:
    return str(client.post(CHOOSE, {"language": language, "next": page})["Location"])


def test_the_first_visit_is_kazakh_whatever_the_browser_prefers(client: Client) -> None:
    answer = client.get("/", headers={"accept-language": "ru,en;q=0.5"})
    assert answer["Location"] == "/kk/"


def test_the_choice_leads_to_the_same_page_with_its_filters(client: Client) -> None:
    assert choose(client, "ru") == "/ru/organisations/?status=active"


def test_the_next_visit_is_in_the_chosen_language(client: Client) -> None:
    choose(client, "ru")
    answer = client.get("/")
    assert answer["Location"] == "/ru/"
    assert "Cookie" in answer["Vary"]


def test_an_address_in_another_language_is_shown_in_it(client: Client) -> None:
    choose(client, "ru")
    assert '<html lang="en"' in client.get("/en/").content.decode()


@pytest.mark.parametrize("language", ["", "de", "kk; Path=/"])
def test_what_is_no_language_is_not_remembered(client: Client, language: str) -> None:
    assert choose(client, language) == "/kk/organisations/?status=active"
    assert "django_language" not in client.cookies


@pytest.mark.parametrize("page", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_nobody_is_led_away(client: Client, page: str) -> None:
    assert choose(client, "ru", page) in ("/", "/ru/")


def test_a_forged_cookie_is_not_believed(client: Browser) -> None:
    client.speak("de")
    assert client.get("/")["Location"] == "/kk/"


def test_the_choice_of_a_person_is_kept_on_their_account(
    client: Client, alice: User, charlie: User
) -> None:
    client.force_login(alice)
    choose(client, "en")
    alice.refresh_from_db()
    charlie.refresh_from_db()
    assert (alice.language, charlie.language) == ("en", "ru")


def test_a_look_does_not_choose(client: Client) -> None:
    assert client.get(CHOOSE).status_code == 405


def test_the_switch_works_without_scripts_and_robots_find_plain_addresses(client: Client) -> None:
    page = client.get("/ru/organisations/").content.decode()
    assert re.search(r'<button type="submit" name="language" value="kk"', page)
    assert '<link rel="alternate" hreflang="kk" href="/kk/organisations/">' in page


class TestAtSigningIn:
    def sign_in(self, client: Client, user: User) -> None:
        user.set_password("a-long-enough-password")
        user.save()
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        client.post(
            "/en/accounts/login/", {"login": user.email, "password": "a-long-enough-password"}
        )

    def test_a_new_device_takes_over_the_persons_language(self, client: Client) -> None:
        self.sign_in(client, UserFactory.create(language="ru"))
        assert client.get("/")["Location"] == "/ru/"

    def test_a_choice_made_on_the_device_stands(self, client: Browser) -> None:
        client.speak("en")
        self.sign_in(client, UserFactory.create(language="ru"))
        assert client.get("/")["Location"] == "/en/"


class TestMail:
    @pytest.mark.usefixtures("alice")
    def test_a_code_comes_in_the_persons_language(self, client: Client) -> None:
        client.post("/en/accounts/login/code/", {"login": "Alice@NGO.example"})
        with translation.override("ru"):
            assert mail.outbox[0].subject == translation.gettext("Sign-In Code")

    def test_a_stranger_is_answered_in_the_language_of_the_page(self, client: Client) -> None:
        client.post("/ru/accounts/login/code/", {"login": "nobody@ngo.example"})
        with translation.override("ru"):
            assert mail.outbox[0].subject == translation.gettext("Unknown Account")

    def test_whoever_signs_up_is_written_to_in_the_language_in_which_they_did(
        self, client: Client
    ) -> None:
        word = "a-long-secret-of-one"
        client.post(
            "/en/accounts/signup/",
            {"email": "new@ngo.example", "password1": word, "password2": word},
        )
        assert User.objects.get(email="new@ngo.example").language == "en"
        assert "Please Confirm" in mail.outbox[0].subject


def test_the_switch_is_on_the_pages_of_accounts_too(client: Client) -> None:
    with translation.override("ru"):
        page = client.get(reverse("account_login")).content.decode()
    assert 'action="/ru/accounts/language/"' in page
