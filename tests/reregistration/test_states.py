"""Every pair of states through the real door, one after another and at once."""

from __future__ import annotations

from datetime import date, datetime
from functools import partial
from itertools import product

import pytest

from accounts.refusals import Refused
from registry.models import Standing
from reregistration import obligations
from reregistration.models import Obligation
from reregistration.states import ALLOWED, MAY_FILE, STARTS_CYCLE, ReleaseReason, State
from tests.concurrency import one_behind_the_other, together
from tests.factories.accounts import UserFactory
from tests.factories.reregistration import obligation_in
from tests.reregistration.assertions import assert_events_chain, assert_states_equal_the_log

pytestmark = pytest.mark.usefixtures("in_english")

PAIRS = list(product(State, State))
ALLOWED_PAIRS = [(was, to) for was, to in PAIRS if to in ALLOWED[was]]
FORBIDDEN_PAIRS = [(was, to) for was, to in PAIRS if to not in ALLOWED[was]]
REOPENED_UNTIL = date(2027, 2, 1)

# The table as the law's lawyers read it, written out a second time by hand.
BY_HAND = {
    "due": "filed overdue released",
    "filed": "fulfilled returned refused released",
    "returned": "filed overdue released",
    "refused": "filed fulfilled released",
    "overdue": "filed due marked released",
    "marked": "filed overdue referred released",
    "referred": "filed overdue terminated released",
    "terminated": "due",
    "fulfilled": "due",
    "released": "due",
}


def move(obligation: Obligation, to: State, at: datetime) -> Obligation:
    """Through the door, with what that state asks for."""
    return obligations.move(
        obligation,
        to,
        by=None,
        at=at,
        reason="decision 7",
        release_reason=ReleaseReason.EXEMPT if to == State.RELEASED else None,
        due_on=REOPENED_UNTIL if to == State.DUE else None,
    )


def test_the_table_is_the_one_that_was_agreed() -> None:
    assert {state: " ".join(sorted(after)) for state, after in ALLOWED.items()} == {
        state: " ".join(sorted(after.split())) for state, after in BY_HAND.items()
    }


def test_filing_is_refused_only_where_nothing_is_left_to_file() -> None:
    assert set(State) - MAY_FILE == {State.FULFILLED, State.RELEASED, State.TERMINATED}


@pytest.mark.django_db
@pytest.mark.parametrize(("was", "to"), ALLOWED_PAIRS)
def test_an_allowed_move_arrives_with_one_event_and_its_standing(
    was: State, to: State, at: datetime
) -> None:
    obligation = obligation_in(was)
    moved = move(obligation, to, at)
    assert moved.state == to
    assert Obligation.objects.get(pk=obligation.pk).state == to
    event = obligation.events.get(from_state=was)
    assert (event.to_state, event.reason, event.at) == (to, "decision 7", at)
    assert obligation.events.count() == 2
    assert_states_equal_the_log()


@pytest.mark.django_db
@pytest.mark.parametrize(("was", "to"), ALLOWED_PAIRS)
def test_an_allowed_move_starts_a_cycle_exactly_where_the_table_says(
    was: State, to: State, at: datetime
) -> None:
    obligation = obligation_in(was)
    moved = move(obligation, to, at)
    if to in STARTS_CYCLE:
        assert moved.cycle == obligation.cycle + 1
        assert moved.cycle_began_on == at.date()
        assert moved.cycles.get(number=moved.cycle).began_at == at
    else:
        assert moved.cycle == obligation.cycle
        assert moved.cycle_began_on == obligation.cycle_began_on
        assert moved.cycles.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(("was", "to"), FORBIDDEN_PAIRS)
def test_a_forbidden_move_is_refused_and_changes_nothing(
    was: State, to: State, at: datetime
) -> None:
    obligation = obligation_in(was)
    before = Obligation.objects.values().get(pk=obligation.pk)
    standing = Standing.objects.values().get()
    with pytest.raises(Refused, match="cannot follow"):
        move(obligation, to, at)
    assert Obligation.objects.values().get(pk=obligation.pk) == before
    assert Standing.objects.values().get() == standing
    assert obligation.events.count() == 1
    assert obligation.cycles.count() == 1


@pytest.mark.django_db
def test_a_stale_copy_is_judged_by_the_fresh_row(at: datetime) -> None:
    stale = obligation_in(State.FILED)
    move(stale, State.FULFILLED, at)
    assert stale.state == State.FILED
    with pytest.raises(Refused):
        move(stale, State.RETURNED, at)


@pytest.mark.django_db
def test_the_event_names_who_moved_it(at: datetime) -> None:
    person = UserFactory.create()
    obligation = obligation_in(State.DUE)
    obligations.move(
        obligation, State.RELEASED, by=person, at=at, release_reason=ReleaseReason.MERGED
    )
    assert obligation.events.get(to_state=State.RELEASED).by == person
    assert Standing.objects.get().reason == "merged"


@pytest.mark.django_db
def test_reopening_forgets_the_reason_of_release(at: datetime) -> None:
    moved = move(obligation_in(State.RELEASED), State.DUE, at)
    assert moved.release_reason == ""
    assert moved.due_on == REOPENED_UNTIL


@pytest.mark.django_db
def test_a_move_to_due_without_a_date_is_a_mistake_of_the_caller(at: datetime) -> None:
    with pytest.raises(ValueError, match="due date"):
        obligations.move(obligation_in(State.OVERDUE), State.DUE, by=None, at=at)


@pytest.mark.django_db
def test_whether_it_was_on_time_is_decided_by_the_first_filing_alone(at: datetime) -> None:
    obligation = obligation_in(State.DUE)
    first = move(obligation, State.FILED, at)
    move(obligation, State.RETURNED, at)
    late = at.replace(year=2027)
    again = move(obligation, State.FILED, late)
    assert (again.first_filed_at, again.on_time) == (first.first_filed_at, True)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (State.FULFILLED, State.RETURNED),
        (State.RETURNED, State.FULFILLED),
        (State.FULFILLED, State.FULFILLED),
    ],
)
def test_the_second_of_two_moves_waits_and_is_refused(
    real_commits: None, at: datetime, first: State, second: State
) -> None:
    obligation = obligation_in(State.FILED)
    won, lost = one_behind_the_other(
        lambda: move(obligation, first, at), lambda: move(obligation, second, at)
    )
    assert isinstance(won, Obligation)
    assert isinstance(lost, Refused)
    assert Obligation.objects.get().state == first
    assert obligation.events.count() == 2
    assert_states_equal_the_log()


def test_of_two_moves_in_the_same_instant_one_wins(real_commits: None, at: datetime) -> None:
    for _ in range(10):
        obligation = obligation_in(State.FILED)
        outcomes = together(
            partial(move, obligation, State.FULFILLED, at),
            partial(move, obligation, State.RETURNED, at),
        )
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Obligation", "Refused"]
        assert obligation.events.count() == 2
        assert_events_chain(obligation)
    assert_states_equal_the_log()
