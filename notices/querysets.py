"""Which dispatches?"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models

from notices.states import Channel, DispatchState

if TYPE_CHECKING:
    pass


class DispatchQuerySet(models.QuerySet["Dispatch"]):
    def to_send(self, channel: Channel, at: datetime) -> DispatchQuerySet:
        """Queued, or claimed by a worker whose lease has run out; oldest first."""
        return self.filter(
            channel=channel,
            state__in=[DispatchState.QUEUED, DispatchState.SENDING],
            next_attempt_at__lte=at,
            carried_by__isnull=True,
        ).order_by("next_attempt_at", "id")
