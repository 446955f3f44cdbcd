"""The page that adds an electronic signature: three steps, verified at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pytest_django import Settings

from accounts.models import User
from registry.models import Representative, StoredFile
from reregistration.filing import frozen
from reregistration.models import Filing, FilingSignature
from tests.factories.accounts import UserFactory
from tests.factories.files import upload
from tests.factories.registry import RepresentativeFactory, valid_bin
from tests.factories.reregistration import FilingFactory
from tests.reregistration.signing.authority import Authority, signature

pytestmark = pytest.mark.django_db
AUTHORITY = Authority()
BIN = valid_bin(80)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def trusted(settings: Settings, tmp_path: Path) -> None:
    settings.SIGNING_TRUST_ROOTS = AUTHORITY.trusted_in(tmp_path)


@pytest.fixture
def filed(alice: User) -> Filing:
    made: Filing = FilingFactory.create(
        submitted=True,
        submitted_at=datetime.now(tz=UTC) - timedelta(hours=1),
        obligation__organisation__bin=BIN,
    )
    RepresentativeFactory.create(organisation=made.obligation.organisation, user=alice)
    return made


@pytest.fixture
def signed_in(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def pages(filed: Filing) -> list[str]:
    return [reverse(name, args=[filed.number]) for name in ("signature", "to_sign")]


def test_what_is_downloaded_signed_and_sent_is_added(signed_in: Client, filed: Filing) -> None:
    page, file = pages(filed)
    receipt = signed_in.get(reverse("receipt", args=[filed.number]))
    assert page in receipt.content.decode()
    downloaded = signed_in.get(file).content
    assert downloaded == frozen(filed)
    now = datetime.now(tz=UTC).replace(microsecond=0)
    cms = signature(downloaded, AUTHORITY.head_of(BIN), signed_at=now)
    sent = signed_in.post(page, {"file": upload("F.cms", cms)}, follow=True)
    told = sent.content.decode()
    assert "The electronic signature is right" in told
    made = FilingSignature.objects.get(filing=filed)
    assert made.signer_name.name in told
    kept = signed_in.get(reverse("file", args=[made.file.key]))
    assert b"".join(kept.streaming_content) == cms  # type: ignore[attr-defined]
    assert signed_in.get(page).status_code == 302


def test_a_refusal_is_told_at_the_field(signed_in: Client, filed: Filing) -> None:
    page, _file = pages(filed)
    cms = signature(b"other", AUTHORITY.head_of(BIN), signed_at=datetime.now(tz=UTC))
    told = signed_in.post(page, {"file": upload("F.cms", cms)}).content.decode()
    assert told.count("What was signed is not this filing") == 2
    assert not FilingSignature.objects.exists()


def test_a_paper_is_no_signature(signed_in: Client, filed: Filing) -> None:
    page, _file = pages(filed)
    told = signed_in.post(page, {"file": upload("F.pdf")}).content.decode()
    assert "Send CMS" in told
    assert not StoredFile.objects.exists()


def test_nothing_sent_is_told(signed_in: Client, filed: Filing) -> None:
    page, _file = pages(filed)
    assert "Choose a file." in signed_in.post(page, {"x": "1"}).content.decode()


def test_a_stranger_finds_nothing(client: Client, filed: Filing, charlie: User) -> None:
    client.force_login(charlie)
    assert [client.get(page).status_code for page in pages(filed)] == [404, 404]


def test_a_reader_signs_nothing(client: Client, filed: Filing) -> None:
    bob = UserFactory.create(email="bob@ngo.example")
    RepresentativeFactory.create(
        organisation=filed.obligation.organisation, user=bob, role=Representative.Role.READER
    )
    client.force_login(bob)
    assert [client.get(page).status_code for page in pages(filed)] == [403, 403]


def test_a_visitor_signs_in_first(client: Client, filed: Filing) -> None:
    assert all("/login/" in client.get(page)["Location"] for page in pages(filed))
