"""By when must the ministry have decided on a filing?"""

from __future__ import annotations

from datetime import date, datetime

from registry.calendar import day_of
from registry.models import DayOverride
from reregistration import deadlines
from reregistration.models import Filing, Obligation


def due_on(filing: Filing, obligation: Obligation, at: datetime) -> date:
    """The last day of the review of a filing that is submitted at that moment.

    For `filing.submit`, under the obligation's lock. A turn of the ministry ended by its decision,
    or, where the organisation replaced a version, by the one after it.
    """
    earlier = obligation.filings.filter(submitted_at__isnull=False).exclude(pk=filing.pk)
    turns, ends_on = [], day_of(at)
    for version in earlier.prefetch_related("reviews").order_by("-submitted_at"):
        assert version.submitted_at is not None  # noqa: S101 - the filter says so
        began_on = day_of(version.submitted_at)
        # Of a version that was reviewed again after a reopening, the first decision.
        decided = min(version.reviews.all(), key=lambda each: each.turn, default=None)
        turns.append((began_on, day_of(decided.at) if decided else ends_on))
        ends_on = began_on
    return deadlines.review_due_on(
        day_of(at),
        obligation.campaign.review_working_days,
        turns,
        DayOverride.objects.as_overrides(),
    )
