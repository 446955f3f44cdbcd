"""What holds of every page: languages, the fixed line, faults that are told kindly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts.models import User
from tests.factories.registry import OrganisationFactory

LANGUAGES = ("kk", "ru", "en")
FIXED_LINE = {
    "kk": "бұл заңды тұлғаны мемлекеттік қайта тіркеу емес",
    "ru": "это не государственная перерегистрация юридического лица",
    "en": "is not the state registration of a legal entity",
}


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


def text(response: Any) -> str:
    return str(response.content.decode())


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
class TestEachLanguage:
    def test_a_page_that_is_not_there_says_so(self, client: Client, language: str) -> None:
        response = client.get(f"/{language}/nothing-here/")
        assert response.status_code == 404
        assert f'<html lang="{language}"' in text(response)

    def test_every_page_says_what_this_is_not(self, client: Client, language: str) -> None:
        page = text(client.get(f"/{language}/"))
        assert FIXED_LINE[language] in page.lower()

    @pytest.mark.parametrize(
        "name",
        ["account_login", "account_request_login_code", "account_signup", "account_reset_password"],
    )
    def test_the_pages_of_accounts_look_like_the_portal(
        self, client: Client, language: str, name: str
    ) -> None:
        with translation.override(language):
            response = client.get(reverse(name))
        assert response.status_code == 200
        assert 'class="masthead"' in text(response)
        assert 'class="btn btn-primary"' in text(response)


@pytest.mark.django_db
class TestLanguageSwitch:
    def test_it_keeps_the_page_and_its_filters(self, client: Client) -> None:
        page = text(client.get("/en/organisations/", {"status": "active"}))
        assert 'href="/kk/organisations/?status=active"' in page

    def test_it_works_where_there_is_no_page(self, client: Client) -> None:
        assert 'href="/ru/nothing-here/"' in text(client.get("/en/nothing-here/"))

    def test_the_root_speaks_kazakh_to_who_asks_for_no_language(self, client: Client) -> None:
        assert client.get("/")["Location"] == "/kk/"


@pytest.mark.django_db
def test_a_fault_at_signing_in_is_linked_to_its_field(client: Client, alice: User) -> None:
    response = client.post(reverse("account_login"), {"login": alice.email, "password": "no"})
    page = text(response)
    assert "Something is missing or wrong" in page
    assert client.post(reverse("account_login"), {"login": ""}).status_code == 200
    assert 'href="#id_login"' in text(client.post(reverse("account_login"), {"login": ""}))


@pytest.mark.django_db
def test_a_signed_in_person_can_sign_out_by_one_button(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert "Sign out" in text(client.get(reverse("home")))
    client.post(reverse("account_logout"))
    assert "Sign out" not in text(client.get(reverse("home")))


def test_the_page_of_a_fault_speaks_all_languages_without_a_database() -> None:
    page = render_to_string("500.html")
    assert all(f'lang="{language}"' in page for language in LANGUAGES)


@pytest.mark.django_db
def test_a_form_that_expired_is_told_kindly(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    response = client.post("/en/my/R-0000001/2026/start/")
    assert response.status_code == 403
    assert "This form has expired" in text(response)


@pytest.mark.django_db
def test_pages_load_nothing_from_elsewhere(client: Client) -> None:
    OrganisationFactory.create()
    for address in ("/en/", "/en/organisations/"):
        page = text(client.get(address))
        assert 'src="http' not in page
        assert 'href="http' not in page
        assert "<script>" not in page
