"""Objections, complaints, wishes to be heard: the open ones first, and the decision."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminTextareaWidget

from accounts.admin_verbs import Verb
from accounts.models import User
from registry import uploads
from reregistration import appeals
from reregistration.admin.columns import column
from reregistration.admin.filters import ANY, Question, WhichCampaign, WhichRegion
from reregistration.admin.organisations import OrganisationRowsAdmin
from reregistration.models import Appeal, Complaint, Objection
from reregistration.states import AnswerOutcome

DECIDE = "reregistration.decide_appeal"


class DecisionForm(forms.Form):
    outcome = forms.ChoiceField(
        label=gettext_lazy("Decision"),
        choices=AnswerOutcome.choices,
        widget=UnfoldAdminRadioSelectWidget,
    )
    decision = forms.CharField(
        label=gettext_lazy("Reasons"),
        help_text=gettext_lazy("They stand in the letter as you write them."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 5}),
    )


class Decide(Verb):
    name = "decide"
    label = gettext_lazy("Record the decision…")
    permission = DECIDE
    form_class = DecisionForm
    is_grave = True
    ends_on_list = True
    explanation = gettext_lazy(
        "Somebody decides who did not draft, sign or review anything against this organisation. "
        "The organisation gets a letter, and the standstill ends. If you uphold a complaint of a "
        "mark, the mark is reversed at once. If you uphold an objection or a wish to be heard, "
        "nobody marks the organisation in this cycle."
    )

    def suits(self, row: Appeal) -> bool:
        return row.decided_at is None

    def run(self, row: Appeal, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        appeals.decide(
            row,
            outcome=AnswerOutcome(answers["outcome"]),
            decision=answers["decision"],
            by=by,
            at=at,
        )
        return _("The decision on %(number)s is recorded.") % {"number": row}


class StillOpen(Question):
    title = gettext_lazy("Still to be decided?")
    parameter_name = "open"
    answers: ClassVar = {
        "yes": gettext_lazy("yes"),
        "no": gettext_lazy("no, decided"),
        ANY: gettext_lazy("show all"),
    }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.answer == ANY:
            return queryset
        return queryset.filter(decided_at__isnull=self.answer == "yes")


class AppealAdmin(OrganisationRowsAdmin):
    """Who waits longest comes first."""

    region = "obligation__organisation__region"
    campaign = "obligation__campaign"
    to_organisation = "obligation.organisation"
    also_read = ("obligation__campaign", "by", "decided_by", "document")
    names_itself = True
    page = "admin/reregistration/answer.html"
    verbs: ClassVar[tuple[Verb, ...]] = (Decide(),)
    list_display: tuple[str, ...] = (
        "number",
        "organisation_name",
        "region_name",
        "received",
        "decide_by",
        "outcome_label",
    )
    list_filter: ClassVar[Any] = (StillOpen, WhichRegion, WhichCampaign)
    ordering = ("at", "pk")

    @column(gettext_lazy("received"), ordering="at")
    def received(self, row: Appeal) -> str:
        return date_format(timezone.localtime(row.at), "SHORT_DATETIME_FORMAT")

    @column(gettext_lazy("to be decided by"), ordering="decision_by_on")
    def decide_by(self, row: Appeal) -> str:
        return date_format(row.decision_by_on, "SHORT_DATE_FORMAT")

    @column(
        gettext_lazy("outcome"),
        ordering="outcome",
        label={AnswerOutcome.UPHELD: "success", AnswerOutcome.DISMISSED: "warning", "": "info"},
    )
    def outcome_label(self, row: Appeal) -> tuple[str, str]:
        return row.outcome, row.get_outcome_display() or _("open")

    def get_urls(self) -> list[URLPattern]:
        own = path(
            "<int:pk>/document/",
            self.admin_site.admin_view(self.document),
            name=f"{self.opts.app_label}_{self.opts.model_name}_document",
        )
        return [own, *super().get_urls()]

    def document(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """The document that came with it, for those who may read it."""
        row = self.fetch(request, str(pk), f"{self.opts.app_label}.view_{self.opts.model_name}")
        with_one = self.model._default_manager.filter(document__isnull=False)
        return uploads.download(get_object_or_404(with_one, pk=row.pk).document)

    def about(self, request: HttpRequest, row: Appeal) -> dict[str, Any]:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_document"
        return {
            "organisation": row.obligation.organisation,
            "document_url": reverse(name, args=[row.pk]) if row.document else "",
        }


@admin.register(Objection)
class ObjectionAdmin(AppealAdmin):
    pass


@admin.register(Complaint)
class ComplaintAdmin(AppealAdmin):
    list_display: tuple[str, ...] = (*AppealAdmin.list_display, "late")

    @column(gettext_lazy("after the term?"), ordering="is_late", label={"late": "warning"})
    def late(self, row: Complaint) -> tuple[str, str]:
        return ("late", _("late")) if row.is_late else ("", "—")
