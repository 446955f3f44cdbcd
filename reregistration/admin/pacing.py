"""How fast notices go out: waves, pauses, and what goes out today and tomorrow."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget

from accounts import access
from accounts.admin_verbs import CaseAdmin, ReasonForm, Verb, arrived_at, person, today
from accounts.models import User
from accounts.refusals import Refused
from notices import gate, pauses, waves
from notices.models import Pause, Wave
from notices.states import Channel, DispatchState, Kind
from reregistration import forecast
from reregistration.admin.columns import column

MANAGE = "notices.manage_sending"


class _OfSending(Verb):
    permission = MANAGE
    is_nationwide = True


class StopWave(_OfSending):
    name = "stop"
    label = gettext_lazy("Stop…")
    form_class = ReasonForm
    is_grave = True
    explanation = gettext_lazy(
        "Nothing more of this wave is sent, and no wave follows it, until it is resumed. What is "
        "being sent this moment goes out. What waits longer than it is of use is held back."
    )

    def suits(self, row: Wave) -> bool:
        return row.stopped_at is None

    def run(self, row: Wave, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        waves.stop(row, by=by, at=at, reason=answers["reason"])
        return _("The wave is stopped.")


class ResumeWave(_OfSending):
    name = "resume"
    label = gettext_lazy("Resume")
    explanation = gettext_lazy("What waits in this wave is sent, and the next waves follow it.")

    def suits(self, row: Wave) -> bool:
        return row.stopped_at is not None

    def run(self, row: Wave, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        waves.resume(row, by=by, at=at)
        return _("The wave goes on.")


@admin.register(Wave)
class WaveAdmin(CaseAdmin):
    page = "admin/reregistration/wave.html"
    verbs = (StopWave(), ResumeWave())
    list_display = ("title", "source", "begun_at", "filled", "waiting", "state_label")
    list_display_links = ("title",)
    list_filter = ("kind",)
    ordering = ("-pk",)

    def seen_with(self, request: HttpRequest, permission: str) -> QuerySet[Any]:
        waiting = Q(dispatches__state__in=[DispatchState.QUEUED, DispatchState.SENDING])
        rows: QuerySet[Any] = (
            super()
            .seen_with(request, permission)
            .select_related("stopped_by")
            .annotate(waiting_total=Count("dispatches", filter=waiting))
        )
        return rows

    @column(gettext_lazy("wave"), ordering="pk")
    def title(self, row: Wave) -> str:
        return _title(row)

    @column(gettext_lazy("notices"))
    def filled(self, row: Wave) -> str:
        return _("%(count)d of %(size)d") % {"count": row.count, "size": row.size}

    @column(gettext_lazy("wait to be sent"))
    def waiting(self, row: Any) -> int:
        return int(row.waiting_total)

    @column(gettext_lazy("state"), label={"stopped": "danger", "running": "success"})
    def state_label(self, row: Wave) -> tuple[str, str]:
        if row.stopped_at:
            return "stopped", _("stopped")
        return "running", _("not stopped")

    def about(self, request: HttpRequest, row: Wave) -> dict[str, Any]:
        counts: Counter[str] = Counter(
            dict(row.dispatches.order_by().values_list("state").annotate(count=Count("pk")))
        )
        return {
            "title": _title(row),
            "counts": [(state.label, counts[state]) for state in DispatchState],
            "total": sum(counts.values()),
        }

    def get_urls(self) -> list[URLPattern]:
        page = path(
            "forecast/",
            self.admin_site.admin_view(self.forecast_view),
            name="notices_wave_forecast",
        )
        return [page, *super().get_urls()]

    def forecast_view(self, request: HttpRequest) -> HttpResponse:
        """What goes out today and tomorrow, and what is held."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        days = forecast.forecast(at=arrived_at(request))
        return self.render(
            request,
            "admin/reregistration/forecast.html",
            None,
            title=_("What goes out today and tomorrow"),
            days=[(day.on, _table(day), _totals(day)) for day in days],
            asked_at=arrived_at(request),
            unreleased=gate.waits_for_release(),
            is_test=gate.is_test(),
        )


