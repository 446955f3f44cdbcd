"""How does the campaign stand today? The figures of the admin's first page.

Each takes the rows that the person may see, and costs one query however many they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_CEILING, Decimal
from itertools import accumulate

from django.db.models import Count, Min, QuerySet
from django.db.models.functions import TruncDate

from registry.calendar import ALMATY, Overrides, day_of, is_working_day
from registry.models import Region
from reregistration import deadlines
from reregistration.models import Campaign, Filing, Obligation, Review
from reregistration.states import CampaignState, FilingState, State

# Over how long the pace is measured: whole weeks, so that each weekday counts alike.
WEEKS = 4


@dataclass(frozen=True)
class RegionQueue:
    """What waits in a region, and since when."""

    region: Region
    waiting: int
    oldest_on: date
    # Of the ministry, since the oldest was submitted.
    working_days: int


def queue(filings: QuerySet[Filing], *, on: date, overrides: Overrides) -> list[RegionQueue]:
    """The filings that wait for a reviewer, by region, the longest waiting first."""
    regions = Region.objects.in_bulk()
    rows = (
        filings.filter(state=FilingState.SUBMITTED)
        .order_by()
        .values_list("obligation__organisation__region")
        .annotate(count=Count("pk"), oldest_at=Min("submitted_at"))
        .order_by("oldest_at")
    )
    return [
        RegionQueue(
            regions[region],
            count,
            day_of(oldest_at),
            deadlines.working_days_after(day_of(oldest_at), on, overrides),
        )
        for region, count, oldest_at in rows
    ]


@dataclass(frozen=True)
class Week:
    first_on: date
    last_on: date
    filed: int
    decided: int


@dataclass(frozen=True)
class Pace:
    """What came in and what was decided, in the whole weeks up to yesterday."""

    weeks: list[Week]
    working_days: int

    @property
    def filed_a_day(self) -> Decimal:
        return self._a_day(sum(week.filed for week in self.weeks))

    @property
    def decided_a_day(self) -> Decimal:
        return self._a_day(sum(week.decided for week in self.weeks))

    def days_for(self, waiting: int) -> int | None:
        """Working days until that many are decided at this pace; None where nothing is."""
        decided = sum(week.decided for week in self.weeks)
        if not decided:
            return None
        days = Decimal(waiting) * self.working_days / decided
        return int(days.to_integral_value(ROUND_CEILING))

    def _a_day(self, count: int) -> Decimal:
        return round(Decimal(count) / max(self.working_days, 1), 1)


def pace(
    filings: QuerySet[Filing], reviews: QuerySet[Review], *, on: date, overrides: Overrides
) -> Pace:
    """A version that a newer one replaced counts on neither side: nobody reviews it."""
    first_on = on - timedelta(weeks=WEEKS)
    filed = _by_day(filings.exclude(state=FilingState.SUPERSEDED), "submitted_at", first_on)
    decided = _by_day(reviews, "at", first_on)
    weeks = []
    for number in range(WEEKS):
        begin = first_on + timedelta(weeks=number)
        days = [begin + timedelta(days=day) for day in range(7)]
        weeks.append(
            Week(
                days[0],
                days[-1],
                sum(filed.get(day, 0) for day in days),
                sum(decided.get(day, 0) for day in days),
            )
        )
    span = (first_on + timedelta(days=day) for day in range(7 * WEEKS))
    return Pace(weeks, sum(is_working_day(day, overrides) for day in span))


def _by_day(
    rows: QuerySet[Filing] | QuerySet[Review], field: str, first_on: date
) -> dict[date, int]:
    since_at = datetime.combine(first_on, time.min, tzinfo=ALMATY)
    counted = (
        rows.filter(**{f"{field}__gte": since_at})
        .order_by()
        .values_list(TruncDate(field, tzinfo=ALMATY))
        .annotate(count=Count("pk"))
    )
    return dict(counted)


@dataclass(frozen=True)
class FilingDay:
    """A day on which somebody filed first, and how many had by its end."""

    on: date
    filed: int
    total: int
    # Of those who have the duty, in per cent.
    share: Decimal


@dataclass(frozen=True)
class Response:
    """How many of those who have the duty have filed, day by day."""

    campaign: Campaign
    on: date
    obliged: int
    days: list[FilingDay]

    @property
    def filed(self) -> int:
        return self.days[-1].total if self.days else 0

    @property
    def share(self) -> Decimal:
        return _share(self.filed, self.obliged)

    @property
    def last_on(self) -> date:
        """Where the curve's axis ends."""
        return max(self.on, self.campaign.due_on)


def response(obligations: QuerySet[Obligation], campaign: Campaign, *, on: date) -> Response:
    """Whoever was released without having filed has no duty, and is not counted."""
    counted = dict(
        obligations.filter(campaign=campaign)
        .exclude(state=State.RELEASED, first_filed_at__isnull=True)
        .order_by()
        .values_list(TruncDate("first_filed_at", tzinfo=ALMATY))
        .annotate(count=Count("pk"))
    )
    obliged = sum(counted.values())
    counted.pop(None, None)
    days = sorted(counted)
    totals = accumulate(counted[day] for day in days)
    return Response(
        campaign,
        on,
        obliged,
        [
            FilingDay(day, counted[day], total, _share(total, obliged))
            for day, total in zip(days, totals, strict=True)
        ],
    )


def open_campaign() -> Campaign | None:
    """The newest one that is open."""
    return Campaign.objects.filter(state=CampaignState.OPEN).order_by("-opens_on", "-pk").first()


def _share(part: int, whole: int) -> Decimal:
    return round(100 * Decimal(part) / whole, 1) if whole else Decimal(0)
