"""Objections, complaints, wishes to be heard: received, acknowledged, decided by another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import pytest
from django.db import IntegrityError

from accounts.models import User
from accounts.refusals import Refused
from accounts.roles import Role
from notices.models import Notice
from notices.states import Kind
from reregistration import appeals, obligations, schedule
from reregistration.models import (
    Appeal,
    Campaign,
    Complaint,
    Hearing,
    Mark,
    Objection,
    Obligation,
    Reversal,
)
from reregistration.states import AnswerOutcome, ReversalReason, State
from tests.concurrency import together
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.registry import RepresentativeFactory
from tests.factories.reregistration import (
    MARKING_DAY,
    ObligationFactory,
    dry_run_round,
    liquidable_obligation,
    mark_made,
    noon,
    obligation_in,
    serve_mark,
)

pytestmark = pytest.mark.usefixtures("in_english")
SendIn = Callable[..., Appeal]
AT = noon(date(2027, 1, 20))
MARKED_AT = noon(MARKING_DAY)


@pytest.fixture
def senior(db: None) -> User:
    return staff_member(Role.SENIOR_REVIEWER)


@pytest.fixture
def decided_on(db: None) -> Obligation:
    """An overdue obligation with a preliminary decision of this cycle."""
    return liquidable_obligation()


@pytest.fixture
def mark(db: None) -> Mark:
    return mark_made()


def uphold(appeal: Appeal, by: User) -> Appeal:
    return appeals.decide(
        appeal, outcome=AnswerOutcome.UPHELD, decision="It had moved.", by=by, at=AT
    )


@pytest.mark.parametrize(
    ("send_in", "model", "letter"),
    [(appeals.object_to, Objection, "O-"), (appeals.ask_for_hearing, Hearing, "H-")],
)
def test_it_is_received_with_number_and_term(
    send_in: SendIn, model: type[Appeal], letter: str, decided_on: Obligation, alice: User
) -> None:
    made = send_in(decided_on, text=" We moved. ", by=alice, at=AT)
    assert isinstance(made, model)
    assert made.number.startswith(letter)
    assert made.text == "We moved."
    # Twenty working days after 20 January.
    assert made.decision_by_on == date(2027, 2, 17)
    (told,) = Notice.objects.filter(kind=Kind.ANSWER_RECEIVED)
    assert made.number in told.text.body
    assert "17 ақпан" in told.text.body


@pytest.mark.parametrize("state", State)
def test_one_complains_only_of_what_there_is(state: State, alice: User) -> None:
    row = obligation_in(state)
    if state in (State.MARKED, State.REFERRED, State.REFUSED):
        assert appeals.complain(row, text="It is an error.", by=alice, at=AT).number
    else:
        with pytest.raises(Refused, match="nothing to complain of"):
            appeals.complain(row, text="It is an error.", by=alice, at=AT)


@pytest.mark.parametrize("send_in", [appeals.object_to, appeals.ask_for_hearing])
def test_without_a_preliminary_decision_of_this_cycle_it_is_refused(
    send_in: SendIn, decided_on: Obligation, alice: User
) -> None:
    for row in (ObligationFactory.create(overdue=True), _in_a_new_cycle(decided_on)):
        with pytest.raises(Refused, match="No preliminary decision"):
            send_in(row, text="We moved.", by=alice, at=AT)
    assert not Objection.objects.exists()


def _in_a_new_cycle(row: Obligation) -> Obligation:
    due = obligations.move(row, State.DUE, by=None, at=AT, due_on=date(2027, 2, 1))
    return obligations.move(due, State.OVERDUE, by=None, at=noon(date(2027, 2, 2)))


def test_the_same_words_again_are_the_same_objection(decided_on: Obligation, alice: User) -> None:
    first = appeals.object_to(decided_on, text="We moved.", by=alice, at=AT)
    assert appeals.object_to(decided_on, text="We moved.", by=alice, at=AT) == first
    with pytest.raises(Refused, match="being decided already"):
        appeals.object_to(decided_on, text="And more.", by=alice, at=AT)
    assert Notice.objects.filter(kind=Kind.ANSWER_RECEIVED).count() == 1


def test_without_words_it_is_refused(decided_on: Obligation, alice: User) -> None:
    with pytest.raises(Refused, match="your own words"):
        appeals.object_to(decided_on, text=" ", by=alice, at=AT)


def test_the_decision_is_told_and_lifts_the_standstill(
    decided_on: Obligation, alice: User, senior: User
) -> None:
    made = appeals.object_to(decided_on, text="We moved.", by=alice, at=AT)
    decided = uphold(made, senior)
    assert (decided.outcome, decided.decided_by) == (AnswerOutcome.UPHELD, senior)
    (told,) = Notice.objects.filter(kind=Kind.ANSWER_DECIDED)
    assert "It had moved." in told.text.body
    with pytest.raises(Refused, match="decided already"):
        uphold(made, senior)
    again = appeals.object_to(decided_on, text="We moved.", by=alice, at=AT)
    assert again != made


def test_whoever_drafted_or_signed_the_round_does_not_decide(alice: User, senior: User) -> None:
    row = liquidable_obligation()
    round_ = dry_run_round(row.campaign)
    made = appeals.object_to(row, text="We moved.", by=alice, at=noon(MARKING_DAY))
    with pytest.raises(Refused, match="took part"):
        uphold(made, round_.drafted_by)
    assert uphold(made, senior).decided_at


def test_whoever_acts_for_the_organisation_does_not_decide(
    decided_on: Obligation, alice: User, senior: User
) -> None:
    made = appeals.object_to(decided_on, text="We moved.", by=alice, at=AT)
    RepresentativeFactory.create(organisation=decided_on.organisation, user=senior)
    for person in (alice, senior):
        with pytest.raises(Refused, match="You act for"):
            uphold(made, person)


@pytest.mark.parametrize("to", [State.MARKED, State.REFERRED])
def test_the_door_lets_no_further_step_through(
    to: State, decided_on: Obligation, alice: User, senior: User
) -> None:
    row = decided_on
    if to == State.REFERRED:
        row = ObligationFactory.create(marked=True)
        made: Appeal = appeals.complain(row, text="It is an error.", by=alice, at=AT)
    else:
        made = appeals.object_to(row, text="We moved.", by=alice, at=AT)
    with pytest.raises(Refused, match="Decide on it first"):
        obligations.move(row, to, by=None, at=AT)
    appeals.decide(made, outcome=AnswerOutcome.DISMISSED, decision="It is none.", by=senior, at=AT)
    assert obligations.move(row, to, by=None, at=AT).state == to


def test_no_warning_goes_out_while_an_objection_of_an_earlier_cycle_is_open(
    decided_on: Obligation, alice: User
) -> None:
    appeals.object_to(decided_on, text="We moved.", by=alice, at=AT)
    row = _in_a_new_cycle(decided_on)
    other = ObligationFactory.create(campaign=row.campaign, overdue=True, due_on=row.due_on)
    on = date(2027, 2, 23)
    schedule.queue_due(row.campaign, on=on, at=noon(on))
    warned = Notice.objects.filter(kind=Kind.FINAL_WARNING, made_at__gte=noon(on))
    assert [notice.organisation for notice in warned] == [other.organisation]


class TestAComplaintOfAMark:
    def complaint(self, mark: Mark, by: User, at: datetime = MARKED_AT) -> Complaint:
        return appeals.complain(mark.obligation, text="It is an error.", by=by, at=at)

    def test_that_is_upheld_reverses_it(self, mark: Mark, alice: User, senior: User) -> None:
        made = uphold(self.complaint(mark, alice), senior)
        row = Obligation.objects.get()
        assert (row.state, row.cycle) == (State.OVERDUE, mark.cycle + 1)
        undone = Reversal.objects.get()
        assert (undone.mark, undone.by) == (mark, senior)
        assert undone.reason == ReversalReason.COMPLAINT_UPHELD
        assert undone.ground == f"{made.number}: It had moved."
        told = Notice.objects.filter(kind__in=[Kind.ANSWER_DECIDED, Kind.MARK_REVERSED])
        assert told.count() == 2

    def test_that_is_dismissed_leaves_it(self, mark: Mark, alice: User, senior: User) -> None:
        made = self.complaint(mark, alice)
        appeals.decide(
            made, outcome=AnswerOutcome.DISMISSED, decision="It is none.", by=senior, at=AT
        )
        assert Obligation.objects.get().state == State.MARKED
        assert not Reversal.objects.exists()

    def test_that_is_upheld_after_a_filing_changes_nothing_more(
        self, mark: Mark, alice: User, senior: User
    ) -> None:
        made = self.complaint(mark, alice)
        obligations.move(mark.obligation, State.FILED, by=alice, at=MARKED_AT)
        assert uphold(made, senior).decided_at
        assert Obligation.objects.get().state == State.FILED
        assert not Reversal.objects.exists()

    def test_is_decided_by_nobody_who_drafted_or_signed_the_round(
        self, mark: Mark, alice: User
    ) -> None:
        made = self.complaint(mark, alice)
        round_ = mark.round
        marked_by = (round_.drafted_by, round_.first_signed_by, round_.second_signed_by)
        for person in marked_by:
            assert person
            with pytest.raises(Refused, match="took part"):
                uphold(made, person)
        assert len({person.pk for person in marked_by if person}) == 3
        assert not Reversal.objects.exists()

    @pytest.mark.parametrize(
        ("on", "is_late"), [(date(2027, 5, 18), False), (date(2027, 5, 19), True)]
    )
    def test_is_taken_after_its_term_too_and_called_late(
        self, on: date, is_late: bool, mark: Mark, alice: User
    ) -> None:
        serve_mark(mark, on=date(2027, 2, 18))
        made = self.complaint(mark, alice, noon(on))
        assert (made.term_ends_on, made.is_late) == (date(2027, 5, 18), is_late)

    def test_is_never_late_where_nothing_proves_service(self, mark: Mark, alice: User) -> None:
        made = self.complaint(mark, alice, noon(date(2028, 5, 19)))
        assert (made.term_ends_on, made.is_late) == (None, False)

    def test_is_never_late_by_a_proof_that_the_campaign_does_not_count(
        self, mark: Mark, alice: User
    ) -> None:
        serve_mark(mark, on=date(2027, 2, 18))
        Campaign.objects.update(service_grounds=["carrier_receipt"])
        made = self.complaint(mark, alice, noon(date(2028, 5, 19)))
        assert (made.term_ends_on, made.is_late) == (None, False)

    def test_has_the_campaigns_term(self, mark: Mark, alice: User) -> None:
        serve_mark(mark, on=date(2027, 2, 18))
        Campaign.objects.update(complaint_months=1)
        # 18 March 2027 is a Thursday before the protected days.
        assert self.complaint(mark, alice).term_ends_on == date(2027, 3, 18)

    def test_is_late_only_by_a_term(self, mark: Mark, alice: User) -> None:
        made = self.complaint(mark, alice)
        with pytest.raises(IntegrityError, match="complaint_late_by_a_term"):
            Complaint.objects.filter(pk=made.pk).update(is_late=True)


def test_two_clicks_at_once_make_one_complaint(real_commits: None) -> None:
    row, alice = ObligationFactory.create(marked=True), UserFactory.create()

    def complain() -> Complaint:
        return appeals.complain(row, text="It is an error.", by=alice, at=AT)

    first, second = together(complain, complain)
    assert first == second
    assert Complaint.objects.count() == 1
