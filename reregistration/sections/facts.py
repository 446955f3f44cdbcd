"""The questions about facts that the register holds too; both forms are made of these."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from registry.facts import email_of, phone_of
from registry.fields import CountField, MoneyField
from registry.models import ActivityArea
from reregistration.sections.section import SectionForm, column, reachable


class _Short(forms.Textarea):
    def __init__(self, **attrs: Any) -> None:
        super().__init__({"rows": 2, **attrs})


class NamesForm(SectionForm):
    name_kk = forms.CharField(label=_("Name in Kazakh"), max_length=1000, widget=_Short(lang="kk"))
    name_ru = forms.CharField(label=_("Name in Russian"), max_length=1000, widget=_Short(lang="ru"))
    name_en = forms.CharField(
        label=_("Name in English, if there is one"), max_length=1000, widget=_Short(lang="en")
    )


class SeatForm(SectionForm):
    address = forms.CharField(label=_("Address of the seat"), max_length=1000, widget=_Short())


class HeadForm(SectionForm):
    head_name = forms.CharField(label=_("Head: full name"), max_length=200)


class ReachForm(SectionForm):
    email = forms.EmailField(
        label=_("E-mail of the organisation"),
        help_text=_("An e-mail or a phone: one of the two is enough. Not shown to the public."),
        widget=forms.EmailInput({"autocomplete": "email"}),
    )
    phone = forms.CharField(
        label=_("Phone of the organisation"),
        max_length=20,
        widget=forms.TextInput({"type": "tel", "autocomplete": "tel"}),
    )

    def clean_email(self) -> str:
        return email_of(self.cleaned_data["email"])

    def clean_phone(self) -> str:
        text: str = self.cleaned_data["phone"]
        if text and sum(sign.isdigit() for sign in text) < 6:
            raise forms.ValidationError(
                gettext("A phone number has more digits: +7 701 123 45 67.")
            )
        return phone_of(text) or text


class VolunteersForm(SectionForm):
    volunteers = CountField(label=_("Volunteers"), help_text=_("None? Write 0."))


class PeopleForm(VolunteersForm):
    employees = CountField(label=_("Employees"), help_text=_("None? Write 0."))
    field_order: tuple[str, ...] = ("employees", "volunteers")


class AreasForm(SectionForm):
    activity_areas = forms.MultipleChoiceField(
        label=_("Areas of activity"),
        help_text=_("At least one."),
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        areas: Any = self.fields["activity_areas"]
        areas.choices = [(area.code, _capital(area.name)) for area in ActivityArea.objects.all()]


class TotalsForm(SectionForm):
    income = MoneyField(
        label=_("Income, tenge"), help_text=_("All income of the year. None? Write 0.")
    )
    spending = MoneyField(
        label=_("Spending, tenge"), help_text=_("All spending of the year. None? Write 0.")
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


NAME_KK = column("name_kk", _("Name in Kazakh"))
NAME_RU = column("name_ru", _("Name in Russian"))
ADDRESS = column("address", _("Address of the seat"))
HEAD = column("head_name", _("Head: full name"))
REACH = reachable(_("An e-mail or a phone of the organisation"))
EMPLOYEES = column("employees", _("Employees"))
VOLUNTEERS = column("volunteers", _("Volunteers"))
AREAS = column("activity_areas", _("Areas of activity"))
INCOME = column("income", _("Income, tenge"))
SPENDING = column("spending", _("Spending, tenge"))
