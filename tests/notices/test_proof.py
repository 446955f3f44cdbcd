"""The proof of a document's line: there once it is sealed, and silent of what the line holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from notices import notice
from notices.models import IssuedDocument
from registry import seals
from registry.seals.merkle import BLOCK
from tests.factories.notices import draft_of
from tests.factories.registry import OrganisationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nobody_came_before() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def document(at: datetime) -> IssuedDocument:
    (made,) = notice.register([draft_of(OrganisationFactory.create())], at=at)
    return IssuedDocument.objects.get(number=made.number)


def asked(client: Client, number: str) -> Any:
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return client.get(f"/verify/{number}/proof")


def test_before_the_night_it_says_when_it_comes(client: Client, document: IssuedDocument) -> None:
    answer = asked(client, document.number)
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_sealed_yet"
    assert "not sealed yet" in answer.json()["detail"]


@pytest.mark.parametrize("number", ["N-9999999", "X-1", "what"])
def test_of_a_number_that_was_never_issued_there_is_none(number: str, client: Client) -> None:
    answer = asked(client, number)
    assert answer.status_code == 404
    assert answer.json()["code"] == "unknown_number"
    assert "issued no document" in answer.json()["detail"]


def test_once_sealed_it_holds(client: Client, document: IssuedDocument, at: datetime) -> None:
    seals.seal(at=at)
    answer = asked(client, document.number)
    assert answer.status_code == 200
    assert f"{document.number}.proof.json" in answer.headers["Content-Disposition"]
    assert answer.json()["leaf"] == seals.hash_at_issue(document)
    checked = seals.check(answer.content.decode())
    assert checked.problem == ""
    assert checked.seal is not None
    assert checked.seal.number == 1


def test_it_tells_nothing_of_what_the_line_holds(
    client: Client, document: IssuedDocument, at: datetime
) -> None:
    seals.seal(at=at)
    told = asked(client, document.number).json()
    assert set(told) == {"format", "document", "leaf", "path", "seal", "seals"}
    assert set(told["seal"]) == {"number", "sealed_at", "count", "previous", "root", "hash"}
    text = json.dumps(told)
    for secret in (document.sha256, bytes(document.salt).hex(), document.organisation.number):
        assert secret not in text


def test_the_number_is_understood_however_it_is_typed(
    client: Client, document: IssuedDocument, at: datetime
) -> None:
    seals.seal(at=at)
    assert asked(client, document.number.lower()).status_code == 200


def test_it_costs_as_much_in_a_large_seal(
    client: Client, document: IssuedDocument, at: datetime
) -> None:
    """One block of leaves and the blocks' roots are read, however many leaves there are."""
    seals.seal(at=at)
    with CaptureQueriesContext(connection) as few:
        asked(client, document.number)
    organisation = OrganisationFactory.create()
    IssuedDocument.objects.bulk_create(
        IssuedDocument(
            number=f"F-{serial:07d}", kind="receipt", organisation=organisation, issued_on=at
        )
        for serial in range(2 * BLOCK + 10)
    )
    seals.seal(at=at + timedelta(days=1))
    with CaptureQueriesContext(connection) as many:
        answers = [asked(client, f"F-{serial:07d}") for serial in (0, BLOCK, 2 * BLOCK + 9)]
    assert len(many) == 3 * len(few)
    assert {seals.check(answer.content.decode()).problem for answer in answers} == {""}


def test_whoever_tries_all_numbers_is_stopped(client: Client) -> None:
    statuses = [asked(client, f"N-{serial:07d}").status_code for serial in range(31)]
    assert statuses == [404] * 30 + [429]


def test_each_document_has_a_salt_of_its_own(at: datetime) -> None:
    made = notice.register(
        [draft_of(OrganisationFactory.create()) for _ in range(3)],
        at=at,
    )
    salts = {bytes(one.salt) for one in (*IssuedDocument.objects.all(), *made)}
    assert len(salts) == 6
    assert {len(salt) for salt in salts} == {16}


@pytest.mark.parametrize(
    "statement", ["UPDATE {} SET sha256 = 'x'", "DELETE FROM {}", "TRUNCATE {} CASCADE"]
)
def test_what_was_issued_is_never_changed(statement: str, document: IssuedDocument) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError, match="append-only"):
            cursor.execute(statement.format("notices_issueddocument"))


def test_the_page_of_a_number_offers_it_from_the_next_morning(client: Client) -> None:
    now = timezone.now()
    made = {}
    for days in (0, 1):
        day = now - timedelta(days=days)
        (made[days],) = notice.register([draft_of(OrganisationFactory.create())], at=day)
    today, yesterday = (
        client.get(reverse("verify_number", args=[made[days].number])).content.decode()
        for days in (0, 1)
    )
    assert "Download the proof" in yesterday
    assert f"/verify/{made[1].number}/proof" in yesterday
    assert "Download the proof" not in today
    assert "Tomorrow morning" in today
