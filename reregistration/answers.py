"""A filing's answers in words, for the page before submission, the receipt and comparisons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from registry.models import Organisation
from reregistration import tasklist
from reregistration.models import Filing
from reregistration.sections import words
from reregistration.sections.section import Part, Section
from reregistration.sections.table import label_of_part, sections_of
from reregistration.states import AttachmentKind


@dataclass(frozen=True)
class Told:
    """A section of a filing in words."""

    section: Section
    url: str
    lines: list[tuple[str, str]]
    missing: list[Part]


def label_of(name: str) -> str:
    """What the form and the register call this answer."""
    field: Any = Filing._meta.get_field(name)
    return capfirst(str(field.verbose_name))


def by_section(filing: Filing) -> list[Told]:
    """Every section with its answers; what must be there and was not given says so."""
    return [
        Told(
            section,
            tasklist.address(filing, section),
            words.told(section, filing),
            section.missing(filing),
        )
        for section in sections_of(filing)
    ]


def told(filing: Filing) -> list[tuple[str, str]]:
    """The whole filing in lines: what it answers, each answer, what was missing."""
    kind = capfirst(str(filing.get_kind_display()))
    lines = [(_("What it answers"), kind)]
    lines += [line for part in by_section(filing) for line in part.lines]
    if filing.incomplete:
        lines.append((_("Missing when it was submitted"), missing_in_words(filing)))
    return lines


def missing_in_words(filing: Filing) -> str:
    """The parts that were missing at submission."""
    papers = dict(AttachmentKind.choices)
    return "; ".join(
        str(papers[name]) if name in papers else label_of_part(name) for name in filing.incomplete
    )


def held(organisation: Organisation) -> list[tuple[str, str]]:
    """What the state registration holds of an organisation, as the form shows it."""
    lines = [
        (_("Name in Kazakh"), organisation.name_kk),
        (_("Name in Russian"), organisation.name_ru),
        (_("BIN"), organisation.bin or ""),
        (_("Legal form"), organisation.legal_form.name),
        (_("Registered on"), date_format(organisation.registered_on)),
        (_("Address of the seat"), organisation.address),
        (_("Head: full name"), organisation.head_name),
    ]
    return [(label, value) for label, value in lines if value]
