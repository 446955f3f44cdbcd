"""Where the year's money came from (Law on Non-commercial Organisations, art. 35)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from registry.fields import MoneyField
from reregistration.models import Filing
from reregistration.sections.codes import CodeField
from reregistration.sections.plain import total
from reregistration.sections.section import Group, Part, RowForm, Section, SectionForm, answers_in

SOURCES = (
    "contributions",
    "domestic_donations",
    "foreign_donations",
    "business",
    "dividends",
    "state",
    "other",
)


class IncomeForm(SectionForm):
    none = forms.BooleanField(label=_("No income in that year"))
    contributions = MoneyField(label=_("Contributions of founders and members, tenge"))
    domestic_donations = MoneyField(label=_("Donations from Kazakhstan, tenge"))
    foreign_donations = MoneyField(
        label=_("Donations from abroad, tenge"),
        help_text=_("Without the foreign grants: those stand below, each by itself."),
    )
    business = MoneyField(label=_("Sale of goods and services, tenge"))
    dividends = MoneyField(label=_("Dividends and interest, tenge"))
    state = MoneyField(label=_("State social order, state grants and prizes, tenge"))
    other = MoneyField(label=_("Other income, tenge"))


class GrantForm(RowForm):
    donor = forms.CharField(label=_("Donor"), max_length=300)
    country = CodeField(label=_("Country"), names_of="countries")
    amount = MoneyField(label=_("Sum, tenge"))


def _sum(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Nothing typed says nothing; “no income” is nil, unless a sum says otherwise."""
    amounts = [answers.get(name) for name in SOURCES]
    amounts += [row.get("amount") for row in answers.get("grants", [])]
    if not any(amounts) and not answers.get("none"):
        return {"income": None}
    return {"income": total(amounts)}


def _is_told(filing: Filing) -> bool:
    return filing.income is not None and bool(answers_in(filing, "income"))


INCOME = Section(
    code="income",
    title=_("Income by source"),
    form=IncomeForm,
    groups=(
        Group(
            name="grants",
            title=_("Foreign grants"),
            one=_("Foreign grant"),
            add=_("Add a foreign grant"),
            form=GrantForm,
        ),
    ),
    about=_("Only what there was: an empty line is nil. The sum is added up for you."),
    parts=(Part("income", _("Income by source, or that there was none"), _is_told),),
    computed=_sum,
)
