"""The agreement of a grant: issued with the award, as a PDF whose number anybody can verify."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User
from grants.models import Award
from notices.documents import Attached, letterhead, render
from notices.models import IssuedDocument
from notices.states import DocumentKind
from notices.variables import date_in
from registry import uploads
from registry.calendar import day_of
from registry.file_types import FileType
from registry.money import tenge


def issue(award: Award, *, by: User, at: datetime) -> None:
    """Make the agreement and keep it with the award. In the transaction that awards."""
    terms = _terms(award)
    told = json.dumps(terms, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    sha256 = hashlib.sha256(told).hexdigest()
    pdf = _pdf(award, told, sha256, at=at)
    award.agreement_number = award.number
    award.agreement_file = uploads.keep(
        pdf, name=f"{award.number}.pdf", kind=FileType.PDF, by=by, at=at
    )
    award.save(update_fields=["agreement_number", "agreement_file"])
    IssuedDocument.objects.create(
        number=award.number,
        kind=DocumentKind.AGREEMENT,
        organisation=award.organisation,
        issued_on=day_of(at),
        sha256=sha256,
        source=award.source,
    )


def _terms(award: Award) -> dict[str, Any]:
    """What both sides bind themselves to: what the fingerprint is over."""
    application, call = award.application, award.lot.call
    return {
        "number": award.number,
        "application": application.number,
        "application_sha256": application.sha256,
        "call": call.number,
        "lot": award.lot.position,
        "organisation": award.organisation.number,
        "bin": award.organisation.bin,
        "amount": f"{award.amount:.2f}",
        "starts_on": award.starts_on.isoformat(),
        "ends_on": award.ends_on.isoformat(),
        "accept_by_on": award.accept_by_on.isoformat(),
    }


def _pdf(award: Award, told: bytes, sha256: str, *, at: datetime) -> bytes:
    application, call, organisation = award.application, award.lot.call, award.organisation
    language = application.language
    with translation.override(language):
        content = {
            **letterhead(
                language=language,
                title=_("Agreement on a state grant"),
                number=award.number,
                issued_on=day_of(at),
                issuer=getattr(call.programme, f"funder_{language}") or call.programme.funder_ru,
            ),
            "about": [
                (_("Organisation"), getattr(organisation, f"name_{language}") or organisation.name),
                (_("Register number"), organisation.number),
                (_("BIN"), organisation.bin or _("none in the register")),
                (_("Call"), f"{call.number} {call.name}"),
                (_("Lot"), str(award.lot)),
                (_("Application"), f"{application.number} {application.title}"),
                (_("Amount of the grant"), tenge(award.amount)),
                (_("The project begins"), date_in(language, award.starts_on.isoformat())),
                (_("The project ends"), date_in(language, award.ends_on.isoformat())),
                (_("To be accepted by"), date_in(language, award.accept_by_on.isoformat())),
            ],
            "sections": [],
            "texts": [
                _(
                    "The operator pays the grant in instalments to the organisation's account. It "
                    "is spent on the application's budget alone."
                ),
                _(
                    "No instalment is paid while the organisation is suspended, in liquidation, or "
                    "under an exclusion of article 6-1 of the Law on State Social Order."
                ),
                _(
                    "The organisation reports by the days that are asked for, and returns what was "
                    "not spent or not spent on its purpose."
                ),
            ],
            "fingerprint_title": _("Fingerprint (SHA-256)"),
            "fingerprint": sha256,
            "fingerprint_explained": _(
                "The terms are attached to this PDF as the file %(name)s. Whoever computes the "
                "SHA-256 of that file gets this fingerprint."
            )
            % {"name": f"{award.number}.json"},
        }
        inside = Attached(
            f"{award.number}.json", told, "application/json", _("The terms of the agreement")
        )
    return render("record", content, at=at, files=[inside])
