"""Receipts and certificates: what they say, who gets them, and that there is one of each."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import date, datetime
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from accounts import staff
from accounts.models import User
from accounts.roles import Role
from notices import emails, notice
from notices.models import Dispatch, IssuedDocument, Notice, Service
from notices.states import DocumentKind, Kind
from registry import seals
from registry.calendar import ALMATY
from registry.models import DayOverride, Organisation
from reregistration import attachments, certificates, documents, review
from reregistration import filing as filing_verbs
from reregistration.filing import frozen
from reregistration.models import Filing, Review
from reregistration.states import AttachmentKind, Decision, FilingKind, FilingState
from tests.concurrency import together
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.files import StoredFileFactory
from tests.factories.notices import DispatchFactory, NoticeFactory, ServiceFactory, draft_of
from tests.factories.registry import OrganisationFactory, RepresentativeFactory
from tests.factories.reregistration import FilingFactory
from tests.notices.documents.pdfs import claims, opened, says, text_of

LANGUAGES = ("kk", "ru", "en")


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


def submitted(by: User, at: datetime, **fields: Any) -> Filing:
    """A filing that its representative submitted, as the pages fetch it."""
    draft = FilingFactory.create(**fields)
    RepresentativeFactory.create(organisation=draft.obligation.organisation, user=by)
    return fresh(filing_verbs.submit(draft, by=by, at=at))


def fresh(filing: Filing) -> Filing:
    found: Filing = Filing.objects.select_related(
        "obligation__campaign", "obligation__organisation", "submitted_by"
    ).get(pk=filing.pk)
    return found


def accepted(by: User, at: datetime, **fields: Any) -> Filing:
    filing = submitted(by, at, **fields)
    review.accept(filing, by=staff_member(Role.REVIEWER), at=at)
    return fresh(filing)


@pytest.fixture
def filed(alice: User) -> Filing:
    return submitted(alice, datetime(2026, 9, 15, 18, 3, 4, tzinfo=ALMATY))


@pytest.fixture
def done(alice: User, at: datetime) -> Filing:
    return accepted(alice, at)


@pytest.fixture
def browser(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


class TestReceipt:
    def test_says_what_arrived_when_and_from_whom(self, filed: Filing) -> None:
        pdf = documents.receipt(filed, "en")
        for told in (
            str(filed.number),
            "15 September 2026, 18:03:04 (UTC+5)",
            filed.sha256,
            "alice@ngo.example",
            filed.obligation.organisation.number,
            filed.name_kk,
            filed.head_name,
            "1,200,000",
        ):
            assert says(pdf, told), told

    def test_the_frozen_filing_is_inside_and_gives_the_fingerprint(self, filed: Filing) -> None:
        pdf = documents.receipt(filed, "kk")
        (content,) = opened(pdf).attachments[f"{filed.number}.json"]
        assert content == frozen(filed)
        assert hashlib.sha256(content).hexdigest() == filed.sha256
        assert (claims(pdf)["pdfaid:part"], claims(pdf)["pdfaid:conformance"]) == ("3", "U")

    def test_carries_its_line_of_the_ledger_and_the_line_its_leaf(
        self, filed: Filing, at: datetime
    ) -> None:
        pdf = documents.receipt(filed, "en")
        (line,) = opened(pdf).attachments[f"{filed.number}.line.json"]
        leaf = hashlib.sha256(b"\x00" + line).hexdigest()
        assert says(pdf, leaf)
        assert says(pdf, f"/verify/{filed.number}/proof")
        row = json.loads(line)["row"]
        assert (row["number"], row["sha256"]) == (filed.number, filed.sha256)
        made = seals.seal(at=filed.submitted_at or at)
        assert made is not None
        document = IssuedDocument.objects.get(number=filed.number)
        proof = seals.of_row(document)
        assert proof is not None
        assert proof["leaf"] == leaf
        assert documents.receipt(filed, "en") == pdf

    def test_says_by_when_the_ministry_answers(self, filed: Filing) -> None:
        # 15 working days after 15 September 2026.
        assert says(documents.receipt(filed, "en"), "by 6 October 2026")
        DayOverride.objects.create(on=date(2026, 9, 16), is_working=False, ground="Order 1")
        assert says(documents.receipt(filed, "en"), "by 7 October 2026")
        filed.obligation.campaign.review_working_days = 1
        assert says(documents.receipt(filed, "en"), "by 17 September 2026")

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_is_the_same_whenever_it_is_asked_for(
        self, language: str, filed: Filing, at: datetime
    ) -> None:
        before = documents.receipt(filed, language)
        review.accept(filed, by=staff_member(Role.REVIEWER), at=filed.submitted_at or at)
        assert documents.receipt(fresh(filed), language) == before

    def test_has_room_for_the_longest_answers(self, alice: User, at: datetime) -> None:
        long = submitted(
            alice,
            at,
            name_kk="Өңір " * 200,
            name_ru="Щ" * 1000,
            name_en='#include "x" *b* $y$',
            address="Абай көшесі, " * 80,
            head_name="Ә" * 200,
        )
        pdf = documents.receipt(long, "kk")
        assert says(pdf, long.name_en)
        # The others may go on over the foot of a page.
        text = text_of(pdf)
        asked = {"Щ": 1000, "Ә": 200, "Өңір": 200, "Абай": 80}
        assert {word: text.count(word) for word in asked} == asked
        assert 2 <= len(opened(pdf).pages) <= 4

    def test_of_a_closed_organisation_shows_no_answers(self, filed: Filing) -> None:
        filed.kind = FilingKind.CLOSED
        text = text_of(documents.receipt(filed, "en"))
        assert "The organisation has closed" in text
        assert filed.head_name not in text

    def test_names_each_paper_with_its_fingerprint_or_why_it_is_absent(
        self, alice: User, at: datetime
    ) -> None:
        draft = FilingFactory.create()
        stored = StoredFileFactory.create(name="Жарғы 2026.pdf")
        attachments.attach(draft, AttachmentKind.CHARTER, stored, by=alice, at=at)
        attachments.say_why_not(
            draft, AttachmentKind.HEAD_POWERS, "Құжат әлі дайын емес", by=alice, at=at
        )
        filed = filing_verbs.submit(draft, by=alice, at=at)
        pdf = documents.receipt(fresh(filed), "kk")
        for told in ("Жарғы 2026.pdf", stored.sha256, "Құжат әлі дайын емес"):
            assert says(pdf, told)

    def test_goes_with_the_e_mail_that_says_the_filing_arrived(self, filed: Filing) -> None:
        (sending,) = Dispatch.objects.filter(notice__kind=Kind.RECEIPT)
        _code, file = emails.compose(sending).attachments
        name, content, media_type = tuple(file)
        assert (name, media_type) == (f"{filed.number}.pdf", "application/pdf")
        assert content == documents.receipt(filed, sending.notice.language)


class TestCertificate:
    def test_is_issued_with_the_acceptance(self, done: Filing, at: datetime) -> None:
        row = IssuedDocument.objects.get(kind=DocumentKind.CERTIFICATE)
        assert row.number.startswith("C-")
        assert len(row.number) == 9
        assert (row.issued_on, row.organisation) == (at.date(), done.obligation.organisation)
        assert row.sha256 == hashlib.sha256(certificates.canonical(row.facts)).hexdigest()

    def test_costs_the_acceptance_one_statement(self, alice: User, at: datetime) -> None:
        filing = submitted(alice, at)
        with transaction.atomic(), CaptureQueriesContext(connection) as queries:
            certificates.issue(filing, filing.obligation, at=at)
        assert len(queries) == 1

    def test_is_not_issued_with_a_return_or_a_submission(self, filed: Filing, at: datetime) -> None:
        assert certificates.of(filed) is None
        review.return_for_correction(
            filed, reasons=["other"], by=staff_member(Role.REVIEWER), at=at.replace(hour=20)
        )
        assert certificates.of(fresh(filed)) is None
        assert not IssuedDocument.objects.filter(kind=DocumentKind.CERTIFICATE).exists()

    def test_is_not_issued_to_who_says_that_there_is_nothing_to_register(
        self, done: Filing, at: datetime
    ) -> None:
        done.kind, done.number = FilingKind.CLOSED, "F-7777777"
        certificates.issue(done, done.obligation, at=at)
        assert certificates.of(done) is None
        assert IssuedDocument.objects.filter(kind=DocumentKind.CERTIFICATE).count() == 1

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_says_what_it_is_and_what_it_is_not(self, language: str, done: Filing) -> None:
        document = certificates.of(done)
        assert document
        pdf = documents.certificate(document, language)
        name = done.name_kk if language == "kk" else done.name_ru
        organisation = done.obligation.organisation
        for told in (document.number, name, organisation.number, organisation.bin, done.number):
            assert says(pdf, str(told))
        with translation.override(language):
            for msgid in (
                "This is not the state registration of a legal entity.",
                "It is not the certificate of state registration and does not replace it.",
            ):
                assert says(pdf, translation.gettext(msgid))
        ((content,),) = opened(pdf).attachments.values()
        assert hashlib.sha256(content).hexdigest() == document.sha256
        assert json.loads(content)["filing"] == done.number

    def test_reads_the_same_whatever_the_register_says_later(self, done: Filing) -> None:
        document = certificates.of(done)
        assert document
        before = documents.certificate(document, "kk")
        Organisation.objects.update(bin=None, name_kk="Басқа атау")
        done.obligation.campaign.body_kk = "Басқа министрлік"
        done.obligation.campaign.save()
        again = certificates.of(fresh(done))
        assert again
        assert documents.certificate(again, "kk") == before

    @pytest.mark.django_db
    def test_an_acceptance_of_before_gets_its_own_when_it_is_asked_for(self, at: datetime) -> None:
        old = earlier_acceptance(at)
        first, second = certificates.of(old), certificates.of(old)
        assert first
        assert first == second
        assert first.issued_on == at.date()

    def test_goes_with_the_e_mail_of_the_acceptance(self, done: Filing) -> None:
        (sending,) = Dispatch.objects.filter(notice__kind=Kind.ACCEPTED)
        _code, file = emails.compose(sending).attachments
        assert next(iter(file)) == f"{certificates.of(done)}.pdf"

    def test_a_notice_of_another_organisation_carries_nobodys_receipt(self, done: Filing) -> None:
        stray = NoticeFactory.create(kind=Kind.RECEIPT, occasion=done.number)
        # The code that confirms it, and no file.
        assert len(emails.compose(DispatchFactory.create(notice=stray)).attachments) == 1


def earlier_acceptance(at: datetime) -> Filing:
    """A filing that was accepted before certificates were issued."""
    filing = FilingFactory.create(submitted=True, state=FilingState.ACCEPTED)
    Review.objects.create(
        filing=filing, decision=Decision.ACCEPT, by=staff_member(Role.REVIEWER), at=at
    )
    return fresh(filing)


def test_of_five_who_ask_at_once_all_get_the_same_certificate(
    real_commits: None, at: datetime
) -> None:
    old = earlier_acceptance(at)
    got = together(*[partial(certificates.of, old) for _ in range(5)])
    assert {type(row) for row in got} == {IssuedDocument}
    assert len({row.number for row in got}) == 1
    assert IssuedDocument.objects.filter(kind=DocumentKind.CERTIFICATE).count() == 1


def addresses_of(filing: Filing) -> dict[str, str]:
    number = filing.obligation.organisation.number
    letter = Notice.objects.filter(organisation__number=number).latest("pk")
    return {
        "receipt": reverse("receipt_pdf", args=[filing.number]),
        "certificate": reverse("certificate_pdf", args=[filing.number]),
        "notice": reverse("notice_pdf", args=[letter.number]),
        "notices": reverse("notices", args=[number]),
    }


class TestDownloads:
    @pytest.mark.parametrize("name", ["receipt", "certificate", "notice"])
    def test_a_representative_saves_a_pdf_that_no_cache_keeps(
        self, name: str, browser: Client, done: Filing
    ) -> None:
        answer = browser.get(addresses_of(done)[name])
        assert answer.headers["Content-Type"] == "application/pdf"
        assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
        assert "no-store" in answer.headers["Cache-Control"]
        assert opened(answer.content).pages

    @pytest.mark.parametrize("name", ["receipt", "certificate", "notice", "notices"])
    def test_a_stranger_finds_nothing(
        self, name: str, client: Client, charlie: User, done: Filing
    ) -> None:
        client.force_login(charlie)
        assert client.get(addresses_of(done)[name]).status_code == 404
        assert not Service.objects.exists()

    @pytest.mark.parametrize("name", ["receipt", "certificate", "notice", "notices"])
    def test_a_visitor_is_asked_to_sign_in(self, name: str, client: Client, done: Filing) -> None:
        assert client.get(addresses_of(done)[name]).status_code == 302

    def test_the_document_is_in_the_readers_language(self, browser: Client, done: Filing) -> None:
        with translation.override("kk"):
            answer = browser.get(addresses_of(done)["receipt"])
        assert answer.content == documents.receipt(done, "kk")

    def test_without_an_acceptance_there_is_no_certificate(
        self, browser: Client, filed: Filing
    ) -> None:
        assert browser.get(addresses_of(filed)["certificate"]).status_code == 404

    def test_downloading_a_notice_serves_it_once(self, browser: Client, done: Filing) -> None:
        for _ in range(2):
            browser.get(addresses_of(done)["notice"])
        assert Service.objects.get().by == User.objects.get(email="alice@ngo.example")

    def test_the_pages_offer_what_can_be_had(self, browser: Client, done: Filing) -> None:
        row = done.obligation
        page = browser.get(
            reverse("obligation", args=[row.organisation.number, row.campaign.code])
        ).content.decode()
        for name in ("receipt", "certificate", "notices"):
            assert addresses_of(done)[name] in page

    def test_a_page_offers_no_certificate_before_there_is_one(
        self, browser: Client, filed: Filing
    ) -> None:
        row = filed.obligation
        for page in (
            reverse("obligation", args=[row.organisation.number, row.campaign.code]),
            reverse("receipt", args=[filed.number]),
        ):
            assert "/certificate/" not in browser.get(page).content.decode()


class TestAllNotices:
    def test_tells_how_each_was_sent_and_whether_it_arrived(
        self, browser: Client, filed: Filing
    ) -> None:
        organisation = filed.obligation.organisation
        served = NoticeFactory.create(organisation=organisation, kind=Kind.OVERDUE)
        DispatchFactory.create(notice=served, address="director@ngo.example", sent=True)
        DispatchFactory.create(notice=served, letter=True, address="ул. Абая, д. 15, кв. 7")
        ServiceFactory.create(notice=served)
        other = NoticeFactory.create()
        page = browser.get(addresses_of(filed)["notices"]).content.decode()
        for told in (served.number, "di…@ngo.example", "ул. Абая, д.…", "not confirmed yet"):
            assert told in page
        assert "opened by a signed-in representative" in page
        for hidden in ("director@", "кв. 7", other.number):
            assert hidden not in page

    def test_looking_at_the_list_serves_nothing(self, browser: Client, filed: Filing) -> None:
        browser.get(addresses_of(filed)["notices"])
        assert not Service.objects.exists()

    def test_many_are_shown_a_page_at_a_time_for_the_same_queries(
        self, browser: Client, filed: Filing, at: datetime
    ) -> None:
        organisation = filed.obligation.organisation
        counts = []
        for _more in range(2):
            with CaptureQueriesContext(connection) as queries:
                page = browser.get(addresses_of(filed)["notices"]).content.decode()
            counts.append(len(queries))
            drafts = [draft_of(organisation, occasion=f"T-{serial}") for serial in range(60)]
            notice.register(drafts, at=at)
        assert counts[0] == counts[1]
        assert page.count("/pdf/") == 50
        assert "Older notices" in page

    def test_a_mark_is_not_told_by_the_list_before_its_notice_is_served(
        self, browser: Client, filed: Filing
    ) -> None:
        organisation = filed.obligation.organisation
        marked = NoticeFactory.create(organisation=organisation, kind=Kind.MARKED)
        before = browser.get(addresses_of(filed)["notices"]).content.decode()
        ServiceFactory.create(notice=marked)
        after = browser.get(addresses_of(filed)["notices"]).content.decode()
        assert f"Legal notice {marked.number}: open it and read it" in before
        assert "Marked for liquidation" not in before
        assert "Marked for liquidation" in after

    def test_an_organisation_without_any_says_so(self, browser: Client, alice: User) -> None:
        quiet = OrganisationFactory.create()
        RepresentativeFactory.create(organisation=quiet, user=alice)
        page = browser.get(reverse("notices", args=[quiet.number])).content.decode()
        assert "No notice was sent yet" in page


def test_staff_read_the_pdf_and_serve_nothing(client: Client, done: Filing) -> None:
    letter = Notice.objects.latest("pk")
    address = reverse("admin:notices_notice_pdf", args=[letter.pk])
    client.force_login(staff_member(Role.AUDITOR))
    assert opened(client.get(address).content).pages
    assert not Service.objects.exists()


def test_staff_of_another_region_and_people_without_a_role_do_not(
    client: Client, done: Filing
) -> None:
    letter = Notice.objects.latest("pk")
    address = reverse("admin:notices_notice_pdf", args=[letter.pk])
    elsewhere = UserFactory.create()
    staff.grant_role(
        elsewhere, role=Role.HELPLINE, by=None, on=date(2020, 1, 1), regions=["750000000"]
    )
    client.force_login(elsewhere)
    assert client.get(address).status_code == 404
    client.force_login(UserFactory.create(is_staff=True))
    assert client.get(address).status_code == 403
