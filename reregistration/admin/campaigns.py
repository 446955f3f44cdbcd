"""A campaign: drafted in a form, then changed by recorded decisions alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminDateWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
)

from accounts import access
from accounts.admin_verbs import Verb, VerbsMixin, person, today
from accounts.models import User
from notices.states import ServiceGround
from registry.models import LegalForm, Region
from reregistration import campaigns, cohorts, due_dates, scope_changes
from reregistration.admin import load, preview
from reregistration.admin.columns import column
from reregistration.models import Campaign, DueDateMove, ReturnReason
from reregistration.states import AttachmentKind, CampaignState

MANAGE = "reregistration.manage_campaign"


class WithinCampaignForm(forms.Form):
    """An open campaign, or one region of it."""

    campaign = forms.ModelChoiceField(
        label=gettext_lazy("Campaign"),
        queryset=Campaign.objects.filter(state=CampaignState.OPEN),
        widget=UnfoldAdminSelectWidget,
    )
    region = forms.ModelChoiceField(
        label=gettext_lazy("Only this region"),
        queryset=Region.objects.all(),
        required=False,
        empty_label=gettext_lazy("all regions"),
        widget=UnfoldAdminSelectWidget,
    )


class GroundForm(forms.Form):
    ground = forms.CharField(
        label=gettext_lazy("Ground of the decision"),
        help_text=gettext_lazy("The order's number and date. It is kept with the decision."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )


class DueDateForm(GroundForm):
    cohort = forms.TypedChoiceField(
        label=gettext_lazy("Whose due date"),
        coerce=int,
        empty_value=None,
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    due_on = forms.DateField(
        label=gettext_lazy("New due date"),
        help_text=gettext_lazy("A later day than the present one: time given is not taken back."),
        widget=UnfoldAdminDateWidget(),
    )
    field_order = ("cohort", "due_on", "ground")


class CohortForm(forms.Form):
    regions = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Regions"),
        help_text=gettext_lazy("None chosen means all."),
        queryset=Region.objects.all(),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    bin_digits = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Last digits of the BIN"),
        help_text=gettext_lazy(
            "None chosen means all. Whoever has no BIN is in no cohort that asks for a digit."
        ),
        choices=[(digit, str(digit)) for digit in range(10)],
        coerce=int,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    due_on = forms.DateField(
        label=gettext_lazy("Due date"),
        help_text=gettext_lazy("A later day than the campaign's own."),
        widget=UnfoldAdminDateWidget(),
    )


class WhichCohortForm(forms.Form):
    cohort = forms.TypedChoiceField(
        label=gettext_lazy("Cohort"), coerce=int, widget=UnfoldAdminSelectWidget
    )


class _Decision(Verb):
    permission = MANAGE
    is_nationwide = True
    form_class: ClassVar[type[forms.Form]] = GroundForm
    from_state = CampaignState.OPEN

    def suits(self, row: Campaign) -> bool:
        return row.state == self.from_state


class Open(_Decision):
    name = "open"
    label = gettext_lazy("Open…")
    template = "admin/reregistration/open.html"
    from_state = CampaignState.DRAFT
    explanation = gettext_lazy(
        "Every organisation in scope gets its obligation and, from the opening day, a notice. "
        "After that the campaign changes by recorded decisions alone."
    )

    def context(self, row: Campaign, *, on: date) -> dict[str, Any]:
        return {"preview": preview.dry_run(row), "load": load.load(row)}

    def run(self, row: Campaign, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        made = campaigns.open_campaign(row, by=by, at=at, ground=answers["ground"])
        return _("The campaign is open: %(count)d organisations have their obligation.") % {
            "count": made
        }


class MoveDueDate(_Decision):
    name = "move-due-date"
    label = gettext_lazy("Move due date…")
    form_class = DueDateForm
    template = "admin/reregistration/cohort.html"
    explanation = gettext_lazy(
        "Everyone whose date has not been met gets the new one and one letter that says so; the "
        "overdue whose new date lies ahead are due again. Notices served before no longer count "
        "against them. Whoever has filed is not written to. It is decided at once; the timetable "
        "brings it to everyone within minutes, and until then nobody is reminded, warned or marked."
    )

    def prepare(self, form: Any, row: Campaign, *, on: date) -> None:
        chosen = _cohort_choices(row)
        if chosen:
            whole = _("The whole campaign: nobody's date lies before it")
            form.fields["cohort"].choices = [("", whole), *chosen]
        else:
            del form.fields["cohort"]

    def context(self, row: Campaign, *, on: date) -> dict[str, Any]:
        return {"load": load.load(row)}

    def run(self, row: Campaign, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        cohort = answers.get("cohort")
        due_dates.move(
            row,
            answers["due_on"],
            cohort=row.cohorts.get(pk=cohort) if cohort else None,
            by=by,
            at=at,
            ground=answers["ground"],
        )
        return _(
            "Decided: the due date moves to %(due)s. It is brought to the organisations in the "
            "next minutes; this page shows how far it is."
        ) % {"due": date_format(answers["due_on"])}


class AddCohort(_Decision):
    name = "add-cohort"
    label = gettext_lazy("Add a cohort…")
    form_class = CohortForm
    template = "admin/reregistration/cohort.html"
    from_state = CampaignState.DRAFT
    explanation = gettext_lazy(
        "A cohort has a later due date than the campaign's own, so that filings do not arrive all "
        "on one day. An organisation is in the first cohort whose rule it meets, else in none. "
        "Cohorts stand once the campaign is open."
    )

    def context(self, row: Campaign, *, on: date) -> dict[str, Any]:
        return {"load": load.load(row)}

    def run(self, row: Campaign, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        made = cohorts.add(
            row,
            regions=[region.pk for region in answers["regions"]],
            bin_digits=answers["bin_digits"],
            due_on=answers["due_on"],
        )
        return _("Cohort № %(number)d is added: %(rule)s.") % {
            "number": made.number,
            "rule": cohorts.words(made),
        }


class RemoveCohort(_Decision):
    name = "remove-cohort"
    label = gettext_lazy("Remove a cohort…")
    form_class = WhichCohortForm
    from_state = CampaignState.DRAFT
    explanation = gettext_lazy("Its organisations fall to the next cohort whose rule they meet.")

    def suits(self, row: Campaign) -> bool:
        return super().suits(row) and row.cohorts.exists()

    def prepare(self, form: Any, row: Campaign, *, on: date) -> None:
        form.fields["cohort"].choices = _cohort_choices(row)

    def run(self, row: Campaign, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        # Another tab may have removed it.
        for cohort in row.cohorts.filter(pk=answers["cohort"]):
            cohorts.remove(cohort)
        return _("The cohort is removed.")


def _cohort_choices(row: Campaign) -> list[tuple[int, str]]:
    names = cohorts.region_names()
    return [
        (
            cohort.pk,
            f"№ {cohort.number}: {cohorts.words(cohort, names)} ({date_format(cohort.due_on)})",
        )
        for cohort in row.cohorts.all()
    ]


class Close(_Decision):
    name = "close"
    label = gettext_lazy("Close…")
    is_grave = True
    explanation = gettext_lazy(
        "Nothing is queued, moved or marked in a closed campaign any more. It is not opened again."
    )

    def run(self, row: Campaign, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        campaigns.close(row, by=by, at=at, ground=answers["ground"])
        return _("The campaign is closed.")


class TakeIn(_Decision):
    name = "take-in"
    label = gettext_lazy("Take in who came into scope…")
    template = "admin/reregistration/scope_change.html"
    explanation = gettext_lazy(
        "Each organisation of this list gets its obligation, with the due date of its cohort or "
        "the campaign, and at least 30 working days. It is decided at once; the timetable brings "
        "it to them within minutes."
    )

    def context(self, row: Campaign, *, on: date) -> dict[str, Any]:
        return {"change": scope_changes.joined(row), "why": _("Legal form")}

    def run(self, row: Campaign, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        made = scope_changes.take_in(row, ground=answers["ground"], by=by, at=at)
        return _DECIDED % {"count": made.expected}


class ReleaseLeft(_Decision):
    name = "release-left"
    label = gettext_lazy("Release who left the scope…")
    template = "admin/reregistration/scope_change.html"
    is_grave = True
    explanation = gettext_lazy(
        "Each organisation of this list is released from its obligation, for the reason that the "
        "register gives. Released is not reopened by one person. It is decided at once; the "
        "timetable brings it to them within minutes."
    )

    def context(self, row: Campaign, *, on: date) -> dict[str, Any]:
        return {"change": scope_changes.left(row), "why": _("Reason")}

    def run(self, row: Campaign, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        made = scope_changes.release(row, ground=answers["ground"], by=by, at=at)
        return _DECIDED % {"count": made.expected}


_DECIDED = gettext_lazy("Decided for %(count)d organisations; this page shows how far it is.")


class PaceForm(forms.Form):
    wave_size = forms.IntegerField(
        label=gettext_lazy("Notices in a wave"), min_value=1, widget=UnfoldAdminIntegerFieldWidget
    )
    wave_pause_minutes = forms.IntegerField(
        label=gettext_lazy("Minutes between two waves"),
        min_value=1,
        widget=UnfoldAdminIntegerFieldWidget,
    )


class Pace(_Decision):
    """Beside the decisions: it changes no date and nobody's duty."""

    name = "pace"
    label = gettext_lazy("Change the waves…")
    form_class = PaceForm
    explanation = gettext_lazy(
        "Announcements, final warnings and preliminary decisions go out in waves, so that the "
        "helpline can answer those who ask. From the next wave on; one that has begun keeps its "
        "size."
    )

    def empty_form(self, row: Campaign, asked: Mapping[str, Any]) -> forms.Form:
        now = {"wave_size": row.wave_size, "wave_pause_minutes": row.wave_pause_minutes}
        return PaceForm(initial=now)

    def run(self, row: Campaign, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        campaigns.pace(row, **answers, by=by, at=at)
        return _("The next waves have %(count)d notices, and %(minutes)d minutes between them.") % {
            "count": answers["wave_size"],
            "minutes": answers["wave_pause_minutes"],
        }


class CampaignForm(forms.ModelForm):  # type: ignore[type-arg]
    """A draft's law, dates and limits."""

    legal_forms = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Legal forms in scope"),
        queryset=LegalForm.objects.all(),
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    service_grounds = forms.MultipleChoiceField(
        label=gettext_lazy("What counts as service"),
        choices=ServiceGround.choices,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    attachment_kinds = forms.MultipleChoiceField(
        label=gettext_lazy("Papers asked for"),
        help_text=gettext_lazy("Of the full form alone: the paper, or why there is none."),
        choices=AttachmentKind.choices,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        required=False,
    )

    class Meta:
        model = Campaign
        # The admin adds the other fields, from its fieldsets.
        fields = ("legal_forms", "service_grounds", "attachment_kinds")
        widgets = {
            "legal_base_kk": UnfoldAdminTextareaWidget(attrs={"rows": 2}),
            "legal_base_ru": UnfoldAdminTextareaWidget(attrs={"rows": 2}),
            "legal_base_en": UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        opens_on, due_on = cleaned.get("opens_on"), cleaned.get("due_on")
        if opens_on and due_on and opens_on >= due_on:
            self.add_error("due_on", _("The due date lies after the opening day."))
        for name in ("wave_size", "wave_pause_minutes", "reviews_a_day"):
            if cleaned.get(name) == 0:
                self.add_error(name, _("At least one."))
        return cleaned


_LANGUAGES = ("kk", "ru", "en")
# What stands for a field where it is only read.
_SHOWN = {
    "reporting_year": "year_shown",
    "service_grounds": "grounds_shown",
    "attachment_kinds": "papers_shown",
}


@admin.register(Campaign)
class CampaignAdmin(VerbsMixin, ModelAdmin):  # type: ignore[misc]
    form = CampaignForm
    verbs = (
        Open(),
        AddCohort(),
        RemoveCohort(),
        MoveDueDate(),
        TakeIn(),
        ReleaseLeft(),
        Pace(),
        Close(),
    )
    names_itself = True
    change_form_outer_before_template: Any = "admin/reregistration/campaign.html"
    readonly_fields = ("year_shown", "grounds_shown", "papers_shown")
    list_display = ("title", "code", "state_label", "opens_on", "due_on")
    list_display_links = ("title",)
    fieldsets = (
        (None, {"fields": ("code", *(f"name_{language}" for language in _LANGUAGES))}),
        (
            gettext_lazy("Law"),
            {
                "fields": (
                    *(f"body_{language}" for language in _LANGUAGES),
                    *(f"legal_base_{language}" for language in _LANGUAGES),
                    *(f"address_{language}" for language in _LANGUAGES),
                    *(f"court_{language}" for language in _LANGUAGES),
                )
            },
        ),
        (
            gettext_lazy("Dates and scope"),
            {"fields": ("opens_on", "due_on", "cut_off_on", "reporting_year", "legal_forms")},
        ),
        (
            gettext_lazy("Terms and limits"),
            {
                "fields": (
                    "short_form_employees",
                    "short_form_income",
                    "grace_days",
                    "correction_working_days",
                    "review_working_days",
                    "review_lease_minutes",
                    "decision_after_days",
                    "warning_served_days",
                    "decision_served_days",
                    "extension_days",
                    "extensions_by_self",
                    "extension_days_cap",
                    "answer_working_days",
                    "hearing_notice_days",
                    "hearing_moves_by_self",
                    "hearing_remark_days",
                    "complaint_months",
                    "court_months",
                    "contradiction_days",
                    "service_grounds",
                    "attachment_kinds",
                    "round_cap",
                    "week_cap",
                    "reviews_a_day",
                )
            },
        ),
        (gettext_lazy("Waves of notices"), {"fields": ("wave_size", "wave_pause_minutes")}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """As it is read, a year has no thousands separator, and grounds are words."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        return [
            (title, {**options, "fields": [_SHOWN.get(name, name) for name in options["fields"]]})
            for title, options in fieldsets
        ]

    @column(gettext_lazy("reporting year"))
    def year_shown(self, row: Campaign) -> str:
        return str(row.reporting_year)

    @column(gettext_lazy("what counts as service"))
    def grounds_shown(self, row: Campaign) -> str:
        return "; ".join(str(ServiceGround(ground).label) for ground in row.service_grounds)

    @column(gettext_lazy("papers asked for"))
    def papers_shown(self, row: Campaign) -> str:
        return "; ".join(str(AttachmentKind(kind).label) for kind in row.attachment_kinds) or "—"

    @column(gettext_lazy("campaign"), ordering="name_ru")
    def title(self, row: Campaign) -> str:
        return row.name

    @column(
        gettext_lazy("state"),
        ordering="state",
        label={CampaignState.OPEN: "success", CampaignState.DRAFT: "info"},
    )
    def state_label(self, row: Campaign) -> tuple[str, str]:
        return row.state, row.get_state_display()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(super().has_add_permission(request)) and self._manages(request)

    def has_change_permission(self, request: HttpRequest, obj: Campaign | None = None) -> bool:
        """A draft alone: what was opened changes by decisions."""
        if not (super().has_change_permission(request, obj) and self._manages(request)):
            return False
        return obj is None or obj.state == CampaignState.DRAFT

    def has_delete_permission(self, request: HttpRequest, obj: Campaign | None = None) -> bool:
        return False

    def _manages(self, request: HttpRequest) -> bool:
        user = person(request)
        return access.everywhere(user, MANAGE, today(request))

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Campaign | None:
        """Locked for a save, so that a draft that was opened meanwhile is seen to be open."""
        found: Campaign | None = super().get_object(request, object_id, from_field)
        if found is None or request.method != "POST":
            return found
        return Campaign.objects.select_for_update(no_key=True).get(pk=found.pk)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        row = super().get_object(request, object_id) if object_id else None
        about: dict[str, Any] = {"show_save_and_add_another": False}
        if row is not None:
            about |= {
                "row": row,
                "verbs": self.verbs_for(request, row),
                "numbers": preview.numbers(row),
                "decisions": row.decisions.select_related("by", "cohort"),
                "obligations": _obligations_link(request, row),
                "load": load.load(row),
                "moves": _moves(row),
                "scope": _scope(row),
                "links": _links(request),
            }
        return super().changeform_view(
            request, object_id, form_url, {**(extra_context or {}), **about}
        )


def _moves(row: Campaign) -> list[tuple[DueDateMove, int]]:
    """The moves of its due dates, newest first; of one on its way, how many it looks at in all."""
    moves = list(row.due_date_moves.select_related("decision__by", "decision__cohort"))
    return [(move, 0 if move.finished_at else due_dates.reach(move)) for move in moves]


def _scope(row: Campaign) -> dict[str, Any]:
    """Who came and who left, and the decision on its way; nothing of one that is not open."""
    if row.state != CampaignState.OPEN:
        return {}
    return {
        "joined": scope_changes.newcomers(row).count(),
        "left": scope_changes.left(row),
        "going": row.scope_changes.filter(finished_at__isnull=True).first(),
    }


def _links(request: HttpRequest) -> list[tuple[str, str]]:
    """What goes out, and in which words: the pages that a manager asks for beside a campaign."""
    pages = [
        (
            "notices.view_wave",
            _("What goes out today and tomorrow"),
            reverse("admin:notices_wave_forecast"),
        ),
        (
            "notices.view_noticetemplate",
            _("Every letter's words in each language, with a preview"),
            f"{reverse('admin:notices_noticetemplate_changelist')}?in_force=yes",
        ),
        ("reregistration.view_hold", _("Holds"), reverse("admin:reregistration_hold_changelist")),
    ]
    user = person(request)
    return [(label, address) for permission, label, address in pages if user.has_perm(permission)]


def _obligations_link(request: HttpRequest, row: Campaign) -> str:
    """The list of its obligations, for those who may see it."""
    return row.code if person(request).has_perm("reregistration.view_obligation") else ""


@admin.register(ReturnReason)
class ReturnReasonAdmin(ModelAdmin):
    """Reasons are reworded or added; one that a review names is never deleted."""

    list_display = ("code", "name_kk", "name_ru", "name_en")

    def get_readonly_fields(
        self, request: HttpRequest, obj: ReturnReason | None = None
    ) -> tuple[str, ...]:
        # Reviews hold the code as text.
        return ("code",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: ReturnReason | None = None) -> bool:
        return False
