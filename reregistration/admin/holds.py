"""Holds: of a region or a campaign begun here, of one organisation on its obligation's page."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import access
from accounts.admin_verbs import CaseAdmin, Verb, arrived_at, person, today
from accounts.models import User
from accounts.refusals import Refused
from registry.calendar import day_of
from reregistration import holds
from reregistration.admin.campaign_forms import WithinCampaignForm
from reregistration.admin.campaign_verbs import MANAGE
from reregistration.admin.columns import column
from reregistration.admin.filters import ANY, Question, WhichCampaign
from reregistration.admin.obligations import HoldForm
from reregistration.models import Hold


class ManyHoldForm(WithinCampaignForm, HoldForm):
    field_order = ("campaign", "region", "reason")


class EndHold(Verb):
    """Of one organisation too: whoever manages the campaign may end every hold in it."""

    name = "end"
    label = gettext_lazy("End the hold…")
    permission = MANAGE
    is_nationwide = True
    is_grave = True
    explanation = gettext_lazy(
        "From today days are counted again. Every date moves by the days held, and a new cycle "
        "begins: notices served before no longer count. What another hold covers stays held."
    )

    def suits(self, row: Hold) -> bool:
        return row.ended_on is None

    def context(self, row: Hold, *, on: date) -> dict[str, Any]:
        return {
            "facts": [
                (_("What is held"), what(row)),
                (_("Held from"), date_format(row.began_on)),
                (_("Days held until today"), (on - row.began_on).days),
            ]
        }

    def run(self, row: Hold, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        released = holds.end(row, by=by, on=day_of(at), at=at)
        return _("The hold has ended: days are counted again for %(count)d organisations.") % {
            "count": len(released)
        }


class StillHeld(Question):
    title = gettext_lazy("Still held?")
    parameter_name = "held"
    answers: ClassVar = {
        ANY: gettext_lazy("show all"),
        "yes": gettext_lazy("yes"),
        "no": gettext_lazy("no, ended"),
    }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.answer == ANY:
            return queryset
        return queryset.filter(ended_on__isnull=self.answer == "yes")


@admin.register(Hold)
class HoldAdmin(CaseAdmin):
    campaign = "campaign"
    page = "admin/reregistration/hold.html"
    verbs = (EndHold(),)
    list_display = ("title", "campaign_name", "reason", "began_on", "ended_on", "begun_by")
    list_display_links = ("title",)
    list_filter = (StillHeld, WhichCampaign)
    # What is in force first: an empty day sorts above all.
    ordering = ("-ended_on", "-pk")

    def seen_with(self, request: HttpRequest, permission: str) -> QuerySet[Any]:
        """Of regions and campaigns everybody may know; of one organisation, in its region."""
        rows = super().seen_with(request, permission)
        regions = access.regions_with(person(request), permission, today(request))
        if regions is not None:
            rows = rows.filter(
                Q(obligation__isnull=True) | Q(obligation__organisation__region__in=regions)
            )
        return rows.select_related(
            "campaign", "region", "obligation__organisation", "by", "ended_by"
        )

    @column(gettext_lazy("what is held"))
    def title(self, row: Hold) -> str:
        return what(row)

    @column(gettext_lazy("campaign"))
    def campaign_name(self, row: Hold) -> str:
        return row.campaign.name

    @column(gettext_lazy("by"))
    def begun_by(self, row: Hold) -> str:
        return str(row.by)

    def about(self, request: HttpRequest, row: Hold) -> dict[str, Any]:
        return {"title": what(row)}

    def has_add_permission(self, request: HttpRequest) -> bool:
        user = person(request)
        return user.has_perm("reregistration.add_hold") and access.everywhere(
            user, MANAGE, today(request)
        )

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Hold the dates of a region or a campaign."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = ManyHoldForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                begun = holds.begin(
                    **form.cleaned_data,
                    by=person(request),
                    on=today(request),
                    at=arrived_at(request),
                )
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, _("The dates are held from today."))
                return HttpResponseRedirect(self.row_url(begun))
        return self.render(
            request,
            "admin/reregistration/begin_hold.html",
            None,
            title=_("Hold the dates of a region or a campaign"),
            form=form,
        )


def what(row: Hold) -> str:
    """Whom the hold covers, in words."""
    if row.obligation:
        return row.obligation.organisation.name
    return row.region.name if row.region else _("the whole campaign")
