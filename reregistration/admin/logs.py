"""What was decided and what happened, to read: reviews, decisions, events."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, Func, IntegerField, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.admin_verbs import CaseAdmin
from reregistration.admin.columns import column
from reregistration.admin.filters import WhichRegion
from reregistration.models import (
    CampaignDecision,
    ObligationEvent,
    ReturnReason,
    Review,
    SampleVerdict,
)
from reregistration.states import State


class LogAdmin(CaseAdmin):
    """Append-only lines, newest first."""

    page = "admin/reregistration/line.html"
    ordering = ("-pk",)
    # The fields that a line's page shows, in order.
    shown: tuple[str, ...] = ()

    def about(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        return {"facts": [(self._label(name), self._value(row, name)) for name in self.shown]}

    def _label(self, name: str) -> str:
        own = getattr(self, name, None)
        if own is not None:
            return str(own.short_description)
        return str(getattr(self.opts.get_field(name), "verbose_name", name))

    def _value(self, row: Any, name: str) -> Any:
        own = getattr(self, name, None)
        if own is not None:
            return own(row)
        display_of = getattr(row, f"get_{name}_display", None)
        return display_of() if display_of else getattr(row, name)


@admin.register(Review)
class ReviewAdmin(LogAdmin):
    region = "filing__obligation__organisation__region"
    list_display = ("filing_number", "organisation", "decision", "reason_names", "reviewer", "at")
    list_filter = ("decision", WhichRegion)
    search_fields = ("filing__number", "filing__obligation__organisation__number")
    shown = (
        "filing_number",
        "organisation",
        "decision",
        "reason_names",
        "ground",
        "note",
        "proposer",
        "reviewer",
        "at",
        "found",
        "seen_sha256",
    )

    def seen_with(self, request: HttpRequest, permission: str) -> QuerySet[Any]:
        rows = super().seen_with(request, permission)
        # As many queries however many rows: an export has all of them.
        place = Func(
            OuterRef("reasons"), F("code"), function="array_position", output_field=IntegerField()
        )
        given = ReturnReason.objects.annotate(place=place).filter(place__isnull=False)
        in_words = given.order_by("place").values(f"name_{get_language() or 'kk'}")
        seen: QuerySet[Any] = rows.select_related(
            "filing__obligation__organisation", "by", "ground", "proposed_by"
        ).annotate(reasons_in_words=ArraySubquery(in_words))
        return seen

    @column(_("filing"), ordering="filing__number")
    def filing_number(self, row: Review) -> str:
        return str(row.filing)

    @column(_("organisation"))
    def organisation(self, row: Review) -> str:
        return row.filing.obligation.organisation.name

    @column(_("reasons"))
    def reason_names(self, row: Any) -> str:
        return " ".join(row.reasons_in_words)

    @column(_("what the checks had found"))
    def found(self, row: Review) -> str:
        return ", ".join(row.findings)

    @column(_("proposed by"))
    def proposer(self, row: Review) -> str:
        return str(row.proposed_by or "")

    @column(_("reviewer"), ordering="by")
    def reviewer(self, row: Review) -> str:
        return str(row.by)


@admin.register(CampaignDecision)
class CampaignDecisionAdmin(LogAdmin):
    list_display = ("campaign", "kind", "which_cohort", "due_on", "ground", "decided_by", "at")
    shown = ("campaign", "kind", "which_cohort", "due_on", "ground", "decided_by", "at")

    def seen_with(self, request: HttpRequest, permission: str) -> QuerySet[Any]:
        return super().seen_with(request, permission).select_related("campaign", "cohort", "by")

    @column(_("cohort"), ordering="cohort")
    def which_cohort(self, row: CampaignDecision) -> str:
        return f"№ {row.cohort.number}" if row.cohort else ""

    @column(_("by"))
    def decided_by(self, row: CampaignDecision) -> str:
        return str(row.by or "")


@admin.register(ObligationEvent)
class ObligationEventAdmin(LogAdmin):
    region = "obligation__organisation__region"
    list_display = ("organisation", "came_from", "went_to", "due_on", "reason", "moved_by", "at")
    list_filter = (WhichRegion,)
    search_fields = ("obligation__organisation__number",)
    shown = ("organisation", "came_from", "went_to", "cycle", "due_on", "reason", "moved_by", "at")

    def seen_with(self, request: HttpRequest, permission: str) -> QuerySet[Any]:
        rows = super().seen_with(request, permission)
        return rows.select_related("obligation__organisation", "by")

    @column(_("organisation"))
    def organisation(self, row: ObligationEvent) -> str:
        return row.obligation.organisation.name

    @column(_("from"))
    def came_from(self, row: ObligationEvent) -> str:
        return str(State(row.from_state).label) if row.from_state else ""

    @column(_("to"))
    def went_to(self, row: ObligationEvent) -> str:
        return str(State(row.to_state).label)

    @column(_("by"))
    def moved_by(self, row: ObligationEvent) -> str:
        return str(row.by or _("timetable"))


@admin.register(SampleVerdict)
class SampleVerdictAdmin(LogAdmin):
    region = "case__candidate__obligation__organisation__region"
    list_before_template: Any = "admin/reregistration/only_the_court.html"
    list_display = ("round", "place", "organisation", "verdict", "words", "checker", "at")
    list_filter = ("verdict", WhichRegion)
    search_fields = ("case__candidate__obligation__organisation__number",)
    shown = ("round", "place", "organisation", "cycle", "verdict", "words", "checker", "at")

    def seen_with(self, request: HttpRequest, permission: str) -> QuerySet[Any]:
        rows = super().seen_with(request, permission)
        return rows.select_related(
            "case__round__campaign", "case__candidate__obligation__organisation", "by"
        )

    @column(_("round"), ordering="case__round")
    def round(self, row: SampleVerdict) -> str:
        return f"№ {row.case.round_id}"

    @column(_("place"), ordering="case__place")
    def place(self, row: SampleVerdict) -> int:
        return row.case.place

    @column(_("organisation"))
    def organisation(self, row: SampleVerdict) -> str:
        organisation = row.case.candidate.obligation.organisation
        return f"{organisation.number} · {organisation.name}"

    @column(_("by"))
    def checker(self, row: SampleVerdict) -> str:
        return str(row.by)
