"""Which legal notices of an obligation's present cycle were served, and when?

No proof of service, no clock: only services on the grounds that the campaign counts, and only
those of notices of the present cycle.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from django.db.models import Min, OuterRef, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Cast, Concat

from notices import service
from notices.models import Service
from notices.states import Kind
from reregistration.models import Campaign, Obligation, Reversal
from reregistration.states import SHOWN_ONCE_SERVED

# How notices name an obligation, seen from inside a subquery of obligations.
SOURCE = Concat(Value("obligation:"), Cast(OuterRef("pk"), TextField()))


def annotate(obligations: QuerySet[Obligation], campaign: Campaign) -> QuerySet[Obligation]:
    """Add, of the final warning and of the preliminary decision, the key of the earliest
    counting service and its moment: `warning_service`, `warning_served_at`, `decision_service`,
    `decision_served_at`; null where nothing proves service."""

    def earliest(kind: Kind, value: Literal["pk", "served_at"]) -> Subquery:
        return service.earliest_of(
            kind,
            source=SOURCE,
            cycle=OuterRef("cycle"),
            grounds=campaign.service_grounds,
            value=value,
        )

    return obligations.annotate(
        warning_service=earliest(Kind.FINAL_WARNING, "pk"),
        warning_served_at=earliest(Kind.FINAL_WARNING, "served_at"),
        decision_service=earliest(Kind.PRELIMINARY_DECISION, "pk"),
        decision_served_at=earliest(Kind.PRELIMINARY_DECISION, "served_at"),
    )


def known_marks(obligations: Iterable[Obligation]) -> set[int]:
    """Of these, the keys of the marked and referred whose notice of the mark was served.

    Until then no page of the portal shows a mark (design.md section 9). The obligations come with
    their campaigns. One query, and none where nobody is marked.
    """
    marked = {row.source: row for row in obligations if row.state in SHOWN_ONCE_SERVED}
    if not marked:
        return set()
    proofs = Service.objects.filter(
        service.STANDS, notice__source__in=marked, notice__kind=Kind.MARKED
    ).values_list("notice__source", "notice__cycle", "ground")
    return {
        marked[source].pk
        for source, cycle, ground in proofs
        if cycle == marked[source].cycle and ground in marked[source].campaign.service_grounds
    }


def mark_served_at(obligation: Obligation) -> datetime | None:
    """When the notice of the present cycle's mark was first served; None where nothing that the
    campaign counts proves it."""
    first: datetime | None = Service.objects.filter(
        service.STANDS,
        notice__source=obligation.source,
        notice__cycle=obligation.cycle,
        notice__kind=Kind.MARKED,
        ground__in=obligation.campaign.service_grounds,
    ).aggregate(first=Min("served_at"))["first"]
    return first


def were_public(reversals: Iterable[Reversal]) -> set[int]:
    """Of these, the keys of those whose mark could be read before it was reversed.

    The reversals come with their marks, obligations and campaigns. One query, and none where
    there are none.
    """
    told = {(row.mark.obligation.source, row.mark.cycle): row for row in reversals}
    if not told:
        return set()
    # A proof that fell later had shown the mark all the same.
    proofs = Service.objects.filter(
        notice__source__in={source for source, _cycle in told}, notice__kind=Kind.MARKED
    ).values_list("notice__source", "notice__cycle", "ground", "recorded_at")
    return {
        row.pk
        for source, cycle, ground, recorded_at in proofs
        if (row := told.get((source, cycle)))
        and recorded_at <= row.at
        and ground in row.mark.obligation.campaign.service_grounds
    }
