"""A filing's answers in words, for the page before submission, the receipt and comparisons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.formats import number_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from registry.models import ActivityArea
from reregistration.models import Filing
from reregistration.money import tenge
from reregistration.sections.columns import ANSWERS, answers_of

_MONEY = ("income", "spending")


def label_of(name: str) -> str:
    """What the form and the register call this answer."""
    field: Any = Filing._meta.get_field(name)
    return capfirst(str(field.verbose_name))


def told(filing: Filing) -> list[tuple[str, str]]:
    """Every answer with its label; what was not given says so."""
    return _told(answers_of(filing))


def differing(typed: Mapping[str, Any], saved: Filing) -> list[tuple[str, str]]:
    """Of the saved answers, those that differ from what was typed."""
    held = answers_of(saved)
    return _told({name: held[name] for name in typed if typed[name] != held[name]})


def _told(answers: Mapping[str, Any]) -> list[tuple[str, str]]:
    areas = {area.code: area.name for area in ActivityArea.objects.all()}
    return [
        (label_of(name), _in_words(name, answers[name], areas))
        for name in ANSWERS
        if name in answers
    ]


def _in_words(name: str, value: Any, areas: Mapping[str, str]) -> str:
    if value in (None, "", []):
        return _("not given")
    if name in _MONEY:
        return tenge(value)
    if name == "activity_areas":
        return "; ".join(areas.get(code, code) for code in value)
    return number_format(value, force_grouping=True) if isinstance(value, int) else str(value)
