"""Taking referrals back: in the transaction of the move, told by the next working day, chased."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.refusals import Refused
from accounts.roles import Role
from notices import dispatch
from notices.models import Dispatch, Notice
from notices.states import Channel, DispatchState, Kind
from registry.calendar import end_of
from reregistration import appeals, filing, obligations
from reregistration.marking import reversal
from reregistration.models import (
    Complaint,
    Obligation,
    Referral,
    ReferralWithdrawal,
    WithdrawalChase,
)
from reregistration.referral import withdrawals
from reregistration.states import (
    AnswerOutcome,
    ReferralState,
    ReleaseReason,
    State,
    WithdrawalReason,
)
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.files import StoredFileFactory
from tests.factories.referrals import (
    SENT_ON,
    ReceivingBodyFactory,
    ReferralWithdrawalFactory,
    ready,
    referred,
)
from tests.factories.reregistration import FilingFactory, noon
from tests.reregistration.assertions import assert_states_equal_the_log

pytestmark = pytest.mark.django_db
# A Friday: the next working day is the Monday after the protected days, which are no days off.
FILED_ON = date(2028, 3, 17)
FILED_AT = noon(FILED_ON)


def by_letter_alone() -> Referral:
    return referred(ready(receiving_body=ReceivingBodyFactory.create(email="")))


def file_now(referral: Referral, at: datetime = FILED_AT) -> None:
    draft = FilingFactory.create(obligation=referral.obligation)
    filing.submit(draft, by=UserFactory.create(), at=at, as_it_is=True)


def withdrawn(referral: Referral | None = None) -> ReferralWithdrawal:
    """Of an organisation that filed on FILED_ON, after the referral."""
    file_now(referral or referred())
    return ReferralWithdrawal.objects.get()


def letters() -> list[Notice]:
    return list(Notice.objects.filter(kind=Kind.REFERRAL_WITHDRAWN).order_by("pk"))


class TestWhoLeavesTheWay:
    def test_by_filing_is_withdrawn_in_the_same_transaction(self) -> None:
        referral = referred()
        row = withdrawn(referral)
        assert (row.referral, row.reason, row.by) == (referral, WithdrawalReason.FILED, None)
        # By the end of Monday.
        assert row.due_at == end_of(date(2028, 3, 20))
        ended = Referral.objects.get()
        assert (ended.state, ended.ended_at) == (ReferralState.WITHDRAWN, FILED_AT)
        assert ended.obligation.state == State.FILED
        assert_states_equal_the_log()

    def test_is_not_withdrawn_where_the_move_is_undone(self) -> None:
        referral = referred()
        with transaction.atomic():
            file_now(referral)
            transaction.set_rollback(True)
        assert not ReferralWithdrawal.objects.exists()
        assert Referral.objects.get().state == ReferralState.REFERRED

    def test_by_a_release_names_who_released_it(self) -> None:
        referral, by = referred(), staff_member(Role.CAMPAIGN_MANAGER)
        obligations.move(
            referral.obligation,
            State.RELEASED,
            by=by,
            at=FILED_AT,
            release_reason=ReleaseReason.CLOSED,
        )
        row = ReferralWithdrawal.objects.get()
        assert (row.reason, row.by) == (WithdrawalReason.RELEASED, by)

    def test_by_a_reversal_is_overdue_again_in_a_new_cycle(self) -> None:
        referral = referred()
        reversal.reverse(
            referral.mark, by=staff_member(Role.CAMPAIGN_MANAGER), at=FILED_AT, ground="Ошибка."
        )
        assert ReferralWithdrawal.objects.get().reason == WithdrawalReason.REVERSED
        row = Obligation.objects.get(pk=referral.obligation_id)
        assert (row.state, row.cycle) == (State.OVERDUE, referral.cycle + 1)

    def test_by_an_upheld_complaint_too(self) -> None:
        referral = referred()
        complaint = complain(referral)
        decide(complaint, AnswerOutcome.UPHELD)
        assert ReferralWithdrawal.objects.get().reason == WithdrawalReason.REVERSED
        assert Obligation.objects.get(pk=referral.obligation_id).state == State.OVERDUE

    def test_in_one_move_of_many_each_has_its_row(self) -> None:
        rows = [referred(), referred()]
        ids = [row.obligation_id for row in rows]
        change = obligations.Move(State.RELEASED, None, FILED_AT, "law", ReleaseReason.EXEMPT)
        obligations.move_many(ids, change)
        assert ReferralWithdrawal.objects.count() == 2

    def test_the_court_s_own_end_is_no_withdrawal(self) -> None:
        obligations.move(referred().obligation, State.TERMINATED, by=None, at=FILED_AT)
        assert not ReferralWithdrawal.objects.exists()


class TestTelling:
    def test_by_letter_and_e_mail_to_the_body_alone(self) -> None:
        row = withdrawn()
        assert withdrawals.tell(at=FILED_AT) == 1
        (made,) = letters()
        body = row.referral.receiving_body
        sent = made.dispatches.order_by("channel")
        assert [(one.channel, one.address, one.addressee) for one in sent] == [
            (Channel.EMAIL, body.email, ""),
            (Channel.LETTER, body.address, body.name_ru),
        ]
        assert made.cycle == row.referral.cycle

    def test_says_what_was_taken_back_and_why(self) -> None:
        row = withdrawn()
        withdrawals.tell(at=FILED_AT)
        (made,) = letters()
        for told in (row.referral.number, "14", "17", row.referral.obligation.organisation.number):
            assert told in made.text.body

    def test_twice_writes_once(self) -> None:
        withdrawn()
        assert [withdrawals.tell(at=FILED_AT) for _ in range(3)] == [1, 0, 0]
        assert len(letters()) == 1

    def test_once_though_the_obligation_has_begun_another_cycle(self) -> None:
        row = withdrawn()
        withdrawals.tell(at=FILED_AT)
        obligations.move(row.referral.obligation, State.RETURNED, by=None, at=FILED_AT)
        assert withdrawals.tell(at=FILED_AT) == 0

    def test_goes_by_letter_where_the_body_has_no_address(self) -> None:
        withdrawn(by_letter_alone())
        withdrawals.tell(at=FILED_AT)
        assert [row.channel for row in letters()[0].dispatches.all()] == [Channel.LETTER]

    def test_goes_to_nobody_else_where_it_came_back(self) -> None:
        withdrawn()
        withdrawals.tell(at=FILED_AT)
        row = letters()[0].dispatches.get(channel=Channel.EMAIL)
        Dispatch.objects.filter(pk=row.pk).update(state=DispatchState.SENT, sent_at=FILED_AT)
        dispatch.bounce(row.pk, at=FILED_AT, reason="550")
        assert letters()[0].dispatches.count() == 2

    def test_is_noted_once_it_went_out(self) -> None:
        row = withdrawn()
        withdrawals.tell(at=FILED_AT)
        assert withdrawals.note_sent(at=FILED_AT) == 0
        sent_at = FILED_AT + timedelta(minutes=2)
        for later, one in enumerate(letters()[0].dispatches.order_by("channel")):
            moment = sent_at + timedelta(hours=later)
            Dispatch.objects.filter(pk=one.pk).update(state=DispatchState.SENT, sent_at=moment)
        assert [withdrawals.note_sent(at=FILED_AT) for _ in range(2)] == [1, 0]
        row.refresh_from_db()
        assert row.sent_at == sent_at

    def test_takes_as_many_queries_for_many_as_for_one(self) -> None:
        counts = []
        for count in (1, 3):
            ReferralWithdrawalFactory.create_batch(count)
            with CaptureQueriesContext(connection) as queries:
                assert withdrawals.tell(at=FILED_AT) == count
            counts.append(len(queries))
        # One more: a single draft is not asked for before it is inserted.
        assert counts[1] <= counts[0] + 1


class TestChasing:
    def test_begins_the_day_after_it_was_to_be_told_on_working_days_alone(self) -> None:
        withdrawn()
        days = [date(2028, 3, 20) + timedelta(days=count) for count in range(12)]
        chased = [on for on in days if withdrawals.chase(at=noon(on))]
        # Nauryz is 21 to 23 March; 25 and 26 a weekend.
        assert chased == [date(2028, 3, 24), *(date(2028, 3, day) for day in range(27, 32))]
        assert [day.strftime("%a") for day in (FILED_ON, chased[0])] == ["Fri", "Fri"]

    def test_twice_a_day_is_once(self) -> None:
        row = withdrawn()
        at = noon(date(2028, 3, 27))
        assert [withdrawals.chase(at=at + timedelta(hours=more)) for more in range(3)] == [1, 0, 0]
        chase = row.chases.get()
        assert (chase.by, chase.at) == (None, at)
        assert chase.how == letters()[0].number

    def test_goes_by_letter_where_the_body_has_no_address(self) -> None:
        row = withdrawn(by_letter_alone())
        withdrawals.chase(at=noon(date(2028, 3, 27)))
        assert row.chases.get().how == letters()[0].number
        assert [sent.channel for sent in letters()[0].dispatches.all()] == [Channel.LETTER]

    def test_ends_once_it_is_acknowledged(self) -> None:
        row = withdrawn()
        acknowledge(row, reference="исх. 17-2/88")
        assert withdrawals.chase(at=noon(date(2028, 3, 27))) == 0
        assert withdrawals.tell(at=noon(date(2028, 3, 27))) == 0

    def test_leaves_the_first_letter_to_be_written_still(self) -> None:
        withdrawn()
        at = noon(date(2028, 3, 27))
        assert (withdrawals.chase(at=at), withdrawals.tell(at=at)) == (1, 1)


def acknowledge(row: ReferralWithdrawal, **proof: object) -> ReferralWithdrawal:
    return withdrawals.acknowledge(
        row,
        by=staff_member(Role.CAMPAIGN_MANAGER),
        at=FILED_AT,
        **proof,  # type: ignore[arg-type]
    )


class TestAcknowledging:
    def test_by_a_number_or_a_paper(self) -> None:
        paper = StoredFileFactory.create()
        with_number = acknowledge(ReferralWithdrawalFactory.create(), reference=" 17-2/88 ")
        with_paper = acknowledge(ReferralWithdrawalFactory.create(), file=paper)
        assert (with_number.reference, with_paper.file) == ("17-2/88", paper)
        assert with_number.acknowledged_at == FILED_AT

    def test_by_neither_is_refused(self) -> None:
        with pytest.raises(Refused, match="number of the body's answer"):
            acknowledge(ReferralWithdrawalFactory.create(), reference=" ")

    def test_twice_leaves_the_first_record(self) -> None:
        row = ReferralWithdrawalFactory.create()
        acknowledge(row, reference="1")
        assert acknowledge(row, reference="2").reference == "1"

    def test_is_late_from_the_end_of_the_day_by_which_it_was_to_be_told(self) -> None:
        row = withdrawn()
        late = ReferralWithdrawal.objects.filter
        assert not late(withdrawals.late(row.due_at - timedelta(seconds=1))).exists()
        assert late(withdrawals.late(row.due_at)).exists()
        acknowledge(row, reference="1")
        assert not late(withdrawals.late(row.due_at)).exists()

    def test_the_database_wants_a_proof(self) -> None:
        row = ReferralWithdrawalFactory.create()
        by = UserFactory.create()
        with pytest.raises(IntegrityError, match="by_a_paper"), transaction.atomic():
            ReferralWithdrawal.objects.filter(pk=row.pk).update(
                acknowledged_at=FILED_AT, acknowledged_by=by
            )


def complain(referral: Referral) -> Complaint:
    return appeals.complain(
        referral.obligation, text="Мы здесь.", by=UserFactory.create(), at=noon(SENT_ON)
    )


def decide(complaint: Complaint, outcome: AnswerOutcome) -> None:
    appeals.decide(
        complaint,
        outcome=outcome,
        decision="Причины.",
        by=staff_member(Role.SENIOR_REVIEWER),
        at=FILED_AT,
    )


class TestComplaints:
    def told(self) -> list[str]:
        rows = Notice.objects.filter(kind=Kind.REFERRAL_CONTESTED).order_by("pk")
        return [row.occasion.partition("/")[2] for row in rows]

    def test_the_body_is_asked_to_wait_and_told_of_the_decision(self) -> None:
        complaint = complain(referred())
        assert [withdrawals.tell_of_complaints(at=FILED_AT) for _ in range(2)] == [1, 0]
        decide(complaint, AnswerOutcome.DISMISSED)
        assert [withdrawals.tell_of_complaints(at=FILED_AT) for _ in range(2)] == [1, 0]
        assert self.told() == ["open", "decided"]
        made = Notice.objects.filter(kind=Kind.REFERRAL_CONTESTED).earliest("pk")
        assert made.dispatches.count() == 2
        assert complaint.number in made.text.body

    def test_one_that_was_upheld_is_told_by_the_withdrawal(self) -> None:
        decide(complain(referred()), AnswerOutcome.UPHELD)
        assert withdrawals.tell_of_complaints(at=FILED_AT) == 0
        assert withdrawals.tell(at=FILED_AT) == 1

    def test_one_from_before_the_referral_is_not_told(self) -> None:
        complain(referred())
        Complaint.objects.update(at=noon(SENT_ON) - timedelta(days=1))
        assert withdrawals.tell_of_complaints(at=FILED_AT) == 0


def test_chases_are_never_changed() -> None:
    withdrawn()
    withdrawals.chase(at=noon(date(2028, 3, 27)))
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        WithdrawalChase.objects.update(how="x")
