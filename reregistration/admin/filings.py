"""The reviewer's list and a filing's page."""

from __future__ import annotations

from datetime import date
from time import monotonic
from typing import Any

from django.contrib import admin, messages
from django.db.models import DateField, Prefetch, QuerySet, Value
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin_verbs import arrived_at, person, today
from accounts.refusals import Refused
from registry.calendar import day_of
from reregistration import answers, checks, closures, paper_terms, refusals, reopenings
from reregistration.accepted import last_accepted
from reregistration.admin import bulk, comparison, papers
from reregistration.admin import reopenings as reopening_pages
from reregistration.admin.columns import column
from reregistration.admin.decisions import REVIEW, VERBS
from reregistration.admin.filters import (
    CleanFiling,
    CorrectedFiling,
    FiledOnTime,
    WaitingForReview,
    WhichCampaign,
    WhichRegion,
)
from reregistration.admin.organisations import OrganisationRowsAdmin
from reregistration.admin.papers import PapersMixin
from reregistration.admin.queue import (
    Assign,
    GiveBack,
    PastOurDeadline,
    QueueMixin,
    Take,
    WhoHolds,
)
from reregistration.checks import known
from reregistration.filing import fingerprint
from reregistration.models import Filing, ReturnReason, Review
from reregistration.states import REPORTS, FilingState


@admin.register(Filing)
class FilingAdmin(PapersMixin, QueueMixin, OrganisationRowsAdmin):  # type: ignore[misc]
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
    )
    page = "admin/reregistration/filing.html"
    verbs = (*VERBS, *reopening_pages.VERBS, Take(), GiveBack(), Assign())
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
        "decided_by",
        "holder",
        "state_label",
    )
    list_filter = (
        WaitingForReview,
        WhoHolds,
        PastOurDeadline,
        CleanFiling,
        WhichRegion,
        WhichCampaign,
        FiledOnTime,
        CorrectedFiling,
    )
    search_help_text = gettext_lazy("BIN, name, register number or filing number")
    ordering = ("submitted_at", "pk")

    def seen_with(self, request: HttpRequest, permission: str) -> QuerySet[Any]:
        rows: QuerySet[Any] = (
            super()
            .seen_with(request, permission)
            .exclude(state=FilingState.DRAFT)
            .prefetch_related(Prefetch("reviews", Review.objects.select_related("by")))
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
            FilingState.REOPENED: "warning",
        },
    )
    def state_label(self, row: Filing) -> tuple[str, str]:
        return row.state, row.get_state_display()

    def has_review_permission(self, request: HttpRequest) -> bool:
        return person(request).has_perm(REVIEW)

    # Unfold says that it returns a list, and means the class of one.
    def get_changelist(  # type: ignore[override]
        self, request: HttpRequest, **kwargs: Any
    ) -> type[bulk.LongerWhenClean]:
        return bulk.LongerWhenClean

    @admin.action(
        description=gettext_lazy("Accept the selected filings that are clean"),
        permissions=["review"],
    )
    def accept_selected(
        self, request: HttpRequest, rows: QuerySet[Filing]
    ) -> TemplateResponse | None:
        """Accept the clean ones one by one; what is refused stands in a report with why."""
        chosen = list(rows.order_by("submitted_at", "pk")[: bulk.AT_ONCE + 1])
        if len(chosen) > bulk.AT_ONCE:
            too_many = _("Choose at most %(count)d at once.") % {"count": bulk.AT_ONCE}
            self.message_user(request, too_many, messages.ERROR)
            return None
        reviewable = self.seen_with(request, REVIEW).filter(pk__in=[row.pk for row in chosen])
        ends = monotonic() + bulk.BUDGET.total_seconds()
        report = bulk.accept(
            chosen,
            set(reviewable.values_list("pk", flat=True)),
            by=person(request),
            at=arrived_at(request),
            is_over=lambda: monotonic() > ends,
        )
        if not report.refused:
            level = messages.WARNING if report.left else messages.SUCCESS
            self.message_user(request, report.summary, level)
            return None
        title = _("Accepted together")
        return self.render(
            request, "admin/reregistration/bulk.html", None, report=report, title=title
        )

    def about(self, request: HttpRequest, row: Filing) -> dict[str, Any]:
        return {
            **super().about(request, row),
            "title": row.obligation.organisation.name,
            "lines": comparison.lines(row),
            "told": answers.by_section(row),
            "missing": answers.missing_in_words(row),
            "findings": checks.of(known.of(row, on=today(request))),
            "accepted": last_accepted(row),
            "days_waiting": _days_waiting(row, today(request)),
            "is_unchanged": fingerprint(row) == row.sha256,
            "takes_over": comparison.takes_over(row),
            "is_closure": row.kind not in REPORTS,
            "verification": closures.verification_of(row),
            "proposal": refusals.standing(row),
            "reopening_proposal": reopenings.standing(row),
            "on_paper": _on_paper(row, today(request)),
            "contradictions": row.contradictions.select_related("by"),
            "versions": _reviewed_versions(row),
            **papers.about(row),
        }


def _on_paper(row: Filing, on: date) -> tuple[str, str] | None:
    """Of which paper filing it was made, and what its acceptance waits for."""
    if row.paper is None:
        return None
    waits_for = ""
    if row.state == FilingState.SUBMITTED:
        try:
            paper_terms.refuse_contested(row)
            paper_terms.refuse_early(row, on=on)
        except Refused as refusal:
            waits_for = str(refusal)
    return _("Paper filing %(number)s") % {"number": row.paper}, waits_for


def _days_waiting(row: Filing, on: date) -> int | None:
    """Days from the submission to the decision, or to today; none for a replaced version."""
    if row.state == FilingState.SUPERSEDED or row.submitted_at is None:
        return None
    decided = row.review
    return ((day_of(decided.at) if decided else on) - day_of(row.submitted_at)).days


def _reviewed_versions(row: Filing) -> list[dict[str, Any]]:
    """Every submitted version of the obligation with its decision, newest first."""
    reasons = {reason.code: reason.name for reason in ReturnReason.objects.all()}
    decisions = Review.objects.select_related(
        "by", "reopening__by", "reopening__proposed_by", "reopening__complaint"
    )
    versions = (
        row.obligation.filings.exclude(state=FilingState.DRAFT)
        .select_related("submitted_by")
        .prefetch_related(Prefetch("reviews", decisions))
        .order_by("-version")
    )
    return [
        {
            "filing": version,
            "decisions": [
                {
                    "review": review,
                    "reasons": [reasons.get(code, code) for code in review.reasons],
                    "reopening": getattr(review, "reopening", None),
                }
                for review in version.reviews.all()
            ],
        }
        for version in versions
    ]
