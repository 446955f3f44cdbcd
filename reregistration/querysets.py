"""Which obligations, and which hearing slots?"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Count, F, Q, Value
from django.db.models.functions import Least

from reregistration.states import CampaignState, State

if TYPE_CHECKING:
    from reregistration.models import (  # noqa: F401 - names the rows below
        HearingSlot,
        LegalGround,
        Obligation,
        ReceivingBody,
    )


class ObligationQuerySet(models.QuerySet["Obligation"]):
    def past_due(self, on: date) -> ObligationQuerySet:
        """Due or returned, and the effective due date has passed; where it is held, before that."""
        # PostgreSQL's LEAST passes over what is null.
        clock = Least(Value(on, models.DateField()), F("held_since_on"))
        return self.filter(state__in=[State.DUE, State.RETURNED], due_on__lt=clock)

    def not_moved(self, on: date) -> ObligationQuerySet:
        """Those that should read overdue since that day began: the timetable did not run."""
        return self.past_due(on).filter(campaign__state=CampaignState.OPEN)

    def of_running_clock(self) -> ObligationQuerySet:
        """Those that no hold covers."""
        return self.filter(held_since_on__isnull=True)


# The seats of a hearing slot that are taken.
TAKEN = Count("dates", filter=Q(dates__freed_at__isnull=True))


class HearingSlotQuerySet(models.QuerySet["HearingSlot"]):
    def with_taken(self) -> HearingSlotQuerySet:
        """With the number of seats that are taken, as `taken`."""
        return self.annotate(taken=TAKEN)

    def free(self, first_at: datetime) -> HearingSlotQuerySet:
        """Those from that moment on that were not withdrawn and have a seat left."""
        ahead = self.filter(begins_at__gte=first_at, withdrawn_at__isnull=True)
        has_seat: Q = Q(taken__lt=F("capacity"))
        return ahead.with_taken().filter(has_seat)


def _in_force(on: date) -> Q:
    return Q(from_on__lte=on) & (Q(until_on__isnull=True) | Q(until_on__gt=on))


class LegalGroundQuerySet(models.QuerySet["LegalGround"]):
    def in_force(self, on: date) -> LegalGroundQuerySet:
        """Those that may be relied on that day."""
        return self.filter(_in_force(on))


class ReceivingBodyQuerySet(models.QuerySet["ReceivingBody"]):
    def in_charge(self, on: date) -> ReceivingBodyQuerySet:
        """Those that take files that day."""
        return self.filter(_in_force(on))
