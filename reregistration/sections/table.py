"""Which sections does a filing have? The one table; the pages, the check and the desk read it."""

from __future__ import annotations

from reregistration.models import Filing
from reregistration.sections.activity import ACTIVITY
from reregistration.sections.addresses import ADDRESSES
from reregistration.sections.branches import BRANCHES
from reregistration.sections.contacts import CONTACTS
from reregistration.sections.ending import CLOSURE, NOT_AN_NGO
from reregistration.sections.founders import FOUNDERS
from reregistration.sections.identity import IDENTITY
from reregistration.sections.income import INCOME
from reregistration.sections.management import MANAGEMENT
from reregistration.sections.projects import PROJECTS
from reregistration.sections.property import PROPERTY
from reregistration.sections.section import Part, Section
from reregistration.sections.short import BASICS, YEAR
from reregistration.sections.spending import SPENDING
from reregistration.sections.unchanged import FIGURES, HELD
from reregistration.states import FilingKind

SHORT = (BASICS, YEAR)
FULL = (
    IDENTITY,
    ADDRESSES,
    CONTACTS,
    MANAGEMENT,
    FOUNDERS,
    ACTIVITY,
    BRANCHES,
    PROPERTY,
    INCOME,
    SPENDING,
    PROJECTS,
)
BY_KIND: dict[str, tuple[Section, ...]] = {
    FilingKind.UNCHANGED: (HELD, FIGURES),
    FilingKind.CLOSED: (CLOSURE,),
    FilingKind.NOT_AN_NGO: (NOT_AN_NGO,),
}
ALL = {section.code: section for section in (*SHORT, *FULL, *sum(BY_KIND.values(), ()))}


def sections_of(filing: Filing) -> tuple[Section, ...]:
    """The sections that the filing answers, in the order of the form."""
    if filing.kind == FilingKind.DETAILS:
        return SHORT if filing.is_short else FULL
    return BY_KIND[filing.kind]


def missing_parts(filing: Filing) -> list[tuple[Section, Part]]:
    """What must still be there before the filing is complete, with where it is asked."""
    return [(section, part) for section in sections_of(filing) for part in section.missing(filing)]


def label_of_part(name: str) -> str:
    """What a name in `Filing.incomplete` means; an unknown one stands for itself."""
    found = (part.label for section in ALL.values() for part in section.parts if part.name == name)
    return str(next(found, name))
