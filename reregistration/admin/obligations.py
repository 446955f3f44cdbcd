"""Obligations to read: where each stands, what happened, and why (not) liquidable today."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from notices.models import Notice
from registry.models import Standing
from reregistration.admin.columns import column
from reregistration.admin.filters import (
    OverdueAndNeverFiled,
    ReturnedAndBack,
    WhichCampaign,
    WhichRegion,
)
from reregistration.admin.organisations import OrganisationRowsAdmin
from reregistration.admin.pages import person, today
from reregistration.admin.reasons import liquidable_today
from reregistration.models import Obligation
from reregistration.states import FilingState, State

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


@admin.register(Obligation)
class ObligationAdmin(OrganisationRowsAdmin):
    region = "organisation__region"
    campaign = "campaign"
    also_read = ("campaign",)
    page = "admin/reregistration/obligation.html"
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
    )
    ordering = ("due_on", "pk")

    @column(_("state"), ordering="state", label=LABELS)
    def state_label(self, row: Obligation) -> tuple[str, str]:
        return row.state, row.get_state_display()

    @column(_("due date"), ordering="due_on")
    def due(self, row: Obligation) -> str:
        return date_format(row.due_on, "SHORT_DATE_FORMAT")

    @column(_("first filed"), ordering="first_filed_at")
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
