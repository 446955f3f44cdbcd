"""What must hold after every campaign, whatever happened in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from registry.models import Organisation
from reregistration.models import Campaign
from reregistration.rehearsal.findings import answers, funnel, marks, notices, records, referrals
from reregistration.rehearsal.findings.finding import Finding


def check(campaign: Campaign, on: date) -> Iterator[Finding]:
    """What must hold after every campaign, whatever happened in it by that day."""
    yield from marks.check(campaign)
    yield from records.check(campaign)
    yield from notices.check(campaign)
    yield from answers.check(campaign)
    yield from referrals.check(campaign, on)
    yield from _the_funnels_sum(campaign)


def _the_funnels_sum(campaign: Campaign) -> Iterator[Finding]:
    marked = campaign.obligations.filter(marks__isnull=False).distinct().count()
    told = sum(number for _, number in funnel.of_the_marked(campaign, campaign.due_on))
    yield Finding(
        "the funnel of the marked sums to them", abs(marked - told), f"{told} of {marked}"
    )
    total = Organisation.objects.listed().count()
    summed = sum(number for _, number in funnel.of_all(campaign))
    yield Finding("the funnel sums to the register", abs(total - summed), f"{summed} of {total}")
