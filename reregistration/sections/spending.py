"""What the year's money was spent on (art. 41(5): directions of spending)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from registry.fields import MoneyField
from reregistration.models import Filing
from reregistration.sections.plain import total
from reregistration.sections.section import Part, Section, SectionForm, answers_in

ITEMS = ("programmes", "pay", "taxes", "rent", "administration", "charity", "other")


class SpendingForm(SectionForm):
    none = forms.BooleanField(label=_("No spending in that year"))
    programmes = MoneyField(label=_("Programmes and projects, tenge"))
    pay = MoneyField(label=_("Pay, tenge"))
    taxes = MoneyField(label=_("Taxes and social payments, tenge"))
    rent = MoneyField(label=_("Rent and upkeep, tenge"))
    administration = MoneyField(label=_("Administration, tenge"))
    charity = MoneyField(label=_("Charity, tenge"))
    other = MoneyField(label=_("Other spending, tenge"))
    why_more = forms.CharField(
        label=_("If more was spent than received: from what?"),
        help_text=_("For example: from savings of earlier years."),
        max_length=500,
    )


def _sum(answers: Mapping[str, Any]) -> dict[str, Any]:
    amounts = [answers.get(name) for name in ITEMS]
    if not any(amounts) and not answers.get("none"):
        return {"spending": None}
    return {"spending": total(amounts)}


def _is_told(filing: Filing) -> bool:
    return filing.spending is not None and bool(answers_in(filing, "spending"))


SPENDING = Section(
    code="spending",
    title=_("Spending by item"),
    form=SpendingForm,
    about=_("Only what there was: an empty line is nil. The sum is added up for you."),
    parts=(Part("spending", _("Spending by item, or that there was none"), _is_told),),
    computed=_sum,
)
