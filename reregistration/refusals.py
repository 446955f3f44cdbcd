"""Refusing a filing: on a legal ground in force, proposed by one person and confirmed by another.

Neither may act for the organisation. Until it is confirmed nothing has happened: the filing waits
in the queue, and whoever finds the ground not met accepts or returns it.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from accounts import access, one_person, signatories
from accounts.models import User
from accounts.refusals import Refused
from notices.states import Kind
from registry.calendar import day_of
from reregistration import decisions, leases, review
from reregistration.models import (
    Filing,
    Obligation,
    RefusalGround,
    RefusalProposal,
    Reopening,
    Review,
)
from reregistration.states import Decision, State

CONFIRM = "reregistration.confirm_refusal"


def standing(filing: Filing) -> RefusalProposal | None:
    """The newest proposal to refuse the filing, which is the one that can be confirmed; not one
    that a reopening has overtaken."""
    proposals = all_standing().filter(filing=filing).select_related("ground", "by")
    return proposals.order_by("-pk").first()


def all_standing() -> QuerySet[RefusalProposal]:
    """The proposals that no reopening of their filing has overtaken."""
    overtaken = Reopening.objects.filter(review__filing=OuterRef("filing"), at__gte=OuterRef("at"))
    return RefusalProposal.objects.filter(~Exists(overtaken))


@transaction.atomic
def propose(
    filing: Filing, *, ground: RefusalGround, words: str, by: User, at: datetime
) -> RefusalProposal:
    """Propose to refuse a submitted filing; a senior reviewer confirms it, or decides otherwise.

    Refuses a ground that is not in force, without words, a filing that was decided or replaced,
    and whoever filed, acts for the organisation or has no name for the letter. Safe to repeat: the
    same person's same words on the same ground stand once.
    """
    if not words.strip():
        raise Refused(_("Write why the ground is met: the organisation reads it in the letter."))
    signatories.refuse_unnamed(by)
    _refuse_ended(ground, day_of(at))
    obligation, fresh = review.lock(filing)
    review.refuse_unless_open(fresh, obligation)
    review.refuse_own(fresh, obligation, by, at)
    leases.refuse_if_held(fresh, by, at)
    newest = standing(fresh)
    if newest and (newest.by, newest.ground, newest.words) == (by, ground, words.strip()):
        return newest
    # Whoever confirms it takes it next.
    leases.end(fresh)
    return RefusalProposal.objects.create(
        filing=fresh, ground=ground, words=words.strip(), by=by, at=at
    )


@transaction.atomic
def confirm(proposal: RefusalProposal, *, by: User, at: datetime) -> Review:
    """Confirm a proposal: the filing and the obligation are refused, and the letter says on which
    ground, who decided, and what the organisation may do.

    Refuses whoever proposed it or is no senior reviewer there, a proposal that another one has
    followed, a ground that has ended since, a proposer who acts for the organisation by now, and
    what `propose` refuses. Safe to repeat: what was decided stays, a second decision is refused.
    """
    signatories.refuse_unnamed(by)
    obligation, filing = review.lock(proposal.filing)
    review.refuse_unless_open(filing, obligation)
    if not access.holds(by, CONFIRM, obligation.organisation.region_id, day_of(at)):
        raise Refused(_("Only a senior reviewer of this region confirms a refusal. Ask one."))
    if standing(filing) != proposal:
        raise Refused(
            _("Another proposal to refuse %(number)s has been made. Reload the page and read it.")
            % {"number": filing}
        )
    if one_person.of(by, at).did(proposal.by_id, proposal.at):
        raise Refused(_("You proposed it. A refusal takes two people: another one confirms it."))
    _refuse_ended(proposal.ground, day_of(at))
    review.refuse_own(filing, obligation, proposal.by, at)
    decided = review.record(
        filing, obligation, Decision.REFUSE, by=by, at=at, note=proposal.words, refused=proposal
    )
    review.move(obligation, filing, State.REFUSED, by, at)
    _tell(decided, filing, obligation, proposal)
    return decided


def _refuse_ended(ground: RefusalGround, on: date) -> None:
    if not ground.is_in_force(on):
        raise Refused(
            _(
                "This ground is not in force today, so nothing can be refused on it. Choose one "
                "that is; the list of grounds gives their days."
            )
        )


def _tell(
    decided: Review, filing: Filing, obligation: Obligation, proposal: RefusalProposal
) -> None:
    ground, by, at = proposal.ground, decided.by, decided.at
    texts = {
        f"{variable}_{language}": getattr(ground, f"{field}_{language}") or ground.name_ru
        for variable, field in (("ground", "name"), ("article", "article"))
        for language in ("kk", "ru", "en")
    }
    signatory = decisions.signed_by((proposal.by, proposal.at), (by, at), permission=review.REVIEW)
    given = {**texts, **signatory, "decision_text": proposal.words}
    review.tell(filing, obligation, Kind.REFUSED, given, at, turn=decided.turn)
