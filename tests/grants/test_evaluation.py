"""Each scores alone: declared, scored, locked, then shown."""

from __future__ import annotations

from decimal import Decimal

import pytest

from accounts.refusals import Refused
from grants import evaluation
from grants.models import Application, Evaluation
from registry.calendar import day_of
from tests.factories.accounts import UserFactory, delegated
from tests.factories.grants import CallFactory, EvaluationFactory
from tests.factories.registry import RepresentativeFactory
from tests.grants.cycle import AT, applicant, evaluated, officer, reviewer

pytestmark = pytest.mark.django_db


@pytest.fixture
def row() -> Application:
    return applicant(CallFactory.create(evaluating=True))


@pytest.fixture
def held(row: Application) -> Evaluation:
    return evaluation.assign(row, reviewer(), by=UserFactory.create(), at=AT)


def points(row: Application, *given: int) -> dict[int, int]:
    return dict(zip(row.lot.call.criteria.values_list("pk", flat=True), given, strict=True))


class TestAssigning:
    def test_twice_is_once(self, row: Application, held: Evaluation) -> None:
        again = evaluation.assign(row, held.reviewer, by=UserFactory.create(), at=AT)
        assert again.pk == held.pk

    def test_not_to_oneself(self, row: Application) -> None:
        who = reviewer()
        with pytest.raises(Refused, match="Nobody assigns to themselves"):
            evaluation.assign(row, who, by=who, at=AT)

    def test_not_to_who_is_no_member(self, row: Application) -> None:
        with pytest.raises(Refused, match="member of the commission"):
            evaluation.assign(row, UserFactory.create(), by=officer(), at=AT)

    def test_not_to_who_acts_for_the_applicant(self, row: Application) -> None:
        who = reviewer()
        RepresentativeFactory.create(organisation=row.organisation, user=who)
        with pytest.raises(Refused, match="You act for this organisation"):
            evaluation.assign(row, who, by=officer(), at=AT)

    def test_not_by_who_acts_for_the_applicant(self, row: Application) -> None:
        with pytest.raises(Refused, match="You act for this organisation"):
            evaluation.assign(row, reviewer(), by=row.started_by, at=AT)

    def test_not_to_the_delegate_of_another_reviewer(
        self, row: Application, held: Evaluation
    ) -> None:
        second = reviewer()
        on = day_of(AT)
        delegated(held.reviewer, second, from_on=on, until_on=on)
        with pytest.raises(Refused, match="stands in scores it"):
            evaluation.assign(row, second, by=officer(), at=AT)


class TestScoring:
    def test_nobody_scores_before_the_declaration(self, row: Application, held: Evaluation) -> None:
        with pytest.raises(Refused, match="Declare first"):
            evaluation.score(held, points(row, 5, 5), words="Good.", by=held.reviewer, at=AT)

    def test_nobody_scores_with_a_conflict(self, row: Application, held: Evaluation) -> None:
        evaluation.declare(held, has_conflict=True, words="My sister.", by=held.reviewer, at=AT)
        with pytest.raises(Refused, match="conflict of interest"):
            evaluation.score(held, points(row, 5, 5), words="Good.", by=held.reviewer, at=AT)

    def test_a_declaration_is_made_once(self, held: Evaluation) -> None:
        one = evaluation.declare(held, has_conflict=False, by=held.reviewer, at=AT)
        assert evaluation.declare(held, has_conflict=False, by=held.reviewer, at=AT) == one
        with pytest.raises(Refused, match="declared already"):
            evaluation.declare(held, has_conflict=True, words="Yes.", by=held.reviewer, at=AT)

    def test_another_does_not_score_it(self, row: Application, held: Evaluation) -> None:
        with pytest.raises(Refused, match="Another reviewer"):
            evaluation.score(held, points(row, 5, 5), words="Good.", by=reviewer(), at=AT)

    def test_eleven_points_are_refused(self, row: Application, held: Evaluation) -> None:
        evaluation.declare(held, has_conflict=False, by=held.reviewer, at=AT)
        with pytest.raises(Refused, match="from 0 to 10"):
            evaluation.score(held, points(row, 11, 5), words="Good.", by=held.reviewer, at=AT)

    def test_it_is_locked_whole_and_changes_no_more(
        self, row: Application, held: Evaluation
    ) -> None:
        who = held.reviewer
        evaluation.declare(held, has_conflict=False, by=who, at=AT)
        first = next(iter(points(row, 5, 5)))
        evaluation.score(held, {first: 5}, words="Good.", by=who, at=AT)
        with pytest.raises(Refused, match="each criterion"):
            evaluation.lock(held, by=who, at=AT)
        evaluation.score(held, points(row, 5, 5), words="Good.", by=who, at=AT)
        assert evaluation.lock(held, by=who, at=AT).locked_at == AT
        assert evaluation.lock(held, by=who, at=AT).locked_at == AT
        with pytest.raises(Refused, match="locked"):
            evaluation.score(held, points(row, 9, 9), words="Better.", by=who, at=AT)


