"""More time: by asking, by staff, capped, and effective everywhere at once."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from accounts.models import User
from accounts.refusals import Refused
from accounts.roles import Role
from notices.models import Dispatch, Notice
from notices.states import DispatchState, Kind
from registry.models import Standing
from reregistration import extensions
from reregistration.models import Extension, Obligation
from reregistration.states import CampaignState, State
from tests.concurrency import one_behind_the_other, together
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.registry import RepresentativeFactory
from tests.factories.reregistration import (
    CampaignFactory,
    ObligationFactory,
    noon,
    notify,
    obligation_in,
)
from tests.reregistration.assertions import assert_events_chain, assert_states_equal_the_log

pytestmark = pytest.mark.usefixtures("in_english")


@pytest.fixture
def manager(db: None) -> User:
    return staff_member(Role.CAMPAIGN_MANAGER)


def ask(row: Obligation, by: User, at: datetime, cycle: int | None = None) -> Extension:
    return extensions.request(row, cycle=cycle or row.cycle, reason="We moved.", by=by, at=at)


def grant(row: Obligation, by: User, at: datetime, days: int = 60) -> Extension:
    return extensions.grant(row, cycle=row.cycle, days=days, ground="Order No. 9", by=by, at=at)


def test_asking_moves_the_due_date_in_a_new_cycle(alice: User, at: datetime) -> None:
    row = ObligationFactory.create()
    ask(row, alice, at)
    row.refresh_from_db()
    # 31 December is protected: the first working day after the protected days.
    assert (row.state, row.due_on, row.extended_days) == (State.DUE, date(2027, 1, 11), 30)
    assert (row.cycle, row.cycle_began_on) == (2, at.date())
    assert_states_equal_the_log()
    assert_events_chain(row)


def test_the_register_and_the_letter_say_the_new_date(alice: User, at: datetime) -> None:
    row = ObligationFactory.create()
    ask(row, alice, at)
    assert Standing.objects.get(organisation=row.organisation).effective_due_on == date(2027, 1, 11)
    (letter,) = Notice.objects.filter(kind=Kind.EXTENDED)
    assert "11 қаңтар" in letter.text.body


def test_within_grace_the_overdue_are_due_again(alice: User) -> None:
    row = ObligationFactory.create(overdue=True)
    ask(row, alice, noon(date(2026, 12, 10)))
    row.refresh_from_db()
    assert (row.state, row.due_on) == (State.DUE, date(2027, 1, 11))


def test_after_a_return_the_correction_term_is_lengthened(alice: User) -> None:
    row = ObligationFactory.create(
        returned=True, returned_on=date(2027, 2, 1), due_on=date(2027, 2, 15)
    )
    ask(row, alice, noon(date(2027, 2, 10)))
    row.refresh_from_db()
    assert (row.state, row.due_on) == (State.RETURNED, date(2027, 3, 17))


def test_a_second_click_gets_the_same_extension(alice: User, at: datetime) -> None:
    row = ObligationFactory.create()
    assert ask(row, alice, at, cycle=1) == ask(row, alice, at, cycle=1)
    assert Extension.objects.count() == Notice.objects.count() == 1


def test_it_asks_as_often_as_the_campaign_says(alice: User, at: datetime) -> None:
    row = ObligationFactory.create()
    ask(row, alice, at, cycle=1)
    with pytest.raises(Refused, match="cannot ask for more time"):
        ask(row, alice, at, cycle=2)
    again = ObligationFactory.create(campaign=CampaignFactory.create(extensions_by_self=2))
    ask(again, alice, at, cycle=1)
    assert ask(again, alice, at, cycle=2).days == 30


def test_by_asking_it_never_gets_more_than_the_cap(alice: User, at: datetime) -> None:
    row = ObligationFactory.create(campaign=CampaignFactory.create(extension_days_cap=7))
    assert ask(row, alice, at).days == 7


@pytest.mark.parametrize("state", [s for s in State if s not in ("due", "returned", "overdue")])
def test_where_no_date_is_to_be_met_there_is_nothing_to_extend(
    state: State, alice: User, manager: User, at: datetime
) -> None:
    row = obligation_in(state)
    with pytest.raises(Refused):
        ask(row, alice, at)
    with pytest.raises(Refused, match="cannot be given"):
        grant(row, manager, at)
    assert not Extension.objects.exists()


@pytest.mark.parametrize(("on", "may"), [(date(2026, 12, 15), True), (date(2026, 12, 17), False)])
def test_it_may_ask_until_the_days_of_grace_are_over(on: date, may: bool, db: None) -> None:
    row = ObligationFactory.create(overdue=True)
    assert bool(extensions.days_on_request(row, on)) is may


def test_in_a_closed_campaign_nobody_asks(alice: User, at: datetime) -> None:
    row = ObligationFactory.create(campaign=CampaignFactory.create(state=CampaignState.CLOSED))
    with pytest.raises(Refused):
        ask(row, alice, at)


def test_without_a_reason_it_is_refused(alice: User, at: datetime) -> None:
    row = ObligationFactory.create()
    with pytest.raises(Refused, match="Say why"):
        extensions.request(row, cycle=1, reason="  ", by=alice, at=at)
    row.refresh_from_db()
    assert row.cycle == 1


def test_staff_give_more_after_grace_up_to_the_cap(manager: User) -> None:
    row = ObligationFactory.create(overdue=True)
    at = noon(date(2027, 1, 20))
    with pytest.raises(Refused, match="At most 60"):
        grant(row, manager, at, days=61)
    made = grant(row, manager, at, days=60)
    assert (made.due_on, made.is_self_service) == (date(2027, 2, 1), False)
    row.refresh_from_db()
    with pytest.raises(Refused, match="At most 0"):
        grant(row, manager, at, days=1)


def test_days_that_end_in_the_past_are_refused(manager: User) -> None:
    row = ObligationFactory.create(overdue=True)
    with pytest.raises(Refused, match="that has passed"):
        grant(row, manager, noon(date(2027, 1, 20)), days=10)


def test_a_warning_that_still_waits_is_withdrawn(manager: User) -> None:
    row = ObligationFactory.create(overdue=True)
    RepresentativeFactory.create(organisation=row.organisation)
    notify(row, Kind.FINAL_WARNING, on=date(2026, 12, 18))
    grant(row, manager, noon(date(2026, 12, 19)))
    waiting = Dispatch.objects.filter(state=DispatchState.QUEUED)
    assert set(waiting.values_list("notice__kind", flat=True)) == {Kind.EXTENDED}


def test_two_clicks_at_once_give_one_extension(real_commits: None) -> None:
    row, alice = ObligationFactory.create(), UserFactory.create()
    at = noon(date(2026, 11, 2))
    first, second = together(lambda: ask(row, alice, at), lambda: ask(row, alice, at))
    assert first == second
    assert Extension.objects.count() == 1


def test_asking_waits_for_a_grant_and_sees_it(real_commits: None) -> None:
    row, alice = ObligationFactory.create(), UserFactory.create()
    manager = staff_member(Role.CAMPAIGN_MANAGER)
    at = noon(date(2026, 11, 2))
    granted, asked = one_behind_the_other(
        lambda: grant(row, manager, at, days=14), lambda: ask(row, alice, at)
    )
    assert asked == granted
    row.refresh_from_db()
    assert row.extended_days == 14
