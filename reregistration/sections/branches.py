"""Branches and representative offices."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from reregistration.sections.codes import CodeField
from reregistration.sections.section import Group, RowForm, Section, SectionForm


class BranchesForm(SectionForm):
    none = forms.BooleanField(label=_("It has no branches or representative offices"))


class BranchForm(RowForm):
    type = forms.ChoiceField(
        label=_("What"),
        choices=[
            ("", _("choose")),
            ("branch", _("branch")),
            ("office", _("representative office")),
        ],
    )
    name = forms.CharField(label=_("Name"), max_length=500)
    place = CodeField(label=_("Region or district"), names_of="places")
    address = forms.CharField(label=_("Address"), max_length=500)
    head = forms.CharField(label=_("Head: full name"), max_length=200)


BRANCHES = Section(
    code="branches",
    title=_("Branches"),
    form=BranchesForm,
    groups=(
        Group(
            name="branches",
            title=_("Branches and representative offices"),
            one=_("Branch"),
            add=_("Add a branch"),
            form=BranchForm,
        ),
    ),
)
