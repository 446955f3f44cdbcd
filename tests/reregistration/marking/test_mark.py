"""The marking: once, on evidence, within the caps, and never of anyone who moved meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from accounts.roles import Role
from notices.models import Notice, Service
from notices.states import Kind
from registry.calendar import ALMATY
from registry.models import Organisation
from registry.states import LegalStatus
from reregistration import campaigns, filing
from reregistration.marking import mark, rounds
from reregistration.models import Campaign, Mark, MarkingRound, Obligation, RoundCandidate
from reregistration.states import CandidateState, RoundState, State
from tests.concurrency import one_behind_the_other, together
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.registry import ExtractFactory
from tests.factories.reregistration import (
    DECISION_SERVED_ON,
    MARKING_DAY,
    WARNING_SERVED_ON,
    CampaignFactory,
    FilingFactory,
    authorised_round,
    dry_run_round,
    liquidable_obligation,
    noon,
    sampled_round,
)
from tests.reregistration.assertions import assert_events_chain, assert_states_equal_the_log
from tests.reregistration.moving import move_due_date

AT = noon(MARKING_DAY)


@pytest.fixture
def campaign(db: None) -> Campaign:
    return CampaignFactory.create()


def mark_all(campaign: Campaign, at: datetime = AT) -> int:
    """Call as a task does, until there is no work; how many calls found some."""
    decided = 0
    while mark.mark_next(campaign, at=at):
        decided += 1
    return decided


def submit(row: Obligation, by: User, at: datetime = AT) -> None:
    """A whole filing in a moment: a complete draft, submitted."""
    draft = filing.start(row, by=by, at=at)
    answers = {
        "employees": 1,
        "volunteers": 0,
        "activity_areas": ["1"],
        "income": 0,
        "spending": 0,
        "email": "office@ngo.example",
    }
    filing.submit(filing.save(draft, answers, revision=draft.revision, by=by, at=at), by=by, at=at)


class TestMarkNext:
    def test_marks_the_obligation_with_its_log_and_standing(self, campaign: Campaign) -> None:
        row = liquidable_obligation(campaign=campaign)
        round_ = authorised_round(campaign)
        assert mark.mark_next(campaign, at=AT) is True
        row.refresh_from_db()
        assert row.state == State.MARKED
        event = row.events.get(to_state=State.MARKED)
        assert (event.reason, event.by, event.at) == (f"round {round_.pk}", None, AT)
        assert row.organisation.standings.get().in_process
        candidate = RoundCandidate.objects.get()
        assert (candidate.state, candidate.decided_at) == (CandidateState.MARKED, AT)
        assert_states_equal_the_log()

    def test_stores_both_services_and_the_facts(self, campaign: Campaign) -> None:
        row = liquidable_obligation(campaign=campaign)
        round_ = authorised_round(campaign)
        mark.mark_next(campaign, at=AT)
        made = Mark.objects.get()
        assert made.warning_service == Service.objects.get(notice__kind=Kind.FINAL_WARNING)
        assert made.decision_service == Service.objects.get(notice__kind=Kind.PRELIMINARY_DECISION)
        assert (made.obligation, made.cycle, made.round, made.at) == (row, 2, round_, AT)
        facts = made.facts
        assert (facts["on"], facts["due_on"]) == ("2027-02-15", "2026-12-01")
        assert facts["legal_status"] == "active"
        assert facts["legal_form"] == "PF"
        assert facts["registered_on"] == "2006-09-18"
        assert facts["last_seen_extract"] == row.organisation.last_seen_extract_id
        assert datetime.fromisoformat(facts["warning_served_at"]) == noon(WARNING_SERVED_ON)
        assert datetime.fromisoformat(facts["decision_served_at"]) == noon(DECISION_SERVED_ON)
        assert "never_filed" in facts["conditions"]

    def test_tells_the_organisation_once(self, campaign: Campaign) -> None:
        row = liquidable_obligation(campaign=campaign)
        authorised_round(campaign)
        mark_all(campaign)
        told = Notice.objects.get(kind=Kind.MARKED)
        assert (told.source, told.cycle, told.organisation) == (row.source, 2, row.organisation)

    def test_a_second_call_marks_nobody_and_ends_the_round(self, campaign: Campaign) -> None:
        liquidable_obligation(campaign=campaign)
        authorised_round(campaign)
        assert mark.mark_next(campaign, at=AT) is True
        later = AT + timedelta(minutes=10)
        assert mark.mark_next(campaign, at=later) is False
        round_ = MarkingRound.objects.get()
        assert (round_.state, round_.ended_at) == (RoundState.DONE, later)
        assert mark.mark_next(campaign, at=later) is False
        assert Mark.objects.count() == 1
        assert Notice.objects.filter(kind=Kind.MARKED).count() == 1

    def test_the_oldest_is_marked_first(self, campaign: Campaign) -> None:
        liquidable_obligation(campaign=campaign)
        oldest = liquidable_obligation(campaign=campaign, due_on=date(2026, 11, 2))
        authorised_round(campaign)
        mark.mark_next(campaign, at=AT)
        assert Mark.objects.get().obligation == oldest

    def test_the_next_authorised_round_follows(self, campaign: Campaign) -> None:
        liquidable_obligation(campaign=campaign)
        first = authorised_round(campaign)
        mark_all(campaign)
        liquidable_obligation(campaign=campaign)
        second = authorised_round(campaign)
        assert mark_all(campaign) == 1
        assert set(Mark.objects.values_list("round", flat=True)) == {first.pk, second.pk}

    def test_another_campaigns_round_is_left_alone(self, campaign: Campaign) -> None:
        row = liquidable_obligation()
        authorised_round(row.campaign)
        assert mark.mark_next(campaign, at=AT) is False
        assert not Mark.objects.exists()


class TestNothingIsMarked:
    def test_without_a_round(self, campaign: Campaign) -> None:
        liquidable_obligation(campaign=campaign)
        assert mark_all(campaign) == 0

    def test_after_a_dry_run_alone(self, campaign: Campaign) -> None:
        liquidable_obligation(campaign=campaign)
        dry_run_round(campaign)
        assert mark_all(campaign) == 0

    def test_with_one_signature(self, campaign: Campaign) -> None:
        liquidable_obligation(campaign=campaign)
        rounds.sign(sampled_round(campaign), by=staff_member(Role.CAMPAIGN_MANAGER), at=AT)
        assert mark_all(campaign) == 0
        assert not Mark.objects.exists()

    @pytest.mark.parametrize(
        "on", [date(2027, 3, 20), date(2027, 3, 25), date(2027, 12, 25), date(2028, 1, 10)]
    )
    def test_on_a_protected_day(self, on: date, campaign: Campaign) -> None:
        liquidable_obligation(campaign=campaign)
        authorised_round(campaign)
        assert mark_all(campaign, noon(on)) == 0
        assert MarkingRound.objects.get().state == RoundState.AUTHORISED
        assert RoundCandidate.objects.get().state == CandidateState.WAITING

    def test_in_a_closed_campaign(self, campaign: Campaign) -> None:
        liquidable_obligation(campaign=campaign)
        authorised_round(campaign)
        manager = staff_member(Role.CAMPAIGN_MANAGER)
        campaigns.close(campaign, by=manager, at=AT, ground="Order No. 9")
        assert mark_all(campaign) == 0
        assert not Mark.objects.exists()

    def test_of_who_was_taken_out(self, campaign: Campaign) -> None:
        out, stays = (liquidable_obligation(campaign=campaign) for _ in range(2))
        round_ = authorised_round(campaign)
        rounds.take_out(
            round_.candidates.get(obligation=out),
            by=round_.drafted_by,
            at=AT,
            reason="They called.",
        )
        assert mark_all(campaign) == 1
        assert Mark.objects.get().obligation == stays


def files(row: Obligation) -> None:
    submit(row, UserFactory.create())


def begins_a_draft(row: Obligation) -> None:
    filing.start(row, by=UserFactory.create(), at=AT)


def is_suspended(row: Obligation) -> None:
    Organisation.objects.filter(pk=row.organisation_id).update(status=LegalStatus.SUSPENDED)


def is_absent_from_a_new_extract(_row: Obligation) -> None:
    ExtractFactory.create(as_of_on=date(2026, 9, 30))


def gets_more_time(row: Obligation) -> None:
    move_due_date(
        row.campaign,
        date(2027, 4, 1),
        by=staff_member(Role.CAMPAIGN_MANAGER),
        at=AT,
        ground="Order No. 9",
    )


@pytest.mark.parametrize(
    ("happens", "codes"),
    [
        (files, "overdue, never_filed"),
        (begins_a_draft, "no_draft"),
        (is_suspended, "in_scope"),
        (is_absent_from_a_new_extract, "in_newest_extract"),
        (gets_more_time, "overdue, grace_over, warning_served, decision_served"),
    ],
)
def test_what_happens_after_the_dry_run_is_seen_at_the_marking(
    happens: Callable[[Obligation], None], codes: str, campaign: Campaign
) -> None:
    row = liquidable_obligation(campaign=campaign)
    authorised_round(campaign)
    happens(row)
    assert mark_all(campaign) == 1
    candidate = RoundCandidate.objects.get()
    assert (candidate.state, candidate.reason) == (CandidateState.NO_LONGER, codes)
    assert not Mark.objects.exists()
    assert not Notice.objects.filter(kind=Kind.MARKED).exists()
    assert Obligation.objects.get().state != State.MARKED


@pytest.mark.django_db
class TestCaps:
    def test_the_weeks_cap_stops_the_round_until_monday(self) -> None:
        campaign = CampaignFactory.create(week_cap=2)
        for _ in range(3):
            liquidable_obligation(campaign=campaign)
        authorised_round(campaign)
        assert mark_all(campaign) == 2
        sunday = datetime(2027, 2, 21, 23, 59, 59, tzinfo=ALMATY)
        assert mark_all(campaign, sunday) == 0
        assert MarkingRound.objects.get().state == RoundState.RUNNING
        monday = datetime(2027, 2, 22, tzinfo=ALMATY)
        assert mark_all(campaign, monday) == 1
        assert Mark.objects.count() == 3

    def test_whoever_is_no_longer_liquidable_uses_nothing_up(self) -> None:
        campaign = CampaignFactory.create(week_cap=1)
        first, second = (liquidable_obligation(campaign=campaign) for _ in range(2))
        authorised_round(campaign)
        is_suspended(first)
        assert mark_all(campaign) == 2
        assert Mark.objects.get().obligation == second

    def test_another_campaigns_marks_use_nothing_up(self) -> None:
        for _ in range(2):
            campaign = CampaignFactory.create(week_cap=1)
            liquidable_obligation(campaign=campaign)
            authorised_round(campaign)
            assert mark_all(campaign) == 1

    def test_a_second_round_in_the_week_gets_what_is_left(self) -> None:
        campaign = CampaignFactory.create(week_cap=3, round_cap=2)
        for _ in range(4):
            liquidable_obligation(campaign=campaign)
        authorised_round(campaign)
        assert mark_all(campaign) == 2
        authorised_round(campaign)
        assert mark_all(campaign) == 1


class TestStop:
    def test_between_two_candidates_nobody_else_is_marked(self, campaign: Campaign) -> None:
        for _ in range(2):
            liquidable_obligation(campaign=campaign)
        round_ = authorised_round(campaign)
        mark.mark_next(campaign, at=AT)
        rounds.stop(round_, by=round_.drafted_by, at=AT, reason="A wrong extract.")
        assert mark_all(campaign) == 0
        assert Mark.objects.count() == 1
        states = set(RoundCandidate.objects.values_list("state", flat=True))
        assert states == {CandidateState.MARKED, CandidateState.LEFT}

    @pytest.mark.usefixtures("real_commits")
    def test_that_comes_first_is_obeyed_by_a_worker_that_waits(self) -> None:
        campaign = liquidable_obligation().campaign
        round_ = authorised_round(campaign)
        MarkingRound.objects.update(state=RoundState.RUNNING)
        stopped, worked = one_behind_the_other(
            lambda: rounds.stop(round_, by=round_.drafted_by, at=AT, reason="A wrong extract."),
            lambda: mark.mark_next(campaign, at=AT),
        )
        assert stopped.state == RoundState.STOPPED
        assert worked is False
        assert not Mark.objects.exists()


class TestSeveralConnections:
    @pytest.mark.usefixtures("real_commits")
    def test_two_workers_on_one_round_mark_each_once(self) -> None:
        campaign = CampaignFactory.create()
        rows = [liquidable_obligation(campaign=campaign) for _ in range(6)]
        authorised_round(campaign)
        worked = together(lambda: mark_all(campaign), lambda: mark_all(campaign))
        assert sum(worked) == 6
        assert set(Mark.objects.values_list("obligation", flat=True)) == {row.pk for row in rows}
        assert Notice.objects.filter(kind=Kind.MARKED).count() == 6
        assert MarkingRound.objects.get().state == RoundState.DONE
        assert_states_equal_the_log()

    @pytest.mark.usefixtures("real_commits")
    def test_two_workers_do_not_overdraw_the_weeks_cap(self) -> None:
        campaign = CampaignFactory.create(week_cap=1)
        for _ in range(2):
            liquidable_obligation(campaign=campaign)
        authorised_round(campaign)
        worked = one_behind_the_other(
            lambda: mark.mark_next(campaign, at=AT), lambda: mark.mark_next(campaign, at=AT)
        )
        assert worked == [True, False]
        assert Mark.objects.count() == 1

    @pytest.mark.usefixtures("real_commits")
    def test_a_filing_that_comes_first_is_never_marked(self) -> None:
        alice, campaign = UserFactory.create(), CampaignFactory.create()
        row = liquidable_obligation(campaign=campaign)
        authorised_round(campaign)
        one_behind_the_other(lambda: submit(row, alice), lambda: mark.mark_next(campaign, at=AT))
        assert RoundCandidate.objects.get().state == CandidateState.NO_LONGER
        assert not Mark.objects.exists()
        assert Obligation.objects.get().state == State.FILED
        assert_states_equal_the_log()

    @pytest.mark.usefixtures("real_commits")
    def test_a_filing_that_comes_second_cures_the_mark(self) -> None:
        alice, campaign = UserFactory.create(), CampaignFactory.create()
        row = liquidable_obligation(campaign=campaign)
        authorised_round(campaign)
        one_behind_the_other(lambda: mark.mark_next(campaign, at=AT), lambda: submit(row, alice))
        assert Mark.objects.count() == 1
        obligation = Obligation.objects.get()
        assert obligation.state == State.FILED
        assert_events_chain(obligation)
        assert_states_equal_the_log()

    @pytest.mark.usefixtures("real_commits")
    def test_a_filing_and_a_mark_in_the_same_instant_end_filed(self) -> None:
        alice, campaign = UserFactory.create(), CampaignFactory.create()
        rows = [liquidable_obligation(campaign=campaign) for _ in range(30)]
        authorised_round(campaign)
        for row in rows:
            outcomes = together(
                partial(submit, row, alice), lambda: mark.mark_next(campaign, at=AT)
            )
            assert outcomes == [None, True]
            row.refresh_from_db()
            assert row.state == State.FILED
            assert_events_chain(row)
            # Marked only where the mark came before the filing.
            events = list(row.events.values_list("to_state", flat=True))
            assert (State.MARKED in events) == row.marks.exists()
            assert events[-1] == State.FILED
        assert_states_equal_the_log()


def served(row: Obligation, kind: Kind) -> Service:
    return Service.objects.get(notice__source=row.source, notice__kind=kind)


class TestTheDatabaseHoldsTheEvidence:
    """Past every verb."""

    @pytest.mark.parametrize("missing", ["warning_service", "decision_service"])
    def test_there_is_no_mark_without_a_service(self, missing: str, campaign: Campaign) -> None:
        row = liquidable_obligation(campaign=campaign)
        round_ = authorised_round(campaign)
        services = {
            "warning_service": served(row, Kind.FINAL_WARNING),
            "decision_service": served(row, Kind.PRELIMINARY_DECISION),
        }
        del services[missing]
        with pytest.raises(IntegrityError, match=f'"{missing}_id"'):
            Mark.objects.create(obligation=row, cycle=2, round=round_, facts={}, at=AT, **services)

    def test_one_service_does_not_stand_for_both(self, campaign: Campaign) -> None:
        row = liquidable_obligation(campaign=campaign)
        warning = served(row, Kind.FINAL_WARNING)
        with pytest.raises(IntegrityError, match="mark_rests_on_two_services"):
            Mark.objects.create(
                obligation=row,
                cycle=2,
                round=authorised_round(campaign),
                warning_service=warning,
                decision_service=warning,
                facts={},
                at=AT,
            )

    @pytest.mark.parametrize("which", ["warning_service", "decision_service"])
    def test_services_are_those_of_its_own_notices(self, which: str, campaign: Campaign) -> None:
        row, other = (liquidable_obligation(campaign=campaign) for _ in range(2))
        round_ = authorised_round(campaign)
        services = {
            "warning_service": served(row, Kind.FINAL_WARNING),
            "decision_service": served(row, Kind.PRELIMINARY_DECISION),
        }
        kind = Kind.FINAL_WARNING if which == "warning_service" else Kind.PRELIMINARY_DECISION
        foreign = {**services, which: served(other, kind)}
        swapped = dict(zip(services, reversed(services.values()), strict=True))
        for cycle, evidence in ((2, foreign), (2, swapped), (3, services)):
            with (
                pytest.raises(IntegrityError, match="mark_rests_on_its_own_notices"),
                transaction.atomic(),
            ):
                Mark.objects.create(
                    obligation=row, cycle=cycle, round=round_, facts={}, at=AT, **evidence
                )

    def test_nobody_is_marked_who_is_no_candidate(self, campaign: Campaign) -> None:
        liquidable_obligation(campaign=campaign)
        round_ = authorised_round(campaign)
        row = liquidable_obligation(campaign=campaign)
        with pytest.raises(IntegrityError, match="mark_of_a_candidate"):
            Mark.objects.create(
                obligation=row,
                cycle=2,
                round=round_,
                warning_service=served(row, Kind.FINAL_WARNING),
                decision_service=served(row, Kind.PRELIMINARY_DECISION),
                facts={},
                at=AT,
            )

    def test_one_cycle_is_marked_once(self, campaign: Campaign) -> None:
        row = liquidable_obligation(campaign=campaign)
        round_ = authorised_round(campaign)
        mark.mark_next(campaign, at=AT)
        with pytest.raises(IntegrityError, match="mark_once_a_cycle"):
            Mark.objects.create(
                obligation=row,
                cycle=2,
                round=round_,
                warning_service=served(row, Kind.FINAL_WARNING),
                decision_service=served(row, Kind.PRELIMINARY_DECISION),
                facts={},
                at=AT,
            )

    @pytest.mark.parametrize("state", ["marked", "referred"])
    @pytest.mark.usefixtures("campaign")
    def test_who_has_filed_is_not_marked(self, state: str) -> None:
        filed = FilingFactory.create(submitted=True).obligation
        with (
            pytest.raises(IntegrityError, match="obligation_marked_never_filed"),
            connection.cursor() as cursor,
        ):
            cursor.execute(
                "UPDATE reregistration_obligation SET state = %s WHERE id = %s", [state, filed.pk]
            )
