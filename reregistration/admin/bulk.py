"""Accepting many clean filings together, and the report of what was refused and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from unfold.views import ChangeList

from accounts import delegations
from accounts.models import User
from accounts.refusals import Refused
from reregistration import review
from reregistration.models import Filing

AT_ONCE = 200
# Well below the half minute after which the web server gives a page up.
BUDGET = timedelta(seconds=20)


class LongerWhenClean(ChangeList):
    """The list of clean filings shows as many on a page as can be accepted together."""

    def get_results(self, request: Any) -> None:
        if request.GET.get("clean") == "yes":
            self.list_per_page = AT_ONCE
        super().get_results(request)


@dataclass
class Report:
    """What came of accepting many: how many were, each that was not with the reason, and how many
    nobody came to."""

    accepted: list[Filing] = field(default_factory=list)
    refused: list[tuple[Filing, str]] = field(default_factory=list)
    # For which there was no time: they wait as before.
    left: int = 0

    @property
    def summary(self) -> str:
        count = len(self.accepted)
        done = ngettext("%(count)d accepted", "%(count)d accepted", count) % {"count": count}
        parts = [done]
        if count := len(self.refused):
            parts.append(ngettext("%(count)d refused", "%(count)d refused", count))
            parts[-1] %= {"count": count}
        told = f"{', '.join(parts)}."
        if not self.left:
            return told
        left = ngettext(
            "For %(count)d more there was no time. Choose it again and go on.",
            "For %(count)d more there was no time. Choose them again and go on.",
            self.left,
        )
        return f"{told} {left % {'count': self.left}}"


def accept(
    rows: Sequence[Filing],
    may_decide: set[int],
    *,
    by: User,
    at: datetime,
    is_over: Callable[[], bool] = lambda: False,
) -> Report:
    """Accept the clean ones of the filings, each in its own transaction under its own lock.

    Ends once `is_over` says so: a person waits for the page, and a web server for no page for ever.
    """
    report = Report()
    for place, row in enumerate(rows):
        if is_over():
            report.left = len(rows) - place
            break
        try:
            if row.pk not in may_decide:
                raise Refused(_("it is not in one of your regions."))
            with delegations.recorded(
                by,
                review.REVIEW,
                f"reregistration.filing:{row.pk} accept",
                at=at,
                region=row.obligation.organisation.region_id,
            ):
                review.accept_clean(row, by=by, at=at)
        except Refused as refusal:
            report.refused.append((row, str(refusal)))
        else:
            report.accepted.append(row)
    return report
