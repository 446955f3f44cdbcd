"""The operator's formal check."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from accounts.refusals import Refused
from grants import checks, evaluation
from grants.models import Application, FormalCheck
from grants.states import FormalGround, FormalOutcome
from tests.factories.accounts import UserFactory
from tests.factories.grants import ApplicationFactory, CallFactory, ExclusionFindingFactory
from tests.factories.registry import RepresentativeFactory

pytestmark = pytest.mark.django_db

AT = datetime(2026, 10, 5, 6, tzinfo=UTC)
LATER = datetime(2026, 10, 13, 6, tzinfo=UTC)


@pytest.fixture
def handed_in() -> Application:
    lot = CallFactory.create(closed=True).lots.get()
    row: Application = ApplicationFactory.create(lot=lot, submitted=True)
    return row


def check(
    row: Application, outcome: FormalOutcome, *grounds: str, at: datetime = AT
) -> FormalCheck:
    words = "A paper is missing." if grounds else ""
    by = UserFactory.create()
    return checks.check(row, outcome, grounds=grounds, words=words, by=by, at=at)


def test_it_is_admitted_once_whatever_is_clicked_twice(handed_in: Application) -> None:
    one, other = (check(handed_in, FormalOutcome.ADMIT) for _ in range(2))
    handed_in.refresh_from_db()
    assert (one.pk, handed_in.state) == (other.pk, "admitted")
    assert handed_in.events.count() == 1


def test_a_returned_one_has_five_working_days(handed_in: Application) -> None:
    check(handed_in, FormalOutcome.RETURN, FormalGround.PAPERS)
    handed_in.refresh_from_db()
    assert (handed_in.state, handed_in.correct_by_on) == ("returned", date(2026, 10, 12))
    with pytest.raises(Refused, match="may correct it until"):
        check(handed_in, FormalOutcome.REJECT, FormalGround.PAPERS)
    check(handed_in, FormalOutcome.REJECT, FormalGround.PAPERS, at=LATER)
    handed_in.refresh_from_db()
    assert handed_in.state == "rejected"


@pytest.mark.parametrize("outcome", [FormalOutcome.RETURN, FormalOutcome.REJECT])
def test_without_a_ground_nothing_is_held_against_it(
    handed_in: Application, outcome: FormalOutcome
) -> None:
    with pytest.raises(Refused, match="Choose the ground"):
        check(handed_in, outcome)


def test_who_is_not_eligible_is_not_admitted(handed_in: Application) -> None:
    ExclusionFindingFactory.create(organisation=handed_in.organisation)
    with pytest.raises(Refused, match="debts under enforcement"):
        check(handed_in, FormalOutcome.ADMIT)
    made = check(handed_in, FormalOutcome.REJECT, FormalGround.NOT_ELIGIBLE)
    assert made.reasons == ["found_enforcement_debt"]


def test_nothing_is_checked_while_the_call_takes_applications() -> None:
    row = ApplicationFactory.create(submitted=True)
    with pytest.raises(Refused, match="begins when the call is closed"):
        check(row, FormalOutcome.ADMIT)


def test_who_acts_for_the_organisation_does_not_check_it(handed_in: Application) -> None:
    acting = RepresentativeFactory.create(organisation=handed_in.organisation)
    with pytest.raises(Refused, match="You act for this organisation"):
        checks.check(handed_in, FormalOutcome.ADMIT, by=acting.user, at=AT)


def test_the_evaluation_begins_when_all_are_checked(handed_in: Application) -> None:
    call, by = handed_in.lot.call, UserFactory.create()
    with pytest.raises(Refused, match="still wait"):
        evaluation.begin(call, ground="Order 9", by=by, at=AT)
    check(handed_in, FormalOutcome.ADMIT)
    assert evaluation.begin(call, ground="Order 9", by=by, at=AT).state == "evaluating"


def test_a_complaint_that_is_upheld_admits_a_rejected_one(handed_in: Application) -> None:
    check(handed_in, FormalOutcome.REJECT, FormalGround.BUDGET)
    check(handed_in, FormalOutcome.ADMIT, at=LATER)
    handed_in.refresh_from_db()
    assert handed_in.state == "admitted"
