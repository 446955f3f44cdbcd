"""A reviewer sees and gets a filing's papers, in the reviewer's regions alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

import pytest
from django.urls import reverse
from django.utils import translation

from accounts import staff
from accounts.models import User
from accounts.roles import Role
from registry.models import StoredFile
from reregistration import attachments, filing
from reregistration.models import Filing
from reregistration.states import AttachmentKind
from tests.clients import Browser
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.files import PDF, StoredFileFactory
from tests.factories.reregistration import FilingFactory
from tests.reregistration.desk import queries

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def filed(alice: User, at: datetime) -> Filing:
    """Filed with a charter, and without proof of the head's powers."""
    draft = FilingFactory.create(is_short=False)
    attachments.attach(draft, AttachmentKind.CHARTER, StoredFileFactory.create(), by=alice, at=at)
    return filing.submit(draft, by=alice, at=at, as_it_is=True)


def address(filed: Filing, stored: StoredFile) -> str:
    return reverse("admin:reregistration_filing_file", args=[filed.pk, stored.key])


def reviewer_of(client: Browser, *regions: str) -> Browser:
    user = UserFactory.create(is_staff=True)
    staff.grant_role(user, role=Role.REVIEWER, regions=list(regions), by=None, on=date(2020, 1, 1))
    client.force_login(user)
    return client


def test_the_page_names_papers_what_is_missing_and_how_it_was_signed(
    client: Browser, filed: Filing
) -> None:
    client.speak("en")
    client.force_login(staff_member(Role.REVIEWER))
    page = client.get(reverse("admin:reregistration_filing_change", args=[filed.pk]))
    told = page.content.decode()
    assert address(filed, StoredFile.objects.get()) in told
    assert told.count("neither attached nor explained") == 1
    assert "Declaration" in told


def test_a_reviewer_gets_the_file(client: Browser, filed: Filing) -> None:
    client.force_login(staff_member(Role.REVIEWER))
    response = client.get(address(filed, StoredFile.objects.get()))
    assert b"".join(response.streaming_content) == PDF  # type: ignore[attr-defined]


def test_a_reviewer_of_another_region_finds_nothing(client: Browser, filed: Filing) -> None:
    other = "790000000" if filed.obligation.organisation.region_id != "790000000" else "750000000"
    stranger = reviewer_of(client, other)
    assert stranger.get(address(filed, StoredFile.objects.get())).status_code == 404


def test_another_filings_file_is_not_found_under_this_one(client: Browser, filed: Filing) -> None:
    client.force_login(staff_member(Role.REVIEWER))
    assert client.get(address(filed, StoredFileFactory.create())).status_code == 404


def test_a_draft_shows_no_file(client: Browser, alice: User, at: datetime) -> None:
    draft = FilingFactory.create()
    stored = StoredFileFactory.create()
    attachments.attach(draft, AttachmentKind.OTHER, stored, by=alice, at=at)
    client.force_login(staff_member(Role.REVIEWER))
    assert client.get(address(draft, stored)).status_code == 404


def test_staff_without_a_role_and_representatives_get_nothing(
    client: Browser, filed: Filing, alice: User
) -> None:
    stored = StoredFile.objects.get()
    client.force_login(alice)
    assert client.get(address(filed, stored)).status_code in (302, 403)
    client.force_login(UserFactory.create(is_staff=True))
    assert client.get(address(filed, stored)).status_code == 403


class TestShownInPlace:
    @staticmethod
    def shown(filed: Filing, stored: StoredFile) -> str:
        return reverse("admin:reregistration_filing_file_shown", args=[filed.pk, stored.key])

    @staticmethod
    def page(client: Browser, filed: Filing) -> str:
        client.speak("en")
        client.force_login(staff_member(Role.REVIEWER))
        page = client.get(reverse("admin:reregistration_filing_change", args=[filed.pk]))
        return page.content.decode()

    @staticmethod
    def filed_with(by: User, at: datetime, *papers: StoredFile) -> Filing:
        draft = FilingFactory.create(is_short=False)
        for kind, stored in zip(AttachmentKind, papers, strict=False):
            attachments.attach(draft, kind, stored, by=by, at=at)
        return filing.submit(draft, by=by, at=at, as_it_is=True)

    @pytest.mark.parametrize(
        ("kind", "tag"),
        [("pdf", "<iframe"), ("jpeg", "<img"), ("png", "<img")],
    )
    def test_a_clean_picture_or_pdf_is(
        self, client: Browser, alice: User, at: datetime, kind: str, tag: str
    ) -> None:
        stored = StoredFileFactory.create(kind=kind, scan=StoredFile.Scan.CLEAN, scanned_at=at)
        filed = self.filed_with(alice, at, stored)
        assert f'{tag} src="{self.shown(filed, stored)}"' in self.page(client, filed)

    @pytest.mark.parametrize(
        ("kind", "scan"),
        [("docx", StoredFile.Scan.CLEAN), ("pdf", StoredFile.Scan.NOT_SCANNED)],
    )
    def test_another_type_or_one_that_was_not_scanned_is_a_link_with_type_and_size(
        self, client: Browser, alice: User, at: datetime, kind: str, scan: str
    ) -> None:
        scanned_at = at if scan == StoredFile.Scan.CLEAN else None
        stored = StoredFileFactory.create(kind=kind, scan=scan, scanned_at=scanned_at)
        filed = self.filed_with(alice, at, stored)
        page = self.page(client, filed)
        assert address(filed, stored) in page
        assert kind.upper() in page
        assert self.shown(filed, stored) not in page
        assert client.get(self.shown(filed, stored)).status_code == 404

    def test_it_is_shown_in_our_own_pages_alone_and_runs_nothing(
        self, client: Browser, alice: User, at: datetime
    ) -> None:
        stored = StoredFileFactory.create(scan=StoredFile.Scan.CLEAN, scanned_at=at)
        filed = self.filed_with(alice, at, stored)
        client.force_login(staff_member(Role.REVIEWER))
        response = client.get(self.shown(filed, stored))
        assert b"".join(response.streaming_content) == PDF  # type: ignore[attr-defined]
        assert response["Content-Disposition"].startswith("inline")
        assert response["Content-Type"] == "application/pdf"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["X-Frame-Options"] == "SAMEORIGIN"
        assert response["Cache-Control"].startswith("private, no-store")
        policy = response["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'self'" in policy
        assert "script-src" not in policy

    def test_a_stranger_finds_nothing(self, client: Browser, alice: User, at: datetime) -> None:
        stored = StoredFileFactory.create(scan=StoredFile.Scan.CLEAN, scanned_at=at)
        filed = self.filed_with(alice, at, stored)
        region = filed.obligation.organisation.region_id
        stranger = reviewer_of(client, "790000000" if region != "790000000" else "750000000")
        assert stranger.get(self.shown(filed, stored)).status_code == 404

    def test_more_papers_take_no_more_queries(
        self, client: Browser, alice: User, at: datetime
    ) -> None:
        client.force_login(staff_member(Role.REVIEWER))
        counts = []
        for many in (1, 4):
            clean = {"scan": StoredFile.Scan.CLEAN, "scanned_at": at}
            filed = self.filed_with(alice, at, *StoredFileFactory.create_batch(many, **clean))
            page = reverse("admin:reregistration_filing_change", args=[filed.pk])
            client.get(page)
            counts.append(queries(client, page))
        assert counts[0] == counts[1]
