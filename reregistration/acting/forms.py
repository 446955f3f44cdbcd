"""The forms of claims and of the people who act for an organisation."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.models import Claim, ClaimDocument, Organisation, Representative
from registry.uploads import UploadField

_POSITION: dict[str, Any] = {
    "label": gettext_lazy("Your position in the NGO"),
    "choices": [("", gettext_lazy("Choose")), *Claim.Position.choices],
}


class PositionForm(forms.Form):
    position = forms.ChoiceField(**_POSITION)

    @property
    def chosen_position(self) -> Claim.Position:
        return Claim.Position(self.cleaned_data["position"])


class FindForm(forms.Form):
    """Which NGO, and the code of its letter if there is one."""

    number = forms.CharField(
        label=gettext_lazy("BIN or register number of the NGO"),
        help_text=gettext_lazy("BIN: 12 digits. Register number: R-0000123, it stands in letters."),
        max_length=20,
    )
    code = forms.CharField(
        label=gettext_lazy("Code from the letter or e-mail"),
        help_text=gettext_lazy("Like 7K4M-9QXD-2HTC. No code? Leave this empty."),
        required=False,
        max_length=40,
        widget=forms.TextInput({"autocomplete": "one-time-code", "autocapitalize": "characters"}),
    )
    position = forms.ChoiceField(**_POSITION, required=False)

    def clean_number(self) -> str:
        """The organisation is kept beside its number: the register is public."""
        found = Organisation.objects.listed().numbered(self.cleaned_data["number"]).first()
        if found is None:
            raise forms.ValidationError(
                _("The register has no NGO with this number. Check it, or look the NGO up by name.")
            )
        self.organisation = found
        return found.number

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("code") and not cleaned.get("position"):
            self.add_error("position", _("Choose your position."))
        return cleaned


class CodeForm(PositionForm):
    code = forms.CharField(
        label=gettext_lazy("Code from the letter or e-mail"),
        max_length=40,
        widget=forms.TextInput({"autocomplete": "one-time-code", "autocapitalize": "characters"}),
    )
    field_order = ("code", "position")


class DocumentsForm(PositionForm):
    """One document a time; more are added by sending the form again."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What the document is"), choices=ClaimDocument.Kind.choices
    )
    file = UploadField(label=gettext_lazy("The document"))


class InvitationForm(forms.Form):
    email = forms.EmailField(
        label=gettext_lazy("E-mail of the person"),
        help_text=gettext_lazy("They sign in with this address."),
        widget=forms.EmailInput({"autocomplete": "off"}),
    )
    role = forms.ChoiceField(
        label=gettext_lazy("Role"),
        choices=Representative.Role.choices,
        initial=Representative.Role.EDITOR,
        help_text=gettext_lazy(
            "A manager files and manages people. An editor files. A reader only reads."
        ),
    )


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=Representative.Role.choices)


class ObjectionForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Why do you object?"),
        max_length=4000,
        widget=forms.Textarea({"rows": 4}),
    )
