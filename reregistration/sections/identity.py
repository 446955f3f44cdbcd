"""Names and what the organisation is."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from reregistration.sections import facts
from reregistration.sections.section import Section


class IdentityForm(facts.NamesForm):
    registration_number = forms.CharField(
        label=_("Number of the state registration, if you have it"), max_length=50
    )
    territorial_status = forms.ChoiceField(
        label=_("Territorial status"),
        help_text=_("For public associations."),
        choices=[
            ("", _("does not apply")),
            ("local", _("local")),
            ("regional", _("regional")),
            ("republican", _("republican")),
            ("international", _("international")),
        ],
    )


IDENTITY = Section(
    code="identity",
    title=_("Name and form"),
    form=IdentityForm,
    parts=(facts.NAME_KK, facts.NAME_RU),
    shows_held=True,
)
