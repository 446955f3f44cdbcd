"""What a section of a filing is: a form, groups of rows, and the parts that it must have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.utils.functional import Promise

from reregistration.models import Filing
from reregistration.sections.columns import ANSWERS, is_given

MOST_ROWS = 50

_CLASSES: tuple[tuple[type[forms.Widget], str], ...] = (
    (forms.RadioSelect, "form-check-input"),
    (forms.CheckboxSelectMultiple, "form-check-input"),
    (forms.CheckboxInput, "form-check-input"),
    (forms.Select, "form-select"),
    (forms.HiddenInput, ""),
    (forms.Widget, "form-control"),
)


class _Plain(forms.Form):
    """A form that saves as far as it goes: no answer is asked for by the browser or at a save."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, asked in self.fields.items():
            asked.required = asked.widget.is_required = False
            looks = next(css for kind, css in _CLASSES if isinstance(asked.widget, kind))
            if looks:
                asked.widget.attrs.setdefault("class", looks)
            identity = f"id_{self.add_prefix(name)}"
            told = f"{identity}_helptext {identity}_error" if asked.help_text else ""
            asked.widget.attrs.setdefault("aria-describedby", told or f"{identity}_error")


class SectionForm(_Plain):
    """The answers of a section that are given once; those named in ANSWERS are columns."""

    def __init__(self, *args: Any, filing: Filing, **kwargs: Any) -> None:
        self.filing = filing
        super().__init__(*args, **kwargs)

    @classmethod
    def columns(cls) -> list[str]:
        return [name for name in cls.base_fields if name in ANSWERS]


class RowForm(_Plain):
    """One row of a repeating group."""


@dataclass(frozen=True)
class Group:
    """Rows of one kind: founders, branches, projects."""

    name: str
    title: str | Promise
    # What one row is called, and what the button that adds one says.
    one: str | Promise
    add: str | Promise
    form: type[RowForm]
    # Empty rows shown where there are none yet.
    shown: int = 0


@dataclass(frozen=True)
class Part:
    """Something that must be there before a filing is complete."""

    # A column, or a name of its own; it stands in `Filing.incomplete` and names the field.
    name: str
    label: str | Promise
    is_given: Callable[[Filing], bool]


def _no_columns(_answers: Mapping[str, Any]) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Section:
    code: str
    title: str | Promise
    form: type[SectionForm]
    groups: tuple[Group, ...] = ()
    parts: tuple[Part, ...] = ()
    # A sentence above the questions.
    about: str | Promise = ""
    # The sections of the full form whose reasons of return are shown here too.
    covers: tuple[str, ...] = ()
    # Columns that follow from the section's further answers, as they stand after a save.
    computed: Callable[[Mapping[str, Any]], dict[str, Any]] = _no_columns
    # Whether the page shows first what the state registration holds.
    shows_held: bool = field(default=False)

    @property
    def columns(self) -> list[str]:
        return self.form.columns()

    def missing(self, filing: Filing) -> list[Part]:
        return [part for part in self.parts if not part.is_given(filing)]

    def concerns(self, code: str) -> bool:
        """Whether a reason of return about that section of the full form is shown here."""
        return bool(code) and (code == self.code or code in self.covers)


def column(name: str, label: str | Promise) -> Part:
    """A part that is a column."""
    return Part(name, label, lambda filing: is_given(filing, name))


def reachable(label: str | Promise) -> Part:
    """An e-mail or a phone: one of the two is enough."""
    return Part("email", label, lambda filing: bool(filing.email or filing.phone))


def answers_in(filing: Filing, code: str) -> Mapping[str, Any]:
    """The further answers of a section."""
    found: Mapping[str, Any] = filing.details.get(code, {})
    return found
