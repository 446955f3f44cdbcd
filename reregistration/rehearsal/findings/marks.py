"""That nobody is marked who should not be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Exists, F, OuterRef, Q, Subquery

from registry.calendar import day_of
from reregistration.models import Campaign, Filing, Mark, SampleVerdict
from reregistration.rehearsal.findings.finding import Finding
from reregistration.states import FilingState, State, Verdict


def check(campaign: Campaign) -> Iterator[Finding]:
    yield _nobody_with_a_filing_is_marked(campaign)
    yield _nobody_filed_before_the_mark(campaign)
    yield _nobody_found_wrong_is_marked(campaign)
    yield from _marks_rest_on_served_notices(campaign)


def _nobody_with_a_filing_is_marked(campaign: Campaign) -> Finding:
    broken = campaign.obligations.filter(
        ~Q(filings__state=FilingState.DRAFT), state=State.MARKED, filings__isnull=False
    ).count()
    return Finding("nobody with a filing is marked", broken)


def _nobody_filed_before_the_mark(campaign: Campaign) -> Finding:
    first_filing = (
        Filing.objects.filter(obligation=OuterRef("obligation"), submitted_at__isnull=False)
        .order_by("submitted_at")
        .values("submitted_at")[:1]
    )
    broken = (
        Mark.objects.filter(obligation__campaign=campaign)
        .annotate(filed_at=Subquery(first_filing))
        .filter(filed_at__lte=F("at"))
        .count()
    )
    return Finding("nobody was marked after filing", broken)


def _nobody_found_wrong_is_marked(campaign: Campaign) -> Finding:
    found_wrong = SampleVerdict.objects.filter(
        case__candidate__obligation=OuterRef("obligation"),
        cycle=OuterRef("cycle"),
        verdict=Verdict.WRONG,
    )
    marks = Mark.objects.filter(Exists(found_wrong), obligation__campaign=campaign)
    return Finding("nobody whom a person found wrong to mark is marked", marks.count())


def _marks_rest_on_served_notices(campaign: Campaign) -> Iterator[Finding]:
    marks = Mark.objects.filter(obligation__campaign=campaign).select_related(
        "obligation", "warning_service__notice", "decision_service__notice"
    )
    waits = {
        "warning_service": ("final_warning", campaign.warning_served_days),
        "decision_service": ("preliminary_decision", campaign.decision_served_days),
    }
    for name, (kind, days) in waits.items():
        broken = [mark for mark in marks if not _rests_on(mark, name, kind, days)]
        yield Finding(
            f"every mark rests on a {kind} served {days} days before, in its cycle",
            len(broken),
            str(broken[0]) if broken else "",
        )


def _rests_on(mark: Mark, name: str, kind: str, days: int) -> bool:
    service = getattr(mark, name)
    notice = service.notice
    return bool(
        notice.kind == kind
        and notice.organisation_id == mark.obligation.organisation_id
        and notice.source == mark.obligation.source
        and notice.cycle == mark.cycle
        and day_of(service.served_at) + timedelta(days=days) < day_of(mark.at)
    )
