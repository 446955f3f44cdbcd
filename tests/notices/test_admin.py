from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from accounts.roles import Role
from notices import letters, resending
from notices.models import (
    DeliveryReport,
    Dispatch,
    DispatchDecision,
    IssuedDocument,
    LetterBatch,
    Notice,
    NoticeText,
    ReceiptFile,
    Service,
)
from notices.states import Kind
from tests.factories.accounts import staff_member
from tests.factories.notices import DispatchFactory, NoticeFactory, ServiceFactory
from tests.factories.registry import ContactFactory, OrganisationFactory

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
    assert b"".join(answer.streaming_content).startswith(b"%PDF-")  # type: ignore[attr-defined]
    assert answer["Content-Disposition"] == f'attachment; filename="TEST-{batch.number}.pdf"'


def test_a_campaign_manager_downloads_the_list(client: Client, batch: LetterBatch) -> None:
    client.force_login(staff_member(Role.CAMPAIGN_MANAGER))
    answer = client.get(address("letterbatch", "download_list", batch.pk))
    assert b"".join(answer.streaming_content).startswith(b"\xef\xbb\xbfbatch;position;")  # type: ignore[attr-defined]
    assert answer["Content-Disposition"] == f'attachment; filename="TEST-{batch.number}.csv"'


def test_a_batch_from_before_there_were_lists_has_none(client: Client, batch: LetterBatch) -> None:
    LetterBatch.objects.update(manifest="")
    client.force_login(staff_member(Role.CAMPAIGN_MANAGER))
    assert client.get(address("letterbatch", "download_list", batch.pk)).status_code == 404


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


# What became of a sending, and what staff decide


@pytest.fixture
def manager(client: Client) -> Client:
    client.force_login(staff_member(Role.CAMPAIGN_MANAGER))
    client.cookies["django_language"] = "en"
    return client


def failed(**fields: Any) -> Dispatch:
    fields.setdefault("notice", NoticeFactory.create(kind=Kind.RECEIPT))
    return DispatchFactory.create(state="failed", failure="451 greylisted", attempts=5, **fields)


def test_the_list_names_the_next_address_in_line(manager: Client) -> None:
    untried, followed = failed(), failed()
    ContactFactory.create(organisation=untried.notice.organisation, value="next@ngo.example")
    DispatchFactory.create(notice=followed.notice, address="second@ngo.example")
    page = manager.get(address("dispatch", "changelist")).content.decode()
    assert "e-mail, next@ngo.example" in page
    assert "e-mail, second@ngo.example: queued" in page


def test_failed_and_nothing_follows_asks_for_a_person(auditor: Client) -> None:
    alone, followed, served = failed(), failed(), failed()
    DispatchFactory.create(notice=followed.notice, letter=True)
    ServiceFactory.create(notice=served.notice)
    DispatchFactory.create(notice=alone.notice, sms=True, sent=True)
    answer = auditor.get(address("dispatch", "changelist"), {"nothing_follows": "yes"})
    assert list(answer.context["cl"].result_list) == [alone]


def test_the_list_of_failed_ones_does_not_ask_for_each(auditor: Client) -> None:
    def queries_with(rows: int) -> int:
        for _ in range(rows):
            failed()
        with CaptureQueriesContext(connection) as queries:
            auditor.get(address("dispatch", "changelist"))
        return len(queries)

    failed()
    auditor.get(address("dispatch", "changelist"))
    assert queries_with(1) == queries_with(8)


def test_a_notices_page_tells_its_whole_life_in_order(manager: Client, alice: User) -> None:
    notice = NoticeFactory.create(kind=Kind.RECEIPT)
    row = failed(notice=notice, address="office@ngo.example")
    at = row.made_at + timedelta(days=1)
    resending.resend(row, by=alice, at=at, reason="The server was down.")
    DeliveryReport.objects.create(
        dispatch=row,
        origin="provider",
        event="delayed",
        key="r-1",
        happened_at=at + timedelta(hours=1),
        received_at=at + timedelta(hours=1),
        diagnostic="mailbox busy",
    )
    ServiceFactory.create(notice=notice, served_at=at + timedelta(days=1))
    page = manager.get(address("notice", "change", notice.pk)).content.decode()
    told = [
        page.index(words)
        for words in (
            "it came with the portal",
            "The server was down.",
            "mailbox busy",
            "Served: opened by a signed-in representative",
        )
    ]
    assert told == sorted(told)
    assert "451 greylisted" in page
    assert reverse("verify_number", args=[notice.number]) in page


def test_a_notices_page_asks_as_much_however_much_happened(manager: Client, alice: User) -> None:
    def queries_of(sendings: int) -> int:
        notice = NoticeFactory.create(kind=Kind.RECEIPT)
        for _ in range(sendings):
            row = failed(notice=notice)
            resending.resend(row, by=alice, at=row.made_at, reason="Again.")
        with CaptureQueriesContext(connection) as queries:
            manager.get(address("notice", "change", notice.pk))
        return len(queries)

    queries_of(1)
    assert queries_of(1) == queries_of(6)


def test_a_manager_sends_again_with_a_reason(manager: Client) -> None:
    row = failed()
    page = manager.get(address("dispatch", "change", row.pk)).content.decode()
    assert address("dispatch", "resend", row.pk) in page
    assert address("dispatch", "hold-back", row.pk) not in page
    where = address("dispatch", "resend", row.pk)
    assert 'name="seen" value="0"' in manager.get(where).content.decode()
    manager.post(where, {"reason": "", "seen": 0})
    assert not DispatchDecision.objects.exists()
    for _click in range(2):
        manager.post(where, {"reason": "The server was down.", "seen": 0})
    assert DispatchDecision.objects.get().reason == "The server was down."


def test_a_manager_holds_back_what_waits(manager: Client) -> None:
    row = DispatchFactory.create()
    manager.post(address("dispatch", "hold-back", row.pk), {"reason": "A stranger's.", "seen": 0})
    row.refresh_from_db()
    assert row.state == "suppressed"


def test_many_are_sent_again_once_a_reason_is_given(manager: Client) -> None:
    rows = [failed(), failed(), DispatchFactory.create(sent=True, state="delivered")]
    chosen = {"action": "resend_selected", "_selected_action": [row.pk for row in rows]}
    asked = manager.post(address("dispatch", "changelist"), chosen).content.decode()
    assert 'name="reason"' in asked
    assert not DispatchDecision.objects.exists()
    told = manager.post(
        address("dispatch", "changelist"), {**chosen, "reason": "The server was down."}, follow=True
    ).content.decode()
    assert "2 sent again, 1 refused." in told
    assert rows[2].notice.number in told


def test_who_manages_one_region_sends_again_there_alone(manager: Client) -> None:
    User.objects.get(role_grants__role=Role.CAMPAIGN_MANAGER).role_grants.update(
        regions=["110000000"]
    )
    row = failed()
    answer = manager.post(address("dispatch", "resend", row.pk), {"reason": "No.", "seen": 0})
    assert answer.status_code == 404
    assert not DispatchDecision.objects.exists()
