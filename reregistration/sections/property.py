"""What the organisation owns (art. 41(5): composition of property)."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from registry.fields import CountField, MoneyField
from reregistration.models import Filing
from reregistration.sections.section import Group, Part, RowForm, Section, SectionForm, answers_in


class PropertyForm(SectionForm):
    none = forms.BooleanField(label=_("It owns nothing of value"))


class AssetForm(RowForm):
    type = forms.ChoiceField(
        label=_("Kind"),
        choices=[
            ("", _("choose")),
            ("real_estate", _("real estate")),
            ("vehicles", _("vehicles")),
            ("equipment", _("equipment")),
            ("other_property", _("other property")),
        ],
    )
    what = forms.CharField(label=_("What it is"), max_length=300)
    quantity = CountField(label=_("Quantity"))
    book_value = MoneyField(label=_("Book value, tenge"))


def _is_told(filing: Filing) -> bool:
    answers = answers_in(filing, "property")
    return bool(answers.get("none") or answers.get("assets"))


PROPERTY = Section(
    code="property",
    title=_("Property"),
    form=PropertyForm,
    groups=(
        Group(
            name="assets",
            title=_("Property"),
            one=_("Item"),
            add=_("Add an item"),
            form=AssetForm,
        ),
    ),
    parts=(Part("none", _("Property, or that there is none"), _is_told),),
)
