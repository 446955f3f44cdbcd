"""A section's answers in words: for the check, the receipt and the reviewer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from registry.money import tenge
from reregistration.models import Filing
from reregistration.sections.codes import CodeField
from reregistration.sections.columns import ANSWERS
from reregistration.sections.plain import from_plain
from reregistration.sections.section import Section, answers_in
from reregistration.sections.sheet import Sheet

Lines = list[tuple[str, str]]


def told(section: Section, filing: Filing) -> Lines:
    """Every answer of a section with its label; a column that was not given says so, a further
    answer that was not given is left out."""
    return list(_told(Sheet(section, filing), filing))


def _told(sheet: Sheet, filing: Filing) -> Iterator[tuple[str, str]]:
    saved = answers_in(filing, sheet.section.code)
    for name, field in sheet.form.fields.items():
        value = getattr(filing, name) if name in ANSWERS else from_plain(field, saved.get(name))
        if (value in (None, "", []) or value is False) and name not in ANSWERS:
            continue
        yield str(field.label), in_words(field, value)
    for name in sheet.section.computed(saved):
        yield computed_label(name), _amount(getattr(filing, name))
    for rows in sheet.groups:
        for place, row in enumerate(saved.get(rows.group.name, []), 1):
            yield f"{rows.group.one} {place}", _row_in_words(rows.formset.empty_form, row, sheet)


def differing(sheet: Sheet, saved: Filing) -> Lines:
    """Of what is saved, the answers that differ from what was typed on the sheet."""
    typed, section = sheet.entry, sheet.section
    held = answers_in(saved, section.code)
    lines = []
    for name, field in sheet.form.fields.items():
        is_column = name in ANSWERS
        mine = typed.columns.get(name) if is_column else typed.details.get(name)
        theirs = getattr(saved, name) if is_column else held.get(name)
        is_read = name in (typed.columns if is_column else typed.details)
        if is_read and mine != theirs:
            shown = theirs if is_column else from_plain(field, theirs)
            lines.append((str(field.label), in_words(field, shown)))
    for rows in sheet.groups:
        theirs = held.get(rows.group.name, [])
        if rows.stated != theirs:
            told_rows = [_row_in_words(rows.formset.empty_form, row, sheet) for row in theirs]
            lines.append((str(rows.group.title), " / ".join(told_rows) or _("not given")))
    return lines


def sums(sheet: Sheet) -> Lines:
    """What follows from the section's answers, as it is saved."""
    saved = answers_in(sheet.filing, sheet.section.code)
    return [
        (computed_label(name), _amount(getattr(sheet.filing, name)))
        for name in sheet.section.computed(saved)
    ]


def computed_label(name: str) -> str:
    return {
        "income": _("Income, all together"),
        "spending": _("Spending, all together"),
        "employees": _("Employees, all together"),
    }[name]


def _row_in_words(form: forms.Form, row: Mapping[str, Any], sheet: Sheet) -> str:
    parts = []
    for name, field in form.fields.items():
        value = from_plain(field, row.get(name))
        if value in (None, ""):
            continue
        if isinstance(field, CodeField):
            field.know(sheet.code_lists[field.names_of])
        words = in_words(field, value)
        is_bare = isinstance(field, forms.ChoiceField | CodeField) or name == "name"
        parts.append(words if is_bare else f"{field.label}: {words}")
    return "; ".join(parts)


def in_words(field: forms.Field, value: Any) -> str:
    """An answer as its field means it."""
    if value is True:
        return _("yes")
    if value in (None, "", []):
        return _("not given")
    if isinstance(field, CodeField):
        return field.names.get(value, str(value))
    if isinstance(field, forms.MultipleChoiceField):
        names = dict(field.choices)  # type: ignore[arg-type]
        return "; ".join(str(names.get(code, code)) for code in value)
    if isinstance(field, forms.ChoiceField):
        return str(dict(field.choices).get(value, value))  # type: ignore[arg-type]
    return _amount(value)


def _amount(value: Any) -> str:
    if value is None:
        return _("not given")
    if isinstance(value, Decimal):
        return tenge(value)
    if isinstance(value, date):
        return date_format(value)
    return number_format(value, force_grouping=True) if isinstance(value, int) else str(value)
