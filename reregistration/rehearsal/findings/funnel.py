"""How far everybody has come: rows that sum to the register, and to those ever marked."""

from __future__ import annotations

from collections import Counter
from datetime import date

from django.db.models import Count, QuerySet

from notices.states import Kind
from registry.calendar import Overrides
from registry.models import DayOverride, Organisation
from reregistration import deadlines
from reregistration.marking import rule
from reregistration.models import Campaign, Complaint, CourtDecisionEffect, Obligation, Referral
from reregistration.rehearsal.findings.served import OfCycle, first_served, is_reached
from reregistration.states import CourtDecisionKind, ReferralState, State

# What may follow on a mark, in the order in which it is told.
CURED = "marked, then filed"
REVERSED = "marked, then the mark was reversed"
RELEASED = "marked, then released"
COMPLAINS = "marked, a complaint is open"
NOT_SERVED = "marked, nothing proves yet that it was told so"
IN_TERM = "marked, the term of a complaint runs"
REACHED = "marked, the term is over, reached: the administrative track"
ABSENT = "marked, the term is over, every letter came back: referable, once all evidence is there"
PREPARED = "marked, a referral file is prepared"
BEFORE_COURT = "referred, the court has not decided"
WITHDRAWN = "referred, then the referral was withdrawn"
COURT_REFUSED = "referred, the court refused or left it: overdue again"
LIQUIDATED = "referred, the court ordered liquidation"
RESTORED = "referred and liquidated, then restored by a court"
_ENDS = (
    CURED,
    REVERSED,
    RELEASED,
    COMPLAINS,
    NOT_SERVED,
    IN_TERM,
    REACHED,
    ABSENT,
    PREPARED,
    BEFORE_COURT,
    WITHDRAWN,
    COURT_REFUSED,
    LIQUIDATED,
    RESTORED,
)
_OF_REFERRALS = {
    ReferralState.PREPARED: PREPARED,
    ReferralState.SCHEDULED: PREPARED,
    ReferralState.REFERRED: BEFORE_COURT,
    ReferralState.WITHDRAWN: WITHDRAWN,
}
_BY_COURT = {
    CourtDecisionKind.LIQUIDATE: LIQUIDATED,
    CourtDecisionKind.REFUSE: COURT_REFUSED,
    CourtDecisionKind.LEAVE: COURT_REFUSED,
    CourtDecisionKind.RESTORE: RESTORED,
}


def of_all(campaign: Campaign) -> list[tuple[str, int]]:
    """Rows that sum to the register: those whom the campaign never asked, then each end."""
    asked = campaign.obligations.all()
    outside = Organisation.objects.listed().exclude(pk__in=asked.values("organisation_id"))
    rows = [
        (f"not asked: {status}", number)
        for status, number in outside.values_list("status").annotate(n=Count("pk")).order_by("-n")
    ]
    rows.append(("asked, re-registered in time", _count(asked, State.FULFILLED, on_time=True)))
    rows.append(("asked, re-registered late", _count(asked, State.FULFILLED, on_time=False)))
    rows += [
        (f"asked, {State(state).label}", _count(asked, state))
        for state in State
        if state != State.FULFILLED
    ]
    return [(name, number) for name, number in rows if number]


def _count(asked: QuerySet[Obligation], state: str, **more: bool) -> int:
    return asked.filter(state=state, **more).count()


def of_the_marked(campaign: Campaign, on: date) -> list[tuple[str, int]]:
    """Rows that sum to the organisations ever marked: how far each has come by that day."""
    marked = campaign.obligations.filter(marks__isnull=False).distinct()
    served, overrides = first_served(marked), DayOverride.objects.as_overrides()
    complaining = set(
        Complaint.objects.filter(decided_at__isnull=True).values_list("obligation_id", flat=True)
    )
    ends: Counter[str] = Counter()
    referred = _ends_of_referrals(campaign)
    for row in marked:
        if row.pk in referred:
            ends[referred[row.pk]] += 1
        elif row.state != State.MARKED:
            ends[_left(row)] += 1
        elif row.pk in complaining:
            ends[COMPLAINS] += 1
        else:
            of_cycle = served.get((row.source, row.cycle), {})
            ends[_end_of_term(campaign, of_cycle, on, overrides)] += 1
    return [(name, ends[name]) for name in _ENDS if ends[name]]


def _ends_of_referrals(campaign: Campaign) -> dict[int, str]:
    """How far each obligation's referral has come, by the obligation's key; not those dropped."""
    ends: dict[int, str] = {}
    of_campaign = Referral.objects.filter(obligation__campaign=campaign)
    for pk, state in of_campaign.order_by("pk").values_list("obligation_id", "state"):
        if state in _OF_REFERRALS:
            ends[pk] = _OF_REFERRALS[ReferralState(state)]
    effects = CourtDecisionEffect.objects.filter(
        decision__referral__obligation__campaign=campaign
    ).order_by("at", "pk")
    for pk, kind in effects.values_list("decision__referral__obligation_id", "decision__kind"):
        ends[pk] = _BY_COURT[CourtDecisionKind(kind)]
    return ends


def _left(row: Obligation) -> str:
    """How a mark ceased to stand."""
    if row.state == State.RELEASED:
        return RELEASED
    # Whoever files after a reversal has filed, whatever became of the mark.
    return CURED if row.first_filed_at else REVERSED


def _end_of_term(campaign: Campaign, of_cycle: OfCycle, on: date, overrides: Overrides) -> str:
    """How far a standing mark has come, of which nobody complains."""
    told = of_cycle.get(Kind.MARKED)
    if told is None:
        return NOT_SERVED
    if deadlines.months_end_on(told[0], campaign.complaint_months, overrides) >= on:
        return IN_TERM
    return REACHED if is_reached(of_cycle) else ABSENT


def not_chosen(campaign: Campaign, on: date) -> Counter[str]:
    """Of the overdue, which conditions keep how many from being marked that day."""
    against: Counter[str] = Counter()
    overdue = rule.annotated(campaign).filter(state=State.OVERDUE)
    for condition in rule.conditions(campaign, on):
        against[condition.code] = overdue.count() - overdue.filter(condition.holds).count()
    # The day of grace and the state itself are told by the obligations that are not overdue.
    in_time = campaign.obligations.exclude(state__in=[State.OVERDUE, State.MARKED])
    against["overdue"] = in_time.count()
    return against
