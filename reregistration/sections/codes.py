"""Fields whose answer is a code of a list that is too long for a menu: places and countries.

A person types the beginning of a name and takes it from the browser's list, or types the code.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from registry import countries
from registry.models import Place

# The regions and districts; a village stands in the text of the address.
_LEVELS = ("oblast", "district")
_CODE_BEHIND = re.compile(r"\((?P<code>\w+)\)\s*$")


class CodeInput(forms.TextInput):
    """Shows the name with its code behind; `names` comes with the sheet that it stands on."""

    names: Mapping[str, str] = {}

    def __init__(self, names_of: str) -> None:
        super().__init__({"list": f"list-{names_of}", "autocomplete": "off"})

    def format_value(self, value: Any) -> str | None:
        name = self.names.get(value) if isinstance(value, str) else None
        return f"{name} ({value})" if name else super().format_value(value)


class CodeField(forms.CharField):
    """A code of a list. `names_of` is which one: places or countries."""

    names: Mapping[str, str] = {}

    def __init__(self, *, names_of: str, **kwargs: Any) -> None:
        self.names_of = names_of
        super().__init__(widget=CodeInput(names_of), max_length=200, **kwargs)

    def know(self, names: Mapping[str, str]) -> None:
        self.names = self.widget.names = names

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return text
        code = self._code_in(text)
        if code is None:
            raise forms.ValidationError(_("Choose from the list: type the beginning of the name."))
        return code

    def _code_in(self, text: str) -> str | None:
        behind = _CODE_BEHIND.search(text)
        code = (behind["code"] if behind else text).upper()
        if code in self.names:
            return code
        found = [code for code, name in self.names.items() if name.casefold() == text.casefold()]
        return found[0] if len(found) == 1 else None


def names_of(kind: str) -> dict[str, str]:
    """The names of a list by their codes, in the reader's language."""
    return places() if kind == "places" else countries.names()


def places() -> dict[str, str]:
    """Regions and districts by KATO code; a district names its region. One query."""
    rows = Place.objects.filter(level__in=_LEVELS).select_related("region").order_by("pk")
    return {
        place.pk: place.name if place.pk == place.region_id else f"{place.name}, {place.region}"
        for place in rows
    }
