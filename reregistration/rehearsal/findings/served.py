"""When each adverse notice first reached whom it was for, and whether by more than the page."""

from __future__ import annotations

from datetime import date

from django.db.models import Count, Min, Q, QuerySet

from notices.models import Service
from notices.states import ADVERSE, ServiceGround
from registry.calendar import day_of
from reregistration.models import Obligation

# By the kind of the notice: the day, and whether anything but the public page served it.
OfCycle = dict[str, tuple[date, bool]]
Served = dict[tuple[str, int], OfCycle]


def first_served(marked: QuerySet[Obligation]) -> Served:
    """By source and cycle, of each adverse notice: the day of its first service, and whether
    anything but the public page served it."""
    rows = (
        Service.objects.filter(
            notice__kind__in=ADVERSE, notice__organisation__in=marked.values("organisation_id")
        )
        .values_list("notice__source", "notice__cycle", "notice__kind")
        .annotate(
            first=Min("served_at"),
            by_post=Count("pk", filter=~Q(ground=ServiceGround.PUBLICATION)),
        )
    )
    found: Served = {}
    for source, cycle, kind, first, by_post in rows:
        found.setdefault((source, cycle), {})[kind] = (day_of(first), by_post > 0)
    return found


def is_reached(of_cycle: OfCycle) -> bool:
    """Whether a notice of the cycle came to somebody, other than by the public page."""
    return any(by_post for _first, by_post in of_cycle.values())
