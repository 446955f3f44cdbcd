"""The projects of the year. Nobody must have had one."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from registry.fields import DayField, MoneyField
from reregistration.sections.codes import CodeField
from reregistration.sections.section import Group, RowForm, Section, SectionForm


class ProjectsForm(SectionForm):
    none = forms.BooleanField(label=_("No projects in that year"))


class ProjectForm(RowForm):
    title = forms.CharField(label=_("Name of the project"), max_length=300)
    aim = forms.CharField(label=_("Aim"), max_length=1000, widget=forms.Textarea({"rows": 2}))
    funded_by = forms.CharField(label=_("Source of the money"), max_length=300)
    amount = MoneyField(label=_("Sum, tenge"))
    began_on = DayField(label=_("Begun on"), help_text=_("For example: 31.12.2025."))
    ended_on = DayField(label=_("Ended on"), help_text=_("Empty if it goes on."))
    place = CodeField(label=_("Region or district"), names_of="places")
    result = forms.CharField(label=_("Result"), max_length=1000, widget=forms.Textarea({"rows": 2}))


PROJECTS = Section(
    code="projects",
    title=_("Projects of the year"),
    form=ProjectsForm,
    groups=(
        Group(
            name="projects",
            title=_("Projects"),
            one=_("Project"),
            add=_("Add a project"),
            form=ProjectForm,
        ),
    ),
)