class TestTakingBack:
    def test_another_scores_in_place_of_who_cannot(
        self, row: Application, held: Evaluation
    ) -> None:
        by = UserFactory.create()
        with pytest.raises(Refused, match="Say why"):
            evaluation.take_away(held, reason=" ", by=by, at=AT)
        for _ in range(2):
            evaluation.take_away(held, reason="Is ill.", by=by, at=AT)
        with pytest.raises(Refused, match="taken back from you"):
            evaluation.declare(held, has_conflict=False, by=held.reviewer, at=AT)
        with pytest.raises(Refused, match="taken from this reviewer"):
            evaluation.assign(row, held.reviewer, by=by, at=AT)
        both = evaluated(row)
        assert evaluation.is_locked(row)
        assert set(evaluation.counted(row)) == set(both)

    def test_what_is_locked_stays(self, row: Application) -> None:
        (one,) = evaluated(row, (8,))
        with pytest.raises(Refused, match="locked"):
            evaluation.take_away(one, reason="We want more.", by=UserFactory.create(), at=AT)

    def test_not_by_who_acts_for_the_applicant(self, row: Application, held: Evaluation) -> None:
        with pytest.raises(Refused, match="You act for this organisation"):
            evaluation.take_away(held, reason="No.", by=row.started_by, at=AT)


class TestSeeing:
    def test_nobody_sees_anothers_before_both_are_locked(self, row: Application) -> None:
        (one,) = evaluated(row, (8,))
        other = EvaluationFactory.create(application=row, reviewer=reviewer())
        assert list(evaluation.shown_to(one.reviewer, row)) == [one]
        assert list(evaluation.shown_to(other.reviewer, row)) == [other]
        assert list(evaluation.shown_to(officer(), row)) == []

    def test_locked_they_are_shown_to_both_and_the_officer(self, row: Application) -> None:
        both = evaluated(row)
        for who in (both[0].reviewer, both[1].reviewer, officer()):
            assert list(evaluation.shown_to(who, row)) == both
        assert list(evaluation.shown_to(reviewer(), row)) == []

    def test_who_declared_a_conflict_sees_none(self, row: Application) -> None:
        bound = evaluation.assign(row, reviewer(), by=UserFactory.create(), at=AT)
        evaluation.declare(bound, has_conflict=True, words="Aunt.", by=bound.reviewer, at=AT)
        evaluated(row)
        assert list(evaluation.shown_to(bound.reviewer, row)) == [bound]


def test_the_score_is_the_mean_of_the_weighted_points(row: Application) -> None:
    evaluated(row, (8, 6))
    assert evaluation.score_of(row) == Decimal("70.00")


def test_weights_count(row: Application) -> None:
    (held,) = evaluated(row, (8,))
    heavy, light = row.lot.call.criteria.all()
    assert (heavy.weight, light.weight) == (60, 40)
    other = evaluation.assign(row, reviewer(), by=UserFactory.create(), at=AT)
    evaluation.declare(other, has_conflict=False, by=other.reviewer, at=AT)
    evaluation.score(other, {heavy.pk: 10, light.pk: 0}, words="So.", by=other.reviewer, at=AT)
    evaluation.lock(other, by=other.reviewer, at=AT)
    # 80 and 60.
    assert evaluation.score_of(row) == Decimal("70.00")
    assert held.locked_at
