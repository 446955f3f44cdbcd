"""Questions: asked once, answered in the order of waiting, told by e-mail."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from accounts.models import User
from accounts.refusals import Refused
from accounts.roles import Role
from notices.models import Dispatch, Notice
from notices.states import Kind
from registry.models import Organisation
from reregistration import questions
from reregistration.models import Question, QuestionMessage
from tests.concurrency import together
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.registry import OrganisationFactory, RepresentativeFactory
from tests.factories.reregistration import MARKING_DAY, noon

pytestmark = pytest.mark.usefixtures("in_english")


@pytest.fixture
def organisation(alice: User) -> Organisation:
    made: Organisation = OrganisationFactory.create()
    RepresentativeFactory.create(organisation=made, user=alice)
    return made


@pytest.fixture
def helpline(db: None) -> User:
    return staff_member(Role.HELPLINE)


def ask(organisation: Organisation, by: User, at: datetime, text: str = "Which?") -> Question:
    return questions.ask(organisation, subject="Year", text=text, by=by, at=at)


def test_a_question_waits_from_the_moment_it_is_asked(
    organisation: Organisation, alice: User, at: datetime
) -> None:
    asked = ask(organisation, alice, at)
    assert asked.waiting_since == at
    assert [message.text for message in asked.messages.all()] == ["Which?"]


def test_the_same_question_again_is_the_same_until_it_is_answered(
    organisation: Organisation, alice: User, helpline: User, at: datetime
) -> None:
    first = ask(organisation, alice, at)
    assert ask(organisation, alice, at) == first
    assert ask(organisation, alice, at, "Another?") != first
    questions.answer(first, text="The last.", by=helpline, at=at)
    assert ask(organisation, alice, at) != first


def test_without_words_nothing_is_asked(
    organisation: Organisation, alice: User, at: datetime
) -> None:
    with pytest.raises(Refused, match="about"):
        ask(organisation, alice, at, " ")


def test_the_answer_reaches_who_asked_in_their_language(
    organisation: Organisation, alice: User, helpline: User, at: datetime
) -> None:
    RepresentativeFactory.create(organisation=organisation)
    asked = ask(organisation, alice, at)
    questions.answer(asked, text="The last one.", by=helpline, at=at)
    asked.refresh_from_db()
    assert asked.waiting_since is None
    (letter,) = Notice.objects.filter(kind=Kind.QUESTION_ANSWERED)
    assert letter.language == alice.language
    assert "The last one." in letter.text.body
    assert [row.address for row in Dispatch.objects.all()] == [alice.email]


def test_answering_twice_sends_one_letter(
    organisation: Organisation, alice: User, helpline: User, at: datetime
) -> None:
    asked = ask(organisation, alice, at)
    first = questions.answer(asked, text="The last.", by=helpline, at=at)
    assert questions.answer(asked, text="The last. ", by=helpline, at=at) == first
    assert Notice.objects.count() == 1


def test_whoever_acts_for_it_does_not_answer(
    organisation: Organisation, alice: User, helpline: User, at: datetime
) -> None:
    RepresentativeFactory.create(organisation=organisation, user=helpline)
    asked = ask(organisation, alice, at)
    with pytest.raises(Refused, match="You act for"):
        questions.answer(asked, text="The last.", by=helpline, at=at)


def test_writing_again_keeps_the_place_in_the_queue(
    organisation: Organisation, alice: User, at: datetime
) -> None:
    asked = ask(organisation, alice, at)
    questions.write_again(asked, text="Please!", by=alice, at=at + timedelta(days=1))
    asked.refresh_from_db()
    assert asked.waiting_since == at


def test_closed_is_what_was_answered_and_writing_opens_it_again(
    organisation: Organisation, alice: User, helpline: User, at: datetime
) -> None:
    asked = ask(organisation, alice, at)
    with pytest.raises(Refused, match="Answer the question first"):
        questions.close(asked, at=at)
    questions.answer(asked, text="The last.", by=helpline, at=at)
    assert questions.close(asked, at=at).closed_at == at
    assert questions.close(asked, at=at + timedelta(days=1)).closed_at == at
    questions.write_again(asked, text="And this one?", by=alice, at=at + timedelta(days=2))
    asked.refresh_from_db()
    assert (asked.closed_at, asked.waiting_since) == (None, at + timedelta(days=2))


def test_two_clicks_at_once_ask_one_question(real_commits: None) -> None:
    organisation, alice = OrganisationFactory.create(), UserFactory.create()
    at = noon(MARKING_DAY)
    first, second = together(
        lambda: ask(organisation, alice, at), lambda: ask(organisation, alice, at)
    )
    assert first == second
    assert QuestionMessage.objects.count() == 1
