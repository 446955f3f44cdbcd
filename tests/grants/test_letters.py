"""What the organisation is told of a grant: with the verb, once, in its language."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.utils import translation

from accounts.models import User
from grants import award, letters, payments, reports
from grants.models import Award, Report
from notices import notice
from notices.models import Dispatch, Notice
from notices.states import (
    COURTESY,
    DECISIONS,
    Channel,
    DispatchState,
    Kind,
    sms_is_of_use,
)
from notices.variables import date_in
from registry.calendar import end_of
from registry.money import tenge
from tests.factories.accounts import UserFactory
from tests.factories.grants import AMOUNT, ReportFactory
from tests.factories.registry import ContactFactory
from tests.grants.cycle import AT, ON, awarded, chosen, in_force

pytestmark = pytest.mark.django_db
OF_GRANTS = [kind for kind in Kind if kind.startswith("grant_")]


@pytest.fixture
def by(db: None) -> User:
    return UserFactory.create()


@pytest.fixture
def report(by: User) -> Report:
    """The final report of a grant that was paid in full."""
    made = in_force()
    (part,) = payments.plan(made, [(AMOUNT, ON)], by=by, at=AT)
    payments.pay(part, order_number="1", paid_on=ON, by=by, at=AT)
    return made.reports.get()


def hand_in(row: Report) -> Report:
    line = row.award.application.lines.get()
    return reports.submit(
        row,
        text="A centre was opened.",
        results="300 came.",
        spent={line.pk: Decimal(1)},
        by=row.award.application.started_by,
        at=AT,
    )


def about(row: Award | Report, kind: Kind) -> Notice:
    return Notice.objects.select_related("text").get(source=row.source, kind=kind)


def test_they_are_neither_courtesy_nor_decisions_on_an_organisation() -> None:
    assert len(OF_GRANTS) == 4
    assert not {*OF_GRANTS} & {*COURTESY, *DECISIONS}


class TestOffered:
    def test_it_names_the_grant_its_sum_and_the_last_day(self) -> None:
        made = awarded()
        told = about(made, Kind.GRANT_OFFERED)
        assert told.occasion == f"offered/{made.accept_by_on}"
        said = told.text.body
        last_on = date_in(told.language, made.accept_by_on.isoformat())
        with translation.override(told.language):
            amount = tenge(made.amount)
        names = (made.number, made.application.title, last_on, amount)
        assert [name for name in names if name not in said] == []
        funder = getattr(made.lot.call.programme, f"funder_{told.language}")
        assert said.startswith(funder)

    def test_awarded_twice_it_is_told_once(self, by: User) -> None:
        row = chosen()
        one = award.award(row, by=by, at=AT)
        assert award.award(row, by=by, at=AT) == one
        assert Notice.objects.filter(source=one.source).count() == 1

    def test_it_goes_to_an_address_replaced_a_short_while_ago_too(self, by: User) -> None:
        row = chosen()
        old = ContactFactory.create(organisation=row.organisation, retired_at=AT)
        made = award.award(row, by=by, at=AT)
        told = Dispatch.objects.filter(notice=about(made, Kind.GRANT_OFFERED))
        assert {one.address for one in told} == {row.started_by.email, old.value}

    def test_it_is_of_no_use_after_the_last_day(self) -> None:
        made = awarded()
        told = about(made, Kind.GRANT_OFFERED).dispatches.get()
        assert told.useful_until_at == end_of(made.accept_by_on)

    def test_refused_it_is_not_sent_any_more(self) -> None:
        made = awarded()
        award.refuse(made, reason="No.", by=made.application.started_by, at=AT)
        told = about(made, Kind.GRANT_OFFERED).dispatches.get()
        assert (told.state, told.failure) == (
            DispatchState.SUPPRESSED,
            "The grant is “not accepted”.",
        )

    def test_accepted_it_is_sent_all_the_same(self) -> None:
        """Whoever took the organisation over must not be able to keep it from the others."""
        told = about(in_force(), Kind.GRANT_OFFERED).dispatches.get()
        assert told.state == DispatchState.QUEUED


class TestReturned:
    def test_it_says_the_operators_words_and_the_new_day(self, report: Report, by: User) -> None:
        hand_in(report)
        back = reports.send_back(report, words="No receipts.", by=by, at=AT)
        told = about(back, Kind.GRANT_REPORT_RETURNED)
        assert "No receipts." in told.text.body
        assert date_in(told.language, back.due_on.isoformat()) in told.text.body
        assert told.text.sms

    def test_two_clicks_tell_it_once_and_a_second_return_anew(
        self, report: Report, by: User
    ) -> None:
        for _ in range(2):
            hand_in(report)
            for _click in range(2):
                reports.send_back(report, words="No receipts.", by=by, at=AT)
        told = Notice.objects.filter(source=report.source, kind=Kind.GRANT_REPORT_RETURNED)
        assert told.count() == 2

    def test_handed_in_again_it_is_not_sent_any_more(self, report: Report, by: User) -> None:
        hand_in(report)
        reports.send_back(report, words="No receipts.", by=by, at=AT)
        hand_in(report)
        held = about(report, Kind.GRANT_REPORT_RETURNED).dispatches.get()
        assert (held.state, held.failure) == (DispatchState.SUPPRESSED, "The report is handed in.")


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_each_is_written_in_each_language(language: str) -> None:
    row = ReportFactory.create(review_words="No receipts.")
    drafts = [
        letters.offered(row.award),
        letters.due(row, step="T-14", of_use_until=date(2027, 2, 6)),
        letters.overdue(row, step="T+1"),
        letters.returned(row),
    ]
    made = notice.register([replace(draft, language=language) for draft in drafts], at=AT)
    assert {one.kind for one in made} == {*OF_GRANTS}
    assert all(row.award.number in one.text.body for one in made)


@pytest.mark.parametrize(
    ("kind", "occasion", "has_email", "is_of_use"),
    [
        (Kind.GRANT_OFFERED, "offered/2026-11-02", True, True),
        (Kind.GRANT_REPORT_RETURNED, "returned/3", True, True),
        (Kind.GRANT_REPORT_DUE, "T-3/2027-02-10", False, True),
        (Kind.GRANT_REPORT_DUE, "T-3/2027-02-10", True, False),
        (Kind.GRANT_REPORT_DUE, "T-14/2027-02-10", False, False),
        (Kind.GRANT_REPORT_OVERDUE, "T+1/2027-02-10", False, False),
    ],
)
def test_an_sms_goes_beside_what_cannot_wait(
    kind: Kind, occasion: str, has_email: bool, is_of_use: bool
) -> None:
    assert sms_is_of_use(kind, occasion, has_email=has_email) is is_of_use


@pytest.mark.parametrize(
    ("step", "state"), [("T-14", DispatchState.QUEUED), ("T-3", DispatchState.SUPPRESSED)]
)
def test_a_reminder_goes_by_letter_only_where_it_comes_in_time(
    step: str, state: DispatchState
) -> None:
    row = ReportFactory.create()
    (made,) = notice.register([letters.due(row, step=step, of_use_until=row.due_on)], at=AT)
    sent = made.dispatches.get()
    assert (sent.channel, sent.state) == (Channel.LETTER, state)
