"""Which courtesy reminders go to one address together? At most one e-mail of them a day.

The first reminder of an address leads its digest of the day: it is the dispatch that is sent. The
others are carried by it, and share its fate. The database allows one leader an address a day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.db import connection, transaction

from notices.models import Dispatch
from notices.states import DispatchState
from registry.calendar import day_of

# The one lock under which digests are put together, so that two workers never share an address.
_LOCK = 7_240_811


@transaction.atomic
def gather(*, at: datetime) -> int:
    """Put the reminders that are due into their addresses' digests of the day; returns how many.

    An address that had its digest today waits until tomorrow. Safe to repeat, and for many
    workers at once: one gathers, the others find it done.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    on = day_of(at)
    waiting = _waiting(at)
    had_theirs = _had_theirs(waiting, on)
    gathered = 0
    for address, rows in waiting.items():
        if address not in had_theirs:
            _bundle(rows, on)
            gathered += len(rows)
    return gathered


def _waiting(at: datetime) -> dict[str, list[int]]:
    """The keys of the reminders that wait for their digest, by address."""
    rows = (
        Dispatch.objects.filter(
            state=DispatchState.QUEUED, waits_for_digest=True, next_attempt_at__lte=at
        )
        .exclude(useful_until_at__lte=at)
        .order_by("pk")
        .values_list("address", "pk")
    )
    found: dict[str, list[int]] = defaultdict(list)
    for address, pk in rows:
        found[address].append(pk)
    return found


def _had_theirs(addresses: Iterable[str], on: date) -> set[str]:
    led = Dispatch.objects.filter(
        address__in=list(addresses), digest_on=on, carried_by__isnull=True
    ).exclude(state=DispatchState.SUPPRESSED)
    return set(led.values_list("address", flat=True))


def _bundle(rows: Sequence[int], on: date) -> None:
    leader, *carried = rows
    Dispatch.objects.filter(pk=leader).update(waits_for_digest=False, digest_on=on)
    if carried:
        Dispatch.objects.filter(pk__in=carried).update(
            waits_for_digest=False, digest_on=on, carried_by=leader
        )
