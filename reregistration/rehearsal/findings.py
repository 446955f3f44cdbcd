"""What came of a rehearsal: the funnel that sums to the register, and what must never happen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import TruncDate

from notices.models import Dispatch, Notice
from notices.states import Channel, Kind
from registry.calendar import day_of
from registry.models import Organisation, Standing
from reregistration.marking import rule
from reregistration.models import Campaign, Filing, Mark, ObligationEvent
from reregistration.states import FilingState, State


@dataclass(frozen=True)
class Finding:
    """One invariant: what it says, how many rows break it, an example."""

    sentence: str
    broken: int
    example: str = ""


def funnel(campaign: Campaign) -> list[tuple[str, int]]:
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


def _count(asked: object, state: str, **more: bool) -> int:
    return int(asked.filter(state=state, **more).count())  # type: ignore[attr-defined]


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


def invariants(campaign: Campaign) -> Iterator[Finding]:
    """What must hold after every campaign, whatever happened in it."""
    yield _nobody_with_a_filing_is_marked(campaign)
    yield _nobody_filed_before_the_mark(campaign)
    yield from _marks_rest_on_served_notices(campaign)
    yield _every_notice_once()
    yield _states_equal_the_log(campaign)
    yield _standing_mirrors(campaign)
    yield _receipts(campaign)
    yield _one_email_of_reminders_a_day()
    yield _nothing_sent_too_late()
    total = Organisation.objects.listed().count()
    summed = sum(number for _, number in funnel(campaign))
    yield Finding("the funnel sums to the register", abs(total - summed), f"{summed} of {total}")


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


def _every_notice_once() -> Finding:
    doubles = (
        Notice.objects.values("organisation", "source", "cycle", "kind", "occasion")
        .annotate(n=Count("pk"))
        .filter(n__gt=1)
        .count()
    )
    return Finding("every notice was made once", doubles)


def _states_equal_the_log(campaign: Campaign) -> Finding:
    last = ObligationEvent.objects.filter(obligation=OuterRef("pk")).order_by("-pk")
    broken = (
        campaign.obligations.annotate(
            logged_state=Subquery(last.values("to_state")[:1]),
            logged_cycle=Subquery(last.values("cycle")[:1]),
            logged_due_on=Subquery(last.values("due_on")[:1]),
        )
        .exclude(state=F("logged_state"), cycle=F("logged_cycle"), due_on=F("logged_due_on"))
        .count()
    )
    return Finding("every state equals its log", broken)


def _standing_mirrors(campaign: Campaign) -> Finding:
    mirror = Standing.objects.filter(
        organisation=OuterRef("organisation"),
        campaign=campaign.code,
        state=OuterRef("state"),
        effective_due_on=OuterRef("due_on"),
    )
    broken = campaign.obligations.filter(~Exists(mirror))
    return Finding("the register mirrors every obligation", broken.count())


def _receipts(campaign: Campaign) -> Finding:
    receipted = Notice.objects.filter(kind="receipt").values("occasion")
    broken = (
        Filing.objects.filter(obligation__campaign=campaign, submitted_at__isnull=False)
        .exclude(number__in=receipted)
        .count()
    )
    return Finding("every filing got its receipt", broken)


def _one_email_of_reminders_a_day() -> Finding:
    several = (
        Dispatch.objects.filter(
            notice__kind=Kind.REMINDER,
            channel=Channel.EMAIL,
            sent_at__isnull=False,
            carried_by__isnull=True,
        )
        .values("address", day=TruncDate("sent_at"))
        .annotate(n=Count("pk"))
        .filter(n__gt=1)
        .count()
    )
    return Finding("no address had two e-mails of reminders on one day", several)


def _nothing_sent_too_late() -> Finding:
    late = Dispatch.objects.filter(sent_at__gte=F("useful_until_at")).count()
    return Finding("nothing was sent after it had ceased to be of use", late)
