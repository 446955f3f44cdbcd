"""What an organisation's people see of their grant, and do with it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from accounts.models import User
from grants import award
from grants.models import Award, Report
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
        browser.post(address, {**answers, "file": upload("чек.pdf", PDF)})
        report.refresh_from_db()
        assert [paper.file.name for paper in report.papers.all()] == ["чек.pdf"]
        assert (report.state, report.spent) == ("submitted", Decimal(4_000_000))
        assert browser.get(address).status_code == 302

    def test_more_than_was_paid_is_refused_in_words(self, browser: Browser, report: Report) -> None:
        line = report.award.application.lines.get()
        address = page(report.award, "grants_report", position=report.position)
        answers = {"text": "Opened.", "results": "300.", f"spent_{line.pk}": "6000000"}
        assert "were paid" in browser.post(address, answers).content.decode()
        assert report.due_on > date(2027, 6, 1)
