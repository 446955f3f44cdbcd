"""Where two people are needed, a delegate counts as the delegator: in every verb, none forgotten.

A verb that compares whoever acts with whoever acted is either in the table below, and asks
accounts/one_person.py, or stands among those that compare for another reason.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings

from accounts.models import User
from accounts.refusals import Refused
from accounts.roles import Role
from grants import commission, evaluation
from notices import wordings
from notices.claims import decision
from notices.models import NoticeTemplate
from notices.states import Kind
from registry import signs
from registry.models import Claim
from reregistration import appeals, paper, questions, queue, refusals, reopenings, review
from reregistration.marking import rounds, sampling
from reregistration.models import ReturnReason
from reregistration.referral import court, schedules
from reregistration.states import AnswerOutcome
from tests.factories.accounts import UserFactory, delegated, staff_member
from tests.factories.grants import CallFactory
from tests.factories.paper import RECEIVED_AT, confirm, confirmed, received, typed
from tests.factories.referrals import READY_ON, CourtDecisionFactory, drafted
from tests.factories.registry import (
    ClaimFactory,
    OrganisationFactory,
    RepresentativeFactory,
    SignOfLifeFactory,
)
from tests.factories.reregistration import (
    MARKING_DAY,
    FilingFactory,
    ObligationFactory,
    RefusalGroundFactory,
    drawn_round,
    liquidable_obligation,
    noon,
    sampled_round,
)
from tests.grants.cycle import AT as CYCLE_AT
from tests.grants.cycle import applicant, evaluated, reviewer

pytestmark = pytest.mark.usefixtures("db", "in_english")
VERBS_STAND_IN = ("registry", "notices", "reregistration", "grants", "public")
LATER = timedelta(days=3)


@dataclass
class Case:
    """What one person did at a moment, and the verb that takes somebody else later."""

    first: User
    at: datetime
    then_at: datetime
    second: Callable[[User, datetime], object]


def signing_a_round() -> Case:
    row = sampled_round(liquidable_obligation().campaign)
    at = noon(MARKING_DAY)
    assert row.drafted_by
    return Case(row.drafted_by, at, at + LATER, lambda by, at: rounds.sign(row, by=by, at=at))


def checking_a_round() -> Case:
    row = drawn_round(liquidable_obligation().campaign)
    at = noon(MARKING_DAY)
    assert row.drafted_by
    return Case(row.drafted_by, at, at + LATER, lambda by, at: sampling.take(row, by=by, at=at))


def signing_a_schedule() -> Case:
    row = drafted()
    at = noon(READY_ON)

    def sign(by: User, at: datetime) -> object:
        return schedules.sign(row, content_hash=row.content_hash, by=by, at=at)

    return Case(row.drafted_by, at, at + LATER, sign)


def confirming_a_court_decision() -> Case:
    row = CourtDecisionFactory.create()
    return Case(row.by, row.at, row.at + LATER, lambda by, at: court.confirm(row, by=by, at=at))


def approving_a_wording() -> Case:
    shipped = NoticeTemplate.objects.get(kind=Kind.REMINDER, language="en", version=1)
    first, at = staff_member(Role.CAMPAIGN_MANAGER), noon(date(2026, 9, 1))
    row = wordings.draft(
        Kind.REMINDER,
        "en",
        subject=shipped.subject,
        body=shipped.body,
        sms=shipped.sms,
        effective_from_at=at + timedelta(days=30),
        by=first,
        at=at,
    )
    return Case(first, at, at + LATER, lambda by, at: wordings.approve(row, by=by, at=at))


def confirming_a_refusal() -> Case:
    filing = FilingFactory.create(submitted=True)
    first, at = staff_member(Role.REVIEWER), noon(date(2026, 9, 2))
    row = refusals.propose(
        filing, ground=RefusalGroundFactory.create(), words="Не так.", by=first, at=at
    )
    return Case(first, at, at + LATER, lambda by, at: refusals.confirm(row, by=by, at=at))


def confirming_a_reopening() -> Case:
    filing = FilingFactory.create(submitted=True)
    at = noon(date(2026, 9, 2))
    review.accept(filing, by=staff_member(Role.REVIEWER), at=at)
    first = staff_member(Role.REVIEWER)
    row = reopenings.propose(filing, words="Не тот.", by=first, at=at)
    return Case(first, at, at + LATER, lambda by, at: reopenings.confirm(row, by=by, at=at))


def confirming_a_paper() -> Case:
    row = typed()
    at = row.received_at
    return Case(row.received_by, at, at + LATER, lambda by, at: confirm(row, by=by, at=at))


def dropping_a_paper() -> Case:
    row = received()
    at = row.received_at

    def drop(by: User, at: datetime) -> object:
        return paper.drop(row, reason="Чужое.", by=by, at=at)

    return Case(row.received_by, at, at + LATER, drop)


def deciding_on_a_contest() -> Case:
    row = confirmed()
    at = row.received_at
    paper.contest(row, text="Не мы.", by=UserFactory.create(), at=at)

    def decide(by: User, at: datetime) -> object:
        return paper.decide(row, outcome=AnswerOutcome.DISMISSED, decision="Вы.", by=by, at=at)

    return Case(row.received_by, at, at + LATER, decide)


def reviewing_a_paper_one_typed_in() -> Case:
    row = confirmed()
    at = row.received_at
    reasons = [ReturnReason.objects.all()[0].code]

    def send_back(by: User, at: datetime) -> object:
        return review.return_for_correction(row.filing, reasons=reasons, by=by, at=at)

    return Case(row.received_by, at, at + LATER, send_back)


def logging_a_paper_of_ones_own() -> Case:
    first, at = UserFactory.create(), RECEIVED_AT
    row = ObligationFactory.create()
    RepresentativeFactory.create(user=first, organisation=row.organisation)
    return Case(first, at, at + LATER, lambda by, at: received(row, by=by, at=at))


def deciding_on_an_answer() -> Case:
    obligation = liquidable_obligation()
    at = noon(MARKING_DAY)
    first = drawn_round(obligation.campaign).drafted_by
    assert first
    row = appeals.object_to(obligation, text="Мы переехали.", by=UserFactory.create(), at=at)

    def decide(by: User, at: datetime) -> object:
        return appeals.decide(row, outcome=AnswerOutcome.DISMISSED, decision="Нет.", by=by, at=at)

    return Case(first, at, at + LATER, decide)


def reviewing_ones_own() -> Case:
    first, at = UserFactory.create(), noon(date(2026, 9, 1))
    row = FilingFactory.create(submitted=True, submitted_by=first)
    return Case(first, at, at + LATER, lambda by, at: review.accept(row, by=by, at=at))


def taking_ones_own() -> Case:
    first, at = UserFactory.create(), noon(date(2026, 9, 1))
    FilingFactory.create(submitted=True, submitted_by=first)

    def take(by: User, at: datetime) -> object:
        # Nothing is refused here: what is not one's to decide on is not given.
        if queue.take_next(by=by, at=at) is None:
            raise Refused("nothing is given")
        return None

    return Case(first, at, at + LATER, take)


def being_given_ones_own() -> Case:
    first, at = UserFactory.create(), noon(date(2026, 9, 1))
    row = FilingFactory.create(submitted=True, submitted_by=first)
    senior = staff_member(Role.SENIOR_REVIEWER)

    def give(by: User, at: datetime) -> object:
        return queue.assign(row, to=by, by=senior, at=at)

    return Case(first, at, at + LATER, give)


def deciding_on_ones_own_claim() -> Case:
    row = ClaimFactory.create()
    at = noon(date(2026, 9, 16))

    def decide(by: User, at: datetime) -> object:
        return decision.decide(row, Claim.State.REFUSED, by=by, at=at, note="Нет приказа.")

    return Case(row.user, at, at + LATER, decide)


def answering_ones_own_question() -> Case:
    first, at = UserFactory.create(), noon(date(2026, 9, 1))
    organisation = OrganisationFactory.create()
    RepresentativeFactory.create(user=first, organisation=organisation)
    row = questions.ask(organisation, subject="Год", text="Какой?", by=first, at=at)

    def answer(by: User, at: datetime) -> object:
        return questions.answer(row, text="Прошлый.", by=by, at=at)

    return Case(first, at, at + LATER, answer)


def resolving_a_sign_of_ones_own() -> Case:
    first, at = UserFactory.create(), noon(date(2026, 9, 1))
    row = SignOfLifeFactory.create()
    RepresentativeFactory.create(user=first, organisation=row.organisation)

    def resolve(by: User, at: datetime) -> object:
        return signs.resolve(row, reason="Пусто.", by=by, at=at)

    return Case(first, at, at + LATER, resolve)


def signing_a_protocol() -> Case:
    first = staff_member(Role.GRANTS_OFFICER)
    call = CallFactory.create(evaluating=True)
    evaluated(applicant(call))
    row = commission.draft_evaluation(
        call, held_on=CYCLE_AT.date(), present="Все.", by=first, at=CYCLE_AT
    )
    then_at = CYCLE_AT + LATER
    return Case(first, CYCLE_AT, then_at, lambda by, at: commission.sign(row, by=by, at=at))


def assigning_to_oneself() -> Case:
    row = applicant(CallFactory.create(evaluating=True))
    first = reviewer()

    def assign(by: User, at: datetime) -> object:
        return evaluation.assign(row, first, by=by, at=at)

    return Case(first, CYCLE_AT, CYCLE_AT + LATER, assign)


# Every function that asks accounts/one_person.py, with a verb that comes to it.
TABLE: dict[str, Callable[[], Case]] = {
    "grants/commission.py sign": signing_a_protocol,
    "grants/evaluation.py assign": assigning_to_oneself,
    "registry/access.py refuse_the_partial_to_any": resolving_a_sign_of_ones_own,
    "notices/claims/decision.py decide": deciding_on_ones_own_claim,
    "notices/wordings.py approve": approving_a_wording,
    "reregistration/marking/rounds.py sign": signing_a_round,
    "reregistration/marking/sampling.py _refuse_the_partial": checking_a_round,
    "reregistration/paper.py _refuse_who_acts": logging_a_paper_of_ones_own,
    "reregistration/paper.py confirm": confirming_a_paper,
    "reregistration/paper.py decide": deciding_on_a_contest,
    "reregistration/paper.py drop": dropping_a_paper,
    "reregistration/paper_terms.py refuse_own": reviewing_a_paper_one_typed_in,
    "reregistration/partiality.py refuse": deciding_on_an_answer,
    "reregistration/questions.py answer": answering_ones_own_question,
    "reregistration/queue.py _open_to": taking_ones_own,
    "reregistration/queue.py assign": being_given_ones_own,
    "reregistration/referral/court.py confirm": confirming_a_court_decision,
    "reregistration/referral/schedules.py _refuse_the_partial": signing_a_schedule,
    "reregistration/refusals.py confirm": confirming_a_refusal,
    "reregistration/reopenings.py confirm": confirming_a_reopening,
    "reregistration/review.py refuse_own": reviewing_ones_own,
}
# What counts in these is no act of a moment but a tie to the organisation.
TIES = {
    taking_ones_own,
    being_given_ones_own,
    deciding_on_ones_own_claim,
    answering_ones_own_question,
    logging_a_paper_of_ones_own,
    resolving_a_sign_of_ones_own,
    assigning_to_oneself,
}
# Those that compare accounts for another reason than to keep two people apart.
ONE_ACCOUNT = {
    # What a person of an organisation may see or do: by their own account alone.
    "grants/access.py may_write_for",
    "grants/drafts.py refuse_unless_acting",
    "grants/querysets.py of_people_of",
    "registry/access.py waiting_claim",
    "registry/access.py claim_of",
    "registry/access.py managing",
    "registry/querysets.py acted_for_by",
    "registry/querysets.py claimed_by",
    "notices/claims/decision.py object_to",
    "notices/claims/decision.py _refuse_unless_acting",
    "notices/claims/opening.py open_locked",
    "notices/claims/opening.py withdraw",
    "notices/claims/opening.py refuse_who_acts",
    "notices/claims/redemption.py _used_by",
    "notices/claims/redemption.py _begin_at_once",
    "notices/membership.py accept",
    "notices/membership.py remove",
    "notices/membership.py hand_over",
    "notices/membership.py _refuse_unless_theirs",
    "notices/people.py refuse_unless_manager",
    "notices/people.py own_address",
    "notices/service.py opened",
    "reregistration/access.py may_answer_for",
    "reregistration/access.py may_file_for",
    "reregistration/access.py receipt_of",
    "reregistration/access.py _readable_by",
    # The same person's same act again is one act.
    "reregistration/closures.py contradict",
    "reregistration/hearings.py remark",
    "reregistration/paper.py finish",
    "reregistration/marking/sampling.py judge",
    "reregistration/questions.py ask",
    "reregistration/questions.py _last_if_same",
    "reregistration/calls.py log",
    "reregistration/referral/schedules.py sign",
    "reregistration/refusals.py propose",
    "reregistration/reopenings.py propose",
    # Whose scores these are: each reviewer's own.
    "grants/evaluation.py _own",
    "grants/evaluation.py shown_to",
    # How much one account did.
    "notices/code_letters.py send_code_again",
    # Who holds what is being looked at: each account for itself.
    "reregistration/leases.py refuse_if_held",
    "reregistration/marking/sampling.py take",
    "reregistration/querysets.py held_by",
    "reregistration/querysets.py not_let_go_by",
}


def functions() -> Iterator[tuple[str, ast.FunctionDef]]:
    root = Path(settings.BASE_DIR)
    for app in VERBS_STAND_IN:
        for path in sorted((root / app).rglob("*.py")):
            if {"migrations", "admin"} & set(path.parts):
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.FunctionDef):
                    yield f"{path.relative_to(root)} {node.name}", node


def is_the_doer(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute) and node.attr in ("pk", "id"):
        node = node.value
    return isinstance(node, ast.Name) and node.id in ("by", "user", "person")


def compares_the_doer(node: ast.AST) -> bool:
    """`by == row.drafted_by`, `by.pk in (...)`, `rows.filter(by=by)`."""
    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        inside = [one for side in sides if isinstance(side, ast.Tuple) for one in side.elts]
        is_with_nothing = any(isinstance(side, ast.Constant) for side in sides)
        return not is_with_nothing and any(map(is_the_doer, [*sides, *inside]))
    if isinstance(node, ast.Call):
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        return name in ("filter", "exclude", "get", "Q") and any(
            word.arg is not None and is_the_doer(word.value) for word in node.keywords
        )
    return False


def asks_one_person(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "one_person.of"


class TestNoneIsForgotten:
    def test_every_verb_that_asks_stands_in_the_table(self) -> None:
        found = {
            name for name, function in functions() if any(map(asks_one_person, ast.walk(function)))
        }
        assert found == set(TABLE)

    def test_no_other_compares_accounts_to_keep_two_people_apart(self) -> None:
        found = {
            name
            for name, function in functions()
            if any(map(compares_the_doer, ast.walk(function)))
        }
        assert found == ONE_ACCOUNT


EACH = pytest.mark.parametrize("make", TABLE.values(), ids=lambda make: make.__name__)
OF_AN_ACT = pytest.mark.parametrize(
    "make", [make for make in TABLE.values() if make not in TIES], ids=lambda make: make.__name__
)


class TestADelegateIsNoSecondPerson:
    @EACH
    def test_while_the_delegation_is_in_force(self, make: Callable[[], Case]) -> None:
        case = make()
        second = staff_member(Role.SENIOR_REVIEWER)
        on = case.then_at.date()
        delegated(case.first, second, from_on=on, until_on=on)
        with pytest.raises(Refused):
            case.second(second, case.then_at)

    @OF_AN_ACT
    def test_nor_is_another_delegate_of_the_same_person(self, make: Callable[[], Case]) -> None:
        case = make()
        absent, second = staff_member(Role.SENIOR_REVIEWER), staff_member(Role.SENIOR_REVIEWER)
        on, then_on = case.at.date(), case.then_at.date()
        delegated(absent, case.first, from_on=on, until_on=on)
        delegated(absent, second, from_on=then_on, until_on=then_on)
        with pytest.raises(Refused):
            case.second(second, case.then_at)

    @OF_AN_ACT
    def test_nor_the_delegator_for_what_the_delegate_did(self, make: Callable[[], Case]) -> None:
        case = make()
        absent = staff_member(Role.SENIOR_REVIEWER)
        on = case.at.date()
        delegated(absent, case.first, from_on=on, until_on=on)
        with pytest.raises(Refused):
            case.second(absent, case.then_at)

    @EACH
    def test_whoever_was_one_on_other_days_is(self, make: Callable[[], Case]) -> None:
        case = make()
        second = staff_member(Role.SENIOR_REVIEWER)
        on = case.at.date() + timedelta(days=1)
        delegated(case.first, second, from_on=on, until_on=on)
        case.second(second, case.then_at)

    @EACH
    def test_what_ended_early_counts_no_more(self, make: Callable[[], Case]) -> None:
        case = make()
        second = staff_member(Role.SENIOR_REVIEWER)
        on = case.at.date() + timedelta(days=1)
        delegated(case.first, second, from_on=on, until_on=on + timedelta(days=30), ended_on=on)
        case.second(second, case.then_at)
