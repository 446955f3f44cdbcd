"""Obligations to read: the list's questions, and the page that explains."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from accounts import staff
from accounts.models import User
from accounts.roles import Role
from notices.states import Kind
from reregistration.models import Obligation, ObligationEvent, Review
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.reregistration import (
    FilingFactory,
    ObligationFactory,
    notify,
)
from tests.reregistration.desk import list_of, page_of, queries, rows_of, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(db: None) -> Client:
    return signed_in(staff_member(Role.AUDITOR))


class TestList:
    def test_overdue_and_never_filed(self, desk: Client) -> None:
        silent = ObligationFactory.create(overdue=True)
        filed_late = ObligationFactory.create(
            overdue=True, first_filed_at="2026-09-01T12:00Z", on_time=True
        )
        due = ObligationFactory.create()
        assert rows_of(desk.get(list_of(Obligation), {"silent": "yes"})) == [silent]
        assert set(rows_of(desk.get(list_of(Obligation), {"silent": "no"}))) == {filed_late, due}

    def test_returned_and_back(self, desk: Client) -> None:
        away = ObligationFactory.create(returned=True)
        back = ObligationFactory.create(filed=True, returned_on=date(2026, 9, 10))
        ObligationFactory.create(filed=True)
        assert rows_of(desk.get(list_of(Obligation), {"returned": "back"})) == [back]
        assert rows_of(desk.get(list_of(Obligation), {"returned": "away"})) == [away]

    def test_an_answer_that_is_none_shows_all(self, desk: Client) -> None:
        row = ObligationFactory.create()
        assert rows_of(desk.get(list_of(Obligation), {"silent": "perhaps"})) == [row]

    @pytest.mark.parametrize("model", [Obligation, ObligationEvent, Review])
    def test_queries_do_not_grow_with_rows(
        self, desk: Client, model: type[Obligation | ObligationEvent | Review]
    ) -> None:
        reviewer = staff_member(Role.REVIEWER)
        reviewed(reviewer)
        few = queries(desk, list_of(model))
        for _ in range(5):
            reviewed(reviewer)
        assert queries(desk, list_of(model)) == few

    def test_a_strangers_region_is_not_there(self) -> None:
        user = UserFactory.create()
        staff.grant_role(
            user, role=Role.HELPLINE, by=None, on=date(2020, 1, 1), regions=["750000000"]
        )
        row = ObligationFactory.create()
        desk = signed_in(user)
        assert rows_of(desk.get(list_of(Obligation))) == []
        assert desk.get(page_of(row)).status_code == 404


def reviewed(reviewer: User) -> None:
    Review.objects.create(
        filing=FilingFactory.create(submitted=True),
        decision="accept",
        by=reviewer,
        at="2026-09-02T12:00Z",
    )


class TestPage:
    def test_it_says_why_not_liquidable_and_what_cures_it(self, desk: Client) -> None:
        context = desk.get(page_of(ObligationFactory.create())).context
        assert any("It is not overdue" in str(reason.sentence) for reason in context["reasons"])
        assert all(str(reason.cure) for reason in context["reasons"])

    def test_it_shows_the_notices_of_the_obligation(self, desk: Client) -> None:
        row = ObligationFactory.create(overdue=True)
        notice = notify(row, Kind.OVERDUE, on=date(2026, 12, 2))
        assert notice.number in desk.get(page_of(row)).content.decode()

    def test_who_may_not_see_notices_sees_none_of_them(self) -> None:
        row = ObligationFactory.create(overdue=True)
        notice = notify(row, Kind.OVERDUE, on=date(2026, 12, 2))
        desk = signed_in(staff_member(Role.REVIEWER))
        assert notice.number not in desk.get(page_of(row)).content.decode()

    def test_it_shows_no_draft(self, desk: Client) -> None:
        draft = FilingFactory.create()
        context = desk.get(page_of(draft.obligation)).context
        assert list(context["filings"]) == []
