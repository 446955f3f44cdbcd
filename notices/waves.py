"""How many go out at once? Waves: so many notices of a kind, then a pause, so that whoever asks
can be answered. A wave is stopped, and nothing of it leaves until it is resumed.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.refusals import Refused
from notices.models import Wave
from notices.states import Kind

logger = logging.getLogger(__name__)


def under_way(source: str, kind: Kind, *, pause: timedelta, at: datetime) -> Wave | None:
    """The wave that still may take notices in: the last one, until the pause after it is over."""
    last = _last(source, kind)
    if last is None or last.stopped_at or last.count >= last.size or next_at(last, pause) <= at:
        return None
    return last


def begin_next(
    source: str, kind: Kind, *, size: int, pause: timedelta, at: datetime
) -> Wave | None:
    """Begin the wave that is due; None while the last one is stopped or the pause not over.

    Safe to repeat, and for two workers at once: the number of a wave is unique, so they begin one.
    """
    last = _last(source, kind)
    if last and (last.stopped_at or at < next_at(last, pause)):
        return None
    number = last.number + 1 if last else 1
    Wave.objects.bulk_create(
        [Wave(source=source, kind=kind, number=number, size=size, begun_at=at)],
        ignore_conflicts=True,
    )
    # Another worker's wave of that number begins as much as ours would have.
    return Wave.objects.get(source=source, kind=kind, number=number)


def next_at(wave: Wave, pause: timedelta) -> datetime:
    """When the next wave may begin. Whole minutes: the timetable's second is never the same."""
    return wave.begun_at.replace(second=0, microsecond=0) + pause


def room(wave: Wave) -> int:
    """How many more notices the wave may take in. Locks it: for the transaction that fills it."""
    fresh = Wave.objects.select_for_update(no_key=True).get(pk=wave.pk)
    return 0 if fresh.stopped_at else fresh.size - fresh.count


def fill(wave: Wave, count: int) -> None:
    """Count notices into a wave whose room was asked in this transaction.

    The database refuses more than its size.
    """
    Wave.objects.filter(pk=wave.pk).update(count=F("count") + count)


@transaction.atomic
def stop(wave: Wave, *, by: User, at: datetime, reason: str) -> Wave:
    """Send nothing more of a wave, and let no wave follow it.

    What a worker is sending this moment goes out. Refuses without a reason. Safe to repeat: a
    wave that is stopped stays as it was stopped.
    """
    fresh = Wave.objects.select_for_update(no_key=True).get(pk=wave.pk)
    if fresh.stopped_at:
        return fresh
    if not reason.strip():
        raise Refused(_("Say why the wave is stopped, in a few words."))
    fresh.stopped_at, fresh.stopped_by, fresh.stop_reason = at, by, reason.strip()
    fresh.save(update_fields=["stopped_at", "stopped_by", "stop_reason"])
    return fresh


@transaction.atomic
def resume(wave: Wave, *, by: User, at: datetime) -> Wave:
    """Let a stopped wave go on: what waits in it is sent, and waves follow it again.

    The reason for which it was stopped stays readable. Safe to repeat.
    """
    fresh = Wave.objects.select_for_update(no_key=True).get(pk=wave.pk)
    if fresh.stopped_at:
        fresh.stopped_at, fresh.stopped_by = None, None
        fresh.save(update_fields=["stopped_at", "stopped_by"])
        logger.info("%s was resumed by %s at %s", fresh, by, at)
    return fresh


def _last(source: str, kind: Kind) -> Wave | None:
    return Wave.objects.filter(source=source, kind=kind).order_by("-number").first()
