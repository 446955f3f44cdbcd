"""The last way to serve a notice: the portal asks the organisation in public to get in touch.

`dispatch.queue_next` makes the row once every known address has failed and the registered letter
to the legal seat came back. The page says who is looked for and since when, never why. Whoever
stays on it for PUBLICATION_DAYS has been served; whoever answers before is taken down unserved:
at once by `dispatch.withdraw`, or by `take_down_answered`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext as _

from notices import gate, service
from notices.dispatch import move_all
from notices.models import Dispatch, Notice
from notices.querysets import DispatchQuerySet
from notices.service import Proof
from notices.states import ANSWERED, NOT_FAILED, Channel, DispatchState, ServiceGround
from registry.calendar import Overrides, after_protected_days, day_of, end_of
from registry.models import DayOverride

PUBLICATION_DAYS = 30
_SLICE = 500


def shown() -> DispatchQuerySet:
    """The publications on the page: those that have served too, until the organisation answers."""
    return published().filter(taken_down_at__isnull=True)


def published() -> DispatchQuerySet:
    """All that were ever on the page."""
    return Dispatch.objects.filter(
        channel=Channel.PUBLICATION, state__in=[DispatchState.SENT, DispatchState.DELIVERED]
    )


@transaction.atomic
def take_down_answered(*, at: datetime) -> int:
    """Take off the page, or never put on it, whoever has answered since the notice was made;
    returns how many. For a letter may come back after the filing. Safe to repeat."""
    answers = Notice.objects.filter(
        organisation=OuterRef("notice__organisation"),
        kind__in=ANSWERED,
        made_at__gte=OuterRef("notice__made_at"),
    )
    rows = list(
        Dispatch.objects.filter(
            Exists(answers),
            Q(state=DispatchState.QUEUED) | Q(sent_at__isnull=False),
            channel=Channel.PUBLICATION,
            taken_down_at__isnull=True,
        )
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
    )
    waiting = [row for row in rows if row.state == DispatchState.QUEUED]
    why = _("The organisation has answered.")
    move_all(waiting, DispatchState.SUPPRESSED, ended_at=at, failure=why)
    Dispatch.objects.filter(
        pk__in=[row.pk for row in rows if row.sent_at], taken_down_at__isnull=True
    ).update(taken_down_at=at)
    return len(rows)


def publish_due(*, at: datetime) -> int:
    """Put on the page what waits for it; returns how many.

    An unreleased production publishes nothing. What has been sent to an address once more
    meanwhile waits for how that ends. Safe to repeat: what is on the page stays as it is.
    """
    if gate.waits_for_release():
        return 0
    count = 0
    while rows := _publish_some(at):
        count += len(rows)
    return count


@transaction.atomic
def _publish_some(at: datetime) -> Sequence[Dispatch]:
    elsewhere = (
        Dispatch.objects.filter(notice=OuterRef("notice"), state__in=NOT_FAILED)
        .exclude(pk=OuterRef("pk"))
        # It goes beside the others, and proves nothing either way.
        .exclude(channel=Channel.SMS)
    )
    rows = list(
        Dispatch.objects.to_send(Channel.PUBLICATION, at)
        .filter(~Exists(elsewhere), state=DispatchState.QUEUED)
        .select_for_update(skip_locked=True, of=("self",))[:_SLICE]
    )
    move_all(rows, DispatchState.SENDING, attempts=F("attempts") + 1)
    move_all(rows, DispatchState.SENT, sent_at=at, failure="")
    return rows


def settle(*, at: datetime) -> int:
    """Record as served what has been on the page long enough; returns how many.

    The moment of service is the end of its last day there, however late this runs. Safe to repeat:
    what has served is not asked for again, and a notice has one proof a ground.
    """
    overrides = DayOverride.objects.as_overrides()
    waiting = (
        shown()
        .filter(state=DispatchState.SENT, sent_at__lt=at - timedelta(days=PUBLICATION_DAYS))
        .order_by("pk")
        .values_list("pk", "sent_at")
    )
    due = [pk for pk, sent_at in waiting if sent_at and serves_at(sent_at, overrides) <= at]
    return sum(
        _settle_some(due[start : start + _SLICE], overrides, at)
        for start in range(0, len(due), _SLICE)
    )


def serves_at(published_at: datetime, overrides: Overrides) -> datetime:
    """When a publication serves: 24:00 of its last day, which is no day off nor a protected one."""
    last_on = day_of(published_at) + timedelta(days=PUBLICATION_DAYS)
    return end_of(after_protected_days(last_on, overrides))


@transaction.atomic
def _settle_some(ids: Sequence[int], overrides: Overrides, at: datetime) -> int:
    rows = [
        row
        for row in Dispatch.objects.locked(ids)
        # Read again under the lock: the organisation may have answered this moment.
        if row.state == DispatchState.SENT and row.taken_down_at is None
    ]
    by_moment: dict[datetime, list[Dispatch]] = defaultdict(list)
    for row in rows:
        # The database lets no row be sent without its moment.
        by_moment[serves_at(row.sent_at or at, overrides)].append(row)
    for served_at, served in by_moment.items():
        move_all(served, DispatchState.DELIVERED, ended_at=served_at)
        service.record_all(
            [
                Proof(row.notice, ServiceGround.PUBLICATION, served_at, dispatch=row)
                for row in served
            ],
            at=at,
        )
    return len(rows)
