"""The public page that confirms a document's number, and gives nothing else away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from notices import verify
from notices.models import IssuedDocument
from notices.states import DocumentKind
from tests.factories.registry import OrganisationFactory, valid_bin

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nobody_came_before() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def document() -> IssuedDocument:
    organisation = OrganisationFactory.create(
        number="R-0000077",
        bin=valid_bin(77),
        name_ru="Фонд «Тайный адресат»",
        head_name="Тайный Руководитель",
    )
    return IssuedDocument.objects.create(
        number="N-0000123",
        kind=DocumentKind.NOTICE,
        organisation=organisation,
        issued_on=date(2026, 9, 15),
        sha256="a" * 64,
    )


def page(client: Client, number: str = "N-0000123") -> Any:
    return client.get(reverse("verify_number", args=[number]))


def asked(client: Client, typed: str) -> str:
    answer = client.post(reverse("verify_number", args=["N-0000123"]), {"organisation": typed})
    return str(answer.content.decode())


class TestNormalised:
    @pytest.mark.parametrize(
        "typed",
        ["N-0000123", "n-0000123", "  N 000 0123 ", "N0000123", "N–0000123", "N‑0000123"],
    )
    def test_a_number_is_understood_however_it_is_typed(self, typed: str) -> None:
        assert verify.normalised(typed) == "N-0000123"

    def test_a_cyrillic_letter_that_looks_the_same_is_meant_to_be_it(self) -> None:
        assert verify.normalised("С-0000001") == verify.normalised("с 0000001") == "C-0000001"

    @pytest.mark.parametrize(
        "typed", ["", "N-", "0000123", "N-123", "X-0000123", "N-00001234567", "N-000012x", "<b>"]
    )
    def test_what_cannot_be_a_number_is_none(self, typed: str) -> None:
        assert verify.normalised(typed) == ""


class TestTheNumberField:
    def test_leads_to_the_numbers_own_address(self, client: Client) -> None:
        answer = client.get(reverse("verify"), {"number": " n 0000123 "})
        assert (answer.status_code, answer.headers["Location"]) == (
            302,
            reverse("verify_number", args=["N-0000123"]),
        )

    def test_says_how_a_number_is_written(self, client: Client) -> None:
        answer = client.get(reverse("verify"), {"number": "what?"}).content.decode()
        assert "A number is N, F or C" in answer
        assert "what?" in answer


@pytest.mark.usefixtures("document")
class TestAKnownNumber:
    def test_its_kind_date_and_region_are_confirmed(self, client: Client) -> None:
        text = page(client).content.decode()
        for told in ("N-0000123 is real", "Notice", "15 September 2026", "Astana"):
            assert told in text

    def test_whose_it_is_is_not_told(self, client: Client, document: IssuedDocument) -> None:
        organisation = document.organisation
        text = page(client).content.decode() + asked(client, "wrong")
        for secret in ("Тайный", organisation.number, str(organisation.bin), document.sha256):
            assert secret not in text

    @pytest.mark.parametrize("typed", ["R-0000077", "r0000077", "Р-0000077", valid_bin(77)])
    def test_the_own_organisation_is_confirmed(self, typed: str, client: Client) -> None:
        assert "Yes. The document was issued" in asked(client, typed)

    def test_a_wrong_bin_is_answered_like_anothers(self, client: Client) -> None:
        other = OrganisationFactory.create()
        answers = {
            asked(client, typed).replace(typed, "").split("csrfmiddlewaretoken")[0]
            for typed in (str(other.bin), other.number, "123456789012", "R-9999999")
        }
        assert len(answers) == 1
        assert "No. The document was not issued" in answers.pop()

    def test_of_an_organisation_without_a_bin_nothing_empty_is_its_number(self) -> None:
        row = IssuedDocument(organisation=OrganisationFactory.create(without_bin=True))
        assert not verify.belongs(row, "")
        assert not verify.belongs(row, "None")
        assert verify.belongs(row, row.organisation.number)

    def test_it_costs_one_query(self, client: Client) -> None:
        with CaptureQueriesContext(connection) as queries:
            page(client)
        assert len(queries) == 1


@pytest.mark.usefixtures("document")
class TestAnUnknownNumber:
    @pytest.mark.parametrize("number", ["N-0000124", "F-0000001", "Z-1", "what"])
    def test_is_said_to_be_unknown(self, number: str, client: Client) -> None:
        answer = page(client, number)
        assert answer.status_code == 404
        assert f"no document with the number {number}" in answer.content.decode()

    def test_is_shown_as_text(self, client: Client) -> None:
        assert "<script>" not in page(client, "<script>x").content.decode()


def test_the_address_of_the_qr_code_leads_to_the_readers_language(
    client: Client, document: IssuedDocument
) -> None:
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "ru"
    answer = client.get("/verify/N-0000123", follow=True)
    assert answer.redirect_chain[-1][0] == "/ru/verify/N-0000123/"
    assert answer.status_code == 200


@pytest.mark.parametrize("number", ["N-0000123", "N-0000124"])
def test_no_search_engine_and_no_cache_keeps_it(
    number: str, client: Client, document: IssuedDocument
) -> None:
    answer = page(client, number)
    assert '<meta name="robots" content="noindex">' in answer.content.decode()
    assert "no-store" in answer.headers["Cache-Control"]


def test_whoever_tries_all_numbers_is_stopped(client: Client, document: IssuedDocument) -> None:
    statuses = [page(client, f"N-{serial:07d}").status_code for serial in range(31)]
    assert statuses == [404] * 30 + [429]


def test_every_page_links_to_it(client: Client) -> None:
    assert f'href="{reverse("verify")}"' in client.get(reverse("home")).content.decode()
