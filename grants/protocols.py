"""The PDF of a protocol: of the evaluation, or of a sitting of the commission."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from grants.models import Application, CommissionDecision, Protocol
from grants.states import ApplicationState, CommissionOutcome, ProtocolKind
from notices.documents import letterhead, render
from notices.variables import date_in
from registry.money import tenge

# The commission sits in one language; the law is published in both.
LANGUAGE = "ru"


def pdf(protocol: Protocol, *, at: datetime) -> bytes:
    """Made once, when it is drafted. It bears no code for the public page: that confirms what was
    issued to one organisation."""
    call = protocol.call
    with translation.override(LANGUAGE):
        is_evaluation = protocol.kind == ProtocolKind.EVALUATION
        content = {
            **letterhead(
                language=LANGUAGE,
                title=str(ProtocolKind(protocol.kind).label).capitalize(),
                number=protocol.number,
                issued_on=protocol.held_on,
                issuer=call.programme.funder_ru,
            ),
            "qr": "",
            "about": [
                (_("Call"), f"{call.number} {call.name}"),
                (_("Held"), date_in(LANGUAGE, protocol.held_on.isoformat())),
                (_("Present"), protocol.present.replace("\n", ", ")),
                (_("Drafted by"), str(protocol.drafted_by)),
            ],
            "sections": _scores(protocol) if is_evaluation else _decisions(protocol),
            "texts": [],
            "fingerprint": "",
        }
    return render("record", content, at=at)


def _scores(protocol: Protocol) -> list[dict[str, Any]]:
    rows = (
        Application.objects.filter(lot__call=protocol.call, state=ApplicationState.ADMITTED)
        .select_related("lot", "organisation")
        .order_by("lot__position", "-score", "pk")
    )
    return _by_lot((row, _("%(score)s of 100") % {"score": row.score}) for row in rows)


def _decisions(protocol: Protocol) -> list[dict[str, Any]]:
    rows = protocol.decisions.select_related(
        "application__lot", "application__organisation"
    ).order_by("application__lot__position", "outcome", "reserve_rank", "-application__score")
    return _by_lot((row.application, _said(row)) for row in rows)


def _said(decision: CommissionDecision) -> str:
    words = [str(CommissionOutcome(decision.outcome).label)]
    if decision.amount is not None:
        words.append(tenge(decision.amount))
    if decision.reserve_rank is not None:
        words.append(_("place %(rank)s") % {"rank": decision.reserve_rank})
    if decision.words:
        words.append(decision.words)
    return "; ".join(words)


def _by_lot(rows: Any) -> list[dict[str, Any]]:
    sections: dict[str, list[tuple[str, str]]] = {}
    for application, said in rows:
        label = f"{application.number} {application.organisation.name}"
        sections.setdefault(str(application.lot), []).append((label, said))
    return [{"title": title, "answers": answers} for title, answers in sections.items()]
