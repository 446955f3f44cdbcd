"""What every page of the portal needs: its languages, sums of money, and addresses with filters."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import template
from django.conf import settings
from django.template.context import RequestContext
from django.urls import translate_url
from django.utils.formats import number_format

register = template.Library()

_LANGUAGES = [
    ("kk", "Қазақша", "Қаз"),
    ("ru", "Русский", "Рус"),
    ("en", "English", "Eng"),
]


@register.simple_tag
def portal_languages() -> list[tuple[str, str, str]]:
    """Each language's code, its own name, and that name in short."""
    return _LANGUAGES


@register.simple_tag(takes_context=True)
def this_page_in(context: RequestContext, language: str) -> str:
    """The address of this very page in another language, with its filters."""
    address: str = context["request"].get_full_path()
    translated = translate_url(address, language)
    first, _, rest = address.lstrip("/").partition("/")
    # A page that is not there has no view to translate; its language still switches.
    if translated == address and first in dict(settings.LANGUAGES):
        return f"/{language}/{rest}"
    return translated


@register.simple_tag(takes_context=True)
def with_query(context: RequestContext, **changes: Any) -> str:
    """This page's query with some parameters changed; an empty value removes one.

    A changed filter starts the list anew, so the place in the list is dropped.
    """
    query = context["request"].GET.copy()
    for place in ("after", "before"):
        query.pop(place, None)
    for name, value in changes.items():
        if value in ("", None):
            query.pop(name, None)
        else:
            query[name] = str(value)
    return f"?{query.urlencode()}"


@register.filter
def money(amount: Decimal | None) -> str:
    """A sum in tenge, grouped by thousands as the reader's language does; kopecks only if any."""
    if amount is None:
        return "—"
    places = 0 if amount == amount.to_integral_value() else 2
    return f"{number_format(amount, decimal_pos=places, force_grouping=True)}\N{NO-BREAK SPACE}₸"


@register.filter
def percent_of(part: int, whole: int) -> str:
    """The share as a CSS number, which has a point in every language."""
    return f"{100 * part / whole:.3f}" if whole else "0"
