"""The case of each organisation after a mark: its track, what a ground asks for, what is there."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import BooleanField, ExpressionWrapper, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminSelectWidget

from accounts.admin_verbs import Verb, person, today
from accounts.models import User
from reregistration import appeals
from reregistration.admin.columns import column
from reregistration.admin.evidence import LOG, EvidenceForm, file_url, found_in, offer_letters
from reregistration.admin.filters import ANY, Question, WhichCampaign, WhichRegion
from reregistration.admin.marking import SENTENCE, VERB_PAGE
from reregistration.admin.obligations import LABELS
from reregistration.admin.organisations import OrganisationRowsAdmin
from reregistration.models import LegalGround, ReceivingBody, Referral, ReferralCase
from reregistration.referral import demands, evidence, file, grounds
from reregistration.states import LIVE_REFERRALS, State, Track

PREPARE = "reregistration.prepare_referral"
# Evidence is gathered from the first silence on; a file may be made of a mark alone.
GATHERED_IN = (State.OVERDUE, State.MARKED, State.REFERRED, State.TERMINATED)


class LogEvidence(Verb):
    name = "log-evidence"
    label = gettext_lazy("Log evidence…")
    permission = LOG
    template = VERB_PAGE
    form_class = EvidenceForm
    explanation = gettext_lazy(
        "The entry is never changed afterwards; one made in error is replaced. Letters that the "
        "carrier's file brought back count by themselves."
    )

    def suits(self, row: ReferralCase) -> bool:
        return row.state in GATHERED_IN

    def prepare(self, form: Any, row: ReferralCase, *, on: date) -> None:
        offer_letters(form, row.organisation)

    def run(self, row: ReferralCase, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        evidence.log(row.organisation, found_in(answers, by=by, at=at), by=by, at=at)
        return _("Logged.")


class PrepareForm(forms.Form):
    ground = forms.ModelChoiceField(
        label=gettext_lazy("Legal ground"),
        queryset=LegalGround.objects.none(),
        widget=UnfoldAdminSelectWidget,
    )
    body = forms.ModelChoiceField(
        label=gettext_lazy("Receiving body"),
        queryset=ReceivingBody.objects.none(),
        widget=UnfoldAdminSelectWidget,
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language of the file"),
        choices=[
            ("", gettext_lazy("that of the organisation's letters")),
            ("kk", "Қазақша"),
            ("ru", "Русский"),
        ],
        required=False,
        widget=UnfoldAdminRadioSelectWidget,
    )


class PrepareFile(Verb):
    name = "prepare"
    label = gettext_lazy("Prepare the referral file…")
    permission = PREPARE
    template = VERB_PAGE
    form_class = PrepareForm
    is_grave = True
    explanation = gettext_lazy(
        "A PDF with every notice, proof and paper, and the same as JSON. It is kept as it is. "
        "Nothing is sent before two other people have signed a schedule with this file in it."
    )

    def suits(self, row: ReferralCase) -> bool:
        return (
            row.state == State.MARKED
            and not row.referrals.filter(state__in=LIVE_REFERRALS).exists()
        )

    def prepare(self, form: Any, row: ReferralCase, *, on: date) -> None:
        form.fields["ground"].queryset = LegalGround.objects.in_force(on).filter(track=Track.COURT)
        form.fields["body"].queryset = ReceivingBody.objects.in_charge(on).filter(
            region__in=[row.organisation.region_id]
        ) | ReceivingBody.objects.in_charge(on).filter(region__isnull=True)

    def run(self, row: ReferralCase, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        made = file.prepare(row, **answers, by=by, at=at)
        return _("The file %(number)s is prepared.") % {"number": made}


class IsAnybodyThere(Question):
    title = gettext_lazy("Is anybody there?")
    parameter_name = "there"
    answers: ClassVar = {
        ANY: gettext_lazy("show all"),
        "no": gettext_lazy("no: absence, for the court"),
        "yes": gettext_lazy("yes: reached, answered or found"),
    }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.answer == ANY:
            return queryset
        return queryset.filter(is_there=self.answer == "yes")


class HowFar(Question):
    title = gettext_lazy("How far?")
    parameter_name = "how_far"
    answers: ClassVar = {
        "marked": gettext_lazy("marked, no file yet"),
        "file": gettext_lazy("with a live file"),
        "overdue": gettext_lazy("overdue, evidence can be gathered"),
        ANY: gettext_lazy("show all"),
    }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.answer == "marked":
            return queryset.filter(state=State.MARKED, file_number__isnull=True)
        if self.answer == "file":
            return queryset.filter(file_number__isnull=False)
        if self.answer == "overdue":
            return queryset.filter(state=State.OVERDUE)
        return queryset.filter(state__in=GATHERED_IN)


@admin.register(ReferralCase)
class ReferralCaseAdmin(OrganisationRowsAdmin):
    """Named by its organisation; the obligation behind it has a page of its own."""

    region = "organisation__region"
    campaign = "campaign"
    also_read = ("campaign",)
    page = "admin/reregistration/case.html"
    list_before_template: Any = SENTENCE
    verbs = (LogEvidence(), PrepareFile())
    list_display = (
        "organisation_number",
        "organisation_name",
        "region_name",
        "state_label",
        "is_somebody_there",
        "file",
    )
    list_filter = (HowFar, IsAnybodyThere, WhichCampaign, WhichRegion)
    ordering = ("due_on", "pk")

    def seen_with(self, request: HttpRequest, permission: str) -> QuerySet[Any]:
        live = Referral.objects.filter(obligation=OuterRef("pk"), state__in=LIVE_REFERRALS)
        rows = super().seen_with(request, permission)
        annotated: QuerySet[Any] = rows.annotate(
            is_there=ExpressionWrapper(demands.is_there(), BooleanField()),
            file_number=Subquery(live.values("number")[:1]),
        )
        return annotated

    @column(gettext_lazy("state"), ordering="state", label=LABELS)
    def state_label(self, row: ReferralCase) -> tuple[str, str]:
        return row.state, row.get_state_display()

    @column(gettext_lazy("somebody is there"), boolean=True)
    def is_somebody_there(self, row: Any) -> bool:
        return bool(row.is_there)

    @column(gettext_lazy("file"))
    def file(self, row: Any) -> str:
        return row.file_number or ""

    def about(self, request: HttpRequest, row: ReferralCase) -> dict[str, Any]:
        on, user = today(request), person(request)
        case = demands.case_of(row)
        in_force = grounds.in_force(on)
        way = grounds.way_in(case, in_force)
        return {
            "title": row.organisation.name,
            "organisation": row.organisation,
            "case": case,
            "way": way,
            "demands": demands.demands_in(case, way.ground) if way.ground else [],
            "others": LegalGround.objects.exclude(pk__in=[way.ground.pk] if way.ground else []),
            "term_ends_on": appeals.complaint_term_ends_on(row),
            "against": (
                file.reasons_against(row, way.ground, on)
                if way.ground and way.track == Track.COURT
                else []
            ),
            "items": [(item, file_url(item)) for item in case.items],
            "referrals": row.referrals.select_related("ground", "receiving_body"),
            "may_see_log": user.has_perm("reregistration.view_evidenceitem"),
            "may_see_files": user.has_perm("reregistration.view_referral"),
            "today": on,
        }
