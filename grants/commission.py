"""Protocols of the evaluation and of the commission's sittings; what they decide, once signed.

Within the working days of the call (`decide_due_on`; grant rules, order No. 413). A protocol is
drafted by one person and signed by another. Signed, it makes the reserve list and the refusals;
an award is then made one by one (`grants.award`), because eligibility is asked at that moment.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import one_person
from accounts.models import User
from accounts.refusals import Refused
from grants import applications, calls, evaluation, protocols
from grants.models import Application, Call, CommissionDecision, Protocol
from grants.states import ApplicationState, CallState, CommissionOutcome, ProtocolKind
from registry import access, uploads
from registry.calendar import day_of
from registry.file_types import FileType
from registry.money import tenge
from registry.sequences import next_numbers


@dataclass(frozen=True)
class Decided:
    """What the commission decided on one application."""

    outcome: CommissionOutcome
    amount: Decimal | None = None
    reserve_rank: int | None = None
    words: str = ""


@transaction.atomic
def draft_evaluation(
    call: Call, *, held_on: date, present: str, by: User, at: datetime
) -> Protocol:
    """The protocol of the evaluation: the score of each admitted application, from now on shown.

    Refuses while one has fewer than two locked evaluations or one that is not locked. Safe to
    repeat: the protocol that waits for its signature is given back.
    """
    fresh = calls.lock(call)
    waiting = _unsigned(fresh, ProtocolKind.EVALUATION)
    if waiting:
        return waiting
    _refuse_unless_evaluating(fresh)
    rows = _admitted(fresh)
    open_ = [str(row) for row in rows if not evaluation.is_locked(row)]
    if open_:
        raise Refused(
            _("Not scored and locked by two reviewers yet: %(numbers)s.")
            % {"numbers": ", ".join(open_)}
        )
    for row in rows:
        row.score = evaluation.score_of(row)
        row.save(update_fields=["score"])
    protocol = _made(fresh, ProtocolKind.EVALUATION, held_on, present, by=by, at=at)
    return _kept(protocol, by=by, at=at)


@transaction.atomic
def draft_decision(
    call: Call,
    decided: Mapping[int, Decided],
    *,
    held_on: date,
    present: str,
    by: User,
    at: datetime,
) -> Protocol:
    """The protocol of a sitting: one decision for each admitted application, by its id.

    Refuses who acts for one of the organisations, without a signed protocol of the evaluation, an
    application that is left out, an award below the law's limit or above what was asked for or what
    the lot has left, and a place of the reserve that is given twice. Safe to repeat: the protocol
    that waits for its signature is given back.
    """
    fresh = calls.lock(call)
    waiting = _unsigned(fresh, ProtocolKind.COMMISSION)
    if waiting:
        return waiting
    _refuse_unless_evaluating(fresh)
    if not fresh.protocols.filter(kind=ProtocolKind.EVALUATION, signed_at__isnull=False).exists():
        raise Refused(_("The protocol of the evaluation is not signed yet."))
    evaluation.refuse_while_unchecked(fresh)
    rows = _admitted(fresh)
    access.refuse_the_partial_to_any([row.organisation for row in rows], by, at)
    if {row.pk for row in rows} != set(decided):
        raise Refused(_("Decide on each application that was admitted, and on no other."))
    unscored = [str(row) for row in rows if row.score is None]
    if unscored:
        raise Refused(
            _("In no protocol of the evaluation yet: %(numbers)s.")
            % {"numbers": ", ".join(unscored)}
        )
    _refuse_unless_terms(fresh, rows, decided)
    protocol = _made(fresh, ProtocolKind.COMMISSION, held_on, present, by=by, at=at)
    CommissionDecision.objects.bulk_create(
        CommissionDecision(
            protocol=protocol,
            application=row,
            outcome=decided[row.pk].outcome,
            amount=decided[row.pk].amount,
            reserve_rank=decided[row.pk].reserve_rank,
            words=decided[row.pk].words.strip(),
            by=by,
            at=at,
        )
        for row in rows
    )
    return _kept(protocol, by=by, at=at)


@transaction.atomic
def sign(protocol: Protocol, *, by: User, at: datetime) -> Protocol:
    """Another person signs. The commission's decisions take effect: reserve and refusals at once,
    and the call is decided. Refuses who drafted it, acts for one of the organisations, and a
    sitting since which an application was withdrawn or admitted. Safe to repeat."""
    call = calls.lock(protocol.call)
    fresh = Protocol.objects.select_for_update(no_key=True).get(pk=protocol.pk)
    if fresh.signed_at:
        return fresh
    if fresh.struck_at:
        raise Refused(_("This protocol was struck out. Another one is drafted."))
    if one_person.of(by, at).did(fresh.drafted_by_id, fresh.drafted_at):
        raise Refused(_("You drafted this protocol. Another person signs it."))
    access.refuse_the_partial_to_any([row.organisation for row in _admitted(call)], by, at)
    fresh.signed_by, fresh.signed_at = by, at
    fresh.save(update_fields=["signed_by", "signed_at"])
    if fresh.kind == ProtocolKind.COMMISSION:
        _take_effect(call, fresh, by=by, at=at)
    return fresh


@transaction.atomic
def strike(protocol: Protocol, *, reason: str, by: User, at: datetime) -> Protocol:
    """A drafted protocol is wrong: it counts for nothing, and stays to be read. Refuses who acts
    for one of the organisations. Struck before any was signed, a protocol of the evaluation takes
    its scores with it, so that another reviewer may be added. Safe to repeat."""
    call = calls.lock(protocol.call)
    fresh = Protocol.objects.select_for_update(no_key=True).get(pk=protocol.pk)
    if fresh.struck_at:
        return fresh
    if fresh.signed_at:
        raise Refused(_("This protocol is signed. It stands."))
    if not reason.strip():
        raise Refused(_("Say why the protocol is struck out."))
    rows = _admitted(call)
    access.refuse_the_partial_to_any([row.organisation for row in rows], by, at)
    signed = call.protocols.filter(kind=ProtocolKind.EVALUATION, signed_at__isnull=False)
    if fresh.kind == ProtocolKind.EVALUATION and not signed.exists():
        Application.objects.filter(pk__in=[row.pk for row in rows]).update(score=None)
    fresh.struck_by, fresh.struck_at, fresh.struck_reason = by, at, reason.strip()
    fresh.save(update_fields=["struck_by", "struck_at", "struck_reason"])
    return fresh


def signed_award(application: Application) -> CommissionDecision | None:
    """The decision in force that gives it money, at once or from the reserve."""
    return (
        application.commission_decisions.filter(
            protocol__signed_at__isnull=False,
            outcome__in=[CommissionOutcome.AWARD, CommissionOutcome.RESERVE],
        )
        .order_by("-pk")
        .first()
    )


def _take_effect(call: Call, protocol: Protocol, *, by: User, at: datetime) -> None:
    _refuse_unless_evaluating(call)
    rows = {row.pk: row for row in _admitted(call)}
    decided = {row.application_id: row for row in protocol.decisions.all()}
    if set(rows) != set(decided):
        raise Refused(
            _("An application was withdrawn or admitted since. Strike it out and draft another.")
        )
    for pk, row in rows.items():
        decision = decided[pk]
        if decision.outcome == CommissionOutcome.RESERVE:
            row.reserve_rank = decision.reserve_rank
            row.save(update_fields=["reserve_rank"])
            applications.move_locked(row, ApplicationState.RESERVE, by=by, at=at)
        elif decision.outcome == CommissionOutcome.DECLINE:
            applications.move_locked(
                row, ApplicationState.DECLINED, reason=decision.words, by=by, at=at
            )
    ground = _("Protocol %(number)s of the commission") % {"number": protocol.number}
    calls.move_locked(call, CallState.DECIDED, ground=ground, by=by, at=at)


def _refuse_unless_terms(
    call: Call, rows: list[Application], decided: Mapping[int, Decided]
) -> None:
    taken: dict[int, Decimal] = defaultdict(Decimal)
    ranks: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        said = decided[row.pk]
        if said.outcome == CommissionOutcome.DECLINE:
            if not said.words.strip():
                raise Refused(_("Say why %(number)s gets no grant.") % {"number": row.number})
            continue
        amount = _amount(call, row, said)
        if said.outcome == CommissionOutcome.AWARD:
            taken[row.lot_id] += amount
        elif said.reserve_rank:
            ranks[row.lot_id].append(said.reserve_rank)
        else:
            raise Refused(_("Give %(number)s a place in the reserve.") % {"number": row.number})
    for row in rows:
        if taken[row.lot_id] > row.lot.left:
            raise Refused(
                _("The awards of the lot %(lot)s come to %(sum)s; it has %(left)s left.")
                % {"lot": row.lot, "sum": tenge(taken[row.lot_id]), "left": tenge(row.lot.left)}
            )
        if len(set(ranks[row.lot_id])) < len(ranks[row.lot_id]):
            raise Refused(_("Two applications have the same place in the reserve."))


def _amount(call: Call, row: Application, said: Decided) -> Decimal:
    """What is given to it: no more than it asked for, no less than a grant of that type is."""
    if not said.amount or not 0 < said.amount <= row.amount:
        raise Refused(
            _("%(number)s asked for %(amount)s. Give that or less.")
            % {"number": row.number, "amount": tenge(row.amount)}
        )
    if said.amount < call.least_amount:
        raise Refused(
            _("%(number)s would get %(amount)s; the law gives no grant below %(least)s.")
            % {
                "number": row.number,
                "amount": tenge(said.amount),
                "least": tenge(call.least_amount),
            }
        )
    return said.amount


def _refuse_unless_evaluating(call: Call) -> None:
    if call.state != CallState.EVALUATING:
        raise Refused(_("The evaluation of this call has not begun, or is over."))


def _admitted(call: Call) -> list[Application]:
    """Those to be decided, locked, best score first."""
    locked = (
        Application.objects.filter(lot__call=call, state=ApplicationState.ADMITTED)
        .select_related("lot", "organisation")
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
    )
    rows = list(locked)
    return sorted(rows, key=lambda row: (row.lot.position, -(row.score or 0), row.pk))


def _unsigned(call: Call, kind: ProtocolKind) -> Protocol | None:
    return call.protocols.filter(kind=kind, signed_at__isnull=True, struck_at__isnull=True).first()


def _made(
    call: Call, kind: ProtocolKind, held_on: date, present: str, *, by: User, at: datetime
) -> Protocol:
    if not present.strip():
        raise Refused(_("Name who was there, a line each."))
    if held_on > day_of(at):
        raise Refused(_("A sitting that lies ahead has no protocol yet."))
    return Protocol.objects.create(
        number=f"B-{next_numbers('protocol_number')[0]:07d}",
        call=call,
        kind=kind,
        held_on=held_on,
        present=present.strip(),
        drafted_by=by,
        drafted_at=at,
    )


def _kept(protocol: Protocol, *, by: User, at: datetime) -> Protocol:
    """Its PDF, made once: its hash is what is signed."""
    pdf = protocols.pdf(protocol, at=at)
    protocol.file = uploads.keep(
        pdf, name=f"{protocol.number}.pdf", kind=FileType.PDF, by=by, at=at
    )
    protocol.save(update_fields=["file"])
    return protocol
