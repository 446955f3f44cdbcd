"""Fields that take numbers as people write them: 1 200 000, 1.200.000,50 or 1,200,000 ₸."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.formats import number_format

_SPACES_AND_UNITS = re.compile(r"\s|₸|тг\.?|теңге|тенге|kzt", re.IGNORECASE)
# A sum has at most two decimals, so signs before three digits separate thousands; the decimals
# then stand behind another sign: "1,234,5" is more likely a slip than a sum.
_GROUPED = re.compile(
    r"\d{1,3}(?P<sign>[.,'])\d{3}(?:(?P=sign)\d{3})*(?:(?!(?P=sign))[.,]\d{1,2})?"
)


def plain_number(text: str) -> str:
    """A number as Python reads it, from a number as people write it."""
    bare = _SPACES_AND_UNITS.sub("", text)
    grouped = _GROUPED.fullmatch(bare)
    if grouped:
        bare = bare.replace(grouped["sign"], "")
    return bare.replace(",", ".")


class GroupedInput(forms.TextInput):
    """Shows a number grouped by thousands as the reader's language does."""

    def __init__(self, **attrs: Any) -> None:
        super().__init__({"inputmode": "decimal", "autocomplete": "off", **attrs})

    def format_value(self, value: Any) -> str | None:
        if isinstance(value, Decimal):
            places = 0 if value == value.to_integral_value() else 2
            return str(number_format(value, decimal_pos=places, force_grouping=True))
        if isinstance(value, int):
            return str(number_format(value, force_grouping=True))
        shown: str | None = super().format_value(value)
        return shown


class MoneyField(forms.DecimalField):
    """A sum in tenge; nil is an answer. A text input: a browser's number input refuses spaces."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            min_value=0, max_digits=17, decimal_places=2, widget=GroupedInput(), **kwargs
        )

    def to_python(self, value: Any) -> Any:
        return super().to_python(plain_number(value) if isinstance(value, str) else value)


class DayField(forms.DateField):
    """A day as people here write it, 31.12.2025; other usual shapes are understood too."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput({"inputmode": "numeric", "autocomplete": "off"}, "%d.%m.%Y")
        shapes = ["%d.%m.%Y", "%Y-%m-%d", "%d/%m/%Y", "%d.%m.%y"]
        super().__init__(input_formats=shapes, widget=widget, **kwargs)


class CountField(forms.IntegerField):
    """A number of people; nil is an answer."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            min_value=0, max_value=1_000_000, widget=GroupedInput(inputmode="numeric"), **kwargs
        )

    def to_python(self, value: Any) -> Any:
        return super().to_python(plain_number(value) if isinstance(value, str) else value)
