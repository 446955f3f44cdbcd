"""The head and the bodies of the organisation (Law on Non-commercial Organisations, art. 39)."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from reregistration.sections import facts
from reregistration.sections.section import Section


class ManagementForm(facts.HeadForm):
    head_position = forms.CharField(
        label=_("Position of the head"), help_text=_("As in the charter."), max_length=200
    )
    highest_body = forms.CharField(
        label=_("Highest body"),
        help_text=_("For example: general meeting of the members."),
        max_length=500,
    )
    executive_body = forms.CharField(
        label=_("Executive body"), help_text=_("For example: board, director."), max_length=500
    )
    control_body = forms.CharField(
        label=_("Control body"),
        help_text=_("For example: auditor. None? Write “none”."),
        max_length=500,
    )


MANAGEMENT = Section(
    code="management",
    title=_("Head and bodies"),
    form=ManagementForm,
    parts=(facts.HEAD,),
    shows_held=True,
)
