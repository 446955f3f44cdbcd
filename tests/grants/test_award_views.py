"""What an organisation's people see of their grant, and do with it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from accounts.models import User
from grants import award, payments, reports
from grants.models import Award, Report
from registry.calendar import day_of
from tests.clients import Browser
from tests.factories.accounts import UserFactory
from tests.factories.files import PDF, upload
from tests.factories.grants import AMOUNT, AwardFactory, InstalmentFactory, ReportFactory, paid
from tests.factories.registry import RepresentativeFactory
from tests.grants.cycle import AT, awarded

pytestmark = pytest.mark.django_db


def page(row: Award, name: str = "grants_award", **more: int) -> str:
    return reverse(name, kwargs={"number": row.organisation.number, "pk": row.pk, **more})


@pytest.fixture
def offered(alice: User) -> Award:
    """Alice acts for its organisation, and may answer for long."""
    row: Award = AwardFactory.create(state="offered", accept_by_on=date(2090, 1, 1))
    RepresentativeFactory.create(user=alice, organisation=row.organisation)
    return row


class TestTheAgreement:
    def test_it_is_accepted_on_its_page(self, browser: Browser, offered: Award) -> None:
        shown = browser.get(page(offered)).content.decode()
        assert "Accept the agreement" in shown
        browser.post(page(offered, "grants_award_accept"))
        offered.refresh_from_db()
        assert offered.state == "active"
        assert "Accept the agreement" not in browser.get(page(offered)).content.decode()

    def test_it_is_not_accepted_with_a_reason(self, browser: Browser, offered: Award) -> None:
        browser.post(page(offered, "grants_award_refuse"), {"reason": ""})
        offered.refresh_from_db()
        assert offered.state == "offered"
        browser.post(page(offered, "grants_award_refuse"), {"reason": "No people."})
        offered.refresh_from_db()
        assert (offered.state, offered.committed) == ("refused", Decimal(0))

    def test_a_reader_accepts_nothing(self, client: Browser, offered: Award) -> None:
        reader = RepresentativeFactory.create(organisation=offered.organisation, role="reader")
        client.force_login(reader.user, backend="accounts.backends.RoleBackend")
        assert client.post(page(offered, "grants_award_accept")).status_code == 403
        assert client.get(page(offered)).status_code == 200

    def test_a_stranger_finds_none(self, client: Browser, offered: Award) -> None:
        client.force_login(UserFactory.create(), backend="accounts.backends.RoleBackend")
        ReportFactory.create(award=offered)
        for address in (
            page(offered),
            page(offered, "grants_award_refuse"),
            page(offered, "grants_agreement"),
            page(offered, "grants_report", position=1),
        ):
            assert client.get(address).status_code == 404

    def test_its_pdf_is_read(self, client: Browser) -> None:
        row = awarded()
        acts = row.application.started_by
        client.force_login(acts, backend="accounts.backends.RoleBackend")
        content = b"".join(client.get(page(row, "grants_agreement")).streaming_content)  # type: ignore[attr-defined]
        assert content.startswith(b"%PDF")

    def test_what_is_back_is_not_asked_for_again(self, browser: Browser, alice: User) -> None:
        part = InstalmentFactory.create(amount=AMOUNT)
        paid(part)
        row = part.award
        RepresentativeFactory.create(user=alice, organisation=row.organisation)
        by, later = UserFactory.create(), date(2026, 12, 1)
        for amount in (1_000, 70_000):
            payments.demand(
                row, amount=Decimal(amount), due_on=later, ground="Act 3.", by=by, at=AT
            )
        payments.take_back(
            row,
            amount=Decimal(1_000),
            received_on=day_of(AT),
            reference="B-1",
            answers=row.demands.first(),
            by=by,
            at=AT,
        )
        shown = browser.get(page(row)).content.decode()
        assert "1,000\N{NO-BREAK SPACE}₸ — it is back" in shown
        assert "70,000\N{NO-BREAK SPACE}₸ — by" in shown


class TestReports:
    @pytest.fixture
    def report(self, offered: Award, alice: User) -> Report:
        award.accept(offered, by=alice, at=AT)
        paid(InstalmentFactory.create(award=offered, amount=AMOUNT))
        row: Report = offered.reports.get()
        return row

    def test_one_is_handed_in(self, browser: Browser, report: Report) -> None:
        line = report.award.application.lines.get()
        address = page(report.award, "grants_report", position=report.position)
        answers = {"text": "Opened.", "results": "300.", f"spent_{line.pk}": "4 000 000"}
        files = [upload("чек.pdf", PDF), upload("акт.pdf", PDF)]
        browser.post(address, {**answers, "file": files})
        report.refresh_from_db()
        names = [paper.file.name for paper in report.papers.order_by("pk")]
        assert names == ["чек.pdf", "акт.pdf"]
        assert (report.state, report.spent) == ("submitted", Decimal(4_000_000))
        again = browser.post(address, answers)
        assert (again.status_code, report.papers.count()) == (302, 2)

    def test_handed_in_it_is_read_with_its_papers_and_the_review(
        self, browser: Browser, report: Report
    ) -> None:
        line = report.award.application.lines.get()
        address = page(report.award, "grants_report", position=report.position)
        answers = {"text": "Opened.", "results": "300.", f"spent_{line.pk}": "4000000"}
        browser.post(address, {**answers, "file": upload("чек.pdf", PDF)})
        reports.accept(report, words="Well done.", by=UserFactory.create(), at=AT)
        shown = browser.get(address).content.decode()
        for said in ("Opened.", "300.", "4,000,000", "Well done.", "чек.pdf"):
            assert said in shown
        assert address in browser.get(page(report.award)).content.decode()
        paper = reverse("grants_paper", args=[report.papers.get().file.key])
        assert f'href="{paper}"' in shown
        assert b"".join(browser.get(paper).streaming_content) == PDF  # type: ignore[attr-defined]
        reader = RepresentativeFactory.create(
            organisation=report.award.organisation, role="reader"
        ).user
        for who, status in ((reader, 200), (UserFactory.create(), 404)):
            browser.force_login(who, backend="accounts.backends.RoleBackend")
            assert {browser.get(at).status_code for at in (address, paper)} == {status}

    def test_a_reader_writes_none(self, browser: Browser, report: Report) -> None:
        reader = RepresentativeFactory.create(
            organisation=report.award.organisation, role="reader"
        ).user
        browser.force_login(reader, backend="accounts.backends.RoleBackend")
        address = page(report.award, "grants_report", position=report.position)
        assert "<form id=" not in browser.get(address).content.decode()
        assert browser.post(address, {"text": "x", "results": "x"}).status_code == 403

    def test_more_than_was_paid_is_refused_in_words(self, browser: Browser, report: Report) -> None:
        line = report.award.application.lines.get()
        address = page(report.award, "grants_report", position=report.position)
        answers = {"text": "Opened.", "results": "300.", f"spent_{line.pk}": "6000000"}
        assert "were paid" in browser.post(address, answers).content.decode()
        assert report.due_on > date(2027, 6, 1)
