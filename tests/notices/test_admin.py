from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from accounts.roles import Role
from notices import letters
from notices.models import IssuedDocument, LetterBatch, Notice, NoticeText, ReceiptFile, Service
from tests.factories.accounts import staff_member
from tests.factories.notices import DispatchFactory, NoticeFactory, ServiceFactory
from tests.factories.registry import OrganisationFactory

pytestmark = pytest.mark.django_db
MODELS = ("noticetemplate", "notice", "dispatch", "service", "issueddocument", "letterbatch")


@pytest.fixture
def auditor(client: Client) -> Client:
    client.force_login(staff_member(Role.AUDITOR))
    return client


@pytest.fixture
def superuser(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("root@ministry.example"))
    return client


@pytest.fixture
def batch(settings: Settings, tmp_path: Path) -> LetterBatch:
    settings.MEDIA_ROOT = tmp_path
    row = DispatchFactory.create(letter=True)
    made = letters.make_batch(at=row.made_at)
    assert made is not None
    return made


def address(model: str, page: str, *args: object) -> str:
    return reverse(f"admin:notices_{model}_{page}", args=args)


@pytest.mark.parametrize("model", [*MODELS, "receiptfile"])
def test_the_auditor_reads_every_list(auditor: Client, model: str) -> None:
    assert auditor.get(address(model, "changelist")).status_code == 200


@pytest.mark.parametrize("model", [*MODELS, "receiptfile"])
def test_a_representative_without_a_role_reads_none(
    client: Client, alice: User, model: str
) -> None:
    client.force_login(alice)
    assert client.get(address(model, "changelist")).status_code == 302


def test_a_notices_page_shows_text_dispatches_and_services(auditor: Client) -> None:
    notice = NoticeFactory.create()
    DispatchFactory.create(notice=notice, address="office@ngo.example")
    ServiceFactory.create(notice=notice)
    auditor.cookies["django_language"] = "en"
    page = auditor.get(address("notice", "change", notice.pk)).content.decode()
    assert "Body" in page
    assert "office@ngo.example" in page
    assert "opened by a signed-in representative" in page


def test_a_letters_text_never_becomes_markup(auditor: Client) -> None:
    notice = NoticeFactory.create()
    NoticeText.objects.filter(notice=notice).update(body="Dear <script>alert(1)</script>\nAll")
    page = auditor.get(address("notice", "change", notice.pk)).content.decode()
    assert "Dear &lt;script&gt;alert(1)&lt;/script&gt;<br>All" in page


@pytest.mark.parametrize("model", [*MODELS, "receiptfile"])
def test_not_even_a_superuser_adds_a_row(superuser: Client, model: str) -> None:
    assert superuser.get(address(model, "add")).status_code == 403


def test_not_even_a_superuser_changes_or_deletes_a_notice(superuser: Client) -> None:
    notice = NoticeFactory.create()
    assert superuser.post(address("notice", "change", notice.pk), {}).status_code == 403
    assert superuser.post(address("notice", "delete", notice.pk), {}).status_code == 403


def test_staff_of_one_region_see_its_notices_only(client: Client) -> None:
    here = NoticeFactory.create(organisation=OrganisationFactory.create())
    there = NoticeFactory.create(
        organisation=OrganisationFactory.create(place_id="111010000", region_id="110000000")
    )
    person = staff_member(Role.HELPLINE)
    person.role_grants.update(regions=["710000000"])
    client.force_login(person)
    page = client.get(address("notice", "changelist")).content.decode()
    assert here.number in page
    assert there.number not in page
    assert client.get(address("notice", "change", there.pk)).status_code == 404


@pytest.mark.parametrize(
    ("question", "yes", "no"),
    [
        ("waiting", {}, {"sent": True}),
        ("came_back", {"bounced": True}, {"sent": True}),
        ("failed", {"state": "failed"}, {}),
        ("held_back", {"state": "suppressed"}, {}),
    ],
)
def test_each_question_is_answered(
    auditor: Client, question: str, yes: dict[str, object], no: dict[str, object]
) -> None:
    found, other = DispatchFactory.create(**yes), DispatchFactory.create(**no)
    pages = {
        answer: auditor.get(address("dispatch", "changelist"), {question: answer}).content.decode()
        for answer in ("yes", "no")
    }
    assert found.notice.number in pages["yes"]
    assert other.notice.number not in pages["yes"]
    assert other.notice.number in pages["no"]
    assert found.notice.number not in pages["no"]


