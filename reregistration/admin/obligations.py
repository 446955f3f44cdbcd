"""Obligations to read: where each stands, what happened, and why (not) liquidable today."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextareaWidget

from accounts.admin_verbs import Verb, person, today
from accounts.models import User
from notices.models import Notice
from registry.calendar import day_of
from registry.models import Standing
from reregistration import extensions, holds, standstill
from reregistration.admin.columns import column
from reregistration.admin.filters import (
    DiffersFromTheLog,
    OverdueAndNeverFiled,
    PastDueAndNotMoved,
    ReturnedAndBack,
    WhichCampaign,
    WhichRegion,
)
from reregistration.admin.helpline import LogCall, SeeAsOrganisation, SendCodeAgain
from reregistration.admin.organisations import OrganisationRowsAdmin
from reregistration.admin.reasons import liquidable_today
from reregistration.models import Obligation
from reregistration.states import MAY_BE_EXTENDED, FilingState, State

LABELS = {
    State.DUE: "info",
    State.FILED: "info",
    State.RETURNED: "warning",
    State.FULFILLED: "success",
    State.OVERDUE: "danger",
    State.MARKED: "danger",
    State.REFERRED: "danger",
    State.TERMINATED: "danger",
}


class MoreTimeForm(forms.Form):
    """How many days, and on what ground; `cycle` is the one that was seen."""

    days = forms.IntegerField(
        label=gettext_lazy("More days"), min_value=1, widget=UnfoldAdminIntegerFieldWidget
    )
    ground = forms.CharField(
        label=gettext_lazy("Ground of the decision"),
        help_text=gettext_lazy("It is kept, and shown to an auditor and a court."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )
    cycle = forms.IntegerField(widget=forms.HiddenInput)


class GrantMoreTime(Verb):
    name = "more-time"
    label = gettext_lazy("Give more time…")
    permission = "reregistration.grant_extension"
    form_class = MoreTimeForm
    template = "admin/reregistration/more_time.html"
    explanation = gettext_lazy(
        "The due date moves in every page, notice and rule at once, and a letter says the new one. "
        "Notices served before no longer count against the organisation."
    )

    def suits(self, row: Obligation) -> bool:
        return row.state in MAY_BE_EXTENDED and extensions.days_left(row) > 0

    def empty_form(self, row: Obligation, asked: Mapping[str, Any]) -> forms.Form:
        return self.form(row, initial={"cycle": row.cycle})

    def context(self, row: Obligation, *, on: date) -> dict[str, Any]:
        return {
            "facts": [
                (_("Organisation"), row.organisation.name),
                (_("Due date now"), date_format(row.due_on)),
                (_("Days that can still be given"), extensions.days_left(row)),
            ]
        }

    def run(self, row: Obligation, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        made = extensions.grant(row, **answers, by=by, at=at)
        return _("More time is given: the new due date is %(due)s.") % {
            "due": date_format(made.due_on)
        }


class HoldForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("The organisation reads it too."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )


class HoldDates(Verb):
    """Whoever may give one organisation more time may hold its dates."""

    name = "hold"
    label = gettext_lazy("Hold the dates…")
    permission = "reregistration.grant_extension"
    form_class = HoldForm
    explanation = gettext_lazy(
        "From today no day is counted: it does not become overdue, is not warned and not marked. "
        "When the hold ends, its dates move by the days held, and a new cycle begins."
    )

    def suits(self, row: Obligation) -> bool:
        is_held = row.holds.filter(ended_on__isnull=True).exists()
        return row.state not in holds.OVER and not is_held

    def run(self, row: Obligation, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        holds.begin(
            row.campaign, obligation=row, reason=answers["reason"], by=by, on=day_of(at), at=at
        )
        return _("The dates are held from today.")


@admin.register(Obligation)
class ObligationAdmin(OrganisationRowsAdmin):
    region = "organisation__region"
    campaign = "campaign"
    also_read = ("campaign",)
    page = "admin/reregistration/obligation.html"
    verbs = (GrantMoreTime(), HoldDates(), SeeAsOrganisation(), LogCall(), SendCodeAgain())
    list_display = (
        "organisation_number",
        "organisation_name",
        "region_name",
        "state_label",
        "due",
        "filed",
        "on_time",
    )
    list_filter = (
        OverdueAndNeverFiled,
        ReturnedAndBack,
        "state",
        WhichRegion,
        WhichCampaign,
        PastDueAndNotMoved,
        DiffersFromTheLog,
    )
    ordering = ("due_on", "pk")

    @column(gettext_lazy("state"), ordering="state", label=LABELS)
    def state_label(self, row: Obligation) -> tuple[str, str]:
        return row.state, row.get_state_display()

    @column(gettext_lazy("due date"), ordering="due_on")
    def due(self, row: Obligation) -> str:
        return date_format(row.due_on, "SHORT_DATE_FORMAT")

    @column(gettext_lazy("first filed"), ordering="first_filed_at")
    def filed(self, row: Obligation) -> str:
        at = row.first_filed_at
        return date_format(timezone.localtime(at), "SHORT_DATE_FORMAT") if at else ""

    def about(self, request: HttpRequest, row: Obligation) -> dict[str, Any]:
        user = person(request)
        organisation = row.organisation
        return {
            "title": organisation.name,
            "organisation": organisation,
            "standing": Standing.objects.filter(
                organisation=organisation, campaign=row.campaign.code
            ).first(),
            "events": _events(row),
            "cycles": row.cycles.all(),
            "filings": row.filings.exclude(state=FilingState.DRAFT).order_by("-version"),
            "holds": holds.of(row).select_related("region", "by", "ended_by"),
            "extensions": row.extensions.select_related("by"),
            "answers": [
                answer
                for model in standstill.STOPPING
                for answer in model._default_manager.filter(obligation=row)
            ],
            "notices": _notices(row) if user.has_perm("notices.view_notice") else None,
            "may_see_filings": user.has_perm("reregistration.view_filing"),
            "reasons": liquidable_today(row, today(request)),
            "today": today(request),
        }


def _events(row: Obligation) -> list[dict[str, Any]]:
    labels = dict(State.choices)
    return [
        {
            "event": event,
            "from_state": labels.get(event.from_state, ""),
            "to_state": labels.get(event.to_state, event.to_state),
        }
        for event in row.events.select_related("by").order_by("-pk")
    ]


def _notices(row: Obligation) -> QuerySet[Notice]:
    return (
        Notice.objects.filter(organisation=row.organisation_id, source=row.source)
        .prefetch_related("dispatches", "services")
        .order_by("-pk")
    )
