"""Ending a claim: its organisation's people let in or object, the ministry decides."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts import one_person
from accounts.models import User
from accounts.refusals import Refused
from notices import notice, people
from notices.notice import Draft
from notices.states import Kind
from notices.variables import in_languages
from registry import representatives, signs
from registry.calendar import day_of
from registry.models import Claim, ClaimObjection
from registry.states import SignKind


@transaction.atomic
def object_to(claim: Claim, text: str, *, by: User, at: datetime) -> ClaimObjection:
    """Somebody who acts for the organisation objects: from now on only the ministry decides.

    Refuses without a reason, after the days to object, and whoever does not act. Safe to repeat:
    one objection a person, and the first one stands.
    """
    if not text.strip():
        raise Refused(_("Say why you object: the ministry decides by it."))
    fresh = _lock(claim)
    _refuse_unless_acting(fresh, by)
    standing = fresh.objections.filter(by=by).first()
    if standing:
        return standing
    _refuse_unless_waiting(fresh)
    if day_of(at) > fresh.object_until_on:
        raise Refused(
            _("Objections were possible until %(day)s. Write to the ministry.")
            % {"day": date_format(fresh.object_until_on)}
        )
    return ClaimObjection.objects.create(claim=fresh, by=by, text=text.strip(), at=at)


@transaction.atomic
def let_in(claim: Claim, *, by: User, at: datetime) -> Claim:
    """A manager of the organisation accepts the claim: nobody need wait. Refuses anybody else,
    and a claim that somebody objected to. Safe to repeat."""
    fresh = _lock(claim)
    people.refuse_unless_manager(fresh.organisation, by)
    if fresh.state == Claim.State.ACCEPTED:
        return fresh
    _refuse_unless_waiting(fresh)
    if fresh.objections.exists():
        raise Refused(_("Somebody objected to this claim, so the ministry decides on it."))
    accept_locked(fresh, by=by, at=at)
    return fresh


@transaction.atomic
def decide(claim: Claim, outcome: Claim.State, *, by: User, at: datetime, note: str = "") -> Claim:
    """The ministry accepts or refuses a claim; the claimant is told.

    Refuses a member of staff who is the claimant or acts for the organisation; a refusal without
    grounds; an acceptance while others who act may still object. Safe to repeat: a claim is
    decided once, and a second decision is refused. A refused claim leaves a sign of life, so that
    a person looks at the organisation before any marking.
    """
    if outcome not in (Claim.State.ACCEPTED, Claim.State.REFUSED):
        raise ValueError(f"Not a decision: {outcome}")
    fresh = _lock(claim)
    _refuse_unless_waiting(fresh)
    person = one_person.of(by, at)
    acts = fresh.organisation.representatives.filter(user__in=person.ids, until_at__isnull=True)
    if fresh.user_id in person.ids or acts.exists():
        raise Refused(_("This claim concerns you. Somebody else decides on it."))
    if outcome == Claim.State.REFUSED:
        if not note.strip():
            raise Refused(_("Give the grounds: they stand in the letter to the claimant."))
        _refuse_locked(fresh, by=by, at=at, note=note.strip())
        return fresh
    may_object = people.acting(fresh.organisation).exists() and not fresh.objections.exists()
    if may_object and day_of(at) <= fresh.object_until_on:
        raise Refused(
            _("Others act for this NGO and may object until %(day)s. Decide after that day.")
            % {"day": date_format(fresh.object_until_on)}
        )
    accept_locked(fresh, by=by, at=at, note=note.strip())
    return fresh


def accept_unopposed(*, on: date, at: datetime) -> int:
    """Accept the claims that came by a code and that nobody objected to in time; returns how many.

    Safe to repeat and to run twice at once: each claim is read again under its lock, one
    transaction a claim.
    """
    accepted = 0
    for claim in Claim.objects.unopposed(on).order_by("pk"):
        with transaction.atomic():
            fresh = _lock(claim)
            if Claim.objects.unopposed(on).filter(pk=fresh.pk).exists():
                accept_locked(fresh, by=None, at=at)
                accepted += 1
    return accepted


def accept_locked(claim: Claim, *, by: User | None, at: datetime, note: str = "") -> None:
    """Accept a claim whose organisation is locked: the person acts from now on, as manager."""
    _end(claim, Claim.State.ACCEPTED, by=by, at=at, note=note)
    acts = claim.organisation.representatives.filter(user=claim.user, until_at__isnull=True)
    if not acts.exists():
        begun = representatives.begin(
            claim.organisation, user=claim.user, ground=claim.source, at=at
        )
        people.tell_begun(begun, by=by, at=at)
    _tell_claimant(claim, at)


def _refuse_locked(claim: Claim, *, by: User, at: datetime, note: str) -> None:
    _end(claim, Claim.State.REFUSED, by=by, at=at, note=note)
    signs.note([(claim.organisation, claim.source)], kind=SignKind.REFUSED_CLAIM, on=day_of(at))
    _tell_claimant(claim, at)


def _end(claim: Claim, state: Claim.State, *, by: User | None, at: datetime, note: str) -> None:
    claim.state, claim.decided_at, claim.decided_by, claim.note = state, at, by, note
    claim.save()


def _lock(claim: Claim) -> Claim:
    """Organisation, then claim, read fresh."""
    organisation = people.lock(claim.organisation)
    fresh: Claim = (
        Claim.objects.select_for_update(of=("self",), no_key=True)
        .select_related("user")
        .get(pk=claim.pk)
    )
    fresh.organisation = organisation
    return fresh


def _refuse_unless_waiting(claim: Claim) -> None:
    if claim.state != Claim.State.WAITING:
        raise Refused(
            _("This claim is “%(state)s” already. Reload the page.")
            % {"state": claim.get_state_display()}
        )


def _refuse_unless_acting(claim: Claim, by: User) -> None:
    if not claim.organisation.representatives.filter(user=by, until_at__isnull=True).exists():
        raise Refused(_("Only those who act for this NGO may object here."))


def _tell_claimant(claim: Claim, at: datetime) -> None:
    outcomes = {
        Claim.State.ACCEPTED: lambda: _(
            "accepted; you may act for the organisation as its manager"
        ),
        Claim.State.REFUSED: lambda: _("refused"),
    }
    draft = Draft(
        organisation=claim.organisation,
        source=claim.source,
        cycle=1,
        kind=Kind.CLAIM_DECIDED,
        occasion="decided",
        variables={
            "note": claim.note,
            **in_languages("outcome", outcomes[Claim.State(claim.state)]),
        },
        language=claim.user.language,
        to=(people.own_address(claim.user),),
    )
    notice.register([draft], at=at)
