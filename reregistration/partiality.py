"""Who may hear an organisation, and decide on what it answers? Nobody who had a hand in it."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.refusals import Refused
from reregistration.models import (
    Appeal,
    MarkingRound,
    Obligation,
    Reopening,
    Review,
    SampleVerdict,
)


def shows_the_hand_of(user: User) -> Q:
    """Drafted, frozen or signed by this member of staff, as a condition on marking rounds."""
    return (
        Q(drafted_by=user) | Q(frozen_by=user) | Q(first_signed_by=user) | Q(second_signed_by=user)
    )


def took_part(user: User, obligation: Obligation) -> bool:
    """Whether this member of staff had a hand in what the organisation answers to."""
    own_rounds = MarkingRound.objects.filter(
        shows_the_hand_of(user), candidates__obligation=obligation
    )
    own_checks = SampleVerdict.objects.filter(case__candidate__obligation=obligation, by=user)
    own_reviews = Review.objects.filter(
        Q(by=user) | Q(proposed_by=user), filing__obligation=obligation
    )
    own_reopenings = Reopening.objects.filter(
        Q(by=user) | Q(proposed_by=user), review__filing__obligation=obligation
    )
    own = (own_rounds, own_checks, own_reviews, own_reopenings)
    return any(rows.exists() for rows in own)


def refuse(appeal: Appeal, obligation: Obligation, by: User) -> None:
    """Refuse whoever took part in an earlier decision, sent it in, or acts for the organisation."""
    if took_part(by, obligation):
        raise Refused(
            _("You took part in an earlier decision on this organisation. Somebody else decides.")
        )
    acts_for_it = obligation.organisation.representatives.filter(user=by, until_at__isnull=True)
    if by.pk == appeal.by_id or acts_for_it.exists():
        raise Refused(_("You act for this organisation. Somebody else decides."))
