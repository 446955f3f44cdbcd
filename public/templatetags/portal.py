"""What every page of the portal needs: its languages, sums of money, and addresses with filters."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import RequestContext

from accounts.language import in_language
from public.shares import TONES, percent
from registry.money import in_short, tenge

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
    return in_language(context["request"].get_full_path(), language)


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


@register.simple_tag(takes_context=True)
def without(context: RequestContext, name: str) -> str:
    """This page's query without one filter."""
    return with_query(context, **{name: None})


@register.filter
def tone(state: str) -> str:
    """The colour of a state; words always stand beside it."""
    return TONES[state]


register.filter("money", tenge)
register.filter("in_short", in_short)
register.filter("percent_of", percent)
