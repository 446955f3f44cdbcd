""" "We have closed", "we are not an NGO": announced, verified, contradicted, and then released.

Such a filing protects like any other and changes nothing until staff have verified it and the
campaign's days have passed without contradiction (design.md section 11).
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from accounts import signatories
from accounts.models import User
from accounts.refusals import Refused
from notices import addresses, notice
from notices.states import Kind
from registry.calendar import day_of, end_of
from registry.models import DayOverride
from reregistration import (
    deadlines,
    decisions,
    leases,
    letters,
    obligations,
    paper_terms,
    review,
)
from reregistration.models import (
    Campaign,
    Contradiction,
    Filing,
    Obligation,
    Reopening,
    Verification,
)
from reregistration.obligations import Move
from reregistration.states import (
    REPORTS,
    CampaignState,
    FilingKind,
    FilingState,
    ReleaseReason,
    State,
)

REASONS: dict[str, ReleaseReason] = {
    FilingKind.CLOSED: ReleaseReason.CLOSED,
    FilingKind.NOT_AN_NGO: ReleaseReason.NOT_AN_NGO,
}


def announce(filing: Filing, obligation: Obligation, *, at: datetime) -> bool:
    """Tell every known address what a submitted filing states; whether it states a closure.

    For `filing.submit`, in its transaction. Safe to repeat: one notice a filing.
    """
    if filing.kind in REPORTS:
        return False
    number = filing.number or ""
    notice.register(
        [
            letters.draft(
                obligation,
                Kind.CLOSURE_STATED,
                number,
                {
                    "filing_number": number,
                    "filed_at": at.isoformat(),
                    "days": str(obligation.campaign.contradiction_days),
                    **letters.in_each_language("stated", FilingKind(filing.kind).label),
                },
                to=addresses.everyone(obligation.organisation, at=at),
            )
        ],
        at=at,
    )
    return True


def verification_of(filing: Filing) -> Verification | None:
    """The verification that stands: the latest, unless somebody contradicted after it, or the
    filing was refused since and is reviewed again."""
    return all_standing().filter(filing=filing).order_by("-pk").first()


def all_standing() -> QuerySet[Verification]:
    """The verifications that nothing has overtaken: neither a contradiction nor a reopening."""
    later = {"filing": OuterRef("filing"), "at__gte": OuterRef("at")}
    contradicted = Contradiction.objects.filter(**later)
    reopened = Reopening.objects.filter(review__filing=OuterRef("filing"), at__gte=OuterRef("at"))
    return Verification.objects.filter(~Exists(contradicted), ~Exists(reopened))


def releases_on(verification: Verification) -> date:
    """The first day on which the verified organisation is released if nobody contradicts."""
    campaign = verification.filing.obligation.campaign
    ends_on = deadlines.term_ends_on(
        day_of(verification.at), campaign.contradiction_days, DayOverride.objects.as_overrides()
    )
    return day_of(end_of(ends_on))


@transaction.atomic
def verify(filing: Filing, *, note: str, by: User, at: datetime) -> Verification:
    """Record that staff found the statement to be so; from now the days to contradict run.

    Refuses a filing that reports details, one that was decided or replaced, a reviewer who acts
    for the organisation or has no name for the letter, and without what it rests on. Safe to
    repeat: a verification that stands is returned.
    """
    obligation, fresh = review.lock(filing)
    if fresh.kind in REPORTS:
        raise Refused(_("This filing reports on the organisation. Accept or return it."))
    review.refuse_unless_open(fresh, obligation)
    review.refuse_own(fresh, obligation, by, at)
    paper_terms.refuse_contested(fresh)
    leases.refuse_if_held(fresh, by, at)
    leases.end(fresh)
    signatories.refuse_unnamed(by)
    standing = verification_of(fresh)
    if standing:
        return standing
    if not note.strip():
        raise Refused(_("Write what you checked: the register, the court, whom you asked."))
    return Verification.objects.create(filing=fresh, note=note.strip(), by=by, at=at)


@transaction.atomic
def contradict(
    filing: Filing, *, text: str, by: User, at: datetime, is_by_staff: bool = False
) -> Contradiction:
    """Say of a submitted filing that it is not so. It undoes a verification; a person decides.

    Refuses a filing that was decided or replaced, and without words. Safe to repeat: the same
    words of the same person stand once.
    """
    obligation, fresh = review.lock(filing)
    said = fresh.contradictions.filter(by=by, text=text.strip()).order_by("-pk").first()
    if said:
        return said
    if not text.strip():
        raise Refused(_("Write in a few words what is not so."))
    review.refuse_unless_open(fresh, obligation)
    return Contradiction.objects.create(
        filing=fresh, text=text.strip(), is_by_staff=is_by_staff, by=by, at=at
    )


def release_verified(campaign: Campaign, *, on: date, at: datetime) -> int:
    """Release whoever's closure was verified and not contradicted for the campaign's days.

    Returns how many. Each is its own transaction, checked again under its locks: a killed worker
    loses at most one. Safe to repeat: who was released is not filed any more.
    """
    began_on = deadlines.latest_beginning(
        on, campaign.contradiction_days, DayOverride.objects.as_overrides()
    )
    ripe = (
        Verification.objects.filter(
            at__lt=end_of(began_on),
            filing__state=FilingState.SUBMITTED,
            filing__obligation__campaign=campaign,
            filing__obligation__state=State.FILED,
        )
        .order_by("filing_id")
        .values_list("filing_id", flat=True)
        .distinct()
    )
    return sum(_release(filing_id, end_of(began_on), at) for filing_id in list(ripe))


@transaction.atomic
def _release(filing_id: int, verified_before: datetime, at: datetime) -> bool:
    obligation, filing = review.lock(Filing(pk=filing_id))
    verification = verification_of(filing)
    if (
        verification is None
        or verification.at >= verified_before
        or filing.state != FilingState.SUBMITTED
        or obligation.state != State.FILED
        or obligation.campaign.state != CampaignState.OPEN
        or paper_terms.is_contested(filing)
    ):
        return False
    filing.state = FilingState.ACCEPTED
    filing.save(update_fields=["state"])
    reason = REASONS[filing.kind]
    obligations.move_locked(
        obligation, Move(State.RELEASED, None, at, f"verified {filing.number}", reason)
    )
    notice.register(
        [
            letters.draft(
                obligation,
                Kind.RELEASED,
                filing.number or "",
                {
                    **letters.in_each_language("reason", reason.label),
                    **decisions.signed_by(
                        (verification.by, verification.at), permission="reregistration.review"
                    ),
                },
            )
        ],
        at=at,
    )
    return True
