"""The PDF documents of a campaign: the receipt of a filing, the certificate of re-registration."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from notices.documents import Attached, letterhead, render
from notices.documents.letterhead import verify_address
from notices.models import IssuedDocument, Notice
from notices.variables import date_in, moment_in
from registry import seals
from registry.calendar import ALMATY, add_working_days, day_of
from registry.models import DayOverride
from reregistration import certificates
from reregistration.filing import frozen
from reregistration.models import Campaign, Filing
from reregistration.sections import words
from reregistration.sections.table import label_of_part, sections_of

PDF = "application/pdf"
_JSON = "application/json"


def receipt(filing: Filing, language: str) -> bytes:
    """The receipt of a submitted filing, with the frozen filing inside it as a file.

    Says how things stood when the filing arrived, so it is the same whenever it is asked for.
    """
    assert filing.submitted_at is not None  # noqa: S101 - the database's check says so
    campaign = filing.obligation.campaign
    with translation.override(language):
        head = letterhead(
            language=language,
            title=_("Receipt of a filing"),
            number=filing.number or "",
            issued_on=day_of(filing.submitted_at),
            issuer=_in(language, campaign, "body"),
        )
        ledger = _ledger(filing)
        content = {
            **head,
            "arrived": _("Your filing has arrived."),
            "about": _about(filing, language),
            "next_title": _("What happens next"),
            "next": _next(campaign, filing.submitted_at, language),
            "sections": _sections(filing),
            "attachments_title": _("Attached documents"),
            "attachments": _attachments(filing),
            "fingerprint_title": _("Fingerprint (SHA-256)"),
            "fingerprint": filing.sha256,
            "fingerprint_explained": _(
                "The filing is attached to this PDF as the file %(name)s. Whoever computes the "
                "SHA-256 of that file gets this fingerprint: so the filing cannot be changed "
                "unnoticed."
            )
            % {"name": _file_name(filing.number, "json")},
            **ledger.told,
        }
        inside = [
            Attached(
                _file_name(filing.number, "json"),
                frozen(filing),
                _JSON,
                _("The filing as it arrived"),
            ),
            *ledger.files,
        ]
    return render("receipt", content, at=filing.submitted_at, files=inside)


def certificate(document: IssuedDocument, language: str) -> bytes:
    """A certificate of re-registration; all it says stands in the document's own facts."""
    facts = document.facts
    with translation.override(language):
        head = letterhead(
            language=language,
            title=_("Certificate of re-registration"),
            number=document.number,
            issued_on=document.issued_on,
            issuer=facts[f"body_{language}"],
        )
        content = {
            **head,
            "confirms": _("It is confirmed that this organisation is re-registered:"),
            "name": facts[f"name_{language}"] or facts["name_ru"],
            "about": [
                (_("Re-registered on"), date_in(language, document.issued_on.isoformat())),
                (_("Register number"), facts["organisation"]),
                (_("BIN"), facts["bin"] or _("none in the register")),
                (_("Campaign"), facts[f"campaign_{language}"]),
                (_("Accepted filing"), facts["filing"]),
                (_("Legal base"), facts[f"legal_base_{language}"]),
            ],
            "is_not_title": _("What this certificate is not"),
            "is_not": [
                _("It is not the certificate of state registration and does not replace it."),
                _("It gives no licence, no status and no right to a grant."),
                _(
                    "It says how things stood on its date. How they stand today is on the "
                    "organisation's page on the portal."
                ),
            ],
            "fingerprint_title": _("Fingerprint (SHA-256)"),
            "fingerprint": document.sha256,
            "fingerprint_explained": _(
                "It is computed over the file %(name)s, which is attached to this PDF."
            )
            % {"name": _file_name(document.number, "json")},
        }
        inside = Attached(
            _file_name(document.number, "json"),
            certificates.canonical(facts),
            _JSON,
            _("What this certificate confirms"),
        )
    noon = datetime.combine(document.issued_on, time(12), tzinfo=ALMATY)
    return render("certificate", content, at=noon, files=[inside])


def of_receipt_notice(notice: Notice) -> Attached:
    """The file for the e-mail that says: your filing has arrived."""
    filing = _filing_of(notice)
    return Attached(_file_name(filing.number, "pdf"), receipt(filing, notice.language), PDF)


