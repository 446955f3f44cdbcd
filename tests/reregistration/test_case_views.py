"""The page of a case and what can be sent in from it; a stranger finds nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, cast

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import User
from accounts.roles import Role
from notices.states import Kind
from registry.models import Representative
from reregistration import appeals, closures, obligations, questions, writings
from reregistration.marking import reversal
from reregistration.models import (
    Contradiction,
    Extension,
    Objection,
    Obligation,
    Question,
)
from reregistration.states import FilingKind, State
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.files import upload
from tests.factories.notices import NoticeFactory
from tests.factories.registry import RepresentativeFactory
from tests.factories.reregistration import (
    CampaignFactory,
    FilingFactory,
    ObligationFactory,
    liquidable_obligation,
    mark_made,
    noon,
    notify,
    serve,
)

pytestmark = pytest.mark.django_db
AT = noon(date(2027, 1, 20))


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def browser(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def represented(row: Obligation, user: User, role: str = "manager") -> Obligation:
    RepresentativeFactory.create(organisation=row.organisation, user=user, role=role)
    return row


@pytest.fixture
def due(alice: User) -> Obligation:
    campaign = CampaignFactory.create(due_on=date(2099, 6, 1))
    return represented(ObligationFactory.create(campaign=campaign), alice)


@pytest.fixture
def warned(alice: User) -> Obligation:
    """Overdue, with both notices served: there is a preliminary decision to object to."""
    return represented(liquidable_obligation(), alice)


def address(name: str, row: Obligation) -> str:
    return reverse(name, args=[row.organisation.number, row.campaign.code])


def text(response: Any) -> str:
    return str(response.content.decode())


def page(browser: Client, row: Obligation) -> str:
    return text(browser.get(address("obligation", row)))


class TestMoreTime:
    def test_asking_gives_the_new_date_on_every_page(
        self, browser: Client, client: Client, due: Obligation
    ) -> None:
        response = browser.post(
            address("more-time", due), {"text": "We moved.", "cycle": 1}, follow=True
        )
        assert "The new due date is 1 July 2099" in text(response)
        assert "More time: the new due date is 1 July 2099" in page(browser, due)
        public = client.get(reverse("organisation", args=[due.organisation.number]))
        assert "1 July 2099" in text(public)
        assert "1 June 2099" not in text(public)

    def test_a_second_click_gives_nothing_more(self, browser: Client, due: Obligation) -> None:
        for _ in range(2):
            browser.post(address("more-time", due), {"text": "We moved.", "cycle": 1})
        assert Extension.objects.count() == 1

    def test_it_says_how_many_days_one_gets(self, browser: Client, due: Obligation) -> None:
        assert "You get 30 more days." in text(browser.get(address("more-time", due)))

    def test_where_it_is_not_possible_the_page_leads_back(
        self, browser: Client, alice: User
    ) -> None:
        row = represented(ObligationFactory.create(filed=True), alice)
        response = browser.get(address("more-time", row), follow=True)
        assert "That is not possible now" in text(response)
        assert "Ask for more time" not in page(browser, row)


class TestAnswers:
    def test_an_objection_comes_with_its_document(
        self, browser: Client, warned: Obligation
    ) -> None:
        response = browser.post(
            address("objection", warned),
            {"text": "We moved.", "cycle": 2, "document": upload()},
            follow=True,
        )
        made = Objection.objects.get()
        assert made.number in text(response)
        file = browser.get(
            reverse(
                "answer_document",
                args=[warned.organisation.number, warned.campaign.code, made.number],
            )
        )
        assert b"".join(cast(Any, file).streaming_content).startswith(b"%PDF")
        assert file["Content-Disposition"].startswith("attachment")

    def test_what_is_possible_is_offered_and_nothing_else(
        self, browser: Client, warned: Obligation, due: Obligation
    ) -> None:
        shown = page(browser, warned)
        assert "Object to the preliminary decision" in shown
        assert "Ask to be heard" in shown
        assert "Complain" not in shown
        assert "Object to" not in page(browser, due)

    def test_while_it_is_open_nothing_else_is_ahead(
        self, browser: Client, warned: Obligation, alice: User
    ) -> None:
        assert "may be marked for liquidation" in page(browser, warned)
        made = appeals.object_to(warned, text="We moved.", by=alice, at=AT)
        shown = page(browser, warned)
        assert f"We decide on {made.number}" in shown
        assert "may be marked for liquidation" not in shown
        assert "Object to" not in shown

    def test_without_words_the_page_says_so_and_keeps_its_form(
        self, browser: Client, warned: Obligation
    ) -> None:
        response = browser.post(address("objection", warned), {"text": "", "cycle": 2})
        assert "Write a few words." in text(response)
        assert not Objection.objects.exists()

    def test_a_filing_is_contradicted(self, browser: Client, alice: User) -> None:
        filed = FilingFactory.create(submitted=True, kind=FilingKind.CLOSED)
        row = represented(filed.obligation, alice)
        assert f"Filing {filed.number} states: the organisation has closed" in page(browser, row)
        closures.verify(filed, note="Court.", by=staff_member(Role.REVIEWER), at=AT)
        assert "is released from the duty to file, unless" in page(browser, row)
        browser.post(address("not-so", row), {"text": "We work.", "cycle": 1})
        assert Contradiction.objects.get().by == alice
        assert "This is not so" in page(browser, row)


class TestTheMark:
    @pytest.fixture
    def marked(self, warned: Obligation) -> Obligation:
        return obligations.move(warned, State.MARKED, by=None, at=timezone.now())

    def test_it_is_shown_only_once_its_notice_was_served(
        self, browser: Client, marked: Obligation
    ) -> None:
        letter = notify_of_mark(marked)
        for shown in (page(browser, marked), text(browser.get(reverse("my")))):
            assert "Marked for liquidation" not in shown
            assert "marked for liquidation (" not in shown
            assert "Overdue" in shown
        assert "a decision: open it" in page(browser, marked)
        assert "Complain" not in page(browser, marked)
        browser.get(reverse("notice", args=[letter]))
        shown = page(browser, marked)
        assert "Marked for liquidation (only the court decides)" in shown
        assert "Complain" in shown

    def test_my_organisations_asks_once_for_all_marks(
        self, browser: Client, alice: User, django_assert_max_num_queries: Any
    ) -> None:
        for _ in range(5):
            represented(ObligationFactory.create(marked=True), alice)
        with django_assert_max_num_queries(15):
            browser.get(reverse("my"))


def notify_of_mark(row: Obligation) -> str:
    made = NoticeFactory.create(
        organisation=row.organisation,
        source=row.source,
        cycle=row.cycle,
        kind=Kind.MARKED,
        occasion="round 1",
    )
    return str(made.number)


class TestAhead:
    def test_each_step_has_its_day(self, browser: Client, due: Obligation) -> None:
        shown = page(browser, due)
        for words in (
            "By 1 June 2099",
            "After 1 June 2099",
            "After 15 June 2099",
            "14 days after that reaches you",
            "28 days after that reaches you",
        ):
            assert words in shown

    def test_once_served_the_terms_have_dates(self, browser: Client, alice: User) -> None:
        row = represented(ObligationFactory.create(overdue=True), alice)
        notify(row, Kind.FINAL_WARNING, on=date(2026, 12, 17))
        serve(row, Kind.PRELIMINARY_DECISION, on=date(2027, 1, 12))
        assert "After 9 February 2027" in page(browser, row)

    def test_who_has_ever_filed_meets_a_person(self, browser: Client, alice: User) -> None:
        row = represented(ObligationFactory.create(returned=True), alice)
        shown = page(browser, row)
        assert "A member of staff looks at your case" in shown
        assert "final warning" not in shown


class TestQuestions:
    def test_a_question_is_asked_and_its_thread_read(
        self, browser: Client, due: Obligation
    ) -> None:
        asked_at = reverse("questions", args=[due.organisation.number])
        response = browser.post(asked_at, {"subject": "Year", "text": "Which one?"}, follow=True)
        assert "Which one?" in text(response)
        question = Question.objects.get()
        questions.answer(question, text="The last.", by=staff_member(Role.HELPLINE), at=AT)
        assert "The last." in text(browser.get(response.redirect_chain[-1][0]))
        assert "Question: Year" in page(browser, due)
        browser.post(response.redirect_chain[-1][0], {"text": "Thank you."})
        assert question.messages.count() == 3

    def test_the_list_asks_as_often_however_many(
        self, browser: Client, due: Obligation, alice: User, django_assert_max_num_queries: Any
    ) -> None:
        for number in range(8):
            questions.ask(due.organisation, subject=str(number), text="?", by=alice, at=AT)
        with django_assert_max_num_queries(12):
            browser.get(reverse("questions", args=[due.organisation.number]))


class TestWhoMay:
    @pytest.fixture
    def doors(self, warned: Obligation, alice: User) -> list[str]:
        number = warned.organisation.number
        question = questions.ask(warned.organisation, subject="a", text="b", by=alice, at=AT)
        made = appeals.object_to(warned, text="We moved.", by=alice, at=AT)
        return [
            *(address(name, warned) for name in writings.ALL),
            reverse("questions", args=[number]),
            reverse("question", args=[number, question.pk]),
            reverse("answer_document", args=[number, warned.campaign.code, made.number]),
        ]

    def test_a_stranger_finds_nothing(
        self, client: Client, doors: list[str], charlie: User
    ) -> None:
        client.force_login(charlie)
        represented(ObligationFactory.create(), charlie)
        for door in doors:
            for method in (client.get, client.post):
                assert method(door).status_code == 404, door

    def test_a_visitor_is_asked_to_sign_in(self, client: Client, doors: list[str]) -> None:
        for door in doors:
            assert "login" in client.get(door).headers["Location"]

    def test_a_question_of_another_organisation_is_not_there(
        self, browser: Client, warned: Obligation
    ) -> None:
        other = questions.ask(
            ObligationFactory.create().organisation,
            subject="a",
            text="b",
            by=UserFactory.create(),
            at=AT,
        )
        there = reverse("question", args=[warned.organisation.number, other.pk])
        assert browser.get(there).status_code == 404

    def test_a_reader_asks_questions_and_sends_in_nothing(self, client: Client) -> None:
        bob = UserFactory.create()
        row = represented(liquidable_obligation(), bob, Representative.Role.READER)
        client.force_login(bob)
        shown = page(client, row)
        assert "Ask a question" in shown
        assert "Object to" not in shown
        for name in writings.ALL:
            assert client.post(address(name, row), {"text": "x", "cycle": 2}).status_code == 403
        assert client.get(reverse("questions", args=[row.organisation.number])).status_code == 200


def test_a_reversed_mark_and_its_reversal_are_told(browser: Client, alice: User) -> None:
    made = mark_made()
    row = represented(made.obligation, alice)
    assert "Marked for liquidation" not in page(browser, row)
    manager = staff_member(Role.CAMPAIGN_MANAGER)
    reversal.reverse(made, by=manager, at=noon(date(2027, 2, 18)), ground="Call No. 7")
    shown = page(browser, row)
    assert "Marked for liquidation" in shown
    assert "The mark for liquidation was reversed" in shown
    assert "a decision: open it to read it" not in shown
    assert "Call No. 7" not in shown