@pytest.mark.parametrize("model", ["notice", "dispatch", "service", "issueddocument"])
def test_the_queries_of_a_list_do_not_grow_with_its_rows(auditor: Client, model: str) -> None:
    def queries_with(rows: int) -> int:
        for _ in range(rows):
            proof = ServiceFactory.create()
            DispatchFactory.create(notice=proof.notice)
            IssuedDocument.objects.create(
                number=proof.notice.number,
                kind="notice",
                organisation=proof.notice.organisation,
                issued_on="2026-09-01",
                sha256="0" * 64,
            )
        with CaptureQueriesContext(connection) as queries:
            auditor.get(address(model, "changelist"))
        return len(queries)

    auditor.get(address(model, "changelist"))
    assert queries_with(1) == queries_with(8)


def test_a_campaign_manager_downloads_a_batch(client: Client, batch: LetterBatch) -> None:
    client.force_login(staff_member(Role.CAMPAIGN_MANAGER))
    answer = client.get(address("letterbatch", "download", batch.pk))
    assert b"".join(answer.streaming_content).startswith(b"\xef\xbb\xbfbatch;notice;")  # type: ignore[attr-defined]
    assert answer["Content-Disposition"] == f'attachment; filename="{batch.number}.csv"'


def test_a_batch_is_not_for_staff_of_one_region(client: Client, batch: LetterBatch) -> None:
    person = staff_member(Role.CAMPAIGN_MANAGER)
    person.role_grants.update(regions=["710000000"])
    client.force_login(person)
    assert client.get(address("letterbatch", "download", batch.pk)).status_code == 403


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.HELPLINE, Role.AUDITOR])
def test_a_batch_with_its_codes_is_not_for_readers(
    role: Role, client: Client, batch: LetterBatch
) -> None:
    client.force_login(staff_member(role))
    assert client.get(address("letterbatch", "download", batch.pk)).status_code == 403


def test_the_batchs_page_gives_no_address_of_the_file(auditor: Client, batch: LetterBatch) -> None:
    page = auditor.get(address("letterbatch", "change", batch.pk)).content.decode()
    assert f"letters/{batch.number}" not in page
    assert batch.number in page


def receipts_for(notice: Notice) -> SimpleUploadedFile:
    content = f"notice;outcome;date\n{notice.number};delivered;2026-09-10\n"
    return SimpleUploadedFile("receipts.csv", content.encode())


def test_an_uploaded_receipt_file_is_read_by_the_verb(superuser: Client) -> None:
    row = DispatchFactory.create(letter=True, sent=True)
    answer = superuser.post(address("receiptfile", "bring"), {"file": receipts_for(row.notice)})
    read = ReceiptFile.objects.get()
    assert answer["Location"] == address("receiptfile", "change", read.pk)
    assert (read.delivered, read.by) == (1, User.objects.get())
    assert Service.objects.get().notice == row.notice


def test_a_second_upload_says_that_nothing_changed(superuser: Client) -> None:
    row = DispatchFactory.create(letter=True, sent=True)
    superuser.post(address("receiptfile", "bring"), {"file": receipts_for(row.notice)})
    superuser.cookies["django_language"] = "en"
    again = superuser.post(address("receiptfile", "bring"), {"file": receipts_for(row.notice)})
    assert "Nothing changed" in again.content.decode()
    assert ReceiptFile.objects.count() == 1


def test_the_auditor_brings_no_receipts(auditor: Client) -> None:
    row = DispatchFactory.create(letter=True, sent=True)
    answer = auditor.post(address("receiptfile", "bring"), {"file": receipts_for(row.notice)})
    assert answer.status_code == 403
    assert not ReceiptFile.objects.exists()
