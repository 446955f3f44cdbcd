"""The desk of claims: who sees what, who decides, and the documents behind them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from registry.models import Claim, ClaimDocument
from tests.factories.accounts import staff_member
from tests.factories.files import StoredFileFactory
from tests.factories.registry import (
    ClaimFactory,
    OrganisationFactory,
    RepresentativeFactory,
)
from tests.reregistration.desk import list_of, page_of, queries, rows_of, signed_in, verb_of

pytestmark = pytest.mark.django_db
ALMATY_CITY = "750000000"


@pytest.fixture
def clerk() -> Client:
    return signed_in(staff_member(Role.REGISTER_CLERK))


def with_document(**fields: Any) -> ClaimDocument:
    claim = ClaimFactory.create(**fields)
    file = StoredFileFactory.create(uploaded_by=claim.user)
    return ClaimDocument.objects.create(claim=claim, kind="charter", file=file)


def document_of(document: ClaimDocument) -> str:
    return reverse("admin:registry_claim_document", args=[document.pk])


def test_the_list_shows_what_waits_the_oldest_first(clerk: Client) -> None:
    newer = ClaimFactory.create(opened_at=datetime(2026, 9, 16, tzinfo=UTC))
    older = ClaimFactory.create(opened_at=datetime(2026, 9, 14, tzinfo=UTC))
    ClaimFactory.create(refused=True)
    assert rows_of(clerk.get(list_of(Claim))) == [older, newer]


def test_only_those_that_the_ministry_must_decide(clerk: Client) -> None:
    ClaimFactory.create(by_code=True)
    opposed = ClaimFactory.create(by_code=True)
    opposed.objections.create(by=opposed.user, text="No.", at=opposed.opened_at)
    by_documents = ClaimFactory.create()
    found = rows_of(clerk.get(list_of(Claim), {"waiting": "ministry"}))
    assert set(found) == {opposed, by_documents}


def test_its_queries_do_not_grow_with_its_rows(clerk: Client) -> None:
    ClaimFactory.create()
    queries(clerk, list_of(Claim))
    few = queries(clerk, list_of(Claim))
    ClaimFactory.create_batch(8)
    assert queries(clerk, list_of(Claim)) == few


def test_the_page_shows_who_acts_what_was_sent_and_who_objects(clerk: Client) -> None:
    document = with_document()
    acting = RepresentativeFactory.create(organisation=document.claim.organisation)
    document.claim.objections.create(
        by=acting.user, text="He was dismissed.", at=document.claim.opened_at
    )
    page = clerk.get(page_of(document.claim)).content.decode()
    for shown in (
        str(acting.user),
        document.file.name,
        "He was dismissed.",
        document_of(document),
    ):
        assert shown in page


def test_a_clerk_accepts(clerk: Client) -> None:
    claim = ClaimFactory.create()
    assert clerk.get(verb_of(claim, "accept")).status_code == 200
    clerk.post(verb_of(claim, "accept"), {"note": ""})
    claim.refresh_from_db()
    assert claim.state == Claim.State.ACCEPTED


def test_a_refusal_needs_grounds(clerk: Client) -> None:
    claim = ClaimFactory.create()
    assert clerk.post(verb_of(claim, "refuse"), {"note": ""}).status_code == 200
    claim.refresh_from_db()
    assert claim.state == Claim.State.WAITING
    clerk.post(verb_of(claim, "refuse"), {"note": "No order."})
    claim.refresh_from_db()
    assert (claim.state, claim.note) == (Claim.State.REFUSED, "No order.")


def test_the_helpline_sees_a_claim_and_decides_nothing() -> None:
    helpline = signed_in(staff_member(Role.HELPLINE))
    document = with_document()
    page = helpline.get(page_of(document.claim)).content.decode()
    assert document.file.name in page
    assert helpline.get(document_of(document)).status_code == 403
    assert helpline.post(verb_of(document.claim, "accept")).status_code == 403


def test_the_file_comes_to_who_decides_in_its_region(clerk: Client) -> None:
    document = with_document()
    answer: Any = clerk.get(document_of(document))
    assert b"".join(answer.streaming_content)
    person = staff_member(Role.REGISTER_CLERK)
    person.role_grants.update(regions=[ALMATY_CITY])
    elsewhere = signed_in(person)
    assert elsewhere.get(document_of(document)).status_code == 404
    assert elsewhere.get(page_of(document.claim)).status_code == 404
    own = with_document(
        organisation=OrganisationFactory.create(region_id=ALMATY_CITY, place_id=ALMATY_CITY)
    )
    found: Any = elsewhere.get(document_of(own))
    assert b"".join(found.streaming_content)
