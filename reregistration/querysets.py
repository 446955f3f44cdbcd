"""Which obligations?"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.db import models

from reregistration.states import State

if TYPE_CHECKING:
    from reregistration.models import Obligation  # noqa: F401 - names the rows below


class ObligationQuerySet(models.QuerySet["Obligation"]):
    def past_due(self, on: date) -> ObligationQuerySet:
        """Due or returned, and the effective due date has passed."""
        return self.filter(state__in=[State.DUE, State.RETURNED], due_on__lt=on)
