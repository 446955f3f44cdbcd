"""The queue on the reviewer's list and page, over HTTP."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from reregistration import leases, queue
from reregistration.models import Filing, Lease
from reregistration.states import FilingState
from tests.factories.accounts import staff_member
from tests.factories.reregistration import FilingFactory, ObligationFactory
from tests.reregistration.desk import list_of, page_of, queries, rows_of, signed_in, told, verb_of

pytestmark = pytest.mark.django_db

TAKE_NEXT = reverse("admin:reregistration_filing_take-next")


@pytest.fixture
def reviewer() -> User:
    return staff_member(Role.REVIEWER)


@pytest.fixture
def desk(reviewer: User) -> Client:
    return signed_in(reviewer)


def waiting(**fields: object) -> Filing:
    return FilingFactory.create(submitted=True, **fields)


def held_by(user: User, **fields: object) -> Filing:
    row = waiting(**fields)
    queue.take(row, by=user, at=timezone.now())
    return row


class TestTakeNext:
    def test_it_leads_to_the_page_of_the_filing_that_one_now_holds(
        self, desk: Client, reviewer: User
    ) -> None:
        row = waiting()
        response = desk.post(TAKE_NEXT, follow=True)
        assert response.redirect_chain == [(page_of(row), 302)]
        assert Lease.objects.get(filing=row).taken_by == reviewer
        assert told(response)[0].startswith(f"You hold {row.number} until ")

    def test_where_nothing_waits_the_list_says_so(self, desk: Client) -> None:
        response = desk.post(TAKE_NEXT, follow=True)
        assert response.redirect_chain == [(list_of(Filing), 302)]
        assert told(response) == ["Nothing waits that nobody holds. Look again later."]

    def test_opening_the_address_takes_nothing(self, desk: Client) -> None:
        waiting()
        assert desk.get(TAKE_NEXT).status_code == 302
        assert not Lease.objects.exists()

    def test_who_only_reads_is_neither_offered_it_nor_given_one(self) -> None:
        waiting()
        auditor = signed_in(staff_member(Role.AUDITOR))
        assert auditor.post(TAKE_NEXT).status_code == 403
        assert TAKE_NEXT not in auditor.get(list_of(Filing)).content.decode()
        assert not Lease.objects.exists()

    def test_after_a_decision_the_next_one_is_a_button_away(
        self, desk: Client, reviewer: User
    ) -> None:
        row = held_by(reviewer)
        response = desk.post(verb_of(row, "accept"), follow=True)
        assert TAKE_NEXT in response.content.decode()
        assert Filing.objects.get(pk=row.pk).state == FilingState.ACCEPTED


class TestFilters:
    def test_waiting_for_me(self, desk: Client, reviewer: User) -> None:
        mine = held_by(reviewer)
        held_by(staff_member(Role.REVIEWER))
        waiting()
        assert rows_of(desk.get(list_of(Filing), {"holder": "me"})) == [mine]

    def test_one_whose_time_ran_out_is_mine_no_longer(self, desk: Client, reviewer: User) -> None:
        row = waiting()
        queue.take(row, by=reviewer, at=timezone.now() - timedelta(hours=3))
        assert rows_of(desk.get(list_of(Filing), {"holder": "me"})) == []
        assert rows_of(desk.get(list_of(Filing), {"holder": "nobody"})) == [row]

    def test_unassigned(self, desk: Client, reviewer: User) -> None:
        held_by(reviewer)
        free = waiting()
        assert rows_of(desk.get(list_of(Filing), {"holder": "nobody"})) == [free]

    def test_returned_and_back(self, desk: Client) -> None:
        obligation = ObligationFactory.create(filed=True, returned_on=date(2026, 9, 10), cycle=2)
        waiting()
        back = waiting(obligation=obligation, version=2)
        assert rows_of(desk.get(list_of(Filing), {"corrected": "yes"})) == [back]

    def test_past_our_own_deadline(self, desk: Client) -> None:
        today = timezone.localdate()
        late = waiting(review_due_on=today - timedelta(days=1))
        waiting(review_due_on=today)
        waiting(review_due_on=today - timedelta(days=1), state="accepted")
        asked = {"late": "yes", "waiting": "any"}
        assert rows_of(desk.get(list_of(Filing), asked)) == [late]


class TestPage:
    def test_it_says_who_holds_it(self, desk: Client) -> None:
        other = staff_member(Role.REVIEWER)
        page = desk.get(page_of(held_by(other))).content.decode()
        assert f"{other} holds this filing until" in page

    def test_its_holder_gives_it_back(self, desk: Client, reviewer: User) -> None:
        row = held_by(reviewer)
        assert verb_of(row, "give-back") in desk.get(page_of(row)).content.decode()
        desk.post(verb_of(row, "give-back"))
        assert leases.living(row, timezone.now()) is None

    def test_another_neither_sees_that_button_nor_can_press_it(self, desk: Client) -> None:
        row = held_by(staff_member(Role.REVIEWER))
        assert verb_of(row, "give-back") not in desk.get(page_of(row)).content.decode()
        desk.post(verb_of(row, "give-back"))
        assert Lease.objects.exists()

    def test_another_does_not_decide_on_it(self, desk: Client) -> None:
        other = staff_member(Role.REVIEWER)
        row = held_by(other)
        response = desk.post(verb_of(row, "accept"), follow=True)
        assert told(response)[0].startswith(f"{other} holds {row.number} until ")
        assert Filing.objects.get(pk=row.pk).state == FilingState.SUBMITTED

    def test_it_is_taken_there(self, desk: Client, reviewer: User) -> None:
        row = waiting()
        desk.post(verb_of(row, "take"))
        assert Lease.objects.get().taken_by == reviewer

    def test_a_senior_reviewer_assigns_it(self, reviewer: User) -> None:
        row = waiting()
        senior = staff_member(Role.SENIOR_REVIEWER)
        client = signed_in(senior)
        page = client.get(verb_of(row, "assign"))
        assert set(page.context["form"].fields["to"].queryset) == {reviewer, senior}
        client.post(verb_of(row, "assign"), {"to": reviewer.pk})
        assert (Lease.objects.get().taken_by, Lease.objects.get().given_by) == (reviewer, senior)

    def test_it_says_that_it_is_past_our_deadline(self, desk: Client) -> None:
        late = waiting(review_due_on=timezone.localdate() - timedelta(days=1))
        assert "past our own deadline" in desk.get(page_of(late)).content.decode()


class TestQueries:
    def test_those_of_the_list_do_not_grow_with_holders(self, desk: Client, reviewer: User) -> None:
        held_by(reviewer)
        few = queries(desk, list_of(Filing))
        for _ in range(8):
            held_by(staff_member(Role.REVIEWER))
        assert queries(desk, list_of(Filing)) == few

    def test_those_of_a_page_do_not_grow_with_the_queue(self, desk: Client) -> None:
        row = waiting()
        few = queries(desk, page_of(row))
        for _ in range(8):
            waiting()
        assert queries(desk, page_of(row)) == few
