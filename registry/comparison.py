"""Where does a row of an extract differ from what the register holds, and may it change it?

An extract changes a fact only when its day is later than the accepted filing, or the person, that
wrote the fact; else the difference is left to people (`Difference`). Pure: nothing is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from registry.calendar import day_of, end_of
from registry.facts import PERSONAL_FIELDS, ExtractFacts, StatedContact
from registry.models import Contact, Organisation
from registry.states import Quality, Source

# A fact's name in lines and field_sources, and the attribute that holds it.
ATTRIBUTES = {
    "bin": "bin",
    "name_kk": "name_kk",
    "name_ru": "name_ru",
    "legal_form": "legal_form_id",
    "registered_on": "registered_on",
    "place": "place_id",
    "address": "address",
    "head_name": "head_name",
    "employees": "employees",
    "status": "status",
}


@dataclass(slots=True)
class Comparison:
    """One organisation beside its row. All pairs are (held, stated)."""

    organisation: Organisation
    facts: ExtractFacts
    changed: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    # Contacts to write: new, back again, or replaced.
    contacts: list[Contact] = field(default_factory=list)
    # Differs, but something newer stands in the register.
    withheld: dict[str, tuple[Any, Any]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether the register changes."""
        return bool(self.changed or self.contacts)

    @property
    def open_changes(self) -> dict[str, tuple[Any, Any]]:
        return {k: pair for k, pair in self.changed.items() if k not in PERSONAL_FIELDS}

    @property
    def personal_changes(self) -> dict[str, str]:
        return {k: stated for k, (_, stated) in self.changed.items() if k in PERSONAL_FIELDS}


def recorded_at(organisation: Organisation, name: str) -> datetime | None:
    """When a filing or a person stated the fact that the register holds; None: an extract did."""
    source = organisation.field_sources.get(name)
    return datetime.fromisoformat(source["at"]) if source else None


def compare(
    organisation: Organisation, contacts: Sequence[Contact], facts: ExtractFacts, *, at: datetime
) -> Comparison:
    """What the row changes. A row older than what the register holds changes nothing; one that
    names an organisation that was taken out brings it back."""
    comparison = Comparison(organisation, facts)
    # What is held of one that was taken out came with an import that was undone: any row is news.
    if facts.as_of_on < organisation.as_of_on and not organisation.taken_out_at:
        return comparison
    if organisation.taken_out_at:
        comparison.changed["taken_out"] = (day_of(organisation.taken_out_at), None)
    place_id, quality = _place_and_quality(organisation, facts)
    for name, attribute in ATTRIBUTES.items():
        held = getattr(organisation, attribute)
        stated = place_id if name == "place" else getattr(facts, attribute)
        if held != stated:
            _outcome(comparison, name)[name] = (held, stated)
    for kind in Contact.Kind.values:
        _compare_contacts(
            comparison,
            kind,
            [contact for contact in contacts if contact.kind == kind],
            facts.contacts_of(kind),
            at,
        )
    if sorted(organisation.quality) != quality:
        comparison.changed["quality"] = (sorted(organisation.quality), quality)
    return comparison


def _outcome(comparison: Comparison, name: str) -> dict[str, tuple[Any, Any]]:
    """Where a difference in that fact belongs: among the changes or the withheld."""
    moment = recorded_at(comparison.organisation, name)
    newer_stands = moment is not None and moment >= end_of(comparison.facts.as_of_on)
    return comparison.withheld if newer_stands else comparison.changed


def _place_and_quality(organisation: Organisation, facts: ExtractFacts) -> tuple[str, list[str]]:
    """A place cut to six digits takes nothing from a fuller one within it that we hold."""
    quality = set(facts.quality)
    if Quality.SHORT_PLACE in quality and organisation.place_id[:6] == facts.place_id[:6]:
        if Quality.SHORT_PLACE not in organisation.quality:
            quality.discard(Quality.SHORT_PLACE)
        return organisation.place_id, sorted(quality)
    return facts.place_id, sorted(quality)


def _compare_contacts(
    comparison: Comparison,
    kind: str,
    held: list[Contact],
    stated: list[StatedContact],
    at: datetime,
) -> None:
    """An extract adds its own contacts and replaces its own; never one that a filing gave."""
    values = {contact.value for contact in stated}
    live = {contact.value for contact in held if contact.retired_at is None}
    pair = ("; ".join(sorted(live)), "; ".join(sorted(values)))
    outcome = _outcome(comparison, kind)
    if outcome is comparison.withheld:
        if values - live:
            outcome[kind] = pair
        return
    known = {contact.value: contact for contact in held}
    filed = kind in comparison.organisation.field_sources
    # What a filing replaced stays replaced, however often an extract repeats it.
    missing = [s for s in stated if s.value not in (known if filed else live)]
    gone = [
        contact
        for contact in held
        if contact.source == Source.EXTRACT
        and contact.retired_at is None
        and contact.value not in values
    ]
    for contact in gone:
        contact.retired_at = at
    added = [_contact(comparison, contact) for contact in missing]
    if added or gone:
        comparison.contacts += [*added, *gone]
        comparison.changed[kind] = pair


def _contact(comparison: Comparison, stated: StatedContact) -> Contact:
    return Contact(
        organisation_id=comparison.organisation.pk,
        kind=stated.kind,
        value=stated.value,
        raw=stated.raw,
        is_usable=stated.is_usable,
        source=Source.EXTRACT,
        as_of_on=comparison.facts.as_of_on,
    )
