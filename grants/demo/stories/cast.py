"""Of whom the stories are told: the people, the organisations, and today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from accounts.demo import NGO
from accounts.models import User
from grants import eligibility
from grants.demo import stage
from registry.models import Organisation

# Beside the demo's own NGO.
CAST = 12


@dataclass
class Stories:
    """The people, the organisations, and today."""

    staff: stage.Staff
    ours: Organisation
    others: list[Organisation]
    on: date

    def back(self, days: int, hour: int = 11) -> datetime:
        """A moment so many days ago."""
        return stage.moment(self.on - timedelta(days=days), hour)

    def acting(self, organisation: Organisation) -> User:
        held = organisation.representatives.filter(until_at=None, role="manager").first()
        assert held is not None  # noqa: S101 - `order.tell` begins them all
        return held.user


def choose(ids: list[int], on: date) -> tuple[Organisation, list[Organisation], set[int]]:
    """The organisation of the demo's administrator, those of the stories, and whom the rounds
    leave alone: the administrator's second one is left to be registered by hand."""
    # By the address: nobody's is asked for where the re-registration's demo is not loaded.
    held = list(
        Organisation.objects.filter(
            representatives__user__email=NGO, representatives__until_at__isnull=True
        ).order_by("number")
    )
    mine = [row for row in held if not eligibility.reasons_against(row, None, on)]
    kept = {row.pk for row in held}
    free = [pk for pk in ids if pk not in kept]
    # Far apart in the register, so that they are of several regions.
    step = max(1, len(free) // (CAST + 1))
    chosen = [free[place * step] for place in range(min(CAST + 1, len(free)))]
    rows = Organisation.objects.in_bulk(chosen)
    others = [rows[pk] for pk in chosen]
    ours = mine[0] if mine else others.pop()
    return ours, others[:CAST], kept | {ours.pk} | {row.pk for row in others[:CAST]}
