"""Which courtesy reminders go to one address together? At most one e-mail of them a day.

The first reminder of an address leads its digest of the day: it is the dispatch that is sent. The
others are carried by it, and share its fate. The database allows one leader an address a day, and
a leader is sent on the day of its digest alone: what did not go out in time is gathered anew.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import connection, transaction
from django.db.models import Q

from notices.models import Dispatch
from notices.states import Channel, DispatchState
from registry.calendar import day_of

# The one lock under which digests are put together, so that two workers never share an address.
_LOCK = 7_240_811
# Not sent yet. What a worker has claimed falls due again when its lease runs out.
_WAITING = (DispatchState.QUEUED, DispatchState.SENDING)

# Whoever was tried before leads again: a doubled sending is recognised by its Message-ID. What
# another worker holds at this moment is passed over, so that nobody waits crosswise.
_BUNDLE = """
WITH found AS (
    SELECT one.id, one.address, one.attempts
    FROM notices_dispatch AS one
    WHERE one.channel = 'email'
        AND one.state IN ('queued', 'sending')
        AND one.waits_for_digest
        AND one.next_attempt_at <= %(at)s
        AND (one.useful_until_at IS NULL OR one.useful_until_at > %(at)s)
        AND NOT EXISTS (
            SELECT FROM notices_dispatch AS led
            WHERE led.address = one.address
                AND led.digest_on = %(on)s
                AND led.carried_by_id IS NULL
                AND led.state <> 'suppressed'
        )
        AND NOT EXISTS (
            SELECT FROM notices_declinedaddress AS declined
            WHERE declined.address = lower(one.address)
        )
    ORDER BY one.id
    FOR NO KEY UPDATE OF one SKIP LOCKED
), waiting AS (
    SELECT id, first_value(id) OVER (PARTITION BY address ORDER BY attempts DESC, id) AS leader_id
    FROM found
)
UPDATE notices_dispatch AS dispatch
SET waits_for_digest = false,
    digest_on = %(on)s,
    carried_by_id = nullif(waiting.leader_id, waiting.id)
FROM waiting
WHERE dispatch.id = waiting.id
"""


@transaction.atomic
def gather(*, at: datetime) -> int:
    """Put the reminders that are due into their addresses' digests of the day; returns how many.

    An address that had its digest today waits until tomorrow. Safe to repeat, and for many
    workers at once: one gathers, the others find it done. A few statements however many.
    """
    on = day_of(at)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        _scatter(on, at)
        cursor.execute(_BUNDLE, {"at": at, "on": on})
        return int(cursor.rowcount)


def _scatter(on: date, at: datetime) -> None:
    """Let wait for another digest what is due and whose digest did not go out on its day, or
    whose leader goes out no more. A digest that staff sent again stays together: it has no day."""
    led_by_none = Q(carried_by__isnull=False) & ~Q(carried_by__state__in=_WAITING)
    sent_again = Q(
        carried_by__isnull=False,
        carried_by__digest_on__isnull=True,
        carried_by__waits_for_digest=False,
    )
    rows = (
        Dispatch.objects.filter(
            (Q(digest_on__lt=on) & ~sent_again) | led_by_none,
            channel=Channel.EMAIL,
            state__in=_WAITING,
            digest_on__isnull=False,
            next_attempt_at__lte=at,
        )
        .only("pk")
        .order_by("pk")
        .select_for_update(skip_locked=True, no_key=True, of=("self",))
    )
    Dispatch.objects.filter(pk__in=[row.pk for row in rows]).update(
        waits_for_digest=True, digest_on=None, carried_by=None
    )
