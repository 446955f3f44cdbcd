"""The days and hours on which the ministry hears, to set hearings in."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldAdminTimeWidget,
)

from accounts import access
from accounts.admin_verbs import CaseAdmin, Verb, arrived_at, person, today
from accounts.models import User
from accounts.refusals import Refused
from registry.calendar import ALMATY
from registry.models import Region
from reregistration import hearing_slots
from reregistration.admin.columns import column
from reregistration.admin.filters import ANY, Question
from reregistration.models import HearingSlot
from reregistration.querysets import TAKEN

HOLD = "reregistration.hold_hearing"
OPEN = "reregistration.add_hearingslot"


class OpenSlotsForm(forms.Form):
    on = forms.DateField(label=gettext_lazy("Day"), widget=UnfoldAdminDateWidget())
    hour = forms.TimeField(
        label=gettext_lazy("The first begins at"), widget=UnfoldAdminTimeWidget()
    )
    minutes = forms.IntegerField(
        label=gettext_lazy("Minutes of each"),
        min_value=5,
        max_value=480,
        initial=30,
        widget=UnfoldAdminIntegerFieldWidget,
    )
    count = forms.IntegerField(
        label=gettext_lazy("How many, one after another"),
        min_value=1,
        max_value=hearing_slots.MOST_AT_ONCE,
        initial=1,
        widget=UnfoldAdminIntegerFieldWidget,
    )
    capacity = forms.IntegerField(
        label=gettext_lazy("Hearings at once"),
        min_value=1,
        max_value=50,
        initial=1,
        widget=UnfoldAdminIntegerFieldWidget,
    )
    place = forms.CharField(
        label=gettext_lazy("Place of the hearing"),
        help_text=gettext_lazy("Address, floor and room, as the invitation says it."),
        required=False,
        max_length=300,
        widget=UnfoldAdminTextInputWidget,
    )
    video_link = forms.URLField(
        label=gettext_lazy("Video link"),
        required=False,
        max_length=300,
        assume_scheme="https",
        widget=UnfoldAdminTextInputWidget,
    )
    region = forms.ModelChoiceField(
        label=gettext_lazy("Only this region"),
        queryset=Region.objects.none(),
        required=False,
        empty_label=gettext_lazy("all regions"),
        widget=UnfoldAdminSelectWidget,
    )


class WithdrawSlot(Verb):
    name = "withdraw"
    label = gettext_lazy("Withdraw this slot…")
    permission = HOLD
    is_grave = True
    explanation = gettext_lazy("Nobody is given this hour any more.")

    def suits(self, row: HearingSlot) -> bool:
        return row.withdrawn_at is None and not row.dates.filter(freed_at__isnull=True).exists()

    def run(self, row: HearingSlot, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        hearing_slots.withdraw(row, by=by, at=at)
        return _("The slot is withdrawn.")


class FreeOrTaken(Question):
    title = gettext_lazy("Free or taken?")
    parameter_name = "free"
    answers: ClassVar = {
        "ahead": gettext_lazy("all that lie ahead"),
        "free": gettext_lazy("free"),
        "taken": gettext_lazy("taken"),
        ANY: gettext_lazy("show all, past and withdrawn too"),
    }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.answer == ANY:
            return queryset
        ahead = queryset.filter(begins_at__gt=arrived_at(request), withdrawn_at__isnull=True)
        if self.answer == "free":
            return ahead.filter(taken__lt=F("capacity"))
        if self.answer == "taken":
            return ahead.filter(taken__gt=0)
        return ahead


@admin.register(HearingSlot)
class HearingSlotAdmin(CaseAdmin):
    """The nearest first. Slots of all regions are seen by all, and withdrawn by who holds all."""

    page = "admin/reregistration/hearing_slot.html"
    verbs = (WithdrawSlot(),)
    list_display = ("title", "where", "region_name", "minutes", "seats", "state_label")
    list_display_links = ("title",)
    list_filter = (FreeOrTaken,)
    ordering = ("begins_at", "pk")

    def seen_with(self, request: HttpRequest, permission: str) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().seen_with(request, permission)
        regions = access.regions_with(person(request), permission, today(request))
        if regions is not None:
            theirs = Q(region__in=regions)
            if permission != HOLD:
                theirs |= Q(region__isnull=True)
            rows = rows.filter(theirs)
        counted: QuerySet[Any] = rows.annotate(taken=TAKEN)
        return counted.select_related("region", "opened_by", "withdrawn_by")

    @column(gettext_lazy("begins"), ordering="begins_at")
    def title(self, row: HearingSlot) -> str:
        return date_format(timezone.localtime(row.begins_at), "SHORT_DATETIME_FORMAT")

    @column(gettext_lazy("where"))
    def where(self, row: HearingSlot) -> str:
        return hearing_slots.where(row)

    @column(gettext_lazy("region"))
    def region_name(self, row: HearingSlot) -> str:
        return row.region.name if row.region else _("all regions")

    @column(gettext_lazy("taken"), ordering="taken")
    def seats(self, row: Any) -> str:
        return _("%(taken)d of %(capacity)d") % {"taken": row.taken, "capacity": row.capacity}

    @column(
        gettext_lazy("state"), label={"free": "success", "taken": "info", "withdrawn": "warning"}
    )
    def state_label(self, row: Any) -> tuple[str, str]:
        if row.withdrawn_at:
            return "withdrawn", _("withdrawn")
        return ("taken", _("taken")) if row.taken >= row.capacity else ("free", _("free"))

    def about(self, request: HttpRequest, row: HearingSlot) -> dict[str, Any]:
        standing = row.dates.filter(freed_at__isnull=True)
        if not person(request).has_perm("reregistration.view_hearing"):
            standing = standing.none()
        return {
            "title": hearing_slots.told(row),
            "dates": standing.select_related("hearing__obligation__organisation"),
        }

    def has_add_permission(self, request: HttpRequest) -> bool:
        return person(request).has_perm(OPEN)

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Open slots of a day, one after another."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = self._form(request)
        if request.method == "POST" and form.is_valid():
            given = dict(form.cleaned_data)
            begins_at = datetime.combine(given.pop("on"), given.pop("hour"), tzinfo=ALMATY)
            try:
                made = hearing_slots.open_slots(
                    begins_at, **given, by=person(request), at=arrived_at(request)
                )
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(
                    request, _("Slots that stand open: %(count)d.") % {"count": len(made)}
                )
                return HttpResponseRedirect(self.list_url())
        return self.render(
            request,
            "admin/reregistration/open_slots.html",
            None,
            title=_("Open hearing slots"),
            form=form,
        )

    def _form(self, request: HttpRequest) -> OpenSlotsForm:
        """Only regions in which the person may open; who may in some alone names one."""
        form = OpenSlotsForm(request.POST if request.method == "POST" else None)
        user, on = person(request), today(request)
        region: Any = form.fields["region"]
        region.queryset = access.within(
            Region.objects.all(), "pk", user=user, permission=OPEN, on=on
        )
        if not access.everywhere(user, OPEN, on):
            region.required, region.empty_label = True, None
        return form
