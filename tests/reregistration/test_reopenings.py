"""Reopening a decision: two people, none of whom decided it, or an upheld complaint; what follows
for the obligation, the log, the certificate, the letters, the clock and the mark."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.urls import reverse

from accounts import one_person
from accounts.models import User
from accounts.refusals import Refused
from accounts.roles import Role
from notices import verify
from notices.models import Dispatch, IssuedDocument, Notice
from notices.states import DispatchState, DocumentKind, Kind
from registry.calendar import add_working_days, day_of
from registry.models import Standing
from reregistration import (
    appeals,
    certificates,
    closures,
    deadlines,
    extensions,
    paper,
    partiality,
    refusals,
    reopenings,
    review,
)
from reregistration import filing as filing_verbs
from reregistration.marking import rule
from reregistration.models import (
    Campaign,
    Complaint,
    Filing,
    Obligation,
    RefusalGround,
    Reopening,
    ReopeningProposal,
    Review,
)
from reregistration.obligations import past_due
from reregistration.states import AnswerOutcome, Decision, FilingKind, FilingState, State
from tests.clients import Browser
from tests.concurrency import one_behind_the_other
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.paper import RECEIVED_AT, confirmed
from tests.factories.registry import RepresentativeFactory
from tests.factories.reregistration import FilingFactory, RefusalGroundFactory
from tests.reregistration.assertions import assert_states_equal_the_log

pytestmark = pytest.mark.usefixtures("in_english")
LATER = timedelta(days=20)


def named(role: Role) -> User:
    return staff_member(role, first_name="Әсел", last_name="Жұмабаева")


@pytest.fixture
def reviewer(db: None) -> User:
    return named(Role.REVIEWER)


@pytest.fixture
def senior(db: None) -> User:
    return named(Role.SENIOR_REVIEWER)


def accepted_filing(at: datetime) -> Filing:
    filed = FilingFactory.create(submitted=True)
    review.accept(filed, by=named(Role.REVIEWER), at=at)
    return Filing.objects.get(pk=filed.pk)


def refuse(filed: Filing, at: datetime) -> None:
    ground = RefusalGround.objects.first() or RefusalGroundFactory.create()
    proposal = refusals.propose(
        filed, ground=ground, words="Forged.", by=named(Role.REVIEWER), at=at
    )
    refusals.confirm(proposal, by=named(Role.SENIOR_REVIEWER), at=at)


def refused_filing(at: datetime) -> Filing:
    filed = FilingFactory.create(submitted=True)
    refuse(filed, at)
    return Filing.objects.get(pk=filed.pk)


@pytest.fixture
def accepted(db: None, at: datetime) -> Filing:
    return accepted_filing(at)


@pytest.fixture
def refused(db: None, at: datetime) -> Filing:
    return refused_filing(at)


def propose(filing: Filing, by: User, at: datetime, words: str = "A wrong extract.") -> Any:
    return reopenings.propose(filing, words=words, by=by, at=at + LATER)


def reopen(filing: Filing, at: datetime) -> Reopening:
    proposal = propose(filing, named(Role.REVIEWER), at)
    return reopenings.confirm(proposal, by=named(Role.SENIOR_REVIEWER), at=at + LATER)


def beside_a_set_aside_paper(decide: Any) -> Filing:
    """Filed online; a paper filing replaced it, was contested, and was set aside; then decided."""
    online = FilingFactory.create(submitted=True, submitted_at=RECEIVED_AT - timedelta(days=9))
    row = confirmed(online.obligation)
    people = RepresentativeFactory.create(organisation=online.obligation.organisation)
    contested = paper.contest(row, text="Not ours.", by=people.user, at=RECEIVED_AT)
    paper.decide(
        contested,
        outcome=AnswerOutcome.UPHELD,
        decision="Not theirs.",
        by=named(Role.SENIOR_REVIEWER),
        at=RECEIVED_AT,
    )
    decide(Filing.objects.get(pk=online.pk))
    return Filing.objects.get(pk=online.pk)


@pytest.mark.django_db
class TestBesideOtherVersions:
    """What never stood, or stands as a version before it, is no later word than the decision."""

    def test_an_acceptance_is_reopened_though_a_later_version_was_set_aside(self) -> None:
        online = beside_a_set_aside_paper(
            lambda row: review.accept(row, by=named(Role.REVIEWER), at=RECEIVED_AT)
        )
        reopen(online, RECEIVED_AT)
        assert Filing.objects.get(pk=online.pk).state == FilingState.REOPENED

    def test_a_complaint_of_a_refusal_is_upheld_though_a_paper_came_for_an_earlier_day(
        self,
    ) -> None:
        """The paper counts from its postmark: a higher version, and replaced from the beginning."""
        online = FilingFactory.create(submitted=True, submitted_at=RECEIVED_AT - timedelta(days=2))
        day = day_of(RECEIVED_AT) - timedelta(days=9)
        confirmed(online.obligation, posted_on=day)
        refuse(online, RECEIVED_AT)
        complaint = appeals.complain(
            Obligation.objects.get(), text="It is real.", by=UserFactory.create(), at=RECEIVED_AT
        )
        appeals.decide(
            complaint,
            outcome=AnswerOutcome.UPHELD,
            decision="It is real.",
            by=named(Role.SENIOR_REVIEWER),
            at=RECEIVED_AT + LATER,
        )
        assert Filing.objects.get(pk=online.pk).state == FilingState.SUBMITTED
        assert Obligation.objects.get().state == State.FILED

    def test_of_two_refusals_the_later_decision_is_the_last_word_whatever_its_version(
        self,
    ) -> None:
        """A draft begun before the paper came was submitted after its refusal."""
        one = FilingFactory.create().obligation
        earlier_draft = one.filings.get()
        first = confirmed(one).filing
        refuse(first, RECEIVED_AT)
        filing_verbs.submit(
            earlier_draft,
            by=UserFactory.create(),
            at=RECEIVED_AT + timedelta(days=1),
            as_it_is=True,
        )
        refuse(earlier_draft, RECEIVED_AT + timedelta(days=2))
        with pytest.raises(Refused, match="cannot be reopened"):
            propose(Filing.objects.get(pk=first.pk), named(Role.REVIEWER), RECEIVED_AT)
        reopen(Filing.objects.get(pk=earlier_draft.pk), RECEIVED_AT)
        assert Filing.objects.get(pk=earlier_draft.pk).state == FilingState.SUBMITTED


class TestPropose:
    def test_it_changes_nothing_yet(self, accepted: Filing, reviewer: User, at: datetime) -> None:
        propose(accepted, reviewer, at)
        assert Obligation.objects.get().state == State.FULFILLED
        assert Filing.objects.get().state == FilingState.ACCEPTED
        assert not Notice.objects.filter(kind=Kind.REOPENED).exists()

    def test_twice_the_same_stands_once(
        self, accepted: Filing, reviewer: User, at: datetime
    ) -> None:
        assert propose(accepted, reviewer, at) == propose(accepted, reviewer, at)
        assert ReopeningProposal.objects.count() == 1

    @pytest.mark.parametrize("words", ["", "  "])
    def test_without_words_it_is_refused(
        self, accepted: Filing, reviewer: User, at: datetime, words: str
    ) -> None:
        with pytest.raises(Refused, match="Write why"):
            propose(accepted, reviewer, at, words)

    def test_what_waits_or_was_returned_is_not_reopened(self, reviewer: User, at: datetime) -> None:
        filed = FilingFactory.create(submitted=True)
        with pytest.raises(Refused, match="cannot be reopened"):
            propose(filed, reviewer, at)
        review.return_for_correction(filed, reasons=["other"], by=named(Role.REVIEWER), at=at)
        with pytest.raises(Refused, match="cannot be reopened"):
            propose(filed, reviewer, at)

    def test_a_refusal_after_which_they_filed_anew_is_not_reopened(
        self, refused: Filing, reviewer: User, alice: User, at: datetime
    ) -> None:
        row = Obligation.objects.get()
        filing_verbs.submit(filing_verbs.start(row, by=alice, at=at), by=alice, at=at)
        with pytest.raises(Refused, match="cannot be reopened"):
            propose(refused, reviewer, at)

    def test_nobody_of_the_organisation_proposes_it(
        self, accepted: Filing, reviewer: User, at: datetime
    ) -> None:
        RepresentativeFactory.create(organisation=accepted.obligation.organisation, user=reviewer)
        with pytest.raises(Refused, match="act for this organisation"):
            propose(accepted, reviewer, at)

    def test_who_has_no_name_for_the_letter_is_refused(
        self, accepted: Filing, at: datetime
    ) -> None:
        nameless = staff_member(Role.REVIEWER, first_name="", last_name="")
        with pytest.raises(Refused):
            propose(accepted, nameless, at)


class TestWhoConfirms:
    def test_not_who_proposed_it(self, accepted: Filing, senior: User, at: datetime) -> None:
        with pytest.raises(Refused, match="A reopening takes two people"):
            reopenings.confirm(propose(accepted, senior, at), by=senior, at=at + LATER)

    def test_not_a_reviewer(self, accepted: Filing, reviewer: User, at: datetime) -> None:
        with pytest.raises(Refused, match="Only a senior reviewer"):
            reopenings.confirm(
                propose(accepted, reviewer, at), by=named(Role.REVIEWER), at=at + LATER
            )

    def test_not_who_accepted_it(self, reviewer: User, senior: User, at: datetime) -> None:
        filed = FilingFactory.create(submitted=True)
        review.accept(filed, by=senior, at=at)
        with pytest.raises(Refused, match="took part in the decision"):
            reopenings.confirm(propose(filed, reviewer, at), by=senior, at=at + LATER)

    @pytest.mark.parametrize("part", ["by", "proposed_by"])
    def test_neither_of_the_two_who_refused_it(
        self, reviewer: User, senior: User, at: datetime, part: str
    ) -> None:
        filed = FilingFactory.create(submitted=True)
        people = {"by": named(Role.SENIOR_REVIEWER), "proposed_by": named(Role.REVIEWER)}
        people[part] = senior
        proposal = refusals.propose(
            filed,
            ground=RefusalGroundFactory.create(),
            words="Forged.",
            by=people["proposed_by"],
            at=at,
        )
        refusals.confirm(proposal, by=people["by"], at=at)
        with pytest.raises(Refused, match="took part in the decision"):
            reopenings.confirm(propose(filed, reviewer, at), by=senior, at=at + LATER)

    @pytest.mark.parametrize("whose", ["reviewer", "senior"])
    def test_nobody_of_the_organisation(
        self,
        accepted: Filing,
        reviewer: User,
        senior: User,
        at: datetime,
        whose: str,
    ) -> None:
        proposal = propose(accepted, reviewer, at)
        theirs = {"reviewer": reviewer, "senior": senior}[whose]
        RepresentativeFactory.create(organisation=accepted.obligation.organisation, user=theirs)
        with pytest.raises(Refused, match="act for this organisation"):
            reopenings.confirm(proposal, by=senior, at=at + LATER)

    def test_only_the_newest_proposal_is_confirmed(
        self, accepted: Filing, reviewer: User, senior: User, at: datetime
    ) -> None:
        read = propose(accepted, reviewer, at)
        propose(accepted, named(Role.REVIEWER), at, "Something else.")
        with pytest.raises(Refused, match="Another proposal"):
            reopenings.confirm(read, by=senior, at=at + LATER)

    def test_confirming_twice_reopens_it_once(
        self, accepted: Filing, reviewer: User, senior: User, at: datetime
    ) -> None:
        proposal = propose(accepted, reviewer, at)
        reopenings.confirm(proposal, by=senior, at=at + LATER)
        with pytest.raises(Refused, match="cannot be reopened"):
            reopenings.confirm(proposal, by=named(Role.SENIOR_REVIEWER), at=at + LATER)
        assert Notice.objects.filter(kind=Kind.REOPENED).count() == 1


class TestAnAcceptance:
    def test_it_is_due_again_in_a_new_cycle(self, accepted: Filing, at: datetime) -> None:
        before = Obligation.objects.get().cycle
        reopen(accepted, at)
        row = Obligation.objects.get()
        assert (row.state, row.cycle) == (State.DUE, before + 1)
        event = row.events.latest("pk")
        assert (event.from_state, event.to_state) == (State.FULFILLED, State.DUE)
        assert event.reason == f"reopened {accepted.number}"
        assert Standing.objects.get().state == State.DUE
        assert_states_equal_the_log()

    @pytest.mark.django_db
    def test_it_has_thirty_working_days_at_least(self, at: datetime) -> None:
        late = datetime(2027, 6, 1, 12, tzinfo=at.tzinfo)
        reopen(accepted_filing(late), late)
        assert Obligation.objects.get().due_on == add_working_days(day_of(late + LATER), 30)

    def test_a_later_date_of_its_own_is_kept(self, accepted: Filing, at: datetime) -> None:
        reopen(accepted, at)
        assert Obligation.objects.get().due_on == date(2026, 12, 1)

    def test_the_review_and_the_filing_stay_to_be_read(
        self, accepted: Filing, at: datetime
    ) -> None:
        made = reopen(accepted, at)
        assert made.review == Review.objects.get()
        assert Filing.objects.get().state == FilingState.REOPENED

    def test_the_letter_names_why_by_when_and_both(self, accepted: Filing, at: datetime) -> None:
        RepresentativeFactory.create(
            organisation=accepted.obligation.organisation,
            user=UserFactory.create(language="en"),
        )
        reopen(accepted, at)
        body = Notice.objects.get(kind=Kind.REOPENED).text.body
        for words in ("A wrong extract.", "1 December 2026", "holds no more", "Reviewer; Әсел"):
            assert words in body

    def test_a_letter_of_acceptance_that_waits_goes_out_no_more(
        self, accepted: Filing, at: datetime
    ) -> None:
        RepresentativeFactory.create(
            organisation=accepted.obligation.organisation, user=UserFactory.create()
        )
        waiting = Dispatch.objects.filter(notice__kind=Kind.ACCEPTED)
        assert set(waiting.values_list("state", flat=True)) == {DispatchState.QUEUED}
        reopen(accepted, at)
        assert set(waiting.values_list("state", flat=True)) == {DispatchState.SUPPRESSED}

    def test_the_certificate_holds_no_more(self, accepted: Filing, at: datetime) -> None:
        document = IssuedDocument.objects.get(kind=DocumentKind.CERTIFICATE)
        assert not verify.holds_no_more(document)
        reopen(accepted, at)
        assert verify.holds_no_more(document)
        assert certificates.of(Filing.objects.select_related("obligation").get()) is None
        assert certificates.issued_to(accepted) == document

    def test_the_page_that_verifies_it_says_so_and_not_why(
        self, accepted: Filing, client: Browser, at: datetime
    ) -> None:
        document = IssuedDocument.objects.get(kind=DocumentKind.CERTIFICATE)
        client.speak("en")
        address = reverse("verify_number", args=[document.number])
        assert "holds no more" not in client.get(address).content.decode()
        reopen(accepted, at)
        page = client.get(address).content.decode()
        assert "This certificate holds no more." in page
        assert "A wrong extract." not in page

    def test_once_accepted_anew_the_new_certificate_holds_and_the_old_one_not(
        self, accepted: Filing, alice: User, reviewer: User, at: datetime
    ) -> None:
        reopen(accepted, at)
        row, then = Obligation.objects.get(), at + LATER
        draft = filing_verbs.start(row, by=alice, at=then)
        assert draft.head_name == accepted.head_name
        second = filing_verbs.submit(draft, by=alice, at=then)
        review.accept(second, by=reviewer, at=then)
        old, new = IssuedDocument.objects.filter(kind=DocumentKind.CERTIFICATE).order_by("pk")
        assert (verify.holds_no_more(old), verify.holds_no_more(new)) == (True, False)
        assert_states_equal_the_log()

    def test_who_has_filed_is_never_marked_by_a_task(self, accepted: Filing, at: datetime) -> None:
        reopen(accepted, at)
        row = Obligation.objects.get()
        assert row.first_filed_at is not None
        long_after = date(2028, 1, 17)
        past_due.move_all(row.campaign, on=long_after, at=at + timedelta(days=600))
        assert Obligation.objects.get().state == State.OVERDUE
        assert not rule.liquidable(row.campaign, long_after).exists()
        with pytest.raises(IntegrityError, match="obligation_marked_never_filed"):
            Obligation.objects.update(state=State.MARKED)

    def test_more_time_is_given_from_its_new_date(self, accepted: Filing, at: datetime) -> None:
        """Which does not follow from the campaign's: more days on that one may end before it."""
        Campaign.objects.update(due_on=day_of(at) + timedelta(days=2))
        reopen(accepted, at)
        row = Obligation.objects.get()
        before = row.due_on
        extensions.grant(
            row,
            cycle=row.cycle,
            days=10,
            ground="Письмо",
            by=named(Role.SENIOR_REVIEWER),
            at=at + LATER,
        )
        row.refresh_from_db()
        assert row.due_on == deadlines.term_ends_on(before, 10)


