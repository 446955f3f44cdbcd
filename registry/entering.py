"""What a row of an extract makes of an organisation: a new one, or new facts on one held."""

from __future__ import annotations

from registry.comparison import ATTRIBUTES, Comparison
from registry.facts import ExtractFacts
from registry.lines import Line
from registry.models import Contact, Extract, Organisation
from registry.names import derive
from registry.states import EntryKind


def new_organisation(facts: ExtractFacts, number: str, extract: Extract) -> Organisation:
    """The organisation that a row describes; does not save."""
    organisation = Organisation(
        number=number,
        region_id=facts.region_id,
        quality=sorted(facts.quality),
        as_of_on=facts.as_of_on,
        last_seen_extract=extract,
        **{attribute: getattr(facts, attribute) for attribute in ATTRIBUTES.values()},
    )
    derive(organisation)
    return organisation


def first_line(organisation: Organisation, facts: ExtractFacts) -> Line:
    """The line that enters an organisation: every fact from nothing."""
    stated = {name: getattr(organisation, attribute) for name, attribute in ATTRIBUTES.items()}
    personal = {name: stated.pop(name) for name in ("address", "head_name")}
    for kind in Contact.Kind.values:
        personal[kind] = "; ".join(contact.value for contact in facts.contacts_of(kind))
    return Line(
        organisation.pk,
        EntryKind.ADDED,
        {name: (None, value) for name, value in stated.items() if value is not None},
        {name: value for name, value in personal.items() if value},
    )


def apply(comparison: Comparison, extract: Extract) -> None:
    """Set what the row changes on the organisation; does not save."""
    organisation = comparison.organisation
    for name, (_held, stated) in comparison.changed.items():
        organisation.field_sources.pop(name, None)
        if name in ATTRIBUTES:
            setattr(organisation, ATTRIBUTES[name], stated)
        elif name == "quality":
            organisation.quality = stated
    organisation.taken_out_at = None
    if "place" in comparison.changed:
        organisation.region_id = comparison.facts.region_id
    organisation.as_of_on = comparison.facts.as_of_on
    organisation.last_seen_extract = extract
    derive(organisation)
