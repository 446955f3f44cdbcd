"""How fast may notices go? The limits as the environment gives them."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured
from limits import parse


def from_text(text: str) -> dict[str, str]:
    """Limits of channels and mail domains: "email=20/second,email:mail.ru=10/second"."""
    pairs = (pair.partition("=") for pair in text.split(",") if pair.strip())
    rates = {name.strip(): rate.strip() for name, _sign, rate in pairs}
    for name, rate in rates.items():
        try:
            parse(rate)
        except ValueError:
            raise ImproperlyConfigured(
                f"NOTICES_RATES: {name}={rate} is no limit. Write it like email=20/second."
            ) from None
    return rates
