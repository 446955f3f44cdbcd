"""The certificate of re-registration: which number it has, and what exactly it says.

It keeps its facts as they were on the day of acceptance: a certificate reads the same in ten
years, whatever the register says by then.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Func, TextField, Value
from django.db.models.functions import Cast, Concat, LPad

from notices.models import IssuedDocument
from notices.states import DocumentKind
from registry.calendar import day_of
from reregistration.models import Filing, Obligation
from reregistration.states import REPORTS, FilingState

_LANGUAGES = ("kk", "ru", "en")
# "C-" and seven digits, given by the database in the statement that writes the row.
_NUMBER = Concat(
    Value("C-"),
    LPad(Cast(Func(Value("certificate_number"), function="nextval"), TextField()), 7, Value("0")),
    output_field=TextField(),
)


def issue(filing: Filing, obligation: Obligation, *, at: datetime) -> None:
    """Give an accepted filing its certificate, in one statement; `at` is its acceptance.

    Nothing for a filing that reports nothing: "we have closed" re-registers nobody. Safe to
    repeat, and for two at once: a filing has one certificate, and the first one stands.
    """
    if filing.kind not in REPORTS:
        return
    facts = _facts(filing, obligation)
    IssuedDocument.objects.bulk_create(
        [
            IssuedDocument(
                number=_NUMBER,
                kind=DocumentKind.CERTIFICATE,
                organisation_id=obligation.organisation_id,
                issued_on=day_of(at),
                sha256=hashlib.sha256(canonical(facts)).hexdigest(),
                source=_source(filing),
                facts=facts,
            )
        ],
        ignore_conflicts=True,
    )


def belongs_to(filing: Filing) -> bool:
    """Whether the filing has a certificate: it re-registered the organisation."""
    return filing.state == FilingState.ACCEPTED and filing.kind in REPORTS


def of(filing: Filing) -> IssuedDocument | None:
    """The certificate of a filing; None where it is not accepted, no more, or reports nothing.

    A filing that was accepted before certificates were issued gets its own now, dated by its
    acceptance.
    """
    if not belongs_to(filing):
        return None
    found, decided = issued_to(filing), filing.review
    if found is None and decided is not None:
        issue(filing, filing.obligation, at=decided.at)
        found = issued_to(filing)
    return found


def canonical(facts: Mapping[str, Any]) -> bytes:
    """The facts as canonical JSON in UTF-8, keys sorted, no spaces: what `sha256` is over."""
    return json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def issued_to(filing: Filing) -> IssuedDocument | None:
    """The certificate that the filing was given once, whatever became of it."""
    return IssuedDocument.objects.filter(
        kind=DocumentKind.CERTIFICATE, source=_source(filing)
    ).first()


def _source(filing: Filing) -> str:
    return f"filing:{filing.number}"


def _facts(filing: Filing, obligation: Obligation) -> dict[str, Any]:
    organisation, campaign = obligation.organisation, obligation.campaign
    return {
        "organisation": organisation.number,
        "bin": organisation.bin,
        "filing": filing.number,
        "filing_sha256": filing.sha256,
        "campaign": campaign.code,
        **{f"name_{language}": getattr(filing, f"name_{language}") for language in _LANGUAGES},
        **{
            f"{field}_{language}": getattr(campaign, f"{source}_{language}")
            for field, source in (
                ("campaign", "name"),
                ("body", "body"),
                ("legal_base", "legal_base"),
            )
            for language in _LANGUAGES
        },
    }