def of_accepted_notice(notice: Notice) -> Attached:
    """The file for the e-mail that says: your organisation is re-registered."""
    filing = _filing_of(notice)
    # The letter says what was so that day, though the acceptance be taken back since.
    document = certificates.of(filing) or certificates.issued_to(filing)
    if document is None:
        raise ValueError(f"Notice {notice.number} tells of a filing that is not accepted.")
    return Attached(_file_name(document.number, "pdf"), certificate(document, notice.language), PDF)


def _filing_of(notice: Notice) -> Filing:
    """Both kinds of notice have the filing's number as their occasion."""
    found: Filing = Filing.objects.select_related(
        "obligation__campaign", "obligation__organisation", "submitted_by"
    ).get(number=notice.occasion, obligation__organisation=notice.organisation_id)
    return found


@dataclass(frozen=True)
class _Ledger:
    """What the receipt says of its own line in the ledger, and the line itself as a file."""

    told: dict[str, str]
    files: list[Attached]


def _ledger(filing: Filing) -> _Ledger:
    """Empty for a filing without a receipt, which the database of a test may hold."""
    document = IssuedDocument.objects.filter(number=filing.number).first()
    if document is None:
        return _Ledger({"ledger_title": ""}, [])
    line = seals.line_at_issue(document)
    name = _file_name(filing.number, "line.json")
    told = {
        "ledger_title": _("Line in the ledger"),
        "ledger_leaf": seals.leaf_hash(line).hex(),
        "ledger_explained": _(
            "The line is attached as the file %(name)s. A public seal is put on it in the night "
            "after it was issued. Proof: %(address)s"
        )
        % {"name": name, "address": f"{verify_address(document.number)}/proof"},
    }
    return _Ledger(told, [Attached(name, line, _JSON, _("The line in the ledger"))])


def _about(filing: Filing, language: str) -> list[tuple[str, str]]:
    organisation, moment = filing.obligation.organisation, filing.submitted_at
    assert moment is not None  # noqa: S101 - the database's check says so
    name = getattr(organisation, f"name_{language}") or organisation.name_ru
    rows = [
        (_("Arrived"), moment_in(language, moment.isoformat())),
        (_("Organisation"), name),
        (_("Register number"), organisation.number),
        (_("BIN"), organisation.bin or _("none in the register")),
        (_("Campaign"), _in(language, filing.obligation.campaign, "name")),
        (_("What it answers"), capfirst(filing.get_kind_display())),
    ]
    if filing.submitted_by:
        rows.append((_("Submitted by"), str(filing.submitted_by)))
    return rows


def _sections(filing: Filing) -> list[dict[str, Any]]:
    """Every section with its answers, then what was missing: filed, incomplete, counts too."""
    told = [
        {"title": str(section.title), "answers": words.told(section, filing)}
        for section in sections_of(filing)
    ]
    if filing.incomplete:
        missing = [(label_of_part(name), _("not given")) for name in filing.incomplete]
        told.append({"title": _("Missing when it was submitted"), "answers": missing})
    return told


def _attachments(filing: Filing) -> list[tuple[str, str, str]]:
    """Each paper with its file's name and fingerprint, or the reason why it is absent."""
    return [
        (
            row.get_kind_display(),
            row.file.name if row.file else row.absent_reason,
            row.file.sha256 if row.file else "",
        )
        for row in filing.attachments.select_related("file")
    ]


def _next(campaign: Campaign, moment: datetime, language: str) -> str:
    days = campaign.review_working_days
    overrides = DayOverride.objects.as_overrides()
    by = add_working_days(day_of(moment), days, overrides).isoformat()
    return ngettext(
        "The ministry checks your filing within %(days)d working day, by %(by)s, and writes to "
        "you. You need do nothing until then.",
        "The ministry checks your filing within %(days)d working days, by %(by)s, and writes to "
        "you. You need do nothing until then.",
        days,
    ) % {"days": days, "by": date_in(language, by)}


def _in(language: str, campaign: Campaign, field: str) -> str:
    return str(getattr(campaign, f"{field}_{language}"))


def _file_name(number: str | None, ending: str) -> str:
    return f"{number}.{ending}"
