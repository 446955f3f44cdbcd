"""The one flat form of a filing, and the declaration under it."""

from __future__ import annotations

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Column, Fieldset, Layout, Row
from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.facts import email_of, phone_of
from registry.models import ActivityArea
from reregistration.fields import CountField, MoneyField
from reregistration.models import Filing
from reregistration.sections.columns import ANSWERS, answers_of

REQUIRED = tuple(name for name in ANSWERS if name not in {"name_en", "email", "phone"})

_SHORT = {"rows": 2}
_MISSING = gettext_lazy("This answer is missing.")
_MONEY_HELP = gettext_lazy(
    "All income and all spending of the year, each as one sum. None? Write 0."
)


class FilingForm(forms.Form):
    """A draft is saved as far as it goes; `complete` asks for every answer, before submission."""

    name_kk = forms.CharField(
        label=gettext_lazy("Name in Kazakh"), max_length=1000, widget=forms.Textarea(_SHORT)
    )
    name_ru = forms.CharField(
        label=gettext_lazy("Name in Russian"), max_length=1000, widget=forms.Textarea(_SHORT)
    )
    name_en = forms.CharField(
        label=gettext_lazy("Name in English, if there is one"),
        max_length=1000,
        widget=forms.Textarea(_SHORT),
    )
    address = forms.CharField(
        label=gettext_lazy("Address of the seat"), max_length=1000, widget=forms.Textarea(_SHORT)
    )
    head_name = forms.CharField(label=gettext_lazy("Head: full name"), max_length=200)
    email = forms.EmailField(
        label=gettext_lazy("E-mail of the organisation"),
        help_text=gettext_lazy(
            "An e-mail or a phone: one of the two is enough. Not shown to the public."
        ),
    )
    phone = forms.CharField(label=gettext_lazy("Phone of the organisation"), max_length=20)
    employees = CountField(
        label=gettext_lazy("Employees"), help_text=gettext_lazy("None? Write 0.")
    )
    volunteers = CountField(
        label=gettext_lazy("Volunteers"), help_text=gettext_lazy("None? Write 0.")
    )
    activity_areas = forms.MultipleChoiceField(
        label=gettext_lazy("Areas of activity"),
        help_text=gettext_lazy("At least one."),
        widget=forms.CheckboxSelectMultiple,
    )
    income = MoneyField(label=gettext_lazy("Income, tenge"))
    spending = MoneyField(label=gettext_lazy("Spending, tenge"))
    revision = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, year: int, complete: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_complete = complete
        self.helper = _helper(year)
        areas: Any = self.fields["activity_areas"]
        areas.choices = [
            (area.code, _upper_first(area.name)) for area in ActivityArea.objects.all()
        ]
        for name in ANSWERS:
            self.fields[name].required = complete and name in REQUIRED
            self.fields[name].error_messages["required"] = _MISSING
            # Asked for on our side, in the reader's language: the browser would hold back drafts.
            self.fields[name].widget.is_required = False

    @classmethod
    def of(cls, draft: Filing, *, complete: bool = False) -> FilingForm:
        """The form as the draft stands; with `complete`, checked for what is missing."""
        year = draft.obligation.campaign.reporting_year
        values = {**answers_of(draft), "revision": draft.revision}
        if not complete:
            return cls(initial=values, year=year)
        return cls(values, year=year, complete=True)

    @property
    def answers(self) -> dict[str, Any]:
        """The answers that can be saved: those that read well."""
        return {name: self.cleaned_data[name] for name in ANSWERS if name in self.cleaned_data}

    @property
    def opened_revision(self) -> int:
        """The revision that the form was opened with; none reads as an old one."""
        return self.cleaned_data.get("revision") or 0

    def clean_email(self) -> str:
        return email_of(self.cleaned_data["email"])

    def clean_phone(self) -> str:
        text: str = self.cleaned_data["phone"]
        if text and sum(sign.isdigit() for sign in text) < 6:
            raise forms.ValidationError(_("A phone number has more digits: +7 701 123 45 67."))
        return phone_of(text) or text

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        is_reached = cleaned.get("email") or cleaned.get("phone")
        is_told = "email" in self.errors or "phone" in self.errors
        if self.is_complete and not is_reached and not is_told:
            self.add_error("email", _("Give an e-mail or a phone of the organisation."))
        return cleaned


class DeclarationForm(forms.Form):
    """What the person declares in submitting; the version and revision that they read."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    revision = forms.IntegerField(widget=forms.HiddenInput)
    declared = forms.BooleanField(
        label=gettext_lazy(
            "I file for this organisation and declare that these answers are true and complete."
        ),
        error_messages={"required": gettext_lazy("Tick the declaration to submit.")},
        widget=forms.CheckboxInput({"class": "form-check-input"}),
    )


def _helper(year: int) -> FormHelper:
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
    helper.layout = Layout(
        Fieldset(_("Names"), "name_kk", "name_ru", "name_en"),
        Fieldset(_("Address and head"), "address", "head_name"),
        Fieldset(_("Contacts"), *_beside("email", "phone")),
        Fieldset(_("People and activity"), *_beside("employees", "volunteers"), "activity_areas"),
        Fieldset(
            _("Money in %(year)s") % {"year": year},
            HTML(format_html("<p>{}</p>", _MONEY_HELP)),
            *_beside("income", "spending"),
        ),
        "revision",
    )
    return helper


def _beside(*names: str) -> list[Any]:
    """Two fields beside each other where there is room."""
    return [Row(*(Column(name, css_class="col-sm-6") for name in names))]


def _upper_first(text: str) -> str:
    return text[:1].upper() + text[1:]
