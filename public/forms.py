"""What the public pages ask for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.refusals import Refused
from registry import seals
from registry.seals.proofs import LONGEST_TEXT


class ProofForm(forms.Form):
    """A proof, as a file or as text; cleaned, it is checked against the portal's own seals."""

    file = forms.FileField(
        label=_("The file with the proof"),
        help_text=_("Its name ends with .proof.json."),
        required=False,
    )
    text = forms.CharField(
        label=_("Or the text of that file"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "autocomplete": "off"}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        text = self._brought(cleaned)
        try:
            cleaned["checked"] = seals.check(text)
        except Refused as refusal:
            raise forms.ValidationError(str(refusal)) from None
        return cleaned

    def _brought(self, cleaned: dict[str, Any]) -> str:
        file = cleaned.get("file")
        if not file:
            return str(cleaned.get("text") or "")
        return str(file.read(LONGEST_TEXT + 1).decode("utf-8", "replace"))
