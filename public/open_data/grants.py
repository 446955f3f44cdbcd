"""A public award as the 360Giving standard (1.4) names its parts.

Names are Russian, else Kazakh: a file has one language, and whoever joins it goes by identifiers.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import override

from grants.models import Programme
from public.models import PublicAward
from registry.bin import without_iin
from registry.folding import fold
from registry.models import Organisation, Region

AREAS = "Law of 12 April 2005 on state social order, article 5"
LONGEST_TITLE = 140
_UNFIT = re.compile(r"[^A-Za-z0-9_.-]+")

Regions = Mapping[str, Region]


def grant(row: PublicAward, regions: Regions) -> dict[str, Any]:
    """All that the standard asks for, and of the rest what is known."""
    title = row.shown_title or row.identifier
    parts = {
        "id": identifier(row),
        "title": title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 1]}…",
        "description": row.shown_description or title,
        "currency": row.currency,
        "amountAwarded": row.amount,
        "amountDisbursed": row.paid,
        "awardDate": row.awarded_on.isoformat(),
        "plannedDates": _planned(row),
        "recipientOrganization": [_recipient(row)],
        "fundingOrganization": [_funder(row)],
        "grantProgramme": _programme(row),
        "beneficiaryLocation": [_location(regions[code]) for code in row.regions],
        "classifications": _classifications(row),
        # Ours come of open calls alone; what came by file does not say.
        "fromOpenCall": None if row.is_past else "Yes",
    }
    return {name: part for name, part in parts.items() if part not in (None, [], "")}


def identifier(row: PublicAward) -> str:
    """The same for ever. What has an identifier of the standard already keeps it."""
    if not row.is_past:
        return ours(row.identifier)
    is_given = row.identifier.startswith("360G-")
    return row.identifier if is_given else ours(f"past-{_fit(row.identifier)}")


def ours(internal: str) -> str:
    """With our prefix, as the standard asks for what no public list numbers."""
    return f"{settings.OPEN_DATA['prefix']}-{internal}"


def _fit(text: str) -> str:
    """Special characters become "_"; what that made alike is kept apart by its fingerprint."""
    fit = _UNFIT.sub("_", text)
    return fit if fit == text else f"{fit}-{_fingerprint(text)}"


def _fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _recipient(row: PublicAward) -> dict[str, Any]:
    if row.organisation:
        return _organisation(row.organisation)
    name = without_iin(row.recipient_name)
    known = without_iin(row.recipient_identifier)
    return {"id": known or ours(f"org-{_fingerprint(fold(name))}"), "name": name}


def _organisation(row: Organisation) -> dict[str, Any]:
    name = row.name_ru or row.name_kk
    with override("ru"):
        page = reverse("organisation", args=[row.number])
    parts = {
        "id": f"KZ-BIN-{row.bin}" if row.bin else ours(row.number),
        "name": name,
        "alternateName": row.name_kk if row.name_kk and row.name_kk != name else None,
        "addressCountry": "KZ",
        "url": f"{settings.PORTAL_URL}{page}",
    }
    return {key: part for key, part in parts.items() if part}


def _funder(row: PublicAward) -> dict[str, Any]:
    if row.programme:
        bin_ = row.programme.funder_bin
        known = f"KZ-BIN-{bin_}" if bin_ else ours(f"funder-{row.programme.code}")
        return {"id": known, "name": row.programme.funder_ru}
    # The standard asks for a payer: one that the source does not name is said not to be named.
    name = without_iin(row.funder_name) or "Не указан"
    return {"id": row.funder_identifier or ours(f"org-{_fingerprint(fold(name))}"), "name": name}


def _programme(row: PublicAward) -> list[dict[str, str]]:
    if row.programme:
        return [_named_programme(row.programme)]
    return [{"title": without_iin(row.programme_name)}] if row.programme_name else []


def _named_programme(row: Programme) -> dict[str, str]:
    return {"code": row.code, "title": row.name_ru}


def _planned(row: PublicAward) -> list[dict[str, str]]:
    dates = {"startDate": row.starts_on, "endDate": row.ends_on}
    known = {name: day.isoformat() for name, day in dates.items() if day}
    return [known] if known else []


def _location(row: Region) -> dict[str, str]:
    return {"name": row.name_ru, "countryCode": "KZ", "geoCode": row.pk, "geoCodeType": "KATO"}


def _classifications(row: PublicAward) -> list[dict[str, str]]:
    if row.area is None:
        return []
    return [{"vocabulary": AREAS, "code": row.area.code, "title": row.area.name_ru}]
