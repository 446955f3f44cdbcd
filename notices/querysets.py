"""Which dispatches?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from notices.models.pacing import Pause
from notices.states import ADVERSE, Channel, DispatchState
from registry.calendar import day_of, is_protected

# Workers come every minute: what is claimed again within these is not stuck.
GRACE_OF_LEASE = timedelta(minutes=10)

if TYPE_CHECKING:
    from notices.models import Dispatch  # noqa: F401 - names the rows below


class DispatchQuerySet(models.QuerySet["Dispatch"]):
    def to_send(self, channel: Channel, at: datetime) -> DispatchQuerySet:
        """Queued, or claimed by a worker whose lease has run out; oldest first.

        On a protected day nothing adverse: what was queued before it waits until it has passed.
        What is paused, of a stopped wave or not in a digest of the day waits too; what would be of
        no use any more is left to `dispatch.hold_back_stale`.
        """
        waiting = self.filter(
            Q(digest_on__isnull=True) | Q(digest_on=day_of(at)),
            channel=channel,
            state__in=[DispatchState.QUEUED, DispatchState.SENDING],
            next_attempt_at__lte=at,
            carried_by__isnull=True,
            waits_for_digest=False,
            wave__stopped_at__isnull=True,
        ).exclude(useful_until_at__lte=at)
        for channels, kinds in paused():
            if channels in ("", channel):
                waiting = waiting.exclude(notice__kind=kinds) if kinds else waiting.none()
        if is_protected(day_of(at)):
            waiting = waiting.exclude(notice__kind__in=ADVERSE)
        return waiting.order_by("next_attempt_at", "id")

    def stale(self, at: datetime) -> DispatchQuerySet:
        """Not sent, and of no use any more. What a worker has claimed is its own until its lease
        runs out."""
        claimed = Q(state=DispatchState.SENDING, next_attempt_at__lte=at)
        return self.filter(Q(state=DispatchState.QUEUED) | claimed, useful_until_at__lte=at)

    def past_lease(self, at: datetime) -> DispatchQuerySet:
        """Claimed by a worker that never said what became of it, and by no other since."""
        return self.filter(state=DispatchState.SENDING, next_attempt_at__lte=at - GRACE_OF_LEASE)

    def carried(self, leaders: Iterable[int], at: datetime) -> DispatchQuerySet:
        """What goes out with these now, locked; what somebody else holds is passed over."""
        return (
            self.filter(
                carried_by__in=leaders, state__in=[DispatchState.QUEUED, DispatchState.SENDING]
            )
            .exclude(useful_until_at__lte=at)
            .select_for_update(skip_locked=True, of=("self",))
            .order_by("pk")
        )

    def locked_with_carried(self, ids: Iterable[int], *states: str) -> DispatchQuerySet:
        """As `locked`, and with them what they carry that is in one of those states."""
        carried = Q(carried_by__in=ids, state__in=states)
        return (
            self.filter(Q(pk__in=ids) | carried)
            .select_related("notice__organisation")
            .select_for_update(of=("self",))
            .order_by("pk")
        )

    def locked(self, ids: Iterable[int]) -> DispatchQuerySet:
        """These rows, locked in the order of their keys, with what a move of them reads."""
        return (
            self.filter(pk__in=ids)
            .select_related("notice__organisation")
            .select_for_update(of=("self",))
            .order_by("pk")
        )


def paused() -> list[tuple[str, str]]:
    """Channel and kind of each pause in force; empty means all."""
    return list(Pause.objects.filter(ended_at__isnull=True).values_list("channel", "kind"))
