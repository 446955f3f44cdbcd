"""Undoing an import: whole or not at all, by lines that put back what was.

Nothing is deleted: each organisation that the extract changed gets a line with the values that it
had, each that it entered a line that takes it out. Its number stays its own, and an extract that
names it again brings it back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.refusals import Refused
from registry import before, lines
from registry.calendar import day_of
from registry.comparison import ATTRIBUTES
from registry.facts import PERSONAL_FIELDS
from registry.imports import built_on
from registry.imports.extract import Progress, lock_out_others
from registry.lines import Line
from registry.models import BeforeImport, Contact, Difference, Extract, Organisation
from registry.names import DERIVED_FIELDS, derive
from registry.register import source_of
from registry.states import EntryKind

_SLICE = 1000
_SAMPLES = 5
_Touch = BeforeImport.Touch


@dataclass(slots=True)
class Preview:
    """What an undo would do, and what stands in its way."""

    taken_out: int
    put_back: int
    seen: int
    obstacles: list[str]
    # The first few, each as (organisation, what changes back).
    samples: dict[str, list[tuple[Organisation, str]]] = field(default_factory=dict)


def preview(extract: Extract) -> Preview:
    """What an undo of the import would do now; writes nothing."""
    kept = extract.before
    return Preview(
        taken_out=kept.filter(touch=_Touch.ENTERED).count(),
        put_back=kept.filter(touch=_Touch.CHANGED).count(),
        seen=kept.filter(touch=_Touch.SEEN).count(),
        obstacles=built_on.obstacles(extract),
        samples={
            "taken_out": [(row.organisation, "") for row in _first(extract, _Touch.ENTERED)],
            "put_back": [
                (row.organisation, _differences(row)) for row in _first(extract, _Touch.CHANGED)
            ],
        },
    )


@transaction.atomic
def undo(extract: Extract, *, by: User, at: datetime, decision: str, progress: Progress) -> int:
    """Put back what the register held before the import. Returns how many organisations changed.

    Refuses what `built_on` finds, read again under the locks of an import, and what was undone
    already: so of two at once one undoes. Organisations stay locked until the end.
    """
    lock_out_others(commit=True)
    fresh = Extract.objects.select_for_update(of=("self",)).get(pk=extract.pk)
    for sentence in built_on.obstacles(fresh):
        raise Refused(sentence)
    kept = fresh.before.order_by("organisation_id")
    done, all_ = 0, kept.count()
    for touch in (_Touch.ENTERED, _Touch.CHANGED, _Touch.SEEN):
        ids = list(kept.filter(touch=touch).values_list("pk", flat=True))
        for start in range(0, len(ids), _SLICE):
            rows = list(kept.filter(pk__in=ids[start : start + _SLICE]))
            _put_back(rows, touch, fresh, _Undo(by, at, decision))
            done += len(rows)
            progress(done, done / all_)
    built_on.signs_of(fresh).filter(resolved_at__isnull=True).update(
        resolved_at=at, resolved_by=by, resolution=_("The import that noted it was undone.")
    )
    Difference.objects.filter(
        source=source_of(fresh), opened_at=fresh.imported_at, resolved_at__isnull=True
    ).update(resolved_at=at, resolved_by=by)
    fresh.undone_at, fresh.undone_by = at, by
    fresh.save(update_fields=["undone_at", "undone_by"])
    changed = kept.exclude(touch=_Touch.SEEN).count()
    fresh.before.all().delete()
    return changed


@dataclass(frozen=True, slots=True)
class _Undo:
    by: User
    at: datetime
    decision: str


def _put_back(rows: Sequence[BeforeImport], touch: str, extract: Extract, undo_: _Undo) -> None:
    organisations = Organisation.objects.in_bulk([row.organisation_id for row in rows])
    if touch == _Touch.ENTERED:
        _take_out(list(organisations.values()), extract, undo_)
        return
    written = []
    for row in rows:
        organisation = organisations[row.organisation_id]
        was = {name: getattr(organisation, name) for name in before.COLUMNS}
        before.restore(organisation, row.held)
        if touch == _Touch.CHANGED:
            derive(organisation)
            written.append(_line(organisation, was))
    if touch == _Touch.SEEN:
        _save(organisations, before.SEEN_COLUMNS)
        return
    adopted = [line.organisation_id for line in written if "bin" in line.changed]
    _save(organisations, (*before.COLUMNS, *DERIVED_FIELDS))
    Organisation.objects.bulk_update([organisations[pk] for pk in adopted], ["bin"])
    personal = _restore_contacts(rows, undo_.at)
    _write(
        [
            Line(
                line.organisation_id,
                line.kind,
                line.changed,
                {**line.personal, **personal.get(line.organisation_id, {})},
            )
            for line in written
        ],
        extract,
        undo_,
    )


def _take_out(organisations: Sequence[Organisation], extract: Extract, undo_: _Undo) -> None:
    ids = [row.pk for row in organisations]
    Organisation.objects.filter(pk__in=ids).update(taken_out_at=undo_.at)
    out = {"taken_out": (None, day_of(undo_.at))}
    _write([Line(pk, EntryKind.TAKEN_OUT, out) for pk in sorted(ids)], extract, undo_)


def _line(organisation: Organisation, was: dict[str, Any]) -> Line:
    """The values that it had, from those that the import wrote."""
    facts = {**ATTRIBUTES, "quality": "quality"}
    pairs = {name: (was[column], getattr(organisation, column)) for name, column in facts.items()}
    changed = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
    if organisation.taken_out_at:
        changed["taken_out"] = (None, day_of(organisation.taken_out_at))
    return Line(
        organisation.pk,
        EntryKind.REVERTED,
        {name: pair for name, pair in changed.items() if name not in PERSONAL_FIELDS},
        {name: pair[1] for name, pair in changed.items() if name in PERSONAL_FIELDS},
    )


def _restore_contacts(rows: Sequence[BeforeImport], at: datetime) -> dict[int, dict[str, str]]:
    """Those of before as they were, those that came retired. Returns the values that hold again."""
    held = {row.organisation_id: row.contacts for row in rows if row.contacts is not None}
    known = {
        (pk, contact["kind"], contact["value"]): contact
        for pk, contacts in held.items()
        for contact in contacts
    }
    changed = []
    for contact in Contact.objects.filter(organisation__in=held).order_by("pk"):
        was = known.get((contact.organisation_id, contact.kind, contact.value))
        if was is None:
            contact.retired_at = contact.retired_at or at
        else:
            for name in before.CONTACT_COLUMNS:
                field_ = Contact._meta.get_field(name)
                setattr(contact, name, field_.to_python(was[name]))  # type: ignore[union-attr]
        changed.append(contact)
    Contact.objects.bulk_update(changed, before.CONTACT_COLUMNS, batch_size=_SLICE)
    return {
        pk: {
            kind: "; ".join(
                sorted(c["value"] for c in contacts if c["kind"] == kind and not c["retired_at"])
            )
            for kind in Contact.Kind.values
        }
        for pk, contacts in held.items()
    }


def _save(organisations: dict[int, Organisation], columns: Sequence[str]) -> None:
    # As `register.change` does it: quick for many, and the unique BIN apart.
    rows = [organisations[pk] for pk in sorted(organisations)]
    names = [name.removesuffix("_id") for name in columns if name != "bin"]
    Organisation.objects.bulk_create(
        rows,
        batch_size=_SLICE,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=names,
    )


def _write(written: Sequence[Line], extract: Extract, undo_: _Undo) -> None:
    lines.write(
        written, source=source_of(extract), decision=undo_.decision, by=undo_.by, at=undo_.at
    )


def _first(extract: Extract, touch: str) -> QuerySet[BeforeImport]:
    rows = extract.before.filter(touch=touch).select_related("organisation")
    return rows.order_by("organisation_id")[:_SAMPLES]


def _differences(row: BeforeImport) -> str:
    """The names of the facts that change back."""
    was = {name: getattr(row.organisation, name) for name in before.COLUMNS}
    wanted = Organisation(pk=row.organisation_id)
    before.restore(wanted, row.held)
    names = [name for name, column in ATTRIBUTES.items() if was[column] != getattr(wanted, column)]
    return ", ".join([*names, *(["contacts"] if row.contacts is not None else [])])
