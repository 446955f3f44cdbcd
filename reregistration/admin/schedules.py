"""Schedules of referral files: drafted by one, signed by two others who saw the same fingerprint.

Only the court decides on liquidation: every page here says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget

from accounts import access
from accounts.admin_verbs import CaseAdmin, ReasonForm, Verb, arrived_at, person, today
from accounts.models import User
from accounts.refusals import Refused
from reregistration.admin.columns import column
from reregistration.admin.filters import WhichCampaign
from reregistration.admin.marking import SENTENCE, VERB_PAGE
from reregistration.models import Campaign, ReceivingBody, ReferralSchedule, ScheduleLine
from reregistration.referral import schedules
from reregistration.states import CampaignState, ReferralState, ScheduleState

MANAGE = "reregistration.manage_schedule"
SIGN = "reregistration.sign_schedule"
_OPEN = (ScheduleState.DRAFTED, ScheduleState.SIGNED)
_SHORT = 12


class SignForm(forms.Form):
    """The fingerprint that the page showed goes back with the signature."""

    content_hash = forms.CharField(widget=forms.HiddenInput)


class Sign(Verb):
    name = "sign"
    label = gettext_lazy("Sign…")
    permission = SIGN
    template = "admin/reregistration/sign_schedule.html"
    form_class = SignForm
    is_grave = True
    explanation = gettext_lazy(
        "You sign the files listed here, in this order, by their fingerprint. Two people sign who "
        "did not draft the schedule, prepare a file of it or take part in a marking. After the "
        "second signature the timetable refers the files one by one, each checked again at that "
        "moment."
    )

    def suits(self, row: ReferralSchedule) -> bool:
        return row.state == ScheduleState.DRAFTED

    def empty_form(self, row: ReferralSchedule, asked: Mapping[str, Any]) -> forms.Form:
        return self.form(row, initial={"content_hash": row.content_hash})

    def context(self, row: ReferralSchedule, *, on: date) -> dict[str, Any]:
        standing = [line for line in _lines(row) if line.struck_at is None]
        return {
            "lines": standing,
            "facts": [
                (_("Receiving body"), row.receiving_body.name),
                (_("Files"), len(standing)),
                (_("Fingerprint of its files"), row.content_hash),
            ],
        }

    def run(self, row: ReferralSchedule, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        signed = schedules.sign(row, content_hash=answers["content_hash"], by=by, at=at)
        if signed.state == ScheduleState.SIGNED:
            return _("Signed. Two people have signed: the files are referred one by one.")
        return _("Signed. One more person has to sign.")


class StrikeForm(ReasonForm):
    line = forms.ModelChoiceField(
        label=gettext_lazy("File"),
        queryset=ScheduleLine.objects.none(),
        widget=UnfoldAdminSelectWidget,
    )
    field_order = ("line", "reason")


class Strike(Verb):
    name = "strike"
    label = gettext_lazy("Strike a file out…")
    permission = MANAGE
    template = VERB_PAGE
    form_class = StrikeForm
    is_grave = True
    explanation = gettext_lazy(
        "It may stand in another schedule then. The fingerprint changes, so that signatures given "
        "before are void. Once sending has begun, the other files go on."
    )

    def suits(self, row: ReferralSchedule) -> bool:
        return row.state in _OPEN

    def empty_form(self, row: ReferralSchedule, asked: Mapping[str, Any]) -> forms.Form:
        return self.form(row, initial={"line": asked.get("line")})

    def prepare(self, form: Any, row: ReferralSchedule, *, on: date) -> None:
        field = form.fields["line"]
        field.queryset = _lines(row).filter(struck_at__isnull=True, sent_at__isnull=True)
        field.label_from_instance = lambda line: (
            f"{line.position}. {line.referral}, {line.referral.obligation.organisation.name}"
        )

    def run(self, row: ReferralSchedule, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        struck = schedules.strike(answers["line"], reason=answers["reason"], by=by, at=at)
        return _("The file %(number)s is struck out.") % {"number": struck.referral}


class Discard(Verb):
    name = "discard"
    label = gettext_lazy("Discard…")
    permission = MANAGE
    template = VERB_PAGE
    form_class = ReasonForm
    is_grave = True
    explanation = gettext_lazy("Nothing of it is sent. Its files wait for another schedule.")

    def suits(self, row: ReferralSchedule) -> bool:
        return row.state in _OPEN and not row.lines.filter(sent_at__isnull=False).exists()

    def run(self, row: ReferralSchedule, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        schedules.discard(row, reason=answers["reason"], by=by, at=at)
        return _("The schedule is discarded. Its files wait for another one.")


class DraftForm(forms.Form):
    """Which files: those prepared in a campaign for one body, the oldest first."""

    campaign = forms.ModelChoiceField(
        label=gettext_lazy("Campaign"),
        queryset=Campaign.objects.exclude(state=CampaignState.DRAFT),
        widget=UnfoldAdminSelectWidget,
    )
    body = forms.ModelChoiceField(
        label=gettext_lazy("Receiving body"),
        queryset=ReceivingBody.objects.none(),
        widget=UnfoldAdminSelectWidget,
    )

    def __init__(self, *args: Any, regions: frozenset[str] | None, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        waiting = Count("referrals", filter=Q(referrals__state=ReferralState.PREPARED))
        bodies = ReceivingBody.objects.in_charge(on).annotate(waiting=waiting)
        if regions is not None:
            bodies = bodies.filter(region__in=regions)
        field: Any = self.fields["body"]
        field.queryset = bodies.order_by("-waiting", "pk")
        field.label_from_instance = lambda row: (
            _("%(body)s (files that wait: %(count)d)")
            % {
                "body": row.name,
                "count": row.waiting,
            }
        )


@admin.register(ReferralSchedule)
class ReferralScheduleAdmin(CaseAdmin):
    """Of a body for one region, seen by whoever sees that region; of the others, nationwide."""

    region = "receiving_body__region"
    names_itself = True
    campaign = "campaign"
    page = "admin/reregistration/schedule.html"
    list_before_template: Any = SENTENCE
    verbs = (Sign(), Strike(), Discard())
    list_display = (
        "number",
        "campaign_name",
        "body_name",
        "state_label",
        "file_count",
        "fingerprint",
        "drafted_by",
        "drafted_at",
    )
    list_filter = ("state", WhichCampaign)
    ordering = ("-pk",)

    def seen_with(self, request: HttpRequest, permission: str) -> QuerySet[Any]:
        rows: QuerySet[Any] = (
            super()
            .seen_with(request, permission)
            .select_related(
                "campaign", "receiving_body", "drafted_by", "first_signed_by", "second_signed_by"
            )
            .annotate(
                standing=Count("lines", filter=Q(lines__struck_at__isnull=True)),
            )
        )
        return rows

    @column(gettext_lazy("campaign"))
    def campaign_name(self, row: ReferralSchedule) -> str:
        return row.campaign.name

    @column(gettext_lazy("receiving body"))
    def body_name(self, row: ReferralSchedule) -> str:
        return row.receiving_body.name

    @column(
        gettext_lazy("state"),
        ordering="state",
        label={
            ScheduleState.DRAFTED: "info",
            ScheduleState.SIGNED: "warning",
            ScheduleState.SENT: "success",
        },
    )
    def state_label(self, row: ReferralSchedule) -> tuple[str, str]:
        return row.state, row.get_state_display()

    @column(gettext_lazy("files"), ordering="standing")
    def file_count(self, row: Any) -> int:
        return int(row.standing)

    @column(gettext_lazy("fingerprint"))
    def fingerprint(self, row: ReferralSchedule) -> str:
        return row.content_hash[:_SHORT]

    def has_add_permission(self, request: HttpRequest) -> bool:
        user = person(request)
        return user.has_perm("reregistration.add_referralschedule") and user.has_perm(MANAGE)

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Draft a schedule. Nothing is sent by it."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        regions = access.regions_with(person(request), MANAGE, today(request))
        given = request.POST if request.method == "POST" else None
        form = DraftForm(given, regions=regions, on=today(request))
        if form.is_valid():
            try:
                drafted = schedules.draft(
                    form.cleaned_data["campaign"],
                    form.cleaned_data["body"],
                    by=person(request),
                    at=arrived_at(request),
                )
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(
                    request, _("The schedule is drafted. Two other people sign it next.")
                )
                return HttpResponseRedirect(self.row_url(drafted))
        return self.render(
            request,
            "admin/reregistration/draft_schedule.html",
            None,
            title=_("Draft a schedule of referral files"),
            form=form,
        )

    def about(self, request: HttpRequest, row: ReferralSchedule) -> dict[str, Any]:
        may_strike = any(verb.name == Strike.name for verb, _url in self.verbs_for(request, row))
        return {
            "title": _("Schedule %(number)s") % {"number": row},
            "lines": list(_lines(row)),
            "steps": [
                (_("Drafted"), row.drafted_by, row.drafted_at),
                (_("First signature"), row.first_signed_by, row.first_signed_at),
                (_("Second signature"), row.second_signed_by, row.second_signed_at),
                (_("Ended"), None, row.ended_at),
            ],
            "short": row.content_hash[:_SHORT],
            "strike_url": _strike_url(row) if may_strike else "",
        }


def _strike_url(row: ReferralSchedule) -> str:
    return reverse("admin:reregistration_referralschedule_strike", args=[row.pk])


def _lines(row: ReferralSchedule) -> QuerySet[ScheduleLine]:
    return row.lines.select_related(
        "referral__obligation__organisation__region", "referral__prepared_by", "struck_by"
    ).order_by("position")