class TestARefusal:
    def test_the_same_filing_is_reviewed_again(self, refused: Filing, at: datetime) -> None:
        submitted_at = refused.submitted_at
        reopen(refused, at)
        again = Filing.objects.get()
        assert (again.state, again.submitted_at) == (FilingState.SUBMITTED, submitted_at)
        row = Obligation.objects.get()
        assert row.state == State.FILED
        assert row.events.latest("pk").reason == f"reopened {refused.number}"
        assert_states_equal_the_log()

    def test_it_is_decided_a_second_time_and_both_stay(
        self, refused: Filing, reviewer: User, at: datetime
    ) -> None:
        reopen(refused, at)
        review.accept(Filing.objects.get(), by=reviewer, at=at + LATER)
        assert list(Review.objects.values_list("turn", "decision")) == [
            (1, Decision.REFUSE),
            (2, Decision.ACCEPT),
        ]
        again = Filing.objects.get()
        assert again.review == Review.objects.get(turn=2)
        assert certificates.of(again) is not None

    def test_what_was_proposed_before_is_not_confirmed_again(
        self, refused: Filing, senior: User, at: datetime
    ) -> None:
        reopen(refused, at)
        again = Filing.objects.get()
        assert refusals.standing(again) is None
        with pytest.raises(Refused, match="Another proposal"):
            refusals.confirm(again.refusal_proposals.get(), by=senior, at=at + LATER)

    def test_it_may_be_refused_anew_by_others_and_a_second_letter_says_so(
        self, refused: Filing, at: datetime
    ) -> None:
        reopen(refused, at)
        then = at + 2 * LATER
        proposal = refusals.propose(
            Filing.objects.get(),
            ground=RefusalGroundFactory.create(),
            words="Forged, and a court says so.",
            by=named(Role.REVIEWER),
            at=then,
        )
        refusals.confirm(proposal, by=named(Role.SENIOR_REVIEWER), at=then)
        assert Notice.objects.filter(kind=Kind.REFUSED).count() == 2
        assert Obligation.objects.get().state == State.REFUSED

    @pytest.mark.django_db
    def test_a_closure_that_was_verified_before_is_verified_anew(self, at: datetime) -> None:
        closed = FilingFactory.create(submitted=True, kind=FilingKind.CLOSED)
        closures.verify(closed, note="By court.", by=named(Role.REVIEWER), at=at)
        proposal = refusals.propose(
            closed,
            ground=RefusalGroundFactory.create(),
            words="Forged.",
            by=named(Role.REVIEWER),
            at=at,
        )
        refusals.confirm(proposal, by=named(Role.SENIOR_REVIEWER), at=at)
        reopen(closed, at)
        assert closures.verification_of(Filing.objects.get()) is None

    def test_it_is_not_among_those_that_are_accepted_together(
        self, refused: Filing, at: datetime
    ) -> None:
        Filing.objects.update(was_clean=True)
        reopen(refused, at)
        assert Filing.objects.get().was_clean is False

    def test_the_letter_says_that_nothing_is_to_be_done(
        self, refused: Filing, at: datetime
    ) -> None:
        RepresentativeFactory.create(
            organisation=refused.obligation.organisation, user=UserFactory.create(language="en")
        )
        reopen(refused, at)
        body = Notice.objects.get(kind=Kind.REFUSAL_LIFTED).text.body
        assert "A wrong extract." in body
        assert "What to do: nothing." in body


