"""Is this document real, and is it ours? What anybody may ask of a number.

The answer is the document's kind, its date and its region. Whose it is, the page never says: it
only confirms the BIN or register number that the reader types, and a wrong one is answered like
another's.
"""

from __future__ import annotations

import re
import secrets
from typing import Any

from django.conf import settings

from notices.models import IssuedDocument
from notices.states import DocumentKind
from registry import seals
from registry.models import Standing
from registry.states import StandingState

# As they are typed from paper: Cyrillic letters that look the same, any case, any dash or none.
_LOOK_ALIKES = str.maketrans("СРӨВ", "CPOB")
# Of notices, filings, certificates, referrals; of grants: applications, awards, protocols.
_NUMBER = re.compile(r"([NFCDGWB])[-‐‑–—]?([0-9]{7,10})")
_REGISTER_NUMBER = re.compile(r"([RР])[-‐‑–—]?([0-9]{7,10})")


def normalised(typed: str) -> str:
    """The number as the portal writes it; "" where the text cannot be a document's number."""
    found = _NUMBER.fullmatch(_bare(typed).translate(_LOOK_ALIKES))
    return f"{found[1]}-{found[2]}" if found else ""


def issued(number: str) -> IssuedDocument | None:
    """The document of that number, as it is printed on it."""
    return (
        IssuedDocument.objects.select_related("organisation__region").filter(number=number).first()
    )


def belongs(document: IssuedDocument, typed: str) -> bool:
    """Whether what was typed is the BIN or the register number of the document's organisation."""
    organisation = document.organisation
    bare = _bare(typed)
    register_number = _REGISTER_NUMBER.fullmatch(bare)
    asked = f"R-{register_number[2]}" if register_number else bare
    known = [organisation.number, *([organisation.bin] if organisation.bin else [])]
    return any(secrets.compare_digest(asked.encode(), own.encode()) for own in known)


def holds_no_more(document: IssuedDocument) -> bool:
    """Whether it is a certificate whose re-registration was taken back, or done anew since.

    Read from what stands: the organisation's standing in that campaign, and a later certificate.
    """
    campaign = document.facts.get("campaign")
    if document.kind != DocumentKind.CERTIFICATE or not campaign:
        return False
    later = IssuedDocument.objects.filter(
        organisation=document.organisation_id,
        kind=DocumentKind.CERTIFICATE,
        pk__gt=document.pk,
        facts__campaign=campaign,
    )
    taken_back = Standing.objects.filter(
        organisation=document.organisation_id, campaign=campaign
    ).exclude(state=StandingState.FULFILLED)
    return taken_back.exists() or later.exists()


def proof(document: IssuedDocument) -> dict[str, Any] | None:
    """The proof that the document's line is in the ledger; None until it is sealed, in the night
    after it was issued. Holds hashes, and nothing of what the document says."""
    found = seals.of_row(document)
    if found is None:
        return None
    return {"document": document.number, **found, "seals": f"{settings.PORTAL_URL}/seals.json"}


def _bare(typed: str) -> str:
    return re.sub(r"\s", "", typed).upper()
