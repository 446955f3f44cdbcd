"""Which dispatches?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models

from notices.models.pacing import Pause
from notices.states import ADVERSE, Channel, DispatchState
from registry.calendar import day_of, is_protected

if TYPE_CHECKING:
    from notices.models import Dispatch  # noqa: F401 - names the rows below


class DispatchQuerySet(models.QuerySet["Dispatch"]):
    def to_send(self, channel: Channel, at: datetime) -> DispatchQuerySet:
        """Queued, or claimed by a worker whose lease has run out; oldest first.

        On a protected day nothing adverse: what was queued before it waits until it has passed.
        What is paused, of a stopped wave or not yet in its digest waits too; what would be of no
        use any more is left to `dispatch.hold_back_stale`.
        """
        waiting = self.filter(
            channel=channel,
            state__in=[DispatchState.QUEUED, DispatchState.SENDING],
            next_attempt_at__lte=at,
            carried_by__isnull=True,
            waits_for_digest=False,
            wave__stopped_at__isnull=True,
        ).exclude(useful_until_at__lte=at)
        for channels, kinds in _paused():
            if channels in ("", channel):
                waiting = waiting.exclude(notice__kind=kinds) if kinds else waiting.none()
        if is_protected(day_of(at)):
            waiting = waiting.exclude(notice__kind__in=ADVERSE)
        return waiting.order_by("next_attempt_at", "id")

    def stale(self, at: datetime) -> DispatchQuerySet:
        """Queued, and of no use any more."""
        return self.filter(state=DispatchState.QUEUED, useful_until_at__lte=at)

    def locked(self, ids: Iterable[int]) -> DispatchQuerySet:
        """These rows, locked in the order of their keys, with what a move of them reads."""
        return (
            self.filter(pk__in=ids)
            .select_related("notice__organisation")
            .select_for_update(of=("self",))
            .order_by("pk")
        )


def _paused() -> list[tuple[str, str]]:
    """Channel and kind of each pause in force; empty means all."""
    return list(Pause.objects.filter(ended_at__isnull=True).values_list("channel", "kind"))