class TestAComplaint:
    def upheld(self, refused: Filing, by: User, at: datetime) -> Complaint:
        row = Obligation.objects.get(pk=refused.obligation_id)
        complaint = appeals.complain(
            row, text="The charter is ours.", by=UserFactory.create(), at=at + timedelta(days=1)
        )
        return appeals.decide(
            complaint, outcome=AnswerOutcome.UPHELD, decision="It is real.", by=by, at=at + LATER
        )

    def test_upheld_has_the_filing_reviewed_again(
        self, refused: Filing, senior: User, at: datetime
    ) -> None:
        complaint = self.upheld(refused, senior, at)
        made = Reopening.objects.get()
        assert (made.complaint, made.proposed_by, made.by) == (complaint, None, senior)
        assert made.words == "It is real."
        assert Filing.objects.get().state == FilingState.SUBMITTED
        assert Obligation.objects.get().state == State.FILED
        assert Notice.objects.filter(kind=Kind.REFUSAL_LIFTED).count() == 1
        assert_states_equal_the_log()

    @pytest.mark.usefixtures("refused")
    def test_dismissed_leaves_the_refusal(self, senior: User, at: datetime) -> None:
        complaint = appeals.complain(
            Obligation.objects.get(), text="No.", by=UserFactory.create(), at=at
        )
        appeals.decide(
            complaint, outcome=AnswerOutcome.DISMISSED, decision="Forged.", by=senior, at=at + LATER
        )
        assert Filing.objects.get().state == FilingState.REFUSED
        assert not Reopening.objects.exists()

    @pytest.mark.usefixtures("refused")
    def test_of_an_earlier_refusal_it_leaves_the_new_filing(
        self, alice: User, senior: User, at: datetime
    ) -> None:
        row = Obligation.objects.get()
        complaint = appeals.complain(row, text="No.", by=UserFactory.create(), at=at)
        second = filing_verbs.submit(filing_verbs.start(row, by=alice, at=at), by=alice, at=at)
        proposal = refusals.propose(
            second,
            ground=RefusalGroundFactory.create(),
            words="Forged.",
            by=named(Role.REVIEWER),
            at=at + LATER,
        )
        refusals.confirm(proposal, by=named(Role.SENIOR_REVIEWER), at=at + LATER)
        appeals.decide(
            complaint, outcome=AnswerOutcome.UPHELD, decision="Yes.", by=senior, at=at + LATER
        )
        assert Obligation.objects.get().state == State.REFUSED
        assert not Reopening.objects.exists()

    def test_who_reopened_it_decides_on_no_complaint_of_it(
        self, refused: Filing, at: datetime
    ) -> None:
        made = reopen(refused, at)
        row = Obligation.objects.get()
        assert made.proposed_by is not None
        for one in (made.by, made.proposed_by):
            assert partiality.took_part(one_person.of(one, made.at), row)


