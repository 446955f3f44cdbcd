"""How is a sum of tenge shown?"""

from __future__ import annotations

from decimal import Decimal

from django.utils.formats import number_format


def tenge(amount: Decimal | None) -> str:
    """A sum in tenge, grouped by thousands as the reader's language does; tiyn only if any."""
    if amount is None:
        return "—"
    places = 0 if amount == amount.to_integral_value() else 2
    return f"{number_format(amount, decimal_pos=places, force_grouping=True)}\N{NO-BREAK SPACE}₸"
