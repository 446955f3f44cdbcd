"""At which addresses is an organisation reached?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import F, Q

from registry.models import Contact, Organisation

# What one can write to or call: neither unusable, nor bounced, nor replaced.
USABLE = Q(is_usable=True, bounced_at__isnull=True, retired_at__isnull=True)


def usable_emails(organisations: Iterable[Organisation | int]) -> dict[int, list[Contact]]:
    """The e-mail addresses to write to, by the organisation's id: verified ones first, then newest.

    Leaves out what is unusable, has bounced or was replaced. One query for any number of
    organisations; one without an address has an empty list.
    """
    return _usable(Contact.Kind.EMAIL, organisations)


def usable_phones(organisations: Iterable[Organisation | int]) -> dict[int, list[Contact]]:
    """The phones to call, in the same shape and order, landlines among them."""
    return _usable(Contact.Kind.PHONE, organisations)


def _usable(
    kind: Contact.Kind, organisations: Iterable[Organisation | int]
) -> dict[int, list[Contact]]:
    ids = [o.pk if isinstance(o, Organisation) else o for o in organisations]
    found: dict[int, list[Contact]] = {organisation_id: [] for organisation_id in ids}
    contacts = Contact.objects.filter(USABLE, organisation_id__in=ids, kind=kind).order_by(
        F("verified_at").desc(nulls_last=True), "-as_of_on", "-id"
    )
    for contact in contacts:
        found[contact.organisation_id].append(contact)
    return found


def masked(email: str) -> str:
    """An address as a stranger may see it: its first sign and its domain, i***@mail.kz."""
    name, _at, domain = email.rpartition("@")
    return f"{name[:1]}***@{domain}"


def note_bounce(organisation_id: int, value: str, *, at: datetime) -> bool:
    """Note that what went to this address or number came back; True if it was news.

    Safe to repeat: the first bounce stands. An address that the register does not hold (a
    representative's own) changes nothing.
    """
    noted = Contact.objects.filter(
        organisation_id=organisation_id,
        value=value.strip().lower(),
        bounced_at__isnull=True,
    ).update(bounced_at=at)
    return noted == 1


def verify(contact: Contact, *, at: datetime) -> bool:
    """Note that a person proved to own this address; True if it was news.

    Proof ends a bounce noted before. Safe to repeat: the first proof stands unless mail came back
    after it.
    """
    fresh = Contact.objects.filter(pk=contact.pk)
    noted = fresh.filter(verified_at__isnull=True) | fresh.filter(bounced_at__isnull=False)
    changed = noted.update(verified_at=at, bounced_at=None) == 1
    contact.refresh_from_db(fields=["verified_at", "bounced_at"])
    return changed


def current(organisation: Organisation) -> dict[str, str]:
    """The present usable address of each kind, the first one to write to: {"email": ...}."""
    found: dict[str, str] = {}
    contacts = organisation.contacts.filter(USABLE).order_by(
        F("verified_at").desc(nulls_last=True), "-as_of_on", "-id"
    )
    for contact in contacts:
        found.setdefault(contact.kind, contact.value)
    return found
