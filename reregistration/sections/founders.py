"""Who founded the organisation. Citizens' numbers (IIN) are not asked for: nobody needs them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from registry.bin import fault_of
from registry.fields import CountField
from reregistration.models import Filing
from reregistration.sections.codes import CodeField
from reregistration.sections.section import Group, Part, RowForm, Section, SectionForm, answers_in


class FoundersForm(SectionForm):
    members = CountField(label=_("Number of members, if there are members"))


class FounderForm(RowForm):
    type = forms.ChoiceField(
        label=_("Who"),
        choices=[
            ("", _("choose")),
            ("citizen", _("citizen of Kazakhstan")),
            ("foreign_citizen", _("citizen of another country")),
            ("entity", _("legal entity of Kazakhstan")),
            ("foreign_entity", _("foreign legal entity")),
        ],
    )
    name = forms.CharField(label=_("Full name, or name of the legal entity"), max_length=500)
    bin = forms.CharField(
        label=_("BIN, for a legal entity of Kazakhstan"),
        max_length=20,
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
    )
    country = CodeField(label=_("Country, for a foreign founder"), names_of="countries")

    def clean_bin(self) -> str:
        text = "".join(self.cleaned_data["bin"].split())
        fault = fault_of(text) if text else None
        if fault:
            raise forms.ValidationError(str(fault.label))
        return text


def _are_named(filing: Filing) -> bool:
    rows: list[dict[str, Any]] = answers_in(filing, "founders").get("founders", [])
    return bool(rows) and all(row.get("type") and row.get("name") for row in rows)


FOUNDERS = Section(
    code="founders",
    title=_("Founders"),
    form=FoundersForm,
    groups=(
        Group(
            name="founders",
            title=_("Founders"),
            one=_("Founder"),
            add=_("Add a founder"),
            form=FounderForm,
            shown=1,
        ),
    ),
    about=_("Founders who are citizens are never shown to the public."),
    parts=(Part("founders", _("Each founder with kind and name"), _are_named),),
)
