"""A mark is undone in one action, and told: to the organisation, and to whoever could read it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError

from accounts.models import User
from accounts.refusals import Refused
from accounts.roles import Role
from notices.models import Dispatch, Notice
from notices.states import Channel, DispatchState, Kind
from registry.models import Standing
from reregistration import filing, holds, obligations
from reregistration.marking import reversal, rule
from reregistration.models import Cycle, Filing, Mark, Obligation, Reversal
from reregistration.states import ReversalReason, State
from tests.concurrency import one_behind_the_other, together
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.reregistration import MARKING_DAY, FilingFactory, mark_made, noon
from tests.reregistration.assertions import assert_events_chain, assert_states_equal_the_log
from tests.reregistration.moving import move_due_date

pytestmark = pytest.mark.usefixtures("in_english")
MARKED_AT = noon(MARKING_DAY)
ON = date(2027, 2, 18)
AT = noon(ON)
HOUR = timedelta(hours=1)


@pytest.fixture
def mark(db: None) -> Mark:
    return mark_made()


@pytest.fixture
def manager(db: None) -> User:
    return staff_member(Role.CAMPAIGN_MANAGER)


def reverse(mark: Mark, by: User) -> Reversal:
    return reversal.reverse(mark, by=by, at=AT, ground=" A wrong extract. ")


class TestReverse:
    def test_the_organisation_is_overdue_in_a_new_cycle(self, mark: Mark, manager: User) -> None:
        made = reverse(mark, manager)
        row = mark.obligation
        row.refresh_from_db()
        assert (row.state, row.cycle, row.cycle_began_on) == (State.OVERDUE, mark.cycle + 1, ON)
        assert Cycle.objects.filter(obligation=row, number=row.cycle).exists()
        event = row.events.get(from_state=State.MARKED)
        assert (event.by, event.at, event.reason) == (manager, AT, f"mark {mark.pk} reversed")
        assert not row.organisation.standings.get().in_process
        assert (made.reason, made.ground) == (ReversalReason.MISTAKE, "A wrong extract.")
        assert_states_equal_the_log()
        assert_events_chain(row)

    def test_the_mark_stays_beside_it_as_it_was_written(self, mark: Mark, manager: User) -> None:
        made = reverse(mark, manager)
        kept = Mark.objects.get()
        assert (kept.at, kept.facts, kept.reversal) == (MARKED_AT, mark.facts, made)

    def test_the_services_before_it_count_no_more(self, mark: Mark, manager: User) -> None:
        row = mark.obligation
        reverse(mark, manager)
        codes = [condition.code for condition in rule.reasons_against(row, ON)]
        assert codes == ["warning_served", "decision_served"]

    def test_a_date_that_was_moved_meanwhile_counts_for_it_too(
        self, mark: Mark, manager: User
    ) -> None:
        row, due_on = mark.obligation, ON + timedelta(days=1)
        move_due_date(
            row.campaign, due_on, by=manager, at=AT - timedelta(hours=2), ground="Order No. 2"
        )
        reverse(mark, manager)
        row.refresh_from_db()
        assert (row.state, row.due_on, row.cycle) == (State.DUE, due_on, mark.cycle + 2)
        assert Standing.objects.get(organisation=row.organisation).effective_due_on == due_on
        assert_states_equal_the_log()
        assert_events_chain(row)

    def test_days_held_while_it_stood_marked_count_too(self, mark: Mark, manager: User) -> None:
        row = mark.obligation
        due_on = row.due_on
        held = holds.begin(
            row.campaign, reason="A flood.", by=manager, on=MARKING_DAY, at=MARKED_AT + HOUR
        )
        holds.end(held, by=manager, on=ON, at=AT - HOUR)
        reverse(mark, manager)
        row.refresh_from_db()
        assert (row.state, row.due_on) == (State.OVERDUE, due_on + (ON - MARKING_DAY))
        assert_states_equal_the_log()

    def test_the_organisation_is_told_by_letter_too(self, mark: Mark, manager: User) -> None:
        reverse(mark, manager)
        told = Notice.objects.get(kind=Kind.MARK_REVERSED)
        assert told.organisation == mark.obligation.organisation
        for day in ("15 ақпан", "18 ақпан"):
            assert day in told.text.body
        assert told.dispatches.filter(channel=Channel.LETTER).exists()

    def test_it_gives_the_reason_and_keeps_the_ground(self, mark: Mark, manager: User) -> None:
        mark.obligation.organisation.representatives.all().delete()
        reversal.reverse(
            mark, by=manager, at=AT, ground="Call No. 7", reason=ReversalReason.AT_WORK
        )
        told = Notice.objects.get(kind=Kind.MARK_REVERSED)
        assert "Call No. 7" not in told.text.body

    def test_adverse_letters_that_wait_are_withdrawn(self, mark: Mark, manager: User) -> None:
        waiting = Dispatch.objects.filter(notice__kind=Kind.MARKED)
        assert {row.state for row in waiting} == {DispatchState.QUEUED}
        reverse(mark, manager)
        assert {row.state for row in waiting.all()} == {DispatchState.SUPPRESSED}
        told = Dispatch.objects.filter(notice__kind=Kind.MARK_REVERSED)
        assert {row.state for row in told} == {DispatchState.QUEUED}

    def test_again_it_is_the_one_that_was_made(self, mark: Mark, manager: User) -> None:
        made = reverse(mark, manager)
        assert reverse(mark, staff_member(Role.CAMPAIGN_MANAGER)) == made
        assert Obligation.objects.get().cycle == mark.cycle + 1
        assert Notice.objects.filter(kind=Kind.MARK_REVERSED).count() == 1


class TestRefused:
    def test_without_a_ground(self, mark: Mark, manager: User) -> None:
        with pytest.raises(Refused, match="Write the ground"):
            reversal.reverse(mark, by=manager, at=AT, ground=" ")
        assert Obligation.objects.get().state == State.MARKED

    def test_without_a_ground_by_the_database(self, mark: Mark, manager: User) -> None:
        with pytest.raises(IntegrityError, match="reversal_has_a_ground"):
            Reversal.objects.create(
                mark=mark, reason=ReversalReason.MISTAKE, ground="", by=manager, at=AT
            )

    @pytest.mark.parametrize("to", [State.FILED, State.OVERDUE])
    def test_once_something_followed(self, to: State, mark: Mark, manager: User) -> None:
        obligations.move(mark.obligation, to, by=None, at=MARKED_AT)
        with pytest.raises(Refused, match="does not stand any more"):
            reverse(mark, manager)
        assert Obligation.objects.get().state == to
        assert not Reversal.objects.exists()
        assert not Notice.objects.filter(kind=Kind.MARK_REVERSED).exists()

    def test_a_mark_of_an_earlier_cycle(self, mark: Mark, manager: User) -> None:
        Obligation.objects.update(cycle=mark.cycle + 1)
        with pytest.raises(Refused, match="does not stand any more"):
            reverse(mark, manager)


@pytest.mark.usefixtures("real_commits")
class TestAtOnce:
    def test_two_clicks_make_one(self) -> None:
        mark, manager = mark_made(), staff_member(Role.CAMPAIGN_MANAGER)
        first, second = together(lambda: reverse(mark, manager), lambda: reverse(mark, manager))
        assert first == second
        assert Reversal.objects.count() == 1
        assert Notice.objects.filter(kind=Kind.MARK_REVERSED).count() == 1

    def test_a_filing_that_comes_first_has_lifted_the_mark(self) -> None:
        mark, manager, draft, alice = self._ready()
        filed, refused = one_behind_the_other(
            lambda: filing.submit(draft, by=alice, at=AT),
            lambda: reverse(mark, manager),
        )
        assert isinstance(filed, Filing)
        assert isinstance(refused, Refused)
        assert Obligation.objects.get().state == State.FILED
        assert not Reversal.objects.exists()

    def test_a_filing_that_comes_second_still_counts(self) -> None:
        mark, manager, draft, alice = self._ready()
        made, filed = one_behind_the_other(
            lambda: reverse(mark, manager),
            lambda: filing.submit(draft, by=alice, at=AT + timedelta(seconds=1)),
        )
        assert isinstance(made, Reversal)
        assert isinstance(filed, Filing)
        row = Obligation.objects.get()
        assert row.state == State.FILED
        assert_events_chain(row)

    def _ready(self) -> tuple[Mark, User, Filing, User]:
        mark = mark_made()
        draft = FilingFactory.create(obligation=mark.obligation)
        return mark, staff_member(Role.CAMPAIGN_MANAGER), draft, UserFactory.create()