@pytest.mark.usefixtures("real_commits")
class TestAtOnce:
    def test_two_confirmations_reopen_it_once(self, at: datetime) -> None:
        proposal = propose(accepted_filing(at), named(Role.REVIEWER), at)
        one, other = named(Role.SENIOR_REVIEWER), named(Role.SENIOR_REVIEWER)
        won, lost = one_behind_the_other(
            lambda: reopenings.confirm(proposal, by=one, at=at + LATER),
            lambda: reopenings.confirm(proposal, by=other, at=at + LATER),
        )
        assert isinstance(won, Reopening)
        assert isinstance(lost, Refused)
        assert Reopening.objects.count() == 1
        assert_states_equal_the_log()

    def test_of_a_reopening_and_a_new_filing_one_stands(self, at: datetime) -> None:
        refused = refused_filing(at)
        alice, senior = UserFactory.create(), named(Role.SENIOR_REVIEWER)
        draft = filing_verbs.start(Obligation.objects.get(), by=alice, at=at)
        proposal = propose(refused, named(Role.REVIEWER), at)
        filed, lost = one_behind_the_other(
            lambda: filing_verbs.submit(draft, by=alice, at=at + LATER),
            lambda: reopenings.confirm(proposal, by=senior, at=at + LATER),
        )
        assert isinstance(filed, Filing)
        assert isinstance(lost, Refused)
        assert Obligation.objects.get().state == State.FILED
        assert Filing.objects.get(state=FilingState.SUBMITTED) == filed
        assert_states_equal_the_log()


