"""Who takes part, and what the operator's checks of the law's exclusions found."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
)

from accounts.admin_bases import ViewOnlyAdmin
from accounts.admin_verbs import CaseAdmin, ReasonForm, Verb, today
from accounts.models import User
from grants import eligibility, participation
from grants.models import ExclusionFinding, Participant
from grants.states import Exclusion, ParticipantState

MANAGE = "grants.manage_participant"


class FindingForm(forms.Form):
    exclusion = forms.ChoiceField(
        label=gettext_lazy("Exclusion of the law"),
        choices=Exclusion.choices,
        widget=UnfoldAdminSelectWidget,
    )
    is_met = forms.TypedChoiceField(
        label=gettext_lazy("What the check found"),
        choices=[("yes", gettext_lazy("it is met")), ("no", gettext_lazy("it is not met"))],
        coerce=lambda said: said == "yes",
        widget=UnfoldAdminSelectWidget,
    )
    evidence = forms.CharField(
        label=gettext_lazy("Where it stands"),
        help_text=gettext_lazy("The register that was asked, the number of the proceedings."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )
    on = forms.DateField(label=gettext_lazy("As of"), widget=UnfoldAdminDateWidget())


class Find(Verb):
    name = "find"
    label = gettext_lazy("Record a check…")
    permission = MANAGE
    form_class = FindingForm
    explanation = gettext_lazy(
        "It counts at once: an exclusion that is met stops applications, awards and payments "
        "until another check finds otherwise."
    )

    def suits(self, row: Participant) -> bool:
        return True

    def run(self, row: Participant, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        found = participation.find(
            row.organisation,
            Exclusion(answers["exclusion"]),
            is_met=answers["is_met"],
            evidence=answers["evidence"],
            on=answers["on"],
            by=by,
            at=at,
        )
        if found.is_met:
            return _("Recorded: the exclusion is met.")
        return _("Recorded: the exclusion is not met.")


class Remove(Verb):
    name = "remove"
    label = gettext_lazy("Remove…")
    permission = MANAGE
    form_class = ReasonForm
    is_grave = True
    explanation = gettext_lazy(
        "The organisation is taken off the register of participants and can apply for no grant "
        "until it registers again. To keep it off, record the check of an exclusion. What was "
        "awarded stays awarded."
    )

    def suits(self, row: Participant) -> bool:
        return row.state == ParticipantState.ACTIVE

    def run(self, row: Participant, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        participation.remove(row, reason=answers["reason"], by=by, at=at)
        return _("The organisation takes part no longer.")


@admin.register(Participant)
class ParticipantAdmin(CaseAdmin):
    region = region_path = "organisation__region"
    page = "admin/grants/participant.html"
    verbs = (Find(), Remove())
    names_itself = True
    list_display = ("number", "organisation_name", "state", "from_on", "until_on")
    list_filter = ("state",)
    search_fields = ("number", "organisation__number", "organisation__bin")
    list_select_related = ("organisation",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Participant]:
        return super().get_queryset(request).select_related("organisation")

    @admin.display(description=gettext_lazy("organisation"), ordering="organisation__sort_ru")
    def organisation_name(self, row: Participant) -> str:
        return row.organisation.name

    def about(self, request: HttpRequest, row: Participant) -> dict[str, Any]:
        on: date = today(request)
        return {
            "organisation": row.organisation,
            "read_as": row.state_on(on).label,
            "reasons": eligibility.reasons_against(row.organisation, None, on),
            "declarations": row.declarations.select_related("by"),
            "findings": row.organisation.exclusion_findings.select_related("by").order_by("-pk"),
            "events": row.events.select_related("by"),
        }


@admin.register(ExclusionFinding)
class ExclusionFindingAdmin(ViewOnlyAdmin):
    region_path = "organisation__region"
    list_display = ("organisation", "exclusion", "is_met", "on", "by")
    list_filter = ("exclusion", "is_met")
    list_select_related = ("organisation", "by")
