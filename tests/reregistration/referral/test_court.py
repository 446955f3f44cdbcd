"""A court's decision: recorded, confirmed by another, in effect once in force, and ways back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial

import pytest

from accounts.models import User
from accounts.refusals import Refused
from accounts.roles import Role
from notices.models import Notice
from notices.states import Kind
from registry.calendar import NO_OVERRIDES, add_working_days
from registry.models import RegisterEntry
from registry.states import EntryKind, LegalStatus
from reregistration import filing
from reregistration.models import (
    CourtDecision,
    CourtDecisionConfirmation,
    CourtDecisionEffect,
    Obligation,
    Referral,
)
from reregistration.referral import court
from reregistration.states import CourtDecisionKind, ReferralState, State
from tests.concurrency import together
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.referrals import DECIDED_ON, ReferralFactory, decided, referred
from tests.factories.reregistration import FilingFactory, noon
from tests.reregistration.assertions import assert_states_equal_the_log

IN_FORCE_ON = date(2028, 5, 22)
BEFORE, AT = noon(date(2028, 4, 24)), noon(IN_FORCE_ON)


def confirm(decision: CourtDecision, at: object = AT, by: User | None = None) -> None:
    court.confirm(decision, by=by or staff_member(Role.CAMPAIGN_MANAGER), at=at)  # type: ignore[arg-type]


def obligation_of(decision: CourtDecision) -> Obligation:
    return Obligation.objects.select_related("organisation").get(pk=decision.referral.obligation_id)


def state_of(decision: CourtDecision) -> str:
    return obligation_of(decision).state


def liquidated() -> CourtDecision:
    """A decision that an organisation be liquidated, in force and acted on."""
    decision = decided()
    confirm(decision)
    return decision


def restored(decision: CourtDecision, **fields: object) -> CourtDecision:
    return decided(
        Referral.objects.get(pk=decision.referral_id),
        CourtDecisionKind.RESTORE,
        **{
            "case_number": "6001-28-00-2a/9",
            "decided_on": IN_FORCE_ON + timedelta(days=30),
            "in_force_on": IN_FORCE_ON + timedelta(days=30),
            "at": AT + timedelta(days=31),
            **fields,
        },
    )


@pytest.mark.django_db
class TestRecording:
    def test_changes_nothing_by_itself(self) -> None:
        decision = decided()
        assert decision.file_sha256 == decision.file.sha256
        assert state_of(decision) == State.REFERRED
        assert court.apply_in_force(on=IN_FORCE_ON, at=AT) == 0

    def test_twice_is_once(self) -> None:
        referral = referred()
        assert decided(referral) == decided(referral)

    @pytest.mark.parametrize("kind", CourtDecisionKind)
    def test_is_refused_of_a_file_that_was_not_sent(self, kind: CourtDecisionKind) -> None:
        with pytest.raises(Refused, match="cannot follow"):
            decided(ReferralFactory.create(), kind)

    def test_a_restoration_needs_a_liquidation(self) -> None:
        with pytest.raises(Refused, match="“organisation restored” cannot follow"):
            decided(referred(), CourtDecisionKind.RESTORE)

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"decided_on": date(2028, 4, 22)}, "lies ahead"),
            ({"in_force_on": DECIDED_ON - timedelta(days=1)}, "not in force before it is made"),
            ({"decided_on": date(2028, 3, 13)}, "materials were sent on"),
            ({"court": " "}, "Give the court"),
            ({"case_number": " "}, "Give the court"),
        ],
    )
    def test_is_refused_where_the_paper_cannot_say_so(
        self, fields: dict[str, object], sentence: str
    ) -> None:
        with pytest.raises(Refused, match=sentence):
            decided(**fields)  # type: ignore[arg-type]
        assert not CourtDecision.objects.exists()

    def test_offers_what_can_follow(self) -> None:
        decision = liquidated()
        offered = [
            court.may_be_of(Referral.objects.get(pk=pk))
            for pk in (referred().pk, decision.referral_id, ReferralFactory.create().pk)
        ]
        assert offered == [
            [CourtDecisionKind.LIQUIDATE, CourtDecisionKind.REFUSE, CourtDecisionKind.LEAVE],
            [CourtDecisionKind.RESTORE],
            [],
        ]


@pytest.mark.django_db
class TestConfirming:
    def test_is_for_another_person(self) -> None:
        decision = decided()
        with pytest.raises(Refused, match="You recorded this decision"):
            confirm(decision, by=decision.by)
        assert state_of(decision) == State.REFERRED

    def test_before_it_is_in_force_leaves_the_effect_to_its_day(self) -> None:
        decision = decided()
        confirm(decision, BEFORE)
        assert state_of(decision) == State.REFERRED
        day_before = IN_FORCE_ON - timedelta(days=1)
        assert court.apply_in_force(on=day_before, at=noon(day_before)) == 0
        assert [court.apply_in_force(on=IN_FORCE_ON, at=AT) for _ in range(2)] == [1, 0]
        assert state_of(decision) == State.TERMINATED

    def test_twice_leaves_the_first(self) -> None:
        decision, first = decided(), staff_member(Role.CAMPAIGN_MANAGER)
        confirm(decision, by=first)
        confirm(decision, by=staff_member(Role.CAMPAIGN_MANAGER))
        assert CourtDecisionConfirmation.objects.get().by == first
        assert Notice.objects.filter(kind=Kind.COURT_DECIDED).count() == 1


@pytest.mark.django_db
class TestLiquidation:
    def test_ends_the_obligation_and_the_register_says_so(self) -> None:
        decision = liquidated()
        row = obligation_of(decision)
        assert (row.state, row.organisation.status) == (
            State.TERMINATED,
            LegalStatus.IN_LIQUIDATION,
        )
        entry = RegisterEntry.objects.get(kind=EntryKind.COURT)
        assert entry.changes == {"status": ["active", "in_liquidation"]}
        assert entry.decision == f"court decision:{decision.pk}"
        referral = Referral.objects.get(pk=decision.referral_id)
        assert referral.state == ReferralState.DECIDED
        assert decision.case_number in referral.end_reason
        assert_states_equal_the_log()

    def test_is_told_to_the_organisation(self) -> None:
        decision = liquidated()
        told = Notice.objects.get(kind=Kind.COURT_DECIDED)
        assert told.source == obligation_of(decision).source
        assert decision.case_number in told.text.body

    def test_takes_no_effect_where_it_has_filed_before_it_was_in_force(self) -> None:
        decision = decided()
        confirm(decision, BEFORE)
        draft = FilingFactory.create(obligation=decision.referral.obligation)
        filing.submit(draft, by=UserFactory.create(), at=BEFORE, as_it_is=True)
        assert court.apply_in_force(on=IN_FORCE_ON, at=AT) == 0
        assert state_of(decision) == State.FILED
        # Staff see it among those that wait.
        assert list(court.waiting()) == [decision]


@pytest.mark.django_db
class TestRefusal:
    @pytest.mark.parametrize("kind", [CourtDecisionKind.REFUSE, CourtDecisionKind.LEAVE])
    def test_leads_back_to_overdue_in_a_new_cycle(self, kind: CourtDecisionKind) -> None:
        decision = decided(kind=kind)
        confirm(decision)
        row = obligation_of(decision)
        assert (row.state, row.cycle) == (State.OVERDUE, decision.referral.cycle + 1)
        assert row.organisation.status == LegalStatus.ACTIVE
        assert Referral.objects.get().state == ReferralState.DECIDED
        assert not RegisterEntry.objects.filter(kind=EntryKind.COURT).exists()
        assert Notice.objects.filter(kind=Kind.COURT_DECIDED, cycle=row.cycle).count() == 1
        assert_states_equal_the_log()


@pytest.mark.django_db
class TestRestoration:
    def test_gives_thirty_working_days_and_a_notice(self) -> None:
        decision = restored(liquidated())
        at = noon(IN_FORCE_ON + timedelta(days=31))
        confirm(decision, at)
        row = obligation_of(decision)
        assert (row.state, row.organisation.status) == (State.DUE, LegalStatus.ACTIVE)
        assert row.due_on >= add_working_days(at.date(), 30, NO_OVERRIDES)
        told = Notice.objects.get(kind=Kind.RESTORED)
        assert told.cycle == row.cycle
        kinds = RegisterEntry.objects.filter(kind=EntryKind.COURT)
        assert [entry.changes["status"][1] for entry in kinds] == ["in_liquidation", "active"]
        assert_states_equal_the_log()

    def test_twice_gives_no_more_days(self) -> None:
        decision = restored(liquidated())
        confirm(decision, AT + timedelta(days=31))
        due_on = obligation_of(decision).due_on
        later = AT + timedelta(days=60)
        confirm(decision, later)
        assert court.apply_in_force(on=later.date(), at=later) == 0
        assert obligation_of(decision).due_on == due_on

    def test_lets_the_organisation_file_again(self) -> None:
        decision = restored(liquidated())
        confirm(decision, AT + timedelta(days=31))
        draft = FilingFactory.create(obligation=obligation_of(decision))
        filing.submit(draft, by=UserFactory.create(), at=AT + timedelta(days=40), as_it_is=True)
        assert state_of(decision) == State.FILED


def test_two_confirmations_at_once_take_effect_once(real_commits: None) -> None:
    decision = decided()
    people = [staff_member(Role.CAMPAIGN_MANAGER) for _ in range(2)]
    together(*[partial(court.confirm, decision, by=by, at=AT) for by in people])
    assert CourtDecisionEffect.objects.count() == CourtDecisionConfirmation.objects.count() == 1
    assert RegisterEntry.objects.filter(kind=EntryKind.COURT).count() == 1


def test_a_filing_and_a_confirmation_at_once_agree(real_commits: None) -> None:
    calls: list[Callable[[], object]] = []
    decision = decided()
    draft = FilingFactory.create(obligation=decision.referral.obligation)
    calls.append(partial(court.confirm, decision, by=UserFactory.create(), at=AT))
    calls.append(partial(filing.submit, draft, by=UserFactory.create(), at=AT, as_it_is=True))
    outcomes = together(*calls)
    took_effect = CourtDecisionEffect.objects.exists()
    assert state_of(decision) == (State.TERMINATED if took_effect else State.FILED)
    assert isinstance(outcomes[1], Refused) == took_effect
    assert_states_equal_the_log()
