"""Has the organisation of a live grant lost its standing, or got it back? The officer is warned.

Eligibility bound at the award, so that nothing is decided here: a warning is an event of the award,
and what stops a payment is asked anew at each payment (`eligibility.payment_blocks`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from grants import eligibility
from grants.models import Award, AwardEvent
from grants.querysets import AwardQuerySet
from grants.states import AwardEventKind

SLICE = 500


def watch(*, on: date, at: datetime) -> int:
    """Warn of each live award for whose organisation something else speaks than when it was last
    looked at, also that nothing does any more; returns of how many.

    Safe to repeat, and for two workers at once: what was said last is read under the awards'
    locks. A few statements for each 500 awards.
    """
    ids = list(Award.objects.live().order_by("pk").values_list("pk", flat=True))
    return sum(
        _watch_slice(ids[start : start + SLICE], on=on, at=at)
        for start in range(0, len(ids), SLICE)
    )


def warned(awards: AwardQuerySet) -> AwardQuerySet:
    """Of these the live ones against whose organisation something spoke at the last look."""
    last = _warnings().filter(award=OuterRef("pk")).order_by("-pk").values("reason")[:1]
    return awards.live().alias(said=Subquery(last)).filter(said__gt="")


def words(event: AwardEvent) -> str:
    """Why it happened, for who reads the log: a warning keeps codes, so that each reads it in
    their own language."""
    if event.kind != AwardEventKind.WARNED:
        return event.reason
    if not event.reason:
        return _("Nothing speaks against the organisation any more.")
    return " ".join(eligibility.named(code) for code in event.reason.split())


@transaction.atomic
def _watch_slice(ids: Sequence[int], *, on: date, at: datetime) -> int:
    rows = list(
        Award.objects.live()
        .filter(pk__in=ids)
        .select_related("organisation")
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
    )
    against = eligibility.register_against([row.organisation for row in rows], on)
    # After the wait for the locks: another worker may have said it meanwhile.
    newest = _warnings().filter(award__in=rows).order_by("award", "-pk").distinct("award")
    said = dict(newest.values_list("award", "reason"))
    now = {
        row.pk: " ".join(sorted({reason.code for reason in against[row.organisation_id]}))
        for row in rows
    }
    events = [
        AwardEvent(
            award=row,
            kind=AwardEventKind.WARNED,
            from_state=row.state,
            to_state=row.state,
            reason=now[row.pk],
            at=at,
        )
        for row in rows
        # Nothing spoke against it when it was awarded.
        if now[row.pk] != said.get(row.pk, "")
    ]
    AwardEvent.objects.bulk_create(events)
    return len(events)


def _warnings() -> QuerySet[AwardEvent]:
    return AwardEvent.objects.filter(kind=AwardEventKind.WARNED)
