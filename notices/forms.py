"""The two questions of the page that confirms documents."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from notices import verify


class NumberForm(forms.Form):
    number = forms.CharField(
        label=_("Number of the document"),
        help_text=_("It stands beside the QR code, for example N-0000123."),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )

    def clean_number(self) -> str:
        number = verify.normalised(self.cleaned_data["number"])
        if not number:
            raise forms.ValidationError(
                _("A number is N, F or C, a dash and seven digits, for example N-0000123.")
            )
        return number


class WhoseForm(forms.Form):
    organisation = forms.CharField(
        label=_("BIN or register number of your organisation"),
        help_text=_("12 digits, or for example R-0000123."),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
