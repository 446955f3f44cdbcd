"""Which obligations?"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Least

from reregistration.states import State

if TYPE_CHECKING:
    from reregistration.models import LegalGround, Obligation, ReceivingBody  # noqa: F401 - names the rows below


class ObligationQuerySet(models.QuerySet["Obligation"]):
    def past_due(self, on: date) -> ObligationQuerySet:
        """Due or returned, and the effective due date has passed; where it is held, before that."""
        # PostgreSQL's LEAST passes over what is null.
        clock = Least(Value(on, models.DateField()), F("held_since_on"))
        return self.filter(state__in=[State.DUE, State.RETURNED], due_on__lt=clock)

    def of_running_clock(self) -> ObligationQuerySet:
        """Those that no hold covers."""
        return self.filter(held_since_on__isnull=True)


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
