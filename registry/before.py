"""What the register held before an extract touched it, kept by the door for an undo.

Beside the lines, not in them: they commit to personal values, and only say the new ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import QuerySet

from registry.comparison import ATTRIBUTES, Comparison
from registry.models import BeforeImport, Contact, Extract, Organisation

_BATCH = 2000
_Touch = BeforeImport.Touch
SEEN_COLUMNS = ("as_of_on", "last_seen_extract_id")
COLUMNS = (
    *ATTRIBUTES.values(),
    "region_id",
    "quality",
    "field_sources",
    "taken_out_at",
    *SEEN_COLUMNS,
)
# What an import may change of a contact.
CONTACT_COLUMNS = ("raw", "is_usable", "source", "as_of_on", "retired_at")


def keep_entered(organisations: Sequence[Organisation], *, extract: Extract) -> None:
    """Note that the extract entered these organisations: nothing was held of them."""
    _keep(
        BeforeImport(extract=extract, organisation=row, touch=_Touch.ENTERED)
        for row in organisations
    )


def keep_changed(comparisons: Sequence[Comparison], *, extract: Extract) -> None:
    """Keep what is held of organisations that the extract is about to change."""
    with_contacts = [c.organisation.pk for c in comparisons if c.contacts]
    contacts: dict[int, list[dict[str, Any]]] = {pk: [] for pk in with_contacts}
    names = ("organisation_id", "kind", "value", *CONTACT_COLUMNS)
    for found in Contact.objects.filter(organisation__in=with_contacts).values(*names):
        contacts[found.pop("organisation_id")].append(_plain(found))
    _keep(
        BeforeImport(
            extract=extract,
            organisation=row.organisation,
            touch=_Touch.CHANGED,
            held=_plain({name: getattr(row.organisation, name) for name in COLUMNS}),
            contacts=contacts.get(row.organisation.pk),
        )
        for row in comparisons
    )


def keep_seen(organisations: QuerySet[Organisation], *, extract: Extract) -> None:
    """Keep when these were last seen: the extract names them, and changes nothing else."""
    _keep(
        BeforeImport(extract=extract, organisation_id=pk, touch=_Touch.SEEN, held=_plain(held))
        for pk, held in (
            (found.pop("pk"), found) for found in organisations.values("pk", *SEEN_COLUMNS)
        )
    )


def restore(organisation: Organisation, held: dict[str, Any]) -> None:
    """Set what was held; does not save."""
    for name, value in held.items():
        field = Organisation._meta.get_field(name.removesuffix("_id"))
        setattr(organisation, name, value if name.endswith("_id") else field.to_python(value))  # type: ignore[union-attr]


def _keep(rows: Iterable[BeforeImport]) -> None:
    # What was held first is what was before.
    BeforeImport.objects.bulk_create(list(rows), batch_size=_BATCH, ignore_conflicts=True)


def _plain(held: dict[str, Any]) -> dict[str, Any]:
    """As JSON holds it, and apart from the row, whose lists change."""
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else _copy(value)
        for name, value in held.items()
    }


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return dict(value)
    return list(value) if isinstance(value, list) else value
