"""Reopening what was decided on a filing: proposed by one person, confirmed by another.

An acceptance is taken back: the organisation is due again, with a new term, in a new cycle
(design.md section 6). A refusal is set aside: the same filing is reviewed again, and the
organisation need do nothing. An upheld complaint of a refusal does that by itself: whoever decided
on it took no part before. The review stays as it was written.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import access, one_person, signatories
from accounts.models import User
from accounts.refusals import Refused
from notices import dispatch
from notices.states import Kind
from registry.calendar import day_of
from registry.models import DayOverride
from reregistration import deadlines, decisions, obligations, review, review_term
from reregistration.models import (
    Complaint,
    Filing,
    Obligation,
    Reopening,
    ReopeningProposal,
    Review,
)
from reregistration.obligations import Move, dates
from reregistration.states import REOPENED, Decision, FilingState, State

CONFIRM = "reregistration.confirm_reopening"
# What was decided on a filing, and where the obligation must stand for it to be the last word.
_DECIDED = {FilingState.ACCEPTED: State.FULFILLED, FilingState.REFUSED: State.REFUSED}


def may_be(filing: Filing, obligation: Obligation) -> bool:
    """Whether the decision on the filing stands, and can be reopened."""
    return _DECIDED.get(FilingState(filing.state)) == obligation.state


def standing(filing: Filing) -> ReopeningProposal | None:
    """The newest proposal to reopen the decision that stands, which is the one to be confirmed."""
    decided = filing.review
    if decided is None:
        return None
    proposal: ReopeningProposal | None = (
        decided.reopening_proposals.filter(review__reopening=None)
        .select_related("by")
        .order_by("-pk")
        .first()
    )
    return proposal


@transaction.atomic
def propose(filing: Filing, *, words: str, by: User, at: datetime) -> ReopeningProposal:
    """Propose to reopen an accepted or refused filing. Nothing changes before it is confirmed.

    Refuses without words, what is not decided or no longer the last word, and whoever filed, acts
    for the organisation or has no name for the letter. Safe to repeat: the same person's same
    words stand once.
    """
    if not words.strip():
        raise Refused(_("Write why it is reopened: the organisation reads it in the letter."))
    signatories.refuse_unnamed(by)
    obligation, fresh = review.lock(filing)
    decided = _last_word(fresh, obligation)
    review.refuse_own(fresh, obligation, by, at)
    newest = standing(fresh)
    if newest and (newest.by, newest.words) == (by, words.strip()):
        return newest
    return ReopeningProposal.objects.create(review=decided, words=words.strip(), by=by, at=at)


@transaction.atomic
def confirm(proposal: ReopeningProposal, *, by: User, at: datetime) -> Reopening:
    """Confirm a proposal: the decision is taken back, and a letter says so.

    Refuses whoever proposed it, had a hand in the decision or is no senior reviewer there, a
    proposal that another one has followed, a proposer who acts for the organisation by now, and
    what `propose` refuses. Safe to repeat: what was reopened stays so, a second time is refused.
    """
    signatories.refuse_unnamed(by)
    obligation, filing = review.lock(proposal.review.filing)
    decided = _last_word(filing, obligation)
    if not access.holds(by, CONFIRM, obligation.organisation.region_id, day_of(at)):
        raise Refused(_("Only a senior reviewer of this region reopens a decision. Ask one."))
    if standing(filing) != proposal:
        raise Refused(
            _("Another proposal to reopen %(number)s has been made. Reload the page and read it.")
            % {"number": filing}
        )
    person = one_person.of(by, at)
    if person.did(proposal.by_id, proposal.at):
        raise Refused(_("You proposed it. A reopening takes two people: another one confirms it."))
    proposed_it = filing.refusal_proposals.filter(person.acts("by", "at"))
    if person.did(decided.by_id, decided.at) or proposed_it.exists():
        raise Refused(_("You took part in the decision. Another senior reviewer reopens it."))
    review.refuse_own(filing, obligation, by, at)
    review.refuse_own(filing, obligation, proposal.by, at)
    made = Reopening.objects.create(
        review=decided, words=proposal.words, proposed_by=proposal.by, by=by, at=at
    )
    signed = decisions.signed_by((proposal.by, proposal.at), (by, at), permission=review.REVIEW)
    _follow(made, filing, obligation, signed)
    return made


def after_complaint(complaint: Complaint, obligation: Obligation) -> Reopening | None:
    """Set aside the refusal that an upheld complaint was made of, for `appeals.decide` that holds
    the obligation's lock. None where that refusal is not the last word any more."""
    newest = _newest(obligation)
    by, at = complaint.decided_by, complaint.decided_at
    if obligation.state != State.REFUSED or newest is None or by is None or at is None:
        return None
    filing = Filing.objects.select_for_update(no_key=True).get(pk=newest.filing_id)
    filing.obligation = obligation
    decided = _last_word(filing, obligation)
    if decided.at > complaint.at:
        return None
    made = Reopening.objects.create(
        review=decided, words=complaint.decision, complaint=complaint, by=by, at=at
    )
    signed = decisions.signed_by((by, at), permission="reregistration.decide_appeal")
    _follow(made, filing, obligation, signed)
    return made


def _last_word(filing: Filing, obligation: Obligation) -> Review:
    """The decision that stands on a filing. Refuses where there is none."""
    decided = filing.review
    if decided is None or not may_be(filing, obligation) or decided != _newest(obligation):
        raise Refused(
            _("%(number)s cannot be reopened: it is “%(state)s” now. Reload the page.")
            % {"number": filing, "state": filing.get_state_display()}
        )
    return decided


def _newest(obligation: Obligation) -> Review | None:
    """The last decision on any version. Not that of the highest version: a paper filing that counts
    from an earlier day has a higher one and never stood, and one may have been set aside."""
    return Review.objects.filter(filing__obligation=obligation).order_by("-pk").first()


def _follow(
    made: Reopening, filing: Filing, obligation: Obligation, signed: dict[str, str]
) -> None:
    """Move filing and obligation, hold back what is said no more, and make the letter."""
    by, at, reason = made.by, made.at, f"{REOPENED} {filing.number}"
    said = {"decision_text": made.words, **signed}
    if made.review.decision == Decision.ACCEPT:
        filing.state = FilingState.REOPENED
        filing.save(update_fields=["state"])
        due_on = _due_on(obligation, day_of(at))
        obligations.move_locked(obligation, Move(State.DUE, by, at, reason, due_on=due_on))
        dispatch.withdraw(
            obligation.source,
            at=at,
            reason=_("The acceptance was taken back."),
            kinds=[Kind.ACCEPTED],
        )
        review.tell(filing, obligation, Kind.REOPENED, {"due_on": due_on.isoformat(), **said}, at)
        return
    filing.state, filing.was_clean = FilingState.SUBMITTED, False
    filing.review_due_on = review_term.due_on(filing, obligation, at)
    filing.save(update_fields=["state", "was_clean", "review_due_on"])
    obligations.move_locked(obligation, Move(State.FILED, by, at, reason))
    turn = made.review.turn
    review.tell(filing, obligation, Kind.REFUSAL_LIFTED, said, at, turn=turn)


def _due_on(obligation: Obligation, on: date) -> date:
    """A whole term anew, or the obligation's own date where that is later."""
    overrides = DayOverride.objects.as_overrides()
    return max(deadlines.anew_ends_on(on, overrides), dates.effective(obligation, overrides))
