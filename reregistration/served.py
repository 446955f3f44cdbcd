"""Which legal notices of an obligation's present cycle were served, and when?

No proof of service, no clock: only services on the grounds that the campaign counts, and only
those of notices of the present cycle.
"""

from __future__ import annotations

from django.db.models import OuterRef, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat

from notices import service
from notices.states import Kind
from reregistration.models import Campaign, Obligation

# How notices name an obligation, seen from inside a subquery of obligations.
SOURCE = Concat(Value("obligation:"), Cast(OuterRef("pk"), TextField()))


def annotate(obligations: QuerySet[Obligation], campaign: Campaign) -> QuerySet[Obligation]:
    """Add, of the final warning and of the preliminary decision, the key of the earliest
    counting service and its moment: `warning_service`, `warning_served_at`, `decision_service`,
    `decision_served_at`; null where nothing proves service."""
    return obligations.annotate(
        **{
            f"{name}_{what}": service.earliest_of(
                kind,
                source=SOURCE,
                cycle=OuterRef("cycle"),
                grounds=campaign.service_grounds,
                value=value,
            )
            for name, kind in (
                ("warning", Kind.FINAL_WARNING),
                ("decision", Kind.PRELIMINARY_DECISION),
            )
            for what, value in (("service", "pk"), ("served_at", "served_at"))
        }
    )
