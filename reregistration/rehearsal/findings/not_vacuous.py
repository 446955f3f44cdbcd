"""Whether enough happened: a rehearsal in which nothing did would prove nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django.db.models import QuerySet

from reregistration.models import (
    Campaign,
    Complaint,
    Referral,
    ReferralWithdrawal,
    Reversal,
    ScheduleLine,
    WithdrawalChase,
)
from reregistration.rehearsal.findings.finding import Finding
from reregistration.rehearsal.findings.funnel import (
    ABSENT,
    BEFORE_COURT,
    COURT_REFUSED,
    CURED,
    LIQUIDATED,
    REACHED,
    RESTORED,
    WITHDRAWN,
    of_the_marked,
)
from reregistration.states import AnswerOutcome

# Nobody in a rehearsal claims or lives on grant money; a complaint is of a mark, so that whoever
# complains is not overdue; and no court has decided yet when marking is under way.
_NOT_PLAYED = ("no_claim", "no_sign_of_life", "no_complaint", "no_court_refusal")


def while_marking(campaign: Campaign, against: Mapping[str, int]) -> Iterator[Finding]:
    """A rehearsal in which nobody is marked, cured or kept out would prove nothing."""
    ends = {
        "some organisations were marked": campaign.obligations.filter(marks__isnull=False),
        "some marked organisations filed and were cured": campaign.obligations.filter(
            marks__isnull=False, first_filed_at__isnull=False
        ),
    }
    yield from _some(ends)
    for code, number in against.items():
        if code not in _NOT_PLAYED:
            yield Finding(f"some were kept from marking by: {code}", broken=0 if number else 1)


def after_marks(campaign: Campaign, on: date) -> Iterator[Finding]:
    """Nor would one in which no mark is complained of, reversed, or outlives the term."""
    ends = dict(of_the_marked(campaign, on))
    complaints = Complaint.objects.filter(obligation__campaign=campaign)
    met = {
        "some complaints were dismissed": complaints.filter(outcome=AnswerOutcome.DISMISSED),
        "some complaints were upheld": complaints.filter(outcome=AnswerOutcome.UPHELD),
        "some marks were reversed": Reversal.objects.filter(mark__obligation__campaign=campaign),
    }
    yield from _some(met)
    for name in (CURED, REACHED, ABSENT):
        yield Finding(f"some are {name}", broken=0 if ends.get(name) else 1)


def before_the_court(campaign: Campaign) -> Iterator[Finding]:
    """Nor would one in which the court has nothing to decide, or nothing is taken back."""
    ends = dict(of_the_marked(campaign, campaign.due_on))
    for name in (BEFORE_COURT, WITHDRAWN, COURT_REFUSED, LIQUIDATED, RESTORED):
        yield Finding(f"some are {name}", broken=0 if ends.get(name) else 1)
    files = Referral.objects.filter(obligation__campaign=campaign)
    met = {
        "some files were struck out of their schedule": ScheduleLine.objects.filter(
            referral__in=files, struck_at__isnull=False, struck_by__isnull=False
        ),
        "some bodies had to be reminded of a withdrawal": WithdrawalChase.objects.filter(
            withdrawal__referral__in=files
        ),
        "some withdrawals were acknowledged": ReferralWithdrawal.objects.filter(
            referral__in=files, acknowledged_at__isnull=False
        ),
    }
    yield from _some(met)


def _some(met: Mapping[str, QuerySet[Any]]) -> Iterator[Finding]:
    for sentence, rows in met.items():
        yield Finding(sentence, broken=0 if rows.exists() else 1)
