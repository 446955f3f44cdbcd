"""Who has the ball, and what happened so far."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.utils import translation

from accounts.models import User
from reregistration import next_steps, obligations, timeline
from reregistration.states import MAY_FILE, ReleaseReason, State
from tests.factories.reregistration import ObligationFactory, obligation_in

pytestmark = pytest.mark.django_db
ON = date(2026, 9, 15)


@pytest.mark.parametrize("state", State)
def test_every_state_is_told_in_every_language(state: State) -> None:
    row = obligation_in(state)
    for language in ("kk", "ru", "en"):
        with translation.override(language):
            told = next_steps.of(row, ON)
        assert told.words
        assert "%" not in told.words


@pytest.mark.parametrize("state", State)
def test_filing_is_offered_where_the_table_allows_it(state: State) -> None:
    assert next_steps.of(obligation_in(state), ON).may_file == (state in MAY_FILE)


def test_while_it_is_reviewed_the_ball_is_the_ministrys() -> None:
    assert not next_steps.of(obligation_in(State.FILED), ON).is_yours


@pytest.mark.parametrize(
    ("days", "words"),
    [(2, "2 days left"), (1, "1 day left"), (0, "Today is the last day.")],
)
def test_the_time_left_is_counted_to_the_effective_due_date(days: int, words: str) -> None:
    row = ObligationFactory.create(due_on=ON + timedelta(days=days))
    with translation.override("en"):
        assert next_steps.of(row, ON).time_left == words


def test_the_day_after_it_reads_as_overdue_though_no_job_ran() -> None:
    row = ObligationFactory.create(due_on=ON - timedelta(days=1))
    with translation.override("en"):
        told = next_steps.of(row, ON)
    assert told.state == State.OVERDUE
    assert told.time_left == "Overdue: 1 day"


def test_the_timeline_tells_each_move_newest_first(alice: User, at: datetime) -> None:
    row = ObligationFactory.create()
    row = obligations.move(row, State.FILED, by=alice, at=at)
    obligations.move(row, State.RETURNED, by=alice, at=at + timedelta(days=1))
    row.refresh_from_db()
    with translation.override("en"):
        words = [line.words for line in timeline.past(row, at.date())]
    assert [line.split(";")[0] for line in words] == [
        "Returned for correction",
        "Filed",
        "The campaign opened",
    ]


def test_a_release_names_its_reason(alice: User, at: datetime) -> None:
    row = obligations.move(
        ObligationFactory.create(),
        State.RELEASED,
        by=alice,
        at=at,
        release_reason=ReleaseReason.EXEMPT,
    )
    with translation.override("en"):
        assert "exempt by law" in next_steps.of(row, at.date()).words
