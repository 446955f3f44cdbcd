"""How the organisation is reached."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from reregistration.sections import facts
from reregistration.sections.section import Section


class ContactsForm(facts.ReachForm):
    website = forms.CharField(
        label=_("Website, if there is one"),
        max_length=200,
        widget=forms.TextInput({"inputmode": "url"}),
    )
    social_networks = forms.CharField(
        label=_("Pages in social networks, if there are any"),
        help_text=_("Each on a line of its own."),
        max_length=1000,
        widget=forms.Textarea({"rows": 3}),
    )


CONTACTS = Section(code="contacts", title=_("Contacts"), form=ContactsForm, parts=(facts.REACH,))
