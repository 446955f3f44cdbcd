"""Holds: no day is counted, no step is taken, and every date moves by the days held."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Model
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from accounts.refusals import Refused
from accounts.roles import Role
from notices.models import Dispatch, Notice
from notices.states import DispatchState, Kind
from public.standing import states_of
from registry.models import Region, Standing
from reregistration import (
    campaigns,
    extensions,
    holds,
    obligations,
    outdated,
    schedule,
    tasks,
    timeline,
)
from reregistration.marking import mark, rule
from reregistration.models import Campaign, Hold, Obligation
from reregistration.next_steps import of as next_step_of
from reregistration.next_steps import state_on
from reregistration.obligations import past_due
from reregistration.states import CampaignState, State
from tests.concurrency import together
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.notices import NoticeFactory
from tests.factories.registry import OrganisationFactory, RepresentativeFactory
from tests.factories.reregistration import (
    MARKING_DAY,
    CampaignFactory,
    FilingFactory,
    ObligationFactory,
    authorised_round,
    liquidable_obligation,
    noon,
    notify,
    obligation_in,
)
from tests.reregistration.assertions import assert_events_chain, assert_states_equal_the_log
from tests.reregistration.moving import move_due_date

pytestmark = pytest.mark.usefixtures("in_english")

# Before and after the due date of the factories, 1 December 2026 (a Tuesday).
BEGAN_ON, ENDED_ON = date(2026, 11, 20), date(2026, 12, 10)


@pytest.fixture
def manager(db: None) -> User:
    return staff_member(Role.CAMPAIGN_MANAGER)


def hold(campaign: Campaign, by: User, on: date = BEGAN_ON, **scope: Model | None) -> Hold:
    return holds.begin(campaign, **scope, reason="Flood.", by=by, on=on, at=noon(on))  # type: ignore[arg-type]


def hold_one(row: Obligation, by: User, on: date = BEGAN_ON) -> Hold:
    return hold(row.campaign, by, on, obligation=row)


def end(held: Hold, by: User, on: date = ENDED_ON) -> list[Obligation]:
    return holds.end(held, by=by, on=on, at=noon(on))


def standing_of(row: Obligation) -> Standing:
    return Standing.objects.get(organisation=row.organisation_id)


class TestWhoIsCovered:
    def test_one_obligation_beside_another(self, manager: User) -> None:
        row, other = ObligationFactory.create_batch(2, campaign=CampaignFactory.create())
        hold_one(row, manager)
        held = Obligation.objects.filter(held_since_on=BEGAN_ON)
        assert [*held] == [row]
        assert other.held_since_on is None

    def test_a_region_beside_another(self, manager: User) -> None:
        campaign = CampaignFactory.create()
        row = ObligationFactory.create(campaign=campaign)
        ObligationFactory.create(
            campaign=campaign,
            organisation__region_id="750000000",
            organisation__place_id="750000000",
        )
        hold(campaign, manager, region=row.organisation.region)
        assert [*Obligation.objects.filter(held_since_on=BEGAN_ON)] == [row]

    def test_the_whole_campaign_beside_another(self, manager: User) -> None:
        campaign = CampaignFactory.create()
        rows = ObligationFactory.create_batch(2, campaign=campaign)
        ObligationFactory.create()
        hold(campaign, manager)
        assert {*Obligation.objects.filter(held_since_on=BEGAN_ON)} == {*rows}

    @pytest.mark.parametrize("state", State)
    def test_everybody_of_whom_something_is_asked(self, state: State, manager: User) -> None:
        row = obligation_in(state)
        hold(row.campaign, manager)
        row.refresh_from_db()
        assert (row.held_since_on is None) is (state in holds.OVER)

    def test_who_moves_into_a_held_region_and_out_again(self, manager: User) -> None:
        row = ObligationFactory.create()
        home, held_place = row.organisation.region_id, "750000000"
        held_region = Region.objects.get(pk=held_place)
        hold(row.campaign, manager, region=held_region)
        seen = []
        for region, on in ((held_place, 24), (held_place, 25), (home, 27)):
            row.organisation.region_id = row.organisation.place_id = region
            row.organisation.save()
            tasks.settle_holds(at=noon(date(2026, 11, on)))
            row.refresh_from_db()
            seen.append((row.held_since_on, row.held_days))
        stopped_on = date(2026, 11, 24)
        assert seen == [(stopped_on, 0), (stopped_on, 0), (None, 3)]
        assert row.due_on == date(2026, 12, 4)

    def test_who_is_reopened_while_it_lasts(self, manager: User) -> None:
        row = obligation_in(State.FULFILLED)
        hold(row.campaign, manager)
        obligations.move(
            row, State.DUE, by=manager, at=noon(date(2026, 11, 23)), due_on=date(2027, 2, 1)
        )
        tasks.settle_holds(at=noon(date(2026, 11, 24)))
        row.refresh_from_db()
        assert row.held_since_on == date(2026, 11, 24)

    def test_who_is_enrolled_while_it_lasts(self, manager: User) -> None:
        campaign = CampaignFactory.create()
        hold(campaign, manager)
        organisation = OrganisationFactory.create()
        campaigns.enrol(campaign, by=None, at=noon(date(2026, 11, 25)))
        assert organisation.obligations.get().held_since_on == date(2026, 11, 25)


class TestWhileItLasts:
    def test_nobody_becomes_overdue(self, manager: User) -> None:
        campaign = CampaignFactory.create()
        row, other = ObligationFactory.create_batch(2, campaign=campaign)
        hold_one(row, manager)
        late = date(2027, 2, 15)
        assert past_due.move_all(campaign, on=late, at=noon(late)) == 1
        row.refresh_from_db()
        other.refresh_from_db()
        assert (row.state, other.state) == (State.DUE, State.OVERDUE)

    def test_it_stays_in_good_standing_wherever_that_is_read(self, manager: User) -> None:
        campaign = CampaignFactory.create()
        row, other = ObligationFactory.create_batch(2, campaign=campaign)
        hold_one(row, manager)
        late = date(2027, 2, 15)
        row.refresh_from_db()
        assert state_on(row, late) == State.DUE
        assert standing_of(row).is_good_on(late)
        assert not standing_of(other).is_good_on(late)
        assert [*Standing.objects.in_good_standing(late)] == [standing_of(row)]
        assert [*Standing.objects.reading(State.DUE, late)] == [standing_of(row)]
        assert [*Standing.objects.reading(State.OVERDUE, late)] == [standing_of(other)]
        shown = states_of([row.organisation, other.organisation], campaign, late)
        assert shown == {row.organisation_id: State.DUE, other.organisation_id: State.OVERDUE}

    def test_whose_date_had_passed_before_is_late_all_the_same(self, manager: User) -> None:
        row = ObligationFactory.create()
        hold_one(row, manager, ENDED_ON)
        row.refresh_from_db()
        assert state_on(row, ENDED_ON) == State.OVERDUE
        assert not standing_of(row).is_good_on(ENDED_ON)
        assert past_due.move_all(row.campaign, on=ENDED_ON, at=noon(ENDED_ON)) == 1

    def test_no_reminder_and_no_adverse_notice_is_queued(self, manager: User) -> None:
        campaign = CampaignFactory.create()
        for fields in ({}, {"overdue": True}):
            held = ObligationFactory.create(campaign=campaign, **fields)
            ObligationFactory.create(campaign=campaign, **fields)
            hold_one(held, manager)
        for on in (date(2026, 11, 24), date(2026, 12, 5), date(2026, 12, 18)):
            schedule.queue_due(campaign, on=on, at=noon(on))
        told = Notice.objects.values_list("kind", "organisation").order_by("pk")
        kinds = {kind for kind, _organisation in told}
        assert kinds == {Kind.REMINDER, Kind.OVERDUE, Kind.FINAL_WARNING}
        silent = Obligation.objects.filter(held_since_on__isnull=False).values("organisation")
        assert not Notice.objects.filter(organisation__in=silent).exists()

    def test_what_waits_to_be_sent_is_held_back(self, manager: User) -> None:
        row = ObligationFactory.create(overdue=True)
        RepresentativeFactory.create(organisation=row.organisation)
        notify(row, Kind.FINAL_WARNING, on=date(2026, 12, 18))
        hold_one(row, manager, date(2026, 12, 19))
        assert not Dispatch.objects.filter(state=DispatchState.QUEUED).exists()

    @pytest.mark.parametrize(
        ("kind", "may"), [(Kind.FINAL_WARNING, False), (Kind.ANNOUNCEMENT, True)]
    )
    def test_a_warning_is_not_sent_again(self, kind: Kind, may: bool, manager: User) -> None:
        row = ObligationFactory.create(overdue=True)
        if kind == Kind.ANNOUNCEMENT:
            row = ObligationFactory.create()
        notice = NoticeFactory.create(
            organisation=row.organisation, source=row.source, cycle=row.cycle, kind=kind
        )
        hold_one(row, manager)
        assert (outdated.why(notice) == "") is may

    def test_nobody_is_liquidable_beside_one_who_is(self, manager: User) -> None:
        row = liquidable_obligation()
        other = liquidable_obligation(campaign=row.campaign)
        hold_one(row, manager)
        assert [*rule.liquidable(row.campaign, MARKING_DAY)] == [other]
        (against,) = rule.reasons_against(row, MARKING_DAY)
        assert against.code == "no_hold"

    def test_a_candidate_of_an_authorised_round_is_not_marked(self, manager: User) -> None:
        row = liquidable_obligation()
        round_ = authorised_round(row.campaign)
        hold(row.campaign, manager, MARKING_DAY)
        assert mark.mark_next(row.campaign, at=noon(MARKING_DAY))
        assert round_.candidates.get().reason == "no_hold"
        row.refresh_from_db()
        assert row.state == State.OVERDUE

    @pytest.mark.parametrize(
        ("state", "to"), [(State.OVERDUE, State.MARKED), (State.MARKED, State.REFERRED)]
    )
    def test_the_door_lets_no_step_against_it_through(
        self, state: State, to: State, manager: User
    ) -> None:
        row = obligation_in(state)
        hold_one(row, manager)
        with pytest.raises(Refused, match="dates are held"):
            obligations.move(row, to, by=None, at=noon(ENDED_ON))

    def test_more_time_waits_for_its_end(self, manager: User) -> None:
        row = ObligationFactory.create()
        held, at = hold_one(row, manager), noon(date(2026, 11, 25))
        alice = UserFactory.create()
        with pytest.raises(Refused, match="cannot ask for more time now"):
            extensions.request(row, cycle=1, reason="We moved.", by=alice, at=at)
        with pytest.raises(Refused, match="when it ends"):
            extensions.grant(row, cycle=1, days=10, ground="Order", by=manager, at=at)
        end(held, manager)
        made = extensions.grant(
            row, cycle=2, days=10, ground="Order", by=manager, at=noon(ENDED_ON)
        )
        # 1 December, 20 days held, 10 more: in the protected days, so the first working day after.
        assert made.due_on == date(2027, 1, 11)

    def test_a_filing_is_taken_and_is_on_time(self, manager: User, alice: User) -> None:
        row = ObligationFactory.create()
        hold_one(row, manager)
        obligations.move(row, State.FILED, by=alice, at=noon(date(2026, 12, 5)))
        row.refresh_from_db()
        assert (row.state, row.on_time) == (State.FILED, True)
        assert standing_of(row).reason == ""

    def test_a_later_date_of_the_campaign_reaches_it_and_it_stays_held(self, manager: User) -> None:
        row = ObligationFactory.create()
        hold_one(row, manager)
        move_due_date(
            row.campaign, date(2026, 12, 15), by=manager, at=noon(BEGAN_ON), ground="Order"
        )
        row.refresh_from_db()
        assert (row.due_on, row.held_since_on) == (date(2026, 12, 15), BEGAN_ON)
        assert standing_of(row).is_good_on(date(2027, 2, 15))

    def test_the_organisation_reads_since_when_and_why(self, manager: User) -> None:
        row = ObligationFactory.create()
        hold_one(row, manager)
        row.refresh_from_db()
        on = date(2026, 12, 5)
        step = next_step_of(row, on)
        assert "held since 20" in step.words
        assert step.time_left == ""
        line = timeline.past(row, on)[0]
        assert (line.on, line.detail) == (BEGAN_ON, "Flood.")
        assert [step.when for step in timeline.ahead(row, on)] == ["Until the hold ends"]


class TestItsEnd:
    def test_the_date_moves_by_the_days_held_in_a_new_cycle(self, manager: User) -> None:
        row = ObligationFactory.create()
        assert end(hold_one(row, manager), manager) == [row]
        row.refresh_from_db()
        assert (row.state, row.due_on, row.held_days) == (State.DUE, date(2026, 12, 21), 20)
        assert (row.cycle, row.cycle_began_on, row.held_since_on) == (2, ENDED_ON, None)
        assert not standing_of(row).is_good_on(date(2026, 12, 22))
        assert_states_equal_the_log()
        assert_events_chain(row)

    @pytest.mark.parametrize(
        ("began_on", "state", "due_on"),
        [
            # The 19th is a Saturday, so that the Monday after lies ahead.
            (date(2026, 12, 2), State.DUE, date(2026, 12, 21)),
            (date(2026, 12, 5), State.OVERDUE, date(2026, 12, 17)),
        ],
    )
    def test_the_overdue_whose_new_date_lies_ahead_are_due_again(
        self, began_on: date, state: State, due_on: date, manager: User
    ) -> None:
        row = ObligationFactory.create(overdue=True)
        end(hold_one(row, manager, began_on), manager, date(2026, 12, 20))
        row.refresh_from_db()
        assert (row.state, row.due_on, row.cycle) == (state, due_on, 3)
        assert_states_equal_the_log()

    def test_services_before_it_no_longer_count(self, manager: User) -> None:
        row = liquidable_obligation()
        end(hold_one(row, manager, MARKING_DAY), manager, MARKING_DAY)
        codes = {condition.code for condition in rule.reasons_against(row, MARKING_DAY)}
        assert codes == {"warning_served", "decision_served"}

    def test_after_a_return_the_correction_term_moves_too(self, manager: User) -> None:
        row = ObligationFactory.create(
            returned=True, returned_on=date(2027, 2, 1), due_on=date(2027, 2, 15)
        )
        held = hold_one(row, manager, date(2027, 2, 5))
        end(held, manager, date(2027, 2, 15))
        row.refresh_from_db()
        assert (row.state, row.due_on) == (State.RETURNED, date(2027, 2, 25))

    def test_of_a_return_while_it_lasts_only_the_days_since_lengthen_the_term(
        self, manager: User
    ) -> None:
        row = ObligationFactory.create(filed=True, campaign__due_on=date(2026, 9, 15))
        held = hold_one(row, manager, date(2026, 9, 1))
        obligations.move(row, State.RETURNED, by=manager, at=noon(date(2026, 11, 2)))
        end(held, manager, date(2026, 11, 12))
        row.refresh_from_db()
        # Ten working days from 2 November are the 16th; ten days were held since.
        assert (row.held_days, row.held_since_return) == (72, 10)
        assert row.due_on == date(2026, 11, 26)

    def test_a_date_set_by_itself_moves_as_it_is(self, manager: User) -> None:
        row = ObligationFactory.create(due_on=date(2027, 6, 1))
        end(hold_one(row, manager, date(2027, 4, 1)), manager, date(2027, 4, 11))
        row.refresh_from_db()
        assert row.due_on == date(2027, 6, 11)

    @pytest.mark.parametrize("state", [State.FILED, State.REFUSED, State.MARKED, State.REFERRED])
    def test_where_no_date_is_to_be_met_days_are_counted_and_no_cycle_begins(
        self, state: State, manager: User
    ) -> None:
        row = obligation_in(state)
        cycle = row.cycle
        end(hold_one(row, manager), manager)
        row.refresh_from_db()
        assert (row.state, row.held_days, row.held_since_on, row.cycle) == (state, 20, None, cycle)
        assert_states_equal_the_log()

    def test_reminders_of_the_new_date_are_queued_again(self, manager: User) -> None:
        row = ObligationFactory.create()
        end(hold_one(row, manager), manager)
        on = date(2026, 12, 14)
        schedule.queue_due(row.campaign, on=on, at=noon(on))
        assert Notice.objects.filter(kind=Kind.REMINDER).get().occasion == "T-7/2026-12-21"


class TestTwoHolds:
    def test_what_another_one_covers_stays_held_and_no_day_counts_twice(
        self, manager: User
    ) -> None:
        campaign = CampaignFactory.create()
        row, other = ObligationFactory.create_batch(2, campaign=campaign)
        first = hold_one(row, manager, date(2026, 11, 1))
        second = hold(campaign, manager, date(2026, 11, 10))
        assert end(first, manager, date(2026, 11, 20)) == []
        assert {*end(second, manager, date(2026, 11, 25))} == {row, other}
        row.refresh_from_db()
        other.refresh_from_db()
        assert (row.held_days, other.held_days) == (24, 15)

    def test_the_same_is_not_held_twice(self, manager: User) -> None:
        row = ObligationFactory.create()
        region = row.organisation.region
        for scope in ({"obligation": row}, {"region": region}, {}):
            hold(row.campaign, manager, **scope)
            with pytest.raises(Refused, match="held already"):
                hold(row.campaign, manager, **scope)
        assert Hold.objects.count() == 3

    @pytest.mark.usefixtures("real_commits")
    def test_two_people_at_once_begin_one_and_end_it_once(self) -> None:
        row = ObligationFactory.create()
        alice, bob = (staff_member(Role.CAMPAIGN_MANAGER) for _ in range(2))
        begun = together(lambda: hold(row.campaign, alice), lambda: hold(row.campaign, bob))
        assert sorted(type(result).__name__ for result in begun) == ["Hold", "Refused"]
        held = Hold.objects.get()
        ended = together(lambda: end(held, alice), lambda: end(held, bob))
        assert sorted(type(result).__name__ for result in ended) == ["Refused", "list"]
        row.refresh_from_db()
        assert (row.held_days, row.cycle) == (20, 2)

    @pytest.mark.usefixtures("real_commits")
    def test_filing_and_the_end_at_once_do_not_wait_for_each_other_for_ever(self) -> None:
        draft, manager = FilingFactory.create(), staff_member(Role.CAMPAIGN_MANAGER)
        row = draft.obligation
        held = hold(row.campaign, manager)
        results = together(
            lambda: end(held, manager),
            lambda: obligations.move(row, State.FILED, by=manager, at=noon(ENDED_ON)),
        )
        assert not [result for result in results if isinstance(result, Exception)]
        row.refresh_from_db()
        assert (row.state, row.held_days, row.on_time) == (State.FILED, 20, True)

    def test_settling_again_changes_nothing(self, manager: User) -> None:
        row = ObligationFactory.create()
        held = hold_one(row, manager)
        at = noon(date(2026, 11, 25))
        assert holds.settle(row.campaign, by=None, at=at) == []
        row.refresh_from_db()
        assert row.held_since_on == BEGAN_ON
        end(held, manager)
        assert holds.settle(row.campaign, by=None, at=noon(ENDED_ON)) == []
        row.refresh_from_db()
        assert (row.held_days, row.cycle) == (20, 2)

    @settings(
        max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(
        spans=st.lists(
            st.tuples(st.integers(0, 2), st.integers(0, 40), st.integers(0, 20)), max_size=6
        )
    )
    def test_the_days_held_are_the_union_of_the_days_of_all_holds(
        self, spans: list[tuple[int, int, int]], manager: User
    ) -> None:
        with transaction.atomic():
            row = ObligationFactory.create()
            scopes: list[dict[str, Model]] = [
                {"obligation": row},
                {"region": row.organisation.region},
                {},
            ]
            union = _play(row, manager, spans, scopes)
            row.refresh_from_db()
            assert row.held_days == len(union)
            assert row.held_since_on is None
            transaction.set_rollback(True)


def _play(
    row: Obligation,
    by: User,
    spans: list[tuple[int, int, int]],
    scopes: list[dict[str, Model]],
) -> set[int]:
    """Begin and end the holds day by day; returns the days on which one was open.

    Where one of that scope is open already it is not begun.
    """
    first_day = date(2026, 9, 1)
    union: set[int] = set()
    running: dict[int, tuple[int, Hold]] = {}
    for day in range(62):
        on = first_day + timedelta(days=day)
        for scope, (ends, held) in [*running.items()]:
            if ends == day:
                end(held, by, on)
                del running[scope]
        for scope, begins, days in spans:
            if begins == day and scope not in running:
                running[scope] = (day + days + 1, hold(row.campaign, by, on, **scopes[scope]))
                union.update(range(day, day + days + 1))
    assert not running
    return union


class TestRefusals:
    def test_it_says_why(self, manager: User) -> None:
        row = ObligationFactory.create()
        with pytest.raises(Refused, match="Say why"):
            holds.begin(row.campaign, reason=" ", by=manager, on=BEGAN_ON, at=noon(BEGAN_ON))

    def test_it_begins_and_ends_today(self, manager: User) -> None:
        row = ObligationFactory.create()
        with pytest.raises(Refused, match="on the day"):
            holds.begin(row.campaign, reason="Flood.", by=manager, on=BEGAN_ON, at=noon(ENDED_ON))
        held = hold_one(row, manager)
        with pytest.raises(Refused, match="on the day"):
            holds.end(held, by=manager, on=BEGAN_ON, at=noon(ENDED_ON))

    def test_a_closed_campaign_holds_nothing(self, manager: User) -> None:
        campaign = CampaignFactory.create(state=CampaignState.CLOSED)
        with pytest.raises(Refused, match="open campaign"):
            hold(campaign, manager)

    @pytest.mark.parametrize("state", holds.OVER)
    def test_of_whom_nothing_is_asked_there_is_nothing_to_hold(
        self, state: State, manager: User
    ) -> None:
        with pytest.raises(Refused, match="Nothing is asked"):
            hold_one(obligation_in(state), manager)

    def test_a_hold_ends_once(self, manager: User) -> None:
        row = ObligationFactory.create()
        held = hold_one(row, manager)
        end(held, manager)
        with pytest.raises(Refused, match="ended on"):
            end(held, manager)
        row.refresh_from_db()
        assert row.held_days == 20

    def test_the_database_refuses_what_the_verbs_do(self, manager: User) -> None:
        row = ObligationFactory.create()
        whole: dict[str, Any] = {
            "campaign": row.campaign,
            "reason": "Flood.",
            "began_on": BEGAN_ON,
            "by": manager,
            "at": noon(BEGAN_ON),
        }
        region = row.organisation.region
        ended = {"ended_by": manager, "ended_at": noon(ENDED_ON)}
        wrongs: dict[str, dict[str, Any]] = {
            "hold_has_a_reason": {"reason": ""},
            "hold_covers_one_or_a_region": {"obligation": row, "region": region},
            "hold_ended_by_somebody": {"ended_on": ENDED_ON},
            "hold_ended_by_somebody_after": {**ended, "ended_on": BEGAN_ON - timedelta(days=1)},
        }
        for name, wrong in wrongs.items():
            with pytest.raises(IntegrityError, match=name), transaction.atomic():
                Hold.objects.create(**(whole | wrong))
        scopes: dict[str, dict[str, Any]] = {
            "hold_one_open_of_an_obligation": {"obligation": row},
            "hold_one_open_of_a_region": {"region": region},
            "hold_one_open_of_a_campaign": {},
        }
        for name, scope in scopes.items():
            Hold.objects.create(**whole, **scope)
            with pytest.raises(IntegrityError, match=name), transaction.atomic():
                Hold.objects.create(**whole, **scope)


def test_a_hold_costs_the_same_queries_for_many(manager: User) -> None:
    def asked(count: int) -> tuple[int, int]:
        campaign = CampaignFactory.create()
        ObligationFactory.create_batch(count, campaign=campaign)
        with CaptureQueriesContext(connection) as beginning:
            held = hold(campaign, manager)
        with CaptureQueriesContext(connection) as ending:
            assert len(end(held, manager)) == count
        return len(beginning), len(ending)

    assert asked(12) == asked(2)
