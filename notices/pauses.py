"""Which channels and kinds are paused? While a pause lasts nothing of them is sent; it waits."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.refusals import Refused
from notices.models import Pause
from notices.states import Channel, Kind


def begin(
    channel: Channel | None, kind: Kind | None, *, reason: str, by: User, at: datetime
) -> Pause:
    """Pause a channel, a kind, or one kind on one channel; None means all of them.

    What a worker is sending this moment goes out. Refuses without a reason. Safe to repeat, and
    for two people at once: the pause that is in force is returned.
    """
    if not reason.strip():
        raise Refused(_("Say why nothing is to be sent, in a few words."))
    named = {"channel": channel or "", "kind": kind or ""}
    try:
        with transaction.atomic():
            return Pause.objects.create(**named, reason=reason.strip(), by=by, since_at=at)
    except IntegrityError:
        return Pause.objects.get(**named, ended_at__isnull=True)


@transaction.atomic
def end(pause: Pause, *, by: User, at: datetime) -> Pause:
    """End a pause: what waited is sent, if it is still of use. Safe to repeat: a pause that has
    ended stays as it ended."""
    fresh = Pause.objects.select_for_update(no_key=True).get(pk=pause.pk)
    if fresh.ended_at is None:
        fresh.ended_at, fresh.ended_by = at, by
        fresh.save(update_fields=["ended_at", "ended_by"])
    return fresh
