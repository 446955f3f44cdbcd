"""The reviewers' queue: who is given what, for how long, and by when it is to be decided."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts import staff
from accounts.models import User
from accounts.refusals import Refused
from accounts.roles import Role
from registry.calendar import ALMATY, end_of
from registry.models import DayOverride
from reregistration import closures, filing, leases, paper, paper_terms, queue, refusals, review
from reregistration.models import Filing, Lease
from reregistration.states import AnswerOutcome, FilingKind
from tests.browser.world import ANSWERS
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.paper import RECEIVED_AT, RECEIVED_ON, clerk, confirmed
from tests.factories.registry import OrganisationFactory, RepresentativeFactory
from tests.factories.reregistration import (
    FilingFactory,
    ObligationFactory,
    RefusalGroundFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]

AT = datetime(2026, 9, 3, 10, tzinfo=ALMATY)
A_MINUTE = timedelta(minutes=1)
LATER = AT + timedelta(minutes=120)
# After the last day of the review of a filing of 1 September.
LATE = datetime(2026, 9, 23, 10, tzinfo=ALMATY)
ASTANA, ALMATY_CITY = "710000000", "750000000"


@pytest.fixture
def alice() -> User:
    return staff_member(Role.REVIEWER)


@pytest.fixture
def bob() -> User:
    return staff_member(Role.REVIEWER)


@pytest.fixture
def senior() -> User:
    return staff_member(Role.SENIOR_REVIEWER)


def submitted(day: int = 1, region: str = ASTANA, **fields: object) -> Filing:
    organisation = OrganisationFactory.create(region_id=region, place_id=region)
    obligation = ObligationFactory.create(filed=True, organisation=organisation)
    at = datetime(2026, 9, day, 12, tzinfo=ALMATY)
    return FilingFactory.create(submitted=True, obligation=obligation, submitted_at=at, **fields)


class TestTakeNext:
    def test_it_gives_the_oldest(self, alice: User) -> None:
        submitted(2)
        oldest = submitted(1)
        assert queue.take_next(by=alice, at=AT) == oldest

    def test_each_call_gives_another_one(self, alice: User) -> None:
        rows = [submitted(1), submitted(2)]
        assert [queue.take_next(by=alice, at=AT) for _ in rows] == rows

    def test_a_paper_filing_is_given_out_once_the_days_to_contest_it_are_over(
        self, alice: User
    ) -> None:
        """Nobody can accept it before; and its postmark would put it before all others."""
        row = confirmed(posted_on=RECEIVED_ON - timedelta(days=9))
        online = submitted(16)
        assert row.confirmed_at
        last_on = paper_terms.contest_until_on(row.confirmed_at)
        assert queue.take_next(by=alice, at=end_of(last_on) - A_MINUTE) == online
        assert queue.take_next(by=alice, at=end_of(last_on)) == Filing.objects.get(paper=row)

    @pytest.mark.parametrize("hand", ["received_by", "typed_by", "confirmed_by"])
    def test_whoever_had_a_hand_in_a_paper_filing_is_not_given_it(self, hand: str) -> None:
        row = confirmed(typist=clerk())
        assert row.confirmed_at
        over_at = end_of(paper_terms.contest_until_on(row.confirmed_at))
        theirs = getattr(row, hand)
        staff.grant_role(theirs, role=Role.REVIEWER, by=None, on=date(2020, 1, 1))
        assert queue.take_next(by=User.objects.get(pk=theirs.pk), at=over_at) is None

    def test_one_whose_contest_was_dismissed_is_given_out_at_once(self, alice: User) -> None:
        row = confirmed()
        asked = RepresentativeFactory.create(organisation=row.obligation.organisation).user
        contested = paper.contest(row, text="Not ours.", by=asked, at=RECEIVED_AT)
        assert queue.take_next(by=alice, at=RECEIVED_AT) is None
        paper.decide(
            contested,
            outcome=AnswerOutcome.DISMISSED,
            decision="It is.",
            by=staff_member(Role.SENIOR_REVIEWER, first_name="Ә", last_name="Ж"),
            at=RECEIVED_AT,
        )
        assert queue.take_next(by=alice, at=RECEIVED_AT) == Filing.objects.get(paper=row)

    def test_nothing_is_given_where_nothing_waits(self, alice: User) -> None:
        assert queue.take_next(by=alice, at=AT) is None

    def test_whoever_gets_it_holds_it_for_the_campaigns_minutes(self, alice: User) -> None:
        row = submitted()
        queue.take_next(by=alice, at=AT)
        lease = Lease.objects.get(filing=row)
        assert (lease.taken_by, lease.until_at) == (alice, LATER)

    def test_one_that_somebody_holds_is_passed_over(self, alice: User, bob: User) -> None:
        submitted(1)
        second = submitted(2)
        queue.take_next(by=alice, at=AT)
        assert queue.take_next(by=bob, at=LATER - timedelta(seconds=1)) == second

    def test_one_whose_time_ran_out_is_the_next_again(self, alice: User, bob: User) -> None:
        row = submitted(1)
        queue.take_next(by=alice, at=AT)
        assert queue.take_next(by=bob, at=LATER) == row
        assert Lease.objects.get(filing=row).taken_by == bob

    def test_only_those_of_their_regions_are_given(self) -> None:
        user = UserFactory.create()
        staff.grant_role(
            user, role=Role.REVIEWER, by=None, on=date(2020, 1, 1), regions=[ALMATY_CITY]
        )
        submitted(1, ASTANA)
        theirs = submitted(2, ALMATY_CITY)
        assert queue.take_next(by=user, at=AT) == theirs
        assert queue.take_next(by=user, at=AT) is None

    def test_who_may_not_review_is_given_nothing(self) -> None:
        submitted()
        assert queue.take_next(by=staff_member(Role.AUDITOR), at=AT) is None

    def test_decided_replaced_and_draft_ones_are_not_given(self, alice: User) -> None:
        for state in ("accepted", "returned", "superseded"):
            submitted(state=state)
        FilingFactory.create()
        assert queue.take_next(by=alice, at=AT) is None

    @pytest.mark.parametrize("tie", ["submitted_by", "saved_by", "acts"])
    def test_what_one_may_not_decide_on_is_not_given(self, alice: User, tie: str) -> None:
        fields: dict[str, Any] = {} if tie == "acts" else {tie: alice}
        row = submitted(**fields)
        if tie == "acts":
            RepresentativeFactory.create(user=alice, organisation=row.obligation.organisation)
        with pytest.raises(Refused):
            review.refuse_own(row, row.obligation, alice, AT)
        assert queue.take_next(by=alice, at=AT) is None

    def test_a_verified_closure_waits_for_its_days_and_not_for_a_person(
        self, alice: User, bob: User
    ) -> None:
        row = submitted(kind=FilingKind.CLOSED)
        closures.verify(row, note="Да", by=bob, at=AT)
        assert queue.take_next(by=alice, at=AT) is None
        closures.contradict(row, text="Нет", by=bob, at=AT, is_by_staff=True)
        assert queue.take_next(by=alice, at=AT) == row

    def test_what_is_proposed_to_be_refused_waits_for_another_senior_reviewer(
        self, bob: User, senior: User
    ) -> None:
        filing_ = submitted()
        refusals.propose(
            filing_, ground=RefusalGroundFactory.create(), words="Forged.", by=senior, at=AT
        )
        assert queue.take_next(by=bob, at=AT) is None
        assert queue.take_next(by=senior, at=AT) is None
        assert queue.take_next(by=staff_member(Role.SENIOR_REVIEWER), at=AT) == filing_

    def test_a_senior_reviewer_is_given_overdue_ones_first(self, alice: User, senior: User) -> None:
        oldest = submitted(1, review_due_on=date(2026, 10, 1))
        overdue = submitted(2, review_due_on=date(2026, 9, 22))
        assert queue.take_next(by=senior, at=LATE) == overdue
        assert queue.take_next(by=alice, at=LATE) == oldest

    def test_its_queries_do_not_grow_with_what_waits(self, alice: User) -> None:
        rows = [submitted() for _ in range(12)]
        with CaptureQueriesContext(connection) as few:
            queue.take_next(by=User.objects.get(pk=alice.pk), at=AT)
        for _ in rows[2:]:
            queue.take_next(by=alice, at=AT)
        with CaptureQueriesContext(connection) as many:
            queue.take_next(by=User.objects.get(pk=alice.pk), at=AT)
        assert len(many) == len(few)


class TestTake:
    def test_one_that_is_free_is_held(self, alice: User) -> None:
        row = submitted()
        assert queue.take(row, by=alice, at=AT).taken_by == alice

    def test_one_that_somebody_holds_is_refused(self, alice: User, bob: User) -> None:
        row = submitted()
        queue.take(row, by=alice, at=AT)
        with pytest.raises(Refused, match=f"{alice} holds {row.number} until"):
            queue.take(row, by=bob, at=AT)

    def test_a_second_click_is_one_hold(self, alice: User) -> None:
        row = submitted()
        for _ in range(2):
            queue.take(row, by=alice, at=AT)
        assert Lease.objects.filter(filing=row).count() == 1

    def test_one_of_another_region_is_refused(self) -> None:
        user = UserFactory.create()
        staff.grant_role(
            user, role=Role.REVIEWER, by=None, on=date(2020, 1, 1), regions=[ALMATY_CITY]
        )
        with pytest.raises(Refused, match="not in one of your regions"):
            queue.take(submitted(region=ASTANA), by=user, at=AT)

    def test_ones_own_is_refused(self, alice: User) -> None:
        with pytest.raises(Refused, match="You act for this organisation"):
            queue.take(submitted(submitted_by=alice), by=alice, at=AT)

    def test_a_decided_one_is_refused(self, alice: User) -> None:
        with pytest.raises(Refused, match="cannot be decided"):
            queue.take(submitted(state="accepted"), by=alice, at=AT)


class TestGiveBack:
    def test_it_is_the_next_one_again(self, alice: User, bob: User) -> None:
        row = submitted()
        queue.take(row, by=alice, at=AT)
        queue.give_back(row, by=alice, at=AT)
        assert queue.take_next(by=bob, at=AT) == row

    def test_whoever_gave_it_back_is_given_the_one_behind_it(self, alice: User) -> None:
        row, behind = submitted(1), submitted(2)
        queue.take(row, by=alice, at=AT)
        queue.give_back(row, by=alice, at=AT + A_MINUTE)
        assert queue.take_next(by=alice, at=AT + A_MINUTE) == behind

    def test_another_person_is_given_it_first(self, alice: User, bob: User) -> None:
        row = submitted(1)
        submitted(2)
        queue.take(row, by=alice, at=AT)
        queue.give_back(row, by=alice, at=AT + A_MINUTE)
        assert queue.take_next(by=bob, at=AT + A_MINUTE) == row

    def test_it_comes_again_where_nothing_else_waits_and_the_next_day(self, alice: User) -> None:
        row = submitted(1)
        queue.take(row, by=alice, at=AT)
        queue.give_back(row, by=alice, at=AT + A_MINUTE)
        assert queue.take_next(by=alice, at=AT + A_MINUTE) == row
        queue.give_back(row, by=alice, at=AT + 2 * A_MINUTE)
        submitted(2)
        assert queue.take_next(by=alice, at=AT + timedelta(days=1)) == row

    def test_a_senior_reviewer_too_is_given_another_late_one(self, senior: User) -> None:
        row, behind = submitted(1), submitted(2)
        for each in (row, behind):
            each.review_due_on = date(2026, 9, 22)
            Filing.objects.filter(pk=each.pk).update(review_due_on=each.review_due_on)
        queue.take(row, by=senior, at=LATE)
        queue.give_back(row, by=senior, at=LATE + A_MINUTE)
        assert queue.take_next(by=senior, at=LATE + A_MINUTE) == behind

    def test_anothers_is_refused(self, alice: User, bob: User) -> None:
        row = submitted()
        queue.take(row, by=alice, at=AT)
        with pytest.raises(Refused, match="holds"):
            queue.give_back(row, by=bob, at=AT)
        assert leases.living(row, AT)

    def test_a_senior_reviewer_gives_back_anothers(self, alice: User, senior: User) -> None:
        row = submitted()
        queue.take(row, by=alice, at=AT)
        queue.give_back(row, by=senior, at=AT)
        assert leases.living(row, AT) is None


class TestAssign:
    def test_it_is_the_others_until_the_end_of_the_next_working_day(
        self, alice: User, bob: User, senior: User
    ) -> None:
        row = submitted()
        queue.take(row, by=alice, at=AT)
        friday = datetime(2026, 9, 4, 10, tzinfo=ALMATY)
        lease = queue.assign(row, to=bob, by=senior, at=friday)
        assert (lease.taken_by, lease.given_by) == (bob, senior)
        assert lease.until_at == datetime(2026, 9, 8, tzinfo=ALMATY)

    def test_a_reviewer_assigns_nothing(self, alice: User, bob: User) -> None:
        with pytest.raises(Refused, match="Only a senior reviewer"):
            queue.assign(submitted(), to=bob, by=alice, at=AT)

    def test_who_may_not_decide_on_it_is_refused(self, senior: User) -> None:
        auditor = staff_member(Role.AUDITOR)
        with pytest.raises(Refused, match="cannot decide on"):
            queue.assign(submitted(), to=auditor, by=senior, at=AT)

    def test_its_author_is_refused(self, alice: User, senior: User) -> None:
        with pytest.raises(Refused, match="cannot decide on"):
            queue.assign(submitted(saved_by=alice), to=alice, by=senior, at=AT)


class TestDecidingOnOneThatIsHeld:
    def test_another_is_refused_until_the_time_ran_out(self, alice: User, bob: User) -> None:
        row = submitted()
        queue.take(row, by=alice, at=AT)
        with pytest.raises(Refused, match=f"{alice} holds"):
            review.accept(row, by=bob, at=AT)
        with pytest.raises(Refused, match=f"{alice} holds"):
            review.return_for_correction(row, reasons=["other"], by=bob, at=AT)
        assert review.accept(row, by=bob, at=LATER).by == bob

    def test_its_holder_decides_and_holds_it_no_longer(self, alice: User) -> None:
        row = submitted()
        queue.take(row, by=alice, at=AT)
        review.accept(row, by=alice, at=AT)
        assert not Lease.objects.filter(filing=row).exists()

    def test_what_nobody_holds_anybody_decides_on(self, bob: User) -> None:
        assert review.accept(submitted(), by=bob, at=AT).by == bob

    def test_another_does_not_verify_it(self, alice: User, bob: User) -> None:
        row = submitted(kind=FilingKind.CLOSED)
        queue.take(row, by=alice, at=AT)
        with pytest.raises(Refused, match=f"{alice} holds"):
            closures.verify(row, note="Да", by=bob, at=AT)


def test_a_hold_that_ends_before_it_begins_is_refused_by_the_database(alice: User) -> None:
    row = submitted()
    with pytest.raises(IntegrityError, match="lease_ends_after_it_began"), transaction.atomic():
        Lease.objects.create(filing=row, taken_by=alice, taken_at=AT, until_at=AT)


class TestTheClock:
    def file(self, row: Filing | None, at: datetime, by: User) -> Filing:
        obligation = row.obligation if row else ObligationFactory.create()
        draft = filing.start(obligation, by=by, at=at)
        draft = filing.save(draft, ANSWERS, revision=draft.revision, by=by, at=at)
        return filing.submit(draft, by=by, at=at)

    def test_it_ends_after_the_campaigns_working_days(self) -> None:
        row = self.file(None, AT, UserFactory.create())
        assert row.review_due_on == date(2026, 9, 24)

    def test_a_day_that_the_government_moved_counts(self) -> None:
        DayOverride.objects.create(on=date(2026, 9, 24), is_working=False, ground="Постановление")
        row = self.file(None, AT, UserFactory.create())
        assert row.review_due_on == date(2026, 9, 25)

    def test_after_a_return_it_goes_on_with_what_was_left(self, alice: User) -> None:
        """Five working days were used; the month that the organisation took does not count."""
        ngo = UserFactory.create()
        first = self.file(None, AT, ngo)
        decided = datetime(2026, 9, 10, 10, tzinfo=ALMATY)
        review.return_for_correction(first, reasons=["other"], by=alice, at=decided)
        second = self.file(first, datetime(2026, 10, 5, 10, tzinfo=ALMATY), ngo)
        assert second.review_due_on == date(2026, 10, 19)

    def test_replacing_a_version_does_not_begin_it_anew(self) -> None:
        ngo = UserFactory.create()
        first = self.file(None, AT, ngo)
        second = self.file(first, datetime(2026, 9, 10, 10, tzinfo=ALMATY), ngo)
        assert second.review_due_on == first.review_due_on
