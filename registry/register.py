"""The door for every change of an organisation.

An extract enters and changes organisations many at a time; an accepted filing amends one. Each
writes the organisation, its contacts and its lines in one transaction, so that the register and
its history cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.db import transaction

from accounts.models import User
from registry import before, lines
from registry.amendment import Amendment, compare
from registry.comparison import ATTRIBUTES, Comparison
from registry.entering import apply, first_line, new_organisation
from registry.facts import ExtractFacts, FiledFacts
from registry.lines import Line
from registry.models import AnnualFigures, Contact, Difference, Extract, Organisation, RegisterEntry
from registry.names import DERIVED_FIELDS, derive
from registry.sequences import next_numbers
from registry.states import EntryKind, LegalStatus, Source

_BATCH = 2000
_CONTACT_FIELDS = ["raw", "is_usable", "source", "as_of_on", "retired_at"]
_EXTRACT_FIELDS = [
    *(name for name in ATTRIBUTES.values() if name != "bin"),
    *DERIVED_FIELDS,
    "region_id",
    "quality",
    "field_sources",
    "as_of_on",
    "last_seen_extract_id",
    "taken_out_at",
]


@transaction.atomic
def enter(
    facts: Sequence[ExtractFacts], *, extract: Extract, by: User | None, at: datetime
) -> list[Organisation]:
    """Enter organisations that are new to the register, each under a number of its own.

    A BIN that the register holds already is refused by the database; the import looks first.
    """
    numbers = next_numbers("organisation_number", len(facts))
    organisations = [
        new_organisation(stated, f"R-{number:07d}", extract)
        for stated, number in zip(facts, numbers, strict=True)
    ]
    Organisation.objects.bulk_create(organisations, batch_size=_BATCH)
    before.keep_entered(organisations, extract=extract)
    entered = list(zip(organisations, facts, strict=True))
    Contact.objects.bulk_create(
        [
            Contact(
                organisation=organisation,
                kind=contact.kind,
                value=contact.value,
                raw=contact.raw,
                is_usable=contact.is_usable,
                source=Source.EXTRACT,
                as_of_on=stated.as_of_on,
            )
            for organisation, stated in entered
            for contact in stated.contacts
        ],
        batch_size=_BATCH,
    )
    lines.write(
        [first_line(organisation, stated) for organisation, stated in entered],
        source=source_of(extract),
        decision="",
        by=by,
        at=at,
    )
    return organisations


@transaction.atomic
def change(
    comparisons: Sequence[Comparison], *, extract: Extract, by: User | None, at: datetime
) -> None:
    """Write what an extract changes, and open a difference for what it may not.

    The caller holds the organisations locked since it compared them. Safe to repeat: a difference
    is opened once for a field and source, and a second comparison finds nothing to change.
    """
    changed = sorted((c for c in comparisons if c), key=lambda c: c.organisation.pk)
    before.keep_changed(changed, extract=extract)
    for comparison in changed:
        apply(comparison, extract)
    Organisation.objects.bulk_create(
        [comparison.organisation for comparison in changed],
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=[name.removesuffix("_id") for name in _EXTRACT_FIELDS],
    )
    # Apart and last: a statement that names a unique column locks against rows that refer to the
    # organisation, and few adopt a BIN.
    adopting = [c.organisation for c in changed if "bin" in c.changed]
    Organisation.objects.bulk_update(adopting, ["bin"], batch_size=_BATCH)
    _write_contacts([contact for comparison in changed for contact in comparison.contacts])
    lines.write(
        [
            Line(c.organisation.pk, EntryKind.CHANGED, c.open_changes, c.personal_changes)
            for c in changed
        ],
        source=source_of(extract),
        decision="",
        by=by,
        at=at,
    )
    Difference.objects.bulk_create(
        [
            Difference(
                organisation=comparison.organisation,
                field=name,
                held=_text(held),
                stated=_text(stated),
                source=source_of(extract),
                opened_at=at,
            )
            for comparison in comparisons
            for name, (held, stated) in comparison.withheld.items()
        ],
        ignore_conflicts=True,
    )


def note_seen(organisation_ids: Iterable[int], *, extract: Extract) -> None:
    """Note that the extract names these organisations and says nothing new of them.

    Leaves alone those of which the register holds something newer. Safe to repeat.
    """
    seen = Organisation.objects.filter(
        pk__in=list(organisation_ids), as_of_on__lte=extract.as_of_on
    ).exclude(last_seen_extract=extract)
    before.keep_seen(seen, extract=extract)
    seen.update(last_seen_extract=extract, as_of_on=extract.as_of_on)


def note_named(organisation_ids: Iterable[int], *, extract: Extract) -> None:
    """Note that a refused row of the extract names these organisations: not absent, but what the
    register holds is no newer for it."""
    named = Organisation.objects.filter(
        pk__in=list(organisation_ids), as_of_on__lte=extract.as_of_on
    )
    before.keep_seen(named, extract=extract)
    named.update(last_seen_extract=extract)


@transaction.atomic(savepoint=False)
def amend(
    organisation: Organisation,
    facts: FiledFacts,
    *,
    source: str,
    decision: str,
    by: User,
    at: datetime,
) -> list[RegisterEntry]:
    """Write what an accepted filing states, as of the moment it was submitted.

    The caller has locked the organisation in the same transaction. Names, seat and head belong to
    the state registration: where the filing differs they stay, a difference is opened and a line
    records what was declared. A fact of which the register holds something newer stays likewise.
    All else is written. Returns the lines: none when nothing changed. Safe to repeat: the second
    call finds nothing to change and the differences open.
    """
    amendment = compare(organisation, facts, source=source, at=at)
    Difference.objects.bulk_create(
        [
            Difference(
                organisation=organisation,
                field=name,
                held=_text(held),
                stated=_text(stated),
                source=source,
                opened_at=at,
            )
            for name, (held, stated) in amendment.differing.items()
        ],
        ignore_conflicts=True,
    )
    _write_amendment(organisation, facts, amendment, source)
    written = [
        Line(organisation.pk, EntryKind.AMENDED, amendment.changed, amendment.personal),
        Line(organisation.pk, EntryKind.DECLARED, amendment.declared, amendment.declared_personal),
    ]
    return lines.write(
        [line for line in written if line], source=source, decision=decision, by=by, at=at
    )


@transaction.atomic(savepoint=False)
def record_court(
    organisation: Organisation,
    status: LegalStatus,
    *,
    source: str,
    decision: str,
    by: User,
    at: datetime,
) -> list[RegisterEntry]:
    """Write the legal status that a court's decision gives the organisation, and its line.

    The caller has locked the organisation in the same transaction, and two people have read the
    court's paper. An older extract changes nothing of it. Returns the line: none when the register
    says so already. Safe to repeat.
    """
    held = organisation.status
    if held == status:
        return []
    organisation.status = status
    organisation.field_sources["status"] = {"source": source, "at": at.isoformat()}
    organisation.save(update_fields=["status", "field_sources"])
    line = Line(organisation.pk, EntryKind.COURT, {"status": (held, status)})
    return lines.write([line], source=source, decision=decision, by=by, at=at)


def source_of(extract: Extract) -> str:
    """How lines and differences name an extract."""
    return f"extract:{extract.as_of_on.isoformat()}"


def _write_contacts(contacts: Sequence[Contact]) -> None:
    """Write contacts, new and known: an organisation has each address once."""
    for contact in contacts:
        # Known or new is decided by the constraint alone, so that one statement writes all.
        contact.pk = None
    Contact.objects.bulk_create(
        contacts,
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=["organisation", "kind", "value"],
        update_fields=_CONTACT_FIELDS,
    )


def _write_amendment(
    organisation: Organisation, facts: FiledFacts, amendment: Amendment, source: str
) -> None:
    for name, value in amendment.columns.items():
        setattr(organisation, name, value)
    organisation.field_sources.update(amendment.sources)
    derive(organisation)
    organisation.save(
        update_fields=["name_en", "employees", "volunteers", "field_sources", *DERIVED_FIELDS]
    )
    _write_contacts(amendment.contacts)
    through = Organisation.activity_areas.through
    if amendment.areas_ended:
        through._default_manager.filter(
            organisation_id=organisation.pk, activityarea_id__in=amendment.areas_ended
        ).delete()
    through._default_manager.bulk_create(
        through(organisation_id=organisation.pk, activityarea_id=code)
        for code in amendment.areas_begun
    )
    if amendment.money_differs and facts.income is not None and facts.spending is not None:
        AnnualFigures.objects.bulk_create(
            [
                AnnualFigures(
                    organisation=organisation,
                    year=facts.year,
                    income=facts.income,
                    spending=facts.spending,
                    source=source,
                    as_of_at=facts.filed_at,
                )
            ],
            update_conflicts=True,
            unique_fields=["organisation", "year"],
            update_fields=["income", "spending", "source", "as_of_at"],
        )


def _text(value: object) -> str:
    """A value as the data-quality queue shows it."""
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else str(value)
