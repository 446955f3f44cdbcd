"""Programmes; and calls, drafted in a form, then changed by recorded decisions alone."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Sum, TextField
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin, TabularInline
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSplitDateTimeWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from accounts import access
from accounts.admin_verbs import Verb, VerbsMixin, person, today
from accounts.models import User
from grants import calls
from grants.admin.fields import money
from grants.admin.sittings import BeginEvaluation, DraftDecision, DraftEvaluation
from grants.models import Call, CallDocument, Criterion, Lot, Programme
from grants.states import CALL_ALLOWED, CallState
from registry import uploads
from registry.bin import fault_of
from registry.calendar import ALMATY
from registry.models import ActivityArea, Region
from registry.money import tenge
from registry.uploads import UploadField

MANAGE = "grants.manage_call"


class GroundForm(forms.Form):
    ground = forms.CharField(
        label=gettext_lazy("Ground of the decision"),
        help_text=gettext_lazy("The order's number and date. It is kept with the decision."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )


class ExtendForm(GroundForm):
    closes_at = forms.SplitDateTimeField(
        label=gettext_lazy("Applications before"),
        help_text=gettext_lazy("Astana time; later than the present end."),
        widget=UnfoldAdminSplitDateTimeWidget(),
    )
    field_order = ("closes_at", "ground")


class _Decision(Verb):
    permission = MANAGE
    is_nationwide = True
    form_class: ClassVar[type[forms.Form]] = GroundForm
    to: ClassVar[CallState]

    def suits(self, row: Call) -> bool:
        return self.to in CALL_ALLOWED[row.state]

    def context(self, row: Call, *, on: date) -> dict[str, Any]:
        return {"facts": numbers(row)}


class Open(_Decision):
    name = "open"
    label = gettext_lazy("Announce…")
    to = CallState.OPEN
    explanation = gettext_lazy(
        "Everybody can read the call, and from its opening moment it takes applications. After "
        "that it changes by recorded decisions alone."
    )

    def run(self, row: Call, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        calls.open_call(row, ground=answers["ground"], by=by, at=at)
        return _("The call is announced.")


class Extend(_Decision):
    name = "extend"
    label = gettext_lazy("Extend…")
    form_class = ExtendForm
    explanation = gettext_lazy("Everyone gets more time. Time once given is not taken back.")

    def suits(self, row: Call) -> bool:
        return row.state == CallState.OPEN

    def run(self, row: Call, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        moved = calls.extend(row, answers["closes_at"], ground=answers["ground"], by=by, at=at)
        end = date_format(moved.closes_at.astimezone(ALMATY), "DATETIME_FORMAT")
        return _("Applications are taken until %(end)s.") % {"end": end}


class _OfTheDraft(_Decision):
    def suits(self, row: Call) -> bool:
        return row.state == CallState.DRAFT

    def context(self, row: Call, *, on: date) -> dict[str, Any]:
        return {}


class DocumentForm(forms.Form):
    title = forms.CharField(
        label=gettext_lazy("Title"), max_length=200, widget=UnfoldAdminTextInputWidget()
    )
    file = UploadField(label=gettext_lazy("File"), widget=UnfoldAdminFileFieldWidget())


class Attach(_OfTheDraft):
    name = "attach"
    label = gettext_lazy("Attach a document…")
    form_class = DocumentForm
    explanation = gettext_lazy("Once the call is announced everybody may read it.")

    def run(self, row: Call, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        stored = uploads.take(answers["file"], by=by, at=at)
        calls.attach(row, stored, title=answers["title"], by=by, at=at)
        return _("The document is attached.")


class DetachForm(forms.Form):
    document = forms.ModelChoiceField(
        label=gettext_lazy("Document"),
        queryset=CallDocument.objects.none(),
        widget=UnfoldAdminSelectWidget,
    )


class Detach(_OfTheDraft):
    name = "detach"
    label = gettext_lazy("Remove a document…")
    form_class = DetachForm

    def suits(self, row: Call) -> bool:
        return super().suits(row) and row.documents.exists()

    def prepare(self, form: Any, row: Call, *, on: date) -> None:
        form.fields["document"].queryset = row.documents.all()

    def run(self, row: Call, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        calls.detach(row, answers["document"])
        return _("The document is removed.")


class Close(_Decision):
    name = "close"
    label = gettext_lazy("Close…")
    to = CallState.CLOSED
    explanation = gettext_lazy(
        "The term for applications has ended, and the working days of the formal check begin."
    )

    def run(self, row: Call, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        closed = calls.close(row, ground=answers["ground"], by=by, at=at)
        assert closed.check_due_on is not None  # noqa: S101 - written in closing
        return _("The call is closed. The formal check is due on %(due)s.") % {
            "due": date_format(closed.check_due_on)
        }


class Cancel(_Decision):
    name = "cancel"
    label = gettext_lazy("Cancel…")
    to = CallState.CANCELLED
    is_grave = True
    explanation = gettext_lazy("Nothing is applied for, scored or awarded in it any more.")

    def run(self, row: Call, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        calls.cancel(row, ground=answers["ground"], by=by, at=at)
        return _("The call is cancelled.")


def numbers(row: Call) -> list[tuple[str, str]]:
    """What the officer looks at before a decision: limits in tenge, sums that must fit."""
    weights = row.criteria.aggregate(all=Sum("weight"))["all"] or 0
    sums = row.lots.aggregate(budget=Sum("budget"), committed=Sum("committed"))
    most = row.most_amount
    return [
        (
            _("Smallest grant"),
            f"{tenge(row.least_amount)} ({row.rule.least_mci} × {tenge(row.mci.amount)})",
        ),
        (_("Largest grant"), _("no limit") if most is None else tenge(most)),
        (_("Weights of the criteria"), _("%(sum)s of 100") % {"sum": weights}),
        (_("Budget of the call"), tenge(row.budget)),
        (_("Budgets of the lots together"), tenge(sums["budget"])),
        (_("Committed by awards"), tenge(sums["committed"])),
    ]


class _OfADraft(TabularInline):
    """Parts of a call: written while it is a draft, by who may write the call."""

    extra = 0

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("grants.view_call"))

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, obj)

    def _may(self, request: HttpRequest, call: Call | None) -> bool:
        is_draft = call is None or call.state == CallState.DRAFT
        return is_draft and bool(request.user.has_perm("grants.change_call"))


class LotForm(forms.ModelForm):  # type: ignore[type-arg]
    budget = money(gettext_lazy("Budget, tenge"))


class LotInline(_OfADraft):
    model = Lot
    form = LotForm
    fields = ("position", "name_kk", "name_ru", "name_en", "budget")


class CriterionInline(_OfADraft):
    model = Criterion
    fields = ("position", "name_kk", "name_ru", "name_en", "weight")


class CallForm(forms.ModelForm):  # type: ignore[type-arg]
    budget = money(gettext_lazy("Budget, tenge"))
    regions = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Regions"),
        help_text=gettext_lazy("None chosen: the whole country."),
        queryset=Region.objects.all(),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    areas = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Areas of activity"),
        help_text=gettext_lazy("None chosen: every area for which grants are given."),
        queryset=ActivityArea.objects.filter(scope__contains="GRANT"),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    class Meta:
        model = Call
        fields = ("regions", "areas")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        opens_at, closes_at = cleaned.get("opens_at"), cleaned.get("closes_at")
        if opens_at and closes_at and opens_at >= closes_at:
            self.add_error("closes_at", _("The end lies after the beginning."))
        return cleaned


@admin.register(Call)
class CallAdmin(VerbsMixin, ModelAdmin):  # type: ignore[misc]
    form = CallForm
    verbs = (
        Open(),
        Attach(),
        Detach(),
        Extend(),
        Close(),
        BeginEvaluation(),
        DraftEvaluation(),
        DraftDecision(),
        Cancel(),
    )
    names_itself = True
    inlines = (LotInline, CriterionInline)
    formfield_overrides: Any = {  # type: ignore[misc]
        TextField: {"widget": UnfoldAdminTextareaWidget(attrs={"rows": 3})}
    }
    change_form_outer_before_template: Any = "admin/grants/call.html"
    list_display = ("number", "title", "state", "type_shown", "budget_shown", "closes_at")
    list_filter = ("state",)
    list_select_related = ("rule",)
    show_full_result_count = False
    fieldsets = (
        (None, {"fields": ("programme", "name_kk", "name_ru", "name_en")}),
        (gettext_lazy("Money"), {"fields": ("rule", "mci", "budget")}),
        (
            gettext_lazy("Dates"),
            {"fields": ("opens_at", "closes_at", "check_working_days", "decide_working_days")},
        ),
        (gettext_lazy("Scope"), {"fields": ("regions", "areas")}),
        (gettext_lazy("Terms"), {"fields": ("terms_kk", "terms_ru", "terms_en")}),
    )

    @admin.display(description=gettext_lazy("call for applications"), ordering="name_ru")
    def title(self, row: Call) -> str:
        return row.name

    @admin.display(description=gettext_lazy("type"))
    def type_shown(self, row: Call) -> str:
        return row.rule.get_type_display()

    @admin.display(description=gettext_lazy("budget, tenge"), ordering="budget")
    def budget_shown(self, row: Call) -> str:
        return tenge(row.budget)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(super().has_add_permission(request)) and self._manages(request)

    def has_change_permission(self, request: HttpRequest, obj: Call | None = None) -> bool:
        """A draft alone: what was announced changes by decisions."""
        if not (super().has_change_permission(request, obj) and self._manages(request)):
            return False
        return obj is None or obj.state == CallState.DRAFT

    def has_delete_permission(self, request: HttpRequest, obj: Call | None = None) -> bool:
        return False

    def _manages(self, request: HttpRequest) -> bool:
        return access.everywhere(person(request), MANAGE, today(request))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            obj.number = calls.next_number()
        super().save_model(request, obj, form, change)

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Call | None:
        """Locked for a save, so that a draft that was announced meanwhile is seen to be so."""
        found: Call | None = super().get_object(request, object_id, from_field)
        if found is None or request.method != "POST":
            return found
        return calls.lock(found)

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
                "numbers": numbers(row),
                "documents": row.documents.select_related("file"),
                "decisions": row.events.select_related("by"),
            }
        return super().changeform_view(
            request, object_id, form_url, {**(extra_context or {}), **about}
        )


class ProgrammeForm(forms.ModelForm):  # type: ignore[type-arg]
    def clean_funder_bin(self) -> str:
        """It is published: never a person's number, never a slip."""
        typed: str = self.cleaned_data["funder_bin"].strip()
        fault = fault_of(typed) if typed else None
        if fault:
            raise forms.ValidationError(fault.label)
        return typed


@admin.register(Programme)
class ProgrammeAdmin(ModelAdmin):
    form = ProgrammeForm
    list_display = ("code", "name_kk", "name_ru", "funder_ru")
    show_full_result_count = False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
