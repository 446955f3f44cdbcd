"""Steps from an admitted application to an award, as the verbs take them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from accounts.models import User
from accounts.roles import Role
from grants import award, commission, evaluation
from grants.commission import Decided
from grants.models import Application, Award, Call, Evaluation, Protocol
from grants.states import CommissionOutcome
from tests.factories.accounts import UserFactory, staff_member
from tests.factories.grants import AMOUNT, ApplicationFactory, CallFactory
from tests.factories.registry import RepresentativeFactory

AT = datetime(2026, 10, 20, 6, tzinfo=UTC)
ON = date(2026, 10, 20)


def officer() -> User:
    return staff_member(Role.GRANTS_OFFICER)


def reviewer() -> User:
    return staff_member(Role.GRANTS_REVIEWER)


def applicant(call: Call, *, amount: Decimal = AMOUNT, lot: int = 1) -> Application:
    """An admitted application of an organisation that takes part, with a person who acts."""
    acting = RepresentativeFactory.create()
    row: Application = ApplicationFactory.create(
        lot=call.lots.get(position=lot),
        organisation=acting.organisation,
        started_by=acting.user,
        amount=amount,
        admitted=True,
    )
    return row


def evaluated(row: Application, points: tuple[int, ...] = (8, 6)) -> list[Evaluation]:
    """Two reviewers, each with the same points for every criterion, locked."""
    by = UserFactory.create()
    made = []
    for given in points:
        held = evaluation.assign(row, reviewer(), by=by, at=AT)
        who = held.reviewer
        evaluation.declare(held, has_conflict=False, by=who, at=AT)
        criteria = row.lot.call.criteria.values_list("pk", flat=True)
        evaluation.score(held, dict.fromkeys(criteria, given), words="Good.", by=who, at=AT)
        made.append(evaluation.lock(held, by=who, at=AT))
    return made


def signed_evaluation(call: Call) -> Protocol:
    drafted = commission.draft_evaluation(
        call, held_on=ON, present="A. Nurlanova", by=UserFactory.create(), at=AT
    )
    return commission.sign(drafted, by=UserFactory.create(), at=AT)


def drafted(call: Call, decided: dict[int, Decided]) -> Protocol:
    return commission.draft_decision(
        call, decided, held_on=ON, present="A. Nurlanova", by=UserFactory.create(), at=AT
    )


def to_award(amount: Decimal = AMOUNT) -> Decided:
    return Decided(CommissionOutcome.AWARD, amount=amount)


def to_reserve(rank: int, amount: Decimal = AMOUNT) -> Decided:
    return Decided(CommissionOutcome.RESERVE, amount=amount, reserve_rank=rank)


def decided(call: Call, outcomes: dict[int, Decided]) -> None:
    """The call is decided so: each application scored, both protocols signed."""
    for row in Application.objects.filter(pk__in=outcomes):
        evaluated(row)
    signed_evaluation(call)
    commission.sign(drafted(call, outcomes), by=UserFactory.create(), at=AT)


def chosen(*, amount: Decimal = AMOUNT) -> Application:
    """An application that the commission has given money, in a call of its own."""
    call = CallFactory.create(evaluating=True)
    row = applicant(call, amount=amount)
    decided(call, {row.pk: to_award(amount)})
    return Application.objects.get(pk=row.pk)


def awarded() -> Award:
    return award.award(chosen(), by=UserFactory.create(), at=AT)


def in_force() -> Award:
    offered = awarded()
    return award.accept(offered, by=offered.application.started_by, at=AT)
