"""The two forms around the sections: what the filing answers, and the declaration under it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.money import tenge
from reregistration.models import Campaign
from reregistration.states import REPORTS, FilingKind

_KINDS = {
    FilingKind.UNCHANGED: (
        gettext_lazy("Nothing has changed"),
        gettext_lazy("You confirm what the register holds and give the year's figures."),
    ),
    FilingKind.DETAILS: (
        gettext_lazy("Our details"),
        gettext_lazy("You check what is known, and change or add what is not right."),
    ),
    FilingKind.CLOSED: (
        gettext_lazy("We have closed"),
        gettext_lazy("It stops every step against you. The ministry checks it with you."),
    ),
    FilingKind.NOT_AN_NGO: (
        gettext_lazy("We are not an NGO"),
        gettext_lazy("It stops every step against you. The ministry checks it with you."),
    ),
}


class BeginningForm(forms.Form):
    """What the filing answers, and whether the short form is enough."""

    # So that a post without an answer is told from a mere “go on”.
    asked = forms.BooleanField(widget=forms.HiddenInput, initial=True, required=False)
    kind = forms.ChoiceField(
        label=gettext_lazy("What do you want to tell us?"),
        widget=forms.RadioSelect({"class": "form-check-input"}),
        error_messages={"required": gettext_lazy("Choose one of these.")},
    )
    size = forms.ChoiceField(
        choices=[("no", gettext_lazy("No, neither")), ("yes", gettext_lazy("Yes"))],
        widget=forms.RadioSelect({"class": "form-check-input"}),
        required=False,
    )

    def __init__(
        self, *args: Any, campaign: Campaign, may_be_unchanged: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        kinds = [kind for kind in _KINDS if may_be_unchanged or kind != FilingKind.UNCHANGED]
        kind, size = self.fields["kind"], self.fields["size"]
        kind.choices = [(kind.value, _KINDS[kind][0]) for kind in kinds]  # type: ignore[attr-defined]
        self.explained = {kind.value: _KINDS[kind][1] for kind in kinds}
        size.label = _(
            "Did the organisation have more than %(employees)s employees, or an income above "
            "%(income)s, in %(year)s?"
        ) % {
            "employees": campaign.short_form_employees,
            "income": tenge(campaign.short_form_income),
            "year": campaign.reporting_year,
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("kind") in REPORTS and not cleaned.get("size"):
            self.add_error("size", _("Choose one of these."))
        return cleaned

    @property
    def kinds(self) -> list[tuple[Any, Any]]:
        """Each kind's button, with what it means."""
        return [(button, self.explained[button.data["value"]]) for button in self["kind"]]

    @property
    def chosen(self) -> tuple[FilingKind, bool]:
        """The kind, and whether the short form is enough."""
        return FilingKind(self.cleaned_data["kind"]), self.cleaned_data["size"] != "yes"


class DeclarationForm(forms.Form):
    """What the person declares in submitting; the versions and the revision that they read."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    revision = forms.IntegerField(widget=forms.HiddenInput)
    declaration = forms.IntegerField(widget=forms.HiddenInput, required=False)
    declared = forms.BooleanField(
        label=gettext_lazy("I declare this."),
        error_messages={"required": gettext_lazy("Tick the declaration to submit.")},
        widget=forms.CheckboxInput({"class": "form-check-input"}),
    )
