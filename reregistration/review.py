"""What a reviewer decides on a filing: accept it, or return it with reasons."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import signatories
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
    claimants,
    decisions,
    letters,
    obligations,
    paper_terms,
)
from reregistration.models import Filing, Obligation, ReturnReason, Review
from reregistration.obligations import Move
from reregistration.states import REPORTS, Decision, FilingState, State


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
    review = _decide(filing, obligation, Decision.ACCEPT, by=by, at=at, note=note)
    _move(obligation, filing, State.FULFILLED, by, at)
    register.amend(
        obligation.organisation,
        _facts(filing, obligation),
        source=f"filing:{filing.number}",
        decision=f"review:{review.pk}",
        by=by,
        at=at,
    )
    certificates.issue(filing, obligation, at=at)
    _tell(filing, obligation, Kind.ACCEPTED, {"accepted_on": day_of(at).isoformat()}, at)
    return review


@transaction.atomic
def return_for_correction(
    filing: Filing, *, reasons: Iterable[str], by: User, at: datetime, note: str = ""
) -> Review:
    """Return a submitted filing with at least one reason (codes of ReturnReason).

    The organisation gets the correction term from this day, or the campaign's due date if that
    is later. Refuses as `accept` does, without a known reason, and a reviewer without a name for
    the letter.
    """
    codes = sorted(set(reasons))
    known = {reason.code: reason for reason in ReturnReason.objects.filter(code__in=codes)}
    if not codes or len(known) < len(codes):
        raise Refused(_("Choose at least one reason from the list: the letter is made from it."))
    signatories.refuse_unnamed(by)
    obligation, filing = lock(filing)
    review = _decide(filing, obligation, Decision.RETURN, by=by, at=at, note=note, reasons=codes)
    _move(obligation, filing, State.RETURNED, by, at)
    texts = {
        f"reasons_{language}": "\n".join(
            f"- {getattr(known[code], f'name_{language}')}" for code in codes
        )
        for language in ("kk", "ru", "en")
    }
    signatory = decisions.signed_by((by, at), permission="reregistration.review")
    _tell(filing, obligation, Kind.RETURNED, {**texts, **signatory, "note": note}, at)
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
    return obligation, Filing.objects.select_for_update(no_key=True).get(pk=filing.pk)


def _move(obligation: Obligation, filing: Filing, to: State, by: User, at: datetime) -> None:
    obligations.move_locked(obligation, Move(to, by, at, f"review of {filing.number}"))


def _decide(
    filing: Filing,
    obligation: Obligation,
    decision: Decision,
    *,
    by: User,
    at: datetime,
    note: str,
    reasons: Iterable[str] = (),
) -> Review:
    refuse_unless_open(filing, obligation)
    refuse_own(filing, obligation, by)
    paper_terms.refuse_contested(filing, by)
    filing.state = FilingState.ACCEPTED if decision == Decision.ACCEPT else FilingState.RETURNED
    filing.save(update_fields=["state"])
    return Review.objects.create(
        filing=filing, decision=decision, reasons=list(reasons), note=note, by=by, at=at
    )


def refuse_unless_open(filing: Filing, obligation: Obligation) -> None:
    """Refuse a decision on a filing that was decided or replaced."""
    if filing.state != FilingState.SUBMITTED or obligation.state != State.FILED:
        raise Refused(
            _("%(number)s cannot be decided: it is “%(state)s” now. Reload the list.")
            % {"number": filing, "state": filing.get_state_display()}
        )


def refuse_own(filing: Filing, obligation: Obligation, by: User) -> None:
    """Refuse a decision by somebody who filed, or who acts for the organisation."""
    acts_for_it = obligation.organisation.representatives.filter(user=by, until_at__isnull=True)
    if by.pk in (filing.submitted_by_id, filing.saved_by_id) or acts_for_it.exists():
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


def _tell(
    filing: Filing,
    obligation: Obligation,
    kind: Kind,
    variables: dict[str, str],
    at: datetime,
) -> None:
    number = filing.number or ""
    notice.register(
        [letters.draft(obligation, kind, number, {"filing_number": number, **variables})],
        at=at,
    )
