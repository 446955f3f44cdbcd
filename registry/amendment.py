"""What does an accepted filing change in the register, and what does it only declare?"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from registry.calendar import day_of, end_of
from registry.comparison import recorded_at
from registry.facts import (
    PERSONAL_FIELDS,
    STATE_OWNED_FIELDS,
    FiledFacts,
    email_of,
    phone_of,
    same_text,
)
from registry.models import AnnualFigures, Contact, Difference, Organisation
from registry.states import Source

# Facts kept in the organisation's own columns; extracts carry employees too.
_COLUMNS = ("name_en", "employees", "volunteers")


@dataclass(slots=True)
class Amendment:
    """What the filing does to the register. All pairs are (held, stated)."""

    # For the line of what changed.
    changed: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    personal: dict[str, str] = field(default_factory=dict)
    # For the line of what was only declared.
    declared: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    declared_personal: dict[str, str] = field(default_factory=dict)
    # What opens a difference: everything declared, and what newer facts outweigh.
    differing: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    # Rows and columns to write.
    columns: dict[str, Any] = field(default_factory=dict)
    sources: dict[str, dict[str, str]] = field(default_factory=dict)
    contacts: list[Contact] = field(default_factory=list)
    areas_begun: list[str] = field(default_factory=list)
    areas_ended: list[str] = field(default_factory=list)
    money_differs: bool = False


def compare(
    organisation: Organisation, facts: FiledFacts, *, source: str, at: datetime
) -> Amendment:
    """Compare a filing with the register. Reads at most four queries, writes nothing."""
    amendment = Amendment()
    origin = {"source": source, "at": facts.filed_at.isoformat()}
    _compare_columns(amendment, organisation, facts, origin)
    _compare_contacts(amendment, organisation, facts, origin, at)
    _compare_areas(amendment, organisation, facts, origin)
    _compare_money(amendment, organisation, facts)
    _compare_state_owned(amendment, organisation, facts, source)
    return amendment


def _newer_stands(organisation: Organisation, name: str, filed_at: datetime) -> bool:
    """Whether the register holds that fact as of a moment after the submission."""
    moment = recorded_at(organisation, name)
    if moment is not None:
        return moment > filed_at
    # Of these columns an extract carries employees alone.
    return name == "employees" and end_of(organisation.as_of_on) > filed_at


def _compare_columns(
    amendment: Amendment, organisation: Organisation, facts: FiledFacts, origin: dict[str, str]
) -> None:
    for name in _COLUMNS:
        held, stated = getattr(organisation, name), getattr(facts, name)
        if name == "name_en":
            stated = " ".join(stated.split())
        if stated is None or stated == "":
            continue
        if held != stated and _newer_stands(organisation, name, facts.filed_at):
            amendment.differing[name] = (held, stated)
            continue
        amendment.sources[name] = origin
        if held != stated:
            amendment.columns[name] = stated
            amendment.changed[name] = (held, stated)


def _compare_contacts(
    amendment: Amendment,
    organisation: Organisation,
    facts: FiledFacts,
    origin: dict[str, str],
    at: datetime,
) -> None:
    held = list(organisation.contacts.all())
    email, phone = email_of(facts.email), phone_of(facts.phone) or facts.phone.strip()
    for kind, value, raw in (
        (Contact.Kind.EMAIL, email, facts.email),
        (Contact.Kind.PHONE, phone, facts.phone),
    ):
        if not value:
            # A form without an address takes none away.
            continue
        moment = recorded_at(organisation, kind)
        if moment is not None and moment > facts.filed_at:
            continue
        live = [c for c in held if c.kind == kind and c.retired_at is None]
        if [c.value for c in live] != [value]:
            amendment.personal[kind] = value
        elif live[0].source == Source.FILING:
            continue
        amendment.sources[kind] = origin
        amendment.contacts += _replacing(organisation, live, kind, value, raw, facts, at)


def _replacing(
    organisation: Organisation,
    live: list[Contact],
    kind: Contact.Kind,
    value: str,
    raw: str,
    facts: FiledFacts,
    at: datetime,
) -> list[Contact]:
    """The filing's address, and the older ones of its kind as replaced."""
    older = [contact for contact in live if contact.value != value]
    for contact in older:
        contact.retired_at = at
    stated = Contact(
        organisation=organisation,
        kind=kind,
        value=value,
        raw=raw,
        is_usable=kind == Contact.Kind.EMAIL or phone_of(raw) is not None,
        source=Source.FILING,
        as_of_on=day_of(facts.filed_at),
    )
    return [stated, *older]


def _compare_areas(
    amendment: Amendment, organisation: Organisation, facts: FiledFacts, origin: dict[str, str]
) -> None:
    if _newer_stands(organisation, "activity_areas", facts.filed_at):
        return
    held = set(organisation.activity_areas.values_list("pk", flat=True))
    stated = set(facts.activity_areas)
    amendment.sources["activity_areas"] = origin
    amendment.areas_begun = sorted(stated - held)
    amendment.areas_ended = sorted(held - stated)
    if held != stated:
        amendment.changed["activity_areas"] = (sorted(held), sorted(stated))


def _compare_money(amendment: Amendment, organisation: Organisation, facts: FiledFacts) -> None:
    if facts.income is None or facts.spending is None:
        return
    held = AnnualFigures.objects.filter(organisation=organisation, year=facts.year).first()
    if held and held.as_of_at > facts.filed_at:
        return
    before = _sums(held.income, held.spending) if held else None
    after = _sums(facts.income, facts.spending)
    if before != after:
        amendment.money_differs = True
        amendment.changed[f"figures_{facts.year}"] = (before, after)


def _sums(income: Decimal, spending: Decimal) -> dict[str, str]:
    return {"income": f"{income:.2f}", "spending": f"{spending:.2f}"}


def _compare_state_owned(
    amendment: Amendment, organisation: Organisation, facts: FiledFacts, source: str
) -> None:
    differing = {}
    for name in STATE_OWNED_FIELDS:
        held, stated = getattr(organisation, name), " ".join(getattr(facts, name).split())
        if stated and not same_text(held, stated):
            differing[name] = (held, stated)
    if not differing:
        return
    declared_before = set(
        Difference.objects.filter(organisation=organisation, source=source).values_list(
            "field", flat=True
        )
    )
    for name, pair in differing.items():
        if name in declared_before:
            continue
        amendment.differing[name] = pair
        if name in PERSONAL_FIELDS:
            amendment.declared_personal[name] = pair[1]
        else:
            amendment.declared[name] = pair
