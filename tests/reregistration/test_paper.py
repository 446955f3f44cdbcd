"""Filings on paper: logged, typed in, confirmed by a second clerk, counted from the postmark."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.refusals import Refused
from accounts.roles import Role
from notices.models import Dispatch, IssuedDocument, Notice
from notices.states import DocumentKind, Kind
from registry.calendar import ALMATY, day_of
from registry.models import Claim
from reregistration import access, closures, filing, obligations, paper, paper_terms, review
from reregistration.marking import mark, rule
from reregistration.models import Filing, Obligation, PaperFiling, PaperStep
from reregistration.obligations import past_due
from reregistration.sections.sheet import Entry
from reregistration.sections.table import ALL
from reregistration.states import (
    AnswerOutcome,
    FilingKind,
    FilingState,
    PaperState,
    PaperStepKind,
    ReleaseReason,
    State,
)
from tests.concurrency import one_behind_the_other, together
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.paper import (
    RECEIVED_AT,
    RECEIVED_ON,
    clerk,
    confirm,
    confirmed,
    received,
    scan,
    type_in,
    typed,
)
from tests.factories.registry import ClaimFactory, ContactFactory, RepresentativeFactory
from tests.factories.reregistration import (
    MARKING_DAY,
    FilingFactory,
    ObligationFactory,
    authorised_round,
    liquidable_obligation,
    noon,
)
from tests.reregistration.assertions import assert_events_chain, assert_states_equal_the_log

pytestmark = pytest.mark.usefixtures("in_english")


def fresh(row: Any) -> Any:
    return type(row)._default_manager.get(pk=row.pk)


@pytest.fixture
def senior(db: None) -> User:
    return staff_member(Role.SENIOR_REVIEWER)


@pytest.mark.django_db
class TestReceive:
    def test_it_waits_to_be_typed_in_and_nothing_moves(self) -> None:
        row = received()
        assert (row.state, row.obligation.state) == (PaperState.TO_TYPE, State.DUE)
        draft = row.filing
        assert (draft.state, draft.name_ru, draft.email) == (FilingState.DRAFT, "", "")
        assert [step.kind for step in row.steps.all()] == [PaperStepKind.RECEIVED]

    def test_the_same_scan_again_is_the_same_paper(self) -> None:
        one = ObligationFactory.create()
        page = scan()
        first = received(one, scan=page)
        assert received(one, scan=page) == first
        assert PaperFiling.objects.count() == Filing.objects.count() == 1

    @pytest.mark.parametrize(
        ("dates", "words"),
        [
            ({"received_on": RECEIVED_ON + timedelta(days=1)}, "lies ahead"),
            ({"posted_on": RECEIVED_ON + timedelta(days=1)}, "later than the day of receipt"),
        ],
    )
    def test_dates_that_cannot_be_are_refused(self, dates: dict[str, Any], words: str) -> None:
        with pytest.raises(Refused, match=words):
            received(**dates)
        assert not PaperFiling.objects.exists()

    def test_nothing_is_logged_where_nothing_can_be_filed(self) -> None:
        with pytest.raises(Refused, match="Nothing can be filed"):
            received(ObligationFactory.create(fulfilled=True))

    def test_a_clerk_who_acts_for_the_organisation_is_refused(self) -> None:
        hers = RepresentativeFactory.create(user=clerk())
        row = ObligationFactory.create(organisation=hers.organisation)
        with pytest.raises(Refused, match="You act for this organisation"):
            received(row, by=hers.user)

    def test_the_organisation_sees_nothing_of_it_and_keeps_its_own_draft(
        self, alice: User, at: datetime
    ) -> None:
        one = ObligationFactory.create()
        RepresentativeFactory.create(organisation=one.organisation, user=alice)
        row = received(one)
        assert access.draft_of(alice, one) is None
        own = filing.start(one, by=alice, at=at)
        assert own != row.filing
        assert access.draft_of(alice, one) == own


@pytest.mark.django_db
class TestProtects:
    def test_nobody_is_marked_whose_paper_waits(self) -> None:
        one = liquidable_obligation()
        authorised_round(one.campaign)
        received(one, received_on=MARKING_DAY, at=noon(MARKING_DAY))
        assert [each.code for each in rule.reasons_against(one, MARKING_DAY)] == ["no_draft"]
        mark.mark_next(one.campaign, at=noon(MARKING_DAY))
        assert fresh(one).state == State.OVERDUE

    def test_no_further_step_is_taken(self, at: datetime) -> None:
        one = ObligationFactory.create(marked=True)
        received(one)
        with pytest.raises(Refused, match="paper filing is open"):
            obligations.move(one, State.REFERRED, by=None, at=at)

    def test_it_does_not_become_overdue_meanwhile(self) -> None:
        one, other = ObligationFactory.create(), ObligationFactory.create()
        other.campaign = one.campaign
        other.save()
        received(one)
        on = one.due_on + timedelta(days=2)
        assert past_due.move_all(one.campaign, on=on, at=noon(on)) == 1
        assert (fresh(one).state, fresh(other).state) == (State.DUE, State.OVERDUE)

    def test_what_was_logged_in_error_protects_no_more(self) -> None:
        one = liquidable_obligation()
        row = received(one, received_on=MARKING_DAY, at=noon(MARKING_DAY))
        paper.drop(row, reason="Другая организация", by=clerk(), at=noon(MARKING_DAY))
        assert rule.reasons_against(one, MARKING_DAY) == []
        on = MARKING_DAY + timedelta(days=1)
        assert obligations.move(one, State.MARKED, by=None, at=noon(on)).state == State.MARKED

    def test_who_logged_it_does_not_drop_it_alone(self) -> None:
        row = received()
        with pytest.raises(Refused, match="Another person"):
            paper.drop(row, reason="x", by=row.received_by, at=RECEIVED_AT)
        with pytest.raises(Refused, match="Write why"):
            paper.drop(row, reason=" ", by=clerk(), at=RECEIVED_AT)


@pytest.mark.django_db
class TestTypeIn:
    def test_what_is_typed_in_waits_for_another_person(self) -> None:
        row = typed()
        assert (row.state, row.typed_by) == (PaperState.TO_CONFIRM, row.received_by)
        assert fresh(row.filing).income == 1200000

    def test_nothing_typed_is_refused(self) -> None:
        row = received()
        with pytest.raises(Refused, match="Nothing is typed in"):
            paper.finish(row, by=row.received_by, at=RECEIVED_AT)

    def test_once_typed_in_no_section_is_changed(self) -> None:
        row = typed()
        with pytest.raises(Refused, match="“to confirm” now"):
            type_in(row, by=row.received_by)

    def test_it_is_sent_back_with_words_and_typed_anew(self) -> None:
        row = typed()
        with pytest.raises(Refused, match="what differs"):
            paper.send_back(row, reason=" ", by=clerk(), at=RECEIVED_AT)
        back = paper.send_back(row, reason="Доход: 1,2 млн", by=clerk(), at=RECEIVED_AT)
        assert (back.state, back.typed_by) == (PaperState.TO_TYPE, None)
        assert [step.note for step in back.steps.all()] == ["", "", "Доход: 1,2 млн"]
        section = ALL["year"]
        entry = Entry({"employees": 3}, {})
        paper.save_section(row, section, entry, revision=1, by=row.received_by, at=RECEIVED_AT)
        again = paper.finish(row, by=row.received_by, at=RECEIVED_AT)
        assert again.state == PaperState.TO_CONFIRM

    def test_two_clicks_finish_it_once(self) -> None:
        row = typed()
        paper.finish(row, by=row.received_by, at=RECEIVED_AT)
        assert PaperStep.objects.filter(kind=PaperStepKind.TYPED).count() == 1


@pytest.mark.django_db
class TestConfirm:
    def test_it_is_filed_as_of_the_postmark(self) -> None:
        """Posted on the last day, received and confirmed after it: on time."""
        one = ObligationFactory.create(overdue=True)
        later = one.due_on + timedelta(days=6)
        row = typed(one, received_on=later, posted_on=one.due_on, at=noon(later))
        filed = confirm(row, at=noon(later + timedelta(days=1)))
        one.refresh_from_db()
        assert (filed.state, one.state, one.on_time) == (FilingState.SUBMITTED, State.FILED, True)
        assert filed.submitted_at == one.first_filed_at == row.counts_at
        assert row.counts_at.astimezone(ALMATY) == datetime(
            one.due_on.year, one.due_on.month, one.due_on.day, 23, 59, 59, tzinfo=ALMATY
        )
        assert_states_equal_the_log()
        assert_events_chain(one)

    def test_posted_a_day_late_is_late(self) -> None:
        one = ObligationFactory.create(overdue=True)
        later = one.due_on + timedelta(days=6)
        row = typed(
            one, received_on=later, posted_on=one.due_on + timedelta(days=1), at=noon(later)
        )
        confirm(row, at=noon(later))
        assert fresh(one).on_time is False

    def test_handed_in_counts_from_its_logging(self) -> None:
        row = confirmed()
        assert fresh(row.filing).submitted_at == RECEIVED_AT

    def test_a_part_that_is_missing_on_the_paper_is_named_and_protects(self) -> None:
        row = received()
        paper.save_section(
            row,
            ALL["year"],
            Entry({"employees": 1}, {}),
            revision=0,
            by=row.received_by,
            at=RECEIVED_AT,
        )
        paper.finish(row, by=row.received_by, at=RECEIVED_AT)
        filed = confirm(row)
        assert "income" in filed.incomplete
        assert fresh(row.obligation).state == State.FILED

    def test_the_scan_is_among_its_papers_and_under_its_fingerprint(self) -> None:
        row = confirmed()
        filed = fresh(row.filing)
        assert filed.attachments.get().file == row.scan
        assert row.scan.sha256.encode() in filing.frozen(filed)
        assert filed.declaration is None
        assert filing.fingerprint(filed) == filed.sha256

    def test_a_receipt_is_issued_and_every_address_told(self) -> None:
        one = ObligationFactory.create()
        RepresentativeFactory.create(
            organisation=one.organisation, user=UserFactory.create(email="head@ngo.example")
        )
        ContactFactory.create(organisation=one.organisation, value="office@ngo.example")
        ContactFactory.create(
            organisation=one.organisation,
            value="old@ngo.example",
            retired_at=RECEIVED_AT - timedelta(days=9),
        )
        row = confirmed(one)
        assert IssuedDocument.objects.filter(kind=DocumentKind.RECEIPT).count() == 1
        told = Dispatch.objects.filter(notice__kind=Kind.PAPER_FILED)
        assert set(told.values_list("address", flat=True)) >= {
            "head@ngo.example",
            "office@ngo.example",
            "old@ngo.example",
        }
        assert Notice.objects.filter(kind=Kind.RECEIPT).count() == 1
        assert fresh(row.filing).number

    @pytest.mark.parametrize("hand", ["received_by", "typed_by"])
    def test_who_had_a_hand_in_it_does_not_confirm_it(self, hand: str) -> None:
        row = typed(typist=clerk())
        with pytest.raises(Refused, match="Another person confirms"):
            confirm(row, by=getattr(row, hand))
        assert fresh(row).state == PaperState.TO_CONFIRM

    def test_who_typed_in_one_section_does_not_confirm_it(self) -> None:
        row, helper = received(), clerk()
        entry = Entry({"employees": 1}, {})
        paper.save_section(row, ALL["year"], entry, revision=0, by=helper, at=RECEIVED_AT)
        paper.finish(row, by=row.received_by, at=RECEIVED_AT)
        with pytest.raises(Refused, match="Another person confirms"):
            confirm(row, by=helper)

    @pytest.mark.parametrize("hand", ["received_by", "typed_by"])
    def test_the_database_refuses_it_too(self, hand: str) -> None:
        row = typed(typist=clerk())
        row.state, row.confirmed_by, row.confirmed_at = (
            PaperState.CONFIRMED,
            getattr(row, hand),
            RECEIVED_AT,
        )
        with pytest.raises(IntegrityError, match="paper_confirmed_by_a_second_person"):
            row.save()

    def test_what_was_typed_anew_is_compared_anew(self) -> None:
        row = typed()
        with pytest.raises(Refused, match="typed in anew"):
            paper.confirm(row, revision=1, by=clerk(), at=RECEIVED_AT)

    def test_two_clicks_file_it_once(self) -> None:
        row, second = typed(), clerk()
        assert confirm(row, by=second) == confirm(row, by=second)
        assert Notice.objects.filter(kind=Kind.PAPER_FILED).count() == 1

    def test_a_marked_organisation_is_taken_out(self) -> None:
        one = ObligationFactory.create(marked=True)
        confirmed(one)
        assert fresh(one).state == State.FILED

    def test_nothing_is_filed_where_that_ended_meanwhile(self) -> None:
        row = typed()
        exempt = ReleaseReason.EXEMPT
        obligations.move(
            row.obligation, State.RELEASED, by=None, at=RECEIVED_AT, release_reason=exempt
        )
        with pytest.raises(Refused, match="Nothing can be filed"):
            confirm(row)


@pytest.mark.django_db
class TestBesideAnOnlineFiling:
    def online(self, one: Obligation, at: datetime) -> Filing:
        draft = FilingFactory.create(obligation=one, version=50)
        return filing.submit(draft, by=UserFactory.create(), at=at)

    def test_the_later_one_stands_though_the_paper_is_confirmed_last(self) -> None:
        one = ObligationFactory.create()
        row = typed(one, posted_on=RECEIVED_ON - timedelta(days=3))
        online = self.online(one, RECEIVED_AT)
        filed = confirm(row, at=RECEIVED_AT + timedelta(days=1))
        assert (fresh(online).state, filed.state) == (
            FilingState.SUBMITTED,
            FilingState.SUPERSEDED,
        )
        assert fresh(one).first_filed_at == row.counts_at
        assert_states_equal_the_log()

    def test_a_paper_posted_in_time_makes_a_late_online_filing_on_time(self) -> None:
        one = ObligationFactory.create(overdue=True)
        later = one.due_on + timedelta(days=6)
        row = typed(one, received_on=later, posted_on=one.due_on, at=noon(later))
        self.online(one, noon(later))
        assert fresh(one).on_time is False
        confirm(row, at=noon(later + timedelta(days=1)))
        assert fresh(one).on_time is True
        assert_states_equal_the_log()

    def test_a_paper_after_the_online_filing_replaces_it(self) -> None:
        one = ObligationFactory.create()
        online = self.online(one, RECEIVED_AT - timedelta(days=2))
        row = confirmed(one)
        assert fresh(online).state == FilingState.SUPERSEDED
        assert fresh(row.filing).state == FilingState.SUBMITTED

    @pytest.mark.parametrize("claim", ["refused", "waiting"])
    def test_what_a_stranger_filed_later_under_a_claim_does_not_stand_above_it(
        self, claim: str
    ) -> None:
        one = ObligationFactory.create()
        row = typed(one, posted_on=RECEIVED_ON - timedelta(days=3))
        claimed = ClaimFactory.create(organisation=one.organisation)
        strange = FilingFactory.create(obligation=one, version=50, claim=claimed)
        filing.submit(strange, by=claimed.user, at=RECEIVED_AT)
        if claim == "refused":
            review.return_for_correction(
                fresh(strange),
                reasons=["address_unclear"],
                by=staff_member(Role.REVIEWER, first_name="Әсел", last_name="Жұмабаева"),
                at=RECEIVED_AT,
            )
            Claim.objects.filter(pk=claimed.pk).update(
                state=Claim.State.REFUSED, decided_at=RECEIVED_AT
            )
        filed = confirm(row, at=RECEIVED_AT + timedelta(days=1))
        assert (filed.state, fresh(one).state) == (FilingState.SUBMITTED, State.FILED)
        assert fresh(strange).state != FilingState.SUBMITTED
        assert fresh(one).first_filed_at == row.counts_at
        assert_states_equal_the_log()

    def test_an_open_draft_stays_open(self, alice: User, at: datetime) -> None:
        one = ObligationFactory.create()
        draft = filing.start(one, by=alice, at=at)
        confirmed(one)
        assert fresh(draft).state == FilingState.DRAFT


@pytest.mark.django_db
class TestReview:
    def test_it_is_accepted_only_after_the_days_to_contest(self) -> None:
        row, reviewer = confirmed(), staff_member(Role.REVIEWER)
        until_on = paper_terms.contest_until_on(row.confirmed_at or RECEIVED_AT)
        with pytest.raises(Refused, match="may contest it until"):
            review.accept(row.filing, by=reviewer, at=noon(until_on))
        review.accept(row.filing, by=reviewer, at=noon(until_on + timedelta(days=1)))
        assert fresh(row.obligation).state == State.FULFILLED

    def test_who_typed_it_in_does_not_review_it(self) -> None:
        typist = clerk()
        row = confirmed(by=clerk(), typist=typist)
        later = noon(RECEIVED_ON + timedelta(days=40))
        with pytest.raises(Refused, match="Another reviewer"):
            review.accept(row.filing, by=row.received_by, at=later)

    def test_a_contested_one_is_not_decided(self, alice: User) -> None:
        row = confirmed()
        paper.contest(row, text="Не мы", by=alice, at=RECEIVED_AT)
        later = noon(RECEIVED_ON + timedelta(days=40))
        with pytest.raises(Refused, match="is not its filing"):
            review.return_for_correction(
                row.filing, reasons=["other"], by=staff_member(Role.REVIEWER), at=later
            )

    def test_a_contested_closure_is_neither_verified_nor_released(self, alice: User) -> None:
        row = confirmed(kind=FilingKind.CLOSED)
        reviewer = staff_member(Role.REVIEWER)
        closures.verify(row.filing, note="Снята", by=reviewer, at=RECEIVED_AT)
        paper.contest(row, text="Не мы", by=alice, at=RECEIVED_AT)
        ripe = RECEIVED_ON + timedelta(days=60)
        released = closures.release_verified(row.obligation.campaign, on=ripe, at=noon(ripe))
        assert released == 0
        with pytest.raises(Refused, match="is not its filing"):
            closures.verify(row.filing, note="Снята", by=staff_member(Role.REVIEWER), at=noon(ripe))


@pytest.mark.django_db
class TestContest:
    def decided(self, row: PaperFiling, by: User, outcome: AnswerOutcome) -> PaperFiling:
        return paper.decide(row, outcome=outcome, decision="Подпись не та", by=by, at=RECEIVED_AT)

    def contested(self, **fields: Any) -> PaperFiling:
        row = confirmed(**fields)
        return paper.contest(row, text="Не мы", by=UserFactory.create(), at=RECEIVED_AT)

    def test_upheld_it_is_set_aside_and_the_organisation_files_itself(
        self, senior: User, alice: User
    ) -> None:
        row = self.contested()
        self.decided(row, senior, AnswerOutcome.UPHELD)
        one = fresh(row.obligation)
        assert (fresh(row.filing).state, one.state) == (FilingState.SET_ASIDE, State.RETURNED)
        assert Notice.objects.filter(kind=Kind.ANSWER_DECIDED).count() == 1
        RepresentativeFactory.create(organisation=one.organisation, user=alice)
        # Nothing of the paper stands in what the organisation begins.
        own = filing.start(one, by=alice, at=RECEIVED_AT)
        assert own.email == ""
        assert_states_equal_the_log()

    def test_upheld_the_version_that_it_replaced_is_under_review_again(self, senior: User) -> None:
        one = ObligationFactory.create()
        draft = FilingFactory.create(obligation=one)
        before = RECEIVED_AT - timedelta(days=2)
        own = filing.submit(draft, by=UserFactory.create(), at=before)
        row = self.contested(obligation=one)
        self.decided(row, senior, AnswerOutcome.UPHELD)
        assert (fresh(own).state, fresh(one).state) == (FilingState.SUBMITTED, State.FILED)

    def test_upheld_after_the_organisation_filed_itself_its_own_stands(self, senior: User) -> None:
        row = self.contested()
        draft = FilingFactory.create(obligation=row.obligation, version=50)
        own = filing.submit(draft, by=UserFactory.create(), at=RECEIVED_AT + timedelta(hours=1))
        self.decided(row, senior, AnswerOutcome.UPHELD)
        assert fresh(own).state == FilingState.SUBMITTED
        assert fresh(row.filing).state == FilingState.SET_ASIDE

    def test_dismissed_the_review_goes_on(self, senior: User) -> None:
        row = self.contested()
        self.decided(row, senior, AnswerOutcome.DISMISSED)
        review.accept(row.filing, by=staff_member(Role.REVIEWER), at=RECEIVED_AT)
        assert fresh(row.obligation).state == State.FULFILLED

    def test_it_is_contested_once_and_with_words(self, alice: User) -> None:
        row = confirmed()
        with pytest.raises(Refused, match="in a few words"):
            paper.contest(row, text=" ", by=alice, at=RECEIVED_AT)
        for _click in range(2):
            paper.contest(row, text="Не мы", by=alice, at=RECEIVED_AT)
        assert PaperStep.objects.filter(kind=PaperStepKind.CONTESTED).count() == 1

    def test_what_is_not_filed_yet_is_not_contested(self, alice: User) -> None:
        with pytest.raises(Refused, match="not under review"):
            paper.contest(typed(), text="Не мы", by=alice, at=RECEIVED_AT)

    @pytest.mark.parametrize("hand", ["received_by", "typed_by", "confirmed_by"])
    def test_who_had_a_hand_in_it_does_not_decide(self, hand: str) -> None:
        row = confirmed(by=clerk(), typist=clerk())
        row = paper.contest(row, text="Не мы", by=UserFactory.create(), at=RECEIVED_AT)
        with pytest.raises(Refused, match="Somebody else decides"):
            self.decided(row, getattr(row, hand), AnswerOutcome.DISMISSED)
        row.decided_by, row.decided_at = getattr(row, hand), RECEIVED_AT
        row.outcome, row.decision = AnswerOutcome.DISMISSED, "x"
        with (
            pytest.raises(IntegrityError, match="paper_contest_decided_by_another"),
            transaction.atomic(),
        ):
            row.save()

    def test_it_is_decided_once(self, senior: User) -> None:
        row = self.contested()
        self.decided(row, senior, AnswerOutcome.DISMISSED)
        with pytest.raises(Refused, match="Nothing waits"):
            self.decided(row, senior, AnswerOutcome.UPHELD)


@pytest.mark.django_db
class TestTheDatabase:
    @pytest.mark.parametrize(
        ("fields", "constraint"),
        [
            (
                {"posted_on": RECEIVED_ON + timedelta(days=1)},
                "paper_posted_before_it_was_received",
            ),
            ({"counts_at": RECEIVED_AT + timedelta(days=1)}, "paper_counts_from_the_past"),
            ({"state": PaperState.TO_CONFIRM}, "paper_typed_before_it_is_confirmed"),
            ({"state": "elsewhere"}, "paper_state_is_known"),
            ({"scan_id": None}, "scan_id"),
            ({"contest_text": "x"}, "paper_contested_once_confirmed"),
            ({"decision": "x"}, "paper_contest_decided_whole"),
        ],
    )
    def test_a_paper_that_cannot_be_is_refused(
        self, fields: dict[str, Any], constraint: str
    ) -> None:
        row = received()
        with pytest.raises(IntegrityError, match=constraint):
            PaperFiling.objects.filter(pk=row.pk).update(**fields)

    def test_only_what_came_on_paper_is_set_aside(self) -> None:
        own = FilingFactory.create(submitted=True)
        with pytest.raises(IntegrityError, match="filing_set_aside_came_on_paper"):
            Filing.objects.filter(pk=own.pk).update(state=FilingState.SET_ASIDE)


@pytest.mark.usefixtures("real_commits")
class TestAtOnce:
    def test_two_clerks_who_confirm_at_once_file_it_once(self) -> None:
        row, revision = typed(), 0
        revision = Filing.objects.get(paper=row).revision
        calls = [
            partial(paper.confirm, row, revision=revision, by=clerk(), at=RECEIVED_AT)
            for _clerk in range(2)
        ]
        first, second = together(*calls)
        assert first == second
        assert Notice.objects.filter(kind=Kind.PAPER_FILED).count() == 1

    def test_a_paper_logged_while_it_is_being_marked(self) -> None:
        """Whichever comes first: it is marked before, or not at all."""
        one = liquidable_obligation()
        authorised_round(one.campaign)
        page, by, at = scan(), clerk(), noon(MARKING_DAY)
        log = partial(received, one, scan=page, by=by, at=at, received_on=MARKING_DAY)
        one_behind_the_other(log, partial(mark.mark_next, one.campaign, at=at))
        assert fresh(one).state == State.OVERDUE

    def test_a_paper_logged_while_the_due_date_passes(self) -> None:
        one = ObligationFactory.create()
        on = one.due_on + timedelta(days=2)
        log = partial(received, one, scan=scan(), by=clerk(), received_on=on, at=noon(on))
        past = partial(past_due.move_all, one.campaign, on=on, at=noon(on))
        _paper, moved = one_behind_the_other(log, past)
        assert (moved, fresh(one).state) == (0, State.DUE)

    def test_the_organisation_files_while_the_clerk_confirms(self) -> None:
        one = ObligationFactory.create()
        row = typed(one)
        draft = FilingFactory.create(obligation=one, version=50)
        confirming = partial(confirm, row, by=clerk(), at=RECEIVED_AT + timedelta(hours=2))
        online = partial(
            filing.submit, draft, by=UserFactory.create(), at=RECEIVED_AT + timedelta(hours=1)
        )
        together(confirming, online)
        assert fresh(draft).state == FilingState.SUBMITTED
        assert fresh(row.filing).state == FilingState.SUPERSEDED
        assert day_of(fresh(one).first_filed_at) == RECEIVED_ON

    def test_a_contest_and_its_review_at_once(self) -> None:
        row, alice = confirmed(), UserFactory.create()
        later = noon(RECEIVED_ON + timedelta(days=40))
        contesting = partial(paper.contest, row, text="Не мы", by=alice, at=later)
        accepting = partial(review.accept, row.filing, by=staff_member(Role.REVIEWER), at=later)
        results = together(contesting, accepting)
        assert sum(isinstance(result, Refused) for result in results) == 1
