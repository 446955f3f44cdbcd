"""The page of papers, and the download: for those who act for the organisation alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from registry.models import Representative, StoredFile
from reregistration import attachments, filing
from reregistration.models import Filing
from reregistration.states import AttachmentKind
from tests.factories.accounts import UserFactory
from tests.factories.files import JPEG, PDF, StoredFileFactory, upload
from tests.factories.registry import ClaimFactory, RepresentativeFactory
from tests.factories.reregistration import FilingFactory

pytestmark = pytest.mark.django_db
CHARTER = AttachmentKind.CHARTER


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def draft(alice: User) -> Filing:
    made: Filing = FilingFactory.create(is_short=False)
    RepresentativeFactory.create(organisation=made.obligation.organisation, user=alice)
    return made


@pytest.fixture
def signed_in(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def address(draft: Filing) -> str:
    obligation = draft.obligation
    return reverse(
        "filing_attachments", args=[obligation.organisation.number, obligation.campaign.code]
    )


def attach(signed_in: Client, draft: Filing, name: str = "Жарғы.pdf", content: bytes = PDF) -> str:
    sent = {"attach": "charter", "charter-file": upload(name, content)}
    response: HttpResponse = signed_in.post(address(draft), sent, follow=True)  # type: ignore[assignment]
    return response.content.decode()


def test_a_file_is_attached_and_told(signed_in: Client, draft: Filing, alice: User) -> None:
    page = attach(signed_in, draft)
    assert "“Жарғы.pdf” is attached." in page
    row = draft.attachments.get()
    assert (row.kind, row.by) == (CHARTER, alice)
    assert reverse("file", args=[StoredFile.objects.get().key]) in page


def test_a_refused_file_is_told_at_its_field_and_above(signed_in: Client, draft: Filing) -> None:
    page = attach(signed_in, draft, content=JPEG)
    assert page.count("is really a JPEG file") == 2
    assert 'href="#id_charter-file"' in page
    assert 'aria-describedby="id_charter-file_helptext id_charter-file_error"' in page
    assert not draft.attachments.exists()
    assert not StoredFile.objects.exists()


def test_nothing_chosen_is_told(signed_in: Client, draft: Filing) -> None:
    page = signed_in.post(address(draft), {"attach": "charter"}).content.decode()
    assert page.count("Choose a file.") == 2
    assert "Charter: Choose a file." in page


def test_a_reason_is_kept_and_shown(signed_in: Client, draft: Filing) -> None:
    sent = {"why_not": "charter", "charter-reason": "Lost in a flood."}
    page = signed_in.post(address(draft), sent, follow=True).content.decode()
    assert "Lost in a flood." in page
    assert attachments.missing(draft) == ["head_powers"]


def test_an_empty_reason_is_told(signed_in: Client, draft: Filing) -> None:
    page = signed_in.post(address(draft), {"why_not": "charter"}).content.decode()
    assert page.count("Write in a few words") == 2


def test_a_paper_is_removed(signed_in: Client, draft: Filing) -> None:
    attach(signed_in, draft)
    row = draft.attachments.get()
    for _ in range(2):
        assert signed_in.post(address(draft), {"remove": row.pk}).status_code == 302
    assert not draft.attachments.exists()


@pytest.mark.parametrize("sent", [{}, {"attach": "passport"}, {"why_not": ""}])
def test_what_the_page_does_not_send_is_not_found(
    signed_in: Client, draft: Filing, sent: dict[str, str]
) -> None:
    assert signed_in.post(address(draft), sent).status_code == 404


def test_after_submission_there_is_no_page_of_papers(
    signed_in: Client, draft: Filing, alice: User, at: datetime
) -> None:
    filing.submit(draft, by=alice, at=at, as_it_is=True)
    assert signed_in.get(address(draft)).status_code == 302
    sent = {"attach": "charter", "charter-file": upload()}
    assert signed_in.post(address(draft), sent).status_code == 302
    assert not draft.attachments.exists()


def test_queries_do_not_grow_with_papers(
    signed_in: Client,
    draft: Filing,
    alice: User,
    at: datetime,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(15):
        stored = StoredFileFactory.create(sha256=f"{number:064d}")
        attachments.attach(draft, AttachmentKind.OTHER, stored, by=alice, at=at)
    with django_assert_max_num_queries(14):
        signed_in.get(address(draft))


class TestWhoMay:
    def kept(self, draft: Filing, alice: User, at: datetime) -> StoredFile:
        stored: StoredFile = StoredFileFactory.create()
        attachments.attach(draft, CHARTER, stored, by=alice, at=at)
        return stored

    def test_a_representative_gets_the_file(
        self, signed_in: Client, draft: Filing, alice: User, at: datetime
    ) -> None:
        stored = self.kept(draft, alice, at)
        response = signed_in.get(reverse("file", args=[stored.key]))
        assert b"".join(response.streaming_content) == PDF  # type: ignore[attr-defined]
        assert response["Content-Disposition"].startswith("attachment;")

    def test_a_stranger_finds_neither_file_nor_page(
        self, client: Client, draft: Filing, alice: User, charlie: User, at: datetime
    ) -> None:
        stored = self.kept(draft, alice, at)
        client.force_login(charlie)
        assert client.get(reverse("file", args=[stored.key])).status_code == 404
        assert client.get(address(draft)).status_code == 404
        assert client.post(address(draft), {"remove": "1"}).status_code == 404

    def test_who_uploaded_it_and_acts_for_it_no_longer_finds_nothing(
        self, signed_in: Client, draft: Filing, alice: User, at: datetime
    ) -> None:
        stored = self.kept(draft, alice, at)
        Representative.objects.update(until_at=at)
        assert signed_in.get(reverse("file", args=[stored.key])).status_code == 404

    def test_a_visitor_signs_in_first(
        self, client: Client, draft: Filing, alice: User, at: datetime
    ) -> None:
        stored = self.kept(draft, alice, at)
        for page in (reverse("file", args=[stored.key]), address(draft)):
            assert "/login/" in client.get(page)["Location"]

    def test_a_reader_reads_files_and_attaches_none(
        self, client: Client, draft: Filing, alice: User, at: datetime
    ) -> None:
        stored = self.kept(draft, alice, at)
        bob = UserFactory.create(email="bob@ngo.example")
        RepresentativeFactory.create(
            organisation=draft.obligation.organisation,
            user=bob,
            role=Representative.Role.READER,
        )
        client.force_login(bob)
        response = client.get(reverse("file", args=[stored.key]))
        assert b"".join(response.streaming_content) == PDF  # type: ignore[attr-defined]
        assert client.get(address(draft)).status_code == 403


class TestAClaimant:
    """Who has claimed to act files at once, and sees their own papers alone."""

    @pytest.fixture
    def dana(self, draft: Filing) -> User:
        dana: User = UserFactory.create(email="dana@claims.example")
        ClaimFactory.create(organisation=draft.obligation.organisation, user=dana)
        return dana

    def test_attaches_to_a_draft_of_their_own(
        self, client: Client, draft: Filing, dana: User, at: datetime
    ) -> None:
        own = filing.start(draft.obligation, by=dana, at=at)
        client.force_login(dana)
        attach(client, draft)
        stored = own.attachments.get().file
        assert stored is not None
        assert not draft.attachments.exists()
        response = client.get(reverse("file", args=[stored.key]))
        assert b"".join(response.streaming_content) == PDF  # type: ignore[attr-defined]

    def test_finds_no_paper_of_the_organisation(
        self, client: Client, draft: Filing, alice: User, dana: User, at: datetime
    ) -> None:
        stored = StoredFileFactory.create()
        attachments.attach(draft, CHARTER, stored, by=alice, at=at)
        client.force_login(dana)
        assert client.get(reverse("file", args=[stored.key])).status_code == 404

    def test_keeps_their_drafts_paper_from_the_organisation(
        self, signed_in: Client, draft: Filing, dana: User, at: datetime
    ) -> None:
        own = filing.start(draft.obligation, by=dana, at=at)
        stored = StoredFileFactory.create()
        attachments.attach(own, CHARTER, stored, by=dana, at=at)
        assert signed_in.get(reverse("file", args=[stored.key])).status_code == 404
