"""The obligations whose date has passed: which they are, and their move to overdue."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import cast

from django.db.models import QuerySet

from reregistration import standstill
from reregistration.models import Campaign, Obligation
from reregistration.obligations import Move, move_many
from reregistration.querysets import ObligationQuerySet
from reregistration.states import CampaignState, State

SLICE = 500


def not_moved(rows: QuerySet[Obligation], on: date) -> QuerySet[Obligation]:
    """Those of the rows that read overdue as soon as the timetable has run that day."""
    late = cast(ObligationQuerySet, rows).past_due(on)
    return late.filter(standstill.no_paper(), campaign__state=CampaignState.OPEN)


def move_all(campaign: Campaign, *, on: date, at: datetime) -> int:
    """Move every obligation whose effective due date lies before that day to overdue.

    Slice by slice, each its own transaction: a killed worker leaves whole slices behind and the
    next run goes on. Returns how many were moved. Nobody is while a decided date is on its way:
    `due_dates.write_all` comes first.
    """
    if campaign.is_writing_dates:
        return 0
    late = not_moved(campaign.obligations.all(), on)
    ids = list(late.order_by("pk").values_list("pk", flat=True))
    change = Move(State.OVERDUE, None, at, "due date passed")
    moved = 0
    for start in range(0, len(ids), SLICE):
        part = ids[start : start + SLICE]
        moved += len(move_many(part, change, still=_still_late(part, on)))
    return moved


def _still_late(ids: Sequence[int], on: date) -> Callable[[Obligation], bool]:
    """Whether a row of the slice, read under its lock, is late and no paper filing came for it."""
    without_paper: set[int] = set()
    asked = False

    def still(row: Obligation) -> bool:
        nonlocal asked
        if not asked:
            # Asked once a slice, when its locks are held: who logs a paper waits for them.
            rows = Obligation.objects.filter(standstill.no_paper(), pk__in=ids)
            without_paper.update(rows.values_list("pk", flat=True))
            asked = True
        return row.due_on < row.clock_on(on) and row.pk in without_paper

    return still
