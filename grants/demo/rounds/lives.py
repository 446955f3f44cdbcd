"""One award of a past call from its offer to its end, as far as it has come by today."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import NamedTuple

from grants.demo import stage
from grants.demo.rounds.applications import Case
from grants.demo.rounds.calls import PastCall
from grants.models import Award, Payment, Report
from grants.states import AwardState
from registry.calendar import day_of


class Happened(NamedTuple):
    """An event of an award that is to be logged."""

    at: datetime
    kind: str
    amount: Decimal | None = None
    reason: str = ""
    reference: str = ""


@dataclass
class Life:
    """An award, and what came of it so far; kept together until it is logged."""

    of: PastCall
    case: Case
    award: Award
    # When it is terminated, if it is.
    ends_early_at: datetime
    is_terminated: bool
    events: list[Happened] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)

    @property
    def is_refused(self) -> bool:
        """It was offered, and not accepted in time."""
        return self.case.fate == "refused"

    @property
    def dice(self) -> Random:
        return self.of.dice

    def share(self, percent: int) -> Decimal:
        return (self.award.amount * percent // 100 // 1000) * 1000


def begin(of: PastCall, case: Case, number: str) -> Life:
    """Offered; accepted two days later, or not in time."""
    round_, award = of.round, _offer(of, case, number)
    is_refused = case.fate == "refused"
    if is_refused:
        award.state, award.committed = AwardState.REFUSED, Decimal(0)
        award.ended_at = stage.moment(round_.accept_by_on + timedelta(days=3))
    else:
        award.accepted_at = stage.moment(round_.awarded_on + timedelta(days=2), 12)
        award.accepted_by = of.staff.applicant
    ends_early_at = stage.moment(round_.starts_on + timedelta(days=of.dice.randint(60, 120)))
    is_terminated = not is_refused and of.dice.random() < 0.006 and day_of(ends_early_at) < of.on
    return Life(of, case, award, ends_early_at, is_terminated)


def _offer(of: PastCall, case: Case, number: str) -> Award:
    """In force, as it stands once it is accepted."""
    application, round_ = case.application, of.round
    return Award(
        number=number,
        application=application,
        lot=application.lot,
        organisation=application.organisation,
        state=AwardState.ACTIVE,
        amount=application.amount,
        committed=application.amount,
        starts_on=round_.starts_on,
        ends_on=case.ends_on,
        awarded_at=round_.awarded_at,
        awarded_by=of.staff.officer,
        facts={
            "on": round_.awarded_on.isoformat(),
            "status": application.organisation.status,
            "standings": {},
            "findings": [],
            "participant": str(application.participant),
        },
        accept_by_on=round_.accept_by_on,
        agreement_number=number,
    )
