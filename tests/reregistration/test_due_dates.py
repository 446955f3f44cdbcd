"""A due date that is moved: by slices, once, whatever is killed; and one letter to each."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.refusals import Refused
from accounts.roles import Role
from notices import dispatch, notice
from notices.models import Dispatch, Notice
from notices.states import POINTLESS_ONCE_FILED, DispatchState, Kind
from registry.calendar import ALMATY
from reregistration import (
    campaigns,
    due_dates,
    extensions,
    obligations,
    outdated,
    schedule,
    tasks,
)
from reregistration.marking import mark
from reregistration.models import (
    CampaignDecision,
    DueDateMove,
    Mark,
    Obligation,
    ObligationEvent,
)
from reregistration.obligations import past_due
from reregistration.states import ReleaseReason, State
from tests.concurrency import together
from tests.factories.accounts import staff_member
from tests.factories.reregistration import (
    MARKING_DAY,
    CampaignFactory,
    ObligationFactory,
    authorised_round,
    cohort_in,
    liquidable_obligation,
    noon,
    obligation_in,
)
from tests.reregistration.assertions import assert_states_equal_the_log
from tests.reregistration.moving import move_due_date

pytestmark = pytest.mark.usefixtures("in_english")

GROUND = "Order No. 8 of 14 September 2026"
OWN, LATER, LATEST = date(2026, 12, 1), date(2027, 2, 1), date(2027, 3, 1)


@pytest.fixture
def manager(db: None) -> User:
    return staff_member(Role.CAMPAIGN_MANAGER)


@pytest.fixture
def small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due_dates, "SLICE", 2)


def told() -> list[Notice]:
    return list(Notice.objects.filter(kind=Kind.DUE_DATE_MOVED).order_by("source"))


def state_of_all() -> list[tuple[Any, ...]]:
    """All that the move decides on: obligations, events, letters; and how far it is."""
    return [
        *Obligation.objects.order_by("pk").values_list("state", "due_on", "cycle"),
        *ObligationEvent.objects.order_by("obligation", "pk").values_list("to_state", "due_on"),
        *Notice.objects.order_by("source").values_list("kind", "cycle"),
        *DueDateMove.objects.values_list("looked_at", "changed", "told"),
    ]


class TestSlices:
    def test_the_decision_alone_changes_no_obligation(self, manager: User, at: datetime) -> None:
        row = ObligationFactory.create()
        due_dates.move(row.campaign, LATER, by=manager, at=at, ground=GROUND)
        row.refresh_from_db()
        assert row.due_on == OWN
        assert row.campaign.is_writing_dates

    @pytest.mark.usefixtures("small_slices")
    def test_a_move_goes_slice_by_slice_to_its_end(self, manager: User, at: datetime) -> None:
        campaign = CampaignFactory.create()
        ObligationFactory.create_batch(3, campaign=campaign)
        ObligationFactory.create(campaign=campaign, filed=True)
        due_dates.move(campaign, LATER, by=manager, at=at, ground=GROUND)
        written = [due_dates.write_next(campaign, at=at) for _ in range(4)]
        assert written == [2, 1, 0, None]
        row = DueDateMove.objects.get()
        assert (row.looked_at, row.changed, row.told, row.finished_at) == (4, 3, 3, at)
        assert_states_equal_the_log()

    @pytest.mark.usefixtures("small_slices")
    @pytest.mark.parametrize("after", [0, 1, 2])
    def test_one_that_is_killed_is_gone_on_with_to_the_same_end(
        self, manager: User, at: datetime, after: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        campaign = CampaignFactory.create()
        ObligationFactory.create_batch(5, campaign=campaign)

        with transaction.atomic():
            move_due_date(campaign, LATER, by=manager, at=at, ground=GROUND)
            undisturbed = state_of_all()
            transaction.set_rollback(True)
        assert not told()

        register, calls = notice.register, []

        def dies(*args: Any, **kwargs: Any) -> Any:
            made = register(*args, **kwargs)
            calls.append(made)
            if len(calls) > after:
                raise ConnectionError
            return made

        campaign.refresh_from_db()
        due_dates.move(campaign, LATER, by=manager, at=at, ground=GROUND)
        with monkeypatch.context() as patch:
            patch.setattr(notice, "register", dies)
            with pytest.raises(ConnectionError):
                due_dates.write_all(campaign, at=at)
        assert Obligation.objects.filter(due_on=LATER).count() == 2 * after

        assert due_dates.write_all(campaign, at=at) == 5 - 2 * after
        assert state_of_all() == undisturbed
        assert_states_equal_the_log()

    @pytest.mark.usefixtures("small_slices", "real_commits")
    def test_two_workers_at_once_write_each_once(self, at: datetime) -> None:
        manager = staff_member(Role.CAMPAIGN_MANAGER)
        campaign = CampaignFactory.create()
        ObligationFactory.create_batch(7, campaign=campaign)
        due_dates.move(campaign, LATER, by=manager, at=at, ground=GROUND)
        written = together(
            lambda: due_dates.write_all(campaign, at=at),
            lambda: due_dates.write_all(campaign, at=at),
        )
        assert sum(written) == 7
        assert set(Obligation.objects.values_list("cycle", "due_on")) == {(2, LATER)}
        assert len(told()) == 7
        assert_states_equal_the_log()

    @pytest.mark.usefixtures("real_commits")
    def test_two_clicks_decide_once(self, at: datetime) -> None:
        manager = staff_member(Role.CAMPAIGN_MANAGER)
        campaign = ObligationFactory.create().campaign
        decided = together(
            *[lambda: due_dates.move(campaign, LATER, by=manager, at=at, ground=GROUND)] * 2
        )
        assert sorted(type(one).__name__ for one in decided) == ["DueDateMove", "Refused"]
        assert CampaignDecision.objects.count() == 1

    def test_a_slice_costs_the_same_queries_for_many(self, manager: User, at: datetime) -> None:
        counts = []
        for size in (2, 30):
            campaign = CampaignFactory.create()
            ObligationFactory.create_batch(size, campaign=campaign)
            due_dates.move(campaign, LATER, by=manager, at=at, ground=GROUND)
            with CaptureQueriesContext(connection) as queries:
                due_dates.write_next(campaign, at=at)
            counts.append(len(queries))
        assert counts[0] == counts[1]

    def test_the_timetable_writes_it(self, manager: User, at: datetime) -> None:
        row = ObligationFactory.create()
        due_dates.move(row.campaign, LATER, by=manager, at=at, ground=GROUND)
        tasks.write_moved_dates(at=at)
        tasks.write_moved_dates(at=at)
        row.refresh_from_db()
        assert (row.due_on, row.cycle) == (LATER, 2)

    def test_the_database_lets_one_move_be_on_its_way(self, manager: User, at: datetime) -> None:
        campaign = CampaignFactory.create()
        first = due_dates.move(campaign, LATER, by=manager, at=at, ground=GROUND)
        other = due_dates.record(
            campaign, CampaignDecision.Kind.DUE_DATE_MOVED, ground=GROUND, by=manager, at=at
        )
        with (
            pytest.raises(IntegrityError, match="due_date_move_one_at_a_time"),
            transaction.atomic(),
        ):
            DueDateMove.objects.create(
                decision=other, campaign=campaign, former_due_on=first.former_due_on
            )


class TestMeanwhile:
    """Between the decision and the last slice no step is taken that rests on a date."""

    def test_another_move_is_refused(self, manager: User, at: datetime) -> None:
        campaign = ObligationFactory.create().campaign
        due_dates.move(campaign, LATER, by=manager, at=at, ground=GROUND)
        with pytest.raises(Refused, match="still being written"):
            due_dates.move(campaign, LATEST, by=manager, at=at, ground=GROUND)

    def test_the_campaign_is_not_closed(self, manager: User, at: datetime) -> None:
        campaign = ObligationFactory.create().campaign
        due_dates.move(campaign, LATER, by=manager, at=at, ground=GROUND)
        with pytest.raises(Refused, match="still being written"):
            campaigns.close(campaign, by=manager, at=at, ground=GROUND)

    def test_nobody_becomes_overdue_by_the_old_date(self, manager: User) -> None:
        row = ObligationFactory.create()
        evening, midnight = noon(OWN), noon(OWN + timedelta(days=1))
        due_dates.move(row.campaign, LATER, by=manager, at=evening, ground=GROUND)
        assert past_due.move_all(row.campaign, on=midnight.date(), at=midnight) == 0
        tasks.move_overdue(at=midnight)
        row.refresh_from_db()
        assert (row.state, row.due_on, row.cycle) == (State.DUE, LATER, 2)

    def test_nobody_is_reminded_of_the_old_date(self, manager: User) -> None:
        row = ObligationFactory.create()
        at = noon(date(2026, 11, 1))
        due_dates.move(row.campaign, LATER, by=manager, at=at, ground=GROUND)
        assert not schedule.queue_due(row.campaign, on=at.date(), at=at)
        assert not Notice.objects.exists()

    def test_nobody_is_marked(self, manager: User) -> None:
        row = liquidable_obligation()
        authorised_round(row.campaign)
        at = noon(MARKING_DAY)
        due_dates.move(row.campaign, date(2027, 4, 1), by=manager, at=at, ground=GROUND)
        assert not mark.mark_next(row.campaign, at=at)
        due_dates.write_all(row.campaign, at=at)
        while mark.mark_next(row.campaign, at=at):
            pass
        row.refresh_from_db()
        assert row.state == State.DUE
        assert not Mark.objects.exists()

    def test_a_filing_counts_by_the_new_date(self, manager: User) -> None:
        row = ObligationFactory.create()
        due_dates.move(row.campaign, LATER, by=manager, at=noon(OWN), ground=GROUND)
        at = noon(OWN + timedelta(days=1))
        obligations.move(row, State.FILED, by=None, at=at)
        due_dates.write_all(row.campaign, at=at)
        row.refresh_from_db()
        assert (row.state, row.on_time) == (State.FILED, True)
        assert not told()

    def test_a_late_filing_stays_late_by_the_new_date_too(self, manager: User) -> None:
        row = ObligationFactory.create()
        due_dates.move(row.campaign, LATER, by=manager, at=noon(OWN), ground=GROUND)
        obligations.move(row, State.FILED, by=None, at=noon(LATER + timedelta(days=1)))
        row.refresh_from_db()
        assert row.on_time is False

    def test_more_time_that_is_given_meanwhile_is_not_lost(self, manager: User) -> None:
        at = noon(date(2026, 11, 2))
        row = ObligationFactory.create()
        due_dates.move(row.campaign, LATER, by=manager, at=at, ground=GROUND)
        extensions.grant(row, cycle=1, days=10, ground="Flood", by=manager, at=at)
        due_dates.write_all(row.campaign, at=at)
        row.refresh_from_db()
        assert row.due_on == date(2027, 2, 11)
        assert_states_equal_the_log()

    def test_a_move_that_is_gone_on_with_days_later_means_the_same(self, manager: User) -> None:
        decided, resumed = noon(date(2026, 12, 10)), noon(date(2026, 12, 18))
        row = obligation_in(State.OVERDUE)
        due_dates.move(row.campaign, date(2026, 12, 14), by=manager, at=decided, ground=GROUND)
        due_dates.write_all(row.campaign, at=resumed)
        row.refresh_from_db()
        assert (row.state, row.due_on) == (State.DUE, date(2026, 12, 14))
        # It says nothing of use any more.
        assert not told()


class TestCohorts:
    def test_only_its_own_get_the_cohorts_date(self, manager: User, at: datetime) -> None:
        campaign = CampaignFactory.create()
        cohort = cohort_in(campaign, due_on=LATER)
        inside = ObligationFactory.create(campaign=campaign, cohort=cohort, due_on=LATER)
        outside = ObligationFactory.create(campaign=campaign)
        moved = move_due_date(campaign, LATEST, cohort=cohort, by=manager, at=at, ground=GROUND)
        assert moved == 1
        assert [Obligation.objects.get(pk=row.pk).due_on for row in (inside, outside)] == [
            LATEST,
            OWN,
        ]
        decision = CampaignDecision.objects.get()
        assert (decision.cohort, decision.due_on, decision.ground) == (cohort, LATEST, GROUND)
        assert_states_equal_the_log()

    def test_the_campaigns_date_moves_whoever_lies_before_it(
        self, manager: User, at: datetime
    ) -> None:
        campaign = CampaignFactory.create()
        near, far = (
            cohort_in(campaign, due_on=date(2026, 12, 15), bin_digits=[1]),
            cohort_in(campaign, due_on=LATEST, bin_digits=[2]),
        )
        rows = [
            ObligationFactory.create(campaign=campaign, cohort=cohort, due_on=cohort.due_on)
            for cohort in (near, far)
        ]
        assert move_due_date(campaign, LATER, by=manager, at=at, ground=GROUND) == 1
        assert [Obligation.objects.get(pk=row.pk).due_on for row in rows] == [LATER, LATEST]

    def test_a_cohort_that_the_campaigns_date_overtook_moves_from_there(
        self, manager: User, at: datetime
    ) -> None:
        campaign = CampaignFactory.create(due_on=LATER)
        cohort = cohort_in(campaign, due_on=date(2026, 12, 15))
        with pytest.raises(Refused, match="later day than 1 February 2027"):
            due_dates.move(
                campaign, date(2027, 1, 15), cohort=cohort, by=manager, at=at, ground=GROUND
            )
        made = due_dates.move(campaign, LATEST, cohort=cohort, by=manager, at=at, ground=GROUND)
        assert made.former_due_on == LATER

    def test_a_cohorts_date_adds_to_extensions_and_held_days(
        self, manager: User, at: datetime
    ) -> None:
        campaign = CampaignFactory.create()
        cohort = cohort_in(campaign, due_on=LATER)
        row = ObligationFactory.create(
            campaign=campaign, cohort=cohort, due_on=LATER, extended_days=7, held_days=2
        )
        move_due_date(campaign, LATEST, cohort=cohort, by=manager, at=at, ground=GROUND)
        row.refresh_from_db()
        assert row.due_on == date(2027, 3, 10)

    def test_every_date_follows_from_the_log(self, manager: User, at: datetime) -> None:
        campaign = CampaignFactory.create()
        cohort = cohort_in(campaign, due_on=LATER)
        row = ObligationFactory.create(campaign=campaign, cohort=cohort, due_on=LATER)
        extensions.grant(row, cycle=1, days=10, ground="Flood", by=manager, at=at)
        move_due_date(campaign, LATEST, cohort=cohort, by=manager, at=at, ground=GROUND)
        decided = CampaignDecision.objects.get(cohort=cohort)
        last = row.events.last()
        assert last is not None
        given = sum(row.extensions.values_list("days", flat=True))
        assert last.due_on == decided.due_on + timedelta(days=given)
        assert last.reason == f"due date moved to 2027-03-01 by decision {decided.pk}"


class TestLetter:
    def test_each_gets_one_with_its_own_date(self, manager: User, at: datetime) -> None:
        campaign = CampaignFactory.create()
        ObligationFactory.create(campaign=campaign)
        extended = ObligationFactory.create(
            campaign=campaign, extended_days=7, due_on=date(2026, 12, 8)
        )
        move_due_date(campaign, LATER, by=manager, at=at, ground=GROUND)
        letters = {letter.organisation_id: letter.text.body for letter in told()}
        assert len(letters) == 2
        body = letters[extended.organisation_id]
        assert "2027 жылғы 8 ақпан" in body
        assert "2026 жылғы 8 желтоқсан" in body

    @pytest.mark.parametrize(
        "state",
        [state for state in State if state not in (State.DUE, State.RETURNED, State.OVERDUE)],
    )
    def test_whoever_is_asked_nothing_is_not_told(
        self, state: State, manager: User, at: datetime
    ) -> None:
        row = obligation_in(state)
        move_due_date(row.campaign, LATER, by=manager, at=at, ground=GROUND)
        assert not told()

    @pytest.mark.parametrize("state", [State.DUE, State.RETURNED, State.OVERDUE])
    def test_whoever_is_asked_is_told(self, state: State, manager: User, at: datetime) -> None:
        row = obligation_in(state)
        move_due_date(row.campaign, LATER, by=manager, at=at, ground=GROUND)
        (letter,) = told()
        row.refresh_from_db()
        assert (letter.source, letter.cycle) == (row.source, row.cycle)

    def test_whoever_is_held_gets_the_date_and_no_letter(self, manager: User, at: datetime) -> None:
        row = ObligationFactory.create(held_since_on=at.date())
        move_due_date(row.campaign, LATER, by=manager, at=at, ground=GROUND)
        row.refresh_from_db()
        assert (row.due_on, row.held_since_on) == (LATER, at.date())
        assert not told()

    def test_a_second_move_holds_back_the_letter_of_the_first(
        self, manager: User, at: datetime
    ) -> None:
        row = ObligationFactory.create()
        for due_on in (LATER, LATEST):
            move_due_date(row.campaign, due_on, by=manager, at=at, ground=GROUND)
        states = Dispatch.objects.order_by("pk").values_list("state", flat=True)
        assert list(states) == [DispatchState.SUPPRESSED, DispatchState.QUEUED]

    def test_a_filing_holds_back_the_letter_that_waits(self, manager: User, at: datetime) -> None:
        row = ObligationFactory.create()
        move_due_date(row.campaign, LATER, by=manager, at=at, ground=GROUND)
        dispatch.withdraw(row.source, at=at, reason="filed", kinds=POINTLESS_ONCE_FILED)
        assert Dispatch.objects.get().state == DispatchState.SUPPRESSED

    @pytest.mark.parametrize(
        ("to", "may"), [(State.DUE, True), (State.FILED, False), (State.RELEASED, False)]
    )
    def test_it_is_sent_again_only_while_it_is_true(
        self, to: State, may: bool, manager: User, at: datetime
    ) -> None:
        row = ObligationFactory.create()
        move_due_date(row.campaign, LATER, by=manager, at=at, ground=GROUND)
        if to != State.DUE:
            reason = ReleaseReason.EXEMPT if to == State.RELEASED else None
            obligations.move(row, to, by=None, at=at, release_reason=reason)
        assert (outdated.why(told()[0]) == "") is may


def test_days_end_in_almaty(manager: User) -> None:
    """A decision at one in the morning there, which is the day before in Greenwich."""
    at = datetime(2026, 12, 2, 1, tzinfo=ALMATY)
    row = ObligationFactory.create()
    with pytest.raises(Refused, match="lies ahead"):
        due_dates.move(
            CampaignFactory.create(due_on=date(2026, 11, 2)),
            date(2026, 12, 1),
            by=manager,
            at=at,
            ground=GROUND,
        )
    due_dates.move(row.campaign, date(2026, 12, 2), by=manager, at=at, ground=GROUND)
