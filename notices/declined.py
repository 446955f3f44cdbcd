"""Who wants no courtesy reminders? Legal notices cannot be declined."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from notices.addresses import WANTS_NO_REMINDERS
from notices.dispatch import move_all
from notices.models import DeclinedAddress, Dispatch
from notices.states import COURTESY, Channel, DispatchState


def is_declined(address: str) -> bool:
    return DeclinedAddress.objects.filter(address=address.lower()).exists()


@transaction.atomic
def decline(address: str, *, at: datetime) -> None:
    """Send no more courtesy reminders to an address, whichever organisation they are about.

    Those that wait are held back; one that a worker is sending this moment goes out. Safe to
    repeat: an address declines once.
    """
    DeclinedAddress.objects.bulk_create(
        [DeclinedAddress(address=address.lower(), declined_at=at)], ignore_conflicts=True
    )
    waiting = list(
        Dispatch.objects.select_related("notice")
        .select_for_update(of=("self",), no_key=True)
        .filter(
            channel=Channel.EMAIL,
            address__iexact=address,
            notice__kind__in=COURTESY,
            state=DispatchState.QUEUED,
        )
        .order_by("pk")
    )
    move_all(
        waiting,
        DispatchState.SUPPRESSED,
        ended_at=at,
        failure=str(WANTS_NO_REMINDERS),
    )


def resume(address: str) -> None:
    """Send courtesy reminders to an address again, from the next one on. Safe to repeat."""
    DeclinedAddress.objects.filter(address=address.lower()).delete()
