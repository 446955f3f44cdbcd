"""Cohorts of a campaign: how many are in each, and can the reviewers keep up with its last day?

As careful as can be: everybody files on the last day, as up to 80 % do. What is filed waits until
what was filed before it is reviewed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.db.models import Count
from django.utils.translation import gettext as _

from registry.calendar import Overrides, add_working_days
from registry.models import DayOverride
from reregistration import cohorts, deadlines, scope
from reregistration.models import Campaign
from reregistration.states import CampaignState


@dataclass(frozen=True)
class Part:
    """A cohort, or whoever is in none."""

    number: int | None
    words: str
    # With days off and protected days counted in.
    due_on: date
    count: int


@dataclass(frozen=True)
class Day:
    """A day on which the time of some runs out, and when their filings are reviewed."""

    due_on: date
    count: int
    reviewed_by: date
    limit_on: date

    @property
    def is_late(self) -> bool:
        return self.reviewed_by > self.limit_on


@dataclass(frozen=True)
class Load:
    parts: list[Part]
    days: list[Day]
    total: int


def load(campaign: Campaign) -> Load:
    """Of a draft who would be in which cohort; of an opened campaign who is."""
    overrides = DayOverride.objects.as_overrides()
    counts, names = _counts(campaign), cohorts.region_names()
    rows = list(campaign.cohorts.all())
    parts = [
        Part(
            row.number if row else None,
            cohorts.words(row, names) if row else _whoever_else(bool(rows)),
            deadlines.effective_due_on(
                campaign.due_on, cohort_due_on=row.due_on if row else None, overrides=overrides
            ),
            counts.get(row.pk if row else None, 0),
        )
        for row in (*rows, None)
    ]
    return Load(parts, _days(campaign, parts, overrides), sum(counts.values()))


def _whoever_else(are_there_cohorts: bool) -> str:
    return _("all the others") if are_there_cohorts else _("all")


def _counts(campaign: Campaign) -> dict[int | None, int]:
    """By the key of the cohort; None for none."""
    if campaign.state == CampaignState.DRAFT:
        of_draft = (
            scope.in_scope(campaign)
            .annotate(in_cohort=cohorts.first_met(campaign))
            .order_by()
            .values_list("in_cohort")
        )
        return dict(of_draft.annotate(count=Count("pk")))
    return dict(campaign.obligations.order_by().values_list("cohort").annotate(count=Count("pk")))


def _days(campaign: Campaign, parts: Iterable[Part], overrides: Overrides) -> list[Day]:
    days, free_on = [], date.min
    asked = sorted((part for part in parts if part.count), key=lambda part: part.due_on)
    for due_on, together in groupby(asked, key=lambda part: part.due_on):
        count = sum(part.count for part in together)
        begins_on = max(due_on, free_on)
        working_days = -(-count // campaign.reviews_a_day)
        free_on = add_working_days(begins_on, working_days, overrides)
        limit_on = add_working_days(due_on, campaign.review_working_days, overrides)
        days.append(Day(due_on, count, free_on, limit_on))
    return days
