"""A round from its draft to two signatures by two other people, and its stop."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError

from accounts.models import User
from accounts.refusals import Refused
from accounts.roles import Role
from registry.models import LegalForm, Region
from reregistration.marking import rounds
from reregistration.models import Campaign, MarkingRound, Obligation, RoundCandidate
from reregistration.states import (
    ROUND_ALLOWED,
    CampaignState,
    CandidateState,
    RoundState,
    State,
)
from tests.concurrency import one_behind_the_other
from tests.factories.accounts import staff_member
from tests.factories.reregistration import (
    MARKING_DAY,
    CampaignFactory,
    authorised_round,
    dry_run_round,
    liquidable_obligation,
    noon,
    obligation_in,
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
            RoundCandidate.objects.update(state=CandidateState.TAKEN_OUT)

    def test_twice_is_refused(self, campaign: Campaign) -> None:
        liquidable_obligation(campaign=campaign)
        candidate = dry_run_round(campaign).candidates.get()
        rounds.take_out(candidate, by=candidate.round.drafted_by, at=AT, reason="They called.")
        with pytest.raises(Refused, match="decided already"):
            rounds.take_out(
                candidate, by=candidate.round.drafted_by, at=AT, reason="They called again."
            )


class TestSign:
    def test_two_other_people_authorise(
        self, campaign: Campaign, signer: User, drafter: User
    ) -> None:
        liquidable_obligation(campaign=campaign)
        round_ = dry_run_round(campaign)
        first = rounds.sign(round_, by=signer, at=AT)
        assert (first.state, first.first_signed_by) == (RoundState.DRY_RUN, signer)
        second = rounds.sign(round_, by=drafter, at=AT)
        assert (second.state, second.second_signed_by) == (RoundState.AUTHORISED, drafter)
        assert len({second.drafted_by, second.first_signed_by, second.second_signed_by}) == 3

    def test_the_drafter_is_refused(self, campaign: Campaign) -> None:
        liquidable_obligation(campaign=campaign)
        round_ = dry_run_round(campaign)
        with pytest.raises(Refused, match="You drafted this round"):
            rounds.sign(round_, by=round_.drafted_by, at=AT)

    def test_the_drafter_is_refused_as_the_second_too(
        self, campaign: Campaign, signer: User
    ) -> None:
        liquidable_obligation(campaign=campaign)
        round_ = rounds.sign(dry_run_round(campaign), by=signer, at=AT)
        with pytest.raises(Refused, match="You drafted this round"):
            rounds.sign(round_, by=round_.drafted_by, at=AT)

    def test_one_person_does_not_sign_twice(self, campaign: Campaign, signer: User) -> None:
        liquidable_obligation(campaign=campaign)
        round_ = rounds.sign(dry_run_round(campaign), by=signer, at=AT)
        with pytest.raises(Refused, match="You have signed this round"):
            rounds.sign(round_, by=signer, at=AT)

    def test_before_the_dry_run_is_refused(
        self, campaign: Campaign, drafter: User, signer: User
    ) -> None:
        with pytest.raises(Refused, match="frozen by a dry run"):
            rounds.sign(draft(campaign, drafter), by=signer, at=AT)

    def test_a_third_signature_is_refused(self, campaign: Campaign, signer: User) -> None:
        liquidable_obligation(campaign=campaign)
        with pytest.raises(Refused, match="frozen by a dry run"):
            rounds.sign(authorised_round(campaign), by=signer, at=AT)

    def test_a_round_whose_candidates_were_all_taken_out_is_refused(
        self, campaign: Campaign, signer: User
    ) -> None:
        liquidable_obligation(campaign=campaign)
        round_ = dry_run_round(campaign)
        rounds.take_out(round_.candidates.get(), by=round_.drafted_by, at=AT, reason="They called.")
        with pytest.raises(Refused, match="no candidates"):
            rounds.sign(round_, by=signer, at=AT)

    @pytest.mark.usefixtures("real_commits")
    def test_one_person_in_two_windows_at_once_signs_once(self) -> None:
        signer = staff_member(Role.CAMPAIGN_MANAGER)
        row = liquidable_obligation()
        round_ = dry_run_round(row.campaign)
        first, second = one_behind_the_other(
            lambda: rounds.sign(round_, by=signer, at=AT),
            lambda: rounds.sign(round_, by=signer, at=AT),
        )
        assert isinstance(first, MarkingRound)
        assert isinstance(second, Refused)
        assert MarkingRound.objects.get().second_signed_by is None


class TestTheDatabaseHoldsTheSignatures:
    """By raw UPDATE, past every verb."""

    def test_the_drafter_cannot_be_the_first(self, campaign: Campaign, drafter: User) -> None:
        draft(campaign, drafter)
        with pytest.raises(IntegrityError, match="round_drafter_does_not_sign"):
            MarkingRound.objects.update(first_signed_by=drafter)

    def test_the_drafter_cannot_be_the_second(
        self, campaign: Campaign, drafter: User, signer: User
    ) -> None:
        draft(campaign, drafter)
        with pytest.raises(IntegrityError, match="round_drafter_does_not_sign"):
            MarkingRound.objects.update(first_signed_by=signer, second_signed_by=drafter)

    def test_one_person_cannot_be_both(
        self, campaign: Campaign, drafter: User, signer: User
    ) -> None:
        draft(campaign, drafter)
        with pytest.raises(IntegrityError, match="round_two_different_signatures"):
            MarkingRound.objects.update(first_signed_by=signer, second_signed_by=signer)

    def test_there_is_no_second_without_a_first(
        self, campaign: Campaign, drafter: User, signer: User
    ) -> None:
        draft(campaign, drafter)
        with pytest.raises(IntegrityError, match="round_two_different_signatures"):
            MarkingRound.objects.update(second_signed_by=signer)

    @pytest.mark.parametrize("state", [RoundState.AUTHORISED, RoundState.RUNNING, RoundState.DONE])
    def test_nothing_runs_with_one_signature(
        self, state: RoundState, campaign: Campaign, drafter: User, signer: User
    ) -> None:
        draft(campaign, drafter)
        with pytest.raises(IntegrityError, match="round_runs_only_when_signed"):
            MarkingRound.objects.update(first_signed_by=signer, state=state)

    def test_two_rounds_of_a_campaign_do_not_run_at_once(
        self, campaign: Campaign, drafter: User, signer: User
    ) -> None:
        other = staff_member(Role.CAMPAIGN_MANAGER)
        for _ in range(2):
            draft(campaign, drafter)
        with pytest.raises(IntegrityError, match="round_one_running"):
            MarkingRound.objects.update(
                first_signed_by=signer, second_signed_by=other, state=RoundState.RUNNING
            )


class TestStop:
    @pytest.mark.parametrize(
        "state", [state for state, after in ROUND_ALLOWED.items() if RoundState.STOPPED in after]
    )
    def test_is_possible_at_any_moment_before_the_end(
        self, state: RoundState, campaign: Campaign
    ) -> None:
        liquidable_obligation(campaign=campaign)
        round_ = authorised_round(campaign)
        MarkingRound.objects.update(state=state)
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
        round_ = authorised_round(campaign)
        MarkingRound.objects.update(state=state)
        with pytest.raises(Refused, match="cannot follow"):
            rounds.stop(round_, by=round_.drafted_by, at=AT, reason="A wrong extract.")

    def test_without_a_reason_is_refused(self, campaign: Campaign, drafter: User) -> None:
        with pytest.raises(Refused, match="Say why"):
            rounds.stop(draft(campaign, drafter), by=drafter, at=AT, reason="")
