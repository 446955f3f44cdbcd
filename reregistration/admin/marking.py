"""Marking rounds: drafted, dry-run, sampled, signed by two others, stopped.

Only the court decides on liquidation: every page here says so.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminSelectWidget

from accounts import access
from accounts.admin_verbs import CaseAdmin, ReasonForm, Verb, arrived_at, person, today
from accounts.models import User
from accounts.refusals import Refused
from registry.models import LegalForm, Region
from reregistration.admin import dossier
from reregistration.admin import sampling as sampling_desk
from reregistration.admin.campaign_forms import WithinCampaignForm
from reregistration.admin.columns import column
from reregistration.admin.filters import WhichCampaign
from reregistration.admin.sampling import Check, Draw
from reregistration.marking import mark, rounds, sampling
from reregistration.models import MarkingRound
from reregistration.states import ROUND_ALLOWED, CandidateState, RoundState, Verdict

MANAGE = "reregistration.manage_marking"
SIGN = "reregistration.sign_marking"
SENTENCE = "admin/reregistration/only_the_court.html"
# A verb's page that begins with it.
VERB_PAGE = "admin/reregistration/marking_verb.html"


class DryRun(Verb):
    name = "dry-run"
    label = gettext_lazy("Dry run")
    permission = MANAGE
    template = VERB_PAGE
    explanation = gettext_lazy(
        "The candidates of today are frozen into the round, oldest due date first. Nobody is "
        "marked by this."
    )

    def suits(self, row: MarkingRound) -> bool:
        return RoundState.DRY_RUN in ROUND_ALLOWED[row.state]

    def run(self, row: MarkingRound, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        found = rounds.dry_run(row, by=by, at=at)
        return _("Candidates frozen: %(count)d. Nobody is marked.") % {"count": found}


class Sign(Verb):
    name = "sign"
    label = gettext_lazy("Sign")
    permission = SIGN
    template = VERB_PAGE
    is_grave = True
    explanation = gettext_lazy(
        "Two people sign who neither drafted the round nor checked its sample. After the second "
        "signature the timetable marks the candidates one by one, each checked again at that "
        "moment."
    )

    def suits(self, row: MarkingRound) -> bool:
        return row.state == RoundState.SAMPLED

    def context(self, row: MarkingRound, *, on: date) -> dict[str, Any]:
        waiting = row.candidates.filter(state=CandidateState.WAITING).count()
        return {
            "facts": [
                (_("Campaign"), row.campaign.name),
                (_("Only this region"), row.region.name if row.region else _("all regions")),
                (
                    _("Only this legal form"),
                    row.legal_form.name if row.legal_form else _("all legal forms"),
                ),
                (_("As of"), date_format(row.on)),
                (_("Candidates that wait to be marked"), waiting),
                (_("Cases checked without error"), row.sample_size),
            ]
        }

    def run(self, row: MarkingRound, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        signed = rounds.sign(row, by=by, at=at)
        if signed.state == RoundState.AUTHORISED:
            return _("Signed. Two people have signed: the round is authorised.")
        return _("Signed. One more person has to sign.")


class Stop(Verb):
    name = "stop"
    label = gettext_lazy("Stop…")
    permission = "reregistration.stop_marking"
    template = VERB_PAGE
    form_class = ReasonForm
    explanation = gettext_lazy("The round stops for good. What was marked stays marked.")

    def suits(self, row: MarkingRound) -> bool:
        return RoundState.STOPPED in ROUND_ALLOWED[row.state]

    def run(self, row: MarkingRound, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        rounds.stop(row, by=by, at=at, reason=answers["reason"])
        return _("The round is stopped.")


class RoundForm(WithinCampaignForm):
    """What defines a round: campaign, region, legal form and date, nothing else."""

    legal_form = forms.ModelChoiceField(
        label=gettext_lazy("Only this legal form"),
        queryset=LegalForm.objects.all(),
        required=False,
        empty_label=gettext_lazy("all legal forms"),
        widget=UnfoldAdminSelectWidget,
    )
    on = forms.DateField(label=gettext_lazy("As of"), widget=UnfoldAdminDateWidget())

    def __init__(self, *args: Any, regions: frozenset[str] | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if regions is not None:
            field = self.fields["region"]
            field.queryset = Region.objects.filter(pk__in=regions)  # type: ignore[attr-defined]
            field.required = True


@admin.register(MarkingRound)
class MarkingRoundAdmin(CaseAdmin):
    region = "region"
    names_itself = True
    campaign = "campaign"
    page = "admin/reregistration/round.html"
    list_before_template: Any = SENTENCE
    verbs = (DryRun(), Draw(), Check(), Sign(), Stop())
    list_display = (
        "title",
        "campaign_name",
        "region_name",
        "form_name",
        "on",
        "state_label",
        "candidate_count",
        "drafted_by",
    )
    list_filter = ("state", WhichCampaign)
    ordering = ("-pk",)

    def seen_with(self, request: HttpRequest, permission: str) -> QuerySet[Any]:
        rows: QuerySet[Any] = (
            super()
            .seen_with(request, permission)
            .select_related(
                "campaign",
                "region",
                "legal_form",
                "drafted_by",
                "first_signed_by",
                "second_signed_by",
                "stopped_by",
                "draw__by",
            )
            .annotate(candidate_total=Count("candidates"))
        )
        return rows

    @column(gettext_lazy("round"), ordering="pk")
    def title(self, row: MarkingRound) -> str:
        return f"№ {row.pk}"

    @column(gettext_lazy("campaign"))
    def campaign_name(self, row: MarkingRound) -> str:
        return row.campaign.name

    @column(gettext_lazy("region"))
    def region_name(self, row: MarkingRound) -> str:
        return row.region.name if row.region else _("all regions")

    @column(gettext_lazy("legal form"))
    def form_name(self, row: MarkingRound) -> str:
        return row.legal_form.name if row.legal_form else _("all legal forms")

    @column(
        gettext_lazy("state"),
        ordering="state",
        label={
            RoundState.AUTHORISED: "warning",
            RoundState.RUNNING: "danger",
            RoundState.DONE: "success",
            RoundState.DRAFTED: "info",
        },
    )
    def state_label(self, row: MarkingRound) -> tuple[str, str]:
        return row.state, row.get_state_display()

    @column(gettext_lazy("candidates"), ordering="candidate_total")
    def candidate_count(self, row: Any) -> int:
        return int(row.candidate_total)

    def has_add_permission(self, request: HttpRequest) -> bool:
        user = person(request)
        return user.has_perm("reregistration.add_markinground") and user.has_perm(MANAGE)

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Draft a round. Nothing happens by it yet."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        regions = access.regions_with(person(request), MANAGE, today(request))
        is_post = request.method == "POST"
        form = (
            RoundForm(request.POST, regions=regions)
            if is_post
            else RoundForm(initial={"on": today(request)}, regions=regions)
        )
        if is_post and form.is_valid():
            try:
                drafted = rounds.draft(
                    **form.cleaned_data, by=person(request), at=arrived_at(request)
                )
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, _("The round is drafted. Its dry run comes next."))
                return HttpResponseRedirect(self.row_url(drafted))
        return self.render(
            request,
            "admin/reregistration/draft_round.html",
            None,
            title=_("Draft a marking round"),
            form=form,
        )

    def verb_view(self, request: HttpRequest, object_id: str, verb: Verb) -> HttpResponse:
        if isinstance(verb, Check):
            return self.check_view(request, object_id, verb)
        return super().verb_view(request, object_id, verb)

    def check_view(self, request: HttpRequest, object_id: str, verb: Check) -> HttpResponse:
        """One case at a time. A verdict leads to the next case by itself; leaving and coming back
        leads to the same one. Opening the page changes nothing: a case is taken by POST."""
        row = self.fetch(request, object_id, verb.permission)
        case = sampling_desk.case_before(row, person(request))
        form = verb.form(row, data=request.POST) if "verdict" in request.POST else verb.form(row)
        if request.method == "POST" and (not form.is_bound or form.is_valid()):
            return self.checked(request, row, form)
        if not verb.suits(row):
            messages.error(request, _("That is not possible now: look at the state of the row."))
            return HttpResponseRedirect(self.row_url(row))
        return self.render(
            request,
            verb.template,
            row,
            title=_("Check of marking round № %(number)d") % {"number": row.pk},
            form=form,
            case=case,
            progress=sampling_desk.progress(row),
            **(dossier.of(case, today(request)) if case else {}),
        )

    def checked(self, request: HttpRequest, row: MarkingRound, form: forms.Form) -> HttpResponse:
        """Record the verdict, if one was given, and take the next case."""
        by, at = person(request), arrived_at(request)
        try:
            if form.is_bound:
                case = get_object_or_404(row.cases, pk=request.POST.get("case") or 0)
                sampling.judge(
                    case,
                    verdict=Verdict(form.cleaned_data["verdict"]),
                    words=form.cleaned_data["words"],
                    by=by,
                    at=at,
                )
        except Refused as refusal:
            messages.error(request, str(refusal))
        row.refresh_from_db()
        if row.state != RoundState.DRY_RUN:
            ended = _("The round is now: %(state)s.") % {"state": row.get_state_display()}
            messages.info(request, ended)
            return HttpResponseRedirect(self.row_url(row))
        try:
            if sampling.take(row, by=by, at=at) is None:
                messages.info(request, _("The cases that are left lie before other people."))
        except Refused as refusal:
            messages.error(request, str(refusal))
            return HttpResponseRedirect(self.row_url(row))
        return HttpResponseRedirect(request.path)

    def about(self, request: HttpRequest, row: MarkingRound) -> dict[str, Any]:
        counts: Counter[str] = Counter(
            dict(row.candidates.order_by().values_list("state").annotate(count=Count("pk")))
        )
        return {
            "title": _("Marking round № %(number)d") % {"number": row.pk},
            "counts": [(state.label, state.value, counts[state]) for state in CandidateState],
            "total": sum(counts.values()),
            "mark_total": row.marks.count(),
            "sample": sampling_desk.about(row),
            "week": sampling_desk.of_this_week(
                row, mark.marks_left_this_week(row.campaign, arrived_at(request)), today(request)
            ),
            "steps": _steps(row),
            "region_name": self.region_name(row),
            "form_name": self.form_name(row),
        }


def _steps(row: MarkingRound) -> list[tuple[str, User | None, datetime | None]]:
    """Who did what, when; the empty ones are still to come."""
    drawn = getattr(row, "draw", None)
    return [
        (_("Drafted"), row.drafted_by, row.drafted_at),
        (_("Candidates frozen by a dry run"), row.frozen_by, row.frozen_at),
        (_("Sample drawn"), drawn and drawn.by, drawn and drawn.at),
        (_("Sample checked"), None, row.sampled_at),
        (_("First signature"), row.first_signed_by, row.first_signed_at),
        (_("Second signature"), row.second_signed_by, row.second_signed_at),
        (_("Ended"), row.stopped_by, row.ended_at),
    ]
