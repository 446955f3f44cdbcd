"""What is asked of a campaign: a draft's law, dates and limits, and what each decision needs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminDateWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
)

from notices.states import ServiceGround
from registry.models import LegalForm, Region
from reregistration.models import Campaign
from reregistration.states import AttachmentKind, CampaignState


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


class PaceForm(forms.Form):
    wave_size = forms.IntegerField(
        label=gettext_lazy("Notices in a wave"), min_value=1, widget=UnfoldAdminIntegerFieldWidget
    )
    wave_pause_minutes = forms.IntegerField(
        label=gettext_lazy("Minutes between two waves"),
        min_value=1,
        widget=UnfoldAdminIntegerFieldWidget,
    )


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
