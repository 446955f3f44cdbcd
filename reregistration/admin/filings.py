"""The reviewer's list and a filing's page."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import admin, messages
from django.db.models import DateField, QuerySet, Value
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.admin_verbs import arrived_at, person, today
from accounts.refusals import Refused
from registry.calendar import day_of
from reregistration import answers, closures, refusals, review
from reregistration.admin import comparison, papers
from reregistration.admin.columns import column
from reregistration.admin.decisions import REVIEW, VERBS
from reregistration.admin.filters import (
    CorrectedFiling,
    FiledOnTime,
    WaitingForReview,
    WhichCampaign,
    WhichRegion,
)
from reregistration.admin.organisations import OrganisationRowsAdmin
from reregistration.admin.papers import PapersMixin
from reregistration.filing import fingerprint
from reregistration.models import Filing, ReturnReason, Review
from reregistration.sections import remarks
from reregistration.states import REPORTS, Decision, FilingState


@admin.register(Filing)
class FilingAdmin(PapersMixin, OrganisationRowsAdmin):  # type: ignore[misc]
    """Submitted filings; a draft is its author's alone until it is submitted."""

    region = "obligation__organisation__region"
    names_itself = True
    campaign = "obligation__campaign"
    to_organisation = "obligation.organisation"
    also_read = (
        "obligation__campaign",
        "obligation__organisation",
        "declaration",
        "submitted_by",
        "review",
    )
    page = "admin/reregistration/filing.html"
    list_before_template: Any = "admin/reregistration/waiting.html"
    verbs = VERBS
    actions: Any = ["accept_selected"]
    # A reviewer accepts what stands before the eyes, never all pages at once.
    list_disable_select_all = True
    list_display = (
        "number",
        "organisation_name",
        "region_name",
        "submitted",
        "days_waiting",
        "was_on_time",
        "state_label",
    )
    list_filter = (WaitingForReview, WhichRegion, WhichCampaign, FiledOnTime, CorrectedFiling)
    search_help_text = gettext_lazy("BIN, name, register number or filing number")
    ordering = ("submitted_at", "pk")

    def seen_with(self, request: HttpRequest, permission: str) -> QuerySet[Any]:
        rows: QuerySet[Any] = (
            super()
            .seen_with(request, permission)
            .exclude(state=FilingState.DRAFT)
            .annotate(asked_on=Value(today(request), DateField()))
        )
        return rows

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        text = search_term.strip()
        if text.upper().startswith("F-"):
            return queryset.filter(number__istartswith=text), False
        return super().get_search_results(request, queryset, text)

    @column(gettext_lazy("submitted"), ordering="submitted_at")
    def submitted(self, row: Filing) -> str:
        return date_format(timezone.localtime(row.submitted_at), "SHORT_DATETIME_FORMAT")

    @column(gettext_lazy("days waiting"), ordering="-submitted_at")
    def days_waiting(self, row: Any) -> int | None:
        return _days_waiting(row, row.asked_on)

    @column(gettext_lazy("on time"), boolean=True, ordering="obligation__on_time")
    def was_on_time(self, row: Filing) -> bool | None:
        return row.obligation.on_time

    @column(
        gettext_lazy("state"),
        ordering="state",
        label={
            FilingState.SUBMITTED: "info",
            FilingState.ACCEPTED: "success",
            FilingState.RETURNED: "warning",
        },
    )
    def state_label(self, row: Filing) -> tuple[str, str]:
        return row.state, row.get_state_display()

    def has_review_permission(self, request: HttpRequest) -> bool:
        return person(request).has_perm(REVIEW)

    @admin.action(description=gettext_lazy("Accept the selected filings"), permissions=["review"])
    def accept_selected(self, request: HttpRequest, rows: QuerySet[Filing]) -> None:
        """Accept one by one, each in its own transaction; what is refused is named with why."""
        reviewable = self.seen_with(request, REVIEW).filter(pk__in=rows.values("pk"))
        may_decide = set(reviewable.values_list("pk", flat=True))
        accepted, refused = 0, []
        for row in rows.order_by("submitted_at", "pk"):
            try:
                _refuse_in_bulk(row, may_decide)
                review.accept(row, by=person(request), at=arrived_at(request))
            except Refused as refusal:
                refused.append(f"{row}: {refusal}")
            else:
                accepted += 1
        self.message_user(
            request, _summary(accepted, refused), messages.WARNING if refused else messages.SUCCESS
        )

    def about(self, request: HttpRequest, row: Filing) -> dict[str, Any]:
        return {
            "title": row.obligation.organisation.name,
            "lines": comparison.lines(row),
            "told": answers.by_section(row),
            "missing": answers.missing_in_words(row),
            "remarks": remarks.of_filing(row),
            "accepted": comparison.last_accepted(row),
            "days_waiting": _days_waiting(row, today(request)),
            "is_unchanged": fingerprint(row) == row.sha256,
            "takes_over": comparison.takes_over(row),
            "is_closure": row.kind not in REPORTS,
            "verification": closures.verification_of(row),
            "proposal": refusals.standing(row),
            "contradictions": row.contradictions.select_related("by"),
            "versions": _reviewed_versions(row),
            **papers.about(row),
        }


def _days_waiting(row: Filing, on: date) -> int | None:
    """Days from the submission to the decision, or to today; none for a replaced version."""
    if row.state == FilingState.SUPERSEDED or row.submitted_at is None:
        return None
    decided: Review | None = getattr(row, "review", None)
    return ((day_of(decided.at) if decided else on) - day_of(row.submitted_at)).days


def _refuse_in_bulk(row: Filing, may_decide: set[int]) -> None:
    if row.pk not in may_decide:
        raise Refused(_("it is not in one of your regions."))
    if row.contradictions.exists():
        raise Refused(_("somebody says that it is not so. Open it and decide on it alone."))
    if comparison.takes_over(row):
        raise Refused(_("it changes the head, e-mail or phone. Open it and decide on it alone."))


def _summary(accepted: int, refused: list[str]) -> str:
    done = ngettext("%(count)d accepted", "%(count)d accepted", accepted) % {"count": accepted}
    if not refused:
        return f"{done}."
    left = ngettext("%(count)d refused", "%(count)d refused", len(refused)) % {
        "count": len(refused)
    }
    return f"{done}, {left}: {' '.join(refused)}"


def _reviewed_versions(row: Filing) -> list[dict[str, Any]]:
    """Every submitted version of the obligation with its decision, newest first."""
    reasons = {reason.code: reason.name for reason in ReturnReason.objects.all()}
    versions = (
        row.obligation.filings.exclude(state=FilingState.DRAFT)
        .select_related("review__by", "submitted_by")
        .order_by("-version")
    )
    return [
        {
            "filing": version,
            "review": getattr(version, "review", None),
            "is_return": hasattr(version, "review") and version.review.decision == Decision.RETURN,
            "reasons": [reasons.get(code, code) for code in version.review.reasons]
            if hasattr(version, "review")
            else [],
        }
        for version in versions
    ]
