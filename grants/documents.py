"""The PDF of a receipt of an application, with the frozen application inside it."""

from __future__ import annotations

from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from grants import applications
from grants.models import Application
from notices.documents import Attached, letterhead, render, verify_address
from notices.models import IssuedDocument
from notices.variables import date_in, moment_in
from registry import seals
from registry.calendar import day_of
from registry.money import tenge

_JSON = "application/json"


def receipt(application: Application, language: str) -> bytes:
    """The receipt of the last submission, the same whenever it is asked for."""
    moment = application.submitted_at
    assert moment is not None  # noqa: S101 - the database's check says so
    number = applications.receipt_number(application)
    document = IssuedDocument.objects.get(number=number)
    call, line = application.lot.call, seals.line_at_issue(document)
    with translation.override(language):
        content = {
            **letterhead(
                language=language,
                title=_("Receipt of an application for a grant"),
                number=number,
                issued_on=day_of(moment),
                issuer=getattr(call.programme, f"funder_{language}") or call.programme.funder_ru,
            ),
            "arrived": _("Your application has arrived."),
            "about": _about(application, language),
            "next_title": _("What happens next"),
            "next": _next(application, language),
            "sections": [
                {"title": _("Application"), "answers": _answers(application, language)},
                {
                    "title": _("Budget"),
                    "answers": [
                        (f"{row.position}. {row.name}", tenge(row.amount))
                        for row in application.lines.order_by("position")
                    ],
                },
            ],
            "attachments_title": _("Attached documents"),
            "attachments": [
                (row.get_kind_display(), row.file.name, row.file.sha256)
                for row in application.papers.select_related("file").order_by("pk")
            ],
            "fingerprint_title": _("Fingerprint (SHA-256)"),
            "fingerprint": application.sha256,
            "fingerprint_explained": _(
                "The application is attached to this PDF as the file %(name)s. Whoever computes "
                "the SHA-256 of that file gets this fingerprint: so it cannot be changed unnoticed."
            )
            % {"name": f"{application.number}.json"},
            "ledger_title": _("Line in the ledger"),
            "ledger_leaf": seals.leaf_hash(line).hex(),
            "ledger_explained": _(
                "The line is attached as the file %(name)s. A public seal is put on it in the "
                "night after it was issued. Proof: %(address)s"
            )
            % {
                "name": f"{application.number}.line.json",
                "address": f"{verify_address(number)}/proof",
            },
        }
        inside = [
            Attached(
                f"{application.number}.json",
                applications.frozen(application),
                _JSON,
                _("The application as it arrived"),
            ),
            Attached(f"{application.number}.line.json", line, _JSON, _("The line in the ledger")),
        ]
    return render("receipt", content, at=moment, files=inside)


def _about(application: Application, language: str) -> list[tuple[str, str]]:
    organisation, moment = application.organisation, application.submitted_at
    assert moment is not None  # noqa: S101 - as above
    call = application.lot.call
    return [
        (_("Arrived"), moment_in(language, moment.isoformat())),
        (_("Organisation"), getattr(organisation, f"name_{language}") or organisation.name_ru),
        (_("Register number"), organisation.number),
        (_("BIN"), organisation.bin or _("none in the register")),
        (_("Call"), f"{call.number} {call.name}"),
        (_("Lot"), str(application.lot)),
        (_("Submitted by"), str(application.submitted_by)),
    ]


def _answers(application: Application, language: str) -> list[tuple[str, str]]:
    texts = ("title", "summary", "problem", "goal", "activities", "results")
    told = [
        (capfirst(str(Application._meta.get_field(name).verbose_name)), getattr(application, name))  # type: ignore[union-attr]
        for name in texts
    ]
    starts, ends = application.starts_on, application.ends_on
    assert starts is not None  # noqa: S101 - the database's check says so
    assert ends is not None  # noqa: S101 - as above
    return [
        *told,
        (_("Area of activity"), str(application.area)),
        (_("Regions of the project"), ", ".join(row.name for row in application.regions.all())),
        (_("The project begins"), date_in(language, starts.isoformat())),
        (_("The project ends"), date_in(language, ends.isoformat())),
        (_("Amount asked for"), tenge(application.amount)),
    ]


def _next(application: Application, language: str) -> str:
    call = application.lot.call
    return _(
        "The call ends on %(end)s. After that the operator checks each application within "
        "%(check)s working days, and the commission decides within %(decide)s more. You need do "
        "nothing until then."
    ) % {
        "end": moment_in(language, call.closes_at.isoformat()),
        "check": call.check_working_days,
        "decide": call.decide_working_days,
    }
