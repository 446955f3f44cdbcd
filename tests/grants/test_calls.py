from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.refusals import Refused
from grants import calls, questions
from grants.models import Call
from grants.states import CALL_ALLOWED, CallState
from tests.factories.accounts import UserFactory
from tests.factories.grants import BUDGET, CLOSES_AT, CallFactory, LotFactory
from tests.factories.registry import OrganisationFactory
from tests.public.granted import iin

pytestmark = pytest.mark.django_db
BEFORE = datetime(2026, 8, 20, 6, tzinfo=UTC)
DURING = datetime(2026, 9, 15, 6, tzinfo=UTC)


def done(verb: Any, call: Call, at: datetime = DURING, **fields: Any) -> Call:
    made: Call = verb(call, by=UserFactory.create(), at=at, **{"ground": "Order 5", **fields})
    return made


class TestOpen:
    def test_it_is_announced_by_a_recorded_decision(self) -> None:
        call = done(calls.open_call, CallFactory.create(draft=True), BEFORE)
        assert call.state == "open"
        event = call.events.get()
        assert (event.from_state, event.to_state, event.ground) == ("draft", "open", "Order 5")

    @pytest.mark.parametrize(
        ("fields", "says"),
        [
            ({"weights": (60, 39)}, "sum to 99"),
            ({"weights": ()}, "sum to 0"),
            ({"lots": ()}, "no lot yet"),
            ({"lots": (BUDGET, Decimal(1))}, "more than the call's budget"),
            ({"lots": (Decimal(2_162_499),)}, "less money than the smallest"),
            ({"opens_at": BEFORE - timedelta(days=30), "closes_at": BEFORE}, "has passed"),
        ],
    )
    def test_what_is_not_whole_is_not_announced(self, fields: dict[str, Any], says: str) -> None:
        call = CallFactory.create(draft=True, **fields)
        with pytest.raises(Refused, match=says):
            done(calls.open_call, call, BEFORE)
        assert not call.events.exists()

    def test_without_a_ground_nothing_is_decided(self) -> None:
        call = CallFactory.create(draft=True)
        with pytest.raises(Refused, match="Give the ground"):
            done(calls.open_call, call, BEFORE, ground=" ")

    def test_a_second_click_is_refused(self) -> None:
        call = done(calls.open_call, CallFactory.create(draft=True), BEFORE)
        with pytest.raises(Refused, match="cannot become"):
            done(calls.open_call, call, BEFORE)


class TestExtend:
    def test_the_end_moves_later_alone(self) -> None:
        call = CallFactory.create()
        later = CLOSES_AT + timedelta(days=5)
        assert done(calls.extend, call, closes_at=later).closes_at == later
        assert call.events.get().closes_at == later
        with pytest.raises(Refused, match="only move to later"):
            done(calls.extend, call, closes_at=CLOSES_AT)

    def test_who_was_late_stays_late(self) -> None:
        call = CallFactory.create()
        with pytest.raises(Refused, match="still takes applications"):
            done(calls.extend, call, CLOSES_AT, closes_at=CLOSES_AT + timedelta(days=5))


class TestClose:
    def test_not_before_its_end(self) -> None:
        call = CallFactory.create()
        with pytest.raises(Refused, match="cannot be closed before"):
            done(calls.close, call, CLOSES_AT - timedelta(seconds=1))

    def test_the_terms_run_in_working_days(self) -> None:
        call = done(calls.close, CallFactory.create(), CLOSES_AT)
        # Thirty September; ten working days, then fifteen more over Republic Day.
        assert call.check_due_on == date(2026, 10, 14)
        assert call.decide_due_on == date(2026, 11, 5)

    def test_one_that_ends_at_midnight_ends_that_day(self) -> None:
        # 24:00 of the thirtieth in Almaty.
        call = CallFactory.create(closes_at=datetime(2026, 9, 30, 19, tzinfo=UTC))
        assert done(calls.close, call, call.closes_at).check_due_on == date(2026, 10, 14)


@pytest.mark.parametrize("to", list(CallState))
@pytest.mark.parametrize("state", list(CallState))
def test_the_door_asks_the_table(state: CallState, to: CallState) -> None:
    call = calls.lock(CallFactory.create(state=state))
    by = UserFactory.create()
    if to in CALL_ALLOWED[state]:
        assert calls.move_locked(call, to, ground="x", by=by, at=DURING).state == to
    else:
        with pytest.raises(Refused, match="cannot become"):
            calls.move_locked(call, to, ground="x", by=by, at=DURING)


class TestQuestions:
    def test_the_same_words_are_one_question(self) -> None:
        call, organisation, person = CallFactory.create(), OrganisationFactory.create(), None
        person = UserFactory.create()
        asked = [
            questions.ask(call, organisation, text=" May we? ", by=person, at=DURING)
            for _ in range(2)
        ]
        assert asked[0] == asked[1]
        assert asked[0].text == "May we?"

    def test_after_the_end_nobody_asks(self) -> None:
        with pytest.raises(Refused, match="no applications now"):
            questions.ask(
                CallFactory.create(),
                OrganisationFactory.create(),
                text="x",
                by=UserFactory.create(),
                at=CLOSES_AT,
            )

    def test_an_answer_is_published_in_both_languages_once(self) -> None:
        asked = questions.ask(
            CallFactory.create(),
            OrganisationFactory.create(),
            text="May we?",
            by=UserFactory.create(),
            at=DURING,
        )
        texts = dict.fromkeys(("question_kk", "question_ru", "answer_kk"), "…")
        officer = UserFactory.create()
        with pytest.raises(Refused, match="write all four"):
            questions.answer(asked, **texts, answer_ru=" ", by=officer, at=DURING)
        with pytest.raises(Refused, match="personal number"):
            questions.answer(asked, **texts, answer_ru=iin(), by=officer, at=DURING)
        questions.answer(asked, **texts, answer_ru="Да", by=officer, at=DURING)
        with pytest.raises(Refused, match="answered already"):
            questions.answer(asked, **texts, answer_ru="Нет", by=officer, at=DURING)


def test_a_lot_that_can_give_the_smallest_grant_does() -> None:
    call = CallFactory.create(draft=True, lots=())
    LotFactory.create(call=call, budget=Decimal(2_162_500))
    assert done(calls.open_call, call, BEFORE).state == "open"
