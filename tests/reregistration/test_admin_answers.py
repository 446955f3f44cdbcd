"""The staff's side: more time, decisions on answers, verifying, the helpline's queue."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, cast

import pytest
from django.test import Client

from accounts.models import User
from accounts.roles import Role
from reregistration import appeals, closures, questions
from reregistration.models import (
    Complaint,
    Extension,
    Objection,
    Question,
    SavedAnswer,
)
from reregistration.states import AnswerOutcome, FilingKind, FilingState
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.files import StoredFileFactory
from tests.factories.registry import OrganisationFactory
from tests.factories.reregistration import (
    FilingFactory,
    ObligationFactory,
    liquidable_obligation,
    noon,
)
from tests.reregistration.desk import list_of, page_of, queries, rows_of, signed_in, verb_of

pytestmark = pytest.mark.django_db
AT = noon(date(2027, 1, 20))


@pytest.fixture
def senior(db: None) -> User:
    return staff_member(Role.SENIOR_REVIEWER)


@pytest.fixture
def desk(senior: User) -> Client:
    return signed_in(senior)


def complaint() -> Complaint:
    row = ObligationFactory.create(marked=True)
    return appeals.complain(
        row,
        text="It is an error.",
        document=StoredFileFactory.create(),
        by=UserFactory.create(),
        at=AT,
    )


def test_staff_give_more_time_once_however_often_they_click(desk: Client) -> None:
    row = ObligationFactory.create(campaign__due_on=date(2099, 6, 1))
    door = verb_of(row, "more-time")
    assert 'name="cycle" value="1"' in desk.get(door).content.decode()
    for _ in range(2):
        desk.post(door, {"days": 10, "ground": "Order No. 9", "cycle": 1})
    assert [made.days for made in Extension.objects.all()] == [10]
    assert "Order No. 9" in desk.get(page_of(row)).content.decode()


def test_the_open_ones_are_listed_oldest_first(desk: Client) -> None:
    first, second, decided = complaint(), complaint(), complaint()
    Complaint.objects.filter(pk=first.pk).update(at=AT - timedelta(days=1))
    appeals.decide(
        decided,
        outcome=AnswerOutcome.DISMISSED,
        decision="No.",
        by=staff_member(Role.SENIOR_REVIEWER),
        at=AT,
    )
    assert rows_of(desk.get(list_of(Complaint))) == [first, second]
    assert rows_of(desk.get(list_of(Complaint), {"open": "no"})) == [decided]


def test_a_decision_is_recorded(desk: Client, senior: User) -> None:
    made = complaint()
    desk.post(verb_of(made, "decide"), {"outcome": "dismissed", "decision": "It had not."})
    made.refresh_from_db()
    assert (made.outcome, made.decided_by) == ("dismissed", senior)


def test_a_complaint_that_came_after_its_term_says_so(desk: Client) -> None:
    in_time, late = complaint(), complaint()
    for row, is_late in ((in_time, False), (late, True)):
        Complaint.objects.filter(pk=row.pk).update(term_ends_on=AT.date(), is_late=is_late)
    assert "it came after that" in desk.get(page_of(late)).content.decode()
    assert "it came in time" in desk.get(page_of(in_time)).content.decode()


def test_who_reads_an_answer_may_have_its_document(desk: Client) -> None:
    made = complaint()
    file = desk.get(verb_of(made, "document"))
    assert b"".join(cast(Any, file).streaming_content).startswith(b"%PDF")
    clerk = signed_in(staff_member(Role.REGISTER_CLERK))
    assert clerk.get(verb_of(made, "document")).status_code == 403


def test_a_closure_is_verified_and_not_accepted(desk: Client) -> None:
    closed = FilingFactory.create(submitted=True, kind=FilingKind.CLOSED)
    shown = desk.get(page_of(closed)).content.decode()
    assert verb_of(closed, "verify") in shown
    assert verb_of(closed, "accept") not in shown
    desk.post(verb_of(closed, "verify"), {"note": "Struck off."})
    assert closures.verification_of(closed) is not None
    desk.post(verb_of(closed, "contradict"), {"text": "They phoned: we work."})
    assert closures.verification_of(closed) is None
    assert "They phoned: we work." in desk.get(page_of(closed)).content.decode()


def test_what_was_contradicted_is_not_accepted_in_bulk(desk: Client) -> None:
    filed = FilingFactory.create(submitted=True)
    closures.contradict(filed, text="Not by us.", by=UserFactory.create(), at=AT)
    desk.post(list_of(type(filed)), {"action": "accept_selected", "_selected_action": [filed.pk]})
    filed.refresh_from_db()
    assert filed.state == FilingState.SUBMITTED


class TestQuestions:
    def ask(self, days: int) -> Question:
        return questions.ask(
            OrganisationFactory.create(),
            subject="Year",
            text="Which?",
            by=UserFactory.create(language="kk"),
            at=AT + timedelta(days=days),
        )

    def test_who_waits_longest_comes_first(self, desk: Client) -> None:
        later, earlier = self.ask(2), self.ask(1)
        answered = self.ask(0)
        questions.answer(answered, text="The last.", by=staff_member(Role.HELPLINE), at=AT)
        assert rows_of(desk.get(list_of(Question))) == [earlier, later]

    def test_a_saved_answer_fills_the_form_in_the_askers_language(self, desk: Client) -> None:
        asked = self.ask(0)
        saved = SavedAnswer.objects.create(
            title="Year", text_kk="Соңғы жыл.", text_ru="Последний.", text_en="The last."
        )
        door = verb_of(asked, "answer")
        assert "Соңғы жыл." in desk.get(door, {"saved": saved.pk}).content.decode()
        assert "Соңғы жыл." not in desk.get(door, {"saved": "x"}).content.decode()
        desk.post(door, {"text": "Соңғы жыл, 2025."})
        sent = asked.messages.order_by("-pk")[0]
        assert sent.text == "Соңғы жыл, 2025."

    def test_an_answered_question_is_closed(self, desk: Client) -> None:
        asked = self.ask(0)
        questions.answer(asked, text="The last.", by=staff_member(Role.HELPLINE), at=AT)
        desk.post(verb_of(asked, "close"))
        asked.refresh_from_db()
        assert asked.closed_at is not None

    def test_queries_do_not_grow_with_rows(self, desk: Client) -> None:
        self.ask(0)
        few = queries(desk, list_of(Question))
        for day in range(5):
            self.ask(day)
        assert queries(desk, list_of(Question)) == few


def test_the_list_of_objections_asks_as_often_however_many(desk: Client) -> None:
    def object_to() -> None:
        appeals.object_to(liquidable_obligation(), text="We moved.", by=UserFactory.create(), at=AT)

    object_to()
    few = queries(desk, list_of(Objection))
    for _ in range(3):
        object_to()
    assert queries(desk, list_of(Objection)) == few
