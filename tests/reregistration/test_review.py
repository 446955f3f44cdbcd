"""Accepting and returning a filing: obligation and register together, once, by another person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts import staff
from accounts.models import User
from accounts.refusals import Refused
from accounts.roles import Role
from notices.models import Notice
from notices.states import Kind
from registry.calendar import ALMATY
from registry.models import AnnualFigures, Contact, Organisation, RegisterEntry
from reregistration import filing as filing_verbs
from reregistration import obligations, review
from reregistration.models import Filing, Obligation, Review
from reregistration.states import Decision, FilingState, State
from tests.concurrency import one_behind_the_other, together
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.registry import RepresentativeFactory
from tests.factories.reregistration import FilingFactory
from tests.reregistration.assertions import assert_states_equal_the_log

pytestmark = pytest.mark.usefixtures("in_english")

Verb = Callable[[Filing, User, datetime], Review]


def accept(filing: Filing, by: User, at: datetime) -> Review:
    return review.accept(filing, by=by, at=at)


def send_back(filing: Filing, by: User, at: datetime) -> Review:
    return review.return_for_correction(filing, reasons=["address_unclear"], by=by, at=at)


BOTH = [accept, send_back]


@pytest.fixture
def reviewer(db: None) -> User:
    return staff_member(Role.REVIEWER)


def submitted(**fields: Any) -> Filing:
    return FilingFactory.create(submitted=True, **fields)


class TestAccept:
    @staticmethod
    @transaction.atomic
    def accept_and_commit(filing: Filing, reviewer: User, at: datetime) -> None:
        """As it is outside a test, where the deferred checks run when the transaction ends."""
        accept(filing, reviewer, at)
        connection.check_constraints()

    def test_fulfils_the_obligation_and_writes_the_register(
        self, reviewer: User, at: datetime
    ) -> None:
        filing = submitted(employees=7, email="new@ngo.example")
        decision = accept(filing, reviewer, at)
        obligation = Obligation.objects.get()
        organisation = Organisation.objects.get()
        assert obligation.state == State.FULFILLED
        assert Filing.objects.get().state == FilingState.ACCEPTED
        assert (decision.decision, decision.by, decision.at) == (Decision.ACCEPT, reviewer, at)
        assert organisation.employees == 7
        assert Contact.objects.get(kind="email", retired_at=None).value == "new@ngo.example"
        assert AnnualFigures.objects.get().income == Decimal("1200000.00")
        entry = RegisterEntry.objects.get()
        assert (entry.source, entry.decision, entry.by) == (
            f"filing:{filing.number}",
            f"review:{decision.pk}",
            reviewer,
        )
        assert_states_equal_the_log()

    def test_what_the_register_cannot_take_leaves_nothing_behind(
        self, reviewer: User, at: datetime
    ) -> None:
        # An area of activity that no code list names: the register's own table refuses it.
        filing = submitted(activity_areas=["99"])
        with pytest.raises(IntegrityError, match="activityarea"):
            self.accept_and_commit(filing, reviewer, at)
        assert Filing.objects.get().state == FilingState.SUBMITTED
        assert Obligation.objects.get().state == State.FILED
        for rows in (Review, RegisterEntry, Notice, AnnualFigures):
            assert not rows.objects.exists()
        assert_states_equal_the_log()

    def test_tells_the_organisation(self, reviewer: User, at: datetime) -> None:
        filing = submitted()
        accept(filing, reviewer, at)
        notice = Notice.objects.select_related("text").get()
        assert (notice.kind, notice.occasion) == (Kind.ACCEPTED, filing.number)
        assert str(filing.number) in notice.text.body

    def test_of_a_corrected_filing_only_the_newest_version_can_be_accepted(
        self, alice: User, reviewer: User, at: datetime
    ) -> None:
        first = filing_verbs.submit(FilingFactory.create(), by=alice, at=at)
        second = filing_verbs.submit(
            filing_verbs.start(first.obligation, by=alice, at=at), by=alice, at=at
        )
        with pytest.raises(Refused, match="replaced by a newer version"):
            accept(first, reviewer, at)
        assert accept(second, reviewer, at).filing == second

    def test_costs_the_same_queries_in_a_large_register(self, reviewer: User, at: datetime) -> None:
        counts = []
        for others in (0, 20):
            FilingFactory.create_batch(others, submitted=True)
            filing = submitted()
            with CaptureQueriesContext(connection) as queries:
                accept(filing, reviewer, at)
            counts.append(len(queries))
        assert counts[0] == counts[1]


class TestReturn:
    def test_gives_ten_working_days_in_a_new_cycle(self, reviewer: User) -> None:
        at = datetime(2026, 12, 1, 12, tzinfo=ALMATY)
        send_back(submitted(), reviewer, at)
        obligation = Obligation.objects.get()
        assert (obligation.state, obligation.returned_on, obligation.due_on) == (
            State.RETURNED,
            date(2026, 12, 1),
            date(2026, 12, 15),
        )
        assert (obligation.cycle, obligation.cycle_began_on) == (2, date(2026, 12, 1))
        assert Filing.objects.get().state == FilingState.RETURNED
        assert_states_equal_the_log()

    def test_early_leaves_the_campaigns_date(self, reviewer: User, at: datetime) -> None:
        send_back(submitted(), reviewer, at)
        assert Obligation.objects.get().due_on == date(2026, 12, 1)

    def test_keeps_every_reason_once(self, reviewer: User, at: datetime) -> None:
        decision = review.return_for_correction(
            submitted(),
            reasons=["other", "address_unclear", "other"],
            by=reviewer,
            at=at,
            note="Дом не указан.",
        )
        assert decision.reasons == ["address_unclear", "other"]
        assert decision.note == "Дом не указан."

    def test_the_letter_gives_the_reasons_and_the_note(self, reviewer: User, at: datetime) -> None:
        filing = submitted()
        RepresentativeFactory.create(organisation=filing.obligation.organisation)
        review.return_for_correction(
            filing, reasons=["address_unclear"], by=reviewer, at=at, note="Дом не указан."
        )
        letter = Notice.objects.select_related("text").get(kind=Kind.RETURNED)
        assert letter.cycle == 2
        assert "- Адрес указан не полностью." in letter.text.body
        assert "Дом не указан." in letter.text.body

    @pytest.mark.parametrize("reasons", [[], ["no_such_reason"], ["other", "no_such_reason"]])
    def test_without_a_known_reason_is_refused(
        self, reasons: list[str], reviewer: User, at: datetime
    ) -> None:
        with pytest.raises(Refused, match="at least one reason"):
            review.return_for_correction(submitted(), reasons=reasons, by=reviewer, at=at)
        assert Obligation.objects.get().state == State.FILED
        assert not Review.objects.exists()

    def test_the_register_stays_as_it_was(self, reviewer: User, at: datetime) -> None:
        filing = submitted(employees=7)
        send_back(filing, reviewer, at)
        assert Organisation.objects.get().employees == 1
        assert not RegisterEntry.objects.exists()


def filed_again(filing: Filing, alice: User, at: datetime) -> Filing:
    obligation = Obligation.objects.get(pk=filing.obligation_id)
    return filing_verbs.submit(filing_verbs.start(obligation, by=alice, at=at), by=alice, at=at)


@pytest.fixture
def senior(db: None) -> User:
    return staff_member(Role.SENIOR_REVIEWER)


class TestAllReasonsBelongToTheFirstReturn:
    def test_a_second_return_is_refused_to_a_reviewer(
        self, reviewer: User, alice: User, at: datetime
    ) -> None:
        first = submitted()
        send_back(first, reviewer, at)
        second = filed_again(first, alice, at)
        with pytest.raises(Refused, match="Ask a senior reviewer"):
            send_back(second, reviewer, at)
        assert Obligation.objects.get().state == State.FILED

    def test_a_senior_reviewer_of_another_region_is_refused(
        self, reviewer: User, alice: User, at: datetime
    ) -> None:
        first = submitted()
        send_back(first, reviewer, at)
        elsewhere = UserFactory.create()
        staff.grant_role(
            elsewhere,
            role=Role.SENIOR_REVIEWER,
            by=None,
            on=date(2020, 1, 1),
            regions=["750000000"],
        )
        with pytest.raises(Refused, match="Ask a senior reviewer"):
            send_back(filed_again(first, alice, at), elsewhere, at)

    def test_a_senior_reviewer_returns_it_a_second_time(
        self, reviewer: User, senior: User, alice: User, at: datetime
    ) -> None:
        first = submitted()
        send_back(first, reviewer, at)
        assert send_back(filed_again(first, alice, at), senior, at).by == senior
        assert (Obligation.objects.get().state, Obligation.objects.get().returns) == (
            State.RETURNED,
            2,
        )

    def test_nobody_returns_it_a_third_time(self, senior: User, alice: User, at: datetime) -> None:
        filing = submitted()
        for _ in range(2):
            send_back(filing, senior, at)
            filing = filed_again(filing, alice, at)
        with pytest.raises(Refused, match="a third return is not possible"):
            send_back(filing, senior, at)
        assert Review.objects.count() == 2

    def test_nor_can_the_database_hold_a_third(self, senior: User, at: datetime) -> None:
        filing = submitted()
        Obligation.objects.update(returns=2)
        with pytest.raises(IntegrityError, match="obligation_returned_twice_at_most"):
            obligations.move(filing.obligation, State.RETURNED, by=senior, at=at)


class TestWhatWasSeen:
    @pytest.mark.parametrize("decide", BOTH)
    def test_the_review_keeps_the_fingerprint_of_the_answers(
        self, decide: Verb, reviewer: User, alice: User, at: datetime
    ) -> None:
        filing = filing_verbs.submit(FilingFactory.create(), by=alice, at=at)
        assert decide(filing, reviewer, at).seen_sha256 == filing.sha256

    def test_answers_that_were_tampered_with_show(
        self, reviewer: User, alice: User, at: datetime
    ) -> None:
        filing = filing_verbs.submit(FilingFactory.create(), by=alice, at=at)
        Filing.objects.update(income=1)
        decided = accept(filing, reviewer, at)
        assert decided.seen_sha256 not in ("", filing.sha256)


@pytest.mark.parametrize("decide", BOTH)
def test_deciding_twice_is_refused(decide: Verb, reviewer: User, at: datetime) -> None:
    filing = submitted()
    decide(filing, reviewer, at)
    for again in (accept, send_back):
        with pytest.raises(Refused, match="cannot be decided"):
            again(filing, reviewer, at)
    assert Review.objects.count() == 1


@pytest.mark.parametrize("decide", BOTH)
def test_a_draft_cannot_be_decided(decide: Verb, reviewer: User, at: datetime) -> None:
    with pytest.raises(Refused, match="cannot be decided: it is “draft”"):
        decide(FilingFactory.create(), reviewer, at)


@pytest.mark.parametrize("decide", BOTH)
def test_whoever_acts_for_the_organisation_does_not_decide(
    decide: Verb, reviewer: User, at: datetime
) -> None:
    filing = submitted()
    RepresentativeFactory.create(organisation=filing.obligation.organisation, user=reviewer)
    with pytest.raises(Refused, match="You act for this organisation"):
        decide(filing, reviewer, at)
    assert not Review.objects.exists()


@pytest.mark.parametrize("decide", BOTH)
def test_whoever_has_ceased_to_act_for_it_or_acts_for_another_decides(
    decide: Verb, reviewer: User, at: datetime
) -> None:
    filing = submitted()
    RepresentativeFactory.create(user=reviewer)
    RepresentativeFactory.create(
        organisation=filing.obligation.organisation, user=reviewer, until_at=at
    )
    assert decide(filing, reviewer, at).by == reviewer


@pytest.mark.parametrize(("first", "second"), [(accept, send_back), (send_back, accept)])
def test_of_two_reviewers_at_once_the_second_is_refused(
    real_commits: None, at: datetime, first: Verb, second: Verb
) -> None:
    one, other = staff_member(Role.REVIEWER), staff_member(Role.REVIEWER)
    filing = submitted()
    won, lost = one_behind_the_other(
        lambda: first(filing, one, at), lambda: second(filing, other, at)
    )
    assert isinstance(won, Review)
    assert isinstance(lost, Refused)
    assert Review.objects.get().by == one
    assert Notice.objects.count() == 1
    assert_states_equal_the_log()


def test_of_five_reviewers_in_the_same_instant_one_decides(
    real_commits: None, at: datetime
) -> None:
    reviewers = [staff_member(Role.REVIEWER) for _ in range(5)]
    filing = submitted()
    outcomes = together(*[partial(accept, filing, by, at) for by in reviewers])
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Refused"] * 4 + ["Review"]
    assert Obligation.objects.get().events.filter(to_state=State.FULFILLED).count() == 1


def test_a_correction_that_arrives_first_is_not_overlooked(
    real_commits: None, at: datetime
) -> None:
    alice, reviewer = staff_member(Role.HELPLINE), staff_member(Role.REVIEWER)
    first = submitted()
    draft = FilingFactory.create(obligation=first.obligation, version=2)
    corrected, decided = one_behind_the_other(
        lambda: filing_verbs.submit(draft, by=alice, at=at), lambda: accept(first, reviewer, at)
    )
    assert isinstance(corrected, Filing)
    assert isinstance(decided, Refused)
    assert Obligation.objects.get().state == State.FILED


def test_a_return_without_a_reason_is_refused_by_the_database(reviewer: User, at: datetime) -> None:
    with pytest.raises(IntegrityError, match="review_return_has_a_reason"):
        Review.objects.create(filing=submitted(), decision=Decision.RETURN, by=reviewer, at=at)


@pytest.mark.django_db
def test_whoever_submitted_a_filing_does_not_decide_on_it(at: datetime) -> None:
    person = staff_member(Role.REVIEWER)
    own = filing_verbs.submit(FilingFactory.create(), by=person, at=at)
    with pytest.raises(Refused, match="Another reviewer decides"):
        review.accept(own, by=person, at=at)
