"""What does a referral file say? All of it, as one JSON object (docs/referral-file.md).

Read from the rows as they stand at that moment, in the file's language; the PDF prints this and
nothing else. It holds no personal number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from notices import codes
from notices.models import IssuedDocument, Notice, Service
from registry import seals
from registry.bin import has_iin, without_iin
from registry.calendar import day_of
from registry.ledger import AppendOnly
from reregistration import standstill
from reregistration.models import (
    Appeal,
    EvidenceItem,
    LegalGround,
    Mark,
    Obligation,
    ObligationEvent,
    ReceivingBody,
    Reversal,
)
from reregistration.referral.chronology import chronology, moment
from reregistration.referral.demands import Case, Demand
from reregistration.referral.exhibits import Exhibit

FORMAT = "ngo-register-referral-1"
# The conditions of the marking rule as a reader outside reads that they held.
HELD = {
    "in_scope": gettext_lazy("The organisation is in the campaign's scope"),
    "in_newest_extract": gettext_lazy("The newest extract of the state register names it"),
    "overdue": gettext_lazy("It was overdue"),
    "grace_over": gettext_lazy("The days of grace after the due date were over"),
    "warning_served": gettext_lazy("The final warning was served, and its days were over"),
    "decision_served": gettext_lazy("The preliminary decision was served, and its days were over"),
    "no_objection_upheld": gettext_lazy("No objection of it was upheld"),
    "no_hearing_upheld": gettext_lazy("No hearing found it right"),
    "no_court_refusal": gettext_lazy("No court had refused to liquidate it"),
    "never_filed": gettext_lazy("It had filed nothing in this campaign"),
    "no_draft": gettext_lazy("Nobody had begun a filing for it"),
    "no_claim": gettext_lazy("No claim to act for it waited for a decision"),
    "no_sign_of_life": gettext_lazy("No sign that it lives was unresolved"),
    "no_objection": gettext_lazy("No objection was open"),
    "no_complaint": gettext_lazy("No complaint was open"),
    "no_hearing": gettext_lazy("No wish to be heard was open"),
    "not_found_wrong": gettext_lazy("No check had found it wrong to mark it"),
    "no_hold": gettext_lazy("Its dates were not held"),
}


@dataclass(frozen=True)
class Asked:
    """What a file is made of: whose, on which ground, for whom, with which number, when."""

    number: str
    case: Case
    mark: Mark
    ground: LegalGround
    demands: Sequence[Demand]
    body: ReceivingBody
    language: str
    by: User
    at: datetime

    @property
    def obligation(self) -> Obligation:
        return self.case.obligation


def content(asked: Asked, exhibits: Sequence[Exhibit]) -> dict[str, Any]:
    """The whole file; the language is active already."""
    notices = _notices(asked.obligation)
    answers = list(answers_of(asked.obligation))
    return {
        "format": FORMAT,
        "number": asked.number,
        "issued_on": day_of(asked.at).isoformat(),
        "language": asked.language,
        "prepared_by": str(asked.by),
        "prepared_at": moment(asked.at),
        "says": [
            _("Only the court decides on liquidation. This file asks for nothing else."),
            _("This is not the state registration of a legal entity."),
        ],
        "receiving_body": _body(asked.body),
        "ground": _ground(asked, exhibits),
        "organisation": _organisation(asked.case),
        "campaign": _campaign(asked.obligation),
        "obligation": _obligation(asked.obligation),
        "mark": _mark(asked.mark),
        "chronology": chronology(asked.case, notices, answers, exhibits),
        "notices": [_notice(row) for row in notices],
        "answers": [_answer(row) for row in answers],
        "evidence": [_exhibit(row) for row in exhibits],
        "ledger": _ledger(asked, notices, exhibits),
    }


def _exhibit(row: Exhibit) -> dict[str, Any]:
    paper = row.paper
    return {
        "number": row.number,
        "kind": row.kind,
        "kind_label": row.kind_label,
        "on": row.on.isoformat(),
        "address": row.address,
        "words": row.words,
        # With it the words lead to the commitment in the entry's line of the ledger.
        "words_salt": bytes(row.item.text.salt).hex() if row.item else "",
        "source": row.source,
        "notice": row.notice,
        "paper": paper
        and {
            "attached_as": row.attached_as,
            "kind": paper.kind,
            "size": paper.size,
            "sha256": paper.sha256,
        },
    }


def _body(body: ReceivingBody) -> dict[str, Any]:
    return {"name": body.name, "address": body.address, "email": body.email}


def _ground(asked: Asked, exhibits: Sequence[Exhibit]) -> dict[str, Any]:
    ground = asked.ground
    return {
        "code": ground.code,
        "name": ground.name,
        "article": ground.article,
        "in_force_from": ground.from_on.isoformat() if ground.from_on else None,
        "lasting_days": ground.lasting_days,
        "demands": [
            {
                "kind": demand.kind.value if demand.kind else "lasting",
                "words": demand.words,
                "minimum": demand.minimum,
                "met_by": _numbers(demand, exhibits),
                "days": [fact.on.isoformat() for fact in demand.facts],
            }
            for demand in asked.demands
        ],
    }


def _numbers(demand: Demand, exhibits: Sequence[Exhibit]) -> list[int]:
    """The numbers of the exhibits that meet a demand."""
    return sorted(row.number for row in exhibits if row.fact in demand.facts)


def _organisation(case: Case) -> dict[str, Any]:
    row = case.obligation.organisation
    return {
        "number": row.number,
        "bin": row.bin,
        "name_kk": row.name_kk,
        "name_ru": row.name_ru,
        "name_en": row.name_en,
        "legal_form": row.legal_form.name,
        "legal_status": row.status,
        "legal_status_label": row.get_status_display(),
        "registered_on": row.registered_on.isoformat(),
        "seat": case.seat,
        "head_name": row.head_name,
        "facts_as_of": row.as_of_on.isoformat(),
        "extract_as_of": (
            row.last_seen_extract.as_of_on.isoformat() if row.last_seen_extract else None
        ),
    }


def _campaign(row: Obligation) -> dict[str, Any]:
    campaign = row.campaign
    return {
        "code": campaign.code,
        "name": campaign.name,
        "body": campaign.body,
        "legal_base": campaign.legal_base,
        "opens_on": campaign.opens_on.isoformat(),
        "due_on": campaign.due_on.isoformat(),
    }


def _obligation(row: Obligation) -> dict[str, Any]:
    return {
        "due_on": row.due_on.isoformat(),
        "extended_days": row.extended_days,
        "held_days": row.held_days,
        "cycle": row.cycle,
        "cycle_began_on": row.cycle_began_on.isoformat(),
        "state": row.state,
        "state_label": row.get_state_display(),
    }


def _mark(mark: Mark) -> dict[str, Any]:
    round_ = mark.round
    return {
        "at": moment(mark.at),
        "cycle": mark.cycle,
        "round": round_.pk,
        "drafted_by": str(round_.drafted_by),
        "drafted_at": moment(round_.drafted_at),
        "first_signed_by": str(round_.first_signed_by),
        "first_signed_at": moment(round_.first_signed_at),
        "second_signed_by": str(round_.second_signed_by),
        "second_signed_at": moment(round_.second_signed_at),
        "final_warning": _proof(mark.warning_service),
        "preliminary_decision": _proof(mark.decision_service),
        "conditions": [
            {"code": code, "label": str(HELD.get(code, code))} for code in mark.facts["conditions"]
        ],
        # The rule's facts as of that moment, as the mark's own row keeps them.
        "facts": mark.facts,
    }


def _proof(row: Service) -> dict[str, Any]:
    return {
        "notice": row.notice.number,
        "ground": row.ground,
        "ground_label": row.get_ground_display(),
        "served_at": moment(row.served_at),
        "recorded_at": moment(row.recorded_at),
        "address": row.dispatch.address if row.dispatch else "",
        "receipt_file": without_iin(row.receipt_file.name) if row.receipt_file else "",
        "receipt_file_sha256": row.receipt_file.sha256 if row.receipt_file else "",
    }


def _notices(row: Obligation) -> list[Notice]:
    return list(
        Notice.objects.filter(organisation=row.organisation_id, source=row.source)
        .select_related("text", "template")
        .prefetch_related(
            "dispatches__batch", "services__notice", "services__dispatch", "services__receipt_file"
        )
        .order_by("made_at", "pk")
    )


def _notice(row: Notice) -> dict[str, Any]:
    return {
        "number": row.number,
        "kind": row.kind,
        "kind_label": row.get_kind_display(),
        "cycle": row.cycle,
        "occasion": row.occasion,
        "language": row.language,
        "template_version": row.template.version,
        "made_at": moment(row.made_at),
        "text_hash": row.text_hash,
        "subject": without_iin(row.text.subject),
        # A one-time code was its addressee's alone; a decision may quote a personal number.
        "body": without_iin(codes.hidden(row.text.body)),
        "dispatches": [
            {
                "channel": dispatch.channel,
                "channel_label": dispatch.get_channel_display(),
                "address": dispatch.address,
                "state": dispatch.state,
                "state_label": dispatch.get_state_display(),
                "sent_at": moment(dispatch.sent_at),
                "ended_at": moment(dispatch.ended_at),
                "failure": without_iin(dispatch.failure),
                "batch": dispatch.batch.number if dispatch.batch else "",
                "carrier_number": dispatch.provider_id,
            }
            for dispatch in row.dispatches.all()
        ],
        "services": [_proof(service) for service in row.services.all()],
    }


def answers_of(row: Obligation) -> Iterator[Appeal]:
    for model in standstill.STOPPING:
        rows = model._default_manager.filter(obligation=row)
        yield from rows.select_related("document", "decided_by").order_by("pk")


def _answer(row: Appeal) -> dict[str, Any]:
    return {
        "number": row.number,
        "kind": type(row).__name__.lower(),
        "kind_label": str(row.words),
        "cycle": row.cycle,
        "received_at": moment(row.at),
        "text": without_iin(row.text),
        "outcome": row.outcome,
        "outcome_label": row.get_outcome_display(),
        "decision": without_iin(row.decision),
        "decided_by": str(row.decided_by or ""),
        "decided_at": moment(row.decided_at),
    }


def _ledger(
    asked: Asked, notices: Sequence[Notice], exhibits: Iterable[Exhibit]
) -> list[dict[str, Any]]:
    """The rows of the ledger that the file rests on, each with its line and its proof."""
    obligation = asked.obligation
    services = [proof for row in notices for proof in row.services.all()]
    rows: list[AppendOnly] = [
        *ObligationEvent.objects.filter(obligation=obligation).order_by("pk"),
        *notices,
        *IssuedDocument.objects.filter(number__in=[row.number for row in notices]).order_by("pk"),
        *services,
        *Mark.objects.filter(obligation=obligation).order_by("pk"),
        *Reversal.objects.filter(mark__obligation=obligation).order_by("pk"),
        *asked.case.items,
    ]
    numbers = {row.item.pk: row.number for row in exhibits if row.item}
    return [
        {
            "table": quote.row._meta.db_table,
            "label": _name(quote.row, numbers),
            # A line cannot be covered in part: its hash would not hold.
            "line": None if has_iin(quote.line.decode()) else quote.line.decode(),
            "leaf": quote.leaf,
            # Null until the seal of the night after the row was written.
            "proof": quote.proof,
        }
        for quote in seals.quote(rows)
    ]


def _name(row: AppendOnly, numbers: Mapping[int, int]) -> str:
    """What a reader calls the row; `numbers` are those of the evidence in this file."""
    words = capfirst(str(row._meta.verbose_name))
    if isinstance(row, EvidenceItem):
        number = f" {numbers[row.pk]}" if row.pk in numbers else ""
        return f"{words}{number}: {row}"
    if isinstance(row, (Notice, IssuedDocument)):
        return f"{words} {row.number}"
    if isinstance(row, Service):
        return f"{words}, {row.notice.number}"
    assert isinstance(row, (ObligationEvent, Mark, Reversal))  # noqa: S101 - the others above
    return f"{words}, {day_of(row.at):%d.%m.%Y}"
