"""Courts' decisions: recorded on the referral's page by one person, confirmed here by another."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest
from django.urls import URLPattern, path
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminFileFieldWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminTextInputWidget,
)

from accounts.admin_verbs import Verb, today
from accounts.models import User
from registry import uploads
from registry.uploads import UploadField
from reregistration.admin.columns import column
from reregistration.admin.filters import ANY, Question, WhichRegion
from reregistration.admin.marking import SENTENCE, VERB_PAGE
from reregistration.admin.organisations import OrganisationRowsAdmin
from reregistration.models import CourtDecision, Referral
from reregistration.referral import court
from reregistration.states import CourtDecisionKind

RECORD = "reregistration.record_court_decision"


class DecisionForm(forms.Form):
    """What the court's paper says, and the paper."""

    kind = forms.ChoiceField(label=gettext_lazy("Decision"), widget=UnfoldAdminRadioSelectWidget)
    court = forms.CharField(
        label=gettext_lazy("Court"), max_length=200, widget=UnfoldAdminTextInputWidget()
    )
    case_number = forms.CharField(
        label=gettext_lazy("Number of the case"),
        max_length=60,
        widget=UnfoldAdminTextInputWidget(),
    )
    decided_on = forms.DateField(
        label=gettext_lazy("Day of the decision"), widget=UnfoldAdminDateWidget()
    )
    in_force_on = forms.DateField(
        label=gettext_lazy("In force from"),
        help_text=gettext_lazy("It may lie ahead: the decision takes effect on that day."),
        widget=UnfoldAdminDateWidget(),
    )
    file = UploadField(label=gettext_lazy("The court's paper"), widget=UnfoldAdminFileFieldWidget())


class RecordDecision(Verb):
    """On a referral's page."""

    name = "court"
    label = gettext_lazy("Record the court's decision…")
    permission = RECORD
    template = VERB_PAGE
    form_class = DecisionForm
    is_grave = True
    explanation = gettext_lazy(
        "Nothing follows before another person has compared it with the paper and it is in force."
    )

    def suits(self, row: Referral) -> bool:
        return bool(court.may_be_of(row))

    def prepare(self, form: Any, row: Referral, *, on: date) -> None:
        form.fields["kind"].choices = [(kind.value, kind.label) for kind in court.may_be_of(row)]

    def run(self, row: Referral, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        told = {name: value for name, value in answers.items() if name not in ("kind", "file")}
        court.record(
            row,
            kind=CourtDecisionKind(answers["kind"]),
            file=uploads.take(answers["file"], by=by, at=at),
            **told,
            by=by,
            at=at,
        )
        return _("Recorded. Another person confirms it among the courts' decisions.")


class Confirm(Verb):
    name = "confirm"
    label = gettext_lazy("Confirm…")
    permission = RECORD
    template = VERB_PAGE
    is_grave = True
    explanation = gettext_lazy(
        "Compare each fact with the court's paper. If the decision is in force, it takes effect at "
        "once; else on its day."
    )

    def suits(self, row: CourtDecision) -> bool:
        return not hasattr(row, "confirmation")

    def context(self, row: CourtDecision, *, on: date) -> dict[str, Any]:
        return {"facts": _facts(row)}

    def run(self, row: CourtDecision, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        court.confirm(row, by=by, at=at)
        return _("Confirmed.")


class WaitsFor(Question):
    title = gettext_lazy("What does it wait for?")
    parameter_name = "waits"
    answers: ClassVar = {
        ANY: gettext_lazy("show all"),
        "confirmation": gettext_lazy("for another person to confirm it"),
        "day": gettext_lazy("confirmed, not in force yet"),
        "person": gettext_lazy("in force, without effect: a person looks at it"),
        "nothing": gettext_lazy("it took effect"),
    }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        on = today(request)
        conditions: dict[str, dict[str, Any]] = {
            ANY: {},
            "confirmation": {"confirmation__isnull": True},
            "day": {"pk__in": court.waiting(), "in_force_on__gt": on},
            "person": {"pk__in": court.waiting(), "in_force_on__lte": on},
            "nothing": {"effect__isnull": False},
        }
        return queryset.filter(**conditions[self.answer])


@admin.register(CourtDecision)
class CourtDecisionAdmin(OrganisationRowsAdmin):
    region = "referral__obligation__organisation__region"
    to_organisation = "referral.obligation.organisation"
    also_read = ("referral", "by", "file", "confirmation__by", "effect")
    page = "admin/reregistration/court_decision.html"
    list_before_template: Any = SENTENCE
    verbs = (Confirm(),)
    names_itself = True
    list_display = (
        "case_number",
        "organisation_name",
        "region_name",
        "kind",
        "court",
        "decided_on",
        "in_force_on",
        "step",
    )
    list_filter = (WaitsFor, "kind", WhichRegion)
    ordering = ("-pk",)

    @column(
        gettext_lazy("step"), label={"recorded": "info", "confirmed": "warning", "done": "success"}
    )
    def step(self, row: CourtDecision) -> tuple[str, str]:
        if hasattr(row, "effect"):
            return "done", _("took effect")
        if hasattr(row, "confirmation"):
            return "confirmed", _("confirmed")
        return "recorded", _("to be confirmed")

    def get_urls(self) -> list[URLPattern]:
        own = path(
            "<path:object_id>/file/",
            self.admin_site.admin_view(self.file_view),
            name="reregistration_courtdecision_file",
        )
        return [own, *super().get_urls()]

    def file_view(self, request: HttpRequest, object_id: str) -> FileResponse:
        """The court's paper, for whoever may see the decision in its region."""
        row = self.fetch(request, object_id, "reregistration.view_courtdecision")
        return uploads.download(row.file)

    def about(self, request: HttpRequest, row: CourtDecision) -> dict[str, Any]:
        is_in_force = row.in_force_on <= today(request)
        return {
            "title": f"{capfirst(row.get_kind_display())}: {row.case_number}",
            "organisation": row.referral.obligation.organisation,
            "facts": _facts(row),
            "confirmation": getattr(row, "confirmation", None),
            "effect": getattr(row, "effect", None),
            "is_in_force": is_in_force,
        }


def _facts(row: CourtDecision) -> list[tuple[str, str]]:
    return [
        (_("Organisation"), row.referral.obligation.organisation.name),
        (_("Decision"), row.get_kind_display()),
        (_("Court"), row.court),
        (_("Number of the case"), row.case_number),
        (_("Day of the decision"), date_format(row.decided_on)),
        (_("In force from"), date_format(row.in_force_on)),
    ]
