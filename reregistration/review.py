"""What a reviewer decides on a filing: accept it, or return it with reasons.

To refuse it takes two people and a legal ground: reregistration/refusals.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import access, one_person, signatories
from accounts.models import User
from accounts.refusals import Refused
from notices import notice
from notices.states import Kind
from registry import register
from registry.calendar import day_of
from registry.facts import FiledFacts
from registry.models import Organisation
from reregistration import (
    certificates,
    checks,
    claimants,
    clean,
    decisions,
    leases,
    letters,
    obligations,
    paper_terms,
)
from reregistration.checks import known
from reregistration.filing import fingerprint
from reregistration.models import Filing, Obligation, RefusalProposal, ReturnReason, Review
from reregistration.obligations import Move
from reregistration.states import MOST_RETURNS, REPORTS, Decision, FilingState, State

REVIEW = "reregistration.review"
REVIEW_AGAIN = "reregistration.review_again"
_BECOMES = {
    Decision.ACCEPT: FilingState.ACCEPTED,
    Decision.RETURN: FilingState.RETURNED,
    Decision.REFUSE: FilingState.REFUSED,
}


@transaction.atomic
def accept(filing: Filing, *, by: User, at: datetime, note: str = "") -> Review:
    """Accept a submitted filing: the obligation is fulfilled, the register is written and the
    certificate issued, in one transaction, so that they can never disagree.

    Refuses a filing that was decided or replaced, one with parts missing, one whose author's
    claim to act is not accepted, and a reviewer who acts for the organisation.
    """
    obligation, filing = lock(filing)
    claimants.refuse_undecided(filing)
    paper_terms.refuse_early(filing, on=day_of(at))
    if filing.kind not in REPORTS:
        raise Refused(
            _("%(number)s says: %(stated)s. Verify that, or return it; it cannot be accepted.")
            % {"number": filing, "stated": filing.get_kind_display()}
        )
    if filing.incomplete:
        raise Refused(
            _("%(number)s was submitted with parts missing. Return it, and name what is missing.")
            % {"number": filing}
        )
    review = record(filing, obligation, Decision.ACCEPT, by=by, at=at, note=note)
    move(obligation, filing, State.FULFILLED, by, at)
    register.amend(
        obligation.organisation,
        _facts(filing, obligation),
        source=f"filing:{filing.number}",
        decision=f"review:{review.pk}",
        by=by,
        at=at,
    )
    certificates.issue(filing, obligation, at=at)
    tell(filing, obligation, Kind.ACCEPTED, {"accepted_on": day_of(at).isoformat()}, at)
    return review


@transaction.atomic
def accept_clean(filing: Filing, *, by: User, at: datetime) -> Review:
    """Accept one of many together: as `accept`, and only what is clean under its own lock.

    Refuses with each reason why it is not (reregistration/clean.py): a person opens it.
    """
    obligation, fresh = lock(filing)
    refuse_unless_open(fresh, obligation)
    against = clean.obstacles(known.of(fresh, on=day_of(at)), seen=fingerprint(fresh))
    if against:
        raise Refused(
            _("it is not clean. %(reasons)s Open it and decide on it alone.")
            % {"reasons": " ".join(against)}
        )
    return accept(fresh, by=by, at=at)


@transaction.atomic
def return_for_correction(
    filing: Filing, *, reasons: Iterable[str], by: User, at: datetime, note: str = ""
) -> Review:
    """Return a submitted filing with at least one reason (codes of ReturnReason).

    The organisation gets the correction term from this day, or the campaign's due date if that
    is later. All reasons are given at the first return: the second one is a senior reviewer's, a
    third is refused. Refuses as `accept` does, without a known reason, and a reviewer without a
    name for the letter.
    """
    codes = sorted(set(reasons))
    known = {reason.code: reason for reason in ReturnReason.objects.filter(code__in=codes)}
    if not codes or len(known) < len(codes):
        raise Refused(_("Choose at least one reason from the list: the letter is made from it."))
    signatories.refuse_unnamed(by)
    obligation, filing = lock(filing)
    refuse_unless_open(filing, obligation)
    _refuse_another_return(obligation, by, at)
    review = record(filing, obligation, Decision.RETURN, by=by, at=at, note=note, reasons=codes)
    move(obligation, filing, State.RETURNED, by, at)
    texts = {
        f"reasons_{language}": "\n".join(
            f"- {getattr(known[code], f'name_{language}')}" for code in codes
        )
        for language in ("kk", "ru", "en")
    }
    signatory = decisions.signed_by((by, at), permission=REVIEW)
    tell(filing, obligation, Kind.RETURNED, {**texts, **signatory, "note": note}, at)
    return review


def lock(filing: Filing) -> tuple[Obligation, Filing]:
    """Organisation, obligation and filing, locked in the order that everybody keeps."""
    organisation = Organisation.objects.select_for_update(of=("self",), no_key=True).get(
        obligations__filings=filing.pk
    )
    obligation = (
        Obligation.objects.select_for_update(of=("self",), no_key=True)
        .select_related("campaign")
        .get(filings=filing.pk)
    )
    obligation.organisation = organisation
    fresh = Filing.objects.select_for_update(no_key=True).get(pk=filing.pk)
    fresh.obligation = obligation
    return obligation, fresh


def move(obligation: Obligation, filing: Filing, to: State, by: User, at: datetime) -> None:
    obligations.move_locked(obligation, Move(to, by, at, f"review of {filing.number}"))


def record(
    filing: Filing,
    obligation: Obligation,
    decision: Decision,
    *,
    by: User,
    at: datetime,
    note: str,
    reasons: Iterable[str] = (),
    refused: RefusalProposal | None = None,
) -> Review:
    """Write a decision down with what was seen, for a verb that holds the locks.

    `refused` is the proposal that `by` confirms. Refuses a filing that was decided or replaced,
    and whoever filed or acts for the organisation.
    """
    refuse_unless_open(filing, obligation)
    refuse_own(filing, obligation, by, at)
    paper_terms.refuse_contested(filing)
    leases.refuse_if_held(filing, by, at)
    leases.end(filing)
    findings = checks.of(known.of(filing, on=day_of(at)))
    filing.state = _BECOMES[decision]
    filing.save(update_fields=["state"])
    return Review.objects.create(
        filing=filing,
        turn=filing.reviews.count() + 1,
        decision=decision,
        reasons=list(reasons),
        note=note,
        ground=refused.ground if refused else None,
        proposed_by=refused.by if refused else None,
        findings=list(dict.fromkeys(finding.code for finding in findings)),
        seen_sha256=fingerprint(filing),
        by=by,
        at=at,
    )


def _refuse_another_return(obligation: Obligation, by: User, at: datetime) -> None:
    if obligation.returns >= MOST_RETURNS:
        raise Refused(
            _(
                "It was returned twice already. Accept it, or propose to refuse it on a legal "
                "ground: a third return is not possible."
            )
        )
    region = obligation.organisation.region_id
    if obligation.returns and not access.holds(by, REVIEW_AGAIN, region, day_of(at)):
        raise Refused(
            _(
                "It was returned once already, and all reasons belong to the first return. Ask a "
                "senior reviewer: only they return it a second time."
            )
        )


def refuse_unless_open(filing: Filing, obligation: Obligation) -> None:
    """Refuse a decision on a filing that was decided or replaced."""
    if filing.state != FilingState.SUBMITTED or obligation.state != State.FILED:
        raise Refused(
            _("%(number)s cannot be decided: it is “%(state)s” now. Reload the list.")
            % {"number": filing, "state": filing.get_state_display()}
        )


def refuse_own(filing: Filing, obligation: Obligation, by: User, at: datetime) -> None:
    """Refuse a decision by somebody who filed, who typed it in from a paper, or who acts for the
    organisation."""
    person = one_person.of(by, at)
    paper_terms.refuse_own(filing, by, at)
    acts_for_it = obligation.organisation.representatives.filter(
        user__in=person.ids, until_at__isnull=True
    )
    filed = person.did(filing.submitted_by_id, filing.submitted_at) or person.did(
        filing.saved_by_id, filing.saved_at
    )
    if filed or acts_for_it.exists():
        raise Refused(
            _("You act for this organisation. Another reviewer decides on %(number)s.")
            % {"number": filing}
        )


def _facts(filing: Filing, obligation: Obligation) -> FiledFacts:
    # A submitted filing has all of these; the database's checks say so.
    assert filing.submitted_at is not None  # noqa: S101
    assert filing.income is not None and filing.spending is not None  # noqa: S101, PT018
    assert filing.employees is not None and filing.volunteers is not None  # noqa: S101, PT018
    return FiledFacts(
        name_kk=filing.name_kk,
        name_ru=filing.name_ru,
        name_en=filing.name_en,
        address=filing.address,
        head_name=filing.head_name,
        email=filing.email,
        phone=filing.phone,
        employees=filing.employees,
        volunteers=filing.volunteers,
        activity_areas=tuple(filing.activity_areas),
        year=obligation.campaign.reporting_year,
        income=filing.income,
        spending=filing.spending,
        filed_at=filing.submitted_at,
    )


def tell(
    filing: Filing,
    obligation: Obligation,
    kind: Kind,
    variables: dict[str, str],
    at: datetime,
    *,
    turn: int = 1,
) -> None:
    """Make the letter of a decision; `turn` tells apart those of one kind on one filing."""
    number = filing.number or ""
    occasion = number if turn == 1 else f"{number}/{turn}"
    notice.register(
        [letters.draft(obligation, kind, occasion, {"filing_number": number, **variables})],
        at=at,
    )
