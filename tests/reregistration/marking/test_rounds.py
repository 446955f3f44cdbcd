"""A round from its draft to two signatures by two other people, and its stop."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError

from accounts.models import User
from accounts.refusals import Refused
from accounts.roles import Role
from registry.models import LegalForm, Region
from reregistration.marking import mark, rounds, sampling
from reregistration.models import (
    Campaign,
    MarkingRound,
    Obligation,
    RoundCandidate,
    SampleVerdict,
)
from reregistration.states import (
    ONCE_SAMPLED,
    ROUND_ALLOWED,
    CampaignState,
    CandidateState,
    RoundState,
    State,
    Verdict,
)
from tests.concurrency import one_behind_the_other
from tests.factories.accounts import staff_member
from tests.factories.reregistration import (
    MARKING_DAY,
    CampaignFactory,
    authorised_round,
    check,
    drawn_round,
    dry_run_round,
    liquidable_obligation,
    noon,
    obligation_in,
    sampled_round,
)

pytestmark = pytest.mark.usefixtures("in_english")

AT = noon(MARKING_DAY)


@pytest.fixture
def campaign(db: None) -> Campaign:
    return CampaignFactory.create()


@pytest.fixture
def drafter(db: None) -> User:
    return staff_member(Role.CAMPAIGN_MANAGER)


@pytest.fixture
def signer(db: None) -> User:
    return staff_member(Role.CAMPAIGN_MANAGER)


def draft(campaign: Campaign, drafter: User, **fields: Any) -> MarkingRound:
    return rounds.draft(campaign, by=drafter, on=MARKING_DAY, at=AT, **fields)


class TestDraft:
    @pytest.mark.parametrize("state", [CampaignState.DRAFT, CampaignState.CLOSED])
    def test_only_an_open_campaign_has_rounds(self, state: CampaignState, drafter: User) -> None:
        with pytest.raises(Refused, match="Only an open campaign"):
            draft(CampaignFactory.create(state=state), drafter)

    def test_a_day_that_lies_ahead_is_refused(self, campaign: Campaign, drafter: User) -> None:
        with pytest.raises(Refused, match="lies ahead"):
            rounds.draft(campaign, by=drafter, on=MARKING_DAY + timedelta(days=1), at=AT)


class TestDryRun:
    def test_freezes_the_liquidable_and_nobody_else(
        self, campaign: Campaign, drafter: User
    ) -> None:
        row = liquidable_obligation(campaign=campaign)
        obligation_in(State.OVERDUE, campaign=campaign)
        liquidable_obligation()
        round_ = draft(campaign, drafter)
        assert rounds.dry_run(round_, by=round_.drafted_by, at=AT) == 1
        candidate = RoundCandidate.objects.get()
        assert (candidate.obligation, candidate.state) == (row, CandidateState.WAITING)
        round_.refresh_from_db()
        assert (round_.state, round_.frozen_at) == (RoundState.DRY_RUN, AT)

    def test_marks_nobody(self, campaign: Campaign) -> None:
        row = liquidable_obligation(campaign=campaign)
        dry_run_round(campaign)
        assert Obligation.objects.get(pk=row.pk).state == State.OVERDUE
        assert row.events.count() == 1

    def test_takes_the_oldest_up_to_the_cap(self, drafter: User) -> None:
        campaign = CampaignFactory.create(round_cap=2)
        _newest, oldest, older = (
            liquidable_obligation(campaign=campaign, due_on=date(2026, 12, 1) - timedelta(days=n))
            for n in (0, 20, 10)
        )
        round_ = draft(campaign, drafter)
        assert rounds.dry_run(round_, by=round_.drafted_by, at=AT) == 2
        frozen = round_.candidates.values_list("obligation", "position")
        assert list(frozen) == [(oldest.pk, 1), (older.pk, 2)]

    def test_of_one_region_takes_only_that_region(self, campaign: Campaign, drafter: User) -> None:
        liquidable_obligation(campaign=campaign)
        almaty = liquidable_obligation(
            campaign=campaign,
            organisation__region_id="750000000",
            organisation__place_id="750000000",
        )
        round_ = draft(campaign, drafter, region=Region.objects.get(pk="750000000"))
        rounds.dry_run(round_, by=round_.drafted_by, at=AT)
        assert round_.candidates.get().obligation == almaty

    def test_of_one_legal_form_takes_only_that_form(
        self, campaign: Campaign, drafter: User
    ) -> None:
        liquidable_obligation(campaign=campaign)
        institution = liquidable_obligation(campaign=campaign, organisation__legal_form_id="PI")
        round_ = draft(campaign, drafter, legal_form=LegalForm.objects.get(pk="PI"))
        rounds.dry_run(round_, by=round_.drafted_by, at=AT)
        assert round_.candidates.get().obligation == institution

    def test_a_second_one_is_refused(self, campaign: Campaign) -> None:
        liquidable_obligation(campaign=campaign)
        round_ = dry_run_round(campaign)
        with pytest.raises(Refused, match="cannot follow"):
            rounds.dry_run(round_, by=round_.drafted_by, at=AT)
        assert round_.candidates.count() == 1

    def test_whoever_waits_in_another_round_is_left_there(
        self, campaign: Campaign, drafter: User
    ) -> None:
        liquidable_obligation(campaign=campaign)
        first = dry_run_round(campaign)
        newer = liquidable_obligation(campaign=campaign)
        second = draft(campaign, drafter)
        assert rounds.dry_run(second, by=drafter, at=AT) == 1
        assert second.candidates.get().obligation == newer
        assert first.candidates.get().state == CandidateState.WAITING

    @pytest.mark.usefixtures("real_commits")
    def test_of_two_rounds_at_once_freezes_each_organisation_once(self) -> None:
        drafter, campaign = staff_member(Role.CAMPAIGN_MANAGER), liquidable_obligation().campaign
        one, other = (draft(campaign, drafter) for _ in range(2))
        frozen = one_behind_the_other(
            lambda: rounds.dry_run(one, by=drafter, at=AT),
            lambda: rounds.dry_run(other, by=drafter, at=AT),
        )
        assert frozen == [1, 0]


class TestTakeOut:
    def test_keeps_the_reason_and_the_person(self, campaign: Campaign) -> None:
        liquidable_obligation(campaign=campaign)
        candidate = dry_run_round(campaign).candidates.get()
        out = rounds.take_out(
            candidate, by=candidate.round.drafted_by, at=AT, reason="They called the helpline."
        )
        assert (out.state, out.reason, out.decided_by, out.decided_at) == (
            CandidateState.TAKEN_OUT,
            "They called the helpline.",
            candidate.round.drafted_by,
            AT,
        )

    def test_without_a_reason_is_refused(self, campaign: Campaign) -> None:
        liquidable_obligation(campaign=campaign)
        candidate = dry_run_round(campaign).candidates.get()
        with pytest.raises(Refused, match="Say why"):
            rounds.take_out(candidate, by=candidate.round.drafted_by, at=AT, reason=" ")

    def test_without_a_reason_is_refused_by_the_database(self, campaign: Campaign) -> None:
        liquidable_obligation(campaign=campaign)
        dry_run_round(campaign)
        with pytest.raises(IntegrityError, match="candidate_left_out_has_a_reason"):
            RoundCandidate.objects.update(state=CandidateState.TAKEN_OUT, decided_at=AT)

    def test_without_its_moment_is_refused_by_the_database(self, campaign: Campaign) -> None:
        liquidable_obligation(campaign=campaign)
        dry_run_round(campaign)
        with pytest.raises(IntegrityError, match="candidate_decided_at_a_moment"):
            RoundCandidate.objects.update(state=CandidateState.TAKEN_OUT, reason="They called.")

    def test_twice_is_refused(self, campaign: Campaign) -> None:
        liquidable_obligation(campaign=campaign)
        candidate = dry_run_round(campaign).candidates.get()
        rounds.take_out(candidate, by=candidate.round.drafted_by, at=AT, reason="They called.")
        with pytest.raises(Refused, match="decided already"):
            rounds.take_out(
                candidate, by=candidate.round.drafted_by, at=AT, reason="They called again."
            )

    def test_of_a_drawn_case_waits_for_its_verdict(self, campaign: Campaign) -> None:
        liquidable_obligation(campaign=campaign)
        round_ = drawn_round(campaign)
        take_out = partial(
            rounds.take_out, by=round_.drafted_by, at=AT, reason="They called the helpline."
        )
        with pytest.raises(Refused, match="its case is judged first"):
            take_out(round_.candidates.get())
        check(round_)
        assert take_out(round_.candidates.get()).state == CandidateState.TAKEN_OUT


class TestSign:
    def test_two_other_people_authorise(
        self, campaign: Campaign, signer: User, drafter: User
    ) -> None:
        liquidable_obligation(campaign=campaign)
        round_ = sampled_round(campaign)
        first = rounds.sign(round_, by=signer, at=AT)
        assert (first.state, first.first_signed_by) == (RoundState.SAMPLED, signer)
        second = rounds.sign(round_, by=drafter, at=AT)
        assert (second.state, second.second_signed_by) == (RoundState.AUTHORISED, drafter)
        assert len({second.drafted_by, second.first_signed_by, second.second_signed_by}) == 3

    def test_the_drafter_is_refused(self, campaign: Campaign) -> None:
        liquidable_obligation(campaign=campaign)
        round_ = sampled_round(campaign)
        with pytest.raises(Refused, match="You drafted this round"):
            rounds.sign(round_, by=round_.drafted_by, at=AT)

    def test_the_drafter_is_refused_as_the_second_too(
        self, campaign: Campaign, signer: User
    ) -> None:
        liquidable_obligation(campaign=campaign)
        round_ = rounds.sign(sampled_round(campaign), by=signer, at=AT)
        with pytest.raises(Refused, match="You drafted this round"):
            rounds.sign(round_, by=round_.drafted_by, at=AT)

    def test_one_person_does_not_sign_twice(self, campaign: Campaign, signer: User) -> None:
        liquidable_obligation(campaign=campaign)
        round_ = rounds.sign(sampled_round(campaign), by=signer, at=AT)
        with pytest.raises(Refused, match="You have signed this round"):
            rounds.sign(round_, by=signer, at=AT)

    @pytest.mark.parametrize("state", [RoundState.DRAFTED, RoundState.DRY_RUN, RoundState.STOPPED])
    def test_before_its_sample_was_checked_it_is_refused(
        self, state: RoundState, campaign: Campaign, signer: User
    ) -> None:
        liquidable_obligation(campaign=campaign)
        with pytest.raises(Refused, match="sample was checked"):
            rounds.sign(round_in(state, campaign), by=signer, at=AT)

    def test_whoever_checked_a_case_is_refused(self, campaign: Campaign, signer: User) -> None:
        liquidable_obligation(campaign=campaign)
        round_ = drawn_round(campaign)
        check(round_, by=signer)
        with pytest.raises(Refused, match="You checked cases"):
            rounds.sign(round_, by=signer, at=AT)

    def test_a_third_signature_is_refused(self, campaign: Campaign, signer: User) -> None:
        liquidable_obligation(campaign=campaign)
        with pytest.raises(Refused, match="sample was checked"):
            rounds.sign(authorised_round(campaign), by=signer, at=AT)

    def test_a_round_whose_candidates_were_all_taken_out_is_refused(
        self, campaign: Campaign, signer: User
    ) -> None:
        liquidable_obligation(campaign=campaign)
        round_ = sampled_round(campaign)
        rounds.take_out(round_.candidates.get(), by=round_.drafted_by, at=AT, reason="They called.")
        with pytest.raises(Refused, match="no candidates"):
            rounds.sign(round_, by=signer, at=AT)

    @pytest.mark.usefixtures("real_commits")
    def test_one_person_in_two_windows_at_once_signs_once(self) -> None:
        signer = staff_member(Role.CAMPAIGN_MANAGER)
        row = liquidable_obligation()
        round_ = sampled_round(row.campaign)
        first, second = one_behind_the_other(
            lambda: rounds.sign(round_, by=signer, at=AT),
            lambda: rounds.sign(round_, by=signer, at=AT),
        )
        assert isinstance(first, MarkingRound)
        assert isinstance(second, Refused)
        assert MarkingRound.objects.get().second_signed_by is None


class TestTheDatabaseHoldsTheSteps:
    """By raw UPDATE, past every verb."""

    @pytest.fixture
    def sampled(self, campaign: Campaign) -> MarkingRound:
        liquidable_obligation(campaign=campaign)
        return sampled_round(campaign)

    def test_the_drafter_cannot_be_the_first(self, sampled: MarkingRound) -> None:
        with pytest.raises(IntegrityError, match="round_drafter_does_not_sign"):
            sign_raw(sampled.drafted_by)

    def test_the_drafter_cannot_be_the_second(self, sampled: MarkingRound, signer: User) -> None:
        with pytest.raises(IntegrityError, match="round_drafter_does_not_sign"):
            sign_raw(signer, sampled.drafted_by)

    @pytest.mark.usefixtures("sampled")
    def test_one_person_cannot_be_both(self, signer: User) -> None:
        with pytest.raises(IntegrityError, match="round_two_different_signatures"):
            sign_raw(signer, signer)

    @pytest.mark.usefixtures("sampled")
    def test_there_is_no_second_without_a_first(self, signer: User) -> None:
        with pytest.raises(IntegrityError, match="round_two_different_signatures"):
            sign_raw(None, signer)

    @pytest.mark.usefixtures("sampled")
    @pytest.mark.parametrize("place", [0, 1])
    def test_whoever_checked_cannot_sign(self, place: int, signer: User) -> None:
        checker = SampleVerdict.objects.get().by
        with pytest.raises(IntegrityError, match="round_checker_does_not_sign"):
            sign_raw(*((checker, signer), (signer, checker))[place])

    @pytest.mark.usefixtures("sampled")
    def test_a_signature_has_its_moment(self, signer: User) -> None:
        with pytest.raises(IntegrityError, match="round_steps_have_a_person_and_a_moment"):
            MarkingRound.objects.update(first_signed_by=signer)

    @pytest.mark.usefixtures("sampled")
    def test_nobody_signs_before_the_sample_was_checked(self, signer: User) -> None:
        with pytest.raises(IntegrityError, match="round_steps_in_their_order"):
            MarkingRound.objects.update(
                first_signed_by=signer, first_signed_at=AT - timedelta(minutes=1)
            )

    def test_nobody_signs_a_dry_run(self, campaign: Campaign, signer: User) -> None:
        liquidable_obligation(campaign=campaign)
        dry_run_round(campaign)
        with pytest.raises(IntegrityError, match="round_signed_after_its_sample"):
            sign_raw(signer)

    @pytest.mark.usefixtures("sampled")
    @pytest.mark.parametrize("state", [RoundState.AUTHORISED, RoundState.RUNNING, RoundState.DONE])
    def test_nothing_runs_with_one_signature(self, state: RoundState, signer: User) -> None:
        with pytest.raises(IntegrityError, match="round_runs_only_when_signed"):
            sign_raw(signer, state=state, ended_at=AT if state == RoundState.DONE else None)

    @pytest.mark.parametrize("state", ONCE_SAMPLED)
    def test_nothing_goes_on_whose_sample_was_not_checked(
        self, state: RoundState, campaign: Campaign, signer: User
    ) -> None:
        for _ in range(2):
            liquidable_obligation(campaign=campaign)
        round_ = drawn_round(campaign)
        case = round_.cases.first()
        assert case
        sampling.judge(case, verdict=Verdict.RIGHT, by=signer, at=AT)
        with pytest.raises(IntegrityError, match="round_rests_on_its_sample"):
            MarkingRound.objects.update(state=state, sampled_at=AT)

    def test_nothing_goes_on_without_a_sample(self, campaign: Campaign) -> None:
        liquidable_obligation(campaign=campaign)
        dry_run_round(campaign)
        with pytest.raises(IntegrityError, match="round_sampled_before_it_goes_on"):
            MarkingRound.objects.update(state=RoundState.SAMPLED)

    @pytest.mark.usefixtures("sampled")
    def test_a_smaller_sample_cannot_be_said_to_be_enough(self) -> None:
        with pytest.raises(IntegrityError, match="round_rests_on_its_sample"):
            MarkingRound.objects.update(sample_size=2)

    def test_a_round_is_frozen_by_its_dry_run(self, campaign: Campaign, drafter: User) -> None:
        draft(campaign, drafter)
        with pytest.raises(IntegrityError, match="round_frozen_by_its_dry_run"):
            MarkingRound.objects.update(state=RoundState.DRY_RUN)

    @pytest.mark.parametrize(
        ("fields", "name"),
        [
            ({"state": "stopped"}, "round_ended_at_a_moment"),
            ({"state": "stopped", "ended_at": AT}, "round_stopped_has_a_reason"),
            ({"stop_reason": "Enough."}, "round_stopped_has_a_reason"),
            ({"ended_at": AT}, "round_ended_at_a_moment"),
            ({"sample_size": 1}, "round_sample_of_the_frozen"),
        ],
    )
    def test_what_belongs_to_a_state_stands_with_it_alone(
        self, fields: dict[str, Any], name: str, campaign: Campaign, drafter: User
    ) -> None:
        draft(campaign, drafter)
        with pytest.raises(IntegrityError, match=name):
            MarkingRound.objects.update(**fields)

    def test_a_state_is_one_of_those_known(self, campaign: Campaign) -> None:
        dry_run_round(campaign)
        with pytest.raises(IntegrityError, match="round_state_is_known"):
            MarkingRound.objects.update(state="halted")

    def test_two_rounds_of_a_campaign_do_not_run_at_once(self, campaign: Campaign) -> None:
        for _ in range(2):
            liquidable_obligation(campaign=campaign)
            authorised_round(campaign)
        with pytest.raises(IntegrityError, match="round_one_running"):
            MarkingRound.objects.update(state=RoundState.RUNNING)

    def test_nobody_waits_in_two_rounds(self, sampled: MarkingRound, drafter: User) -> None:
        obligation = sampled.candidates.get().obligation
        other = draft(sampled.campaign, drafter)
        with pytest.raises(IntegrityError, match="candidate_waits_in_one_round"):
            RoundCandidate.objects.create(round=other, obligation=obligation, position=1)


def sign_raw(first: User | None, second: User | None = None, **fields: Any) -> None:
    MarkingRound.objects.update(
        first_signed_by=first,
        first_signed_at=first and AT,
        second_signed_by=second,
        second_signed_at=second and AT,
        **fields,
    )


def round_in(state: RoundState, campaign: Campaign) -> MarkingRound:
    """A round of the campaign that came to that state by its verbs."""
    make: dict[str, Callable[[Campaign], MarkingRound]] = {
        RoundState.DRAFTED: lambda campaign: draft(campaign, staff_member(Role.CAMPAIGN_MANAGER)),
        RoundState.DRY_RUN: drawn_round,
        RoundState.SAMPLED: sampled_round,
        RoundState.STOPPED: dry_run_round,
    }
    round_ = make.get(state, authorised_round)(campaign)
    if state == RoundState.STOPPED:
        rounds.stop(round_, by=round_.drafted_by, at=AT, reason="A wrong extract.")
    if state in (RoundState.RUNNING, RoundState.DONE):
        MarkingRound.objects.update(state=state, ended_at=AT if state == RoundState.DONE else None)
    round_.refresh_from_db()
    assert round_.state == state
    return round_


class TestStop:
    @pytest.mark.parametrize(
        "state", [state for state, after in ROUND_ALLOWED.items() if RoundState.STOPPED in after]
    )
    def test_is_possible_at_any_moment_before_the_end(
        self, state: RoundState, campaign: Campaign
    ) -> None:
        liquidable_obligation(campaign=campaign)
        round_ = round_in(state, campaign)
        stopped = rounds.stop(round_, by=round_.drafted_by, at=AT, reason="A wrong extract.")
        assert (stopped.state, stopped.stop_reason, stopped.stopped_by, stopped.ended_at) == (
            RoundState.STOPPED,
            "A wrong extract.",
            round_.drafted_by,
            AT,
        )

    @pytest.mark.parametrize("state", [RoundState.DONE, RoundState.STOPPED])
    def test_of_an_ended_round_is_refused(self, state: RoundState, campaign: Campaign) -> None:
        liquidable_obligation(campaign=campaign)
        round_ = round_in(state, campaign)
        with pytest.raises(Refused, match="cannot follow"):
            rounds.stop(round_, by=round_.drafted_by, at=AT, reason="A wrong extract.")

    def test_without_a_reason_is_refused(self, campaign: Campaign, drafter: User) -> None:
        with pytest.raises(Refused, match="Say why"):
            rounds.stop(draft(campaign, drafter), by=drafter, at=AT, reason="")

    def test_whoever_waits_is_left_and_may_be_frozen_again(self, campaign: Campaign) -> None:
        row = liquidable_obligation(campaign=campaign)
        round_ = dry_run_round(campaign)
        rounds.stop(round_, by=round_.drafted_by, at=AT, reason="A wrong extract.")
        left = round_.candidates.get()
        assert (left.state, left.decided_at, left.decided_by) == (
            CandidateState.LEFT,
            AT,
            round_.drafted_by,
        )
        assert dry_run_round(campaign).candidates.get().obligation == row

    @pytest.mark.usefixtures("real_commits")
    @pytest.mark.parametrize("is_first", [True, False])
    def test_and_the_second_signature_in_one_instant_end_stopped(self, is_first: bool) -> None:
        campaign = liquidable_obligation().campaign
        signer, second = (staff_member(Role.CAMPAIGN_MANAGER) for _ in range(2))
        round_ = rounds.sign(sampled_round(campaign), by=signer, at=AT)
        stop = partial(rounds.stop, round_, by=signer, at=AT, reason="A wrong extract.")
        sign = partial(rounds.sign, round_, by=second, at=AT)
        outcomes = one_behind_the_other(*((stop, sign) if is_first else (sign, stop)))
        assert isinstance(outcomes[1 if is_first else 0], Refused if is_first else MarkingRound)
        assert MarkingRound.objects.get().state == RoundState.STOPPED
        assert mark.mark_next(campaign, at=AT) is False
