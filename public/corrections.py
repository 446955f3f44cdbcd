"""Which marks that the public could read were reversed, when, and why?

A mark is public once its notice was served (public/standing.py). Of one that was reversed before
that, nobody learns here. Both dates stay side by side, whatever comes later.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from registry.calendar import day_of
from registry.models import Organisation
from reregistration import served
from reregistration.models import Campaign, Reversal


@dataclass(frozen=True)
class Correction:
    """A mark that stood in public, and its reversal."""

    campaign: Campaign
    marked_on: date
    reversed_on: date
    reason: str


def of(organisation: Organisation) -> list[Correction]:
    """The corrections of an organisation, the newest first."""
    rows = list(
        Reversal.objects.filter(mark__obligation__organisation=organisation)
        .select_related("mark__obligation__campaign")
        .order_by("-pk")
    )
    public = served.were_public(rows)
    return [
        Correction(
            row.mark.obligation.campaign,
            day_of(row.mark.at),
            day_of(row.at),
            row.get_reason_display(),
        )
        for row in rows
        if row.pk in public
    ]
