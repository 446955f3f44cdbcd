"""Managers invite, remove and hand over; an organisation always keeps a manager."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.refusals import Refused
from notices import notice, people
from notices.addresses import Address
from notices.notice import Draft
from notices.states import Channel, Kind
from notices.variables import in_languages
from registry import representatives
from registry.models import Invitation, Organisation, Representative

INVITATION_LIFE = timedelta(days=14)
# Open invitations of one organisation: more is a mistake or a mailing.
MOST_OPEN = 20


@transaction.atomic
def invite(
    organisation: Organisation, email: str, *, role: Representative.Role, by: User, at: datetime
) -> Invitation:
    """Invite the owner of an e-mail address to act for the organisation.

    Refuses anybody but a manager, an address whose owner acts already, and beyond twenty open
    invitations. Safe to repeat: an address has one open invitation; asked again with the same
    role while it runs, it is that one, else a new one takes its place.
    """
    email = email.strip().lower()
    locked = people.lock(organisation)
    people.refuse_unless_manager(locked, by)
    if locked.representatives.filter(user__email=email, until_at__isnull=True).exists():
        raise Refused(_("%(email)s acts for this organisation already.") % {"email": email})
    open_ones = locked.invitations.filter(accepted_at__isnull=True, cancelled_at__isnull=True)
    standing = open_ones.filter(email=email).first()
    if standing and standing.role == role and standing.expires_at > at:
        return standing
    open_ones.filter(email=email).update(cancelled_at=at)
    if open_ones.filter(expires_at__gt=at).count() >= MOST_OPEN:
        raise Refused(_("Too many invitations are open. Cancel some first."))
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        organisation=locked,
        email=email,
        role=role,
        token_hash=_hash(token),
        invited_by=by,
        invited_at=at,
        expires_at=at + INVITATION_LIFE,
    )
    _send(invitation, token, by=by, at=at)
    return invitation


@transaction.atomic
def cancel(invitation: Invitation, *, by: User, at: datetime) -> None:
    """Take an open invitation back. Refuses anybody but a manager; safe to repeat."""
    locked = people.lock(invitation.organisation)
    people.refuse_unless_manager(locked, by)
    locked.invitations.filter(
        pk=invitation.pk, accepted_at__isnull=True, cancelled_at__isnull=True
    ).update(cancelled_at=at)


def invitation_of(token: str) -> Invitation | None:
    """The invitation of a link, whatever became of it."""
    found = Invitation.objects.select_related("organisation", "invited_by")
    return found.filter(token_hash=_hash(token)).first()


@transaction.atomic
def accept(invitation: Invitation, *, by: User, at: datetime) -> Representative:
    """A signed-in person accepts: they act from now on in the invitation's role.

    Refuses whoever has not verified the address that was invited, a cancelled and an expired
    invitation. Safe to repeat: it is accepted once, and a second click gets what the first made.
    """
    locked = people.lock(invitation.organisation)
    fresh = Invitation.objects.select_for_update(no_key=True).get(pk=invitation.pk)
    _refuse_unless_theirs(fresh, by)
    acts = locked.representatives.filter(user=by, until_at__isnull=True).first()
    if fresh.accepted_at is None and (fresh.cancelled_at or fresh.expires_at <= at):
        raise Refused(_("This invitation is no longer open. Ask for a new one."))
    if fresh.accepted_at and not acts:
        raise Refused(_("This invitation was accepted before. Ask for a new one."))
    if fresh.accepted_at is None:
        fresh.accepted_at, fresh.accepted_by = at, by
        fresh.save(update_fields=["accepted_at", "accepted_by"])
    if acts:
        return acts
    begun = representatives.begin(
        locked,
        user=by,
        role=Representative.Role(fresh.role),
        ground=f"invitation:{fresh.pk}",
        at=at,
    )
    people.tell_begun(begun, by=fresh.invited_by, at=at)
    return begun


@transaction.atomic
def remove(representative: Representative, *, by: User, at: datetime) -> None:
    """End a person's acting: a manager does it to anybody, anybody to themselves.

    Refuses to leave the organisation without a manager. Safe to repeat.
    """
    locked = people.lock(representative.organisation)
    if by.pk != representative.user_id:
        people.refuse_unless_manager(locked, by)
    fresh = locked.representatives.get(pk=representative.pk)
    if fresh.until_at:
        return
    _refuse_the_last_manager(locked, fresh)
    _end(fresh, by=by, at=at)


@transaction.atomic
def change_role(
    representative: Representative, role: Representative.Role, *, by: User, at: datetime
) -> Representative:
    """Give a person another role from now on; returns who acts now. The old row stays as history.

    Refuses anybody but a manager, who has ended meanwhile, and to leave no manager. Safe to
    repeat: the same role changes nothing.
    """
    locked = people.lock(representative.organisation)
    people.refuse_unless_manager(locked, by)
    fresh = locked.representatives.get(pk=representative.pk)
    if fresh.until_at:
        raise Refused(_("This person acts no longer. Reload the page."))
    if fresh.role == role:
        return fresh
    _refuse_the_last_manager(locked, fresh)
    return _begin_anew(fresh, role, by=by, at=at)


@transaction.atomic
def hand_over(successor: Representative, *, by: User, at: datetime) -> Representative:
    """A manager gives their place to a person who acts already, and acts no longer.

    Refuses anybody but a manager, and a successor who is themselves or has ended.
    """
    locked = people.lock(successor.organisation)
    people.refuse_unless_manager(locked, by)
    fresh = locked.representatives.get(pk=successor.pk)
    if fresh.until_at or fresh.user_id == by.pk:
        raise Refused(_("Choose another person who acts for this NGO."))
    if fresh.role != Representative.Role.MANAGER:
        fresh = _begin_anew(fresh, Representative.Role.MANAGER, by=by, at=at)
    _end(locked.representatives.get(user=by, until_at__isnull=True), by=by, at=at)
    return fresh


def _begin_anew(
    old: Representative, role: Representative.Role, *, by: User, at: datetime
) -> Representative:
    representatives.end(old, at=at)
    begun = representatives.begin(
        old.organisation, user=old.user, role=role, ground=old.ground, at=at
    )
    people.tell_begun(begun, by=by, at=at)
    return begun


def _end(representative: Representative, *, by: User, at: datetime) -> None:
    representatives.end(representative, at=at)
    people.tell_ended(representative, by=by, at=at)


def _refuse_the_last_manager(organisation: Organisation, one: Representative) -> None:
    if one.role != Representative.Role.MANAGER:
        return
    if not people.managers(organisation).exclude(pk=one.pk).exists():
        raise Refused(
            _("This is the last manager. Make another person a manager first, or hand over.")
        )


def _refuse_unless_theirs(invitation: Invitation, by: User) -> None:
    owns = EmailAddress.objects.filter(user=by, email__iexact=invitation.email, verified=True)
    if not owns.exists():
        raise Refused(
            _("This invitation is for another address. Sign in with the one that it came to.")
        )


def _send(invitation: Invitation, token: str, *, by: User, at: datetime) -> None:
    role = Representative.Role(invitation.role)
    draft = Draft(
        organisation=invitation.organisation,
        source=f"invitation:{invitation.pk}",
        cycle=1,
        kind=Kind.INVITATION,
        occasion="sent",
        variables={
            "inviter": people.named(by),
            "token": token,
            "expires_at": invitation.expires_at.isoformat(),
            **in_languages("role", lambda: str(role.label)),
        },
        language=by.language,
        to=(Address(Channel.EMAIL, invitation.email),),
    )
    notice.register([draft], at=at)


def _hash(token: str) -> str:
    # 256 random bits need no salt.
    return hashlib.sha256(token.encode()).hexdigest()
