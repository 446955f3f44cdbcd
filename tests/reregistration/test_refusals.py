"""Refusing a filing: a legal ground in force, two people, neither of the organisation, a letter."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from django.db import IntegrityError

from accounts import one_person
from accounts.models import User
from accounts.refusals import Refused
from accounts.roles import Role
from notices.models import Notice
from notices.states import Channel, Kind
from registry.calendar import day_of
from reregistration import appeals, partiality, refusals, review
from reregistration import filing as filing_verbs
from reregistration.models import (
    Filing,
    Obligation,
    RefusalGround,
    RefusalProposal,
    Review,
)
from reregistration.states import Decision, FilingState, State
from tests.concurrency import one_behind_the_other
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.paper import RECEIVED_AT, clerk, confirmed
from tests.factories.registry import RepresentativeFactory
from tests.factories.reregistration import FilingFactory, RefusalGroundFactory
from tests.reregistration.assertions import assert_states_equal_the_log

pytestmark = pytest.mark.usefixtures("in_english")


@pytest.fixture
def reviewer(db: None) -> User:
    return staff_member(Role.REVIEWER, first_name="Арман", last_name="Сейтов")


@pytest.fixture
def senior(db: None) -> User:
    return staff_member(Role.SENIOR_REVIEWER, first_name="Әсел", last_name="Жұмабаева")


@pytest.fixture
def filing(db: None) -> Filing:
    return FilingFactory.create(submitted=True)


@pytest.fixture
def ground(db: None) -> RefusalGround:
    return RefusalGroundFactory.create()


def propose(filing: Filing, by: User, at: datetime, **otherwise: Any) -> RefusalProposal:
    given = {"ground": RefusalGround.objects.in_force(day_of(at)).first()}
    return refusals.propose(
        filing, **{**given, "words": "The charter is forged.", **otherwise}, by=by, at=at
    )


@pytest.fixture
def proposal(filing: Filing, ground: RefusalGround, reviewer: User, at: datetime) -> Any:
    return propose(filing, reviewer, at)


class TestPropose:
    def test_it_changes_nothing_yet(
        self, proposal: RefusalProposal, reviewer: User, ground: RefusalGround
    ) -> None:
        assert (proposal.ground, proposal.by) == (ground, reviewer)
        assert Filing.objects.get().state == FilingState.SUBMITTED
        assert Obligation.objects.get().state == State.FILED
        assert not Notice.objects.exists()
        assert not Review.objects.exists()

    def test_the_same_again_stands_once(
        self, proposal: RefusalProposal, filing: Filing, reviewer: User, at: datetime
    ) -> None:
        assert propose(filing, reviewer, at) == proposal
        assert propose(filing, reviewer, at, words="No court knows it.") != proposal

    @pytest.mark.usefixtures("ground")
    def test_without_words_it_is_refused(
        self, filing: Filing, reviewer: User, at: datetime
    ) -> None:
        with pytest.raises(Refused, match="Write why the ground is met"):
            propose(filing, reviewer, at, words=" ")

    @pytest.mark.parametrize(
        "when",
        [
            {"from_on": None},
            {"from_on": date(2099, 1, 1)},
            {"from_on": date(2020, 1, 1), "until_on": date(2021, 1, 1)},
        ],
    )
    def test_a_ground_that_is_not_in_force_is_refused(
        self, filing: Filing, reviewer: User, at: datetime, when: dict[str, Any]
    ) -> None:
        with pytest.raises(Refused, match="not in force today"):
            propose(filing, reviewer, at, ground=RefusalGroundFactory.create(**when))

    @pytest.mark.usefixtures("ground")
    def test_whoever_acts_for_the_organisation_does_not_propose(
        self, filing: Filing, reviewer: User, at: datetime
    ) -> None:
        RepresentativeFactory.create(organisation=filing.obligation.organisation, user=reviewer)
        with pytest.raises(Refused, match="You act for this organisation"):
            propose(filing, reviewer, at)

    @pytest.mark.usefixtures("ground")
    def test_what_was_decided_is_not_refused(
        self, filing: Filing, reviewer: User, at: datetime
    ) -> None:
        review.accept(filing, by=reviewer, at=at)
        with pytest.raises(Refused, match="cannot be decided"):
            propose(filing, reviewer, at)

    @pytest.mark.usefixtures("ground")
    def test_a_nameless_reviewer_does_not_propose(self, filing: Filing, at: datetime) -> None:
        nameless = staff_member(Role.REVIEWER, first_name="", last_name="")
        with pytest.raises(Refused, match="your account has no name"):
            propose(filing, nameless, at)


@pytest.mark.django_db
def test_whoever_typed_a_paper_filing_in_does_not_propose_to_refuse_it() -> None:
    """And is told so: not that they act for the organisation."""
    row = confirmed(typist=clerk())
    ground = RefusalGroundFactory.create()
    for hand in (row.received_by, row.typed_by, row.confirmed_by):
        assert hand
        User.objects.filter(pk=hand.pk).update(first_name="Әсел", last_name="Жұмабаева")
        by = User.objects.get(pk=hand.pk)
        with pytest.raises(Refused, match="had a hand in typing in"):
            refusals.propose(row.filing, ground=ground, words="Forged.", by=by, at=RECEIVED_AT)


class TestConfirm:
    def test_two_people_refuse_it(
        self, proposal: RefusalProposal, reviewer: User, senior: User, at: datetime
    ) -> None:
        decided = refusals.confirm(proposal, by=senior, at=at)
        assert (decided.decision, decided.ground, decided.proposed_by, decided.by) == (
            Decision.REFUSE,
            proposal.ground,
            reviewer,
            senior,
        )
        assert Filing.objects.get().state == FilingState.REFUSED
        assert Obligation.objects.get().state == State.REFUSED
        assert_states_equal_the_log()

    def test_the_letter_names_ground_article_words_and_both(
        self, proposal: RefusalProposal, senior: User, at: datetime
    ) -> None:
        person = UserFactory.create(language="en")
        organisation = proposal.filing.obligation.organisation
        RepresentativeFactory.create(organisation=organisation, user=person)
        refusals.confirm(proposal, by=senior, at=at)
        told = Notice.objects.get(kind=Kind.REFUSED)
        for words in (
            "The information is not true",
            "Law, article 19",
            "The charter is forged.",
            "Арман Сейтов, Reviewer; Әсел Жұмабаева, Senior reviewer",
        ):
            assert words in told.text.body
        assert told.dispatches.filter(channel=Channel.LETTER).exists()

    @pytest.mark.usefixtures("ground")
    def test_whoever_proposed_it_does_not_confirm_it(
        self, filing: Filing, senior: User, at: datetime
    ) -> None:
        own = propose(filing, senior, at)
        with pytest.raises(Refused, match="A refusal takes two people"):
            refusals.confirm(own, by=senior, at=at)
        assert Obligation.objects.get().state == State.FILED

    def test_a_reviewer_does_not_confirm(self, proposal: RefusalProposal, at: datetime) -> None:
        with pytest.raises(Refused, match="Only a senior reviewer"):
            refusals.confirm(proposal, by=staff_member(Role.REVIEWER), at=at)

    @pytest.mark.parametrize("whose", ["reviewer", "senior"])
    def test_nobody_who_acts_for_the_organisation_has_a_hand_in_it(
        self,
        proposal: RefusalProposal,
        senior: User,
        at: datetime,
        whose: str,
        request: pytest.FixtureRequest,
    ) -> None:
        RepresentativeFactory.create(
            organisation=proposal.filing.obligation.organisation,
            user=request.getfixturevalue(whose),
        )
        with pytest.raises(Refused, match="act for this organisation"):
            refusals.confirm(proposal, by=senior, at=at)
        assert Obligation.objects.get().state == State.FILED

    def test_only_the_newest_proposal_is_confirmed(
        self, proposal: RefusalProposal, filing: Filing, senior: User, at: datetime
    ) -> None:
        propose(filing, staff_member(Role.REVIEWER), at, words="No court knows it.")
        with pytest.raises(Refused, match="Another proposal"):
            refusals.confirm(proposal, by=senior, at=at)

    def test_a_ground_that_ended_since_is_refused(
        self, proposal: RefusalProposal, senior: User, at: datetime
    ) -> None:
        RefusalGround.objects.filter(pk=proposal.ground_id).update(until_on=day_of(at))
        fresh = RefusalProposal.objects.get()
        with pytest.raises(Refused, match="not in force today"):
            refusals.confirm(fresh, by=senior, at=at)

    def test_confirming_twice_refuses_it_once(
        self, proposal: RefusalProposal, senior: User, at: datetime
    ) -> None:
        refusals.confirm(proposal, by=senior, at=at)
        with pytest.raises(Refused, match="cannot be decided"):
            refusals.confirm(proposal, by=staff_member(Role.SENIOR_REVIEWER), at=at)
        assert Notice.objects.filter(kind=Kind.REFUSED).count() == 1

    def test_it_may_file_again_and_complain(
        self, proposal: RefusalProposal, senior: User, alice: User, at: datetime
    ) -> None:
        refusals.confirm(proposal, by=senior, at=at)
        row = Obligation.objects.get()
        assert appeals.may_complain(row)
        filing_verbs.submit(filing_verbs.start(row, by=alice, at=at), by=alice, at=at)
        assert Obligation.objects.get().state == State.FILED

    def test_neither_of_the_two_decides_on_the_complaint(
        self, proposal: RefusalProposal, reviewer: User, senior: User, at: datetime
    ) -> None:
        refusals.confirm(proposal, by=senior, at=at)
        row = Obligation.objects.get()
        another = staff_member(Role.SENIOR_REVIEWER)
        people = [one_person.of(user, at) for user in (reviewer, senior, another)]
        assert [partiality.took_part(one, row) for one in people] == [True, True, False]


def test_a_proposal_does_not_keep_others_from_accepting(
    proposal: RefusalProposal, filing: Filing, senior: User, at: datetime
) -> None:
    review.accept(filing, by=senior, at=at)
    assert Obligation.objects.get().state == State.FULFILLED


@pytest.mark.usefixtures("real_commits")
def test_of_a_refusal_and_an_acceptance_at_once_one_stands(at: datetime) -> None:
    RefusalGroundFactory.create()
    filing = FilingFactory.create(submitted=True)
    proposal = propose(filing, staff_member(Role.REVIEWER), at)
    one, other = staff_member(Role.SENIOR_REVIEWER), staff_member(Role.REVIEWER)
    won, lost = one_behind_the_other(
        lambda: refusals.confirm(proposal, by=one, at=at),
        lambda: review.accept(filing, by=other, at=at),
    )
    assert isinstance(won, Review)
    assert isinstance(lost, Refused)
    assert Obligation.objects.get().state == State.REFUSED
    assert_states_equal_the_log()


class TestTheDatabase:
    @pytest.mark.parametrize(
        ("whose", "has_ground"), [("own", True), ("nobody", True), ("another", False)]
    )
    def test_holds_no_refusal_without_a_ground_and_two_people(
        self, filing: Filing, ground: RefusalGround, at: datetime, whose: str, has_ground: bool
    ) -> None:
        by = UserFactory.create()
        proposers = {"own": by, "nobody": None, "another": UserFactory.create()}
        with pytest.raises(IntegrityError, match="review_refusal_has_a_ground_and_two_people"):
            Review.objects.create(
                filing=filing,
                decision=Decision.REFUSE,
                ground=ground if has_ground else None,
                proposed_by=proposers[whose],
                by=by,
                at=at,
            )

    @pytest.mark.parametrize("unread", ["article_kk", "article_ru", "quoted_kk", "quoted_ru"])
    @pytest.mark.django_db
    def test_holds_no_ground_in_force_without_its_article_and_text(self, unread: str) -> None:
        with pytest.raises(IntegrityError, match="refusal_ground_in_force_quotes_the_law"):
            RefusalGroundFactory.create(**{unread: ""})

    def test_holds_no_proposal_without_words(
        self, filing: Filing, ground: RefusalGround, at: datetime
    ) -> None:
        with pytest.raises(IntegrityError, match="refusal_says_why"):
            RefusalProposal.objects.create(
                filing=filing, ground=ground, words="", by=UserFactory.create(), at=at
            )


@pytest.mark.django_db
def test_the_portal_comes_without_a_ground() -> None:
    assert not RefusalGround.objects.exists()
