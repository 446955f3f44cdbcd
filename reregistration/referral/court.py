"""What a court decided: recorded by one person, confirmed by another, in effect once in force.

Liquidation is recorded from a court's decision alone. Locks: Organisation, Obligation, Referral.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts import one_person
from accounts.models import User
from accounts.refusals import Refused
from notices import dispatch, notice
from notices.states import ADVERSE, Kind
from registry import register
from registry.calendar import day_of
from registry.models import DayOverride, Organisation, StoredFile
from registry.states import LegalStatus
from reregistration import deadlines, letters, obligations
from reregistration.models import (
    CourtDecision,
    CourtDecisionConfirmation,
    CourtDecisionEffect,
    Obligation,
    Referral,
    ScheduleLine,
)
from reregistration.obligations import Move, dates
from reregistration.states import BY_A_COURT, CourtDecisionKind, ReferralState, State

# The state of the obligation in which a decision of that kind can take effect.
_TAKES_EFFECT_IN = {
    CourtDecisionKind.LIQUIDATE: State.REFERRED,
    CourtDecisionKind.REFUSE: State.REFERRED,
    CourtDecisionKind.LEAVE: State.REFERRED,
    CourtDecisionKind.RESTORE: State.TERMINATED,
}


@transaction.atomic
def record(
    referral: Referral,
    *,
    kind: CourtDecisionKind,
    court: str,
    case_number: str,
    decided_on: date,
    in_force_on: date,
    file: StoredFile,
    by: User,
    at: datetime,
) -> CourtDecision:
    """Record what a court decided on a referral, with its paper. Nothing follows from it yet.

    Refuses a referral on which no court can have decided so, a day that lies ahead or before the
    materials were sent, and without the court's name or the number of the case. Safe to repeat,
    and for two people at once: the same decision is recorded once.
    """
    row = obligations.lock(referral.obligation_id)
    fresh = _lock_referral(referral.pk)
    key = {"case_number": case_number.strip(), "decided_on": decided_on, "kind": kind}
    standing = fresh.court_decisions.filter(**key).first()
    if standing:
        return standing
    _refuse_the_impossible(row, fresh, kind)
    _refuse_the_incomplete(court, case_number)
    _refuse_wrong_days(fresh, decided_on, in_force_on, day_of(at))
    return CourtDecision.objects.create(
        referral=fresh,
        **key,
        court=court.strip(),
        in_force_on=in_force_on,
        file=file,
        file_sha256=file.sha256,
        by=by,
        at=at,
    )


def may_be_of(referral: Referral) -> list[CourtDecisionKind]:
    """The kinds of decision that can be recorded of a referral, which comes with its obligation."""
    return [kind for kind in CourtDecisionKind if _is_possible(referral.obligation, referral, kind)]


def _is_possible(row: Obligation, referral: Referral, kind: CourtDecisionKind) -> bool:
    was = ReferralState.DECIDED if kind == CourtDecisionKind.RESTORE else ReferralState.REFERRED
    return referral.state == was and row.state == _TAKES_EFFECT_IN[kind]


def _refuse_the_impossible(row: Obligation, referral: Referral, kind: CourtDecisionKind) -> None:
    if not _is_possible(row, referral, kind):
        raise Refused(
            _(
                "The file %(number)s is “%(state)s” and the organisation “%(obligation)s” now: "
                "“%(kind)s” cannot follow. If the paper is right, tell the campaign's manager."
            )
            % {
                "number": referral,
                "state": referral.get_state_display(),
                "obligation": row.get_state_display(),
                "kind": kind.label,
            }
        )


def _refuse_the_incomplete(court: str, case_number: str) -> None:
    if not court.strip() or not case_number.strip():
        raise Refused(_("Give the court and the number of the case, as its paper names them."))


def _refuse_wrong_days(
    referral: Referral, decided_on: date, in_force_on: date, today: date
) -> None:
    if decided_on > today:
        raise Refused(_("The day of the decision lies ahead. Check it with the paper."))
    if in_force_on < decided_on:
        raise Refused(_("A decision is not in force before it is made. Check both days."))
    sent_at = ScheduleLine.objects.get(referral=referral, sent_at__isnull=False).sent_at
    if sent_at and decided_on < day_of(sent_at):
        raise Refused(
            _("The materials were sent on %(day)s, after the day of the decision. Check it.")
            % {"day": date_format(day_of(sent_at))}
        )


@transaction.atomic
def confirm(decision: CourtDecision, *, by: User, at: datetime) -> CourtDecisionConfirmation:
    """Confirm that a recorded decision is as its paper says. In force already, it takes effect.

    Refuses whoever recorded it. Safe to repeat, and for two people at once: the first
    confirmation stands.
    """
    row = _lock_obligation(decision.referral.obligation_id)
    standing = CourtDecisionConfirmation.objects.filter(decision=decision).first()
    if standing:
        return standing
    if one_person.of(by, at).did(decision.by_id, decision.at):
        raise Refused(_("You recorded this decision. Another person compares it with its paper."))
    made = CourtDecisionConfirmation.objects.create(decision=decision, by=by, at=at)
    if decision.in_force_on <= day_of(at):
        _take_effect(decision, row, by=by, at=at)
    return made


def apply_in_force(*, on: date, at: datetime) -> int:
    """Let the confirmed decisions take effect that have come into force by that day.

    Returns how many did. Each is its own transaction, checked again under its locks. Safe to
    repeat: each takes effect once. One whose organisation has left the way to the court
    meanwhile takes none by itself: staff see it in the list.
    """
    ripe = waiting().filter(in_force_on__lte=on).order_by("in_force_on", "pk")
    return sum(_apply(pk, at) for pk in list(ripe.values_list("pk", flat=True)))


def waiting() -> QuerySet[CourtDecision]:
    """The confirmed decisions that have taken no effect yet."""
    return CourtDecision.objects.filter(confirmation__isnull=False, effect__isnull=True)


@transaction.atomic
def _apply(pk: int, at: datetime) -> bool:
    decision = CourtDecision.objects.select_related("referral", "confirmation__by").get(pk=pk)
    row = _lock_obligation(decision.referral.obligation_id)
    if CourtDecisionEffect.objects.filter(decision=decision).exists():
        return False
    return _take_effect(decision, row, by=decision.confirmation.by, at=at)


def _take_effect(decision: CourtDecision, row: Obligation, *, by: User, at: datetime) -> bool:
    """Whether it did: under the locks of organisation and obligation."""
    referral = _lock_referral(decision.referral_id)
    kind = CourtDecisionKind(decision.kind)
    if not _is_possible(row, referral, kind):
        return False
    CourtDecisionEffect.objects.create(decision=decision, at=at)
    if kind == CourtDecisionKind.RESTORE:
        _restore(decision, row, by=by, at=at)
        return True
    referral.state, referral.ended_at = ReferralState.DECIDED, at
    referral.end_reason = f"{kind.label}: {decision.court}, {decision.case_number}"
    referral.save(update_fields=["state", "ended_at", "end_reason"])
    if kind == CourtDecisionKind.LIQUIDATE:
        _liquidate(decision, row, by=by, at=at)
    else:
        _lead_back(decision, row, at=at)
    _tell(decision, row, Kind.COURT_DECIDED, at)
    return True


def _liquidate(decision: CourtDecision, row: Obligation, *, by: User, at: datetime) -> None:
    obligations.move_locked(row, Move(State.TERMINATED, None, at, _reason(decision)))
    _enter(decision, row, LegalStatus.IN_LIQUIDATION, by=by, at=at)


def _lead_back(decision: CourtDecision, row: Obligation, *, at: datetime) -> None:
    """Overdue again in a new cycle: no step taken before counts against it any more."""
    obligations.move_locked(row, Move(State.OVERDUE, None, at, _reason(decision)))
    dispatch.withdraw(row.source, at=at, reason=_("The court has decided."), kinds=ADVERSE)


def _restore(decision: CourtDecision, row: Obligation, *, by: User, at: datetime) -> None:
    overrides = DayOverride.objects.as_overrides()
    due_on = max(deadlines.anew_ends_on(day_of(at), overrides), dates.effective(row, overrides))
    obligations.move_locked(row, Move(State.DUE, None, at, _reason(decision), due_on=due_on))
    _enter(decision, row, LegalStatus.ACTIVE, by=by, at=at)
    _tell(decision, row, Kind.RESTORED, at)


def _enter(
    decision: CourtDecision, row: Obligation, status: LegalStatus, *, by: User, at: datetime
) -> None:
    register.record_court(
        row.organisation,
        status,
        source=f"referral:{decision.referral.number}",
        decision=f"court decision:{decision.pk}",
        by=by,
        at=at,
    )


def _reason(decision: CourtDecision) -> str:
    return f"{BY_A_COURT} {decision.pk}: {decision.kind}"


def _tell(decision: CourtDecision, row: Obligation, kind: Kind, at: datetime) -> None:
    said = {
        "court": decision.court,
        "case_number": decision.case_number,
        "decided_on": decision.decided_on.isoformat(),
        "in_force_on": decision.in_force_on.isoformat(),
        **letters.in_each_language("decision", CourtDecisionKind(decision.kind).label),
    }
    notice.register([letters.draft(row, kind, f"court decision {decision.pk}", said)], at=at)


def _lock_obligation(obligation_id: int) -> Obligation:
    """Organisation and obligation, locked in the order that everybody keeps."""
    organisation = Organisation.objects.select_for_update(of=("self",), no_key=True).get(
        obligations=obligation_id
    )
    row = obligations.lock(obligation_id)
    row.organisation = organisation
    return row


def _lock_referral(referral_id: int) -> Referral:
    row: Referral = Referral.objects.select_for_update(of=("self",), no_key=True).get(
        pk=referral_id
    )
    return row
