"""Accepting many clean filings together, and the report of what was refused and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
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


class LongerWhenClean(ChangeList):
    """The list of clean filings shows as many on a page as can be accepted together."""

    def get_results(self, request: Any) -> None:
        if request.GET.get("clean") == "yes":
            self.list_per_page = AT_ONCE
        super().get_results(request)


@dataclass
class Report:
    """What came of accepting many: how many were, and each that was not with the reason."""

    accepted: list[Filing] = field(default_factory=list)
    refused: list[tuple[Filing, str]] = field(default_factory=list)

    @property
    def summary(self) -> str:
        count = len(self.accepted)
        done = ngettext("%(count)d accepted", "%(count)d accepted", count) % {"count": count}
        if not self.refused:
            return f"{done}."
        count = len(self.refused)
        left = ngettext("%(count)d refused", "%(count)d refused", count) % {"count": count}
        return f"{done}, {left}."


def accept(rows: Iterable[Filing], may_decide: set[int], *, by: User, at: datetime) -> Report:
    """Accept the clean ones of the filings, each in its own transaction under its own lock."""
    report = Report()
    for row in rows:
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
