"""A section of one filing as a page shows it: its form, and the rows of its groups."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from reregistration.models import Filing
from reregistration.sections.codes import CodeField, names_of
from reregistration.sections.columns import ANSWERS
from reregistration.sections.plain import from_plain, is_empty, plain
from reregistration.sections.section import (
    MOST_ROWS,
    Group,
    Section,
    SectionForm,
    answers_in,
)

_ROW = re.compile(r"(?P<group>[a-z]+)-(?P<place>\d+)")


@dataclass(frozen=True)
class Entry:
    """What a section's form states: columns of the filing, and further answers as JSON."""

    columns: dict[str, Any]
    details: dict[str, Any]


@dataclass(frozen=True)
class Rows:
    """A group with its rows."""

    group: Group
    formset: Any

    @property
    def is_full(self) -> bool:
        return len(self.formset.forms) >= MOST_ROWS

    @property
    def stated(self) -> list[dict[str, Any]]:
        """The rows that say something and were not removed, with what reads well of each."""
        rows = [
            {name: plain(value) for name, value in form.cleaned_data.items() if name != "DELETE"}
            for form in self.formset.forms
            if hasattr(form, "cleaned_data") and not form.cleaned_data.get("DELETE")
        ]
        return [row for row in rows if row and not is_empty(row)]


class Sheet:
    """With `typed`, what a person sent; without, what is saved."""

    def __init__(self, section: Section, filing: Filing, typed: QueryDict | None = None) -> None:
        self.section = section
        self.filing = filing
        self.form: SectionForm = (
            section.form(typed, filing=filing)
            if typed is not None
            else section.form(filing=filing, initial=_initial(section, filing))
        )
        self.groups = [Rows(group, self._rows_of(group, typed)) for group in section.groups]
        for form in self._forms():
            self._name_codes(form)

    def _rows_of(self, group: Group, typed: QueryDict | None) -> Any:
        if typed is not None:
            return _formset(group, 0)(typed, prefix=group.name)
        fields = group.form.base_fields
        saved = [
            {name: from_plain(fields[name], row.get(name)) for name in fields}
            for row in answers_in(self.filing, self.section.code).get(group.name, [])
        ]
        # Rows are shown as extra ones: an empty one is then no answer, wherever it stands.
        formset = _formset(group, max(len(saved), group.shown))(prefix=group.name)
        for form, initial in zip(formset.forms, saved, strict=False):
            form.initial = initial
        return formset

    def _forms(self) -> Iterator[forms.Form]:
        yield self.form
        for rows in self.groups:
            yield from rows.formset.forms

    def _name_codes(self, form: forms.Form) -> None:
        for asked in form.fields.values():
            if isinstance(asked, CodeField):
                asked.know(self.code_lists[asked.names_of])

    @cached_property
    def code_lists(self) -> dict[str, dict[str, str]]:
        """The names by their codes of each list that a field of this section takes from."""
        asked = [*self.section.form.base_fields.values()]
        for group in self.section.groups:
            asked += group.form.base_fields.values()
        kinds = {field.names_of for field in asked if isinstance(field, CodeField)}
        return {kind: names_of(kind) for kind in sorted(kinds)}

    def is_valid(self) -> bool:
        return all([self.form.is_valid(), *(rows.formset.is_valid() for rows in self.groups)])

    @property
    def entry(self) -> Entry:
        """What can be saved: the answers that read well."""
        self.is_valid()
        stated = self.form.cleaned_data
        details = {name: plain(value) for name, value in stated.items() if name not in ANSWERS}
        details |= {rows.group.name: rows.stated for rows in self.groups}
        columns = {name: value for name, value in stated.items() if name in ANSWERS}
        return Entry(columns, details)

    def fields(self) -> Iterator[BoundField]:
        """Every field, of the rows too; for the messages at them."""
        for form in self._forms():
            yield from form

    def faults(self) -> list[tuple[BoundField, str]]:
        return [(asked, str(error)) for asked in self.fields() for error in asked.errors]

    def tell_missing(self) -> None:
        """Show at their fields which parts are missing, though a draft may be saved without."""
        for part in self.section.missing(self.filing):
            if part.name in self.form.fields:
                self.form.errors[part.name] = self.form.error_class([_("This answer is missing.")])


def with_rows(typed: QueryDict, *, add: str = "", remove: str = "", restore: str = "") -> QueryDict:
    """What was typed, with a row more of the group `add`, or a row like "founders-2" removed or
    put back. Nothing typed is lost: a removed row keeps its answers until the page is left."""
    changed = typed.copy()
    count = str(typed.get(f"{add}-TOTAL_FORMS", ""))
    if count.isdecimal() and int(count) < MOST_ROWS:
        changed[f"{add}-TOTAL_FORMS"] = str(int(count) + 1)
    if _ROW.fullmatch(remove):
        changed[f"{remove}-DELETE"] = "on"
    if _ROW.fullmatch(restore):
        changed.pop(f"{restore}-DELETE", None)
    return changed


def _formset(group: Group, extra: int) -> Any:
    return forms.formset_factory(
        group.form,
        formset=_Rows,
        extra=extra,
        max_num=MOST_ROWS,
        absolute_max=MOST_ROWS,
        validate_max=True,
        can_delete=True,
    )


class _Rows(forms.BaseFormSet):  # type: ignore[type-arg]
    """Rows whose removal is a hidden mark, so that it can be taken back before a save."""

    deletion_widget = forms.HiddenInput

    def initial_form_count(self) -> int:
        return 0


def _initial(section: Section, filing: Filing) -> dict[str, Any]:
    saved = answers_in(filing, section.code)
    return {
        name: getattr(filing, name) if name in ANSWERS else from_plain(field, saved.get(name))
        for name, field in section.form.base_fields.items()
    }
