"""The seat, and where the organisation really is."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from reregistration.sections import facts
from reregistration.sections.codes import CodeField
from reregistration.sections.section import Section


class AddressesForm(facts.SeatForm):
    place = CodeField(
        label=_("Region or district of the seat"),
        help_text=_("Type the beginning of the name, then choose."),
        names_of="places",
    )
    actual_is_same = forms.ChoiceField(
        label=_("Is the organisation really at this address?"),
        choices=[("yes", _("Yes")), ("no", _("No, elsewhere"))],
        widget=forms.RadioSelect,
    )
    actual_address = forms.CharField(
        label=_("Where it really is, if elsewhere"),
        max_length=1000,
        widget=forms.Textarea({"rows": 2}),
    )


ADDRESSES = Section(
    code="addresses",
    title=_("Addresses"),
    form=AddressesForm,
    parts=(facts.ADDRESS,),
    shows_held=True,
)