class TestTheDatabase:
    @pytest.mark.usefixtures("accepted")
    @pytest.mark.parametrize("whose", ["own", "nobody"])
    def test_holds_no_reopening_of_one_person_alone(self, at: datetime, whose: str) -> None:
        by = UserFactory.create()
        with pytest.raises(IntegrityError, match="reopening_takes_two_people_or_a_complaint"):
            Reopening.objects.create(
                review=Review.objects.get(),
                words="So.",
                proposed_by=by if whose == "own" else None,
                by=by,
                at=at,
            )

    def test_holds_one_reopening_a_decision(self, accepted: Filing, at: datetime) -> None:
        reopen(accepted, at)
        with pytest.raises(IntegrityError, match="review_id"):
            Reopening.objects.create(
                review=Review.objects.get(),
                words="Again.",
                proposed_by=UserFactory.create(),
                by=UserFactory.create(),
                at=at,
            )

    def test_holds_one_decision_a_turn(self, accepted: Filing, at: datetime) -> None:
        with pytest.raises(IntegrityError, match="review_once_a_turn"):
            Review.objects.create(
                filing=accepted, decision=Decision.ACCEPT, by=UserFactory.create(), at=at
            )

    @pytest.mark.usefixtures("accepted")
    @pytest.mark.parametrize("model", [Reopening, ReopeningProposal])
    def test_holds_none_without_words(self, at: datetime, model: Any) -> None:
        other = {"proposed_by": UserFactory.create()} if model is Reopening else {}
        with pytest.raises(IntegrityError, match="says_why"):
            model.objects.create(
                review=Review.objects.get(), words="", by=UserFactory.create(), at=at, **other
            )
