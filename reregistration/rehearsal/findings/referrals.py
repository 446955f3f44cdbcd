"""That only the absent come before the court, and that only the court ends an organisation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import TruncDate

from notices.states import Kind
from registry.calendar import day_of, end_of
from registry.models import DayOverride
from reregistration import deadlines
from reregistration.models import (
    Campaign,
    CourtDecision,
    ObligationEvent,
    ReferralWithdrawal,
    ScheduleLine,
)
from reregistration.rehearsal.findings.finding import Finding
from reregistration.rehearsal.findings.served import first_served, is_reached
from reregistration.states import BY_A_COURT, CourtDecisionKind, State


def check(campaign: Campaign, on: date) -> Iterator[Finding]:
    yield from _only_the_absent_are_referred(campaign)
    yield _whoever_left_is_withdrawn(campaign)
    yield _bodies_are_told_in_time(campaign, on)
    yield _only_a_court_ends_an_organisation(campaign)


def _only_the_absent_are_referred(campaign: Campaign) -> Iterator[Finding]:
    sent = ScheduleLine.objects.filter(
        sent_at__isnull=False, referral__obligation__campaign=campaign
    ).select_related("referral__obligation__campaign", "schedule")
    overrides = DayOverride.objects.as_overrides()
    served = first_served(campaign.obligations.filter(referrals__lines__in=sent))
    reached, early, partial = 0, 0, 0
    for line in sent:
        of_cycle = served[line.referral.obligation.source, line.referral.cycle]
        reached += is_reached(of_cycle)
        told_on, _by_post = of_cycle[Kind.MARKED]
        term_ends_on = deadlines.months_end_on(told_on, campaign.complaint_months, overrides)
        early += day_of(line.referral.prepared_at) <= term_ends_on
        partial += _signed_by_the_partial(line)
    yield Finding("nobody whom a notice reached was referred", reached)
    yield Finding("no file was prepared before the term of a complaint was over", early)
    yield Finding("two people who took no part before signed each schedule", partial)


def _signed_by_the_partial(line: ScheduleLine) -> bool:
    schedule, round_ = line.schedule, line.referral.mark.round
    signers = {schedule.first_signed_by_id, schedule.second_signed_by_id}
    before = {
        schedule.drafted_by_id,
        line.referral.prepared_by_id,
        round_.drafted_by_id,
        round_.first_signed_by_id,
        round_.second_signed_by_id,
    }
    return len(signers - {None}) < 2 or bool(signers & before)


def _whoever_left_is_withdrawn(campaign: Campaign) -> Finding:
    left = ObligationEvent.objects.filter(
        obligation__campaign=campaign, from_state=State.REFERRED
    ).exclude(to_state=State.TERMINATED)
    by_court = left.filter(reason__startswith=BY_A_COURT).count()
    withdrawn = ReferralWithdrawal.objects.filter(referral__obligation__campaign=campaign).count()
    return Finding(
        "whoever left the way to the court was withdrawn there",
        abs(left.count() - by_court - withdrawn),
    )


def _bodies_are_told_in_time(campaign: Campaign, on: date) -> Finding:
    late = ReferralWithdrawal.objects.filter(
        Q(sent_at__isnull=True, due_at__lt=end_of(on)) | Q(sent_at__gt=F("due_at")),
        referral__obligation__campaign=campaign,
    ).count()
    return Finding("every withdrawal was told to the body by the next working day", late)


def _only_a_court_ends_an_organisation(campaign: Campaign) -> Finding:
    ordered = CourtDecision.objects.filter(
        referral__obligation=OuterRef("obligation"),
        kind=CourtDecisionKind.LIQUIDATE,
        confirmation__isnull=False,
        in_force_on__lte=OuterRef("ended_on"),
    )
    broken = (
        ObligationEvent.objects.filter(obligation__campaign=campaign, to_state=State.TERMINATED)
        .annotate(ended_on=TruncDate("at"))
        .filter(~Exists(ordered))
        .count()
    )
    return Finding("nothing but a court's decision in force liquidates an organisation", broken)
