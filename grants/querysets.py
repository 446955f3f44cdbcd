"""Which rows of grants?"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce

from grants.states import (
    CALL_PUBLIC,
    GRANTED,
    IN_FORCE,
    LIVE_AWARDS,
    REPORT_WAITS,
    ApplicationState,
    CallState,
)

if TYPE_CHECKING:
    from grants.models import (  # noqa: F401 - names the rows below
        Application,
        Award,
        Call,
        GrantRule,
        Participant,
        PastAward,
        RepaymentDemand,
        Report,
    )


class ParticipantQuerySet(models.QuerySet["Participant"]):
    def taking_part(self, on: date) -> ParticipantQuerySet:
        """Those that take part that day, whatever job has run; the register of participants."""
        return self.filter(state="active", from_on__lte=on, until_on__gte=on)


class GrantRuleQuerySet(models.QuerySet["GrantRule"]):
    def in_force(self, on: date) -> GrantRuleQuerySet:
        return self.filter(Q(until_on__isnull=True) | Q(until_on__gt=on), from_on__lte=on)


class CallQuerySet(models.QuerySet["Call"]):
    def announced(self) -> CallQuerySet:
        """What the public may see."""
        return self.filter(state__in=CALL_PUBLIC)

    def taking_applications(self, at: datetime) -> CallQuerySet:
        return self.filter(state=CallState.OPEN, opens_at__lte=at, closes_at__gt=at)


class ApplicationQuerySet(models.QuerySet["Application"]):
    def of_people_of(self, user: Any) -> ApplicationQuerySet:
        """Those of organisations that the person represents now."""
        return self.filter(
            organisation__representatives__user=user,
            organisation__representatives__until_at__isnull=True,
        )

    def handed_in(self) -> ApplicationQuerySet:
        """All but drafts: a draft is the organisation's own, and nobody else sees it."""
        return self.exclude(state=ApplicationState.DRAFT)


class AwardQuerySet(models.QuerySet["Award"]):
    def live(self) -> AwardQuerySet:
        return self.filter(state__in=LIVE_AWARDS)

    def granted(self) -> AwardQuerySet:
        """What the public counts: accepted, whatever became of it."""
        return self.filter(state__in=GRANTED)


class RepaymentDemandQuerySet(models.QuerySet["RepaymentDemand"]):
    def with_left(self) -> RepaymentDemandQuerySet:
        """Each with `left`: what of it has not come back."""
        return self.annotate(left=F("amount") - Coalesce(Sum("repayments__amount"), Decimal(0)))


class PastAwardQuerySet(models.QuerySet["PastAward"]):
    def counted(self) -> PastAwardQuerySet:
        """Those whose amount in tenge the source states."""
        return self.filter(amount__isnull=False, currency="KZT")


class ReportQuerySet(models.QuerySet["Report"]):
    def waiting(self) -> ReportQuerySet:
        """Those that wait for the organisation, of a grant that binds it."""
        return self.filter(state__in=REPORT_WAITS, award__state__in=IN_FORCE)
