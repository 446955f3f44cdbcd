"""How is a sum of tenge shown?"""

from __future__ import annotations

from decimal import Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext as _

_MILLION, _BILLION = Decimal(1_000_000), Decimal(1_000_000_000)


def tenge(amount: Decimal | None) -> str:
    """A sum in tenge, grouped by thousands as the reader's language does; tiyn only if any."""
    if amount is None:
        return "—"
    places = 0 if amount == amount.to_integral_value() else 2
    return f"{number_format(amount, decimal_pos=places, force_grouping=True)}\N{NO-BREAK SPACE}₸"


def in_short(amount: Decimal | None) -> str:
    """A sum as people say it: "4.2 million tenge". Below a million it is written out."""
    if amount is None or amount < _MILLION:
        return tenge(amount)
    if amount < _BILLION:
        return _("%(n)s million tenge") % {"n": _tenths(amount / _MILLION)}
    return _("%(n)s billion tenge") % {"n": _tenths(amount / _BILLION)}


def _tenths(number: Decimal) -> str:
    rounded = round(number, 1)
    places = 0 if rounded == rounded.to_integral_value() else 1
    return number_format(rounded, decimal_pos=places, force_grouping=True)