def _title(row: Wave) -> str:
    return f"№ {row.number}: {row.get_kind_display()}"


_LANGUAGES = {"kk": "Қазақша", "ru": "Русский", "en": "English"}


def _table(day: forecast.Day) -> list[tuple[str, str, str, int, int, list[tuple[int, Any]]]]:
    """A line for each kind, channel and language: what waits, what is to be made, what is held."""
    return [
        (
            str(Kind(cell.kind).label),
            str(Channel(cell.channel).label),
            _LANGUAGES[cell.language],
            day.waiting[cell],
            day.to_make[cell],
            [
                (count, forecast.WORDS[why])
                for why, count in day.held.get(cell, Counter[forecast.Why]()).items()
            ],
        )
        for cell in day.cells()
    ]


def _totals(day: forecast.Day) -> tuple[int, int, int]:
    held = sum(sum(counts.values()) for counts in day.held.values())
    return day.waiting.total(), day.to_make.total(), held


class PauseForm(ReasonForm):
    channel = forms.ChoiceField(
        label=gettext_lazy("Channel"),
        choices=[("", gettext_lazy("all channels")), *Channel.choices],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind of notice"),
        choices=[("", gettext_lazy("all kinds")), *Kind.choices],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    field_order = ("channel", "kind", "reason")


class EndPause(_OfSending):
    name = "end"
    label = gettext_lazy("End the pause")
    explanation = gettext_lazy("What waited is sent, if it is still of use.")

    def suits(self, row: Pause) -> bool:
        return row.ended_at is None

    def run(self, row: Pause, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        pauses.end(row, by=by, at=at)
        return _("The pause has ended.")


@admin.register(Pause)
class PauseAdmin(CaseAdmin):
    page = "admin/reregistration/pause.html"
    verbs = (EndPause(),)
    list_display = ("title", "reason", "since_at", "begun_by", "ended_at", "state_label")
    list_display_links = ("title",)
    # What is in force first: an empty moment sorts above all.
    ordering = ("-ended_at", "-pk")

    def seen_with(self, request: HttpRequest, permission: str) -> QuerySet[Any]:
        return super().seen_with(request, permission).select_related("by", "ended_by")

    @column(gettext_lazy("what is paused"))
    def title(self, row: Pause) -> str:
        channel = row.get_channel_display() or _("all channels")
        return f"{channel}: {row.get_kind_display() or _('all kinds')}"

    @column(gettext_lazy("by"))
    def begun_by(self, row: Pause) -> str:
        return str(row.by)

    @column(gettext_lazy("state"), label={"running": "warning", "ended": "info"})
    def state_label(self, row: Pause) -> tuple[str, str]:
        return ("ended", _("ended")) if row.ended_at else ("running", _("in force"))

    def about(self, request: HttpRequest, row: Pause) -> dict[str, Any]:
        return {"title": self.title(row)}

    def has_add_permission(self, request: HttpRequest) -> bool:
        user = person(request)
        return user.has_perm("notices.add_pause") and access.everywhere(
            user, MANAGE, today(request)
        )

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Begin a pause."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = PauseForm(request.POST if request.method == "POST" else None)
        if form.is_bound and form.is_valid():
            try:
                begun = self._begin(request, form.cleaned_data)
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, _("Nothing of it is sent until the pause ends."))
                return HttpResponseRedirect(self.row_url(begun))
        return self.render(
            request,
            "admin/reregistration/begin_pause.html",
            None,
            title=_("Pause sending"),
            form=form,
        )

    def _begin(self, request: HttpRequest, answers: dict[str, Any]) -> Pause:
        channel, kind = answers["channel"], answers["kind"]
        return pauses.begin(
            Channel(channel) if channel else None,
            Kind(kind) if kind else None,
            reason=answers["reason"],
            by=person(request),
            at=arrived_at(request),
        )
