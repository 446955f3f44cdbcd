"""A campaign: drafted in a form, then changed by recorded decisions alone."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin

from accounts import access
from accounts.admin_verbs import VerbsMixin, person, today
from notices.states import ServiceGround
from reregistration.admin import campaign_page
from reregistration.admin.campaign_forms import CampaignForm
from reregistration.admin.campaign_verbs import (
    MANAGE,
    AddCohort,
    Close,
    MoveDueDate,
    Open,
    Pace,
    ReleaseLeft,
    RemoveCohort,
    TakeIn,
)
from reregistration.admin.columns import column
from reregistration.models import Campaign
from reregistration.states import AttachmentKind, CampaignState

_LANGUAGES = ("kk", "ru", "en")
# What stands for a field where it is only read.
_SHOWN = {
    "reporting_year": "year_shown",
    "service_grounds": "grounds_shown",
    "attachment_kinds": "papers_shown",
}


@admin.register(Campaign)
class CampaignAdmin(VerbsMixin, ModelAdmin):  # type: ignore[misc]
    form = CampaignForm
    verbs = (
        Open(),
        AddCohort(),
        RemoveCohort(),
        MoveDueDate(),
        TakeIn(),
        ReleaseLeft(),
        Pace(),
        Close(),
    )
    names_itself = True
    change_form_outer_before_template: Any = "admin/reregistration/campaign.html"
    readonly_fields = ("year_shown", "grounds_shown", "papers_shown")
    list_display = ("title", "code", "state_label", "opens_on", "due_on")
    list_display_links = ("title",)
    fieldsets = (
        (None, {"fields": ("code", *(f"name_{language}" for language in _LANGUAGES))}),
        (
            gettext_lazy("Law"),
            {
                "fields": (
                    *(f"body_{language}" for language in _LANGUAGES),
                    *(f"legal_base_{language}" for language in _LANGUAGES),
                    *(f"address_{language}" for language in _LANGUAGES),
                    *(f"court_{language}" for language in _LANGUAGES),
                )
            },
        ),
        (
            gettext_lazy("Dates and scope"),
            {"fields": ("opens_on", "due_on", "cut_off_on", "reporting_year", "legal_forms")},
        ),
        (
            gettext_lazy("Terms and limits"),
            {
                "fields": (
                    "short_form_employees",
                    "short_form_income",
                    "grace_days",
                    "correction_working_days",
                    "review_working_days",
                    "review_lease_minutes",
                    "decision_after_days",
                    "warning_served_days",
                    "decision_served_days",
                    "extension_days",
                    "extensions_by_self",
                    "extension_days_cap",
                    "answer_working_days",
                    "hearing_notice_days",
                    "hearing_moves_by_self",
                    "hearing_remark_days",
                    "complaint_months",
                    "court_months",
                    "contradiction_days",
                    "service_grounds",
                    "attachment_kinds",
                    "round_cap",
                    "week_cap",
                    "reviews_a_day",
                )
            },
        ),
        (gettext_lazy("Waves of notices"), {"fields": ("wave_size", "wave_pause_minutes")}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """As it is read, a year has no thousands separator, and grounds are words."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        return [
            (title, {**options, "fields": [_SHOWN.get(name, name) for name in options["fields"]]})
            for title, options in fieldsets
        ]

    @column(gettext_lazy("reporting year"))
    def year_shown(self, row: Campaign) -> str:
        return str(row.reporting_year)

    @column(gettext_lazy("what counts as service"))
    def grounds_shown(self, row: Campaign) -> str:
        return "; ".join(str(ServiceGround(ground).label) for ground in row.service_grounds)

    @column(gettext_lazy("papers asked for"))
    def papers_shown(self, row: Campaign) -> str:
        return "; ".join(str(AttachmentKind(kind).label) for kind in row.attachment_kinds) or "—"

    @column(gettext_lazy("campaign"), ordering="name_ru")
    def title(self, row: Campaign) -> str:
        return row.name

    @column(
        gettext_lazy("state"),
        ordering="state",
        label={CampaignState.OPEN: "success", CampaignState.DRAFT: "info"},
    )
    def state_label(self, row: Campaign) -> tuple[str, str]:
        return row.state, row.get_state_display()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(super().has_add_permission(request)) and self._manages(request)

    def has_change_permission(self, request: HttpRequest, obj: Campaign | None = None) -> bool:
        """A draft alone: what was opened changes by decisions."""
        if not (super().has_change_permission(request, obj) and self._manages(request)):
            return False
        return obj is None or obj.state == CampaignState.DRAFT

    def has_delete_permission(self, request: HttpRequest, obj: Campaign | None = None) -> bool:
        return False

    def _manages(self, request: HttpRequest) -> bool:
        user = person(request)
        return access.everywhere(user, MANAGE, today(request))

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Campaign | None:
        """Locked for a save, so that a draft that was opened meanwhile is seen to be open."""
        found: Campaign | None = super().get_object(request, object_id, from_field)
        if found is None or request.method != "POST":
            return found
        return Campaign.objects.select_for_update(no_key=True).get(pk=found.pk)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        row = super().get_object(request, object_id) if object_id else None
        about: dict[str, Any] = {"show_save_and_add_another": False}
        if row is not None:
            about |= {
                "row": row,
                "verbs": self.verbs_for(request, row),
                **campaign_page.about(request, row),
            }
        return super().changeform_view(
            request, object_id, form_url, {**(extra_context or {}), **about}
        )
