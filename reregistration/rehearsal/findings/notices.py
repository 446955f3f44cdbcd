"""That every notice is made and sent once, in time, and to nobody whose dates are held."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, F, Q
from django.db.models.functions import TruncDate

from notices.models import Dispatch, Notice
from notices.states import ADVERSE, Channel, Kind
from reregistration.models import Campaign, Filing, Hold
from reregistration.rehearsal.findings.finding import Finding


def check(campaign: Campaign) -> Iterator[Finding]:
    yield _every_notice_once()
    yield _receipts(campaign)
    yield _one_email_of_reminders_a_day()
    yield _nothing_sent_too_late()
    yield _nothing_against_the_held()


def _every_notice_once() -> Finding:
    doubles = (
        Notice.objects.values("organisation", "source", "cycle", "kind", "occasion")
        .annotate(n=Count("pk"))
        .filter(n__gt=1)
        .count()
    )
    return Finding("every notice was made once", doubles)


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


def _nothing_against_the_held() -> Finding:
    broken = 0
    for hold in Hold.objects.filter(Q(region__isnull=False) | Q(obligation__isnull=False)):
        notices = Notice.objects.filter(kind__in=ADVERSE, made_at__gt=hold.at)
        if hold.ended_at:
            notices = notices.filter(made_at__lt=hold.ended_at)
        if hold.obligation:
            broken += notices.filter(source=hold.obligation.source).count()
        else:
            broken += notices.filter(organisation__region=hold.region).count()
    return Finding("nobody was warned or marked while the dates were held", broken)
