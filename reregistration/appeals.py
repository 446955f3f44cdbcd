"""What an organisation answers to a decision, and what is decided on it by somebody else."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, TypeVar

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import signatories
from accounts.models import User
from accounts.refusals import Refused
from notices import notice
from notices.models import Notice
from notices.states import Kind
from registry.calendar import add_working_days, day_of
from registry.models import DayOverride, StoredFile
from registry.sequences import next_numbers
from reregistration import (
    deadlines,
    decisions,
    hearings,
    letters,
    obligations,
    partiality,
    reopenings,
    served,
)
from reregistration.marking import reversal
from reregistration.models import (
    Appeal,
    Complaint,
    Hearing,
    Objection,
    Obligation,
)
from reregistration.states import (
    BEFORE_THE_COURT,
    MAY_COMPLAIN,
    MAY_OBJECT,
    SHOWN_ONCE_SERVED,
    AnswerOutcome,
    ReversalReason,
)

Kept = TypeVar("Kept", bound=Appeal)
# Letter of the number and sequence of each kind.
_NUMBERS: dict[type[Appeal], tuple[str, str]] = {
    Objection: ("O", "objection_number"),
    # An appeal: C- is a certificate.
    Complaint: ("A", "complaint_number"),
    Hearing: ("H", "hearing_number"),
}


def may_object(obligation: Obligation) -> bool:
    """Whether there is a preliminary decision of this cycle to object to, or to be heard on."""
    return (
        obligation.state in MAY_OBJECT
        and Notice.objects.filter(
            organisation=obligation.organisation_id,
            source=obligation.source,
            cycle=obligation.cycle,
            kind=Kind.PRELIMINARY_DECISION,
        ).exists()
    )


def may_complain(obligation: Obligation) -> bool:
    """Whether there is a mark, a referral or a refusal to complain of."""
    return obligation.state in MAY_COMPLAIN


def complaint_term_ends_on(obligation: Obligation) -> date | None:
    """The last day on which a complaint of the present mark is in time.

    None where no clock runs: nothing is marked, or nothing proves that its notice was served.
    """
    if obligation.state not in SHOWN_ONCE_SERVED:
        return None
    served_at = served.mark_served_at(obligation)
    if served_at is None:
        return None
    return deadlines.months_end_on(
        day_of(served_at),
        obligation.campaign.complaint_months,
        DayOverride.objects.as_overrides(),
    )


def open_one(model: type[Kept], obligation: Obligation) -> Kept | None:
    """The one of that kind that waits for its decision."""
    return model._default_manager.filter(obligation=obligation, decided_at__isnull=True).first()


def object_to(
    obligation: Obligation,
    *,
    text: str,
    by: User,
    at: datetime,
    document: StoredFile | None = None,
) -> Objection:
    """Object to a preliminary decision: nothing more is done until it is decided.

    Refuses where no preliminary decision stands in this cycle, and without words. Safe to repeat:
    the same words again get the objection that is open.
    """
    return _send_in(Objection, obligation, text, document, by=by, at=at)


def ask_for_hearing(
    obligation: Obligation,
    *,
    text: str,
    by: User,
    at: datetime,
    document: StoredFile | None = None,
) -> Hearing:
    """Ask to be heard before a mark, as the preliminary decision offers. As `object_to`."""
    return _send_in(Hearing, obligation, text, document, by=by, at=at)


def complain(
    obligation: Obligation,
    *,
    text: str,
    by: User,
    at: datetime,
    document: StoredFile | None = None,
) -> Complaint:
    """Complain of a mark, a referral or a refusal. As `object_to`.

    One that comes after the term is taken like any other, and says that it is late.
    """
    return _send_in(Complaint, obligation, text, document, by=by, at=at)


@transaction.atomic
def _send_in(
    model: type[Kept],
    obligation: Obligation,
    text: str,
    document: StoredFile | None,
    *,
    by: User,
    at: datetime,
) -> Kept:
    row = obligations.lock(obligation.pk)
    standing = open_one(model, row)
    if standing and standing.text == text.strip():
        return standing
    _refuse_unless_possible(model, row, standing, text)
    letter, sequence = _NUMBERS[model]
    made = model._default_manager.create(
        number=f"{letter}-{next_numbers(sequence)[0]:07d}",
        obligation=row,
        cycle=row.cycle,
        text=text.strip(),
        document=document,
        by=by,
        at=at,
        decision_by_on=add_working_days(
            day_of(at), row.campaign.answer_working_days, DayOverride.objects.as_overrides()
        ),
        **(_term(row, day_of(at)) if model is Complaint else {}),
    )
    _tell(
        made,
        Kind.ANSWER_RECEIVED,
        {"received_at": at.isoformat(), "decision_by_on": made.decision_by_on.isoformat()},
        at,
    )
    return made


def _term(row: Obligation, on: date) -> dict[str, Any]:
    ends_on = complaint_term_ends_on(row)
    return {"term_ends_on": ends_on, "is_late": ends_on is not None and on > ends_on}


def _refuse_unless_possible(
    model: type[Appeal], row: Obligation, standing: Appeal | None, text: str
) -> None:
    if standing:
        raise Refused(
            _("%(number)s is being decided already. To add to it, ask a question and name it.")
            % {"number": standing}
        )
    if not text.strip():
        raise Refused(_("Write in your own words what we should know."))
    if model is Complaint and not may_complain(row):
        raise Refused(
            _("There is nothing to complain of now: look at the page of your organisation.")
        )
    if model is not Complaint and not may_object(row):
        raise Refused(
            _("No preliminary decision waits for your answer. You can file, or ask a question.")
        )


@transaction.atomic
def decide(appeal: Kept, *, outcome: AnswerOutcome, decision: str, by: User, at: datetime) -> Kept:
    """Record the decision on an objection, a complaint or a wish to be heard, and tell it.

    It lifts the standstill. An upheld complaint of a mark reverses the mark in the same
    transaction, one of a refusal has the filing reviewed again; after an upheld objection or wish
    to be heard nobody is marked in this cycle (`marking.rule`); what else follows is a step of its
    own. Refuses whoever took part in the
    earlier decisions, acts for the organisation or has no name for the letter, without reasons, and
    to dismiss a wish to be heard before the organisation was heard or did not come. Safe to repeat:
    what was decided stays as it was decided, and a second decision is refused.
    """
    row = obligations.lock(appeal.obligation_id)
    fresh = type(appeal)._default_manager.select_for_update(no_key=True).get(pk=appeal.pk)
    if fresh.decided_at is not None:
        raise Refused(_("%(number)s was decided already. Reload the page.") % {"number": fresh})
    if not decision.strip():
        raise Refused(_("Write the reasons: the organisation reads them in the letter."))
    partiality.refuse(fresh, row, by, at=at)
    signatories.refuse_unnamed(by)
    if isinstance(fresh, Hearing):
        hearings.refuse_unheard(fresh, outcome, on=day_of(at))
        hearings.free_what_lies_ahead(fresh, by=by, at=at)
    fresh.outcome, fresh.decision = outcome, decision.strip()
    fresh.decided_by, fresh.decided_at = by, at
    fresh.save(update_fields=["outcome", "decision", "decided_by", "decided_at"])
    fresh.obligation = row
    _tell(
        fresh,
        Kind.ANSWER_DECIDED,
        {
            **letters.in_each_language("outcome", AnswerOutcome(outcome).label),
            "decision_text": fresh.decision,
            **decisions.signed_by((by, at), permission="reregistration.decide_appeal"),
        },
        at,
    )
    if outcome == AnswerOutcome.UPHELD and isinstance(fresh, Complaint):
        _undo_the_mark(fresh, row, by=by, at=at)
        reopenings.after_complaint(fresh, row)
    return fresh


def _undo_the_mark(complaint: Complaint, row: Obligation, *, by: User, at: datetime) -> None:
    """Reverse the mark that was complained of, if it still stands; a referral that rests on it is
    dropped or taken back with it."""
    if row.state in BEFORE_THE_COURT and row.cycle == complaint.cycle:
        reversal.reverse(
            row.marks.get(cycle=row.cycle),
            reason=ReversalReason.COMPLAINT_UPHELD,
            ground=f"{complaint}: {complaint.decision}",
            by=by,
            at=at,
        )


def _tell(appeal: Appeal, kind: Kind, variables: dict[str, str], at: datetime) -> None:
    notice.register(
        [
            letters.draft(
                appeal.obligation,
                kind,
                appeal.number,
                {
                    **letters.in_each_language("answer", type(appeal).words),
                    "answer_number": appeal.number,
                    **variables,
                },
            )
        ],
        at=at,
    )
