"""Which organisations may this person act for, or file for while a claim waits?

Every page for an NGO fetches its organisation here, so that none can be had without the check.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404
from django.utils.translation import gettext as _

from accounts import one_person
from accounts.models import User
from accounts.refusals import Refused
from registry.models import Claim, Organisation, Representative
from registry.querysets import OrganisationQuerySet


def organisations_of(user: User | AnonymousUser) -> OrganisationQuerySet:
    """The organisations that the person represents now; none for a visitor."""
    if not user.is_authenticated:
        return Organisation.objects.none()
    return Organisation.objects.acted_for_by(user)


def claimed_by(user: User | AnonymousUser) -> OrganisationQuerySet:
    """The organisations that the person has a waiting claim for: to file for, not to read."""
    if not user.is_authenticated:
        return Organisation.objects.none()
    return Organisation.objects.claimed_by(user)


def waiting_claim(user: User, organisation: Organisation) -> Claim | None:
    """The claim under which the person stands; none for a representative or a stranger.

    Whoever acts for the organisation needs no claim: what they may do, they may as that.
    """
    if organisations_of(user).filter(pk=organisation.pk).exists():
        return None
    return organisation.claims.waiting().filter(user=user).first()


def claim_of(user: User, pk: int) -> Claim:
    """A claim of the person themselves; another's is not there."""
    try:
        return Claim.objects.select_related("organisation__region").get(pk=pk, user=user)
    except Claim.DoesNotExist:
        raise Http404(_("There is no such claim among yours.")) from None


def filing_for(user: User | AnonymousUser, number: str) -> Organisation:
    """The organisation of that number, for a person who acts for it or has claimed to.

    A claimant may file and sees only what they filed (design.md section 11): whoever shows more
    fetches by `acting_for`.
    """
    theirs = Organisation.objects.filter(
        Q(pk__in=organisations_of(user).values("pk")) | Q(pk__in=claimed_by(user).values("pk"))
    )
    return _found(theirs, number)


def acting_for(user: User | AnonymousUser, number: str) -> Organisation:
    """The organisation of that register number, for a person who represents it now.

    A wrong number and another's organisation answer alike, so that nobody learns by asking.
    """
    return _found(organisations_of(user), number)


def managing(user: User, number: str) -> Organisation:
    """The same, for one of its managers; whoever else acts for it is refused."""
    organisation = acting_for(user, number)
    managers = organisation.representatives.filter(
        user=user, until_at__isnull=True, role=Representative.Role.MANAGER
    )
    if not managers.exists():
        raise PermissionDenied
    return organisation


def refuse_the_partial(organisation: Organisation, by: User, at: datetime) -> None:
    """Refuse a decision of the ministry by whoever acts for the organisation or asks to, and by who
    counts as the same person (accounts/one_person.py)."""
    refuse_the_partial_to_any([organisation], by, at)


def refuse_the_partial_to_any(
    organisations: Iterable[Organisation], by: User, at: datetime
) -> None:
    """The same for a decision on several at once: whoever is bound to one of them takes none."""
    people = one_person.of(by, at).ids
    theirs = {"user__in": people, "organisation__in": [row.pk for row in organisations]}
    acts = Representative.objects.filter(until_at__isnull=True, **theirs)
    asks = Claim.objects.waiting().filter(**theirs)
    if acts.exists() or asks.exists():
        raise Refused(_("You act for this organisation. Another person decides here."))


def _found(rows: OrganisationQuerySet, number: str) -> Organisation:
    try:
        return rows.select_related("legal_form", "region").get(number=number)
    except Organisation.DoesNotExist:
        raise Http404(_("There is no such organisation among those you act for.")) from None
