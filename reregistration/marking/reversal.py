"""Undoing a mark: one person, one action, and the organisation and the public are told."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import signatories
from accounts.models import User
from accounts.refusals import Refused
from notices import dispatch, notice
from notices.states import ADVERSE, Kind
from registry.calendar import day_of
from reregistration import decisions, letters, obligations
from reregistration.models import Mark, Obligation, Reversal
from reregistration.obligations import Move
from reregistration.states import BEFORE_THE_COURT, ReversalReason, State


@transaction.atomic
def reverse(
    mark: Mark,
    *,
    by: User,
    at: datetime,
    ground: str,
    reason: ReversalReason = ReversalReason.MISTAKE,
) -> Reversal:
    """Reverse a mark: the organisation is overdue again, in a new cycle, and is told so; due again
    where its date was moved meanwhile and lies ahead.

    `reason` is what the organisation and the public read; `ground` is kept for an auditor and a
    court. The mark stays as it was written; in one transaction the reversal is written beside it,
    the obligation moves, adverse notices that still wait are withdrawn and the letter is made; a
    referral that rests on the mark is dropped or taken back with it. Refuses without a ground,
    whoever has no name for the letter, and a mark that no longer stands: a filing has lifted it, or
    a court has decided. Safe to repeat: of two clicks the second gets what the first one made.
    """
    if not ground.strip():
        raise Refused(_("Write the ground: an auditor and a court read it."))
    row = obligations.lock(mark.obligation_id)
    made = Reversal.objects.filter(mark=mark).first()
    if made:
        return made
    signatories.refuse_unnamed(by)
    if row.state not in BEFORE_THE_COURT or row.cycle != mark.cycle:
        raise Refused(
            _("This mark does not stand any more: the organisation is “%(state)s” now.")
            % {"state": row.get_state_display()}
        )
    made = Reversal.objects.create(mark=mark, reason=reason, ground=ground.strip(), by=by, at=at)
    obligations.move_locked(row, Move(State.OVERDUE, by, at, f"mark {mark.pk} reversed"))
    if row.due_on >= day_of(at):
        obligations.move_locked(
            row, Move(State.DUE, by, at, "its date lies ahead", due_on=row.due_on)
        )
    dispatch.withdraw(row.source, at=at, reason=_("The mark was reversed."), kinds=ADVERSE)
    _tell(made, row)
    return made


def _tell(reversal: Reversal, row: Obligation) -> None:
    mark = reversal.mark
    notice.register(
        [
            letters.draft(
                row,
                Kind.MARK_REVERSED,
                f"mark {mark.pk}",
                {
                    "marked_on": day_of(mark.at).isoformat(),
                    "reversed_on": day_of(reversal.at).isoformat(),
                    **decisions.signed_by(
                        (reversal.by, reversal.at), permission="reregistration.manage_marking"
                    ),
                    **letters.in_each_language("reason", ReversalReason(reversal.reason).label),
                },
            )
        ],
        at=reversal.at,
    )
