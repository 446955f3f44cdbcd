"""Reports: asked for, handed in, returned, accepted."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from accounts.models import User
from accounts.refusals import Refused
from grants import award, payments, reports
from grants.models import Report
from tests.factories.accounts import UserFactory
from tests.factories.grants import AMOUNT
from tests.grants.cycle import AT, ON, in_force

pytestmark = pytest.mark.django_db

ON_TIME, DUE_ON = date(2026, 11, 2), date(2027, 2, 10)


@pytest.fixture
def by(db: None) -> User:
    return UserFactory.create()


@pytest.fixture
def report(by: User) -> Report:
    made = in_force()
    (part,) = payments.plan(made, [(AMOUNT, ON)], by=by, at=AT)
    payments.pay(part, order_number="1", paid_on=ON, by=by, at=AT)
    return made.reports.get()


def hand_in(row: Report, *, spent: Decimal = AMOUNT, by: User | None = None) -> Report:
    line = row.award.application.lines.get()
    return reports.submit(
        row,
        text="A centre was opened.",
        results="300 came.",
        spent={line.pk: spent},
        by=by or row.award.application.started_by,
        at=AT,
    )


def test_it_is_handed_in_once_and_accepted(report: Report, by: User) -> None:
    one, other = hand_in(report), hand_in(report, spent=Decimal(1))
    assert (one.sha256, other.spent) == (other.sha256, AMOUNT)
    for _ in range(2):
        assert reports.accept(report, by=by, at=AT).state == "accepted"
    kinds = [row.kind for row in report.award.events.all()]
    assert kinds[-2:] == ["reported", "report_accepted"]
    assert award.complete(report.award, by=by, at=AT).state == "completed"


def test_returned_it_has_words_and_a_new_day(report: Report, by: User) -> None:
    Report.objects.filter(pk=report.pk).update(due_on=ON)
    hand_in(report)
    with pytest.raises(Refused, match="what is wrong"):
        reports.send_back(report, words=" ", by=by, at=AT)
    back = reports.send_back(report, words="No receipts.", by=by, at=AT)
    assert (back.state, back.due_on) == ("returned", date(2026, 10, 28))
    assert hand_in(report).state == "submitted"


def test_more_than_was_paid_cannot_be_spent(report: Report) -> None:
    with pytest.raises(Refused, match="were paid"):
        hand_in(report, spent=AMOUNT + 1)


def test_a_stranger_hands_in_nothing(report: Report) -> None:
    with pytest.raises(Refused, match="manager or editor"):
        hand_in(report, by=UserFactory.create())


def test_who_acts_for_it_does_not_accept_it(report: Report) -> None:
    hand_in(report)
    with pytest.raises(Refused, match="You act for this organisation"):
        reports.accept(report, by=report.award.application.started_by, at=AT)


def test_a_report_that_was_not_handed_in_is_not_accepted(report: Report, by: User) -> None:
    with pytest.raises(Refused, match="cannot become"):
        reports.accept(report, by=by, at=AT)


def test_an_interim_report_is_asked_for_once(report: Report, by: User) -> None:
    made = report.award
    for _ in range(2):
        asked = reports.ask(
            made,
            from_on=made.starts_on,
            until_on=date(2027, 1, 31),
            due_on=date(2027, 2, 10),
            by=by,
            at=AT,
        )
    assert (asked.position, made.reports.count()) == (2, 2)
    assert [row.reference for row in made.events.filter(kind="asked")] == [asked.source]


def test_a_return_takes_no_day_from_who_handed_in_early(report: Report, by: User) -> None:
    due_on = date(2027, 6, 15)
    Report.objects.filter(pk=report.pk).update(due_on=due_on)
    hand_in(report)
    assert reports.send_back(report, words="No receipts.", by=by, at=AT).due_on == due_on


def test_interim_reports_spend_no_money_twice(report: Report, by: User) -> None:
    one, other = (
        reports.ask(report.award, from_on=ON_TIME, until_on=until_on, due_on=DUE_ON, by=by, at=AT)
        for until_on in (date(2026, 12, 31), date(2027, 1, 31))
    )
    hand_in(one, spent=AMOUNT - 5)
    with pytest.raises(Refused, match="With your other interim reports"):
        hand_in(other, spent=Decimal(6))
    assert hand_in(other, spent=Decimal(5)).state == "submitted"
    # The final one is on the whole time again.
    assert hand_in(report).state == "submitted"


def test_a_report_has_as_many_files_as_anybody_reads(report: Report) -> None:
    with pytest.raises(Refused, match="20 files at most"):
        reports.refuse_too_many(report, 21)
